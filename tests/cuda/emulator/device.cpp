// Devices, contexts and the driver's other questions and answers.
#include "emulator.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

thread_local Device* current_device = nullptr;
thread_local const char* current_kernel = nullptr;

// The state is never destroyed: streams may still be at work when the process ends.
State& state() {
    static State& state = *new State;
    return state;
}

unsigned long long setting(const char* name, unsigned long long otherwise) {
    const char* text = getenv(name);
    return text && *text ? strtoull(text, nullptr, 10) : otherwise;
}

void fail(const std::string& message) {
    fprintf(stderr, "emulated CUDA: %s\n", message.c_str());
    fflush(stderr);
    abort();
}

static struct sigaction earlier_handler;

// Names the kernel that touched memory it must not touch, then lets the fault happen again under
// the handler that was there before.
static void on_fault(int, siginfo_t* info, void*) {
    if (current_kernel) {
        char text[256];
        int length = snprintf(text, sizeof text, "emulated CUDA: invalid access to %p in kernel %s\n",
                              info->si_addr, current_kernel);
        if (write(2, text, length) < 0) _exit(139);
    }
    sigaction(SIGSEGV, &earlier_handler, nullptr);
}

void report_faults() {
    struct sigaction action = {};
    action.sa_sigaction = on_fault;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigaction(SIGSEGV, &action, &earlier_handler);
}

EXPORT CUresult cuInit(unsigned) {
    State& s = state();
    std::lock_guard<std::mutex> lock(s.mutex);
    if (s.initialised) return CUDA_SUCCESS;
    unsigned count = setting("EMULATED_CUDA_DEVICES", 1);
    if (count == 0) return CUDA_ERROR_NO_DEVICE;
    for (unsigned i = 0; i < count; i++) {
        s.devices.emplace_back(new Device);
        s.devices[i]->ordinal = i;
        s.devices[i]->total = setting("EMULATED_CUDA_MEMORY", 16ull << 30);
    }
    report_faults();
    s.initialised = true;
    return CUDA_SUCCESS;
}

static Device* device_of(int ordinal) {
    State& s = state();
    return ordinal >= 0 && size_t(ordinal) < s.devices.size() ? s.devices[ordinal].get() : nullptr;
}

EXPORT CUresult cuDriverGetVersion(int* version) {
    *version = setting("EMULATED_CUDA_DRIVER", 13000);
    return CUDA_SUCCESS;
}

EXPORT CUresult cuDeviceGetCount(int* count) {
    if (!state().initialised) return CUDA_ERROR_NOT_INITIALIZED;
    *count = state().devices.size();
    return CUDA_SUCCESS;
}

EXPORT CUresult cuDeviceGet(int* device, int ordinal) {
    if (!state().initialised) return CUDA_ERROR_NOT_INITIALIZED;
    if (!device_of(ordinal)) return CUDA_ERROR_INVALID_DEVICE;
    *device = ordinal;
    return CUDA_SUCCESS;
}

EXPORT CUresult cuDeviceGetName(char* name, int length, int device) {
    if (!device_of(device)) return CUDA_ERROR_INVALID_DEVICE;
    snprintf(name, length, "Emulated GPU");
    return CUDA_SUCCESS;
}

EXPORT CUresult cuDeviceGetUuid_v2(char* uuid, int device) {
    if (!device_of(device)) return CUDA_ERROR_INVALID_DEVICE;
    memcpy(uuid, "Emulated GPU    ", 16);
    uuid[15] = char(device);
    return CUDA_SUCCESS;
}

EXPORT CUresult cuDeviceGetUuid(char* uuid, int device) { return cuDeviceGetUuid_v2(uuid, device); }

EXPORT CUresult cuDeviceTotalMem_v2(size_t* bytes, int device) {
    if (!device_of(device)) return CUDA_ERROR_INVALID_DEVICE;
    *bytes = device_of(device)->total;
    return CUDA_SUCCESS;
}

EXPORT CUresult cuDeviceGetPCIBusId(char* id, int length, int device) {
    if (!device_of(device)) return CUDA_ERROR_INVALID_DEVICE;
    snprintf(id, length, "0000:%02X:00.0", device);
    return CUDA_SUCCESS;
}

// The numbers are those of the driver's enumeration of attributes; what is not listed is absent.
static int attribute(int number, int device) {
    switch (number) {
    case 1: case 2: case 3: return 1024; // Threads of a block, and its first two dimensions.
    case 4: return 64;                   // The third dimension of a block.
    case 5: return 2147483647;           // The dimensions of a grid.
    case 6: case 7: return 65535;
    case 8: return 49152;                // Shared memory of a block.
    case 9: return 65536;                // Constant memory.
    case 10: return 32;                  // The size of a warp.
    case 12: case 82: return 65536;      // Registers of a block, and of a multiprocessor.
    case 13: case 36: return 1000000;    // Clock rates in kilohertz.
    case 15: case 31: case 41: return 1; // Overlap of copies, concurrent kernels, one address space.
    case 16: return 4;                   // Multiprocessors.
    case 33: return device;              // The PCI bus.
    case 37: return 512;                 // The width of the memory bus.
    case 38: return 4 << 20;             // The second-level cache.
    case 39: return 2048;                // Threads of a multiprocessor.
    case 40: return 2;                   // Engines for copies.
    case 75: return 9;                   // Compute capability 9.0.
    case 76: return 0;
    case 78: return 1;                   // Priorities of streams.
    case 81: return 233472;              // Shared memory of a multiprocessor.
    case 97: return 232448;              // Shared memory that a block may ask for.
    case 106: return 32;                 // Blocks of a multiprocessor.
    case 111: return 1024;               // Shared memory that is reserved in each block.
    case 115: return 1;                  // Memory pools.
    default: return 0;
    }
}

EXPORT CUresult cuDeviceGetAttribute(int* value, int number, int device) {
    if (!device_of(device)) return CUDA_ERROR_INVALID_DEVICE;
    *value = attribute(number, device);
    return CUDA_SUCCESS;
}

EXPORT CUresult cuDevicePrimaryCtxRetain(Device** context, int device) {
    if (!state().initialised) return CUDA_ERROR_NOT_INITIALIZED;
    Device* found = device_of(device);
    if (!found) return CUDA_ERROR_INVALID_DEVICE;
    std::lock_guard<std::mutex> lock(state().mutex);
    if (!found->null_stream) {
        found->null_stream = new Stream(found);
        found->streams.insert(found->null_stream);
    }
    *context = found;
    return CUDA_SUCCESS;
}

// The primary context stays for the life of the process; a later retain finds it as it was.
EXPORT CUresult cuDevicePrimaryCtxRelease_v2(int device) {
    return device_of(device) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_DEVICE;
}

EXPORT CUresult cuDevicePrimaryCtxRelease(int device) { return cuDevicePrimaryCtxRelease_v2(device); }

EXPORT CUresult cuCtxGetCurrent(Device** context) {
    if (!state().initialised) return CUDA_ERROR_NOT_INITIALIZED;
    *context = current_device;
    return CUDA_SUCCESS;
}

EXPORT CUresult cuCtxSetCurrent(Device* context) {
    if (!state().initialised) return CUDA_ERROR_NOT_INITIALIZED;
    current_device = context;
    return CUDA_SUCCESS;
}

EXPORT CUresult cuCtxGetDevice(int* device) {
    if (!current_device) return CUDA_ERROR_INVALID_CONTEXT;
    *device = current_device->ordinal;
    return CUDA_SUCCESS;
}

EXPORT CUresult cuCtxSetFlags(unsigned) { return CUDA_SUCCESS; }

EXPORT CUresult cuCtxSynchronize() {
    if (!current_device) return CUDA_ERROR_INVALID_CONTEXT;
    std::set<Stream*> streams;
    {
        std::lock_guard<std::mutex> lock(state().mutex);
        streams = current_device->streams;
        for (Stream* stream : streams) {
            if (stream->capture) {
                stream->capture->invalid = true;
                return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
            }
        }
    }
    for (Stream* stream : streams) stream->wait();
    return CUDA_SUCCESS;
}

EXPORT CUresult cuCtxGetStreamPriorityRange(int* least, int* greatest) {
    *least = 0;
    *greatest = -5;
    return CUDA_SUCCESS;
}

struct Name {
    CUresult code;
    const char* name;
    const char* text;
};

static const Name NAMES[] = {
    {CUDA_SUCCESS, "CUDA_SUCCESS", "no error"},
    {CUDA_ERROR_INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {CUDA_ERROR_OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {CUDA_ERROR_NOT_INITIALIZED, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {CUDA_ERROR_NO_DEVICE, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {CUDA_ERROR_INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {CUDA_ERROR_INVALID_IMAGE, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {CUDA_ERROR_INVALID_CONTEXT, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {CUDA_ERROR_FILE_NOT_FOUND, "CUDA_ERROR_FILE_NOT_FOUND", "file not found"},
    {CUDA_ERROR_INVALID_HANDLE, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {CUDA_ERROR_NOT_FOUND, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {CUDA_ERROR_NOT_READY, "CUDA_ERROR_NOT_READY", "device not ready"},
    {CUDA_ERROR_NOT_SUPPORTED, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
    {CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED",
     "operation not permitted when stream is capturing"},
    {CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED",
     "operation failed due to a previous error during capture"},
    {CUDA_ERROR_STREAM_CAPTURE_MERGE, "CUDA_ERROR_STREAM_CAPTURE_MERGE",
     "operation would result in a merge of separate capture sequences"},
    {CUDA_ERROR_STREAM_CAPTURE_UNMATCHED, "CUDA_ERROR_STREAM_CAPTURE_UNMATCHED",
     "capture was not ended in the same stream as it began"},
    {CUDA_ERROR_STREAM_CAPTURE_UNJOINED, "CUDA_ERROR_STREAM_CAPTURE_UNJOINED",
     "capturing stream has unjoined work"},
    {CUDA_ERROR_STREAM_CAPTURE_ISOLATION, "CUDA_ERROR_STREAM_CAPTURE_ISOLATION",
     "dependency created on uncaptured work in another stream"},
    {CUDA_ERROR_CAPTURED_EVENT, "CUDA_ERROR_CAPTURED_EVENT",
     "operation not permitted on an event last recorded in a capturing stream"},
    {CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD, "CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD",
     "attempt to terminate a thread-local capture sequence from another thread"},
};

static CUresult describe(CUresult code, const char** text, const char* Name::*field) {
    for (const Name& known : NAMES) {
        if (known.code == code) {
            *text = known.*field;
            return CUDA_SUCCESS;
        }
    }
    *text = nullptr;
    return CUDA_ERROR_INVALID_VALUE;
}

EXPORT CUresult cuGetErrorName(CUresult code, const char** text) {
    return describe(code, text, &Name::name);
}

EXPORT CUresult cuGetErrorString(CUresult code, const char** text) {
    return describe(code, text, &Name::text);
}

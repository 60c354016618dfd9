// The emulated driver: devices, memory, streams, events, graphs, modules and launches.
#include "emulator.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <iterator>
#include <map>
#include <string>

static const size_t MEMORY = size_t(16) << 30;

static std::vector<Device> devices;
static std::vector<Stream*> streams;
static thread_local Device* current_device = nullptr;
// The start and the size of each allocation on a device, and of each in pinned memory.
static std::map<char*, size_t> allocated, pinned;

static int setting(const char* name, int otherwise) {
    const char* text = getenv(name);
    return text ? atoi(text) : otherwise;
}

// Devices. A device is its own primary context.

EXPORT CUresult cuInit(unsigned) {
    if (devices.empty()) devices.resize(setting("EMULATED_CUDA_DEVICES", 1));
    return devices.empty() ? CUDA_ERROR_NO_DEVICE : CUDA_SUCCESS;
}

EXPORT CUresult cuDriverGetVersion(int* version) {
    *version = setting("EMULATED_CUDA_DRIVER", 13000);
    return CUDA_SUCCESS;
}

EXPORT CUresult cuDeviceGetCount(int* count) {
    *count = devices.size();
    return CUDA_SUCCESS;
}

EXPORT CUresult cuDeviceGet(int* device, int number) {
    *device = number;
    return CUDA_SUCCESS;
}

EXPORT CUresult cuDeviceGetName(char* name, int length, int) {
    snprintf(name, length, "Emulated GPU");
    return CUDA_SUCCESS;
}

EXPORT CUresult cuDeviceGetAttribute(int* value, int attribute, int) {
    switch (attribute) {
    case 16: *value = 4; break;  // multiprocessors
    case 75: *value = 9; break;  // compute capability 9.0
    case 115: *value = 1; break; // memory pools: memory is allocated and freed in the order of a stream
    default: *value = 0;
    }
    return CUDA_SUCCESS;
}

EXPORT CUresult cuDevicePrimaryCtxRetain(Device** context, int device) {
    *context = &devices[device];
    return CUDA_SUCCESS;
}

EXPORT CUresult cuDevicePrimaryCtxRelease_v2(int) { return CUDA_SUCCESS; }

EXPORT CUresult cuCtxGetCurrent(Device** context) {
    *context = current_device;
    return CUDA_SUCCESS;
}

EXPORT CUresult cuCtxSetCurrent(Device* context) {
    current_device = context;
    return CUDA_SUCCESS;
}

// The caller then shows the error's name in its own enumeration.
EXPORT CUresult cuGetErrorString(CUresult, const char**) { return CUDA_ERROR_INVALID_VALUE; }

// Streams.

CUresult Stream::submit(Task task) {
    if (capture) {
        capture->push_back(std::move(task));
    } else {
        queue.push_back(std::move(task));
        queued++;
    }
    return CUDA_SUCCESS;
}

void Stream::work(size_t end) {
    while (done < end) {
        Task task = std::move(queue.front());
        queue.pop_front();
        task();
        done++;
    }
}

EXPORT CUresult cuStreamCreate(Stream** stream, unsigned) {
    *stream = new Stream;
    (*stream)->device = current_device;
    streams.push_back(*stream);
    return CUDA_SUCCESS;
}

EXPORT CUresult cuStreamSynchronize(Stream* stream) {
    if (stream->capture) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    stream->work(stream->queued);
    return CUDA_SUCCESS;
}

// The stream itself is kept, because events name it.
EXPORT CUresult cuStreamDestroy_v2(Stream* stream) { return cuStreamSynchronize(stream); }

// Events. They are kept too, because tasks write the time into them.

struct Event {
    // The event has happened when so many tasks of the stream are done. An event that was never recorded has happened.
    Stream* stream;
    size_t position;
    std::chrono::steady_clock::time_point time;
};

EXPORT CUresult cuEventCreate(Event** event, unsigned) {
    *event = new Event{};
    return CUDA_SUCCESS;
}

EXPORT CUresult cuEventDestroy_v2(Event*) { return CUDA_SUCCESS; }

EXPORT CUresult cuEventRecord(Event* event, Stream* stream) {
    if (stream->capture) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    stream->submit([event] { event->time = std::chrono::steady_clock::now(); });
    event->stream = stream;
    event->position = stream->queued;
    return CUDA_SUCCESS;
}

EXPORT CUresult cuEventSynchronize(Event* event) {
    if (event->stream) event->stream->work(event->position);
    return CUDA_SUCCESS;
}

EXPORT CUresult cuEventElapsedTime_v2(float* milliseconds, Event* start, Event* end) {
    *milliseconds = std::chrono::duration<float, std::milli>(end->time - start->time).count();
    return CUDA_SUCCESS;
}

EXPORT CUresult cuStreamWaitEvent(Stream* stream, Event* event, unsigned) {
    if (stream->capture) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    // The event may be recorded again before this task runs.
    Event waited = *event;
    return stream->submit([waited]() mutable { cuEventSynchronize(&waited); });
}

// Graphs: the list of the tasks that were captured.

EXPORT CUresult cuStreamBeginCapture_v2(Stream* stream, int) {
    stream->capture = std::make_shared<std::vector<Task>>();
    return CUDA_SUCCESS;
}

EXPORT CUresult cuStreamEndCapture(Stream* stream, Graph** graph) {
    *graph = new Graph(std::move(stream->capture));
    return CUDA_SUCCESS;
}

EXPORT CUresult cuGraphInstantiateWithFlags(Graph** executable, Graph* graph, unsigned long long) {
    *executable = new Graph(*graph);
    return CUDA_SUCCESS;
}

EXPORT CUresult cuGraphLaunch(Graph* executable, Stream* stream) {
    return stream->submit([graph = *executable] {
        for (const Task& task : *graph) task();
    });
}

EXPORT CUresult cuGraphDestroy(Graph* graph) {
    delete graph;
    return CUDA_SUCCESS;
}

EXPORT CUresult cuGraphExecDestroy(Graph* executable) { return cuGraphDestroy(executable); }

// Memory.

// All bytes are 0xff, which is NaN in every precision, so that a read of what was never written shows.
static char* filled(size_t bytes) {
    size_t whole = (bytes + 255) / 256 * 256;
    void* memory = aligned_alloc(256, whole);
    return memory ? static_cast<char*>(memset(memory, 0xff, whole)) : nullptr;
}

EXPORT CUresult cuMemAllocAsync(char** pointer, size_t bytes, Stream* stream) {
    if (stream->capture) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    if (bytes > MEMORY - stream->device->used || !(*pointer = filled(bytes))) return CUDA_ERROR_OUT_OF_MEMORY;
    allocated[*pointer] = bytes;
    stream->device->used += bytes;
    return CUDA_SUCCESS;
}

EXPORT CUresult cuMemFreeAsync(char* pointer, Stream* stream) {
    if (stream->capture) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    stream->device->used -= allocated.at(pointer);
    allocated.erase(pointer);
    return stream->submit([pointer] { free(pointer); });
}

EXPORT CUresult cuMemGetInfo_v2(size_t* free, size_t* total) {
    *free = MEMORY - current_device->used;
    *total = MEMORY;
    return CUDA_SUCCESS;
}

EXPORT CUresult cuMemHostAlloc(char** pointer, size_t bytes, unsigned) {
    if (!(*pointer = filled(bytes))) return CUDA_ERROR_OUT_OF_MEMORY;
    pinned[*pointer] = bytes;
    return CUDA_SUCCESS;
}

// The driver, too, waits for all work before it frees pinned memory.
EXPORT CUresult cuMemFreeHost(char* pointer) {
    for (Stream* stream : streams) stream->work(stream->queued);
    pinned.erase(pointer);
    free(pointer);
    return CUDA_SUCCESS;
}

static bool is_pinned(const char* address) {
    auto after = pinned.upper_bound(const_cast<char*>(address));
    return after != pinned.begin() && address < std::prev(after)->first + std::prev(after)->second;
}

// Pinned memory is read in the stream's turn. Other memory is read at once, as the driver does.
EXPORT CUresult cuMemcpyHtoDAsync_v2(char* to, const char* from, size_t bytes, Stream* stream) {
    if (is_pinned(from)) return stream->submit([=] { memcpy(to, from, bytes); });
    if (stream->capture) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    return stream->submit([to, copy = std::string(from, bytes)] { memcpy(to, copy.data(), copy.size()); });
}

EXPORT CUresult cuMemcpyDtoHAsync_v2(char* to, const char* from, size_t bytes, Stream* stream) {
    CUresult submitted = stream->submit([=] { memcpy(to, from, bytes); });
    return is_pinned(to) ? submitted : cuStreamSynchronize(stream);
}

EXPORT CUresult cuMemcpyDtoDAsync_v2(char* to, const char* from, size_t bytes, Stream* stream) {
    return stream->submit([=] { memmove(to, from, bytes); });
}

EXPORT CUresult cuMemsetD8Async(char* to, unsigned char value, size_t bytes, Stream* stream) {
    return stream->submit([=] { memset(to, value, bytes); });
}

// Modules and launches. What NVRTC returns is the path of a library; `shim.h` says what it has for each kernel.

struct Function {
    const unsigned* sizes;
    void (*run)(const unsigned* grid, const unsigned* block, void** parameters);
};

EXPORT CUresult cuModuleLoadData(void** module, const char* path) {
    *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (*module) return CUDA_SUCCESS;
    fprintf(stderr, "emulated GPU: %s\n", dlerror());
    return CUDA_ERROR_INVALID_IMAGE;
}

EXPORT CUresult cuModuleUnload(void*) { return CUDA_SUCCESS; }

EXPORT CUresult cuModuleGetFunction(Function** function, void* module, const char* name) {
    void* sizes = dlsym(module, (std::string(name) + "__sizes").c_str());
    void* run = dlsym(module, (std::string(name) + "__run").c_str());
    if (!sizes || !run) return CUDA_ERROR_NOT_FOUND;
    *function = new Function{*static_cast<unsigned**>(sizes), reinterpret_cast<decltype(Function::run)>(run)};
    return CUDA_SUCCESS;
}

EXPORT CUresult cuLaunchKernel(Function* function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x,
                               unsigned block_y, unsigned block_z, unsigned shared_bytes, Stream* stream, void** parameters,
                               void**) {
    bool is_valid = grid_x && grid_y && grid_z && grid_y <= 65535 && grid_z <= 65535 && block_x && block_y && block_z == 1 &&
                    block_x * block_y <= 1024 && shared_bytes == 0;
    if (!is_valid) return CUDA_ERROR_INVALID_VALUE;
    // The driver, too, copies the parameters before it returns.
    std::vector<std::string> values;
    for (const unsigned* size = function->sizes; *size; size++)
        values.emplace_back(static_cast<char*>(parameters[values.size()]), *size);
    return stream->submit([=] {
        const unsigned grid[] = {grid_x, grid_y, grid_z}, block[] = {block_x, block_y, block_z};
        std::vector<void*> pointers;
        for (const std::string& value : values) pointers.push_back(const_cast<char*>(value.data()));
        function->run(grid, block, pointers.data());
    });
}

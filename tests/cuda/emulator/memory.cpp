// Device memory and pinned host memory, and the copies between them.
#include "emulator.h"

#include <cstring>
#include <sys/mman.h>

static const size_t PAGE = 4096;

static size_t round_up(size_t value, size_t step) { return (value + step - 1) / step * step; }

// Maps memory whose end, rounded up to 16 bytes, touches a page that is not mapped, with another
// such page before it. Addresses are handed out in ascending order far below those that the system
// uses by itself and are never used again, so that use after free faults too. The memory is full of
// NaN, so that reads of what was never written show.
static bool map(size_t bytes, Device* device, Allocation* allocation, uintptr_t* address) {
    static std::mutex mutex;
    static uintptr_t next = 0x200000000000;
    size_t mapped = round_up(bytes, PAGE);
    void* mapping;
    {
        std::lock_guard<std::mutex> lock(mutex);
        mapping = mmap(reinterpret_cast<void*>(next), mapped, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
        if (mapping == MAP_FAILED) return false;
        next += mapped + PAGE;
    }
    memset(mapping, 0xFF, mapped);
    *allocation = {bytes, device, mapping, mapped};
    *address = uintptr_t(mapping) + mapped - round_up(bytes, 16);
    return true;
}

static size_t charge(size_t bytes) { return round_up(bytes, 512); }

static CUresult allocate(Device* device, size_t bytes, uintptr_t* address) {
    if (bytes == 0) return CUDA_ERROR_INVALID_VALUE;
    State& s = state();
    if (device) {
        std::lock_guard<std::mutex> lock(s.mutex);
        if (bytes > device->total || device->used + charge(bytes) > device->total)
            return CUDA_ERROR_OUT_OF_MEMORY;
        device->used += charge(bytes);
    }
    Allocation allocation;
    bool mapped = map(bytes, device, &allocation, address);
    std::lock_guard<std::mutex> lock(s.mutex);
    if (!mapped) {
        if (device) device->used -= charge(bytes);
        return CUDA_ERROR_OUT_OF_MEMORY;
    }
    s.allocations[*address] = allocation;
    return CUDA_SUCCESS;
}

// Takes an allocation out of the books; the memory itself is unmapped by the caller.
static bool forget(uintptr_t address, bool on_device, Allocation* allocation) {
    State& s = state();
    std::lock_guard<std::mutex> lock(s.mutex);
    auto found = s.allocations.find(address);
    if (found == s.allocations.end() || bool(found->second.device) != on_device) return false;
    *allocation = found->second;
    if (on_device) allocation->device->used -= charge(allocation->bytes);
    s.allocations.erase(found);
    return true;
}

// Whether bytes lie within one allocation of the wanted kind.
static bool within(uintptr_t address, size_t bytes, bool on_device) {
    State& s = state();
    std::lock_guard<std::mutex> lock(s.mutex);
    auto after = s.allocations.upper_bound(address);
    if (after == s.allocations.begin()) return false;
    auto& [start, allocation] = *--after;
    return bool(allocation.device) == on_device && address - start <= allocation.bytes &&
           bytes <= allocation.bytes - (address - start);
}

EXPORT CUresult cuMemAlloc_v2(CUdeviceptr* pointer, size_t bytes) {
    if (!current_device) return CUDA_ERROR_INVALID_CONTEXT;
    if (CUresult refused = refuse_while_capturing()) return refused;
    uintptr_t address = 0;
    CUresult result = allocate(current_device, bytes, &address);
    *pointer = address;
    return result;
}

EXPORT CUresult cuMemAllocAsync(CUdeviceptr* pointer, size_t bytes, Stream* handle) {
    Stream* stream = resolve(handle);
    if (!stream) return unresolved(handle);
    if (is_capturing(stream)) return invalidate(stream);
    uintptr_t address = 0;
    CUresult result = allocate(stream->device, bytes, &address);
    *pointer = address;
    return result;
}

EXPORT CUresult cuCtxSynchronize();

// The driver, too, waits for the device before it gives memory back outside the order of a stream.
EXPORT CUresult cuMemFree_v2(CUdeviceptr pointer) {
    if (pointer == 0) return CUDA_SUCCESS;
    if (CUresult refused = refuse_while_capturing()) return refused;
    if (CUresult failed = cuCtxSynchronize()) return failed;
    Allocation allocation;
    if (!forget(pointer, true, &allocation)) return CUDA_ERROR_INVALID_VALUE;
    munmap(allocation.mapping, allocation.mapped);
    return CUDA_SUCCESS;
}

// The room counts as free at once, as later allocations of the pool may have it in stream order.
EXPORT CUresult cuMemFreeAsync(CUdeviceptr pointer, Stream* handle) {
    Stream* stream = resolve(handle);
    if (!stream) return unresolved(handle);
    if (pointer == 0) return CUDA_SUCCESS;
    if (is_capturing(stream)) return invalidate(stream);
    Allocation allocation;
    if (!forget(pointer, true, &allocation)) return CUDA_ERROR_INVALID_VALUE;
    return submit(stream, [allocation] { munmap(allocation.mapping, allocation.mapped); });
}

EXPORT CUresult cuMemGetInfo_v2(size_t* free, size_t* total) {
    if (!current_device) return CUDA_ERROR_INVALID_CONTEXT;
    std::lock_guard<std::mutex> lock(state().mutex);
    *free = current_device->total - current_device->used;
    *total = current_device->total;
    return CUDA_SUCCESS;
}

EXPORT CUresult cuMemHostAlloc(void** pointer, size_t bytes, unsigned) {
    if (!current_device) return CUDA_ERROR_INVALID_CONTEXT;
    if (CUresult refused = refuse_while_capturing()) return refused;
    uintptr_t address = 0;
    CUresult result = allocate(nullptr, bytes, &address);
    *pointer = reinterpret_cast<void*>(address);
    return result;
}

EXPORT CUresult cuMemAllocHost_v2(void** pointer, size_t bytes) { return cuMemHostAlloc(pointer, bytes, 0); }

EXPORT CUresult cuMemFreeHost(void* pointer) {
    if (!pointer) return CUDA_SUCCESS;
    if (CUresult refused = refuse_while_capturing()) return refused;
    if (current_device) {
        if (CUresult failed = cuCtxSynchronize()) return failed;
    }
    Allocation allocation;
    if (!forget(uintptr_t(pointer), false, &allocation)) return CUDA_ERROR_INVALID_VALUE;
    munmap(allocation.mapping, allocation.mapped);
    return CUDA_SUCCESS;
}

static void* at(CUdeviceptr pointer) { return reinterpret_cast<void*>(pointer); }

// Pinned memory is read when the stream gets there; other memory is read at once, and a graph, which
// would read it at some later time, refuses it.
EXPORT CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr target, const void* source, size_t bytes, Stream* handle) {
    Stream* stream = resolve(handle);
    if (!stream) return unresolved(handle);
    if (bytes == 0) return CUDA_SUCCESS;
    if (!within(target, bytes, true)) return CUDA_ERROR_INVALID_VALUE;
    if (within(uintptr_t(source), bytes, false))
        return submit(stream, [=] { memcpy(at(target), source, bytes); });
    if (is_capturing(stream)) return invalidate(stream);
    const char* start = static_cast<const char*>(source);
    auto copy = std::make_shared<std::vector<char>>(start, start + bytes);
    return submit(stream, [=] { memcpy(at(target), copy->data(), bytes); });
}

EXPORT CUresult cuMemcpyDtoHAsync_v2(void* target, CUdeviceptr source, size_t bytes, Stream* handle) {
    Stream* stream = resolve(handle);
    if (!stream) return unresolved(handle);
    if (bytes == 0) return CUDA_SUCCESS;
    if (!within(source, bytes, true)) return CUDA_ERROR_INVALID_VALUE;
    if (within(uintptr_t(target), bytes, false))
        return submit(stream, [=] { memcpy(target, at(source), bytes); });
    if (is_capturing(stream)) return invalidate(stream);
    stream->wait();
    memcpy(target, at(source), bytes);
    return CUDA_SUCCESS;
}

EXPORT CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr target, CUdeviceptr source, size_t bytes, Stream* handle) {
    Stream* stream = resolve(handle);
    if (!stream) return unresolved(handle);
    if (bytes == 0) return CUDA_SUCCESS;
    if (!within(target, bytes, true) || !within(source, bytes, true)) return CUDA_ERROR_INVALID_VALUE;
    return submit(stream, [=] { memmove(at(target), at(source), bytes); });
}

EXPORT CUresult cuMemcpyPeerAsync(CUdeviceptr target, Device*, CUdeviceptr source, Device*, size_t bytes,
                                  Stream* handle) {
    return cuMemcpyDtoDAsync_v2(target, source, bytes, handle);
}

// The copies without a stream go through the null stream and wait for it.
static CUresult at_once(CUresult issued) {
    if (issued) return issued;
    current_device->null_stream->wait();
    return CUDA_SUCCESS;
}

EXPORT CUresult cuMemcpyHtoD_v2(CUdeviceptr target, const void* source, size_t bytes) {
    if (CUresult refused = refuse_while_capturing()) return refused;
    return at_once(cuMemcpyHtoDAsync_v2(target, source, bytes, nullptr));
}

EXPORT CUresult cuMemcpyDtoH_v2(void* target, CUdeviceptr source, size_t bytes) {
    if (CUresult refused = refuse_while_capturing()) return refused;
    return at_once(cuMemcpyDtoHAsync_v2(target, source, bytes, nullptr));
}

EXPORT CUresult cuMemcpyDtoD_v2(CUdeviceptr target, CUdeviceptr source, size_t bytes) {
    if (CUresult refused = refuse_while_capturing()) return refused;
    return cuMemcpyDtoDAsync_v2(target, source, bytes, nullptr);
}

template <class T> static CUresult fill(CUdeviceptr target, T value, size_t count, Stream* handle) {
    Stream* stream = resolve(handle);
    if (!stream) return unresolved(handle);
    if (count == 0) return CUDA_SUCCESS;
    if (target % sizeof(T) || !within(target, count * sizeof(T), true)) return CUDA_ERROR_INVALID_VALUE;
    return submit(stream, [=] {
        T* start = static_cast<T*>(at(target));
        for (size_t i = 0; i < count; i++) start[i] = value;
    });
}

EXPORT CUresult cuMemsetD8Async(CUdeviceptr target, unsigned char value, size_t count, Stream* stream) {
    return fill(target, value, count, stream);
}

EXPORT CUresult cuMemsetD16Async(CUdeviceptr target, unsigned short value, size_t count, Stream* stream) {
    return fill(target, value, count, stream);
}

EXPORT CUresult cuMemsetD32Async(CUdeviceptr target, unsigned value, size_t count, Stream* stream) {
    return fill(target, value, count, stream);
}

EXPORT CUresult cuMemsetD8_v2(CUdeviceptr target, unsigned char value, size_t count) {
    if (CUresult refused = refuse_while_capturing()) return refused;
    return fill(target, value, count, nullptr);
}

EXPORT CUresult cuMemsetD32_v2(CUdeviceptr target, unsigned value, size_t count) {
    if (CUresult refused = refuse_while_capturing()) return refused;
    return fill(target, value, count, nullptr);
}

// A pool is only a name for its device: nothing is ever kept back for later.
EXPORT CUresult cuDeviceGetDefaultMemPool(Device** pool, int device) {
    if (device < 0 || size_t(device) >= state().devices.size()) return CUDA_ERROR_INVALID_DEVICE;
    *pool = state().devices[device].get();
    return CUDA_SUCCESS;
}

EXPORT CUresult cuDeviceGetMemPool(Device** pool, int device) { return cuDeviceGetDefaultMemPool(pool, device); }
EXPORT CUresult cuMemPoolSetAttribute(Device*, int, void*) { return CUDA_SUCCESS; }
EXPORT CUresult cuMemPoolTrimTo(Device*, size_t) { return CUDA_SUCCESS; }

EXPORT CUresult cuMemPoolGetAttribute(Device* pool, int, void* value) {
    std::lock_guard<std::mutex> lock(state().mutex);
    *static_cast<uint64_t*>(value) = pool->used;
    return CUDA_SUCCESS;
}

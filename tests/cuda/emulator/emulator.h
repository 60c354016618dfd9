// What the parts of the emulated CUDA driver share: devices, memory, streams and captures.
//
// All of it lives in one shared library that answers under the names of the driver, NVRTC, cuBLAS
// and NCCL, so that the project's GPU code runs from end to end on a machine without a GPU.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

// Everything else is hidden, so that the library never clashes with symbols of the program.
#define EXPORT extern "C" __attribute__((visibility("default")))

enum CUresult {
    CUDA_SUCCESS = 0,
    CUDA_ERROR_INVALID_VALUE = 1,
    CUDA_ERROR_OUT_OF_MEMORY = 2,
    CUDA_ERROR_NOT_INITIALIZED = 3,
    CUDA_ERROR_NO_DEVICE = 100,
    CUDA_ERROR_INVALID_DEVICE = 101,
    CUDA_ERROR_INVALID_IMAGE = 200,
    CUDA_ERROR_INVALID_CONTEXT = 201,
    CUDA_ERROR_FILE_NOT_FOUND = 301,
    CUDA_ERROR_INVALID_HANDLE = 400,
    CUDA_ERROR_NOT_FOUND = 500,
    CUDA_ERROR_NOT_READY = 600,
    CUDA_ERROR_NOT_SUPPORTED = 801,
    CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED = 900,
    CUDA_ERROR_STREAM_CAPTURE_INVALIDATED = 901,
    CUDA_ERROR_STREAM_CAPTURE_MERGE = 902,
    CUDA_ERROR_STREAM_CAPTURE_UNMATCHED = 903,
    CUDA_ERROR_STREAM_CAPTURE_UNJOINED = 904,
    CUDA_ERROR_STREAM_CAPTURE_ISOLATION = 905,
    CUDA_ERROR_CAPTURED_EVENT = 907,
    CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD = 908,
};

using CUdeviceptr = unsigned long long;
using Task = std::function<void()>;

struct Stream;

struct Device {
    int ordinal = 0;
    size_t total = 0;
    size_t used = 0;
    std::set<Stream*> streams;
    Stream* null_stream = nullptr;
};

// A capture in progress, and afterwards the graph that came of it. The tasks are kept in the order
// they were issued, which is one of the orders the dependencies allow.
struct Capture {
    Stream* origin = nullptr;
    int mode = 0;
    std::thread::id thread;
    std::set<Stream*> streams;
    std::vector<Task> tasks;
    bool invalid = false;
};

struct Event;

// A stream is a queue and a thread that works through it.
struct Stream {
    explicit Stream(Device* device);
    void push(Task task);
    // Waits for what was pushed before the call.
    void wait();
    bool idle();
    // Finishes the queue and ends the thread.
    void close();

    Device* const device;

    // These belong to a capture and are guarded by the mutex of the state: how many operations
    // were recorded on this stream, and how many of them another stream has waited for.
    std::shared_ptr<Capture> capture;
    size_t recorded = 0;
    size_t joined = 0;

private:
    void work();

    std::mutex mutex;
    std::condition_variable pushed, passed;
    std::deque<Task> queue;
    size_t submitted = 0;
    size_t completed = 0;
    bool closing = false;
    std::thread worker;
};

// A piece of device memory, or of pinned host memory where there is no device.
struct Allocation {
    size_t bytes;
    Device* device;
    void* mapping;
    size_t mapped;
};

struct State {
    std::mutex mutex;
    bool initialised = false;
    std::vector<std::unique_ptr<Device>> devices;
    std::map<uintptr_t, Allocation> allocations;
    std::vector<std::shared_ptr<Capture>> captures;
};

State& state();
extern thread_local Device* current_device;

// A number from the environment.
unsigned long long setting(const char* name, unsigned long long otherwise);

// The stream behind a handle; the null stream of the current device for no handle, and nothing
// for a stream that was destroyed or where no device is current.
Stream* resolve(Stream* handle);
CUresult unresolved(Stream* handle);
// Runs a task in the stream's turn, or records it where the stream is being captured.
CUresult submit(Stream* handle, Task task);
bool is_capturing(Stream* stream);
// Answers a call that no capture survives: the captures it concerns become invalid.
CUresult refuse_while_capturing();
CUresult invalidate(Stream* stream);

// The kernel this thread is in, for messages.
extern thread_local const char* current_kernel;
[[noreturn]] void fail(const std::string& message);
void report_faults();

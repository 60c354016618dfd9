// What the parts of the emulated GPU share. Together they are one library that answers under the names of the driver,
// NVRTC, cuBLAS and NCCL. It has only the functions that the program calls; a call of another one ends with its name.
//
// Nothing runs when it is queued: a stream is a list of tasks, which run when somebody waits for them. This is the latest
// moment that CUDA allows, so that a buffer of the host that is used again too early always shows as wrong numbers.
// There are no locks, because the program drives all GPUs from one thread.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

// Everything else is hidden, so that no name clashes with one of the program.
#define EXPORT extern "C" __attribute__((visibility("default")))

enum CUresult {
    CUDA_SUCCESS = 0,
    CUDA_ERROR_INVALID_VALUE = 1,
    CUDA_ERROR_OUT_OF_MEMORY = 2,
    CUDA_ERROR_NO_DEVICE = 100,
    CUDA_ERROR_INVALID_IMAGE = 200,
    CUDA_ERROR_NOT_FOUND = 500,
    CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED = 900,
};

using Task = std::function<void()>;
using Graph = std::shared_ptr<std::vector<Task>>;

struct Device {
    // Bytes allocated.
    size_t used = 0;
};

struct Stream {
    Device* device = nullptr;
    std::deque<Task> queue;
    // Tasks queued and tasks done since the stream was made.
    size_t queued = 0, done = 0;
    // Where tasks go instead of the queue while the stream is captured.
    Graph capture;

    CUresult submit(Task task);
    // Runs the first `end` tasks, as far as they are not done.
    void work(size_t end);
};

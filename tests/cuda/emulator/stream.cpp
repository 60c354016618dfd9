// Streams, events, captures and graphs.
#include "emulator.h"

#include <algorithm>
#include <chrono>

using Clock = std::chrono::steady_clock;

Stream::Stream(Device* owner) : device(owner), worker([this] { work(); }) {}

void Stream::push(Task task) {
    std::lock_guard<std::mutex> lock(mutex);
    queue.push_back(std::move(task));
    submitted++;
    pushed.notify_one();
}

void Stream::wait() {
    std::unique_lock<std::mutex> lock(mutex);
    size_t target = submitted;
    passed.wait(lock, [&] { return completed >= target; });
}

bool Stream::idle() {
    std::lock_guard<std::mutex> lock(mutex);
    return completed == submitted;
}

void Stream::close() {
    {
        std::lock_guard<std::mutex> lock(mutex);
        closing = true;
        pushed.notify_one();
    }
    worker.join();
}

void Stream::work() {
    // A pause before each task makes missing synchronisation show where the tasks are short.
    const auto pause = std::chrono::microseconds(setting("EMULATED_CUDA_DELAY", 0));
    current_device = device;
    std::unique_lock<std::mutex> lock(mutex);
    while (true) {
        pushed.wait(lock, [&] { return closing || !queue.empty(); });
        if (queue.empty()) return;
        Task task = std::move(queue.front());
        queue.pop_front();
        lock.unlock();
        if (pause.count() > 0) std::this_thread::sleep_for(pause);
        task();
        // What the task holds is let go before anyone learns that it is over.
        task = nullptr;
        lock.lock();
        completed++;
        passed.notify_all();
    }
}

// The handles 1 and 2 are the driver's names for the legacy null stream and for the null stream of
// the calling thread; both are served by the null stream of the current device.
Stream* resolve(Stream* handle) {
    if (uintptr_t(handle) <= 2) return current_device ? current_device->null_stream : nullptr;
    State& s = state();
    std::lock_guard<std::mutex> lock(s.mutex);
    for (auto& device : s.devices) {
        if (device->streams.count(handle)) return handle;
    }
    return nullptr;
}

CUresult unresolved(Stream* handle) {
    return uintptr_t(handle) <= 2 ? CUDA_ERROR_INVALID_CONTEXT : CUDA_ERROR_INVALID_HANDLE;
}

CUresult submit(Stream* handle, Task task) {
    Stream* stream = resolve(handle);
    if (!stream) return unresolved(handle);
    {
        std::lock_guard<std::mutex> lock(state().mutex);
        if (stream->capture) {
            if (stream->capture->invalid) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
            stream->capture->tasks.push_back(std::move(task));
            stream->recorded++;
            return CUDA_SUCCESS;
        }
    }
    stream->push(std::move(task));
    return CUDA_SUCCESS;
}

bool is_capturing(Stream* stream) {
    std::lock_guard<std::mutex> lock(state().mutex);
    return bool(stream->capture);
}

CUresult invalidate(Stream* stream) {
    std::lock_guard<std::mutex> lock(state().mutex);
    if (!stream->capture) return CUDA_SUCCESS;
    if (stream->capture->invalid) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
    stream->capture->invalid = true;
    return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
}

enum { GLOBAL = 0, THREAD_LOCAL = 1, RELAXED = 2 };

CUresult refuse_while_capturing() {
    State& s = state();
    std::lock_guard<std::mutex> lock(s.mutex);
    CUresult result = CUDA_SUCCESS;
    for (auto& capture : s.captures) {
        bool own = capture->thread == std::this_thread::get_id();
        if (capture->mode == GLOBAL || (capture->mode == THREAD_LOCAL && own)) {
            capture->invalid = true;
            result = CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
        }
    }
    return result;
}

EXPORT CUresult cuStreamCreate(Stream** stream, unsigned) {
    if (!current_device) return CUDA_ERROR_INVALID_CONTEXT;
    Stream* created = new Stream(current_device);
    std::lock_guard<std::mutex> lock(state().mutex);
    current_device->streams.insert(created);
    *stream = created;
    return CUDA_SUCCESS;
}

EXPORT CUresult cuStreamCreateWithPriority(Stream** stream, unsigned flags, int) {
    return cuStreamCreate(stream, flags);
}

// The memory of a stream stays, so that a thread that still waits on it finds its mutex.
EXPORT CUresult cuStreamDestroy_v2(Stream* handle) {
    Stream* stream = resolve(handle);
    if (!stream || uintptr_t(handle) <= 2) return CUDA_ERROR_INVALID_HANDLE;
    {
        std::lock_guard<std::mutex> lock(state().mutex);
        stream->device->streams.erase(stream);
        if (stream->capture) stream->capture->invalid = true;
    }
    stream->close();
    return CUDA_SUCCESS;
}

EXPORT CUresult cuStreamSynchronize(Stream* handle) {
    Stream* stream = resolve(handle);
    if (!stream) return unresolved(handle);
    if (is_capturing(stream)) return invalidate(stream);
    stream->wait();
    return CUDA_SUCCESS;
}

EXPORT CUresult cuStreamQuery(Stream* handle) {
    Stream* stream = resolve(handle);
    if (!stream) return unresolved(handle);
    if (is_capturing(stream)) return invalidate(stream);
    return stream->idle() ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
}

EXPORT CUresult cuLaunchHostFunc(Stream* handle, void (*function)(void*), void* data) {
    return submit(handle, [=] { function(data); });
}

// What an event knows; tasks hold it too, so that an event may be destroyed before it has passed.
struct Passing {
    std::mutex mutex;
    std::condition_variable changed;
    size_t recorded = 0;
    size_t completed = 0;
    Clock::time_point time;
    // The capture that recorded the event last, and how far its stream was.
    std::shared_ptr<Capture> capture;
    Stream* stream = nullptr;
    size_t position = 0;
};

struct Event {
    std::shared_ptr<Passing> passing = std::make_shared<Passing>();
    Device* device;
    bool timed;
};

EXPORT CUresult cuEventCreate(Event** event, unsigned flags) {
    if (!current_device) return CUDA_ERROR_INVALID_CONTEXT;
    *event = new Event;
    (*event)->device = current_device;
    (*event)->timed = !(flags & 2);
    return CUDA_SUCCESS;
}

EXPORT CUresult cuEventDestroy_v2(Event* event) {
    delete event;
    return CUDA_SUCCESS;
}

// In a capture an event only marks a place in the order, unless it is recorded for use outside.
EXPORT CUresult cuEventRecordWithFlags(Event* event, Stream* handle, unsigned flags) {
    Stream* stream = resolve(handle);
    if (!stream) return unresolved(handle);
    if (!event || event->device != stream->device) return CUDA_ERROR_INVALID_HANDLE;
    std::shared_ptr<Passing> passing = event->passing;
    bool external = flags & 1;
    {
        std::lock_guard<std::mutex> lock(state().mutex);
        std::lock_guard<std::mutex> inner(passing->mutex);
        passing->capture = external ? nullptr : stream->capture;
        if (passing->capture) {
            if (passing->capture->invalid) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
            passing->stream = stream;
            passing->position = stream->recorded;
            return CUDA_SUCCESS;
        }
        passing->recorded++;
    }
    return submit(stream, [passing, number = passing->recorded] {
        std::lock_guard<std::mutex> lock(passing->mutex);
        passing->completed = std::max(passing->completed, number);
        passing->time = Clock::now();
        passing->changed.notify_all();
    });
}

EXPORT CUresult cuEventRecord(Event* event, Stream* stream) { return cuEventRecordWithFlags(event, stream, 0); }

EXPORT CUresult cuEventQuery(Event* event) {
    if (!event) return CUDA_ERROR_INVALID_HANDLE;
    if (CUresult refused = refuse_while_capturing()) return refused;
    std::lock_guard<std::mutex> lock(event->passing->mutex);
    if (event->passing->capture) return CUDA_ERROR_CAPTURED_EVENT;
    return event->passing->completed >= event->passing->recorded ? CUDA_SUCCESS : CUDA_ERROR_NOT_READY;
}

EXPORT CUresult cuEventSynchronize(Event* event) {
    if (!event) return CUDA_ERROR_INVALID_HANDLE;
    std::shared_ptr<Passing> passing = event->passing;
    std::unique_lock<std::mutex> lock(passing->mutex);
    if (passing->capture) return CUDA_ERROR_CAPTURED_EVENT;
    passing->changed.wait(lock, [&, target = passing->recorded] { return passing->completed >= target; });
    return CUDA_SUCCESS;
}

EXPORT CUresult cuEventElapsedTime_v2(float* milliseconds, Event* start, Event* end) {
    if (!start || !end || !start->timed || !end->timed) return CUDA_ERROR_INVALID_HANDLE;
    Clock::time_point times[2];
    for (int i = 0; i < 2; i++) {
        Passing& passing = *(i == 0 ? start : end)->passing;
        std::lock_guard<std::mutex> lock(passing.mutex);
        if (passing.capture) return CUDA_ERROR_CAPTURED_EVENT;
        if (passing.recorded == 0) return CUDA_ERROR_INVALID_HANDLE;
        if (passing.completed < passing.recorded) return CUDA_ERROR_NOT_READY;
        times[i] = passing.time;
    }
    *milliseconds = std::chrono::duration<float, std::milli>(times[1] - times[0]).count();
    return CUDA_SUCCESS;
}

EXPORT CUresult cuEventElapsedTime(float* milliseconds, Event* start, Event* end) {
    return cuEventElapsedTime_v2(milliseconds, start, end);
}

// Waiting for an event of a capture draws a stream into that capture; a captured stream in turn
// may wait for nothing outside its capture.
EXPORT CUresult cuStreamWaitEvent(Stream* handle, Event* event, unsigned) {
    Stream* stream = resolve(handle);
    if (!stream) return unresolved(handle);
    if (!event) return CUDA_ERROR_INVALID_HANDLE;
    std::shared_ptr<Passing> passing = event->passing;
    size_t target;
    {
        std::lock_guard<std::mutex> lock(state().mutex);
        std::lock_guard<std::mutex> inner(passing->mutex);
        std::shared_ptr<Capture> capture = passing->capture;
        if (capture && capture->streams.count(passing->stream)) {
            if (stream->capture && stream->capture != capture) {
                stream->capture->invalid = capture->invalid = true;
                return CUDA_ERROR_STREAM_CAPTURE_MERGE;
            }
            if (!stream->capture) {
                stream->capture = capture;
                stream->recorded = stream->joined = 0;
                capture->streams.insert(stream);
            } else if (passing->stream != stream) {
                passing->stream->joined = std::max(passing->stream->joined, passing->position);
            }
            // The wait itself must be waited for by the stream where the capture began.
            stream->recorded++;
            return CUDA_SUCCESS;
        }
        if (capture) return CUDA_ERROR_CAPTURED_EVENT;
        if (stream->capture) {
            stream->capture->invalid = true;
            return CUDA_ERROR_STREAM_CAPTURE_ISOLATION;
        }
        target = passing->recorded;
    }
    return submit(stream, [passing, target] {
        std::unique_lock<std::mutex> lock(passing->mutex);
        passing->changed.wait(lock, [&] { return passing->completed >= target; });
    });
}

EXPORT CUresult cuStreamBeginCapture_v2(Stream* handle, int mode) {
    if (uintptr_t(handle) <= 2) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    Stream* stream = resolve(handle);
    if (!stream) return unresolved(handle);
    if (mode < GLOBAL || mode > RELAXED) return CUDA_ERROR_INVALID_VALUE;
    State& s = state();
    std::lock_guard<std::mutex> lock(s.mutex);
    if (stream->capture) return CUDA_ERROR_INVALID_VALUE;
    auto capture = std::make_shared<Capture>();
    capture->origin = stream;
    capture->mode = mode;
    capture->thread = std::this_thread::get_id();
    capture->streams.insert(stream);
    stream->capture = capture;
    stream->recorded = stream->joined = 0;
    s.captures.push_back(capture);
    return CUDA_SUCCESS;
}

// Graphs and what is made of them are both handles on the tasks that were captured.
using Graph = std::shared_ptr<Capture>;

EXPORT CUresult cuStreamEndCapture(Stream* handle, Graph** graph) {
    Stream* stream = resolve(handle);
    if (!stream) return unresolved(handle);
    State& s = state();
    std::lock_guard<std::mutex> lock(s.mutex);
    *graph = nullptr;
    std::shared_ptr<Capture> capture = stream->capture;
    if (!capture) return CUDA_ERROR_INVALID_VALUE;
    if (capture->origin != stream) return CUDA_ERROR_STREAM_CAPTURE_UNMATCHED;
    if (capture->mode != RELAXED && capture->thread != std::this_thread::get_id())
        return CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD;
    bool unjoined = false;
    for (Stream* part : capture->streams) {
        unjoined = unjoined || (part != stream && part->joined < part->recorded);
        part->capture = nullptr;
    }
    capture->streams.clear();
    s.captures.erase(std::find(s.captures.begin(), s.captures.end(), capture));
    if (capture->invalid) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
    if (unjoined) return CUDA_ERROR_STREAM_CAPTURE_UNJOINED;
    *graph = new Graph(capture);
    return CUDA_SUCCESS;
}

EXPORT CUresult cuStreamIsCapturing(Stream* handle, int* status) {
    Stream* stream = resolve(handle);
    if (!stream) return unresolved(handle);
    std::lock_guard<std::mutex> lock(state().mutex);
    *status = !stream->capture ? 0 : stream->capture->invalid ? 2 : 1;
    return CUDA_SUCCESS;
}

EXPORT CUresult cuGraphInstantiateWithFlags(Graph** executable, Graph* graph, unsigned long long) {
    if (!graph) return CUDA_ERROR_INVALID_VALUE;
    *executable = new Graph(*graph);
    return CUDA_SUCCESS;
}

EXPORT CUresult cuGraphInstantiate(Graph** executable, Graph* graph, unsigned long long flags) {
    return cuGraphInstantiateWithFlags(executable, graph, flags);
}

EXPORT CUresult cuGraphGetNodes(Graph* graph, void** nodes, size_t* count) {
    if (nodes) return CUDA_ERROR_NOT_SUPPORTED;
    *count = (*graph)->tasks.size();
    return CUDA_SUCCESS;
}

EXPORT CUresult cuGraphUpload(Graph* executable, Stream* handle) {
    if (!executable) return CUDA_ERROR_INVALID_VALUE;
    return resolve(handle) ? CUDA_SUCCESS : unresolved(handle);
}

EXPORT CUresult cuGraphLaunch(Graph* executable, Stream* handle) {
    if (!executable) return CUDA_ERROR_INVALID_VALUE;
    return submit(handle, [graph = *executable] {
        for (const Task& task : graph->tasks) task();
    });
}

EXPORT CUresult cuGraphExecDestroy(Graph* executable) {
    delete executable;
    return CUDA_SUCCESS;
}

EXPORT CUresult cuGraphDestroy(Graph* graph) {
    delete graph;
    return CUDA_SUCCESS;
}

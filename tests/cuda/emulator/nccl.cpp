// The emulated NCCL: ranks are threads of one process or several processes, and meet in a piece of
// shared memory that is named by the unique id.
#include "emulator.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <linux/futex.h>
#include <random>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum ncclResult { ncclSuccess = 0, ncclSystemError = 2, ncclInternalError = 3, ncclInvalidArgument = 4,
                  ncclInvalidUsage = 5 };
enum { INT8 = 0, FLOAT32 = 7, TYPES = 12 };
enum { SUM = 0, MAXIMUM = 2, MINIMUM = 3, AVERAGE = 4 };
static const size_t TYPE_SIZES[TYPES] = {1, 1, 4, 4, 8, 8, 2, 4, 8, 2, 1, 1};

struct UniqueId {
    char name[128];
};

static const int MAX_RANKS = 16;
static const size_t CHUNK = 1 << 20;

// What a rank is about to do; all ranks have to be about to do the same.
struct Call {
    size_t bytes;
    int kind, type, operation, root;
    bool operator==(const Call& o) const {
        return bytes == o.bytes && kind == o.kind && type == o.type && operation == o.operation && root == o.root;
    }
};

// The start of the shared memory, which is valid as the zeros it begins with; the chunks follow.
struct Meeting {
    std::atomic<uint32_t> attached;
    std::atomic<uint32_t> arrived;
    std::atomic<uint32_t> round;
    Call calls[MAX_RANKS];
};

struct Communicator {
    Meeting* meeting = nullptr;
    std::string name;
    int rank = 0, count = 0;
    Device* device = nullptr;
    std::atomic<bool> aborted{false};
    size_t size() const { return 4096 + count * CHUNK; }
    char* chunk(int of) const { return reinterpret_cast<char*>(meeting) + 4096 + of * CHUNK; }
    ~Communicator() {
        if (meeting) munmap(meeting, size());
    }
};
static_assert(sizeof(Meeting) <= 4096, "the start fits its page");

// The handle that the caller holds; work in the streams holds the communicator itself.
struct Comm {
    std::shared_ptr<Communicator> shared;
};

static thread_local std::string last_error;
static thread_local int group_depth = 0;
// Ranks that one thread joins within a group attach first and wait for the others at its end.
static thread_local std::vector<std::shared_ptr<Communicator>> joining;

static ncclResult error(ncclResult result, const std::string& text) {
    last_error = text;
    return result;
}

// Waits while a word of the shared memory has a value, until the rank is aborted or too long.
static bool wait_while(Communicator& c, std::atomic<uint32_t>& word, uint32_t value) {
    using namespace std::chrono;
    const auto limit = steady_clock::now() + seconds(setting("EMULATED_NCCL_TIMEOUT", 30));
    while (word.load() == value) {
        if (c.aborted) return false;
        if (steady_clock::now() > limit) {
            shm_unlink(c.name.c_str());
            fail("rank " + std::to_string(c.rank) + " of " + std::to_string(c.count) +
                 " waited too long for the other ranks");
        }
        timespec slice = {0, 50 * 1000 * 1000};
        syscall(SYS_futex, &word, FUTEX_WAIT, value, &slice, nullptr, 0);
    }
    return true;
}

static void wake(std::atomic<uint32_t>& word) { syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0); }

static bool barrier(Communicator& c) {
    Meeting& m = *c.meeting;
    uint32_t round = m.round.load();
    if (m.arrived.fetch_add(1) + 1 == uint32_t(c.count)) {
        m.arrived = 0;
        m.round++;
        wake(m.round);
        return true;
    }
    return wait_while(c, m.round, round);
}

static ncclResult attach(Communicator& c) {
    int file = shm_open(c.name.c_str(), O_RDWR | O_CREAT, 0600);
    if (file < 0) return error(ncclSystemError, std::string("shm_open: ") + strerror(errno));
    void* mapping = MAP_FAILED;
    if (ftruncate(file, c.size()) == 0)
        mapping = mmap(nullptr, c.size(), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (mapping == MAP_FAILED) return error(ncclSystemError, std::string("shared memory: ") + strerror(errno));
    c.meeting = static_cast<Meeting*>(mapping);
    c.meeting->attached++;
    wake(c.meeting->attached);
    return ncclSuccess;
}

// Once all ranks are attached the name is no longer needed, so that nothing is left behind.
static void join(Communicator& c) {
    while (true) {
        uint32_t attached = c.meeting->attached.load();
        if (attached >= uint32_t(c.count)) break;
        if (!wait_while(c, c.meeting->attached, attached)) break;
    }
    shm_unlink(c.name.c_str());
}

EXPORT ncclResult ncclGetVersion(int* version) {
    *version = 22700;
    return ncclSuccess;
}

EXPORT ncclResult ncclGetUniqueId(UniqueId* id) {
    static std::atomic<unsigned> number{0};
    memset(id->name, 0, sizeof id->name);
    snprintf(id->name, sizeof id->name, "/emulated-nccl-%d-%u-%08x", getpid(), number++, std::random_device()());
    return ncclSuccess;
}

EXPORT ncclResult ncclCommInitRank(Comm** comm, int count, UniqueId id, int rank) {
    if (!current_device) return error(ncclInvalidUsage, "no device is current");
    if (count < 1 || count > MAX_RANKS || rank < 0 || rank >= count) return error(ncclInvalidArgument, "invalid rank");
    auto shared = std::make_shared<Communicator>();
    id.name[sizeof id.name - 1] = 0;
    shared->name = id.name;
    shared->rank = rank;
    shared->count = count;
    shared->device = current_device;
    if (ncclResult failed = attach(*shared)) return failed;
    if (group_depth > 0) {
        joining.push_back(shared);
    } else {
        join(*shared);
    }
    *comm = new Comm{shared};
    return ncclSuccess;
}

EXPORT ncclResult ncclCommInitRankConfig(Comm** comm, int count, UniqueId id, int rank, void*) {
    return ncclCommInitRank(comm, count, id, rank);
}

EXPORT ncclResult ncclGroupStart() {
    group_depth++;
    return ncclSuccess;
}

// Collectives need no group here: each stream waits for the others by itself.
EXPORT ncclResult ncclGroupEnd() {
    if (group_depth == 0) return error(ncclInvalidUsage, "no group was started");
    if (--group_depth == 0) {
        for (auto& shared : joining) join(*shared);
        joining.clear();
    }
    return ncclSuccess;
}

EXPORT ncclResult ncclCommInitAll(Comm** comms, int count, const int* devices) {
    State& s = state();
    UniqueId id;
    ncclGetUniqueId(&id);
    Device* before = current_device;
    ncclResult result = ncclSuccess;
    ncclGroupStart();
    for (int i = 0; i < count && result == ncclSuccess; i++) {
        size_t ordinal = devices ? devices[i] : i;
        if (ordinal >= s.devices.size() || !s.devices[ordinal]->null_stream) {
            result = error(ncclInvalidArgument, "a device is absent or has no context");
            break;
        }
        current_device = s.devices[ordinal].get();
        result = ncclCommInitRank(&comms[i], count, id, i);
    }
    current_device = before;
    if (result != ncclSuccess) joining.clear();
    ncclGroupEnd();
    return result;
}

// One step of a collective: every rank lays down what it has, and all read once all have.
template <class Read>
static bool exchange(Communicator& c, const Call& call, const char* data, size_t bytes, const Read& read) {
    c.meeting->calls[c.rank] = call;
    if (data) memcpy(c.chunk(c.rank), data, bytes);
    if (!barrier(c)) return false;
    for (int rank = 0; rank < c.count; rank++) {
        if (!(c.meeting->calls[rank] == call))
            fail("ranks " + std::to_string(rank) + " and " + std::to_string(c.rank) +
                 " do not call the same collective with the same size");
    }
    read();
    return barrier(c);
}

// The ranks are added in their order, so that every rank gets the same bits.
static void reduce(const Communicator& c, int operation, size_t count, float* out) {
    for (size_t i = 0; i < count; i++) {
        float value = reinterpret_cast<const float*>(c.chunk(0))[i];
        for (int rank = 1; rank < c.count; rank++) {
            float other = reinterpret_cast<const float*>(c.chunk(rank))[i];
            if (operation == MAXIMUM) value = std::max(value, other);
            else if (operation == MINIMUM) value = std::min(value, other);
            else value += other;
        }
        out[i] = operation == AVERAGE ? value / c.count : value;
    }
}

static ncclResult check(Comm* comm, Stream* handle) {
    if (!comm) return error(ncclInvalidArgument, "no communicator");
    Stream* stream = resolve(handle);
    if (!stream || stream->device != comm->shared->device)
        return error(ncclInvalidUsage, "the stream is not of the communicator's device");
    return ncclSuccess;
}

static ncclResult issue(Stream* stream, Task task) {
    return submit(stream, std::move(task)) ? error(ncclInternalError, "the stream refused the work") : ncclSuccess;
}

EXPORT ncclResult ncclAllReduce(const void* source, void* target, size_t count, int type, int operation, Comm* comm,
                                Stream* stream) {
    if (ncclResult failed = check(comm, stream)) return failed;
    bool known = operation == SUM || operation == MAXIMUM || operation == MINIMUM || operation == AVERAGE;
    if (type != FLOAT32 || !known) return error(ncclInvalidArgument, "only float32 is reduced here");
    return issue(stream, [=, shared = comm->shared] {
        const Call call = {count * sizeof(float), 1, type, operation, 0};
        const size_t step = CHUNK / sizeof(float);
        for (size_t start = 0; start < count; start += step) {
            size_t some = std::min(step, count - start);
            const char* data = reinterpret_cast<const char*>(static_cast<const float*>(source) + start);
            float* out = static_cast<float*>(target) + start;
            if (!exchange(*shared, call, data, some * sizeof(float), [&] { reduce(*shared, operation, some, out); }))
                return;
        }
    });
}

EXPORT ncclResult ncclBroadcast(const void* source, void* target, size_t count, int type, int root, Comm* comm,
                                Stream* stream) {
    if (ncclResult failed = check(comm, stream)) return failed;
    if (type < INT8 || type >= TYPES || root < 0 || root >= comm->shared->count)
        return error(ncclInvalidArgument, "invalid type or root");
    return issue(stream, [=, shared = comm->shared] {
        const size_t bytes = count * TYPE_SIZES[type];
        const Call call = {bytes, 2, type, 0, root};
        for (size_t start = 0; start < bytes; start += CHUNK) {
            size_t some = std::min(CHUNK, bytes - start);
            const char* data = shared->rank == root ? static_cast<const char*>(source) + start : nullptr;
            char* out = static_cast<char*>(target) + start;
            if (!exchange(*shared, call, data, some, [&] { memcpy(out, shared->chunk(root), some); })) return;
        }
    });
}

EXPORT ncclResult ncclAllGather(const void* source, void* target, size_t count, int type, Comm* comm, Stream* stream) {
    if (ncclResult failed = check(comm, stream)) return failed;
    if (type < INT8 || type >= TYPES) return error(ncclInvalidArgument, "invalid type");
    return issue(stream, [=, shared = comm->shared] {
        const size_t bytes = count * TYPE_SIZES[type];
        const Call call = {bytes, 3, type, 0, 0};
        for (size_t start = 0; start < bytes; start += CHUNK) {
            size_t some = std::min(CHUNK, bytes - start);
            bool went = exchange(*shared, call, static_cast<const char*>(source) + start, some, [&] {
                for (int rank = 0; rank < shared->count; rank++)
                    memcpy(static_cast<char*>(target) + rank * bytes + start, shared->chunk(rank), some);
            });
            if (!went) return;
        }
    });
}

EXPORT ncclResult ncclCommDestroy(Comm* comm) {
    delete comm;
    return ncclSuccess;
}

EXPORT ncclResult ncclCommFinalize(Comm*) { return ncclSuccess; }

// Work of this rank that waits for others gives up; the others run into their time limit.
EXPORT ncclResult ncclCommAbort(Comm* comm) {
    if (!comm) return ncclInvalidArgument;
    comm->shared->aborted = true;
    delete comm;
    return ncclSuccess;
}

EXPORT ncclResult ncclCommCount(Comm* comm, int* count) {
    *count = comm->shared->count;
    return ncclSuccess;
}

EXPORT ncclResult ncclCommUserRank(Comm* comm, int* rank) {
    *rank = comm->shared->rank;
    return ncclSuccess;
}

EXPORT ncclResult ncclCommCuDevice(Comm* comm, int* device) {
    *device = comm->shared->device->ordinal;
    return ncclSuccess;
}

EXPORT ncclResult ncclCommGetAsyncError(Comm*, ncclResult* result) {
    *result = ncclSuccess;
    return ncclSuccess;
}

EXPORT const char* ncclGetErrorString(ncclResult result) {
    switch (result) {
    case ncclSuccess: return "no error";
    case ncclSystemError: return "unhandled system error";
    case ncclInvalidArgument: return "invalid argument";
    case ncclInvalidUsage: return "invalid usage";
    default: return "internal error";
    }
}

EXPORT const char* ncclGetLastError(Comm*) { return last_error.c_str(); }

// The emulated NCCL: sums over all GPUs. All parts of a sum are known at the end of a group; there the streams are worked
// through and the sum is made at once.
#include "emulator.h"

#include <algorithm>
#include <cstdint>

enum ncclResult { ncclSuccess = 0, ncclInvalidUsage = 5 };
enum { FLOAT32 = 7, SUM = 0 };

struct Part {
    const float* from;
    float* to;
    size_t count;
    Stream* stream;
};

static int members = 0;
static std::vector<Part> parts;

EXPORT ncclResult ncclCommInitAll(void** communicators, int count, const int*) {
    members = count;
    // The handles only have to differ.
    for (int i = 0; i < count; i++) communicators[i] = reinterpret_cast<void*>(uintptr_t(i + 1));
    return ncclSuccess;
}

EXPORT ncclResult ncclCommDestroy(void*) { return ncclSuccess; }

EXPORT ncclResult ncclGroupStart() {
    parts.clear();
    return ncclSuccess;
}

EXPORT ncclResult ncclAllReduce(const float* from, float* to, size_t count, int type, int operation, void*, Stream* stream) {
    if (type != FLOAT32 || operation != SUM || stream->capture) return ncclInvalidUsage;
    parts.push_back({from, to, count, stream});
    return ncclSuccess;
}

EXPORT ncclResult ncclGroupEnd() {
    if (int(parts.size()) != members) return ncclInvalidUsage;
    std::vector<float> sums(parts[0].count);
    for (const Part& part : parts) {
        if (part.count != sums.size()) return ncclInvalidUsage;
        part.stream->work(part.stream->queued);
        for (size_t i = 0; i < sums.size(); i++) sums[i] += part.from[i];
    }
    for (const Part& part : parts) std::copy(sums.begin(), sums.end(), part.to);
    return ncclSuccess;
}

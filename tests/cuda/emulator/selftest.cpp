// Checks the emulated CUDA driver by itself: `selftest LIBRARY`. Each check that must end a process
// badly runs in a child.
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <functional>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using Pointer = unsigned long long;
struct UniqueId { char name[128]; };

static void* library;

// Calls a function of the library by name.
template <class... A> static int call(const char* name, A... arguments) {
    auto function = reinterpret_cast<int (*)(A...)>(dlsym(library, name));
    if (!function) {
        printf("no function %s\n", name);
        exit(1);
    }
    return function(arguments...);
}

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            printf("%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            _exit(1); \
        } \
    } while (0)
#define OK(expression) CHECK((expression) == 0)

static const char KERNELS[] = R"(
#define KERNEL extern "C" __global__ void
KERNEL __launch_bounds__(256) add(const float* __restrict__ a, const float* b, float* c, int n, float scale) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) c[i] = fmaf(scale, a[i], b[i]);
}
__device__ float warp_total(float value) {
    #pragma unroll
    for (int step = 16; step > 0; step >>= 1) value += __shfl_down_sync(0xffffffffu, value, step);
    return value;
}
// Each block adds FACTOR times its piece.
KERNEL total(const float* values, float* totals, unsigned long long n) {
    __shared__ float warps[32];
    float sum = 0.0f;
    for (unsigned long long i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x)
        sum += values[i];
    sum = warp_total(sum);
    if (threadIdx.x % warpSize == 0) warps[threadIdx.x / 32] = sum;
    __syncthreads();
    if (threadIdx.x >= 32) return;
    sum = warp_total(threadIdx.x < blockDim.x / 32 ? warps[threadIdx.x] : 0.0f);
    if (threadIdx.x == 0) totals[blockIdx.x] = sum * FACTOR;
}
KERNEL reverse(int* values) {
    extern __shared__ int kept[];
    kept[threadIdx.x] = values[threadIdx.x];
    __syncthreads();
    values[threadIdx.x] = kept[blockDim.x - 1 - threadIdx.x];
}
KERNEL lanes(unsigned* out) {
    unsigned other = __shfl_xor_sync(0xffffffffu, threadIdx.x, 1);
    unsigned first = __shfl_sync(0xffffffffu, threadIdx.x, 0, 8);
    unsigned odd = __ballot_sync(0xffffffffu, threadIdx.x & 1);
    out[threadIdx.x] = other == (threadIdx.x ^ 1) && first == (threadIdx.x & ~7u) && odd == 0xaaaaaaaau;
}
struct Pair { float x; long long y; };
KERNEL pair(Pair p, float* out, char one) { out[0] = p.x + p.y + one; }
KERNEL never() {
    if (threadIdx.x == 0) __syncthreads();
    else __shfl_sync(0xffffffffu, 1, 0);
}
)";

static std::string compile(const char* source, int expected = 0) {
    void* program;
    const char* options[] = {"--gpu-architecture=sm_90", "-DFACTOR=2.0f", "--fmad=false"};
    OK(call("nvrtcCreateProgram", &program, source, (const char*)"kernels.cu", 0, (void*)nullptr, (void*)nullptr));
    CHECK(call("nvrtcCompileProgram", program, 3, &options[0]) == expected);
    size_t size;
    std::string text;
    if (expected) {
        OK(call("nvrtcGetProgramLogSize", program, &size));
        text.resize(size);
        OK(call("nvrtcGetProgramLog", program, &text[0]));
    } else {
        OK(call("nvrtcGetPTXSize", program, &size));
        text.resize(size);
        OK(call("nvrtcGetPTX", program, &text[0]));
    }
    OK(call("nvrtcDestroyProgram", &program));
    return text;
}

struct Gpu {
    void* context;
    void* stream;
    void* module = nullptr;
    explicit Gpu(int device = 0) {
        OK(call("cuInit", 0u));
        OK(call("cuDevicePrimaryCtxRetain", &context, device));
        OK(call("cuCtxSetCurrent", context));
        OK(call("cuStreamCreate", &stream, 1u));
    }
    void load() {
        std::string image = compile(KERNELS);
        OK(call("cuModuleLoadData", &module, (const void*)image.data()));
    }
    Pointer alloc(size_t bytes) {
        Pointer pointer;
        OK(call("cuMemAllocAsync", &pointer, bytes, stream));
        return pointer;
    }
    void* pinned(size_t bytes) {
        void* pointer;
        OK(call("cuMemHostAlloc", &pointer, bytes, 0u));
        return pointer;
    }
    template <class T> Pointer upload(const std::vector<T>& values) {
        Pointer pointer = alloc(values.size() * sizeof(T));
        OK(call("cuMemcpyHtoDAsync_v2", pointer, (const void*)values.data(), values.size() * sizeof(T), stream));
        return pointer;
    }
    template <class T> std::vector<T> download(Pointer pointer, size_t count) {
        std::vector<T> values(count);
        OK(call("cuMemcpyDtoHAsync_v2", (void*)values.data(), pointer, count * sizeof(T), stream));
        return values;
    }
    template <class... A> int launch(const char* name, unsigned grid, unsigned block, unsigned shared, A... values) {
        void* function;
        OK(call("cuModuleGetFunction", &function, module, name));
        void* parameters[] = {&values..., nullptr};
        return call("cuLaunchKernel", function, grid, 1u, 1u, block, 1u, 1u, shared, stream, &parameters[0],
                    (void*)nullptr);
    }
    void sync() { OK(call("cuStreamSynchronize", stream)); }
};

static void kernels() {
    Gpu gpu;
    gpu.load();
    const int n = 10000;
    std::vector<float> a(n), b(n);
    double sum = 0;
    for (int i = 0; i < n; i++) a[i] = i % 17, b[i] = i, sum += a[i];
    Pointer da = gpu.upload(a), db = gpu.upload(b), dc = gpu.alloc(n * 4);
    CHECK(std::isnan(gpu.download<float>(dc, 1)[0]));
    OK(gpu.launch("add", (n + 255) / 256, 256, 0, da, db, dc, n, 3.0f));
    auto c = gpu.download<float>(dc, n);
    for (int i = 0; i < n; i++) CHECK(c[i] == 3 * a[i] + b[i]);
    Pointer totals = gpu.alloc(3 * 4);
    OK(gpu.launch("total", 3, 128, 0, da, totals, 10000ull));
    auto t = gpu.download<float>(totals, 3);
    CHECK(t[0] + t[1] + t[2] == 2 * sum);
    Pointer ints = gpu.upload(std::vector<int>{1, 2, 3, 4, 5});
    OK(gpu.launch("reverse", 1, 5, 20, ints));
    CHECK(gpu.download<int>(ints, 5) == (std::vector<int>{5, 4, 3, 2, 1}));
    Pointer flags = gpu.alloc(64 * 4);
    OK(gpu.launch("lanes", 1, 64, 0, flags));
    CHECK(gpu.download<unsigned>(flags, 64) == std::vector<unsigned>(64, 1));
    struct { float x; long long y; } pair = {1.5f, 40};
    OK(gpu.launch("pair", 1, 1, 0, pair, totals, char(1)));
    CHECK(gpu.download<float>(totals, 1)[0] == 42.5f);
    CHECK(gpu.launch("add", 1, 1025, 0, da, db, dc, n, 1.0f) == 1);
    CHECK(gpu.launch("add", 0, 32, 0, da, db, dc, n, 1.0f) == 1);
    CHECK(gpu.launch("reverse", 1, 5, 60000, ints) == 1);
    void* function;
    CHECK(call("cuModuleGetFunction", &function, gpu.module, "missing") == 500);
    CHECK(compile("extern \"C\" __global__ void f() { wrong }", 6).find("kernels.cu:1") != std::string::npos);
}

static float from_bf16(uint16_t bits) {
    uint32_t wide = uint32_t(bits) << 16;
    float value;
    memcpy(&value, &wide, 4);
    return value;
}

// Small whole numbers are exact in every type, so that the naive loop has to agree to the bit.
static void products() {
    Gpu gpu;
    void* handle;
    OK(call("cublasCreate_v2", &handle));
    OK(call("cublasSetStream_v2", handle, gpu.stream));
    const int sizes[][3] = {{1, 1, 1}, {7, 5, 3}, {33, 13, 300}, {300, 520, 17}, {64, 1, 64}};
    for (auto& size : sizes)
        for (int variant = 0; variant < 16; variant++) {
            int ta = variant & 1, tb = variant >> 1 & 1, half = variant >> 2 & 1, m = size[0], n = size[1], k = size[2];
            float alpha = 2, beta = variant >> 3;
            int lda = (ta ? k : m) + 1, ldb = (tb ? n : k) + 2, ldc = m + 3;
            auto fill = [](size_t count, int seed) {
                std::vector<float> values(count);
                for (size_t i = 0; i < count; i++) values[i] = float(int((i * 7 + seed) % 5) - 2);
                return values;
            };
            auto a = fill(lda * (ta ? m : k), 1), b = fill(ldb * (tb ? k : n), 2), c = fill(ldc * n, 3);
            if (beta == 0) c.assign(c.size(), NAN);
            auto narrow = [](const std::vector<float>& values) {
                std::vector<uint16_t> result;
                for (float value : values) {
                    uint32_t bits;
                    memcpy(&bits, &value, 4);
                    result.push_back(bits >> 16);
                }
                return result;
            };
            Pointer da = half ? gpu.upload(narrow(a)) : gpu.upload(a);
            Pointer db = half ? gpu.upload(narrow(b)) : gpu.upload(b);
            bool narrow_c = half && k < 100;
            Pointer dc = narrow_c ? gpu.upload(narrow(c)) : gpu.upload(c);
            int type = half ? 14 : 0, type_c = narrow_c ? 14 : 0;
            auto run = [&](int with_ldc) {
                return call("cublasGemmEx", handle, ta, tb, m, n, k, &alpha, da, type, lda, db, type, ldb, &beta, dc,
                            type_c, with_ldc, 68, -1);
            };
            CHECK(run(m - 1) == 7);
            OK(run(ldc));
            std::vector<float> result(c.size());
            if (narrow_c) {
                auto bits = gpu.download<uint16_t>(dc, c.size());
                for (size_t i = 0; i < bits.size(); i++) result[i] = from_bf16(bits[i]);
            } else {
                result = gpu.download<float>(dc, c.size());
            }
            for (int j = 0; j < n; j++)
                for (int i = 0; i < m; i++) {
                    float sum = 0;
                    for (int p = 0; p < k; p++)
                        sum += a[ta ? i * lda + p : p * lda + i] * b[tb ? p * ldb + j : j * ldb + p];
                    sum = alpha * sum + (beta ? beta * c[j * ldc + i] : 0);
                    CHECK(result[j * ldc + i] == sum);
                }
            for (Pointer p : {da, db, dc}) OK(call("cuMemFreeAsync", p, gpu.stream));
        }
    gpu.sync();
    size_t free, total;
    OK(call("cuMemGetInfo_v2", &free, &total));
    CHECK(free == total);
}

static void slow(void*) { usleep(50000); }

static void copies() {
    Gpu gpu;
    int* host = static_cast<int*>(gpu.pinned(4));
    int* back = static_cast<int*>(gpu.pinned(4));
    Pointer device = gpu.alloc(4);
    *host = 1;
    *back = 0;
    OK(call("cuLaunchHostFunc", gpu.stream, &slow, (void*)nullptr));
    OK(call("cuMemcpyHtoDAsync_v2", device, (const void*)host, size_t(4), gpu.stream));
    OK(call("cuMemcpyDtoHAsync_v2", (void*)back, device, size_t(4), gpu.stream));
    *host = 2;
    CHECK(*back == 0);
    gpu.sync();
    CHECK(*back == 2);
    int pageable = 3;
    OK(call("cuLaunchHostFunc", gpu.stream, &slow, (void*)nullptr));
    OK(call("cuMemcpyHtoDAsync_v2", device, (const void*)&pageable, size_t(4), gpu.stream));
    pageable = 4;
    CHECK(gpu.download<int>(device, 1)[0] == 3);
    CHECK(call("cuMemsetD8Async", device + 1, (unsigned char)0, size_t(4), gpu.stream) == 1);
    // Events pass in the order of their stream, and hold another stream back.
    void *start, *end, *other;
    float milliseconds;
    OK(call("cuEventCreate", &start, 0u));
    OK(call("cuEventCreate", &end, 0u));
    OK(call("cuStreamCreate", &other, 1u));
    OK(call("cuEventRecord", start, gpu.stream));
    OK(call("cuLaunchHostFunc", gpu.stream, &slow, (void*)nullptr));
    OK(call("cuMemsetD32Async", device, 5u, size_t(1), gpu.stream));
    OK(call("cuEventRecord", end, gpu.stream));
    CHECK(call("cuEventQuery", end) == 600);
    OK(call("cuStreamWaitEvent", other, end, 0u));
    OK(call("cuMemcpyDtoHAsync_v2", (void*)back, device, size_t(4), other));
    OK(call("cuStreamSynchronize", other));
    CHECK(*back == 5);
    OK(call("cuEventElapsedTime_v2", &milliseconds, start, end));
    CHECK(milliseconds >= 50 && milliseconds < 2000);
}

static void graphs() {
    Gpu gpu;
    gpu.load();
    void *side, *fork, *join, *graph, *executable;
    OK(call("cuStreamCreate", &side, 1u));
    OK(call("cuEventCreate", &fork, 2u));
    OK(call("cuEventCreate", &join, 2u));
    Pointer a = gpu.upload(std::vector<float>{1, 2}), b = gpu.upload(std::vector<float>{0, 0}), unused;
    OK(call("cuStreamBeginCapture_v2", gpu.stream, 1));
    OK(gpu.launch("add", 1, 32, 0, a, b, b, 2, 1.0f));
    OK(call("cuEventRecord", fork, gpu.stream));
    OK(call("cuStreamWaitEvent", side, fork, 0u));
    OK(call("cuMemcpyDtoDAsync_v2", a, b, size_t(4), side));
    OK(call("cuEventRecord", join, side));
    OK(call("cuStreamWaitEvent", gpu.stream, join, 0u));
    OK(call("cuStreamEndCapture", gpu.stream, &graph));
    OK(call("cuGraphInstantiateWithFlags", &executable, graph, 0ull));
    OK(call("cuGraphDestroy", graph));
    CHECK(gpu.download<float>(b, 2) == (std::vector<float>{0, 0}));
    OK(call("cuGraphUpload", executable, gpu.stream));
    OK(call("cuGraphLaunch", executable, gpu.stream));
    OK(call("cuGraphLaunch", executable, gpu.stream));
    CHECK(gpu.download<float>(b, 2) == (std::vector<float>{2, 4}));
    CHECK(gpu.download<float>(a, 1)[0] == 2);
    OK(call("cuGraphExecDestroy", executable));
    // What a capture does not bear makes it invalid.
    OK(call("cuStreamBeginCapture_v2", gpu.stream, 1));
    CHECK(call("cuMemAlloc_v2", &unused, size_t(4)) == 900);
    CHECK(call("cuStreamSynchronize", gpu.stream) == 901);
    CHECK(call("cuStreamEndCapture", gpu.stream, &graph) == 901 && !graph);
    OK(call("cuStreamBeginCapture_v2", gpu.stream, 1));
    OK(call("cuEventRecord", fork, gpu.stream));
    OK(call("cuStreamWaitEvent", side, fork, 0u));
    CHECK(call("cuStreamEndCapture", gpu.stream, &graph) == 904);
    gpu.sync();
}

// One rank's part; two pieces of the shared memory are needed for the values.
static void rank_of_two(UniqueId id, int rank, int device) {
    Gpu gpu(device);
    void* comm;
    OK(call("ncclCommInitRank", &comm, 2, id, rank));
    const size_t n = 300000;
    std::vector<float> values(n);
    for (size_t i = 0; i < n; i++) values[i] = float(i % 100) + 1000 * rank;
    Pointer data = gpu.upload(values);
    for (int i = 0; i < 3; i++) {
        OK(call("ncclAllReduce", data, data, n, 7, 0, comm, gpu.stream));
    }
    auto sums = gpu.download<float>(data, n);
    for (size_t i = 0; i < n; i++) CHECK(sums[i] == 4 * (2 * float(i % 100) + 1000));
    Pointer one = gpu.upload(std::vector<float>{float(rank)});
    OK(call("ncclBroadcast", one, one, size_t(1), 7, 1, comm, gpu.stream));
    CHECK(gpu.download<float>(one, 1)[0] == 1);
    OK(call("ncclCommDestroy", comm));
}

static void ranks_in_threads() {
    setenv("EMULATED_CUDA_DEVICES", "2", 1);
    OK(call("cuInit", 0u));
    UniqueId id;
    OK(call("ncclGetUniqueId", &id));
    std::thread other([&] { rank_of_two(id, 1, 1); });
    rank_of_two(id, 0, 0);
    other.join();
}

// One thread drives both devices, at first by itself and then by graphs.
static void ranks_of_one_thread() {
    setenv("EMULATED_CUDA_DEVICES", "2", 1);
    Gpu gpus[2] = {Gpu(0), Gpu(1)};
    void *comms[2], *graphs[2];
    Pointer data[2];
    OK(call("ncclCommInitAll", &comms[0], 2, (const int*)nullptr));
    for (int i = 0; i < 2; i++) data[i] = gpus[i].upload(std::vector<float>{1.0f + i, 5});
    auto sum = [&] {
        OK(call("ncclGroupStart"));
        for (int i = 0; i < 2; i++)
            OK(call("ncclAllReduce", data[i], data[i], size_t(2), 7, 0, comms[i], gpus[i].stream));
        OK(call("ncclGroupEnd"));
    };
    sum();
    for (Gpu& gpu : gpus) OK(call("cuStreamBeginCapture_v2", gpu.stream, 1));
    sum();
    for (int i = 0; i < 2; i++) OK(call("cuStreamEndCapture", gpus[i].stream, &graphs[i]));
    for (int i = 0; i < 2; i++) OK(call("cuGraphLaunch", graphs[i], gpus[i].stream));
    for (int i = 0; i < 2; i++) CHECK(gpus[i].download<float>(data[i], 2) == (std::vector<float>{6, 20}));
    CHECK(call("ncclAllReduce", data[0], data[0], size_t(2), 7, 0, comms[0], gpus[1].stream) == 5);
    for (void* comm : comms) OK(call("ncclCommDestroy", comm));
}

static void ranks_in_processes() {
    UniqueId id;
    OK(call("ncclGetUniqueId", &id));
    pid_t child = fork();
    rank_of_two(id, child == 0, 0);
    if (child == 0) _exit(0);
    int status;
    waitpid(child, &status, 0);
    OK(status);
    CHECK(access(("/dev/shm" + std::string(id.name)).c_str(), F_OK) != 0);
}

static void limits() {
    setenv("EMULATED_CUDA_MEMORY", "1000000", 1);
    Gpu gpu;
    Pointer a, b;
    OK(call("cuMemAlloc_v2", &a, size_t(600000)));
    CHECK(call("cuMemAlloc_v2", &b, size_t(600000)) == 2);
    OK(call("cuMemFree_v2", a));
    OK(call("cuMemAlloc_v2", &b, size_t(600000)));
}

static void no_device() {
    setenv("EMULATED_CUDA_DEVICES", "0", 1);
    CHECK(call("cuInit", 0u) == 100);
}

static void beyond_the_end() {
    Gpu gpu;
    gpu.load();
    Pointer a = gpu.upload(std::vector<float>(64)), c = gpu.alloc(60 * 4);
    // Memory that was taken later lies behind the guard.
    gpu.alloc(60 * 4);
    OK(gpu.launch("add", 1, 64, 0, a, a, c, 64, 1.0f));
    gpu.sync();
}

static void after_free() {
    Gpu gpu;
    gpu.load();
    Pointer a = gpu.upload(std::vector<float>(64));
    OK(call("cuMemFreeAsync", a, gpu.stream));
    OK(gpu.launch("add", 1, 64, 0, a, a, a, 64, 1.0f));
    gpu.sync();
}

static void barrier_never_passed() {
    Gpu gpu;
    gpu.load();
    OK(gpu.launch("never", 1, 32, 0));
    gpu.sync();
}

// Runs a check in a child and tells whether it ended as it should.
static bool ends(const char* name, void (*check)(), int signal) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        // The message that is expected would look like a failure.
        if (signal && !freopen("/dev/null", "w", stderr)) _exit(1);
        alarm(60);
        check();
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    bool right = signal ? WIFSIGNALED(status) && WTERMSIG(status) == signal : status == 0;
    printf("%-24s %s\n", name, right ? "ok" : "FAILED");
    return right;
}

int main(int, char** arguments) {
    library = dlopen(arguments[1], RTLD_LAZY | RTLD_LOCAL);
    if (!library) {
        printf("%s\n", dlerror());
        return 1;
    }
    bool right = ends("kernels", kernels, 0);
    right &= ends("products", products, 0);
    right &= ends("copies and events", copies, 0);
    right &= ends("graphs", graphs, 0);
    right &= ends("ranks in threads", ranks_in_threads, 0);
    right &= ends("ranks of one thread", ranks_of_one_thread, 0);
    right &= ends("ranks in processes", ranks_in_processes, 0);
    right &= ends("limits", limits, 0);
    right &= ends("no device", no_device, 0);
    right &= ends("beyond the end", beyond_the_end, SIGSEGV);
    right &= ends("after free", after_free, SIGSEGV);
    right &= ends("barrier never passed", barrier_never_passed, SIGABRT);
    return right ? 0 : 1;
}

// Memory layout and loads. Activations and their gradients are stored as `real`, which PRECISION selects when
// the kernels are compiled: 0 f32, 1 bf16. All arithmetic is f32. Channels are innermost, so that a
// thread loads 16 bytes of neighbouring channels (`WIDE` values) if the number of channels allows it, and
// single values otherwise.

typedef unsigned int u32;
typedef unsigned short u16;
typedef unsigned char u8;

#if PRECISION == 0
typedef float real;
static __device__ __forceinline__ float up(real v) { return v; }
static __device__ __forceinline__ real down(float v) { return v; }
#define WIDE 4
#else
struct real {
    u16 bits;
};
static __device__ __forceinline__ float up(real v) { return __uint_as_float((u32)v.bits << 16); }
// Converts two values, the first into the lower half; rounds to nearest even.
static __device__ __forceinline__ u32 down2(float a, float b) {
    u32 pair;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(b), "f"(a));
    return pair;
}
static __device__ __forceinline__ real down(float v) {
    real r;
    r.bits = (u16)(down2(v, 0.0f) & 0xffff);
    return r;
}
#define WIDE 8
#endif

// `V` neighbouring values, moved in one load or store.
template <int V> struct alignas(V * sizeof(real)) Pack {
    real values[V];
};
struct alignas(16) Four {
    float values[4];
};

template <int V> static __device__ __forceinline__ void load(const real *from, float (&to)[V]) {
    Pack<V> pack = *reinterpret_cast<const Pack<V> *>(from);
#pragma unroll
    for (int i = 0; i < V; i++) to[i] = up(pack.values[i]);
}

template <int V> static __device__ __forceinline__ void store(real *to, const float (&from)[V]) {
    Pack<V> pack;
#if PRECISION == 0
#pragma unroll
    for (int i = 0; i < V; i++) pack.values[i] = from[i];
#else
    if constexpr (V == 1) {
        pack.values[0] = down(from[0]);
    } else {
#pragma unroll
        for (int i = 0; i < V; i += 2) {
            u32 pair = down2(from[i], from[i + 1]);
            pack.values[i].bits = (u16)(pair & 0xffff);
            pack.values[i + 1].bits = (u16)(pair >> 16);
        }
    }
#endif
    *reinterpret_cast<Pack<V> *>(to) = pack;
}

template <int V> static __device__ __forceinline__ void load_floats(const float *from, float (&to)[V]) {
    if constexpr (V % 4 == 0) {
#pragma unroll
        for (int i = 0; i < V; i += 4) {
            Four four = *reinterpret_cast<const Four *>(from + i);
#pragma unroll
            for (int j = 0; j < 4; j++) to[i + j] = four.values[j];
        }
    } else {
#pragma unroll
        for (int i = 0; i < V; i++) to[i] = from[i];
    }
}

template <int V> static __device__ __forceinline__ void zero(float (&values)[V]) {
#pragma unroll
    for (int i = 0; i < V; i++) values[i] = 0.0f;
}

// Index of this thread in the whole launch, and number of threads.
static __device__ __forceinline__ u32 here() { return blockIdx.x * blockDim.x + threadIdx.x; }
static __device__ __forceinline__ u32 step() { return gridDim.x * blockDim.x; }

// Whether the activation clips at all. If not, bounds are skipped, so that NaN is not hidden.
static __device__ __forceinline__ bool is_bounded(float low, float high) { return low > -3.0e38f || high < 3.0e38f; }

// Threads in the blocks that sum.
#define THREADS 256

// Sum over a block's rows of threads, by halving; the threads of row 0 get the result.
template <int N> static __device__ __forceinline__ void over_rows(float (&values)[N], float *shared) {
    int at = threadIdx.y * blockDim.x + threadIdx.x, threads = blockDim.x * blockDim.y;
#pragma unroll
    for (int i = 0; i < N; i++) shared[i * threads + at] = values[i];
    __syncthreads();
    for (int half = blockDim.y / 2; half > 0; half /= 2) {
        if (threadIdx.y < half) {
#pragma unroll
            for (int i = 0; i < N; i++) shared[i * threads + at] += shared[i * threads + at + half * blockDim.x];
        }
        __syncthreads();
    }
#pragma unroll
    for (int i = 0; i < N; i++) values[i] = shared[i * threads + at];
}

// Splits a running index into pack of channels, pixel and image; packs count fastest.
struct Pixel {
    int pack, column, row, image;
};
static __device__ __forceinline__ Pixel pixel(u32 number, u32 packs, u32 height, u32 width) {
    u32 place = number / packs;
    return {(int)(number % packs), (int)(place % width), (int)(place / width % height), (int)(place / width / height)};
}

// Makes two variants of a kernel: for channels in whole packs, and for other numbers.
#define KERNELS(name, parameters, arguments)                                                                            \
    extern "C" __global__ void name##_wide parameters { name<WIDE> arguments; }                                         \
    extern "C" __global__ void name##_one parameters { name<1> arguments; }

// Converts f32 values to `real`.
template <int V> static __device__ __forceinline__ void narrow(const float *from, real *to, u32 packs) {
    for (u32 i = here(); i < packs; i += step()) {
        float values[V];
        load_floats<V>(from + (size_t)i * V, values);
        store<V>(to + (size_t)i * V, values);
    }
}
KERNELS(narrow, (const float *from, real *to, u32 packs), (from, to, packs))

// Converts `real` values to f32.
extern "C" __global__ void widen(const real *from, float *to, u32 count) {
    for (u32 i = here(); i < count; i += step()) to[i] = up(from[i]);
}

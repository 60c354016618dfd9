// The part of CUDA's language that the kernels use, in terms of C++17 for the host. It stands before
// the text of each file of kernels; `kernel.h` stands before it. Nothing is included, so that no name
// of the C library gets in the way of the kernels' own. `__global__` stays a plain word until the
// kernels were found, and is then defined as nothing.

#define EMULATED 1
#define __device__
#define __host__
#define __constant__
#define __managed__
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __align__(n) __attribute__((aligned(n)))
// All threads of a block run on one OS thread, so that what is local to that thread is shared by
// the block.
#define __shared__ static thread_local

typedef __SIZE_TYPE__ size_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;
typedef __UINTPTR_TYPE__ uintptr_t;
typedef __INT8_TYPE__ int8_t;
typedef __INT16_TYPE__ int16_t;
typedef __INT32_TYPE__ int32_t;
typedef __INT64_TYPE__ int64_t;
typedef __UINT8_TYPE__ uint8_t;
typedef __UINT16_TYPE__ uint16_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __UINT64_TYPE__ uint64_t;

static const EmulatedHooks* emulated_hooks;
static long emulated_offset;
extern "C" void emulated_bind(const EmulatedHooks* hooks) {
    emulated_hooks = hooks;
    emulated_offset = hooks->place;
}
// This is as quick as storage of the thread can be; to declare it here would draw the shared memory
// into the little room that loaded libraries have for such storage.
#define emulated_place \
    (*reinterpret_cast<EmulatedPlace*>(static_cast<char*>(__builtin_thread_pointer()) + emulated_offset))

typedef EmulatedIndex uint3;
struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};
#define threadIdx (emulated_place.thread)
#define blockIdx (emulated_place.block)
#define blockDim (emulated_place.block_size)
#define gridDim (emulated_place.grid_size)
static const int warpSize = 32;

#define EMULATED_VECTOR(type, name, align2, align4) \
    struct __align__(align2) name##2 { type x, y; }; \
    struct name##3 { type x, y, z; }; \
    struct __align__(align4) name##4 { type x, y, z, w; }; \
    static inline name##2 make_##name##2(type x, type y) { return {x, y}; } \
    static inline name##3 make_##name##3(type x, type y, type z) { return {x, y, z}; } \
    static inline name##4 make_##name##4(type x, type y, type z, type w) { return {x, y, z, w}; }
#define uint3 emulated_unused_uint3
EMULATED_VECTOR(float, float, 8, 16)
EMULATED_VECTOR(double, double, 16, 16)
EMULATED_VECTOR(int, int, 8, 16)
EMULATED_VECTOR(unsigned, uint, 8, 16)
EMULATED_VECTOR(short, short, 4, 8)
EMULATED_VECTOR(unsigned short, ushort, 4, 8)
EMULATED_VECTOR(unsigned char, uchar, 2, 4)
EMULATED_VECTOR(char, char, 2, 4)
#undef uint3

// Barriers and exchanges between threads.
static inline void __syncthreads() { emulated_hooks->barrier(); }
static inline void __syncwarp(unsigned mask = 0xffffffffu) { emulated_hooks->exchange(mask, 0, 0); }
static inline unsigned __ballot_sync(unsigned mask, int vote) { return emulated_hooks->ballot(mask, vote); }
static inline int __any_sync(unsigned mask, int vote) { return __ballot_sync(mask, vote) != 0; }
static inline int __all_sync(unsigned mask, int vote) { return __ballot_sync(mask, !vote) == 0; }

static inline unsigned emulated_lane() {
    const EmulatedPlace& p = emulated_place;
    return (p.thread.x + p.block_size.x * (p.thread.y + p.block_size.y * p.thread.z)) % 32;
}
template <class T> static inline T emulated_exchange(unsigned mask, T value, unsigned lane) {
    static_assert(sizeof(T) <= 8, "a shuffle moves at most eight bytes");
    unsigned long long bits = 0;
    __builtin_memcpy(&bits, &value, sizeof(T));
    bits = emulated_hooks->exchange(mask, bits, lane);
    __builtin_memcpy(&value, &bits, sizeof(T));
    return value;
}
template <class T> static inline T __shfl_sync(unsigned mask, T value, int source, int width = 32) {
    unsigned first = emulated_lane() & ~(width - 1u);
    return emulated_exchange(mask, value, first + (source & (width - 1)));
}
template <class T> static inline T __shfl_xor_sync(unsigned mask, T value, int bits, int width = 32) {
    unsigned lane = emulated_lane(), last = lane | (width - 1u), source = lane ^ bits;
    return emulated_exchange(mask, value, source > last ? lane : source);
}
template <class T> static inline T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32) {
    unsigned lane = emulated_lane(), last = lane | (width - 1u);
    return emulated_exchange(mask, value, lane + delta > last ? lane : lane + delta);
}
template <class T> static inline T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32) {
    unsigned lane = emulated_lane();
    return emulated_exchange(mask, value, (lane & (width - 1u)) < delta ? lane : lane - delta);
}
static inline void __threadfence() { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
static inline void __threadfence_block() { __threadfence(); }
static inline void __trap() { __builtin_trap(); }

// Streams may run at the same time, so that these are atomic in earnest.
#define EMULATED_ATOMIC(name, next) \
    template <class T, class V> static inline T name(T* target, V operand) { \
        T value = T(operand), old = *target, result; \
        do result = next; \
        while (!__atomic_compare_exchange(target, &old, &result, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)); \
        return old; \
    }
EMULATED_ATOMIC(atomicAdd, T(old + value))
EMULATED_ATOMIC(atomicMax, old < value ? value : old)
EMULATED_ATOMIC(atomicMin, value < old ? value : old)
EMULATED_ATOMIC(atomicExch, value)
EMULATED_ATOMIC(atomicOr, T(old | value))
template <class T, class V> static inline T atomicCAS(T* target, V expected, V desired) {
    T old = T(expected), value = T(desired);
    __atomic_compare_exchange(target, &old, &value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    return old;
}

template <class T> static inline T __ldg(const T* pointer) { return *pointer; }
template <class T> static inline T __ldcs(const T* pointer) { return *pointer; }
template <class T> static inline void __stcs(T* pointer, T value) { *pointer = value; }

// The same bits as another type.
template <class To, class From> static inline To emulated_bits(From from) {
    static_assert(sizeof(To) == sizeof(From), "the types have one size");
    To to;
    __builtin_memcpy(&to, &from, sizeof to);
    return to;
}
static inline unsigned __float_as_uint(float x) { return emulated_bits<unsigned>(x); }
static inline int __float_as_int(float x) { return emulated_bits<int>(x); }
static inline float __uint_as_float(unsigned x) { return emulated_bits<float>(x); }
static inline float __int_as_float(int x) { return emulated_bits<float>(x); }
static inline long long __double_as_longlong(double x) { return emulated_bits<long long>(x); }
static inline double __longlong_as_double(long long x) { return emulated_bits<double>(x); }

// The functions of the C library, and the same for float under the names without a suffix.
#define EMULATED_UNARY(name) \
    extern "C" float name##f(float); \
    extern "C" double name(double); \
    static inline float name(float x) { return name##f(x); }
#define EMULATED_BINARY(name) \
    extern "C" float name##f(float, float); \
    extern "C" double name(double, double); \
    static inline float name(float x, float y) { return name##f(x, y); }
EMULATED_UNARY(exp) EMULATED_UNARY(exp2) EMULATED_UNARY(expm1) EMULATED_UNARY(log) EMULATED_UNARY(log2)
EMULATED_UNARY(log10) EMULATED_UNARY(log1p) EMULATED_UNARY(sqrt) EMULATED_UNARY(cbrt) EMULATED_UNARY(fabs)
EMULATED_UNARY(floor) EMULATED_UNARY(ceil) EMULATED_UNARY(round) EMULATED_UNARY(rint) EMULATED_UNARY(trunc)
EMULATED_UNARY(cos) EMULATED_UNARY(sin) EMULATED_UNARY(tan) EMULATED_UNARY(cosh) EMULATED_UNARY(sinh)
EMULATED_UNARY(tanh) EMULATED_UNARY(acos) EMULATED_UNARY(asin) EMULATED_UNARY(atan) EMULATED_UNARY(erf)
EMULATED_UNARY(erfc) EMULATED_UNARY(nearbyint)
EMULATED_BINARY(pow) EMULATED_BINARY(fmod) EMULATED_BINARY(fmin) EMULATED_BINARY(fmax)
EMULATED_BINARY(atan2) EMULATED_BINARY(hypot) EMULATED_BINARY(copysign)
extern "C" float fmaf(float, float, float);
extern "C" double fma(double, double, double);
static inline float fma(float x, float y, float z) { return fmaf(x, y, z); }
extern "C" float ldexpf(float, int);
extern "C" int printf(const char*, ...);
static inline float rsqrtf(float x) { return 1.0f / sqrtf(x); }
static inline double rsqrt(double x) { return 1.0 / sqrt(x); }
static inline void sincosf(float x, float* s, float* c) { *s = sinf(x), *c = cosf(x); }
template <class T> static inline bool isnan(T x) { return __builtin_isnan(x); }
template <class T> static inline bool isinf(T x) { return __builtin_isinf(x); }
template <class T> static inline bool isfinite(T x) { return __builtin_isfinite(x); }

static inline float __expf(float x) { return expf(x); }
static inline float __exp10f(float x) { return powf(10.0f, x); }
static inline float __logf(float x) { return logf(x); }
static inline float __log2f(float x) { return log2f(x); }
static inline float __powf(float x, float y) { return powf(x, y); }
static inline float __sinf(float x) { return sinf(x); }
static inline float __cosf(float x) { return cosf(x); }
static inline float __fadd_rn(float x, float y) { return x + y; }
static inline float __fsub_rn(float x, float y) { return x - y; }
static inline float __fmul_rn(float x, float y) { return x * y; }
static inline float __fdiv_rn(float x, float y) { return x / y; }
static inline float __fdividef(float x, float y) { return x / y; }
static inline float __frcp_rn(float x) { return 1.0f / x; }
static inline float __fsqrt_rn(float x) { return sqrtf(x); }
static inline float __frsqrt_rn(float x) { return rsqrtf(x); }
static inline float __fmaf_rn(float x, float y, float z) { return fmaf(x, y, z); }
static inline float __saturatef(float x) { return fminf(fmaxf(x, 0.0f), 1.0f); }
static inline int __float2int_rn(float x) { return int(rintf(x)); }
static inline int __float2int_rz(float x) { return int(x); }
static inline int __float2int_rd(float x) { return int(floorf(x)); }
static inline unsigned __float2uint_rn(float x) { return unsigned(rintf(x)); }
static inline float __int2float_rn(int x) { return float(x); }
static inline float __uint2float_rn(unsigned x) { return float(x); }

#define EMULATED_ORDERED(T) \
    static inline T min(T x, T y) { return y < x ? y : x; } \
    static inline T max(T x, T y) { return x < y ? y : x; }
EMULATED_ORDERED(int) EMULATED_ORDERED(unsigned) EMULATED_ORDERED(long) EMULATED_ORDERED(unsigned long)
EMULATED_ORDERED(long long) EMULATED_ORDERED(unsigned long long)
static inline unsigned min(int x, unsigned y) { return min(unsigned(x), y); }
static inline unsigned min(unsigned x, int y) { return min(x, unsigned(y)); }
static inline unsigned max(int x, unsigned y) { return max(unsigned(x), y); }
static inline unsigned max(unsigned x, int y) { return max(x, unsigned(y)); }
static inline float min(float x, float y) { return fminf(x, y); }
static inline float max(float x, float y) { return fmaxf(x, y); }
static inline double min(double x, double y) { return fmin(x, y); }
static inline double max(double x, double y) { return fmax(x, y); }
static inline int abs(int x) { return x < 0 ? -x : x; }
static inline long long abs(long long x) { return x < 0 ? -x : x; }
static inline float abs(float x) { return fabsf(x); }
static inline double abs(double x) { return fabs(x); }

static inline unsigned __umulhi(unsigned x, unsigned y) { return (unsigned long long)(x) * y >> 32; }
static inline int __mulhi(int x, int y) { return (long long)(x) * y >> 32; }
static inline unsigned long long __umul64hi(unsigned long long x, unsigned long long y) {
    return (unsigned __int128)(x) * y >> 64;
}
static inline int __popc(unsigned x) { return __builtin_popcount(x); }
static inline int __clz(int x) { return x ? __builtin_clz(x) : 32; }
static inline int __ffs(int x) { return __builtin_ffs(x); }

// Takes a kernel's parameters from where the driver was told they are.
template <unsigned... I> struct EmulatedList {};
template <auto F> struct EmulatedCalls;
template <class... A, void (*F)(A...)> struct EmulatedCalls<F> {
    static constexpr unsigned sizes[] = {sizeof(A)..., 0};
    template <unsigned... I>
    static inline __attribute__((always_inline)) void apply(void** p, EmulatedList<I...>) {
        F(*static_cast<A*>(p[I])...);
    }
    static void call(void** p) { apply(p, EmulatedList<__integer_pack(sizeof...(A))...>()); }
    static unsigned turn(unsigned i, unsigned count) { return emulated_place.reverse ? count - 1 - i : i; }
    static void block(void** p) {
        EmulatedPlace& at = emulated_place;
        const EmulatedIndex size = at.block_size;
        for (unsigned z = 0; z < size.z; z++)
            for (unsigned y = 0; y < size.y; y++)
                for (unsigned x = 0; x < size.x; x++) {
                    at.thread = {turn(x, size.x), turn(y, size.y), turn(z, size.z)};
                    call(p);
                }
    }
    static void grid(void** p) {
        EmulatedPlace& at = emulated_place;
        const EmulatedIndex size = at.grid_size;
        for (unsigned z = 0; z < size.z; z++)
            for (unsigned y = 0; y < size.y; y++)
                for (unsigned x = 0; x < size.x; x++) {
                    at.block = {turn(x, size.x), turn(y, size.y), turn(z, size.z)};
                    block(p);
                }
    }
};

struct emulated_end_of_shim;

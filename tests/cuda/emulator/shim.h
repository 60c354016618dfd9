// The part of CUDA's language that the kernels use, as C++ for the processor. It stands before the kernels' text.

#include <math.h>
#include <string.h>
#include <utility>

#define __device__
#define __global__
#define __forceinline__ inline __attribute__((always_inline))
// Blocks run one after another, so that one copy serves all of them. A launch begins with NaN in it, so that a read of what
// no thread has written shows; g++ leaves the variables of templates out of the section, and those keep what they hold.
#define __shared__ static __attribute__((section("shared_memory")))
extern "C" char __start_shared_memory[], __stop_shared_memory[];

struct Index {
    unsigned x, y, z;
};
static Index threadIdx, blockIdx, blockDim, gridDim;

static inline float __uint_as_float(unsigned bits) {
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

// The instruction cvt.rn.bf16x2.f32: two values become bf16, the first in the upper half. Rounds to nearest even; NaN is
// 0x7fff.
static inline unsigned cvt_rn_bf16x2_f32(float upper, float lower) {
    unsigned pair = 0;
    for (float value : {upper, lower}) {
        unsigned bits;
        memcpy(&bits, &value, 4);
        pair = pair << 16 | (isnan(value) ? 0x7fff : (bits + 0x7fff + (bits >> 16 & 1)) >> 16);
    }
    return pair;
}

// The threads of a block run one after another. One that comes to a barrier is left there, on its own stack, until all the
// others have come there too or are over.

// Stores the registers that a function must keep and the top of the stack, and goes on on the other stack.
extern "C" void switch_stack(void** from, void* to);
asm(R"(
.text
.local switch_stack
.type switch_stack, @function
switch_stack:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
)");

static const unsigned MOST_THREADS = 1024;
// The odd size lets stacks begin at different places of a page. Otherwise they would displace each other in the cache.
struct alignas(64) Stack {
    char bytes[(64 << 10) + 5 * 64];
};
static Stack stacks[MOST_THREADS];
static void *tops[MOST_THREADS], *scheduler;
// The number of the stack in use, whether its thread waits at a barrier, and how many threads of the block have begun.
static unsigned running, begun;
static bool waits;
static void** parameters;

static void __syncthreads() {
    Index thread = threadIdx;
    waits = true;
    switch_stack(&tops[running], scheduler);
    threadIdx = thread;
}

// Returns whether a thread on this stack now waits at a barrier.
static bool go_on(unsigned number) {
    running = number;
    waits = false;
    switch_stack(&scheduler, tops[number]);
    return waits;
}

// `begin` begins threads until one waits or all have begun. So a kernel without a barrier needs one stack only.
static void run_block(void (*begin)()) {
    unsigned used = 0;
    bool waiting[MOST_THREADS];
    begun = 0;
    do {
        void** top = reinterpret_cast<void**>(&stacks[used + 1]);
        *--top = nullptr;
        *--top = reinterpret_cast<void*>(begin);
        tops[used] = memset(top - 6, 0, 6 * sizeof(void*));
        waiting[used] = go_on(used);
        used++;
    } while (begun < blockDim.x * blockDim.y);
    for (bool any = true; any;) {
        any = false;
        for (unsigned i = 0; i < used; i++) any |= waiting[i] = waiting[i] && go_on(i);
    }
}

template <auto F> struct Kernel;
template <class... A, void (*F)(A...)> struct Kernel<F> {
    template <size_t... I> static void call(std::index_sequence<I...>) { F(*static_cast<A*>(parameters[I])...); }
    static void begin() {
        while (begun < blockDim.x * blockDim.y) {
            threadIdx = {begun % blockDim.x, begun / blockDim.x, 0};
            begun++;
            call(std::index_sequence_for<A...>());
        }
        switch_stack(&tops[running], scheduler);
    }
    static void run(const unsigned* grid, const unsigned* block, void** values) {
        gridDim = {grid[0], grid[1], grid[2]};
        blockDim = {block[0], block[1], block[2]};
        parameters = values;
        memset(__start_shared_memory, 0xff, __stop_shared_memory - __start_shared_memory);
        for (unsigned z = 0; z < grid[2]; z++)
            for (unsigned y = 0; y < grid[1]; y++)
                for (unsigned x = 0; x < grid[0]; x++) {
                    blockIdx = {x, y, z};
                    run_block(begin);
                }
    }
    static constexpr unsigned sizes[] = {sizeof(A)..., 0};
};

// What the driver finds of a kernel: the sizes of its parameters, ended by zero, and the function that runs a whole launch.
#define EXPORT extern "C" __attribute__((visibility("default")))
#define KERNEL(name)                                                                                     \
    EXPORT const auto name##__sizes = Kernel<&name>::sizes;                                              \
    EXPORT void name##__run(const unsigned* grid, const unsigned* block, void** values) {                \
        Kernel<&name>::run(grid, block, values);                                                         \
    }

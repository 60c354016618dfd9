// Modules, functions and launches; and the fibers that let the threads of a block wait for each other.
#include "emulator.h"
#include "kernel.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <sys/mman.h>

static const unsigned MAX_THREADS = 1024;
static const unsigned WARP = 32;
static const unsigned MAX_SHARED = 232448;

// Keeps the callee's registers on the stack that is left and takes up the other one where it was left.
extern "C" void emulated_switch(void** leave, void* enter);
asm(R"(
.text
.local emulated_switch
.type emulated_switch, @function
emulated_switch:
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
.size emulated_switch, .-emulated_switch
)");

enum class Stage { Ready, AtBarrier, AtExchange, Done };

struct Fiber {
    char* stack = nullptr;
    void* top = nullptr;
    Stage stage = Stage::Done;
    EmulatedIndex thread;
    unsigned mask = 0;
    unsigned long long given = 0;
};

// What one OS thread needs to run blocks; stacks are kept for the next block.
struct Runner {
    std::vector<Fiber> fibers = std::vector<Fiber>(MAX_THREADS);
    unsigned count = 0;
    Fiber* running = nullptr;
    void* scheduler = nullptr;
    const EmulatedKernel* kernel = nullptr;
    void** parameters = nullptr;
    // What each lane of the warp gave to its last exchange, and which lanes took part in it.
    unsigned long long taken[WARP];
    unsigned partners[WARP];
    char* shared_start = nullptr;
    char* shared = nullptr;
};

static thread_local Runner* runner = nullptr;
// Kernels reach their place by its distance from the thread's own pointer, which is the same for all
// threads as the storage of this library is laid out when it is loaded.
static thread_local EmulatedPlace place;

static Runner& this_runner() {
    // It is never given back: a thread of a stream lives about as long as the process.
    if (!runner) runner = new Runner;
    return *runner;
}

static void leave(Stage stage) {
    Runner& r = *runner;
    Fiber* fiber = r.running;
    if (!fiber) fail(std::string("a barrier was reached outside a fiber in kernel ") + current_kernel);
    fiber->stage = stage;
    emulated_switch(&fiber->top, r.scheduler);
}

static void barrier() { leave(Stage::AtBarrier); }

static unsigned long long exchange(unsigned mask, unsigned long long value, unsigned lane) {
    Fiber* fiber = runner->running;
    if (fiber) {
        if (!(mask >> ((fiber - runner->fibers.data()) % WARP) & 1))
            fail(std::string("a lane is not in its own mask in kernel ") + current_kernel);
        fiber->mask = mask;
        fiber->given = value;
    }
    leave(Stage::AtExchange);
    // A lane that took no part has no value; all ones are NaN as a float, so that its use shows.
    unsigned self = (runner->running - runner->fibers.data()) % WARP;
    return lane < WARP && runner->partners[self] >> lane & 1 ? runner->taken[lane] : ~0ull;
}

static unsigned ballot(unsigned mask, bool vote) {
    exchange(mask, vote, 0);
    unsigned self = (runner->running - runner->fibers.data()) % WARP, result = 0;
    for (unsigned lane = 0; lane < WARP; lane++) {
        if (runner->partners[self] >> lane & 1 && runner->taken[lane]) result |= 1u << lane;
    }
    return result;
}

static void* shared() { return runner->shared; }

static void fiber_main() {
    runner->kernel->call(runner->parameters);
    leave(Stage::Done);
    fail("a thread that was over went on");
}

// Lays out a fresh stack as if the fiber had just switched away before its first instruction.
static void prepare(Fiber& fiber, unsigned number) {
    const size_t size = 128 << 10, guard = 4096, line = 64;
    if (!fiber.stack) {
        void* mapping = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (mapping == MAP_FAILED || mprotect(mapping, guard, PROT_NONE)) fail("no memory for a stack");
        fiber.stack = static_cast<char*>(mapping);
    }
    // Stacks that begin at different places of a page do not drive each other out of the cache.
    void** top = reinterpret_cast<void**>(fiber.stack + size - number * 5 * line % 4096);
    *--top = nullptr;
    *--top = reinterpret_cast<void*>(fiber_main);
    for (int i = 0; i < 6; i++) *--top = nullptr;
    fiber.top = top;
    fiber.stage = Stage::Ready;
}

[[noreturn]] static void stuck(const char* barrier) {
    fail(std::string("threads of one block wait at different places, so that ") + barrier +
         " can never be passed in kernel " + current_kernel);
}

// Lets those lanes go on whose partners have all arrived; threads that are over count no more.
static bool release(Runner& r, Fiber* warp, unsigned lanes) {
    unsigned living = 0, waiting = 0, released = 0;
    for (unsigned i = 0; i < lanes; i++) {
        if (warp[i].stage != Stage::Done) living |= 1u << i;
        if (warp[i].stage == Stage::AtExchange) waiting |= 1u << i;
    }
    for (unsigned i = 0; i < lanes; i++) {
        unsigned group = warp[i].mask & living;
        if (!((waiting & ~released) >> i & 1) || (group & ~waiting)) continue;
        bool agreed = true;
        for (unsigned j = 0; j < lanes; j++) agreed = agreed && (!(group >> j & 1) || (warp[j].mask & living) == group);
        if (!agreed) continue;
        released |= group;
        for (unsigned j = 0; j < lanes; j++) {
            if (!(group >> j & 1)) continue;
            r.partners[j] = group;
            r.taken[j] = warp[j].given;
        }
    }
    for (unsigned i = 0; i < lanes; i++) {
        if (released >> i & 1) warp[i].stage = Stage::Ready;
    }
    return released != 0;
}

// Runs a warp until each of its threads is over or at the barrier of the block.
static void run_warp(Runner& r, Fiber* warp, unsigned lanes) {
    while (true) {
        unsigned exchanging = 0;
        for (unsigned turn = 0; turn < lanes; turn++) {
            Fiber& fiber = warp[place.reverse ? lanes - 1 - turn : turn];
            if (fiber.stage == Stage::Ready) {
                r.running = &fiber;
                place.thread = fiber.thread;
                emulated_switch(&r.scheduler, fiber.top);
                r.running = nullptr;
            }
            exchanging += fiber.stage == Stage::AtExchange;
        }
        if (exchanging == 0) return;
        if (!release(r, warp, lanes)) stuck("the exchange of a warp");
    }
}

static void run_block(Runner& r) {
    EmulatedIndex size = place.block_size;
    for (unsigned i = 0; i < r.count; i++) {
        r.fibers[i].thread = {i % size.x, i / size.x % size.y, i / size.x / size.y};
        prepare(r.fibers[i], i);
    }
    unsigned warps = (r.count + WARP - 1) / WARP;
    while (true) {
        for (unsigned turn = 0; turn < warps; turn++) {
            unsigned first = (place.reverse ? warps - 1 - turn : turn) * WARP;
            run_warp(r, &r.fibers[first], std::min(WARP, r.count - first));
        }
        // Each thread that is not over is now at the barrier, which so is passed.
        bool over = true;
        for (unsigned i = 0; i < r.count; i++) {
            if (r.fibers[i].stage != Stage::AtBarrier) continue;
            r.fibers[i].stage = Stage::Ready;
            over = false;
        }
        if (over) return;
    }
}

// Dynamic shared memory ends at a page that cannot be touched.
static void provide_shared(Runner& r, unsigned bytes) {
    const size_t room = 256 << 10, guard = 4096;
    if (bytes == 0) {
        r.shared = nullptr;
        return;
    }
    if (!r.shared_start) {
        void* mapping = mmap(nullptr, room + guard, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (mapping == MAP_FAILED) fail("no shared memory");
        r.shared_start = static_cast<char*>(mapping);
        if (mprotect(r.shared_start + room, guard, PROT_NONE)) fail("no guard for shared memory");
    }
    r.shared = r.shared_start + room - (bytes + 15) / 16 * 16;
}

struct Module {
    void* library;
    Device* device;
};

struct Function {
    std::string name;
    Module* module;
    const EmulatedKernel* kernel;
    unsigned max_shared = 49152;
};

static void run_grid(const Function& function, EmulatedIndex grid, EmulatedIndex block, unsigned shared_bytes,
                     void** parameters) {
    static const bool reverse = getenv("EMULATED_CUDA_ORDER") && !strcmp(getenv("EMULATED_CUDA_ORDER"), "reverse");
    Runner& r = this_runner();
    place.grid_size = grid;
    place.block_size = block;
    place.reverse = reverse;
    provide_shared(r, shared_bytes);
    current_kernel = function.name.c_str();
    if (!function.kernel->fibers) {
        function.kernel->grid(parameters);
    } else {
        r.kernel = function.kernel;
        r.parameters = parameters;
            r.count = block.x * block.y * block.z;
        for (unsigned z = 0; z < grid.z; z++)
            for (unsigned y = 0; y < grid.y; y++)
                for (unsigned x = 0; x < grid.x; x++) {
                    place.block = {x, y, z};
                    if (reverse) place.block = {grid.x - 1 - x, grid.y - 1 - y, grid.z - 1 - z};
                    if (shared_bytes) memset(r.shared, 0xFF, shared_bytes);
                    run_block(r);
                }
    }
    current_kernel = nullptr;
}

// An image is the text that the emulated NVRTC gave: a mark, then the path of a library.
EXPORT CUresult cuModuleLoadData(Module** module, const void* image) {
    if (!current_device) return CUDA_ERROR_INVALID_CONTEXT;
    const char* text = static_cast<const char*>(image);
    const char mark[] = "//emulated ";
    if (strncmp(text, mark, sizeof mark - 1)) return CUDA_ERROR_INVALID_IMAGE;
    text += sizeof mark - 1;
    std::string path(text, strcspn(text, "\n"));
    // The library is never closed, as work that was issued may still run in it.
    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        fprintf(stderr, "emulated CUDA: %s\n", dlerror());
        return CUDA_ERROR_INVALID_IMAGE;
    }
    auto bind = reinterpret_cast<void (*)(const EmulatedHooks*)>(dlsym(library, "emulated_bind"));
    if (!bind) return CUDA_ERROR_INVALID_IMAGE;
    static const EmulatedHooks hooks = {
        barrier, exchange, ballot, shared,
        reinterpret_cast<char*>(&place) - static_cast<char*>(__builtin_thread_pointer())};
    bind(&hooks);
    *module = new Module{library, current_device};
    return CUDA_SUCCESS;
}

EXPORT CUresult cuModuleLoadDataEx(Module** module, const void* image, unsigned, void*, void*) {
    return cuModuleLoadData(module, image);
}

EXPORT CUresult cuModuleLoad(Module** module, const char* path) {
    char text[8192] = {};
    FILE* file = fopen(path, "rb");
    if (!file) return CUDA_ERROR_FILE_NOT_FOUND;
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    return length ? cuModuleLoadData(module, text) : CUDA_ERROR_INVALID_IMAGE;
}

EXPORT CUresult cuModuleUnload(Module* module) { return module ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE; }

EXPORT CUresult cuModuleGetFunction(Function** function, Module* module, const char* name) {
    if (!module) return CUDA_ERROR_INVALID_HANDLE;
    void* kernel = dlsym(module->library, (std::string(name) + "__kernel").c_str());
    if (!kernel) return CUDA_ERROR_NOT_FOUND;
    *function = new Function{name, module, static_cast<const EmulatedKernel*>(kernel)};
    return CUDA_SUCCESS;
}

EXPORT CUresult cuFuncSetAttribute(Function* function, int attribute, int value) {
    if (!function) return CUDA_ERROR_INVALID_HANDLE;
    if (attribute == 8) {
        if (value < 0 || unsigned(value) > MAX_SHARED) return CUDA_ERROR_INVALID_VALUE;
        function->max_shared = value;
    }
    return CUDA_SUCCESS;
}

EXPORT CUresult cuFuncGetAttribute(int* value, int attribute, Function* function) {
    if (!function) return CUDA_ERROR_INVALID_HANDLE;
    switch (attribute) {
    case 0: *value = MAX_THREADS; break;
    case 4: *value = 32; break;
    case 5: case 6: *value = 90; break;
    case 8: *value = function->max_shared; break;
    default: *value = 0;
    }
    return CUDA_SUCCESS;
}

EXPORT CUresult cuFuncSetCacheConfig(Function*, int) { return CUDA_SUCCESS; }

EXPORT CUresult cuLaunchKernel(Function* function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                               unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared_bytes,
                               Stream* handle, void** parameters, void** extra) {
    Stream* stream = resolve(handle);
    if (!stream) return unresolved(handle);
    if (!function || function->module->device != stream->device) return CUDA_ERROR_INVALID_HANDLE;
    unsigned long long threads = 1ull * block_x * block_y * block_z;
    if (threads == 0 || threads > MAX_THREADS || block_x > MAX_THREADS || block_y > MAX_THREADS || block_z > 64)
        return CUDA_ERROR_INVALID_VALUE;
    if (grid_x == 0 || grid_y == 0 || grid_z == 0 || grid_x > 2147483647 || grid_y > 65535 || grid_z > 65535)
        return CUDA_ERROR_INVALID_VALUE;
    if (shared_bytes > function->max_shared || extra) return CUDA_ERROR_INVALID_VALUE;
    // The parameters are read now; each gets a place that suits any type.
    struct alignas(16) Slot { char bytes[16]; };
    std::vector<size_t> places;
    std::vector<Slot> values;
    for (const unsigned* size = function->kernel->sizes; *size; size++) {
        if (!parameters) return CUDA_ERROR_INVALID_VALUE;
        size_t place = values.size();
        values.resize(place + (*size + sizeof(Slot) - 1) / sizeof(Slot));
        memcpy(&values[place], parameters[places.size()], *size);
        places.push_back(place);
    }
    return submit(stream, [=]() mutable {
        std::vector<void*> pointers;
        for (size_t place : places) pointers.push_back(&values[place]);
        run_grid(*function, {grid_x, grid_y, grid_z}, {block_x, block_y, block_z}, shared_bytes, pointers.data());
    });
}

EXPORT CUresult cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* blocks, Function*, int threads,
                                                                     size_t shared_bytes, unsigned) {
    if (threads <= 0) return CUDA_ERROR_INVALID_VALUE;
    if (unsigned(threads) > MAX_THREADS || shared_bytes > MAX_SHARED) {
        *blocks = 0;
        return CUDA_SUCCESS;
    }
    *blocks = std::min({32, 2048 / threads, int(233472 / (shared_bytes + 1024))});
    return CUDA_SUCCESS;
}

EXPORT CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, Function* function, int threads,
                                                            size_t shared_bytes) {
    return cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(blocks, function, threads, shared_bytes, 0);
}

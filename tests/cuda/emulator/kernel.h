// What a compiled kernel file and the emulator know of each other. The text is compiled into the
// emulator and, as part of the shim, into each file of kernels.
#pragma once

struct EmulatedIndex {
    unsigned x, y, z;
};

// Where the running thread is; each OS thread has its own.
struct EmulatedPlace {
    EmulatedIndex thread, block, block_size, grid_size;
    // Threads and blocks may run in reverse order, so that a result that depends on it shows.
    bool reverse;
};

// What kernels ask of the emulator.
struct EmulatedHooks {
    void (*barrier)();
    // Gives a value to the warp and takes that of another lane.
    unsigned long long (*exchange)(unsigned mask, unsigned long long value, unsigned lane);
    unsigned (*ballot)(unsigned mask, bool vote);
    // The dynamic shared memory of the block.
    void* (*shared)();
    // Where the thread's `EmulatedPlace` is, from the thread's own pointer on.
    long place;
};

struct EmulatedKernel {
    // Runs the kernel for the thread at the current place.
    void (*call)(void** parameters);
    // Runs it for all threads of the grid, one after another.
    void (*grid)(void** parameters);
    // The sizes of the parameters, ended by zero.
    const unsigned* sizes;
    // Whether threads wait for each other, so that each needs a stack of its own.
    bool fibers;
};

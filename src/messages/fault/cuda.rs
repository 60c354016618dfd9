//! GPUs that cannot be used.

texts! {
    NO_DRIVER = "no NVIDIA driver is installed on this machine; leave out --device cuda to compute on the processor";
    NO_GPU = "the NVIDIA driver finds no GPU on this machine; leave out --device cuda to compute on the processor";
    DRIVER_UNASKED = "the NVIDIA driver is too old to be asked; install one for CUDA 12.8 or newer";
    LIBRARY_VERSION = "a library of CUDA is of another version than the driver; see docs/gpu.md";
    PTX = "the NVIDIA driver is older than libnvrtc; install a newer driver, or the libraries of the driver's CUDA";
    NO_NCCL = "libnccl.so was not found, which several GPUs need; install it with `make cuda`, or name one GPU only with --devices";
    NCCL_LACKS = "libnccl.so lacks what is needed; see docs/gpu.md";
    NONE_NAMED = "no GPU is named; name one with --devices";
    named_twice(number: usize) = "GPU {number} is named twice; name it once with --devices";
    no_library(name: &str) = "{name} was not found; install it with `make cuda`, or put the folder of CUDA's libraries on LD_LIBRARY_PATH";
    old_driver(major: i32, minor: i32) = "the NVIDIA driver is too old: it is for CUDA {major}.{minor}, 12.8 is the oldest that will do; install a newer one";
    no_such_gpu(number: usize, count: usize) = "there is no GPU number {number}: this machine has {count}, counted from 0; name one of these with --devices";
    /// `has` and `needed`: compute capabilities.
    capability(name: &str, has: &str, needed: &str) = "{name} has compute capability {has}, {needed} is needed; use another GPU";
    capability_of_precision(name: &str, has: &str, needed: &str) = "{name} has compute capability {has}, {needed} is needed for this precision; compute with --precision f32";
    failed(why: &str) = "the GPU could not do this: {why}; try again, and leave out --device cuda to compute on the processor if it fails again";
    full(wanted: usize) = "the GPU's memory, or what may be taken of it, is full: {wanted} more bytes were asked for; give --memory a larger number, free memory of the GPU, or give the recipe smaller images";
    sizes(why: &str) = "sizes that do not fit: {why}; use smaller batches";
}

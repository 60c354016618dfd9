//! One GPU: how it is opened, how its kernels are compiled, and the stream on which they run.

#![allow(
    unsafe_code,
    reason = "libraries and kernels are foreign code; each block says why its call is sound"
)]

use super::memory::Span;
use super::{Buffer, Error, Precision};
use crate::messages::fault::cuda as fault;
use crate::messages::why::cuda as why;
use cudarc::cublas::{result as blas_result, sys as blas};
use cudarc::driver::sys::{
    CUdevice_attribute as Attribute, CUgraphInstantiate_flags, CUresult, CUstreamCaptureMode,
};
use cudarc::driver::{
    CudaContext, CudaFunction, CudaGraph, CudaModule, CudaStream, DeviceRepr, DriverError, LaunchConfig,
    PushKernelArg,
};
use cudarc::nvrtc::{CompileOptions, compile_ptx_with_opts};
use rayon::{ThreadPool, ThreadPoolBuilder};
use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Source of the kernels. `values.cu` comes first, because the others use it.
const KERNELS: &str = concat!(
    include_str!("values.cu"),
    include_str!("norm.cu"),
    include_str!("depthwise.cu"),
    include_str!("im2col.cu"),
    include_str!("head.cu"),
    include_str!("learning.cu"),
);

/// Threads in a block. `values.cu` repeats the number for the size of its shared memory.
pub(super) const THREADS: u32 = 256;

/// Oldest supported driver: that of CUDA 12.8.
const OLDEST_DRIVER: i32 = 12080;

/// Threads that copy to the GPU. One thread alone copies more slowly than a GPU trains.
const COPYING: usize = 4;

/// Size of cuBLAS's workspace in bytes. A recorded graph needs a fixed one; NVIDIA recommends this size for
/// Hopper.
const WORKSPACE: usize = 32 << 20;

/// One GPU with its kernels, compiled for one precision.
pub struct Gpu {
    context: Arc<CudaContext>,
    stream: Arc<CudaStream>,
    module: Arc<CudaModule>,
    functions: RefCell<HashMap<String, CudaFunction>>,
    blas: blas::cublasHandle_t,
    // cuBLAS uses this memory as long as its handle lives.
    _workspace: Buffer,
    precision: Precision,
    multiprocessors: u32,
    /// Bytes allocated for buffers, and the limit.
    held: Arc<AtomicUsize>,
    limit: usize,
    /// A thread pool of its own: the threads of the global pool may all be busy with augmentation, and a copy
    /// would wait for them.
    copying: ThreadPool,
}

impl std::fmt::Debug for Gpu {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gpu({}, {:?})", self.context.ordinal(), self.precision)
    }
}

impl Drop for Gpu {
    fn drop(&mut self) {
        // After a GPU fault all of these calls fail; the fault itself has been reported already.
        let _ = self.context.bind_to_thread();
        let _ = self.stream.synchronize();
        // SAFETY: the handle was created once and is destroyed once.
        let _ = unsafe { blas_result::destroy_handle(self.blas) };
    }
}

/// An argument of a kernel. The caller has checked all lengths.
pub(super) enum Arg {
    Address(u64),
    Int(i32),
    Count(u32),
    Float(f32),
    Seven(Ints<7>),
    Ten(Ints<10>),
}

/// A struct of integers, as the kernels define it.
#[repr(C)]
pub(super) struct Ints<const N: usize>(pub [i32; N]);

// SAFETY: `repr(C)`, and an array of integers has the layout of the kernels' structs.
unsafe impl<const N: usize> DeviceRepr for Ints<N> {}

impl Arg {
    pub fn of(span: Span) -> Self {
        Self::Address(span.address())
    }

    /// A null pointer for `None`.
    pub fn maybe(span: Option<Span>) -> Self {
        Self::Address(span.map_or(0, |span| span.address()))
    }
}

impl Gpu {
    /// Opens the GPU with this index. `limit`: the largest number of bytes to allocate; by default 90 % of
    /// the free memory.
    ///
    /// # Errors
    /// [`Error::Missing`] if the machine lacks a GPU, driver or library, with a message that says what to do.
    pub fn open(ordinal: usize, precision: Precision, limit: Option<usize>) -> Result<Self, Error> {
        let missing = |what: String| Error::Missing(what);
        for (name, is_there) in libraries() {
            if !is_there {
                return Err(missing(match name {
                    "libcuda" => fault::NO_DRIVER.into(),
                    _ => fault::no_library(name),
                }));
            }
        }
        let count = match catch_unwind(CudaContext::device_count) {
            Ok(Ok(count)) if count > 0 => count as usize,
            Ok(_) => return Err(missing(fault::NO_GPU.into())),
            Err(_) => return Err(missing(fault::DRIVER_UNASKED.into())),
        };
        let mut driver = 0;
        // SAFETY: writes one integer.
        unsafe { cudarc::driver::sys::cuDriverGetVersion(&raw mut driver) }.result()?;
        if driver < OLDEST_DRIVER {
            let (major, minor) = (driver / 1000, driver % 1000 / 10);
            return Err(missing(fault::old_driver(major, minor)));
        }
        if ordinal >= count {
            return Err(missing(fault::no_such_gpu(ordinal, count)));
        }
        // A library that lacks a function panics where the function is first called.
        let opened = catch_unwind(AssertUnwindSafe(|| Self::start(ordinal, precision, limit)));
        opened.unwrap_or_else(|_| Err(missing(fault::LIBRARY_VERSION.into())))
    }

    fn start(ordinal: usize, precision: Precision, limit: Option<usize>) -> Result<Self, Error> {
        let context = CudaContext::new(ordinal)?;
        let (major, minor) = context.compute_capability()?;
        // 16-bit types need instructions of compute capability 8.0. CUDA 13's compiler does not support
        // anything below 7.5.
        let needed = if precision == Precision::F32 { (7, 5) } else { (8, 0) };
        if (major, minor) < needed {
            let name = context.name()?;
            let say =
                if (major, minor) >= (7, 5) { fault::capability_of_precision } else { fault::capability };
            let (has, needed) = (format!("{major}.{minor}"), format!("{}.{}", needed.0, needed.1));
            return Err(Error::Missing(say(&name, &has, &needed)));
        }
        // SAFETY: all memory is used on `stream` in the order of the calls; `Uploads` synchronises its own
        // stream with this one.
        unsafe { context.disable_event_tracking() };
        let stream = context.new_stream()?;
        // PTX for an older GPU also runs on newer ones, which the compiler may not know yet.
        let target = (major * 10 + minor).min(90);
        let options = CompileOptions {
            options: vec![
                format!("--gpu-architecture=compute_{target}"),
                format!("-DPRECISION={}", precision.number()),
                "--std=c++17".into(),
            ],
            name: Some("lantern.cu".into()),
            ..Default::default()
        };
        let compiled = compile_ptx_with_opts(KERNELS, options)
            .map_err(|error| Error::Failed(why::compiler(&error.to_string())))?;
        let module = context.load_module(compiled).map_err(|error| match error {
            DriverError(CUresult::CUDA_ERROR_UNSUPPORTED_PTX_VERSION) => Error::Missing(fault::PTX.into()),
            error => error.into(),
        })?;
        let multiprocessors =
            context.attribute(Attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)?.max(1) as u32;
        let handle = blas_result::create_handle()?;
        // A buffer needs a GPU and the GPU needs a workspace, so the workspace is allocated directly.
        let workspace = Buffer::workspace(&stream, WORKSPACE)?;
        // SAFETY: the workspace lives as long as the handle, in this struct. It is set after the stream,
        // because setting the stream resets it. Without atomics, sums have a fixed order; none of them is in
        // 16 bits.
        unsafe {
            blas_result::set_stream(handle, stream.cu_stream() as _)?;
            blas::cublasSetWorkspace_v2(handle, workspace.all().address() as *mut _, WORKSPACE).result()?;
            blas::cublasSetAtomicsMode(handle, blas::cublasAtomicsMode_t::CUBLAS_ATOMICS_NOT_ALLOWED)
                .result()?;
            let whole = blas::cublasMath_t::CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION;
            blas::cublasSetMathMode(handle, whole).result()?;
        }
        let (functions, held) = (RefCell::default(), Arc::default());
        let copying = ThreadPoolBuilder::new().num_threads(COPYING);
        let limit = limit.unwrap_or(context.mem_get_info()?.0 / 10 * 9);
        Ok(Self {
            context,
            stream,
            module,
            functions,
            blas: handle,
            _workspace: workspace,
            precision,
            multiprocessors,
            held,
            limit,
            copying: copying.build().map_err(|error| Error::Failed(why::no_threads(&error.to_string())))?,
        })
    }

    /// The type of activations.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// The product name of the GPU.
    pub fn name(&self) -> Result<String, Error> {
        Ok(self.context.name()?)
    }

    /// Bytes allocated for buffers.
    pub fn taken(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Waits until all queued work is done.
    pub fn finish(&self) -> Result<(), Error> {
        Ok(self.stream.synchronize()?)
    }

    /// Records the work that `queue` queues, without running it. [`Replay::run`] then runs it any number of
    /// times.
    pub fn replay(&self, queue: impl FnOnce() -> Result<(), Error>) -> Result<Replay, Error> {
        self.stream.begin_capture(CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL)?;
        let queued = queue();
        let graph = self.stream.end_capture(CUgraphInstantiate_flags(0));
        queued?;
        graph?.map(Replay).ok_or_else(|| Error::Failed("there was nothing to replay".into()))
    }

    pub(super) fn held(&self) -> &Arc<AtomicUsize> {
        &self.held
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    pub(super) fn stream(&self) -> &Arc<CudaStream> {
        &self.stream
    }

    pub(super) fn context(&self) -> &Arc<CudaContext> {
        &self.context
    }

    pub(super) fn copying(&self) -> &ThreadPool {
        &self.copying
    }

    pub(super) fn blas(&self) -> blas::cublasHandle_t {
        self.blas
    }

    /// Makes this GPU the current one of this thread, for machines with several GPUs.
    pub(super) fn bind(&self) -> Result<(), Error> {
        Ok(self.context.bind_to_thread()?)
    }

    pub(super) fn multiprocessors(&self) -> u32 {
        self.multiprocessors
    }

    /// Number of values in 16 bytes.
    fn wide(&self) -> usize {
        16 / self.precision.bytes()
    }

    /// Number of channels that a thread loads at once, and the suffix of the kernel that does so.
    pub(super) fn pack(&self, channels: usize) -> (usize, &'static str) {
        let wide = self.wide();
        if channels.is_multiple_of(wide) { (wide, "_wide") } else { (1, "_one") }
    }

    /// Queues a kernel over `count` items, with as many threads as keep the GPU busy.
    pub(super) fn each(&self, name: &str, count: usize, args: &[Arg]) -> Result<(), Error> {
        let most = u32::MAX as usize - (1 << 24);
        if count > most {
            return Err(Error::Shape(format!(
                "{name} over {count} things, of which {most} can be counted; use smaller batches"
            )));
        }
        let blocks = count.div_ceil(THREADS as usize).clamp(1, 32 * self.multiprocessors as usize) as u32;
        self.launch(name, (blocks, 1, 1), (THREADS, 1), args)
    }

    /// Queues a kernel.
    pub(super) fn launch(
        &self,
        name: &str,
        grid: (u32, u32, u32),
        block: (u32, u32),
        args: &[Arg],
    ) -> Result<(), Error> {
        let mut functions = self.functions.borrow_mut();
        if !functions.contains_key(name) {
            functions.insert(name.into(), self.module.load_function(name)?);
        }
        let Some(function) = functions.get(name) else { return Ok(()) };
        let mut call = self.stream.launch_builder(function);
        for arg in args {
            match arg {
                Arg::Address(value) => call.arg(value),
                Arg::Int(value) => call.arg(value),
                Arg::Count(value) => call.arg(value),
                Arg::Float(value) => call.arg(value),
                Arg::Seven(value) => call.arg(value),
                Arg::Ten(value) => call.arg(value),
            };
        }
        let config = LaunchConfig { grid_dim: grid, block_dim: (block.0, block.1, 1), shared_mem_bytes: 0 };
        // SAFETY: every caller is in this folder beside the kernel's source, passes the arguments in its
        // order, and has checked that the spans hold what the kernel reads and writes.
        unsafe { call.launch(config) }?;
        Ok(())
    }
}

/// The required libraries, most important first, and whether each can be loaded.
fn libraries() -> [(&'static str, bool); 3] {
    // SAFETY: loading NVIDIA's libraries runs only their own initialisers.
    unsafe {
        [
            ("libcuda", cudarc::driver::sys::is_culib_present()),
            ("libnvrtc", cudarc::nvrtc::sys::is_culib_present()),
            ("libcublas", cudarc::cublas::sys::is_culib_present()),
        ]
    }
}

/// Recorded work (a CUDA graph) that one call runs again.
pub struct Replay(CudaGraph);

impl Replay {
    /// Queues all of the recorded work.
    pub fn run(&self) -> Result<(), Error> {
        Ok(self.0.launch()?)
    }
}

impl std::fmt::Debug for Replay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Replay")
    }
}

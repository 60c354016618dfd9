//! One GPU: how it is found, its kernels, and the order in which they run.

#![allow(
    unsafe_code,
    reason = "libraries and kernels are foreign code; each block says why its call is sound"
)]

use super::memory::Span;
use super::{Buffer, Error, Precision};
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

/// The kernels' text. The first part is what the others are written in.
const KERNELS: &str = concat!(
    include_str!("values.cu"),
    include_str!("norm.cu"),
    include_str!("depthwise.cu"),
    include_str!("im2col.cu"),
    include_str!("head.cu"),
    include_str!("learning.cu"),
);

/// Threads of a block; the same number stands in `values.cu`, where it says how much memory they share.
pub(super) const THREADS: u32 = 256;

/// The oldest driver that has all that is called: CUDA 12.8's.
const OLDEST_DRIVER: i32 = 12080;

/// Threads that copy to it. One alone copies more slowly than a GPU learns.
const COPYING: usize = 4;

/// cuBLAS's own memory, which a replay needs to be fixed; NVIDIA's advice for Hopper.
const WORKSPACE: usize = 32 << 20;

/// One GPU with its kernels, for one precision.
pub struct Gpu {
    context: Arc<CudaContext>,
    stream: Arc<CudaStream>,
    module: Arc<CudaModule>,
    functions: RefCell<HashMap<String, CudaFunction>>,
    blas: blas::cublasHandle_t,
    // Lent to cuBLAS for as long as that lives.
    _workspace: Buffer,
    precision: Precision,
    multiprocessors: u32,
    /// Bytes lent to buffers, and how many may be.
    held: Arc<AtomicUsize>,
    limit: usize,
    /// Threads of its own: those of everybody may all be making images, and would come to a copy last.
    copying: ThreadPool,
}

impl std::fmt::Debug for Gpu {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gpu({}, {:?})", self.context.ordinal(), self.precision)
    }
}

impl Drop for Gpu {
    fn drop(&mut self) {
        // After a fault of the GPU all of these fail, and the fault itself is what has to be told.
        let _ = self.context.bind_to_thread();
        let _ = self.stream.synchronize();
        // SAFETY: the handle was made once and is destroyed once.
        let _ = unsafe { blas_result::destroy_handle(self.blas) };
    }
}

/// What a kernel is given. ConvShape have been checked by whoever makes these.
pub(super) enum Arg {
    Address(u64),
    Int(i32),
    Count(u32),
    Float(f32),
    Seven(Ints<7>),
    Ten(Ints<10>),
}

/// A structure of integers.
#[repr(C)]
pub(super) struct Ints<const N: usize>(pub [i32; N]);

// SAFETY: an array of integers is what the kernels' structures are.
unsafe impl<const N: usize> DeviceRepr for Ints<N> {}

impl Arg {
    pub fn of(span: Span) -> Self {
        Self::Address(span.address())
    }

    /// Null for nothing.
    pub fn maybe(span: Option<Span>) -> Self {
        Self::Address(span.map_or(0, |span| span.address()))
    }
}

impl Gpu {
    /// The GPU with this number. `limit`: bytes of its memory that may be taken, nine tenths of what is free where it is not said.
    /// `Err(Error::Missing)` says in words what the machine lacks.
    pub fn open(ordinal: usize, precision: Precision, limit: Option<usize>) -> Result<Self, Error> {
        let missing = |what: String| Error::Missing(what);
        for (name, is_there) in libraries() {
            if !is_there {
                return Err(missing(match name {
                    "libcuda" => "no NVIDIA driver is installed on this machine; leave out --device cuda to compute on the processor".into(),
                    _ => format!("{name} was not found; `make cuda` installs it, or put the folder of CUDA's libraries on LD_LIBRARY_PATH"),
                }));
            }
        }
        let count = match catch_unwind(CudaContext::device_count) {
            Ok(Ok(count)) if count > 0 => count as usize,
            Ok(_) => return Err(missing("the NVIDIA driver finds no GPU on this machine; leave out --device cuda to compute on the processor".into())),
            Err(_) => return Err(missing("the NVIDIA driver is too old to be asked; install one for CUDA 12.8 or newer".into())),
        };
        let mut driver = 0;
        // SAFETY: writes one integer.
        unsafe { cudarc::driver::sys::cuDriverGetVersion(&raw mut driver) }.result()?;
        if driver < OLDEST_DRIVER {
            let (major, minor) = (driver / 1000, driver % 1000 / 10);
            return Err(missing(format!(
                "the NVIDIA driver is too old: it is for CUDA {major}.{minor}, 12.8 is the oldest that will do; install a newer one"
            )));
        }
        if ordinal >= count {
            return Err(missing(format!(
                "there is no GPU number {ordinal}: this machine has {count}, counted from 0"
            )));
        }
        // A library that is there but lacks a function panics where that is first called.
        let opened = catch_unwind(AssertUnwindSafe(|| Self::start(ordinal, precision, limit)));
        opened.unwrap_or_else(|_| {
            Err(missing("a library of CUDA is of another version than the driver; see docs/gpu.md".into()))
        })
    }

    fn start(ordinal: usize, precision: Precision, limit: Option<usize>) -> Result<Self, Error> {
        let context = CudaContext::new(ordinal)?;
        let (major, minor) = context.compute_capability()?;
        // 16 bits need instructions of 8.0; what is older than 7.5 the compiler of CUDA 13 does not know any more.
        let needed = if precision == Precision::F32 { (7, 5) } else { (8, 0) };
        if (major, minor) < needed {
            let name = context.name()?;
            let instead = if (major, minor) >= (7, 5) { "; --precision f32 will do" } else { "" };
            return Err(Error::Missing(format!(
                "{name} has compute capability {major}.{minor}, {}.{} is needed for this precision{instead}",
                needed.0, needed.1
            )));
        }
        // SAFETY: all memory is used on `stream` in the order of the calls; `Uploads` waits between its stream and this one itself.
        unsafe { context.disable_event_tracking() };
        let stream = context.new_stream()?;
        // Text for an older GPU runs on newer ones, which the compiler may not know yet.
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
            .map_err(|error| Error::Failed(format!("its compiler refused the kernels: {error}")))?;
        let module = context.load_module(compiled).map_err(|error| match error {
            DriverError(CUresult::CUDA_ERROR_UNSUPPORTED_PTX_VERSION) => Error::Missing(
                "the NVIDIA driver is older than libnvrtc; install a newer driver, or the libraries of the driver's CUDA (see docs/gpu.md)".into(),
            ),
            error => error.into(),
        })?;
        let multiprocessors =
            context.attribute(Attribute::CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)?.max(1) as u32;
        let handle = blas_result::create_handle()?;
        // A buffer needs a GPU and the GPU a workspace: the memory itself is taken here.
        let workspace = Buffer::workspace(&stream, WORKSPACE)?;
        // SAFETY: the workspace lives as long as the handle, in this structure, and is given after the stream, which would take it back.
        // Without atomics sums are taken in a fixed order, and none of them in 16 bits.
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
            copying: copying
                .build()
                .map_err(|error| Error::Failed(format!("no threads to copy with: {error}")))?,
        })
    }

    /// As what activations are stored.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// The maker's name of it.
    pub fn name(&self) -> Result<String, Error> {
        Ok(self.context.name()?)
    }

    /// Bytes that its buffers take.
    pub fn taken(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    /// Waits until all work is done.
    pub fn finish(&self) -> Result<(), Error> {
        Ok(self.stream.synchronize()?)
    }

    /// Keeps the work that `queue` asks for instead of doing it, to be done by [`Replay::run`] as often as is wanted.
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

    /// Lets this thread speak to this GPU where several are open.
    pub(super) fn bind(&self) -> Result<(), Error> {
        Ok(self.context.bind_to_thread()?)
    }

    pub(super) fn multiprocessors(&self) -> u32 {
        self.multiprocessors
    }

    /// Values of 16 bytes.
    fn wide(&self) -> usize {
        16 / self.precision.bytes()
    }

    /// How many channels a thread takes at once, and the ending of the kernel's name that does so.
    pub(super) fn pack(&self, channels: usize) -> (usize, &'static str) {
        let wide = self.wide();
        if channels.is_multiple_of(wide) { (wide, "_wide") } else { (1, "_one") }
    }

    /// Queues a kernel over `count` things, as many threads as keep the GPU busy.
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
        // SAFETY: every caller is beside the kernel's text in this folder, gives it the arguments in its order, and has checked that
        // the spans hold what the kernel reads and writes.
        unsafe { call.launch(config) }?;
        Ok(())
    }
}

/// The libraries that are needed, in the order of their importance, and whether each can be loaded.
fn libraries() -> [(&'static str, bool); 3] {
    // SAFETY: the libraries are NVIDIA's; loading them runs no code of ours.
    unsafe {
        [
            ("libcuda", cudarc::driver::sys::is_culib_present()),
            ("libnvrtc", cudarc::nvrtc::sys::is_culib_present()),
            ("libcublas", cudarc::cublas::sys::is_culib_present()),
        ]
    }
}

/// A queue of work that can be done again at the cost of one call.
pub struct Replay(CudaGraph);

impl Replay {
    /// Queues all of it.
    pub fn run(&self) -> Result<(), Error> {
        Ok(self.0.launch()?)
    }
}

impl std::fmt::Debug for Replay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Replay")
    }
}

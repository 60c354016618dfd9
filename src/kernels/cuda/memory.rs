//! GPU memory.

#![allow(unsafe_code, reason = "a copy within the GPU is foreign code; its sizes are checked before")]

use super::{Error, Gpu};
use cudarc::driver::result::memcpy_dtod_async;
use cudarc::driver::{CudaSlice, CudaStream, DevicePtr, DriverError, sys::CUresult};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The type of a buffer's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The type that [`super::Precision`] selects.
    Real,
    F32,
    Byte,
}

/// An array in GPU memory. It is freed on drop.
#[derive(Debug)]
pub struct Buffer {
    pub(super) memory: CudaSlice<u8>,
    address: u64,
    count: usize,
    kind: Kind,
    bytes: usize,
    _held: Option<Held>,
}

/// A buffer's share of the GPU's allocated bytes; subtracted on drop.
#[derive(Debug)]
struct Held {
    all: Arc<AtomicUsize>,
    own: usize,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.all.fetch_sub(self.own, Ordering::Relaxed);
    }
}

/// A range of a buffer's values.
#[derive(Clone, Copy, Debug)]
pub struct Span<'a> {
    buffer: &'a Buffer,
    from: usize,
    count: usize,
}

impl Buffer {
    pub(super) fn new(gpu: &Gpu, kind: Kind, count: usize) -> Result<Self, Error> {
        let bytes = match kind {
            Kind::Real => gpu.precision().bytes(),
            Kind::F32 => 4,
            Kind::Byte => 1,
        };
        let wanted = (count * bytes).max(16);
        let held = gpu.held().clone();
        if held.fetch_add(wanted, Ordering::Relaxed) + wanted > gpu.limit() {
            held.fetch_sub(wanted, Ordering::Relaxed);
            return Err(Error::Full { wanted });
        }
        let held = Held { all: held, own: wanted };
        let memory = gpu.stream().alloc_zeros::<u8>(wanted).map_err(|error| match error {
            DriverError(CUresult::CUDA_ERROR_OUT_OF_MEMORY) => Error::Full { wanted },
            error => error.into(),
        })?;
        let address = memory.device_ptr(gpu.stream()).0;
        Ok(Self { memory, address, count, kind, bytes, _held: Some(held) })
    }

    /// The workspace of cuBLAS, allocated before there is a [`Gpu`].
    pub(super) fn workspace(stream: &Arc<CudaStream>, count: usize) -> Result<Self, Error> {
        let memory = stream.alloc_zeros::<u8>(count)?;
        let address = memory.device_ptr(stream).0;
        Ok(Self { memory, address, count, kind: Kind::Byte, bytes: 1, _held: None })
    }

    /// All values.
    pub fn all(&self) -> Span<'_> {
        Span { buffer: self, from: 0, count: self.count }
    }

    /// `count` values, starting at index `from`.
    ///
    /// # Errors
    /// Fails if the buffer is too short.
    pub fn span(&self, from: usize, count: usize) -> Result<Span<'_>, Error> {
        self.all().part(from, count)
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl Span<'_> {
    /// `count` values of this span, starting at its index `from`.
    ///
    /// # Errors
    /// Fails if the span is too short.
    pub fn part(&self, from: usize, count: usize) -> Result<Self, Error> {
        if from + count > self.count {
            return Err(Error::Shape(format!("values {from} to {} of {}", from + count, self.count)));
        }
        Ok(Self { from: self.from + from, count, ..*self })
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// GPU address of the first value.
    pub(super) fn address(&self) -> u64 {
        self.buffer.address + (self.from * self.buffer.bytes) as u64
    }

    /// Range of bytes inside the buffer's memory.
    pub(super) fn bytes(&self) -> std::ops::Range<usize> {
        self.from * self.buffer.bytes..(self.from + self.count) * self.buffer.bytes
    }

    pub(super) fn buffer(&self) -> &Buffer {
        self.buffer
    }

    /// Fails if the values have another type.
    pub(super) fn is(&self, kind: Kind) -> Result<(), Error> {
        if self.buffer.kind == kind {
            return Ok(());
        }
        Err(Error::Shape(format!("values of kind {:?} where {kind:?} are needed", self.buffer.kind)))
    }
}

impl Gpu {
    /// A buffer of zeros in the type of activations.
    pub fn reals(&self, count: usize) -> Result<Buffer, Error> {
        Buffer::new(self, Kind::Real, count)
    }

    /// A buffer of zeros in f32.
    pub fn floats(&self, count: usize) -> Result<Buffer, Error> {
        Buffer::new(self, Kind::F32, count)
    }

    /// A buffer of bytes.
    pub fn bytes(&self, values: &[u8]) -> Result<Buffer, Error> {
        let mut buffer = Buffer::new(self, Kind::Byte, values.len())?;
        self.stream().memcpy_htod(values, &mut buffer.memory)?;
        Ok(buffer)
    }

    /// Queues a write of f32 values to the start of a buffer.
    pub fn write(&self, to: &mut Buffer, values: &[f32]) -> Result<(), Error> {
        to.all().is(Kind::F32)?;
        super::fits("a copy", &[(to.len(), values.len())])?;
        Ok(self.stream().memcpy_htod(bytemuck::cast_slice::<f32, u8>(values), &mut to.memory)?)
    }

    /// Queues a copy within the GPU.
    pub fn copy(&self, from: Span, to: Span) -> Result<(), Error> {
        to.is(from.buffer.kind)?;
        super::fits("a copy", &[(to.len(), from.len())])?;
        let bytes = from.bytes().len();
        if bytes == 0 {
            return Ok(());
        }
        self.bind()?;
        // SAFETY: both spans lie in this GPU's memory and are as long as the copy.
        unsafe { memcpy_dtod_async(to.address(), from.address(), bytes, self.stream().cu_stream()) }?;
        Ok(())
    }

    /// Queues setting all values to zero.
    pub fn clear(&self, buffer: &mut Buffer) -> Result<(), Error> {
        Ok(self.stream().memset_zeros(&mut buffer.memory)?)
    }

    /// Waits for all queued work and reads f32 values.
    pub fn read(&self, from: Span) -> Result<Vec<f32>, Error> {
        from.is(Kind::F32)?;
        let mut values = vec![0f32; from.len()];
        if values.is_empty() {
            return Ok(values);
        }
        let view = from.buffer.memory.slice(from.bytes());
        self.stream().memcpy_dtoh(&view, bytemuck::cast_slice_mut::<f32, u8>(&mut values))?;
        self.stream().synchronize()?;
        Ok(values)
    }
}

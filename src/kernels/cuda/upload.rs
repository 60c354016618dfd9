//! Asynchronous transfers: batches to the GPU while it computes, and losses back.

#![allow(unsafe_code, reason = "pinned memory is unset when it is taken, and its bytes may hold anything")]

use super::{Buffer, Error, Gpu, Span};
use cudarc::driver::sys::{CUevent_flags, CUresult};
use cudarc::driver::{CudaEvent, CudaStream, DriverError, PinnedHostSlice};
use std::collections::VecDeque;
use std::sync::Arc;

/// Double buffering: one slot is filled and copied while the GPU works on the other.
#[derive(Debug)]
pub struct Uploads {
    stream: Arc<CudaStream>,
    slots: [Slot; 2],
    next: usize,
}

#[derive(Debug)]
struct Slot {
    host: PinnedHostSlice<u8>,
    device: Buffer,
    copied: CudaEvent,
    used: CudaEvent,
}

impl Uploads {
    /// Slots for up to `count` f32 values.
    pub fn new(gpu: &Gpu, count: usize) -> Result<Self, Error> {
        let slot = || -> Result<Slot, Error> {
            // SAFETY: it is written before it is read.
            let host = unsafe { gpu.context().alloc_pinned(4 * count) }.map_err(|error| match error {
                DriverError(CUresult::CUDA_ERROR_OUT_OF_MEMORY) => Error::Full { wanted: 4 * count },
                error => error.into(),
            })?;
            let event = || gpu.context().new_event(None);
            Ok(Slot { host, device: gpu.floats(count)?, copied: event()?, used: event()? })
        };
        let slots = [slot()?, slot()?];
        // The slots are zeroed on the GPU's main stream; nothing may be copied into them before that.
        gpu.finish()?;
        Ok(Self { stream: gpu.context().new_stream()?, slots, next: 0 })
    }

    /// `fill` writes the values into pinned memory, with several threads if it uses rayon. They are copied to
    /// the GPU, and `work` queues the work that reads them. Waits if both slots are in use.
    pub fn send(
        &mut self,
        gpu: &Gpu,
        fill: impl FnOnce(&mut [f32]) + Send,
        work: impl FnOnce(Span) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Some(slot) = self.slots.get_mut(self.next) else { return Ok(()) };
        self.next = 1 - self.next;
        // Waits for the last copy from this slot. cudarc does so itself only with its event tracking, which
        // is off.
        slot.copied.synchronize()?;
        let bytes = slot.host.as_mut_slice()?;
        let values = bytemuck::cast_slice_mut(bytes);
        gpu.copying().install(|| fill(values));
        // The copy waits for the work that used the slot's previous content.
        self.stream.wait(&slot.used)?;
        self.stream.memcpy_htod(&slot.host, &mut slot.device.memory)?;
        slot.copied.record(&self.stream)?;
        gpu.stream().wait(&slot.copied)?;
        work(slot.device.all())?;
        Ok(slot.used.record(gpu.stream())?)
    }
}

impl Drop for Uploads {
    fn drop(&mut self) {
        // Pinned memory must not be freed while it is copied. An error here cannot be handled.
        let _ = self.stream.synchronize();
    }
}

/// Pairs of numbers that come back some steps later, so that the CPU does not wait for the GPU; and the GPU's
/// busy time.
#[derive(Debug)]
pub struct Answers {
    waiting: VecDeque<Answer>,
    spare: Vec<Answer>,
    busy: f64,
    first: Option<CudaEvent>,
}

#[derive(Debug)]
struct Answer {
    host: PinnedHostSlice<u8>,
    began: CudaEvent,
    ended: CudaEvent,
}

/// Steps that may be in flight.
const AHEAD: usize = 2;

impl Answers {
    /// No results are pending.
    pub fn new(gpu: &Gpu) -> Result<Self, Error> {
        let answer = || -> Result<Answer, Error> {
            // SAFETY: it is written by a copy before it is read.
            let host = unsafe { gpu.context().alloc_pinned_with_flags(4, 0)? };
            let event = || gpu.context().new_event(Some(CUevent_flags::CU_EVENT_DEFAULT));
            Ok(Answer { host, began: event()?, ended: event()? })
        };
        let spare = (0..=AHEAD).map(|_| answer()).collect::<Result<_, _>>()?;
        Ok(Self { waiting: VecDeque::new(), spare, busy: 0.0, first: None })
    }

    /// Records the start of a step.
    pub fn begin(&mut self, gpu: &Gpu) -> Result<(), Error> {
        if let Some(answer) = self.spare.last() {
            answer.began.record(gpu.stream())?;
        }
        if self.first.is_none() {
            self.first = Some(gpu.stream().record_event(Some(CUevent_flags::CU_EVENT_DEFAULT))?);
        }
        Ok(())
    }

    /// Queues the copy of the loss in `from` at the end of a step. Returns the loss of an earlier step once
    /// more than two are in flight.
    pub fn ask(&mut self, gpu: &Gpu, from: Span) -> Result<Option<f32>, Error> {
        if let Some(mut answer) = self.spare.pop() {
            let view = from.buffer().memory.slice(from.bytes());
            gpu.stream().memcpy_dtoh(&view, &mut answer.host)?;
            answer.ended.record(gpu.stream())?;
            self.waiting.push_back(answer);
        }
        if self.waiting.len() > AHEAD { self.answer() } else { Ok(None) }
    }

    /// Waits for the oldest pending loss; `None` if there is none.
    pub fn answer(&mut self) -> Result<Option<f32>, Error> {
        let Some(answer) = self.waiting.pop_front() else { return Ok(None) };
        answer.ended.synchronize()?;
        let loss = bytemuck::pod_read_unaligned(answer.host.as_slice()?);
        self.busy += f64::from(answer.began.elapsed_ms(&answer.ended)?);
        self.spare.push(answer);
        Ok(Some(loss))
    }

    /// The fraction of the time since the first step that the GPU was busy, 0 to 1; call it when no losses are
    /// pending. Resets the measurement.
    pub fn busy(&mut self, gpu: &Gpu) -> Result<Option<f64>, Error> {
        let busy = std::mem::take(&mut self.busy);
        let Some(first) = self.first.take() else { return Ok(None) };
        let now = gpu.stream().record_event(Some(CUevent_flags::CU_EVENT_DEFAULT))?;
        let all = f64::from(first.elapsed_ms(&now)?);
        Ok((all > 0.0).then(|| (busy / all).min(1.0)))
    }
}

impl Drop for Answers {
    fn drop(&mut self) {
        for answer in &self.waiting {
            // As in [`Uploads`].
            let _ = answer.ended.synchronize();
        }
    }
}

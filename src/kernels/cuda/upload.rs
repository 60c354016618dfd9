//! What goes to the GPU while it computes, and the little that comes back.

#![allow(unsafe_code, reason = "pinned memory is unset when it is taken, and its bytes may hold anything")]

use super::{Buffer, Error, Gpu, Span};
use cudarc::driver::sys::{CUevent_flags, CUresult};
use cudarc::driver::{CudaEvent, CudaStream, DriverError, PinnedHostSlice};
use std::collections::VecDeque;
use std::sync::Arc;

/// Two places that take turns: one is filled and copied while the GPU works on what lies in the other.
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
    /// For up to `count` f32 values at once.
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
        // The places are zeroed on the GPU's own stream, before which nothing may be copied into them.
        gpu.finish()?;
        Ok(Self { stream: gpu.context().new_stream()?, slots, next: 0 })
    }

    /// Lets `fill` write the values, by several threads where it asks for them, copies them, and lets `work` queue what reads them.
    /// Waits where both places are taken.
    pub fn send(
        &mut self,
        gpu: &Gpu,
        fill: impl FnOnce(&mut [f32]) + Send,
        work: impl FnOnce(Span) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Some(slot) = self.slots.get_mut(self.next) else { return Ok(()) };
        self.next = 1 - self.next;
        // Waits for the copy that read it last. Pinned memory of cudarc does so itself only with its own tracking of events.
        slot.copied.synchronize()?;
        let bytes = slot.host.as_mut_slice()?;
        let values = bytemuck::cast_slice_mut(bytes);
        gpu.copying().install(|| fill(values));
        // And the copy for the work that used what it overwrites.
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
        // The places may not go while something is copied from them. Nothing can be done about an error here.
        let _ = self.stream.synchronize();
    }
}

/// Pairs of numbers that come back some steps later, so that nobody waits for them, and how long the GPU was busy.
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

/// Steps that may be under way.
const AHEAD: usize = 2;

impl Answers {
    /// Nothing asked yet.
    pub fn new(gpu: &Gpu) -> Result<Self, Error> {
        let answer = || -> Result<Answer, Error> {
            // SAFETY: it is written by a copy before it is read.
            let host = unsafe { gpu.context().alloc_pinned_with_flags(8, 0)? };
            let event = || gpu.context().new_event(Some(CUevent_flags::CU_EVENT_DEFAULT));
            Ok(Answer { host, began: event()?, ended: event()? })
        };
        let spare = (0..=AHEAD).map(|_| answer()).collect::<Result<_, _>>()?;
        Ok(Self { waiting: VecDeque::new(), spare, busy: 0.0, first: None })
    }

    /// Marks where a step begins.
    pub fn begin(&mut self, gpu: &Gpu) -> Result<(), Error> {
        if let Some(answer) = self.spare.last() {
            answer.began.record(gpu.stream())?;
        }
        if self.first.is_none() {
            self.first = Some(gpu.stream().record_event(Some(CUevent_flags::CU_EVENT_DEFAULT))?);
        }
        Ok(())
    }

    /// Asks for the pair in `from` at the end of a step. Returns that of an earlier step, once enough are under way.
    pub fn ask(&mut self, gpu: &Gpu, from: Span) -> Result<Option<[f32; 2]>, Error> {
        if let Some(mut answer) = self.spare.pop() {
            let view = from.buffer().memory.slice(from.bytes());
            gpu.stream().memcpy_dtoh(&view, &mut answer.host)?;
            answer.ended.record(gpu.stream())?;
            self.waiting.push_back(answer);
        }
        if self.waiting.len() > AHEAD { self.answer() } else { Ok(None) }
    }

    /// Waits for the oldest pair that is still to come.
    pub fn answer(&mut self) -> Result<Option<[f32; 2]>, Error> {
        let Some(answer) = self.waiting.pop_front() else { return Ok(None) };
        answer.ended.synchronize()?;
        let pair = bytemuck::pod_read_unaligned(answer.host.as_slice()?);
        self.busy += f64::from(answer.began.elapsed_ms(&answer.ended)?);
        self.spare.push(answer);
        Ok(Some(pair))
    }

    /// The share of the time since the first step that the GPU was busy, once all is answered; then it is counted anew.
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
            // As with [`Uploads`].
            let _ = answer.ended.synchronize();
        }
    }
}

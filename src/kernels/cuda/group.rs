//! Sums over several GPUs of one machine, by NCCL.

#![allow(unsafe_code, reason = "NCCL is foreign code; each block says why its call is sound")]

use super::memory::Kind;
use super::{Error, Gpu, Span};
use crate::messages::fault::cuda as fault;
use cudarc::nccl::{result, sys};
use std::panic::catch_unwind;

/// A group of GPUs for all-reduce. One thread drives all of them, because a step is only a few calls.
#[derive(Debug)]
pub struct Group {
    members: Vec<sys::ncclComm_t>,
}

impl From<result::NcclError> for Error {
    fn from(error: result::NcclError) -> Self {
        Self::Failed(format!("NCCL: {:?}", error.0))
    }
}

impl Group {
    /// A group of all given GPUs.
    ///
    /// # Errors
    /// [`Error::Missing`] if NCCL cannot be loaded or is too old.
    pub fn new(gpus: &[&Gpu]) -> Result<Self, Error> {
        // SAFETY: loading NVIDIA's library runs only its own initialisers.
        if !unsafe { sys::is_culib_present() } {
            return Err(Error::Missing(fault::NO_NCCL.into()));
        }
        let numbers: Vec<i32> = gpus.iter().map(|gpu| gpu.context().ordinal() as i32).collect();
        let mut members = vec![std::ptr::null_mut(); gpus.len()];
        // SAFETY: both lists have one element for each GPU, and all GPUs are different.
        let started = catch_unwind(move || unsafe {
            result::comm_init_all(members.as_mut_ptr(), members.len() as i32, numbers.as_ptr())
                .map(|_| members)
        });
        let refused = || Error::Missing(fault::NCCL_LACKS.into());
        Ok(Self { members: started.map_err(|_| refused())?? })
    }

    /// All-reduce: replaces the span of each GPU by the sum over all GPUs, in stream order. All spans are f32
    /// and of the same length.
    pub fn sum(&self, parts: &[(&Gpu, Span)]) -> Result<(), Error> {
        let count = parts.first().map_or(0, |(_, span)| span.len());
        if parts.len() != self.members.len() || parts.iter().any(|(_, span)| span.len() != count) {
            return Err(Error::Shape(format!("{} parts for {} GPUs", parts.len(), self.members.len())));
        }
        result::group_start()?;
        let queued = self.members.iter().zip(parts).try_for_each(|(member, (gpu, span))| {
            span.is(Kind::F32)?;
            gpu.bind()?;
            let address = span.address();
            // SAFETY: the span holds `count` floats on this member's GPU; NCCL allows in-place operation.
            unsafe {
                result::all_reduce(
                    address as *const _,
                    address as *mut _,
                    count,
                    sys::ncclDataType_t::ncclFloat32,
                    sys::ncclRedOp_t::ncclSum,
                    *member,
                    gpu.stream().cu_stream() as _,
                )
            }?;
            Ok(())
        });
        // A group call that was started must be ended, even after an error.
        let ended = result::group_end();
        queued.and(ended.map(|_| ()).map_err(Error::from))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        for member in &self.members {
            // SAFETY: each communicator was created once and is destroyed once. An error here cannot be
            // handled.
            let _ = unsafe { result::comm_destroy(*member) };
        }
    }
}

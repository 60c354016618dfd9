//! Several GPUs of one machine: sums over all of them by NCCL.

#![allow(unsafe_code, reason = "NCCL is foreign code; each block says why its call is sound")]

use super::memory::Kind;
use super::{Error, Gpu, Span};
use cudarc::nccl::{result, sys};
use std::panic::catch_unwind;

/// GPUs that sum together. One thread drives all of them: a step is a few calls, and the images are shared.
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
    /// A group of all that are given.
    pub fn new(gpus: &[&Gpu]) -> Result<Self, Error> {
        // SAFETY: the library is NVIDIA's; loading it runs no code of ours.
        if !unsafe { sys::is_culib_present() } {
            return Err(Error::Missing(
                "libnccl.so was not found, which several GPUs need; `make cuda` installs it, or name one GPU only with --devices".into(),
            ));
        }
        let numbers: Vec<i32> = gpus.iter().map(|gpu| gpu.context().ordinal() as i32).collect();
        let mut members = vec![std::ptr::null_mut(); gpus.len()];
        // SAFETY: both lists have a member each, and every member is on a GPU of its own.
        let started = catch_unwind(move || unsafe {
            result::comm_init_all(members.as_mut_ptr(), members.len() as i32, numbers.as_ptr())
                .map(|_| members)
        });
        let refused = || Error::Missing("libnccl.so lacks what is needed; see docs/gpu.md".into());
        Ok(Self { members: started.map_err(|_| refused())?? })
    }

    /// Replaces each GPU's span, all of the same length, by the sum of all, in order with other work.
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
            // SAFETY: the span holds `count` floats on this member's GPU; NCCL may write where it reads.
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
        // A group that was begun is ended, whatever came between.
        let ended = result::group_end();
        queued.and(ended.map(|_| ()).map_err(Error::from))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        for member in &self.members {
            // SAFETY: each was made once and is destroyed once. Nothing can be done about an error here.
            let _ = unsafe { result::comm_destroy(*member) };
        }
    }
}

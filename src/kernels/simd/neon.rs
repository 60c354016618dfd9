//! NEON, which every 64-bit ARM processor has.

use super::Simd;
use crate::kernels::gemm::{self, Job};
use std::arch::aarch64::*;

/// Four values. A register tile of 8 rows by 2 vectors takes 16 of the 32 registers.
#[derive(Clone, Copy)]
pub(crate) struct F32x4(float32x4_t);

impl Simd for F32x4 {
    const LANES: usize = 4;
    const PANEL: usize = 8;
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { vld1q_f32(from) })
    }
    #[inline(always)]
    unsafe fn load_splat(from: *const f32) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { vld1q_dup_f32(from) })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the trait's contract.
        unsafe { vst1q_f32(to, self.0) }
    }
    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { vdupq_n_f32(value) })
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { vaddq_f32(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { vsubq_f32(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { vmulq_f32(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn div(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { vdivq_f32(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn power_of_two(self) -> Self {
        // SAFETY: the trait's contract. The exponent of an f32 stands above its 23 bits of fraction, 127 higher.
        Self(unsafe {
            let exponent = vaddq_s32(vcvtq_s32_f32(self.0), vdupq_n_s32(127));
            vreinterpretq_f32_s32(vshlq_n_s32::<23>(exponent))
        })
    }
    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { vmaxq_f32(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { vminq_f32(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn mul_add(self, a: Self, b: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { vfmaq_f32(self.0, a.0, b.0) })
    }
    #[inline(always)]
    unsafe fn within(self, value: Self, low: Self, high: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe {
            let inside = vandq_u32(vcgtq_f32(value.0, low.0), vcltq_f32(value.0, high.0));
            vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_f32(self.0), inside))
        })
    }
    #[inline(always)]
    unsafe fn product(job: &Job) {
        // SAFETY: the trait's contract.
        unsafe { gemm::product::<Self, 2, 8>(job) }
    }
}

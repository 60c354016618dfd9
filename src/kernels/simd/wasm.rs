//! WebAssembly's 128-bit vectors. With relaxed SIMD, multiply-add is one instruction.

use super::Simd;
use crate::kernels::gemm::{self, Job};
use std::arch::wasm32::*;

/// Four values. The register tile is 4 rows by 2 vectors, because V8 spills wider ones (measured: 8
/// accumulators 32-41 GFLOP/s, 12 only 17-23).
#[derive(Clone, Copy)]
pub(crate) struct F32x4(v128);

impl Simd for F32x4 {
    const LANES: usize = 4;
    const PANEL: usize = 8;
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { v128_load(from.cast()) })
    }
    #[inline(always)]
    unsafe fn load_splat(from: *const f32) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { v128_load32_splat(from.cast()) })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the trait's contract.
        unsafe { v128_store(to.cast(), self.0) }
    }
    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: the trait's contract.
        Self(f32x4_splat(value))
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(f32x4_add(self.0, other.0))
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(f32x4_sub(self.0, other.0))
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(f32x4_mul(self.0, other.0))
    }
    #[inline(always)]
    unsafe fn div(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(f32x4_div(self.0, other.0))
    }
    #[inline(always)]
    unsafe fn power_of_two(self) -> Self {
        // SAFETY: the trait's contract. The exponent of an f32 stands above its 23 bits of fraction, 127 higher.
        Self(i32x4_shl(i32x4_add(i32x4_trunc_sat_f32x4(self.0), i32x4_splat(127)), 23))
    }
    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(f32x4_max(self.0, other.0))
    }
    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(f32x4_min(self.0, other.0))
    }
    #[inline(always)]
    unsafe fn mul_add(self, a: Self, b: Self) -> Self {
        // SAFETY: the trait's contract.
        #[cfg(target_feature = "relaxed-simd")]
        return Self(f32x4_relaxed_madd(a.0, b.0, self.0));
        #[cfg(not(target_feature = "relaxed-simd"))]
        Self(f32x4_add(self.0, f32x4_mul(a.0, b.0)))
    }
    #[inline(always)]
    unsafe fn within(self, value: Self, low: Self, high: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(v128_and(self.0, v128_and(f32x4_gt(value.0, low.0), f32x4_lt(value.0, high.0))))
    }
    #[inline(always)]
    unsafe fn product(job: &Job) {
        // SAFETY: the trait's contract.
        unsafe { gemm::product::<Self, 2, 4>(job) }
    }
}

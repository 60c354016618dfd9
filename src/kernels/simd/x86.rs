//! AVX2 and AVX-512. `max` and `min` return their second operand if one is NaN, so the value is the second
//! operand: a NaN is never replaced by a bound.

use super::Simd;
use crate::kernels::gemm::{self, Job};
use std::arch::x86_64::*;

/// Eight values. A register tile of 6 rows by 2 vectors takes 12 of the 16 registers.
#[derive(Clone, Copy)]
pub(crate) struct F32x8(__m256);

impl Simd for F32x8 {
    const LANES: usize = 8;
    const PANEL: usize = 16;
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { _mm256_loadu_ps(from) })
    }
    #[inline(always)]
    unsafe fn load_splat(from: *const f32) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { _mm256_set1_ps(*from) })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the trait's contract.
        unsafe { _mm256_storeu_ps(to, self.0) }
    }
    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { _mm256_set1_ps(value) })
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { _mm256_add_ps(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { _mm256_sub_ps(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { _mm256_mul_ps(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn div(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { _mm256_div_ps(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn power_of_two(self) -> Self {
        // SAFETY: the trait's contract. The exponent of an f32 stands above its 23 bits of fraction, 127 higher.
        Self(unsafe {
            let exponent = _mm256_add_epi32(_mm256_cvtps_epi32(self.0), _mm256_set1_epi32(127));
            _mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent))
        })
    }
    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { _mm256_max_ps(other.0, self.0) })
    }
    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { _mm256_min_ps(other.0, self.0) })
    }
    #[inline(always)]
    unsafe fn mul_add(self, a: Self, b: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { _mm256_fmadd_ps(a.0, b.0, self.0) })
    }
    #[inline(always)]
    unsafe fn within(self, value: Self, low: Self, high: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe {
            let above = _mm256_cmp_ps::<_CMP_GT_OQ>(value.0, low.0);
            let below = _mm256_cmp_ps::<_CMP_LT_OQ>(value.0, high.0);
            _mm256_and_ps(self.0, _mm256_and_ps(above, below))
        })
    }
    #[inline(always)]
    unsafe fn product(job: &Job) {
        // SAFETY: the trait's contract.
        unsafe { gemm::product::<Self, 2, 6>(job) }
    }
}

/// Sixteen values. A register tile of 8 rows by 2 vectors takes 16 of the 32 registers.
#[derive(Clone, Copy)]
pub(crate) struct F32x16(__m512);

impl Simd for F32x16 {
    const LANES: usize = 16;
    const PANEL: usize = 32;
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { _mm512_loadu_ps(from) })
    }
    #[inline(always)]
    unsafe fn load_splat(from: *const f32) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { _mm512_set1_ps(*from) })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the trait's contract.
        unsafe { _mm512_storeu_ps(to, self.0) }
    }
    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { _mm512_set1_ps(value) })
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { _mm512_add_ps(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { _mm512_sub_ps(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { _mm512_mul_ps(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn div(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { _mm512_div_ps(self.0, other.0) })
    }
    #[inline(always)]
    unsafe fn power_of_two(self) -> Self {
        // SAFETY: the trait's contract. The exponent of an f32 stands above its 23 bits of fraction, 127 higher.
        Self(unsafe {
            let exponent = _mm512_add_epi32(_mm512_cvtps_epi32(self.0), _mm512_set1_epi32(127));
            _mm512_castsi512_ps(_mm512_slli_epi32::<23>(exponent))
        })
    }
    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { _mm512_max_ps(other.0, self.0) })
    }
    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { _mm512_min_ps(other.0, self.0) })
    }
    #[inline(always)]
    unsafe fn mul_add(self, a: Self, b: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { _mm512_fmadd_ps(a.0, b.0, self.0) })
    }
    #[inline(always)]
    unsafe fn within(self, value: Self, low: Self, high: Self) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe {
            let above = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(value.0, low.0);
            let inside = _mm512_mask_cmp_ps_mask::<_CMP_LT_OQ>(above, value.0, high.0);
            _mm512_maskz_mov_ps(inside, self.0)
        })
    }
    #[inline(always)]
    unsafe fn product(job: &Job) {
        // SAFETY: the trait's contract.
        unsafe { gemm::product::<Self, 2, 8>(job) }
    }
}

//! One value at a time: for the end of a row that does not fill a vector, and for machines without vectors.

use super::Simd;
use crate::kernels::gemm::{self, Job};

/// One f32.
#[derive(Clone, Copy)]
pub(crate) struct Scalar(f32);

impl Simd for Scalar {
    const LANES: usize = 1;
    const PANEL: usize = 4;
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { *from })
    }
    #[inline(always)]
    unsafe fn load_splat(from: *const f32) -> Self {
        // SAFETY: the trait's contract.
        Self(unsafe { *from })
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the trait's contract.
        unsafe { *to = self.0 }
    }
    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        Self(value)
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0)
    }
    #[inline(always)]
    unsafe fn div(self, other: Self) -> Self {
        Self(self.0 / other.0)
    }
    #[inline(always)]
    unsafe fn power_of_two(self) -> Self {
        // The exponent of an f32 stands above its 23 bits of fraction, 127 higher.
        Self(f32::from_bits((self.0 as i32 + 127).cast_unsigned() << 23))
    }
    #[inline(always)]
    unsafe fn mul_add(self, a: Self, b: Self) -> Self {
        Self(self.0 + a.0 * b.0)
    }
    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        Self(if other.0 > self.0 { other.0 } else { self.0 })
    }
    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        Self(if other.0 < self.0 { other.0 } else { self.0 })
    }
    #[inline(always)]
    unsafe fn within(self, value: Self, low: Self, high: Self) -> Self {
        Self(if value.0 > low.0 && value.0 < high.0 { self.0 } else { 0.0 })
    }
    #[inline(always)]
    unsafe fn product(job: &Job) {
        // SAFETY: the trait's contract.
        unsafe { gemm::product::<Self, 4, 4>(job) }
    }
}

//! A vector type for each machine: the kernels are written once over [`Simd`] and compiled for every
//! instruction set.
//!
//! Methods are `#[inline(always)]`, so that they use the instruction set of the kernel that they are inlined
//! into. For each kernel, [`dispatch!`](dispatch) makes one function for each instruction set and picks the
//! widest at run time.

#![allow(unsafe_code, reason = "vector instructions read and write through pointers")]

#[cfg(target_arch = "aarch64")]
mod neon;
mod scalar;
#[cfg(target_arch = "wasm32")]
mod wasm;
#[cfg(target_arch = "x86_64")]
mod x86;

use super::gemm::Job;

/// A vector of [`Simd::LANES`] f32.
///
/// # Safety
/// The pointers of `load`, `load_splat` and `store` are valid for as many values as they read or write (one for
/// `load_splat`), and the machine has the instructions.
pub(super) trait Simd: Copy {
    /// Values in one vector.
    const LANES: usize;
    /// Columns of a GEMM panel: the width of the register tile.
    const PANEL: usize;
    unsafe fn load(from: *const f32) -> Self;
    /// One value in every lane.
    unsafe fn load_splat(from: *const f32) -> Self;
    unsafe fn store(self, to: *mut f32);
    unsafe fn splat(value: f32) -> Self;
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn sub(self, other: Self) -> Self;
    unsafe fn mul(self, other: Self) -> Self;
    /// `self / other`.
    unsafe fn div(self, other: Self) -> Self;
    /// `2^self`, for whole numbers from -126 to 127; some number where `self` is not a number.
    unsafe fn power_of_two(self) -> Self;
    /// `self + a * b`, rounded once or twice, depending on the machine.
    unsafe fn mul_add(self, a: Self, b: Self) -> Self;
    unsafe fn max(self, other: Self) -> Self;
    unsafe fn min(self, other: Self) -> Self;
    /// `self` where `low < value < high`, else 0: the gradient of an activation.
    unsafe fn within(self, value: Self, low: Self, high: Self) -> Self;
    /// The matrix product with the register tile that fits this machine's registers.
    unsafe fn product(job: &Job);
}

pub(super) use scalar::Scalar;

/// The vector type of targets with only one choice, and the fallback of x86-64.
#[cfg(target_arch = "wasm32")]
pub(super) type Base = wasm::F32x4;
#[cfg(target_arch = "aarch64")]
pub(super) type Base = neon::F32x4;
#[cfg(not(any(target_arch = "wasm32", target_arch = "aarch64")))]
pub(super) type Base = scalar::Scalar;

#[cfg(target_arch = "x86_64")]
pub(super) use x86::{F32x8, F32x16};

/// Instruction sets that kernels are compiled for on x86-64.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Avx512,
    Avx2,
    Base,
}

/// The widest instruction set of this machine; the standard library caches the answer.
#[cfg(target_arch = "x86_64")]
pub(super) fn level() -> Level {
    if is_x86_feature_detected!("avx512f") {
        Level::Avx512
    } else if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
        Level::Avx2
    } else {
        Level::Base
    }
}

/// Columns of a GEMM panel on this machine.
pub(super) fn panel() -> usize {
    #[cfg(target_arch = "x86_64")]
    match level() {
        Level::Avx512 => return F32x16::PANEL,
        Level::Avx2 => return F32x8::PANEL,
        Level::Base => {}
    }
    Base::PANEL
}

/// Makes a function that runs the generic kernel with the machine's widest vectors.
macro_rules! dispatch {
    ($(#[$attribute:meta])* fn $name:ident($($argument:ident: $type:ty),* $(,)?) = $generic:ident) => {
        $(#[$attribute])*
        #[allow(clippy::too_many_arguments, reason = "as many as the kernel takes")]
        unsafe fn $name($($argument: $type),*) {
            #[cfg(target_arch = "x86_64")]
            {
                use $crate::kernels::simd::{F32x8, F32x16, Level, level};
                #[target_feature(enable = "avx512f")]
                unsafe fn wide($($argument: $type),*) {
                    // SAFETY: the caller upholds the contract; `level` has checked the instruction set.
                    unsafe { $generic::<F32x16>($($argument),*) }
                }
                #[target_feature(enable = "avx2,fma")]
                unsafe fn middle($($argument: $type),*) {
                    // SAFETY: as above.
                    unsafe { $generic::<F32x8>($($argument),*) }
                }
                match level() {
                    // SAFETY: as above.
                    Level::Avx512 => return unsafe { wide($($argument),*) },
                    // SAFETY: as above.
                    Level::Avx2 => return unsafe { middle($($argument),*) },
                    Level::Base => {}
                }
            }
            // SAFETY: the caller upholds the contract; every machine of this target has the base instruction set.
            unsafe { $generic::<$crate::kernels::simd::Base>($($argument),*) }
        }
    };
}
pub(super) use dispatch;

/// Calls `one::<S>(channel, ...)` for every vector of channels, and `one::<Scalar>` for the remaining
/// channels.
macro_rules! each_channel {
    ($channels:expr, $one:ident $(::<$($size:ident),*>)? ($($argument:expr),* $(,)?)) => {{
        let mut channel = 0;
        while channel + S::LANES <= $channels {
            $one::<S $(, $($size),*)?>(channel, $($argument),*);
            channel += S::LANES;
        }
        while channel < $channels {
            $one::<Scalar $(, $($size),*)?>(channel, $($argument),*);
            channel += 1;
        }
    }};
}
pub(super) use each_channel;

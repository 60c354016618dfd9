//! Activation functions and their gradients.
//!
//! Clamps are applied by each kernel to its result before it is stored. Curves, which need an exponential, are
//! applied to results while these are still in the cache; their gradient needs the value before the activation.

#![allow(
    unsafe_code,
    reason = "vectors are read through pointers; the safe doors of this file check every size first"
)]

use super::simd::{Scalar, Simd, dispatch, each_channel};
use serde::{Deserialize, Serialize};

/// The activation function that is applied to a result before it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// No activation.
    Identity,
    /// `max(x, 0)`.
    Relu,
    /// `min(max(x, 0), 6)` (Krizhevsky 2010).
    Relu6,
    /// `x * relu6(x + 3) / 6` (MobileNetV3, Howard et al. 2019).
    HardSwish,
    /// `relu6(x + 3) / 6`.
    HardSigmoid,
    /// `x * sigmoid(x)` (Elfwing et al. 2017; also called swish).
    Silu,
    /// `1 / (1 + exp(-x))`.
    Sigmoid,
    /// `x * Phi(x)`, with the normal distribution's `Phi(x) = (1 + erf(x / sqrt(2))) / 2` (Hendrycks and Gimpel
    /// 2016).
    Gelu,
}

impl Activation {
    /// Whether it only keeps values in an interval. Whether a clamp's gradient passes can be told from its
    /// result.
    pub fn is_clamp(self) -> bool {
        matches!(self, Self::Identity | Self::Relu | Self::Relu6)
    }

    /// Whether a clamp's gradient passes, given the activated value `y`: only strictly inside the bounds.
    pub fn passes(self, y: f32) -> bool {
        let Bounds { low, high } = self.bounds();
        low < y && y < high
    }

    /// Applies it to each value in place.
    pub fn apply(self, values: &mut [f32]) {
        if self != Self::Identity {
            // SAFETY: pointer and length are those of the slice.
            unsafe { apply_to(self, values.as_mut_ptr(), values.len()) }
        }
    }

    /// As [`Activation::apply`] for a curve; a clamp was applied before.
    pub(super) fn apply_curve(self, values: &mut [f32]) {
        if !self.is_clamp() {
            self.apply(values);
        }
    }

    /// The interval that a clamp keeps values in; for a curve, all numbers.
    pub(super) fn bounds(self) -> Bounds {
        let (low, high) = match self {
            Self::Relu => (0.0, f32::INFINITY),
            Self::Relu6 => (0.0, 6.0),
            _ => (f32::NEG_INFINITY, f32::INFINITY),
        };
        Bounds { low, high }
    }

    /// Its value for each lane of `x`.
    #[inline(always)]
    pub(super) unsafe fn value<S: Simd>(self, x: S) -> S {
        // SAFETY: arithmetic only.
        unsafe {
            match self {
                Self::Identity | Self::Relu | Self::Relu6 => {
                    let Bounds { low, high } = self.bounds();
                    x.max(S::splat(low)).min(S::splat(high))
                }
                Self::HardSigmoid => hard_sigmoid(x),
                Self::HardSwish => x.mul(hard_sigmoid(x)),
                Self::Sigmoid => sigmoid(x),
                Self::Silu => x.mul(sigmoid(x)),
                Self::Gelu => {
                    let (size, tail) = normal_tail(x);
                    x.max(S::splat(0.0)).sub(size.mul(tail))
                }
            }
        }
    }

    /// Its slope at each lane of `x`, the value before the activation.
    #[inline(always)]
    pub(super) unsafe fn slope<S: Simd>(self, x: S) -> S {
        // SAFETY: arithmetic only.
        unsafe {
            let (one, three) = (S::splat(1.0), S::splat(3.0));
            let inside = |value: S| value.within(x, S::splat(-3.0), three);
            match self {
                Self::Identity => one,
                Self::Relu | Self::Relu6 => {
                    let Bounds { low, high } = self.bounds();
                    one.within(x, S::splat(low), S::splat(high))
                }
                Self::HardSigmoid => inside(S::splat(1.0 / 6.0)),
                Self::HardSwish => {
                    let linear = S::splat(0.5).mul_add(x, S::splat(1.0 / 3.0));
                    inside(linear).add(one.within(x, three, S::splat(f32::INFINITY)))
                }
                Self::Sigmoid => {
                    let s = sigmoid(x);
                    s.mul(one.sub(s))
                }
                Self::Silu => {
                    let s = sigmoid(x);
                    s.mul(one.mul_add(x, one.sub(s)))
                }
                Self::Gelu => {
                    // The density of the normal distribution is `exp(-x^2 / 2) / sqrt(2 pi)`.
                    let (_, tail) = normal_tail(x);
                    let density = exp(x.mul(x).mul(S::splat(-0.5))).mul(S::splat(0.398_942_3));
                    let above = one.within(x, S::splat(0.0), S::splat(f32::INFINITY));
                    let phi = above.mul_add(tail, one.sub(above.add(above)));
                    phi.mul_add(x, density)
                }
            }
        }
    }
}

/// A clamp to an interval. The gradient passes strictly inside it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub low: f32,
    pub high: f32,
}

impl Bounds {
    pub const NONE: Self = Self { low: f32::NEG_INFINITY, high: f32::INFINITY };

    /// NaN stays NaN, so that it is noticed and not clamped to a bound.
    #[inline(always)]
    pub fn apply(self, value: f32) -> f32 {
        let raised = if self.low > value { self.low } else { value };
        if self.high < raised { self.high } else { raised }
    }
}

dispatch! {
    /// Applies the activation to `count` values.
    fn apply_to(activation: Activation, values: *mut f32, count: usize) = apply_with
}

#[inline(always)]
unsafe fn apply_with<S: Simd>(activation: Activation, values: *mut f32, count: usize) {
    // SAFETY: the caller upholds the contract.
    unsafe { each_channel!(count, apply_one(activation, values)) }
}

#[inline(always)]
unsafe fn apply_one<S: Simd>(at: usize, activation: Activation, values: *mut f32) {
    // SAFETY: the caller upholds the contract.
    unsafe { activation.value(S::load(values.add(at))).store(values.add(at)) }
}

/// Multiplies `count` values by `factor`.
#[inline(always)]
pub(super) unsafe fn scale_with<S: Simd>(factor: f32, values: *mut f32, count: usize) {
    // SAFETY: the caller upholds the contract.
    unsafe { each_channel!(count, scale_one(factor, values)) }
}

#[inline(always)]
unsafe fn scale_one<S: Simd>(at: usize, factor: f32, values: *mut f32) {
    // SAFETY: the caller upholds the contract.
    unsafe { S::load(values.add(at)).mul(S::splat(factor)).store(values.add(at)) }
}

/// Constant terms of `exp`'s Taylor series on `[-ln(2) / 2, ln(2) / 2]`: 1 / 7!, ..., 1 / 0!. What is left out is
/// below 6e-9 of the value.
const SERIES: [f32; 8] = [1.0 / 5040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0];
/// `ln(2)` as a number of few bits, whose small multiples are exact, and the rest (Cody and Waite 1980).
const LN_2: (f32, f32) = (355.0 / 512.0, -2.121_944_4e-4);
/// Adding and taking away `1.5 * 2^23` rounds a small number to a whole one.
const ROUND: f32 = 12_582_912.0;

/// `exp(x)`, to 2e-7 of the value, for `x` clamped to where the result is a normal number.
#[inline(always)]
pub(super) unsafe fn exp<S: Simd>(x: S) -> S {
    // SAFETY: arithmetic only.
    unsafe {
        let x = x.max(S::splat(-87.0)).min(S::splat(88.0));
        let round = S::splat(ROUND);
        // exp(x) = 2^n exp(x - n ln(2)).
        let n = round.mul_add(x, S::splat(std::f32::consts::LOG2_E)).sub(round);
        let rest = x.mul_add(n, S::splat(-LN_2.0)).mul_add(n, S::splat(-LN_2.1));
        let [first, others @ ..] = SERIES;
        let mut sum = S::splat(first);
        for term in others {
            sum = S::splat(term).mul_add(sum, rest);
        }
        sum.mul(n.power_of_two())
    }
}

#[inline(always)]
unsafe fn sigmoid<S: Simd>(x: S) -> S {
    // SAFETY: arithmetic only.
    unsafe {
        let one = S::splat(1.0);
        one.div(one.add(exp(S::splat(0.0).sub(x))))
    }
}

#[inline(always)]
unsafe fn hard_sigmoid<S: Simd>(x: S) -> S {
    // SAFETY: arithmetic only.
    unsafe { x.add(S::splat(3.0)).max(S::splat(0.0)).min(S::splat(6.0)).mul(S::splat(1.0 / 6.0)) }
}

/// `|x|`, and the normal distribution's probability beyond it, `erfc(|x| / sqrt(2)) / 2`, to 1.5e-7 (Abramowitz and
/// Stegun 1964, formula 7.1.26).
#[inline(always)]
unsafe fn normal_tail<S: Simd>(x: S) -> (S, S) {
    // SAFETY: arithmetic only.
    unsafe {
        let (one, size) = (S::splat(1.0), x.max(S::splat(0.0).sub(x)));
        // 0.3275911 / sqrt(2).
        let t = one.div(one.mul_add(size, S::splat(0.231_641_89)));
        let mut sum = S::splat(1.061_405_4);
        for term in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6] {
            sum = S::splat(term).mul_add(sum, t);
        }
        (size, sum.mul(t).mul(exp(size.mul(size).mul(S::splat(-0.5)))).mul(S::splat(0.5)))
    }
}

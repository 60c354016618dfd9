//! Plain f64 sums that the kernels are checked against. Slow, and meant to be read.

use lantern::kernels::{Activation, ConvShape, Geometry, Shape};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};

/// Numbers from -1 to 1.
pub fn noise(seed: u64, count: usize) -> Vec<f64> {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| random.random_range(-1.0..1.0)).collect()
}

/// The same numbers in the kernels' precision.
pub fn narrow(values: &[f64]) -> Vec<f32> {
    values.iter().map(|v| *v as f32).collect()
}

/// Whether results agree to `tolerance`, relative to the largest.
pub fn close(ours: &[f32], reference: &[f64], tolerance: f64) -> bool {
    let most = reference.iter().fold(1.0, |most: f64, v| most.max(v.abs()));
    ours.len() == reference.len()
        && ours.iter().zip(reference).all(|(a, b)| (f64::from(*a) - b).abs() <= tolerance * most)
}

/// A convolution and its groups.
#[derive(Clone, Copy, Debug)]
pub struct Conv {
    pub s: ConvShape,
    pub groups: usize,
}

/// Random convolutions that fit: every kernel, stride, padding, odd sizes, channels that fill no vector.
pub fn convolutions() -> impl Strategy<Value = Conv> {
    let kernel = prop_oneof![1 => Just(1usize), 1 => Just(2), 3 => Just(3), 2 => Just(5)];
    let padding = (0..3usize, 0..3usize);
    let sizes = (1..4usize, 1..14usize, 1..14usize, 1..37usize, 1..37usize);
    (sizes, kernel, 1..4usize, padding, 0..3usize).prop_filter_map(
        "the kernel fits",
        |((batch, height, width, channels, out), kernel, stride, (pad_begin, pad_end), kind)| {
            let (channels, out, groups) = match kind {
                0 => (channels, out, 1),
                1 => (channels, channels, channels),
                // Groups of up to 9 channels in and 12 out.
                _ => (channels.div_ceil(4) * 3, out.div_ceil(3) * 3, 3),
            };
            let from = Shape { height, width, channels };
            let s = ConvShape::new(batch, from, out, kernel, Geometry { stride, pad_begin, pad_end }).ok()?;
            Some(Conv { s, groups })
        },
    )
}

impl Conv {
    /// How many weights it has.
    pub fn weights(&self) -> usize {
        self.s.to.channels * self.per_kernel() * self.s.kernel * self.s.kernel
    }

    /// How many values one result is made of.
    pub fn terms(&self) -> usize {
        self.per_kernel() * self.s.kernel * self.s.kernel
    }

    fn per_kernel(&self) -> usize {
        self.s.from.channels / self.groups
    }

    /// Calls `visit(y index, x index, w index)` for every product in the convolution's sum.
    fn products(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let ConvShape { batch, from, to, kernel, geometry } = self.s;
        for i in 0..batch * to.values() {
            let (out, pixel) = (i % to.channels, i / to.channels);
            let (column, row, image) =
                (pixel % to.width, pixel / to.width % to.height, pixel / (to.width * to.height));
            for j in 0..self.terms() {
                let (channel, ky, kx) = (j / (kernel * kernel), j / kernel % kernel, j % kernel);
                let (y, x) = (row * geometry.stride + ky, column * geometry.stride + kx);
                let (pad_begin, channel) =
                    (geometry.pad_begin, out / (to.channels / self.groups) * self.per_kernel() + channel);
                if y >= pad_begin
                    && y < from.height + pad_begin
                    && x >= pad_begin
                    && x < from.width + pad_begin
                {
                    let at = (image * from.height + y - pad_begin) * from.width + x - pad_begin;
                    visit(i, at * from.channels + channel, out * self.terms() + j);
                }
            }
        }
    }

    pub fn forward(&self, x: &[f64], w: &[f64]) -> Vec<f64> {
        let mut y = vec![0.0; self.s.batch * self.s.to.values()];
        self.products(|i, a, b| y[i] += x[a] * w[b]);
        y
    }

    pub fn backward(&self, x: &[f64], w: &[f64], dy: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let (mut dx, mut dw) = (vec![0.0; x.len()], vec![0.0; w.len()]);
        self.products(|i, a, b| {
            dx[a] += dy[i] * w[b];
            dw[b] += dy[i] * x[a];
        });
        (dx, dw)
    }
}

/// Every activation.
pub const ACTIVATIONS: [Activation; 8] = [
    Activation::Identity,
    Activation::Relu,
    Activation::Relu6,
    Activation::HardSwish,
    Activation::HardSigmoid,
    Activation::Silu,
    Activation::Sigmoid,
    Activation::Gelu,
];

/// An activation by its definition.
pub fn activated(activation: Activation, x: f64) -> f64 {
    let hard = (x + 3.0).clamp(0.0, 6.0) / 6.0;
    let soft = 1.0 / (1.0 + (-x).exp());
    match activation {
        Activation::Identity => x,
        Activation::Relu => x.max(0.0),
        Activation::Relu6 => x.clamp(0.0, 6.0),
        Activation::HardSwish => x * hard,
        Activation::HardSigmoid => hard,
        Activation::Silu => x * soft,
        Activation::Sigmoid => soft,
        Activation::Gelu => x * 0.5 * (1.0 + erf(x / 2f64.sqrt())),
    }
}

/// The error function: `2 / sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (1 * 3 * ... * (2n+1))`, whose terms all have
/// one sign.
fn erf(x: f64) -> f64 {
    let (mut term, mut sum) = (x, x);
    for n in 1..300 {
        term *= 2.0 * x * x / (2 * n + 1) as f64;
        sum += term;
    }
    if x.abs() > 6.0 { x.signum() } else { 2.0 / std::f64::consts::PI.sqrt() * (-x * x).exp() * sum }
}

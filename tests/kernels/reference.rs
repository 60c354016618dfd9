//! Plain f64 sums that the kernels are checked against. Slow, and meant to be read.

use lantern::kernels::{ConvShape, Geometry, Shape};
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

/// A convolution and whether it is depthwise.
#[derive(Clone, Copy, Debug)]
pub struct Conv {
    pub s: ConvShape,
    pub depthwise: bool,
}

/// Random convolutions that fit: every kernel, stride, padding, odd sizes, channels that fill no vector.
pub fn convolutions() -> impl Strategy<Value = Conv> {
    let kernel = prop_oneof![1 => Just(1usize), 1 => Just(2), 3 => Just(3), 2 => Just(5)];
    let padding = (0..3usize, 0..3usize);
    let sizes = (1..4usize, 1..14usize, 1..14usize, 1..37usize, 1..37usize);
    (sizes, kernel, 1..4usize, padding, any::<bool>()).prop_filter_map(
        "the kernel fits",
        |((batch, height, width, channels, out), kernel, stride, (pad_begin, pad_end), depthwise)| {
            let from = Shape { height, width, channels };
            let out = if depthwise { channels } else { out };
            let s = ConvShape::new(batch, from, out, kernel, Geometry { stride, pad_begin, pad_end }).ok()?;
            Some(Conv { s, depthwise: depthwise && channels > 1 })
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
        if self.depthwise { 1 } else { self.s.from.channels }
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
                let (pad_begin, channel) = (geometry.pad_begin, if self.depthwise { out } else { channel });
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

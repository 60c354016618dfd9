//! Plain f64 sums that the kernels are checked against. Slow, and meant to be read.

use super::Geometry;
use rand::{Rng, SeedableRng};

/// Numbers from -1 to 1.
pub fn noise(seed: u64, count: usize) -> Vec<f64> {
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    (0..count).map(|_| random.random_range(-1.0..1.0)).collect()
}

/// The sizes of a convolution with a square kernel.
pub struct Conv {
    pub n: usize,
    pub c: usize,
    pub h: usize,
    pub w: usize,
    pub o: usize,
    pub k: usize,
    pub g: Geometry,
}

impl Conv {
    /// Calls `visit(y index, x index, w index)` for every product in the convolution's sum.
    fn products(&self, mut visit: impl FnMut(usize, usize, usize)) -> usize {
        let Self { n, c, h, w, o, k, g } = *self;
        let out_h = (h + g.before + g.after - k) / g.stride + 1;
        let out_w = (w + g.before + g.after - k) / g.stride + 1;
        for i in 0..n * o * out_h * out_w {
            let (image, channel, row, column) =
                (i / (o * out_h * out_w), i / (out_h * out_w) % o, i / out_w % out_h, i % out_w);
            for j in 0..c * k * k {
                let (from, ky, kx) = (j / (k * k), j / k % k, j % k);
                let (y, x) = (row * g.stride + ky, column * g.stride + kx);
                if y >= g.before && y < h + g.before && x >= g.before && x < w + g.before {
                    let pixel = ((image * c + from) * h + y - g.before) * w + x - g.before;
                    visit(i, pixel, channel * c * k * k + j);
                }
            }
        }
        n * o * out_h * out_w
    }

    pub fn forward(&self, x: &[f64], w: &[f64]) -> Vec<f64> {
        let mut y = vec![0.0; self.products(|_, _, _| ())];
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

//! What dense convolutions need beside the matrix product, on the GPU.

use super::gpu::{Arg, Ints};
use super::memory::Kind;
use super::{Error, Gpu, Span, fits};
use crate::kernels::Sizes;

/// A dense convolution over some images of a batch, as rows of taps.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Its sizes, with as many images as are taken at once.
    pub sizes: Sizes,
}

impl Window {
    fn ints(&self) -> Arg {
        let Sizes { batch, from, to, kernel, geometry } = self.sizes;
        let all = [
            batch,
            from.height,
            from.width,
            from.channels,
            to.height,
            to.width,
            kernel,
            geometry.stride,
            geometry.before,
        ];
        Arg::Nine(Ints(all.map(|value| value as i32)))
    }

    /// Values of all rows.
    pub fn taps(&self) -> usize {
        self.sizes.rows() * self.sizes.taps()
    }
}

/// Weights `(out, channels, taps)` in f32 as `(out, taps, channels)` as they are stored.
pub fn arrange(gpu: &Gpu, w: Span, out: usize, channels: usize, to: Span) -> Result<(), Error> {
    let taps = w.len() / (out * channels).max(1);
    to.is(Kind::Real)?;
    fits("arranging", &[(to.len(), w.len())])?;
    let sizes = [out, channels, taps].map(|size| Arg::Int(size as i32));
    let [out, channels, taps] = sizes;
    gpu.each("arrange", w.len(), &[Arg::of(w), out, channels, taps, Arg::of(to)])
}

/// Adds a gradient in the order of [`arrange`], in f32, to that in the weights' own order.
pub fn arrange_back(gpu: &Gpu, from: Span, out: usize, channels: usize, gradient: Span) -> Result<(), Error> {
    let taps = gradient.len() / (out * channels).max(1);
    from.is(Kind::F32)?;
    fits("arranging back", &[(from.len(), gradient.len())])?;
    let [out, channels, taps] = [out, channels, taps].map(|size| Arg::Int(size as i32));
    gpu.each("arrange_back", gradient.len(), &[Arg::of(from), out, channels, taps, Arg::of(gradient)])
}

/// The rows of taps of an image.
pub fn taps(gpu: &Gpu, window: &Window, x: Span, to: Span) -> Result<(), Error> {
    let Sizes { batch, from, .. } = window.sizes;
    x.is(Kind::Real)?;
    fits("rows of taps", &[(x.len(), batch * from.values()), (to.len(), window.taps())])?;
    let (pack, ending) = gpu.pack(from.channels);
    gpu.each(&format!("taps{ending}"), window.taps() / pack, &[Arg::of(x), window.ints(), Arg::of(to)])
}

/// The image's gradient from that of the rows of taps, added to what is there where `add`.
pub fn gather(gpu: &Gpu, window: &Window, rows: Span, add: bool, dx: Span) -> Result<(), Error> {
    let Sizes { batch, from, .. } = window.sizes;
    dx.is(Kind::Real)?;
    fits("gathering", &[(dx.len(), batch * from.values()), (rows.len(), window.taps())])?;
    let (pack, ending) = gpu.pack(from.channels);
    let args = [Arg::of(rows), window.ints(), Arg::Int(i32::from(add)), Arg::of(dx)];
    gpu.each(&format!("gather{ending}"), batch * from.values() / pack, &args)
}

/// Every pixel of `x` four times.
pub fn enlarge(gpu: &Gpu, sizes: &Sizes, x: Span, y: Span) -> Result<(), Error> {
    let values = sizes.batch * sizes.from.values();
    fits("enlarging", &[(x.len(), values), (y.len(), 4 * values)])?;
    let (pack, ending) = gpu.pack(sizes.from.channels);
    let [batch, height, width, channels] = shape(sizes);
    let args = [Arg::of(x), batch, height, width, channels, Arg::of(y)];
    gpu.each(&format!("enlarge{ending}"), 4 * values / pack, &args)
}

/// The gradient of [`enlarge`], added to what is there where `add`.
pub fn shrink(gpu: &Gpu, sizes: &Sizes, dy: Span, add: bool, dx: Span) -> Result<(), Error> {
    let values = sizes.batch * sizes.from.values();
    fits("shrinking", &[(dx.len(), values), (dy.len(), 4 * values)])?;
    let (pack, ending) = gpu.pack(sizes.from.channels);
    let [batch, height, width, channels] = shape(sizes);
    let args = [Arg::of(dy), batch, height, width, channels, Arg::Int(i32::from(add)), Arg::of(dx)];
    gpu.each(&format!("shrink{ending}"), values / pack, &args)
}

fn shape(sizes: &Sizes) -> [Arg; 4] {
    let from = sizes.from;
    [sizes.batch, from.height, from.width, from.channels].map(|size| Arg::Int(size as i32))
}

/// `to += from`.
pub fn sum(gpu: &Gpu, from: Span, to: Span) -> Result<(), Error> {
    from.is(Kind::Real)?;
    to.is(Kind::Real)?;
    fits("adding", &[(from.len(), to.len())])?;
    let (pack, ending) = gpu.pack(to.len());
    let packs = to.len() / pack;
    gpu.each(&format!("add{ending}"), packs, &[Arg::of(from), Arg::Count(packs as u32), Arg::of(to)])
}

/// f32 values as they are stored.
pub fn narrow(gpu: &Gpu, from: Span, to: Span) -> Result<(), Error> {
    from.is(Kind::F32)?;
    to.is(Kind::Real)?;
    fits("narrowing", &[(to.len(), from.len())])?;
    let (pack, ending) = gpu.pack(from.len());
    let packs = from.len() / pack;
    gpu.each(&format!("narrow{ending}"), packs, &[Arg::of(from), Arg::of(to), Arg::Count(packs as u32)])
}

/// Stored values as f32.
pub fn widen(gpu: &Gpu, from: Span, to: Span) -> Result<(), Error> {
    from.is(Kind::Real)?;
    to.is(Kind::F32)?;
    fits("widening", &[(to.len(), from.len())])?;
    gpu.each("widen", from.len(), &[Arg::of(from), Arg::of(to), Arg::Count(from.len() as u32)])
}

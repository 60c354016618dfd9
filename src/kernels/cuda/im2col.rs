//! What dense convolutions need beside the matrix product, on the GPU.

use super::gpu::{Arg, Ints};
use super::memory::Kind;
use super::{Error, Gpu, Span, fits};
use crate::kernels::ConvShape;

/// Rows of taps are multiples of this many values, as matrix units like them.
const PACK: usize = 8;

/// A dense convolution over some images of a batch, as rows of taps.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// Its sizes, with as many images as are taken at once.
    pub sizes: ConvShape,
}

impl Window {
    fn ints(&self) -> Arg {
        let ConvShape { batch, from, to, kernel, geometry } = self.sizes;
        let all = [
            batch,
            from.height,
            from.width,
            from.channels,
            to.height,
            to.width,
            kernel,
            geometry.stride,
            geometry.pad_begin,
            self.row(),
        ];
        Arg::Ten(Ints(all.map(|value| value as i32)))
    }

    /// Values of one row: whole packs, the last ones zero where there are more than taps.
    pub fn row(&self) -> usize {
        self.sizes.taps().next_multiple_of(PACK)
    }

    /// Weights, and values of the matrix that they make.
    pub fn matrix(&self) -> [usize; 2] {
        let out = self.sizes.to.channels;
        [out * self.sizes.taps(), out * self.row()]
    }

    fn numbers(&self) -> [Arg; 4] {
        let ConvShape { from, to, kernel, .. } = self.sizes;
        [to.channels, from.channels, kernel * kernel, self.row()].map(|size| Arg::Int(size as i32))
    }

    /// Values of all rows.
    pub fn taps(&self) -> usize {
        self.sizes.rows() * self.row()
    }
}

/// Weights `(out, channels, taps)` in f32 as the rows of a matrix, `(out, row)`, as they are stored.
pub fn arrange(gpu: &Gpu, window: &Window, w: Span, to: Span) -> Result<(), Error> {
    let [count, row] = window.matrix();
    to.is(Kind::Real)?;
    fits("arranging", &[(w.len(), count), (to.len(), row)])?;
    let [out, channels, taps, row_length] = window.numbers();
    gpu.each("arrange", row, &[Arg::of(w), out, channels, taps, row_length, Arg::of(to)])
}

/// Adds a gradient in the order of [`arrange`], in f32, to that in the weights' own order.
pub fn arrange_back(gpu: &Gpu, window: &Window, from: Span, gradient: Span) -> Result<(), Error> {
    let [count, row] = window.matrix();
    from.is(Kind::F32)?;
    fits("arranging back", &[(from.len(), row), (gradient.len(), count)])?;
    let [out, channels, taps, row_length] = window.numbers();
    gpu.each("arrange_back", count, &[Arg::of(from), out, channels, taps, row_length, Arg::of(gradient)])
}

/// The rows of taps of an image.
pub fn taps(gpu: &Gpu, window: &Window, x: Span, to: Span) -> Result<(), Error> {
    let ConvShape { batch, from, .. } = window.sizes;
    x.is(Kind::Real)?;
    fits("rows of taps", &[(x.len(), batch * from.values()), (to.len(), window.taps())])?;
    let (pack, ending) = gpu.pack(from.channels);
    gpu.each(&format!("taps{ending}"), window.taps() / pack, &[Arg::of(x), window.ints(), Arg::of(to)])
}

/// The image's gradient from that of the rows of taps, added to what is there where `add`.
pub fn gather(gpu: &Gpu, window: &Window, rows: Span, add: bool, dx: Span) -> Result<(), Error> {
    let ConvShape { batch, from, .. } = window.sizes;
    dx.is(Kind::Real)?;
    fits("gathering", &[(dx.len(), batch * from.values()), (rows.len(), window.taps())])?;
    let (pack, ending) = gpu.pack(from.channels);
    let args = [Arg::of(rows), window.ints(), Arg::Int(i32::from(add)), Arg::of(dx)];
    gpu.each(&format!("gather{ending}"), batch * from.values() / pack, &args)
}

/// Every pixel of `x` four times.
pub fn upsample(gpu: &Gpu, sizes: &ConvShape, x: Span, y: Span) -> Result<(), Error> {
    let values = sizes.batch * sizes.from.values();
    fits("enlarging", &[(x.len(), values), (y.len(), 4 * values)])?;
    let (pack, ending) = gpu.pack(sizes.from.channels);
    let [batch, height, width, channels] = shape(sizes);
    let args = [Arg::of(x), batch, height, width, channels, Arg::of(y)];
    gpu.each(&format!("upsample{ending}"), 4 * values / pack, &args)
}

/// The gradient of [`upsample`], added to what is there where `add`.
pub fn shrink(gpu: &Gpu, sizes: &ConvShape, dy: Span, add: bool, dx: Span) -> Result<(), Error> {
    let values = sizes.batch * sizes.from.values();
    fits("shrinking", &[(dx.len(), values), (dy.len(), 4 * values)])?;
    let (pack, ending) = gpu.pack(sizes.from.channels);
    let [batch, height, width, channels] = shape(sizes);
    let args = [Arg::of(dy), batch, height, width, channels, Arg::Int(i32::from(add)), Arg::of(dx)];
    gpu.each(&format!("shrink{ending}"), values / pack, &args)
}

fn shape(sizes: &ConvShape) -> [Arg; 4] {
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

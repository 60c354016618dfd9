//! im2col, upsampling, and other kernels that a dense convolution needs besides the matrix product, on the
//! GPU.

use super::gpu::{Arg, Ints};
use super::memory::Kind;
use super::{Error, Gpu, Span, fits};
use crate::kernels::ConvShape;

/// Row lengths are padded to a multiple of this, so that loads are aligned for tensor cores.
const PACK: usize = 8;

/// A dense convolution over some images of a batch by im2col.
#[derive(Clone, Copy, Debug)]
pub struct Im2colShape {
    /// Shapes, with the number of images processed at once as batch.
    pub sizes: ConvShape,
}

impl Im2colShape {
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

    /// Length of an im2col row: the taps, padded with zeros to a multiple of 8.
    pub fn row(&self) -> usize {
        self.sizes.taps().next_multiple_of(PACK)
    }

    /// Number of weights, and length of the padded weight matrix.
    pub fn matrix(&self) -> [usize; 2] {
        let out = self.sizes.to.channels;
        [out * self.sizes.taps(), out * self.row()]
    }

    fn numbers(&self) -> [Arg; 4] {
        let ConvShape { from, to, kernel, .. } = self.sizes;
        [to.channels, from.channels, kernel * kernel, self.row()].map(|size| Arg::Int(size as i32))
    }

    /// Length of the whole im2col matrix.
    pub fn taps(&self) -> usize {
        self.sizes.rows() * self.row()
    }
}

/// Reorders weights `(out, channels, taps)`, f32, to the padded matrix `(out, row)` in the type of
/// activations.
pub fn arrange(gpu: &Gpu, window: &Im2colShape, w: Span, to: Span) -> Result<(), Error> {
    let [count, row] = window.matrix();
    to.is(Kind::Real)?;
    fits("arranging", &[(w.len(), count), (to.len(), row)])?;
    let [out, channels, taps, row_length] = window.numbers();
    gpu.each("arrange", row, &[Arg::of(w), out, channels, taps, row_length, Arg::of(to)])
}

/// Adds a gradient in the order of [`arrange`] to `gradient`, `(out, channels, taps)`; both f32.
pub fn arrange_back(gpu: &Gpu, window: &Im2colShape, from: Span, gradient: Span) -> Result<(), Error> {
    let [count, row] = window.matrix();
    from.is(Kind::F32)?;
    fits("arranging back", &[(from.len(), row), (gradient.len(), count)])?;
    let [out, channels, taps, row_length] = window.numbers();
    gpu.each("arrange_back", count, &[Arg::of(from), out, channels, taps, row_length, Arg::of(gradient)])
}

/// im2col.
///
/// # Shapes
/// `x`: `(batch, height, width, channels)`; `to`: `(batch * out_height * out_width, row)`.
pub fn taps(gpu: &Gpu, window: &Im2colShape, x: Span, to: Span) -> Result<(), Error> {
    let ConvShape { batch, from, .. } = window.sizes;
    x.is(Kind::Real)?;
    fits("rows of taps", &[(x.len(), batch * from.values()), (to.len(), window.taps())])?;
    let (pack, ending) = gpu.pack(from.channels);
    gpu.each(&format!("taps{ending}"), window.taps() / pack, &[Arg::of(x), window.ints(), Arg::of(to)])
}

/// col2im: the gradient of the input from that of the im2col rows; added to `dx` if `add`. Shapes as in
/// [`taps`].
pub fn col2im(gpu: &Gpu, window: &Im2colShape, rows: Span, add: bool, dx: Span) -> Result<(), Error> {
    let ConvShape { batch, from, .. } = window.sizes;
    dx.is(Kind::Real)?;
    fits("gathering", &[(dx.len(), batch * from.values()), (rows.len(), window.taps())])?;
    let (pack, ending) = gpu.pack(from.channels);
    let args = [Arg::of(rows), window.ints(), Arg::Int(i32::from(add)), Arg::of(dx)];
    gpu.each(&format!("col2im{ending}"), batch * from.values() / pack, &args)
}

/// Nearest-neighbour upsampling by 2.
///
/// # Shapes
/// `x`: `(batch, height, width, channels)`; `y`: `(batch, 2 * height, 2 * width, channels)`.
pub fn upsample(gpu: &Gpu, sizes: &ConvShape, x: Span, y: Span) -> Result<(), Error> {
    let values = sizes.batch * sizes.from.values();
    fits("enlarging", &[(x.len(), values), (y.len(), 4 * values)])?;
    let (pack, ending) = gpu.pack(sizes.from.channels);
    let [batch, height, width, channels] = shape(sizes);
    let args = [Arg::of(x), batch, height, width, channels, Arg::of(y)];
    gpu.each(&format!("upsample{ending}"), 4 * values / pack, &args)
}

/// The backward pass of [`upsample`]; added to `dx` if `add`. Shapes as there.
pub fn upsample_gradient(gpu: &Gpu, sizes: &ConvShape, dy: Span, add: bool, dx: Span) -> Result<(), Error> {
    let values = sizes.batch * sizes.from.values();
    fits("shrinking", &[(dx.len(), values), (dy.len(), 4 * values)])?;
    let (pack, ending) = gpu.pack(sizes.from.channels);
    let [batch, height, width, channels] = shape(sizes);
    let args = [Arg::of(dy), batch, height, width, channels, Arg::Int(i32::from(add)), Arg::of(dx)];
    gpu.each(&format!("upsample_gradient{ending}"), values / pack, &args)
}

fn shape(sizes: &ConvShape) -> [Arg; 4] {
    let from = sizes.from;
    [sizes.batch, from.height, from.width, from.channels].map(|size| Arg::Int(size as i32))
}

/// `to += from`, elementwise.
pub fn sum(gpu: &Gpu, from: Span, to: Span) -> Result<(), Error> {
    from.is(Kind::Real)?;
    to.is(Kind::Real)?;
    fits("adding", &[(from.len(), to.len())])?;
    let (pack, ending) = gpu.pack(to.len());
    let packs = to.len() / pack;
    gpu.each(&format!("add{ending}"), packs, &[Arg::of(from), Arg::Count(packs as u32), Arg::of(to)])
}

/// Converts f32 values to the type of activations.
pub fn narrow(gpu: &Gpu, from: Span, to: Span) -> Result<(), Error> {
    from.is(Kind::F32)?;
    to.is(Kind::Real)?;
    fits("narrowing", &[(to.len(), from.len())])?;
    let (pack, ending) = gpu.pack(from.len());
    let packs = from.len() / pack;
    gpu.each(&format!("narrow{ending}"), packs, &[Arg::of(from), Arg::of(to), Arg::Count(packs as u32)])
}

/// Converts values in the type of activations to f32.
pub fn widen(gpu: &Gpu, from: Span, to: Span) -> Result<(), Error> {
    from.is(Kind::Real)?;
    to.is(Kind::F32)?;
    fits("widening", &[(to.len(), from.len())])?;
    gpu.each("widen", from.len(), &[Arg::of(from), Arg::of(to), Arg::Count(from.len() as u32)])
}

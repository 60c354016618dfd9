//! Depthwise convolutions on the GPU.

use super::gpu::{Arg, Ints, THREADS};
use super::memory::Kind;
use super::{Error, Gpu, Span, fits};
use crate::kernels::ConvShape;

/// Largest number of parts that a sum over rows is split into; the parts' sums are then added.
pub(super) const MOST_PARTS: u32 = 2048;

/// Shapes of a depthwise convolution for which there is a kernel.
#[derive(Clone, Copy, Debug)]
pub struct DepthwiseShape {
    sizes: ConvShape,
}

impl DepthwiseShape {
    /// # Errors
    /// Fails unless the kernel is 3x3 or 5x5 and the stride 1 or 2.
    pub fn new(sizes: ConvShape) -> Result<Self, Error> {
        let (kernel, stride) = (sizes.kernel, sizes.geometry.stride);
        if ![3, 5].contains(&kernel) || ![1, 2].contains(&stride) {
            return Err(Error::Shape(format!(
                "a depthwise {kernel}x{kernel} kernel with stride {stride} has no GPU kernel"
            )));
        }
        Ok(Self { sizes })
    }

    fn ints(&self) -> Arg {
        let ConvShape { batch, from, to, geometry, .. } = self.sizes;
        let all = [batch, from.height, from.width, from.channels, to.height, to.width, geometry.pad_begin];
        Arg::Seven(Ints(all.map(|value| value as i32)))
    }

    fn taps(&self) -> usize {
        self.sizes.kernel * self.sizes.kernel
    }

    fn name(&self, what: &str, ending: &str) -> String {
        format!("depthwise{what}_{}_{}{ending}", self.sizes.kernel, self.sizes.geometry.stride)
    }

    fn check(&self, x: Span, y: Span, weights: Option<Span>) -> Result<(), Error> {
        let ConvShape { batch, from, to, .. } = self.sizes;
        let channels = from.channels;
        let weights = weights.map_or(channels * self.taps(), |w| w.len());
        x.is(Kind::Real)?;
        y.is(Kind::Real)?;
        let lengths = [
            (x.len(), batch * from.values()),
            (y.len(), batch * to.values()),
            (weights, channels * self.taps()),
        ];
        fits("a depthwise convolution", &lengths)
    }
}

/// Reorders weights `(channels, taps)` to `(taps, channels)`: into `to` as they are, into `turned` rotated by
/// 180 degrees.
pub fn spread(gpu: &Gpu, w: Span, channels: usize, to: Span, turned: Span) -> Result<(), Error> {
    let taps = w.len() / channels.max(1);
    fits("spreading", &[(to.len(), w.len()), (turned.len(), w.len())])?;
    let args = [Arg::of(w), Arg::Int(channels as i32), Arg::Int(taps as i32), Arg::of(to), Arg::of(turned)];
    gpu.each("spread", w.len(), &args)
}

/// `y = x * w`, or `y += x * w` if `add`.
///
/// # Shapes
/// `x`: `(batch, height, width, channels)`; `y`: `(batch, out_height, out_width, channels)`; `w`: `(taps,
/// channels)`, f32, from [`spread`].
pub fn depthwise(
    gpu: &Gpu,
    shape: &DepthwiseShape,
    x: Span,
    w: Span,
    add: bool,
    y: Span,
) -> Result<(), Error> {
    shape.check(x, y, Some(w))?;
    let ConvShape { batch, to, geometry, .. } = shape.sizes;
    let (pack, ending) = gpu.pack(to.channels);
    let strips = to.width.div_ceil(4 / geometry.stride);
    let args = [Arg::of(x), Arg::of(w), shape.ints(), Arg::Int(i32::from(add)), Arg::of(y)];
    gpu.each(&shape.name("", ending), batch * to.height * strips * to.channels / pack, &args)
}

/// The gradient of the input, written to `dx`, or added if `add`. Shapes as in [`depthwise`]. `w`: from
/// [`spread`], for stride 1 the rotated one.
pub fn image(gpu: &Gpu, shape: &DepthwiseShape, dy: Span, w: Span, add: bool, dx: Span) -> Result<(), Error> {
    if let Some(turned) = shape.sizes.turned() {
        return depthwise(gpu, &DepthwiseShape { sizes: turned }, dy, w, add, dx);
    }
    shape.check(dx, dy, Some(w))?;
    let ConvShape { batch, from, .. } = shape.sizes;
    let (pack, ending) = gpu.pack(from.channels);
    let args = [Arg::of(dy), Arg::of(w), shape.ints(), Arg::Int(i32::from(add)), Arg::of(dx)];
    gpu.each(&shape.name("_image", ending), batch * from.values() / pack, &args)
}

/// Length of the buffer `partial` of [`weights`], in f32 values.
pub fn parts_of_weights(gpu: &Gpu, shape: &DepthwiseShape) -> usize {
    let (.., parts) = shares(gpu, shape);
    parts as usize * shape.taps() * shape.sizes.from.channels
}

/// Adds the gradient of the weights to `gradient`, `(channels, taps)`, f32.
pub fn weights(
    gpu: &Gpu,
    shape: &DepthwiseShape,
    x: Span,
    dy: Span,
    partial: Span,
    gradient: Span,
) -> Result<(), Error> {
    let (channels, taps) = (shape.sizes.from.channels, shape.taps());
    shape.check(x, dy, None)?;
    let lengths = [(partial.len(), parts_of_weights(gpu, shape)), (gradient.len(), channels * taps)];
    fits("a depthwise gradient", &lengths)?;
    let (block, blocks, parts) = shares(gpu, shape);
    let (_, ending) = gpu.pack(channels);
    let args = [Arg::of(x), Arg::of(dy), shape.ints(), Arg::of(partial)];
    gpu.launch(
        &shape.name("_weights", ending),
        (blocks * shape.sizes.kernel as u32, parts, 1),
        block,
        &args,
    )?;
    let args = [
        Arg::of(partial),
        Arg::Int(parts as i32),
        Arg::Int(channels as i32),
        Arg::Int(taps as i32),
        Arg::of(gradient),
    ];
    gpu.launch("depthwise_sum", ((channels * taps).div_ceil(32) as u32, 1, 1), (32, 32), &args)
}

/// Threads in a block, across packs of channels and down; and number of blocks across.
pub(super) fn block(gpu: &Gpu, channels: usize) -> (u32, u32, u32) {
    let packs = (channels / gpu.pack(channels).0).max(1) as u32;
    let across = packs.next_power_of_two().min(32);
    (across, THREADS / across, packs.div_ceil(across))
}

/// Block size, blocks across, and the number of parts that the output rows are split into.
fn shares(gpu: &Gpu, shape: &DepthwiseShape) -> ((u32, u32), u32, u32) {
    let (across, down, blocks) = block(gpu, shape.sizes.from.channels);
    let rows = shape.sizes.batch * shape.sizes.to.height;
    let most =
        (8 * gpu.multiprocessors() / (blocks * shape.sizes.kernel as u32)).clamp(1, MOST_PARTS) as usize;
    ((across, down), blocks, rows.div_ceil(down as usize).clamp(1, most) as u32)
}

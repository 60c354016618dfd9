//! From the feature map to the loss and back, on the GPU.

use super::gpu::{Arg, THREADS};
use super::memory::Kind;
use super::{Error, Gpu, KNOBS, Span, fits};

/// Shapes of the head.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    /// Images in the batch.
    pub batch: usize,
    /// Pixels of the feature map.
    pub pixels: usize,
    /// Channels of the feature map.
    pub channels: usize,
    /// Classes.
    pub classes: usize,
}

impl Head {
    fn map(&self) -> usize {
        self.batch * self.pixels * self.channels
    }

    fn sizes(&self) -> [Arg; 4] {
        [self.batch, self.pixels, self.channels, self.classes].map(|size| Arg::Int(size as i32))
    }

    fn weights(&self) -> usize {
        self.classes * self.channels
    }
}

/// Global average pooling.
///
/// # Shapes
/// `x`: `(batch, pixels, channels)`; `pooled`: `(batch, channels)`, f32.
pub fn pool(gpu: &Gpu, head: &Head, x: Span, pooled: Span) -> Result<(), Error> {
    let values = head.batch * head.channels;
    x.is(Kind::Real)?;
    fits("pooling", &[(x.len(), head.map()), (pooled.len(), values)])?;
    let [batch, pixels, channels, _] = head.sizes();
    gpu.each("pool", values, &[Arg::of(x), batch, pixels, channels, Arg::of(pooled)])
}

/// The linear layer.
///
/// # Shapes
/// `pooled`: `(batch, channels)`; `w`: `(classes, channels)`; `bias`: `(classes,)`; `to`: `(batch, classes)`;
/// all f32.
pub fn logits(gpu: &Gpu, head: &Head, pooled: Span, w: Span, bias: Span, to: Span) -> Result<(), Error> {
    let answers = head.batch * head.classes;
    let lengths = [
        (pooled.len(), head.batch * head.channels),
        (w.len(), head.weights()),
        (bias.len(), head.classes),
        (to.len(), answers),
    ];
    fits("a head", &lengths)?;
    let [_, _, channels, classes] = head.sizes();
    let args = [Arg::of(pooled), Arg::of(w), Arg::of(bias), channels, classes, Arg::of(to)];
    gpu.launch("logits", (answers as u32, 1, 1), (THREADS, 1), &args)
}

/// Writes each image's loss and the gradient of the logits, `slopes`. `learn::cross_entropy` has the formula.
///
/// # Shapes
/// `logits`, `targets` and `slopes`: `(batch, classes)`; `losses`: `(batch,)`; all f32.
pub fn cross_entropy(
    gpu: &Gpu,
    head: &Head,
    (logits, targets): (Span, Span),
    knobs: Span,
    losses: Span,
    slopes: Span,
) -> Result<(), Error> {
    let answers = head.batch * head.classes;
    let lengths = [
        (logits.len(), answers),
        (targets.len(), answers),
        (slopes.len(), answers),
        (losses.len(), head.batch),
        (knobs.len(), KNOBS),
    ];
    fits("a loss", &lengths)?;
    let [batch, _, _, classes] = head.sizes();
    let args =
        [Arg::of(logits), Arg::of(targets), batch, classes, Arg::of(knobs), Arg::of(losses), Arg::of(slopes)];
    gpu.launch("cross_entropy", (head.batch.div_ceil(32) as u32, 1, 1), (32, 1), &args)
}

/// Adds to the gradients of the head's weights and biases.
///
/// # Shapes
/// `slopes`: `(batch, classes)`; `pooled`: `(batch, channels)`; `dw`: `(classes, channels)`; `dbias`:
/// `(classes,)`; all f32.
pub fn head_weights(
    gpu: &Gpu,
    head: &Head,
    slopes: Span,
    pooled: Span,
    dw: Span,
    dbias: Span,
) -> Result<(), Error> {
    let lengths = [
        (slopes.len(), head.batch * head.classes),
        (pooled.len(), head.batch * head.channels),
        (dw.len(), head.weights()),
        (dbias.len(), head.classes),
    ];
    fits("a head's gradient", &lengths)?;
    let [batch, _, channels, classes] = head.sizes();
    let args = [Arg::of(slopes), Arg::of(pooled), batch, channels, classes, Arg::of(dw), Arg::of(dbias)];
    gpu.each("head_weights", head.weights() + head.classes, &args)
}

/// Writes the gradient of the feature map.
///
/// # Shapes
/// `slopes`: `(batch, classes)`; `w`: `(classes, channels)`; both f32. `dx`: `(batch, pixels, channels)`.
pub fn pool_back(gpu: &Gpu, head: &Head, slopes: Span, w: Span, dx: Span) -> Result<(), Error> {
    let lengths =
        [(slopes.len(), head.batch * head.classes), (w.len(), head.weights()), (dx.len(), head.map())];
    dx.is(Kind::Real)?;
    fits("a feature map's gradient", &lengths)?;
    let [batch, pixels, channels, classes] = head.sizes();
    let args = [Arg::of(slopes), Arg::of(w), batch, pixels, channels, classes, Arg::of(dx)];
    gpu.each("pool_back", head.batch * head.channels, &args)
}

/// Adds each image's outline loss to `losses` and writes the gradient of the outline, `slopes`. `learn::loss`
/// has the formula.
///
/// # Shapes
/// `logits` and `slopes`: `(batch, pixels)`, in the type of activations; `masks`: `(batch, pixels)`, f32;
/// `losses`: `(batch,)`, f32.
pub fn outline(
    gpu: &Gpu,
    (batch, pixels): (usize, usize),
    (logits, masks): (Span, Span),
    knobs: Span,
    losses: Span,
    slopes: Span,
) -> Result<(), Error> {
    let values = batch * pixels;
    logits.is(Kind::Real)?;
    slopes.is(Kind::Real)?;
    let lengths = [
        (logits.len(), values),
        (masks.len(), values),
        (slopes.len(), values),
        (losses.len(), batch),
        (knobs.len(), KNOBS),
    ];
    fits("an outline's loss", &lengths)?;
    let args = [
        Arg::of(logits),
        Arg::of(masks),
        Arg::Int(pixels as i32),
        Arg::of(knobs),
        Arg::of(losses),
        Arg::of(slopes),
    ];
    gpu.launch("outline", (batch as u32, 1, 1), (THREADS, 1), &args)
}

/// Adds the sum of all losses to `sum`.
pub fn total(gpu: &Gpu, losses: Span, sum: Span) -> Result<(), Error> {
    fits("a total", &[(sum.len(), 1)])?;
    gpu.launch(
        "total",
        (1, 1, 1),
        (THREADS, 1),
        &[Arg::of(losses), Arg::Int(losses.len() as i32), Arg::of(sum)],
    )
}

//! The optimiser step and the moving average of the weights, on the GPU.

use super::gpu::Arg;
use super::memory::Kind;
use super::{Error, Gpu, Span, fits};

/// Length of [`Knobs`] in GPU memory.
pub const KNOBS: usize = 8;

/// Parameters that change from step to step, in the kernels' order.
#[derive(Clone, Copy, Debug)]
pub struct Knobs {
    /// The learning rate.
    pub rate: f64,
    /// The learning rate times the weight decay.
    pub decay: f64,
    /// Bias corrections of both moments, `1 - beta^step`.
    pub corrections: [f64; 2],
    /// Sum of the targets' weights over the whole batch.
    pub weight: f64,
    /// Images in the whole batch.
    pub images: usize,
    /// Weight of the outline's loss.
    pub outline: f64,
    /// Weight of the new values in the moving average, `1 - decay`.
    pub nearer: f64,
}

impl Knobs {
    /// The values as the kernels read them.
    pub fn values(&self) -> [f32; KNOBS] {
        let [first, second] = self.corrections;
        let (weight, images) = (1.0 / self.weight, 1.0 / self.images as f64);
        [self.rate, self.decay, first, second, weight, images, self.outline, self.nearer]
            .map(|value| value as f32)
    }
}

/// An AdamW step over all weights. Clears the gradient. `decays`: one byte
/// for each weight, 1 if weight decay applies; `moments`: the first and the second.
pub fn adamw(
    gpu: &Gpu,
    gradient: Span,
    knobs: Span,
    decays: Span,
    weights: Span,
    moments: (Span, Span),
) -> Result<(), Error> {
    let count = weights.len();
    decays.is(Kind::Byte)?;
    let lengths = [
        (gradient.len(), count),
        (decays.len(), count),
        (moments.0.len(), count),
        (moments.1.len(), count),
        (knobs.len(), KNOBS),
    ];
    fits("a step", &lengths)?;
    let args = [
        Arg::of(gradient),
        Arg::of(knobs),
        Arg::of(decays),
        Arg::Count(count as u32),
        Arg::of(weights),
        Arg::of(moments.0),
        Arg::of(moments.1),
    ];
    gpu.each("adamw", count, &args)
}

/// Updates the moving average of the weights.
pub fn follow(gpu: &Gpu, weights: Span, knobs: Span, average: Span) -> Result<(), Error> {
    fits("an average", &[(average.len(), weights.len()), (knobs.len(), KNOBS)])?;
    let args = [Arg::of(weights), Arg::of(knobs), Arg::Count(weights.len() as u32), Arg::of(average)];
    gpu.each("follow", weights.len(), &args)
}

/// Writes the step's loss to `told`, and clears it.
pub fn report(gpu: &Gpu, loss: Span, told: Span) -> Result<(), Error> {
    fits("a report", &[(loss.len(), 1), (told.len(), 1)])?;
    gpu.launch("report", (1, 1, 1), (1, 1), &[Arg::of(loss), Arg::of(told)])
}

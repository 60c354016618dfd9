//! A step down the gradient, on the GPU.

use super::gpu::Arg;
use super::memory::Kind;
use super::{Error, Gpu, Precision, Span, fits};

/// Numbers of [`Knobs`] in memory.
pub const KNOBS: usize = 8;

/// Numbers of the loss scale's state: the scale, good steps, whether the last gradient was no number.
pub const STATE: usize = 4;

/// What changes from step to step, in the order in which the kernels know them.
#[derive(Clone, Copy, Debug)]
pub struct Knobs {
    /// The learning rate.
    pub rate: f64,
    /// The learning rate times the weight decay.
    pub decay: f64,
    /// `1 - beta^step` of both moments.
    pub corrections: [f64; 2],
    /// The targets' weight in the whole batch.
    pub weight: f64,
    /// Images of the whole batch.
    pub images: usize,
    /// What the outline's loss counts.
    pub outline: f64,
    /// How much of the way the average goes towards the weights.
    pub nearer: f64,
}

impl Knobs {
    /// As they lie in memory.
    pub fn values(&self) -> [f32; KNOBS] {
        let [first, second] = self.corrections;
        let (weight, images) = (1.0 / self.weight, 1.0 / self.images as f64);
        [self.rate, self.decay, first, second, weight, images, self.outline, self.nearer]
            .map(|value| value as f32)
    }
}

impl Precision {
    /// The state of the loss scale at the beginning of an epoch: only f16 needs one.
    pub fn state(self) -> [f32; STATE] {
        let scale = if self == Self::F16 { 16384.0 } else { 1.0 };
        [scale, 0.0, 0.0, 0.0]
    }
}

/// Marks the state where the gradient holds what is no number.
pub fn check(gpu: &Gpu, gradient: Span, state: Span) -> Result<(), Error> {
    fits("a check", &[(state.len(), STATE)])?;
    let args = [Arg::of(gradient), Arg::Count(gradient.len() as u32), Arg::of(state)];
    gpu.each("check", gradient.len(), &args)
}

/// AdamW over all weights, unless the state is marked; the gradient is nothing afterwards. `decays`: a byte a weight, 1 for those that
/// shrink; `moments`: the first and the second.
pub fn adamw(
    gpu: &Gpu,
    gradient: Span,
    (knobs, state): (Span, Span),
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
        (state.len(), STATE),
    ];
    fits("a step", &lengths)?;
    let args = [
        Arg::of(gradient),
        Arg::of(knobs),
        Arg::of(state),
        Arg::of(decays),
        Arg::Count(count as u32),
        Arg::of(weights),
        Arg::of(moments.0),
        Arg::of(moments.1),
    ];
    gpu.each("adamw", count, &args)
}

/// Lets an average follow the weights.
pub fn follow(gpu: &Gpu, weights: Span, knobs: Span, average: Span) -> Result<(), Error> {
    fits("an average", &[(average.len(), weights.len()), (knobs.len(), KNOBS)])?;
    let args = [Arg::of(weights), Arg::of(knobs), Arg::Count(weights.len() as u32), Arg::of(average)];
    gpu.each("follow", weights.len(), &args)
}

/// Writes the step's loss and whether its gradient was no number to `told`, and sets both back; with f16 it moves the loss scale.
pub fn report(gpu: &Gpu, loss: Span, state: Span, told: Span) -> Result<(), Error> {
    fits("a report", &[(loss.len(), 1), (state.len(), STATE), (told.len(), 2)])?;
    let scales = i32::from(gpu.precision() == Precision::F16);
    gpu.launch("report", (1, 1, 1), (1, 1), &[Arg::of(loss), Arg::of(state), Arg::Int(scales), Arg::of(told)])
}

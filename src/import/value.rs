//! What a name in an ONNX file stands for while the file is walked through: known numbers, an image that a step makes, or the middle of
//! something that is one layer here and many operators there.

use super::constant::Constant;
use super::layout::{Layout, axis};
use super::pointwise::Pointwise;
use crate::kernels::Shape;

#[derive(Clone, Debug)]
pub(super) enum Value {
    Constant(Constant),
    Image(Image),
    /// On the way to a layer normalisation.
    Moment(Moment),
    /// Queries times keys.
    Scores(Scores),
    /// Their softmax.
    Probabilities(Scores),
    /// The softmax of the logits, which the network's answer ends with.
    Softmax(Image),
}

/// `function` of what a step makes, seen as a tensor.
#[derive(Clone, Debug)]
pub(super) struct Image {
    pub step: usize,
    pub layout: Layout,
    pub function: Pointwise,
}

/// Of the channels of each pixel of what a step makes.
#[derive(Clone, Debug)]
pub(super) struct Moment {
    pub kind: MomentKind,
    pub step: usize,
    /// The image's, not the moment's.
    pub layout: Layout,
    pub epsilon: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MomentKind {
    Mean,
    /// The image less its mean.
    Centred,
    /// Its square.
    Squares,
    Variance,
    Deviation,
    /// One divided by the deviation.
    Inverse,
}

#[derive(Clone, Debug)]
pub(super) struct Scores {
    pub queries: Heads,
    pub keys: Heads,
    /// What the scores were multiplied by.
    pub scale: f64,
}

/// The heads of queries, keys or values inside of what a step makes.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Heads {
    pub step: usize,
    pub offset: usize,
    pub heads: usize,
    pub tokens: usize,
    /// Channels of one head.
    pub width: usize,
    /// Channels from one token to the next.
    pub stride: usize,
}

impl Image {
    /// What a step makes, as it is.
    pub fn of(step: usize, layout: Layout) -> Self {
        Self { step, layout, function: Pointwise::identity() }
    }
}

/// Batch, channels, rows, columns: as ONNX has images.
pub(super) fn planes(shape: Shape) -> Layout {
    let Shape { height, width, channels } = shape;
    let axes = vec![Vec::new(), axis(channels, 1), axis(height, width * channels), axis(width, channels)];
    Layout { axes, offset: 0 }
}

/// Whether a layout shows all that a step makes, each number once.
pub(super) fn is_whole(layout: &Layout, shape: Shape) -> bool {
    let mut factors: Vec<_> = layout.axes.iter().flatten().copied().collect();
    factors.sort_by_key(|factor| std::cmp::Reverse(factor.stride));
    layout.offset == 0 && super::layout::merged(factors) == axis(shape.values(), 1)
}

/// The axis that holds the channels, all of them and nothing else. Of one channel it cannot be told; ONNX has it after the batch in images
/// and last in all else.
pub(super) fn channel_axis(layout: &Layout, shape: Shape) -> Option<usize> {
    if shape.channels == 1 {
        let rank = layout.axes.len();
        let expected = if rank == 4 { 1 } else { rank.checked_sub(1)? };
        return layout.axes.get(expected).is_some_and(Vec::is_empty).then_some(expected);
    }
    layout.axes.iter().position(|own| *own == axis(shape.channels, 1))
}

/// The same pixels with another number of channels.
pub(super) fn rescaled(layout: &Layout, channels: usize, from: usize, to: usize) -> Layout {
    let mut layout = layout.clone();
    for (place, own) in layout.axes.iter_mut().enumerate() {
        if place == channels {
            *own = axis(to, 1);
        } else {
            own.iter_mut().for_each(|factor| factor.stride = factor.stride / from.max(1) * to);
        }
    }
    layout
}

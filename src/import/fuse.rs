//! Steps become layers: what only changes a convolution's result is done inside of it.

use super::steps::{Conv, Op, Step, Window};
use crate::kernels::Activation;
use std::collections::BTreeSet;
use std::rc::Rc;

/// A value at or below it, around an image, is never the maximum.
const LOWEST: f64 = -1e30;

/// Joins steps into layers, leaves out what the logits do not need, and puts the rest into an order of computation. Returns the layers and the
/// index of the one that makes the logits.
pub(super) fn fuse(steps: Vec<Step>, logits: usize) -> (Vec<Step>, usize) {
    let needed = needed(&steps, logits);
    let mut uses = vec![0usize; steps.len()];
    for step in needed.iter().filter_map(|index| steps.get(*index)) {
        step.inputs.iter().for_each(|input| uses.get_mut(*input).into_iter().for_each(|count| *count += 1));
    }
    let mut fusion = Fusion { layers: Vec::new(), layer_of: vec![0; steps.len()], uses };
    for (index, step) in steps.into_iter().enumerate() {
        if needed.contains(&index) {
            fusion.add(index, step);
        }
    }
    // A border that no layer took: a convolution that changes nothing has it.
    for layer in &mut fusion.layers {
        if let Op::Pad { begin, end, value: 0.0 } = layer.op {
            let window = Window { pad_begin: begin, pad_end: end, ..Window::POINT };
            layer.op = unchanged(layer.shape.channels, window);
        }
    }
    let logits = fusion.layer_of.get(logits).copied().unwrap_or_default();
    ordered(fusion.layers, logits)
}

/// All steps that `last` needs, and itself.
fn needed(steps: &[Step], last: usize) -> BTreeSet<usize> {
    let (mut needed, mut open) = (BTreeSet::new(), vec![last]);
    while let Some(index) = open.pop() {
        if needed.insert(index) {
            open.extend(steps.get(index).into_iter().flat_map(|step| &step.inputs).copied());
        }
    }
    needed
}

/// Leaves out what `last` does not need and puts each layer behind those that it reads.
pub(super) fn ordered(layers: Vec<Step>, last: usize) -> (Vec<Step>, usize) {
    let needed = needed(&layers, last);
    let mut left: Vec<(usize, Step)> =
        layers.into_iter().enumerate().filter(|(index, _)| needed.contains(index)).collect();
    let (mut done, mut places) = (Vec::new(), std::collections::BTreeMap::new());
    while !left.is_empty() {
        let is_ready = |step: &Step| step.inputs.iter().all(|input| places.contains_key(input));
        let Some(next) = left.iter().position(|(_, step)| is_ready(step)) else { break };
        let (index, mut step) = left.remove(next);
        step.inputs = step.inputs.iter().filter_map(|input| places.get(input).copied()).collect();
        places.insert(index, done.len());
        done.push(step);
    }
    let last = places.get(&last).copied().unwrap_or_default();
    (done, last)
}

struct Fusion {
    layers: Vec<Step>,
    /// For each step, the layer whose result is the step's.
    layer_of: Vec<usize>,
    /// How often each step is read.
    uses: Vec<usize>,
}

impl Fusion {
    fn add(&mut self, index: usize, mut step: Step) {
        let read = step.inputs.clone();
        step.inputs =
            read.iter().map(|input| self.layer_of.get(*input).copied().unwrap_or_default()).collect();
        let layer = match &step.op {
            Op::Affine { .. } | Op::Activate(_) | Op::Position(_) => self.finish(&read, step),
            Op::Add => self.sum(&read, step),
            Op::Conv(_) | Op::MaxPool(_) => {
                self.take_border(&mut step);
                self.push(step)
            }
            _ => self.push(step),
        };
        self.layer_of.get_mut(index).into_iter().for_each(|place| *place = layer);
    }

    fn push(&mut self, step: Step) -> usize {
        self.layers.push(step);
        self.layers.len() - 1
    }

    /// The layer whose result nothing else reads.
    fn own(&mut self, read: &[usize], input: usize) -> Option<(usize, &mut Step)> {
        let step = *read.get(input)?;
        let layer = *self.layer_of.get(step)?;
        (self.uses.get(step) == Some(&1)).then_some(())?;
        Some((layer, self.layers.get_mut(layer)?))
    }

    /// What is done to each number of a layer's result.
    fn finish(&mut self, read: &[usize], step: Step) -> usize {
        if let Some((layer, before)) = self.own(read, 0)
            && absorb(before, &step.op)
        {
            return layer;
        }
        let op = match step.op {
            Op::Affine { scale, shift } => {
                Op::Concat { norm: Some((scale, shift)), activation: Activation::Identity }
            }
            Op::Activate(activation) => Op::Concat { norm: None, activation },
            other => other,
        };
        self.push(Step { op, ..step })
    }

    /// A sum is computed by the convolution that makes one side of it.
    fn sum(&mut self, read: &[usize], step: Step) -> usize {
        let mut sides: Vec<usize> = vec![0, 1];
        // The later one first: what it reads is there already.
        sides.sort_by_key(|side| std::cmp::Reverse(step.inputs.get(*side).copied()));
        for side in sides {
            let other = step.inputs.get(1 - side).copied().unwrap_or_default();
            if let Some((layer, before)) = self.own(read, side)
                && let Op::Conv(Conv { activation: Activation::Identity, .. }) = before.op
                && before.inputs.len() == 1
            {
                before.inputs.push(other);
                return layer;
            }
        }
        // Neither is one: the first side, taken as it is, plus the second.
        self.push(Step { op: unchanged(step.shape.channels, Window::POINT), ..step })
    }

    /// A border around the input becomes the layer's own padding.
    fn take_border(&mut self, step: &mut Step) {
        let Some(border) = step.inputs.first().and_then(|input| self.layers.get(*input)) else { return };
        let (&Op::Pad { begin, end, value }, Some(&inside)) = (&border.op, border.inputs.first()) else {
            return;
        };
        let is_positive = self.layers.get(inside).is_some_and(|layer| layer.op.is_never_negative());
        let window = match &mut step.op {
            Op::Conv(conv) if value == 0.0 => &mut conv.window,
            // Then it is never more than the maximum.
            Op::MaxPool(window) if value <= LOWEST || value == 0.0 && is_positive => window,
            _ => return,
        };
        window.pad_begin += begin;
        window.pad_end += end;
        step.inputs.iter_mut().take(1).for_each(|input| *input = inside);
    }
}

/// A convolution that changes nothing, but for what its window adds around.
fn unchanged(channels: usize, window: Window) -> Op {
    let (weight, bias) = (Rc::new(vec![1.0; channels]), vec![0.0; channels]);
    Op::Conv(Conv { window, groups: channels, weight, bias, activation: Activation::Identity })
}

/// Does `after` inside of `before`, if it can.
fn absorb(before: &mut Step, after: &Op) -> bool {
    let has_sum = before.inputs.len() > 1;
    match (&mut before.op, after) {
        (Op::Conv(conv), Op::Affine { scale, shift })
            if conv.activation == Activation::Identity && !has_sum =>
        {
            let rows = conv.weight.len() / scale.len().max(1);
            let weight = Rc::make_mut(&mut conv.weight);
            for (row, scale) in weight.chunks_mut(rows.max(1)).zip(scale) {
                row.iter_mut().for_each(|value| *value *= scale);
            }
            shifted(&mut conv.bias, scale, shift);
        }
        (Op::Conv(Conv { activation, .. }) | Op::Concat { activation, .. }, Op::Activate(after))
            if *activation == Activation::Identity =>
        {
            *activation = *after;
        }
        (Op::Concat { norm, activation: Activation::Identity }, Op::Affine { scale, shift }) => match norm {
            None => *norm = Some((scale.clone(), shift.clone())),
            Some((own, bias)) => {
                own.iter_mut().zip(scale).for_each(|(own, scale)| *own *= scale);
                shifted(bias, scale, shift);
            }
        },
        (Op::LayerNorm { weight, bias, .. }, Op::Affine { scale, shift }) => {
            weight.iter_mut().zip(scale).for_each(|(weight, scale)| *weight *= scale);
            shifted(bias, scale, shift);
        }
        (Op::Tokens { position, .. }, Op::Position(values)) => {
            position.resize(values.len(), 0.0);
            position.iter_mut().zip(values).for_each(|(own, value)| *own += value);
        }
        _ => return false,
    }
    true
}

fn shifted(bias: &mut [f32], scale: &[f32], shift: &[f32]) {
    bias.iter_mut()
        .zip(scale.iter().zip(shift))
        .for_each(|(bias, (scale, shift))| *bias = *bias * scale + shift);
}

//! Attention, and what is put side by side: channels, or a class token before the pixels.

use super::arithmetic::factor;
use super::constant::Constant;
use super::layout::{Layout, axis, merged};
use super::node::{Node, place};
use super::steps::Op;
use super::value::{Heads, Image, Scores, Value, rescaled};
use super::walk::Walk;
use crate::kernels::{Activation, Shape};
use crate::messages::why::import as why;

/// How far the scale of the scores may be from one divided by the root of a head's channels.
const NEAR: f64 = 1e-4;

impl Walk {
    /// Queries times keys, or probabilities times values.
    pub fn attend(&mut self, left: &Value, right: &Image) -> Result<Value, String> {
        // The scale may stand at either, or at the scores.
        let scaled =
            |image: &Image| factor(&image.function).ok_or_else(|| why::function(&image.function.operators()));
        if let Value::Image(queries) = left {
            let keys = right.layout.axes.len().checked_sub(2).and_then(|rows| {
                let mut order: Vec<usize> = (0..right.layout.axes.len()).collect();
                order.swap(rows, rows + 1);
                right.layout.transposed(&order)
            });
            let keys = heads(right.step, &keys.ok_or(why::ATTENTION)?).ok_or(why::ATTENTION)?;
            let scale = scaled(queries)? * scaled(right)?;
            let queries = heads(queries.step, &queries.layout).ok_or(why::ATTENTION)?;
            return Ok(Value::Scores(Scores { queries, keys, scale }));
        }
        let Value::Probabilities(Scores { queries, keys, scale }) = left else {
            return Err(why::ATTENTION.into());
        };
        let values = heads(right.step, &right.layout).ok_or(why::ATTENTION)?;
        if !right.function.is_identity() || [queries, keys].iter().any(|other| !other.is_like(&values)) {
            return Err(why::ATTENTION.into());
        }
        let Heads { heads, tokens, width, .. } = values;
        let usual = 1.0 / (width as f64).sqrt();
        if (scale / usual - 1.0).abs() > NEAR {
            return Err(why::scale(*scale, usual));
        }
        let channels = heads * width;
        let packed = self.packed(&[queries, keys, &values], channels)?;
        let shape = Shape { height: 1, width: tokens, channels };
        let step = self.steps.push(Op::Attention { heads }, &[packed], shape)?;
        // As the values lie, but with nothing between the tokens.
        let mut layout = Layout { offset: 0, ..right.layout.clone() };
        let rows = layout.axes.len() - 2;
        if let Some(own) = layout.axes.get_mut(rows) {
            *own = axis(tokens, channels);
        }
        Ok(Value::Image(Image::of(step, layout)))
    }

    /// The step that makes queries, keys and values side by side.
    fn packed(&mut self, parts: &[&Heads; 3], channels: usize) -> Result<usize, String> {
        let [first, ..] = parts;
        let tokens = first.tokens;
        let made = |step: usize| {
            let Shape { height, width, channels } = self.steps.shape(step);
            (height * width, channels)
        };
        let is_packed = |(index, part): (usize, &&Heads)| {
            part.step == first.step && part.offset == index * channels && part.stride == 3 * channels
        };
        if parts.iter().enumerate().all(is_packed) && made(first.step) == (tokens, 3 * channels) {
            return Ok(first.step);
        }
        let is_alone = |part: &&Heads| part.offset == 0 && made(part.step) == (tokens, channels);
        if !parts.iter().all(is_alone) {
            return Err(why::ATTENTION.into());
        }
        let shape = Shape { height: 1, width: tokens, channels: 3 * channels };
        let op = Op::Concat { norm: None, activation: Activation::Identity };
        self.steps.push(op, &parts.map(|part| part.step), shape)
    }

    pub fn softmax(&mut self, node: &Node) -> Result<Value, String> {
        let rank = |value: &Value| match value {
            Value::Image(image) => image.layout.axes.len(),
            _ => 4,
        };
        let value = node.value(0)?;
        let default = if node.opset < 13 { 1 } else { -1 };
        let axis = node.int("axis", default);
        match value {
            // The last axis, whether one axis holds all heads or there is one for them.
            Value::Scores(scores) if matches!(axis, -1 | 2 | 3) && node.operator() == "Softmax" => {
                Ok(Value::Probabilities(scores.clone()))
            }
            Value::Image(image)
                if image.layout.axes.get(place(axis, rank(value))?).is_some_and(|a| !a.is_empty()) =>
            {
                Ok(Value::Softmax(image.clone()))
            }
            _ => Err(why::SOFTMAX.into()),
        }
    }

    /// Images side by side, a class token before the pixels, or numbers of shapes.
    pub fn concat(&mut self, node: &Node) -> Result<Value, String> {
        let values = (0..node.inputs.len()).map(|index| node.value(index)).collect::<Result<Vec<_>, _>>()?;
        let constants: Vec<&Constant> =
            values.iter().filter_map(|v| if let Value::Constant(c) = v { Some(c) } else { None }).collect();
        if let [Value::Constant(class), Value::Image(pixels)] = values.as_slice() {
            return self.tokens(class, pixels, node.int("axis", 1));
        }
        if let Some(first) = constants.first() {
            let axis = place(node.int("axis", 0), first.shape().len())?;
            let joined =
                if constants.len() == values.len() { Constant::concatenated(&constants, axis) } else { None };
            return joined.map(Value::Constant).ok_or_else(|| why::SIDE_BY_SIDE.into());
        }
        let mut parts = Vec::with_capacity(values.len());
        for index in 0..values.len() {
            parts.push(self.channels(node.image(index)?)?);
        }
        let Some((first, channels)) = parts.first().cloned() else { return Err(why::no_input(1)) };
        if place(node.int("axis", 1), first.layout.axes.len())? != channels {
            return Err(why::SIDE_BY_SIDE.into());
        }
        let mut shape = self.steps.shape(first.step);
        let own = shape.channels;
        let fits = |(image, axis): &(Image, usize)| {
            let theirs = self.steps.shape(image.step);
            let alike = rescaled(&image.layout, *axis, theirs.channels, own);
            *axis == channels
                && (theirs.height, theirs.width) == (shape.height, shape.width)
                && alike == first.layout
        };
        if !parts.iter().all(fits) {
            return Err(why::SIDE_BY_SIDE.into());
        }
        let steps: Vec<usize> = parts.iter().map(|(image, _)| image.step).collect();
        shape.channels = steps.iter().map(|step| self.steps.shape(*step).channels).sum();
        let op = Op::Concat { norm: None, activation: Activation::Identity };
        let step = self.steps.push(op, &steps, shape)?;
        Ok(Value::Image(Image::of(step, rescaled(&first.layout, channels, own, shape.channels))))
    }

    /// The class token and the pixels in a row.
    fn tokens(&mut self, class: &Constant, pixels: &Image, along: i64) -> Result<Value, String> {
        let (step, pixels) = self.settled(pixels)?;
        let Shape { height, width, channels } = self.steps.shape(step);
        let count = height * width;
        let in_a_row = Layout { axes: vec![Vec::new(), axis(count, channels), axis(channels, 1)], offset: 0 };
        if class.shape() != [1, 1, channels] || pixels.layout != in_a_row || place(along, 3)? != 1 {
            return Err(why::SIDE_BY_SIDE.into());
        }
        let class = class.to_floats().ok_or(why::NO_NUMBERS)?.to_vec();
        let shape = Shape { height: 1, width: count + 1, channels };
        let step = self.steps.push(Op::Tokens { class, position: Vec::new() }, &[step], shape)?;
        Ok(Value::Image(Image::of(step, Layout::contiguous(&[1, count + 1, channels]))))
    }
}

/// The heads that a tensor of `(heads, tokens, channels of a head)` shows, whatever axes of one stand before them.
fn heads(step: usize, layout: &Layout) -> Option<Heads> {
    let rows = layout.axes.len().checked_sub(2)?;
    let (before, last) = layout.axes.split_at_checked(rows)?;
    let [tokens, channels] = last else { return None };
    let (&[tokens], &[width]) = (tokens.as_slice(), channels.as_slice()) else { return None };
    let heads = match merged(before.iter().flatten().copied().collect()).as_slice() {
        [] => 1,
        [heads] if heads.stride == width.size => heads.size,
        _ => return None,
    };
    let whole = Heads {
        step,
        offset: layout.offset,
        heads,
        tokens: tokens.size,
        width: width.size,
        stride: tokens.stride,
    };
    (width.stride == 1).then_some(whole)
}

impl Heads {
    fn is_like(&self, other: &Self) -> bool {
        (self.heads, self.tokens, self.width) == (other.heads, other.tokens, other.width)
    }
}

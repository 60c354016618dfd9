//! Convolutions, pools and linear layers.

use super::constant::Constant;
use super::layout::{Layout, axis};
use super::node::{Node, places};
use super::steps::{Conv, Op, Window};
use super::value::{Image, Moment, MomentKind, Value, channel_axis, planes, rescaled};
use super::walk::Walk;
use crate::kernels::{Activation, Shape};
use crate::messages::why::import as why;
use std::rc::Rc;

impl Walk {
    /// An image that lies as ONNX has images.
    fn planar(&mut self, node: &Node) -> Result<(usize, Shape), String> {
        let (step, image) = self.settled(node.image(0)?)?;
        let shape = self.steps.shape(step);
        if image.layout == planes(shape) { Ok((step, shape)) } else { Err(why::image(&image.layout.shape())) }
    }

    fn planar_value(&self, step: usize) -> Value {
        Value::Image(Image::of(step, planes(self.steps.shape(step))))
    }

    pub fn convolve(&mut self, node: &Node) -> Result<Value, String> {
        let (step, from) = self.planar(node)?;
        let weight = node.constant(1)?;
        let &[to, _, kernel, width] = weight.shape().as_slice() else { return Err(why::NOT_TWO_AXES.into()) };
        let groups = usize::try_from(node.int("group", 1)).map_err(|_| why::NOT_A_SIZE.to_string())?;
        let window = window(node, from, (kernel, width))?;
        let bias = match node.optional(2)? {
            Some(bias) => bias.to_floats().ok_or(why::NO_NUMBERS)?.to_vec(),
            None => vec![0.0; to],
        };
        if bias.len() != to {
            return Err(why::channels(to));
        }
        let weight = weight.to_floats().ok_or(why::NO_NUMBERS)?;
        let conv = Conv { window, groups, weight, bias, activation: Activation::Identity };
        let step = self.steps.conv(step, conv)?;
        Ok(self.planar_value(step))
    }

    pub fn pool(&mut self, node: &Node) -> Result<Value, String> {
        let (step, from) = self.planar(node)?;
        let &[height, width] = node.ints("kernel_shape").unwrap_or_default() else {
            return Err(why::NOT_TWO_AXES.into());
        };
        let side = |side: i64| usize::try_from(side).map_err(|_| why::NOT_A_SIZE.to_string());
        let window = window(node, from, (side(height)?, side(width)?))?;
        if node.operator() == "MaxPool" {
            let shape = window.shape(from, from.channels)?;
            let step = self.steps.push(Op::MaxPool(window), &[step], shape)?;
            return Ok(self.planar_value(step));
        }
        if window == Window::POINT {
            return Ok(self.planar_value(step));
        }
        let is_whole = window.pad_begin + window.pad_end == 0
            && (window.kernel, window.kernel) == (from.height, from.width);
        if is_whole {
            return self.global(step, from);
        }
        if node.int("count_include_pad", 0) != 0 && window.pad_begin + window.pad_end > 0 {
            return Err(why::COUNTED_PADDING.into());
        }
        let shape = window.shape(from, from.channels)?;
        let step = self.steps.push(Op::AveragePool(window), &[step], shape)?;
        Ok(self.planar_value(step))
    }

    fn global(&mut self, step: usize, from: Shape) -> Result<Value, String> {
        let pooled = Shape { height: 1, width: 1, channels: from.channels };
        let step = self.steps.push(Op::GlobalAveragePool, &[step], pooled)?;
        Ok(self.planar_value(step))
    }

    /// The mean over all pixels, or over the channels of each.
    pub fn mean(&mut self, node: &Node) -> Result<Value, String> {
        if node.operator() == "GlobalAveragePool" {
            let (step, from) = self.planar(node)?;
            return self.global(step, from);
        }
        if let Value::Moment(squares) = node.value(0)? {
            let rank = squares.layout.axes.len();
            let axes = places(&node.ints_or_input("axes", 1)?.unwrap_or_default(), rank)?;
            let channels = channel_axis(&squares.layout, self.steps.shape(squares.step));
            if squares.kind != MomentKind::Squares || channels.is_none_or(|axis| axes != [axis]) {
                return Err(why::INSIDE_A_LAYER.into());
            }
            return Ok(Value::Moment(Moment { kind: MomentKind::Variance, ..squares.clone() }));
        }
        let (image, channels) = self.channels(node.image(0)?)?;
        let shape = self.steps.shape(image.step);
        let rank = image.layout.axes.len();
        let axes = places(&node.ints_or_input("axes", 1)?.ok_or_else(|| why::no_input(2))?, rank)?;
        let keeps = node.int("keepdims", 1) != 0;
        if axes == [channels] && keeps {
            let (step, layout) = (image.step, image.layout);
            return Ok(Value::Moment(Moment { kind: MomentKind::Mean, step, layout, epsilon: 0.0 }));
        }
        let left = |place: &usize| *place != channels && !axes.contains(place);
        let is_left =
            (0..rank).filter(left).any(|place| image.layout.axes.get(place).is_some_and(|a| !a.is_empty()));
        if axes.contains(&channels) || is_left {
            return Err(why::mean_axes(&image.layout.shape(), &axes));
        }
        let pooled = Shape { height: 1, width: 1, channels: shape.channels };
        let step = self.steps.push(Op::GlobalAveragePool, &[image.step], pooled)?;
        let mut layout = image.layout;
        for (_, axis) in layout.axes.iter_mut().enumerate().filter(|(place, _)| *place != channels) {
            axis.clear();
        }
        let layout = if keeps { Some(layout) } else { layout.squeezed(Some(&axes)) };
        Ok(Value::Image(Image::of(step, layout.ok_or(why::CHANNELS_APART)?)))
    }

    /// A border around an image.
    pub fn pad(&mut self, node: &Node) -> Result<Value, String> {
        let pads = node.ints_or_input("pads", 1)?.ok_or_else(|| why::no_input(2))?;
        if pads.iter().all(|pad| *pad == 0) {
            return node.value(0).cloned();
        }
        if !matches!(node.text("mode"), "" | "constant") || node.optional(3)?.is_some() {
            return Err(why::BORDER.into());
        }
        let value = node.float_or_input("value", 2)?.unwrap_or(0.0);
        let (step, image) = self.settled(node.image(0)?)?;
        let from = self.steps.shape(step);
        let is_planar = image.layout == planes(from);
        let (begin, end) = match pads.as_slice() {
            [0, 0, top, left, 0, 0, bottom, right] if is_planar && top == left && bottom == right => {
                (*top, *bottom)
            }
            [0, top, left, 0, 0, bottom, right, 0] if !is_planar && top == left && bottom == right => {
                (*top, *bottom)
            }
            _ => return Err(why::BORDER.into()),
        };
        let side = |side: i64| usize::try_from(side).ok().filter(|side| *side <= 1024).ok_or(why::BORDER);
        let (begin, end) = (side(begin)?, side(end)?);
        let (height, width) = (from.height + begin + end, from.width + begin + end);
        let shape = Shape { height, width, channels: from.channels };
        let step = self.steps.push(Op::Pad { begin, end, value }, &[step], shape)?;
        let rows = || Layout::contiguous(&[1, height, width, from.channels]);
        let layout = if is_planar { planes(shape) } else { rows() };
        Ok(Value::Image(Image::of(step, layout)))
    }

    /// A linear layer, or queries times keys.
    pub fn product(&mut self, node: &Node) -> Result<Value, String> {
        let is_gemm = node.operator() == "Gemm";
        let is_plain = node.float("alpha", 1.0) == 1.0 && node.float("beta", 1.0) == 1.0;
        if is_gemm && (!is_plain || node.int("transA", 0) != 0) {
            return Err(why::GEMM.into());
        }
        if let (Value::Image(_) | Value::Probabilities(_), Value::Image(right)) =
            (node.value(0)?, node.value(1)?)
        {
            return self.attend(node.value(0)?, right);
        }
        let weight = node.constant(1)?;
        let rows = if is_gemm && node.int("transB", 0) != 0 { Some(weight.clone()) } else { turned(weight) };
        let rows = rows.filter(|rows| rows.shape().len() == 2).ok_or(why::NOT_A_MATRIX)?;
        let bias = if is_gemm { node.optional(2)? } else { None };
        let bias = bias.map(|bias| bias.to_floats().ok_or(why::NO_NUMBERS)).transpose()?;
        self.linear(node.image(0)?, &rows, bias)
    }

    /// `rows`: `(to, from)`.
    fn linear(
        &mut self,
        image: &Image,
        rows: &Constant,
        bias: Option<Rc<Vec<f32>>>,
    ) -> Result<Value, String> {
        let &[to, from] = rows.shape().as_slice() else { return Err(why::NOT_A_MATRIX.into()) };
        let bias = bias.map_or_else(|| vec![0.0; to], |bias| bias.to_vec());
        // One number for all outputs is allowed.
        let bias = if let ([one], true) = (bias.as_slice(), to > 1) { vec![*one; to] } else { bias };
        let (step, image) = self.settled(image)?;
        let shape = self.steps.shape(step);
        let last = image.layout.axes.len().saturating_sub(1);
        let weight = rows.to_floats().ok_or(why::NO_NUMBERS)?;
        let linear =
            |window, weight| Conv { window, groups: 1, weight, bias, activation: Activation::Identity };
        if channel_axis(&image.layout, shape) == Some(last) && from == shape.channels {
            let step = self.steps.conv(step, linear(Window::POINT, weight))?;
            return Ok(Value::Image(Image::of(step, rescaled(&image.layout, last, from, to))));
        }
        // All pixels at once: a convolution whose kernel is the whole image.
        let is_flat = image.layout.axes.iter().take(last).all(Vec::is_empty);
        if !is_flat || from != shape.values() || shape.height != shape.width {
            return Err(why::linear(&image.layout.shape(), from));
        }
        let window = Window { kernel: shape.height, ..Window::POINT };
        let weight = over_the_image(&weight, &image.layout.indices(), shape).ok_or(why::NOT_A_MATRIX)?;
        let step = self.steps.conv(step, linear(window, Rc::new(weight)))?;
        let mut layout = image.layout;
        layout.axes.pop();
        layout.axes.push(axis(to, 1));
        Ok(Value::Image(Image::of(step, layout)))
    }
}

/// The rows of a matrix become its columns.
fn turned(matrix: &Constant) -> Option<Constant> {
    Some(matrix.with(matrix.layout.transposed(&[1, 0])?))
}

/// Weights of a linear layer over all numbers of an image as a kernel, `(to, channels, height, width)`. `indices`: where each number that the
/// layer takes stands in the image, whose channels are innermost.
fn over_the_image(weight: &[f32], indices: &[usize], shape: Shape) -> Option<Vec<f32>> {
    let pixels = shape.height * shape.width;
    let place = |index: &usize| index % shape.channels * pixels + index / shape.channels;
    let places: Vec<usize> = indices.iter().map(place).collect();
    let mut kernel = vec![0.0; weight.len()];
    for (from, to) in weight.chunks(indices.len()).zip(kernel.chunks_mut(indices.len())) {
        for (value, place) in from.iter().zip(&places) {
            *to.get_mut(*place)? = *value;
        }
    }
    Some(kernel)
}

/// The window of a convolution or a pool.
fn window(node: &Node, from: Shape, (kernel, width): (usize, usize)) -> Result<Window, String> {
    if kernel != width {
        return Err(why::not_square(kernel, width));
    }
    let all = |name, default| -> Result<Vec<usize>, String> {
        let given = node.ints(name).filter(|given| !given.is_empty()).unwrap_or(default);
        given.iter().map(|size| usize::try_from(*size).map_err(|_| why::NOT_A_SIZE.to_string())).collect()
    };
    let (strides, dilations) = (all("strides", &[1, 1])?, all("dilations", &[1, 1])?);
    let &[stride, across] = strides.as_slice() else { return Err(why::NOT_TWO_AXES.into()) };
    if dilations != [1, 1] {
        return Err(why::DILATED.into());
    }
    if stride != across || stride == 0 || kernel == 0 {
        return Err(why::not_square(stride, across));
    }
    let (pad_begin, mut pad_end) = match node.text("auto_pad") {
        "" | "NOTSET" => match *all("pads", &[0, 0, 0, 0])?.as_slice() {
            [top, left, bottom, right] if top == left && bottom == right => (top, bottom),
            [top, left, bottom, right] => return Err(why::pads(top, left, bottom, right)),
            _ => return Err(why::NOT_TWO_AXES.into()),
        },
        "VALID" => (0, 0),
        same => {
            let needed = |side: usize| {
                (side.div_ceil(stride).saturating_sub(1) * stride + kernel).saturating_sub(side)
            };
            if needed(from.height) != needed(from.width) {
                return Err(why::not_square(from.height, from.width));
            }
            let (less, more) = (needed(from.height) / 2, needed(from.height).div_ceil(2));
            if same == "SAME_LOWER" { (more, less) } else { (less, more) }
        }
    };
    if pad_begin.max(pad_end) > 1024 || kernel > 1024 {
        return Err(why::window(kernel, from.height, from.width));
    }
    if node.int("ceil_mode", 0) != 0 {
        // A last window that hangs over the edge is one with more padding, which is no maximum and is not counted.
        let over = |side: usize| {
            let left = (side + pad_begin + pad_end).saturating_sub(kernel);
            let starts_inside = (left.div_ceil(stride)) * stride < side + pad_begin;
            if starts_inside { left.div_ceil(stride) * stride - left } else { 0 }
        };
        if over(from.height) != over(from.width) {
            return Err(why::not_square(from.height, from.width));
        }
        pad_end += over(from.height);
    }
    Ok(Window { kernel, stride, pad_begin, pad_end })
}

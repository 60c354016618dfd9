//! Operators that compute number by number: activations in whatever form, batch normalisation, factors a channel and shortcuts.

use super::constant::Constant;
use super::moments::rooted;
use super::node::Node;
use super::pointwise::{Known, Pointwise, erf, unary};
use super::steps::Op;
use super::value::{Image, Scores, Value};
use super::walk::Walk;
use crate::messages::why::import as why;
use std::rc::Rc;

/// What a constant is to an image.
enum Part {
    /// One number for all.
    One(f64),
    /// One a channel.
    Channels(Vec<f32>),
    /// One for each number of the image.
    All(Vec<f32>),
}

impl Walk {
    /// Operators of one image, and of nothing else but numbers.
    pub fn pointwise(&mut self, node: &Node) -> Result<Value, String> {
        let operator = node.operator();
        let (low, high) = match operator {
            "Clip" => (node.float_or_input("min", 1)?, node.float_or_input("max", 2)?),
            _ => (None, None),
        };
        let (low, high) = (low.unwrap_or(f64::NEG_INFINITY), high.unwrap_or(f64::INFINITY));
        let (alpha, beta) = (node.float("alpha", 0.2), node.float("beta", 0.5));
        let function: Box<dyn Fn(f64) -> f64> = match (operator, unary(operator)) {
            (_, Some(function)) => Box::new(function),
            ("Clip", _) => Box::new(move |x| x.max(low).min(high)),
            ("HardSigmoid", _) => Box::new(move |x| (alpha * x + beta).clamp(0.0, 1.0)),
            ("Swish", _) => {
                let alpha = node.float("alpha", 1.0);
                Box::new(move |x| x / (1.0 + (-alpha * x).exp()))
            }
            ("LeakyRelu", _) => {
                let alpha = node.float("alpha", 0.01);
                Box::new(move |x| if x < 0.0 { alpha * x } else { x })
            }
            ("Elu", _) => {
                let alpha = node.float("alpha", 1.0);
                Box::new(move |x| if x < 0.0 { alpha * x.exp_m1() } else { x })
            }
            ("Gelu", _) if node.text("approximate") == "tanh" => Box::new(|x| {
                let inner = std::f64::consts::FRAC_2_PI.sqrt() * (x + 0.044_715 * x.powi(3));
                0.5 * x * (1.0 + inner.tanh())
            }),
            ("Gelu", _) => Box::new(|x| 0.5 * x * (1.0 + erf(x / std::f64::consts::SQRT_2))),
            _ => return Err(why::UNKNOWN_OPERATOR.into()),
        };
        match node.value(0)? {
            Value::Constant(constant) => computed(constant.map(function)),
            Value::Image(image) => {
                let function = image.function.map(operator, function);
                Ok(Value::Image(Image { function, ..image.clone() }))
            }
            Value::Moment(moment) => rooted(moment, operator).ok_or_else(|| why::INSIDE_A_LAYER.into()),
            _ => Err(why::INSIDE_A_LAYER.into()),
        }
    }

    /// Operators of two values.
    pub fn arithmetic(&mut self, node: &Node) -> Result<Value, String> {
        let operator = if node.operator() == "Sum" { "Add" } else { node.operator() };
        if node.inputs.len() == 1 {
            return node.value(0).cloned();
        }
        if node.inputs.len() > 2 {
            return Err(why::MANY_INPUTS.into());
        }
        let (a, b) = (node.value(0)?, node.value(1)?);
        let function = binary(operator).ok_or(why::UNKNOWN_OPERATOR)?;
        match (a, b) {
            (Value::Constant(a), Value::Constant(b)) => {
                computed(a.join(b, function, |a, b| whole(operator, a, b)))
            }
            (Value::Image(image), Value::Constant(constant)) => {
                self.with_constant(operator, image, constant, function, false)
            }
            (Value::Constant(constant), Value::Image(image)) => {
                self.with_constant(operator, image, constant, function, true)
            }
            (Value::Image(a), Value::Image(b)) => self.images(operator, a, b, function),
            (Value::Scores(scores), Value::Constant(constant))
            | (Value::Constant(constant), Value::Scores(scores)) => {
                let by = constant.scalar().ok_or(why::MASK)?;
                let scale = match (operator, a) {
                    ("Mul", _) => scores.scale * by,
                    ("Div", Value::Scores(_)) => scores.scale / by,
                    _ => return Err(why::MASK.into()),
                };
                Ok(Value::Scores(Scores { scale, ..scores.clone() }))
            }
            _ => self.moments(operator, a, b),
        }
    }

    fn with_constant(
        &mut self,
        operator: &str,
        image: &Image,
        constant: &Constant,
        function: fn(f64, f64) -> f64,
        is_first: bool,
    ) -> Result<Value, String> {
        if let Some(by) = constant.scalar().filter(|_| constant.shape().len() <= image.layout.axes.len()) {
            let one = |x: f64| if is_first { function(by, x) } else { function(x, by) };
            let function = image.function.map(operator, one);
            return Ok(Value::Image(Image { function, ..image.clone() }));
        }
        let (image, axis) = self.channels(image)?;
        let values = match part(constant, &image, axis)? {
            Part::One(value) => vec![value as f32; self.steps.shape(image.step).channels],
            Part::Channels(values) => values,
            Part::All(values) => return self.position(operator, image, values),
        };
        let (zeros, ones) = (vec![0.0; values.len()], vec![1.0; values.len()]);
        let negative = |values: Vec<f32>| values.into_iter().map(|value| -value).collect::<Vec<_>>();
        let (scale, shift) = match (operator, is_first) {
            ("Add", _) => (ones, values),
            ("Sub", false) => (ones, negative(values)),
            ("Sub", true) => (negative(ones), values),
            ("Mul", _) => (values, zeros),
            ("Div", false) => (values.into_iter().map(|value| 1.0 / value).collect(), zeros),
            _ => return Err(why::NUMBERS_A_CHANNEL.into()),
        };
        self.affine(&image, scale, shift)
    }

    /// `x * scale + shift`, a channel each.
    pub fn affine(&mut self, image: &Image, scale: Vec<f32>, shift: Vec<f32>) -> Result<Value, String> {
        let shape = self.steps.shape(image.step);
        let step = self.steps.push(Op::Affine { scale, shift }, &[image.step], shape)?;
        Ok(Value::Image(Image::of(step, image.layout.clone())))
    }

    /// Positions that are added to tokens.
    fn position(&mut self, operator: &str, image: Image, values: Vec<f32>) -> Result<Value, String> {
        let is_tokens =
            self.steps.all.get(image.step).is_some_and(|step| matches!(step.op, Op::Tokens { .. }));
        if operator != "Add" || !is_tokens || !image.layout.is_plain(values.len()) {
            return Err(why::NUMBERS_A_PIXEL.into());
        }
        let shape = self.steps.shape(image.step);
        let step = self.steps.push(Op::Position(values), &[image.step], shape)?;
        Ok(Value::Image(Image::of(step, image.layout)))
    }

    fn images(
        &mut self,
        operator: &str,
        a: &Image,
        b: &Image,
        function: fn(f64, f64) -> f64,
    ) -> Result<Value, String> {
        // Both are functions of the same numbers, such as x times its sigmoid.
        if a.step == b.step && a.layout == b.layout {
            let function = a.function.join(&b.function, operator, function);
            return Ok(Value::Image(Image { function, ..a.clone() }));
        }
        let [(a, first), (b, second)] = [self.channels(a)?, self.channels(b)?];
        let shapes = [self.steps.shape(a.step), self.steps.shape(b.step)];
        if operator == "Add" && shapes[0] == shapes[1] && a.layout == b.layout {
            let step = self.steps.push(Op::Add, &[a.step, b.step], shapes[0])?;
            return Ok(Value::Image(Image::of(step, a.layout)));
        }
        if operator != "Mul" {
            return Err(why::two_images(&a.layout.shape(), &b.layout.shape()));
        }
        // Factors: one value a channel.
        let are_factors = |side: usize| shapes.get(side).is_some_and(|shape| shape.height * shape.width == 1);
        let from_end = |image: &Image, axis: usize| image.layout.axes.len() - axis;
        let fits = shapes[0].channels == shapes[1].channels && from_end(&a, first) == from_end(&b, second);
        let (image, factors) = match (are_factors(0), are_factors(1)) {
            (_, true) => (a, b),
            (true, _) => (b, a),
            _ => return Err(why::two_images(&a.layout.shape(), &b.layout.shape())),
        };
        if !fits || factors.layout.axes.len() > image.layout.axes.len() {
            return Err(why::two_images(&image.layout.shape(), &factors.layout.shape()));
        }
        let shape = self.steps.shape(image.step);
        let step = self.steps.push(Op::Multiply, &[image.step, factors.step], shape)?;
        Ok(Value::Image(Image::of(step, image.layout)))
    }

    pub fn normalise(&mut self, node: &Node) -> Result<Value, String> {
        if node.int("training_mode", 0) != 0 {
            return Err(why::TRAINING.into());
        }
        let (image, axis) = self.channels(node.image(0)?)?;
        let numbers = |index| node.constant(index)?.to_floats().ok_or_else(|| why::NO_NUMBERS.to_string());
        let [weight, bias, mean, variance] = [numbers(1)?, numbers(2)?, numbers(3)?, numbers(4)?];
        let channels = self.steps.shape(image.step).channels;
        if axis != 1 || [&weight, &bias, &mean, &variance].iter().any(|all| all.len() != channels) {
            return Err(why::channels(channels));
        }
        let epsilon = node.float("epsilon", 1e-5);
        let (scale, shift) = normalisation(&weight, &bias, &mean, &variance, epsilon);
        self.affine(&image, scale, shift)
    }
}

/// A normalisation as `x * scale + shift`.
pub(super) fn normalisation(
    weight: &Rc<Vec<f32>>,
    bias: &Rc<Vec<f32>>,
    mean: &Rc<Vec<f32>>,
    variance: &Rc<Vec<f32>>,
    epsilon: f64,
) -> (Vec<f32>, Vec<f32>) {
    let scale =
        |(weight, variance): (&f32, &f32)| f64::from(*weight) / (f64::from(*variance) + epsilon).sqrt();
    let scale: Vec<f64> = weight.iter().zip(variance.iter()).map(scale).collect();
    let shift = scale.iter().zip(bias.iter().zip(mean.iter()));
    let shift =
        shift.map(|(scale, (bias, mean))| (f64::from(*bias) - f64::from(*mean) * scale) as f32).collect();
    (scale.iter().map(|scale| *scale as f32).collect(), shift)
}

/// What a constant is to an image whose channels lie along `axis`.
fn part(constant: &Constant, image: &Image, axis: usize) -> Result<Part, String> {
    let (own, whole) = (constant.shape(), image.layout.shape());
    let Some(missing) = whole.len().checked_sub(own.len()) else {
        return Err(why::two_images(&whole, &own));
    };
    let values = constant.to_floats().ok_or(why::NO_NUMBERS)?.to_vec();
    let differs: Vec<usize> =
        own.iter().enumerate().filter(|(_, size)| **size != 1).map(|(place, _)| place + missing).collect();
    let fits = own.iter().zip(whole.iter().skip(missing)).all(|(own, whole)| *own == 1 || own == whole);
    match (differs.as_slice(), values.first()) {
        _ if !fits => Err(why::two_images(&whole, &own)),
        ([], Some(value)) => Ok(Part::One(f64::from(*value))),
        ([only], _) if *only == axis => Ok(Part::Channels(values)),
        _ if values.len() == whole.iter().product::<usize>() => Ok(Part::All(values)),
        _ => Err(why::NUMBERS_A_PIXEL.into()),
    }
}

fn computed(constant: Option<Constant>) -> Result<Value, String> {
    constant.map(Value::Constant).ok_or_else(|| why::NO_NUMBERS.into())
}

fn binary(operator: &str) -> Option<fn(f64, f64) -> f64> {
    Some(match operator {
        "Add" => |a, b| a + b,
        "Sub" => |a, b| a - b,
        "Mul" => |a, b| a * b,
        "Div" => |a, b| a / b,
        "Mod" => f64::rem_euclid,
        "Pow" => f64::powf,
        "Min" => f64::min,
        "Max" => f64::max,
        _ => return None,
    })
}

fn whole(operator: &str, a: i64, b: i64) -> Option<i64> {
    match operator {
        "Add" => a.checked_add(b),
        "Sub" => a.checked_sub(b),
        "Mul" => a.checked_mul(b),
        "Div" => a.checked_div(b),
        "Mod" => a.checked_rem_euclid(b),
        "Pow" => a.checked_pow(u32::try_from(b).ok()?),
        "Min" => Some(a.min(b)),
        "Max" => Some(a.max(b)),
        _ => None,
    }
}

/// Whether a function only multiplies, and by what.
pub(super) fn factor(function: &Pointwise) -> Option<f64> {
    match function.known()? {
        Known::Line { scale, shift } if shift.abs() < 1e-9 => Some(scale),
        _ => None,
    }
}

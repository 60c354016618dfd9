//! Layer normalisation, as one operator or written out.

use super::node::{Node, place};
use super::steps::Op;
use super::value::{Image, Moment, MomentKind, Value};
use super::walk::Walk;
use crate::messages::why::import as why;

impl Walk {
    pub fn layer_norm(&mut self, node: &Node) -> Result<Value, String> {
        let (image, axis) = self.channels(node.image(0)?)?;
        let rank = image.layout.axes.len();
        if place(node.int("axis", -1), rank)? != axis || axis + 1 != rank {
            return Err(why::NORM_AXES.into());
        }
        let channels = self.steps.shape(image.step).channels;
        let weight = node.constant(1)?.to_floats().ok_or(why::NO_NUMBERS)?.to_vec();
        let bias = match node.optional(2)? {
            Some(bias) => bias.to_floats().ok_or(why::NO_NUMBERS)?.to_vec(),
            None => vec![0.0; channels],
        };
        if weight.len() != channels || bias.len() != channels {
            return Err(why::channels(channels));
        }
        self.normalised(&image, weight, bias, node.float("epsilon", 1e-5))
    }

    fn normalised(
        &mut self,
        image: &Image,
        weight: Vec<f32>,
        bias: Vec<f32>,
        epsilon: f64,
    ) -> Result<Value, String> {
        let shape = self.steps.shape(image.step);
        let op = Op::LayerNorm { weight, bias, epsilon: epsilon as f32 };
        let step = self.steps.push(op, &[image.step], shape)?;
        Ok(Value::Image(Image::of(step, image.layout.clone())))
    }

    /// The pieces of a layer normalisation that is written out.
    pub fn moments(&mut self, operator: &str, a: &Value, b: &Value) -> Result<Value, String> {
        use MomentKind::{Centred, Deviation, Inverse, Mean, Squares, Variance};
        let turned = |moment: &Moment, kind| Ok(Value::Moment(Moment { kind, ..moment.clone() }));
        match (operator, a, b) {
            ("Sub", Value::Image(image), Value::Moment(mean)) if mean.kind == Mean => {
                let (step, image) = self.settled(image)?;
                if step != mean.step || image.layout != mean.layout {
                    return Err(why::INSIDE_A_LAYER.into());
                }
                turned(mean, Centred)
            }
            ("Pow", Value::Moment(centred), Value::Constant(two))
                if centred.kind == Centred && two.scalar() == Some(2.0) =>
            {
                turned(centred, Squares)
            }
            ("Mul", Value::Moment(a), Value::Moment(b))
                if a.kind == Centred && b.kind == Centred && a.is_of(b) =>
            {
                turned(a, Squares)
            }
            ("Add", Value::Moment(variance), Value::Constant(epsilon))
            | ("Add", Value::Constant(epsilon), Value::Moment(variance))
                if variance.kind == Variance =>
            {
                let epsilon = epsilon.scalar().ok_or(why::NOT_ONE_NUMBER)?;
                Ok(Value::Moment(Moment { epsilon, ..variance.clone() }))
            }
            ("Pow", Value::Moment(variance), Value::Constant(half))
                if variance.kind == Variance && half.scalar() == Some(0.5) =>
            {
                turned(variance, Deviation)
            }
            ("Div", Value::Moment(centred), Value::Moment(deviation))
                if centred.kind == Centred && deviation.kind == Deviation && centred.is_of(deviation) =>
            {
                self.whole_norm(deviation)
            }
            ("Mul", Value::Moment(a), Value::Moment(b))
                if [(a.kind, b.kind), (b.kind, a.kind)].contains(&(Centred, Inverse)) && a.is_of(b) =>
            {
                self.whole_norm(if a.kind == Inverse { a } else { b })
            }
            _ => Err(why::INSIDE_A_LAYER.into()),
        }
    }

    fn whole_norm(&mut self, moment: &Moment) -> Result<Value, String> {
        let channels = self.steps.shape(moment.step).channels;
        let image = Image::of(moment.step, moment.layout.clone());
        self.normalised(&image, vec![1.0; channels], vec![0.0; channels], moment.epsilon)
    }
}

impl Moment {
    fn is_of(&self, other: &Self) -> bool {
        self.step == other.step && self.layout == other.layout
    }
}

/// The root of a variance, and one divided by it.
pub(super) fn rooted(moment: &Moment, operator: &str) -> Option<Value> {
    let kind = match (operator, moment.kind) {
        ("Sqrt", MomentKind::Variance) => MomentKind::Deviation,
        ("Reciprocal", MomentKind::Deviation) => MomentKind::Inverse,
        _ => return None,
    };
    Some(Value::Moment(Moment { kind, ..moment.clone() }))
}

//! Operators that only look at numbers in another way, and the arithmetic of shapes. None of them makes a step.

use super::constant::{Constant, extent};
use super::layout::Layout;
use super::node::{Node, place, places};
use super::value::{Scores, Value};
use crate::messages::why::import as why;

/// The most numbers that are made out of a shape.
const MOST_MADE: usize = 1 << 20;
/// The most places that are picked one by one.
const MOST_PICKED: usize = 1 << 16;

impl Value {
    fn layout(&self) -> Option<&Layout> {
        match self {
            Self::Constant(constant) => Some(&constant.layout),
            Self::Image(image) => Some(&image.layout),
            _ => None,
        }
    }

    /// The same numbers, seen in another way.
    fn with(&self, layout: Layout) -> Option<Self> {
        match self {
            Self::Constant(constant) => Some(Self::Constant(constant.with(layout))),
            Self::Image(image) => {
                let mut image = image.clone();
                image.layout = layout;
                Some(Self::Image(image))
            }
            _ => None,
        }
    }
}

/// Operators that change nothing when a trained network is run.
pub(super) fn same(node: &Node) -> Result<Value, String> {
    let value = node.value(0)?;
    if node.operator() != "Cast" {
        return Ok(value.clone());
    }
    // Whole numbers: of shapes, and truth values.
    let is_whole = matches!(node.int("to", 1), 2..=9 | 12 | 13);
    match value {
        Value::Constant(constant) if is_whole => {
            let whole: Vec<i64> = match constant.to_whole() {
                Some(whole) => whole,
                None => {
                    constant.to_floats().ok_or(why::NOT_WHOLE)?.iter().map(|value| *value as i64).collect()
                }
            };
            Ok(Value::Constant(Constant::whole(&constant.shape(), whole).ok_or(why::NOT_WHOLE)?))
        }
        Value::Constant(constant) => {
            let floats = constant.to_floats().ok_or(why::NO_NUMBERS)?.to_vec();
            Ok(Value::Constant(Constant::floats(&constant.shape(), floats).ok_or(why::NO_NUMBERS)?))
        }
        _ if is_whole => Err(why::CAST.into()),
        _ => Ok(value.clone()),
    }
}

/// Operators after which the same numbers have other axes.
pub(super) fn relaid(node: &Node) -> Result<Value, String> {
    let value = node.value(0)?;
    // Scores and probabilities of one head at a time have their heads put together and apart; what is read of them is the same.
    if let (Value::Scores(_) | Value::Probabilities(_), "Reshape" | "Squeeze" | "Unsqueeze") =
        (value, node.operator())
    {
        return Ok(value.clone());
    }
    let layout = value.layout().ok_or(why::INSIDE_A_LAYER)?;
    let shape = layout.shape();
    if node.operator() == "Reshape" || node.operator() == "Flatten" {
        let wanted = if node.operator() == "Flatten" { flat(node, &shape)? } else { reshape(node, &shape)? };
        if let Value::Constant(constant) = value {
            let reshaped = constant.reshaped(&wanted).ok_or_else(|| why::reshape(&shape, &wanted))?;
            return Ok(Value::Constant(reshaped));
        }
        let layout = layout.reshaped(&wanted).ok_or_else(|| why::reshape(&shape, &wanted))?;
        return value.with(layout).ok_or_else(|| why::INSIDE_A_LAYER.into());
    }
    let layout = match node.operator() {
        "Transpose" => {
            let order = match node.ints("perm") {
                Some(order) => places(order, shape.len())?,
                None => (0..shape.len()).rev().collect(),
            };
            layout.transposed(&order)
        }
        "Squeeze" => {
            let axes = node.ints_or_input("axes", 1)?;
            let axes = axes.map(|axes| places(&axes, shape.len())).transpose()?;
            layout.squeezed(axes.as_deref())
        }
        "Unsqueeze" => {
            let axes = node.ints_or_input("axes", 1)?.ok_or_else(|| why::no_input(2))?;
            layout.unsqueezed(&places(&axes, shape.len() + axes.len())?)
        }
        "Expand" => {
            let wanted = sizes(&node.constant(1)?.to_whole().ok_or(why::NOT_WHOLE)?)?;
            let whole = super::constant::broadcast(&shape, &wanted);
            let whole = whole.filter(|whole| is_small(whole) || *whole == shape);
            whole.and_then(|whole| layout.expanded(&whole))
        }
        _ => return slice(node, value, layout),
    };
    let layout = layout.ok_or_else(|| why::axes_of(&shape))?;
    value.with(layout).ok_or_else(|| why::INSIDE_A_LAYER.into())
}

fn is_small(shape: &[usize]) -> bool {
    extent(shape) <= MOST_MADE
}

fn sizes(sizes: &[i64]) -> Result<Vec<usize>, String> {
    sizes.iter().map(|size| usize::try_from(*size).map_err(|_| why::NOT_A_SIZE.to_string())).collect()
}

fn flat(node: &Node, shape: &[usize]) -> Result<Vec<usize>, String> {
    let axis = node.int("axis", 1);
    let axis = if axis == shape.len() as i64 { shape.len() } else { place(axis, shape.len())? };
    let (outer, inner) = shape.split_at_checked(axis).unwrap_or_default();
    Ok(vec![outer.iter().product(), inner.iter().product()])
}

/// The shape that a Reshape asks for: 0 stands for the size that is there, -1 for what is left.
fn reshape(node: &Node, shape: &[usize]) -> Result<Vec<usize>, String> {
    let asked = node.constant(1)?.to_whole().ok_or(why::NOT_WHOLE)?;
    let keeps = node.int("allowzero", 0) == 0;
    let mut wanted = Vec::with_capacity(asked.len());
    for (place, size) in asked.iter().enumerate() {
        wanted.push(match size {
            0 if keeps => shape.get(place).copied().ok_or(why::NOT_A_SIZE)?,
            -1 => 1,
            size => usize::try_from(*size).map_err(|_| why::NOT_A_SIZE.to_string())?,
        });
    }
    let count: usize = shape.iter().product();
    let known = wanted.iter().fold(1usize, |count, size| count.saturating_mul(*size)).max(1);
    if let Some(left) = asked.iter().position(|size| *size == -1).and_then(|place| wanted.get_mut(place)) {
        *left = count / known;
    }
    Ok(wanted)
}

fn slice(node: &Node, value: &Value, layout: &Layout) -> Result<Value, String> {
    let shape = layout.shape();
    let numbers = |index| -> Result<Option<Vec<i64>>, String> {
        let whole = |constant: &Constant| constant.to_whole().ok_or_else(|| why::NOT_WHOLE.to_string());
        node.optional(index)?.map(whole).transpose()
    };
    let starts = numbers(1)?.ok_or_else(|| why::no_input(2))?;
    let ends = numbers(2)?.ok_or_else(|| why::no_input(3))?;
    let axes = numbers(3)?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = numbers(4)?.unwrap_or_else(|| vec![1; starts.len()]);
    let mut layout = layout.clone();
    for (((start, end), axis), step) in starts.iter().zip(&ends).zip(&axes).zip(&steps) {
        let axis = place(*axis, shape.len())?;
        let size = shape.get(axis).copied().unwrap_or_default() as i64;
        if let (Value::Constant(constant), -1, [_]) = (value, *step, starts.as_slice()) {
            return backwards(constant, axis, (*start, *end));
        }
        let step = usize::try_from(*step).ok().filter(|step| *step > 0).ok_or(why::BACKWARDS)?;
        let counted = |at: i64| if at < 0 { at.saturating_add(size) } else { at }.clamp(0, size) as usize;
        let (start, end) = (counted(*start), counted(*end));
        let count = end.saturating_sub(start).div_ceil(step);
        layout = layout.sliced(axis, start, count, step).ok_or_else(|| why::axes_of(&shape))?;
    }
    value.with(layout).ok_or_else(|| why::INSIDE_A_LAYER.into())
}

/// The places of an axis from `start` down to the one after `end`.
fn backwards(constant: &Constant, axis: usize, (start, end): (i64, i64)) -> Result<Value, String> {
    let size = constant.shape().get(axis).copied().unwrap_or_default() as i64;
    let counted = |at: i64| if at < 0 { at.saturating_add(size) } else { at };
    // Beyond the first place there is one more: the end is not taken itself.
    let (start, end) = (counted(start).min(size - 1), counted(end).clamp(-1, size));
    if start.saturating_sub(end) > MOST_PICKED as i64 {
        return Err(why::SCATTERED.into());
    }
    let places: Vec<usize> =
        (end + 1..=start).rev().filter_map(|place| usize::try_from(place).ok()).collect();
    chosen_places(constant, axis, &places)
}

/// The numbers at some places of an axis.
fn chosen_places(constant: &Constant, axis: usize, places: &[usize]) -> Result<Value, String> {
    let one = |place: &usize| Some(constant.with(constant.layout.sliced(axis, *place, 1, 1)?));
    if places.len() > MOST_PICKED {
        return Err(why::SCATTERED.into());
    }
    let parts = places.iter().map(one).collect::<Option<Vec<_>>>().ok_or(why::SCATTERED)?;
    let all = Constant::concatenated(&parts.iter().collect::<Vec<_>>(), axis).ok_or(why::SCATTERED)?;
    Ok(Value::Constant(all))
}

/// Parts of an axis.
pub(super) fn split(node: &Node) -> Result<Vec<Value>, String> {
    let value = node.value(0)?;
    let layout = value.layout().ok_or(why::INSIDE_A_LAYER)?;
    let shape = layout.shape();
    let axis = place(node.int("axis", 0), shape.len())?;
    let size = shape.get(axis).copied().unwrap_or_default();
    let outputs = node.proto.output.len().max(1);
    let parts = match node.ints_or_input("split", 1)? {
        Some(parts) => sizes(&parts)?,
        None => {
            let part = size.div_ceil(outputs);
            (0..outputs).map(|index| part.min(size.saturating_sub(index * part))).collect()
        }
    };
    let mut start = 0;
    let part = |count: usize| {
        let cut = layout.sliced(axis, start, count, 1).ok_or_else(|| why::axes_of(&shape))?;
        start += count;
        value.with(cut).ok_or_else(|| why::INSIDE_A_LAYER.to_string())
    };
    parts.into_iter().take(outputs).map(part).collect()
}

/// Places of an axis by their numbers.
pub(super) fn gather(node: &Node) -> Result<Value, String> {
    let (value, indices) = (node.value(0)?, node.constant(1)?);
    let layout = value.layout().ok_or(why::INSIDE_A_LAYER)?;
    let shape = layout.shape();
    let axis = place(node.int("axis", 0), shape.len())?;
    let size = shape.get(axis).copied().unwrap_or_default();
    if indices.layout.count() > MOST_MADE {
        return Err(why::SCATTERED.into());
    }
    let chosen = places(&indices.to_whole().ok_or(why::NOT_WHOLE)?, size)?;
    let first = chosen.first().copied().ok_or(why::NO_NUMBERS)?;
    let step = chosen.get(1).map_or(1, |second| second.saturating_sub(first)).max(1);
    if chosen.iter().enumerate().all(|(index, place)| *place == first + index * step) {
        let mut wanted = shape.clone();
        wanted.splice(axis..=axis, indices.shape());
        let cut = layout.sliced(axis, first, chosen.len(), step).and_then(|cut| cut.reshaped(&wanted));
        let cut = cut.ok_or_else(|| why::axes_of(&shape))?;
        return value.with(cut).ok_or_else(|| why::INSIDE_A_LAYER.into());
    }
    let Value::Constant(constant) = value else { return Err(why::SCATTERED.into()) };
    if indices.shape().len() != 1 {
        return Err(why::SCATTERED.into());
    }
    chosen_places(constant, axis, &chosen)
}

/// What is computed of shapes.
pub(super) fn computed(node: &Node) -> Result<Value, String> {
    let constant = match node.operator() {
        "Shape" => {
            let shape = shape_of(node.value(0)?)?;
            let rank = shape.len() as i64;
            let counted = |at: i64| if at < 0 { at.saturating_add(rank) } else { at }.clamp(0, rank) as usize;
            let (start, end) = (counted(node.int("start", 0)), counted(node.int("end", rank)));
            Constant::sizes(shape.get(start..end).unwrap_or_default())
        }
        "Size" => Constant::whole(&[], vec![shape_of(node.value(0)?)?.iter().product::<usize>() as i64]),
        "ConstantOfShape" => {
            let shape = sizes(&node.constant(0)?.to_whole().ok_or(why::NOT_WHOLE)?)?;
            let filled = match node.tensor("value") {
                Some(tensor) => super::format::constant(tensor, &[]).map_err(|error| error.to_string())?,
                None => Constant::floats(&[], vec![0.0]).ok_or(why::NO_NUMBERS)?,
            };
            let filled = filled.reshaped(&[]).filter(|_| is_small(&shape));
            filled.and_then(|one| Some(one.with(one.layout.expanded(&shape)?)))
        }
        "Range" => {
            let number =
                |index| node.constant(index)?.scalar().ok_or_else(|| why::NOT_ONE_NUMBER.to_string());
            let (start, end, step) = (number(0)? as i64, number(1)? as i64, number(2)? as i64);
            let all: Vec<i64> = match usize::try_from(step) {
                Ok(step) if step > 0 && end.saturating_sub(start) < MOST_MADE as i64 => {
                    (start..end).step_by(step).collect()
                }
                _ => return Err(why::NOT_A_SIZE.into()),
            };
            Constant::whole(&[all.len()], all)
        }
        "Equal" => node.constant(0)?.join(
            node.constant(1)?,
            |a, b| f64::from(a == b),
            |a, b| Some(i64::from(a == b)),
        ),
        _ => return chosen(node),
    };
    constant.map(Value::Constant).ok_or_else(|| why::NO_NUMBERS.into())
}

fn shape_of(value: &Value) -> Result<Vec<usize>, String> {
    match value {
        Value::Scores(Scores { queries, keys, .. }) | Value::Probabilities(Scores { queries, keys, .. }) => {
            Ok(vec![1, queries.heads, queries.tokens, keys.tokens])
        }
        _ => Ok(value.layout().ok_or(why::INSIDE_A_LAYER)?.shape()),
    }
}

/// `Where`: one or the other, by truth values that are known.
fn chosen(node: &Node) -> Result<Value, String> {
    let truth = node.constant(0)?.to_whole().ok_or(why::NOT_WHOLE)?;
    let (yes, no) = (node.value(1)?, node.value(2)?);
    // All of one side: an image may be chosen whole.
    if truth.iter().all(|truth| *truth != 0) && !truth.is_empty() {
        return Ok(yes.clone());
    }
    if truth.iter().all(|truth| *truth == 0) {
        return Ok(no.clone());
    }
    let (Value::Constant(yes), Value::Constant(no)) = (yes, no) else { return Err(why::CHOICE.into()) };
    let of = |constant: &Constant| constant.to_whole().filter(|all| all.len() == truth.len());
    let (yes_all, no_all) = (of(yes).ok_or(why::CHOICE)?, of(no).ok_or(why::CHOICE)?);
    let pairs = truth.iter().zip(yes_all.iter().zip(&no_all));
    let all = pairs.map(|(truth, (yes, no))| if *truth == 0 { *no } else { *yes }).collect();
    Constant::whole(&yes.shape(), all).map(Value::Constant).ok_or_else(|| why::CHOICE.into())
}

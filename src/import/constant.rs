//! Numbers that are known before any image is: weights, and the arithmetic of shapes.

use super::MOST_AXES;
use super::layout::Layout;
use std::rc::Rc;

/// The most numbers that arithmetic makes. Weights are larger, but exports compute with shapes and small vectors.
const MOST_COMPUTED: usize = 1 << 24;

/// Known numbers.
#[derive(Clone, Debug)]
pub(super) struct Constant {
    pub data: Data,
    pub layout: Layout,
}

#[derive(Clone, Debug)]
pub(super) enum Data {
    Floats(Rc<Vec<f32>>),
    /// Whole numbers of all kinds, and truth values as 0 and 1.
    Whole(Rc<Vec<i64>>),
}

impl Constant {
    /// `None` where shape and numbers do not match.
    pub fn floats(shape: &[usize], values: Vec<f32>) -> Option<Self> {
        let layout = fitting(shape, values.len())?;
        Some(Self { data: Data::Floats(Rc::new(values)), layout })
    }

    /// `None` where shape and numbers do not match.
    pub fn whole(shape: &[usize], values: Vec<i64>) -> Option<Self> {
        let layout = fitting(shape, values.len())?;
        Some(Self { data: Data::Whole(Rc::new(values)), layout })
    }

    /// Sizes, as a vector.
    pub fn sizes(sizes: &[usize]) -> Option<Self> {
        Self::whole(
            &[sizes.len()],
            sizes.iter().map(|size| i64::try_from(*size).ok()).collect::<Option<_>>()?,
        )
    }

    pub fn shape(&self) -> Vec<usize> {
        self.layout.shape()
    }

    pub fn with(&self, layout: Layout) -> Self {
        Self { data: self.data.clone(), layout }
    }

    /// The numbers in order. Weights that lie as they are asked for are not copied.
    pub fn to_floats(&self) -> Option<Rc<Vec<f32>>> {
        match &self.data {
            Data::Floats(values) if self.layout.is_plain(values.len()) => Some(values.clone()),
            Data::Floats(values) => self.picked(values).map(Rc::new),
            Data::Whole(values) => {
                Some(Rc::new(self.picked(values)?.into_iter().map(|value| value as f32).collect()))
            }
        }
    }

    /// The whole numbers in order; `None` where they have fractions.
    pub fn to_whole(&self) -> Option<Vec<i64>> {
        match &self.data {
            Data::Whole(values) => self.picked(values),
            Data::Floats(values) => {
                let whole =
                    |value: f32| (value == value.trunc() && value.abs() < 1e9).then_some(value as i64);
                self.picked(values)?.into_iter().map(whole).collect()
            }
        }
    }

    /// The one number that it is.
    pub fn scalar(&self) -> Option<f64> {
        if self.layout.count() != 1 {
            return None;
        }
        match &self.data {
            Data::Floats(values) => values.get(self.layout.offset).map(|value| f64::from(*value)),
            Data::Whole(values) => values.get(self.layout.offset).map(|value| *value as f64),
        }
    }

    fn picked<T: Copy>(&self, values: &[T]) -> Option<Vec<T>> {
        if self.layout.count() > super::MOST_WEIGHTS {
            return None;
        }
        self.layout.indices().into_iter().map(|index| values.get(index).copied()).collect()
    }

    /// With other axes; copied where the layout cannot tell them.
    pub fn reshaped(&self, shape: &[usize]) -> Option<Self> {
        if let Some(layout) = self.layout.reshaped(shape) {
            return Some(self.with(layout));
        }
        match &self.data {
            Data::Floats(_) => Self::floats(shape, self.to_floats()?.to_vec()),
            Data::Whole(_) => Self::whole(shape, self.to_whole()?),
        }
    }

    /// `function` of each number.
    pub fn map(&self, function: impl Fn(f64) -> f64) -> Option<Self> {
        if self.layout.count() > MOST_COMPUTED {
            return None;
        }
        let values = self.to_floats()?;
        Self::floats(&self.shape(), values.iter().map(|value| function(f64::from(*value)) as f32).collect())
    }

    /// `function` of each pair of numbers, with the shapes broadcast. Whole numbers stay whole where `whole` tells how.
    pub fn join(
        &self,
        other: &Self,
        function: impl Fn(f64, f64) -> f64,
        whole: impl Fn(i64, i64) -> Option<i64>,
    ) -> Option<Self> {
        let shape = broadcast(&self.shape(), &other.shape())?;
        if extent(&shape) > MOST_COMPUTED {
            return None;
        }
        let [a, b] = [self, other].map(|side| Some(side.with(side.layout.expanded(&shape)?)));
        let (a, b) = (a?, b?);
        if let (Data::Whole(_), Data::Whole(_)) = (&a.data, &b.data) {
            let pairs = a.to_whole()?.into_iter().zip(b.to_whole()?);
            return Self::whole(&shape, pairs.map(|(a, b)| whole(a, b)).collect::<Option<_>>()?);
        }
        let (a, b) = (a.to_floats()?, b.to_floats()?);
        let pairs = a.iter().zip(b.iter());
        Self::floats(&shape, pairs.map(|(a, b)| function(f64::from(*a), f64::from(*b)) as f32).collect())
    }

    /// Constants one after the other along an axis.
    pub fn concatenated(parts: &[&Self], axis: usize) -> Option<Self> {
        let first = parts.first()?.shape();
        let outer: usize = first.get(..axis)?.iter().product();
        let inner: usize = first.get(axis + 1..)?.iter().product();
        let mut shape = first.clone();
        let fits = |part: &&Self| {
            let shape = part.shape();
            shape.len() == first.len()
                && shape.iter().zip(&first).enumerate().all(|(place, (a, b))| place == axis || a == b)
        };
        if !parts.iter().all(fits) {
            return None;
        }
        let sizes: Vec<usize> =
            parts.iter().map(|part| part.shape().get(axis).copied()).collect::<Option<_>>()?;
        *shape.get_mut(axis)? = sizes.iter().try_fold(0usize, |sum, size| sum.checked_add(*size))?;
        // Before anything is copied: one constant may be named a thousand times.
        if extent(&shape) > MOST_COMPUTED {
            return None;
        }
        if parts.iter().all(|part| matches!(part.data, Data::Whole(_))) {
            let rows = parts.iter().map(|part| part.to_whole()).collect::<Option<Vec<_>>>()?;
            return Self::whole(&shape, rejoined(&rows, &sizes, outer, inner)?);
        }
        let rows = parts.iter().map(|part| Some(part.to_floats()?.to_vec())).collect::<Option<Vec<_>>>()?;
        Self::floats(&shape, rejoined(&rows, &sizes, outer, inner)?)
    }
}

/// How many numbers a shape holds, with one place where an axis has none: beside such an axis another could be of any size.
pub(super) fn extent(shape: &[usize]) -> usize {
    shape.iter().fold(1, |count, size| count.saturating_mul(*size.max(&1)))
}

/// The layout of `count` numbers; `None` where the shape is of another count.
fn fitting(shape: &[usize], count: usize) -> Option<Layout> {
    let is_proper = shape.len() <= MOST_AXES && extent(shape) <= super::MOST_WEIGHTS;
    let layout = is_proper.then(|| Layout::contiguous(shape))?;
    (layout.count() == count).then_some(layout)
}

fn rejoined<T: Copy>(parts: &[Vec<T>], sizes: &[usize], outer: usize, inner: usize) -> Option<Vec<T>> {
    let mut all = Vec::new();
    for row in 0..outer {
        for (part, size) in parts.iter().zip(sizes) {
            let length = size.checked_mul(inner)?;
            all.extend_from_slice(part.get(row * length..(row + 1) * length)?);
        }
    }
    Some(all)
}

/// The shape that both are repeated to; `None` where they do not fit.
pub(super) fn broadcast(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let rank = a.len().max(b.len());
    let from_end = |shape: &[usize], place: usize| {
        shape.len().checked_sub(rank - place).and_then(|index| shape.get(index)).copied().unwrap_or(1)
    };
    let size = |place| match (from_end(a, place), from_end(b, place)) {
        (a, b) if a == b || b == 1 => Some(a),
        (1, b) => Some(b),
        _ => None,
    };
    (0..rank).map(size).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_computed_as_exports_compute_them() {
        let shape = Constant::sizes(&[1, 64, 7, 7]).unwrap();
        let batch = shape.with(shape.layout.sliced(0, 0, 1, 1).unwrap());
        let rest = Constant::whole(&[1], vec![-1]).unwrap();
        let joined = Constant::concatenated(&[&batch, &rest], 0).unwrap();
        assert_eq!(joined.to_whole().unwrap(), [1, -1]);
        let two = Constant::whole(&[], vec![2]).unwrap();
        let halved = shape.join(&two, |a, b| a / b, |a, b| a.checked_div(b)).unwrap();
        assert_eq!(halved.to_whole().unwrap(), [0, 32, 3, 3]);
        assert!(shape.join(&Constant::sizes(&[1, 2]).unwrap(), |a, _| a, |a, _| Some(a)).is_none());
        assert_eq!(broadcast(&[3, 1], &[5]), Some(vec![3, 5]));
        assert_eq!(broadcast(&[3, 2], &[5]), None);
    }
}

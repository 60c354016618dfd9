//! How the axes of an ONNX tensor lie over numbers in memory. Reshape, Transpose, Slice and their kind move no number here: they only change
//! this.

use super::MOST_AXES;

/// One step of an axis: `size` places, `stride` numbers apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Factor {
    pub size: usize,
    pub stride: usize,
}

/// An axis is a product of factors, the outermost first; an axis of size 1 has none. An image that was flattened channel by channel has
/// three: its numbers are stored with the channels innermost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub axes: Vec<Vec<Factor>>,
    /// Index of the first number.
    pub offset: usize,
}

impl Layout {
    /// Numbers that follow one another, in the usual order.
    pub fn contiguous(shape: &[usize]) -> Self {
        let mut stride = 1;
        let mut axes: Vec<Vec<Factor>> = Vec::with_capacity(shape.len());
        for &size in shape.iter().rev() {
            axes.push(merged(vec![Factor { size, stride }]));
            stride = stride.saturating_mul(size);
        }
        axes.reverse();
        Self { axes, offset: 0 }
    }

    /// The size of each axis.
    pub fn shape(&self) -> Vec<usize> {
        self.axes.iter().map(|axis| size(axis)).collect()
    }

    /// How many numbers it shows.
    pub fn count(&self) -> usize {
        self.axes.iter().fold(1, |count, axis| count.saturating_mul(size(axis)))
    }

    /// All factors, the outermost first.
    pub fn factors(&self) -> Vec<Factor> {
        merged(self.axes.iter().flatten().copied().collect())
    }

    /// The same numbers in the same order, with other axes. `None` where they cannot be told by factors.
    pub fn reshaped(&self, shape: &[usize]) -> Option<Self> {
        if shape.len() > MOST_AXES {
            return None;
        }
        let mut left: Vec<Factor> = self.factors();
        left.reverse();
        let mut axes = Vec::with_capacity(shape.len());
        for &wanted in shape {
            let (mut axis, mut rest) = (Vec::new(), wanted);
            while rest > 1 {
                let Factor { size, stride } = left.pop()?;
                if rest.is_multiple_of(size) {
                    axis.push(Factor { size, stride });
                    rest /= size;
                } else if size.is_multiple_of(rest) {
                    let inner = size / rest;
                    axis.push(Factor { size: rest, stride: stride.checked_mul(inner)? });
                    left.push(Factor { size: inner, stride });
                    rest = 1;
                } else {
                    return None;
                }
            }
            if wanted == 0 {
                return None;
            }
            axes.push(merged(axis));
        }
        left.is_empty().then_some(Self { axes, offset: self.offset })
    }

    /// The axes in another order.
    pub fn transposed(&self, order: &[usize]) -> Option<Self> {
        let mut sorted = order.to_vec();
        sorted.sort_unstable();
        if !sorted.iter().copied().eq(0..self.axes.len()) {
            return None;
        }
        let axes = order.iter().map(|axis| self.axes.get(*axis).cloned()).collect::<Option<_>>()?;
        Some(Self { axes, offset: self.offset })
    }

    /// Every `step`th of `count` places of an axis from `start` on.
    pub fn sliced(&self, axis: usize, start: usize, count: usize, step: usize) -> Option<Self> {
        let mut cut = self.clone();
        let own = cut.axes.get_mut(axis)?;
        if count == 0 {
            *own = vec![Factor { size: 0, stride: 1 }];
            return Some(cut);
        }
        let last = start.checked_add(count.checked_sub(1)?.checked_mul(step)?)?;
        if last >= size(own) {
            return None;
        }
        match own.as_slice() {
            _ if count == size(own) => {}
            [] => {}
            [Factor { stride, .. }] => {
                cut.offset = cut.offset.checked_add(start.checked_mul(*stride)?)?;
                *own = merged(vec![Factor { size: count, stride: stride.checked_mul(step)? }]);
            }
            _ => return None,
        }
        Some(cut)
    }

    /// Axes of size 1 at the given places of the result.
    pub fn unsqueezed(&self, places: &[usize]) -> Option<Self> {
        let mut own = self.axes.iter().cloned();
        let count = self.axes.len() + places.len();
        if count > MOST_AXES {
            return None;
        }
        let axis = |place| if places.contains(&place) { Some(Vec::new()) } else { own.next() };
        let axes = (0..count).map(axis).collect::<Option<_>>()?;
        Some(Self { axes, offset: self.offset })
    }

    /// Without axes of size 1: those named, or all of them.
    pub fn squeezed(&self, places: Option<&[usize]>) -> Option<Self> {
        let mut axes = Vec::new();
        for (place, axis) in self.axes.iter().enumerate() {
            match places {
                Some(places) if places.contains(&place) => {
                    if !axis.is_empty() {
                        return None;
                    }
                }
                None if axis.is_empty() => {}
                _ => axes.push(axis.clone()),
            }
        }
        Some(Self { axes, offset: self.offset })
    }

    /// Broadcast to a shape: new axes in front, and axes of size 1 repeated.
    pub fn expanded(&self, shape: &[usize]) -> Option<Self> {
        let missing = shape.len().checked_sub(self.axes.len()).filter(|_| shape.len() <= MOST_AXES)?;
        let own = std::iter::repeat_n(&Vec::new(), missing).chain(&self.axes).cloned().collect::<Vec<_>>();
        let axis = |(axis, wanted): (Vec<Factor>, &usize)| match size(&axis) {
            has if has == *wanted => Some(axis),
            1 => Some(vec![Factor { size: *wanted, stride: 0 }]),
            _ => None,
        };
        let axes = own.into_iter().zip(shape).map(axis).collect::<Option<_>>()?;
        Some(Self { axes, offset: self.offset })
    }

    /// Index of each number it shows, in order.
    pub fn indices(&self) -> Vec<usize> {
        let mut all = vec![self.offset];
        for Factor { size, stride } in self.factors() {
            let inner =
                |start: &usize| (0..size).map(move |place| start + place * stride).collect::<Vec<_>>();
            all = all.iter().flat_map(inner).collect();
        }
        all
    }

    /// Whether it shows `count` numbers as they lie in memory, from the first on.
    pub fn is_plain(&self, count: usize) -> bool {
        self.offset == 0 && self.factors() == merged(vec![Factor { size: count, stride: 1 }])
    }
}

/// An axis over the whole of `size` numbers that are `stride` apart.
pub(super) fn axis(size: usize, stride: usize) -> Vec<Factor> {
    merged(vec![Factor { size, stride }])
}

pub(super) fn size(axis: &[Factor]) -> usize {
    axis.iter().fold(1, |size, factor| size.saturating_mul(factor.size))
}

/// Factors that go on from one another become one; those of size 1 say nothing.
pub(super) fn merged(factors: Vec<Factor>) -> Vec<Factor> {
    let mut all: Vec<Factor> = Vec::new();
    for factor in factors.into_iter().filter(|factor| factor.size != 1) {
        match all.last_mut() {
            Some(outer) if Some(outer.stride) == factor.size.checked_mul(factor.stride) => {
                *outer = Factor { size: outer.size.saturating_mul(factor.size), stride: factor.stride };
            }
            _ => all.push(factor),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flattened_image_keeps_its_channels_innermost() {
        // 2 rows of 3 columns of 4 channels, as ONNX has it: batch, channels, rows, columns.
        let image = Layout { axes: vec![axis(1, 0), axis(4, 1), axis(2, 12), axis(3, 4)], offset: 0 };
        let flat = image.reshaped(&[1, 24]).unwrap();
        assert_eq!(flat.shape(), [1, 24]);
        assert_eq!(flat.indices()[..7], [0, 4, 8, 12, 16, 20, 1]);
        let back = flat.reshaped(&[1, 4, 2, 3]).unwrap();
        assert_eq!(back.indices(), image.indices());
        let tokens = image.reshaped(&[1, 4, 6]).unwrap().transposed(&[0, 2, 1]).unwrap();
        assert!(tokens.is_plain(24));
    }

    #[test]
    fn heads_are_cut_out_of_packed_queries_keys_and_values() {
        let packed = Layout::contiguous(&[1, 5, 24]).reshaped(&[1, 5, 3, 2, 4]).unwrap();
        let apart = packed.transposed(&[2, 0, 3, 1, 4]).unwrap();
        let keys = apart.sliced(0, 1, 1, 1).unwrap().squeezed(Some(&[0])).unwrap();
        assert_eq!((keys.shape(), keys.offset), (vec![1, 2, 5, 4], 8));
        assert_eq!(keys.axes[1], axis(2, 4));
        assert_eq!(keys.axes[2], axis(5, 24));
    }

    #[test]
    fn what_cannot_be_told_by_factors_is_none() {
        let image = Layout { axes: vec![axis(4, 1), axis(6, 4)], offset: 0 };
        assert_eq!(image.reshaped(&[3, 8]), None);
        assert_eq!(image.reshaped(&[0]), None);
        assert_eq!(image.sliced(0, 2, 3, 1), None);
        assert_eq!(image.sliced(0, 4, 0, 1).unwrap().indices(), [0; 0]);
        assert_eq!(image.squeezed(Some(&[0])), None);
        assert_eq!(image.transposed(&[0, 0]), None);
        assert_eq!(image.expanded(&[4, 4]), None);
        assert_eq!(Layout::contiguous(&[1]).expanded(&[2, 3]).unwrap().indices(), [0; 6]);
    }
}

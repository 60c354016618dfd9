//! Grouped convolution (Krizhevsky et al. 2012; Xie et al. 2017): channels are split into groups, each convolved
//! apart from the others. One matrix product a group, over the im2col rows of the group's channels.

#![allow(
    unsafe_code,
    clippy::indexing_slicing,
    reason = "vectors are read through pointers; the safe doors of this file check every size first"
)]

use super::gemm::{Epilogue, Panels, multiply};
use super::geometry::{ConvShape, Shape};
use super::im2col::{self, FEWEST, block_rows, clear, copy};
use super::parallel::{Scratch, in_parts, part_rows};
use super::simd::{Simd, dispatch};
use super::{Activation, Error, conv_grad};

/// Packed weights, a matrix for each group.
#[derive(Clone, Debug)]
pub struct Kernels {
    groups: Vec<Panels>,
}

impl Kernels {
    /// As [`im2col::pack`], with weights `(out_channels, channels / groups, kernel, kernel)`.
    pub(super) fn pack(weights: &[f32], bias: &[f32], s: &ConvShape, groups: usize) -> Result<Self, Error> {
        let part = of_group(s, groups);
        let (taps, to) = (part.taps(), part.to.channels);
        if weights.len() != taps * s.to.channels || !(bias.is_empty() || bias.len() == s.to.channels) {
            return Err(Error::new(format!(
                "{} weights and {} biases do not fit {groups} groups of {s:?}",
                weights.len(),
                bias.len()
            )));
        }
        let packed = weights.chunks(taps * to).enumerate().map(|(group, weights)| {
            let bias = if bias.is_empty() { bias } else { &bias[group * to..(group + 1) * to] };
            im2col::pack(weights, bias, &part)
        });
        Ok(Self { groups: packed.collect::<Result<_, _>>()? })
    }
}

/// The shapes of one group's convolution.
fn of_group(s: &ConvShape, groups: usize) -> ConvShape {
    let part = |shape: Shape| Shape { channels: shape.channels / groups, ..shape };
    ConvShape { from: part(s.from), to: part(s.to), ..*s }
}

/// As [`im2col::forward`].
pub fn forward(
    x: &[f32],
    kernels: &Kernels,
    s: &ConvShape,
    add: Option<&[f32]>,
    activation: Activation,
    scratch: &mut Scratch,
    y: &mut [f32],
) -> Result<(), Error> {
    s.check(x, y)?;
    if add.is_some_and(|add| add.len() != y.len()) {
        return Err(Error::new("what is added has another shape than the result"));
    }
    let one = of_group(s, kernels.groups.len());
    let (wide, taps, step) = (s.to.channels, one.taps(), block_rows(&one));
    let part = part_rows(s.rows(), FEWEST);
    in_parts(y, part * wide, scratch, |index, y, scratch| {
        let (first, rows) = (index * part, y.len() / wide);
        for from in (0..rows).step_by(step) {
            let count = step.min(rows - from);
            let y = &mut y[from * wide..(from + count) * wide];
            scratch.resize(scratch.len().max(count * taps), 0.0);
            for (group, panels) in kernels.groups.iter().enumerate() {
                let place = Place { s, channels: one.from.channels, begin: group * one.from.channels };
                // SAFETY: `x` has been checked against `s`; `scratch` has room for `count` pixels.
                unsafe { gather(x.as_ptr(), &place, first + from, count, scratch.as_mut_ptr()) };
                let out = group * one.to.channels;
                let add = add.map(|add| &add[(first + from) * wide + out..]);
                let finish = Epilogue { add, bounds: activation.bounds() };
                multiply(count, scratch, panels, (&mut y[out..], wide), finish)?;
            }
            activation.apply_curve(y);
        }
        Ok(())
    })
}

/// Some neighbouring channels of an image.
struct Place<'a> {
    s: &'a ConvShape,
    channels: usize,
    begin: usize,
}

dispatch! {
    /// Copies the values of these channels under the kernel, one row for each output pixel.
    fn gather(x: *const f32, place: &Place, first: usize, count: usize, lines: *mut f32) = gather_with
}

#[inline(always)]
unsafe fn gather_with<S: Simd>(x: *const f32, place: &Place, first: usize, count: usize, lines: *mut f32) {
    let Place { s, channels, begin } = *place;
    let (stride, pad) = (s.geometry.stride, s.geometry.pad_begin);
    let mut line = lines;
    for pixel in first..first + count {
        let (row, column) = (pixel / s.to.width % s.to.height, pixel % s.to.width);
        let image = pixel / (s.to.width * s.to.height) * s.from.values();
        let ((top, bottom), (left, right)) = (s.inside(row, s.from.height), s.inside(column, s.from.width));
        for tap in 0..s.kernel * s.kernel {
            let (ky, kx) = (tap / s.kernel, tap % s.kernel);
            // SAFETY: `inside` keeps rows and columns in the image; a row of `lines` has room for every tap.
            unsafe {
                if (top..bottom).contains(&ky) && (left..right).contains(&kx) {
                    let (y, at) = (row * stride + ky - pad, column * stride + kx - pad);
                    let from = image + (y * s.from.width + at) * s.from.channels + begin;
                    copy::<S>(x.add(from), line, channels);
                } else {
                    clear::<S>(line, channels);
                }
                line = line.add(channels);
            }
        }
    }
}

/// As [`conv_grad::gradient_of_image`], a dense convolution for each group.
pub(super) fn gradient_of_image(
    w: &[f32],
    dy: &[f32],
    s: &ConvShape,
    groups: usize,
    scratch: &mut Scratch,
    dx: &mut [f32],
) -> Result<(), Error> {
    s.check(dx, dy)?;
    let one = of_group(s, groups);
    if w.len() != one.taps() * s.to.channels {
        return Err(Error::new(format!("{} weights do not fit {groups} groups of {s:?}", w.len())));
    }
    let mut part = vec![0f32; s.batch * one.from.values()];
    for (group, w) in w.chunks(one.taps() * one.to.channels).enumerate() {
        let dy = taken(dy, s.to.channels, one.to.channels, group);
        conv_grad::gradient_of_image(w, &dy, &one, 1, scratch, &mut part)?;
        let channels = one.from.channels;
        for (dx, part) in dx.chunks_mut(s.from.channels).zip(part.chunks(channels)) {
            dx[group * channels..(group + 1) * channels].copy_from_slice(part);
        }
    }
    Ok(())
}

/// As [`conv_grad::gradient_of_weights`], a dense convolution for each group.
pub(super) fn gradient_of_weights(
    x: &[f32],
    dy: &[f32],
    s: &ConvShape,
    groups: usize,
) -> Result<Vec<f32>, Error> {
    s.check(x, dy)?;
    let one = of_group(s, groups);
    let mut all = Vec::with_capacity(one.taps() * s.to.channels);
    for group in 0..groups {
        let x = taken(x, s.from.channels, one.from.channels, group);
        let dy = taken(dy, s.to.channels, one.to.channels, group);
        all.extend(conv_grad::gradient_of_weights(&x, &dy, &one, 1)?);
    }
    Ok(all)
}

/// The channels of one group.
fn taken(values: &[f32], all: usize, own: usize, group: usize) -> Vec<f32> {
    values.chunks(all).flat_map(|pixel| &pixel[group * own..(group + 1) * own]).copied().collect()
}

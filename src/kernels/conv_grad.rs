//! Convolution in training: the forward pass, and the gradients of input and weights.
//!
//! With weights `W` and the im2col matrix `T`: `Y = T W^t` and `dW = dY^t T`. For stride 1, `dX` is a
//! convolution of `dY` by the kernel rotated by 180 degrees. Inference runs the same kernels.

#![allow(
    clippy::indexing_slicing,
    reason = "every index follows from `ConvShape`, which is checked against the slices"
)]

use super::geometry::ConvShape;
use super::parallel::Scratch;
use super::{
    Activation, Connection, Error, connection, depthwise, depthwise_grad, grouped, im2col, im2col_grad,
    winograd,
};

/// `y = x * w` (cross-correlation, as in all frameworks).
///
/// # Shapes
/// `x`: `(batch, height, width, channels)`; `w`: `(out_channels, channels / groups, kernel, kernel)`; `y`:
/// `(batch, out_height, out_width, out_channels)`.
///
/// # Errors
/// Fails if the lengths do not match `s`.
pub fn convolve(
    x: &[f32],
    w: &[f32],
    s: &ConvShape,
    groups: usize,
    scratch: &mut Scratch,
    y: &mut [f32],
) -> Result<(), Error> {
    match connection(s, groups)? {
        Connection::Dense => {}
        Connection::Depthwise => {
            let kernels = depthwise::Kernels::pack(w, &[], s, false)?;
            return depthwise::forward(x, &kernels, s, None, Activation::Identity, scratch, y);
        }
        Connection::Grouped => {
            let kernels = grouped::Kernels::pack(w, &[], s, groups)?;
            return grouped::forward(x, &kernels, s, None, Activation::Identity, scratch, y);
        }
    }
    if !winograd::suits(s) {
        return im2col::forward(x, &im2col::pack(w, &[], s)?, s, None, Activation::Identity, scratch, y);
    }
    fits(w, s)?;
    let from = s.from.channels;
    let kernels = winograd::Kernels::pack(s, &[], |out, channel, tap| w[(out * from + channel) * 9 + tap]);
    winograd::forward(x, &kernels, s, None, Activation::Identity, scratch, y)
}

/// The gradient of the input, `dx`, from the gradient of the output, `dy`.
///
/// # Shapes
/// `w`: as in [`convolve`]; `dy` as its `y`, `dx` as its `x`.
///
/// # Errors
/// Fails if the lengths do not match `s`.
pub fn gradient_of_image(
    w: &[f32],
    dy: &[f32],
    s: &ConvShape,
    groups: usize,
    scratch: &mut Scratch,
    dx: &mut [f32],
) -> Result<(), Error> {
    let depthwise = match connection(s, groups)? {
        Connection::Dense => false,
        Connection::Depthwise => true,
        Connection::Grouped => return grouped::gradient_of_image(w, dy, s, groups, scratch, dx),
    };
    match s.turned() {
        Some(turned) if depthwise => {
            let kernels = depthwise::Kernels::pack(w, &[], &turned, true)?;
            depthwise::forward(dy, &kernels, &turned, None, Activation::Identity, scratch, dx)
        }
        Some(turned) if winograd::suits(&turned) => {
            fits(w, s)?;
            let from = s.from.channels;
            let kernels = winograd::Kernels::pack(&turned, &[], |out, channel, tap| {
                w[(channel * from + out) * 9 + 8 - tap]
            });
            winograd::forward(dy, &kernels, &turned, None, Activation::Identity, scratch, dx)
        }
        _ if depthwise => {
            let kernels = depthwise::Kernels::pack(w, &[], s, false)?;
            depthwise_grad::of_image(dy, &kernels, s, dx)
        }
        _ => {
            fits(w, s)?;
            im2col_grad::of_image(w, dy, s, scratch, dx)
        }
    }
}

/// The gradient of the weights, from the gradient of the output, `dy`.
///
/// # Shapes
/// `x`: as in [`convolve`]; `dy` as its `y`. Returns the shape of its `w`.
///
/// # Errors
/// Fails if the lengths do not match `s`, or if a depthwise kernel is larger than 7x7.
pub fn gradient_of_weights(x: &[f32], dy: &[f32], s: &ConvShape, groups: usize) -> Result<Vec<f32>, Error> {
    match connection(s, groups)? {
        Connection::Dense => im2col_grad::of_weights(x, dy, s),
        Connection::Depthwise => depthwise_grad::of_weights(x, dy, s),
        Connection::Grouped => grouped::gradient_of_weights(x, dy, s, groups),
    }
}

fn fits(w: &[f32], s: &ConvShape) -> Result<(), Error> {
    if w.len() != s.taps() * s.to.channels {
        return Err(Error::new(format!("{} weights do not fit {s:?}", w.len())));
    }
    Ok(())
}

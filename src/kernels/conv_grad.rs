//! A convolution that learns: forward, and the gradients of image and weights.
//!
//! With weights `W` and taps `T` of all result pixels: `Y = T W^t`, `dW = dY^t T`, and for stride 1 `dX` is again a
//! convolution: of `dY` by the kernel turned by half a circle. All of them run the kernels that reading runs.

#![allow(
    clippy::indexing_slicing,
    reason = "every index follows from `ConvShape`, which is checked against the slices"
)]

use super::geometry::ConvShape;
use super::parallel::Scratch;
use super::{Bounds, Error, depthwise, depthwise_grad, im2col, im2col_grad, winograd};

/// `y = x * w` (cross-correlation, as every framework has it).
///
/// `x`: `(batch, height, width, channels)`; `w`: `(out_channels, channels, kernel, kernel)`, or
/// `(channels, 1, kernel, kernel)` where `depthwise`; `y`: `(batch, out_h, out_w, out_channels)`.
pub fn convolve(
    x: &[f32],
    w: &[f32],
    s: &ConvShape,
    depthwise: bool,
    scratch: &mut Scratch,
    y: &mut [f32],
) -> Result<(), Error> {
    if depthwise {
        let kernels = depthwise::Kernels::pack(w, &[], s, false)?;
        return depthwise::forward(x, &kernels, s, None, Bounds::NONE, scratch, y);
    }
    if !winograd::suits(s) {
        return im2col::forward(x, &im2col::pack(w, &[], s)?, s, None, Bounds::NONE, scratch, y);
    }
    fits(w, s)?;
    let from = s.from.channels;
    let kernels = winograd::Kernels::pack(s, &[], |out, channel, tap| w[(out * from + channel) * 9 + tap]);
    winograd::forward(x, &kernels, s, None, Bounds::NONE, scratch, y)
}

/// The image's gradient, given that of the result. Shapes as in [`convolve`].
pub fn gradient_of_image(
    w: &[f32],
    dy: &[f32],
    s: &ConvShape,
    depthwise: bool,
    scratch: &mut Scratch,
    dx: &mut [f32],
) -> Result<(), Error> {
    match s.turned() {
        Some(turned) if depthwise => {
            let kernels = depthwise::Kernels::pack(w, &[], &turned, true)?;
            depthwise::forward(dy, &kernels, &turned, None, Bounds::NONE, scratch, dx)
        }
        Some(turned) if winograd::suits(&turned) => {
            fits(w, s)?;
            let from = s.from.channels;
            let kernels = winograd::Kernels::pack(&turned, &[], |out, channel, tap| {
                w[(channel * from + out) * 9 + 8 - tap]
            });
            winograd::forward(dy, &kernels, &turned, None, Bounds::NONE, scratch, dx)
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

/// The weights' gradient, in the weights' shape. Shapes as in [`convolve`].
pub fn gradient_of_weights(x: &[f32], dy: &[f32], s: &ConvShape, depthwise: bool) -> Result<Vec<f32>, Error> {
    if depthwise { depthwise_grad::of_weights(x, dy, s) } else { im2col_grad::of_weights(x, dy, s) }
}

fn fits(w: &[f32], s: &ConvShape) -> Result<(), Error> {
    if w.len() != s.taps() * s.to.channels {
        return Err(Error::new(format!("{} weights do not fit {s:?}", w.len())));
    }
    Ok(())
}

//! A convolution that learns: forward, and the gradients of image and weights.
//!
//! With weights `W` and taps `T` of all result pixels: `Y = T W^t`, `dW = dY^t T`, and for stride 1 `dX` is again a
//! convolution: of `dY` by the kernel turned by half a circle. All of them run the kernels that reading runs.

#![allow(
    clippy::indexing_slicing,
    reason = "every index follows from `Sizes`, which is checked against the slices"
)]

use super::geometry::Sizes;
use super::parallel::Scratch;
use super::{Bounds, Error, dense, dense_gradients, depthwise, depthwise_gradients, winograd};

/// `y = x * w` (cross-correlation, as every framework has it).
///
/// `x`: `(batch, height, width, channels)`; `w`: `(out_channels, channels, kernel, kernel)`, or
/// `(channels, 1, kernel, kernel)` where `depthwise`; `y`: `(batch, out_h, out_w, out_channels)`.
pub fn convolve(
    x: &[f32],
    w: &[f32],
    s: &Sizes,
    depthwise: bool,
    scratch: &mut Scratch,
    y: &mut [f32],
) -> Result<(), Error> {
    if depthwise {
        let kernels = depthwise::Kernels::pack(w, &[], s, false)?;
        return depthwise::forward(x, &kernels, s, None, Bounds::NONE, scratch, y);
    }
    if !winograd::suits(s) {
        return dense::forward(x, &dense::pack(w, &[], s)?, s, None, Bounds::NONE, scratch, y);
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
    s: &Sizes,
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
            depthwise_gradients::of_image(dy, &kernels, s, dx)
        }
        _ => {
            fits(w, s)?;
            dense_gradients::of_image(w, dy, s, scratch, dx)
        }
    }
}

/// The weights' gradient, in the weights' shape. Shapes as in [`convolve`].
pub fn gradient_of_weights(x: &[f32], dy: &[f32], s: &Sizes, depthwise: bool) -> Result<Vec<f32>, Error> {
    if depthwise { depthwise_gradients::of_weights(x, dy, s) } else { dense_gradients::of_weights(x, dy, s) }
}

fn fits(w: &[f32], s: &Sizes) -> Result<(), Error> {
    if w.len() != s.taps() * s.to.channels {
        return Err(Error::new(format!("{} weights do not fit {s:?}", w.len())));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::reference::{Conv, close, convolutions, narrow, noise};
    use super::super::{Extent, Geometry};
    use super::*;
    use proptest::prelude::*;

    /// Value and both gradients against the plain sums, which are linear, so that no finite step is needed.
    fn agrees(conv: &Conv, seed: u64) -> bool {
        let (s, depthwise, scratch) = (&conv.s, conv.depthwise, &mut Scratch::default());
        let (x, w) = (noise(seed, s.batch * s.from.values()), noise(seed ^ 1, conv.weights()));
        let r = noise(seed ^ 2, s.batch * s.to.values());
        // What was there before must not show.
        let (mut y, mut dx) = (vec![f32::NAN; r.len()], vec![f32::NAN; x.len()]);
        convolve(&narrow(&x), &narrow(&w), s, depthwise, scratch, &mut y).unwrap();
        gradient_of_image(&narrow(&w), &narrow(&r), s, depthwise, scratch, &mut dx).unwrap();
        let dw = gradient_of_weights(&narrow(&x), &narrow(&r), s, depthwise).unwrap();
        let (expected_dx, expected_dw) = conv.backward(&x, &w, &r);
        close(&y, &conv.forward(&x, &w), 1e-5)
            && close(&dx, &expected_dx, 1e-5)
            && close(&dw, &expected_dw, 1e-5)
    }

    proptest! {
        #[test]
        fn the_result_and_both_gradients_agree_with_the_plain_sum(conv in convolutions(), seed in 0..u64::MAX) {
            prop_assert!(agrees(&conv, seed));
        }
    }

    #[test]
    fn a_large_image_is_cut_into_blocks_without_a_seam() {
        for (channels, out, kernel, stride, depthwise) in [
            (24, 40, 3, 1, false),
            (24, 40, 3, 2, false),
            (3, 33, 7, 2, false),
            (130, 24, 1, 1, false),
            (40, 40, 5, 1, true),
            (40, 40, 3, 2, true),
        ] {
            let from = Extent { height: 70, width: 66, channels };
            let geometry = Geometry::symmetric(stride, kernel / 2);
            let s = Sizes::new(2, from, out, kernel, geometry).unwrap();
            assert!(agrees(&Conv { s, depthwise }, 7), "{s:?}");
        }
    }

    #[test]
    fn sizes_that_do_not_fit_are_refused_with_the_sizes() {
        let from = Extent { height: 8, width: 8, channels: 3 };
        let s = Sizes::new(1, from, 4, 3, Geometry::symmetric(1, 1)).unwrap();
        let (x, mut y) = (vec![0.0; from.values()], vec![0.0; s.to.values()]);
        let error = convolve(&x, &[0.0; 4 * 2 * 9], &s, false, &mut Scratch::default(), &mut y).unwrap_err();
        assert!(error.to_string().contains("72 weights"), "{error}");
        let error = Sizes::new(1, from, 4, 9, Geometry::symmetric(1, 0)).unwrap_err();
        assert!(error.to_string().contains("does not fit"), "{error}");
    }
}

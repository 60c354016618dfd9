//! The kernels beside convolution against their definitions in f64, and their gradients against finite differences of
//! these.

use crate::reference::{ACTIVATIONS, activated, close, narrow, noise};
use lantern::kernels::{
    self, Activation, Attention, ConvShape, Error, Geometry, Scratch, Shape, gradient_of_affine,
    gradient_of_attention, gradient_of_average, gradient_of_factor, gradient_of_global_average,
    gradient_of_layer_norm, gradient_of_maximum,
};
use proptest::prelude::*;

/// Whether `dx` is the gradient of the sum of `r * y(x)`, by finite differences of the definition `y`.
fn is_gradient(dx: &[f32], x: &[f64], r: &[f64], y: impl Fn(&[f64]) -> Vec<f64>) -> bool {
    let step = 1e-5;
    let weighted = |x: &[f64]| -> f64 { y(x).iter().zip(r).map(|(y, r)| y * r).sum() };
    let slopes: Vec<f64> = (0..x.len())
        .map(|i| {
            let moved = |by: f64| {
                let mut x = x.to_vec();
                x[i] += by;
                weighted(&x)
            };
            (moved(step) - moved(-step)) / (2.0 * step)
        })
        .collect();
    close(dx, &slopes, 1e-3)
}

fn filled(count: usize, work: impl FnOnce(&mut [f32]) -> Result<(), Error>) -> Vec<f32> {
    // What was there before must not show.
    let mut y = vec![f32::NAN; count];
    work(&mut y).unwrap();
    y
}

/// The indices of the pixels under a window, by output value.
fn windows(s: &ConvShape) -> Vec<Vec<usize>> {
    let (channels, Geometry { stride, pad_begin, .. }) = (s.from.channels, s.geometry);
    (0..s.batch * s.to.values())
        .map(|i| {
            let (channel, pixel) = (i % channels, i / channels);
            let (column, row) = (pixel % s.to.width * stride, pixel / s.to.width % s.to.height * stride);
            let image = pixel / (s.to.width * s.to.height) * s.from.values();
            let taps = (0..s.kernel * s.kernel).map(|tap| (row + tap / s.kernel, column + tap % s.kernel));
            let inside = taps.filter_map(|(y, x)| {
                let (y, x) = (y.checked_sub(pad_begin)?, x.checked_sub(pad_begin)?);
                (y < s.from.height && x < s.from.width)
                    .then(|| image + (y * s.from.width + x) * channels + channel)
            });
            inside.collect()
        })
        .collect()
}

proptest! {
    #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
    #[cfg_attr(not(target_arch = "wasm32"), test)]
    fn pooling_takes_the_largest_value_or_the_mean_inside_the_image(
        side in 3..12usize, channels in 1..20usize, stride in 1..4usize, kernel in 1..4usize, padding in 0..3usize, seed in 0..u64::MAX,
    ) {
        let from = Shape { height: side, width: side + 1, channels };
        let geometry = Geometry { stride, pad_begin: padding.min(kernel - 1), pad_end: padding.min(kernel - 1) };
        let s = ConvShape::new(2, from, channels, kernel, geometry).unwrap();
        let (x, r) = (noise(seed, 2 * from.values()), noise(seed ^ 1, 2 * s.to.values()));
        let (windows, x32, r32) = (windows(&s), narrow(&x), narrow(&r));
        let most = filled(r.len(), |y| kernels::maximum(&x32, &s, y));
        let mean = filled(r.len(), |y| kernels::average(&x32, &s, y));
        let largest = |w: &Vec<usize>| w.iter().copied().max_by(|a, b| x[*a].total_cmp(&x[*b])).unwrap();
        let means: Vec<f64> =
            windows.iter().map(|w| w.iter().map(|at| x[*at]).sum::<f64>() / w.len() as f64).collect();
        prop_assert!(close(&mean, &means, 1e-6));
        let (mut of_most, mut of_mean) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        for ((window, r), most) in windows.iter().zip(&r).zip(&most) {
            prop_assert_eq!(*most, x32[largest(window)]);
            of_most[largest(window)] += r;
            window.iter().for_each(|at| of_mean[*at] += r / window.len() as f64);
        }
        let dx = filled(x.len(), |dx| gradient_of_maximum(&x32, &r32, &s, dx));
        prop_assert!(close(&dx, &of_most, 1e-5));
        let dx = filled(x.len(), |dx| gradient_of_average(&r32, &s, dx));
        prop_assert!(close(&dx, &of_mean, 1e-5));
        // What is no number never becomes one.
        let (mut holed, at) = (x32, (seed % x.len() as u64) as usize);
        holed[at] = f32::NAN;
        let most = filled(r.len(), |y| kernels::maximum(&holed, &s, y));
        prop_assert!(windows.iter().zip(&most).all(|(window, most)| window.contains(&at) == most.is_nan()));
    }

    #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
    #[cfg_attr(not(target_arch = "wasm32"), test)]
    fn channels_are_put_side_by_side_scaled_and_activated(
        pixels in 1..300usize, inner in 1..40usize, at in 0..9usize, after in 0..9usize, which in 0..8usize, seed in 0..u64::MAX,
    ) {
        let (outer, activation) = (at + inner + after, ACTIVATIONS[which]);
        let (x, scale, shift) = (noise(seed, pixels * inner), noise(seed ^ 1, inner), noise(seed ^ 2, inner));
        let x: Vec<f64> = x.iter().map(|x| 9.0 * x).collect();
        let value = |i: usize| x[i] * scale[i % inner] + shift[i % inner];
        let (x32, scale32, shift32) = (narrow(&x), narrow(&scale), narrow(&shift));
        let lines = (&scale32[..], &shift32[..]);
        let mut y = vec![7f32; pixels * outer];
        kernels::affine(&x32, lines, activation, &mut y, (at, outer)).unwrap();
        let expected: Vec<f64> = (0..pixels * outer)
            .map(|i| match (i % outer).checked_sub(at) {
                Some(channel) if channel < inner => activated(activation, value(i / outer * inner + channel)),
                // What belongs to other inputs stays.
                _ => 7.0,
            })
            .collect();
        prop_assert!(close(&y, &expected, 1e-6));
        let r = noise(seed ^ 3, pixels * outer);
        let dx = filled(x.len(), |dx| gradient_of_affine(&x32, lines, activation, &narrow(&r), (at, outer), dx));
        for (i, dx) in dx.iter().enumerate() {
            let (value, step) = (value(i), 1e-6);
            let of = |by: f64| activated(activation, value + by);
            let slope = (of(step) - of(-step)) / (2.0 * step);
            // A corner within the step has no slope to compare with.
            if (of(step) - 2.0 * of(0.0) + of(-step)).abs() / step < 1e-3 {
                let expected = r[i / inner * outer + at + i % inner] * slope * scale[i % inner];
                prop_assert!((f64::from(*dx) - expected).abs() < 1e-5, "{activation:?} at {value}: {dx} {expected}");
            }
        }
    }

    #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
    #[cfg_attr(not(target_arch = "wasm32"), test)]
    fn the_mean_over_pixels_and_factors_of_channels_have_their_gradients(pixels in 1..700usize, channels in 1..70usize, seed in 0..u64::MAX) {
        let (x, dy) = (noise(seed, pixels * channels), noise(seed ^ 1, pixels * channels));
        let mean = filled(channels, |y| kernels::global_average(&narrow(&x), y));
        let sum = |channel: usize, of: &dyn Fn(usize) -> f64| {
            (channel..pixels * channels).step_by(channels).map(of).sum::<f64>()
        };
        let means: Vec<f64> = (0..channels).map(|c| sum(c, &|i| x[i]) / pixels as f64).collect();
        prop_assert!(close(&mean, &means, 1e-6));
        let shared = filled(x.len(), |dx| gradient_of_global_average(&mean, dx));
        let expected: Vec<f64> = (0..x.len()).map(|i| means[i % channels] / pixels as f64).collect();
        prop_assert!(close(&shared, &expected, 1e-6));
        let dby = filled(channels, |dby| gradient_of_factor(&narrow(&x), &narrow(&dy), dby));
        let products: Vec<f64> = (0..channels).map(|c| sum(c, &|i| x[i] * dy[i])).collect();
        prop_assert!(close(&dby, &products, 1e-5));
    }
}

fn layer_normed(x: &[f64], gamma: &[f64], beta: &[f64]) -> Vec<f64> {
    let count = gamma.len() as f64;
    let pixel = |x: &[f64]| {
        let mean = x.iter().sum::<f64>() / count;
        let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
        let scaled = x.iter().zip(gamma).zip(beta);
        scaled.map(|((x, g), b)| g * (x - mean) / (variance + 1e-5).sqrt() + b).collect::<Vec<f64>>()
    };
    x.chunks(gamma.len()).flat_map(pixel).collect()
}

/// `softmax(q k^T / sqrt(depth)) v` for each head, by the definition.
fn attended(a: &Attention, x: &[f64]) -> Vec<f64> {
    let Attention { tokens, channels, heads } = *a;
    let depth = channels / heads;
    let at = |token: usize, third: usize, head: usize, k: usize| {
        x[token * 3 * channels + third * channels + head * depth + k]
    };
    let mut y = vec![0.0; tokens * channels];
    for (token, head) in (0..tokens * heads).map(|i| (i / heads, i % heads)) {
        let product =
            |key: usize| (0..depth).map(|k| at(token, 0, head, k) * at(key, 1, head, k)).sum::<f64>();
        let weights: Vec<f64> = (0..tokens).map(|key| (product(key) / (depth as f64).sqrt()).exp()).collect();
        let sum: f64 = weights.iter().sum();
        for k in 0..depth {
            let seen: f64 = weights.iter().enumerate().map(|(key, w)| w * at(key, 2, head, k)).sum();
            y[token * channels + head * depth + k] = seen / sum;
        }
    }
    y
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
    #[cfg_attr(not(target_arch = "wasm32"), test)]
    fn layer_normalisation_is_of_each_pixel_alone(pixels in 1..9usize, channels in 2..40usize, far in 0..50u32, seed in 0..u64::MAX) {
        let (gamma, beta) = (noise(seed ^ 1, channels), noise(seed ^ 2, channels));
        // Far from zero, where the variance must not be lost in rounding.
        let x: Vec<f64> = narrow(&noise(seed, pixels * channels)).iter().map(|x| f64::from(x + far as f32)).collect();
        let (x32, gamma32) = (narrow(&x), narrow(&gamma));
        let y = filled(x.len(), |y| kernels::layer_norm(&x32, (&gamma32, &narrow(&beta)), 1e-5, y));
        prop_assert!(close(&y, &layer_normed(&x, &gamma, &beta), 1e-3));
        let r = noise(seed ^ 3, x.len());
        let dx = filled(x.len(), |dx| gradient_of_layer_norm(&x32, &gamma32, 1e-5, &narrow(&r), dx));
        prop_assert!(is_gradient(&dx, &x, &r, |x| layer_normed(x, &gamma, &beta)));
    }

    #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
    #[cfg_attr(not(target_arch = "wasm32"), test)]
    fn attention_weighs_the_values_of_all_tokens(tokens in 1..9usize, heads in 1..4usize, depth in 1..9usize, seed in 0..u64::MAX) {
        let a = Attention { tokens, channels: heads * depth, heads };
        let x: Vec<f64> = noise(seed, 3 * tokens * a.channels).iter().map(|x| 3.0 * x).collect();
        let y = filled(tokens * a.channels, |y| a.run(&narrow(&x), &mut Scratch::default(), y));
        prop_assert!(close(&y, &attended(&a, &x), 1e-5));
        let r = noise(seed ^ 1, y.len());
        let dx = filled(x.len(), |dx| gradient_of_attention(&a, &narrow(&x), &narrow(&r), dx));
        prop_assert!(is_gradient(&dx, &x, &r, |x| attended(&a, x)));
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn attention_over_many_tokens_is_cut_into_blocks_without_a_seam() {
    let a = Attention { tokens: 197, channels: 96, heads: 3 };
    let x = noise(4, 3 * a.tokens * a.channels);
    let (expected, scratch) = (attended(&a, &x), &mut Scratch::default());
    // Twice, because scratch memory that is used again must leave nothing behind.
    for _ in 0..2 {
        let y = filled(a.tokens * a.channels, |y| a.run(&narrow(&x), scratch, y));
        assert!(close(&y, &expected, 1e-5));
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_activation_is_accurate_over_its_whole_range() {
    let x: Vec<f32> =
        (-12_000..=12_000).map(|i| i as f32 * 1e-3).chain([-200.0, -80.0, 80.0, 200.0]).collect();
    for activation in ACTIVATIONS {
        let mut y = x.clone();
        activation.apply(&mut y);
        for (x, y) in x.iter().zip(&y) {
            let (expected, y) = (activated(activation, f64::from(*x)), f64::from(*y));
            let tolerance = match activation {
                // The exponential is accurate to 2e-6 of its value.
                Activation::Sigmoid | Activation::Silu => 2e-6 * expected.abs() + 1e-30,
                _ => 1e-6_f64.max(2e-7 * expected.abs()),
            };
            assert!(
                (y - expected).abs() <= tolerance,
                "{activation:?} of {x}: {y} where {expected} is right"
            );
        }
        let mut odd = [f32::NAN; 17];
        activation.apply(&mut odd);
        assert!(odd.iter().all(|y| y.is_nan()), "{activation:?} hides what is not a number");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn lengths_that_do_not_fit_are_refused() {
    let (line, y) = (&[1.0; 3][..], &mut [0.0; 8][..]);
    assert!(kernels::affine(&[0.0; 6], (line, line), Activation::Silu, y, (2, 4)).is_err());
    assert!(kernels::affine(&[0.0; 5], (line, line), Activation::Silu, y, (1, 4)).is_err());
    assert!(kernels::affine(&[0.0; 6], (line, &[]), Activation::Silu, y, (1, 4)).is_err());
    assert!(kernels::layer_norm(&[0.0; 8], (line, line), 1e-5, y).is_err());
    assert!(kernels::global_average(&[0.0; 9], y).is_err());
    assert!(kernels::tokens(&[0.0; 6], line, &[0.0; 9], y).is_err());
    let attention = Attention { tokens: 2, channels: 4, heads: 3 };
    assert!(attention.run(&[0.0; 24], &mut Scratch::default(), y).is_err());
}

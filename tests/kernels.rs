//! Every kernel against a plain f64 sum over random shapes, and every gradient: natively with the widest vectors of the
//! machine, and in a browser's WebAssembly. `make test` runs this file on both targets.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]

#[path = "kernels/layers.rs"]
mod layers;
#[path = "kernels/reference.rs"]
mod reference;

use lantern::kernels::{
    Activation, BatchStatistics, ConvShape, Convolution, Geometry, Scratch, Shape, Shortcut, convolve,
    gradient_of_image, gradient_of_weights,
};
use proptest::prelude::*;
use reference::{ACTIVATIONS, Conv, activated, close, convolutions, narrow, noise};

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// Value and both gradients against the plain sums, which are linear, so that no finite step is needed.
fn agrees(conv: &Conv, seed: u64) -> bool {
    let (s, groups, scratch) = (&conv.s, conv.groups, &mut Scratch::default());
    let (x, w) = (noise(seed, s.batch * s.from.values()), noise(seed ^ 1, conv.weights()));
    let r = noise(seed ^ 2, s.batch * s.to.values());
    // What was there before must not show.
    let (mut y, mut dx) = (vec![f32::NAN; r.len()], vec![f32::NAN; x.len()]);
    convolve(&narrow(&x), &narrow(&w), s, groups, scratch, &mut y).unwrap();
    gradient_of_image(&narrow(&w), &narrow(&r), s, groups, scratch, &mut dx).unwrap();
    let dw = gradient_of_weights(&narrow(&x), &narrow(&r), s, groups).unwrap();
    let (expected_dx, expected_dw) = conv.backward(&x, &w, &r);
    close(&y, &conv.forward(&x, &w), 1e-5) && close(&dx, &expected_dx, 1e-5) && close(&dw, &expected_dw, 1e-5)
}

proptest! {
    #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
    #[cfg_attr(not(target_arch = "wasm32"), test)]
    fn the_result_and_both_gradients_agree_with_the_plain_sum(conv in convolutions(), seed in 0..u64::MAX) {
        prop_assert!(agrees(&conv, seed));
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_large_image_is_cut_into_blocks_without_a_seam() {
    for (channels, out, kernel, stride, groups) in [
        (24, 40, 3, 1, 1),
        (24, 40, 3, 2, 1),
        (3, 33, 7, 2, 1),
        (130, 24, 1, 1, 1),
        (40, 40, 5, 1, 40),
        (40, 40, 3, 2, 40),
        (40, 40, 7, 1, 40),
        (40, 24, 3, 1, 4),
        (24, 72, 3, 2, 24),
    ] {
        let from = Shape { height: 70, width: 66, channels };
        let geometry = Geometry::symmetric(stride, kernel / 2);
        let s = ConvShape::new(2, from, out, kernel, geometry).unwrap();
        assert!(agrees(&Conv { s, groups }, 7), "{s:?}");
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn sizes_that_do_not_fit_are_refused_with_the_sizes() {
    let from = Shape { height: 8, width: 8, channels: 3 };
    let s = ConvShape::new(1, from, 4, 3, Geometry::symmetric(1, 1)).unwrap();
    let (x, mut y) = (vec![0.0; from.values()], vec![0.0; s.to.values()]);
    let error = convolve(&x, &[0.0; 4 * 2 * 9], &s, 1, &mut Scratch::default(), &mut y).unwrap_err();
    assert!(error.to_string().contains("72 weights"), "{error}");
    let error = ConvShape::new(1, from, 4, 9, Geometry::symmetric(1, 0)).unwrap_err();
    assert!(error.to_string().contains("does not fit"), "{error}");
}

fn fused(conv: &Conv, seed: u64, activation: Activation, shortcut: bool) -> bool {
    let s = ConvShape { batch: 1, ..conv.s };
    let conv = Conv { s, ..*conv };
    let (x, w, bias) =
        (noise(seed, s.from.values()), noise(seed ^ 1, conv.weights()), noise(seed ^ 2, s.to.channels));
    let add = noise(seed ^ 3, s.to.values());
    let mut expected = conv.forward(&x, &w);
    for (i, value) in expected.iter_mut().enumerate() {
        *value += bias[i % s.to.channels] + if shortcut { add[i] } else { 0.0 };
        *value = activated(activation, *value);
    }
    let kernel = Convolution::new(s, conv.groups, &narrow(&w), &narrow(&bias), activation).unwrap();
    let mut y = vec![f32::NAN; s.to.values()];
    let add = narrow(&add);
    // Twice, because scratch memory that is used again must leave nothing behind.
    let scratch = &mut Scratch::default();
    (0..2).all(|_| {
        y.fill(f32::NAN);
        kernel.run(&narrow(&x), shortcut.then_some(&add[..]), scratch, &mut y).unwrap();
        close(&y, &expected, 2e-5)
    })
}

proptest! {
    #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
    #[cfg_attr(not(target_arch = "wasm32"), test)]
    fn reading_adds_bias_and_shortcut_and_applies_the_activation(conv in convolutions(), seed in 0..u64::MAX, shortcut: bool, which in 0..8usize) {
        let activation = ACTIVATIONS[which];
        prop_assert!(fused(&conv, seed, activation, shortcut));
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn a_nan_in_the_image_is_seen_in_the_result() {
    let s = ConvShape::new(1, Shape { height: 9, width: 9, channels: 16 }, 16, 3, Geometry::symmetric(1, 1))
        .unwrap();
    for groups in [1, 16] {
        let count = 16 * 16 / groups * 9;
        let kernel = Convolution::new(s, groups, &vec![0.1; count], &[], Activation::Relu6).unwrap();
        let mut x = vec![1.0; s.from.values()];
        x[40 * 16] = f32::NAN;
        let mut y = vec![0.0; s.to.values()];
        kernel.run(&x, None, &mut Scratch::default(), &mut y).unwrap();
        assert!(y[40 * 16].is_nan());
    }
}

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn too_little_memory_is_refused() {
    let s = ConvShape::new(1, Shape { height: 9, width: 9, channels: 4 }, 4, 3, Geometry::symmetric(1, 1))
        .unwrap();
    let kernel = Convolution::new(s, 1, &[0.0; 4 * 4 * 9], &[0.0; 4], Activation::Relu).unwrap();
    let (x, mut y) = (vec![0.0; s.from.values() - 1], vec![0.0; s.to.values()]);
    assert!(kernel.run(&x, None, &mut Scratch::default(), &mut y).is_err());
    assert!(Convolution::new(s, 1, &[0.0; 5], &[], Activation::Relu).is_err());
}

const EPSILON: f64 = 1e-3;

/// The definition, in f64.
fn normalised(x: &[f64], gamma: &[f64], beta: &[f64], add: &[f64], activation: Activation) -> Vec<f64> {
    let c = gamma.len();
    let mut y = vec![0.0; x.len()];
    for channel in 0..c {
        let at: Vec<usize> = (channel..x.len()).step_by(c).collect();
        let mean = at.iter().map(|i| x[*i]).sum::<f64>() / at.len() as f64;
        let variance = at.iter().map(|i| (x[*i] - mean).powi(2)).sum::<f64>() / at.len() as f64;
        for i in at {
            let value = gamma[channel] * (x[i] - mean) / (variance + EPSILON).sqrt() + beta[channel] + add[i];
            y[i] = activated(activation, value);
        }
    }
    y
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
    #[cfg_attr(not(target_arch = "wasm32"), test)]
    fn value_and_gradients_agree_with_finite_differences(pixels in 4..24usize, c in 1..20usize, which in 0..3usize, seed in 0..u64::MAX) {
        let activation = [Activation::Identity, Activation::Relu, Activation::Relu6][which];
        let n = pixels * c;
        let (x, gamma, beta) = (noise(seed, n), noise(seed ^ 1, c), noise(seed ^ 2, c));
        let (r, add) = (noise(seed ^ 3, n), noise(seed ^ 4, n));
        let statistics = BatchStatistics::of(&narrow(&x), c, EPSILON as f32).unwrap();
        let (x32, gamma32) = (narrow(&x), narrow(&gamma));
        let mut y = vec![f32::NAN; n];
        statistics.normalise(&x32, &gamma32, &narrow(&beta), &Shortcut::Value(&narrow(&add)), activation, &mut y).unwrap();
        prop_assert!(close(&y, &normalised(&x, &gamma, &beta, &add, activation), 1e-4));
        // The shortcut may lie where the result goes.
        let mut over = narrow(&add);
        statistics.normalise(&x32, &gamma32, &narrow(&beta), &Shortcut::Before, activation, &mut over).unwrap();
        prop_assert_eq!(&over, &y);

        let (mut dy, mut dx) = (narrow(&r), vec![f32::NAN; n]);
        let (dgamma, dbeta) = statistics.gradient(&x32, &gamma32, &y, activation, &mut dy, &mut dx).unwrap();
        let weighted = |y: Vec<f64>| -> f64 { y.iter().zip(&r).map(|(y, r)| y * r).sum() };
        let step = 1e-6;
        let slope = |values: &[f64], i: usize, of: &dyn Fn(&[f64]) -> f64| {
            let moved = |by: f64| { let mut v = values.to_vec(); v[i] += by; of(&v) };
            ((moved(step) - moved(-step)) / (2.0 * step), (moved(step) - 2.0 * of(values) + moved(-step)).abs() / step)
        };
        for (ours, values, of) in [
            (&dx, &x, &(|v: &[f64]| weighted(normalised(v, &gamma, &beta, &add, activation))) as &dyn Fn(&[f64]) -> f64),
            (&dgamma, &gamma, &|v: &[f64]| weighted(normalised(&x, v, &beta, &add, activation))),
            (&dbeta, &beta, &|v: &[f64]| weighted(normalised(&x, &gamma, v, &add, activation))),
            (&dy, &add, &|v: &[f64]| weighted(normalised(&x, &gamma, &beta, v, activation))),
        ] {
            for (i, ours) in ours.iter().enumerate() {
                let (slope, kink) = slope(values, i, of);
                // A ReLU's corner within the step has no slope to compare with.
                if kink < 1e-3 {
                    prop_assert!((f64::from(*ours) - slope).abs() < 3e-3 * (1.0 + slope.abs()), "{ours} {slope}");
                }
            }
        }
    }
}

//! The gradient of an image, through every kind of layer, against finite differences.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]
#![cfg(not(target_arch = "wasm32"))]

mod support;

use candle_nn::Module;
use lantern::explanation::gradients;
use lantern::model::{Differentiable, Graph, Network, Weights};
use support::networks::{noise, others, own, random};

const ABOUT: [f32; 5] = [1.0, -0.5, -0.5, 0.25, -0.25];

#[test]
fn the_gradient_of_an_image_matches_finite_differences() {
    for (name, graph) in own(32).into_iter().chain(others()) {
        let weights = random(&graph);
        let network = Network::new(&graph, &weights.builder()).unwrap();
        let image = noise(3, 3 * 32 * 32);
        let gradient = Differentiable::new(&graph, &weights.builder()).unwrap();
        let gradient = gradient.of_image(image.clone(), &ABOUT).unwrap();
        let length = gradient.iter().map(|g| f64::from(g * g)).sum::<f64>().sqrt();
        // Along the gradient itself, the slope is the gradient's length; there rounding matters least.
        let answer = |by: f64| -> f64 {
            let step = (by / length) as f32;
            let moved: Vec<f32> = image.iter().zip(&gradient).map(|(v, g)| v + step * g).collect();
            let logits = network.forward(&network.image(moved).unwrap()).unwrap().to_vec1::<f32>().unwrap();
            logits.iter().zip(ABOUT).map(|(logit, weight)| f64::from(logit * weight)).sum()
        };
        // ReLU has corners inside some of the steps, so only one of them has to agree.
        let slopes = [5e-2, 2e-2, 5e-3].map(|step| (answer(step) - answer(-step)) / (2.0 * step));
        println!("{name}: {length} {slopes:?}");
        assert!(slopes.iter().any(|s| (s - length).abs() < 0.03 * length), "{name} {length} {slopes:?}");
    }
}

#[test]
fn class_maps_are_only_of_maps_with_more_than_one_pixel() {
    for (name, graph) in others() {
        let network = Network::new(&graph, &random(&graph).builder()).unwrap();
        let pooled = ["mobilenet-v3", "convnext", "vit", "vgg"].contains(&name);
        assert_eq!(network.has_class_maps(), !pooled, "{name}");
    }
}

/// What a network without a map of more than one pixel is explained by depends on what it learned (Adebayo et al.
/// 2018): with another head, the same image gives another map.
#[test]
fn another_head_gives_a_transformer_another_map() {
    let (_, graph) = others().into_iter().find(|(name, _)| *name == "vit").unwrap();
    let weights = random(&graph);
    let image = noise(5, 3 * 32 * 32);
    let map = |graph: &Graph, weights: &Weights| {
        let network = Differentiable::new(graph, &weights.builder()).unwrap();
        gradients(&network, &image, 32, (&[0.0; 3], &ABOUT), 1e-6, |_, _| ()).unwrap().values
    };
    let own = map(&graph, &weights);
    assert!(own.iter().any(|value| *value > 0.5), "the map is empty");
    let correlations: Vec<f32> = (0..6)
        .map(|seed| {
            let mut other = random(&graph);
            let features = graph.head.features;
            other.insert("head.weight", &[5, features], &noise(100 + seed, 5 * features));
            correlation(&own, &map(&graph, &other)).abs()
        })
        .collect();
    let mean = correlations.iter().sum::<f32>() / correlations.len() as f32;
    println!("correlation with the maps of other heads {correlations:.2?}, mean {mean:.2}");
    assert!(mean < 0.5, "the map does not depend on the head: {correlations:?}");
}

/// Pearson's.
fn correlation(a: &[f32], b: &[f32]) -> f32 {
    let centred = |values: &[f32]| -> Vec<f32> {
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        values.iter().map(|value| value - mean).collect()
    };
    let (a, b) = (centred(a), centred(b));
    let product = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f32>();
    product(&a, &b) / (product(&a, &a) * product(&b, &b)).sqrt()
}

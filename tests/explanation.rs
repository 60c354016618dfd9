//! Heat maps must depend on what was learned: with other weights the same image gives another map (the sanity check of Adebayo
//! et al. 2018). Each method is tried on the shipped network of the brain's slices, whose image is a phantom.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]
#![cfg(not(target_arch = "wasm32"))]

use candle_nn::Module;
use lantern::dataset::phantom;
use lantern::engine::{Engine, LastExamined, OnReject, Source};
use lantern::explanation::{
    HeatMap, Method, STRONG, about, attributions, class_activation, gradients, occlusion,
};
use lantern::imaging;
use lantern::model::{
    Bundle, Card, DISTRIBUTION, Differentiable, Files, GOLDEN, Graph, Network, WEIGHTS, Weights,
};
use lantern::preprocess::resize;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::path::Path;

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("models/brain-mri").join(name)).unwrap()
}

/// The same values in another order, array by array: their sizes stay, what they have learned does not.
fn shuffled(weights: &Weights, seed: u64) -> Weights<'static> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut other = Weights::default();
    for (name, mut array) in weights.iter() {
        array.values.shuffle(&mut random);
        other.insert(name, &array.shape, &array.values);
    }
    other
}

/// The maps of all methods for one class.
fn maps(
    graph: &Graph,
    weights: &Weights,
    card: &Card,
    image: &[f32],
    class: usize,
) -> Vec<(&'static str, HeatMap)> {
    let network = Network::new(graph, &weights.builder()).unwrap();
    let features = network.outputs(&network.image(image.to_vec()).unwrap()).unwrap().features;
    let side = card.input.spec.side as usize;
    let weights_of = about(card.classes.len(), &[class]);
    let empty = [-card.input.mean[0] / card.input.std[0]];
    let way_back = Differentiable::new(graph, &weights.builder()).unwrap();
    vec![
        ("activation", class_activation(&features, network.head_weights(), &weights_of, STRONG).unwrap()),
        ("occlusion", occlusion(&network, image, side, &weights_of, 1e-6, |_, _| ()).unwrap()),
        ("gradients", gradients(&way_back, image, side, (&empty, &weights_of), 1e-6, |_, _| ()).unwrap()),
    ]
}

/// Spearman's rank correlation; values that are the same share their mean rank, and an even map goes with nothing.
fn rank_correlation(a: &HeatMap, b: &HeatMap) -> f64 {
    let ranks = |values: &[f32]| -> Vec<f64> {
        let below = |own: f32| values.iter().filter(|value| **value < own).count() as f64;
        let same = |own: f32| values.iter().filter(|value| **value == own).count() as f64;
        values.iter().map(|own| below(*own) + (same(*own) - 1.0) / 2.0).collect()
    };
    let (a, b) = (ranks(&a.values), ranks(&b.values));
    let middle = (a.len() as f64 - 1.0) / 2.0;
    let product =
        |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - middle) * (y - middle)).sum::<f64>();
    let spread = (product(&a, &a) * product(&b, &b)).sqrt();
    if spread > 0.0 { product(&a, &b) / spread } else { 0.0 }
}

#[test]
fn a_map_changes_with_the_weights_that_made_it() {
    let (card, bytes) = (Card::parse(&file("card.json")).unwrap(), file(WEIGHTS));
    let weights = Weights::from_safetensors(WEIGHTS, &bytes).unwrap();
    let graph = card.graph().unwrap();
    let (image, _) = imaging::read(&phantom::chest(5, 300)).unwrap();
    let mut image = resize::resize(&image, &card.input.spec).values;
    card.input.normalise(&mut image);
    // The class that is seen most has a map that is not empty.
    let network = Network::new(&graph, &weights.builder()).unwrap();
    let logits: Vec<f32> =
        network.forward(&network.image(image.clone()).unwrap()).unwrap().to_vec1().unwrap();
    let class = (0..logits.len()).max_by(|a, b| logits[*a].total_cmp(&logits[*b])).unwrap();
    let own = maps(&graph, &weights, &card, &image, class);
    let again = maps(&graph, &weights, &card, &image, class);
    for (method, ((name, own), (_, again))) in own.iter().zip(&again).enumerate() {
        assert!(own.values.iter().any(|value| *value > 0.5), "{name} is empty");
        assert!(rank_correlation(own, again) > 0.999, "{name} is another one the second time");
        let others: Vec<f64> = (0..4)
            .map(|seed| {
                let other = &maps(&graph, &shuffled(&weights, seed), &card, &image, class)[method].1;
                assert!(other.values.iter().all(|value| value.is_finite()), "{name}: no map at all");
                rank_correlation(own, other).abs()
            })
            .collect();
        let mean = others.iter().sum::<f64>() / others.len() as f64;
        println!("{name}: rank correlation with the maps of shuffled weights {others:.2?}, mean {mean:.2}");
        assert!(mean < 0.5, "{name} does not depend on what was learned: {others:?}");
    }
}

#[test]
fn integrated_gradients_add_up_to_the_change_of_the_answer() {
    let (card, bytes) = (Card::parse(&file("card.json")).unwrap(), file(WEIGHTS));
    let weights = Weights::from_safetensors(WEIGHTS, &bytes).unwrap();
    let graph = card.graph().unwrap();
    let (network, way_back) = (
        Network::new(&graph, &weights.builder()).unwrap(),
        Differentiable::new(&graph, &weights.builder()).unwrap(),
    );
    let (image, _) = imaging::read(&phantom::chest(5, 300)).unwrap();
    let mut image = resize::resize(&image, &card.input.spec).values;
    card.input.normalise(&mut image);
    let about = about(card.classes.len(), &[0]);
    let evidence = |image: &[f32]| -> f32 {
        let image = network.image(image.to_vec()).unwrap();
        let logits: Vec<f32> = network.forward(&image).unwrap().to_vec1().unwrap();
        logits.iter().zip(&about).map(|(logit, weight)| logit * weight).sum()
    };
    let empty = [-card.input.mean[0] / card.input.std[0]];
    let black = vec![empty[0]; image.len()];
    let side = card.input.spec.side as usize;
    let added = attributions(&way_back, &image, side, (&empty, &about), |_, _| ()).unwrap();
    let sum = added.iter().sum::<f32>();
    let change = evidence(&image) - evidence(&black);
    println!("added up {sum:.3}, changed {change:.3}");
    // The axiom of completeness (Sundararajan et al. 2017), but for the finite number of steps.
    assert!((sum - change).abs() < 0.15 * change.abs().max(1.0), "{sum} and {change}");
}

#[test]
fn the_image_that_is_kept_is_explained_as_after_a_second_examination() {
    let files = Files {
        card: file("card.json"),
        weights: file(WEIGHTS),
        golden: file(GOLDEN),
        distribution: Some(file(DISTRIBUTION)),
    };
    let engine = Engine::new(Bundle::open(files).unwrap());
    let examine =
        |picture: &[u8]| engine.examine(Source::picture(picture).unwrap(), OnReject::Refuse, |_| ()).unwrap();
    let picture = phantom::chest(5, 300);
    let mut last = LastExamined::default();
    assert!(last.get((1, 0)).is_none());
    last.keep((1, 0), examine(&picture));
    for method in [Method::Activation, Method::Occlusion, Method::Gradients] {
        let map = |examined| engine.explain(examined, method, None, |_, _| ()).unwrap().unwrap().picture;
        assert_eq!(map(last.get((1, 0)).unwrap()), map(&examine(&picture)), "{method:?}");
    }
    // Another image, another frame, one that the network did not see, and none.
    assert!(last.get((2, 0)).is_none() && last.get((1, 1)).is_none());
    last.keep((1, 0), examine(&phantom::png(image::GrayImage::new(64, 64).into())));
    assert!(last.get((1, 0)).is_none());
    last.keep((2, 3), examine(&picture));
    assert!(last.get((2, 3)).is_some());
    last.clear();
    assert!(last.get((2, 3)).is_none());
}

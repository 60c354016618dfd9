//! Times training steps of this project on a GPU: copying the batch there, forward, cross entropy, backward, AdamW, average.
//!
//! usage: gpu_step NAME GRAPH.json BATCH PRECISION STEPS. Prints one JSON row.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot be set up should stop"
)]

use lantern::kernels::cuda::{Gpu, Knobs, Precision};
use lantern::model::Graph;
use lantern::model::cuda::{Batch, Network, Part};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::rc::Rc;
use std::time::Instant;

/// Steps before the clock starts.
const WARM_UP: usize = 20;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, graph, batch, precision, steps] = arguments.as_slice() else {
        panic!("usage: see the source");
    };
    let (batch, steps): (usize, usize) = (batch.parse().unwrap(), steps.parse().unwrap());
    let stored = match precision.as_str() {
        "f32" => Precision::F32,
        "bf16" => Precision::Bf16,
        other => panic!("{other} is no precision"),
    };
    let graph: Graph = serde_json::from_slice(&std::fs::read(graph).unwrap()).unwrap();
    let gpu = match Gpu::open(0, stored, None) {
        Ok(gpu) => Rc::new(gpu),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(2);
        }
    };
    let mut network = Network::new(gpu.clone(), &graph, batch).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(1);
    // A step on zeros would be faster than one on images.
    let layout = network.layout().clone();
    let mut weights = vec![0f32; layout.learned_len];
    for place in &layout.learned {
        let fan = place.len() / place.shape[0];
        let bound = if place.shape.len() > 1 { (6.0 / fan as f32).sqrt() } else { 0.0 };
        let values = &mut weights[place.from..place.from + place.len()];
        let constant = if place.name.ends_with("norm.weight") { 1.0 } else { 0.0 };
        values.iter_mut().for_each(|v| *v = constant + bound * random.random_range(-1f32..1f32));
    }
    network.write(Part::Learned, &weights).unwrap();
    network.write(Part::Followed, &vec![1.0; layout.followed_len]).unwrap();
    network.begin().unwrap();
    let sizes = network.sizes();
    let images: Vec<f32> = (0..batch * sizes.image).map(|_| random.random_range(-1.7f32..1.7)).collect();
    let one_hot = |i: usize| f32::from(u8::from(i % sizes.classes == i / sizes.classes % sizes.classes));
    let targets: Vec<f32> = (0..batch * sizes.classes).map(one_hot).collect();
    let masks: Vec<f32> = (0..batch * sizes.outline).map(|i| f32::from(u8::from(i % 3 == 0))).collect();
    let mut loss = f32::NAN;
    let mut run = |from: usize, count: usize| {
        for step in from..from + count {
            let corrections = [0.9f64, 0.999].map(|beta| 1.0 - beta.powi(step as i32 + 1));
            let (rate, decay, weight) = (1e-3, 5e-5, batch as f64);
            let knobs =
                Knobs { rate, decay, corrections, weight, images: batch, outline: 1.0, nearer: 0.002 };
            network.send(&Batch { images: &images, targets: &targets, masks: &masks }, &knobs).unwrap();
            network.learn().unwrap();
            if let Some(told) = network.update().unwrap() {
                loss = told;
            }
        }
        gpu.finish().unwrap();
    };
    run(0, WARM_UP);
    let began = Instant::now();
    run(WARM_UP, steps);
    let seconds = began.elapsed().as_secs_f64() / steps as f64;
    assert!(loss.is_finite(), "the loss became {loss}");
    let row = serde_json::json!({
        "network": name, "runtime": "lantern", "version": env!("CARGO_PKG_VERSION"), "gpu": gpu.name().unwrap(),
        "precision": precision, "batch": batch, "images_per_second": batch as f64 / seconds,
        "step_ms": seconds * 1e3, "memory_mb": gpu.taken() >> 20,
    });
    println!("{row}");
}

//! Times one training step of this project: forward, cross entropy, backward, AdamW.
//!
//! usage: step NAME GRAPH.json BATCH THREADS STEPS. Prints one JSON row.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot be set up should stop"
)]

fn main() {
    #[cfg(not(target_arch = "wasm32"))]
    native::main();
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use candle_core::{Device, Tensor};
    use lantern::learn::{AdamW, Parameters, cross_entropy};
    use lantern::model::{Graph, TrainNetwork};
    use std::time::Instant;

    pub fn main() {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let [name, graph, numbers @ ..] = arguments.as_slice() else { panic!("usage: see the source") };
        let numbers: Vec<usize> = numbers.iter().map(|n| n.parse().unwrap()).collect();
        let [batch, threads, steps] = numbers[..] else { panic!("usage: see the source") };
        rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().unwrap();
        let graph: Graph = serde_json::from_slice(&std::fs::read(graph).unwrap()).unwrap();
        let parameters = Parameters::seeded(1);
        let network = TrainNetwork::new(&graph, &parameters.builder()).unwrap();
        let mut optimiser = AdamW::new(&parameters, 0.05);
        let size = graph.input;
        let shape = (batch, size.height, size.width, size.channels);
        let xs = Tensor::randn(0f32, 1f32, shape, &Device::Cpu).unwrap();
        let classes = graph.head.classes;
        let one_hot = |i: usize| f32::from(u8::from(i % classes == i / classes % classes));
        let targets: Vec<f32> = (0..batch * classes).map(one_hot).collect();
        let targets = Tensor::from_vec(targets, (batch, classes), &Device::Cpu).unwrap();
        let mut times = Vec::new();
        for step in 0..steps + 3 {
            let began = Instant::now();
            let loss = cross_entropy(&network.forward(&xs).unwrap().logits, &targets).unwrap();
            let forward = began.elapsed();
            let gradients = loss.backward().unwrap();
            let backward = began.elapsed() - forward;
            optimiser.step(&gradients, 1e-3).unwrap();
            if std::env::var_os("STEP_PARTS").is_some() {
                eprintln!("forward {forward:?}, backward {backward:?}, all {:?}", began.elapsed());
            }
            if step >= 3 {
                times.push(began.elapsed().as_secs_f64());
            }
        }
        times.sort_by(f64::total_cmp);
        let median = times[times.len() / 2];
        let row = serde_json::json!({
            "network": name, "runtime": "lantern", "version": env!("CARGO_PKG_VERSION"), "threads": threads,
            "batch": batch, "images_per_second": batch as f64 / median, "median_ms": median * 1e3,
        });
        println!("{row}");
    }
}

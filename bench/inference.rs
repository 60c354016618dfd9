//! Times the forward pass of networks natively, on one thread or as many as `RAYON_NUM_THREADS` says.
//!
//! usage: inference FOLDER..., each a folder that the example `networks` wrote. Prints the fastest of many passes in
//! milliseconds: other programs on the machine only make a pass slower.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that cannot be set up should stop"
)]

fn main() {
    #[cfg(not(target_arch = "wasm32"))]
    native::main();
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use candle_nn::Module;
    use lantern::model::{Graph, Network, Weights};
    use std::path::Path;
    use std::time::{Duration, Instant};

    /// Time for one network.
    const BUDGET: Duration = Duration::from_secs(3);

    pub fn main() {
        let threads = std::env::var("RAYON_NUM_THREADS").ok().and_then(|count| count.parse().ok());
        rayon::ThreadPoolBuilder::new().num_threads(threads.unwrap_or(1)).build_global().unwrap();
        for folder in std::env::args().skip(1) {
            let file = |name: &str| {
                std::fs::read(Path::new(&folder).join(name)).expect("usage: inference FOLDER...")
            };
            let graph: Graph = serde_json::from_slice(&file("graph.json")).unwrap();
            let bytes = file("weights.safetensors");
            let weights = Weights::from_safetensors(&folder, &bytes).unwrap();
            let network = Network::new(&graph, &weights.builder()).unwrap();
            let size = graph.input;
            let image: Vec<f32> =
                (0..size.channels * size.height * size.width).map(|i| (i as f32 * 0.37).sin()).collect();
            let image = network.image(image).unwrap();
            let (began, mut fastest) = (Instant::now(), Duration::MAX);
            while began.elapsed() < BUDGET {
                let start = Instant::now();
                network.forward(&image).unwrap();
                fastest = fastest.min(start.elapsed());
            }
            println!("{folder} {:.3}", fastest.as_secs_f64() * 1e3);
        }
    }
}

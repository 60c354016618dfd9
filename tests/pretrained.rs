//! EfficientNet-Lite0 with its ImageNet weights computes what PyTorch computes. The weights are no part of the
//! repository; where they are absent, the test says so and skips.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "in a test a failed expectation is the report"
)]
#![cfg(not(target_arch = "wasm32"))]

mod support;

use lantern::kernels::interleaved;
use lantern::model::{Architecture, Network, Weights, fold};

/// PyTorch's value at a stage, by its name, and how many stages lead there.
const STAGES: [(&str, usize, bool); 4] =
    [("blocks.2", 2, false), ("blocks.4", 3, false), ("blocks.10", 5, false), ("head", 7, true)];

#[test]
fn every_stage_of_lite0_gives_pytorchs_values() {
    let read = |name: &str| support::file(name).map(|path| std::fs::read(path).unwrap());
    let Some(weights) = read("efficientnet-lite0-imagenet.safetensors") else { return };
    let Some(golden) = read("efficientnet-lite0-golden.safetensors") else { return };
    let mut weights = Weights::from_safetensors("imagenet", &weights).unwrap().named_by_us();
    let golden = Weights::from_safetensors("golden", &golden).unwrap();
    let image = &interleaved(&golden.get("input").unwrap().values, 3);
    for (stage, stages, widen) in STAGES {
        let graph = Architecture::EfficientNetLite0 { stages, widen, outline: None }.graph(3, 96, 2).unwrap();
        // The published head has 1000 classes and is not in the file.
        weights.insert("head.weight", &[2, graph.head.features], &vec![0.0; 2 * graph.head.features]);
        weights.insert("head.bias", &[2], &[0.0; 2]);
        let network = Network::new(&graph, &fold(&graph, &weights.builder()).unwrap().builder()).unwrap();
        let features = network.outputs(&network.image(image.clone()).unwrap()).unwrap().features;
        let (height, width, channels) = features.dims3().unwrap();
        let (expected, pixels) = (&golden.get(stage).unwrap().values, height * width);
        let largest = expected.iter().fold(0f32, |most, v| most.max(v.abs()));
        for (i, value) in features.flatten_all().unwrap().to_vec1::<f32>().unwrap().iter().enumerate() {
            let theirs = expected[i % channels * pixels + i / channels];
            assert!((value - theirs).abs() < 1e-4 * largest, "{stage}: {value} where PyTorch has {theirs}");
        }
    }
}

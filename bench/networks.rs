//! Writes the networks of the benchmark: graph, weights and ONNX, a folder each.
//!
//! usage: networks OUT [DATA]. With DATA the ImageNet weights of EfficientNet-Lite0 are used where they lie; without,
//! and for the other networks, seeded random ones of the right spread: speed does not depend on them, and every runtime gets the
//! same.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot be set up should stop"
)]

#[cfg(not(target_arch = "wasm32"))]
mod published;

fn main() {
    #[cfg(not(target_arch = "wasm32"))]
    native::main();
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use super::published;
    use lantern::kernels::{Activation, Geometry};
    use lantern::model::{Architecture, Bundle, Conv, Files, Graph, Size, Weights};
    use lantern::model::{DISTRIBUTION, GOLDEN, WEIGHTS, fold, to_onnx};
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use std::fs;
    use std::path::Path;

    pub fn main() {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let out = Path::new(arguments.first().expect("usage: networks OUT [DATA]"));
        let mut names = Vec::new();
        let mut write = |name: &str, graph: &Graph, weights: &Weights| {
            let folder = out.join(name);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("graph.json"), serde_json::to_vec(graph).unwrap()).unwrap();
            fs::write(folder.join("weights.safetensors"), stored(weights)).unwrap();
            fs::write(folder.join("network.onnx"), to_onnx(name, graph, weights).unwrap()).unwrap();
            names.push(name.to_string());
        };
        for (name, graph) in [
            ("resnet-18", published::resnet18()),
            ("densenet-121", published::densenet121()),
            ("mobilenet-v2", published::mobilenet_v2()),
            ("efficientnet-b0", published::efficientnet_b0()),
            ("vit-tiny", published::vit_tiny()),
        ] {
            write(name, &graph, &random(&graph));
        }
        let lite0 = Architecture::EfficientNetLite0 { stages: 7, widen: true, outline: None }
            .graph(3, 224, 1000)
            .unwrap();
        write("efficientnet-lite0", &lite0, &imagenet(&lite0, arguments.get(1)).unwrap_or(random(&lite0)));
        let plain = plain();
        write("plain-128", &plain, &random(&plain));
        let small = Architecture::EfficientNetLite0 { stages: 7, widen: true, outline: None }
            .graph(3, 128, 4)
            .unwrap();
        write("lite0-128", &small, &random(&small));
        for (name, architecture) in candidates() {
            let graph = architecture.graph(3, 160, 4).unwrap();
            write(name, &graph, &random(&graph));
        }
        for entry in fs::read_dir("models").unwrap().flatten().filter(|entry| entry.path().is_dir()) {
            let file = |name: &str| fs::read(entry.path().join(name)).unwrap();
            let (weights, golden) = (file(WEIGHTS), file(GOLDEN));
            let files =
                Files { card: file("card.json"), weights, golden, distribution: Some(file(DISTRIBUTION)) };
            let card = Bundle::open(files.clone()).unwrap().card;
            let weights = Weights::from_safetensors(WEIGHTS, &files.weights).unwrap();
            write(&card.about.id, &card.graph().unwrap(), &weights);
        }
        fs::write(out.join("index.json"), serde_json::to_vec(&names).unwrap()).unwrap();
    }

    /// Families that were compared for the model zoo, at 160 pixels: see docs/performance.md.
    fn candidates() -> [(&'static str, Architecture); 4] {
        let residual = |widths: [usize; 4], blocks: [usize; 4]| Architecture::Residual {
            widths: widths.to_vec(),
            blocks: blocks.to_vec(),
        };
        [
            ("lite0-160", Architecture::EfficientNetLite0 { stages: 7, widen: false, outline: None }),
            ("lite0-cut-160", Architecture::EfficientNetLite0 { stages: 5, widen: false, outline: None }),
            ("residual-160", residual([24, 48, 96, 160], [1, 2, 2, 1])),
            ("chain-160", Architecture::Chain { widths: vec![32, 48, 96, 192], depths: vec![1, 2, 4, 2] }),
        ]
    }

    fn relu(conv: &mut Conv) {
        conv.activation = Activation::Relu;
    }

    /// Five stages of two 3x3 convolutions, 3.1 M parameters: the plain network of the training benchmark.
    fn plain() -> Graph {
        let mut b = Graph::new(Size { channels: 3, height: 128, width: 128 }, 4, 1e-5);
        for (stage, to) in [32, 64, 128, 256, 352].into_iter().enumerate() {
            b.conv(format!("{stage}.first"), to, 3, Geometry::symmetric(2, 1), relu);
            b.conv(format!("{stage}.second"), to, 3, Geometry::symmetric(1, 1), relu);
        }
        b
    }

    /// He et al. 2015's spread for ReLU, so that no value grows or dies along the layers.
    fn random(graph: &Graph) -> Weights<'static> {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut draw = |count: usize, spread: f32| -> Vec<f32> {
            (0..count).map(|_| random.random_range(-spread..spread)).collect()
        };
        let mut weights = Weights::default();
        let summed: Vec<&str> =
            graph.convs().filter(|conv| conv.add.is_some()).map(|conv| conv.name.as_str()).collect();
        for (name, shape) in graph.weights().unwrap() {
            let terms = shape.iter().skip(1).product::<usize>() as f32;
            let count = shape.iter().product();
            let values = if let Some(conv) = name.strip_suffix(".conv.weight") {
                draw(count, if summed.contains(&conv) { 0.7 } else { 1.4 } * (3.0 / terms).sqrt())
            } else if name == "head.weight" {
                draw(count, 1.0 / terms.sqrt())
            } else {
                let middle = if name.ends_with(".scale") || name.ends_with(".weight") { 1.0 } else { 0.0 };
                draw(count, 0.1).into_iter().map(|value| middle + value).collect()
            };
            weights.insert(name, &shape, &values);
        }
        weights
    }

    fn imagenet(graph: &Graph, data: Option<&String>) -> Option<Weights<'static>> {
        let bytes = fs::read(Path::new(data?).join("efficientnet-lite0-imagenet.safetensors")).ok()?;
        let mut weights = Weights::from_safetensors("EfficientNet-Lite0", &bytes).ok()?.named_by_us();
        let head = random(graph);
        for name in ["head.weight", "head.bias"] {
            let array = head.get(name)?;
            weights.insert(name, &array.shape, &array.values);
        }
        fold(graph, &weights.builder()).ok()
    }

    fn stored(weights: &Weights) -> Vec<u8> {
        let bytes: Vec<(String, Vec<usize>, Vec<u8>)> = weights
            .iter()
            .map(|(name, a)| {
                (name.to_string(), a.shape.clone(), a.values.iter().flat_map(|v| v.to_le_bytes()).collect())
            })
            .collect();
        let views = bytes.iter().map(|(name, shape, bytes)| {
            let view = safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape.clone(), bytes);
            (name.clone(), view.unwrap())
        });
        safetensors::serialize(views.collect::<std::collections::BTreeMap<_, _>>(), None).unwrap()
    }
}

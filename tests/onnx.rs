//! What is written for other runtimes means there what it means here: rten, an independent runtime, loads each file and computes the
//! network's own answers.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]
#![cfg(not(target_arch = "wasm32"))]

mod support;

use lantern::model::{Card, Graph, Network, Weights, to_onnx};
use rten::{Model, Value};
use std::path::Path;
use std::process::Command;
use support::furthest;
use support::networks::{noise, others, own, random};

/// The largest difference, as a share of the largest value.
const TOLERANCE: f32 = 1e-4;

/// The largest difference between what rten says and what we say, as a share of our largest value. Not a number where either is not.
fn apart(theirs: &[f32], ours: &[f32]) -> f32 {
    furthest(theirs, ours) / furthest(ours, &vec![0.0; ours.len()])
}

/// rten computes from the file what the network computes, for two images as one batch.
fn agrees(name: &str, file: Vec<u8>, graph: &Graph, weights: &Weights) {
    let model = Model::load(file).unwrap_or_else(|error| panic!("{name} cannot be loaded: {error}"));
    let input = &graph.input;
    let shape = [2, input.channels, input.height, input.width];
    let count = shape[1..].iter().product();
    // The second is brighter: pooling takes the mean of noise, which is the same for all.
    let images = [noise(7, count), noise(8, count).iter().map(|value| 0.5 + 0.5 * value).collect()];
    let network = Network::new(graph, &weights.builder()).unwrap();
    let ours =
        images.each_ref().map(|image| network.outputs(&network.image(image.clone()).unwrap()).unwrap());
    let said = ours.each_ref().map(|ours| ours.logits.to_vec1::<f32>().unwrap());

    // The file wants channels before rows and columns; we keep them innermost.
    let planes = |image: &Vec<f32>| -> Vec<f32> {
        (0..input.channels).flat_map(|c| image.iter().skip(c).step_by(input.channels).copied()).collect()
    };
    let batch = Value::from_shape(&shape, images.each_ref().map(planes).concat()).unwrap();
    let id = |name: &str| model.node_id(name).unwrap();
    let outputs: Vec<_> =
        ["logits", "outline"].into_iter().filter(|name| model.find_node(name).is_some()).collect();
    assert_eq!(outputs.len(), 1 + usize::from(graph.outline.is_some()), "{name}");
    let ids: Vec<_> = outputs.iter().map(|name| id(name)).collect();
    let mut theirs = model.run(vec![(id("image"), (&batch).into())], &ids, None).unwrap().into_iter();

    let (shape, logits) = theirs.next().unwrap().into_shape_vec::<f32, 2>().unwrap();
    assert_eq!(shape, [2, graph.head.classes], "{name}");
    let off = apart(&logits, &said.concat());
    println!("{name}: logits at most {off:e} apart");
    assert!(off <= TOLERANCE, "{name}: logits {off} apart");
    // Two images have two answers, so that a constant would not pass.
    assert!(apart(&said[0], &said[1]) > 100.0 * TOLERANCE, "{name}: one answer for all");

    if let Some(outline) = theirs.next() {
        let (shape, values) = outline.into_shape_vec::<f32, 4>().unwrap();
        let drawn = ours.each_ref().map(|ours| ours.outline.as_ref().unwrap());
        let (height, width, _) = drawn[0].dims3().unwrap();
        assert_eq!(shape, [2, 1, height, width], "{name}");
        let drawn = drawn.map(|drawn| drawn.flatten_all().unwrap().to_vec1::<f32>().unwrap());
        let off = apart(&values, &drawn.concat());
        println!("{name}: outlines at most {off:e} apart");
        assert!(off <= TOLERANCE, "{name}: outlines {off} apart");
    }
}

#[test]
fn rten_computes_every_family_as_we_do() {
    for (name, graph) in own(64).into_iter().chain(others()) {
        let weights = random(&graph);
        agrees(name, to_onnx(name, &graph, &weights).unwrap(), &graph, &weights);
    }
}

#[test]
fn rten_computes_what_the_command_line_wrote_of_a_bundle() {
    let folder = tempfile::tempdir().unwrap();
    let write = |bundle: &str, out: &Path| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lantern"));
        command
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["bundle", "onnx"])
            .args([Path::new(bundle), out]);
        command.output().unwrap()
    };
    let out = folder.path().join("network.onnx");
    // One of grey images, one of colours, one that draws.
    for id in ["chest-pneumonia", "skin-lesion", "breast-ultrasound"] {
        let bundle = format!("models/{id}");
        let output = write(&bundle, &out);
        assert!(output.status.success(), "{output:?}");
        let file = |name: &str| {
            std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(&bundle).join(name)).unwrap()
        };
        let graph = Card::parse(&file("card.json")).unwrap().graph().unwrap();
        let bytes = file("weights.safetensors");
        let weights = Weights::from_safetensors(id, &bytes).unwrap();
        agrees(id, std::fs::read(&out).unwrap(), &graph, &weights);
    }
    let nowhere = write("models/chest-pneumonia", &out.join("inside"));
    assert!(!nowhere.status.success(), "{nowhere:?}");
}

//! A small bundle with three labels on one image and no gate, as an import makes one; what its network says follows from the biases of its
//! head.

use lantern::fingerprint::sha256;
use lantern::model::{Architecture, Card, Files, GOLDEN, Network, WEIGHTS, Weights};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The folder's name.
pub const BUNDLE: &str = "chest-signs";
/// The labels.
pub const LABELS: [&str; 3] = ["effusion", "mass", "nodule"];
/// Their logits, whatever the image shows.
pub const LOGITS: [f32; 3] = [3.0, -4.0, 0.5];

const SIDE: usize = 32;

/// Two labels checked on data, the third not.
pub fn partly_checked() -> Value {
    let share = json!({ "value": 0.9, "low": 0.8, "high": 0.95 });
    let label = |name: &str| {
        json!({
            "temperature": 2.0,
            "offset": 0.5,
            "operating_point": {
                "label": name, "threshold": 0.5, "unsure_from": 0.25, "unsure_to": 0.75, "sensitivity": share, "specificity": share,
                "measured_on": "400 validation images", "prevalence": 0.2, "purpose": "balanced", "rules_out_below": 0.3,
            },
            "curve": [{ "threshold": 0.9, "sensitivity": share, "specificity": share }],
            "reliability": [
                { "images": 100, "mean_probability": 0.05, "share": 0.01 },
                { "images": 100, "mean_probability": 0.15, "share": 0.02 },
                { "images": 100, "mean_probability": 0.85, "share": 0.9 },
            ],
        })
    };
    json!([label("effusion"), label("mass"), null])
}

/// The bundle's files. `calibration`: of its card.
pub fn bundle(calibration: &Value) -> Files {
    // Of hardly any weight, so that the biases decide.
    with_head(calibration, 1e-4)
}

/// The same with weights of its head of this size.
pub fn with_head(calibration: &Value, weight: f32) -> Files {
    let architecture = Architecture::Chain { widths: vec![4, 8], depths: vec![1, 1] };
    let graph = architecture.graph(1, SIDE, LABELS.len()).unwrap();
    let mut weights = Weights::default();
    for conv in graph.convs() {
        let shape = conv.weight_shape();
        let count: usize = shape.iter().product();
        let values: Vec<f32> = (0..count).map(|i| ((i * 37 % 11) as f32 - 4.0) / 8.0).collect();
        weights.insert(format!("{}.conv.weight", conv.name), &shape, &values);
        weights.insert(format!("{}.conv.bias", conv.name), &[conv.to], &vec![0.1; conv.to]);
    }
    let features = graph.head.features;
    // Of another sign for every label, so that their maps differ.
    let head: Vec<f32> =
        (0..LABELS.len() * features).map(|i| if i * 5 % 7 < 3 { weight } else { -weight }).collect();
    weights.insert("head.weight", &[LABELS.len(), features], &head);
    weights.insert("head.bias", &[LABELS.len()], &LOGITS);
    let image: Vec<f32> = (0..SIDE * SIDE).map(|i| (i % 7) as f32 / 7.0 - 0.5).collect();
    let network = Network::new(&graph, &weights.builder()).unwrap();
    let logits = network.outputs(&network.image(image.clone()).unwrap()).unwrap().logits;
    let mut golden = Weights::default();
    golden.insert("input", &[1, 1, SIDE, SIDE], &image);
    golden.insert("logits", &[1, LABELS.len()], &logits.to_vec1().unwrap());
    let (weights, golden) = (file(&weights), file(&golden));
    let stamp = |bytes: &[u8]| json!({ "bytes": bytes.len(), "sha256": sha256(bytes) });
    let classes = LABELS.map(|label| json!({ "name": label, "label": label }));
    let card = json!({
        "format": 7,
        "about": {
            "id": BUNDLE, "title": "Signs on a chest radiograph", "kind": "a frontal chest radiograph", "version": "0.1.0",
            "scope": { "modalities": ["CR", "DX"], "pictures": true }, "tried_on": "nothing yet", "advice": "Ask a doctor.",
            "intended_use": "Tests.", "purpose_reason": "Every error counts the same.", "limits": ["It has learned nothing."],
            "licence": "Made for tests.",
        },
        "classes": classes,
        "input": {
            "spec": { "side": SIDE, "channels": 1, "resize": "squash" }, "mean": [0.5], "std": [0.5], "views": "plain",
        },
        "architecture": architecture,
        "calibration": calibration,
        "metrics": [],
        "provenance": { "recipe": null, "data_sha256": "", "epoch": 0, "lantern": "0.2.0" },
        "files": { WEIGHTS: stamp(&weights), GOLDEN: stamp(&golden) },
    });
    let card = Card::parse(card.to_string().as_bytes()).unwrap().to_json().unwrap();
    Files { card, weights, golden, distribution: None }
}

fn file(arrays: &Weights) -> Vec<u8> {
    let arrays: Vec<_> = arrays.iter().collect();
    let bytes: Vec<Vec<u8>> =
        arrays.iter().map(|(_, array)| array.values.iter().flat_map(|v| v.to_le_bytes()).collect()).collect();
    let views: BTreeMap<&str, _> = arrays
        .iter()
        .zip(&bytes)
        .map(|((name, array), bytes)| {
            let view =
                safetensors::tensor::TensorView::new(safetensors::Dtype::F32, array.shape.clone(), bytes);
            (*name, view.unwrap())
        })
        .collect();
    safetensors::serialize(views, None).unwrap()
}

/// Writes the bundle into a folder of models; its index and README are the program's own to write (`lantern bundle describe`).
pub fn write(models: &Path, calibration: &Value) {
    let Files { card, weights, golden, .. } = bundle(calibration);
    let folder = models.join(BUNDLE);
    fs::create_dir_all(&folder).unwrap();
    for (name, bytes) in [("card.json", card), (WEIGHTS, weights), (GOLDEN, golden)] {
        fs::write(folder.join(name), bytes).unwrap();
    }
}

//! Networks from elsewhere: each small file in tests/files/onnx is understood and answers as rten says, or is refused with the reason.
//! `bench/import/cases.py` makes the files; `bench/import/compare.py` compares whole families with onnxruntime.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]
#![cfg(not(target_arch = "wasm32"))]

use lantern::dataset::phantom;
use lantern::import::{Beside, Ending, Error, Imported, Options, agree, files_beside, onnx, state_dict};
use lantern::kernels::Shape;
use lantern::model::Node;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files/onnx")
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name).with_extension("onnx")).unwrap()
}

fn read(bytes: &[u8]) -> Result<Imported, Error> {
    onnx(bytes, &Beside::new(), &Options::default())
}

/// How many layers of a kind there are.
fn count(imported: &Imported, is: fn(&Node) -> bool) -> usize {
    imported.graph.nodes.iter().filter(|node| is(node)).count()
}

#[test]
fn every_pattern_is_understood_and_answers_as_another_runtime_does() {
    let mut seen = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if name.starts_with("refused") || path.extension().is_some_and(|end| end != "onnx") {
            continue;
        }
        let file = std::fs::read(&path).unwrap();
        let beside: Beside = files_beside(&file)
            .unwrap()
            .into_iter()
            .map(|name| (name.clone(), std::fs::read(folder().join(name)).unwrap()))
            .collect();
        assert_eq!(beside.len(), usize::from(name == "beside"), "{name}");
        let imported = onnx(&file, &beside, &Options::default());
        let imported = imported.unwrap_or_else(|error| panic!("{name}: {error}"));
        let agreement = agree(&imported, &imported.weights, (file, &beside), &[]);
        let agreement = agreement.unwrap_or_else(|error| panic!("{name}: {error}"));
        println!("{name}: {} layers, {:.1e} apart", imported.graph.nodes.len(), agreement.apart);
        assert!(agreement.apart < 1e-4, "{name}: {}", agreement.apart);
        seen += 1;
    }
    assert!(seen > 15, "only {seen} files");
}

#[test]
fn what_belongs_together_becomes_one_layer() {
    // Whatever the version of the operators, and whichever exporter.
    for name in ["residual_11", "residual_18"] {
        let imported = read(&bytes(name)).unwrap();
        let kinds: Vec<bool> =
            imported.graph.nodes.iter().map(|node| matches!(node, Node::Conv(_))).collect();
        assert_eq!((kinds.len(), kinds.iter().filter(|is| **is).count()), (5, 4), "{name}");
        assert!(imported.ending == Ending::Logits, "{name}");
    }
    for name in ["dense_11", "dense_18"] {
        let imported = read(&bytes(name)).unwrap();
        assert_eq!(count(&imported, |node| matches!(node, Node::Concat { norm: Some(_), .. })), 3, "{name}");
        assert!(imported.ending == Ending::Sigmoid && imported.graph.head.classes == 4, "{name}");
    }
    for name in ["packed_14", "packed_18", "apart_14", "apart_18", "torchvision_14", "torchvision_18"] {
        let imported = read(&bytes(name)).unwrap();
        let count = |is| count(&imported, is);
        assert_eq!(count(|node| matches!(node, Node::Attention { heads: 2, .. })), 1, "{name}");
        assert_eq!(count(|node| matches!(node, Node::LayerNorm { .. })), 3, "{name}");
        assert_eq!(count(|node| matches!(node, Node::Tokens { .. } | Node::Pick { .. })), 2, "{name}");
        let side_by_side = usize::from(name.starts_with("apart"));
        assert_eq!(count(|node| matches!(node, Node::Concat { .. })), side_by_side, "{name}");
    }
    for name in ["hard_11", "silu_18"] {
        let imported = read(&bytes(name)).unwrap();
        let kinds = |node: &Node| {
            matches!(node, Node::Conv(_) | Node::Multiply { .. } | Node::GlobalAveragePool { .. })
        };
        assert_eq!(count(&imported, kinds), imported.graph.nodes.len(), "{name}");
    }
}

#[test]
fn what_is_broken_or_malicious_is_refused_with_the_reason() {
    for (name, words) in [
        ("cut", "is cut"),
        ("endless", "is cut"),
        ("circle", "waits for something that is never made"),
        ("short", "do not fill its shape"),
        ("huge", "has a size that no array can have"),
        ("nothing", "do not fill its shape"),
        ("many", "it picks places that are not evenly apart"),
        ("names", "an operator with more than 4096 inputs or outputs"),
        ("limit", "(Clip) it is a function that networks here do not have"),
        ("heads", "it is put together of probabilities"),
        ("outside", "outside of its folder: ../../../etc/hostname"),
        ("nested", "holds a graph of its own"),
        ("operator", "the operator InstanceNormalization (at norm) cannot be run here"),
        ("function", "(LeakyRelu) it is a function that networks here do not have"),
        ("dilated", "the operator Conv"),
        ("opset", "it uses version 10 of the operators"),
        ("shift", "its numbers differ from pixel to pixel"),
    ] {
        let error = read(&bytes(&format!("refused_{name}"))).unwrap_err().to_string();
        assert!(error.contains(words) && error.contains("docs/import.md"), "{name}: {error}");
    }
    assert!(matches!(files_beside(&bytes("refused_outside")), Err(Error::Unreadable(_))));
    // The file beside it is not there.
    let error = read(&bytes("beside")).unwrap_err().to_string();
    assert!(error.contains("the file beside.data with its weights is not beside it"), "{error}");
    assert!(read(b"").is_err() && read(b"no network").is_err());
}

#[test]
fn a_network_that_answers_otherwise_than_its_file_is_refused() {
    let file = bytes("residual_11");
    let mut imported = read(&file).unwrap();
    for node in &mut imported.graph.nodes {
        if let Node::MaxPool(pool) = node {
            *node = Node::AveragePool(*pool);
        }
    }
    let error = agree(&imported, &imported.weights, (file, &Beside::new()), &[]).unwrap_err();
    assert!(matches!(error, Error::Differs { .. }), "{error}");
    // A runtime that cannot read the file is no reason to believe it.
    let error = agree(&imported, &imported.weights, (b"none".to_vec(), &Beside::new()), &[]).unwrap_err();
    assert!(matches!(error, Error::NoComparison(_)), "{error}");
}

#[test]
fn the_weights_of_a_family_alone_are_the_same_network_as_its_file() {
    let weights = std::fs::read(folder().join("densenet.safetensors")).unwrap();
    let shape = |side| Shape { height: side, width: side, channels: 3 };
    let alone = state_dict(&weights, "densenet121", shape(32)).unwrap();
    let file = read(&bytes("densenet_17")).unwrap();
    assert_eq!(alone.graph.nodes.len(), file.graph.nodes.len());
    for ((name, ours), (_, theirs)) in alone.weights.iter().zip(file.weights.iter()) {
        assert_eq!(ours.shape, theirs.shape, "{name}");
        assert!(ours.values.iter().zip(&theirs.values).all(|(a, b)| (a - b).abs() < 1e-5), "{name}");
    }
    for (family, words) in
        [("resnet18", "it has no conv1.weight"), ("swin", "none of the families convnext, deit")]
    {
        let error = state_dict(&weights, family, shape(32)).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    assert!(state_dict(&weights[..1000], "densenet121", shape(32)).is_err());
    // What PyTorch counts is left out; a layer that the family has not is none to leave out.
    let counted = with_one_more(&weights, "features.norm0.num_batches_tracked", Dtype::I64);
    assert!(state_dict(&counted, "densenet121", shape(32)).is_ok());
    let more = with_one_more(&weights, "features.attention.weight", Dtype::F32);
    let error = state_dict(&more, "densenet121", shape(32)).unwrap_err().to_string();
    assert!(error.contains("features.attention.weight belongs to no layer of the family"), "{error}");
}

/// A file of weights with one number more.
fn with_one_more(weights: &[u8], name: &str, dtype: Dtype) -> Vec<u8> {
    let read = SafeTensors::deserialize(weights).unwrap();
    let number = [0; 8];
    let size = if dtype == Dtype::I64 { 8 } else { 4 };
    let one = TensorView::new(dtype, vec![1], &number[..size]).unwrap();
    let all = read.tensors().into_iter().chain([(name.to_string(), one)]);
    safetensors::serialize(all, None).unwrap()
}

fn lantern(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lantern"));
    command.current_dir(folder()).args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn the_command_line_writes_a_bundle_that_is_whole() {
    let models = tempfile::tempdir().unwrap();
    let out = models.path().join("two-signs");
    let out = out.to_str().unwrap();
    let import = |more: &[&str]| {
        let fixed = ["bundle", "import", "dense_18.onnx", "--out", out];
        lantern(&[&fixed[..], more].concat())
    };
    let output = import(&["--labels", "a,b,c"]);
    assert!(
        !output.status.success() && said(&output).contains("4 classes, but 3 labels"),
        "{}",
        said(&output)
    );
    let output = import(&["--labels", "Mass,Nodule,Mass,Edema"]);
    assert!(!output.status.success() && said(&output).contains("\"Mass\" is empty or is named twice"));
    let soft = ["bundle", "import", "rows_first.onnx", "--out", out, "--labels", "a,b,c", "--multi-label"];
    let output = lantern(&soft);
    assert!(!output.status.success() && said(&output).contains("ends with a softmax"), "{}", said(&output));
    let output = import(&["--labels", "Mass,Nodule,Effusion,Edema", "--range", "-1024,1024"]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("have not been checked on data"), "{}", said(&output));
    let card = std::fs::read_to_string(Path::new(out).join("card.json")).unwrap();
    for words in [
        "\"format\": 7",
        "\"family\": \"layers\"",
        "\"label\": \"Effusion\"",
        "dense_18.onnx",
        "0.00048828125",
    ] {
        assert!(card.contains(words), "{words}");
    }
    let output = lantern(&["bundle", "verify", out]);
    assert!(output.status.success(), "{}", said(&output));
}

/// A data set of drawn chests, darker ones and brighter ones, with a column for each of two labels.
fn drawn(folder: &Path, classes: [&str; 2]) {
    let mut manifest = String::from("path,Mass,Nodule,Effusion,Edema\n");
    for (class, name) in classes.into_iter().enumerate() {
        let place = format!("train/{name}");
        std::fs::create_dir_all(folder.join(&place)).unwrap();
        for index in 0..60u64 {
            let file = format!("{place}/{index}.png");
            std::fs::write(folder.join(&file), phantom::chest(index * 2 + class as u64, 64)).unwrap();
            manifest += &format!("{file},{class},,{},-1\n", index % 2);
        }
    }
    std::fs::write(folder.join("manifest.csv"), manifest).unwrap();
}

#[test]
fn labelled_images_calibrate_a_bundle_and_give_it_a_gate() {
    let folder = tempfile::tempdir().unwrap();
    let (data, models) = (folder.path().join("set"), folder.path().join("models"));
    drawn(&data, ["dark", "bright"]);
    let import = |out: &str, more: &[&str]| {
        let out = models.join(out);
        let fixed = ["--out", out.to_str().unwrap(), "--calibrate", data.to_str().unwrap()];
        let output = lantern(&[&["bundle", "import"], more, &fixed[..]].concat());
        (
            output.status.success(),
            said(&output),
            std::fs::read_to_string(out.join("card.json")).unwrap_or_default(),
        )
    };
    // The network's outputs are in another order than the folders' names.
    let labels = ["residual_18.onnx", "--labels", "dark,bright,other", "--finding", "bright,other"];
    let (done, said, card) = import("one", &labels);
    assert!(done && !said.contains("have not been checked"), "{said}");
    let card: serde_json::Value = serde_json::from_str(&card).unwrap();
    assert_eq!(card["calibration"]["finding"], serde_json::json!([1, 2]));
    assert_eq!(card["calibration"]["operating_point"]["label"], "bright or other");
    // Nobody said for whom it is meant.
    assert_eq!(card["calibration"]["operating_point"]["rules_out_below"], 0.0);
    assert!(card["about"]["tried_on"].as_str().unwrap().contains(" images of set, on which"), "{card}");
    assert!(card["about"]["limits"][1].as_str().unwrap().contains("never says \"not suspected\""), "{card}");
    assert!(
        card["gate"]["known_distance"].as_f64().unwrap() > 0.0 && card["metrics"][0]["n"].as_u64() > Some(30)
    );

    let (done, said, card) = import("many", &["dense_18.onnx", "--labels", "Mass,Nodule,Effusion,Edema"]);
    assert!(done, "{said}");
    let card: serde_json::Value = serde_json::from_str(&card).unwrap();
    let labels = card["calibration"].as_array().unwrap();
    // Of two labels the table says nothing.
    assert_eq!(labels.iter().map(|label| label.is_null()).collect::<Vec<_>>(), [false, true, false, true]);
    // Imported again without images: nothing of the bundle before is left, and the page begins with one that has a gate.
    let one = models.join("one");
    let again = ["bundle", "import", "residual_18.onnx", "--labels", "a,b,c", "--out", one.to_str().unwrap()];
    assert!(lantern(&again).status.success() && !one.join("distribution.safetensors").exists());
    assert!(lantern(&["bundle", "verify", one.to_str().unwrap()]).status.success());
    let index = std::fs::read_to_string(models.join("index.json")).unwrap();
    assert!(index.contains("\"first\": \"many\""), "{index}");
    let (done, said, _) = import("wrong", &["residual_18.onnx", "--labels", "a,b,c"]);
    assert!(!done && said.contains("the images' classes bright, dark"), "{said}");
}

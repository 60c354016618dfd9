//! What an imported ONNX file answers to given images: for `compare.py`, which knows what onnxruntime answers.
//!
//! usage: imported FILE IMAGES [FAMILY]    IMAGES: f32, a plane a channel, one image after the other; FAMILY: of weights in safetensors

use candle_nn::Module;
use lantern::import::{Beside, Options, files_beside, onnx, state_dict};
use lantern::kernels::{Shape, interleaved};
use lantern::model::Network;
use std::path::Path;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (Some(file), Some(images), family) = (arguments.first(), arguments.get(1), arguments.get(2)) else {
        return Err("FILE IMAGES [FAMILY]".into());
    };
    let bytes = std::fs::read(file)?;
    let folder = Path::new(file).parent().unwrap_or(Path::new("."));
    let mut beside = Beside::new();
    let names = if family.is_none() { files_beside(&bytes)? } else { Vec::new() };
    for name in names {
        beside.insert(name.clone(), std::fs::read(folder.join(&name))?);
    }
    let began = Instant::now();
    let imported = match family {
        Some(family) => state_dict(&bytes, family, Shape { height: 224, width: 224, channels: 3 })?,
        None => onnx(&bytes, &beside, &Options::default())?,
    };
    let seconds = began.elapsed().as_secs_f32();
    let network = Network::new(&imported.graph, &imported.weights.builder())?;
    let bytes = std::fs::read(images)?;
    let values: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|value| f32::from_le_bytes(*value)).collect();
    let input = &imported.graph.input;
    let mut logits = Vec::new();
    for planes in values.chunks(input.channels * input.height * input.width) {
        logits
            .extend(network.forward(&network.image(interleaved(planes, input.channels))?)?.to_vec1::<f32>()?);
    }
    let nodes = imported.graph.nodes.len();
    println!("{}", serde_json::json!({ "logits": logits, "seconds": seconds, "nodes": nodes }));
    Ok(())
}

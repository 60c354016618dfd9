//! A bundle is believed only when hash, shapes, classes and known answers match its card.

use super::{Card, Error, Network};
use crate::fingerprint::sha256;
use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use std::collections::HashMap;

/// The weights' file name.
pub const WEIGHTS: &str = "weights.safetensors";
/// The known answers' file name: `input` as the network takes it, and `logits`.
pub const GOLDEN: &str = "golden.safetensors";
/// How far a logit may be from its known answer: f32 sums in another order differ by less than a tenth of this.
pub const GOLDEN_TOLERANCE: f32 = 1e-3;

/// The bytes of a bundle's files, wherever they came from.
#[derive(Clone, Debug)]
pub struct Files {
    /// `card.json`.
    pub card: Vec<u8>,
    /// [`WEIGHTS`].
    pub weights: Vec<u8>,
    /// [`GOLDEN`].
    pub golden: Vec<u8>,
}

/// A network that has been checked against its card.
#[derive(Debug)]
pub struct Bundle {
    /// What it is and how to use it.
    pub card: Card,
    /// The SHA-256 of `card.json`, which pins every other file.
    pub card_sha256: String,
    /// Ready to read.
    pub network: Network,
}

impl Bundle {
    /// Checks everything, the known answers last.
    pub fn open(files: &Files) -> Result<Self, Error> {
        let card = Card::parse(&files.card)?;
        check_file(&card, WEIGHTS, &files.weights)?;
        check_file(&card, GOLDEN, &files.golden)?;
        let weights = load(WEIGHTS, &files.weights)?;
        let channels = card.input.frame.channels as usize;
        let vb = VarBuilder::from_tensors(weights, DType::F32, &Device::Cpu);
        let network = Network::new(&card.architecture, channels, card.classes.len(), vb)
            .map_err(|e| Error::Weights(e.to_string()))?;
        let bundle = Self { card_sha256: sha256(&files.card), card, network };
        bundle.answer_known_questions(&load(GOLDEN, &files.golden)?)?;
        Ok(bundle)
    }

    fn answer_known_questions(&self, golden: &HashMap<String, Tensor>) -> Result<(), Error> {
        let part = |name: &str| {
            let why = || Error::File { file: GOLDEN.into(), why: format!("it has no tensor named {name}") };
            golden.get(name).ok_or_else(why)
        };
        let expected = part("logits")?.to_vec2::<f32>()?;
        let got = self.network.head(&self.network.features(part("input")?)?)?.to_vec2::<f32>()?;
        if expected.is_empty() || expected.len() != got.len() {
            let why = format!("{} answers to {} questions", expected.len(), got.len());
            return Err(Error::File { file: GOLDEN.into(), why });
        }
        for (vector, (got, expected)) in got.iter().zip(&expected).enumerate() {
            if got.len() != expected.len() {
                return Err(Error::Weights(format!(
                    "{} classes where {} are known",
                    got.len(),
                    expected.len()
                )));
            }
            for (&got, &expected) in got.iter().zip(expected) {
                let off = (got - expected).abs();
                if off.is_nan() || off > GOLDEN_TOLERANCE {
                    return Err(Error::Golden { vector, got, expected });
                }
            }
        }
        Ok(())
    }
}

fn check_file(card: &Card, file: &str, bytes: &[u8]) -> Result<(), Error> {
    let refuse = |why: String| Err(Error::File { file: file.into(), why });
    let Some(stamp) = card.files.get(file) else {
        return refuse("the card does not list it".into());
    };
    if stamp.bytes != bytes.len() as u64 {
        return refuse(format!("it has {} bytes, the card says {}", bytes.len(), stamp.bytes));
    }
    let hash = sha256(bytes);
    if hash != stamp.sha256 {
        return refuse(format!("its SHA-256 is {hash}, the card says {}", stamp.sha256));
    }
    Ok(())
}

/// All tensors of a safetensors file, as f32.
fn load(file: &str, bytes: &[u8]) -> Result<HashMap<String, Tensor>, Error> {
    let tensors = candle_core::safetensors::load_buffer(bytes, &Device::Cpu)
        .map_err(|e| Error::File { file: file.into(), why: e.to_string() })?;
    tensors.into_iter().map(|(name, tensor)| Ok((name, tensor.to_dtype(DType::F32)?))).collect()
}

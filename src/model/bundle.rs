//! A bundle is believed only when hash, shapes, classes and known answers match its card.

use super::{Card, Differentiable, Error, Network, Weights};
use crate::fingerprint::sha256;
use crate::kernels::interleaved;
use crate::messages::why::model as why;
use candle_nn::Module;

/// The weights' file name.
pub const WEIGHTS: &str = "weights.safetensors";
/// The known answers' file name: `input` as the network takes it, and `logits`.
pub const GOLDEN: &str = "golden.safetensors";
/// The file name of the learned images' distribution, of which `gate` makes distances.
pub const DISTRIBUTION: &str = "distribution.safetensors";
/// How far a logit may be from its known answer: f32 sums in another order differ by less than a tenth of this.
pub const GOLDEN_TOLERANCE: f32 = 1e-3;
/// The same as a share of the largest logit, for networks whose logits are in the hundreds and more.
const GOLDEN_SHARE: f32 = 1e-5;

/// The bytes of a bundle's files, wherever they came from.
#[derive(Clone, Debug)]
pub struct Files {
    /// `card.json`.
    pub card: Vec<u8>,
    /// [`WEIGHTS`].
    pub weights: Vec<u8>,
    /// [`GOLDEN`].
    pub golden: Vec<u8>,
    /// [`DISTRIBUTION`]; `None` for a bundle without a gate.
    pub distribution: Option<Vec<u8>>,
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
    /// The weights' file, for what needs them in another form.
    weights: Vec<u8>,
}

impl Bundle {
    /// Checks everything, the known answers last.
    pub fn open(files: Files) -> Result<Self, Error> {
        let card = Card::parse(&files.card)?;
        check_file(&card, WEIGHTS, &files.weights)?;
        check_file(&card, GOLDEN, &files.golden)?;
        match (&card.gate, &files.distribution) {
            (Some(_), Some(distribution)) => check_file(&card, DISTRIBUTION, distribution)?,
            (None, None) => {}
            (has, _) => {
                let why = if has.is_some() { why::MISSING } else { why::NOT_LISTED };
                return Err(Error::File { file: DISTRIBUTION.into(), why: why.into() });
            }
        }
        let weights = Weights::from_safetensors(WEIGHTS, &files.weights)?;
        let network = Network::new(&card.graph()?, &weights.builder())?;
        let bundle = Self { card_sha256: sha256(&files.card), card, network, weights: files.weights };
        bundle.answer_known_questions(&Weights::from_safetensors(GOLDEN, &files.golden)?)?;
        Ok(bundle)
    }

    /// The same network for gradients; large, so it is made when it is asked for.
    pub fn differentiable(&self) -> Result<Differentiable, Error> {
        let weights = Weights::from_safetensors(WEIGHTS, &self.weights)?;
        Differentiable::new(&self.card.graph()?, &weights.builder())
    }

    fn answer_known_questions(&self, golden: &Weights) -> Result<(), Error> {
        let part = |name: &str| {
            let why = || Error::File { file: GOLDEN.into(), why: why::no_tensor(name) };
            golden.get(name).ok_or_else(why)
        };
        let (questions, answers) = (part("input")?, part("logits")?);
        let classes = self.card.classes.len();
        let spec = &self.card.input.spec;
        let image = (spec.channels * spec.side * spec.side) as usize;
        let count = answers.values.len() / classes;
        if count == 0 || answers.shape != [count, classes] || questions.values.len() != count * image {
            let why = why::answers(&answers.shape, &questions.shape);
            return Err(Error::File { file: GOLDEN.into(), why });
        }
        let known = questions.values.chunks(image).zip(answers.values.chunks(classes));
        for (vector, (question, expected)) in known.enumerate() {
            let question = self.network.image(interleaved(question, spec.channels as usize))?;
            let got: Vec<f32> = self.network.forward(&question)?.to_vec1()?;
            let largest = expected.iter().fold(0f32, |largest, logit| largest.max(logit.abs()));
            let allowed = GOLDEN_TOLERANCE.max(GOLDEN_SHARE * largest);
            for (&got, &expected) in got.iter().zip(expected) {
                let off = (got - expected).abs();
                if off.is_nan() || off > allowed {
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
        return refuse(why::NOT_LISTED.into());
    };
    if stamp.bytes != bytes.len() as u64 {
        return refuse(why::bytes(bytes.len(), stamp.bytes));
    }
    let hash = sha256(bytes);
    if hash != stamp.sha256 {
        return refuse(why::sha256(&hash, &stamp.sha256));
    }
    Ok(())
}

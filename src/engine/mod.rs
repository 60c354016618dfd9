//! The one way to a diagnosis: worker, evaluation and command line all come through here.

mod admission;
mod answer;
mod explain;
mod last;
mod source;

use crate::messages::fault::model as fault;
use admission::Admission;
pub use explain::Explained;
pub use last::LastExamined;
pub use source::{Frames, Source};

use crate::examination::{Concern, Examination, ModelStamp, Reason, Stage};
use crate::explanation::{self, HeatMap};
use crate::gate::Gate;
use crate::imaging::Image;
use crate::model::{self, Bundle, Card, Extractor, InputImage, known_image};
use crate::preprocess::resize::CoordinateMap;
use candle_core::Tensor;
use std::sync::Arc;

/// Why an image could not be examined.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The network could not compute.
    #[error(transparent)]
    Model(#[from] model::Error),
    /// The gate was fitted for other bundles, or this machine computes it differently.
    #[error("{}", fault::gate(.model, *.got, *.expected))]
    Gate {
        /// The bundle.
        model: String,
        /// What was computed.
        got: f32,
        /// What should have been.
        expected: f32,
    },
    /// The network answered with something that is no probability.
    #[error("{}", fault::NOT_A_PROBABILITY)]
    NotAProbability,
}

/// A checked bundle, ready to examine.
#[derive(Debug)]
pub struct Engine {
    bundle: Bundle,
    gate: Option<Arc<Gate>>,
}

/// Whether an image that the gate does not admit is examined all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnReject {
    /// It is refused.
    Refuse,
    /// The user overruled the refusal: the image is examined, and the result is marked.
    Overrule,
}

/// An examination with what is needed to show and to explain it.
#[derive(Debug)]
pub struct Examined {
    /// The answer, without pixels.
    pub examination: Examination,
    image: Image,
    inference: Option<Inference>,
}

impl Examined {
    /// Width and height of the image, in pixels.
    pub fn size(&self) -> (u32, u32) {
        (self.image.width(), self.image.height())
    }

    /// Whether each pixel of the image lies inside the outline, row by row, where the network draws one.
    pub fn outline(&self) -> Option<Vec<bool>> {
        let Inference { outline, map, side, .. } = self.inference.as_ref()?;
        Some(explanation::inside(outline.as_ref()?, map, self.size(), *side, self.size()))
    }
}

/// What the network saw, and where.
#[derive(Debug)]
struct Inference {
    /// The last feature map, `(height, width, channels)`.
    features: Tensor,
    /// Logits, where the network draws outlines.
    outline: Option<HeatMap>,
    map: CoordinateMap,
    /// Of the network's input.
    side: u32,
}

/// Side of the sampling grid by which the lesion fraction is estimated.
const PROBES: u32 = 256;

impl Inference {
    fn lesion_fraction(&self, image: &Image) -> Option<f32> {
        let size = (image.width(), image.height());
        let places =
            explanation::inside(self.outline.as_ref()?, &self.map, size, self.side, (PROBES, PROBES));
        let inside = places.iter().filter(|inside| **inside).count();
        Some(inside as f32 / places.len() as f32)
    }
}

/// How far the gate may be from its known answer, as a share of it: sums in another order differ by less than a tenth of this.
const GATE_TOLERANCE: f32 = 1e-3;

/// Longest side of what is drawn over an image, in pixels.
const PICTURE_SIDE: u32 = 1024;

impl Engine {
    /// Takes a bundle that has passed its checks, to examine whatever it is shown.
    pub fn new(bundle: Bundle) -> Self {
        Self { bundle, gate: None }
    }

    /// An engine with a gate, where the bundle's card has one. Fails unless the gate knows the bundle's kind of image and reproduces the
    /// known distance of the card.
    pub fn with_gate(bundle: Bundle, gate: Arc<Gate>) -> Result<Self, Error> {
        let engine = Self::new(bundle);
        let Some(stamp) = &engine.bundle.card.gate else { return Ok(engine) };
        let expected = stamp.known_distance;
        let side = Extractor::frame().side as usize;
        let distances = gate.judge(&known_image(side, 3))?;
        let got = engine.distance(&distances);
        let off = (got - expected).abs() / expected.abs().max(1.0);
        if off.is_nan() || off > GATE_TOLERANCE {
            return Err(Error::Gate { model: engine.bundle.card.about.id, got, expected });
        }
        Ok(Self { gate: Some(gate), ..engine })
    }

    /// The loaded bundle's card.
    pub fn card(&self) -> &Card {
        &self.bundle.card
    }

    /// Examines one image. `progress` is told each stage as it begins.
    pub fn examine(
        &self,
        source: Source,
        on_reject: OnReject,
        mut progress: impl FnMut(Stage),
    ) -> Result<Examined, Error> {
        progress(Stage::Admitting);
        let card = &self.bundle.card;
        let mut examination = Examination {
            image: source.facts.clone(),
            image_sha256: source.sha256.clone(),
            model: self.stamp(),
            header: source.header.clone(),
            age: source.stated(),
            reason: Reason::Ungated { title: card.about.title.clone() },
            answer: None,
            admission: None,
            concerns: source.concerns.clone(),
        };
        let image_concerns = admission::image_concerns(&source, &card.input.spec);
        if image_concerns.contains(&Concern::Blank) {
            examination.reason = Reason::Blank;
            return Ok(Examined { examination, image: source.image, inference: None });
        }
        self.infer(source, image_concerns, examination, on_reject, progress)
    }

    /// Past the gate, into the network. `image_concerns`: what is odd about the picture for this model, which only its answer has to do with.
    fn infer(
        &self,
        source: Source,
        image_concerns: Vec<Concern>,
        mut examination: Examination,
        on_reject: OnReject,
        mut progress: impl FnMut(Stage),
    ) -> Result<Examined, Error> {
        let card = &self.bundle.card;
        if let Some(gate) = &self.gate {
            let Admission { admission, reason, suspicion } = self.admit(gate, &source, on_reject)?;
            let refused = !admission.admitted && !admission.overruled;
            examination.reason = reason;
            examination.admission = Some(admission);
            examination.concerns.extend(suspicion);
            if refused {
                return Ok(Examined { examination, image: source.image, inference: None });
            }
        }
        if card.gate.is_none() {
            examination.concerns.push(Concern::Ungated);
            // Nothing refuses here, so nobody could overrule a refusal: the score has no verdict either way.
            examination.reason = self.ungated(&source);
        }
        examination.concerns.extend(self.unchecked());
        examination.concerns.extend(image_concerns);
        examination.concerns.extend(admission::header_concerns(&source, &card.about.scope));
        let image = source.image;
        progress(Stage::Inferring);
        let InputImage { values, map, sharpness } = card.input.prepare(&image);
        let anything = (0.0, f32::INFINITY);
        let (blurred, noise) = card.gate.as_ref().map_or(anything, |gate| gate.sharpness);
        if sharpness < blurred {
            examination.concerns.push(Concern::Blurred { share: sharpness / blurred });
        }
        if let Some(admission) = examination.admission.as_mut().filter(|_| sharpness > noise) {
            admission.overruled = on_reject == OnReject::Overrule;
            admission.admitted = false;
            examination.reason = Reason::Grain { times: sharpness / noise };
            if !admission.overruled {
                return Ok(Examined { examination, image, inference: None });
            }
        }
        let network = &self.bundle.network;
        let output = card.input.forward(network, &network.image(values)?)?;
        let outline = output.outline.as_ref().map(HeatMap::new).transpose()?;
        let inference = Inference { features: output.features, outline, map, side: card.input.spec.side };
        let mut answer = answer::judged(self.answer(&output.logits)?, &examination);
        answer.lesion_fraction = inference.lesion_fraction(&image);
        examination.answer = Some(answer);
        Ok(Examined { examination, image, inference: Some(inference) })
    }

    fn stamp(&self) -> ModelStamp {
        let card = &self.bundle.card;
        ModelStamp {
            id: card.about.id.clone(),
            version: card.about.version.clone(),
            sha256: self.bundle.card_sha256.clone(),
            preprocessing_sha256: card.input.sha256(),
        }
    }
}

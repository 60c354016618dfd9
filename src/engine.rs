//! The one way to a diagnosis: worker, evaluation and command line all come through here.

use crate::case::{Answer, Concern, Examination, Finding, ModelStamp, Stage};
use crate::explanation::{self, HeatMap};
use crate::fingerprint::sha256;
use crate::imaging::fit::{self, Map};
use crate::imaging::picture::{self, Picture};
use crate::imaging::{self, Image, quality};
use crate::model::{self, Bundle, Card, Features, Memory};
use crate::prediction;
use crate::units::Probability;
use std::sync::{Mutex, PoisonError};

/// Why an image could not be examined.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file is no image that can be read.
    #[error(transparent)]
    Imaging(#[from] imaging::Error),
    /// The network could not compute.
    #[error(transparent)]
    Model(#[from] model::Error),
    /// The network answered with something that is no probability.
    #[error("the network answered with a number that is not a probability; the weights may be damaged")]
    NotAProbability,
}

/// A checked bundle, ready to examine.
#[derive(Debug)]
pub struct Engine {
    bundle: Bundle,
    /// Memory of readings that are over, for the next ones: as much as ever was needed at once.
    idle: Mutex<Vec<Memory>>,
}

/// An examination with what is needed to show and to explain it.
#[derive(Debug)]
pub struct Examined {
    /// The answer, without pixels.
    pub examination: Examination,
    image: Image,
    seen: Option<Seen>,
}

impl Examined {
    /// Width and height of the image, in pixels.
    pub fn size(&self) -> (u32, u32) {
        (self.image.width(), self.image.height())
    }

    /// Whether each pixel of the image lies inside the outline, row by row, where the network draws one.
    pub fn outline(&self) -> Option<Vec<bool>> {
        let Seen { outline, map, side, .. } = self.seen.as_ref()?;
        Some(explanation::inside(outline.as_ref()?, map, self.size(), *side, self.size()))
    }
}

/// What the network saw, and where.
#[derive(Debug)]
struct Seen {
    features: Features,
    /// Logits, where the network draws outlines.
    outline: Option<HeatMap>,
    map: Map,
    /// Of the network's input.
    side: u32,
}

/// Places a side at which it is asked whether they lie inside an outline, for its share of the image.
const PROBES: u32 = 256;

impl Seen {
    fn outlined(&self, image: &Image) -> Option<f32> {
        let size = (image.width(), image.height());
        let places =
            explanation::inside(self.outline.as_ref()?, &self.map, size, self.side, (PROBES, PROBES));
        let inside = places.iter().filter(|inside| **inside).count();
        Some(inside as f32 / places.len() as f32)
    }
}

/// Longest side of the pictures shown on the page, in pixels.
const PICTURE_SIDE: u32 = 1024;

impl Engine {
    /// Takes a bundle that has passed its checks.
    pub fn new(bundle: Bundle) -> Self {
        Self { bundle, idle: Mutex::default() }
    }

    /// The loaded bundle's card.
    pub fn card(&self) -> &Card {
        &self.bundle.card
    }

    /// Examines one file. `progress` is told each stage as it begins.
    pub fn examine(&self, bytes: &[u8], mut progress: impl FnMut(Stage)) -> Result<Examined, Error> {
        progress(Stage::Decoding);
        let (image, mut concerns) = imaging::read(bytes)?;
        let card = &self.bundle.card;
        concerns.extend(quality::concerns(&image, &card.input.frame));
        let mut examination = Examination {
            image: image.facts(),
            image_sha256: sha256(bytes),
            model: self.stamp(),
            reason: format!("Examined with {}.", card.title),
            answer: None,
            concerns,
        };
        if examination.concerns.contains(&Concern::Blank) {
            examination.reason =
                "Refused: the image is blank, so there is nothing to examine. Check that the right file was chosen.".into();
            return Ok(Examined { examination, image, seen: None });
        }
        progress(Stage::Inferring);
        let mut fitted = fit::fit(&image, &card.input.frame);
        card.input.normalise(&mut fitted.values);
        let mut memory = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let reading = card.input.read(&self.bundle.network, &fitted.values, &mut memory)?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
        let outline = reading.outline.map(|Features { extent, values }| HeatMap {
            width: extent.width,
            height: extent.height,
            values,
        });
        let seen = Seen { features: reading.features, outline, map: fitted.map, side: card.input.frame.side };
        let mut answer = self.answer(&reading.logits)?;
        answer.outlined = seen.outlined(&image);
        examination.answer = Some(answer);
        Ok(Examined { examination, image, seen: Some(seen) })
    }

    fn answer(&self, logits: &[f32]) -> Result<Answer, Error> {
        let card = &self.bundle.card;
        let probabilities = prediction::probabilities(logits, card.calibration.temperature);
        let mut findings = Vec::new();
        for (class, probability) in card.classes.iter().zip(probabilities) {
            let probability = Probability::new(probability).ok_or(Error::NotAProbability)?;
            findings.push(Finding { label: class.label.clone(), probability });
        }
        let finding = card.calibration.finding.iter().filter_map(|class| findings.get(*class));
        // Rounding may take a sum of probabilities a little beyond 1.
        let sum = finding.map(|finding| finding.probability.get()).sum::<f32>().min(1.0);
        let about = Probability::new(sum).ok_or(Error::NotAProbability)?;
        findings.sort_by(|a, b| b.probability.get().total_cmp(&a.probability.get()));
        let operating_point = card.calibration.operating_point.clone();
        let verdict = operating_point.verdict(about);
        Ok(Answer { findings, probability: about, verdict, operating_point, outlined: None })
    }

    /// The image as it was read, and what is drawn over it: the outline where the network draws one, else where the evidence
    /// for the finding lies; nothing for a refused image.
    pub fn explain(&self, examined: &Examined) -> Result<(Picture, Option<Picture>), Error> {
        let shown = picture::preview(&examined.image, PICTURE_SIDE);
        let Some(Seen { features, outline, map, side }) = &examined.seen else { return Ok((shown, None)) };
        let size = examined.size();
        if let Some(outline) = outline {
            let drawn = explanation::outline(outline, map, size, *side, (shown.width, shown.height));
            return Ok((shown, Some(drawn)));
        }
        let card = &self.bundle.card;
        let calibration = &card.calibration;
        let head = self.bundle.network.head_weights();
        let heat =
            explanation::class_activation(features, head, &calibration.finding, calibration.temperature);
        let colours = explanation::overlay(&heat, map, size, *side, (shown.width, shown.height));
        Ok((shown, Some(colours)))
    }

    fn stamp(&self) -> ModelStamp {
        let card = &self.bundle.card;
        ModelStamp {
            id: card.id.clone(),
            version: card.version.clone(),
            sha256: self.bundle.card_sha256.clone(),
        }
    }
}

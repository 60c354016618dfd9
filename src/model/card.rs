//! The card: everything that must be known to use a network rightly, beside its weights.

use super::{Architecture, Calibration, Error, Graph, LabelCalibration, Network, Output};
use crate::about::About;
use crate::fingerprint::sha256;
use crate::imaging::Image;
use crate::messages::why::model as why;
use crate::preprocess::quality;
use crate::preprocess::resize::{self, CoordinateMap, InputSpec, Resized};
use crate::units::Estimate;
use candle_core::Tensor;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The versions of the card's own layout that are read: the second has everything that [`Card::format_for`] names, which programs that know
/// only the first cannot read.
const FORMATS: [u32; 2] = [6, 7];

/// `card.json` of a bundle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// As [`Card::format_for`] has it.
    pub format: u32,
    /// What the bundle says of itself.
    pub about: About,
    /// In the order of the network's answers.
    pub classes: Vec<Class>,
    /// How an image becomes the network's input.
    pub input: Input,
    /// The network's shape.
    pub architecture: Architecture,
    /// How the network's answers become probabilities and a verdict.
    pub calibration: Calibration,
    /// Which images it answers for; `None` for a bundle that brings no distribution, which then answers for every image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<GateStamp>,
    /// How good it is, a split each.
    pub metrics: Vec<Measured>,
    /// Where it came from.
    pub provenance: Provenance,
    /// Every other file of the bundle that a program reads.
    pub files: BTreeMap<String, FileStamp>,
}

/// One class of the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// The folder's name in the data set.
    pub name: String,
    /// In words.
    pub label: String,
}

/// How an image becomes a tensor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Side, channels, and how an image becomes square.
    pub spec: InputSpec,
    /// Subtracted from values of 0 to 1, a channel each.
    pub mean: Vec<f32>,
    /// Divided by afterwards (standard deviation), a channel each.
    pub std: Vec<f32>,
    /// As what the network sees the image.
    pub views: Views,
}

/// An image as the network takes it.
#[derive(Clone, Debug, PartialEq)]
pub struct InputImage {
    /// `(side, side, channels)`, normalised.
    pub values: Vec<f32>,
    /// Between the input's coordinates and the image's.
    pub map: CoordinateMap,
    /// As [`quality::sharpness`] has it, before the normalisation.
    pub sharpness: f32,
}

/// Views of an image that are read one after the other, and whose answers are averaged: more time, and fewer errors by chance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Views {
    /// The image as it is.
    #[default]
    Plain,
    /// And its mirror: for what has an up and a down.
    Mirrored,
    /// And both of them upside down: for what has neither.
    Turned,
}

impl Views {
    /// Each view: the dimensions of the image that are flipped; twice is not at all.
    fn all(self) -> &'static [&'static [usize]] {
        match self {
            Self::Plain => &[&[]],
            Self::Mirrored => &[&[], &[1]],
            Self::Turned => &[&[], &[1], &[0], &[0, 1]],
        }
    }

    /// How many.
    pub fn count(self) -> usize {
        self.all().len()
    }
}

impl Input {
    /// The SHA-256 of all that this says, as compact JSON with its keys in alphabetical order, in 64 hexadecimal digits: anybody can make
    /// it from the card's file.
    pub fn sha256(&self) -> String {
        // Numbers as short as they can be, as cards are written; `Value` then puts the keys in order. Plain data cannot fail here.
        let written = serde_json::to_string(self).unwrap_or_default();
        let ordered: serde_json::Value = serde_json::from_str(&written).unwrap_or_default();
        sha256(ordered.to_string().as_bytes())
    }

    /// Runs the network on a normalised image in every view that the card wants: the mean of all answers. The feature map is the first
    /// view's, the image as it is.
    pub fn forward(&self, network: &Network, image: &Tensor) -> Result<Output, Error> {
        let mut output = network.outputs(image)?;
        let others = self.views.all().get(1..).unwrap_or_default();
        for turned in others {
            let other = network.outputs(&image.flip(turned)?)?;
            output.logits = (output.logits + other.logits)?;
            if let (Some(own), Some(other)) = (&mut output.outline, other.outline) {
                *own = (&*own + other.flip(turned)?)?;
            }
        }
        let count = self.views.count() as f64;
        output.logits = (output.logits / count)?;
        output.outline = output.outline.map(|sum| sum / count).transpose()?;
        Ok(output)
    }

    /// What black and white are to the network, for each channel.
    pub fn range(&self) -> Vec<(f32, f32)> {
        let ends = |(mean, std): (&f32, &f32)| (-mean / std, (1.0 - mean) / std);
        self.mean.iter().zip(&self.std).map(ends).collect()
    }

    /// Prepares an image for the network: resized and normalised.
    pub fn prepare(&self, image: &Image) -> InputImage {
        let Resized { mut values, map } = resize::resize(image, &self.spec);
        let sharpness = quality::sharpness(&values, self.spec.side as usize);
        self.normalise(&mut values);
        InputImage { values, map, sharpness }
    }

    /// Normalises images in place.
    ///
    /// # Shapes
    /// `values`: `(images, side, side, channels)`, 0 to 1.
    pub fn normalise(&self, values: &mut [f32]) {
        match (self.mean.as_slice(), self.std.as_slice()) {
            ([mean], [std]) => values.iter_mut().for_each(|value| *value = (*value - mean) / std),
            // A card has one channel or three.
            (mean, std) => {
                for pixel in values.as_chunks_mut::<3>().0 {
                    for (value, (mean, std)) in pixel.iter_mut().zip(mean.iter().zip(std)) {
                        *value = (*value - mean) / std;
                    }
                }
            }
        }
    }
}

/// Which images a bundle answers for, beside the distribution in its own file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateStamp {
    /// The SHA-256 of the extractor that its features were extracted with.
    pub extractor_sha256: String,
    /// The distance of the image that [`super::known_image`] draws: the gate's known answer.
    pub known_distance: f32,
    /// The sharpness below which an image is called blurred, and the one above which it is refused as noise.
    pub sharpness: (f32, f32),
}

/// The figure that tells how often an image with the finding is headed "not suspected".
pub const MISSED: &str = "missed_share";
/// Of the images without the finding, the share below the operating point.
pub const SPECIFICITY: &str = "specificity";

/// Figures on one split, or on a part of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// `validation` or `test`.
    pub split: String,
    /// Which images of the split, or how they were changed, in words; empty for the split as it is.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub part: String,
    /// Images in it.
    pub n: usize,
    /// `accuracy`, `auc` and others; `learn::figures` lists them, `docs/figures.md` defines each.
    pub figures: BTreeMap<String, Estimate>,
}

/// Enough to make the bundle again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Every knob of the training, the seed among them.
    pub recipe: serde_json::Value,
    /// SHA-256 of the archive that it was trained on.
    pub data_sha256: String,
    /// The epoch whose weights were kept.
    pub epoch: usize,
    /// The program's version.
    pub lantern: String,
}

/// A file's size and hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileStamp {
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, 64 hexadecimal digits.
    pub sha256: String,
}

impl FileStamp {
    /// Of a file with these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.len() as u64, sha256: sha256(bytes) }
    }
}

impl Card {
    /// The bytes of `card.json`.
    ///
    /// # Errors
    ///
    /// Where the recipe in it is no JSON.
    pub fn to_json(&self) -> Result<Vec<u8>, Error> {
        let mut json = serde_json::to_vec_pretty(self).map_err(|e| Error::Card(e.to_string()))?;
        json.push(b'\n');
        Ok(json)
    }

    /// Reads and checks a card: what it says of itself must agree.
    ///
    /// # Errors
    ///
    /// What is no card of this format, or contradicts itself.
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        // A card of another format has other fields: its format is what has to be told.
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let refuse = |e: serde_json::Error| Error::Card(e.to_string());
        let Format { format } = serde_json::from_slice(json).map_err(refuse)?;
        let [first, last] = FORMATS;
        if !FORMATS.contains(&format) {
            return Err(Error::Card(why::format(format, first, last)));
        }
        let card: Self = serde_json::from_slice(json).map_err(refuse)?;
        card.check()?;
        Ok(card)
    }

    /// The version that a card needs: the second for a network of any layers, a calibration that is missing or for many labels, and where there
    /// is no gate.
    pub fn format_for(
        architecture: &Architecture,
        calibration: &Calibration,
        gate: Option<&GateStamp>,
    ) -> u32 {
        let [first, last] = FORMATS;
        let is_first = gate.is_some()
            && matches!(calibration, Calibration::One(Some(_)))
            && !matches!(architecture, Architecture::Layers { .. });
        if is_first { first } else { last }
    }

    fn check(&self) -> Result<(), Error> {
        let refuse = |why: String| Err(Error::Card(why));
        let channels = self.input.spec.channels as usize;
        if ![1, 3].contains(&channels) || !(16..=1024).contains(&self.input.spec.side) {
            return refuse(why::input(channels, self.input.spec.side));
        }
        if self.input.mean.len() != channels || self.input.std.len() != channels {
            return refuse(why::channels(channels));
        }
        if !self.input.std.iter().all(|d| *d > 0.0) || !self.input.mean.iter().all(|m| m.is_finite()) {
            return refuse(why::MEAN_OR_DEVIATION.into());
        }
        for words in [|class: &Class| class.name.clone(), |class: &Class| class.label.clone()] {
            let mut seen = BTreeSet::new();
            let is_taken = |word: &String| word.trim().is_empty() || !seen.insert(word.clone());
            if let Some(word) = self.classes.iter().map(words).find(is_taken) {
                return refuse(why::class(&word));
            }
        }
        if let Calibration::Many(labels) = &self.calibration {
            let differs =
                |(class, label): &(&Class, &LabelCalibration)| class.label != label.operating_point.label;
            let known =
                self.classes.iter().zip(labels).filter_map(|(class, label)| Some((class, label.as_ref()?)));
            if let Some((class, _)) = known.into_iter().find(differs) {
                return refuse(why::label_of_class(&class.label));
            }
        }
        self.calibration.check(self.classes.len())
    }

    /// Of the test images with the finding, the share that was headed "not suspected"; `None` where no test split was measured.
    pub fn missed(&self) -> Option<Estimate> {
        self.tested(MISSED)
    }

    /// Of the test images without the finding, the share that is on the side of the finding at the operating point; `None` where no test split
    /// was measured.
    pub fn false_alarms(&self) -> Option<Estimate> {
        let Estimate { value, low, high } = self.tested(SPECIFICITY)?;
        Some(Estimate { value: 1.0 - value, low: 1.0 - high, high: 1.0 - low })
    }

    /// A figure on the whole test split.
    fn tested(&self, figure: &str) -> Option<Estimate> {
        let is_whole = |measured: &&Measured| measured.split == "test" && measured.part.is_empty();
        self.metrics.iter().find(is_whole)?.figures.get(figure).copied()
    }

    /// The layers of its network.
    pub fn graph(&self) -> Result<Graph, Error> {
        let spec = &self.input.spec;
        self.architecture.graph(spec.channels as usize, spec.side as usize, self.classes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_told_apart() {
        let text = include_str!("../../models/chest-pneumonia/card.json");
        let mut card = Card::parse(text.as_bytes()).unwrap();
        assert_eq!(Card::format_for(&card.architecture, &card.calibration, card.gate.as_ref()), card.format);
        assert!(Card::format_for(&card.architecture, &card.calibration, None) > card.format);
        let twice = card.classes[0].label.clone();
        card.classes[1].label = twice.clone();
        let refused = card.check().unwrap_err().to_string();
        assert!(refused.contains(&twice), "{refused}");
    }

    #[test]
    fn a_view_moves_every_pixel_where_it_belongs_and_back() {
        // Two rows of two pixels of two channels.
        let image = Tensor::arange(0f32, 8.0, &candle_core::Device::Cpu).unwrap().reshape((2, 2, 2)).unwrap();
        let flat = |image: &Tensor| image.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let expected = [
            [0., 1., 2., 3., 4., 5., 6., 7.],
            [2., 3., 0., 1., 6., 7., 4., 5.],
            [4., 5., 6., 7., 0., 1., 2., 3.],
            [6., 7., 4., 5., 2., 3., 0., 1.],
        ];
        for (turned, seen) in Views::Turned.all().iter().zip(expected) {
            let view = image.flip(turned).unwrap();
            assert_eq!(flat(&view), seen, "{turned:?}");
            assert_eq!(flat(&view.flip(turned).unwrap()), flat(&image));
        }
    }
}

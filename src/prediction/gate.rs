//! Which kind of image this is, and whether any model knows it.

use super::Distribution;
use crate::model::{Error, Extractor, Memory};

/// The kinds of image that are known, and what tells them apart.
#[derive(Debug)]
pub struct Gate {
    extractor: Extractor,
    kinds: Vec<Kind>,
}

/// A kind of image that a bundle examines.
#[derive(Clone, Debug)]
pub struct Kind {
    /// The bundle's folder name.
    pub model: String,
    /// In words, for instance `a slice of a brain MRI`.
    pub words: String,
    /// Of the images that the bundle learned from.
    pub distribution: Distribution,
}

/// How far an image is from a kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Distance<'a> {
    /// The bundle's folder name.
    pub model: &'a str,
    /// The kind in words.
    pub words: &'a str,
    /// Above 1 it is too far to be one.
    pub distance: f32,
}

impl Gate {
    /// `kinds`: every bundle's that was fitted with this extractor.
    pub fn new(extractor: Extractor, kinds: Vec<Kind>) -> Self {
        Self { extractor, kinds }
    }

    /// What is known.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// The distance from every kind, the nearest first. `image`: fitted into [`Extractor::frame`], 0 to 1.
    pub fn judge(&self, image: &[f32], memory: &mut Memory) -> Result<Vec<Distance<'_>>, Error> {
        let features = self.extractor.features(image, memory)?;
        let known = self.kinds.iter().map(|Kind { model, words, distribution }| Distance {
            model,
            words,
            distance: distribution.distance(&features),
        });
        let mut distances: Vec<Distance> = known.collect();
        distances.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        Ok(distances)
    }
}

//! Which kind of image this is, and whether any model knows it.

mod distribution;

pub use distribution::Distribution;

use crate::examination::KnownKind;
use crate::imaging::Image;
use crate::model::{Buffers, Error, Extractor};
use crate::preprocess::fit;
use crate::scope::Scope;

/// The kinds of image that are known, and what tells them apart.
#[derive(Debug)]
pub struct Gate {
    extractor: Extractor,
    kinds: Vec<GateKind>,
}

/// A kind of image that a bundle examines.
#[derive(Clone, Debug)]
pub struct GateKind {
    /// The bundle's id, which is its folder's name.
    pub model: String,
    /// In words, for instance `a slice of a brain MRI`.
    pub words: String,
    /// For which images the bundle is meant, by their headers.
    pub scope: Scope,
    /// Of the images that the bundle learned from.
    pub distribution: Distribution,
}

impl Gate {
    /// `kinds`: every bundle's that was fitted with this extractor.
    pub fn new(extractor: Extractor, kinds: Vec<GateKind>) -> Self {
        Self { extractor, kinds }
    }

    /// What is known.
    pub fn kinds(&self) -> &[GateKind] {
        &self.kinds
    }

    /// For which images a bundle is meant.
    pub fn scope(&self, model: &str) -> Option<&Scope> {
        self.kinds.iter().find(|kind| kind.model == model).map(|kind| &kind.scope)
    }

    /// An image as the gate looks at it.
    pub fn thumbnail(image: &Image) -> Vec<f32> {
        fit::thumbnail(image, Extractor::frame().side)
    }

    /// The distance from every kind, the nearest first. `thumbnail`: of an image, as [`Gate::thumbnail`] makes it.
    pub fn judge(&self, thumbnail: &[f32], memory: &mut Buffers) -> Result<Vec<KnownKind>, Error> {
        let features = self.extractor.features(thumbnail, memory)?;
        let known = self.kinds.iter().map(|GateKind { model, words, distribution, .. }| KnownKind {
            model: model.clone(),
            words: words.clone(),
            distance: distribution.distance(&features),
        });
        let mut distances: Vec<KnownKind> = known.collect();
        distances.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        Ok(distances)
    }
}

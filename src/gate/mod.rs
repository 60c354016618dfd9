//! The gate: which kind of image this is, and whether any model was trained on such images
//! (out-of-distribution detection).

mod distribution;

pub use distribution::Distribution;

use crate::examination::KnownKind;
use crate::imaging::Image;
use crate::model::{Error, Extractor};
use crate::preprocess::resize;
use crate::scope::Scope;

/// The extractor, and the kinds of image that some bundle knows.
#[derive(Debug)]
pub struct Gate {
    extractor: Extractor,
    kinds: Vec<GateKind>,
}

/// A kind of image that a bundle examines.
#[derive(Clone, Debug)]
pub struct GateKind {
    /// The bundle's id, which is the name of its folder.
    pub model: String,
    /// In words, for instance `a slice of a brain MRI`.
    pub words: String,
    /// For which headers the bundle is meant.
    pub scope: Scope,
    /// Feature distribution of the bundle's training images.
    pub distribution: Distribution,
}

impl Gate {
    /// `kinds`: one for every bundle that was fitted with this extractor.
    pub fn new(extractor: Extractor, kinds: Vec<GateKind>) -> Self {
        Self { extractor, kinds }
    }

    /// The known kinds of image.
    pub fn kinds(&self) -> &[GateKind] {
        &self.kinds
    }

    /// For which headers a bundle is meant; `None` if the gate does not know the bundle.
    pub fn scope(&self, model: &str) -> Option<&Scope> {
        self.kinds.iter().find(|kind| kind.model == model).map(|kind| &kind.scope)
    }

    /// The small input image from which the gate computes features: `(side, side, 3)`, 0 to 1.
    pub fn thumbnail(image: &Image) -> Vec<f32> {
        resize::thumbnail(image, Extractor::frame().side)
    }

    /// The distance from every kind, nearest first. `thumbnail`: from [`Gate::thumbnail`].
    ///
    /// # Errors
    /// Fails if `thumbnail` has another length.
    pub fn judge(&self, thumbnail: &[f32]) -> Result<Vec<KnownKind>, Error> {
        let features = self.extractor.features(thumbnail)?;
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

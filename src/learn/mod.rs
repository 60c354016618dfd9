//! Recipe and data in, bundle out: the one way to a trained model, on both targets.

mod adopt;
mod augment;
mod backend;
mod calibrate;
mod checkpoint;
pub mod classroom;
mod corruption;
mod data_loader;
mod epoch;
mod evaluate;
mod export;
mod figures;
#[cfg(feature = "cuda")]
mod gpus;
mod images;
mod labels;
mod loss;
mod model_card;
mod optimiser;
mod parameters;
mod predict;
mod recipe;
mod scored_images;
mod session;
mod setup;
mod sweep;
mod trained;
mod validation;

pub use crate::metrics::EpochReport;
pub use adopt::{Adopted, Labelled, adopt};
pub use backend::Backend;
pub use calibrate::unreadable;
pub use checkpoint::Checkpoint;
pub use corruption::Corruption;
pub use evaluate::{Report, evaluate};
pub use export::{export, recalibrate, record};
pub use figures::Figures;
#[cfg(feature = "cuda")]
pub use gpus::Gpus;
pub use images::Images;
pub use labels::calibrate_labels;
pub use loss::cross_entropy;
pub use model_card::model_card;
pub use optimiser::AdamW;
pub use parameters::Parameters;
pub use recipe::{
    Acquisition, Augmentation, HeldOut, Network as NetworkRecipe, Recipe, Start, Task, Training, Validation,
};
pub use scored_images::ClassFigures;
pub use session::Session;
pub use sweep::{Configuration, ConfigurationScores, Sweep};
pub use trained::{extractor, halved};

use crate::messages::fault::learn as fault;
use crate::messages::why::learn as why;
use crate::{dataset, engine, model};

/// What can go wrong while learning or measuring.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The data set.
    #[error(transparent)]
    Dataset(#[from] dataset::Error),
    /// The network or its bundle.
    #[error(transparent)]
    Model(#[from] model::Error),
    /// The arithmetic of learning.
    #[error("{}", fault::arithmetic(&.0.to_string()))]
    Arithmetic(#[from] candle_core::Error),
    /// An examination while measuring.
    #[error("{}", why::of_image(.path, &.source.to_string()))]
    Examination {
        /// Where in the data set.
        path: String,
        /// Why it cannot be examined.
        source: engine::Error,
    },
    /// Recipe and data do not fit together.
    #[error("{}", why::of_recipe(.0))]
    Recipe(String),
    /// The loss is no number any more.
    #[error("{}", fault::diverged(*.loss, *.epoch))]
    Diverged {
        /// The epoch, counted from 1.
        epoch: usize,
        /// What it became.
        loss: f32,
    },
    /// The checkpoint is not one, or of another recipe.
    #[error("{}", why::of_checkpoint(.0))]
    Checkpoint(String),
}

/// The refusal to measure a bundle: the data says nothing of its labels, or it was never checked on data.
fn unmeasurable(card: &model::Card) -> Error {
    let words = match card.calibration {
        model::Calibration::Many(_) => fault::many_labels,
        model::Calibration::One(_) => fault::unchecked,
    };
    Error::Recipe(words(&card.about.id))
}

//! Four families of method on one split: learners of pixels, features made by hand, models of images, and networks.
//!
//! [`compare`] is the one way: `lantern compare` and the classroom's worker call it. It takes [`Images`] (fitted to one size, with classes,
//! groups and split), [`Settings`], and a [`Watch`], and returns a [`Comparison`], which can be serialised and from which every figure and plot is
//! made: no prediction is computed twice.
//!
//! ```text
//! let images = Images::read(&dataset, &["patient".into()], 56, 1, &progress)?;
//! let comparison = compare(&images, &Settings::default(), &Extra::default(), &watch)?;
//! let pairs = comparison.pairs(Figure::Auc, 0.01);
//! ```

mod comparison;
mod figures;
mod images;
mod leaks;
mod method;
mod network;
mod recipe;
mod run;

pub use comparison::{Comparison, Curve, CurvePoint, Figure, Outcome, Pair, TestImage};
pub use images::Images;
pub use leaks::Leak;
pub use method::{Family, Method, Network};
pub use network::{Extra, ReleasedBundle, Start};
pub use run::{Progress, Settings, Watch, compare};

use crate::messages::fault::compare as fault;
use crate::{classic, dataset, engine, learn};

/// Shares of the training images that learning curves are made of.
pub const CURVES: [f64; 4] = [0.125, 0.25, 0.5, 1.0];

/// Why nothing was compared.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A learner, or the caller's wish to stop ([`classic::Error::Stopped`]).
    #[error(transparent)]
    Classic(#[from] classic::Error),
    /// The training of a network.
    #[error(transparent)]
    Learn(#[from] learn::Error),
    /// The released bundle.
    #[error(transparent)]
    Engine(#[from] engine::Error),
    /// The data set.
    #[error(transparent)]
    Dataset(#[from] dataset::Error),
    /// There is no method of that name.
    #[error("{}", fault::method(.0))]
    Method(String),
    /// A class is missing on one side of the split.
    #[error("{}", fault::class(.class, .split))]
    Class {
        /// The class.
        class: String,
        /// `train` or `test`.
        split: &'static str,
    },
    /// The network needs what the caller has not given.
    #[error("{}", fault::lacks(.0))]
    Lacks(String),
}

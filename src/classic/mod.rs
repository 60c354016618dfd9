//! Recognition without a deep network, for the comparison with one: features made by hand, learners of tables, statistical models of images.
//!
//! A [`Representation`] makes a table of numbers of images, a row each; a [`Learner`] learns to tell classes by such rows. Each formula has
//! its own file with its source. Own code and not a crate's ([why](../../docs/decisions/0026-own-classic-learners.md)): every learner gives
//! probabilities, repeats itself by its seed whatever the number of threads, tells how far it is, and can be stopped.

mod bins;
mod eigenimages;
pub mod features;
mod groups;
mod k_means;
mod lbfgs;
pub mod learners;
mod matrix;
mod representation;
mod square;
mod standardise;
mod templates;
mod tree;
mod visual_words;

pub use eigenimages::Eigenimages;
pub(crate) use groups::shuffled_groups;
pub use learners::{Examples, Fitted, Learner};
pub use matrix::Matrix;
pub(crate) use matrix::pick;
pub use representation::{FittedRepresentation, Representation};
pub use square::{PIXEL_SIDE, Square, Squares};
pub use standardise::Standardisation;
pub use templates::Templates;
pub use visual_words::VisualWords;

use crate::kernels;
use crate::messages::fault::classic as fault;

/// Why nothing was learned.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The caller asked to stop.
    #[error("{}", fault::STOPPED)]
    Stopped,
    /// Too few images, or a class without any.
    #[error("{}", fault::too_few(*.images, *.classes))]
    TooFew {
        /// Images to learn from.
        images: usize,
        /// Classes among them.
        classes: usize,
    },
    /// The numbers do not fit together.
    #[error("{}", fault::arithmetic(&.0.to_string()))]
    Arithmetic(#[from] kernels::Error),
}

/// Is told the share that is done, 0 to 1, and answers whether to go on: [`Error::Stopped`] ends the work.
pub type Watch<'a> = &'a (dyn Fn(f32) -> Result<(), Error> + Sync);

//! Pure figures: how good a model is, and how sure that figure is.
//!
//! `probabilities` are rows of one value a class, `labels` the index of each image's true class. A figure that cannot
//! be measured (no images, a class that is missing) is `None`.

mod calibration;
mod classification;
mod interval;

pub use calibration::{
    PredictiveValues, RELIABILITY_BINS, at_prevalence, brier, ece, prediction_set, predictive_values,
    reliability, sets,
};
pub use classification::{
    accuracy, auc, balanced_accuracy, confusion, dice, macro_auc, most_probable, sensitivity_specificity,
    youden,
};
pub use interval::{bootstrap, wilson};

//! Metrics: how good a model is, with confidence intervals. Pure functions.
//!
//! `probabilities`: one row for each image, one value for each class. `labels`: the index of each image's
//! true class. A metric that is undefined (no images, or a class is missing) is `None`.

mod calibration;
mod classification;
mod curves;
mod epoch;
mod interval;
mod paired;

pub use calibration::{
    PredictiveValues, RELIABILITY_BINS, at_prevalence, brier, ece, prediction_set, predictive_values,
    reliability, sets,
};
pub use classification::{
    accuracy, auc, balanced_accuracy, confusion, dice, log_loss, macro_auc, macro_f1, most_probable,
    negative_log, sensitivity_specificity,
};
pub use curves::{ThresholdPoint, threshold_points};
pub use epoch::EpochReport;
pub use interval::{bootstrap, percentile_interval, wilson};
pub use paired::{DeLong, McNemar, delong, mcnemar};

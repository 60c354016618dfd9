//! The figures of one epoch of a training.

/// What an epoch came to.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochReport {
    /// Counted from 1.
    pub epoch: usize,
    /// Mean training loss.
    pub loss: f32,
    /// Macro AUC on the plain validation images.
    pub auc: f64,
    /// Balanced accuracy on the plain validation images.
    pub balanced_accuracy: f64,
    /// Macro AUC on the disturbed ones.
    pub disturbed_auc: f64,
    /// Mean Dice coefficient of the outlines on the plain ones that have something to outline.
    pub dice: Option<f64>,
    /// Whether it is the best so far: by the mean of the figures above.
    pub is_best: bool,
    /// The share of the learning time that the GPU was busy, where one learned.
    pub busy: Option<f64>,
}

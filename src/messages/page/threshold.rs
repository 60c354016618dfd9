//! The operating point: the threshold that the user may move, and what it is worth.

pub const TITLE: &str = "Operating point";

pub fn share(value: f64, low: f64, high: f64) -> String {
    format!("{value:.2} (95 % interval {low:.2} to {high:.2})")
}

pub fn range(value: &str, low: &str, high: &str) -> String {
    format!("{value} ({low} to {high})")
}

pub fn suspect_from(finding: &str) -> String {
    format!("Suspect {finding} from")
}

pub fn moved_from(own: f32) -> String {
    format!("Moved from {own:.2}, where the model was measured. ")
}

pub const NO_SUCH_ANSWER: &str = "no such answer";
pub const PUT_BACK_BUTTON: &str = "Put it back";
pub const SENSITIVITY_HINT: &str = "Of the images with the finding, the share called suspected";
pub const SENSITIVITY: &str = "Sensitivity";
pub const SPECIFICITY_HINT: &str = "Of the images without the finding, the share not called suspected";
pub const SPECIFICITY: &str = "Specificity";
pub const POSITIVE_HINT: &str =
    "Positive predictive value: of those whose image is called suspected, the share that has the finding";
pub const POSITIVE: &str = "If suspected, has it";
pub const NEGATIVE_HINT: &str = "Negative predictive value: of those whose image is not called suspected, the share that does not have the finding";
pub const NEGATIVE: &str = "If not suspected, does not";

pub fn measured_on(data: &str) -> String {
    format!(
        "Shares measured on {data}; predictive values follow from them and from how common you say the finding is."
    )
}

/// A dot of the reliability diagram.
pub fn dot(images: usize, mean: f32, share: f32) -> String {
    format!("{images} images with a mean probability of {mean:.2}: {share:.2} had the finding")
}

pub const RELIABILITY_TITLE: &str = "Do its probabilities mean what they say?";
pub const RELIABILITY: &str =
    "Reliability diagram: the share that had the finding over the probability given; on the line they agree";
pub const RELIABILITY_HINT: &str = "Across: the probability given. Up: the share of those images that had the finding. On the line, both agree; a larger dot stands for more images.";

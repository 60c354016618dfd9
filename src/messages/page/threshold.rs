//! The operating point: the threshold that the user may move, and what it is worth.

texts! {
    TITLE = "Operating point";
    share(value: f64, low: f64, high: f64) = "{value:.2} (95 % interval {low:.2} to {high:.2})";
    range(value: &str, low: &str, high: &str) = "{value} ({low} to {high})";
    suspect_from(finding: &str) = "Suspect {finding} from";
    moved_from(own: f32) = "Moved from {own:.2}, where the model was measured. ";
    NO_SUCH_ANSWER = "no such answer";
    PUT_BACK_BUTTON = "Put it back";
    SENSITIVITY_HINT = "Of the images with the finding, the share called suspected";
    SENSITIVITY = "Sensitivity";
    SPECIFICITY_HINT = "Of the images without the finding, the share not called suspected";
    SPECIFICITY = "Specificity";
    POSITIVE_HINT = "Positive predictive value: of those whose image is called suspected, the share that has the finding";
    POSITIVE = "If suspected, has it";
    NEGATIVE_HINT = "Negative predictive value: of those whose image is not called suspected, the share that does not have the finding";
    NEGATIVE = "If not suspected, does not";
    measured_on(data: &str) = "Shares measured on {data}; predictive values follow from them and from how common you say the finding is.";
    /// A dot of the reliability diagram.
    dot(images: usize, mean: f32, share: f32) = "{images} images with a mean probability of {mean:.2}: {share:.2} had the finding";
    RELIABILITY_TITLE = "Do its probabilities mean what they say?";
    RELIABILITY = "Reliability diagram: the share that had the finding over the probability given; on the line they agree";
    RELIABILITY_HINT = "Across: the probability given. Up: the share of those images that had the finding. On the line, both agree; a larger dot stands for more images.";
}

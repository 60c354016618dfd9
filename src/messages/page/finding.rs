//! The panel beside the image: what was found, why not, and what the user is asked.

use crate::units::Probability;

texts! {
    PANEL = "Finding";
    LOOKING_AT_FILES = "Looking at the files.";
    CHOOSE_IMAGE = "Choose an image from the list.";
    WILL_STAND_HERE = "The finding will stand here.";
    STOPPED_TITLE = "Stopped";
    STOPPED = "You stopped this examination. Nothing was kept.";
    EXAMINE_AFTER_ALL_BUTTON = "Examine it after all";
    FAILED_TITLE = "This file could not be examined";
    OVERRULED = "Marked: this image was refused, and the refusal was overruled. How good the model is on such an image, nobody has measured.";
    CONCERNS = "Before you read the score";
    limits(title: &str) = "What \"{title}\" cannot do";
    NEXT_STEP_TITLE = "What to do next";
    ALL_ANSWERS_TITLE = "All answers";
}

/// The meter for those who hear it. `threshold`: where the verdict has one.
pub fn meter(probability: Probability, threshold: Option<Probability>) -> String {
    match threshold {
        Some(threshold) => format!("{probability} on a scale from 0 to 1; suspected from {threshold} on"),
        None => format!("{probability} on a scale from 0 to 1"),
    }
}

texts! {
    prevalence(finding: &str) = "Of 100 people like this one, how many have {finding}?";
    PREVALENCE_WRONG = "Give a number above 0 and below 100. Until then the share of its test images counts.";
    NO_ANSWER_TITLE = "No answer";
    examine_as(kind: &str) = "Examine it as {kind}";
    ask_all_the_same(model: &str) = "Ask \"{model}\" all the same";
    OVERRULE = "Ask a model all the same";
    OVERRULE_HINT = "The model then gives a score without a verdict, and everything that leaves this page says so: nobody has measured what its score means on such an image.";
    MODEL = "Model";
    WHY_AGE = "The model that knows this kind of image is for them only, and the file does not say how old the patient is. Its answer waits for yours.";
    WHY_KIND = "The model that knows this kind of image is for nothing else, and the file does not say what it is. Its answer waits for yours. A photograph by phone or camera is not one.";
    /// `of`: an age or a kind of picture.
    question(of: &str) = "Is this {of}?";
    yes_button(of: &str) = "Yes, {of}";
    NO_BUTTON = "No";
    NOT_KNOWN_BUTTON = "Not known";
    same_for(others: usize) = "The same for {others} more here whose files do not say it";
    SAID_FITS = "You said that this is what the model is for.";
    SAID_FITS_NOT = "You said that this is not what the model is for.";
    SAID_UNKNOWN = "You said that you do not know.";
    ANSWER_AGAIN_BUTTON = "Answer again";
    EVIDENCE_TITLE = "Evidence";
    COMPUTED = "Computed";
    /// Milliseconds: of everything, of the gate, of the network.
    took(all: f64, gate: f64, network: f64) = "on this device, in {all:.0} ms, of which {gate:.1} ms to tell what it shows and {network:.0} ms in the network";
}

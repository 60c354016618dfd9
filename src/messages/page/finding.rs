//! The panel beside the image: what was found, why not, and what the user is asked.

use crate::units::Probability;

pub const PANEL: &str = "Finding";
pub const LOOKING_AT_FILES: &str = "Looking at the files.";
pub const CHOOSE_IMAGE: &str = "Choose an image from the list.";
pub const WILL_STAND_HERE: &str = "The finding will stand here.";
pub const STOPPED_TITLE: &str = "Stopped";
pub const STOPPED: &str = "You stopped this examination. Nothing was kept.";
pub const EXAMINE_AFTER_ALL_BUTTON: &str = "Examine it after all";
pub const FAILED_TITLE: &str = "This file could not be examined";
pub const OVERRULED: &str = "Marked: this image was refused, and the refusal was overruled. How good the model is on such an image, nobody has measured.";
pub const CONCERNS: &str = "Before you read the score";

pub fn limits(title: &str) -> String {
    format!("What \"{title}\" cannot do")
}

pub const NEXT_STEP_TITLE: &str = "What to do next";
pub const ALL_ANSWERS_TITLE: &str = "All answers";

/// The meter for those who hear it. `threshold`: where the verdict has one.
pub fn meter(probability: Probability, threshold: Option<Probability>) -> String {
    match threshold {
        Some(threshold) => format!("{probability} on a scale from 0 to 1; suspected from {threshold} on"),
        None => format!("{probability} on a scale from 0 to 1"),
    }
}

pub fn prevalence(finding: &str) -> String {
    format!("Of 100 people like this one, how many have {finding}?")
}

pub const PREVALENCE_WRONG: &str =
    "Give a number above 0 and below 100. Until then the share of its test images counts.";
pub const NO_ANSWER_TITLE: &str = "No answer";

pub fn examine_as(kind: &str) -> String {
    format!("Examine it as {kind}")
}

pub fn ask_all_the_same(model: &str) -> String {
    format!("Ask \"{model}\" all the same")
}

pub const OVERRULE: &str = "Ask a model all the same";
pub const OVERRULE_HINT: &str = "The model then gives a score without a verdict, and everything that leaves this page says so: nobody has measured what its score means on such an image.";
pub const MODEL: &str = "Model";
pub const WHY_AGE: &str = "The model that knows this kind of image is for them only, and the file does not say how old the patient is. Its answer waits for yours.";
pub const WHY_KIND: &str = "The model that knows this kind of image is for nothing else, and the file does not say what it is. Its answer waits for yours. A photograph by phone or camera is not one.";

/// `of`: an age or a kind of picture.
pub fn question(of: &str) -> String {
    format!("Is this {of}?")
}

pub fn yes_button(of: &str) -> String {
    format!("Yes, {of}")
}

pub const NO_BUTTON: &str = "No";
pub const NOT_KNOWN_BUTTON: &str = "Not known";

pub fn same_for(others: usize) -> String {
    format!("The same for {others} more here whose files do not say it")
}

pub const SAID_FITS: &str = "You said that this is what the model is for.";
pub const SAID_FITS_NOT: &str = "You said that this is not what the model is for.";
pub const SAID_UNKNOWN: &str = "You said that you do not know.";
pub const ANSWER_AGAIN_BUTTON: &str = "Answer again";
pub const EVIDENCE_TITLE: &str = "Evidence";
pub const COMPUTED: &str = "Computed";

/// Milliseconds: of everything, of the gate, of the network.
pub fn took(all: f64, gate: f64, network: f64) -> String {
    format!(
        "on this device, in {all:.0} ms, of which {gate:.1} ms to tell what it shows and {network:.0} ms in the network"
    )
}

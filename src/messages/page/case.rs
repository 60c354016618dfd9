//! Keeping a case, and what was kept or seen of the same file and patient before.

use crate::messages::day;
use crate::text::count;
use crate::units::Probability;

pub const KEEP_TITLE: &str = "Keep this case";
pub const NOTE: &str = "Note";
pub const SAVE_BUTTON: &str = "Save to history";
pub const SAVING: &str = "Saving";

pub fn not_saved(why: &str) -> String {
    format!("Not saved. {why}")
}

pub const WHAT_IS_KEPT: &str = "Kept are the answer with its evidence, your note, what you measured, and fingerprints of image, model and patient. The image and its name are not kept.";
pub const CHANGED: &str = " What you changed since is not kept; saved again, it becomes a case of its own.";
pub const SAVED_AS: &str = "Saved as ";

pub fn case(id: i64) -> String {
    format!("case {id}")
}

pub const KEPT_AS: &str = "Kept as ";

/// A case by the day on which it was kept.
pub fn case_on(id: i64, saved_at: &str) -> String {
    format!("case {id} on {}", day(saved_at))
}

pub fn and_earlier(more: usize) -> String {
    format!(" and {more} earlier")
}

pub fn drawn_again(annotations: usize) -> String {
    format!(" What was drawn on it then is drawn again: {}.", count(annotations, "annotation"))
}

pub const EARLIER_TITLE: &str = "Earlier images of this patient";
pub const PATIENT: &str = "Patient (a number or code of your own; only its fingerprint is kept)";
pub const LOOK_BUTTON: &str = "Look in the history";

pub fn found_in_history(cases: usize) -> String {
    match cases {
        0 => "The history holds no case of this patient.".into(),
        cases => format!("The history holds {} of this patient.", count(cases, "case")),
    }
}

pub fn no_lookup(why: &str) -> String {
    format!("The patient cannot be looked up: {why}.")
}

pub const NO_DATE: &str = "No date";
pub const ON_DESK: &str = "on the desk";

pub fn case_on_desk(id: i64) -> String {
    format!("case {id}, and on the desk")
}

/// An earlier answer, after its date: where it lies, and what it said.
pub fn earlier(place: &str, finding: &str, verdict: &str, probability: Probability) -> String {
    format!(" ({place}): {finding} {verdict}, {probability}")
}

/// Differences below this are what the same patient's next image shows without any change, as far as the model can tell.
const ALIKE: f32 = 0.05;

/// How the probability of a finding has changed.
pub fn change(was: Probability, is: Probability) -> String {
    let by = is.get() - was.get();
    let size = Probability::new(by.abs()).map_or_else(String::new, |size| size.to_string());
    match by {
        by if by.abs() < ALIKE => format!("About the same now: {is}, after {was}."),
        by if by > 0.0 => format!("Higher now by {size}: {is}, after {was}."),
        _ => format!("Lower now by {size}: {is}, after {was}."),
    }
}

pub const NOT_COMPARABLE: &str = "Another model or finding: the numbers cannot be compared.";
pub const SHOW_BESIDE_BUTTON: &str = "Show it beside this one";
pub const NO_IMAGE_KEPT: &str =
    "The history keeps no image. Open the earlier file too, and it can be shown beside this one.";

//! Keeping a case, and what was kept or seen of the same file and patient before.

use crate::messages::day;
use crate::text::count;
use crate::units::Probability;

texts! {
    KEEP_TITLE = "Keep this case";
    NOTE = "Note";
    SAVE_BUTTON = "Save to history";
    SAVING = "Saving";
    not_saved(why: &str) = "Not saved. {why}";
    WHAT_IS_KEPT = "Kept are the answer with its evidence, your note, what you measured, and fingerprints of image, model and patient. The image and its name are not kept.";
    CHANGED = " What you changed since is not kept; saved again, it becomes a case of its own.";
    SAVED_AS = "Saved as ";
    case(id: i64) = "case {id}";
    KEPT_AS = "Kept as ";
}

/// A case by the day on which it was kept.
pub fn case_on(id: i64, saved_at: &str) -> String {
    format!("case {id} on {}", day(saved_at))
}

texts! {
    and_earlier(more: usize) = " and {more} earlier";
}

pub fn drawn_again(annotations: usize) -> String {
    format!(" What was drawn on it then is drawn again: {}.", count(annotations, "annotation"))
}

texts! {
    EARLIER_TITLE = "Earlier images of this patient";
    PATIENT = "Patient (a number or code of your own; only its fingerprint is kept)";
    LOOK_BUTTON = "Look in the history";
}

pub fn found_in_history(cases: usize) -> String {
    match cases {
        0 => "The history holds no case of this patient.".into(),
        cases => format!("The history holds {} of this patient.", count(cases, "case")),
    }
}

texts! {
    no_lookup(why: &str) = "The patient cannot be looked up: {why}.";
    NO_DATE = "No date";
    ON_DESK = "on the desk";
    case_on_desk(id: i64) = "case {id}, and on the desk";
    /// An earlier answer, after its date: where it lies, and what it said.
    earlier(place: &str, finding: &str, verdict: &str, probability: Probability) = " ({place}): {finding} {verdict}, {probability}";
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

texts! {
    NOT_COMPARABLE = "Another model or finding: the numbers cannot be compared.";
    SHOW_BESIDE_BUTTON = "Show it beside this one";
    NO_IMAGE_KEPT = "The history keeps no image. Open the earlier file too, and it can be shown beside this one.";
}

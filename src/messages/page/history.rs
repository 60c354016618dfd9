//! The history: all cases, one case, deleting and taking away.

use crate::messages::day;
use crate::text::count;

pub const TITLE: &str = "History";
pub const LOOKING: &str = "Looking in the history";

/// How many are listed. `has_searched`: whether only those that fit.
pub fn listed(shown: usize, of: usize, has_searched: bool) -> String {
    let which = if has_searched { "that fit" } else { "kept" };
    format!("{shown} of {} {which}, newest first.", count(of, "case"))
}

pub const SEARCH: &str = "Search in notes, findings, models and fingerprints";
pub const CASES: &str = "Cases";
pub const OLDER_BUTTON: &str = "Show older cases";
pub const NOTHING_FITS: &str = "No case holds these words. Search for fewer, or for a part of one; of a fingerprint, eight digits or more are needed.";
pub const NOTHING_KEPT: &str = "No case has been kept yet. Examine an image in the clinic, then choose \"Save to history\": the answer with its evidence, your note, what you measured and the fingerprints of image and model are kept on the computer that serves this page, never the image.";

pub fn case_line(id: i64, line: &str) -> String {
    format!("Case {id}: {line}")
}

/// In the list, after the day on which the case was kept.
pub fn with_model(model: &str) -> String {
    format!(", model {model}")
}

pub fn with_annotations(number: usize) -> String {
    format!(", {}", count(number, "annotation"))
}

/// In the list, before the day on which the case was kept.
pub fn image_of_kept(day_of_study: &str) -> String {
    format!("Image of {}, kept ", day(day_of_study))
}

pub const WITH_IMAGE: &str = ", image ";

pub fn unreadable(id: i64) -> String {
    format!("Case {id} cannot be read")
}

pub fn damaged(what: &str) -> String {
    format!("It is damaged in the history's file ({what}). No other case is touched.")
}

pub fn deleted(id: i64) -> String {
    format!("Case {id} is deleted. Nothing of it is kept any more.")
}

pub const ALL_CASES_LINK: &str = "All cases";

pub fn case_title(id: i64) -> String {
    format!("Case {id}")
}

/// On an open case, before the day on which it was kept.
pub fn image_of(day_of_study: &str) -> String {
    format!("Image of {}. ", day(day_of_study))
}

pub const KEPT: &str = "Kept ";
pub const IMAGE_NOT_KEPT: &str =
    ". The image was not kept: drop the same file in the clinic, and what was drawn on it is drawn again.";
pub const DRAWN: &str = "Drawn";
pub const MODEL: &str = "Model";
pub const CARD_FINGERPRINT: &str = "SHA-256 of the model's card";
pub const FILE_FINGERPRINT: &str = "SHA-256 of the file";
pub const PATIENT: &str = "Patient (fingerprint)";
pub const EARLIER_VERSION: &str = "Kept by an earlier version of Lantern, which kept less: neither all answers, nor concerns, nor measurements.";
pub const OVERRULED: &str = "The image was refused, and a reader overruled the refusal. Nobody has measured what the score means on such an image.";
pub const REFUSED_TITLE: &str = "Refused";
pub const MODEL_CANNOT: &str = "What this model cannot do";

pub fn frame(number: u32, of: u32) -> String {
    format!("Frame {number} of {of} was examined.")
}

pub fn unmeasured(number: usize) -> String {
    format!("{} could not be measured.", count(number, "annotation"))
}

pub fn delete_question(id: i64) -> String {
    format!("Delete case {id}?")
}

pub fn delete_for_good(id: i64) -> String {
    format!("Delete case {id} for good? It cannot be brought back.")
}

pub fn deleting(id: i64) -> String {
    format!("Deleting case {id}")
}

pub fn not_deleted(why: &str) -> String {
    format!("Not deleted. {why}")
}

pub fn delete_button(id: i64) -> String {
    format!("Delete case {id}")
}

pub const KEEP_BUTTON: &str = "Keep it";
pub const DELETE_BUTTON: &str = "Delete it";
pub const TAKE_TITLE: &str = "Take all cases away";
pub const ALL_AS_JSON_BUTTON: &str = "All cases as JSON";
pub const CSV_HINT: &str = "One row a case, for spreadsheets";
pub const ALL_AS_CSV_BUTTON: &str = "All cases as CSV";

pub fn fetched(cases: usize, of: u64) -> String {
    format!("{cases} of {of} fetched")
}

/// After where the file is saved: which cases it lacks.
pub fn left_out(cases: &[String]) -> String {
    format!(" Left out, because they cannot be read: {}.", cases.join(", "))
}

//! The history: all cases, one case, deleting and taking away.

use crate::messages::day;
use crate::text::count;

texts! {
    TITLE = "History";
    LOOKING = "Looking in the history";
}

/// How many are listed. `has_searched`: whether only those that fit.
pub fn listed(shown: usize, of: usize, has_searched: bool) -> String {
    let which = if has_searched { "that fit" } else { "kept" };
    format!("{shown} of {} {which}, newest first.", count(of, "case"))
}

texts! {
    SEARCH = "Search in notes, findings, models and fingerprints";
    CASES = "Cases";
    OLDER_BUTTON = "Show older cases";
    NOTHING_FITS = "No case holds these words. Search for fewer, or for a part of one; of a fingerprint, eight digits or more are needed.";
    NOTHING_KEPT = "No case has been kept yet. Examine an image in the clinic, then choose \"Save to history\": the answer with its evidence, your note, what you measured and the fingerprints of image and model are kept on the computer that serves this page, never the image.";
    case_line(id: i64, line: &str) = "Case {id}: {line}";
    /// In the list, after the day on which the case was kept.
    with_model(model: &str) = ", model {model}";
}

pub fn with_annotations(number: usize) -> String {
    format!(", {}", count(number, "annotation"))
}

/// In the list, before the day on which the case was kept.
pub fn image_of_kept(day_of_study: &str) -> String {
    format!("Image of {}, kept ", day(day_of_study))
}

texts! {
    WITH_IMAGE = ", image ";
    WITH_PATIENT = ", patient ";
    ALL_OF_PATIENT = "All cases of this patient";
    /// On an open case, before the link.
    SAME_PATIENT = "All cases of this patient: ";
    patient_title(digits: &str) = "Patient {digits}";
    NO_CASE_OF_PATIENT = "The history holds no case of this patient that you may see.";
    unreadable(id: i64) = "Case {id} cannot be read";
    damaged(what: &str) = "It is damaged in the history's file ({what}). No other case is touched.";
    deleted(id: i64) = "Case {id} is deleted. Nothing of it is kept any more.";
    FOLLOW_UP_TITLE = "Follow-up";
    NO_FOLLOW_UP = "No follow-up";
    TO_FOLLOW_UP = "To follow up";
    CONFIRMED = "Confirmed by later evidence";
    NOT_CONFIRMED = "Not confirmed by later evidence";
    DUE = "By ";
    FOLLOW_UP_KEPT = "The follow-up is kept.";
    ALL_CASES_LINK = "All cases";
    case_title(id: i64) = "Case {id}";
}

/// On an open case, before the day on which it was kept.
pub fn image_of(day_of_study: &str) -> String {
    format!("Image of {}. ", day(day_of_study))
}

texts! {
    KEPT = "Kept ";
    IMAGE_NOT_KEPT = ". The image was not kept: drop the same file in the clinic, and what was drawn on it is drawn again.";
    DRAWN = "Drawn";
    MODEL = "Model";
    CARD_FINGERPRINT = "SHA-256 of the model's card";
    FILE_FINGERPRINT = "SHA-256 of the file";
    PATIENT = "Patient (fingerprint)";
    EARLIER_VERSION = "Kept by an earlier version of Lantern, which kept less: neither all answers, nor concerns, nor measurements.";
    OVERRULED = "The image was refused, and a reader overruled the refusal. Nobody has measured what the score means on such an image.";
    REFUSED_TITLE = "Refused";
    MODEL_CANNOT = "What this model cannot do";
    frame(number: u32, of: u32) = "Frame {number} of {of} was examined.";
}

pub fn unmeasured(number: usize) -> String {
    format!("{} could not be measured.", count(number, "annotation"))
}

texts! {
    delete_for_good(id: i64) = "Delete case {id} for good? It cannot be brought back.";
    deleting(id: i64) = "Deleting case {id}";
    not_deleted(why: &str) = "Not deleted. {why}";
    delete_button(id: i64) = "Delete case {id}";
    KEEP_BUTTON = "Keep it";
    DELETE_BUTTON = "Delete it";
    TAKE_TITLE = "Take all cases away";
    ALL_AS_JSON_BUTTON = "All cases as JSON";
    CSV_HINT = "One row a case, for spreadsheets";
    ALL_AS_CSV_BUTTON = "All cases as CSV";
    BRING_TITLE = "Bring cases here";
    BRING_HINT = "A file that \"All cases as JSON\" saved, here or on another companion. Each case keeps the day on which it was kept and gets a new number; a case that is here already is left out.";
    BRING_BUTTON = "Choose a JSON file";
    NOT_OURS = "This file holds no history of Lantern. Choose one that \"All cases as JSON\" saved.";
    UNREAD_FILE = "The file could not be read from this device. Choose it again.";
    bringing(done: usize, of: usize) = "{done} of {of} looked at";
    refused(id: i64, why: &str) = "Case {id} of the file was not taken in. {why}";
    fetched(cases: usize, of: u64) = "{cases} of {of} fetched";
}

/// After where the file is saved: which cases it lacks.
pub fn left_out(cases: &[String]) -> String {
    format!(" Left out, because they cannot be read: {}.", cases.join(", "))
}

/// What became of a file's cases. `known`: those that were here already.
pub fn brought(new: usize, known: usize) -> String {
    let known = if known == 0 { String::new() } else { format!(", {} here already", count(known, "case")) };
    format!("{} taken in{known}.", count(new, "case"))
}

/// A follow-up in words. `status`: one of the above.
pub fn follow_up(status: &str, due: Option<&str>) -> String {
    due.map_or_else(|| status.to_string(), |due| format!("{status} by {}", day(due)))
}

/// How many have a follow-up. `status`: one of the above.
pub fn cases_so(cases: usize, status: &str) -> String {
    format!("{}: {}", status, count(cases, "case"))
}

/// A case in a list by follow-up. `due`, `today`: days as `YYYY-MM-DD`.
pub fn case_due(id: i64, due: Option<&str>, today: &str) -> String {
    match due {
        None => format!("Case {id}"),
        Some(due) if due < today => format!("Case {id}, was due on {}", day(due)),
        Some(due) => format!("Case {id}, by {}", day(due)),
    }
}

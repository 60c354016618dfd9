//! The vault: cases that this browser keeps, sealed by a passphrase.

use crate::messages::day;
use crate::text::count;

texts! {
    SAVE_BUTTON = "Save in this browser";
    /// Below the button, where no companion answers.
    WHAT_IS_KEPT = "No companion answers here, so the case can be kept in this browser only: sealed by a passphrase of yours, and never the image. Kept are the answer with its evidence, your note, what you measured, and fingerprints of image, model and patient.";
    case(id: i64) = "case {id} in this browser";
    NOT_OPENED = "The vault was not opened. The case is still on this page; try again.";
    STOPPED = "the part of the page that keeps the vault stopped unexpectedly, and the vault is locked; open it again: what was kept is still there";

    MAKE_TITLE = "Make a vault in this browser";
    MAKE_HINT = "Cases that you save are sealed by your passphrase before this browser keeps them; whoever uses this computer reads nothing without it. The passphrase is kept nowhere and CANNOT BE RECOVERED: if you forget it, the cases in the vault are lost. So are they if you clear this site's data, and some browsers do that by themselves after weeks without a visit. Hand cases over to a companion, or take them away as a file.";
    MAKE_BUTTON = "Make the vault";
    OPEN_TITLE = "Open the vault of this browser";
    OPEN_HINT = "It stays open until you lock it, close this page, or do not use it for 15 minutes.";
    OPEN_BUTTON = "Open it";
    PASSPHRASE = "Passphrase";
    AGAIN = "The same once more";
    least(least: usize) = "A passphrase has at least {least} characters.";
    NOT_THE_SAME = "The two passphrases differ. Type the same one twice.";
    WORKING = "Making the key from the passphrase; this takes a moment on purpose.";

    TITLE = "Kept in this browser";
    /// Where no companion answers and nothing is kept.
    NONE = "Nothing is kept in this browser. Without a companion you can keep cases here: examine an image in the clinic, then choose \"Save in this browser\".";
    OPEN_VAULT_BUTTON = "Open the vault";
    LOCK_BUTTON = "Lock the vault";
    EMPTY = "The vault is open, and empty.";
    WHERE = "These cases lie sealed in this browser on this device, not with a companion. Nobody else sees them.";
    /// On an open case, after the day on which it was kept.
    WHERE_ONE = "The case lies sealed in this browser, not with a companion. The image was not kept.";
    SEARCH = "Search in the vault";
    NOTHING_FITS = "No case in the vault holds these words. Search for fewer, or for a part of one.";
    case_line(id: i64, line: &str) = "Case {id} in this browser: {line}";
    case_title(id: i64) = "Case {id} in this browser";
    LOCKED_CASE = "This case lies in the vault of this browser, which is locked.";
    no_case(id: i64) = "The vault holds no case {id}: it was deleted, or handed over to a companion.";
    CHANGE_NOTE_BUTTON = "Save the note";
    NOTE_KEPT = "The note is kept.";
    deleted(id: i64) = "Case {id} is deleted from this browser. Nothing of it is kept here any more.";
    delete_for_good(id: i64) = "Delete case {id} from this browser for good? It cannot be brought back.";
    damaged(what: &str) = "It does not open: {what}. No other case is touched. Delete it, or leave it in case a backup of this browser's profile can be restored.";
    ALL_AS_JSON_BUTTON = "All cases of this browser as JSON";

    HAND_OVER_TITLE = "Hand over to the companion";
    HAND_OVER_HINT = "The companion is there now. Each case goes to its history, and leaves this browser only after the companion has it.";
    handing(done: usize, of: usize) = "{done} of {of} looked at";
    not_handed(id: i64, why: &str) = "Case {id} stays in this browser. {why}";
}

/// How many cases lie in the locked vault.
pub fn locked(cases: u32) -> String {
    format!("The vault of this browser holds {}, sealed by your passphrase.", count(cases as usize, "case"))
}

/// How many fit a search, or are kept.
pub fn listed(shown: usize, of: usize) -> String {
    format!("{shown} of {} in this browser, newest first.", count(of, "case"))
}

pub fn hand_over_button(cases: usize) -> String {
    format!("Hand over {}", count(cases, "case"))
}

/// What became of them. `known`: those that the companion had already.
pub fn handed(new: usize, known: usize) -> String {
    let known = if known == 0 { String::new() } else { format!(" {} there already.", count(known, "case")) };
    format!("{} handed over.{known}", count(new, "case"))
}

/// After that: how many conflicts are open.
pub fn waiting(conflicts: usize) -> String {
    match conflicts {
        1 => " 1 case waits for your choice below.".into(),
        conflicts => format!(" {conflicts} cases wait for your choice below."),
    }
}

texts! {
    conflict_title(id: i64, other: i64) = "Case {id} in this browser is not the same as case {other} of the companion";
    CONFLICT_HINT = "Both are the same answer to the same image, saved at the same moment. What differs is marked. Nothing is changed until you choose.";
    HERE = "In this browser";
    THERE = "With the companion";
    /// After what differs between the two.
    DIFFERS = " (differs)";
    NO_NOTE = "No note";
    DRAWN = "Drawn";
    ANSWER = "Answer";
    NOTHING_DRAWN = "Nothing";
    KEEP_BOTH_BUTTON = "Keep both";
    KEEP_THERE_BUTTON = "Keep the companion's";
    KEEP_HERE_BUTTON = "Keep this browser's";
    CHOICES = "Keep both: this browser's becomes a case of its own. Keep the companion's: this browser's is deleted. Keep this browser's: it takes over the follow-up of the companion's, which is then deleted.";
}

/// When a case was saved, below its side of a conflict.
pub fn saved_on(saved_at: &str) -> String {
    format!("Saved on {}", day(saved_at))
}

texts! {
    /// What the database is, under what is kept in this browser.
    DATABASE = "The vault: cases that you saved here, sealed by your passphrase";
    ERASE_TITLE = "Erase the cases too";
}

/// The second question before all is erased.
pub fn erase_question(cases: u32) -> String {
    format!(
        "The vault of this browser holds {}. Whatever was not handed over to a companion is lost for good. Erase it too?",
        count(cases as usize, "case")
    )
}

texts! {
    ERASE_UNKNOWN = "A vault with cases is kept in this browser. Whatever was not handed over to a companion is lost for good. Erase it too?";
}

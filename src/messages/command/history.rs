//! `lantern audit-log`, `lantern backup`, `lantern restore`.

use std::path::Path;

pub fn no_history(file: &Path) -> String {
    format!("there is no case history {}; name one with --history", file.display())
}

pub fn unread(file: &Path) -> String {
    format!("{} could not be read; name another file", file.display())
}

texts! {
    COPY_INSTEAD = "a backup is put into a database by `lantern store copy BACKUP ADDRESS`; the database must hold no history";
    copied(cases: u64, anchor: &str) = "The history was copied with {cases} cases, and the copy's audit log was followed. Keep also this, its last entry before the copy:\n{anchor}";
    whole(entries: i64, anchor: &str) = "The audit log is whole: {entries} entries. Keep this elsewhere, to find out later whether its end was cut:\n{anchor}";
    missing(entry: i64) = "entry {entry} of the audit log is missing, or entries were moved; compare the history with a backup";
    edited(entry: i64) = "entry {entry} of the audit log is not the one that was written; compare the history with a backup";
    cut(entry: i64) = "the audit log ends at entry {entry}, before the entry of the anchor, so its end was cut; compare the history with a backup";
    rewritten(entry: i64) = "entry {entry} of the audit log is not that of the anchor, so the log was written anew; compare the history with a backup";
}

pub fn backed_up(file: &Path, anchor: &str) -> String {
    format!(
        "The history was copied to {}, and the copy was checked. Keep also this, the last entry of its audit log:\n{anchor}",
        file.display()
    )
}

/// `replaced`: where the history lies that was there before.
pub fn restored(history: &Path, anchor: &str, replaced: Option<&Path>) -> String {
    let before =
        replaced.map_or(String::new(), |path| format!(" What was there before is {} now.", path.display()));
    format!(
        "{} was put back as the backup has it, up to this entry of the audit log; everybody has to log in again.{before}\n{anchor}",
        history.display()
    )
}

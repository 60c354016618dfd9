//! The case history that cannot be opened, read or written.

texts! {
    newer(path: &str) = "{path} was written by a newer Lantern; use that version, or name another file with --history";
    not_a_history(path: &str) = "{path} is not a case history; it was left as it is. Name another file with --history";
    no_folder(folder: &str) = "the folder {folder} does not exist, so no case history can be kept there; make it, or name another file with --history";
    name(name: &str) = "the name {name} is too long for a file; name another one with --history";
    read_only(path: &str) = "{path} or its folder may not be written, so no case can be kept there; change its permissions, or name another file with --history";
    remote(folder: &str, kind: &str) = "{folder} lies on another machine ({kind}), where SQLite loses cases that it acknowledged; name a file on a disk of this computer with --history";
    served(path: &str) = "another Lantern serves {path} already, and two would hide each other's changes from their users; stop that one first";
    exists(path: &str) = "{path} exists already and was left as it is; name another file for the backup";
    unfit(path: &str) = "the audit log in {path} is not whole, or not that of the anchor beside it, so nothing was put back; use another backup";
    file(path: &str, why: &str) = "{path} could not be written or read: {why}; check the folder and its permissions";
    SEALED = "the case history is encrypted, and nothing of it can be read without its key; name that with --key-file or --passphrase-file";
    NOT_SEALED = "the case history is not encrypted, though a key was given for it; leave the key out, or see `lantern key --help`";
    wrong_key(kind: &str) = "this does not open the case history, which is encrypted with another {kind}; give that one";
    NO_KEY = "this computer gave no random numbers or no memory for a key; try again";
    key_file(path: &str, least: usize) = "{path} is no key file, which has {least} characters or more; make one with `lantern key new`";
    LOCKED = "another program is using the case history; close it, then try again";
    FULL = "the disk is full, so the case history could not be written; make room, then try again";
    gone(path: &str) = "the case history {path} was deleted or replaced while Lantern was running, so nothing more can be kept in it; put the file back, and start Lantern again";
    CORRUPT = "the file of the case history is damaged; stop Lantern, keep a copy of the file, and put a backup in its place";
    LOG_HELD = "what was deleted is gone from the history, but another program is reading the history and keeps older text in the log beside the file; close that program, then start Lantern again";
    OLD_TEXT_HELD = "the history is encrypted under the NEW key, which alone opens it now, but another program is reading the history and keeps older text in the log beside the file, as it stood before; keep the new key, close that program, then start Lantern again";
    audit_log(entry: i64) = "entry {entry} of the audit log is damaged, so that nothing more can be recorded; see with `lantern audit-log verify` what else is";
    unusable(why: &str) = "the case history could not be used: {why}; try again";
    damaged(case: i64, why: &str) = "case {case} in the history is damaged and can only be deleted: {why}; delete it";
    unwritten(why: &str) = "the case could not be written: {why}; try again";
    address(why: &str) = "this address of a database cannot be read: {why}; write it as postgres://USER@HOST/DATABASE";
    DATABASE_WITHOUT_TLS = "the database is on another computer, and without encryption everybody between could read the cases; name the certificate that signs the server's with --database-ca";
    authority(why: &str) = "the certificate for the database cannot be used: {why}; name a file in PEM with --database-ca";
    unreachable(why: &str) = "the database does not let Lantern in: {why}; check that it runs, and its address, user and password";
    LOST = "the connection to the database was lost, and nothing was changed; try again";
    UNCERTAIN = "the connection to the database was lost while the change was written, so that it may be kept or not; check in the history whether it is there before you repeat it";
    IN_USE = "a companion serves the history in this database, or its key is being changed, and both at once would make cases unreadable; stop all companions, then try again";
    NOT_EMPTY = "the history to copy into holds something already and was left as it is; name a new file, or a database without a history";
    LOG_NOT_WHOLE = "the audit log of the history is not whole, so nothing was copied; see with `lantern audit-log verify` what is wrong";
}

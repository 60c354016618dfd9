//! Backups while the server runs, and how a history is put back.

use super::audit_log::{Anchor, Event, Verified};
use super::files::{self, with};
use super::sql::Sql;
use super::sqlite::{BUSY_TIMEOUT, is_foreign};
use super::{By, Database, Error, ServingLock, Store};
use rusqlite::{Connection, OpenFlags};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// What was put back.
#[derive(Debug)]
pub struct Restored {
    /// The last entry of the backup's audit log.
    pub backup: Anchor,
    /// Where the history lies that was there before.
    pub replaced: Option<PathBuf>,
}

impl Store {
    /// Writes a copy of the whole history to `to`, checks it, and writes the last entry of its audit log beside it, in
    /// `to` with `.anchor` added. The file appears under its name only when it is whole. Only the user who runs
    /// the program can read it. The copy of a history in PostgreSQL is an SQLite file too.
    ///
    /// # Errors
    /// Fails if `to` exists, if its folder is missing or full, or if the copy is not whole.
    pub fn backup(&self, by: &By, to: &Path) -> Result<Anchor, Error> {
        if fs::symlink_metadata(to).is_ok() {
            return Err(Error::Exists { path: to.display().to_string() });
        }
        self.record(by, "backup.made", "")?;
        let part = with(to, ".tmp");
        let anchor = self.copy_into(by, &part);
        let anchor = anchor.and_then(|anchor| {
            let written = files::replace(&with(to, ".anchor"))
                .and_then(|file| files::write(file, &format!("{anchor}\n")));
            written.and_then(|()| moved(&part, to)).map_err(|error| unwritten(to, &error))?;
            Ok(anchor)
        });
        if anchor.is_err() {
            fs::remove_file(&part).ok();
        }
        anchor
    }

    /// Copies the database into a new file and checks the copy.
    fn copy_into(&self, by: &By, part: &Path) -> Result<Anchor, Error> {
        // What a killed backup left.
        forget(part);
        match &self.database {
            Database::Sqlite(sqlite) => {
                files::create(part).map_err(|error| unwritten(part, &error))?;
                // A connection of its own, so that the server goes on meanwhile.
                let connection =
                    Connection::open_with_flags(sqlite.place.path(), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
                connection.busy_timeout(BUSY_TIMEOUT)?;
                connection.execute("VACUUM INTO ?1", [part.to_string_lossy()])?;
            }
            Database::Postgres(_) => {
                let copy = Self::open(part)?;
                self.copy_to(by, &copy)?;
                copy.forget_log()?;
            }
        }
        File::open(part).and_then(|file| file.sync_all()).map_err(|error| unwritten(part, &error))?;
        checked(part)
    }

    /// Fails if the file's structure is damaged. PostgreSQL finds that out itself.
    pub fn check_integrity(&self) -> Result<(), Error> {
        match &self.database {
            Database::Sqlite(sqlite) => integrity(&sqlite.writer(), "PRAGMA quick_check(1)"),
            Database::Postgres(_) => Ok(()),
        }
    }
}

/// Puts a backup in the place of a history, which stays beside it under another name. Sessions end. A backup of an
/// earlier version is migrated.
///
/// # Errors
/// Fails if the backup is damaged, is not a history, does not fit its anchor, or is of a newer version; if the history
/// is being served; or if the files cannot be written. The history is then as before.
pub fn restore(by: &By, backup: &Path, history: &Path) -> Result<Restored, Error> {
    let _lock = ServingLock::take(history)?;
    let part = with(history, ".tmp");
    forget(&part);
    let restored = prepared(by, backup, history, &part).and_then(|anchor| {
        let replaced = if history.exists() { Some(set_aside(history)?) } else { None };
        moved(&part, history).map_err(|error| unwritten(history, &error))?;
        Ok(Restored { backup: anchor, replaced })
    });
    if restored.is_err() {
        forget(&part);
    }
    restored
}

/// Makes of a backup, in the file `part`, all that is to take the place of `history`. Returns the backup's last entry.
fn prepared(by: &By, backup: &Path, history: &Path, part: &Path) -> Result<Anchor, Error> {
    let anchor = checked(backup)?;
    files::create(part).map_err(|error| unwritten(part, &error))?;
    // Not a copy of the file alone: a part of the backup may lie in its write-ahead log.
    let connection = Connection::open_with_flags(backup, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.execute("VACUUM INTO ?1", [part.to_string_lossy()])?;
    if checked(part)? != anchor {
        return Err(Error::Unfit { path: backup.display().to_string() });
    }
    let store = Store::open(part)?;
    let before =
        if history.exists() { format!(", before: {}", last_entry(by, history)) } else { String::new() };
    store.transaction(by, |sql| {
        sql.execute("DELETE FROM sessions", &[])?;
        sql.execute("DELETE FROM invitations", &[])?;
        Ok(((), Some(Event::new("history.restored", format!("backup: {anchor}{before}")))))
    })?;
    store.forget_log()?;
    Ok(anchor)
}

/// Records in a history that it is replaced, and brings all of it into its file.
fn last_entry(by: &By, history: &Path) -> Anchor {
    let anchor = Store::open(history).and_then(|store| {
        store.record(by, "history.replaced", "")?;
        store.forget_log()?;
        store.anchor()
    });
    // A damaged history is why one restores: then it is set aside as it is.
    anchor.unwrap_or_else(|_| Anchor::start())
}

/// Gives a history a second name, under which it stays when another takes its place, and moves its log there, which
/// would be read into the other.
fn set_aside(history: &Path) -> Result<PathBuf, Error> {
    let free = |n: &u32| !with(history, &format!(".before-{n}")).exists();
    let aside = with(history, &format!(".before-{}", (1..).find(free).unwrap_or_default()));
    // Not every file system has second names.
    let named = fs::hard_link(history, &aside).or_else(|_| fs::rename(history, &aside));
    named.map_err(|error| unwritten(history, &error))?;
    for end in ["-wal", "-shm"] {
        let file = with(history, end);
        if file.exists() {
            fs::rename(&file, with(&aside, end)).map_err(|error| unwritten(history, &error))?;
        }
    }
    Ok(aside)
}

/// Removes a database that was not finished.
fn forget(part: &Path) {
    for end in ["", "-wal", "-shm"] {
        fs::remove_file(with(part, end)).ok();
    }
}

/// The last entry of a whole copy of a history, which is compared with the anchor beside it if there is one.
fn checked(path: &Path) -> Result<Anchor, Error> {
    let told = |error| Error::opening(path, error);
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(told)?;
    if is_foreign(&connection).map_err(told)? {
        return Err(Error::NotAHistory { path: path.display().to_string() });
    }
    integrity(&connection, "PRAGMA integrity_check(1)")?;
    let kept = fs::read_to_string(with(path, ".anchor")).ok().map(|text| text.parse::<Anchor>());
    let unfit = || Error::Unfit { path: path.display().to_string() };
    let kept = kept.transpose().map_err(|_| unfit())?;
    super::migrate::check(&connection, path)?;
    // Versions before 0.3 kept no log.
    let has_log = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'audit_log')";
    if !connection.query_row(has_log, [], |row| row.get::<_, bool>(0))? {
        return if kept.is_none() { Ok(Anchor::start()) } else { Err(unfit()) };
    }
    match super::audit_log::verify(&Sql::Sqlite(&connection), kept.as_ref())? {
        Verified::Ok(last) => Ok(last),
        Verified::Err(_) => Err(unfit()),
    }
}

fn integrity(connection: &Connection, check: &str) -> Result<(), Error> {
    let said: String = connection.query_row(check, [], |row| row.get(0))?;
    if said == "ok" { Ok(()) } else { Err(Error::Corrupt) }
}

/// Renames a file and makes that durable.
fn moved(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::rename(from, to)?;
    #[cfg(unix)]
    {
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn unwritten(path: &Path, error: &std::io::Error) -> Error {
    if error.kind() == std::io::ErrorKind::StorageFull {
        return Error::Full;
    }
    Error::File { path: path.display().to_string(), why: error.to_string() }
}

//! The identity of the case history's file, to notice if it is deleted or replaced.

use super::{Error, filesystem};
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The file of an open case history. If it is deleted or replaced, SQLite keeps writing to the old file, and
/// those changes are lost.
#[derive(Debug)]
pub(super) struct FileIdentity {
    path: PathBuf,
    identity: Identity,
}

/// Distinguishes a file from another one at the same path.
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(of: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (of.dev(), of.ino())
}

#[cfg(not(unix))]
fn identity(of: &Metadata) -> Identity {
    // On this system an open database cannot be deleted, only moved together with its folder.
    let created = of.created().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    (0, created.map_or(0, |since| since.as_nanos() as u64))
}

impl FileIdentity {
    /// The identity of the file at `path`, which was just opened.
    pub fn of(path: &Path) -> Result<Self, Error> {
        // An absolute path, so that a later change of the current folder does not matter.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let found = fs::metadata(&path).map(|found| identity(&found));
        let gone = |_| Error::Gone { path: path.display().to_string() };
        Ok(Self { identity: found.map_err(gone)?, path: path.clone() })
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Fails if the path now names another file or none.
    pub fn holds(&self) -> Result<(), Error> {
        let now = fs::metadata(&self.path).map(|found| identity(&found));
        if now.is_ok_and(|now| now == self.identity) {
            return Ok(());
        }
        Err(Error::Gone { path: self.path.display().to_string() })
    }
}

/// Checks for the causes that SQLite reports all alike, as "unable to open database file".
pub(super) fn check(path: &Path) -> Result<(), Error> {
    let name = || path.display().to_string();
    let refused = |error: &std::io::Error| match error.kind() {
        ErrorKind::PermissionDenied => Some(Error::ReadOnly { path: name() }),
        ErrorKind::InvalidFilename => Some(Error::Name { name: shortened(&name()) }),
        _ => None,
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    match fs::metadata(folder) {
        Ok(found) if found.is_dir() => {}
        Err(error) if refused(&error).is_some() => return refused(&error).map_or(Ok(()), Err),
        _ => return Err(Error::NoFolder { folder: folder.display().to_string() }),
    }
    filesystem::check(folder)?;
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => Err(Error::NotAHistory { path: name() }),
        Ok(found) if found.permissions().readonly() => Err(Error::ReadOnly { path: name() }),
        Ok(_) => Ok(()),
        // A missing file will be created.
        Err(error) => refused(&error).map_or(Ok(()), Err),
    }
}

/// The first characters of a name that is too long to print.
fn shortened(name: &str) -> String {
    name.chars().take(60).chain("...".chars()).collect()
}

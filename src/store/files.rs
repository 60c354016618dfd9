//! Files beside a history, which only their owner can read.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{Result, Write};
use std::path::{Path, PathBuf};

/// A path with an ending added to its name.
pub fn with(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    name.into()
}

/// Makes a file.
///
/// # Errors
/// Fails if it exists, or if its folder cannot be written.
pub fn create(path: &Path) -> Result<File> {
    open(path, OpenOptions::new().create_new(true))
}

/// Makes a file, or empties one that is there.
///
/// # Errors
/// Fails if it cannot be written.
pub fn replace(path: &Path) -> Result<File> {
    open(path, OpenOptions::new().create(true).truncate(true))
}

fn open(path: &Path, options: &mut OpenOptions) -> Result<File> {
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    let file = options.open(path)?;
    keep_private(path);
    Ok(file)
}

/// Takes a file that may have been made by others, or copied, from all but its owner.
pub fn keep_private(path: &Path) {
    // Who does not own it cannot; then its owner has decided.
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).ok();
    #[cfg(not(unix))]
    let _ = path;
}

/// Writes a text and brings it to the disk.
///
/// # Errors
/// Fails if the disk is full or fails.
pub fn write(mut file: File, text: &str) -> Result<()> {
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

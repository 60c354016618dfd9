//! The page's files in memory, written to disk as one folder.

use crate::minify::minify;
use crate::names::hashed;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Files by their paths below the page's address, without a slash before.
#[derive(Default)]
pub struct Folder {
    files: BTreeMap<String, Vec<u8>>,
}

impl Folder {
    /// Adds a file under its own name.
    pub fn add(&mut self, path: &str, bytes: Vec<u8>) {
        self.files.insert(path.into(), minify(path, bytes));
    }

    /// Adds a file with its content hash in its name. Returns its address.
    pub fn add_hashed(&mut self, name: &str, bytes: Vec<u8>) -> String {
        let bytes = minify(name, bytes);
        let name = hashed(name, &bytes);
        let address = format!("/{name}");
        self.files.insert(name, bytes);
        address
    }

    /// Adds all files of a folder, below `path`.
    pub fn add_all(&mut self, path: &str, from: &Path) -> Result<()> {
        for entry in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
            let entry = entry?;
            let below = format!("{path}/{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                self.add_all(&below, &entry.path())?;
            } else {
                self.add(&below, fs::read(entry.path())?);
            }
        }
        Ok(())
    }

    /// Path and content of every file, in order.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// Replaces the folder `out`, once everything is written: a server never sends a part of it.
    pub fn write(&self, out: &Path) -> Result<()> {
        let (fresh, old) = (beside(out, "new"), beside(out, "old"));
        remove(&fresh)?;
        for (path, bytes) in self.files() {
            let place = fresh.join(path);
            fs::create_dir_all(place.parent().unwrap_or(&fresh))?;
            fs::write(&place, bytes).with_context(|| format!("writing {}", place.display()))?;
        }
        remove(&old)?;
        if out.exists() {
            fs::rename(out, &old)?;
        }
        fs::rename(&fresh, out).with_context(|| format!("moving the page to {}", out.display()))?;
        remove(&old)
    }
}

fn beside(out: &Path, ending: &str) -> std::path::PathBuf {
    let mut name = out.file_name().unwrap_or_default().to_os_string();
    name.push(".");
    name.push(ending);
    out.with_file_name(name)
}

fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    Ok(())
}

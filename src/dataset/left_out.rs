//! Files of a data set that are no samples, each with the reason, so that an audit accounts for every file.

use super::SPLITS;
use std::collections::BTreeSet;
use std::path::Path;

/// Why a file of a data set is no sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftOut {
    /// The table that describes the images.
    Table,
    /// The mask of a sample.
    Mask,
    /// Outside the folders of the splits.
    Outside,
    /// In a split, but in no class's folder.
    NoClass,
    /// In a folder below a class's folder.
    Deeper,
    /// Its name, or that of a folder above it, begins with a dot or is `__MACOSX`.
    Hidden,
    /// A symbolic link that leads to no file, or to a folder outside the splits.
    Link,
    /// Its name is not UTF-8, so that it cannot be written down.
    Name,
    /// Another entry of the archive has its name.
    SameName,
    /// A folder that cannot be opened.
    Closed,
}

/// The reason for a file at `path` below the root; `None` if it is a sample.
pub(super) fn reason(path: &str, samples: &BTreeSet<&str>, masks: &BTreeSet<&str>) -> Option<LeftOut> {
    let parts: Vec<&str> = path.split('/').collect();
    let is_in_split = parts.first().is_some_and(|split| SPLITS.contains(split));
    match () {
        () if samples.contains(path) => None,
        () if super::TABLES.contains(&path) => Some(LeftOut::Table),
        () if masks.contains(path) => Some(LeftOut::Mask),
        () if parts.iter().any(|part| part.starts_with('.') || *part == "__MACOSX") => Some(LeftOut::Hidden),
        () if !is_in_split => Some(LeftOut::Outside),
        () if parts.len() < 3 => Some(LeftOut::NoClass),
        () => Some(LeftOut::Deeper),
    }
}

/// All files below a folder by their path with `/` as separator, each with a reason that its path alone does not tell.
/// A link to a folder is followed only where it stands for a split or a class, so that no circle is walked.
pub(super) fn walk(root: &Path) -> Vec<(String, Option<LeftOut>)> {
    let mut found = Vec::new();
    let mut folders = vec![(root.to_path_buf(), String::new(), 0)];
    while let Some((folder, before, depth)) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            found.push((before, Some(LeftOut::Closed)));
            continue;
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let path = format!("{before}{}", name.to_string_lossy());
            let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
            let in_split = path.split('/').next().is_some_and(|split| SPLITS.contains(&split));
            if name.to_str().is_none() {
                found.push((path, Some(LeftOut::Name)));
            } else if entry.path().is_dir() && (!is_link || in_split && depth < 2) {
                folders.push((entry.path(), path + "/", depth + 1));
            } else {
                found.push((path, (is_link && !entry.path().is_file()).then_some(LeftOut::Link)));
            }
        }
    }
    found
}

//! A zip archive in memory, read entry by entry. Nothing is written to disk, so paths in it are harmless.

use super::{Error, LeftOut, TABLES};
use crate::file;
use crate::messages::why::dataset as why;
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use zip::ZipArchive;

/// Maximum unpacked size of an entry in bytes, against zip bombs: no data set's image is as large.
const MAX_ENTRY: u64 = 512 * 1024 * 1024;

/// Entries by their path below the archive's single top folder.
#[derive(Clone, Debug)]
pub(super) struct Archive {
    name: String,
    zip: ZipArchive<Cursor<Arc<[u8]>>>,
    entries: BTreeMap<String, usize>,
    /// Paths of entries that hide behind another of the same path, or whose name cannot be read.
    hidden: Vec<(String, LeftOut)>,
}

impl Archive {
    pub fn open(name: &str, bytes: Vec<u8>) -> Result<Self, Error> {
        let broken = |why: &str| Error::Archive { path: name.into(), why: why.into() };
        let bytes = Arc::<[u8]>::from(bytes);
        let zip = ZipArchive::new(Cursor::new(bytes.clone())).map_err(|_| broken(why::NO_LIST))?;
        // The library keeps the last of several entries of one name.
        let repeated = file::repeated_names(&zip, &bytes).into_iter().filter(|name| !name.ends_with('/'));
        let mut hidden: Vec<(String, LeftOut)> = repeated.map(|name| (name, LeftOut::SameName)).collect();
        let mut entries = BTreeMap::new();
        for index in 0..zip.len() {
            let Some(Ok(path)) = zip.name_for_index(index) else {
                hidden.push((why::entry(index + 1), LeftOut::Name));
                continue;
            };
            if path.ends_with('/') {
                continue;
            }
            // The top folder has the data set's name, even if the archive was renamed.
            let inner = path.split_once('/').map_or(&*path, |(_, inner)| inner);
            if entries.insert(inner.to_string(), index).is_some() {
                hidden.push((path.to_string(), LeftOut::SameName));
            }
        }
        Ok(Self { name: name.into(), zip, entries, hidden })
    }

    /// All paths, each with a reason to leave it out that the path alone does not tell.
    pub fn all(&self) -> impl Iterator<Item = (String, Option<LeftOut>)> {
        let hidden = self.hidden.iter().map(|(path, reason)| (path.clone(), Some(*reason)));
        self.paths().map(|path| (path.to_string(), None)).chain(hidden)
    }

    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// The table that describes the images, if there is one.
    pub fn manifest(&self) -> Option<Vec<u8>> {
        TABLES.iter().find_map(|file| self.read(file).ok())
    }

    pub fn read(&self, path: &str) -> Result<Vec<u8>, Error> {
        let place = || format!("{}: {path}", self.name);
        let broken = |why: &str| Error::Archive { path: place(), why: why.into() };
        let index = *self.entries.get(path).ok_or_else(|| broken(why::NO_ENTRY))?;
        // Clones share the bytes and the directory, so that many threads can read at once.
        let mut zip = self.zip.clone();
        let entry = zip.by_index(index).map_err(|_| broken(why::NOT_UNPACKED))?;
        let mut bytes = Vec::new();
        entry.take(MAX_ENTRY + 1).read_to_end(&mut bytes).map_err(|_| broken(why::NOT_UNPACKED))?;
        if bytes.len() as u64 > MAX_ENTRY {
            return Err(Error::Large { path: place(), most: MAX_ENTRY });
        }
        Ok(bytes)
    }
}

/// Paths of the files three levels below `root`, with `/` as separator.
pub(super) fn walk(root: &Path) -> Result<Vec<String>, Error> {
    let list = |path: &Path| -> Result<Vec<String>, Error> {
        let failed = |source| Error::File { path: path.display().to_string(), source };
        let mut names = Vec::new();
        for entry in std::fs::read_dir(path).map_err(failed)? {
            names.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
        }
        Ok(names)
    };
    let mut files = Vec::new();
    for split in super::SPLITS.iter().filter(|split| root.join(split).is_dir()) {
        for class in list(&root.join(split))?.iter().filter(|class| root.join(split).join(class).is_dir()) {
            let of_class = list(&root.join(split).join(class))?;
            let paths = of_class.into_iter().map(|file| format!("{split}/{class}/{file}"));
            files.extend(paths.filter(|path| root.join(path).is_file()));
        }
    }
    Ok(files)
}

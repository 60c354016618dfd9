//! The files that are open, the last few that were asked for.

use crate::file::Opened;

/// How many stay open.
const MOST: usize = 3;
/// Bytes that they may take together; the one in use stays whatever it takes.
const MOST_BYTES: usize = 768 << 20;

/// A file that is open.
pub(super) struct OpenFile {
    file: u32,
    /// What is in it.
    pub opened: Opened,
    /// The SHA-256 of its bytes, which takes too long to be made for each frame.
    pub sha256: String,
}

/// Open files, the one that was used last at the end.
#[derive(Default)]
pub(super) struct OpenFiles(Vec<OpenFile>);

impl OpenFiles {
    /// Keeps a file, and puts away those that were not used for longest.
    pub fn put(&mut self, file: u32, opened: Opened, sha256: String) {
        self.0.retain(|kept| kept.file != file);
        self.0.push(OpenFile { file, opened, sha256 });
        let total = |files: &[OpenFile]| files.iter().map(|kept| kept.opened.bytes()).sum::<usize>();
        while self.0.len() > MOST || (self.0.len() > 1 && total(&self.0) > MOST_BYTES) {
            self.0.remove(0);
        }
    }

    /// An open file.
    pub fn get(&mut self, file: u32) -> Option<&mut OpenFile> {
        let at = self.0.iter().position(|kept| kept.file == file)?;
        let used = self.0.remove(at);
        self.0.push(used);
        self.0.last_mut()
    }
}

//! The files that are open, the last few that were asked for.

use crate::file::Opened;

/// How many stay open.
const MOST: usize = 3;
/// Bytes that they may take together; the one in use stays whatever it takes.
const MOST_BYTES: usize = 768 << 20;

/// Open files, the one that was used last at the end.
#[derive(Default)]
pub(super) struct Shelf(Vec<(u32, Opened)>);

impl Shelf {
    /// Keeps a file, and puts away those that were not used for longest.
    pub fn put(&mut self, file: u32, opened: Opened) {
        self.0.retain(|(kept, _)| *kept != file);
        self.0.push((file, opened));
        let total = |files: &[(u32, Opened)]| files.iter().map(|(_, opened)| opened.bytes()).sum::<usize>();
        while self.0.len() > MOST || (self.0.len() > 1 && total(&self.0) > MOST_BYTES) {
            self.0.remove(0);
        }
    }

    /// An open file.
    pub fn get(&mut self, file: u32) -> Option<&Opened> {
        let at = self.0.iter().position(|(kept, _)| *kept == file)?;
        let used = self.0.remove(at);
        self.0.push(used);
        self.0.last().map(|(_, opened)| opened)
    }
}

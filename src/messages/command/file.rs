//! Files and folders that a command reads and writes.

use std::path::Path;

pub fn cannot_be_read(path: &Path) -> String {
    format!("{} cannot be read", path.display())
}

pub fn cannot_be_written(path: &Path) -> String {
    format!("{} cannot be written", path.display())
}

pub fn cannot_be_removed(path: &Path) -> String {
    format!("{} cannot be removed", path.display())
}

pub fn wrote(path: &Path) -> String {
    format!("wrote {}", path.display())
}

texts! {
    left_out(path: &str, reason: &str) = "left out {path}: {reason}";
}

pub fn not_a_recipe(path: &Path) -> String {
    format!("{} is not a recipe", path.display())
}

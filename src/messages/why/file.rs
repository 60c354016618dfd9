//! Names for files of an archive that have none of their own.

pub const SAME_NAME: &str = "files of the same name";

pub fn unnamed(number: usize) -> String {
    format!("file {number}")
}

pub fn entry(name: &str, number: usize) -> String {
    format!("{name} (entry {number})")
}

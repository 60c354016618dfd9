//! Names for files of an archive that have none of their own.

texts! {
    SAME_NAME = "files of the same name";
    unnamed(number: usize) = "file {number}";
    entry(name: &str, number: usize) = "{name} (entry {number})";
}

//! Names for files of an archive that have none of their own.

texts! {
    unnamed(number: usize) = "file {number}";
    entry(name: &str, number: usize) = "{name} (entry {number})";
}

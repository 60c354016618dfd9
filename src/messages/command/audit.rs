//! `lantern audit`.

use crate::messages::count;

/// How many paths of a kind are named.
const NAMED: usize = 3;

texts! {
    TABLE = "the table that describes the images";
    MASK = "masks of images";
    OUTSIDE = "outside the folders train, val and test";
    NO_CLASS = "in a split, but in no class's folder";
    DEEPER = "in a folder below a class's folder";
    HIDDEN = "hidden, by a dot before a name or by __MACOSX";
    LINK = "links that lead to no file, or to a folder outside the splits";
    NAME = "with a name that is not UTF-8; rename them";
    SAME_NAME = "behind another entry of the same name; rename them";
    CLOSED = "folders that cannot be opened; change their permissions";
    dataset(name: &str, sha256: &str) = "{name} (SHA-256 {sha256})";
    /// How many images of a class a split has.
    class(split: &str, class: &str, images: usize) = "{split:>6}  {class:<24} {images:>7}";
    /// Nothing can be learned, or measured, of such a class.
    empty_class(split: &str, class: &str) = "  the class {class} has no image in {split}; add some, or leave the class out";
    unreadable(images: usize) = "unreadable: {images}";
    unreadable_image(path: &str, reason: &str) = "  {path}: {reason}";
}

pub fn left_out(files: usize) -> String {
    format!("left out: {}", count(files, "file"))
}

/// The files that are left out for one reason, the first few by name.
pub fn left_out_for(reason: &str, paths: &[&str]) -> String {
    let named = paths.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match paths.len().saturating_sub(NAMED) {
        0 => format!("  {} {reason}: {named}", paths.len()),
        more => format!("  {} {reason}: {named}, and {more} more", paths.len()),
    }
}

texts! {
    /// All files below the root, and what they are.
    files(all: usize, images: usize, unreadable: usize, left_out: usize) = "files: {all}: {images} images, {unreadable} unreadable, {left_out} left out";
    identical(groups: usize, leaks: usize) = "identical images: {groups} groups, {leaks} of them across splits";
    near(pairs: usize, similar: f32) = "near-duplicates across splits: {pairs} (perceptual hashes correlate by {similar} or more)";
    near_pair(path: &str, other: &str, correlation: f32) = "  in more than one split: {path}, {other} (nearly the same, {correlation:.3})";
}

/// An image that lies in two splits, under several names.
pub fn leak(paths: &[String]) -> String {
    format!("  in more than one split: {}", paths.join(", "))
}

texts! {
    cluster(number: usize, images: usize) = "cluster {number}: {images} training images";
    /// After [`cluster`]: how many of them are of a class.
    of_class(images: usize, class: &str) = ", {images} {class}";
}

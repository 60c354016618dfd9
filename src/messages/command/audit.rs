//! `lantern audit`.

use crate::messages::count;

/// How many paths of a kind are named.
const NAMED: usize = 3;

pub const TABLE: &str = "the table that describes the images";
pub const MASK: &str = "masks of images";
pub const OUTSIDE: &str = "outside the folders train, val and test";
pub const NO_CLASS: &str = "in a split, but in no class's folder";
pub const DEEPER: &str = "in a folder below a class's folder";
pub const HIDDEN: &str = "hidden, by a dot before a name or by __MACOSX";
pub const LINK: &str = "links that lead to no file, or to a folder outside the splits";
pub const NAME: &str = "with a name that is not UTF-8; rename them";
pub const SAME_NAME: &str = "behind another entry of the same name; rename them";
pub const CLOSED: &str = "folders that cannot be opened; change their permissions";

pub fn dataset(name: &str, sha256: &str) -> String {
    format!("{name} (SHA-256 {sha256})")
}

/// How many images of a class a split has.
pub fn class(split: &str, class: &str, images: usize) -> String {
    format!("{split:>6}  {class:<24} {images:>7}")
}

/// Nothing can be learned, or measured, of such a class.
pub fn empty_class(split: &str, class: &str) -> String {
    format!("  the class {class} has no image in {split}; add some, or leave the class out")
}

pub fn unreadable(images: usize) -> String {
    format!("unreadable: {images}")
}

pub fn unreadable_image(path: &str, reason: &str) -> String {
    format!("  {path}: {reason}")
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

/// All files below the root, and what they are.
pub fn files(all: usize, images: usize, unreadable: usize, left_out: usize) -> String {
    format!("files: {all}: {images} images, {unreadable} unreadable, {left_out} left out")
}

pub fn identical(groups: usize, leaks: usize) -> String {
    format!("identical images: {groups} groups, {leaks} of them across splits")
}

pub fn near(pairs: usize, similar: f32) -> String {
    format!("near-duplicates across splits: {pairs} (fingerprints correlate by {similar} or more)")
}

pub fn near_pair(path: &str, other: &str, correlation: f32) -> String {
    format!("  in more than one split: {path}, {other} (nearly the same, {correlation:.3})")
}

/// An image that lies in two splits, under several names.
pub fn leak(paths: &[String]) -> String {
    format!("  in more than one split: {}", paths.join(", "))
}

pub fn cluster(number: usize, images: usize) -> String {
    format!("cluster {number}: {images} training images")
}

/// After [`cluster`]: how many of them are of a class.
pub fn of_class(images: usize, class: &str) -> String {
    format!(", {images} {class}")
}

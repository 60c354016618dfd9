//! `lantern bundle import`.

use std::path::Path;

texts! {
    UNCHECKED = "The probabilities of this bundle have not been checked on data, and it answers for images of every kind. To check them: the same command with --calibrate ARCHIVE, labelled images that the network has not learned from.";
    read(layers: usize, weights: usize) = "read: {layers} layers, {weights} weights";
    /// As shares of the logits' spread.
    agrees(apart: f32, rounded: f32) = "its logits agree with another runtime's: {apart:.1e} of their spread apart, {rounded:.1e} with weights in half precision";
    resize(text: &str) = "{text} is not a way to make an image square: choose squash, letterbox or field";
    other_id(said: &str, folder: &str) = "the file says id {said}, the folder's name is {folder}: make them one";
}

pub fn not_read(path: &Path, most: u64) -> String {
    format!(
        "{} is not read: it must be a file, not a link or a folder, of at most {most} bytes",
        path.display()
    )
}

pub fn not_about(path: &Path) -> String {
    format!("{} does not have the keys of `about` in a recipe", path.display())
}

//! `lantern evaluate`.

use std::path::Path;

texts! {
    heading(model: &str, data: &str, split: &str, images: usize, refused: usize) = "{model} on {data} ({split}): {images} images, {refused} refused";
    class(name: &str, images: usize, auc: f64, sensitivity: f64, specificity: f64) = "{name:>34}  n {images}, AUC {auc:.4}, sensitivity {sensitivity:.4}, specificity {specificity:.4}";
    /// A part of the images. `figures`: each with its name.
    part(name: &str, images: usize, figures: &str) = "{name:>34}  n {images}, {figures}";
    /// Before the bar of an evaluation under way.
    examining_for(bundle: &str) = "examining for {bundle}";
}

/// The head of the table of all bundles.
pub fn head() -> String {
    format!("{:20} {:>5}  figures (95 % interval)", "bundle", "n")
}

pub fn no_data(bundle: &str, folder: &Path, sha256: &str) -> String {
    format!("{bundle}: no file of {} has the SHA-256 {sha256} of its data", folder.display())
}

texts! {
    overclaimed(claim: &str) = "  overclaimed: {claim}";
}

// What a card claims and a measurement does not bear out, to follow "overclaimed".

texts! {
    no_claim(split: &str) = "the card has no figures of the {split} split: lantern bundle record";
    /// `part` of the images, in brackets; empty for all.
    claim(figure: &str, part: &str, claimed: f64, measured: f64) = "{figure}{part}: the card claims {claimed:.4}, measured {measured:.4}";
    unmeasured_claim(figure: &str, part: &str) = "{figure}{part}: claimed, but not measured";
    missed(figure: &str, share: f64, allowed: f64) = "{figure}: {share:.4} of the images with the finding are headed \"not suspected\"; the card allows {allowed:.4}";
}

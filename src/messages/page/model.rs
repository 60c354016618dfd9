//! The model: how far it is, which one is chosen, what this browser does not give it, and what other models say.

use crate::text::number;

pub const STARTING: &str = "Starting";
pub const LOADING: &str = "Loading the model";

pub fn loading(done: u64, of: u64) -> String {
    format!("Loading the model: {} of {}", megabytes(done), megabytes(of))
}

/// Bytes as people say them.
fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

pub const KEPT_HERE: &str = "kept on this device";
pub const DOWNLOADED: &str = "downloaded and checked";

/// `origin`: [`KEPT_HERE`] or [`DOWNLOADED`].
pub fn ready_for(kinds: usize, origin: &str) -> String {
    format!("Ready for {} kinds of image ({origin}).", number(kinds))
}

pub fn ready(title: &str, version: &str, origin: &str) -> String {
    format!("Ready: {title}, version {version} ({origin}).")
}

pub fn unusable(why: &str, advice: &str) -> String {
    format!("The model cannot be used: {why}. {advice}")
}

pub const CHOICE: &str = "What the image shows";
pub const AUTOMATIC: &str = "Choose automatically";

/// Over http a browser keeps back what it gives over https.
pub const PLAIN_HTTP: &str = "This page came over http. Therefore the browser computes on one thread, and keeps neither the page nor the model for a visit without a network. All else works; whoever runs this site can add https.";

/// What is said where only one thread started.
pub const ONE_THREAD: &str = "Several threads did not start in this browser, so one computes, which takes longer. Reload the page to try again.";

pub const MISSING_HERE: &str = "What is missing here";
pub const ASK_ANOTHER: &str = "Ask another model too";
pub const ANOTHER: &str = "Another model";
pub const CHOOSE: &str = "Choose a model";
pub const ASK_BUTTON: &str = "Ask it";
pub const OTHERS_HINT: &str = "A model that does not know this kind of image refuses it. Answers of different models are about different findings and must not be averaged.";
pub const REFUSED_IT: &str = "refused it";
pub const SHOW_BUTTON: &str = "Show";

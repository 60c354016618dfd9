//! The model: how far it is, which one is chosen, what this browser does not give it, and what other models say.

use crate::text::number;

texts! {
    STARTING = "Starting";
    LOADING = "Loading the model";
}

pub fn loading(done: u64, of: u64) -> String {
    format!("Loading the model: {} of {}", megabytes(done), megabytes(of))
}

/// Bytes as people say them.
fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

texts! {
    KEPT_HERE = "kept on this device";
    DOWNLOADED = "downloaded and checked";
}

/// `origin`: [`KEPT_HERE`] or [`DOWNLOADED`].
pub fn ready_for(kinds: usize, origin: &str) -> String {
    format!("Ready for {} kinds of image ({origin}).", number(kinds))
}

texts! {
    ready(title: &str, version: &str, origin: &str) = "Ready: {title}, version {version} ({origin}).";
    unusable(why: &str) = "The model cannot be used: {why}.";
    CHOICE = "What the image shows";
    AUTOMATIC = "Choose automatically";
    /// Over http a browser keeps back what it gives over https.
    PLAIN_HTTP = "This page came over http. Therefore the browser computes on one thread, and keeps neither the page nor the model for a visit without a network. Images are examined all the same.";
    WHY_MISSING = "Why, and what still works";
    /// What is said where only one thread started.
    ONE_THREAD = "Several threads did not start in this browser, so one computes, which takes longer. Reload the page to try again.";
    MISSING_HERE = "What is missing here";
    ASK_ANOTHER = "Ask another model too";
    ANOTHER = "Another model";
    CHOOSE = "Choose a model";
    ASK_BUTTON = "Ask it";
    OTHERS_HINT = "A model that does not know this kind of image refuses it. Answers of different models are about different findings and must not be averaged.";
    REFUSED_IT = "refused it";
    SHOW_BUTTON = "Show";
}

/// What an insecure origin takes away, each with the reason, what still works, and the way out.
pub const PLAIN_HTTP_WHY: [&str; 5] = [
    "One thread: several share their memory, and browsers allow that only to a page that nobody on the network can have changed on its way.",
    "Nothing is kept: the service worker, which keeps the page, and the cache, which keeps the model, exist over https only.",
    "No history: passwords and cases would travel where others on the network can read them, so the companion keeps it closed.",
    "Photos work: \"Take a photo\" opens the camera of the device itself, which needs no https. What is examined stays on this device.",
    "Whoever runs this site can start it with \"lantern serve --lan\", or with a certificate; then nothing is missing.",
];

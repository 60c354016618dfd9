//! What a bundle says of itself in words. Written once, in its recipe; from there into the card, the index and the page.

use crate::scope::Scope;
use serde::{Deserialize, Serialize};

/// A bundle's name and what its author states about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The bundle's folder name.
    pub id: String,
    /// A title for people.
    pub title: String,
    /// The kind of image that it examines, in words that go on from "this is": `a slice of a brain MRI`.
    pub kind: String,
    /// Semantic version of the bundle.
    pub version: String,
    /// For which images it is meant, by what their headers say.
    pub scope: Scope,
    /// On whose images it was tried, in one line: hospitals, ages, devices.
    pub tried_on: String,
    /// What a person without training is to do, whatever the verdict: one or two sentences.
    pub advice: String,
    /// What it may be used for.
    pub intended_use: String,
    /// Why its operating point is chosen for its purpose.
    pub purpose_reason: String,
    /// Of the test images with the finding, the largest share that may be headed "not suspected", 0 to 1; `lantern evaluate` fails above it. 1 where
    /// the model suspects nothing.
    #[serde(default = "all")]
    pub max_missed_share: f64,
    /// What a user must know before trusting it, one sentence each.
    pub limits: Vec<String>,
    /// Licence of the weights and of the data that they were trained on, with attribution.
    pub licence: String,
}

fn all() -> f64 {
    1.0
}

//! The index of a folder of models, `index.json`: what a page must know of every bundle before it loads one.

use super::{Card, Error};
use crate::about::About;
use crate::messages::why::model as why;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The index's file name.
pub const INDEX: &str = "index.json";

/// `models/index.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// The id of the bundle that a first visit loads.
    pub first: String,
    /// All bundles, by id.
    pub models: Vec<IndexEntry>,
}

/// One bundle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexEntry {
    /// What the bundle says of itself.
    pub about: About,
    /// The SHA-256 of its card.
    pub card_sha256: String,
    /// The SHA-256 of the extractor that its gate was fitted with; `None` for a bundle without a gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extractor_sha256: Option<String>,
    /// The SHA-256 of each other file, by name.
    pub files: BTreeMap<String, String>,
}

impl IndexEntry {
    /// A bundle's line. `card_sha256`: of the card's file.
    pub fn new(card: &Card, card_sha256: String) -> Self {
        Self {
            about: card.about.clone(),
            card_sha256,
            extractor_sha256: card.gate.as_ref().map(|gate| gate.extractor_sha256.clone()),
            files: card.files.iter().map(|(name, stamp)| (name.clone(), stamp.sha256.clone())).collect(),
        }
    }
}

impl Index {
    /// Reads an index: it must name at least one bundle, and the first among them.
    ///
    /// # Errors
    ///
    /// What is no index of this format.
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        let index: Self = serde_json::from_slice(json).map_err(|e| Error::Index(e.to_string()))?;
        if index.find(&index.first).is_none() {
            return Err(Error::Index(why::first_not_listed(&index.first)));
        }
        Ok(index)
    }

    /// A bundle by its id.
    pub fn find(&self, id: &str) -> Option<&IndexEntry> {
        self.models.iter().find(|entry| entry.about.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_released_index_is_read_and_a_first_that_is_not_listed_is_refused() {
        let text = include_str!("../../models/index.json");
        let index = Index::parse(text.as_bytes()).unwrap();
        assert!(index.models.iter().all(|entry| !entry.about.tried_on.is_empty()));
        let lost = text.replacen(&index.first, "nobody", 1);
        assert!(Index::parse(lost.as_bytes()).unwrap_err().to_string().contains("nobody"));
    }
}

//! A case as the columns of its row: plain, or sealed so that nothing in the file names a patient.

use super::Error;
use super::sql::Row;
use crate::messages::why::store as why;
use crate::protocol::companion::SavedCase;
use crate::sealing::DataKey;
use serde::{Deserialize, Serialize};

/// How the columns are written and read: under a key, or plain.
#[derive(Clone, Copy)]
pub(super) struct Columns<'a>(pub Option<&'a DataKey>);

/// What a search looks in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Index {
    /// The case's words, in lower case.
    pub words: String,
    /// The image's fingerprint.
    pub image: String,
    /// The patient's.
    pub patient: Option<String>,
}

/// The values of the columns that are sealed.
#[derive(Debug)]
pub(super) struct Values {
    pub image_sha256: String,
    pub patient: Option<String>,
    pub words: String,
    pub kept: String,
}

impl Columns<'_> {
    /// The values for the case with this number. `kept`: its JSON text.
    pub fn values(self, id: i64, index: &Index, kept: String) -> Result<Values, Error> {
        let (image_sha256, patient) = (self.key(&index.image)?, index.patient.as_deref());
        let patient = patient.map(|patient| self.key(patient)).transpose()?;
        let (words, kept) = match self.0 {
            None => (index.words.clone(), kept),
            Some(vault) => {
                let kept = vault.seal(&kept, &place("kept", id))?;
                // The column takes JSON only.
                (vault.seal(&serde_json::to_string(index)?, &place("words", id))?, format!("\"{kept}\""))
            }
        };
        Ok(Values { image_sha256, patient, words, kept })
    }

    /// A fingerprint as it stands in its column.
    pub fn key(self, fingerprint: &str) -> Result<String, Error> {
        self.0.map_or_else(|| Ok(fingerprint.into()), |key| Ok(key.keyed(fingerprint)?))
    }

    /// What a search looks in, of a row with `id`, `words`, `image_sha256` and `patient`.
    pub fn index(self, row: &Row) -> Result<Index, Error> {
        let id: i64 = row.get("id")?;
        let words: Option<String> = row.get("words")?;
        let words = words.unwrap_or_default();
        match self.0 {
            None => Ok(Index { words, image: row.get("image_sha256")?, patient: row.get("patient")? }),
            Some(vault) => {
                let text = vault.open(&words, &place("words", id)).ok_or_else(|| unopened(id))?;
                Ok(serde_json::from_str(&text)?)
            }
        }
    }

    /// The JSON text of the case in a row with `id` and `kept`.
    pub fn kept(self, row: &Row) -> Result<String, Error> {
        let id: i64 = row.get("id")?;
        let kept: String = row.get("kept").map_err(|error| damaged(id, &error))?;
        match self.0 {
            None => Ok(kept),
            Some(vault) => vault.open(kept.trim_matches('"'), &place("kept", id)).ok_or_else(|| unopened(id)),
        }
    }

    /// The case in a row with `id`, `saved_at` and `kept`.
    pub fn case(self, row: &Row) -> Result<SavedCase, Error> {
        let id: i64 = row.get("id")?;
        let case = serde_json::from_str(&self.kept(row)?).map_err(|error| damaged(id, &error))?;
        let saved_at = row.get("saved_at").map_err(|error| damaged(id, &error))?;
        Ok(SavedCase { id, saved_at, case })
    }
}

fn place(column: &str, id: i64) -> String {
    format!("{column}:{id}")
}

fn damaged(id: i64, error: &dyn std::error::Error) -> Error {
    Error::Damaged { id, what: error.to_string() }
}

fn unopened(id: i64) -> Error {
    Error::Damaged { id, what: why::UNOPENED.into() }
}

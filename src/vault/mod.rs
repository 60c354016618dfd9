//! The vault: cases sealed one by one under a passphrase, for a browser without a companion. Here is what is sealed, and how what is opened is
//! compared with a companion's history; where it lies is the worker's business.

mod compare;
mod error;

use crate::fingerprint::Sha256;
use crate::messages::why::vault as why;
use crate::protocol::companion::SavedCase;
use crate::sealing::{Chance, DataKey, Secret, WrappedKey};
use serde::{Deserialize, Serialize};

pub use compare::{Compared, Difference, compare, differences, fits};
pub use error::Error;

/// The form of a vault's records: another number where a field changed its meaning or went away.
const SCHEMA: &str = "lantern-vault/1";

/// An open vault.
#[derive(Debug)]
pub struct Vault {
    key: DataKey,
}

/// What is kept of the key.
#[derive(Serialize, Deserialize)]
struct KeyRecord {
    schema: String,
    key: WrappedKey,
    /// Fingerprint of the key as it is kept, so that damage is told from a wrong passphrase.
    check: Sha256,
}

impl Vault {
    /// A new vault, and the record of its key.
    ///
    /// # Errors
    /// Fails without random bytes, or without memory for a key.
    pub fn make(passphrase: &str, chance: Chance) -> Result<(Self, String), Error> {
        let (key, wrapped) = DataKey::make(&Secret::Passphrase(passphrase.into()), chance)?;
        let check = check(&wrapped)?;
        let record = KeyRecord { schema: SCHEMA.into(), key: wrapped, check };
        Ok((Self { key }, json(&record)?))
    }

    /// Opens a vault by the record of its key.
    ///
    /// # Errors
    /// Fails if the record is damaged or of a newer form, if the passphrase is another one, or without memory for a key.
    pub fn open(passphrase: &str, record: &str, chance: Chance) -> Result<Self, Error> {
        let record: KeyRecord = serde_json::from_str(record).map_err(|_| Error::Damaged)?;
        if record.schema != SCHEMA {
            return Err(Error::Newer);
        }
        if check(&record.key)? != record.check {
            return Err(Error::Damaged);
        }
        let key = DataKey::open_with(&Secret::Passphrase(passphrase.into()), &record.key, chance)?;
        Ok(Self { key })
    }

    /// A case as it is kept: it opens only under its own number.
    ///
    /// # Errors
    /// Fails without random bytes.
    pub fn seal(&self, case: &SavedCase) -> Result<String, Error> {
        Ok(self.key.seal(&json(case)?, &place(case.id))?)
    }

    /// The case that is kept under a number, or in words why it does not open.
    ///
    /// # Errors
    /// Fails if it was changed, or moved here from another number.
    pub fn unseal(&self, id: i64, sealed: &str) -> Result<SavedCase, &'static str> {
        let text = self.key.open(sealed, &place(id)).ok_or(why::UNOPENED)?;
        let case = serde_json::from_str::<SavedCase>(&text).map_err(|_| why::NO_CASE)?;
        if case.id == id { Ok(case) } else { Err(why::NO_CASE) }
    }
}

fn place(id: i64) -> String {
    format!("vault:{id}")
}

fn check(key: &WrappedKey) -> Result<Sha256, Error> {
    Ok(Sha256::of(json(key)?.as_bytes()))
}

fn json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|_| Error::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::VersionedCase;

    pub(super) fn sample(id: i64) -> SavedCase {
        let case: VersionedCase = serde_json::from_str(include_str!("../../tests/files/case.json")).unwrap();
        SavedCase { id, saved_at: "2026-01-31T09:30:00Z".into(), case }
    }

    fn chance(bytes: &mut [u8]) -> bool {
        getrandom04::fill(bytes).is_ok()
    }

    #[test]
    fn only_the_passphrase_opens_and_damage_is_told_from_a_wrong_one() {
        let (vault, record) = Vault::make("correct horse battery", chance).unwrap();
        let sealed = vault.seal(&sample(3)).unwrap();
        assert!(!sealed.contains("lower zone") && !record.contains("horse"));
        let open = |passphrase: &str, record: &str| Vault::open(passphrase, record, chance);
        assert_eq!(open("correct horse battery", &record).unwrap().unseal(3, &sealed), Ok(sample(3)));
        assert!(matches!(open("correct horse batterY", &record), Err(Error::WrongPassphrase)));
        assert!(matches!(open("correct horse battery", &record[1..]), Err(Error::Damaged)));
        let newer = record.replace(SCHEMA, "lantern-vault/2");
        assert!(matches!(open("correct horse battery", &newer), Err(Error::Newer)));
        // One character of the sealed key.
        let at = record.find("\"sealed\":\"").unwrap() + 20;
        let other = if record.as_bytes()[at] == b'A' { "B" } else { "A" };
        let changed = format!("{}{other}{}", &record[..at], &record[at + 1..]);
        assert!(matches!(open("correct horse battery", &changed), Err(Error::Damaged)));
    }

    #[test]
    fn a_record_that_was_changed_moved_or_sealed_elsewhere_does_not_open() {
        let (vault, _) = Vault::make("correct horse battery", chance).unwrap();
        let sealed = vault.seal(&sample(3)).unwrap();
        assert_ne!(sealed, vault.seal(&sample(3)).unwrap());
        assert_eq!(vault.unseal(4, &sealed), Err(why::UNOPENED));
        let mut changed = sealed.clone();
        changed.replace_range(40..41, if sealed.as_bytes()[40] == b'A' { "B" } else { "A" });
        for text in [changed.as_str(), "", &sealed[..sealed.len() - 4]] {
            assert_eq!(vault.unseal(3, text), Err(why::UNOPENED));
        }
        let (other, _) = Vault::make("correct horse battery", chance).unwrap();
        assert_eq!(other.unseal(3, &sealed), Err(why::UNOPENED));
    }
}

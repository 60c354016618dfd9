//! Encrypting a history, opening it, and changing its key.

use super::audit_log::Event;
use super::columns::Columns;
use super::sql::{Sql, values};
use super::{By, Error, Store};
use crate::sealing::{self, DataKey, Secret, WrappedKey};

/// The key of a history as far as the store has it.
#[derive(Debug)]
pub(super) enum Key {
    /// The history is not encrypted.
    None,
    /// It is, and its key was not given.
    Locked(WrappedKey),
    /// It is, and can be read.
    Open(DataKey),
}

impl Key {
    pub fn of(sql: &Sql) -> Result<Self, Error> {
        Ok(match sql.first("SELECT kind, salt, sealed FROM vault", &[])? {
            None => Self::None,
            Some(row) => Self::Locked(WrappedKey {
                kind: row.get("kind")?,
                salt: row.get("salt")?,
                sealed: row.get("sealed")?,
            }),
        })
    }
}

impl Store {
    /// Whether the history is encrypted.
    pub fn is_sealed(&self) -> bool {
        !matches!(self.key, Key::None)
    }

    /// Opens an encrypted history.
    ///
    /// # Errors
    /// Fails if this is not its secret, or if it is not encrypted.
    pub fn unlock(&mut self, secret: &Secret) -> Result<(), Error> {
        match &self.key {
            Key::None => return Err(Error::NotSealed),
            Key::Locked(wrapped) => self.key = Key::Open(opened(secret, wrapped)?),
            Key::Open(_) => {}
        }
        Ok(())
    }

    /// Encrypts the history, or encrypts it anew, under a new key that only `secret` opens. Returns the number of
    /// cases. Nothing of what stood there before is left in the file.
    ///
    /// # Errors
    /// Fails if the history is encrypted and was not opened, or if a case cannot be read; nothing is changed then. Fails with
    /// [`Error::OldTextHeld`] if it was encrypted, but another program keeps older text in the log.
    pub fn seal(&mut self, by: &By, secret: &Secret) -> Result<u64, Error> {
        let (vault, wrapped) = DataKey::make(secret, chance)?;
        let (old, new) = (self.columns()?, Columns(Some(&vault)));
        let number = self.transaction(by, |sql| {
            let number = rewrite(sql, old, new)?;
            let WrappedKey { kind, salt, sealed } = &wrapped;
            sql.execute("DELETE FROM vault", &[])?;
            sql.execute(
                "INSERT INTO vault (id, kind, salt, sealed) VALUES (1, ?1, ?2, ?3)",
                values![kind.as_str(), salt.as_str(), sealed.as_str()],
            )?;
            Ok((number, Some(Event::new("history.sealed", number.to_string()))))
        })?;
        self.key = Key::Open(vault);
        // The new key is in force already, whatever hinders this.
        self.forget_log().map_err(|_| Error::OldTextHeld)?;
        Ok(number)
    }

    /// How the columns of cases are read and written.
    pub(super) fn columns(&self) -> Result<Columns<'_>, Error> {
        match &self.key {
            Key::None => Ok(Columns(None)),
            Key::Locked(_) => Err(Error::Sealed),
            Key::Open(vault) => Ok(Columns(Some(vault))),
        }
    }
}

/// Random bytes of the operating system.
///
/// # Errors
/// Fails if it gives none.
pub fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    if chance(&mut bytes) { Ok(bytes) } else { Err(Error::NoKey) }
}

fn chance(bytes: &mut [u8]) -> bool {
    getrandom04::fill(bytes).is_ok()
}

fn opened(secret: &Secret, wrapped: &WrappedKey) -> Result<DataKey, Error> {
    DataKey::open_with(secret, wrapped, chance).map_err(|error| match error {
        sealing::Error::WrongSecret => Error::WrongKey { kind: wrapped.kind.clone() },
        sealing::Error::NoKey => Error::NoKey,
    })
}

fn rewrite(sql: &Sql, old: Columns, new: Columns) -> Result<u64, Error> {
    let ids = sql.rows("SELECT id FROM cases", &[])?;
    for id in &ids {
        let id: i64 = id.get("id")?;
        let question = "SELECT id, image_sha256, patient, words, kept FROM cases WHERE id = ?1";
        let Some(row) = sql.first(question, values![id])? else { continue };
        let values = new.values(id, &old.index(&row)?, old.kept(&row)?)?;
        sql.execute(
            "UPDATE cases SET image_sha256 = ?2, patient = ?3, words = ?4, kept = ?5 WHERE id = ?1",
            values![id, values.image_sha256, values.patient, values.words, values.kept],
        )?;
    }
    Ok(ids.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::{Case, VersionedCase};
    use crate::fingerprint::Sha256;
    use crate::store::Search;
    use rusqlite::Connection;
    use std::path::Path;

    fn noted(note: &str, patient: Sha256) -> Case {
        match serde_json::from_str(include_str!("../../tests/files/case.json")) {
            Ok(VersionedCase::Whole(case)) => Case { note: note.into(), patient: Some(patient), ..*case },
            other => panic!("no whole case: {other:?}"),
        }
    }

    fn found(store: &Store, search: &Search) -> Vec<i64> {
        let list = store.list_cases(&By::test(), 50, None, search).unwrap();
        assert_eq!(list.total as usize, list.cases.len());
        list.cases.iter().map(|case| case.id).collect()
    }

    /// Whether the files of a history hold a text.
    fn holds(folder: &Path, text: &str) -> bool {
        let has =
            |path: &Path| std::fs::read(path).unwrap().windows(text.len()).any(|w| w == text.as_bytes());
        std::fs::read_dir(folder).unwrap().any(|entry| has(&entry.unwrap().path()))
    }

    #[test]
    fn a_sealed_history_names_nobody_and_is_searched_as_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        let (anna, bert) = (Sha256::of(b"12345"), Sha256::of(b"12346"));
        let secret = Secret::KeyFile(vec![7; 32]);
        let mut store = Store::open(&path).unwrap();
        store.save_case(&By::test(), noted("saved before, dense", anna)).unwrap();
        assert!(holds(folder.path(), "saved before") && holds(folder.path(), &anna.to_string()));
        assert_eq!(store.seal(&By::test(), &secret).unwrap(), 1);
        store.save_case(&By::test(), noted("saved after, dense", bert)).unwrap();
        let image = noted("", anna).reading.examination.image_sha256;
        for text in [
            "saved before",
            "saved after",
            "dense",
            &anna.to_string(),
            &bert.to_string(),
            &image,
            "pneumonia",
        ] {
            assert!(!holds(folder.path(), text), "{text}");
        }
        drop(store);
        let mut store = Store::open(&path).unwrap();
        assert!(store.is_sealed() && matches!(store.case(&By::test(), 1), Err(Error::Sealed)));
        assert!(matches!(store.save_case(&By::test(), noted("", anna)), Err(Error::Sealed)));
        assert!(matches!(store.unlock(&Secret::KeyFile(vec![8; 32])), Err(Error::WrongKey { .. })));
        store.unlock(&secret).unwrap();
        let text = |text: &str| Search { text: text.into(), ..Search::default() };
        assert_eq!(found(&store, &text("DENSE saved")), [2, 1]);
        assert_eq!(found(&store, &text("after")), [2]);
        assert_eq!(found(&store, &text(&anna.brief())), [1]);
        assert_eq!(found(&store, &Search { patient: Some(bert), ..text("dense") }), [2]);
        let image: Sha256 = image.parse().unwrap();
        assert_eq!(found(&store, &Search { image: Some(image), ..Search::default() }), [2, 1]);
        assert_eq!(
            store
                .kept_images(&By::test(), 9)
                .unwrap()
                .images
                .iter()
                .filter(|one| one.sha256 == image)
                .count(),
            2
        );
        let saved = store.case(&By::test(), 1).unwrap().unwrap();
        assert_eq!(saved.case.note(), "saved before, dense");
        // Another key, and the old one opens nothing any more.
        let other = Secret::Passphrase("a long passphrase".into());
        assert_eq!(store.seal(&By::test(), &other).unwrap(), 2);
        drop(store);
        let mut store = Store::open(&path).unwrap();
        assert!(matches!(store.unlock(&secret), Err(Error::WrongKey { .. })));
        store.unlock(&other).unwrap();
        assert_eq!(store.erase_patient(&By::test(), anna).unwrap().0, 1);
        assert_eq!(found(&store, &text("dense")), [2]);
        assert!(store.verify_audit_log(None).unwrap().is_ok());
    }

    #[test]
    fn a_reader_that_keeps_older_text_in_the_log_is_told_and_the_new_key_is_in_force() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.db");
        let (mut store, secret) = (Store::open(&path).unwrap(), Secret::KeyFile(vec![7; 32]));
        store.save_case(&By::test(), noted("one", Sha256::of(b"1"))).unwrap();
        let other = Connection::open(&path).unwrap();
        other.execute_batch("BEGIN; SELECT count(*) FROM cases").unwrap();
        store.connection().busy_timeout(std::time::Duration::ZERO).unwrap();
        assert!(matches!(store.seal(&By::test(), &secret), Err(Error::OldTextHeld)));
        drop(other);
        drop(store);
        assert!(Store::open(&path).unwrap().unlock(&secret).is_ok());
    }

    #[test]
    fn a_sealed_case_that_was_changed_or_moved_is_damaged_and_hides_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("history.db")).unwrap();
        for note in ["one", "two", "three"] {
            store.save_case(&By::test(), noted(note, Sha256::of(b"1"))).unwrap();
        }
        store.seal(&By::test(), &Secret::KeyFile(vec![7; 32])).unwrap();
        let move_it =
            "UPDATE cases SET (kept, words) = (SELECT kept, words FROM cases WHERE id = 1) WHERE id = 2";
        store.connection().execute(move_it, []).unwrap();
        let list = store.list_cases(&By::test(), 50, None, &Search::default()).unwrap();
        assert_eq!((list.cases.len(), list.damaged[0].id), (2, 2));
        assert!(list.damaged[0].what.contains("decrypted"), "{:?}", list.damaged);
        assert_eq!(found(&store, &Search { text: "o".into(), ..Search::default() }), [3, 1]);
        assert!(matches!(
            store.seal(&By::test(), &Secret::KeyFile(vec![9; 32])),
            Err(Error::Damaged { id: 2, .. })
        ));
        assert!(store.delete_case(&By::test(), 2).unwrap());
        assert_eq!(store.seal(&By::test(), &Secret::KeyFile(vec![9; 32])).unwrap(), 2);
    }
}

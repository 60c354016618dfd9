//! Encryption of what could name a patient: each text is sealed by XChaCha20-Poly1305 under a data key, which is kept sealed
//! under a key from a passphrase or a key file. The companion's history and the vault of the page are encrypted so.

use crate::fingerprint::hex;
use argon2::{Algorithm, Argon2, Params, Version};
use base64ct::{Base64, Encoding};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Bytes of a key.
const KEY: usize = 32;
/// Bytes of a nonce: long enough to be drawn at random for each text.
const NONCE: usize = 24;
/// Argon2id for a passphrase: memory in KiB, and passes (RFC 9106, 4, the second recommended option, with one lane).
const MEMORY: u32 = 64 * 1024;
const PASSES: u32 = 3;

/// Fills bytes at random, from the operating system or the browser; false where it gives none. Passed in, because nothing below
/// the highest floor draws by itself.
pub type Chance = fn(&mut [u8]) -> bool;

/// Why nothing was sealed, or a data key not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// There were no random bytes, or no memory for a key.
    NoKey,
    /// The data key is sealed under another secret.
    WrongSecret,
}

/// What opens a data key.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// A passphrase that a person chose.
    Passphrase(String),
    /// The content of a key file: 32 random bytes or more.
    KeyFile(Vec<u8>),
}

/// The data key as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrappedKey {
    /// Of which kind the secret is.
    pub kind: String,
    /// Salt of the passphrase, in base64.
    pub salt: String,
    /// The sealed data key, in base64.
    pub sealed: String,
}

/// The open data key.
pub struct DataKey {
    cipher: XChaCha20Poly1305,
    chance: Chance,
    /// The key of fingerprints.
    fingerprints: [u8; KEY],
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey")
    }
}

impl Secret {
    /// The kind, as [`WrappedKey`] names it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Passphrase(_) => "passphrase",
            Self::KeyFile(_) => "key-file",
        }
    }

    /// The cipher that seals the data key.
    fn wrapping(&self, salt: &[u8]) -> Result<XChaCha20Poly1305, Error> {
        let key: [u8; KEY] = match self {
            // Random already: nothing has to be made slow.
            Self::KeyFile(bytes) => Sha256::digest(bytes).into(),
            Self::Passphrase(text) => {
                let mut key = [0; KEY];
                let params = Params::new(MEMORY, PASSES, 1, Some(KEY)).map_err(|_| Error::NoKey)?;
                Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
                    .hash_password_into(text.as_bytes(), salt, &mut key)
                    .map_err(|_| Error::NoKey)?;
                key
            }
        };
        Ok(XChaCha20Poly1305::new(&key.into()))
    }
}

impl DataKey {
    /// A new data key, and the same sealed under `secret`.
    ///
    /// # Errors
    /// Fails without random bytes, or without memory for a key.
    pub fn make(secret: &Secret, chance: Chance) -> Result<(Self, WrappedKey), Error> {
        let (key, salt) = (random::<KEY>(chance)?, random::<16>(chance)?);
        let sealed = seal(&secret.wrapping(&salt)?, &key, b"data key", chance)?;
        let wrapped = WrappedKey {
            kind: secret.kind().into(),
            salt: Base64::encode_string(&salt),
            sealed: Base64::encode_string(&sealed),
        };
        Ok((Self::of(&key, chance)?, wrapped))
    }

    /// Opens a data key.
    ///
    /// # Errors
    /// Fails if the secret is another one, or if there is no memory for a key.
    pub fn open_with(secret: &Secret, wrapped: &WrappedKey, chance: Chance) -> Result<Self, Error> {
        let bytes = |text: &str| Base64::decode_vec(text).map_err(|_| Error::WrongSecret);
        if secret.kind() != wrapped.kind {
            return Err(Error::WrongSecret);
        }
        let cipher = secret.wrapping(&bytes(&wrapped.salt)?)?;
        let key = open(&cipher, &bytes(&wrapped.sealed)?, b"data key").ok_or(Error::WrongSecret)?;
        Self::of(&key, chance)
    }

    fn of(key: &[u8], chance: Chance) -> Result<Self, Error> {
        // One key for each use (NIST SP 800-108 names HMAC for it).
        let texts = mac(key, b"lantern texts 1")?;
        Ok(Self {
            cipher: XChaCha20Poly1305::new(&texts.into()),
            chance,
            fingerprints: mac(key, b"lantern fingerprints 1")?,
        })
    }

    /// Seals a text. `place`: what it is and of which case, so that no sealed text can be moved to another place.
    ///
    /// # Errors
    /// Fails without random bytes.
    pub fn seal(&self, text: &str, place: &str) -> Result<String, Error> {
        Ok(Base64::encode_string(&seal(&self.cipher, text.as_bytes(), place.as_bytes(), self.chance)?))
    }

    /// Opens a text; `None` if it was changed, moved, or sealed under another key.
    pub fn open(&self, sealed: &str, place: &str) -> Option<String> {
        let bytes = Base64::decode_vec(sealed).ok()?;
        String::from_utf8(open(&self.cipher, &bytes, place.as_bytes())?).ok()
    }

    /// A fingerprint as the database keeps it: who has a list of patients' numbers cannot find them without the key.
    ///
    /// # Errors
    /// Fails without memory for a key.
    pub fn keyed(&self, fingerprint: &str) -> Result<String, Error> {
        let code = mac(&self.fingerprints, fingerprint.as_bytes())?;
        Ok(hex(&code))
    }
}

/// Nonce, then ciphertext with its tag.
fn seal(cipher: &XChaCha20Poly1305, text: &[u8], place: &[u8], chance: Chance) -> Result<Vec<u8>, Error> {
    let nonce = random::<NONCE>(chance)?;
    let payload = Payload { msg: text, aad: place };
    let sealed = cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| Error::NoKey)?;
    Ok(nonce.into_iter().chain(sealed).collect())
}

fn open(cipher: &XChaCha20Poly1305, sealed: &[u8], place: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
    cipher.decrypt(&XNonce::from(*nonce), Payload { msg: sealed, aad: place }).ok()
}

fn mac(key: &[u8], text: &[u8]) -> Result<[u8; KEY], Error> {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).map_err(|_| Error::NoKey)?;
    mac.update(text);
    Ok(mac.finalize().into_bytes().into())
}

fn random<const N: usize>(chance: Chance) -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    if chance(&mut bytes) { Ok(bytes) } else { Err(Error::NoKey) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chance(bytes: &mut [u8]) -> bool {
        getrandom04::fill(bytes).is_ok()
    }

    #[test]
    fn the_secret_opens_and_no_other_does() {
        for (secret, other) in [
            (Secret::Passphrase("a long one".into()), Secret::Passphrase("a long two".into())),
            (Secret::KeyFile(vec![7; 32]), Secret::KeyFile(vec![8; 32])),
            (Secret::KeyFile(b"a long one".to_vec()), Secret::Passphrase("a long one".into())),
        ] {
            let (made, wrapped) = DataKey::make(&secret, chance).unwrap();
            let sealed = made.seal("zone", "note 1").unwrap();
            let opened = DataKey::open_with(&secret, &wrapped, chance).unwrap();
            assert_eq!(opened.open(&sealed, "note 1").as_deref(), Some("zone"));
            assert_eq!(opened.keyed("abc").unwrap(), made.keyed("abc").unwrap());
            assert!(matches!(DataKey::open_with(&other, &wrapped, chance), Err(Error::WrongSecret)));
        }
    }

    #[test]
    fn a_sealed_text_opens_only_unchanged_in_its_place_and_never_looks_the_same() {
        let (vault, _) = DataKey::make(&Secret::KeyFile(vec![7; 32]), chance).unwrap();
        let sealed = vault.seal("zone", "note 1").unwrap();
        assert_ne!(sealed, vault.seal("zone", "note 1").unwrap());
        assert_eq!(vault.open(&sealed, "note 2"), None);
        let mut bytes = Base64::decode_vec(&sealed).unwrap();
        for at in 0..bytes.len() {
            bytes[at] ^= 1;
            assert_eq!(vault.open(&Base64::encode_string(&bytes), "note 1"), None);
            bytes[at] ^= 1;
        }
        for text in ["", "zone", "AAAA"] {
            assert_eq!(vault.open(text, "note 1"), None);
        }
        let (other, _) = DataKey::make(&Secret::KeyFile(vec![7; 32]), chance).unwrap();
        assert_eq!(other.open(&sealed, "note 1"), None);
        assert_ne!(other.keyed("abc").unwrap(), vault.keyed("abc").unwrap());
    }

    #[test]
    fn without_random_bytes_nothing_is_sealed() {
        let made = DataKey::make(&Secret::KeyFile(vec![7; 32]), |_| false);
        assert_eq!(made.err(), Some(Error::NoKey));
    }
}

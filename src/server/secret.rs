//! Passwords and tokens: Argon2id, and random bytes of the operating system.

use crate::fingerprint::hex;
use crate::messages::fault::server as fault;
use crate::store;
use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};

/// Bytes of a token; the same as of the hash by which it is stored.
const TOKEN: usize = 32;
/// Bytes of a salt (RFC 9106, 3.1).
const SALT: usize = 16;

/// A hash that nobody knows a password of. A password is compared with it where an account does not exist, so that the time tells
/// nobody which do. Salt and hash are SHA-256 hashes of sentences, the one cut.
pub(super) const DECOY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$ODD5fVLNDNOk7biHYbCP3w$XeH8G+BxeLKPthUgfy4JcSdM3Zv1vtlwI3Vdo1h4O2A";

/// A password could not be hashed, or the operating system gave no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("{}", fault::no_secret(.0))]
pub struct Error(String);

/// The Argon2id hash of a password, in PHC form: 19 MiB, two passes, as the OWASP password storage cheat sheet
/// advises.
///
/// # Errors
/// Fails if the operating system gives no random bytes or no memory.
pub fn hash(password: &str) -> Result<String, Error> {
    let salt = random::<SALT>()?;
    let hash: PasswordHash = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|error| Error(error.to_string()))?;
    Ok(hash.to_string())
}

/// Whether a password has this hash.
pub fn is_right(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// A new token, in hexadecimal digits.
///
/// # Errors
/// Fails if the operating system gives no random bytes.
pub fn token() -> Result<String, Error> {
    Ok(hex(&random::<TOKEN>()?))
}

/// A made-up password of twenty letters and digits, 100 bits, without those that look alike.
///
/// # Errors
/// Fails if the operating system gives no random bytes.
pub fn password() -> Result<String, Error> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let letter = |byte: &u8| LETTERS.get(usize::from(byte % 32)).map(|letter| char::from(*letter));
    let letters: Vec<char> = random::<20>()?.iter().filter_map(letter).collect();
    Ok(letters.chunks(5).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-"))
}

fn random<const N: usize>() -> Result<[u8; N], Error> {
    store::random().map_err(|error| Error(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_told_from_all_others_and_hashed_with_a_salt() {
        let hashes = [hash("correct horse").unwrap(), hash("correct horse").unwrap()];
        assert!(hashes[0].starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && hashes[0] != hashes[1]);
        assert!(hashes.iter().all(|hash| is_right("correct horse", hash)));
        assert!(!is_right("correct horsf", &hashes[0]) && !is_right("", &hashes[0]));
        assert!(!is_right("", "") && !is_right("x", "$argon2id$broken"));
        assert_ne!(token().unwrap(), token().unwrap());
        // What is compared for an account that does not exist costs as much: same function, numbers and lengths.
        let shape = |hash: &str| hash.split('$').map(|part| part.len()).collect::<Vec<_>>();
        assert_eq!(shape(DECOY), shape(&hashes[0]));
        assert_eq!(DECOY.split('$').collect::<Vec<_>>()[..4], hashes[0].split('$').collect::<Vec<_>>()[..4]);
        assert!(PasswordHash::new(DECOY).is_ok() && !is_right("correct horse", DECOY));
        assert_eq!((token().unwrap().len(), password().unwrap().len()), (64, 23));
    }
}

//! What is wrong with a case.

texts! {
    NOT_A_FINGERPRINT = "a fingerprint (SHA-256) has 64 hexadecimal digits in lower case";
}

//! What is wrong with a case.

texts! {
    /// What was expected in its place.
    OBJECT = "a JSON object";
    NOT_A_FINGERPRINT = "a fingerprint (SHA-256) has 64 hexadecimal digits in lower case";
}

//! A name for the case history where its path is not known, and what is true after a request failed.

texts! {
    HISTORY = "the case history";
    UNOPENED = "it cannot be decrypted, because it was changed or moved";
    NOTHING_CHANGED = " Nothing was changed.";
    NO_OTHER_TOUCHED = " No other case is touched.";
    THE_DATABASE = "the database";
    NO_CERTIFICATE = "it holds no certificate";
    unexpected(what: &str) = "it gave no fitting answer to {what}";
}

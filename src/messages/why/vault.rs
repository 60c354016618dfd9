//! Why a record of the vault cannot be used.

texts! {
    UNOPENED = "it was changed or moved since it was sealed";
    NO_CASE = "it holds no case that this version of the page can read";
}

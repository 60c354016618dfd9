//! Accounts, log-in, and what a role may not do.

texts! {
    no_role(text: &str) = "{text} is not a role; use administrator, clinician, educator or viewer";
    name(most: usize) = "An account's name has 1 to {most} letters, digits, full stops, hyphens, underscores or @ signs. Choose another name.";
    password_length(least: usize, most: usize) = "A password has at least {least} characters and at most {most} bytes. Choose another one.";
    PASSWORD_GUESSED = "This password can be guessed from the name, or is one character repeated. Choose another one.";
    name_taken(name: &str) = "an account with the name {name} exists already; choose another name";
    no_account(name: &str) = "there is no account with the name {name}; see the names with `lantern user list`";
    LAST_ADMINISTRATOR = "this is the last administrator, and without one nobody could manage accounts; add another administrator first";
    INVITATION = "this token was used already, is too old, or is not needed because an administrator exists; start Lantern again for a new one, or use `lantern user add NAME --admin`";
    NOT_CREDENTIALS = "This is not a name with a password. Send what docs/accounts.md says.";
    WRONG_PASSWORD = "The name or the password is wrong. Correct it, or have an administrator set a new password.";
    WRONG_OLD_PASSWORD = "The old password is wrong, so nothing was changed. Correct it.";
    too_many(minutes: u64) = "There were too many failed log-ins for this account or from this address. Wait {minutes} minutes.";
    BUSY = "Too many people log in at this moment. Try again in a few seconds.";
    LOG_IN = "A log-in is needed here, and nobody is logged in. Send a name and a password first, as docs/accounts.md tells.";
    NO_ACCOUNT_YET = "This companion has no account yet. Open the link with the token that Lantern printed at its start, or add one on its computer with `lantern user add NAME --admin`.";
    not_allowed(role: &str) = "Your role ({role}) does not allow this. Ask an administrator.";
    ALREADY = "An account is needed here only after the first one exists. Use the page without one.";
}

//! Log-in and log-out, the first administrator, the own password, and what a role may do.

texts! {
    LOG_IN_TITLE = "Log in";
    LOG_IN_BUTTON = "Log in";
    LOGGING_IN = "Logging in";
    NOT_NOW_BUTTON = "Not now";
    NEEDED = "The history of this companion is open to its accounts only. Images are examined without a log-in, and never leave this device.";
    session_ended(name: &str) = "The session of {name} has ended. Images, notes and drawings are still on this page; log in again, and what you asked for will be done.";
    NOT_LOGGED_IN = "Nobody is logged in. Log in and try again; nothing on this page is lost.";
    ANOTHER_ACCOUNT = "Another account has logged in since this was begun, so it was not done. Try again to do it under the new name.";
    NAME = "Name";
    PASSWORD = "Password";
    SHOW_PASSWORD = "Show the password";
    password_hint(least: usize) = "A new password has at least {least} characters.";

    FIRST_TITLE = "Make the first administrator";
    FIRST_BUTTON = "Make the account and log in";
    FIRST_HINT = "No account exists yet, so nobody can log in. Lantern has printed a link with a token where it was started; the link fills in the token here. It can be used once, within an hour of the start.";
    TOKEN = "Token that Lantern printed";

    /// In the top bar.
    who(name: &str, role: &str) = "{name}, {role}";
    MENU = "Your account";
    /// What each role may do.
    ADMINISTRATOR = "Reads, saves and deletes all cases; manages accounts, erases patients and reads the audit log.";
    CLINICIAN = "Reads, saves and deletes all cases.";
    EDUCATOR = "Saves cases; reads and deletes only those that they saved themselves.";
    VIEWER = "Reads all cases.";
    CHANGE_TITLE = "Change your password";
    OLD_PASSWORD = "Old password";
    NEW_PASSWORD = "New password";
    CHANGE_BUTTON = "Change it";
    CHANGED = "The password is changed. Your other sessions have ended.";
    LOG_OUT_BUTTON = "Log out";
    LOG_OUT_HINT = "Images that are open stay on this page until you clear it.";
    MAY_NOT_SAVE = "Your role (viewer) reads the history and saves nothing in it. Ask an administrator if you need to.";
    LOG_IN_TO_SEE = "Log in to see this.";
    ADMINISTRATORS_ONLY = "This is for administrators only. Log in as one, or ask one.";
}

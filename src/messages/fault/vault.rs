//! The vault of this browser, which cannot be made, opened, read or written.

texts! {
    WRONG_PASSPHRASE = "This is not the passphrase of the vault, so it stays locked; nothing is lost. Check capital letters and the keyboard's language, then try again.";
    DAMAGED = "The record of the vault's key is damaged in this browser, so that no passphrase opens it any more. Restore the browser's profile from a backup, or erase the vault under \"Purpose and privacy\".";
    NEWER = "The vault was made by a newer version of this page, which this one cannot read. Reload the page.";
    NO_KEY = "This browser gave no random numbers or no memory for a key, so nothing was kept. Close other tabs, then try again.";
    NO_STORAGE = "This browser gives this page no database, as some do in private windows or with site data switched off, so no case can be kept here. Use an ordinary window, or save the report as a file.";
    FULL = "This browser gives this page no more room, so the case was NOT kept; all others still are. Make room on the disk or hand cases over to a companion, then save it again.";
    BLOCKED = "Another tab of this page keeps the vault from being opened. Close it, then try again.";
    EXISTS = "Another tab has made a vault in this browser meanwhile. Open that one with its passphrase.";
    GONE = "The vault was erased in this browser since it was opened here, so nothing was kept in it. Try again to make a new one.";
    LOCKED = "The vault is locked, so nothing was done. Open it with its passphrase, then try again.";
    no_case(id: i64) = "The vault holds no case {id}: it was deleted, or handed over to a companion. See the history for it.";
    refused(why: &str) = "The browser did not do what was asked of the vault ({why}); what it keeps is as it was. Try again.";
}

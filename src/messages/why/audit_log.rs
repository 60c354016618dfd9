//! The audit log: what an anchor looks like, and who acted where it was no account.

texts! {
    NO_ANCHOR = "an anchor is a number from 1, a colon and 64 hexadecimal digits";
    THIS_COMPUTER = "(this computer)";
    COMMAND_LINE = "(command line)";
    NOBODY = "(not logged in)";
    UNKNOWN_NAME = "(unknown name)";
}

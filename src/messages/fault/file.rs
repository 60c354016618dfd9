//! Zip archives, and files in them, that cannot be unpacked.

pub const ZIP_DAMAGED: &str = "the zip archive is damaged or cut short: its list of files cannot be read; fetch it again from where it comes from";
pub const ZIP_RARE: &str = "the zip archive is of a kind that cannot be read here; unpack it first";
pub const NO_FILE: &str =
    "the archive holds no file: nothing in it can be opened; check that the right archive was chosen";
pub const SAME_NAME: &str =
    "another file of the archive has the same name, and this one cannot be unpacked; rename one of them";
pub const TOO_LARGE: &str =
    "the archive unpacks to more than 1 GiB; unpack it and open its folders one by one";
pub const PACKED_RARELY: &str = "it is packed in a way that cannot be read here; unpack the archive first";
pub const ENCRYPTED: &str = "it is encrypted; unpack the archive with its password first";
pub const UNPACKED_NOT: &str =
    "it cannot be unpacked: its data are damaged or cut short; fetch the archive again";
pub const TRAP: &str = "it would unpack to far more than an image of its size, as a file does that is meant to do harm; unpack the archive first, if you trust where it comes from";
pub const NESTED: &str = "it is an archive within the archive; unpack it and open it by itself";

pub fn many_entries(entries: usize, most: usize) -> String {
    format!(
        "the archive holds {entries} files; at most {most} can be opened: unpack it and open its folders one by one"
    )
}

pub fn unreached(files: usize) -> String {
    format!(
        "{files} more files of the archive cannot be reached: they have the name of another, or lie beyond the limit; unpack the archive first"
    )
}

//! Zip archives, and files in them, that cannot be unpacked.

texts! {
    ZIP_DAMAGED = "the zip archive is damaged or cut short: its list of files cannot be read; fetch it again from where it comes from";
    ZIP_RARE = "the zip archive is of a kind that cannot be read here; unpack it first";
    NO_FILE = "the archive holds no file: nothing in it can be opened; check that the right archive was chosen";
    SAME_NAME = "another file of the archive has the same name, and this one cannot be unpacked; rename one of them";
    TOO_LARGE = "the archive unpacks to more than 1 GiB; unpack it and open its folders one by one";
    PACKED_RARELY = "it is packed in a way that cannot be read here; unpack the archive first";
    ENCRYPTED = "it is encrypted; unpack the archive with its password first";
    UNPACKED_NOT = "it cannot be unpacked: its data are damaged or cut short; fetch the archive again";
    TRAP = "it would unpack to far more than an image of its size, as a file does that is meant to do harm; unpack the archive first, if you trust where it comes from";
    NESTED = "it is an archive within the archive; unpack it and open it by itself";
    many_entries(entries: usize, most: usize) = "the archive holds {entries} files; at most {most} can be opened: unpack it and open its folders one by one";
}

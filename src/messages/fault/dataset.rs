//! Data sets that cannot be used.

texts! {
    unread(path: &str, why: &std::io::Error) = "{path} cannot be read: {why}; check that it is there and may be read";
    archive(path: &str, why: &str) = "{path} is not a whole zip archive: {why}; fetch it again from where it comes from";
    layout(path: &str, why: &str) = "{path} does not hold a data set: {why}; put images at NAME/SPLIT/CLASS/FILE with a split of train, val or test, or take a MedMNIST .npz";
}

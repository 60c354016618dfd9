//! Data sets that cannot be used.

texts! {
    unread(path: &str, why: &std::io::Error) = "{path} cannot be read: {why}; check that it is there and may be read";
    archive(path: &str, why: &str) = "{path} is not a whole zip archive: {why}; fetch it again, or name a folder, another zip archive or an .npz";
    large(path: &str, most: u64) = "{path} unpacks to more than {most} bytes, far more than an image of a data set; take it out of the archive";
    layout(path: &str, why: &str) = "{path} does not hold a data set: {why}; put images at NAME/SPLIT/CLASS/FILE with a split of train, val or test, or take a MedMNIST .npz";
    arrays(path: &str, why: &str) = "{path} holds arrays that cannot be learned from: {why}; take a MedMNIST .npz of one class an image";
}

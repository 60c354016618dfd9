//! `lantern audit`.

pub fn dataset(name: &str, sha256: &str) -> String {
    format!("{name} (SHA-256 {sha256})")
}

/// An image that lies in two splits, under several names.
pub fn leak(paths: &[String]) -> String {
    format!("  in more than one split: {}", paths.join(", "))
}

pub fn cluster(number: usize, images: usize) -> String {
    format!("cluster {number}: {images} training images")
}

/// After [`cluster`]: how many of them are of a class.
pub fn of_class(images: usize, class: &str) -> String {
    format!(", {images} {class}")
}

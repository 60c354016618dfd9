//! The report of one image: words that the user edits, key images, evidence, and the ways to take it away.

mod documents;
mod download;
mod key_image;
mod measured;
mod of_item;
mod panel;
mod paper;

pub use documents::DocumentButtons;
pub use download::{download, now, print, today};
pub use key_image::KeyImage;
pub use measured::measure_all;
pub use of_item::{ItemReport, ReportWork, bare_report, reading};
pub use paper::Paper;

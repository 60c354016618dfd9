//! Page <-> file worker: opens files, so that the page never parses one. Replies come in the order of the requests. The file worker loads
//! no model and makes no request; it is started once the model is ready, so that files can be opened without one.

use super::Problem;
use super::inference_worker::Payload;
use super::vault::{VaultReply, VaultRequest};
use crate::dataset::gallery::GalleryImage;
use crate::frame::FrameFacts;
use crate::report::{Report, Row};
use crate::study::{DicomFacts, FileFacts, Tag};
use serde::{Deserialize, Serialize};

/// A file's number, given by the page.
pub type FileId = u32;

/// How much of a file [`Request::Look`] wants, in bytes, from its beginning.
pub const HEAD: u32 = 256 * 1024;

/// From the page to the file worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Tell what a file is. One buffer: its first [`HEAD`] bytes, or all of them. Answered by `Looked`.
    Look {
        /// The file.
        file: FileId,
        /// Bytes of the whole file.
        size: u64,
    },
    /// Take a zip archive apart. One buffer: the archive. Answered by `Unpacked` or `Failed`.
    Unpack {
        /// The archive.
        file: FileId,
    },
    /// Open a file and keep it at hand; the last few stay open. One buffer: the file. Answered by `Opened` or `Failed`.
    Open {
        /// The file.
        file: FileId,
    },
    /// A frame to look at. Answered by `Frame`, `NotOpen` or `Failed`.
    Frame {
        /// An open file.
        file: FileId,
        /// From 0.
        frame: u32,
    },
    /// A frame as the model is to see it. Answered by `Prepared`, `NotOpen` or `Failed`.
    Prepare {
        /// An open file.
        file: FileId,
        /// From 0.
        frame: u32,
    },
    /// The header of a DICOM file. Answered by `Tags`, `NotOpen` or `Failed`.
    Tags {
        /// An open file.
        file: FileId,
        /// Whether what names the patient is masked.
        masked: bool,
    },
    /// Close all open files. Answered by `Cleared`.
    Clear,
    /// Write a report. Answered by `Written` or `Failed`, with file 0.
    Write {
        /// As what.
        format: Format,
        /// What to write.
        report: Box<Report>,
    },
    /// Draw a picture to try with. Answered by `Drawn`.
    Draw {
        /// Which.
        sample: GalleryImage,
    },
    /// Write the table of all images. Answered by `Written` or `Failed`, with file 0.
    Tabulate {
        /// One for each image.
        rows: Vec<Row>,
    },
    /// To the worker that keeps the vault.
    Vault(VaultRequest),
}

/// From the file worker to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// What a file is.
    Looked {
        /// The file.
        file: FileId,
        /// What it is.
        kind: Kind,
    },
    /// What an archive holds: one buffer for each name, in the same order. Folders and the archive's own bookkeeping are left out.
    Unpacked {
        /// The archive.
        file: FileId,
        /// Names with their folders.
        names: Vec<String>,
        /// What could not be unpacked, with the reason; it stops nothing else.
        problems: Vec<(String, Problem)>,
    },
    /// A file is open.
    Opened {
        /// The file.
        file: FileId,
        /// What it says of itself.
        facts: Box<FileFacts>,
        /// The frame that is examined if only one is, from 0.
        middle: u32,
    },
    /// A frame to look at. Its samples, as `viewing::Samples` orders them, 16-bit ones little-endian; a second buffer where overlay
    /// planes draw over it.
    Frame {
        /// The file.
        file: FileId,
        /// From 0.
        frame: u32,
        /// Size and meaning.
        facts: Box<FrameFacts>,
    },
    /// A frame as the model is to see it. One buffer, which goes on to the worker that examines.
    Prepared {
        /// The file.
        file: FileId,
        /// From 0.
        frame: u32,
        /// What the buffer is.
        payload: Payload,
    },
    /// The header of a DICOM file; empty for any other.
    Tags {
        /// The file.
        file: FileId,
        /// In the file's order.
        tags: Vec<Tag>,
    },
    /// A document. One buffer: its bytes.
    Written,
    /// A drawing. One buffer: a BMP file.
    Drawn,
    /// No file is open any more.
    Cleared,
    /// The file was put away for others: open it again.
    NotOpen {
        /// The file.
        file: FileId,
    },
    /// What was asked for cannot be had.
    Failed {
        /// The file.
        file: FileId,
        /// Why.
        problem: Problem,
    },
    /// From the worker that keeps the vault.
    Vault(VaultReply),
    /// Page and file worker come from different builds.
    Stale,
}

/// What a file is, by its first bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A picture: PNG, JPEG and their like.
    Picture,
    /// A DICOM file with an image.
    Dicom(Box<DicomFacts>),
    /// A NIfTI volume, which is opened to be seen and examined.
    Volume,
    /// A zip archive.
    Archive,
    /// Nothing that can be shown, and why; a DICOM file without an image is one of these.
    Other(Problem),
}

/// What a report can be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Everything, for other programs.
    Json,
    /// A bundle with a FHIR DiagnosticReport.
    Fhir,
    /// A DICOM SR object.
    Structured,
}

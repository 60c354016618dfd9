//! What a file is that is no image, with what to do about it: to stand in [`not_an_image`](super::imaging::not_an_image).

pub const PDF: &str = "a PDF document (save the picture in it as PNG)";
pub const HEIC: &str = "a HEIC photo (save it as JPEG; an iPhone takes JPEG photos if Settings, Camera, Formats is set to Most Compatible)";
pub const AVIF: &str = "an AVIF picture (save it as JPEG or PNG)";
pub const VIDEO: &str = "a video (save a still image of it as PNG)";
pub const JPEG_2000: &str = "a JPEG 2000 picture (save it as PNG)";
pub const JPEG_XL: &str = "a JPEG XL picture (save it as PNG)";
pub const NIFTI: &str =
    "a NIfTI volume (open it as a volume)";
pub const NRRD: &str = "an NRRD volume (save its slices as PNG, or open the DICOM files that it was made of)";
pub const GZIP: &str = "packed with gzip (unpack it first)";
pub const MARKED_UP: &str = "a page or drawing in HTML, XML or SVG (save the picture itself as PNG)";
pub const TEXT: &str = "text (choose the image instead)";
pub const UNKNOWN: &str = "of an unknown kind (export it as PNG or JPEG)";
pub const DICOM: &str = "a DICOM file (export it as PNG)";
pub const ARCHIVE: &str = "a zip archive (unpack it first)";

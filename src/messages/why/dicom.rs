//! What is wrong with a DICOM file, or rare about it, and what it is where it has no image.

// Damage.
pub const ENDS_BEFORE_IMAGE: &str = "it breaks off before its image";
pub const ENDS_BEFORE_PIXELS: &str = "it breaks off before its pixels";
pub const NOT_INFLATED: &str = "it cannot be inflated, or is larger than can be held in memory";
pub const NO_FRAGMENTS: &str = "its pixels are not in fragments";
pub const EMPTY_PIXELS: &str = "its pixel data are empty";
pub const UNFILLED: &str = "its samples do not fill its image";
pub const FRAME_INCOMPLETE: &str = "a frame is incomplete";
pub const PALETTE_CUT: &str = "its palette is missing or cut off";

pub fn frame_cut(frame: usize) -> String {
    format!("the pixels of frame {frame} are not all there")
}

pub fn frame_missing(frame: usize) -> String {
    format!("the pixels of frame {frame} are missing")
}

pub fn no_frame(frame: usize) -> String {
    format!("there are no pixels of frame {frame}")
}

/// `name`: one of the four below.
pub fn not_given(name: &str) -> String {
    format!("its header does not give the {name}")
}

pub const ROWS: &str = "rows";
pub const COLUMNS: &str = "columns";
pub const SAMPLE_BITS: &str = "bits of a sample";
pub const HIGHEST_BIT: &str = "highest bit";

pub fn size(columns: u32, rows: u32) -> String {
    format!("its image is {columns} x {rows} pixels")
}

pub fn stored_bits(stored: u32, allocated: u32) -> String {
    format!("its header says {stored} bits stored in {allocated}")
}

pub fn samples_of(samples: i64, photometric: &str) -> String {
    format!("its header says {samples} samples a pixel for {photometric}")
}

// Rare kinds.
pub const NOT_WHOLE_NUMBERS: &str = "its pixels are not whole numbers, or are not in the file";
pub const SEGMENTED_PALETTE: &str = "a palette in segments";
pub const ODD_422: &str = "YBR_FULL_422 of this layout";
pub const UNKNOWN_SYNTAX: &str = "an unknown transfer syntax";

pub fn compressed_as(name: &str) -> String {
    format!("its pixels are compressed as {name}")
}

pub fn cells(bits: u32) -> String {
    format!("samples in cells of {bits} bits")
}

pub fn photometric(name: &str) -> String {
    format!("the photometric interpretation \"{name}\"")
}

// Objects without an image.
pub const DIRECTORY: &str = "a directory of other files (DICOMDIR)";
pub const STRUCTURED_REPORT: &str = "a structured report";
pub const DOSE_REPORT: &str = "a report of the radiation dose";
pub const KEY_IMAGES: &str = "a selection of key images";
pub const PRESENTATION_STATE: &str = "a presentation state";
pub const PLAN: &str = "a radiotherapy plan";
pub const STRUCTURES: &str = "a set of radiotherapy structures";
pub const PDF: &str = "a PDF document";
pub const ELECTROCARDIOGRAM: &str = "an electrocardiogram";
pub const RAW_DATA: &str = "raw data";
pub const OTHER_OBJECT: &str = "an object of another kind";

// In a list of elements.

pub fn in_fragments(bytes: usize) -> String {
    format!("{bytes} bytes in fragments")
}

//! What is wrong with a stream of compressed samples, or rare about it. It follows the name of the standard.

// Damage.
pub const ENDS_EARLY: &str = "the data end too early";
pub const UNDECODABLE: &str = "its data cannot be decoded";
pub const STREAM_MISSING: &str = "the stream is missing";
pub const SEGMENT_CUT: &str = "a segment is cut off";
pub const SEGMENT_SHORT: &str = "a segment ends too early";
pub const SEGMENT_BEYOND: &str = "a segment lies beyond the end";
pub const OTHER_JPEG: &str = "another kind of JPEG is in the stream";
pub const FRAME_HEADER: &str = "the frame's header makes no sense";
pub const FRAME_HEADER_CUT: &str = "the frame's header is cut off";
pub const NO_IMAGE: &str = "there is no image in the stream";
pub const SCAN_HEADER: &str = "a scan's header makes no sense";
pub const SCAN_HEADER_CUT: &str = "a scan's header is cut off";
pub const SCAN_EMPTY: &str = "a scan of nothing";
pub const SCAN_UNKNOWN: &str = "a scan of a component that is not there";
pub const PARAMETERS_CUT: &str = "its parameters are cut off";
pub const COLOUR_MISSING: &str = "a colour is missing";
pub const DETAIL_MISSING: &str = "a part of its detail is missing";
pub const END_MISSING: &str = "its end is missing";
pub const TABLE_MISSING: &str = "a table is missing";
pub const HUFFMAN_CUT: &str = "a Huffman table is cut off";
pub const QUANTISATION_CUT: &str = "a quantisation table is cut off";
pub const CODE_UNKNOWN: &str = "a code that is in no table";
pub const CODE_IMPOSSIBLE: &str = "a code that cannot be";
pub const DIFFERENCE_IMPOSSIBLE: &str = "a difference that cannot be";
pub const CONTEXT_IMPOSSIBLE: &str = "a context that cannot be";
pub const RUN_BEYOND: &str = "a run beyond its row";
pub const RESTART_MISSING: &str = "a restart marker is missing";
pub const OTHER_WIDTH: &str = "its samples have another width than it says";
pub const OTHER_SIZE: &str = "the stream is not of the size that the header gives";

pub fn components(found: usize, expected: usize) -> String {
    format!("{found} components instead of {expected}")
}

pub fn bits_in_cell(bits: u32, cell: u32) -> String {
    format!("{bits} bits a sample in {cell}")
}

pub fn bits(bits: u32) -> String {
    format!("{bits} bits a sample")
}

pub fn segments(expected: usize) -> String {
    format!("a frame of {expected} segments was expected")
}

// Rare kinds.
pub const ARITHMETIC: &str = "with arithmetic coding";
pub const HIERARCHICAL: &str = "with hierarchical or arithmetic coding";
pub const HALF_COLOURS: &str = "with colours at half the size";
pub const HALF_COLOURS_OF_PROCESS: &str = "of this process with colours at half the size";
pub const RESTARTS: &str = "with restarts";
pub const COLOUR_TRANSFORM: &str = "with a colour transform";
pub const VALUE_TABLES: &str = "with tables of values or a point transform";
pub const VALUE_TABLES_OR_SIZE: &str = "with tables of values or of an odd size";
pub const SCANS_OF_12_BITS: &str = "with 12 bits in several scans";
pub const FOUR_INKS: &str = "with four inks that do not say whether they are inverted";
pub const RARE: &str = "of a rare kind";

pub fn many_components(count: usize) -> String {
    format!("with {count} components in this process")
}

pub fn process_bits(bits: u8) -> String {
    format!("of {bits} bits in this process")
}

pub fn with_bits(bits: u32) -> String {
    format!("with {bits} bits a sample")
}

pub fn many_scans(most: usize) -> String {
    format!("in more than {most} scans")
}

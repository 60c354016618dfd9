//! What is wrong with a picture, or rare about it.

pub const BREAKS_OFF: &str = "it breaks off";
pub const RARE_PART: &str = "it uses a rare part of the format";
pub const IPHONE_PNG: &str = "it was packed for an app of an iPhone (CgBI)";
pub const FILL_ORDER: &str = "the bits of each byte are stored in reverse (FillOrder 2)";

pub fn size(width: u32, height: u32) -> String {
    format!("it is {width} x {height} pixels")
}

pub fn pixel_bits(bits: u16) -> String {
    format!("its pixels have {bits} bits")
}

pub fn unfilled(width: u32, height: u32, channels: u8, bits: u8) -> String {
    format!("its samples do not fill {width} x {height} pixels of {channels} x {bits} bits")
}

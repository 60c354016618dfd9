//! `lantern read`.

use crate::text::count;

pub fn stored(
    file: &str,
    format: &str,
    (width, height): (u32, u32),
    frames: u32,
    bits: u16,
    photometric: &str,
) -> String {
    let frames = count(frames as usize, "frame");
    format!("{file}: {format}, {width} x {height} pixels, {frames}, {bits} bits a sample, {photometric}")
}

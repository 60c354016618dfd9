//! A file that would fill the memory if its header were believed.

use lantern::dataset::phantom;

/// A PNG of a few bytes whose header claims a billion pixels.
pub fn png() -> Vec<u8> {
    let mut png = phantom::png(image::DynamicImage::new_luma8(1, 1));
    png[16..20].copy_from_slice(&32_000u32.to_be_bytes());
    png[20..24].copy_from_slice(&32_000u32.to_be_bytes());
    // The header's checksum must agree, or the size would never be believed.
    let sum = png[12..29].iter().fold(!0u32, |mut crc, byte| {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
        crc
    });
    png[29..33].copy_from_slice(&(!sum).to_be_bytes());
    png
}

//! What the decoder of TIFF files overlooks: tags of the first directory (TIFF 6.0, section 2; BigTIFF has wider numbers).

use super::Error;

const FILL_ORDER: u16 = 266;

/// Refuses what would be read wrongly.
pub(super) fn check(bytes: &[u8]) -> Result<(), Error> {
    match tag(bytes, FILL_ORDER) {
        None | Some(1) => Ok(()),
        Some(_) => Err(Error::Unsupported {
            format: "TIFF",
            why: "the bits of each byte are stored in reverse (FillOrder 2)".into(),
        }),
    }
}

/// The first value of a tag of 16 bits.
fn tag(bytes: &[u8], wanted: u16) -> Option<u16> {
    let is_little = bytes.starts_with(b"II");
    let short = |at: usize| {
        let two = *bytes.get(at..)?.first_chunk()?;
        Some(if is_little { u16::from_le_bytes(two) } else { u16::from_be_bytes(two) })
    };
    let long = |at: usize| {
        let four = *bytes.get(at..)?.first_chunk()?;
        Some(if is_little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) })
    };
    let wide = |at: usize| {
        let eight = *bytes.get(at..)?.first_chunk()?;
        Some(if is_little { u64::from_le_bytes(eight) } else { u64::from_be_bytes(eight) })
    };
    let is_big = short(2)? == 43;
    let (directory, entry, value) = if is_big { (wide(8)?, 20, 12) } else { (u64::from(long(4)?), 12, 8) };
    let directory = usize::try_from(directory).ok()?;
    let (count, first) = if is_big {
        (wide(directory)?, directory.checked_add(8)?)
    } else {
        (u64::from(short(directory)?), directory.checked_add(2)?)
    };
    let places = (0..count.min(1 << 16)).map_while(|number| first.checked_add(number as usize * entry));
    places
        .map_while(|at| Some((at, short(at)?)))
        .find(|(_, tag)| *tag == wanted)
        .and_then(|(at, _)| short(at + value))
}

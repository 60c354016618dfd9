//! JPEG-LS (ITU-T T.87), lossless and nearly so. There is no decoder in pure Rust that is kept up, so it stands here.

mod bits;
mod context;
mod header;
mod scan;

use super::cells::Cells;
use super::layout::Layout;
use super::{Error, damaged};
use header::{Header, Interleave};

/// Whether a fragment begins a frame.
pub(super) fn begins(fragment: &[u8]) -> bool {
    fragment.starts_with(&[0xff, 0xd8])
}

/// Decodes a frame.
pub(super) fn decode(frame: &[u8], layout: &Layout) -> Result<Cells, Error> {
    let header = Header::read(frame)?;
    if (header.width, header.height) != (layout.columns as usize, layout.rows as usize) {
        return Err(damaged("JPEG-LS: the stream is not of the size that the header gives"));
    }
    if header.components.len() != layout.samples || header.precision > layout.allocated {
        return Err(damaged("JPEG-LS: the stream is not of the kind that the header gives"));
    }
    let mut samples = vec![0u16; layout.cells()];
    let mut is_done = vec![false; layout.samples];
    for scan in &header.scans {
        scan::decode(frame, &header, scan, &mut samples)?;
        for component in &scan.components {
            if let Some(done) = is_done.get_mut(*component) {
                *done = true;
            }
        }
    }
    if is_done.contains(&false) {
        return Err(damaged("JPEG-LS: a colour is missing"));
    }
    Ok(match layout.allocated {
        8 => Cells::Bytes(samples.iter().map(|sample| *sample as u8).collect()),
        16 => Cells::Words(samples),
        _ => Cells::Longs(samples.iter().map(|sample| u32::from(*sample)).collect()),
    })
}

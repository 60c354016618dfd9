//! The lossless process (T.81, annex H): each sample is predicted from its neighbours, and the difference is coded.

use super::bits::Bits;
use super::stream::{Scan, Stream};
use super::{Error, damaged, unsupported};
use crate::messages::why::codec as why;

/// Decodes all scans.
pub(super) fn decode(stream: &Stream, bytes: &[u8]) -> Result<Vec<u16>, Error> {
    let channels = stream.components.len();
    let mut samples = vec![0u16; stream.width as usize * stream.height as usize * channels];
    let mut is_done = vec![false; channels];
    for scan in &stream.scans {
        decode_scan(stream, scan, bytes, &mut samples)?;
        for (number, ..) in &scan.components {
            if let Some(done) = is_done.get_mut(*number) {
                *done = true;
            }
        }
    }
    if is_done.contains(&false) { Err(damaged(why::COLOUR_MISSING)) } else { Ok(samples) }
}

fn decode_scan(stream: &Stream, scan: &Scan, bytes: &[u8], samples: &mut [u16]) -> Result<(), Error> {
    let (width, channels) = (stream.width as usize, stream.components.len());
    let shift = u32::from(scan.shift);
    if scan.first == 0 {
        return Err(unsupported(why::NO_PREDICTION));
    }
    if scan.first > 7 || shift >= stream.precision {
        return Err(damaged(why::SCAN_HEADER));
    }
    let middle = 1i32 << (stream.precision - shift - 1);
    let mut bits = Bits::new(bytes, scan.at);
    let mut until_restart = scan.restart;
    // The row that the scan, or the interval since a restart, begins with has nothing above it.
    let mut first_row = 0;
    for row in 0..stream.height as usize {
        for column in 0..width {
            if scan.restart > 0 && until_restart == 0 {
                bits.restart()?;
                (until_restart, first_row) = (scan.restart, row);
            }
            until_restart = until_restart.saturating_sub(1);
            for (number, table, _) in &scan.components {
                let table = scan.constants.get(*table).and_then(Option::as_ref);
                let table = table.ok_or_else(|| damaged(why::TABLE_MISSING))?;
                let difference = match table.decode(&mut bits)? {
                    16 => 32_768,
                    length => bits.signed(u32::from(length.min(15)))?,
                };
                let at = (row * width + column) * channels + number;
                let before = |back: usize| {
                    at.checked_sub(back).and_then(|at| samples.get(at)).map_or(0, |v| i32::from(v >> shift))
                };
                let (left, above) = (before(channels), before(width * channels));
                let predicted = match (row > first_row, column > 0) {
                    (false, false) => middle,
                    (false, true) => left,
                    (true, false) => above,
                    (true, true) => predict(scan.first, left, above, before((width + 1) * channels)),
                };
                if let Some(sample) = samples.get_mut(at) {
                    *sample = ((predicted + difference) as u16) << shift;
                }
            }
        }
    }
    Ok(())
}

/// T.81, table H.1.
fn predict(selection: u8, left: i32, above: i32, corner: i32) -> i32 {
    match selection {
        1 => left,
        2 => above,
        3 => corner,
        4 => left + above - corner,
        5 => left + ((above - corner) >> 1),
        6 => above + ((left - corner) >> 1),
        _ => (left + above) >> 1,
    }
}

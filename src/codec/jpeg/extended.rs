//! The extended sequential process of 12 bits (T.81, annex F): blocks of cosines, coded one after the other.

use super::bits::Bits;
use super::huffman::Table;
use super::stream::{Scan, Stream};
use super::{Error, damaged, unsupported};
use crate::messages::why::codec as why;

/// From the order of the stream to rows and columns (T.81, figure A.6).
const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// Decodes an image whose colours are all of full size.
pub(super) fn decode(stream: &Stream, bytes: &[u8]) -> Result<Vec<u16>, Error> {
    let channels = stream.components.len();
    let [scan] = stream.scans.as_slice() else { return Err(unsupported(why::SCANS_OF_12_BITS)) };
    if scan.components.len() != channels {
        return Err(damaged(why::COLOUR_MISSING));
    }
    let (width, height) = (stream.width as usize, stream.height as usize);
    let mut samples = vec![0u16; width * height * channels];
    let mut bits = Bits::new(bytes, scan.at);
    let mut constants = vec![0i32; channels];
    let mut until_restart = scan.restart;
    let waves = waves();
    for block_row in 0..height.div_ceil(8) {
        for block_column in 0..width.div_ceil(8) {
            if scan.restart > 0 && until_restart == 0 {
                bits.restart()?;
                constants.fill(0);
                until_restart = scan.restart;
            }
            until_restart = until_restart.saturating_sub(1);
            for ((number, constant, other), last) in scan.components.iter().zip(&mut constants) {
                let tables = (table(&scan.constants, *constant)?, table(&scan.others, *other)?);
                let steps = steps(stream, scan, *number)?;
                let block = inverse(&coefficients(&mut bits, tables, steps, last)?, &waves);
                for (y, values) in block.as_chunks::<8>().0.iter().enumerate() {
                    for (x, value) in values.iter().enumerate() {
                        let (row, column) = (block_row * 8 + y, block_column * 8 + x);
                        let place = samples.get_mut((row * width + column) * channels + number);
                        if let Some(place) = place.filter(|_| column < width) {
                            *place = (value + 2048.0).round().clamp(0.0, 4095.0) as u16;
                        }
                    }
                }
            }
        }
    }
    Ok(samples)
}

fn table(tables: &[Option<Table>; 4], number: usize) -> Result<&Table, Error> {
    tables.get(number).and_then(Option::as_ref).ok_or_else(|| damaged(why::TABLE_MISSING))
}

fn steps<'a>(stream: &Stream, scan: &'a Scan, number: usize) -> Result<&'a [u16; 64], Error> {
    let table = stream.components.get(number).map(|component| usize::from(component.quantisation));
    table.and_then(|table| scan.quantisations.get(table)).ok_or_else(|| damaged(why::TABLE_MISSING))
}

/// One block's coefficients by row and column, each times its step.
fn coefficients(
    bits: &mut Bits,
    (constants, others): (&Table, &Table),
    steps: &[u16; 64],
    last: &mut i32,
) -> Result<[f32; 64], Error> {
    let mut block = [0f32; 64];
    let mut put = |index: usize, value: i32| {
        let place = ZIGZAG.get(index).and_then(|place| block.get_mut(*place));
        if let (Some(place), Some(step)) = (place, steps.get(index)) {
            *place = value as f32 * f32::from(*step);
        }
    };
    let length = constants.decode(bits)?;
    *last = last.wrapping_add(bits.signed(u32::from(length.min(15)))?);
    put(0, *last);
    let mut index = 1;
    while index < 64 {
        let code = others.decode(bits)?;
        let (zeros, length) = (usize::from(code >> 4), u32::from(code & 0x0f));
        match (zeros, length) {
            (15, 0) => index += 16,
            (_, 0) => break,
            _ => {
                index += zeros;
                put(index, bits.signed(length)?);
                index += 1;
            }
        }
    }
    Ok(block)
}

/// Half the cosine of each frequency at each place, by frequency (T.81, A.3.3).
fn waves() -> [[f32; 8]; 8] {
    std::array::from_fn(|frequency| {
        let scale = if frequency == 0 { std::f64::consts::FRAC_1_SQRT_2 } else { 1.0 } / 2.0;
        std::array::from_fn(|place| {
            let angle = (2 * place + 1) as f64 * frequency as f64 * std::f64::consts::PI / 16.0;
            (scale * angle.cos()) as f32
        })
    })
}

/// The samples of a block of coefficients: rows first, then columns.
fn inverse(block: &[f32; 64], waves: &[[f32; 8]; 8]) -> [f32; 64] {
    let mut rows = [[0f32; 8]; 8];
    for (row, coefficients) in rows.iter_mut().zip(block.as_chunks::<8>().0) {
        for (coefficient, wave) in
            coefficients.iter().zip(waves).filter(|(coefficient, _)| **coefficient != 0.0)
        {
            row.iter_mut().zip(wave).for_each(|(sum, value)| *sum += coefficient * value);
        }
    }
    let mut samples = [0f32; 64];
    for (row, wave) in rows.iter().zip(waves) {
        for (line, weight) in samples.as_chunks_mut::<8>().0.iter_mut().zip(wave) {
            line.iter_mut().zip(row).for_each(|(sum, value)| *sum += value * weight);
        }
    }
    samples
}

//! Overlay planes (PS3.3, C.9.2 and C.9.3): drawings and outlines of one bit a pixel, in groups 6000 to 601E.

use super::element::{bytes, integer, numbers};
use super::layout::Layout;
use super::tree::Data;
use crate::codec::Values;
use dicom_core::Tag;

/// What 16 bits hold (PS3.3, table C.9-2), whatever a file says.
const SIDES: std::ops::RangeInclusive<i64> = 1..=65_535;
const FAR: f64 = 65_536.0;

/// One plane, and where it lies.
struct Plane {
    rows: i64,
    columns: i64,
    /// The image's row and column under the plane's first pixel, from 0; they may lie outside of it.
    row: i64,
    column: i64,
}

/// All planes over frame `n` in one: a bit for each pixel, row by row, each byte from its lowest bit on; empty where nothing is drawn.
/// `cells`: the frame's own, where unused bits of them may hold planes.
pub(super) fn of(root: &Data, layout: &Layout, n: u32, cells: Option<&Values>) -> Vec<u8> {
    let mut drawn = Vec::new();
    for group in (0x6000..=0x601e).step_by(2) {
        let number = |element| integer(root, Tag(group, element));
        let size = number(0x0010).zip(number(0x0011));
        let Some((rows, columns)) =
            size.filter(|(rows, columns)| SIDES.contains(rows) && SIDES.contains(columns))
        else {
            continue;
        };
        let (row, column) = match numbers(root, Tag(group, 0x0050)).as_slice() {
            // A plane that is further away than the longest side lies beside the image.
            &[row, column] => (row.clamp(-FAR, FAR) as i64 - 1, column.clamp(-FAR, FAR) as i64 - 1),
            _ => (0, 0),
        };
        let plane = Plane { rows, columns, row, column };
        let data = bytes(root, Tag(group, 0x3000));
        if !data.is_empty() {
            let Some(index) = index(number(0x0015), number(0x0051), n) else { continue };
            let from = index.saturating_mul(rows * columns);
            plane.draw(&mut drawn, layout, |at| {
                let at = usize::try_from(from.saturating_add(at)).unwrap_or(usize::MAX);
                data.get(at / 8).is_some_and(|byte| byte >> (at % 8) & 1 == 1)
            });
        } else if let Some((cells, bit)) = cells.zip(number(0x0102)).filter(|(_, bit)| is_free(layout, *bit))
        {
            plane.draw(&mut drawn, layout, |at| cells.has_bit(at as usize, bit as u32));
        }
    }
    drawn
}

/// Which of a plane's frames lies over frame `n` of the image; 0 where one lies over all. `frames`: how many the plane says that it has;
/// `origin`: the image's frame, from 1, that the first lies over.
fn index(frames: Option<i64>, origin: Option<i64>, n: u32) -> Option<i64> {
    let frames = frames.unwrap_or(1);
    if frames <= 1 && origin.is_none() {
        return Some(0);
    }
    let index = i64::from(n) + 1 - origin.unwrap_or(1);
    (0..frames).contains(&index).then_some(index)
}

/// Whether a bit of a cell holds nothing of the sample.
fn is_free(layout: &Layout, bit: i64) -> bool {
    let sample = i64::from(layout.high + 1 - layout.stored)..=i64::from(layout.high);
    layout.samples == 1 && (0..i64::from(layout.allocated)).contains(&bit) && !sample.contains(&bit)
}

impl Plane {
    /// Adds what is drawn inside the image. `is_drawn`: of a place in the plane, row by row.
    fn draw(&self, drawn: &mut Vec<u8>, layout: &Layout, is_drawn: impl Fn(i64) -> bool) {
        let within = |start: i64, length: i64, whole: u32| {
            (-start).max(0)..length.min(i64::from(whole).saturating_sub(start))
        };
        for y in within(self.row, self.rows, layout.rows) {
            for x in within(self.column, self.columns, layout.columns) {
                if is_drawn(y * self.columns + x) {
                    let at = (y + self.row) as usize * layout.columns as usize + (x + self.column) as usize;
                    drawn.resize(layout.pixels().div_ceil(8), 0);
                    if let Some(byte) = drawn.get_mut(at / 8) {
                        *byte |= 1 << (at % 8);
                    }
                }
            }
        }
    }
}

impl Values {
    /// Whether a bit of a cell is set.
    fn has_bit(&self, at: usize, bit: u32) -> bool {
        let cell = match self {
            Self::Bytes(cells) => cells.get(at).copied().map(u32::from),
            Self::Words(cells) => cells.get(at).copied().map(u32::from),
            Self::Longs(cells) => cells.get(at).copied(),
        };
        cell.is_some_and(|cell| cell >> bit & 1 == 1)
    }
}

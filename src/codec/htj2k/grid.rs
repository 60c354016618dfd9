//! Areas, and the grids that cut them into precincts and blocks (T.800, annex B).

/// Left, top, right, bottom.
pub(super) type Area = [u32; 4];

/// A grid of cells over an area; cells begin at multiples of their size.
#[derive(Clone, Copy)]
pub(super) struct Grid {
    /// Column and row of the first cell.
    pub first: [u32; 2],
    /// Cells in a row.
    pub wide: usize,
    /// Cells in a column.
    pub high: usize,
    /// Width and height of a cell, as powers of 2.
    pub size: [u32; 2],
}

/// `value / 2^shift`, rounded up.
pub(super) fn shrunk(value: u32, shift: u32) -> u32 {
    u64::from(value).div_ceil(1 << shift) as u32
}

pub(super) fn width([left, _, right, _]: Area) -> usize {
    right.saturating_sub(left) as usize
}

pub(super) fn height([_, top, _, bottom]: Area) -> usize {
    bottom.saturating_sub(top) as usize
}

impl Grid {
    pub fn new(area: Area, size: [u32; 2]) -> Self {
        let ([left, top, right, bottom], [wide, high]) = (area, size);
        let (column, row) = (left >> wide, top >> high);
        let count = |first: u32, to: u32, size: u32| shrunk(to, size).saturating_sub(first) as usize;
        let is_empty = left >= right || top >= bottom;
        let (across, down) =
            if is_empty { (0, 0) } else { (count(column, right, wide), count(row, bottom, high)) };
        Self { first: [column, row], wide: across, high: down, size }
    }

    pub fn count(&self) -> usize {
        self.wide * self.high
    }

    /// Left and top of a cell.
    pub fn start(&self, number: usize) -> [u64; 2] {
        let ([x, y], [wide, high]) = (self.first, self.size);
        let (column, row) = (number % self.wide.max(1), number / self.wide.max(1));
        [(u64::from(x) + column as u64) << wide, (u64::from(y) + row as u64) << high]
    }

    /// A cell, cut to an area.
    pub fn cell(&self, number: usize, [left, top, right, bottom]: Area) -> Area {
        let ([x, y], [wide, high]) = (self.start(number), self.size);
        let end = |start: u64, end: u32| start.min(end.into()) as u32;
        [
            end(x, right).max(left),
            end(y, bottom).max(top),
            end(x + (1 << wide), right),
            end(y + (1 << high), bottom),
        ]
    }
}

//! Images fitted to one square, the common beginning of all methods.

use super::{Error, Matrix, Watch};
use rayon::prelude::*;

/// Side of the squares that a learner of bare pixels sees, as MedMNIST's images have it. Every side is a multiple of it.
pub const PIXEL_SIDE: usize = 28;

/// Images of one size, 8 bits a value, row by row with the channels innermost.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Squares {
    /// Pixels a side, a multiple of [`PIXEL_SIDE`].
    pub side: usize,
    /// 1 (grey) or 3 (RGB).
    pub channels: usize,
    values: Vec<u8>,
}

/// One of them.
#[derive(Clone, Copy, Debug)]
pub struct Square<'a> {
    /// Pixels a side.
    pub side: usize,
    /// 1 or 3.
    pub channels: usize,
    /// `(side, side, channels)`.
    pub values: &'a [u8],
}

impl Squares {
    /// None yet.
    pub fn new(side: usize, channels: usize) -> Self {
        Self { side, channels, values: Vec::new() }
    }

    /// Adds one, of values from 0 to 1.
    ///
    /// # Shapes
    /// `values`: `(side, side, channels)`; what is missing counts as black.
    pub fn push(&mut self, values: &[f32]) {
        let end = self.values.len() + self.area();
        self.values.extend(values.iter().take(self.area()).map(|v| (v * 255.0).round() as u8));
        self.values.resize(end, 0);
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.values.len() / self.area().max(1)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// One of them; black if there is none of that number.
    pub fn get(&self, index: usize) -> Square<'_> {
        let area = self.area();
        let values = self.values.get(index * area..(index + 1) * area).unwrap_or_default();
        Square { side: self.side, channels: self.channels, values }
    }

    /// Those at `indices`, in that order.
    pub fn pick(&self, indices: &[usize]) -> Self {
        let values = indices.iter().flat_map(|index| self.get(*index).values).copied().collect();
        Self { values, ..*self }
    }

    /// A table with a row for each image. `watch` is asked between every 256.
    pub(super) fn table(
        &self,
        watch: Watch,
        describe: impl Fn(&Square) -> Vec<f32> + Sync,
    ) -> Result<Matrix, Error> {
        let all: Vec<usize> = (0..self.len()).collect();
        let mut rows = Vec::with_capacity(all.len());
        for some in all.chunks(256) {
            watch(rows.len() as f32 / all.len() as f32)?;
            rows.par_extend(some.par_iter().map(|image| describe(&self.get(*image))));
        }
        Ok(Matrix::from_rows(rows))
    }

    fn area(&self) -> usize {
        self.side * self.side * self.channels
    }
}

impl Square<'_> {
    /// Luma by Rec. 601, 0 to 1.
    ///
    /// # Shapes
    /// Returns `(side, side)`.
    pub fn grey(&self) -> Vec<f32> {
        let luma = |pixel: &[u8]| match *pixel {
            [red, green, blue] => {
                (0.299 * f32::from(red) + 0.587 * f32::from(green) + 0.114 * f32::from(blue)) / 255.0
            }
            [grey] => f32::from(grey) / 255.0,
            _ => 0.0,
        };
        self.values.chunks(self.channels.max(1)).map(luma).collect()
    }

    /// Means of boxes, so that a side has [`PIXEL_SIDE`] of them; 0 to 1.
    ///
    /// # Shapes
    /// Returns `(PIXEL_SIDE, PIXEL_SIDE, channels)`.
    pub fn pixels(&self) -> Vec<f32> {
        let (channels, factor) = (self.channels, (self.side / PIXEL_SIDE).max(1));
        let mut sums = vec![0f32; PIXEL_SIDE * PIXEL_SIDE * channels];
        let share = 1.0 / (255 * factor * factor) as f32;
        for (at, value) in self.values.iter().enumerate() {
            let (pixel, channel) = (at / channels, at % channels);
            let (x, y) = (pixel % self.side / factor, pixel / self.side / factor);
            if let Some(sum) = sums.get_mut((y * PIXEL_SIDE + x) * channels + channel) {
                *sum += f32::from(*value) * share;
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_are_means_of_boxes_and_grey_is_luma() {
        let mut squares = Squares::new(2 * PIXEL_SIDE, 3);
        let side = squares.side;
        let colour = |at: usize| [at % side % 2, at / side % 2, 1].map(|v| v as f32);
        squares.push(&(0..side * side).flat_map(colour).collect::<Vec<_>>());
        squares.push(&[]);
        assert_eq!(squares.len(), 2);
        let pixels = squares.get(0).pixels();
        assert!(
            pixels.len() == PIXEL_SIDE * PIXEL_SIDE * 3 && squares.get(1).pixels().iter().all(|v| *v == 0.0)
        );
        for pixel in pixels.chunks(3) {
            assert!(
                (pixel[0] - 0.5).abs() < 1e-6
                    && (pixel[1] - 0.5).abs() < 1e-6
                    && (pixel[2] - 1.0).abs() < 1e-6
            );
        }
        assert!((squares.get(0).grey()[side + 1] - 1.0).abs() < 1e-6);
        assert_eq!(squares.pick(&[1, 0]).get(1).values, squares.get(0).values);
    }
}

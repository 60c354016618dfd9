//! Inverse wavelet transforms (T.800, annex F): two bands of rows or columns in turn become the samples that they were made of.

/// A plane whose even and odd rows, and columns, are low and high bands.
pub(super) struct Plane<'a, T> {
    pub width: usize,
    pub samples: &'a mut [T],
    /// Whether the first column, and the first row, are odd ones on the whole grid.
    pub is_odd: [bool; 2],
}

impl<T: Copy> Plane<'_, T> {
    /// Changes every second row by the rows beside it, from the even ones where `is_even`; beyond an end lies the row before it.
    fn rows(&mut self, is_even: bool, step: impl Fn(T, T, T) -> T) {
        let [_, is_odd] = self.is_odd;
        let height = self.samples.len() / self.width;
        for number in (usize::from(is_even == is_odd)..height).step_by(2) {
            let (before, rest) = self.samples.split_at_mut(number * self.width);
            let (row, behind) = rest.split_at_mut(self.width);
            let above = before.rchunks_exact(self.width).next();
            let below = behind.chunks_exact(self.width).next();
            let Some((above, below)) = above.or(below).zip(below.or(above)) else { return };
            for ((sample, above), below) in row.iter_mut().zip(above).zip(below) {
                *sample = step(*sample, *above, *below);
            }
        }
    }

    /// The same of columns.
    fn columns(&mut self, is_even: bool, step: impl Fn(T, T, T) -> T) {
        let [is_odd, _] = self.is_odd;
        for row in self.samples.chunks_exact_mut(self.width) {
            for number in (usize::from(is_even == is_odd)..self.width).step_by(2) {
                let left = number.checked_sub(1).and_then(|left| row.get(left)).copied();
                let right = row.get(number + 1).copied();
                let Some((left, right)) = left.or(right).zip(right.or(left)) else { continue };
                if let Some(sample) = row.get_mut(number) {
                    *sample = step(*sample, left, right);
                }
            }
        }
    }

    fn height(&self) -> usize {
        self.samples.len() / self.width
    }
}

impl Plane<'_, i32> {
    /// The reversible one, 5-3.
    pub fn restore(&mut self) {
        let even = |sample: i32, a: i32, b: i32| sample.wrapping_sub(a.wrapping_add(b).wrapping_add(2) >> 2);
        let odd = |sample: i32, a: i32, b: i32| sample.wrapping_add(a.wrapping_add(b) >> 1);
        let (is_row, is_column) = (self.height() == 1, self.width == 1);
        let [is_column_odd, is_row_odd] = self.is_odd;
        // A single odd one was doubled.
        if is_column && is_column_odd {
            self.samples.iter_mut().for_each(|sample| *sample >>= 1);
        }
        self.columns(true, even);
        self.columns(false, odd);
        if is_row && is_row_odd {
            self.samples.iter_mut().for_each(|sample| *sample >>= 1);
        }
        self.rows(true, even);
        self.rows(false, odd);
    }
}

/// The lifting steps of the irreversible transform from the last to the first, and its scale (T.800, table F.4).
const STEPS: [f32; 4] = [0.443_506_85, 0.882_911_1, -0.052_980_12, -1.586_134_3];
const SCALE: f32 = 1.230_174_1;

impl Plane<'_, f32> {
    /// The irreversible one, 9-7.
    pub fn restore(&mut self) {
        let (height, width) = (self.height(), self.width);
        let [is_column_odd, is_row_odd] = self.is_odd;
        for (number, row) in self.samples.chunks_exact_mut(width).enumerate() {
            let of_row = scale(number, height, is_row_odd);
            for (number, sample) in row.iter_mut().enumerate() {
                *sample *= of_row * scale(number, width, is_column_odd);
            }
        }
        for (number, step) in STEPS.into_iter().enumerate() {
            self.columns(number % 2 == 0, |sample, a, b| sample - step * (a + b));
        }
        for (number, step) in STEPS.into_iter().enumerate() {
            self.rows(number % 2 == 0, |sample, a, b| sample - step * (a + b));
        }
    }
}

/// By how much row or column `number` of `length` is scaled.
fn scale(number: usize, length: usize, is_odd: bool) -> f32 {
    match ((number % 2 == 1) != is_odd, length) {
        (false, 1) => 1.0,
        (true, 1) => 0.5,
        (false, _) => SCALE,
        (true, _) => 1.0 / SCALE,
    }
}

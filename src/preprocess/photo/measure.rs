//! The measures of a photograph, each a number of a small picture.

/// Luma from which light counts as washed out, of 255.
const WHITE: f32 = 245.0;
/// Pixels over which a picture is blurred once more.
const WINDOW: usize = 9;
/// The middle begins after this share of each side, and ends as far before its end.
const MARGIN: usize = 6;
/// A picture with fewer pixels a side has no middle and no border.
const LEAST: usize = 16;
/// Side of the square in which edges are looked for, in pixels.
const SQUARE: usize = 96;
/// Of all gradients the strongest one in so many.
const STRONGEST: usize = 50;

/// A small picture.
pub struct Picture {
    width: usize,
    height: usize,
    /// RGB, 0 to 255, row by row.
    colours: Vec<[f32; 3]>,
}

impl Picture {
    /// A picture whose longer side has at most `side` pixels, each the mean of those that it stands for.
    pub fn shrunk(
        samples: &[u8],
        (width, height): (usize, usize),
        channels: usize,
        side: usize,
    ) -> Option<Self> {
        let needed = width.checked_mul(height)?.checked_mul(channels)?;
        if channels < 3 || samples.len() < needed || width.min(height) < LEAST {
            return None;
        }
        let factor = (width.max(height) as f32 / side as f32).max(1.0);
        let to = |length: usize| ((length as f32 / factor).round() as usize).max(1);
        let pixel = |x: usize, y: usize| {
            let from = (y * width + x) * channels;
            [0, 1, 2].map(|channel| samples.get(from + channel).copied().map_or(0.0, f32::from))
        };
        let picture = Self::resampled((width, height), (to(width), to(height)), pixel);
        (picture.width.min(picture.height) >= LEAST).then_some(picture)
    }

    /// A picture of another size: each pixel is the mean of those that it stands for.
    fn resampled(
        (width, height): (usize, usize),
        to: (usize, usize),
        pixel: impl Fn(usize, usize) -> [f32; 3],
    ) -> Self {
        let (columns, rows) = (parts(width, to.0), parts(height, to.1));
        let mut colours = Vec::with_capacity(to.0 * to.1);
        for row in &rows {
            for column in &columns {
                let mut sum = [0.0; 3];
                for (y, down) in row {
                    for (x, across) in column {
                        let colour = pixel(*x, *y);
                        sum.iter_mut().zip(colour).for_each(|(sum, value)| *sum += value * down * across);
                    }
                }
                colours.push(sum);
            }
        }
        Self { width: to.0, height: to.1, colours }
    }

    /// The square in its middle, with so many pixels a side.
    fn square(&self, side: usize) -> Self {
        let from = self.width.min(self.height);
        let (left, top) = ((self.width - from) / 2, (self.height - from) / 2);
        Self::resampled((from, from), (side, side), |x, y| self.at(left + x, top + y))
    }

    /// The picture without its grain: the mean of three by three pixels with binomial weights.
    fn smoothed(&self) -> Self {
        let along = |picture: &Self, dx: usize, dy: usize| {
            let colour = |at: usize| {
                let (x, y) = (at % self.width, at / self.width);
                let before = picture.at(x.saturating_sub(dx), y.saturating_sub(dy));
                let after = picture.at((x + dx).min(self.width - 1), (y + dy).min(self.height - 1));
                let here = picture.at(x, y);
                let mut mean = [0.0; 3];
                for (mean, ((a, b), c)) in mean.iter_mut().zip(before.iter().zip(here).zip(after)) {
                    *mean = (a + 2.0 * b + c) / 4.0;
                }
                mean
            };
            let colours = (0..self.width * self.height).map(colour).collect();
            Self { width: self.width, height: self.height, colours }
        };
        along(&along(self, 1, 0), 0, 1)
    }

    fn at(&self, x: usize, y: usize) -> [f32; 3] {
        self.colours.get(y * self.width + x).copied().unwrap_or_default()
    }

    /// Rows of the luma.
    fn luma(&self) -> Vec<Vec<f32>> {
        let rows = self.colours.chunks(self.width);
        rows.map(|row| row.iter().map(|colour| luma(*colour)).collect()).collect()
    }

    /// The luma of the middle, sorted.
    fn middle(&self) -> Vec<f32> {
        let (left, top) = (self.width / MARGIN, self.height / MARGIN);
        let rows = (top..self.height - top).flat_map(|y| (left..self.width - left).map(move |x| (x, y)));
        let mut values: Vec<f32> = rows.map(|(x, y)| luma(self.at(x, y))).collect();
        values.sort_unstable_by(f32::total_cmp);
        values
    }
}

/// `to` parts of a row of `from` pixels: of each part its pixels with their weights, which sum to 1.
fn parts(from: usize, to: usize) -> Vec<Vec<(usize, f32)>> {
    let width = from as f32 / to as f32;
    let part = |index: usize| {
        let (start, end) = (index as f32 * width, (index + 1) as f32 * width);
        let pixels = start as usize..(end.ceil() as usize).min(from);
        let weight = |pixel: usize| (end.min(pixel as f32 + 1.0) - start.max(pixel as f32)).max(0.0) / width;
        pixels.map(|pixel| (pixel, weight(pixel))).collect()
    };
    (0..to).map(part).collect()
}

/// Rec. ITU-R BT.601.
fn luma([red, green, blue]: [f32; 3]) -> f32 {
    0.299 * red + 0.587 * green + 0.114 * blue
}

/// The value that a share of the sorted lie below.
fn quantile(sorted: &[f32], share: f32) -> f32 {
    let at = (sorted.len().saturating_sub(1) as f32 * share).round() as usize;
    sorted.get(at).copied().unwrap_or_default()
}

/// The blur of the direction that is blurred more, 0 to 1.
pub fn blur(picture: &Picture) -> f32 {
    let rows = picture.luma();
    let columns: Vec<Vec<f32>> = (0..picture.width)
        .map(|x| rows.iter().map(|row| row.get(x).copied().unwrap_or_default()).collect())
        .collect();
    blur_along(&rows).max(blur_along(&columns))
}

/// How little of the differences between neighbours in a row is lost when the row is blurred once more.
fn blur_along(rows: &[Vec<f32>]) -> f32 {
    let (mut all, mut lost) = (0.0_f32, 0.0_f32);
    for row in rows {
        let last = row.len().saturating_sub(1);
        let at = |place: isize| row.get(place.clamp(0, last as isize) as usize).copied().unwrap_or_default();
        let reach = (WINDOW / 2) as isize;
        let again = |place: isize| (place - reach..=place + reach).map(at).sum::<f32>() / WINDOW as f32;
        for place in 1..row.len() as isize {
            let before = (at(place) - at(place - 1)).abs();
            // The difference of two sums that share all but their ends.
            let after = (again(place) - again(place - 1)).abs();
            all += before;
            lost += (before - after).max(0.0);
        }
    }
    // Without any difference there is no detail to lose.
    if all < 1.0 { 1.0 } else { ((all - lost) / all).clamp(0.0, 1.0) }
}

/// The luma that nine tenths of the middle lie below.
pub fn light(picture: &Picture) -> f32 {
    quantile(&picture.middle(), 0.9)
}

/// The share of the middle that is washed out.
pub fn glare(picture: &Picture) -> f32 {
    let middle = picture.middle();
    middle.iter().filter(|luma| **luma >= WHITE).count() as f32 / middle.len().max(1) as f32
}

/// How far from the border's colour the rest goes, but for the farthest two hundredth.
pub fn colour_range(picture: &Picture) -> f32 {
    let (width, height) = (picture.width, picture.height);
    let rim = width.min(height) / 12;
    let is_border = |x: usize, y: usize| x < rim || y < rim || x + rim >= width || y + rim >= height;
    let places = || (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let median = |channel: usize| {
        let border = places().filter(|(x, y)| is_border(*x, *y));
        let mut values: Vec<f32> =
            border.filter_map(|(x, y)| picture.at(x, y).get(channel).copied()).collect();
        values.sort_unstable_by(f32::total_cmp);
        quantile(&values, 0.5)
    };
    let usual = [0, 1, 2].map(median);
    let mut far: Vec<f32> = picture.colours.iter().map(|colour| distance(*colour, usual)).collect();
    far.sort_unstable_by(f32::total_cmp);
    quantile(&far, 0.995)
}

fn distance(a: [f32; 3], b: [f32; 3]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt()
}

/// Within which distance of their median place two thirds of the strongest gradients lie, as a share of the shorter side. Only the square
/// in the middle counts.
pub fn detail_radius(picture: &Picture) -> f32 {
    // Twice, so that grain and single hairs make no edges.
    let square = picture.square(SQUARE).smoothed().smoothed();
    let places = (1..SQUARE - 1).flat_map(|y| (1..SQUARE - 1).map(move |x| (x, y)));
    let mut found: Vec<(f32, f32, f32)> =
        places.map(|(x, y)| (gradient(&square, x, y), x as f32, y as f32)).collect();
    found.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    found.truncate((found.len() / STRONGEST).max(1));
    let middle = |place: fn(&(f32, f32, f32)) -> f32| {
        let mut places: Vec<f32> = found.iter().map(place).collect();
        places.sort_unstable_by(f32::total_cmp);
        quantile(&places, 0.5)
    };
    let (x, y) = (middle(|one| one.1), middle(|one| one.2));
    let mut far: Vec<f32> = found.iter().map(|one| (one.1 - x).hypot(one.2 - y)).collect();
    far.sort_unstable_by(f32::total_cmp);
    quantile(&far, 0.65) / SQUARE as f32
}

/// The gradient at a place over all colours (Sobel).
fn gradient(picture: &Picture, x: usize, y: usize) -> f32 {
    let sobel = |is_down: bool| {
        let mut sum = [0.0; 3];
        for (along, sign) in [(0, -1.0), (2, 1.0)] {
            for (across, weight) in [(0, 1.0), (1, 2.0), (2, 1.0)] {
                let (dx, dy) = if is_down { (across, along) } else { (along, across) };
                let colour = picture.at(x + dx - 1, y + dy - 1);
                sum.iter_mut().zip(colour).for_each(|(sum, value)| *sum += sign * weight * value);
            }
        }
        distance(sum, [0.0; 3])
    };
    sobel(false).hypot(sobel(true))
}

//! Augmentation: random changes that imitate differences between devices, programs and screens, so that the network becomes robust to them.

use super::parameters::normal;
use super::recipe::Augmentation;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// An image of `channels` planes, `side` pixels square. Values are 0 to 1, or 0 to 255 where they are bytes.
pub struct PlanarImage<'a, T> {
    /// Plane by plane, row by row.
    pub values: &'a [T],
    /// Planes, those of masks included.
    pub channels: usize,
    /// The last planes that are masks: they move with the image, but have no light and no faults.
    pub masks: usize,
    /// Pixels.
    pub side: usize,
}

/// A pixel's value from 0 to 1.
pub trait Value: Copy + Default {
    /// What the stored number means.
    fn unit(self) -> f32;
}

impl Value for f32 {
    fn unit(self) -> f32 {
        self
    }
}

impl Value for u8 {
    fn unit(self) -> f32 {
        f32::from(self) * (1.0 / 255.0)
    }
}

impl<T: Value> PlanarImage<'_, T> {
    /// The four pixels around a position, and the interpolation weights. Outside, the image is mirrored, so that no artificial border
    /// appears.
    fn between(&self, x: f32, y: f32) -> BilinearSample {
        // Whole numbers: rounding down is a call of its own on processors that this is built for.
        let whole = |place: f32| place as i32 - i32::from(place < 0.0 && place != (place as i32) as f32);
        let (left, top) = (whole(x), whole(y));
        let last = self.side as i32 - 1;
        let inside = |place: i32| (last - (last - place.abs()).abs()).max(0) as usize;
        let (x0, x1) = (inside(left), inside(left + 1));
        let (y0, y1) = (inside(top) * self.side, inside(top + 1) * self.side);
        BilinearSample {
            pixels: [y0 + x0, y0 + x1, y1 + x0, y1 + x1],
            across: x - left as f32,
            down: y - top as f32,
        }
    }

    /// One plane.
    fn plane(&self, channel: usize) -> &[T] {
        let area = self.side * self.side;
        self.values.get(channel * area..(channel + 1) * area).unwrap_or_default()
    }
}

/// Four neighbouring pixels of a plane, and how far between them a place lies.
struct BilinearSample {
    pixels: [usize; 4],
    across: f32,
    down: f32,
}

impl BilinearSample {
    /// The value there, interpolated.
    fn of<T: Value>(&self, plane: &[T]) -> f32 {
        let [a, b, c, d] = self.pixels.map(|pixel| plane.get(pixel).copied().unwrap_or_default().unit());
        let above = a * (1.0 - self.across) + b * self.across;
        let below = c * (1.0 - self.across) + d * self.across;
        above * (1.0 - self.down) + below * self.down
    }
}

/// Entries of the table of a gamma curve: four for each step of an image of eight bits.
const TONES: usize = 1024;

/// A changed copy, `side` pixels square, plane by plane: crop, stretch, turn, mirror; then light; then faults of the picture. `all`
/// takes it; what it held is lost, and its memory is used again.
pub fn augment<T: Value>(
    image: &PlanarImage<T>,
    side: usize,
    how: &Augmentation,
    random: &mut ChaCha8Rng,
    all: &mut Vec<f32>,
) {
    let plane = side * side;
    all.resize(image.channels * plane, 0.0);
    move_into(all, image, side, how, random);
    let seen = (image.channels - image.masks) * plane;
    let (values, _) = all.split_at_mut_checked(seen).unwrap_or_default();
    relight(values, how, random);
    if how.tint > 1.0 {
        values.chunks_mut(plane).for_each(|p| {
            let factor = either_way(how.tint, random);
            p.iter_mut().for_each(|v| *v *= factor);
        });
    }
    if random.random_bool(how.low_resolution.into()) {
        let factor = random.random_range(1.5..3.0f32);
        values.chunks_mut(plane).for_each(|p| coarsen(p, side, factor));
    }
    if random.random_bool(how.blur.into()) {
        let sigma = random.random_range(0.4..1.6f32);
        values.chunks_mut(plane).for_each(|p| blur(p, side, sigma));
    }
    if random.random_bool(how.noise.into()) {
        let deviation = random.random_range(0.01..0.06f32);
        values.iter_mut().for_each(|v| *v += deviation * normal(random));
    }
    if random.random_bool(how.erase.into()) {
        erase(values, side, random);
    }
    all.iter_mut().for_each(|v| *v = v.clamp(0.0, 1.0));
}

/// Crop, stretch, turn and mirror in one interpolation.
fn move_into<T: Value>(
    out: &mut [f32],
    image: &PlanarImage<T>,
    side: usize,
    how: &Augmentation,
    random: &mut ChaCha8Rng,
) {
    let zoom = random.random_range(how.crop..=how.widen.max(1.0));
    let stretch = either_way(how.stretch, random).sqrt();
    let turn = random.random_range(-how.turn..=how.turn).to_radians();
    let mirror = if random.random_bool(how.mirror.into()) { -1.0 } else { 1.0 };
    let scale = image.side as f32 / side as f32;
    // The crop may lie anywhere in the image, and a tenth of what it leaves out beyond its edge; what is wider than the
    // image shows all of it.
    let slack = (1.0 - zoom).abs() / 2.0 * image.side as f32 * if zoom < 1.0 { 1.1 } else { 1.0 };
    let centre = image.side as f32 / 2.0 - 0.5;
    let (cx, cy) =
        (centre + random.random_range(-slack..=slack), centre + random.random_range(-slack..=slack));
    let (sin, cos) = turn.sin_cos();
    let half = side as f32 / 2.0 - 0.5;
    // One line of places serves all planes.
    let mut places: Vec<BilinearSample> = Vec::with_capacity(side);
    for row in 0..side {
        let y = (row as f32 - half) * scale * zoom / stretch;
        places.clear();
        places.extend((0..side).map(|column| {
            let x = (column as f32 - half) * scale * zoom * stretch * mirror;
            image.between(cx + x * cos - y * sin, cy + x * sin + y * cos)
        }));
        for (channel, plane) in out.chunks_mut(side * side).enumerate() {
            let seen = image.plane(channel);
            let line = plane.iter_mut().skip(row * side).zip(&places);
            line.for_each(|(value, place)| *value = place.of(seen));
        }
    }
}

/// A factor from `1 / most` to `most`, as likely up as down.
fn either_way(most: f32, random: &mut ChaCha8Rng) -> f32 {
    let most = most.max(1.0).ln();
    random.random_range(-most..=most).exp()
}

/// Gamma, contrast around the mean, brightness.
fn relight(values: &mut [f32], how: &Augmentation, random: &mut ChaCha8Rng) {
    let gamma = either_way(how.gamma, random);
    let contrast = either_way(how.contrast, random);
    let brightness = random.random_range(-how.brightness..=how.brightness);
    let mean = values.iter().sum::<f32>() / values.len().max(1) as f32;
    let mean = mean.powf(gamma);
    // Powers take longer than all else that is done to an image; between the entries of a table they are near enough.
    let table: Vec<f32> = (0..=TONES + 1).map(|tone| (tone as f32 / TONES as f32).powf(gamma)).collect();
    for value in values {
        let place = value.clamp(0.0, 1.0) * TONES as f32;
        let tone = place as i32 as usize;
        let pair = (table.get(tone).copied().unwrap_or(1.0), table.get(tone + 1).copied().unwrap_or(1.0));
        let power = pair.0 + (pair.1 - pair.0) * (place - tone as f32);
        *value = (power - mean) * contrast + mean + brightness;
    }
}

/// Gaussian blur, one axis after the other.
fn blur(plane: &mut [f32], side: usize, sigma: f32) {
    let radius = (2.5 * sigma).ceil() as usize;
    let weight = |i: usize| (-(i.abs_diff(radius).pow(2) as f32) / (2.0 * sigma * sigma)).exp();
    let kernel: Vec<f32> = (0..=2 * radius).map(weight).collect();
    let total: f32 = kernel.iter().sum();
    let kernel: Vec<f32> = kernel.iter().map(|weight| weight / total).collect();
    // The edge's pixels go on beyond it.
    let beyond = |line: usize, tap: usize| (line + tap).saturating_sub(radius).min(side - 1);
    let mut wide = vec![0f32; side + 2 * radius];
    for row in plane.chunks_mut(side) {
        let ends = (row.first().copied().unwrap_or_default(), row.last().copied().unwrap_or_default());
        for (at, value) in wide.iter_mut().enumerate() {
            *value = if at < radius { ends.0 } else { row.get(at - radius).copied().unwrap_or(ends.1) };
        }
        row.fill(0.0);
        for (tap, weight) in kernel.iter().enumerate() {
            row.iter_mut().zip(wide.iter().skip(tap)).for_each(|(sum, value)| *sum += value * weight);
        }
    }
    let source = plane.to_vec();
    for (line, row) in plane.chunks_mut(side).enumerate() {
        row.fill(0.0);
        for (tap, weight) in kernel.iter().enumerate() {
            let from = source.iter().skip(beyond(line, tap) * side);
            row.iter_mut().zip(from).for_each(|(sum, value)| *sum += value * weight);
        }
    }
}

/// Shrinks by `factor` (means of boxes) and enlarges again.
fn coarsen(plane: &mut [f32], side: usize, factor: f32) {
    let small = ((side as f32 / factor) as usize).max(8);
    let mut sums = vec![(0f32, 0f32); small * small];
    let box_of: Vec<usize> = (0..side).map(|place| place * small / side).collect();
    for (row, line) in plane.chunks(side).zip(&box_of) {
        for (value, column) in row.iter().zip(&box_of) {
            if let Some((sum, count)) = sums.get_mut(line * small + column) {
                *sum += value;
                *count += 1.0;
            }
        }
    }
    let means: Vec<f32> = sums.iter().map(|(sum, count)| sum / count.max(1.0)).collect();
    let coarse = PlanarImage { values: &means, channels: 1, masks: 0, side: small };
    let scale = small as f32 / side as f32;
    let place = |p: usize| ((p as f32 + 0.5) * scale - 0.5).clamp(0.0, small as f32 - 1.001);
    for (line, row) in plane.chunks_mut(side).enumerate() {
        for (column, value) in row.iter_mut().enumerate() {
            *value = coarse.between(place(column), place(line)).of(&means);
        }
    }
}

/// Blots out a rectangle with its own mean.
fn erase(values: &mut [f32], side: usize, random: &mut ChaCha8Rng) {
    let (w, h) = (random.random_range(side / 10..=side / 3), random.random_range(side / 10..=side / 3));
    let (x, y) = (random.random_range(0..side - w), random.random_range(0..side - h));
    for plane in values.chunks_mut(side * side) {
        let mean = plane.iter().sum::<f32>() / plane.len() as f32;
        for row in plane.chunks_mut(side).skip(y).take(h) {
            row.iter_mut().skip(x).take(w).for_each(|v| *v = mean);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    const NONE: Augmentation = Augmentation {
        mirror: 0.0,
        crop: 1.0,
        widen: 1.0,
        stretch: 1.0,
        turn: 0.0,
        brightness: 0.0,
        contrast: 1.0,
        gamma: 1.0,
        tint: 1.0,
        blur: 0.0,
        noise: 0.0,
        low_resolution: 0.0,
        erase: 0.0,
    };

    fn ramp(side: usize) -> Vec<f32> {
        (0..side * side)
            .map(|i| (i % side) as f32 / side as f32 * 0.8 + (i / side) as f32 / side as f32 * 0.1)
            .collect()
    }

    fn whole(image: &PlanarImage<f32>, how: &Augmentation, seed: u64) -> Vec<f32> {
        let mut all = vec![f32::NAN; 7];
        augment(image, image.side, how, &mut ChaCha8Rng::seed_from_u64(seed), &mut all);
        all
    }

    fn changed(values: &[f32], side: usize, how: &Augmentation, seed: u64) -> Vec<f32> {
        whole(&PlanarImage { values, channels: 1, masks: 0, side }, how, seed)
    }

    #[test]
    fn nothing_asked_nothing_changed() {
        let values = ramp(24);
        let same = changed(&values, 24, &NONE, 1);
        assert!(values.iter().zip(&same).all(|(a, b)| (a - b).abs() < 1e-5));
    }

    #[test]
    fn a_mask_moves_with_its_image_and_keeps_its_light() {
        let image = ramp(24);
        let twice = [image.clone(), image].concat();
        let how = Augmentation { mirror: 1.0, turn: 20.0, crop: 0.8, brightness: 0.2, noise: 1.0, ..NONE };
        let moved = Augmentation { mirror: 1.0, turn: 20.0, crop: 0.8, ..NONE };
        let of = |masks: usize, how: &Augmentation| {
            whole(&PlanarImage { values: &twice, channels: 2, masks, side: 24 }, how, 3)
        };
        let (both, plain) = (of(1, &how), of(1, &moved));
        assert_eq!(both[576..], plain[576..]);
        assert!(both[..576] != plain[..576]);
    }

    #[test]
    fn what_lies_beyond_the_edge_is_the_image_mirrored() {
        let values = ramp(24);
        let image = PlanarImage { values: &values, channels: 1, masks: 0, side: 24 };
        let at = |x: f32, y: f32| image.between(x, y).of(&values);
        assert_eq!([at(-3.0, 5.0), at(25.0, -2.0)], [at(3.0, 5.0), at(21.0, 2.0)]);
        // Also between pixels, on either side of zero.
        assert!(
            (at(-2.75, 5.25) - at(2.75, 5.25)).abs() < 1e-6 && (at(-0.5, 0.5) - at(0.5, 0.5)).abs() < 1e-6
        );
    }

    #[test]
    fn tones_between_the_tables_are_powers_to_a_hundredth_of_a_step_of_eight_bits() {
        let how = Augmentation { gamma: 1.5, ..NONE };
        for seed in 0..20 {
            let mut values: Vec<f32> = (0..4096).map(|i| i as f32 / 4095.0).collect();
            let before = values.clone();
            relight(&mut values, &how, &mut ChaCha8Rng::seed_from_u64(seed));
            let gamma = either_way(how.gamma, &mut ChaCha8Rng::seed_from_u64(seed));
            let off = |(value, before): (&f32, &f32)| (value - before.powf(gamma)).abs();
            // The curve's first thousandth may be steep.
            let most = values.iter().zip(&before).skip(16).map(off).fold(0.0, f32::max);
            assert!(most < 1e-4, "{gamma}: {most}");
        }
    }

    #[test]
    fn a_mirror_turns_rows_around_and_nothing_else() {
        let values = ramp(24);
        let mirrored = changed(&values, 24, &Augmentation { mirror: 1.0, ..NONE }, 1);
        for (row, other) in values.chunks(24).zip(mirrored.chunks(24)) {
            assert!(row.iter().rev().zip(other).all(|(a, b)| (a - b).abs() < 1e-5));
        }
    }

    #[test]
    fn a_tint_scales_each_channel_by_a_factor_of_its_own() {
        let image = ramp(24).repeat(3);
        let how = Augmentation { tint: 1.2, ..NONE };
        let tinted = whole(&PlanarImage { values: &image, channels: 3, masks: 0, side: 24 }, &how, 1);
        // Away from the darkest column, where a ratio says nothing, and from what the end of the range cuts off.
        let ratio =
            |channel: usize, pixel: usize| tinted[channel * 576 + pixel] / image[channel * 576 + pixel];
        for channel in 0..3 {
            let factor = ratio(channel, 12);
            assert!((1.0 / 1.2..=1.2).contains(&factor));
            assert!([10, 100, 300].iter().all(|pixel| (ratio(channel, *pixel) - factor).abs() < 1e-4));
        }
        assert!((ratio(0, 12) - ratio(1, 12)).abs() > 1e-3 && (ratio(1, 12) - ratio(2, 12)).abs() > 1e-3);
    }

    #[test]
    fn blur_keeps_the_mean_and_takes_away_detail() {
        let mut values: Vec<f32> = (0..32 * 32).map(|i| ((i + i / 32) % 2) as f32).collect();
        blur(&mut values, 32, 1.5);
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        // The border repeats its own pixels, so a checkerboard's corners keep a little of their colour.
        let inner = values.chunks(32).skip(4).take(24).flat_map(|row| row.iter().skip(4).take(24));
        assert!((mean - 0.5).abs() < 1e-2 && inner.clone().count() == 576);
        assert!(inner.clone().all(|v| (v - 0.5).abs() < 0.01));
    }

    #[test]
    fn every_seed_gives_values_in_range_and_the_same_again() {
        let strong = Augmentation {
            mirror: 0.5,
            crop: 0.5,
            widen: 1.3,
            stretch: 1.5,
            turn: 30.0,
            brightness: 0.4,
            contrast: 2.0,
            gamma: 2.0,
            tint: 1.5,
            blur: 0.5,
            noise: 0.5,
            low_resolution: 0.5,
            erase: 0.5,
        };
        let values = ramp(40);
        for seed in 0..60 {
            let once = changed(&values, 40, &strong, seed);
            assert!(once.len() == 1600 && once.iter().all(|v| (0.0..=1.0).contains(v)), "seed {seed}");
            assert_eq!(once, changed(&values, 40, &strong, seed));
        }
    }
}

//! Energy of waves of four directions and three lengths (Gabor 1946; Manjunath and Ma 1996). The longer waves are looked for in the image halved
//! once and twice, which is the same as longer filters and takes less time.

use crate::classic::Square;
use std::f32::consts::PI;
use std::sync::LazyLock;

/// Directions between 0 and 180 degrees.
const DIRECTIONS: usize = 4;
/// Times that the image is halved, and once whole.
const OCTAVES: usize = 3;
/// Length of the wave, in pixels.
const WAVE: f32 = 4.0;
/// Standard deviation of the bell that the wave is cut out with: an octave wide (Daugman 1985).
const SIGMA: f32 = 0.56 * WAVE;
/// Pixels of the filter to each side.
const REACH: isize = 5;
/// Regions of a side.
const REGIONS: usize = 2;

/// A complex filter along one axis.
type Filter = Vec<(f32, f32)>;
/// For each direction the filters of a row and of a column: a round bell makes the filter of the plane their product.
static FILTERS: LazyLock<[[Filter; 2]; DIRECTIONS]> = LazyLock::new(|| {
    std::array::from_fn(|direction| {
        let angle = direction as f32 * PI / DIRECTIONS as f32;
        [angle.cos(), angle.sin()].map(|along| wave(2.0 * PI / WAVE * along))
    })
});

/// For each octave and direction mean and standard deviation of the energy in each of 2 x 2 regions: 96 numbers.
pub fn gabor(square: &Square) -> Vec<f32> {
    let (mut grey, mut side) = (square.grey(), square.side);
    let mut found = Vec::with_capacity(OCTAVES * DIRECTIONS * REGIONS * REGIONS * 2);
    for octave in 0..OCTAVES {
        if octave > 0 {
            grey = halved(&grey, side);
            side /= 2;
        }
        let mean = grey.iter().sum::<f32>() / grey.len().max(1) as f32;
        let centred: Vec<f32> = grey.iter().map(|value| value - mean).collect();
        for filters in FILTERS.iter() {
            found.extend(regions(&energy(&centred, side, filters), side));
        }
    }
    found
}

/// Means of 2 x 2 pixels.
fn halved(grey: &[f32], side: usize) -> Vec<f32> {
    let at = |x: usize, y: usize| grey.get(y * side + x).copied().unwrap_or_default();
    let of = |x: usize, y: usize| (at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1)) / 4.0;
    let half = side / 2;
    (0..half).flat_map(|y| (0..half).map(move |x| of(2 * x, 2 * y))).collect()
}

/// The length of the complex answer of each pixel.
fn energy(grey: &[f32], side: usize, [of_row, of_column]: &[Filter; 2]) -> Vec<f32> {
    let across = line(grey, &vec![0.0; grey.len()], side, of_row, (1, side));
    let (real, imaginary) = line(&across.0, &across.1, side, of_column, (side, 1));
    real.iter().zip(&imaginary).map(|(a, b)| a.hypot(*b)).collect()
}

/// The bell times the wave along one axis, of sum 1 without the wave.
fn wave(turn: f32) -> Filter {
    let bell = |x: isize| (-(x as f32).powi(2) / (2.0 * SIGMA * SIGMA)).exp();
    let all: f32 = (-REACH..=REACH).map(bell).sum();
    (-REACH..=REACH)
        .map(|x| (bell(x) / all, turn * x as f32))
        .map(|(b, t)| (b * t.cos(), b * t.sin()))
        .collect()
}

/// Convolution of a complex image along one axis; beyond the border there is nothing. `step`: from one pixel to the next, and from one line to
/// the next.
fn line(
    real: &[f32],
    imaginary: &[f32],
    side: usize,
    wave: &[(f32, f32)],
    (step, next): (usize, usize),
) -> (Vec<f32>, Vec<f32>) {
    let mut out = (vec![0f32; real.len()], vec![0f32; real.len()]);
    for (along, across) in (0..side).flat_map(|across| (0..side).map(move |along| (along, across))) {
        let (mut a, mut b) = (0f32, 0f32);
        for ((c, s), offset) in wave.iter().zip(-REACH..) {
            let Some(there) = along.checked_add_signed(offset).filter(|there| *there < side) else {
                continue;
            };
            let at = there * step + across * next;
            let (re, im) = real.get(at).zip(imaginary.get(at)).map_or((0.0, 0.0), |(re, im)| (*re, *im));
            a += re * c - im * s;
            b += re * s + im * c;
        }
        let at = along * step + across * next;
        if let (Some(x), Some(y)) = (out.0.get_mut(at), out.1.get_mut(at)) {
            (*x, *y) = (a, b);
        }
    }
    out
}

/// Mean and standard deviation of each region.
fn regions(energy: &[f32], side: usize) -> Vec<f32> {
    let mut sums = [(0f32, 0f32, 0f32); REGIONS * REGIONS];
    for (at, value) in energy.iter().enumerate() {
        let region = at / side * REGIONS / side * REGIONS + at % side * REGIONS / side;
        if let Some((count, sum, squares)) = sums.get_mut(region) {
            *count += 1.0;
            *sum += value;
            *squares += value * value;
        }
    }
    let of = |(count, sum, squares): &(f32, f32, f32)| {
        let mean = sum / count.max(1.0);
        [mean, (squares / count.max(1.0) - mean * mean).max(0.0).sqrt()]
    };
    sums.iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classic::Squares;

    #[test]
    fn a_wave_answers_in_its_own_direction_and_octave() {
        // Of 4 pixels across, and of 8 pixels down.
        let waves: [fn(usize, usize) -> usize; 2] = [|x, _| x, |_, y| y];
        for (axis, length, octave) in [(0, 4.0, 0), (1, 8.0, 1)] {
            let mut squares = Squares::new(56, 1);
            let at = |i: usize| 0.5 + 0.5 * (2.0 * PI * waves[axis](i % 56, i / 56) as f32 / length).cos();
            squares.push(&(0..56 * 56).map(at).collect::<Vec<_>>());
            let found = gabor(&squares.get(0));
            assert_eq!(found.len(), 96);
            let mean = |o: usize, d: usize| found[(o * DIRECTIONS + d) * 8];
            let direction = 2 * axis;
            let own = mean(octave, direction);
            // A cosine of amplitude 1/2 halves between the two turning directions; less at the border, and after halving.
            assert!((0.19..0.26).contains(&own), "{own}");
            let others = (0..OCTAVES).flat_map(|o| (0..DIRECTIONS).map(move |d| (o, d)));
            for (o, d) in others.filter(|other| *other != (octave, direction)) {
                assert!(mean(o, d) < 0.7 * own, "octave {o}, direction {d}: {}", mean(o, d));
            }
        }
    }
}

//! Texture by grey-level co-occurrence (Haralick, Shanmugam and Dinstein 1973): how often two levels of grey lie beside each other.

use crate::classic::Square;

/// Levels of grey.
const LEVELS: usize = 16;
/// Steps between the two pixels: to the right, down, and along both diagonals, one and two pixels far.
const STEPS: [(isize, isize); 8] = [(1, 0), (0, 1), (1, 1), (-1, 1), (2, 0), (0, 2), (2, 2), (-2, 2)];

/// For each step six figures of its matrix: contrast, dissimilarity, homogeneity, energy, entropy and correlation; 48 numbers.
pub fn glcm(square: &Square) -> Vec<f32> {
    let level = |grey: &f32| ((grey * LEVELS as f32) as usize).min(LEVELS - 1);
    let levels: Vec<usize> = square.grey().iter().map(level).collect();
    STEPS.iter().flat_map(|step| figures(&matrix(&levels, square.side, *step))).collect()
}

/// Shares of pairs of levels, each pair counted both ways.
fn matrix(levels: &[usize], side: usize, (dx, dy): (isize, isize)) -> Vec<f64> {
    let at = |x: usize, y: usize| levels.get(y * side + x).copied();
    let mut counts = vec![0f64; LEVELS * LEVELS];
    let mut all = 0.0;
    for (x, y) in (0..side).flat_map(|y| (0..side).map(move |x| (x, y))) {
        let there = x.checked_add_signed(dx).filter(|x| *x < side).zip(y.checked_add_signed(dy));
        let Some((a, b)) = at(x, y).zip(there.and_then(|(x, y)| at(x, y))) else { continue };
        for pair in [a * LEVELS + b, b * LEVELS + a] {
            if let Some(count) = counts.get_mut(pair) {
                *count += 1.0;
            }
            all += 1.0;
        }
    }
    counts.iter_mut().for_each(|count| *count /= f64::max(all, 1.0));
    counts
}

fn figures(matrix: &[f64]) -> [f32; 6] {
    let cells = || matrix.iter().enumerate().map(|(at, p)| ((at / LEVELS) as f64, (at % LEVELS) as f64, *p));
    let sum = |of: &dyn Fn(f64, f64, f64) -> f64| cells().map(|(i, j, p)| of(i, j, p)).sum::<f64>();
    // The matrix is symmetric, so that rows and columns have one mean and one variance.
    let mean = sum(&|i, _, p| i * p);
    let variance = sum(&|i, _, p| (i - mean).powi(2) * p);
    let together = sum(&|i, j, p| (i - mean) * (j - mean) * p);
    [
        sum(&|i, j, p| (i - j).powi(2) * p),
        sum(&|i, j, p| (i - j).abs() * p),
        sum(&|i, j, p| p / (1.0 + (i - j).powi(2))),
        sum(&|_, _, p| p * p).sqrt(),
        sum(&|_, _, p| if p > 0.0 { -p * p.ln() } else { 0.0 }),
        // An even image goes together with itself.
        if variance > 1e-12 { together / variance } else { 1.0 },
    ]
    .map(|figure| figure as f32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classic::Squares;

    #[test]
    fn a_chessboard_is_all_contrast() {
        let mut squares = Squares::new(28, 1);
        squares.push(&(0..28 * 28).map(|at| ((at % 28 + at / 28) % 2) as f32).collect::<Vec<_>>());
        squares.push(&vec![0.3; 28 * 28]);
        let board = glcm(&squares.get(0));
        // To the right: always levels 0 and 15, half each way.
        let close = |a: f32, b: f64| (f64::from(a) - b).abs() < 1e-5;
        let expected = [225.0, 15.0, 1.0 / 226.0, 0.5f64.sqrt(), 2f64.ln(), -1.0];
        assert!(board[..6].iter().zip(expected).all(|(a, b)| close(*a, b)), "{:?}", &board[..6]);
        // Along the diagonal: always the same level.
        let expected = [0.0, 0.0, 1.0, 0.5f64.sqrt(), 2f64.ln(), 1.0];
        assert!(board[12..18].iter().zip(expected).all(|(a, b)| close(*a, b)), "{:?}", &board[12..18]);
        assert_eq!(glcm(&squares.get(1))[..6], [0.0, 0.0, 1.0, 1.0, 0.0, 1.0]);
    }
}

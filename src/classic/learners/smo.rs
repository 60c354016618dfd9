//! Sequential minimal optimisation of a support vector machine (Platt 1998), the pair chosen by second-order information (Fan, Chen and Lin 2005,
//! as in LIBSVM).

use crate::classic::{Error, Matrix, Watch};

/// The pair that violates the conditions of the optimum most may do so by this much, as LIBSVM's default.
const TOLERANCE: f64 = 1e-3;
/// Least curvature along a pair.
const LEAST: f64 = 1e-12;

/// A machine of two sides: a weight for each of the rows that it learned from, 0 for those that are no support vectors, and the intercept.
pub(super) struct Machine {
    pub weights: Vec<f64>,
    pub intercept: f64,
}

/// `kernel`: of all rows with all rows. Learns from the rows at `indices`, `sides` their sides; errors cost `c` each.
pub(super) fn solve(
    kernel: &Matrix,
    indices: &[usize],
    sides: &[bool],
    c: f64,
    watch: Watch,
) -> Result<Machine, Error> {
    let y: Vec<f64> = sides.iter().map(|side| if *side { 1.0 } else { -1.0 }).collect();
    let n = indices.len().min(y.len());
    let rows = |i: usize| kernel.row(indices.get(i).copied().unwrap_or(usize::MAX));
    let at =
        |row: &[f32], i: usize| f64::from(indices.get(i).and_then(|k| row.get(*k)).copied().unwrap_or(0.0));
    let mut alpha = vec![0f64; n];
    // -y times the gradient of the dual: what is still lacking at each row.
    let mut lacking: Vec<f64> = y.iter().copied().take(n).collect();
    for step in 0..(100 * n).max(10_000) {
        if step % 1000 == 0 {
            watch((step as f32 / (5 * n + 1000) as f32).min(0.99))?;
        }
        let state = || alpha.iter().zip(&y).zip(&lacking).enumerate();
        let rises = |a: f64, y: f64| if y > 0.0 { a < c } else { a > 0.0 };
        let falls = |a: f64, y: f64| if y > 0.0 { a > 0.0 } else { a < c };
        let up = state().filter(|(_, ((a, y), _))| rises(**a, **y));
        let Some((i, (_, most))) = up.max_by(|a, b| a.1.1.total_cmp(b.1.1)) else { break };
        let (most, row) = (*most, rows(i));
        let own = at(row, i);
        let down = state().filter(|(_, ((a, y), g))| falls(**a, **y) && **g < most);
        let gain = |j: usize, g: f64| {
            let curvature = (own + at(rows(j), j) - 2.0 * at(row, j)).max(LEAST);
            (most - g).powi(2) / curvature
        };
        let (mut best, mut least) = (None, most);
        for (j, (_, g)) in down {
            least = least.min(*g);
            let gain = gain(j, *g);
            if best.is_none_or(|(_, its, _)| gain > its) {
                best = Some((j, gain, *g));
            }
        }
        let Some((j, _, g)) = best.filter(|_| most - least >= TOLERANCE) else { break };
        let other = rows(j);
        let curvature = (own + at(other, j) - 2.0 * at(row, j)).max(LEAST);
        let room = |i: usize, grows: bool| match (alpha.get(i), grows) {
            (Some(a), true) => c - a,
            (Some(a), false) => *a,
            _ => 0.0,
        };
        let sign = |i: usize| y.get(i).copied().unwrap_or(1.0);
        let length = ((most - g) / curvature).min(room(i, sign(i) > 0.0)).min(room(j, sign(j) < 0.0));
        for (k, by) in [(i, sign(i) * length), (j, -sign(j) * length)] {
            if let Some(a) = alpha.get_mut(k) {
                *a = (*a + by).clamp(0.0, c);
            }
        }
        for (lacking, k) in lacking.iter_mut().zip(indices) {
            let difference = row.get(*k).zip(other.get(*k)).map_or(0.0, |(a, b)| f64::from(a - b));
            *lacking -= length * difference;
        }
    }
    Ok(Machine {
        intercept: intercept(&alpha, &y, &lacking, c),
        weights: alpha.iter().zip(&y).map(|(a, y)| a * y).collect(),
    })
}

/// What is lacking at the rows that lie on the margin, on average; if there are none, the middle of what the others allow.
fn intercept(alpha: &[f64], y: &[f64], lacking: &[f64], c: f64) -> f64 {
    let free: Vec<f64> =
        alpha.iter().zip(lacking).filter(|(a, _)| **a > 0.0 && **a < c).map(|(_, g)| *g).collect();
    if !free.is_empty() {
        return free.iter().sum::<f64>() / free.len() as f64;
    }
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for ((a, y), g) in alpha.iter().zip(y).zip(lacking) {
        if (*a < c) == (*y > 0.0) { high = high.max(*g) } else { low = low.min(*g) }
    }
    if low.is_finite() && high.is_finite() { (low + high) / 2.0 } else { 0.0 }
}

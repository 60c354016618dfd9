//! Minimises a smooth convex function: limited-memory BFGS (Liu and Nocedal 1989; Nocedal and Wright 2006, algorithms 7.4 and 3.1).

use super::{Error, Watch};
use std::collections::VecDeque;

/// Pairs of steps that are remembered.
const MEMORY: usize = 10;
/// Sufficient decrease (Armijo).
const DECREASE: f64 = 1e-4;
/// By how much of the value two values may differ by rounding alone. Where a step changes less, the slope decides (Hager and Zhang 2005,
/// equation 4.1): the value is flat around the minimum, the slope is not, so that sums in 32 bits come nearer to it.
const ROUNDING: f64 = 1e-6;
/// Of the slope, how much a step must at least take away to be accepted by it.
const CURVATURE: f64 = 0.1;
/// Halvings of a step before the search gives up: the function then cannot be told from flat in this precision.
const HALVINGS: usize = 30;

/// Steps in which the gradient's largest component shrinks by less than a tenth before the search gives up: it then cannot be told better.
const PATIENCE: usize = 100;

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Steps at most.
    pub steps: usize,
    /// The largest component of the gradient at the minimum.
    pub gradient: f64,
}

/// The minimum near `start`. `function` returns value and gradient.
pub(super) fn minimise(
    start: Vec<f64>,
    limits: Limits,
    watch: Watch,
    function: impl Fn(&[f64]) -> Result<(f64, Vec<f64>), Error>,
) -> Result<Vec<f64>, Error> {
    let mut at = start;
    let (mut value, mut gradient) = function(&at)?;
    let mut pairs: VecDeque<Pair> = VecDeque::new();
    let (mut least, mut found_at) = (f64::INFINITY, 0);
    for step in 0..limits.steps {
        watch(step as f32 / limits.steps as f32)?;
        let steepest = gradient.iter().fold(0f64, |most, g| most.max(g.abs()));
        if steepest < 0.9 * least {
            (least, found_at) = (steepest, step);
        }
        if steepest <= limits.gradient || step - found_at > PATIENCE {
            break;
        }
        let mut direction = descent(&gradient, &pairs);
        let mut slope = dot(&direction, &gradient);
        if slope >= 0.0 {
            pairs.clear();
            direction = gradient.iter().map(|g| -g).collect();
            slope = -dot(&gradient, &gradient);
        }
        // Without a memory the gradient's length says nothing of the step's.
        let mut length =
            if pairs.is_empty() { (1.0 / dot(&gradient, &gradient).sqrt()).min(1.0) } else { 1.0 };
        let mut found = None;
        for _ in 0..HALVINGS {
            let there: Vec<f64> = at.iter().zip(&direction).map(|(a, d)| a + length * d).collect();
            let (low, its) = function(&there)?;
            let falls = low <= value + DECREASE * length * slope;
            if falls || (low <= value + ROUNDING * value.abs() && is_flatter(slope, dot(&direction, &its))) {
                found = Some((there, low, its));
                break;
            }
            length /= 2.0;
        }
        let Some((there, low, its)) = found else { break };
        let moved: Vec<f64> = there.iter().zip(&at).map(|(a, b)| a - b).collect();
        let turned: Vec<f64> = its.iter().zip(&gradient).map(|(a, b)| a - b).collect();
        let curvature = dot(&moved, &turned);
        if curvature > 1e-12 * dot(&turned, &turned) {
            pairs.push_back(Pair { inverse: 1.0 / curvature, moved, turned });
            if pairs.len() > MEMORY {
                pairs.pop_front();
            }
        }
        (at, value, gradient) = (there, low, its);
    }
    Ok(at)
}

/// Whether the slope along a direction is nearer to 0 after a step, and does not rise steeper than it fell.
fn is_flatter(before: f64, after: f64) -> bool {
    ((1.0 - CURVATURE) * before..=(2.0 * DECREASE - 1.0) * before).contains(&after)
}

/// A step and how the gradient changed along it.
struct Pair {
    moved: Vec<f64>,
    turned: Vec<f64>,
    inverse: f64,
}

/// The two-loop recursion.
fn descent(gradient: &[f64], pairs: &VecDeque<Pair>) -> Vec<f64> {
    let mut q: Vec<f64> = gradient.to_vec();
    let mut factors = Vec::new();
    for pair in pairs.iter().rev() {
        let factor = pair.inverse * dot(&pair.moved, &q);
        q.iter_mut().zip(&pair.turned).for_each(|(q, y)| *q -= factor * y);
        factors.push(factor);
    }
    if let Some(last) = pairs.back() {
        let scale = 1.0 / (last.inverse * dot(&last.turned, &last.turned));
        q.iter_mut().for_each(|q| *q *= scale);
    }
    for (pair, factor) in pairs.iter().zip(factors.iter().rev()) {
        let change = factor - pair.inverse * dot(&pair.turned, &q);
        q.iter_mut().zip(&pair.moved).for_each(|(q, s)| *q += change * s);
    }
    q.into_iter().map(|q| -q).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretched_bowl_is_minimised_and_a_stop_is_obeyed() {
        // f = sum_i i (x_i - i)^2, minimum at x_i = i.
        let bowl = |x: &[f64]| {
            let terms = x.iter().enumerate().map(|(i, x)| (i as f64 + 1.0, x - i as f64));
            Ok((terms.clone().map(|(w, d)| w * d * d).sum(), terms.map(|(w, d)| 2.0 * w * d).collect()))
        };
        let limits = Limits { steps: 200, gradient: 1e-9 };
        let found = minimise(vec![5.0; 40], limits, &|_| Ok(()), bowl).unwrap();
        assert!(found.iter().enumerate().all(|(i, x)| (x - i as f64).abs() < 1e-8), "{found:?}");
        // Values that are rounded as in 32 bits say nothing of the last steps; slopes still do.
        let rounded =
            |x: &[f64]| bowl(x).map(|(value, gradient): (f64, _)| (f64::from(value as f32 + 1e4), gradient));
        let found =
            minimise(vec![5.0; 40], Limits { steps: 200, gradient: 1e-6 }, &|_| Ok(()), rounded).unwrap();
        assert!(found.iter().enumerate().all(|(i, x)| (x - i as f64).abs() < 1e-6), "{found:?}");
        let stopped = minimise(vec![5.0; 3], limits, &|_| Err(Error::Stopped), bowl);
        assert!(matches!(stopped, Err(Error::Stopped)));
    }
}

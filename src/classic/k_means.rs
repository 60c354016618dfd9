//! k-means (Lloyd 1982), begun by k-means++ (Arthur and Vassilvitskii 2007).

use super::Matrix;
use super::matrix::squared_distance;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Rounds at most.
const ROUNDS: usize = 50;

/// Centres, and the nearest of each row.
#[derive(Debug)]
pub(super) struct Clusters {
    pub centres: Matrix,
    pub nearest: Vec<usize>,
}

/// At most `count` clusters; fewer where there are fewer different rows.
pub(super) fn k_means(table: &Matrix, count: usize, seed: u64) -> Clusters {
    let mut centres = begin(table, count, &mut ChaCha8Rng::seed_from_u64(seed));
    let mut own = assign(table, &centres);
    for _ in 0..ROUNDS {
        let columns = table.columns();
        let mut sums = vec![vec![0f64; columns]; centres.rows()];
        let mut counts = vec![0f64; centres.rows()];
        for (row, k) in table.iter().zip(&own) {
            if let (Some(sum), Some(count)) = (sums.get_mut(*k), counts.get_mut(*k)) {
                sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
                *count += 1.0;
            }
        }
        for ((centre, sum), count) in
            centres.values_mut().chunks_mut(columns.max(1)).zip(&sums).zip(&counts).filter(|(_, c)| **c > 0.0)
        {
            centre.iter_mut().zip(sum).for_each(|(value, sum)| *value = (sum / count) as f32);
        }
        let next = assign(table, &centres);
        if next == own {
            break;
        }
        own = next;
    }
    Clusters { centres, nearest: own }
}

/// The nearest centre of each row; of equal ones the first.
fn assign(table: &Matrix, centres: &Matrix) -> Vec<usize> {
    table.par_iter().map(|row| nearest(row, centres)).collect()
}

pub(super) fn nearest(row: &[f32], centres: &Matrix) -> usize {
    let distances = centres.iter().map(|centre| squared_distance(row, centre)).enumerate();
    distances.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(index, _)| index)
}

/// Each next centre is a row drawn with a chance that grows with the square of its distance to those before.
fn begin(table: &Matrix, count: usize, random: &mut ChaCha8Rng) -> Matrix {
    let mut chosen = vec![random.random_range(0..table.rows().max(1) as u64) as usize];
    let mut far = vec![f64::INFINITY; table.rows()];
    while chosen.len() < count {
        let last = table.row(chosen.last().copied().unwrap_or_default());
        far.par_iter_mut().zip(table.par_iter()).for_each(|(far, row)| {
            *far = far.min(f64::from(squared_distance(row, last)));
        });
        let mut left = random.random::<f64>() * far.iter().sum::<f64>();
        let is_hit = |(_, far): &(usize, &f64)| {
            left -= **far;
            left < 0.0
        };
        // None is left where all rows are centres already.
        let Some((next, _)) = far.iter().enumerate().find(is_hit) else { break };
        chosen.push(next);
    }
    table.pick(&chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_heaps_are_found() {
        let heaps = [0.0, 10.0, 20.0];
        let table = Matrix::new(1, heaps.iter().flat_map(|heap| [heap - 1.0, *heap, heap + 1.0]).collect());
        let clusters = k_means(&table, 3, 7);
        let mut centres = clusters.centres.values().to_vec();
        centres.sort_by(f32::total_cmp);
        assert_eq!(centres, heaps);
        assert!(clusters.nearest.chunks(3).all(|heap| heap.iter().all(|k| *k == heap[0])));
        assert_eq!(k_means(&Matrix::new(1, vec![2.0; 5]), 3, 1).centres.rows(), 1);
    }
}

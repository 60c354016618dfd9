//! Deterministic k-means.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Number of random starts; the one with the smallest sum of squares is kept.
const STARTS: u64 = 8;
/// Maximum iterations of a start; some thousand points have needed fewer.
const ROUNDS: usize = 100;

/// The cluster of each point; cluster 0 is the largest. Lloyd's algorithm with k-means++ initialisation
/// (Arthur and Vassilvitskii 2007). A cluster may be empty if there are fewer distinct points than clusters.
pub(super) fn k_means<const N: usize>(points: &[[f64; N]], count: usize) -> Vec<usize> {
    let tried = (0..STARTS).map(|seed| settle(points, count, &mut ChaCha8Rng::seed_from_u64(seed)));
    let best = tried.min_by(|(one, _), (other, _)| one.total_cmp(other));
    by_size(best.map(|(_, clusters)| clusters).unwrap_or_default(), count)
}

/// The sum of squared distances to the centres, and the clusters.
fn settle<const N: usize>(points: &[[f64; N]], count: usize, random: &mut ChaCha8Rng) -> (f64, Vec<usize>) {
    let mut centres = first_centres(points, count, random);
    let mut found: Vec<(usize, f64)> = Vec::new();
    for _ in 0..ROUNDS {
        let now: Vec<(usize, f64)> = points.iter().map(|point| nearest(point, &centres)).collect();
        let is_settled = now == found;
        found = now;
        if is_settled {
            break;
        }
        for (cluster, centre) in centres.iter_mut().enumerate() {
            let own = points.iter().zip(&found).filter(|(_, (c, _))| *c == cluster).map(|(point, _)| point);
            if let Some(mean) = mean(own) {
                *centre = mean;
            }
        }
    }
    (
        found.iter().map(|(_, distance)| distance).sum(),
        found.into_iter().map(|(cluster, _)| cluster).collect(),
    )
}

/// Initial centres, drawn with a probability proportional to the squared distance from those already drawn
/// (k-means++).
fn first_centres<const N: usize>(
    points: &[[f64; N]],
    count: usize,
    random: &mut ChaCha8Rng,
) -> Vec<[f64; N]> {
    let mut centres: Vec<[f64; N]> = Vec::new();
    while centres.len() < count {
        let far = |point| if centres.is_empty() { 1.0 } else { nearest(point, &centres).1 };
        let weights: Vec<f64> = points.iter().map(far).collect();
        let mut left = random.random::<f64>() * weights.iter().sum::<f64>();
        let drawn = weights.iter().position(|weight| {
            left -= weight;
            left < 0.0
        });
        match points.get(drawn.unwrap_or_default()) {
            Some(point) => centres.push(*point),
            None => break,
        }
    }
    centres
}

/// The nearest centre and its squared distance.
fn nearest<const N: usize>(point: &[f64; N], centres: &[[f64; N]]) -> (usize, f64) {
    let distance =
        |centre: &[f64; N]| -> f64 { point.iter().zip(centre).map(|(p, c)| (p - c).powi(2)).sum() };
    let all = centres.iter().map(distance).enumerate();
    all.min_by(|(_, one), (_, other)| one.total_cmp(other)).unwrap_or_default()
}

/// The mean of points; `None` without points.
pub(super) fn mean<'a, const N: usize>(points: impl Iterator<Item = &'a [f64; N]>) -> Option<[f64; N]> {
    let (mut sum, mut count) = ([0f64; N], 0f64);
    for point in points {
        sum.iter_mut().zip(point).for_each(|(sum, value)| *sum += value);
        count += 1.0;
    }
    (count > 0.0).then(|| sum.map(|sum| sum / count))
}

/// Renumbers the clusters by size, the largest first.
fn by_size(clusters: Vec<usize>, count: usize) -> Vec<usize> {
    let size = |cluster: &usize| clusters.iter().filter(|c| *c == cluster).count();
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|cluster| std::cmp::Reverse(size(cluster)));
    clusters.iter().map(|cluster| order.iter().position(|c| c == cluster).unwrap_or_default()).collect()
}

#[cfg(test)]
mod tests {
    use super::{k_means, mean};
    use proptest::prelude::*;
    use rand::{Rng as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    /// Three groups of 30, 20 and 10 points around distant corners.
    fn heaps() -> (Vec<[f64; 2]>, Vec<usize>) {
        let corners = [(30, [0.0, 0.0]), (20, [10.0, 0.0]), (10, [0.0, 10.0])];
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let (mut points, mut heaps) = (Vec::new(), Vec::new());
        for (heap, (size, corner)) in corners.into_iter().enumerate() {
            for _ in 0..size {
                points.push(corner.map(|value| value + random.random_range(-1.0..1.0)));
                heaps.push(heap);
            }
        }
        (points, heaps)
    }

    #[test]
    fn heaps_are_found_and_numbered_by_size() {
        let (points, heaps) = heaps();
        assert_eq!(k_means(&points, 3), heaps);
    }

    #[test]
    fn points_in_another_order_fall_into_the_same_heaps() {
        let (mut points, mut heaps) = heaps();
        points.reverse();
        heaps.reverse();
        assert_eq!(k_means(&points, 3), heaps);
    }

    #[test]
    fn fewer_different_points_than_clusters_leave_some_empty() {
        assert_eq!(k_means(&[[1.0]; 5], 3), [0; 5]);
        assert_eq!(k_means::<1>(&[], 3), [0; 0]);
    }

    proptest! {
        #[test]
        fn every_point_lies_nearest_to_its_own_clusters_mean(points in proptest::collection::vec([-5.0f64..5.0, -5.0..5.0], 8..60), count in 1..5usize) {
            let clusters = k_means(&points, count);
            let own = |cluster: usize| mean(points.iter().zip(&clusters).filter(|(_, c)| **c == cluster).map(|(point, _)| point));
            let means: Vec<[f64; 2]> = (0..count).map(|cluster| own(cluster).unwrap_or([f64::MAX; 2])).collect();
            for (point, cluster) in points.iter().zip(&clusters) {
                let to = |mean: &[f64; 2]| (point[0] - mean[0]).powi(2) + (point[1] - mean[1]).powi(2);
                prop_assert!(means.iter().all(|mean| to(&means[*cluster]) <= to(mean) + 1e-9));
            }
        }
    }
}

//! Figures with intervals, by a bootstrap over whole groups: images of one patient are alike, so that drawing them one by one would make
//! intervals too narrow.

use super::comparison::Figure;
use crate::metrics::{most_probable, negative_log, percentile_interval};
use crate::units::Estimate;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Resamplings.
const ROUNDS: u64 = 1000;

/// The figures of one method on all images and on each resampling, in the order of [`Figure::ALL`]; NaN where a figure is undefined.
pub(super) struct Resampled {
    all: [f64; 5],
    rounds: Vec<[f64; 5]>,
}

impl Resampled {
    /// The same labels, groups and seed give the same resamplings, so that two methods can be compared round by round.
    pub fn new(rows: &[Vec<f32>], labels: &[usize], groups: &[usize], seed: u64) -> Self {
        let scored = Scored::new(rows, labels);
        let mut numbers: BTreeMap<usize, usize> = BTreeMap::new();
        for group in groups {
            let next = numbers.len();
            numbers.entry(*group).or_insert(next);
        }
        let own: Vec<usize> = groups.iter().filter_map(|group| numbers.get(group).copied()).collect();
        let round = |round: u64| {
            let mut random = ChaCha8Rng::seed_from_u64(seed.wrapping_mul(ROUNDS).wrapping_add(round));
            let mut times = vec![0f64; numbers.len()];
            for _ in 0..numbers.len() {
                let drawn = random.random_range(0..numbers.len() as u64) as usize;
                if let Some(times) = times.get_mut(drawn) {
                    *times += 1.0;
                }
            }
            let weights: Vec<f64> = own.iter().filter_map(|group| times.get(*group).copied()).collect();
            scored.figures(&weights)
        };
        let rounds = if numbers.is_empty() { 0 } else { ROUNDS };
        Self {
            all: scored.figures(&vec![1.0; labels.len()]),
            rounds: (0..rounds).into_par_iter().map(round).collect(),
        }
    }

    /// Each figure that is defined, with its 95 % percentile interval.
    pub fn estimates(&self) -> BTreeMap<Figure, Estimate> {
        let of = |(figure, value): (Figure, f64)| {
            let values: Vec<f64> = self.column(figure).filter(|value| !value.is_nan()).collect();
            let is_defined = !value.is_nan() && values.len() * 2 >= self.rounds.len();
            let (low, high) = percentile_interval(values).filter(|_| is_defined)?;
            Some((figure, Estimate { value, low, high }))
        };
        Figure::ALL.into_iter().zip(self.all).filter_map(of).collect()
    }

    fn column(&self, figure: Figure) -> impl Iterator<Item = f64> {
        let at = Figure::ALL.iter().position(|one| *one == figure).unwrap_or_default();
        self.rounds.iter().filter_map(move |round| round.get(at).copied())
    }
}

/// The shares of resamplings in which the first is better by more than is negligible, in which neither is, and in which the second is.
pub(super) fn shares_better(a: &Resampled, b: &Resampled, figure: Figure, negligible: f64) -> [f64; 3] {
    let sign = if figure.is_loss() { -1.0 } else { 1.0 };
    let differences: Vec<f64> =
        a.column(figure).zip(b.column(figure)).map(|(a, b)| sign * (a - b)).filter(|d| !d.is_nan()).collect();
    let share = |is: &dyn Fn(&f64) -> bool| {
        differences.iter().filter(|d| is(d)).count() as f64 / differences.len().max(1) as f64
    };
    [share(&|d| *d > negligible), share(&|d| d.abs() <= negligible), share(&|d| *d < -negligible)]
}

/// One method's answers, prepared so that a resampling costs no sorting.
struct Scored {
    classes: usize,
    labels: Vec<usize>,
    named: Vec<usize>,
    losses: Vec<f64>,
    /// For each class that is judged: the images by ascending score, each with whether it ties with the one before.
    orders: Vec<(usize, Vec<(usize, bool)>)>,
}

impl Scored {
    fn new(rows: &[Vec<f32>], labels: &[usize]) -> Self {
        let classes = rows.first().map_or(0, Vec::len);
        let score = |image: usize, class: usize| {
            rows.get(image).and_then(|row| row.get(class)).copied().unwrap_or_default()
        };
        let order = |class: usize| {
            let mut order: Vec<usize> = (0..rows.len()).collect();
            order.sort_by(|a, b| score(*a, class).total_cmp(&score(*b, class)));
            let before = std::iter::once(None).chain(order.iter().copied().map(Some));
            let tied = order.iter().zip(before).map(|(own, before)| {
                (*own, before.is_some_and(|before| score(before, class) == score(*own, class)))
            });
            (class, tied.collect())
        };
        // Of two classes one is the other turned around.
        let first = if classes == 2 { 1 } else { 0 };
        let loss =
            |(row, label): (&Vec<f32>, &usize)| negative_log(row.get(*label).copied().unwrap_or_default());
        Self {
            classes,
            labels: labels.to_vec(),
            named: rows.iter().map(|row| most_probable(row)).collect(),
            losses: rows.iter().zip(labels).map(loss).collect(),
            orders: (first..classes).map(order).collect(),
        }
    }

    /// With each image counted as often as its weight says.
    fn figures(&self, weights: &[f64]) -> [f64; 5] {
        let all: f64 = weights.iter().sum();
        let mut confusion = vec![vec![0f64; self.classes]; self.classes];
        for ((named, label), weight) in self.named.iter().zip(&self.labels).zip(weights) {
            if let Some(cell) = confusion.get_mut(*label).and_then(|row| row.get_mut(*named)) {
                *cell += weight;
            }
        }
        let right =
            |class: usize| confusion.get(class).and_then(|row| row.get(class)).copied().unwrap_or(0.0);
        let of = |class: usize| confusion.get(class).map_or(0.0, |row| row.iter().sum::<f64>());
        let called = |class: usize| confusion.iter().filter_map(|row| row.get(class)).sum::<f64>();
        let mean = |values: &mut dyn Iterator<Item = Option<f64>>| {
            let values: Vec<f64> = values.flatten().collect();
            values.iter().sum::<f64>() / values.len() as f64
        };
        let classes = || 0..self.classes;
        let loss = self.losses.iter().zip(weights).map(|(loss, weight)| loss * weight).sum::<f64>();
        [
            self.orders.iter().map(|(class, order)| self.area(*class, order, weights)).sum::<f64>()
                / self.orders.len() as f64,
            classes().map(right).sum::<f64>() / all,
            mean(&mut classes().map(|c| (of(c) > 0.0).then(|| right(c) / of(c)))),
            mean(
                &mut classes()
                    .map(|c| (of(c) + called(c) > 0.0).then(|| 2.0 * right(c) / (of(c) + called(c)))),
            ),
            loss / all,
        ]
    }

    /// The area under the ROC curve; NaN if all or none of the images are of the class.
    fn area(&self, class: usize, order: &[(usize, bool)], weights: &[f64]) -> f64 {
        let (mut with, mut without, mut area) = (0f64, 0f64, 0f64);
        // Of the images that tie with the last one.
        let (mut own, mut other) = (0f64, 0f64);
        for (image, is_tied) in order {
            if !is_tied {
                area += own * (without + other / 2.0);
                (with, without) = (with + own, without + other);
                (own, other) = (0.0, 0.0);
            }
            let weight = weights.get(*image).copied().unwrap_or_default();
            let is_own = self.labels.get(*image) == Some(&class);
            if is_own { own += weight } else { other += weight }
        }
        area += own * (without + other / 2.0);
        area / ((with + own) * (without + other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics;
    use proptest::prelude::*;

    fn answers() -> impl Strategy<Value = (Vec<Vec<f32>>, Vec<usize>)> {
        let image = (proptest::collection::vec(1..6u8, 3), 0..3usize);
        proptest::collection::vec(image, 6..40).prop_map(|images| {
            let row = |parts: Vec<u8>| {
                let sum: f32 = parts.iter().map(|p| f32::from(*p)).sum();
                parts.iter().map(|p| f32::from(*p) / sum).collect()
            };
            images.into_iter().map(|(parts, label)| (row(parts), label)).unzip()
        })
    }

    proptest! {
        #[test]
        fn weights_of_one_give_the_figures_of_metrics((rows, labels) in answers()) {
            let [auc, accuracy, balanced, f1, loss] = Scored::new(&rows, &labels).figures(&vec![1.0; rows.len()]);
            let close = |a: f64, b: Option<f64>| b.map_or(a.is_nan(), |b| (a - b).abs() < 1e-6);
            let named: Vec<usize> = rows.iter().map(|row| most_probable(row)).collect();
            prop_assert!(close(auc, metrics::macro_auc(&rows, &labels)));
            prop_assert!(close(accuracy, metrics::accuracy(&rows, &labels)));
            prop_assert!(close(balanced, metrics::balanced_accuracy(&rows, &labels)));
            prop_assert!(close(f1, metrics::macro_f1(&metrics::confusion(&named, &labels, 3))));
            prop_assert!(close(loss, metrics::log_loss(&rows, &labels)));
        }

        #[test]
        fn an_image_of_weight_two_counts_as_two((rows, labels) in answers()) {
            let twice = Scored::new(&[rows.clone(), rows.clone()].concat(), &[labels.clone(), labels.clone()].concat());
            let once = Scored::new(&rows, &labels).figures(&vec![2.0; rows.len()]);
            for (a, b) in once.into_iter().zip(twice.figures(&vec![1.0; 2 * rows.len()])) {
                prop_assert!((a - b).abs() < 1e-9 || a.is_nan() && b.is_nan());
            }
        }
    }

    #[test]
    fn whole_groups_are_drawn_so_that_their_interval_is_wider() {
        let labels: Vec<usize> = (0..200).map(|i| i % 2).collect();
        // Right for nine of ten groups of twenty.
        let rows: Vec<Vec<f32>> = labels
            .iter()
            .enumerate()
            .map(|(i, label)| if (i / 20 == 0) == (*label == 0) { vec![0.1, 0.9] } else { vec![0.9, 0.1] })
            .collect();
        let width = |groups: &[usize]| {
            let accuracy = Resampled::new(&rows, &labels, groups, 1).estimates()[&Figure::Accuracy];
            assert_eq!(accuracy.value, 0.9);
            accuracy.high - accuracy.low
        };
        let (alone, together) =
            (width(&(0..200).collect::<Vec<_>>()), width(&(0..200).map(|i| i / 20).collect::<Vec<_>>()));
        // 2 * 1.96 * sqrt(0.9 * 0.1 / n) with n of 200 and of 10.
        assert!((alone - 0.083).abs() < 0.015 && together > 0.25, "{alone} {together}");
    }

    #[test]
    fn a_method_that_is_always_better_is_better_in_every_round() {
        let labels: Vec<usize> = (0..60).map(|i| i % 2).collect();
        let of = |wrong: usize| -> Vec<Vec<f32>> {
            let right = |(i, label): (usize, &usize)| (i >= wrong) == (*label == 1);
            labels
                .iter()
                .enumerate()
                .map(|one| if right(one) { vec![0.2, 0.8] } else { vec![0.8, 0.2] })
                .collect()
        };
        let groups: Vec<usize> = (0..60).collect();
        let (good, bad) = (of(0), of(30));
        let (good, bad) =
            (Resampled::new(&good, &labels, &groups, 4), Resampled::new(&bad, &labels, &groups, 4));
        assert_eq!(shares_better(&good, &bad, Figure::Accuracy, 0.01), [1.0, 0.0, 0.0]);
        assert_eq!(shares_better(&bad, &good, Figure::LogLoss, 0.01), [0.0, 0.0, 1.0]);
        assert_eq!(shares_better(&good, &good, Figure::Auc, 0.01), [0.0, 1.0, 0.0]);
    }
}

//! Metrics of classification: area under the ROC curve, accuracy, confusion matrix, F1, log loss, sensitivity and specificity.

use super::interval::wilson;
use crate::units::Estimate;

/// The least probability that the log loss reckons with, so that one certain mistake is not infinitely bad.
const LEAST: f32 = 1e-7;

/// Area under the receiver operating characteristic: the probability that a positive image scores above a
/// negative one, where ties count half (Mann and Whitney 1947, by midranks). `None` if a score is NaN, or if
/// there are no positive or no negative images.
pub fn auc(scores: &[f32], positive: &[bool]) -> Option<f64> {
    let mut order: Vec<(f32, bool)> = scores.iter().copied().zip(positive.iter().copied()).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    if order.iter().any(|(score, _)| score.is_nan()) {
        return None;
    }
    let positives = order.iter().filter(|(_, positive)| *positive).count() as f64;
    let negatives = order.len() as f64 - positives;
    if positives == 0.0 || negatives == 0.0 {
        return None;
    }
    let (mut below, mut sum) = (0usize, 0f64);
    for ties in order.chunk_by(|a, b| a.0 == b.0) {
        let midrank = below as f64 + (ties.len() as f64 + 1.0) / 2.0;
        sum += midrank * ties.iter().filter(|(_, positive)| *positive).count() as f64;
        below += ties.len();
    }
    Some((sum - positives * (positives + 1.0) / 2.0) / (positives * negatives))
}

/// Macro-average of [`auc`]: the mean over classes, each against the rest.
pub fn macro_auc(probabilities: &[Vec<f32>], labels: &[usize]) -> Option<f64> {
    let classes = probabilities.first()?.len();
    let mut sum = 0.0;
    for class in 0..classes {
        let scores: Vec<f32> = probabilities.iter().filter_map(|row| row.get(class).copied()).collect();
        let positive: Vec<bool> = labels.iter().map(|label| *label == class).collect();
        sum += auc(&scores, &positive)?;
    }
    Some(sum / classes as f64)
}

/// The class with the highest probability; of equal ones the first.
pub fn most_probable(row: &[f32]) -> usize {
    row.iter()
        .enumerate()
        .fold((0, f32::NEG_INFINITY), |best, (i, p)| if *p > best.1 { (i, *p) } else { best })
        .0
}

/// Proportion of images whose most probable class is the true one.
pub fn accuracy(probabilities: &[Vec<f32>], labels: &[usize]) -> Option<f64> {
    let right = probabilities.iter().zip(labels).filter(|(row, label)| most_probable(row) == **label).count();
    (!labels.is_empty()).then(|| right as f64 / labels.len() as f64)
}

/// Mean recall over the classes that occur.
pub fn balanced_accuracy(probabilities: &[Vec<f32>], labels: &[usize]) -> Option<f64> {
    let classes = probabilities.first()?.len();
    let recalls: Vec<f64> = (0..classes)
        .filter_map(|class| {
            let own = probabilities.iter().zip(labels).filter(|(_, label)| **label == class);
            let (right, all) = own.fold((0, 0), |(right, all), (row, _)| {
                (right + usize::from(most_probable(row) == class), all + 1)
            });
            (all > 0).then(|| f64::from(right as u32) / f64::from(all))
        })
        .collect();
    (!recalls.is_empty()).then(|| recalls.iter().sum::<f64>() / recalls.len() as f64)
}

/// Negative logarithm of a true class's probability. Below 1e-7 it counts as that.
pub fn negative_log(probability: f32) -> f64 {
    -f64::from(probability.max(LEAST)).ln()
}

/// Mean negative logarithm of the true class's probability. See [`negative_log`].
pub fn log_loss(probabilities: &[Vec<f32>], labels: &[usize]) -> Option<f64> {
    let of = |(row, label): (&Vec<f32>, &usize)| row.get(*label).copied().map(negative_log);
    let losses = probabilities.iter().zip(labels).map(of).collect::<Option<Vec<f64>>>()?;
    (!losses.is_empty()).then(|| losses.iter().sum::<f64>() / losses.len() as f64)
}

/// How many images of each class were named as each: `matrix[true][named]`.
pub fn confusion(named: &[usize], labels: &[usize], classes: usize) -> Vec<Vec<usize>> {
    let mut matrix = vec![vec![0; classes]; classes];
    for (named, label) in named.iter().zip(labels) {
        if let Some(cell) = matrix.get_mut(*label).and_then(|row| row.get_mut(*named)) {
            *cell += 1;
        }
    }
    matrix
}

/// Mean over the classes of `2 right / (named + true)` (macro F1). A class that neither occurs nor is named is left out.
pub fn macro_f1(confusion: &[Vec<usize>]) -> Option<f64> {
    let of = |class: usize| {
        let own: usize = confusion.get(class)?.iter().sum();
        let named: usize = confusion.iter().filter_map(|row| row.get(class)).sum();
        let right = *confusion.get(class)?.get(class)?;
        (own + named > 0).then(|| 2.0 * right as f64 / (own + named) as f64)
    };
    let all: Vec<f64> = (0..confusion.len()).filter_map(of).collect();
    (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
}

/// Sensitivity and specificity of "score at or above `threshold`", with Wilson intervals.
pub fn sensitivity_specificity(
    scores: &[f32],
    positive: &[bool],
    threshold: f32,
) -> Option<(Estimate, Estimate)> {
    let (mut found, mut present, mut spared, mut absent) = (0, 0, 0, 0);
    for (score, positive) in scores.iter().zip(positive) {
        if *positive {
            present += 1;
            found += usize::from(*score >= threshold);
        } else {
            absent += 1;
            spared += usize::from(*score < threshold);
        }
    }
    Some((wilson(found, present)?, wilson(spared, absent)?))
}

/// Dice coefficient: twice the common area, divided by the sum of both areas (Dice 1945). 1 if both are
/// empty.
pub fn dice(a: &[bool], b: &[bool]) -> f64 {
    let count = |area: &[bool]| area.iter().filter(|inside| **inside).count();
    let common = a.iter().zip(b).filter(|(a, b)| **a && **b).count();
    let both = count(a) + count(b);
    if both == 0 { 1.0 } else { 2.0 * common as f64 / both as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dice_is_the_share_of_both_areas_that_is_common() {
        let area = |bits: [u8; 4]| bits.map(|bit| bit == 1);
        assert_eq!(dice(&area([1, 1, 0, 0]), &area([0, 1, 1, 0])), 0.5);
        assert_eq!(dice(&area([1, 1, 0, 0]), &area([1, 1, 0, 0])), 1.0);
        assert_eq!((dice(&[false; 4], &[false; 4]), dice(&[false; 4], &[true; 4])), (1.0, 0.0));
    }
    use proptest::prelude::*;

    fn scored() -> impl Strategy<Value = Vec<(f32, bool)>> {
        // Few distinct scores, so that ties are common.
        proptest::collection::vec(((0..12u8).prop_map(|s| f32::from(s) / 12.0), any::<bool>()), 2..60)
    }

    proptest! {
        #[test]
        fn the_auc_is_the_probability_of_the_right_order(images in scored()) {
            let (scores, positive): (Vec<f32>, Vec<bool>) = images.iter().copied().unzip();
            let (mut won, mut pairs) = (0.0, 0.0);
            for (a, _) in images.iter().filter(|(_, p)| *p) {
                for (b, _) in images.iter().filter(|(_, p)| !*p) {
                    pairs += 1.0;
                    won += if a > b { 1.0 } else if a == b { 0.5 } else { 0.0 };
                }
            }
            match auc(&scores, &positive) {
                Some(area) => prop_assert!((area - won / pairs).abs() < 1e-9),
                None => prop_assert_eq!(pairs, 0.0),
            }
        }

        #[test]
        fn the_auc_depends_on_ranks_only(images in scored()) {
            let (scores, positive): (Vec<f32>, Vec<bool>) = images.into_iter().unzip();
            let stretched: Vec<f32> = scores.iter().map(|s| (3.0 * s).exp() - 7.0).collect();
            prop_assert_eq!(auc(&scores, &positive), auc(&stretched, &positive));
        }

        #[test]
        fn negating_the_scores_mirrors_the_auc(images in scored()) {
            let (scores, positive): (Vec<f32>, Vec<bool>) = images.into_iter().unzip();
            let turned: Vec<f32> = scores.iter().map(|s| -s).collect();
            if let (Some(a), Some(b)) = (auc(&scores, &positive), auc(&turned, &positive)) {
                prop_assert!((a + b - 1.0).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn figures_of_four_images_are_those_by_hand() {
        let rows = vec![vec![0.8, 0.2], vec![0.4, 0.6], vec![0.3, 0.7], vec![1.0, 0.0]];
        let labels = [0, 0, 1, 1];
        let expected = -(0.8f64.ln() + 0.4f64.ln() + 0.7f64.ln() + 1e-7f64.ln()) / 4.0;
        assert!((log_loss(&rows, &labels).unwrap() - expected).abs() < 1e-6);
        let matrix = confusion(&[0, 1, 1, 0], &labels, 3);
        assert_eq!(matrix, [[1, 1, 0], [1, 1, 0], [0, 0, 0]]);
        assert_eq!(macro_f1(&matrix), Some(0.5));
        assert_eq!((log_loss(&[], &[]), macro_f1(&[])), (None, None));
    }

    #[test]
    fn a_nan_score_has_no_auc() {
        let scores = [0.1, f32::NAN, 0.9];
        let positive = [false, true, true];
        assert_eq!(auc(&scores, &positive), None);
    }

    #[test]
    fn the_macro_auc_is_one_for_perfect_separation() {
        let rows = vec![vec![0.8, 0.1, 0.1], vec![0.2, 0.7, 0.1], vec![0.3, 0.1, 0.6]];
        assert_eq!(macro_auc(&rows, &[0, 1, 2]), Some(1.0));
        // Without an image of the third class its AUC is undefined, and so is the mean.
        assert_eq!(macro_auc(&rows, &[0, 1, 1]), None);
    }

    #[test]
    fn accuracies_count_images_and_classes() {
        // Three images of class 0, all correct; one of class 1, wrong.
        let rows = vec![vec![0.9, 0.1], vec![0.8, 0.2], vec![0.7, 0.3], vec![0.6, 0.4]];
        let labels = [0, 0, 0, 1];
        assert_eq!(accuracy(&rows, &labels), Some(0.75));
        assert_eq!(balanced_accuracy(&rows, &labels), Some(0.5));
        assert_eq!((accuracy(&[], &[]), balanced_accuracy(&[], &[])), (None, None));
        let (sensitivity, specificity) =
            sensitivity_specificity(&[0.1, 0.2, 0.3, 0.4], &[false, false, false, true], 0.3).unwrap();
        assert_eq!((sensitivity.value, specificity.value), (1.0, 2.0 / 3.0));
    }
}

//! Metrics of calibration, predictive values, and prediction sets.

use super::classification::most_probable;

/// Bins of the expected calibration error, as in Guo et al. 2017.
const BINS: usize = 15;

/// Expected calibration error of the most probable class: the mean of |accuracy - confidence| over
/// equal-width bins of confidence, weighted by the number of images (Guo et al. 2017).
pub fn ece(probabilities: &[Vec<f32>], labels: &[usize]) -> Option<f64> {
    let mut bins = [(0f64, 0f64, 0f64); BINS];
    for (row, label) in probabilities.iter().zip(labels) {
        let chosen = most_probable(row);
        let confidence = f64::from(*row.get(chosen)?);
        let bin = ((confidence * BINS as f64) as usize).min(BINS - 1);
        let (count, right, total) = bins.get_mut(bin)?;
        *count += 1.0;
        *right += f64::from(u8::from(chosen == *label));
        *total += confidence;
    }
    let gap: f64 = bins.iter().map(|(_, right, total)| (right - total).abs()).sum();
    (!labels.is_empty()).then(|| gap / labels.len() as f64)
}

/// Brier score. For two classes, the mean squared error of the second class's probability (half of Brier
/// 1950, as is usual for binary questions); for more, the sum over classes.
pub fn brier(probabilities: &[Vec<f32>], labels: &[usize]) -> Option<f64> {
    let classes = probabilities.first()?.len();
    let mut sum = 0.0;
    for (row, label) in probabilities.iter().zip(labels) {
        for (class, p) in row.iter().enumerate() {
            let truth = f64::from(u8::from(class == *label));
            sum += (f64::from(*p) - truth).powi(2);
        }
    }
    let scale = if classes == 2 { 2.0 } else { 1.0 };
    Some(sum / (scale * labels.len() as f64))
}

/// Bins of a reliability diagram: equal widths over the probabilities 0 to 1.
pub const RELIABILITY_BINS: usize = 10;

/// Reliability diagram of a binary question: for each bin, the number of images, their mean probability, and
/// the proportion of positives (Niculescu-Mizil and Caruana 2005). Empty bins are left out.
pub fn reliability(probabilities: &[f32], positive: &[bool]) -> Vec<(usize, f32, f32)> {
    let mut bins = [(0usize, 0f32, 0f32); RELIABILITY_BINS];
    for (probability, positive) in probabilities.iter().zip(positive) {
        let bin = ((probability * RELIABILITY_BINS as f32) as usize).min(RELIABILITY_BINS - 1);
        if let Some((images, sum, hits)) = bins.get_mut(bin) {
            *images += 1;
            *sum += probability;
            *hits += f32::from(u8::from(*positive));
        }
    }
    let filled = bins.into_iter().filter(|(images, ..)| *images > 0);
    filled.map(|(images, sum, hits)| (images, sum / images as f32, hits / images as f32)).collect()
}

/// Predictive values of a binary test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PredictiveValues {
    /// Positive predictive value, 0 to 1; `None` if there are no positive results.
    pub positive: Option<f64>,
    /// Negative predictive value, 0 to 1; `None` if there are no negative results.
    pub negative: Option<f64>,
}

/// Predictive values for a given prevalence, by Bayes' rule. All arguments are 0 to 1.
pub fn predictive_values(sensitivity: f64, specificity: f64, prevalence: f64) -> PredictiveValues {
    let value = |right: f64, wrong: f64| (right + wrong > 0.0).then(|| right / (right + wrong));
    PredictiveValues {
        positive: value(sensitivity * prevalence, (1.0 - specificity) * (1.0 - prevalence)),
        negative: value(specificity * (1.0 - prevalence), (1.0 - sensitivity) * prevalence),
    }
}

/// A calibrated probability, adjusted from the prevalence `from` to the prevalence `to`: the odds are
/// multiplied by the ratio of the prior odds (Bayes' rule; Saerens et al. 2002). All arguments are 0 to 1.
pub fn at_prevalence(probability: f64, from: f64, to: f64) -> f64 {
    let (with, without) = (probability * to * (1.0 - from), (1.0 - probability) * from * (1.0 - to));
    if with + without > 0.0 { with / (with + without) } else { probability }
}

/// Prediction sets: the proportion that contains the truth (coverage), and their mean size. A class is in the
/// set if its probability is at least `least`; the most probable class always is.
pub fn sets(probabilities: &[Vec<f32>], labels: &[usize], least: f32) -> Option<(f64, f64)> {
    let (mut held, mut size) = (0usize, 0usize);
    for (row, label) in probabilities.iter().zip(labels) {
        let set = prediction_set(row, least);
        held += usize::from(set.contains(label));
        size += set.len();
    }
    let n = labels.len() as f64;
    (!labels.is_empty()).then(|| (held as f64 / n, size as f64 / n))
}

/// The classes of a prediction set, most probable first. Never empty.
pub fn prediction_set(row: &[f32], least: f32) -> Vec<usize> {
    let mut classes: Vec<usize> = (0..row.len()).collect();
    let of = |class: &usize| row.get(*class).copied().unwrap_or_default();
    classes.sort_by(|a, b| of(b).total_cmp(&of(a)));
    let count = classes.iter().filter(|class| of(class) >= least).count().max(1);
    classes.truncate(count);
    classes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predictive_values_follow_the_prevalence() {
        // Sensitivity and specificity 0.9 at a prevalence of 0.1: as many true as false positives.
        let PredictiveValues { positive, negative } = predictive_values(0.9, 0.9, 0.1);
        assert!((positive.unwrap() - 0.5).abs() < 1e-9 && (negative.unwrap() - 81.0 / 82.0).abs() < 1e-9);
        let none = PredictiveValues { positive: None, negative: Some(0.5) };
        assert_eq!(predictive_values(0.0, 1.0, 0.5), none);
    }

    #[test]
    fn a_probability_follows_the_prevalence() {
        // At a prevalence of 0.5, 0.9 means odds of 9; at a prevalence of 0.1 the odds are nine times lower.
        assert!((at_prevalence(0.9, 0.5, 0.1) - 0.5).abs() < 1e-9);
        assert!((at_prevalence(0.3, 0.2, 0.2) - 0.3).abs() < 1e-9);
        assert_eq!((at_prevalence(0.0, 0.5, 0.1), at_prevalence(1.0, 0.5, 0.1)), (0.0, 1.0));
    }

    #[test]
    fn a_set_is_never_empty_and_grows_with_doubt() {
        assert_eq!(prediction_set(&[0.2, 0.7, 0.1], 0.9), [1]);
        assert_eq!(prediction_set(&[0.4, 0.5, 0.1], 0.3), [1, 0]);
        let rows = [vec![0.2, 0.7, 0.1], vec![0.4, 0.5, 0.1]];
        assert_eq!(sets(&rows, &[0, 0], 0.3), Some((0.5, 1.5)));
    }

    #[test]
    fn a_reliable_score_lies_on_the_diagonal() {
        let probabilities: Vec<f32> = (0..1000).map(|i| (i as f32 + 0.5) / 1000.0).collect();
        let positive: Vec<bool> = (0..1000).map(|i| i % 100 < i / 10).collect();
        for (images, mean, share) in reliability(&probabilities, &positive) {
            assert!(images == 100 && (mean - share).abs() < 0.06, "{images} {mean} {share}");
        }
    }

    #[test]
    fn confidence_without_accuracy_is_the_error() {
        // Ten images with confidence 0.95, half of them correct: the gap is 0.45, and the squared error
        // follows.
        let rows = vec![vec![0.05, 0.95]; 10];
        let labels = [1, 0, 1, 0, 1, 0, 1, 0, 1, 0];
        assert!((ece(&rows, &labels).unwrap() - 0.45).abs() < 1e-6);
        let expected = (0.05f64.powi(2) + 0.95f64.powi(2)) / 2.0;
        assert!((brier(&rows, &labels).unwrap() - expected).abs() < 1e-6);
    }

    #[test]
    fn certainty_that_is_right_has_no_error() {
        let rows = vec![vec![1.0, 0.0, 0.0], vec![0.0, 0.0, 1.0]];
        assert_eq!((ece(&rows, &[0, 2]), brier(&rows, &[0, 2])), (Some(0.0), Some(0.0)));
        assert_eq!(brier(&rows, &[1, 2]), Some(1.0));
    }
}

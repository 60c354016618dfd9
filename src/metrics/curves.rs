//! Plots of kept predictions: ROC and precision-recall curves, confusion matrix. And figures that need whole probabilities.

/// The least probability that the log loss reckons with, so that one certain mistake is not infinitely bad.
const LEAST: f32 = 1e-7;

/// Mean negative logarithm of the true class's probability. Probabilities below 1e-7 count as that.
pub fn log_loss(probabilities: &[Vec<f32>], labels: &[usize]) -> Option<f64> {
    let of = |(row, label): (&Vec<f32>, &usize)| row.get(*label).map(|p| -f64::from(p.max(LEAST)).ln());
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

/// A point of a curve: what holds where every image that scores at least `threshold` is called positive.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ThresholdPoint {
    /// The score.
    pub threshold: f32,
    /// Share of the positive images that are called positive: sensitivity, recall.
    pub sensitivity: f64,
    /// Share of the negative images that are called negative.
    pub specificity: f64,
    /// Share of those called positive that are: precision, positive predictive value.
    pub precision: f64,
}

/// One point for each score that occurs, from the highest: the ROC curve is `(1 - specificity, sensitivity)`, the precision-recall curve
/// `(sensitivity, precision)`. Empty if there are no positive or no negative images.
pub fn threshold_points(scores: &[f32], positive: &[bool]) -> Vec<ThresholdPoint> {
    let mut order: Vec<(f32, bool)> = scores.iter().copied().zip(positive.iter().copied()).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    let with = order.iter().filter(|(_, positive)| *positive).count() as f64;
    let without = order.len() as f64 - with;
    if with == 0.0 || without == 0.0 {
        return Vec::new();
    }
    let (mut hits, mut alarms) = (0f64, 0f64);
    let point = |ties: &[(f32, bool)]| {
        let own = ties.iter().filter(|(_, positive)| *positive).count() as f64;
        hits += own;
        alarms += ties.len() as f64 - own;
        ThresholdPoint {
            threshold: ties.first().map_or(0.0, |(score, _)| *score),
            sensitivity: hits / with,
            specificity: 1.0 - alarms / without,
            precision: hits / (hits + alarms),
        }
    };
    order.chunk_by(|a, b| a.0 == b.0).map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn the_points_of_a_curve_are_those_by_hand() {
        let points = threshold_points(&[0.9, 0.6, 0.6, 0.1], &[true, true, false, false]);
        let short: Vec<_> =
            points.iter().map(|p| (p.threshold, p.sensitivity, p.specificity, p.precision)).collect();
        assert_eq!(short, [(0.9, 0.5, 1.0, 1.0), (0.6, 1.0, 0.5, 2.0 / 3.0), (0.1, 1.0, 0.0, 0.5)]);
        assert!(threshold_points(&[0.5], &[true]).is_empty());
    }
}

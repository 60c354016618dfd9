//! ROC and precision-recall curves.

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
    fn the_points_of_a_curve_are_those_by_hand() {
        let points = threshold_points(&[0.9, 0.6, 0.6, 0.1], &[true, true, false, false]);
        let short: Vec<_> =
            points.iter().map(|p| (p.threshold, p.sensitivity, p.specificity, p.precision)).collect();
        assert_eq!(short, [(0.9, 0.5, 1.0, 1.0), (0.6, 1.0, 0.5, 2.0 / 3.0), (0.1, 1.0, 0.0, 0.5)]);
        assert!(threshold_points(&[0.5], &[true]).is_empty());
    }
}

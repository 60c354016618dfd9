//! Whether a probability means what it says.

use super::classification::most_probable;

/// Bins of the expected calibration error, as in Guo et al. 2017.
const BINS: usize = 15;

/// Expected calibration error of the most probable class: the mean, over equal-width bins of confidence weighted by
/// their images, of |accuracy - confidence| (Guo et al. 2017).
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

/// Brier score: for two classes the mean squared error of the second's probability (Brier 1950, halved, as is usual
/// for a yes-or-no question); for more the sum over classes.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_without_accuracy_is_the_error() {
        // Ten images at confidence 0.95, half of them right: the gap is 0.45 and the squared error follows.
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

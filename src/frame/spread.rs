//! Real numbers, and whole ones of more than 16 bits, as samples of 16 bits.

use super::ModalityLut;

/// The sample that stands for no image where 16 bits have no other to spare.
pub const PADDING: u16 = u16::MAX;
/// The highest other sample.
const HIGHEST: f64 = (PADDING - 1) as f64;

impl ModalityLut {
    /// Samples in 65,534 equal steps between the lowest and the highest value, and what they mean. A value that is `None` stands for no
    /// image. `self`: what the values mean; `least_step`: 1 for whole numbers, which stay exact where the steps suffice, 0 for real ones.
    pub fn spread(
        self,
        values: impl Iterator<Item = Option<f64>> + Clone,
        least_step: f64,
    ) -> (Self, Vec<u16>) {
        let bounds = (f64::INFINITY, f64::NEG_INFINITY);
        let (low, high) =
            values.clone().flatten().fold(bounds, |(low, high), value| (low.min(value), high.max(value)));
        // Divided and halved first, because the greatest numbers of 64 bits lie further apart than such a number can tell.
        let step = (high / HIGHEST - low / HIGHEST).max(least_step);
        let step = if step.is_finite() && step > 0.0 { step } else { 1.0 };
        let low = if low.is_finite() { low } else { 0.0 };
        let steps = |value: f64| ((value / 2.0 - low / 2.0) / (step / 2.0)).round().clamp(0.0, HIGHEST);
        let samples = values.map(|value| value.map_or(PADDING, |value| steps(value) as u16)).collect();
        let (slope, intercept) = (self.slope * step, self.intercept + self.slope * low);
        (Self { slope, intercept, padding: Some([PADDING; 2]), ..self }, samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(values: &[Option<f64>], least_step: f64) -> (Vec<f64>, Vec<u16>) {
        let unit = String::new();
        let lut = ModalityLut { slope: 2.0, intercept: 1.0, unit, is_inverted: false, padding: None };
        let (lut, samples) = lut.spread(values.iter().copied(), least_step);
        (samples.iter().map(|sample| lut.slope * f64::from(*sample) + lut.intercept).collect(), samples)
    }

    #[test]
    fn values_come_back_and_what_is_none_is_padding() {
        let (real, samples) = spread(&[Some(-3.0), None, Some(65_531.0), Some(7.0)], 1.0);
        assert_eq!((real[0], real[2], real[3]), (-5.0, 131_063.0, 15.0));
        assert_eq!(samples, [0, PADDING, 65_534, 10]);
        let (real, _) = spread(&[Some(0.001), Some(0.002), Some(0.0015)], 0.0);
        assert!((real[2] - 1.003).abs() < 1e-7, "{real:?}");
    }

    #[test]
    fn values_without_a_range_and_the_widest_range_are_spread() {
        assert_eq!(spread(&[None, None], 0.0).1, [PADDING; 2]);
        assert_eq!(spread(&[Some(4.0), Some(4.0)], 0.0).0, [9.0; 2]);
        assert_eq!(spread(&[Some(-1e308), Some(0.0), Some(1e308)], 0.0).1, [0, 32_767, 65_534]);
    }
}

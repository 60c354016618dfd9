//! Class activation maps (Zhou et al. 2016), which are exact for a network that ends in global average
//! pooling and one linear layer.

use crate::model::Features;

/// A grid over the model's input: evidence for a finding, or the logits of an outline.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMap {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Row by row. Evidence is from 0 (none) to 1 (strong).
    pub values: Vec<f32>,
}

/// Evidence that counts as strong, in tempered logits: if every part of an image showed it, the probability
/// would be 0.98. A map whose maximum is weaker stays faint; it is not stretched to look strong.
pub const STRONG: f32 = 4.0;

/// The class activation map for a finding, which is one of the `classes` or several, by index.
///
/// In each cell, the evidence is the mean logit of the finding's classes minus that of the other classes,
/// divided by the temperature. Negative evidence becomes 0.
///
/// # Shapes
/// `features`: `(height, width, features)`; `head`: `(classes, features)`. The map has the height and width
/// of `features`.
pub fn class_activation(features: &Features, head: &[f32], finding: &[usize], temperature: f32) -> HeatMap {
    let channels = features.shape.channels;
    let weights = super::about(head.len() / channels.max(1), finding);
    let mut evidence = vec![0f32; channels];
    for (line, share) in head.chunks(channels.max(1)).zip(weights) {
        evidence.iter_mut().zip(line).for_each(|(sum, weight)| *sum += share * weight);
    }
    let of =
        |pixel: &[f32]| -> f32 { pixel.iter().zip(&evidence).map(|(value, weight)| value * weight).sum() };
    let values: Vec<f32> = features.values.chunks(channels.max(1)).map(of).collect();
    let strongest = values.iter().copied().fold(STRONG * temperature, f32::max);
    let values = values.iter().map(|v| (v / strongest).max(0.0)).collect();
    HeatMap { width: features.shape.width, height: features.shape.height, values }
}

impl HeatMap {
    /// The maximum.
    pub fn strongest(&self) -> f32 {
        self.values.iter().copied().fold(0.0, f32::max)
    }

    /// The bilinearly interpolated value at `x` and `y`, each 0 to 1 over the model's input.
    pub fn at(&self, x: f32, y: f32) -> f32 {
        let (x, y) = (x * self.width as f32 - 0.5, y * self.height as f32 - 0.5);
        let (left, top) = (x.floor(), y.floor());
        let (fx, fy) = (x - left, y - top);
        let cell = |dx: f32, dy: f32| {
            let column = (left + dx).clamp(0.0, self.width as f32 - 1.0) as usize;
            let row = (top + dy).clamp(0.0, self.height as f32 - 1.0) as usize;
            self.values.get(row * self.width + column).copied().unwrap_or_default()
        };
        let above = cell(0.0, 0.0) * (1.0 - fx) + cell(1.0, 0.0) * fx;
        let below = cell(0.0, 1.0) * (1.0 - fx) + cell(1.0, 1.0) * fx;
        above * (1.0 - fy) + below * fy
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::Shape;

    fn one_feature(height: usize, width: usize, values: &[f32]) -> Features {
        Features { shape: Shape { height, width, channels: 1 }, values: values.to_vec() }
    }

    #[test]
    fn the_map_is_brightest_where_the_feature_is() {
        // One feature, active in the top right of 2x3 cells, with a positive weight for class 1.
        let features = one_feature(2, 3, &[0.0, 0.0, 8.0, 0.0, 0.0, 0.0]);
        let head = [-0.5, 0.5];
        let map = class_activation(&features, &head, &[1], 1.0);
        assert_eq!(
            (map.width, map.height, map.values.as_slice()),
            (3, 2, [0.0, 0.0, 1.0, 0.0, 0.0, 0.0].as_slice())
        );
        assert_eq!(map.at(5.0 / 6.0, 0.25), 1.0);
        assert!(map.at(0.1, 0.9) == 0.0 && map.at(0.7, 0.3) > 0.0);
        // The same feature has a negative weight for class 0.
        assert!(class_activation(&features, &head, &[0], 1.0).values.iter().all(|v| *v == 0.0));
    }

    #[test]
    fn weak_evidence_stays_faint() {
        assert_eq!(class_activation(&one_feature(1, 1, &[1.0]), &[0.0, 1.0], &[1], 1.0).values, [0.25]);
    }
}

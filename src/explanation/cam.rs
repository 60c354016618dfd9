//! Class activation maps (Zhou et al. 2016), which are exact for a network that ends in global average
//! pooling and one linear layer.

use crate::model::{Error, product};
use candle_core::{Device, Tensor};

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

/// The class activation map: in each cell, the evidence is the sum of the logits, weighted by `about`. Negative
/// evidence becomes 0; `strong` is the evidence that counts as 1.
///
/// # Shapes
/// `features`: `(height, width, features)`; `head`: `(classes, features)`; `about`: `(classes,)`, mostly from
/// [`super::about`]. The map has the height and width of `features`.
///
/// # Errors
/// Fails if the shapes do not match.
pub fn class_activation(
    features: &Tensor,
    head: &Tensor,
    about: &[f32],
    strong: f32,
) -> Result<HeatMap, Error> {
    let about = Tensor::from_slice(about, (about.len(), 1), &Device::Cpu)?;
    let evidence = product(&features.flatten(0, 1)?, &product(&head.t()?, &about)?)?;
    let (height, width, _) = features.dims3()?;
    let values = evidence.flatten_all()?.to_vec1()?;
    Ok(HeatMap { width, height, values }.scaled(strong))
}

impl HeatMap {
    /// The map that a tensor `(height, width, 1)` holds.
    ///
    /// # Errors
    /// Fails for other shapes.
    pub fn new(values: &Tensor) -> Result<Self, Error> {
        let (height, width, _) = values.dims3()?;
        Ok(Self { width, height, values: values.flatten_all()?.to_vec1()? })
    }

    /// Scaled to 0 to 1. Negative evidence becomes 0; a map whose maximum is below `strong` stays faint.
    pub(super) fn scaled(mut self, strong: f32) -> Self {
        let strongest = self.values.iter().copied().fold(strong, f32::max).max(f32::MIN_POSITIVE);
        self.values.iter_mut().for_each(|value| *value = (*value / strongest).clamp(0.0, 1.0));
        self
    }

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

    /// The map of one feature, whose weights are `head`, one for each of two classes.
    fn map(rows: &[&[f32]], head: [f32; 2], finding: usize) -> HeatMap {
        let (height, width) = (rows.len(), rows[0].len());
        let features = Tensor::from_vec(rows.concat(), (height, width, 1), &Device::Cpu).unwrap();
        let head = Tensor::new(&head, &Device::Cpu).unwrap().unsqueeze(1).unwrap();
        class_activation(&features, &head, &super::super::about(2, &[finding]), STRONG).unwrap()
    }

    #[test]
    fn the_map_is_brightest_where_the_feature_is() {
        // One feature, active in the top right of 2x3 cells, with a positive weight for class 1.
        let of = |finding| map(&[&[0.0, 0.0, 8.0], &[0.0; 3]], [-0.5, 0.5], finding);
        let seen = of(1);
        assert_eq!(seen, HeatMap { width: 3, height: 2, values: vec![0.0, 0.0, 1.0, 0.0, 0.0, 0.0] });
        assert_eq!(seen.at(5.0 / 6.0, 0.25), 1.0);
        assert!(seen.at(0.1, 0.9) == 0.0 && seen.at(0.7, 0.3) > 0.0);
        // The same feature has a negative weight for class 0.
        assert!(of(0).values.iter().all(|v| *v == 0.0));
    }

    #[test]
    fn weak_evidence_stays_faint() {
        assert_eq!(map(&[&[1.0]], [0.0, 1.0], 1).values, [0.25]);
    }
}

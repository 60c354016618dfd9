//! Dropout: features that a step does without, so that no answer rests on one of them alone (Srivastava et al. 2014).

use candle_core::{Device, Result, Tensor};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Which features of a batch are dropped; `None` where none is to be. What stays is made larger, so that the mean stays as it is and the
/// finished network, which drops nothing, needs no change.
///
/// # Shapes
/// Returns `(batch, features)`: 0 with the probability `share`, else `1 / (1 - share)`.
pub(super) fn mask(share: f32, (batch, features): (usize, usize), seed: u64) -> Result<Option<Tensor>> {
    if share <= 0.0 {
        return Ok(None);
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let kept = 1.0 / (1.0 - share);
    let draw = |_| if random.random::<f32>() < share { 0.0 } else { kept };
    let values: Vec<f32> = (0..batch * features).map(draw).collect();
    Tensor::from_vec(values, (batch, features), &Device::Cpu).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::Parameters;
    use crate::learn::classroom::network::graph;
    use crate::lesson::State;
    use crate::model::TrainNetwork;

    fn values(tensor: &Tensor) -> Vec<f32> {
        tensor.flatten_all().unwrap().to_vec1().unwrap()
    }

    #[test]
    fn the_mean_stays_and_the_same_seed_repeats() {
        let one = values(&mask(0.3, (200, 500), 7).unwrap().unwrap());
        let mean = one.iter().sum::<f32>() / one.len() as f32;
        let dropped = one.iter().filter(|value| **value == 0.0).count();
        assert!((mean - 1.0).abs() < 0.01, "{mean}");
        assert!((dropped as f32 / one.len() as f32 - 0.3).abs() < 0.01, "{dropped}");
        assert_eq!(one, values(&mask(0.3, (200, 500), 7).unwrap().unwrap()));
        assert_ne!(one, values(&mask(0.3, (200, 500), 8).unwrap().unwrap()));
        assert!(mask(0.0, (2, 3), 7).unwrap().is_none());
    }

    /// The gradient of the head against differences, and of what is dropped: none.
    #[test]
    fn the_gradient_is_that_of_the_masked_features() {
        let parameters = Parameters::seeded(1);
        let graph = graph(&State::parse("depth=1&width=4").settings, (28, 1), 2).unwrap();
        let network = TrainNetwork::new(&graph, &parameters.builder()).unwrap();
        let pixels: Vec<f32> = (0..3 * 28 * 28).map(|i| (i as f32 * 0.37).sin()).collect();
        let images = Tensor::from_vec(pixels, (3, 28, 28, 1), &Device::Cpu).unwrap();
        let mask =
            Tensor::new(&[[2f32, 0.0, 2.0, 0.0], [0.0, 0.0, 2.0, 2.0], [2.0, 0.0, 0.0, 2.0]], &Device::Cpu);
        let mask = mask.unwrap();
        let loss = || {
            let logits = network.forward_with(&images, Some(&mask)).unwrap().logits;
            logits.sqr().unwrap().sum_all().unwrap()
        };
        let (_, head) = parameters.all().into_iter().find(|(name, _)| name == "head.weight").unwrap();
        let gradients = loss().backward().unwrap();
        let gradient = values(gradients.get(head.as_tensor()).unwrap());
        let before = values(head.as_tensor());
        for (place, expected) in gradient.iter().enumerate() {
            let at = |by: f32| -> f32 {
                let mut moved = before.clone();
                moved[place] += by;
                head.set(&Tensor::from_vec(moved, head.shape(), &Device::Cpu).unwrap()).unwrap();
                loss().to_scalar().unwrap()
            };
            let difference = (at(1e-2) - at(-1e-2)) / 2e-2;
            assert!(
                (difference - expected).abs() < 1e-2 * expected.abs().max(0.1),
                "{difference} {expected}"
            );
            // The second feature is dropped in every image.
            assert!(place % 4 != 1 || *expected == 0.0);
        }
    }

    #[test]
    fn a_mask_of_ones_changes_nothing() {
        let graph = graph(&State::parse("depth=1&width=4").settings, (28, 1), 2).unwrap();
        let network = TrainNetwork::new(&graph, &Parameters::seeded(1).builder()).unwrap();
        let images = Tensor::ones((2, 28, 28, 1), candle_core::DType::F32, &Device::Cpu).unwrap();
        let ones = Tensor::ones((2, 4), candle_core::DType::F32, &Device::Cpu).unwrap();
        let with = values(&network.forward_with(&images, Some(&ones)).unwrap().logits);
        assert_eq!(with, values(&network.forward(&images).unwrap().logits));
    }
}

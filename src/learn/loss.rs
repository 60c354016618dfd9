//! Training targets (label smoothing, class weights, mixup) and the losses.

use super::recipe::Training;
use candle_core::{D, Result, Tensor};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Makes targets of labels.
#[derive(Debug)]
pub(super) struct Targets {
    weights: Vec<f32>,
    smoothing: f32,
}

impl Targets {
    /// Class weights are inverse frequencies to the power of `class_balance`, with mean 1 over the images.
    pub fn new(labels: &[usize], classes: usize, training: &Training) -> Self {
        let count = |class: usize| labels.iter().filter(|l| **l == class).count().max(1) as f32;
        let raw: Vec<f32> = (0..classes).map(|class| count(class).powf(-training.class_balance)).collect();
        let mean = labels.iter().filter_map(|l| raw.get(*l)).sum::<f32>() / labels.len().max(1) as f32;
        let weights = raw.iter().map(|weight| weight / mean).collect();
        Self { weights, smoothing: training.label_smoothing }
    }

    /// `(labels, classes)`: smoothed one-hot rows (Szegedy et al. 2016), each times its class's weight, so that mixed
    /// labels are weighted as they are mixed.
    pub fn rows(&self, labels: &[usize]) -> Vec<f32> {
        let classes = self.weights.len();
        let mut rows = Vec::with_capacity(labels.len() * classes);
        for &label in labels {
            let weight = self.weights.get(label).copied().unwrap_or(1.0);
            for class in 0..classes {
                let own = if class == label { 1.0 - self.smoothing } else { 0.0 };
                rows.push(weight * (own + self.smoothing / classes as f32));
            }
        }
        rows
    }
}

/// Weighted cross-entropy: the mean over the batch by the targets' own weight.
///
/// `logits`, `targets`: `(batch, classes)`. Returns a scalar.
pub fn cross_entropy(logits: &Tensor, targets: &Tensor) -> Result<Tensor> {
    let weight: f32 = targets.sum_all()?.to_scalar()?;
    let loss = (candle_nn::ops::log_softmax(logits, D::Minus1)? * targets)?.sum_all()?;
    loss * (-1.0 / f64::from(weight))
}

/// How far outlines are from masks: the mean cross-entropy of the pixels, and what the Dice coefficients of the images lack of 1
/// on average (Milletari et al. 2016): each image counts the same, however large its lesion.
///
/// `logits`, `masks` (0 to 1): `(batch, pixels)`. Returns a scalar.
pub fn outline_loss(logits: &Tensor, masks: &Tensor) -> Result<Tensor> {
    // log(1 + exp(x)) - x t, written so that no exponential overflows.
    let soft = ((logits.abs()?.neg()?.exp()? + 1.0)?.log()? + logits.relu()?)?;
    let entropy = (soft - (logits * masks)?)?.mean_all()?;
    let inside = candle_nn::ops::sigmoid(logits)?;
    let common = ((&inside * masks)?.sum(1)? * 2.0)?;
    let both = (inside.sum(1)? + masks.sum(1)?)?;
    let dice = ((common + 1.0)? / (both + 1.0)?)?.mean_all()?;
    entropy + (1.0 - dice)?
}

/// A draw from Beta(a, a) (Johnk 1964).
pub(super) fn beta(a: f64, random: &mut ChaCha8Rng) -> f32 {
    loop {
        let (x, y) = (random.random::<f64>().powf(1.0 / a), random.random::<f64>().powf(1.0 / a));
        if x + y > 0.0 && x + y <= 1.0 {
            return (x / (x + y)) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;
    use rand::SeedableRng;

    fn training(balance: f32, smoothing: f32) -> Training {
        Training {
            seed: 1,
            epochs: 1,
            first_side: None,
            batch: 2,
            learning_rate: 0.1,
            warm_up: 0.0,
            weight_decay: 0.0,
            label_smoothing: smoothing,
            class_balance: balance,
            mixup: 0.0,
            outline_weight: 1.0,
            ema_decay: 0.9,
            patience: 1,
        }
    }

    #[test]
    fn balanced_classes_count_the_same_and_the_mean_stays_one() {
        let labels = [0, 0, 0, 1];
        let rows = Targets::new(&labels, 2, &training(1.0, 0.0)).rows(&labels);
        let of = |class: usize| rows.iter().skip(class).step_by(2).sum::<f32>();
        assert!((of(0) - 2.0).abs() < 1e-6 && (of(1) - 2.0).abs() < 1e-6, "{rows:?}");
        let rows = Targets::new(&labels, 2, &training(0.0, 0.1)).rows(&[1]);
        assert!((rows[0] - 0.05).abs() < 1e-6 && (rows[1] - 0.95).abs() < 1e-6);
    }

    #[test]
    fn the_loss_of_an_even_guess_is_the_logarithm_of_the_classes() {
        let logits = Tensor::zeros((3, 4), candle_core::DType::F32, &Device::Cpu).unwrap();
        let targets = Targets::new(&[0, 1, 2, 3], 4, &training(0.0, 0.2)).rows(&[0, 2, 3]);
        let targets = Tensor::from_vec(targets, (3, 4), &Device::Cpu).unwrap();
        let loss: f32 = cross_entropy(&logits, &targets).unwrap().to_scalar().unwrap();
        assert!((loss - 4f32.ln()).abs() < 1e-6);
    }

    #[test]
    fn an_outline_is_the_better_the_nearer_it_is() {
        let masks = Tensor::new(&[[0f32, 1.0, 1.0, 0.0]], &Device::Cpu).unwrap();
        let loss = |logits: [f32; 4]| -> f32 {
            outline_loss(&Tensor::new(&[logits], &Device::Cpu).unwrap(), &masks).unwrap().to_scalar().unwrap()
        };
        // Undecided: ln 2 a pixel, and a Dice coefficient of (2 + 1) / (2 + 2 + 1).
        assert!((loss([0.0; 4]) - (2f32.ln() + 0.4)).abs() < 1e-6);
        assert!(loss([-90.0, 90.0, 90.0, -90.0]) < 1e-6);
        assert!(loss([-2.0, 2.0, 2.0, -2.0]) < loss([-2.0, 2.0, 0.0, -2.0]));
    }

    #[test]
    fn a_mix_is_even_on_average_and_mostly_near_one_image() {
        let mut random = ChaCha8Rng::seed_from_u64(5);
        let draws: Vec<f32> = (0..4000).map(|_| beta(0.2, &mut random)).collect();
        let mean = draws.iter().sum::<f32>() / draws.len() as f32;
        let near = draws.iter().filter(|d| **d < 0.1 || **d > 0.9).count();
        assert!((mean - 0.5).abs() < 0.03 && near > 2000, "{mean} {near}");
    }
}

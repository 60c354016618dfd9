//! The optimisers that a class compares. Trainings for release use [`crate::learn::AdamW`] alone.

use crate::learn::Parameters;
use crate::learn::optimiser::is_learned;
use crate::lesson::LayerNorms;
use candle_core::backprop::GradStore;
use candle_core::{Result, Tensor, Var};

/// Share of the direction before, of momentum (Polyak 1964) and of Nesterov's (1983), and of Adam's first moment (Kingma and Ba 2015).
const MOMENTUM: f32 = 0.9;
/// Share of the squared gradients before: RMSProp's (Hinton 2012), then Adam's.
const RMS: f32 = 0.99;
const SECOND: f32 = 0.999;
const EPSILON: f32 = 1e-8;
/// How far uphill sharpness-aware minimisation looks (Foret et al. 2021).
const UPHILL: f32 = 0.05;

/// How weights follow the gradient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Sgd,
    Momentum,
    Nesterov,
    RmsProp,
    Adam,
    AdamW,
    /// Momentum down the gradient of a place a little uphill.
    SharpnessAware,
}

impl Method {
    /// In the order of [`crate::lesson::OPTIMISERS`].
    const ALL: [Self; 7] = [
        Self::Sgd,
        Self::Momentum,
        Self::Nesterov,
        Self::RmsProp,
        Self::Adam,
        Self::AdamW,
        Self::SharpnessAware,
    ];

    /// The method of a choice.
    pub fn at(place: usize) -> Self {
        Self::ALL.get(place).copied().unwrap_or(Self::AdamW)
    }
}

/// The state of one training's optimiser.
#[derive(Debug)]
pub(super) struct Optimiser {
    pub method: Method,
    decay: f32,
    learned: Vec<Learned>,
    steps: i32,
}

#[derive(Debug)]
struct Learned {
    name: String,
    var: Var,
    first: Vec<f32>,
    second: Vec<f32>,
}

/// One number's moments and what they are corrected by.
struct Moments<'a> {
    first: &'a mut f32,
    second: &'a mut f32,
    corrections: [f32; 2],
}

impl Optimiser {
    pub fn new(method: Method, decay: f32, parameters: &Parameters) -> Self {
        let learned = parameters.all().into_iter().filter(|(name, _)| is_learned(name));
        let learned = learned.map(|(name, var)| {
            let zeros = vec![0.0; var.elem_count()];
            Learned { name, var, first: zeros.clone(), second: zeros }
        });
        Self { method, decay, learned: learned.collect(), steps: 0 }
    }

    /// One step down the gradient.
    pub fn step(&mut self, gradients: &GradStore, rate: f32) -> Result<()> {
        self.steps += 1;
        let corrections = [MOMENTUM, SECOND].map(|beta| 1.0 - beta.powi(self.steps));
        let (method, decay) = (self.method, self.decay);
        let is_decoupled = method == Method::AdamW;
        for Learned { var, first, second, .. } in &mut self.learned {
            let Some(gradient) = gradients.get(var.as_tensor()) else { continue };
            let gradient: Vec<f32> = gradient.flatten_all()?.to_vec1()?;
            let mut values: Vec<f32> = var.flatten_all()?.to_vec1()?;
            // Vectors are biases and normalisation: shrinking them has no use (He et al. 2019).
            let decay = if var.rank() > 1 { decay } else { 0.0 };
            let moments = first.iter_mut().zip(second);
            for ((value, gradient), (first, second)) in values.iter_mut().zip(gradient).zip(moments) {
                // Decoupled (Loshchilov and Hutter 2019), or as a part of the loss.
                let coupled = if is_decoupled { 0.0 } else { decay * *value };
                let shrunk = if is_decoupled { decay * *value } else { 0.0 };
                let moments = Moments { first, second, corrections };
                *value -= rate * (method.direction(gradient + coupled, moments) + shrunk);
            }
            var.set(&Tensor::from_vec(values, var.shape(), var.device())?)?;
        }
        Ok(())
    }

    /// Moves the weights uphill along the gradient, by [`UPHILL`] in all. Returns where they were.
    pub fn climb(&mut self, gradients: &GradStore) -> Result<Vec<Tensor>> {
        let mut squares = 0.0;
        for Learned { var, .. } in &self.learned {
            if let Some(gradient) = gradients.get(var.as_tensor()) {
                squares += gradient.sqr()?.sum_all()?.to_scalar::<f32>()?;
            }
        }
        let by = f64::from(UPHILL / (squares.sqrt() + 1e-12));
        self.learned
            .iter()
            .map(|Learned { var, .. }| {
                let before = var.as_tensor().detach().copy()?;
                if let Some(gradient) = gradients.get(var.as_tensor()) {
                    var.set(&(&before + (gradient * by)?)?)?;
                }
                Ok(before)
            })
            .collect()
    }

    /// Puts the weights back to where [`Self::climb`] found them.
    pub fn come_back(&mut self, before: &[Tensor]) -> Result<()> {
        self.learned.iter().zip(before).try_for_each(|(learned, before)| learned.var.set(before))
    }

    /// Lengths of the weights and gradients of each layer that has a kernel or a matrix.
    pub fn norms(&self, gradients: &GradStore) -> Result<Vec<LayerNorms>> {
        let length = |tensor: &Tensor| tensor.sqr()?.sum_all()?.to_scalar::<f32>().map(f32::sqrt);
        let norms = |Learned { name, var, .. }: &Learned| {
            let gradient = gradients.get(var.as_tensor()).map_or(Ok(0.0), length)?;
            let name = name.trim_end_matches(".weight").trim_end_matches(".conv").to_string();
            Ok(LayerNorms { name, weights: length(var.as_tensor())?, gradient })
        };
        self.learned.iter().filter(|learned| learned.var.rank() > 1).map(norms).collect()
    }
}

impl Method {
    /// Which way a weight goes, for a rate of 1; downhill is positive.
    fn direction(self, gradient: f32, moments: Moments) -> f32 {
        let Moments { first, second, corrections: [correct1, correct2] } = moments;
        match self {
            Self::Sgd => gradient,
            Self::Momentum | Self::SharpnessAware => {
                *first = MOMENTUM * *first + gradient;
                *first
            }
            Self::Nesterov => {
                *first = MOMENTUM * *first + gradient;
                gradient + MOMENTUM * *first
            }
            Self::RmsProp => {
                *second = RMS * *second + (1.0 - RMS) * gradient * gradient;
                gradient / (second.sqrt() + EPSILON)
            }
            Self::Adam | Self::AdamW => {
                *first = MOMENTUM * *first + (1.0 - MOMENTUM) * gradient;
                *second = SECOND * *second + (1.0 - SECOND) * gradient * gradient;
                (*first / correct1) / ((*second / correct2).sqrt() + EPSILON)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_nn::Init;

    /// Two steps of each method from 1 along a slope of 2, with a rate of 0.1 and no decay, by hand.
    #[test]
    fn two_steps_are_those_of_the_papers() {
        let expected = [
            (Method::Sgd, 1.0 - 0.2 - 0.2),
            (Method::Momentum, 1.0 - 0.2 - 0.38),
            (Method::Nesterov, 1.0 - 0.1 * (2.0 + 1.8) - 0.1 * (2.0 + 0.9 * 3.8)),
            // sqrt(0.01 * 4) = 0.2, then sqrt(0.0396 + 0.04).
            (Method::RmsProp, 1.0 - 0.1 * 2.0 / 0.2 - 0.1 * 2.0 / 0.0796_f32.sqrt()),
            (Method::Adam, 0.8),
            (Method::AdamW, 0.8),
            (Method::SharpnessAware, 1.0 - 0.2 - 0.38),
        ];
        for (method, end) in expected {
            let parameters = Parameters::seeded(1);
            let weight = parameters.builder().get_with_hints((1, 1), "w.weight", Init::Const(1.0)).unwrap();
            let mut optimiser = Optimiser::new(method, 0.0, &parameters);
            for _ in 0..2 {
                let loss = (&weight * 2.0).unwrap().sum_all().unwrap();
                optimiser.step(&loss.backward().unwrap(), 0.1).unwrap();
            }
            let value: f32 = weight.sum_all().unwrap().to_scalar().unwrap();
            assert!((value - end).abs() < 1e-4, "{method:?}: {value}, not {end}");
        }
    }

    #[test]
    fn decay_shrinks_matrices_and_a_climb_comes_back() {
        let parameters = Parameters::seeded(1);
        let vb = parameters.builder();
        let matrix = vb.get_with_hints((1, 1), "m.weight", Init::Const(1.0)).unwrap();
        let vector = vb.get_with_hints(1, "v.bias", Init::Const(1.0)).unwrap();
        let mut optimiser = Optimiser::new(Method::Sgd, 0.5, &parameters);
        let loss = (matrix.sum_all().unwrap() + vector.sum_all().unwrap()).unwrap();
        let gradients = loss.backward().unwrap();
        let norms = optimiser.norms(&gradients).unwrap();
        assert_eq!(norms, [LayerNorms { name: "m".into(), weights: 1.0, gradient: 1.0 }]);
        let before = optimiser.climb(&gradients).unwrap();
        let value = |tensor: &Tensor| tensor.sum_all().unwrap().to_scalar::<f32>().unwrap();
        // Uphill along (1, 1).
        assert!((value(&matrix) - (1.0 + 0.05 / 2f32.sqrt())).abs() < 1e-5);
        optimiser.come_back(&before).unwrap();
        optimiser.step(&gradients, 0.1).unwrap();
        assert!((value(&matrix) - 0.85).abs() < 1e-5 && (value(&vector) - 0.9).abs() < 1e-5);
    }
}

//! AdamW (Loshchilov and Hutter 2019) and the average of the weights, both of which a checkpoint can hold.

use super::parameters::Parameters;
use candle_core::backprop::GradStore;
use candle_core::{Device, Result, Shape, Tensor, Var};
use rayon::prelude::*;
use std::collections::HashMap;

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// The moments of each learned weight.
#[derive(Debug)]
pub struct AdamW {
    learned: Vec<Moments>,
    steps: usize,
    weight_decay: f64,
}

#[derive(Debug)]
struct Moments {
    name: String,
    var: Var,
    first: Vec<f32>,
    second: Vec<f32>,
}

/// Running statistics are followed, not learned.
pub(super) fn is_learned(name: &str) -> bool {
    !name.ends_with("running_mean") && !name.ends_with("running_var")
}

/// Bias correction of both moments, `1 - beta^step` (Kingma and Ba 2015).
pub(super) fn corrections(step: usize) -> [f64; 2] {
    [BETA1, BETA2].map(|beta| 1.0 - beta.powi(step as i32))
}

impl AdamW {
    /// Moments of zero.
    pub fn new(parameters: &Parameters, weight_decay: f64) -> Self {
        let learned = parameters
            .all()
            .into_iter()
            .filter(|(name, _)| is_learned(name))
            .map(|(name, var)| {
                let zeros = vec![0.0; var.elem_count()];
                Moments { name, var, first: zeros.clone(), second: zeros }
            })
            .collect();
        Self { learned, steps: 0, weight_decay }
    }

    /// One step down the gradient.
    pub fn step(&mut self, gradients: &GradStore, rate: f64) -> Result<()> {
        self.steps += 1;
        let [correct1, correct2] = corrections(self.steps);
        let weight_decay = self.weight_decay;
        self.learned.par_iter_mut().try_for_each(|learned| {
            let Some(gradient) = gradients.get(&learned.var) else { return Ok(()) };
            let gradient: Vec<f32> = gradient.flatten_all()?.to_vec1()?;
            let mut values: Vec<f32> = learned.var.flatten_all()?.to_vec1()?;
            // Vectors are biases and normalisation: shrinking them has no use (He et al. 2019).
            let decay = if learned.var.rank() > 1 { rate * weight_decay } else { 0.0 };
            let moments = learned.first.iter_mut().zip(&mut learned.second);
            for ((value, gradient), (first, second)) in values.iter_mut().zip(&gradient).zip(moments) {
                *first = (BETA1 as f32) * *first + (1.0 - BETA1 as f32) * gradient;
                *second = (BETA2 as f32) * *second + (1.0 - BETA2 as f32) * gradient * gradient;
                let direction =
                    (f64::from(*first) / correct1) / ((f64::from(*second) / correct2).sqrt() + EPSILON);
                *value -= (rate * direction + decay * f64::from(*value)) as f32;
            }
            learned.var.set(&Tensor::from_vec(values, learned.var.shape(), learned.var.device())?)
        })
    }

    /// The moments, for a checkpoint.
    pub fn state(&self) -> Result<HashMap<String, Tensor>> {
        let mut state = HashMap::new();
        for learned in &self.learned {
            for (moment, values) in [("first", &learned.first), ("second", &learned.second)] {
                let tensor = Tensor::from_slice(values, learned.var.shape(), learned.var.device())?;
                state.insert(format!("{moment}.{}", learned.name), tensor);
            }
        }
        Ok(state)
    }

    /// The moments, from a checkpoint.
    pub fn restore(&mut self, state: &HashMap<String, Tensor>, steps: usize) -> Result<()> {
        self.steps = steps;
        for learned in &mut self.learned {
            for (moment, values) in [("first", &mut learned.first), ("second", &mut learned.second)] {
                let name = format!("{moment}.{}", learned.name);
                let Some(tensor) = state.get(&name) else { candle_core::bail!("{name} is missing") };
                *values = tensor.flatten_all()?.to_vec1()?;
            }
        }
        Ok(())
    }

    /// Steps taken so far.
    pub fn steps(&self) -> usize {
        self.steps
    }
}

/// The exponential moving average of all weights (Polyak and Juditsky 1992): what is validated and exported.
#[derive(Debug)]
pub struct WeightEma {
    values: Vec<(String, Shape, Vec<f32>)>,
    decay: f64,
}

impl WeightEma {
    /// Starts at the weights themselves.
    pub fn new(parameters: &Parameters, decay: f64) -> Result<Self> {
        let mut average = Self { values: Vec::new(), decay };
        average.restore(parameters.snapshot()?)?;
        Ok(average)
    }

    /// Updates the average after step number `step`. The decay is smaller in the first steps, otherwise the initial weights would dominate.
    pub fn follow(&mut self, parameters: &Parameters, step: usize) -> Result<()> {
        let decay = self.decay(step) as f32;
        let vars = parameters.all();
        self.values.par_iter_mut().zip(vars).try_for_each(|((name, _, values), (var_name, var))| {
            if *name != var_name {
                candle_core::bail!("the average knows {name} where the network has {var_name}");
            }
            let latest: Vec<f32> = var.flatten_all()?.to_vec1()?;
            values
                .iter_mut()
                .zip(latest)
                .for_each(|(value, latest)| *value += (1.0 - decay) * (latest - *value));
            Ok(())
        })
    }

    /// How much of the average stays at step number `step`.
    pub(super) fn decay(&self, step: usize) -> f64 {
        self.decay.min((1.0 + step as f64) / (10.0 + step as f64))
    }

    /// The averaged weights.
    pub fn values(&self) -> Result<HashMap<String, Tensor>> {
        let tensor = |(name, shape, values): &(String, Shape, Vec<f32>)| {
            Ok((name.clone(), Tensor::from_slice(values, shape, &Device::Cpu)?))
        };
        self.values.iter().map(tensor).collect()
    }

    /// Continues from a checkpoint.
    pub fn restore(&mut self, values: HashMap<String, Tensor>) -> Result<()> {
        let flat = |(name, tensor): (String, Tensor)| {
            Ok((name, tensor.shape().clone(), tensor.flatten_all()?.to_vec1()?))
        };
        self.values = values.into_iter().map(flat).collect::<Result<_>>()?;
        // In the order in which the parameters are listed.
        self.values.sort_by(|(a, ..), (b, ..)| a.cmp(b));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::DType;
    use candle_nn::Init;

    #[test]
    fn the_first_step_is_the_rate_down_the_slope_and_decay_spares_vectors() {
        let parameters = Parameters::seeded(1);
        let vb = parameters.builder();
        let matrix = vb.get_with_hints((2, 2), "matrix", Init::Const(1.0)).unwrap();
        let vector = vb.get_with_hints(2, "vector", Init::Const(1.0)).unwrap();
        vb.get_with_hints(2, "norm.running_mean", Init::Const(0.5)).unwrap();
        let mut optimiser = AdamW::new(&parameters, 0.1);
        let loss = ((matrix.sum_all().unwrap() * 3.0).unwrap() - vector.sum_all().unwrap()).unwrap();
        optimiser.step(&loss.backward().unwrap(), 0.01).unwrap();
        // The bias corrections make the first direction the gradient's sign (Kingma and Ba 2015).
        let close = |t: &Tensor, v: f32| {
            t.flatten_all().unwrap().to_vec1::<f32>().unwrap().iter().all(|x| (x - v).abs() < 1e-5)
        };
        assert!(close(&matrix, 1.0 - 0.01 - 0.01 * 0.1), "{matrix}");
        assert!(close(&vector, 1.0 + 0.01), "{vector}");
        assert!(close(&vb.get(2, "norm.running_mean").unwrap(), 0.5));
    }

    #[test]
    fn the_average_comes_to_rest_at_constant_weights() {
        let parameters = Parameters::seeded(1);
        let weight = parameters.builder().get_with_hints(3, "w", Init::Const(0.0)).unwrap();
        let mut average = WeightEma::new(&parameters, 0.9).unwrap();
        let one = Tensor::ones(3, DType::F32, &Device::Cpu).unwrap();
        Var::from_tensor(&weight).unwrap().set(&one).unwrap();
        for step in 1..200 {
            average.follow(&parameters, step).unwrap();
        }
        let value = average.values().unwrap().get("w").unwrap().to_vec1::<f32>().unwrap();
        assert!(value.iter().all(|v| (v - 1.0).abs() < 1e-4), "{value:?}");
    }
}

//! The weights while they are learned: seeded at birth, named as the code names them, saved and restored whole.

use crate::model::Weights;
use candle_core::{DType, Device, Result, Shape, Tensor, Var};
use candle_nn::Init;
use candle_nn::VarBuilder;
use candle_nn::init::{FanInOut, NormalOrUniform};
use candle_nn::var_builder::SimpleBackend;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// All weights and running statistics, by name. Clones share them.
#[derive(Clone, Debug)]
pub struct Parameters {
    seed: u64,
    start: Arc<Weights<'static>>,
    vars: Arc<Mutex<BTreeMap<String, Var>>>,
}

impl Parameters {
    /// No weights yet. Each is initialised when the network first asks for it, from the seed and its own name, so that adding a layer
    /// changes no other weight.
    pub fn seeded(seed: u64) -> Self {
        Self { seed, start: Arc::default(), vars: Arc::default() }
    }

    /// Weights that are found in `start` by name and shape begin there instead. Where only the number of channels read
    /// differs (a grey image for a colour network), the kernels are summed over them.
    pub fn starting_from(seed: u64, start: Weights<'static>) -> Self {
        Self { start: Arc::new(start), ..Self::seeded(seed) }
    }

    /// Whether a convolution's normalisation is folded into it in the weights to start from.
    pub fn is_folded(&self, convolution: &str) -> bool {
        let has = |part: &str| self.start.contains(&format!("{convolution}.{part}"));
        has("conv.weight") && has("norm.bias") && !has("norm.running_mean")
    }

    /// Whether some are.
    pub fn starts_folded(&self) -> bool {
        self.start
            .names()
            .filter_map(|name| name.strip_suffix(".conv.weight"))
            .any(|name| self.is_folded(name))
    }

    /// How many of the weights began in `start`.
    pub fn started(&self) -> usize {
        self.all().iter().filter(|(name, var)| self.found(name, var.shape()).is_some()).count()
    }

    fn found(&self, name: &str, shape: &Shape) -> Option<Vec<f32>> {
        let array = self.start.get(name)?;
        match (array.shape.as_slice(), shape.dims()) {
            (there, here) if there == here => Some(array.values),
            (&[to, channels, k, l], &[here, 1, m, n]) if (to, k, l) == (here, m, n) && channels > 1 => {
                let kernels = array.values.chunks(channels * k * l);
                let sum = |kernel: &[f32], tap: usize| kernel.iter().skip(tap).step_by(k * l).sum();
                Some(kernels.flat_map(|kernel| (0..k * l).map(move |tap| sum(kernel, tap))).collect())
            }
            _ => None,
        }
    }

    /// For the network's constructor.
    pub fn builder(&self) -> VarBuilder<'static> {
        VarBuilder::from_backend(Box::new(self.clone()), DType::F32, Device::Cpu)
    }

    /// Names and weights, in the names' order.
    pub fn all(&self) -> Vec<(String, Var)> {
        let vars = self.vars.lock().unwrap_or_else(PoisonError::into_inner);
        vars.iter().map(|(name, var)| (name.clone(), var.clone())).collect()
    }

    /// Copies of all values, which later learning does not change.
    pub fn snapshot(&self) -> Result<HashMap<String, Tensor>> {
        self.all().into_iter().map(|(name, var)| Ok((name, var.as_tensor().detach().copy()?))).collect()
    }

    /// Sets every weight; `None` names the first that is missing or has another shape.
    pub fn restore(&self, values: &HashMap<String, Tensor>) -> Result<()> {
        for (name, var) in self.all() {
            match values.get(&name) {
                Some(value) => var.set(value)?,
                None => candle_core::bail!("{name} is missing"),
            }
        }
        Ok(())
    }

    fn born(&self, name: &str, shape: &Shape, init: Init) -> Result<Tensor> {
        if let Some(values) = self.found(name, shape) {
            return Tensor::from_vec(values, shape, &Device::Cpu);
        }
        // A new head on learned features begins at nothing: the gradients of random answers would undo what was learned.
        if name.starts_with("head.") && self.start.names().next().is_some() {
            return Tensor::zeros(shape, DType::F32, &Device::Cpu);
        }
        // FNV-1a: a stable hash, so that the same name starts the same on every machine.
        let hash = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
        let mut random = ChaCha8Rng::seed_from_u64(self.seed ^ hash);
        let mut draw = |spread: Spread| -> f32 {
            match spread {
                Spread::Normal(mean, deviation) => mean + deviation * normal(&mut random),
                Spread::Uniform(low, high) => low + (high - low) * random.random::<f32>(),
            }
        };
        let spread = match init {
            Init::Const(value) => Spread::Normal(value as f32, 0.0),
            Init::Randn { mean, stdev } => Spread::Normal(mean as f32, stdev as f32),
            Init::Uniform { lo, up } => Spread::Uniform(lo as f32, up as f32),
            Init::Kaiming { dist, fan, non_linearity } => {
                let fan = match fan {
                    FanInOut::FanIn => FanInOut::FanIn.for_shape(shape),
                    FanInOut::FanOut => FanInOut::FanOut.for_shape(shape),
                };
                let deviation = (non_linearity.gain() / (fan as f64).sqrt()) as f32;
                match dist {
                    NormalOrUniform::Normal => Spread::Normal(0.0, deviation),
                    NormalOrUniform::Uniform => {
                        Spread::Uniform(-deviation * 3f32.sqrt(), deviation * 3f32.sqrt())
                    }
                }
            }
        };
        let values: Vec<f32> = (0..shape.elem_count()).map(|_| draw(spread)).collect();
        Tensor::from_vec(values, shape, &Device::Cpu)
    }
}

#[derive(Clone, Copy)]
enum Spread {
    Normal(f32, f32),
    Uniform(f32, f32),
}

/// A draw from the standard normal distribution (Box and Muller 1958).
pub(super) fn normal(random: &mut ChaCha8Rng) -> f32 {
    let (a, b): (f32, f32) = (random.random(), random.random());
    (-2.0 * (1.0 - a).ln()).sqrt() * (std::f32::consts::TAU * b).cos()
}

impl SimpleBackend for Parameters {
    fn get(&self, shape: Shape, name: &str, init: Init, _: DType, _: &Device) -> Result<Tensor> {
        let mut vars = self.vars.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(var) = vars.get(name) {
            if var.shape() != &shape {
                candle_core::bail!("{name} is {:?}, not {shape:?}", var.shape());
            }
            return Ok(var.as_tensor().clone());
        }
        let var = Var::from_tensor(&self.born(name, &shape, init)?)?;
        vars.insert(name.to_string(), var.clone());
        Ok(var.as_tensor().clone())
    }

    fn get_unchecked(&self, name: &str, _: DType, _: &Device) -> Result<Tensor> {
        let vars = self.vars.lock().unwrap_or_else(PoisonError::into_inner);
        match vars.get(name) {
            Some(var) => Ok(var.as_tensor().clone()),
            None => candle_core::bail!("{name} is missing"),
        }
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.vars.lock().unwrap_or_else(PoisonError::into_inner).contains_key(name)
    }
}

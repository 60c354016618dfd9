//! A network in training: the same graph, with batch normalisation and gradients.
//!
//! Everything between the image and the feature map is one candle operation with its own backward pass.
//! candle's backward pass would allocate and fill a buffer for each layer, which took a third of a training
//! step.

use super::graph::Graph;
use super::node::{Conv, Node};
use super::tape::Tape;
use super::tensor::{lend, values};
use crate::kernels::Shape;
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Tensor, Var};
use candle_nn::{Init, Linear, Module, VarBuilder, init};
use std::sync::{Arc, Mutex, PoisonError};

/// A trainable network. The names of its weights are those of the graph.
#[derive(Debug)]
pub struct TrainNetwork {
    /// In the order that [`Tape`] expects.
    weights: Vec<Tensor>,
    running: Vec<Running>,
    tape: Arc<Mutex<Tape>>,
    head: Linear,
}

/// The result of a forward pass on a batch.
#[derive(Debug)]
pub struct TrainOutput {
    /// Logits, `(batch, classes)`.
    pub logits: Tensor,
    /// Logits, `(batch, height * width)`, if the network segments an outline.
    pub outline: Option<Tensor>,
}

/// Running statistics of one batch normalisation. They are not trained, and are folded at export.
#[derive(Debug)]
struct Running {
    mean: Var,
    variance: Var,
}

/// Momentum of the running statistics: the weight of a new batch. PyTorch's default.
pub const MOMENTUM: f64 = 0.1;

/// Initial standard deviation of the outline's logits (gamma of the last normalisation). With 1, no pixel
/// could be classified with certainty, and a part of the background would always count as inside.
const OUTLINE_SPREAD: f64 = 4.0;

impl TrainNetwork {
    /// Takes every weight from `vb`.
    ///
    /// # Errors
    /// Fails if `vb` lacks a weight, or if the graph has a layer that cannot learn.
    pub fn new(graph: &Graph, vb: &VarBuilder) -> Result<Self> {
        let tape = Arc::new(Mutex::new(Tape::new(graph)?));
        let (mut weights, mut running) = (Vec::new(), Vec::new());
        for (index, node) in graph.nodes.iter().enumerate() {
            let Node::Conv(conv) = node else { continue };
            let vb = vb.pp(&conv.name);
            for (branch, shape) in branches(conv) {
                let vb = if branch.is_empty() { vb.clone() } else { vb.pp(branch) };
                if let Some(shape) = shape {
                    weights.push(vb.get_with_hints(
                        shape.to_vec(),
                        "conv.weight",
                        init::DEFAULT_KAIMING_NORMAL,
                    )?);
                }
                let norm = vb.pp("norm");
                let constant =
                    |name: &str, value: f64| norm.get_with_hints(conv.to, name, Init::Const(value));
                let spread = if Some(index + 1) == graph.outline { OUTLINE_SPREAD } else { 1.0 };
                weights.push(constant("weight", spread)?);
                weights.push(constant("bias", 0.0)?);
                let mean = Var::from_tensor(&constant("running_mean", 0.0)?)?;
                running.push(Running { mean, variance: Var::from_tensor(&constant("running_var", 1.0)?)? });
            }
        }
        let head = candle_nn::linear(graph.head.features, graph.head.classes, vb.pp("head"))?;
        Ok(Self { weights, running, tape, head })
    }

    /// The forward pass in training mode. Updates the running statistics.
    ///
    /// # Shapes
    /// `xs`: `(batch, height, width, channels)`, f32, normalised.
    pub fn forward(&self, xs: &Tensor) -> Result<TrainOutput> {
        self.forward_with(xs, None)
    }

    /// As [`Self::forward`], with dropout before the head (Srivastava et al. 2014): the pooled features are multiplied by `mask`.
    ///
    /// # Shapes
    /// `mask`: `(batch, features)`, f32: 0 where a feature is dropped, `1 / (1 - share)` elsewhere, so that the mean stays.
    pub fn forward_with(&self, xs: &Tensor, mask: Option<&Tensor>) -> Result<TrainOutput> {
        let weights: Vec<Tensor> = self.weights.iter().map(Tensor::flatten_all).collect::<Result<_>>()?;
        let weights = Tensor::cat(&weights, 0)?;
        let values = xs.apply_op2(&weights, Body { tape: self.tape.clone() })?;
        let batch = xs.dim(0)?;
        self.follow(batch, MOMENTUM)?;
        let results: Vec<Shape> =
            self.tape.lock().unwrap_or_else(PoisonError::into_inner).results().collect();
        let mut from = 0;
        let mut parts = results.into_iter().map(|shape| {
            let count = batch * shape.values();
            from += count;
            Ok::<_, candle_core::Error>((values.narrow(0, from - count, count)?, shape))
        });
        let Some((features, shape)) = parts.next().transpose()? else {
            candle_core::bail!("a network without a feature map")
        };
        let (pixels, channels) = (shape.height * shape.width, shape.channels);
        // Global average pooling as a matrix product, because candle's mean over inner dimensions is slow.
        let share = Tensor::full(1.0 / pixels as f32, (batch, 1, pixels), xs.device())?;
        let pooled = share.matmul(&features.reshape((batch, pixels, channels))?)?;
        let pooled = pooled.squeeze(1)?;
        let logits = match mask {
            Some(mask) => self.head.forward(&(pooled * mask)?)?,
            None => self.head.forward(&pooled)?,
        };
        let outline = parts.next().transpose()?;
        let outline = outline.map(|(values, shape)| values.reshape((batch, shape.values())));
        Ok(TrainOutput { logits, outline: outline.transpose()? })
    }

    /// Initialises batch norm so that each layer named by `is_folded` is the identity on this batch. Folded
    /// weights come without normalisation; after this, training starts from exactly what the folded network
    /// computes. `is_folded` gets the convolution's name.
    ///
    /// # Shapes
    /// `xs`: `(batch, height, width, channels)`, f32, normalised.
    pub fn initialise_norms(&self, xs: &Tensor, is_folded: impl Fn(&str) -> bool) -> Result<()> {
        let mut weights = Vec::new();
        for weight in &self.weights {
            weights.extend(weight.flatten_all()?.to_vec1::<f32>()?);
        }
        let (batch, xs) = (xs.dim(0)?, xs.flatten_all()?.to_vec1::<f32>()?);
        {
            let mut tape = self.tape.lock().unwrap_or_else(PoisonError::into_inner);
            tape.initialise_norms(batch, &xs, &mut weights, is_folded)?;
        }
        let mut rest = weights.as_slice();
        for weight in &self.weights {
            let (own, others) = rest.split_at_checked(weight.elem_count()).unwrap_or((rest, &[]));
            Var::from_tensor(weight)?.set(&Tensor::from_slice(own, weight.shape(), weight.device())?)?;
            rest = others;
        }
        self.follow(batch, 1.0)
    }

    fn follow(&self, batch: usize, momentum: f64) -> Result<()> {
        let tape = self.tape.lock().unwrap_or_else(PoisonError::into_inner);
        for (running, (statistics, pixels)) in self.running.iter().zip(tape.statistics()) {
            // As in PyTorch, the running variance is the unbiased one: it estimates the variance of the
            // population.
            let count = (batch * pixels) as f64;
            follow(&running.mean, &statistics.mean, 1.0, momentum)?;
            follow(&running.variance, &statistics.variance, count / (count - 1.0).max(1.0), momentum)?;
        }
        Ok(())
    }
}

/// The branches of a convolution in training: the infix of the weights' names, and the kernel's shape (`None`
/// for the identity).
pub(super) fn branches(conv: &Conv) -> Vec<(&'static str, Option<[usize; 4]>)> {
    let shape = conv.weight_shape();
    let mut branches = vec![("", Some(shape))];
    if conv.branches {
        branches.push(("point", Some([shape[0], shape[1], 1, 1])));
        if conv.stride == 1 && conv.from == conv.to {
            branches.push(("identity", None));
        }
    }
    branches
}

/// Moves a running statistic towards the batch's by `momentum`.
fn follow(running: &Var, batch: &[f32], scale: f64, momentum: f64) -> Result<()> {
    let batch = Tensor::new(batch, running.device())?;
    running.set(&((running.as_detached_tensor() * (1.0 - momentum))? + (batch * (momentum * scale))?)?)
}

/// The layers between image and returned values as one operation. Its result is all returned values,
/// concatenated.
struct Body {
    tape: Arc<Mutex<Tape>>,
}

impl CustomOp2 for Body {
    fn name(&self) -> &'static str {
        "body"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        lx: &Layout,
        w: &CpuStorage,
        lw: &Layout,
    ) -> Result<(CpuStorage, candle_core::Shape)> {
        let (x, w) = (values(x, lx)?, values(w, lw)?);
        let mut tape = self.tape.lock().unwrap_or_else(PoisonError::into_inner);
        let batch = lx.shape().dims4()?.0;
        let values = tape.forward(batch, x, w)?;
        let shape = candle_core::Shape::from(values.len());
        Ok((CpuStorage::F32(values), shape))
    }

    fn bwd(
        &self,
        _: &Tensor,
        w: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let mut tape = self.tape.lock().unwrap_or_else(PoisonError::into_inner);
        let learned = lend(w, &gradient.contiguous()?, |w, gradient| tape.backward(w, gradient))?;
        Ok((None, Some(Tensor::from_vec(learned, w.shape(), w.device())?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::{Activation, Geometry};
    use crate::model::{Architecture, Network, Pool, Size, Weights, fold};
    use candle_core::{DType, Device};
    use candle_nn::VarMap;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use std::collections::BTreeMap;

    /// A small network, with its weights and a batch of images.
    fn small(graph: &Graph) -> (VarMap, TrainNetwork, Tensor) {
        let vars = VarMap::new();
        let learner =
            TrainNetwork::new(graph, &VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu)).unwrap();
        // `VarMap` initialises without a seed. Here the weights are the same in every run, in the order of
        // their names.
        let mut random = ChaCha8Rng::seed_from_u64(7);
        let named: BTreeMap<String, Var> = vars.data().lock().unwrap().clone().into_iter().collect();
        for var in named.values().filter(|var| var.rank() > 1) {
            let bound = (6.0 / (var.elem_count() / var.dims()[0]) as f32).sqrt();
            let values: Vec<f32> =
                (0..var.elem_count()).map(|_| random.random_range(-bound..bound)).collect();
            var.set(&Tensor::from_vec(values, var.shape(), &Device::Cpu).unwrap()).unwrap();
        }
        let xs: Vec<f32> =
            (0..4 * 32 * 32 * 3).map(|i| (i as f32 * 0.37).sin() + (i as f32 * 0.011).cos()).collect();
        (vars, learner, Tensor::from_vec(xs, (4, 32, 32, 3), &Device::Cpu).unwrap())
    }

    /// A network of every layer that can learn and that no family has.
    fn mixed() -> Graph {
        let pool =
            |input, padding| Pool { input, kernel: 3, stride: 2, pad_begin: padding, pad_end: padding };
        let alone = |input, activation| Node::Concat { inputs: vec![input], norm: None, activation };
        let mut b = Graph::new(Size { channels: 3, height: 32, width: 32 }, 3, 1e-5);
        b.conv("stem", 8, 3, Geometry::symmetric(2, 1), |conv| conv.activation = Activation::Silu);
        b.push(Node::MaxPool(pool(1, 1)));
        b.conv("grouped", 8, 3, Geometry::symmetric(1, 1), |conv| {
            (conv.groups, conv.activation) = (2, Activation::HardSwish);
        });
        b.push(Node::Concat { inputs: vec![2, 3], norm: None, activation: Activation::Gelu });
        b.push(Node::AveragePool(pool(4, 1)));
        b.push(Node::GlobalAveragePool { input: 5 });
        b.push(alone(6, Activation::Sigmoid));
        b.push(Node::Multiply { input: 5, by: 7 });
        b.head.features = 16;
        b.conv("last", 12, 1, Geometry::symmetric(1, 0), |conv| conv.activation = Activation::Relu);
        b
    }

    fn graphs() -> Vec<Graph> {
        let families = [
            Architecture::Residual { widths: vec![8, 12], blocks: vec![1, 2] },
            Architecture::Chain { widths: vec![8, 12], depths: vec![1, 2] },
            Architecture::EfficientNetLite0 { stages: 3, widen: true, outline: None },
            Architecture::EfficientNetLite0 { stages: 3, widen: false, outline: Some(8) },
        ];
        let graphs = families.iter().map(|architecture| architecture.graph(3, 32, 3).unwrap());
        graphs.chain([mixed()]).collect()
    }

    fn flat(tensor: Tensor) -> Vec<f32> {
        tensor.flatten_all().unwrap().to_vec1().unwrap()
    }

    /// A loss that depends on every logit.
    fn loss(learner: &TrainNetwork, xs: &Tensor) -> Tensor {
        let TrainOutput { logits, outline } = learner.forward(xs).unwrap();
        let waves = |logits: &Tensor| {
            let waves: Vec<f32> = (0..logits.elem_count()).map(|i| (i as f32).cos()).collect();
            let waves = Tensor::from_vec(waves, logits.shape(), &Device::Cpu).unwrap();
            (logits * waves).unwrap().sum_all().unwrap()
        };
        let drawn = outline.iter().map(|outline| (waves(outline) * (0.1 / OUTLINE_SPREAD)).unwrap());
        drawn.fold(waves(&logits), |sum, more| (sum + more).unwrap())
    }

    #[test]
    fn every_gradient_matches_finite_differences() {
        for graph in graphs() {
            let what = graph.nodes.first();
            let (vars, learner, xs) = small(&graph);
            let gradients = loss(&learner, &xs).backward().unwrap();
            let named = vars.data().lock().unwrap().clone();
            let mut compared = 0;
            for (name, var) in named.iter().filter(|(name, _)| !name.contains("running")) {
                let gradient: Vec<f32> =
                    gradients.get(var).unwrap().flatten_all().unwrap().to_vec1().unwrap();
                // Along the gradient itself, the slope is the gradient's length; there rounding matters
                // least.
                let length = gradient.iter().map(|g| f64::from(g * g)).sum::<f64>().sqrt();
                // A slope below the rounding error of the loss cannot be compared.
                if length < 0.02 {
                    continue;
                }
                compared += 1;
                let before = var.as_tensor().copy().unwrap();
                let along = Tensor::from_vec(gradient, var.shape(), &Device::Cpu).unwrap();
                let moved = |by: f64| -> f64 {
                    var.set(&(&before + (&along * (by / length)).unwrap()).unwrap()).unwrap();
                    let value = f64::from(loss(&learner, &xs).to_scalar::<f32>().unwrap());
                    var.set(&before).unwrap();
                    value
                };
                let slopes = [2e-3, 5e-4].map(|step| (moved(step) - moved(-step)) / (2.0 * step));
                // ReLU has corners inside some of the steps, so only one of the two steps has to agree.
                let near = slopes.iter().any(|slope| (slope - length).abs() < 0.05 * length);
                assert!(near, "{what:?} {name}: {length}, steps give {slopes:?}");
            }
            assert!(compared > 7, "only {compared} weights of {what:?} could be compared");
        }
    }

    #[test]
    fn the_folded_network_computes_the_same_as_the_trained_one() {
        for graph in graphs() {
            let (vars, learner, xs) = small(&graph);
            // Enough passes for the running statistics to reach those of the batch.
            for _ in 0..200 {
                learner.forward(&xs).unwrap();
            }
            let learned = learner.forward(&xs).unwrap();
            let logits: Vec<Vec<f32>> = learned.logits.to_vec2().unwrap();
            let outlines: Vec<Vec<f32>> =
                learned.outline.map_or(vec![vec![]; logits.len()], |o| o.to_vec2().unwrap());
            let mut weights = Weights::default();
            for (name, var) in vars.data().lock().unwrap().iter() {
                weights.insert(name, var.dims(), &var.flatten_all().unwrap().to_vec1::<f32>().unwrap());
            }
            let network = Network::new(&graph, &fold(&graph, &weights.builder()).unwrap().builder()).unwrap();
            for (image, (logits, outline)) in logits.iter().zip(outlines).enumerate() {
                let output = network.outputs(&xs.get(image).unwrap()).unwrap();
                let got = output.logits.to_vec1().unwrap();
                let drawn = output.outline.map(flat).unwrap_or_default();
                // Divided by `OUTLINE_SPREAD`, so that the tolerance is the same for outlines and logits.
                let narrow = |values: Vec<f32>| -> Vec<f32> {
                    values.iter().map(|value| value / OUTLINE_SPREAD as f32).collect()
                };
                let (drawn, outline) = (narrow(drawn), narrow(outline));
                for (got, expected) in [(&got, logits), (&drawn, &outline)] {
                    assert_eq!(got.len(), expected.len());
                    // The running variance is the unbiased one: 1/64 larger in the smallest of about a dozen
                    // layers.
                    let off = got.iter().zip(expected).map(|(a, b)| (a - b).abs() / (1.0 + b.abs()));
                    let mean = off.sum::<f32>() / got.len().max(1) as f32;
                    assert!(mean < 0.06, "{:?}: off by {mean}: {got:?} {expected:?}", graph.nodes.first());
                }
            }
        }
    }

    #[test]
    fn training_from_folded_weights_starts_with_the_same_outputs() {
        let architecture = Architecture::EfficientNetLite0 { stages: 3, widen: false, outline: Some(8) };
        let graph = architecture.graph(3, 32, 3).unwrap();
        let (vars, learner, xs) = small(&graph);
        for _ in 0..20 {
            learner.forward(&xs).unwrap();
        }
        let mut weights = Weights::default();
        for (name, var) in vars.data().lock().unwrap().iter() {
            weights.insert(name, var.dims(), &var.flatten_all().unwrap().to_vec1::<f32>().unwrap());
        }
        let folded = fold(&graph, &weights.builder()).unwrap();
        let network = Network::new(&graph, &folded.builder()).unwrap();
        let (vars, other, _) = small(&graph);
        let unfolded = folded.unfolded();
        for (name, var) in vars.data().lock().unwrap().iter() {
            if let Some(array) = unfolded.get(name) {
                var.set(&Tensor::from_vec(array.values, array.shape, &Device::Cpu).unwrap()).unwrap();
            }
        }
        other.initialise_norms(&xs, |_| true).unwrap();
        let learned = other.forward(&xs).unwrap();
        let all = Tensor::cat(&[learned.logits, learned.outline.unwrap()], 1).unwrap();
        for (image, got) in all.to_vec2::<f32>().unwrap().iter().enumerate() {
            let output = network.outputs(&xs.get(image).unwrap()).unwrap();
            let expected = [flat(output.logits), flat(output.outline.unwrap())].concat();
            let near = got.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-3 * (1.0 + b.abs()));
            assert!(near, "{got:?} {expected:?}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let mut graph = Graph::new(Size { channels: 3, height: 8, width: 8 }, 2, 1e-5);
        graph.conv("a", 4, 3, Geometry::symmetric(1, 1), |conv| conv.from = 5);
        let vars = VarMap::new();
        let vb = VarBuilder::from_varmap(&vars, DType::F32, &Device::Cpu);
        let error = TrainNetwork::new(&graph, &vb).unwrap_err().to_string();
        assert!(error.contains("a takes 5 channels, it is given 3"), "{error}");
        graph.nodes = vec![Node::LayerNorm { name: "n".into(), input: 0, epsilon: 1e-6 }];
        graph.head.features = 3;
        let error = TrainNetwork::new(&graph, &vb).unwrap_err().to_string();
        assert!(error.contains("layer normalisation cannot learn"), "{error}");
    }
}

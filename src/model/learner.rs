//! A network while it learns: the same blueprint, with batch normalisation and gradients.

use super::blueprint::{Blueprint, Conv, Node};
use crate::kernels::{self, Activation, batch_statistics, normalise_batch};
use candle_core::{Result, Tensor, Var};
use candle_nn::{Init, Linear, Module, VarBuilder, init};

/// A network that learns. Weight names mirror the blueprint's.
#[derive(Debug)]
pub struct Learner {
    layers: Vec<Layer>,
    head: Linear,
}

/// How much of a new batch's statistics enters the running ones; PyTorch's default.
const MOMENTUM: f64 = 0.1;

impl Learner {
    /// Asks `vb` for every weight. Pooling has no gradient here yet, so a blueprint with one is refused.
    pub fn new(blueprint: &Blueprint, vb: &VarBuilder) -> Result<Self> {
        let mut layers = Vec::with_capacity(blueprint.nodes.len());
        for node in &blueprint.nodes {
            let Node::Conv(conv) = node else { candle_core::bail!("maximum pooling cannot learn") };
            layers.push(Layer::new(conv, blueprint.epsilon, vb)?);
        }
        let head = candle_nn::linear(blueprint.head.features, blueprint.head.classes, vb.pp("head"))?;
        Ok(Self { layers, head })
    }

    /// `(batch, height, width, channels)` to logits, `(batch, classes)`. Moves the running statistics.
    pub fn forward(&self, xs: &Tensor) -> Result<Tensor> {
        let mut values = vec![xs.clone()];
        for layer in &self.layers {
            values.push(layer.forward(&values)?);
        }
        let features = values.last().unwrap_or(xs);
        let (batch, height, width, channels) = features.dims4()?;
        // The mean over the pixels as a product: candle's own mean over inner dimensions is slow.
        let share = Tensor::full(1.0 / (height * width) as f32, (batch, 1, height * width), xs.device())?;
        let pooled = share.matmul(&features.reshape((batch, height * width, channels))?)?;
        self.head.forward(&pooled.reshape((batch, channels))?)
    }
}

/// One convolution with its normalisation, branches and shortcut.
#[derive(Debug)]
struct Layer {
    conv: Conv,
    main: Branch,
    /// The 1x1 branch, and the identity where the shape stays.
    point: Option<Branch>,
    identity: Option<Norm>,
}

#[derive(Debug)]
struct Branch {
    weight: Tensor,
    norm: Norm,
}

/// Normalised by the batch; the running statistics are kept for folding.
#[derive(Debug)]
struct Norm {
    gamma: Tensor,
    beta: Tensor,
    running_mean: Var,
    running_variance: Var,
    epsilon: f32,
}

impl Layer {
    fn new(conv: &Conv, epsilon: f32, vb: &VarBuilder) -> Result<Self> {
        let vb = vb.pp(&conv.name);
        let branch = |shape: [usize; 4], vb: VarBuilder| -> Result<Branch> {
            let weight = vb.get_with_hints(shape.to_vec(), "conv.weight", init::DEFAULT_KAIMING_NORMAL)?;
            Ok(Branch { weight, norm: Norm::new(conv.to, epsilon, &vb.pp("norm"))? })
        };
        let [to, from, ..] = conv.weight_shape();
        let point = conv.branches.then(|| branch([to, from, 1, 1], vb.pp("point"))).transpose()?;
        let identity = (conv.branches && conv.stride == 1 && conv.from == conv.to)
            .then(|| Norm::new(conv.to, epsilon, &vb.pp("identity.norm")))
            .transpose()?;
        Ok(Self { conv: conv.clone(), main: branch(conv.weight_shape(), vb)?, point, identity })
    }

    fn forward(&self, values: &[Tensor]) -> Result<Tensor> {
        let value = |index: usize| match values.get(index) {
            Some(value) => Ok(value),
            None => candle_core::bail!("value {index} is read before it is made"),
        };
        let xs = value(self.conv.input)?;
        let geometry = self.conv.geometry();
        let mut others = Vec::new();
        if let Some(point) = &self.point {
            let inner = kernels::Geometry { stride: geometry.stride, before: 0, after: 0 };
            others.push(point.norm.forward(&kernels::convolve(xs, &point.weight, inner)?, Activation::Identity)?);
        }
        if let Some(identity) = &self.identity {
            others.push(identity.forward(xs, Activation::Identity)?);
        }
        if let Some(add) = self.conv.add {
            others.push(value(add)?.clone());
        }
        let ys = kernels::convolve(xs, &self.main.weight, geometry)?;
        let Some(last) = others.pop() else { return self.main.norm.forward(&ys, self.conv.activation) };
        let ys = self.main.norm.forward(&ys, Activation::Identity)?;
        let ys = others.iter().try_fold(ys, |sum, other| sum + other)?;
        match self.conv.activation {
            Activation::Identity => ys + last,
            Activation::Relu => kernels::add_relu(&ys, &last),
            Activation::Relu6 => (ys + last)?.clamp(0f32, 6f32),
        }
    }
}

impl Norm {
    fn new(channels: usize, epsilon: f32, vb: &VarBuilder) -> Result<Self> {
        let constant = |name: &str, value: f64| vb.get_with_hints(channels, name, Init::Const(value));
        Ok(Self {
            gamma: constant("weight", 1.0)?,
            beta: constant("bias", 0.0)?,
            running_mean: Var::from_tensor(&constant("running_mean", 0.0)?)?,
            running_variance: Var::from_tensor(&constant("running_var", 1.0)?)?,
            epsilon,
        })
    }

    fn forward(&self, xs: &Tensor, activation: Activation) -> Result<Tensor> {
        let statistics = batch_statistics(xs)?;
        let count = (xs.elem_count() / self.gamma.elem_count()) as f64;
        // The running variance is the unbiased one, as in PyTorch, because it stands for the population.
        let unbiased = count / (count - 1.0).max(1.0);
        follow(&self.running_mean, &statistics.mean, 1.0)?;
        follow(&self.running_variance, &statistics.variance, unbiased)?;
        normalise_batch(xs, &self.gamma, &self.beta, statistics, self.epsilon, activation)
    }
}

/// Moves a running statistic towards the batch's.
fn follow(running: &Var, batch: &[f32], scale: f64) -> Result<()> {
    let batch = Tensor::new(batch, running.device())?;
    running.set(&((running.as_detached_tensor() * (1.0 - MOMENTUM))? + (batch * (MOMENTUM * scale))?)?)
}

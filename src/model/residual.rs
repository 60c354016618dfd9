//! A small residual network: stem, stages of two-convolution blocks, mean over the image, one linear layer.

use super::layer::ConvNorm;
use crate::kernels::{self, Activation, Geometry};
use candle_core::{Result, Tensor};
use candle_nn::{Linear, Module, VarBuilder};

/// See [`super::Architecture::Residual`].
#[derive(Debug)]
pub struct Residual {
    stem: ConvNorm,
    blocks: Vec<Block>,
    head: Linear,
}

impl Residual {
    /// The stem halves the sides, and so does each stage but the first: the feature map is `side / 2^stages`.
    pub fn new(
        channels: usize,
        widths: &[usize],
        blocks: &[usize],
        classes: usize,
        vb: VarBuilder,
    ) -> Result<Self> {
        let &[first, ..] = widths else { candle_core::bail!("a residual network needs at least one stage") };
        if widths.len() != blocks.len() {
            candle_core::bail!("{} widths, but {} block counts", widths.len(), blocks.len());
        }
        let stem =
            ConvNorm::new((channels, first), 3, Geometry::symmetric(2, 1), Activation::Relu, vb.pp("stem"))?;
        let mut width = first;
        let mut built = Vec::new();
        for (stage, (&to, &count)) in widths.iter().zip(blocks).enumerate() {
            for block in 0..count {
                let stride = if stage > 0 && block == 0 { 2 } else { 1 };
                built.push(Block::new(width, to, stride, vb.pp("stages").pp(stage).pp(block))?);
                width = to;
            }
        }
        let head = candle_nn::linear(width, classes, vb.pp("head"))?;
        Ok(Self { stem, blocks: built, head })
    }

    /// `(batch, channels, side, side)` to `(batch, width, h, w)`.
    pub fn features(&self, xs: &Tensor) -> Result<Tensor> {
        self.blocks.iter().try_fold(self.stem.forward(xs)?, |xs, block| block.forward(&xs))
    }

    /// `(batch, width, h, w)` to `(batch, classes)`.
    pub fn head(&self, features: &Tensor) -> Result<Tensor> {
        self.head.forward(&features.flatten_from(2)?.mean(2)?)
    }

    /// `(classes, width)`.
    pub fn head_weights(&self) -> &Tensor {
        self.head.weight()
    }
}

/// `relu(second(first(x)) + shortcut(x))`; the shortcut is the image itself where nothing changes its shape.
#[derive(Debug)]
struct Block {
    first: ConvNorm,
    second: ConvNorm,
    shortcut: Option<ConvNorm>,
}

impl Block {
    fn new(from: usize, to: usize, stride: usize, vb: VarBuilder) -> Result<Self> {
        let first =
            ConvNorm::new((from, to), 3, Geometry::symmetric(stride, 1), Activation::Relu, vb.pp("first"))?;
        let second =
            ConvNorm::new((to, to), 3, Geometry::symmetric(1, 1), Activation::Identity, vb.pp("second"))?;
        let shortcut = if stride == 1 && from == to {
            None
        } else {
            let geometry = Geometry::symmetric(stride, 0);
            Some(ConvNorm::new((from, to), 1, geometry, Activation::Identity, vb.pp("shortcut"))?)
        };
        Ok(Self { first, second, shortcut })
    }

    fn forward(&self, xs: &Tensor) -> Result<Tensor> {
        let ys = self.second.forward(&self.first.forward(xs)?)?;
        match &self.shortcut {
            Some(shortcut) => kernels::add_relu(&ys, &shortcut.forward(xs)?),
            None => kernels::add_relu(&ys, xs),
        }
    }
}

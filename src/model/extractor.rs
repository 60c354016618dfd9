//! What all models tell images apart by: a few layers of a network, the same for every bundle, and small.

use super::{Architecture, Buffers, Error, Features, Graph, Network, Output, Weights};
use crate::fingerprint::sha256;
use crate::preprocess::fit::{InputSpec, ResizeMode};

/// The extractor's file name, beside the bundles.
pub const EXTRACTOR: &str = "extractor.safetensors";
/// Stages of EfficientNet-Lite0 that it has: later ones know what they were trained on and little else.
const STAGES: usize = 3;
/// Mean and deviation that its images are normalised with, as those of its training were.
const NORMAL: (f32, f32) = (0.498, 0.502);

/// The first layers of a trained network, for features that do not depend on what the image is examined for.
#[derive(Debug)]
pub struct Extractor {
    network: Network,
    /// The SHA-256 of its file: distances of another extractor mean nothing.
    pub sha256: String,
}

impl Extractor {
    /// Reads `models/extractor.safetensors`.
    pub fn open(bytes: &[u8]) -> Result<Self, Error> {
        let weights = Weights::from_safetensors(EXTRACTOR, bytes)?;
        Ok(Self { network: Network::new(&Self::graph()?, &weights)?, sha256: sha256(bytes) })
    }

    /// Its layers; the last of the stage before the last is a tap.
    fn graph() -> Result<Graph, Error> {
        let side = Self::frame().side as usize;
        let of = |stages| {
            Architecture::EfficientNetLite0 { stages, widen: false, outline: None }.graph(3, side, 1)
        };
        let before = of(STAGES - 1)?.last();
        Ok(Graph { intermediates: vec![before], ..of(STAGES)? })
    }

    /// What it takes: small, so that neither sharpness nor compression decides what an image is.
    pub fn frame() -> InputSpec {
        InputSpec { side: 64, channels: 3, fit: ResizeMode::Squash }
    }

    /// Of the tap and of the last feature map: the mean of each channel, then the deviation of each. `image`:
    /// `(3, side, side)`, 0 to 1.
    pub fn features(&self, image: &[f32], memory: &mut Buffers) -> Result<Vec<f32>, Error> {
        let image: Vec<f32> = image.iter().map(|value| (value - NORMAL.0) / NORMAL.1).collect();
        let Output { features, intermediates, .. } = self.network.forward(&image, memory)?;
        Ok(intermediates.iter().chain([&features]).flat_map(moments).collect())
    }

    /// The part of a trained network's weights that an extractor is made of; the answers it no longer gives are zeros.
    pub fn cut(weights: &Weights) -> Result<Weights<'static>, Error> {
        let graph = Self::graph()?;
        let mut cut = Weights::default();
        for conv in graph.convs() {
            let shape = conv.weight_shape();
            let kernel = format!("{}.conv.weight", conv.name);
            cut.insert(&kernel, &shape, &weights.shaped(&kernel, &shape)?);
            let bias = format!("{}.conv.bias", conv.name);
            cut.insert(&bias, &[conv.to], &weights.shaped(&bias, &[conv.to])?);
        }
        let features = graph.head.features;
        cut.insert("head.weight", &[1, features], &vec![0.0; features]);
        cut.insert("head.bias", &[1], &[0.0]);
        Ok(cut)
    }
}

/// The mean of each channel, then the deviation of each.
fn moments(map: &Features) -> Vec<f32> {
    let channels = map.shape.channels.max(1);
    let pixels = (map.values.len() / channels).max(1) as f32;
    let (mut means, mut deviations) = (vec![0f32; channels], vec![0f32; channels]);
    for pixel in map.values.chunks(channels) {
        means.iter_mut().zip(pixel).for_each(|(mean, value)| *mean += value / pixels);
    }
    for pixel in map.values.chunks(channels) {
        let squares = pixel.iter().zip(&means).map(|(value, mean)| (value - mean).powi(2) / pixels);
        deviations.iter_mut().zip(squares).for_each(|(sum, square)| *sum += square);
    }
    means.extend(deviations.iter().map(|square| square.sqrt()));
    means
}

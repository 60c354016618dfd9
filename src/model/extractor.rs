//! The feature extractor of the gate: the first layers of a network, small, and the same for every bundle.

use super::{Architecture, Error, Graph, Network, Output, Weights};
use crate::fingerprint::sha256;
use crate::preprocess::resize::{InputSpec, ResizeMode};
use candle_core::Tensor;

/// The extractor's file name, in the folder that holds the bundles.
pub const EXTRACTOR: &str = "extractor.safetensors";
/// Stages of EfficientNet-Lite0 in the extractor. Later stages are too specific to the task that they were
/// trained on.
const STAGES: usize = 3;
/// Mean and standard deviation for normalising the image, the same as in the extractor's training.
const NORMAL: (f32, f32) = (0.498, 0.502);

/// The first layers of a trained network. Their features do not depend on the finding that a bundle looks
/// for.
#[derive(Debug)]
pub struct Extractor {
    network: Network,
    /// SHA-256 of the extractor's file. Distances are comparable only between features of the same extractor.
    pub sha256: String,
}

impl Extractor {
    /// Parses `models/extractor.safetensors`.
    ///
    /// # Errors
    /// Fails if the file is not valid safetensors, or if its weights do not match the extractor's graph.
    pub fn open(bytes: &[u8]) -> Result<Self, Error> {
        let weights = Weights::from_safetensors(EXTRACTOR, bytes)?;
        Ok(Self { network: Network::new(&Self::graph()?, &weights.builder())?, sha256: sha256(bytes) })
    }

    /// The extractor's graph. The output of the last stage but one is an intermediate output.
    fn graph() -> Result<Graph, Error> {
        let side = Self::frame().side as usize;
        let of = |stages| {
            Architecture::EfficientNetLite0 { stages, widen: false, outline: None }.graph(3, side, 1)
        };
        let before = of(STAGES - 1)?.last();
        Ok(Graph { intermediates: vec![before], ..of(STAGES)? })
    }

    /// The input that the extractor takes. It is small, so that sharpness and compression have little
    /// influence on the features.
    pub fn frame() -> InputSpec {
        InputSpec { side: 64, channels: 3, resize: ResizeMode::Squash }
    }

    /// The features of one image: for the intermediate feature map and then for the last one, the mean of
    /// each channel, followed by the standard deviation of each channel.
    ///
    /// # Shapes
    /// `image`: `(side, side, 3)`, values 0 to 1, with the `side` of [`Extractor::frame`].
    ///
    /// Returns `(features,)`: twice the sum of both maps' channels.
    ///
    /// # Errors
    /// Fails if `image` has another length.
    pub fn features(&self, image: &[f32]) -> Result<Vec<f32>, Error> {
        let image = image.iter().map(|value| (value - NORMAL.0) / NORMAL.1).collect();
        let Output { features, intermediates, .. } = self.network.outputs(&self.network.image(image)?)?;
        let maps = intermediates.iter().chain([&features]);
        Ok(maps.map(moments).collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// Copies the extractor's part of a trained network's weights. The head, which an extractor does not use,
    /// is set to zeros.
    ///
    /// # Errors
    /// Fails if a weight is missing or has another shape.
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

/// The mean of each channel, followed by the standard deviation of each channel.
///
/// # Shapes
/// `map`: `(height, width, channels)`.
fn moments(map: &Tensor) -> candle_core::Result<Vec<f32>> {
    let (height, width, channels) = map.dims3()?;
    let (pixels, values) = ((height * width) as f32, map.flatten_all()?.to_vec1::<f32>()?);
    let (mut means, mut deviations) = (vec![0f32; channels], vec![0f32; channels]);
    for pixel in values.chunks(channels.max(1)) {
        means.iter_mut().zip(pixel).for_each(|(mean, value)| *mean += value / pixels);
    }
    for pixel in values.chunks(channels.max(1)) {
        let squares = pixel.iter().zip(&means).map(|(value, mean)| (value - mean).powi(2) / pixels);
        deviations.iter_mut().zip(squares).for_each(|(sum, square)| *sum += square);
    }
    means.extend(deviations.iter().map(|square| square.sqrt()));
    Ok(means)
}

//! A trained network as files: its weights folded and halved, and what it answers to known images.

use super::Error;
use super::recipe::Recipe;
use super::session::{Session, TrainedNetwork};
use crate::kernels::{interleaved, planar};
use crate::messages::fault::learn as fault;
use crate::model::{
    Card, Class, Extractor, Files, Graph, Input, Network, Provenance, WEIGHTS, Weights, waves,
};
use candle_nn::Module;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use std::collections::BTreeMap;

/// Images among the known answers.
const GOLDEN_IMAGES: usize = 2;

/// Everything of a bundle that does not depend on how it is calibrated.
pub(super) struct Trained {
    pub recipe: Recipe,
    pub classes: Vec<Class>,
    pub input: Input,
    pub provenance: Provenance,
    /// The file [`WEIGHTS`].
    pub weights: Vec<u8>,
    /// The file [`crate::model::GOLDEN`].
    pub golden: Vec<u8>,
}

impl Trained {
    /// The session's best epoch. `classes`: the names of the data set's folders.
    pub fn of(session: &Session, classes: &[String]) -> Result<Self, Error> {
        let TrainedNetwork { recipe, data_sha256, input, epoch, graph, weights } = session.trained()?;
        let weights = halved(&weights)?;
        let golden = golden(
            input,
            &Network::new(graph, &Weights::from_safetensors(WEIGHTS, &weights)?.builder())?,
            graph,
        )?;
        let provenance = Provenance {
            recipe: serde_json::to_value(recipe)
                .map_err(|e| Error::Recipe(fault::recipe_format(&e.to_string())))?,
            data_sha256: data_sha256.to_string(),
            epoch,
            lantern: env!("CARGO_PKG_VERSION").into(),
        };
        Ok(Self {
            recipe: recipe.clone(),
            classes: recipe.task.classes(classes),
            input: input.clone(),
            provenance,
            weights,
            golden,
        })
    }

    /// What was trained of a bundle; its calibration is left out.
    pub fn of_bundle(files: Files) -> Result<Self, Error> {
        let Card { classes, input, provenance, .. } = Card::parse(&files.card)?;
        let recipe = serde_json::from_value(provenance.recipe.clone())
            .map_err(|e| Error::Recipe(fault::own_recipe(&e.to_string())))?;
        Ok(Self { recipe, classes, input, provenance, weights: files.weights, golden: files.golden })
    }

    /// The network that examines.
    pub fn network(&self) -> Result<Network, Error> {
        let spec = &self.input.spec;
        let (channels, side) = (spec.channels as usize, spec.side as usize);
        let graph = self.recipe.network.architecture.graph(channels, side, self.classes.len())?;
        Ok(Network::new(&graph, &Weights::from_safetensors(WEIGHTS, &self.weights)?.builder())?)
    }
}

/// The extractor of a bundle's network, in half precision: the file that all bundles share.
pub fn extractor(weights: &Weights) -> Result<Vec<u8>, Error> {
    halved(&Extractor::cut(weights)?)
}

/// The weights' file, in half precision: what it costs is measured in `docs/performance.md`.
pub fn halved(weights: &Weights) -> Result<Vec<u8>, Error> {
    let narrow = |values: &[f32]| values.iter().flat_map(|v| half::f16::from_f32(*v).to_le_bytes()).collect();
    serialise(weights.iter().map(|(name, a)| (name, Dtype::F16, a.shape, narrow(&a.values))).collect())
}

/// Arrays as a safetensors file, in f32.
pub(super) fn serialised(arrays: &Weights) -> Result<Vec<u8>, Error> {
    serialise(arrays.iter().map(|(name, a)| (name, Dtype::F32, a.shape, f32_bytes(&a.values))).collect())
}

fn f32_bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|v| v.to_le_bytes()).collect()
}

fn serialise(arrays: Vec<(&str, Dtype, Vec<usize>, Vec<u8>)>) -> Result<Vec<u8>, Error> {
    let refuse =
        |e: safetensors::SafeTensorError| Error::Checkpoint(fault::checkpoint_damaged(&e.to_string()));
    let views = arrays.iter().map(|(name, dtype, shape, bytes)| {
        Ok((*name, TensorView::new(*dtype, shape.clone(), bytes).map_err(refuse)?))
    });
    let views = views.collect::<Result<BTreeMap<_, _>, Error>>()?;
    safetensors::serialize(views, None).map_err(refuse)
}

/// Known answers to known images.
pub(super) fn golden(input: &Input, network: &Network, graph: &Graph) -> Result<Vec<u8>, Error> {
    let (channels, side) = (input.spec.channels as usize, input.spec.side as usize);
    let image = channels * side * side;
    let (mut questions, mut logits) = (Vec::new(), Vec::new());
    for planes in waves(GOLDEN_IMAGES * image).chunks(image) {
        let mut pixels = interleaved(planes, channels);
        input.normalise(&mut pixels);
        // As other runtimes take them.
        questions.extend(planar(&pixels, channels));
        logits.extend(network.forward(&network.image(pixels)?)?.to_vec1::<f32>()?);
    }
    let answers = vec![GOLDEN_IMAGES, graph.head.classes];
    serialise(vec![
        ("input", Dtype::F32, vec![GOLDEN_IMAGES, channels, side, side], f32_bytes(&questions)),
        ("logits", Dtype::F32, answers, f32_bytes(&logits)),
    ])
}

//! Fine-tuning a released model: its last stage and a new head learn from the class's images, the layers before stay as they are.
//! What those make of an image is computed once, when it is first needed.

use crate::dataset::exercise::Purpose;
use crate::learn::data_loader::normalised;
use crate::learn::recipe::Start;
use crate::learn::{Error, Images, Parameters};
use crate::model::{Graph, Input, Network, TrainNetwork, Views, Weights};
use candle_core::{Device, Tensor};
use std::sync::OnceLock;

/// Images from which the normalisations of the last stage are set, evenly through the set.
const NORM_IMAGES: usize = 64;

/// A released model to begin from.
#[derive(Debug)]
pub struct Released {
    /// Its identifier, and the SHA-256 of its weights.
    pub id: String,
    /// See above.
    pub sha256: String,
    /// Its layers.
    pub graph: Graph,
    /// What it sees.
    pub input: Input,
    /// Folded.
    pub weights: Weights<'static>,
}

impl Released {
    /// As a recipe names what a training begins from.
    pub(super) fn start(&self) -> Start {
        let first = |values: &[f32]| values.first().copied().unwrap_or_default();
        Start {
            file: self.id.clone(),
            sha256: self.sha256.clone(),
            mean: first(&self.input.mean),
            std: first(&self.input.std),
        }
    }

    /// What the fine-tuned network sees: one view, as it learned.
    pub(super) fn input(&self) -> Input {
        Input { views: Views::Plain, ..self.input.clone() }
    }
}

/// The layers that stay, and what they made of the images so far.
#[derive(Debug)]
pub(super) struct Kept {
    /// The layers that learn.
    pub stage: Graph,
    /// All layers with the released head, which tells its value at the cut.
    network: Network,
    weights: Weights<'static>,
    input: Input,
    /// For each [`Purpose`], an image's map at the cut: `(height, width, channels)`.
    maps: [Vec<OnceLock<Vec<f32>>>; 4],
}

impl Kept {
    /// `graph`: the whole network for the class's images; `counts`: images of each part.
    pub fn new(released: Released, graph: &Graph, counts: [usize; 4]) -> Result<Self, Error> {
        let at = graph.last_stage()?;
        let mut whole = released.graph.classifier(released.graph.head.classes);
        whole.intermediates = vec![at];
        let network = Network::new(&whole, &released.weights.builder())?;
        let maps = counts.map(|count| std::iter::repeat_with(OnceLock::new).take(count).collect());
        let input = released.input();
        Ok(Self { stage: graph.after(at)?, network, weights: released.weights, input, maps })
    }

    /// The weights that the last stage begins at; the head is new.
    pub fn parameters(&self, seed: u64) -> Parameters {
        let mut weights = Weights::default();
        for (name, array) in self.weights.iter().filter(|(name, _)| !name.starts_with("head.")) {
            weights.insert(name, &array.shape, &array.values);
        }
        Parameters::starting_from(seed, weights.unfolded())
    }

    /// Sets the normalisations so that the last stage begins as the released one.
    pub fn initialise(
        &self,
        network: &TrainNetwork,
        parameters: &Parameters,
        train: &Images,
    ) -> Result<(), Error> {
        let count = train.len().min(NORM_IMAGES);
        let some: Vec<usize> = (0..count).map(|i| i * train.len() / count.max(1)).collect();
        let maps = self.batch(train, &some)?;
        Ok(network.initialise_norms(&maps, |name| parameters.is_folded(name))?)
    }

    /// An image's map at the cut.
    pub fn map(&self, purpose: Purpose, images: &Images, index: usize) -> Result<Vec<f32>, Error> {
        let place = self.maps.get(purpose as usize).and_then(|maps| maps.get(index));
        if let Some(map) = place.and_then(OnceLock::get) {
            return Ok(map.clone());
        }
        let image = self.network.image(normalised(&self.input, images.plain(index).0))?;
        let output = self.network.outputs(&image)?;
        let map = output.intermediates.first().map_or(Ok(Vec::new()), |map| map.flatten_all()?.to_vec1())?;
        if let Some(place) = place {
            place.set(map.clone()).ok();
        }
        Ok(map)
    }

    /// The maps of training images.
    ///
    /// # Shapes
    /// Returns `(batch, height, width, channels)`.
    pub fn batch(&self, train: &Images, indices: &[usize]) -> Result<Tensor, Error> {
        let maps = indices.iter().map(|index| self.map(Purpose::Train, train, *index));
        let maps = maps.collect::<Result<Vec<_>, _>>()?.concat();
        let size = self.stage.input;
        Ok(Tensor::from_vec(maps, (indices.len(), size.height, size.width, size.channels), &Device::Cpu)?)
    }

    /// Folded weights of the whole network: the layers that stay, and the stage that learned.
    pub fn joined(&self, graph: &Graph, learned: &Weights) -> Result<Weights<'static>, Error> {
        let mut weights = Weights::default();
        for (name, shape) in graph.weights()? {
            let from = if learned.contains(&name) { learned } else { &self.weights };
            weights.insert(&name, &shape, &from.shaped(&name, &shape)?);
        }
        Ok(weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fingerprint::sha256;
    use crate::learn::classroom::{ClassData, Run};
    use crate::lesson::{STARTS, State};
    use crate::model::{Bundle, DISTRIBUTION, Files, GOLDEN, Index, WEIGHTS};
    use std::collections::BTreeMap;
    use std::io::Read;
    use std::path::Path;
    use std::sync::Arc;

    fn models() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("models")
    }

    fn released(id: &str) -> Released {
        let read = |name: &str| std::fs::read(models().join(id).join(name)).unwrap();
        let weights = read(WEIGHTS);
        let distribution = Some(read(DISTRIBUTION));
        let files =
            Files { card: read("card.json"), weights: weights.clone(), golden: read(GOLDEN), distribution };
        let card = Bundle::open(files).unwrap().card;
        Released {
            id: id.into(),
            sha256: sha256(&weights),
            graph: card.graph().unwrap(),
            input: card.input.clone(),
            weights: Weights::from_safetensors(WEIGHTS, &weights).unwrap().into_owned(),
        }
    }

    fn run(id: &str, address: &str) -> Run {
        let settings = State::parse(address).settings;
        let (released, drawn) = (released(id), ClassData::drawn(&settings, |_, _| ()));
        let data = drawn.fitted(&released.input.spec, None, &settings, |_, _| ()).unwrap();
        Run::fine_tuned(settings, Arc::new(data), released).unwrap()
    }

    #[test]
    fn the_last_stage_of_a_released_model_learns_and_the_rest_stays() {
        let address = "images=60&contrast=45&noise=4&epochs=4&batch=8&rate=0.001&dropout=20";
        let mut tuned = run("retina-grade", address);
        // A new head knows nothing, and the network answers the same for all.
        let before = tuned.answers(Purpose::Validation).unwrap();
        assert!(before.probabilities.iter().flatten().all(|p| (p - 0.5).abs() < 1e-6));
        let losses = |run: &mut Run| {
            let mut losses = Vec::new();
            while !run.is_finished() {
                losses.push(run.step().unwrap().loss);
            }
            losses
        };
        let first = losses(&mut tuned);
        assert_eq!(first, losses(&mut run("retina-grade", address)));
        let scores = tuned.validate().unwrap();
        assert!(scores.validation_accuracy > 0.85, "{scores:?}");

        let archive = tuned.bundle().unwrap();
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(archive)).unwrap();
        let mut read = |name: &str| {
            let mut bytes = Vec::new();
            archive.by_name(&format!("classroom/{name}")).unwrap().read_to_end(&mut bytes).unwrap();
            bytes
        };
        let weights = read(WEIGHTS);
        let files = Files {
            card: read("card.json"),
            weights: weights.clone(),
            golden: read(GOLDEN),
            distribution: None,
        };
        let card = Bundle::open(files).unwrap().card;
        let start = card.provenance.recipe.pointer("/network/start/file").unwrap();
        assert_eq!((start.as_str(), card.classes.len()), (Some("retina-grade"), 2));
        let (ours, theirs) =
            (Weights::from_safetensors(WEIGHTS, &weights).unwrap(), released("retina-grade"));
        let same: BTreeMap<bool, usize> = ours.iter().fold(BTreeMap::new(), |mut counts, (name, array)| {
            *counts.entry(theirs.weights.get(name) == Some(array)).or_default() += 1;
            counts
        });
        assert!(same[&true] > 20 && same[&false] > 10, "{same:?}");
    }

    #[test]
    fn every_released_model_is_a_choice_and_can_be_begun_at() {
        let index = Index::parse(&std::fs::read(models().join("index.json")).unwrap()).unwrap();
        let ids: Vec<&str> = index.models.iter().map(|entry| entry.about.id.as_str()).collect();
        let mut choices = STARTS[1..].to_vec();
        choices.sort_unstable();
        let mut known = ids.clone();
        known.sort_unstable();
        assert_eq!(choices, known);
        for id in ids {
            let released = released(id);
            let graph = released.graph.classifier(3);
            let at = graph.last_stage().unwrap();
            let stage = graph.after(at).unwrap();
            let parameters = Parameters::seeded(1);
            assert!(at > 0 && TrainNetwork::new(&stage, &parameters.builder()).is_ok(), "{id}");
            let learned = stage.weight_count().unwrap() as f32 / graph.weight_count().unwrap() as f32;
            assert!((0.3..0.95).contains(&learned), "{id}: {learned}");
        }
    }
}

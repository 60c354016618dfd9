//! One training: its state, and the epoch that moves it on.

use super::Error;
use super::backend::Backend;
use super::checkpoint::{Checkpoint, Progress};
use super::data_loader::{DataLoader, normalised, seed};
use super::epoch::{Epoch, State, folded};
use super::images::Images;
use super::loss::Targets;
use super::optimiser::{AdamW, WeightEma};
use super::recipe::Recipe;
use super::setup::{begin, check, check_classes, split};
use super::validation::{Scores, ValidationSet};
use crate::dataset::Dataset;
use crate::messages::fault::learn as fault;
use crate::metrics::EpochReport;
use crate::model::{Graph, Input, TrainNetwork, Weights};
use crate::preprocess::resize::InputSpec;
use candle_core::{Device, Tensor};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::collections::HashMap;

/// Images are kept this much larger than the network sees them, so that a crop loses no detail.
pub(super) const MARGIN: f32 = 1.25;

/// Number of training images from which batch normalisation is initialised if the initial weights are folded.
const NORM_INIT_IMAGES: usize = 64;

/// A training under way.
pub struct Session {
    recipe: Recipe,
    data_sha256: String,
    classes: usize,
    graph: Graph,
    state: State,
    train: Images,
    /// Kept larger than they are seen, to be disturbed.
    validation: Images,
    validation_set: ValidationSet,
    targets: Targets,
    epoch: usize,
    best: Option<Best>,
}

struct Best {
    epoch: usize,
    score: f64,
    weights: HashMap<String, Tensor>,
}

impl Session {
    /// Splits, decodes and builds. `start`: the file that the recipe names to begin from. `progress` is told how many
    /// images are read.
    pub fn new(
        recipe: Recipe,
        dataset: &Dataset,
        start: Option<&[u8]>,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Self, Error> {
        let classes = dataset.classes.len();
        check(&recipe, dataset)?;
        let parameters = begin(&recipe, start)?;
        let (train, validation) = split(&recipe, dataset)?;
        let network = &recipe.network;
        let spec = InputSpec { side: network.side, channels: network.channels, resize: network.resize };
        let stored = InputSpec { side: (network.side as f32 * MARGIN) as u32, ..spec.clone() };
        let graph = network.architecture.graph(network.channels as usize, network.side as usize, classes)?;
        let draws = graph.outline.is_some();
        // Files that cannot be read count as done too.
        let before = train.len();
        let [train] = Images::load(dataset, &train, [&stored], draws, progress)?;
        let specs = [&spec, &stored];
        let [plain, held_out] = Images::load(dataset, &validation, specs, draws, &|n| progress(before + n))?;
        check_classes(&dataset.classes, &train.labels, fault::no_training_images)?;
        check_classes(&dataset.classes, &plain.labels, fault::no_validation_images)?;
        let (mean, std) = match &network.start {
            Some(start) => {
                let channels = network.channels as usize;
                (vec![start.mean; channels], vec![start.std; channels])
            }
            None => train.statistics(),
        };
        let input = Input { spec, mean, std, views: network.views };
        // Whoever builds a network on the parameters brings its weights into being.
        let network = TrainNetwork::new(&graph, &parameters.builder())?;
        if recipe.network.start.is_some() && parameters.started() == 0 {
            return Err(Error::Recipe(fault::NOTHING_FITS.into()));
        }
        let validation_set = ValidationSet {
            input,
            plain: (0..plain.len()).map(|i| plain.plain(i)).collect(),
            disturbed: Vec::new(),
            labels: plain.labels,
        };
        let state = State {
            optimiser: AdamW::new(&parameters, recipe.training.weight_decay),
            average: WeightEma::new(&parameters, recipe.training.ema_decay)?,
            parameters,
        };
        let session = Self {
            data_sha256: dataset.sha256.clone(),
            targets: Targets::new(&train.labels, classes, &recipe.training),
            state,
            validation_set,
            validation: held_out,
            train,
            classes,
            graph,
            recipe,
            epoch: 0,
            best: None,
        };
        session.begun(&network)
    }

    /// Initialises batch normalisation if the initial weights are folded, and makes the augmented copies of the validation images.
    fn begun(mut self, network: &TrainNetwork) -> Result<Self, Error> {
        self.validation_set.disturbed = self.disturb();
        let parameters = &self.state.parameters;
        if parameters.starts_folded() {
            let count = self.train.len().min(NORM_INIT_IMAGES);
            let (how, side) = (&self.recipe.augmentation, self.recipe.network.side);
            // Evenly through the set, because it is ordered by class.
            let images = (0..count).map(|i| i * self.train.len() / count.max(1)).map(|i| {
                let (image, _) = self.train.changed(i, side as usize, how, seed(&self.recipe, 0, i));
                normalised(&self.validation_set.input, image)
            });
            let images = images.collect::<Vec<_>>().concat();
            let shape = (count, side as usize, side as usize, self.recipe.network.channels as usize);
            let images = Tensor::from_vec(images, shape, &Device::Cpu)?;
            network.initialise_norms(&images, |name| parameters.is_folded(name))?;
            self.state.average = WeightEma::new(parameters, self.recipe.training.ema_decay)?;
        }
        Ok(self)
    }

    /// Copies of the validation images, disturbed as in training but always the same.
    fn disturb(&self) -> Vec<Vec<f32>> {
        let how = &self.recipe.augmentation;
        let side = self.recipe.network.side as usize;
        (0..self.recipe.validation.disturbed_copies * self.validation.len())
            .into_par_iter()
            .map(|i| {
                self.validation.changed(i % self.validation.len(), side, how, seed(&self.recipe, 0, i)).0
            })
            .collect()
    }

    /// Goes on from a checkpoint of the same recipe and data.
    pub fn resume(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        let progress = &checkpoint.progress;
        // What the card says and the views may be changed without training anew; what was learned does not depend on them.
        let (about, task) = (self.recipe.about.clone(), self.recipe.task.clone());
        let mut same_learning = Recipe { about, task, ..progress.recipe.clone() };
        same_learning.network.views = self.recipe.network.views;
        if same_learning != self.recipe {
            return Err(Error::Checkpoint(fault::OTHER_RECIPE.into()));
        }
        if progress.data_sha256 != self.data_sha256 {
            return Err(Error::Checkpoint(fault::OTHER_DATA.into()));
        }
        self.state.parameters.restore(&checkpoint.part("weights"))?;
        self.state.average.restore(checkpoint.part("average"))?;
        self.state.optimiser.restore(&checkpoint.part("moments"), progress.steps)?;
        self.epoch = progress.epoch;
        self.best =
            progress.best.map(|(epoch, score)| Best { epoch, score, weights: checkpoint.part("best") });
        Ok(())
    }

    /// The state after the last whole epoch.
    pub fn checkpoint(&self) -> Result<Checkpoint, Error> {
        let mut tensors = HashMap::new();
        let mut keep = |part: &str, values: HashMap<String, Tensor>| {
            tensors.extend(values.into_iter().map(|(name, tensor)| (format!("{part}.{name}"), tensor)));
        };
        keep("weights", self.state.parameters.snapshot()?);
        keep("average", self.state.average.values()?);
        keep("moments", self.state.optimiser.state()?);
        if let Some(best) = &self.best {
            keep("best", best.weights.clone());
        }
        let progress = Progress {
            recipe: self.recipe.clone(),
            data_sha256: self.data_sha256.clone(),
            epoch: self.epoch,
            steps: self.state.optimiser.steps(),
            best: self.best.as_ref().map(|best| (best.epoch, best.score)),
        };
        Ok(Checkpoint { progress, tensors })
    }

    /// Whether all epochs are done, or none has been better for too long.
    pub fn is_finished(&self) -> bool {
        let training = &self.recipe.training;
        let stale = self.best.as_ref().is_some_and(|best| self.epoch - best.epoch >= training.patience);
        self.epoch >= training.epochs || stale
    }

    /// Training and validation images.
    pub fn counts(&self) -> (usize, usize) {
        (self.train.len(), self.validation.len())
    }

    /// Images of each class to learn from and to validate on.
    pub fn class_counts(&self) -> Vec<(usize, usize)> {
        let count = |labels: &[usize], class| labels.iter().filter(|l| **l == class).count();
        (0..self.classes)
            .map(|class| (count(&self.train.labels, class), count(&self.validation.labels, class)))
            .collect()
    }

    /// Path and reason of files that could not be read and were left out.
    pub fn unreadable(&self) -> impl Iterator<Item = &(String, String)> {
        self.train.unreadable.iter().chain(&self.validation.unreadable)
    }

    /// Epochs done.
    pub fn epoch(&self) -> usize {
        self.epoch
    }

    /// The best epoch so far, counted from 1, and its score: the mean of the figures of [`EpochReport`].
    pub fn best(&self) -> Option<(usize, f64)> {
        self.best.as_ref().map(|best| (best.epoch, best.score))
    }

    /// Learns from every training image once, then validates. `progress` is told images done and the loss so far.
    pub fn run_epoch(
        &mut self,
        backend: &mut Backend,
        mut progress: impl FnMut(usize, f32),
    ) -> Result<EpochReport, Error> {
        let (recipe, number) = (&self.recipe, self.epoch + 1);
        let (network, side) = (&recipe.network, recipe.side(number));
        let graph = network.architecture.graph(network.channels as usize, side as usize, self.classes)?;
        let mut random = ChaCha8Rng::seed_from_u64(seed(recipe, number, u32::MAX as usize));
        let mut order: Vec<usize> = (0..self.train.len()).collect();
        order.shuffle(&mut random);
        let (mut total, mut steps) = (0f32, 0usize);
        let mut on_step = |loss: f32| {
            if !loss.is_finite() {
                return Err(Error::Diverged { epoch: number, loss });
            }
            total += loss;
            steps += 1;
            progress(steps * recipe.training.batch, total / steps as f32);
            Ok(())
        };
        let spec = InputSpec { side, ..self.validation_set.input.spec.clone() };
        let input = Input { spec, ..self.validation_set.input.clone() };
        let loader = DataLoader { recipe, images: &self.train, input: &input, targets: &self.targets };
        let epoch = Epoch { number, graph: &graph, order: &order, random };
        let busy = backend.learn(&mut self.state, &loader, epoch, &mut on_step)?;
        self.epoch = number;
        let average = self.state.average.values()?;
        let scores = self.validation_set.score(backend, &self.graph, &average)?;
        Ok(self.keep(total / steps.max(1) as f32, &scores, average, busy))
    }

    /// Keeps the weights where they are the best so far.
    fn keep(
        &mut self,
        loss: f32,
        scores: &Scores,
        weights: HashMap<String, Tensor>,
        busy: Option<f64>,
    ) -> EpochReport {
        let (epoch, score) = (self.epoch, scores.mean());
        let is_best = self.best.as_ref().is_none_or(|best| score > best.score);
        if is_best {
            self.best = Some(Best { epoch, score, weights });
        }
        let Scores { auc, balanced_accuracy, disturbed_auc, dice } = *scores;
        EpochReport { epoch, loss, auc, balanced_accuracy, disturbed_auc, dice, is_best, busy }
    }

    /// What export needs: the best weights and where they come from.
    pub(super) fn trained(&self) -> Result<TrainedNetwork<'_>, Error> {
        let best = self.best.as_ref().ok_or_else(|| Error::Checkpoint(fault::NO_EPOCH.into()))?;
        Ok(TrainedNetwork {
            recipe: &self.recipe,
            data_sha256: &self.data_sha256,
            input: &self.validation_set.input,
            epoch: best.epoch,
            graph: &self.graph,
            weights: folded(&self.graph, &best.weights)?,
        })
    }
}

/// The end of a training, for export.
pub(super) struct TrainedNetwork<'a> {
    pub recipe: &'a Recipe,
    pub data_sha256: &'a str,
    pub input: &'a Input,
    pub epoch: usize,
    pub graph: &'a Graph,
    /// Folded.
    pub weights: Weights<'static>,
}

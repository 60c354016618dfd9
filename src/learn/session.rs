//! One training: its state, and the epoch that moves it on.

use super::Error;
use super::checkpoint::{Checkpoint, Progress};
use super::images::Images;
use super::loss::{Targets, cross_entropy, mix};
use super::optimiser::{AdamW, Average};
use super::parameters::Parameters;
use super::recipe::Recipe;
use crate::dataset::Dataset;
use crate::dataset::split::hold_out;
use crate::fingerprint::sha256;
use crate::imaging::fit::Frame;
use crate::metrics;
use crate::model::{Blueprint, Input, Learner, Memory, Network, Weights, fold};
use crate::prediction;
use candle_core::{Device, Tensor};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::collections::HashMap;

/// Images are kept this much larger than the network sees them, so that a crop loses no detail.
const MARGIN: f32 = 1.25;

/// A training under way.
pub struct Session {
    recipe: Recipe,
    data_sha256: String,
    input: Input,
    classes: usize,
    parameters: Parameters,
    blueprint: Blueprint,
    network: Learner,
    optimiser: AdamW,
    average: Average,
    train: Images,
    validation: Images,
    plain: Vec<Vec<f32>>,
    disturbed: Vec<Vec<f32>>,
    targets: Targets,
    epoch: usize,
    best: Option<Best>,
}

struct Best {
    epoch: usize,
    score: f64,
    weights: HashMap<String, Tensor>,
}

/// What an epoch came to.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochReport {
    /// Counted from 1.
    pub epoch: usize,
    /// Mean training loss.
    pub loss: f32,
    /// Macro AUC on the plain validation images.
    pub auc: f64,
    /// Balanced accuracy on the plain validation images.
    pub balanced_accuracy: f64,
    /// Macro AUC on the disturbed ones.
    pub disturbed_auc: f64,
    /// Whether it is the best so far: by the mean of the two areas.
    pub is_best: bool,
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
        let indices: Vec<usize> = (0..dataset.samples.len())
            .filter(|i| dataset.samples.get(*i).is_some_and(|s| s.split == "train"))
            .collect();
        let samples: Vec<_> = indices.iter().filter_map(|i| dataset.samples.get(*i)).collect();
        let held = &recipe.validation;
        let (train, validation) = hold_out(&samples, &held.group, held.fraction, recipe.training.seed);
        let pick = |part: Vec<usize>| -> Vec<usize> {
            part.iter().filter_map(|p| indices.get(*p).copied()).collect()
        };
        let network = &recipe.network;
        let frame = Frame { side: network.side, channels: network.channels, fit: network.fit };
        let stored = Frame { side: (network.side as f32 * MARGIN) as u32, ..frame.clone() };
        let train = Images::load(dataset, &pick(train), &stored, progress)?;
        let read = train.len();
        let validation = pick(validation);
        let plain = Images::load(dataset, &validation, &frame, &|n| progress(read + n))?;
        let held_out = Images::load(dataset, &validation, &stored, &|_| ())?;
        let (mean, deviation) = match &network.start {
            Some(start) => {
                let channels = network.channels as usize;
                (vec![start.mean; channels], vec![start.deviation; channels])
            }
            None => train.statistics(),
        };
        let input = Input { frame, mean, deviation };
        let blueprint =
            network.architecture.blueprint(network.channels as usize, network.side as usize, classes)?;
        let network = Learner::new(&blueprint, &parameters.builder())?;
        if recipe.network.start.is_some() && parameters.started() == 0 {
            return Err(Error::Recipe("no weight of the file to start from fits the network".into()));
        }
        let mut session = Self {
            data_sha256: dataset.sha256.clone(),
            targets: Targets::new(&train.labels, classes, &recipe.training),
            optimiser: AdamW::new(&parameters, recipe.training.weight_decay),
            average: Average::new(&parameters, recipe.training.average)?,
            plain: (0..plain.len()).map(|i| plain.plain(i)).collect(),
            disturbed: Vec::new(),
            validation: held_out,
            train,
            input,
            classes,
            parameters,
            blueprint,
            network,
            recipe,
            epoch: 0,
            best: None,
        };
        session.disturbed = session.disturb();
        Ok(session)
    }

    /// Copies of the validation images, disturbed as in training but always the same.
    fn disturb(&self) -> Vec<Vec<f32>> {
        let how = &self.recipe.augmentation;
        let side = self.recipe.network.side as usize;
        (0..self.recipe.validation.disturbed_copies * self.validation.len())
            .into_par_iter()
            .map(|i| self.validation.changed(i % self.validation.len(), side, how, self.seed(0, i)))
            .collect()
    }

    /// A seed for one image of one epoch: a run that was cut off goes on with the same ones.
    fn seed(&self, epoch: usize, index: usize) -> u64 {
        let mixed = (epoch as u64) << 32 | index as u64;
        self.recipe.training.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)
            ^ mixed.wrapping_mul(0xd134_2543_de82_ef95)
    }

    /// Goes on from a checkpoint of the same recipe and data.
    pub fn resume(&mut self, checkpoint: &Checkpoint) -> Result<(), Error> {
        let progress = &checkpoint.progress;
        // The card's words may be mended without training anew; what was learned does not depend on them.
        let same_learning = Recipe { about: self.recipe.about.clone(), ..progress.recipe.clone() };
        if same_learning != self.recipe {
            return Err(Error::Checkpoint(
                "it belongs to another recipe; start anew or restore that recipe".into(),
            ));
        }
        if progress.data_sha256 != self.data_sha256 {
            return Err(Error::Checkpoint(
                "it belongs to other data; start anew or use the same archive".into(),
            ));
        }
        self.parameters.restore(&checkpoint.part("weights"))?;
        self.average.restore(checkpoint.part("average"))?;
        self.optimiser.restore(&checkpoint.part("moments"), progress.steps)?;
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
        keep("weights", self.parameters.snapshot()?);
        keep("average", self.average.values()?);
        keep("moments", self.optimiser.state()?);
        if let Some(best) = &self.best {
            keep("best", best.weights.clone());
        }
        let progress = Progress {
            recipe: self.recipe.clone(),
            data_sha256: self.data_sha256.clone(),
            epoch: self.epoch,
            steps: self.optimiser.steps(),
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

    /// Learns from every training image once, then validates. `progress` is told images done and the loss so far.
    pub fn run_epoch(&mut self, mut progress: impl FnMut(usize, f32)) -> Result<EpochReport, Error> {
        let epoch = self.epoch + 1;
        let mut random = ChaCha8Rng::seed_from_u64(self.seed(epoch, u32::MAX as usize));
        let mut order: Vec<usize> = (0..self.train.len()).collect();
        order.shuffle(&mut random);
        let batch = self.recipe.training.batch;
        let steps_per_epoch = self.train.len() / batch;
        let (mut total, mut steps) = (0f32, 0usize);
        // A last, smaller batch would have unreliable statistics; its images come first some other time.
        for indices in order.chunks_exact(batch) {
            let loss = self.step(epoch, indices, steps_per_epoch, &mut random)?;
            if !loss.is_finite() {
                return Err(Error::Diverged { epoch, loss });
            }
            total += loss;
            steps += 1;
            progress(steps * batch, total / steps as f32);
        }
        self.epoch = epoch;
        self.validate(total / steps.max(1) as f32)
    }

    fn step(
        &mut self,
        epoch: usize,
        indices: &[usize],
        steps_per_epoch: usize,
        random: &mut ChaCha8Rng,
    ) -> Result<f32, Error> {
        let side = self.recipe.network.side as usize;
        let how = &self.recipe.augmentation;
        let images: Vec<Vec<f32>> =
            indices.par_iter().map(|&i| self.train.changed(i, side, how, self.seed(epoch, i))).collect();
        let labels: Vec<usize> = indices.iter().filter_map(|i| self.train.labels.get(*i).copied()).collect();
        let mut xs = self.batch(images)?;
        let mut targets = self.targets.rows(&labels)?;
        if self.recipe.training.mixing > 0.0 {
            (xs, targets) = mix(&xs, &targets, self.recipe.training.mixing, random)?;
        }
        let logits = self.network.forward(&xs)?;
        let loss = cross_entropy(&logits, &targets)?;
        let rate = self.recipe.learning_rate(self.optimiser.steps(), steps_per_epoch);
        self.optimiser.step(&loss.backward()?, rate)?;
        self.average.follow(&self.parameters, self.optimiser.steps())?;
        Ok(loss.to_scalar()?)
    }

    fn validate(&mut self, loss: f32) -> Result<EpochReport, Error> {
        let average = self.average.values()?;
        let network = self.reading(&average)?;
        let labels = &self.validation.labels;
        let rows = softmax(self.logits(&network, &self.plain)?);
        let unmeasurable =
            || Error::Recipe("the validation split lacks a class; raise validation.fraction".into());
        let auc = metrics::macro_auc(&rows, labels).ok_or_else(unmeasurable)?;
        let balanced_accuracy = metrics::balanced_accuracy(&rows, labels).ok_or_else(unmeasurable)?;
        let disturbed_auc = if self.disturbed.is_empty() {
            auc
        } else {
            let rows = softmax(self.logits(&network, &self.disturbed)?);
            let labels: Vec<usize> = labels.iter().copied().cycle().take(rows.len()).collect();
            metrics::macro_auc(&rows, &labels).ok_or_else(unmeasurable)?
        };
        let score = (auc + disturbed_auc) / 2.0;
        let is_best = self.best.as_ref().is_none_or(|best| score > best.score);
        if is_best {
            self.best = Some(Best { epoch: self.epoch, score, weights: average });
        }
        Ok(EpochReport { epoch: self.epoch, loss, auc, balanced_accuracy, disturbed_auc, is_best })
    }

    /// Normalised images as the network learns from them: channels innermost.
    fn batch(&self, images: Vec<Vec<f32>>) -> Result<Tensor, Error> {
        let (channels, side) = (self.input.frame.channels as usize, self.input.frame.side as usize);
        let mut values = images.concat();
        self.input.normalise(&mut values);
        let planes = Tensor::from_vec(values, (images.len(), channels, side, side), &Device::Cpu)?;
        Ok(planes.permute((0, 2, 3, 1))?.contiguous()?)
    }

    /// The network for reading, folded from the given weights.
    fn reading(&self, weights: &HashMap<String, Tensor>) -> Result<Network, Error> {
        Ok(Network::new(&self.blueprint, &folded(&self.blueprint, weights)?)?)
    }

    fn logits(&self, network: &Network, images: &[Vec<f32>]) -> Result<Vec<Vec<f32>>, Error> {
        let read = |memory: &mut Memory, image: &Vec<f32>| {
            let mut image = image.clone();
            self.input.normalise(&mut image);
            Ok(network.read(&image, memory)?.logits)
        };
        images.par_iter().map_init(Memory::default, read).collect()
    }

    /// What export needs: the best weights, and their logits and labels on the plain validation images.
    pub(super) fn outcome(&self) -> Result<Outcome<'_>, Error> {
        let best = self.best.as_ref().ok_or_else(|| Error::Checkpoint("no epoch is finished yet".into()))?;
        Ok(Outcome {
            recipe: &self.recipe,
            data_sha256: &self.data_sha256,
            input: &self.input,
            epoch: best.epoch,
            blueprint: &self.blueprint,
            weights: folded(&self.blueprint, &best.weights)?,
            logits: self.logits(&self.reading(&best.weights)?, &self.plain)?,
            labels: &self.validation.labels,
        })
    }
}

/// The end of a training, for export.
pub(super) struct Outcome<'a> {
    pub recipe: &'a Recipe,
    pub data_sha256: &'a str,
    pub input: &'a Input,
    pub epoch: usize,
    pub blueprint: &'a Blueprint,
    /// Folded.
    pub weights: Weights<'static>,
    pub logits: Vec<Vec<f32>>,
    pub labels: &'a [usize],
}

fn check(recipe: &Recipe, dataset: &Dataset) -> Result<(), Error> {
    let (classes, labels) = (dataset.classes.len(), recipe.about.labels.len());
    if classes != labels {
        return Err(Error::Recipe(format!(
            "it names {labels} classes, the data has {classes}: {:?}",
            dataset.classes
        )));
    }
    if !dataset.classes.contains(&recipe.about.finding) {
        let finding = &recipe.about.finding;
        return Err(Error::Recipe(format!("its finding {finding:?} is none of {:?}", dataset.classes)));
    }
    let knobs = &recipe.augmentation;
    let chances = [knobs.mirror, knobs.blur, knobs.noise, knobs.low_resolution, knobs.erase];
    if !chances.iter().all(|chance| (0.0..=1.0).contains(chance)) || !(0.1..=1.0).contains(&knobs.crop) {
        return Err(Error::Recipe(
            "chances of augmentation lie between 0 and 1, crop between 0.1 and 1".into(),
        ));
    }
    if recipe.training.batch < 2 || recipe.training.epochs == 0 {
        return Err(Error::Recipe("a training needs at least 1 epoch and batches of at least 2".into()));
    }
    Ok(())
}

/// The seeded weights, or those of the file that the recipe names.
fn begin(recipe: &Recipe, start: Option<&[u8]>) -> Result<Parameters, Error> {
    let seed = recipe.training.seed;
    match (&recipe.network.start, start) {
        (None, None) => Ok(Parameters::seeded(seed)),
        (Some(named), Some(bytes)) if sha256(bytes) == named.sha256 => Ok(Parameters::starting_from(
            seed,
            Weights::from_safetensors(&named.file, bytes)?.named_by_us().into_owned(),
        )),
        (Some(named), Some(_)) => Err(Error::Recipe(format!(
            "the file given to start from is not the recipe's {} (SHA-256 {})",
            named.file, named.sha256
        ))),
        (Some(named), None) => {
            Err(Error::Recipe(format!("it starts from {}: say where that lies with --from FILE", named.file)))
        }
        (None, Some(_)) => Err(Error::Recipe("it starts from nothing; leave out --from".into())),
    }
}

/// Learned weights as those of the network for reading.
fn folded(blueprint: &Blueprint, weights: &HashMap<String, Tensor>) -> Result<Weights<'static>, Error> {
    let mut plain = Weights::default();
    for (name, tensor) in weights {
        plain.insert(name, tensor.dims(), &tensor.flatten_all()?.to_vec1::<f32>()?);
    }
    Ok(fold(blueprint, &plain)?)
}

fn softmax(logits: Vec<Vec<f32>>) -> Vec<Vec<f32>> {
    logits.iter().map(|row| prediction::probabilities(row, 1.0)).collect()
}

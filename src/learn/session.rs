//! One training: its state, and the epoch that moves it on.

use super::Error;
use super::beginning::{begin, check, split};
use super::checkpoint::{Checkpoint, Progress};
use super::images::Images;
use super::loss::{Targets, cross_entropy, mix, outline_loss};
use super::optimiser::{AdamW, Average};
use super::parameters::Parameters;
use super::recipe::Recipe;
use crate::dataset::Dataset;
use crate::imaging::fit::Frame;
use crate::metrics;
use crate::model::{Blueprint, Input, Learner, Memory, Network, Reading, Views, Weights, fold};
use crate::prediction;
use candle_core::{Device, Tensor};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use std::collections::HashMap;

/// Images are kept this much larger than the network sees them, so that a crop loses no detail.
pub(super) const MARGIN: f32 = 1.25;

/// Images by whose statistics a start from a folded network is settled.
const SETTLING: usize = 64;

/// Pixels of an image a pixel of its outline.
const OUTLINE: usize = 4;

/// A training under way.
pub struct Session {
    recipe: Recipe,
    data_sha256: String,
    input: Input,
    classes: usize,
    parameters: Parameters,
    blueprint: Blueprint,
    /// For images of [`Session::side`] pixels; rebuilt on the same weights when they grow.
    network: Learner,
    side: u32,
    optimiser: AdamW,
    average: Average,
    train: Images,
    validation: Images,
    /// Validation images with their masks.
    plain: Vec<(Vec<f32>, Vec<f32>)>,
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
    /// Mean Dice coefficient of the outlines on the plain ones that have something to outline.
    pub dice: Option<f64>,
    /// Whether it is the best so far: by the mean of the figures above.
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
        let (train, validation) = split(&recipe, dataset)?;
        let network = &recipe.network;
        let frame = Frame { side: network.side, channels: network.channels, fit: network.fit };
        let stored = Frame { side: (network.side as f32 * MARGIN) as u32, ..frame.clone() };
        let blueprint =
            network.architecture.blueprint(network.channels as usize, network.side as usize, classes)?;
        let draws = blueprint.outline.is_some();
        let train = Images::load(dataset, &train, &stored, draws, progress)?;
        let read = train.len();
        let plain = Images::load(dataset, &validation, &frame, draws, &|n| progress(read + n))?;
        let held_out = Images::load(dataset, &validation, &stored, draws, &|_| ())?;
        let (mean, deviation) = match &network.start {
            Some(start) => {
                let channels = network.channels as usize;
                (vec![start.mean; channels], vec![start.deviation; channels])
            }
            None => train.statistics(),
        };
        let input = Input { frame, mean, deviation, views: network.views };
        let side = network.side;
        let network = Learner::new(&blueprint, &parameters.builder())?;
        if recipe.network.start.is_some() && parameters.started() == 0 {
            return Err(Error::Recipe("no weight of the file to start from fits the network".into()));
        }
        let session = Self {
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
            side,
            recipe,
            epoch: 0,
            best: None,
        };
        session.begun()
    }

    /// Settles a start from a folded network, and disturbs the validation images.
    fn begun(mut self) -> Result<Self, Error> {
        self.disturbed = self.disturb();
        if self.parameters.starts_folded() {
            let count = self.train.len().min(SETTLING);
            // Evenly through the set, because it is ordered by class.
            let chosen = (0..count).map(|i| i * self.train.len() / count.max(1));
            let how = &self.recipe.augmentation;
            let side = self.side as usize;
            let images = chosen.map(|i| self.train.changed(i, side, how, self.seed(0, i)).0).collect();
            self.network.settle(&self.batch(images)?, |name| self.parameters.is_folded(name))?;
            self.average = Average::new(&self.parameters, self.recipe.training.average)?;
        }
        Ok(self)
    }

    /// Copies of the validation images, disturbed as in training but always the same.
    fn disturb(&self) -> Vec<Vec<f32>> {
        let how = &self.recipe.augmentation;
        let side = self.recipe.network.side as usize;
        (0..self.recipe.validation.disturbed_copies * self.validation.len())
            .into_par_iter()
            .map(|i| self.validation.changed(i % self.validation.len(), side, how, self.seed(0, i)).0)
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
        // The card's words and the views may be changed without training anew; what was learned does not depend on them.
        let mut same_learning = Recipe { about: self.recipe.about.clone(), ..progress.recipe.clone() };
        same_learning.network.views = self.recipe.network.views;
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

    /// The best epoch so far, counted from 1, and its score: the mean of the figures of [`EpochReport`].
    pub fn best(&self) -> Option<(usize, f64)> {
        self.best.as_ref().map(|best| (best.epoch, best.score))
    }

    /// Learns from every training image once, then validates. `progress` is told images done and the loss so far.
    pub fn run_epoch(&mut self, mut progress: impl FnMut(usize, f32)) -> Result<EpochReport, Error> {
        let epoch = self.epoch + 1;
        self.resize(self.recipe.side(epoch))?;
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
        let how = &self.recipe.augmentation;
        let (images, masks): (Vec<Vec<f32>>, Vec<Vec<f32>>) = indices
            .par_iter()
            .map(|&i| self.train.changed(i, self.side as usize, how, self.seed(epoch, i)))
            .unzip();
        let labels: Vec<usize> = indices.iter().filter_map(|i| self.train.labels.get(*i).copied()).collect();
        let mut xs = self.batch(images)?;
        let mut targets = self.targets.rows(&labels)?;
        let mut masks = self.masks(&masks)?;
        if self.recipe.training.mixing > 0.0 {
            mix([&mut xs, &mut targets, &mut masks], self.recipe.training.mixing, random)?;
        }
        let learned = self.network.forward(&xs)?;
        let mut loss = cross_entropy(&learned.logits, &targets)?;
        if let Some(outline) = &learned.outline {
            let weight = self.recipe.training.outline_weight;
            loss = (loss + (outline_loss(outline, &masks)? * weight)?)?;
        }
        let rate = self.recipe.learning_rate(self.optimiser.steps(), steps_per_epoch);
        self.optimiser.step(&loss.backward()?, rate)?;
        self.average.follow(&self.parameters, self.optimiser.steps())?;
        Ok(loss.to_scalar()?)
    }

    fn validate(&mut self, loss: f32) -> Result<EpochReport, Error> {
        let average = self.average.values()?;
        let network = self.reading(&average)?;
        let labels = &self.validation.labels;
        // Epochs are compared by one view: more would take longer than the epoch.
        let input = Input { views: Views::Plain, ..self.input.clone() };
        let plain = read(&input, &network, self.plain.iter().map(|(image, _)| image))?;
        let rows = softmax(&plain);
        let unmeasurable = || {
            Error::Recipe(
                "the validation split lacks a class; raise validation.fraction or hold out another cluster"
                    .into(),
            )
        };
        let auc = metrics::macro_auc(&rows, labels).ok_or_else(unmeasurable)?;
        let balanced_accuracy = metrics::balanced_accuracy(&rows, labels).ok_or_else(unmeasurable)?;
        let disturbed_auc = if self.disturbed.is_empty() {
            auc
        } else {
            let rows = softmax(&read(&input, &network, self.disturbed.iter())?);
            let labels: Vec<usize> = labels.iter().copied().cycle().take(rows.len()).collect();
            metrics::macro_auc(&rows, &labels).ok_or_else(unmeasurable)?
        };
        let dice = self.dice(&plain);
        // Near 1 an area tells epochs apart by a few images' order only; the share of images that are right then tells more.
        let scores: Vec<f64> = [auc, disturbed_auc, balanced_accuracy].into_iter().chain(dice).collect();
        let score = scores.iter().sum::<f64>() / scores.len() as f64;
        let is_best = self.best.as_ref().is_none_or(|best| score > best.score);
        if is_best {
            self.best = Some(Best { epoch: self.epoch, score, weights: average });
        }
        Ok(EpochReport { epoch: self.epoch, loss, auc, balanced_accuracy, disturbed_auc, dice, is_best })
    }

    /// The mean Dice coefficient of the outlines, at the network's own resolution, where there is something to outline.
    fn dice(&self, readings: &[Reading]) -> Option<f64> {
        let of = |(reading, (_, mask)): (&Reading, &(Vec<f32>, Vec<f32>))| {
            let outline = reading.outline.as_ref()?;
            let truth: Vec<bool> =
                shrunk(mask, outline.extent.width).iter().map(|share| *share > 0.5).collect();
            let drawn: Vec<bool> = outline.values.iter().map(|logit| *logit > 0.0).collect();
            truth.contains(&true).then(|| metrics::dice(&drawn, &truth))
        };
        let all: Vec<f64> = readings.iter().zip(&self.plain).filter_map(of).collect();
        (!all.is_empty()).then(|| all.iter().sum::<f64>() / all.len() as f64)
    }

    /// The same weights for images of another side.
    fn resize(&mut self, side: u32) -> Result<(), Error> {
        if side != self.side {
            let network = &self.recipe.network;
            let blueprint =
                network.architecture.blueprint(network.channels as usize, side as usize, self.classes)?;
            self.network = Learner::new(&blueprint, &self.parameters.builder())?;
            self.side = side;
        }
        Ok(())
    }

    /// Normalised images as the network learns from them: channels innermost.
    fn batch(&self, images: Vec<Vec<f32>>) -> Result<Tensor, Error> {
        let (channels, side) = (self.input.frame.channels as usize, self.side as usize);
        let mut values = images.concat();
        let frame = Frame { side: self.side, ..self.input.frame.clone() };
        Input { frame, ..self.input.clone() }.normalise(&mut values);
        let planes = Tensor::from_vec(values, (images.len(), channels, side, side), &Device::Cpu)?;
        Ok(planes.permute((0, 2, 3, 1))?.contiguous()?)
    }

    /// Masks at the outline's resolution, `(batch, rows * columns)`; of no columns where there are none.
    fn masks(&self, masks: &[Vec<f32>]) -> Result<Tensor, Error> {
        let small: Vec<f32> =
            masks.iter().flat_map(|mask| shrunk(mask, self.side as usize / OUTLINE)).collect();
        let columns = small.len() / masks.len().max(1);
        Ok(Tensor::from_vec(small, (masks.len(), columns), &Device::Cpu)?)
    }

    /// The network for reading, folded from the given weights.
    fn reading(&self, weights: &HashMap<String, Tensor>) -> Result<Network, Error> {
        Ok(Network::new(&self.blueprint, &folded(&self.blueprint, weights)?)?)
    }

    /// What export needs: the best weights and where they come from.
    pub(super) fn outcome(&self) -> Result<Outcome<'_>, Error> {
        let best = self.best.as_ref().ok_or_else(|| Error::Checkpoint("no epoch is finished yet".into()))?;
        Ok(Outcome {
            recipe: &self.recipe,
            data_sha256: &self.data_sha256,
            input: &self.input,
            epoch: best.epoch,
            blueprint: &self.blueprint,
            weights: folded(&self.blueprint, &best.weights)?,
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
}

/// Learned weights as those of the network for reading.
fn folded(blueprint: &Blueprint, weights: &HashMap<String, Tensor>) -> Result<Weights<'static>, Error> {
    let mut plain = Weights::default();
    for (name, tensor) in weights {
        plain.insert(name, tensor.dims(), &tensor.flatten_all()?.to_vec1::<f32>()?);
    }
    Ok(fold(blueprint, &plain)?)
}

fn read<'a>(
    input: &Input,
    network: &Network,
    images: impl Iterator<Item = &'a Vec<f32>>,
) -> Result<Vec<Reading>, Error> {
    let images: Vec<&Vec<f32>> = images.collect();
    let read = |memory: &mut Memory, image: &&Vec<f32>| {
        let mut image = image.to_vec();
        input.normalise(&mut image);
        Ok(input.read(network, &image, memory)?)
    };
    images.par_iter().map_init(Memory::default, read).collect()
}

fn softmax(readings: &[Reading]) -> Vec<Vec<f32>> {
    readings.iter().map(|reading| prediction::probabilities(&reading.logits, 1.0)).collect()
}

/// Means of boxes of a square mask, `side` pixels a side; nothing of nothing.
fn shrunk(mask: &[f32], side: usize) -> Vec<f32> {
    let large = mask.len().isqrt();
    let factor = large / side.max(1);
    if factor == 0 {
        return Vec::new();
    }
    let share = 1.0 / (factor * factor) as f32;
    let mut small = vec![0f32; side * side];
    for (row, line) in mask.chunks(large).enumerate().take(side * factor) {
        for (column, value) in line.iter().enumerate().take(side * factor) {
            if let Some(sum) = small.get_mut(row / factor * side + column / factor) {
                *sum += value * share;
            }
        }
    }
    small
}

//! A training, one step at a time.

use super::bundle;
use super::data::ClassData;
use super::dropout;
use super::fine_tuning::{Kept, Released};
use super::network;
use super::optimiser::{Method, Optimiser};
use crate::dataset::exercise::Purpose;
use crate::learn::data_loader::{DataLoader, seed};
use crate::learn::loss::Targets;
use crate::learn::recipe::{Recipe, Start};
use crate::learn::{Error, Parameters, cross_entropy};
use crate::lesson::{Knob, LayerNorms, Settings, StepScores};
use crate::model::{Graph, Input, TrainNetwork, Views};
use crate::preprocess::resize::{InputSpec, ResizeMode};
use candle_core::backprop::GradStore;
use candle_core::{Device, Tensor};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// In the place of an image's number, of the seed by which a step's features are dropped.
const DROPOUT: usize = u32::MAX as usize - 1;

/// A training under way.
#[derive(Debug)]
pub struct Run {
    pub(super) settings: Settings,
    pub(super) data: Arc<ClassData>,
    pub(super) recipe: Recipe,
    /// The whole network.
    pub(super) graph: Graph,
    /// The layers that do not learn, where it begins at a released model.
    pub(super) kept: Option<Kept>,
    pub(super) input: Input,
    pub(super) network: TrainNetwork,
    pub(super) parameters: Parameters,
    pub(super) optimiser: Optimiser,
    pub(super) targets: Targets,
    /// The images of this epoch that are still to come, in reverse order.
    pub(super) order: Vec<usize>,
    pub(super) steps: usize,
    /// Batches that the running statistics have followed.
    pub(super) passes: i32,
    /// Loss of this epoch's steps, and how many there were.
    pub(super) sum: (f32, usize),
    /// Learning rate, and lengths of weights and gradients, of the last step of an epoch.
    pub(super) last: (f64, Vec<LayerNorms>),
}

impl Run {
    /// Draws the first weights from the seed.
    ///
    /// # Errors
    /// Fails if the network does not fit the images.
    pub fn new(settings: Settings, data: Arc<ClassData>) -> Result<Self, Error> {
        let (side, channels) = data.size();
        let graph = network::graph(&settings, (side, channels), data.classes.len())?;
        let (mean, std) = data.part(Purpose::Train).statistics();
        let spec = InputSpec { side: side as u32, channels: channels as u32, resize: ResizeMode::Squash };
        let input = Input { spec, mean, std, views: Views::Plain };
        let parameters = Parameters::seeded(seed_of(&settings));
        let network = TrainNetwork::new(&graph, &parameters.builder())?;
        Ok(Self::begun((settings, data), (graph, input), (network, parameters), None, None))
    }

    /// Begins at a released model: its last stage and a new head learn. `data`: the images as that model sees them.
    ///
    /// # Errors
    /// Fails if the model has a layer that cannot learn, or the images are not of its size.
    pub fn fine_tuned(settings: Settings, data: Arc<ClassData>, released: Released) -> Result<Self, Error> {
        let (input, start) = (released.input(), released.start());
        let graph = released.graph.classifier(data.classes.len());
        let kept = Kept::new(released, &graph, Purpose::ALL.map(|purpose| data.part(purpose).len()))?;
        let parameters = kept.parameters(seed_of(&settings));
        let network = TrainNetwork::new(&kept.stage, &parameters.builder())?;
        kept.initialise(&network, &parameters, data.part(Purpose::Train))?;
        Ok(Self::begun((settings, data), (graph, input), (network, parameters), Some(start), Some(kept)))
    }

    fn begun(
        (settings, data): (Settings, Arc<ClassData>),
        (graph, input): (Graph, Input),
        (network, parameters): (TrainNetwork, Parameters),
        start: Option<Start>,
        kept: Option<Kept>,
    ) -> Self {
        let recipe = bundle::recipe(&settings, &data, (&graph, start), &input);
        let decay = settings.number(Knob::Decay) as f32;
        let optimiser = Optimiser::new(Method::at(settings.count(Knob::Optimiser)), decay, &parameters);
        let labels = &data.part(Purpose::Train).labels;
        let targets = Targets::new(labels, data.classes.len(), &recipe.training);
        Self {
            settings,
            graph,
            kept,
            input,
            network,
            optimiser,
            targets,
            parameters,
            recipe,
            data,
            order: Vec::new(),
            steps: 0,
            passes: 0,
            sum: (0.0, 0),
            last: (0.0, Vec::new()),
        }
    }

    /// What it was set to.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What it learns from.
    pub fn data(&self) -> &Arc<ClassData> {
        &self.data
    }

    pub(super) fn steps_of_an_epoch(&self) -> usize {
        (self.data.part(Purpose::Train).len() / self.recipe.training.batch).max(1)
    }

    fn all_steps(&self) -> usize {
        self.steps_of_an_epoch() * self.recipe.training.epochs
    }

    /// Whether all epochs are done.
    pub fn is_finished(&self) -> bool {
        self.steps >= self.all_steps()
    }

    /// Whether the step before was an epoch's last.
    pub fn ends_an_epoch(&self) -> bool {
        self.steps > 0 && self.steps.is_multiple_of(self.steps_of_an_epoch())
    }

    /// Learns from the next batch.
    ///
    /// # Errors
    /// Fails if the loss is no number any more.
    pub fn step(&mut self) -> Result<StepScores, Error> {
        let (epoch, batch) = (self.steps / self.steps_of_an_epoch() + 1, self.recipe.training.batch);
        if self.steps.is_multiple_of(self.steps_of_an_epoch()) {
            let mut random = ChaCha8Rng::seed_from_u64(seed(&self.recipe, epoch, u32::MAX as usize));
            self.order = (0..self.data.part(Purpose::Train).len()).collect();
            self.order.shuffle(&mut random);
            self.sum = (0.0, 0);
        }
        let indices = self.order.split_off(self.order.len().saturating_sub(batch));
        let [images, targets] = self.batch(epoch, &indices)?;
        let features = (indices.len(), self.graph.head.features);
        let dropped = seed(&self.recipe, self.steps, DROPOUT);
        let mask = dropout::mask(self.settings.share(Knob::Dropout), features, dropped)?;
        let (loss, gradients) = self.gradients(&images, &targets, mask.as_ref())?;
        if !loss.is_finite() {
            return Err(Error::Diverged { epoch, loss });
        }
        let rate = self.rate();
        if (self.steps + 1).is_multiple_of(self.steps_of_an_epoch()) {
            self.last = (rate, self.optimiser.norms(&gradients)?);
        }
        if self.optimiser.method == Method::SharpnessAware {
            let before = self.optimiser.climb(&gradients)?;
            let (_, uphill) = self.gradients(&images, &targets, mask.as_ref())?;
            self.optimiser.come_back(&before)?;
            self.optimiser.step(&uphill, rate as f32)?;
        } else {
            self.optimiser.step(&gradients, rate as f32)?;
        }
        self.steps += 1;
        self.sum = (self.sum.0 + loss, self.sum.1 + 1);
        Ok(StepScores { step: self.steps, of: self.all_steps(), loss })
    }

    /// Images as the layers that learn are given them, and their targets.
    fn batch(&self, epoch: usize, indices: &[usize]) -> Result<[Tensor; 2], Error> {
        let (recipe, input, targets) = (&self.recipe, &self.input, &self.targets);
        let images = self.data.part(Purpose::Train);
        if let Some(kept) = &self.kept {
            let labels = indices.iter().filter_map(|index| images.labels.get(*index)).copied();
            let rows = targets.rows(&labels.collect::<Vec<_>>());
            let shape = (indices.len(), self.graph.head.classes);
            return Ok([kept.batch(images, indices)?, Tensor::from_vec(rows, shape, &Device::Cpu)?]);
        }
        let loader = DataLoader { recipe, images, input, targets };
        let [images, targets, _] = loader.batch(epoch, indices, None).tensors()?;
        Ok([images, targets])
    }

    fn gradients(
        &mut self,
        images: &Tensor,
        targets: &Tensor,
        mask: Option<&Tensor>,
    ) -> Result<(f32, GradStore), Error> {
        self.passes += 1;
        let loss = cross_entropy(&self.network.forward_with(images, mask)?.logits, targets)?;
        Ok((loss.to_scalar()?, loss.backward()?))
    }

    /// The next step's learning rate, by the schedule's place in [`crate::lesson::SCHEDULES`].
    fn rate(&self) -> f64 {
        let top = self.recipe.training.learning_rate;
        match self.settings.count(Knob::Schedule) {
            0 => top,
            1 => top * 0.1f64.powi((3 * self.steps / self.all_steps().max(1)) as i32),
            _ => self.recipe.learning_rate(self.steps, self.steps_of_an_epoch()),
        }
    }
}

fn seed_of(settings: &Settings) -> u64 {
    settings.count(Knob::Seed) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::{EpochScores, State};

    fn run(address: &str) -> Run {
        let settings = State::parse(address).settings;
        Run::new(settings, Arc::new(ClassData::drawn(&settings, |_, _| ()))).unwrap()
    }

    fn to_the_end(run: &mut Run) -> Vec<EpochScores> {
        let mut epochs = Vec::new();
        while !run.is_finished() {
            assert!(run.step().unwrap().loss.is_finite());
            if run.ends_an_epoch() {
                let epoch = run.validate().unwrap();
                assert!(epoch.layers.len() > 1);
                epochs.push(epoch);
            }
        }
        epochs
    }

    #[test]
    fn an_easy_class_is_learned_and_the_same_seed_learns_the_same() {
        let address = "images=200&contrast=45&noise=4&epochs=6&width=8&rate=0.01";
        let (mut one, mut other) = (run(address), run(address));
        let epochs = to_the_end(&mut one);
        assert_eq!(epochs.len(), 6);
        let last = epochs.last().unwrap();
        assert!(last.validation_accuracy > 0.9, "{last:?}");
        assert_eq!(epochs, to_the_end(&mut other));
        let test = one.answers(Purpose::Test).unwrap();
        assert!(test.accuracy.unwrap().value > 0.85);
        // The area below the curve, by trapezoids, is the AUC.
        let area = test.roc.windows(2).map(|p| (p[1].0 - p[0].0) * (p[1].1 + p[0].1) / 2.0).sum::<f64>();
        assert!((area - test.auc.unwrap()).abs() < 1e-9);
        assert_eq!(test.reliability.iter().map(|(images, ..)| images).sum::<usize>(), 60);
        assert!((0.3..0.8).contains(&one.membership(&test).unwrap().unwrap()));
        assert_eq!((0..2).map(|c| (0..2).map(|d| test.cell(c, d).len()).sum::<usize>()).sum::<usize>(), 60);
    }

    #[test]
    fn every_optimiser_and_schedule_learns() {
        for optimiser in crate::lesson::OPTIMISERS {
            for schedule in ["constant", "warm-up"] {
                let address = format!(
                    "images=80&contrast=50&noise=3&epochs=3&width=4&optimiser={optimiser}&schedule={schedule}&batch=8&rate=0.003"
                );
                let mut run = run(&address);
                let before = run.validate().unwrap().validation_loss;
                let epochs = to_the_end(&mut run);
                let after = epochs.iter().map(|epoch| epoch.validation_loss).fold(f32::MAX, f32::min);
                assert!(after < before, "{optimiser}, {schedule}: {before} to {after}");
            }
        }
    }

    #[test]
    fn a_marker_is_learned_and_fails_at_the_other_hospital() {
        let mut run = run("images=240&marker=100&contrast=4&noise=12&epochs=6&shift=0&width=8");
        to_the_end(&mut run);
        let balanced = |purpose| run.answers(purpose).unwrap().balanced_accuracy.unwrap();
        let (here, there) = (balanced(Purpose::Test), balanced(Purpose::Elsewhere));
        assert!(here > 0.95 && there < here - 0.2, "{here} here, {there} there");
    }

    #[test]
    fn rates_follow_their_schedule() {
        let rates = |schedule: &str| {
            let mut run = run(&format!("images=40&batch=8&epochs=6&schedule={schedule}&rate=0.01&width=4"));
            let mut rates = Vec::new();
            while !run.is_finished() {
                rates.push(run.rate());
                run.step().unwrap();
            }
            rates
        };
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(rates("constant").into_iter().all(|rate| near(rate, 0.01)));
        let steps = rates("steps");
        assert!(near(steps[0], 0.01) && near(steps[15], 0.001) && near(steps[29], 0.0001));
        let cosine = rates("cosine");
        assert!(cosine[0] > 0.0099 && near(cosine[14], 0.005) && near(cosine[29], 0.0));
        // A tenth of 30 steps rises.
        let warm = rates("warm-up");
        assert!(near(warm[0], 0.01 / 3.0) && near(warm[2], 0.01) && warm[3] < 0.01 && near(warm[29], 0.0));
    }
}

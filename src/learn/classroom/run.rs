//! A training, one step at a time.

use super::answers::{membership, read};
use super::bundle;
use super::data::ClassData;
use super::network;
use super::optimiser::{Method, Optimiser};
use crate::dataset::exercise::Purpose;
use crate::learn::data_loader::{DataLoader, seed};
use crate::learn::epoch::folded;
use crate::learn::loss::Targets;
use crate::learn::recipe::Recipe;
use crate::learn::{Error, Parameters, cross_entropy};
use crate::lesson::{Answers, EpochScores, Knob, LayerNorms, Settings, StepScores};
use crate::metrics::log_loss;
use crate::model::{Graph, Input, MOMENTUM, Network, TrainNetwork, Views, Weights};
use crate::preprocess::resize::{InputSpec, ResizeMode};
use candle_core::Tensor;
use candle_core::backprop::GradStore;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// Of the training images, how many tell the accuracy after each epoch.
const MOST_READ: usize = 300;

/// A training under way.
#[derive(Debug)]
pub struct Run {
    settings: Settings,
    data: Arc<ClassData>,
    recipe: Recipe,
    graph: Graph,
    input: Input,
    network: TrainNetwork,
    parameters: Parameters,
    optimiser: Optimiser,
    targets: Targets,
    /// The images of this epoch that are still to come, in reverse order.
    order: Vec<usize>,
    steps: usize,
    /// Batches that the running statistics have followed.
    passes: i32,
    /// Loss of this epoch's steps, and how many there were.
    sum: (f32, usize),
    /// Learning rate, and lengths of weights and gradients, of the last step of an epoch.
    last: (f64, Vec<LayerNorms>),
}

impl Run {
    /// Draws the first weights from the seed.
    ///
    /// # Errors
    /// Fails if the network does not fit the images.
    pub fn new(settings: Settings, data: Arc<ClassData>) -> Result<Self, Error> {
        let (side, channels) = data.size();
        let graph = network::graph(&settings, (side, channels), data.classes.len())?;
        let train = data.part(Purpose::Train);
        let (mean, std) = train.statistics();
        let spec = InputSpec { side: side as u32, channels: channels as u32, resize: ResizeMode::Squash };
        let input = Input { spec, mean, std, views: Views::Plain };
        let recipe = bundle::recipe(&settings, &data, &graph, &input);
        let parameters = Parameters::seeded(recipe.training.seed);
        let network = TrainNetwork::new(&graph, &parameters.builder())?;
        let decay = settings.number(Knob::Decay) as f32;
        let optimiser = Optimiser::new(Method::at(settings.count(Knob::Optimiser)), decay, &parameters);
        let targets = Targets::new(&train.labels, data.classes.len(), &recipe.training);
        Ok(Self {
            settings,
            graph,
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
        })
    }

    /// What it was set to.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// What it learns from.
    pub fn data(&self) -> &Arc<ClassData> {
        &self.data
    }

    fn steps_of_an_epoch(&self) -> usize {
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
        let loader = DataLoader {
            recipe: &self.recipe,
            images: self.data.part(Purpose::Train),
            input: &self.input,
            targets: &self.targets,
        };
        let [images, targets, _] = loader.batch(epoch, &indices, None).tensors()?;
        let (loss, gradients) = self.gradients(&images, &targets)?;
        if !loss.is_finite() {
            return Err(Error::Diverged { epoch, loss });
        }
        let rate = self.rate();
        if (self.steps + 1).is_multiple_of(self.steps_of_an_epoch()) {
            self.last = (rate, self.optimiser.norms(&gradients)?);
        }
        if self.optimiser.method == Method::SharpnessAware {
            let before = self.optimiser.climb(&gradients)?;
            let (_, uphill) = self.gradients(&images, &targets)?;
            self.optimiser.come_back(&before)?;
            self.optimiser.step(&uphill, rate as f32)?;
        } else {
            self.optimiser.step(&gradients, rate as f32)?;
        }
        self.steps += 1;
        self.sum = (self.sum.0 + loss, self.sum.1 + 1);
        Ok(StepScores { step: self.steps, of: self.all_steps(), loss })
    }

    fn gradients(&mut self, images: &Tensor, targets: &Tensor) -> Result<(f32, GradStore), Error> {
        self.passes += 1;
        let loss = cross_entropy(&self.network.forward(images)?.logits, targets)?;
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

    /// What the epoch came to, on images that it learned from and on the validation images.
    ///
    /// # Errors
    /// Fails if the arithmetic does.
    pub fn validate(&self) -> Result<EpochScores, Error> {
        let network = self.network()?;
        let train = self.data.part(Purpose::Train);
        let step = train.len().div_ceil(MOST_READ).max(1);
        let some: Vec<usize> = (0..train.len()).step_by(step).collect();
        let validation = self.data.part(Purpose::Validation);
        let all: Vec<usize> = (0..validation.len()).collect();
        let (learned, held) =
            (read(&self.input, &network, train, &some)?, read(&self.input, &network, validation, &all)?);
        let accuracy = |answers: &Answers| answers.accuracy.map_or(0.0, |estimate| estimate.value);
        let (sum, count) = self.sum;
        Ok(EpochScores {
            epoch: self.steps / self.steps_of_an_epoch(),
            loss: sum / count.max(1) as f32,
            accuracy: accuracy(&learned),
            validation_loss: log_loss(&held.probabilities, &held.labels).unwrap_or_default() as f32,
            validation_accuracy: accuracy(&held),
            rate: self.last.0,
            layers: self.last.1.clone(),
        })
    }

    /// Answers for all images of a part; empty where there are none.
    ///
    /// # Errors
    /// Fails if the arithmetic does.
    pub fn answers(&self, purpose: Purpose) -> Result<Answers, Error> {
        let images = self.data.part(purpose);
        let all: Vec<usize> = (0..images.len()).collect();
        read(&self.input, &self.network()?, images, &all)
    }

    /// How well training images can be told from test images by the probability of their label: an AUC, 0.5 for not at all. Yeom et al. 2018
    /// do it by the loss, which gives the same order. `test`: the answers to the test images.
    ///
    /// # Errors
    /// Fails if the arithmetic does.
    pub fn membership(&self, test: &Answers) -> Result<Option<f64>, Error> {
        Ok(membership(&self.answers(Purpose::Train)?, test))
    }

    /// The network as it is now, for reading, and its layers and folded weights.
    ///
    /// # Errors
    /// Fails if the arithmetic does.
    pub fn inside(&self) -> Result<(Graph, Weights<'static>, Input), Error> {
        let mut weights = self.parameters.snapshot()?;
        // Running statistics begin at mean 0 and variance 1, and a class's trainings are so short that this would still show: it is taken
        // out of them, as Adam takes it out of its moments.
        let first = (1.0 - MOMENTUM).powi(self.passes);
        for (name, value) in weights.iter_mut().filter(|_| self.passes > 0) {
            let begin = match name.rsplit('.').next() {
                Some("running_mean") => 0.0,
                Some("running_var") => first,
                _ => continue,
            };
            *value = ((&*value - begin)? / (1.0 - first))?;
        }
        Ok((self.graph.clone(), folded(&self.graph, &weights)?, self.input.clone()))
    }

    fn network(&self) -> Result<Network, Error> {
        let (graph, weights, _) = self.inside()?;
        Ok(Network::new(&graph, &weights.builder())?)
    }

    /// A zip archive with the bundle's folder.
    ///
    /// # Errors
    /// Fails if the arithmetic or the archive does.
    pub fn bundle(&self) -> Result<Vec<u8>, Error> {
        let (_, weights, _) = self.inside()?;
        let measured = self.answers(Purpose::Validation)?;
        let epoch = self.steps / self.steps_of_an_epoch();
        bundle::archive(
            (&self.recipe, &self.settings),
            &self.data,
            &self.graph,
            &self.input,
            (&weights, epoch),
            &measured,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::State;

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

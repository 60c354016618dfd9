//! What came of a training so far: scores, answers, the network and its bundle.

use super::answers::{membership, read};
use super::bundle;
use super::run::Run;
use crate::dataset::exercise::Purpose;
use crate::learn::Error;
use crate::learn::data_loader::normalised;
use crate::learn::epoch::folded;
use crate::lesson::{Answers, EpochScores};
use crate::metrics::log_loss;
use crate::model::{Graph, Input, MOMENTUM, Network, Weights};

/// Of the training images, how many tell the accuracy after each epoch.
const MOST_READ: usize = 300;

impl Run {
    /// What the epoch came to, on images that it learned from and on the validation images.
    ///
    /// # Errors
    /// Fails if the arithmetic does.
    pub fn validate(&self) -> Result<EpochScores, Error> {
        let network = self.network()?;
        let learned = self.read(&network, Purpose::Train, MOST_READ)?;
        let held = self.read(&network, Purpose::Validation, usize::MAX)?;
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
        self.read(&self.network()?, purpose, usize::MAX)
    }

    /// Answers for a part, or for `most` images of it, evenly through it.
    fn read(&self, network: &Network, purpose: Purpose, most: usize) -> Result<Answers, Error> {
        let images = self.data.part(purpose);
        let step = images.len().div_ceil(most).max(1);
        let some: Vec<usize> = (0..images.len()).step_by(step).collect();
        read(network, images, &some, |index| match &self.kept {
            Some(kept) => kept.map(purpose, images, index),
            None => Ok(normalised(&self.input, images.plain(index).0)),
        })
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
        let learned = self.learned()?;
        let weights = match &self.kept {
            Some(kept) => kept.joined(&self.graph, &learned)?,
            None => learned,
        };
        Ok((self.graph.clone(), weights, self.input.clone()))
    }

    /// The layers that learn.
    fn learning(&self) -> &Graph {
        self.kept.as_ref().map_or(&self.graph, |kept| &kept.stage)
    }

    /// Their folded weights.
    fn learned(&self) -> Result<Weights<'static>, Error> {
        let mut weights = self.parameters.snapshot()?;
        // Running statistics begin at mean 0 and variance 1, and a class's trainings are so short that this would still show: it is taken
        // out of them, as Adam takes it out of its moments. Those of a released model begin at what it makes of the images.
        let first = (1.0 - MOMENTUM).powi(self.passes);
        let is_seeded = self.passes > 0 && self.kept.is_none();
        for (name, value) in weights.iter_mut().filter(|_| is_seeded) {
            let begin = match name.rsplit('.').next() {
                Some("running_mean") => 0.0,
                Some("running_var") => first,
                _ => continue,
            };
            *value = ((&*value - begin)? / (1.0 - first))?;
        }
        folded(self.learning(), &weights)
    }

    fn network(&self) -> Result<Network, Error> {
        Ok(Network::new(self.learning(), &self.learned()?.builder())?)
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

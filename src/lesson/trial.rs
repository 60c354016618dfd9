//! Trials on one image: it is prepared otherwise, or changed by noise, and what the network answers then is told.

use crate::metrics::most_probable;
use serde::{Deserialize, Serialize};

/// The brightest grey value of a stored image.
pub const WHITE: u8 = 255;
/// The side to which an image is reduced, as a share of its own, at which the lesson on preparation calls it coarse.
const COARSE: usize = 4;
/// By how many of 100 images noise against the network must do more harm than random noise, for the lesson to call it fragile.
const FRAGILE: usize = 20;

/// How an image is prepared before a network gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preparation {
    /// The grey values that become black and white; what lies beyond is cut off.
    pub window: (u8, u8),
    /// Pixels a side that the image is reduced to before it is enlarged to what the network takes.
    pub side: usize,
    /// Whether mean and standard deviation of the training images are taken out.
    pub is_normalised: bool,
}

/// What became of an image, and of the answers, by a preparation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prepared {
    /// How it was prepared.
    pub how: Preparation,
    /// The image's class.
    pub label: usize,
    /// Pixels a side.
    pub side: usize,
    /// Mean of the training images' first channel, 0 to 1.
    pub mean: f32,
    /// Its standard deviation.
    pub std: f32,
    /// The network's answers; `None` before a training.
    pub answers: Option<PreparedAnswers>,
}

/// What a network answers with a preparation, beside its usual answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreparedAnswers {
    /// The probability of each class for the image as usual.
    pub usual: Vec<f32>,
    /// The same for the image as it was prepared.
    pub prepared: Vec<f32>,
    /// How many of all are answered rightly as usual.
    pub usual_right: usize,
    /// How many are, prepared so.
    pub prepared_right: usize,
    /// All that were asked about.
    pub all: usize,
}

/// What became of the answers by a change of the same size of every pixel, random or against the network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Disturbed {
    /// The largest change of a value, per cent of the range from black to white.
    pub size: f32,
    /// The image's class.
    pub label: usize,
    /// Pixels a side.
    pub side: usize,
    /// The probability of each class for the image as it is.
    pub plain: Vec<f32>,
    /// With random noise.
    pub random: Vec<f32>,
    /// With noise along the gradient.
    pub against: Vec<f32>,
    /// How many of all images are answered rightly, where that was asked for.
    pub counts: Option<DisturbedCounts>,
}

/// Right answers for all images that were asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisturbedCounts {
    /// As they are.
    pub plain: usize,
    /// With random noise.
    pub random: usize,
    /// With noise along the gradient.
    pub against: usize,
    /// All of them.
    pub all: usize,
}

/// What a student has tried, for the steps of a lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// The number of a pixel was read.
    Pointed,
    /// A window was narrower than the whole range.
    Windowed,
    /// An image was reduced to a quarter of its side or less.
    Reduced,
    /// The normalisation was left out.
    Unnormalised,
    /// A preparation turned the network's answer.
    Turned,
    /// A small change along the gradient made a right answer wrong.
    Fooled,
    /// Random noise of that size did not.
    Withstood,
    /// Over all images, noise along the gradient did much more harm than random noise.
    Fragile,
}

impl Prepared {
    /// What a student has done with it.
    pub fn deeds(&self) -> Vec<Deed> {
        let Preparation { window, side, is_normalised } = self.how;
        let turned =
            |answers: &PreparedAnswers| most_probable(&answers.usual) != most_probable(&answers.prepared);
        let all = [
            (window != (0, WHITE), Deed::Windowed),
            (side <= self.side / COARSE, Deed::Reduced),
            (!is_normalised, Deed::Unnormalised),
            (self.answers.as_ref().is_some_and(turned), Deed::Turned),
        ];
        all.into_iter().filter(|(is_done, _)| *is_done).map(|(_, deed)| deed).collect()
    }
}

impl Disturbed {
    /// What a student has done with it.
    pub fn deeds(&self) -> Vec<Deed> {
        let is_right = |row: &[f32]| most_probable(row) == self.label;
        let is_fooled = is_right(&self.plain) && !is_right(&self.against);
        let is_fragile = |counts: DisturbedCounts| {
            (counts.random.saturating_sub(counts.against)) * 100 >= FRAGILE * counts.all && counts.all > 0
        };
        let all = [
            (is_fooled, Deed::Fooled),
            (is_fooled && is_right(&self.random), Deed::Withstood),
            (self.counts.is_some_and(is_fragile), Deed::Fragile),
        ];
        all.into_iter().filter(|(is_done, _)| *is_done).map(|(_, deed)| deed).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deeds_tell_what_was_tried() {
        let answers = PreparedAnswers {
            usual: vec![0.2, 0.8],
            prepared: vec![0.7, 0.3],
            usual_right: 9,
            prepared_right: 5,
            all: 10,
        };
        let how = Preparation { window: (0, WHITE), side: 28, is_normalised: true };
        let mut prepared = Prepared { how, label: 1, side: 28, mean: 0.4, std: 0.2, answers: None };
        assert_eq!(prepared.deeds(), []);
        prepared.how = Preparation { window: (60, 200), side: 7, is_normalised: false };
        prepared.answers = Some(answers);
        assert_eq!(prepared.deeds(), [Deed::Windowed, Deed::Reduced, Deed::Unnormalised, Deed::Turned]);
    }

    #[test]
    fn a_network_is_fooled_only_out_of_a_right_answer() {
        let counts = DisturbedCounts { plain: 95, random: 93, against: 40, all: 100 };
        let mut disturbed = Disturbed {
            size: 5.0,
            label: 1,
            side: 28,
            plain: vec![0.1, 0.9],
            random: vec![0.2, 0.8],
            against: vec![0.9, 0.1],
            counts: Some(counts),
        };
        assert_eq!(disturbed.deeds(), [Deed::Fooled, Deed::Withstood, Deed::Fragile]);
        disturbed.counts = Some(DisturbedCounts { against: 80, ..counts });
        disturbed.plain = vec![0.9, 0.1];
        assert_eq!(disturbed.deeds(), []);
    }
}

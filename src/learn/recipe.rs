//! Every knob of a training. A recipe is committed, saved in each checkpoint and in the card.

use crate::about::About;
use crate::examination::Purpose;
use crate::model::{Architecture, Class, Views};
use crate::preprocess::resize::ResizeMode;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A whole recipe, `recipes/ID.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// What the bundle says of itself.
    pub about: About,
    /// What it answers.
    pub task: Task,
    /// What is built.
    pub network: Network,
    /// What is held out of the training split.
    pub validation: Validation,
    /// How it learns.
    pub training: Training,
    /// What is done to the images while learning.
    pub augmentation: Augmentation,
}

/// What the network learns to answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// In the data set's (alphabetical) order of classes: each class in words.
    pub labels: Vec<String>,
    /// The classes that together are what the operating point is about, by their folders' names.
    pub finding: Vec<String>,
    /// What they are together, in words; without it, the one class's label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding_label: Option<String>,
    /// For what use the operating point is chosen.
    #[serde(default = "balanced")]
    pub purpose: Purpose,
    /// Columns of the manifest by which figures are also given part by part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subgroups: Vec<String>,
}

impl Task {
    /// The classes, from the names of the data set's folders.
    pub fn classes(&self, names: &[String]) -> Vec<Class> {
        let class = |(name, label): (&String, &String)| Class { name: name.clone(), label: label.clone() };
        names.iter().zip(&self.labels).map(class).collect()
    }

    /// Which of the classes are the finding, in ascending order.
    pub fn finding_of(&self, classes: &[Class]) -> Vec<usize> {
        let is_finding = |(_, class): &(usize, &Class)| self.finding.contains(&class.name);
        classes.iter().enumerate().filter(is_finding).map(|(index, _)| index).collect()
    }

    /// What the finding is called.
    pub fn finding_words(&self, finding: &[usize]) -> String {
        let own = || finding.first().and_then(|class| self.labels.get(*class)).cloned();
        self.finding_label.clone().or_else(own).unwrap_or_default()
    }
}

/// What is built and what it sees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// The network's shape.
    pub architecture: Architecture,
    /// Pixels a side.
    pub side: u32,
    /// 1 (grey) or 3 (RGB).
    pub channels: u32,
    /// How an image becomes square.
    pub resize: ResizeMode,
    /// The views whose outputs are averaged at inference (test-time augmentation); training uses one view at a time.
    #[serde(default)]
    pub views: Views,
    /// Where its weights begin; without it they are drawn from the seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Start>,
}

/// Weights that were learned elsewhere. `docs/pretrained.md` says where each file comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// The file's name, for people.
    pub file: String,
    /// Its SHA-256: another file is refused.
    pub sha256: String,
    /// Mean that the images of its training were normalised with, 0 to 1.
    pub mean: f32,
    /// Their standard deviation.
    pub std: f32,
}

/// What is held out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validation {
    /// Share of the training split, 0 to 1; 0: the data set's own validation split is used.
    pub fraction: f32,
    /// Manifest columns that together name a patient, lesion or duplicate group; none: every image for itself.
    pub group: Vec<String>,
    /// For several sets joined into one: what is held out of each, by the set's name, as in the recipe of its own bundle, so
    /// that no bundle is validated on what its start has learned from. Then `fraction` and `group` are not used.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sets: BTreeMap<String, HeldOut>,
    /// Instead of a random share: one cluster of how images were taken. Then `fraction` and `sets` are not used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acquisition: Option<Acquisition>,
    /// Disturbed copies of each validation image that count beside the plain one when the best epoch is chosen.
    pub disturbed_copies: usize,
}

/// What is held out of one of several sets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldOut {
    /// As in [`Validation`].
    pub fraction: f32,
    /// As in [`Validation`].
    pub group: Vec<String>,
}

/// A validation that is harder than a random share, to choose between recipes by: the training images fall into clusters of how
/// they were taken ([`crate::dataset::acquisition`]), whatever they show, and one of them is held out. Whole groups by `group` lie
/// in one cluster. `lantern audit --clusters` counts what each holds of each class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acquisition {
    /// How many clusters there are.
    pub clusters: usize,
    /// The one that is held out, counted from 0, the one of most groups.
    pub held_out: usize,
}

/// How it learns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// Everything random follows from it.
    pub seed: u64,
    /// Passes over the training images.
    pub epochs: usize,
    /// Pixels a side in the first epoch; they grow evenly to the network's side in the first two thirds of the epochs
    /// (progressive resizing; Tan and Le 2021). Without it, every epoch sees the network's side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_side: Option<u32>,
    /// Images a step.
    pub batch: usize,
    /// AdamW's highest learning rate.
    pub learning_rate: f64,
    /// Epochs over which the rate rises from 0; after them it falls along a cosine to 0.
    pub warm_up: f64,
    /// AdamW's decoupled weight decay; not applied to biases and normalisation.
    pub weight_decay: f64,
    /// Share of the true class's probability that is spread over all classes, 0 to 1.
    pub label_smoothing: f32,
    /// 0: every image counts the same; 1: every class counts the same.
    pub class_balance: f32,
    /// Beta distribution's parameter for mixing two images and their labels (Zhang et al. 2018); 0: never.
    pub mixup: f64,
    /// What the outline's loss counts beside that of the classes, where the network draws one: both learn in the same layers, and
    /// the outline has a number to learn from for every pixel.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub outline_weight: f64,
    /// Decay a step of the averaged weights that are exported.
    pub ema_decay: f64,
    /// Epochs without a better validation score before stopping.
    pub patience: usize,
}

/// What is done to an image, each with its own chance and strength drawn anew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Augmentation {
    /// Chance of a left-right mirror.
    pub mirror: f32,
    /// Smallest share of the image's sides that a crop keeps.
    pub crop: f32,
    /// Largest zoom-out: side of the crop window divided by the side of the image. Without it, crops make objects larger in training than
    /// in inference (Touvron et al. 2019). 1: never.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub widen: f32,
    /// Largest factor by which one side is stretched against the other.
    pub stretch: f32,
    /// Largest turn either way, degrees.
    pub turn: f32,
    /// Largest change of brightness, share of the range.
    pub brightness: f32,
    /// Largest factor of contrast, up or down.
    pub contrast: f32,
    /// Largest exponent of gamma, up or down.
    pub gamma: f32,
    /// Largest factor by which each channel is made lighter or darker for itself, as another camera or lamp does. 1: never.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub tint: f32,
    /// Chance of a Gaussian blur.
    pub blur: f32,
    /// Chance of Gaussian noise.
    pub noise: f32,
    /// Chance of being shrunk and enlarged again.
    pub low_resolution: f32,
    /// Chance of a rectangle being blotted out.
    pub erase: f32,
}

fn balanced() -> Purpose {
    Purpose::Balanced
}

fn one<T: From<u8>>() -> T {
    T::from(1)
}

fn is_one<T: From<u8> + PartialEq>(value: &T) -> bool {
    *value == one()
}

impl Recipe {
    /// Pixels a side in an epoch, counted from 1: a multiple of 16, or the network's side.
    pub fn side(&self, epoch: usize) -> u32 {
        let last = self.network.side;
        let Some(first) = self.training.first_side else { return last };
        let share = (epoch as f32 - 1.0) / (self.training.epochs as f32 * 2.0 / 3.0);
        let side = first as f32 + (last as f32 - first as f32) * share.clamp(0.0, 1.0);
        ((side / 16.0).round() as u32 * 16).clamp(16, last)
    }

    /// Learning rate at a step: linear warm-up, then a cosine to 0 (Loshchilov and Hutter 2017).
    pub fn learning_rate(&self, step: usize, steps_per_epoch: usize) -> f64 {
        let training = &self.training;
        let epoch = (step as f64 + 1.0) / steps_per_epoch.max(1) as f64;
        if epoch < training.warm_up {
            return training.learning_rate * epoch / training.warm_up;
        }
        let rest = (training.epochs as f64 - training.warm_up).max(f64::MIN_POSITIVE);
        let share = ((epoch - training.warm_up) / rest).clamp(0.0, 1.0);
        training.learning_rate * 0.5 * (1.0 + (std::f64::consts::PI * share).cos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recipe_is_read_and_is_named_after_its_bundle() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let recipes: Vec<_> = files.filter(|path| path.extension().is_some_and(|e| e == "toml")).collect();
        assert!(recipes.len() > 1);
        for path in recipes {
            let recipe: Recipe = toml::from_str(&std::fs::read_to_string(&path).unwrap())
                .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            assert_eq!(Some(recipe.about.id.as_str()), path.file_stem().and_then(|name| name.to_str()));
        }
    }

    #[test]
    fn the_rate_rises_in_the_warm_up_and_falls_to_nothing() {
        let text = include_str!("../../recipes/chest-pneumonia.toml");
        let recipe: Recipe = toml::from_str(text).unwrap();
        let (steps, top) = (100, recipe.training.learning_rate);
        let rate = |step| recipe.learning_rate(step, steps);
        assert!((rate(49) - top / 2.0).abs() < 1e-9 && (rate(99) - top).abs() < 1e-9);
        let all = recipe.training.epochs * steps;
        assert!((100..all - 1).all(|step| rate(step + 1) < rate(step)));
        assert!(rate(all - 1) < top * 1e-4 && rate(all + 50) < top * 1e-4);
    }
}

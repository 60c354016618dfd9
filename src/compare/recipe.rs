//! The trainings of a comparison: one recipe for both networks, but for where they begin.

use super::images::{GROUP, Images};
use super::network::Start;
use crate::about::About;
use crate::examination::Purpose;
use crate::fingerprint::sha256;
use crate::learn::{Augmentation, NetworkRecipe, Recipe, Task, Training, Validation};
use crate::model::{Architecture, Views};
use crate::preprocess::resize::ResizeMode;
use crate::scope::Scope;
use std::collections::BTreeMap;

/// Images that a network sees in all, each as often as it takes: few images are shown more often than many, within limits.
const VIEWS: usize = 60_000;
const EPOCHS: std::ops::RangeInclusive<usize> = 5..=20;
/// Share of the training images by which the best epoch is chosen.
const VALIDATION: f32 = 0.15;
/// Images a step, fewer where there are few.
const BATCH: usize = 32;

/// `count`: how many of the training images it learns from.
pub(super) fn recipe(images: &Images, count: usize, seed: u64, start: Option<&Start>) -> Recipe {
    let squares = &images.train.squares;
    let epochs = (VIEWS / count.max(1)).clamp(*EPOCHS.start(), *EPOCHS.end());
    let (architecture, learning_rate) = match start {
        Some(_) => (Architecture::EfficientNetLite0 { stages: 5, widen: false, outline: None }, 1e-3),
        None => (Architecture::Residual { widths: vec![16, 32, 64], blocks: vec![1, 1, 1] }, 3e-3),
    };
    let begins = start.map(|start| crate::learn::Start {
        file: "start".into(),
        sha256: sha256(start.weights),
        mean: start.normalised.0,
        std: start.normalised.1,
    });
    Recipe {
        about: about(images),
        task: Task {
            labels: images.classes.clone(),
            finding: Vec::new(),
            finding_label: None,
            purpose: Purpose::Naming,
            subgroups: Vec::new(),
        },
        network: NetworkRecipe {
            architecture,
            side: squares.side as u32,
            channels: squares.channels as u32,
            resize: ResizeMode::Squash,
            views: Views::Plain,
            start: begins,
        },
        validation: Validation {
            fraction: VALIDATION,
            group: vec![GROUP.into()],
            sets: BTreeMap::new(),
            acquisition: None,
            disturbed_copies: 0,
        },
        training: Training {
            seed,
            epochs,
            first_side: None,
            batch: BATCH.min((count / 8).max(2)),
            learning_rate,
            warm_up: 1.0,
            weight_decay: 0.05,
            label_smoothing: 0.0,
            class_balance: 0.0,
            mixup: 0.0,
            outline_weight: 1.0,
            ema_decay: 0.99,
            patience: epochs,
        },
        augmentation: AUGMENTATION,
    }
}

/// Mild changes that leave every kind of image what it is.
const AUGMENTATION: Augmentation = Augmentation {
    mirror: 0.5,
    crop: 0.85,
    widen: 1.1,
    stretch: 1.1,
    turn: 15.0,
    brightness: 0.1,
    contrast: 1.2,
    gamma: 1.2,
    tint: 1.0,
    blur: 0.0,
    noise: 0.0,
    low_resolution: 0.0,
    erase: 0.0,
};

/// A network of a comparison examines nobody, so that there is nothing to say of it.
fn about(images: &Images) -> About {
    About {
        id: "comparison".into(),
        title: String::new(),
        kind: images.name.clone() + "/",
        version: "0.0.0".into(),
        scope: Scope::default(),
        tried_on: String::new(),
        advice: String::new(),
        intended_use: String::new(),
        purpose_reason: String::new(),
        max_missed_share: 1.0,
        limits: Vec::new(),
        licence: String::new(),
    }
}

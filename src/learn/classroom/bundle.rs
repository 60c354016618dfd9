//! The recipe of a training in class, and its end as a bundle in a zip archive.

use super::data::ClassData;
use super::network::architecture;
use crate::about::About;
use crate::examination::Purpose as Use;
use crate::learn::Error;
use crate::learn::calibrate::Calibrated;
use crate::learn::export::bundle;
use crate::learn::recipe::{
    Augmentation, Network as NetworkRecipe, Recipe, Start, Task, Training, Validation,
};
use crate::learn::trained::{Trained, golden, halved};
use crate::lesson::{Answers, Knob, Settings};
use crate::messages::card::classroom as words;
use crate::messages::fault::learn as fault;
use crate::model::{
    Calibration, DISTRIBUTION, GOLDEN, Graph, Input, Measured, Network, Provenance, WEIGHTS, Weights,
};
use crate::scope::Scope;
use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use zip::write::{SimpleFileOptions, ZipWriter};

/// The bundle's folder name.
const ID: &str = "classroom";
/// Place of the schedule that warms up in [`crate::lesson::SCHEDULES`], and the share of the epochs in which it does.
const WARM_UP: usize = 3;
const WARM_UP_SHARE: f64 = 0.1;

/// A recipe as every training has one.
pub(super) fn recipe(
    settings: &Settings,
    data: &ClassData,
    (graph, start): (&Graph, Option<Start>),
    input: &Input,
) -> Recipe {
    let spec = &input.spec;
    Recipe {
        about: about(data),
        task: Task {
            labels: data.classes.clone(),
            finding: Vec::new(),
            finding_label: None,
            purpose: Use::Naming,
            subgroups: Vec::new(),
        },
        network: NetworkRecipe {
            architecture: architecture(graph),
            side: spec.side,
            channels: spec.channels,
            resize: spec.resize,
            views: input.views,
            start,
        },
        validation: Validation {
            fraction: 0.0,
            group: Vec::new(),
            sets: BTreeMap::new(),
            acquisition: None,
            disturbed_copies: 0,
        },
        training: Training {
            seed: settings.count(Knob::Seed) as u64,
            epochs: settings.count(Knob::Epochs),
            first_side: None,
            batch: settings.number(Knob::Batch) as usize,
            learning_rate: settings.number(Knob::Rate),
            warm_up: if settings.count(Knob::Schedule) == WARM_UP {
                WARM_UP_SHARE * settings.get(Knob::Epochs)
            } else {
                0.0
            },
            weight_decay: settings.number(Knob::Decay),
            label_smoothing: settings.share(Knob::Smoothing),
            class_balance: settings.share(Knob::Balance),
            mixup: 0.0,
            outline_weight: 1.0,
            ema_decay: 0.0,
            patience: settings.count(Knob::Epochs),
        },
        augmentation: augmentation(if settings.uses(Knob::Augmentation) {
            settings.count(Knob::Augmentation)
        } else {
            0
        }),
    }
}

/// By the place in [`crate::lesson::AUGMENTATIONS`].
fn augmentation(place: usize) -> Augmentation {
    // From 0 to 1: how strong all changes but the mirror are.
    let much = [0.0f32, 0.0, 0.4, 1.0].get(place).copied().unwrap_or_default();
    Augmentation {
        mirror: if place > 0 { 0.5 } else { 0.0 },
        crop: 1.0 - 0.2 * much,
        widen: 1.0,
        stretch: 1.0 + 0.15 * much,
        turn: 20.0 * much,
        brightness: 0.25 * much,
        contrast: 1.0 + 0.5 * much,
        gamma: 1.0 + 0.6 * much,
        tint: 1.0,
        blur: 0.2 * much,
        noise: 0.3 * much,
        low_resolution: 0.1 * much,
        erase: 0.2 * much,
    }
}

fn about(data: &ClassData) -> About {
    About {
        id: ID.into(),
        title: words::TITLE.into(),
        kind: words::KIND.into(),
        version: "0.1.0".into(),
        scope: Scope { pictures: true, ..Scope::default() },
        tried_on: words::tried_on(&data.name),
        advice: words::ADVICE.into(),
        intended_use: words::INTENDED_USE.into(),
        purpose_reason: words::PURPOSE_REASON.into(),
        max_missed_share: 1.0,
        limits: vec![words::LIMIT.into()],
        licence: words::LICENCE.into(),
    }
}

/// The bundle's folder as a zip archive.
pub(super) fn archive(
    (recipe, settings): (&Recipe, &Settings),
    data: &ClassData,
    graph: &Graph,
    input: &Input,
    (weights, epoch): (&Weights, usize),
    validation: &Answers,
) -> Result<Vec<u8>, Error> {
    let weights = halved(weights)?;
    let network = Network::new(graph, &Weights::from_safetensors(WEIGHTS, &weights)?.builder())?;
    let golden = golden(input, &network, graph)?;
    let provenance = Provenance {
        recipe: whole(recipe, settings)
            .map_err(|error| Error::Recipe(fault::recipe_format(&error.to_string())))?,
        data_sha256: data.sha256.clone(),
        epoch,
        lantern: env!("CARGO_PKG_VERSION").into(),
    };
    let classes = recipe.task.classes(&data.classes);
    let trained =
        Trained { recipe: recipe.clone(), classes, input: input.clone(), provenance, weights, golden };
    let accuracy = validation.accuracy.iter().map(|accuracy| ("accuracy".to_string(), *accuracy));
    let measured = Measured {
        split: "validation".into(),
        part: String::new(),
        n: validation.labels.len(),
        figures: accuracy.collect(),
    };
    let calibrated = Calibrated { calibration: Calibration::One(None), gate: None, metrics: vec![measured] };
    let files = bundle(trained, calibrated)?;
    let mut parts = vec![("card.json", files.card), (WEIGHTS, files.weights), (GOLDEN, files.golden)];
    parts.extend(files.distribution.map(|bytes| (DISTRIBUTION, bytes)));
    let parts = parts.into_iter().map(|(name, bytes)| (format!("{ID}/{name}"), bytes));
    zipped(&parts.collect::<Vec<_>>())
}

/// The recipe, with what it cannot hold: optimiser, schedule and the images, as the room's address has them.
fn whole(recipe: &Recipe, settings: &Settings) -> serde_json::Result<serde_json::Value> {
    let mut whole = serde_json::to_value(recipe)?;
    if let Some(parts) = whole.as_object_mut() {
        parts.insert(ID.into(), serde_json::to_value(settings)?);
    }
    Ok(whole)
}

/// Files as a zip archive.
///
/// # Errors
/// Fails if the archive cannot be written.
pub fn zipped(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, Error> {
    written(files).map_err(|error| Error::Recipe(fault::unwritten_archive(&error.to_string())))
}

fn written(files: &[(String, Vec<u8>)]) -> zip::result::ZipResult<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(name.as_str(), SimpleFileOptions::default())?;
        archive.write_all(bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}

//! A network that was trained elsewhere becomes a bundle: as the end of a training, but what it learned from is not known.

use super::Error;
use super::calibrate::{Calibrated, calibrate, calibrate_many};
use super::export::bundle;
use super::recipe::{self, Augmentation, Recipe, Task, Training, Validation};
use super::trained::{Trained, golden};
use crate::about::About;
use crate::dataset::Dataset;
use crate::examination::{OperatingPoint, Purpose};
use crate::messages::card::adopted as words;
use crate::messages::fault::learn as fault;
use crate::model::{
    Architecture, Calibration, Class, Extractor, Files, Graph, Input, Network, Provenance, WEIGHTS, Weights,
};
use crate::scope::Scope;
use crate::units::Probability;
use serde_json::json;

/// The key in a card's provenance that tells an imported network.
pub(super) const IMPORTED: &str = "imported";
/// The share of the images that fits the answers, where the data has no split of its own for that; the others show the gate its kind of image.
const HELD_OUT: f32 = 0.5;

/// A network from elsewhere, and what its importer says of it.
#[derive(Debug)]
pub struct Adopted {
    /// The bundle's id.
    pub id: String,
    /// What the bundle says of itself. Where its importer says nothing, it is not known whom it is for, and it never says "not suspected".
    pub about: Option<About>,
    /// What else a user must know, beside the limits in `about`.
    pub limits: Vec<String>,
    /// What each output stands for.
    pub labels: Vec<String>,
    /// How an image becomes its input.
    pub input: Input,
    /// Its layers.
    pub graph: Graph,
    /// Whether each label is judged by itself.
    pub is_multi_label: bool,
    /// The name of the file that it was read from, and its SHA-256.
    pub file: (String, String),
}

/// Labelled images to calibrate on, none of which the network has learned from.
#[derive(Debug)]
pub struct Labelled<'a> {
    /// The images. Its classes, or the columns of its table, have the names of the labels.
    pub dataset: Dataset,
    /// Tells images apart for the gate.
    pub extractor: &'a Extractor,
    /// The labels that are the finding; empty where nothing is suspected.
    pub finding: Vec<String>,
    /// For what use the operating point is chosen.
    pub purpose: Purpose,
}

/// The files of its bundle. `weights`: as [`super::halved`] makes them. Without labelled images, the card says that the network was never
/// checked on data, and it has no gate.
///
/// # Errors
/// Fails if the images do not suit the labels, or are too few.
pub fn adopt(network: Adopted, weights: Vec<u8>, labelled: Option<Labelled>) -> Result<Files, Error> {
    let Adopted { id, about, limits, labels, input, graph, is_multi_label, file } = network;
    let is_stated = about.is_some();
    let mut about = about.unwrap_or_else(|| unstated(&id, labelled.is_some()));
    about.limits.extend(limits);
    let known = golden(
        &input,
        &Network::new(&graph, &Weights::from_safetensors(WEIGHTS, &weights)?.builder())?,
        &graph,
    )?;
    let provenance = Provenance {
        recipe: json!({ IMPORTED: { "file": file.0, "sha256": file.1 } }),
        data_sha256: labelled.as_ref().map(|labelled| labelled.dataset.sha256.clone()).unwrap_or_default(),
        epoch: 0,
        lantern: env!("CARGO_PKG_VERSION").into(),
    };
    let (finding, purpose) = match &labelled {
        Some(labelled) => (labelled.finding.clone(), labelled.purpose),
        None => (Vec::new(), Purpose::Naming),
    };
    let recipe = recipe(about, &labels, &input, graph, (finding, purpose), labelled.as_ref());
    let classes: Vec<Class> =
        labels.iter().map(|name| Class { name: name.clone(), label: name.clone() }).collect();
    let unchecked =
        if is_multi_label { Calibration::Many(vec![None; classes.len()]) } else { Calibration::One(None) };
    let mut trained = Trained { recipe, classes, input, provenance, weights, golden: known };
    let data = labelled.as_ref().map(|labelled| labelled.dataset.name.clone());
    let mut calibrated = match labelled {
        None => Calibrated { calibration: unchecked, gate: None, metrics: Vec::new() },
        Some(Labelled { dataset, extractor, .. }) if is_multi_label => {
            calibrate_many(&trained, &dataset, extractor)?
        }
        Some(Labelled { mut dataset, extractor, .. }) => {
            reorder(&mut dataset, &labels)?;
            calibrate(&trained, &dataset, extractor)?
        }
    };
    if !is_stated {
        never_ruled_out(&mut calibrated.calibration);
        let images = calibrated.metrics.first().map_or(0, |measured| measured.n);
        trained.recipe.about.tried_on =
            data.map_or(words::TRIED_ON.into(), |data| words::tried_on(&data, images));
    }
    bundle(trained, calibrated)
}

/// Takes "not suspected" away from every operating point.
fn never_ruled_out(calibration: &mut Calibration) {
    let points: Vec<&mut OperatingPoint> = match calibration {
        Calibration::One(one) => one.iter_mut().map(|one| &mut one.operating_point).collect(),
        Calibration::Many(labels) => {
            labels.iter_mut().flatten().map(|label| &mut label.operating_point).collect()
        }
    };
    for point in points {
        point.rules_out_below = Probability::default();
    }
}

/// The data's classes in the order of the network's outputs.
fn reorder(dataset: &mut Dataset, labels: &[String]) -> Result<(), Error> {
    let place = |class: &String| labels.iter().position(|label| label == class);
    let unknown = || Error::Recipe(fault::other_labels(labels, &dataset.classes));
    let places = dataset.classes.iter().map(place).collect::<Option<Vec<_>>>().ok_or_else(unknown)?;
    for sample in &mut dataset.samples {
        sample.label = places.get(sample.label).copied().unwrap_or_default();
    }
    dataset.classes = labels.to_vec();
    Ok(())
}

/// What calibration asks a recipe for. It is not kept: nothing was trained by it.
fn recipe(
    about: About,
    labels: &[String],
    input: &Input,
    graph: Graph,
    (finding, purpose): (Vec<String>, Purpose),
    labelled: Option<&Labelled>,
) -> Recipe {
    let has_validation =
        labelled.is_some_and(|labelled| labelled.dataset.samples.iter().any(|s| s.split == "val"));
    let Graph { nodes, features, head, .. } = graph;
    let fraction = if has_validation { 0.0 } else { HELD_OUT };
    Recipe {
        about,
        task: Task {
            labels: labels.to_vec(),
            finding_label: (finding.len() > 1).then(|| finding.join(" or ")),
            finding,
            purpose,
            subgroups: Vec::new(),
        },
        network: recipe::Network {
            architecture: Architecture::Layers { nodes, features, width: head.features },
            side: input.spec.side,
            channels: input.spec.channels,
            resize: input.spec.resize,
            views: input.views,
            start: None,
        },
        validation: Validation {
            fraction,
            group: Vec::new(),
            sets: Default::default(),
            acquisition: None,
            disturbed_copies: 0,
        },
        training: UNTRAINED,
        augmentation: VARIED,
    }
}

/// Nothing is trained; the seed draws which images are held out.
const UNTRAINED: Training = Training {
    seed: 1,
    epochs: 0,
    first_side: None,
    batch: 0,
    learning_rate: 0.0,
    warm_up: 0.0,
    weight_decay: 0.0,
    label_smoothing: 0.0,
    class_balance: 0.0,
    mixup: 0.0,
    outline_weight: 1.0,
    ema_decay: 0.0,
    patience: 0,
};

/// How much the images vary that the gate is shown: as much as between two devices of one kind.
const VARIED: Augmentation = Augmentation {
    mirror: 0.5,
    crop: 0.85,
    widen: 1.0,
    stretch: 1.1,
    turn: 5.0,
    brightness: 0.1,
    contrast: 1.25,
    gamma: 1.25,
    tint: 1.0,
    blur: 0.1,
    noise: 0.1,
    low_resolution: 0.0,
    erase: 0.0,
};

/// What a bundle says of itself where its importer says nothing. `id`: its folder's name.
fn unstated(id: &str, has_gate: bool) -> About {
    let second = if has_gate { words::LIMIT_NOT_RULED_OUT } else { words::LIMIT_NO_GATE };
    let limits = vec![words::LIMIT_ELSEWHERE.into(), second.into()];
    About {
        id: id.into(),
        title: id.replace('-', " "),
        kind: words::KIND.into(),
        version: "0.1.0".into(),
        scope: Scope { pictures: true, ..Scope::default() },
        tried_on: String::new(),
        advice: words::ADVICE.into(),
        intended_use: words::INTENDED_USE.into(),
        purpose_reason: words::PURPOSE_REASON.into(),
        max_missed_share: 1.0,
        limits,
        licence: words::LICENCE.into(),
    }
}

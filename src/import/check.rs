//! Whether a network that was read from a file answers as the file does in an independent runtime.

use super::{Beside, Error, Imported};
use crate::kernels::interleaved;
use crate::messages::why::import as why;
use crate::model::{Network, Weights};
use candle_nn::Module;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rten::{ModelOptions, Value};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Images that are compared.
const IMAGES: u64 = 4;
/// The largest difference of a logit, as a share of the spread of all logits.
const TOLERANCE: f32 = 1e-3;
/// The same as a share of what changes from image to image: a network whose classes lie far apart whatever the image shows would else agree with
/// a constant.
const IMAGE_TOLERANCE: f32 = 0.02;
/// What sums in another order come to, as a share of the spread.
const ROUNDING: f32 = 1e-5;

/// How well a network agrees with the file that it was read from.
#[derive(Clone, Copy, Debug)]
pub struct Agreement {
    /// The largest difference of a logit, as a share of their spread.
    pub apart: f32,
    /// The same for the weights of a bundle, which are rounded to half precision.
    pub rounded_apart: f32,
    /// How large a difference may be.
    pub allowed: f32,
}

/// How far rounding the weights may move a logit at most.
const MOST_ROUNDED: f32 = 1e-2;

impl Agreement {
    /// Whether the rounded weights are another network than the file's.
    pub fn is_lost_by_rounding(&self) -> bool {
        self.rounded_apart.is_nan() || self.rounded_apart > MOST_ROUNDED
    }

    /// Whether rounding the weights moves the logits by more than the comparison allows.
    pub fn is_moved_by_rounding(&self) -> bool {
        self.rounded_apart.is_nan() || self.rounded_apart > self.allowed
    }
}

/// Compares logits for seeded images. `rounded`: the weights as a bundle holds them. `range`: what black and white are to the network, for
/// each channel.
///
/// # Errors
/// Fails if they differ by more than a thousandth of their spread, or than a fiftieth of what changes from image to image, or if the file cannot be run by the other runtime.
pub fn agree(
    imported: &Imported,
    rounded: &Weights,
    (bytes, beside): (Vec<u8>, &Beside),
    range: &[(f32, f32)],
) -> Result<Agreement, Error> {
    let images: Vec<Vec<f32>> = (0..IMAGES).map(|seed| image(imported, range, seed)).collect();
    let expected = elsewhere(imported, &images, bytes, beside)?;
    let apart = spread_apart(&answers(imported, &imported.weights, &images)?, &expected);
    let allowed = allowed(&expected);
    // Neither may be no number.
    let agrees = apart <= allowed;
    if !agrees {
        return Err(Error::Differs { apart, allowed });
    }
    let rounded_apart = spread_apart(&answers(imported, rounded, &images)?, &expected);
    Ok(Agreement { apart, rounded_apart, allowed })
}

/// Smooth waves with noise from black to white: a plane a channel.
fn image(imported: &Imported, range: &[(f32, f32)], seed: u64) -> Vec<f32> {
    let input = &imported.graph.input;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut planes = Vec::with_capacity(input.channels * input.height * input.width);
    for channel in 0..input.channels {
        let (black, white) = range.get(channel).copied().unwrap_or((-2.0, 2.0));
        let [across, down, start] = [(); 3].map(|()| random.random_range(0.02f32..0.3));
        for y in 0..input.height {
            for x in 0..input.width {
                let wave = (x as f32 * across + y as f32 * down + start * 20.0).sin();
                let grey = 0.5 + 0.375 * wave + random.random_range(-0.125f32..0.125);
                planes.push(black + grey * (white - black));
            }
        }
    }
    planes
}

/// The network's own logits for all images.
fn answers(imported: &Imported, weights: &Weights, images: &[Vec<f32>]) -> Result<Vec<f32>, Error> {
    let network = Network::new(&imported.graph, &weights.builder())?;
    let mut logits = Vec::new();
    for planes in images {
        let image = network.image(interleaved(planes, imported.graph.input.channels))?;
        let made = network.forward(&image).and_then(|made| made.to_vec1::<f32>());
        logits.extend(made.map_err(crate::model::Error::from)?);
    }
    Ok(logits)
}

/// What rten computes. It may panic over files that it was not made for; that is an error here.
fn elsewhere(
    imported: &Imported,
    images: &[Vec<f32>],
    bytes: Vec<u8>,
    beside: &Beside,
) -> Result<Vec<f32>, Error> {
    let run = || -> Result<Vec<f32>, String> {
        let mut options = ModelOptions::with_all_ops();
        // Optimised, the logits before a softmax may not be there.
        options.enable_optimization(false);
        for (name, data) in beside {
            options.external_data(name, data.clone());
        }
        let model = options.load(bytes).map_err(|error| error.to_string())?;
        let id = |name: &str| model.node_id(name).map_err(|error| error.to_string());
        let (input, output) = (id(&imported.names.0)?, id(&imported.names.1)?);
        let size = &imported.graph.input;
        let mut logits = Vec::new();
        for planes in images {
            let (shape, values) = if imported.is_planar {
                ([1, size.channels, size.height, size.width], planes.clone())
            } else {
                ([1, size.height, size.width, size.channels], interleaved(planes, size.channels))
            };
            let value = Value::from_shape(&shape, values).map_err(|error| error.to_string())?;
            let made = model.run(vec![(input, (&value).into())], &[output], None);
            let made = made.map_err(|error| error.to_string())?.into_iter().next();
            logits.extend(floats(made.ok_or(why::NO_LOGITS)?)?);
        }
        Ok(logits)
    };
    let ran = catch_unwind(AssertUnwindSafe(run));
    ran.unwrap_or_else(|_| Err(why::STOPPED.into())).map_err(Error::NoComparison)
}

/// The numbers of a tensor: a vector, or one with axes of size 1 around it.
fn floats(value: Value) -> Result<Vec<f32>, String> {
    let vector = value.clone().into_shape_vec::<f32, 2>().map(|(_, numbers)| numbers);
    vector
        .or_else(|_| value.into_shape_vec::<f32, 4>().map(|(_, numbers)| numbers))
        .map_err(|e| e.to_string())
}

fn spread(values: impl Iterator<Item = f32>) -> f32 {
    let (low, high) =
        values.fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), value| (l.min(value), h.max(value)));
    high - low
}

/// How far logits may be apart, as a share of their spread.
fn allowed(expected: &[f32]) -> f32 {
    let classes = expected.len() / IMAGES as usize;
    let of_class = |class| spread(expected.iter().copied().skip(class).step_by(classes.max(1)));
    let from_image_to_image = (0..classes).map(of_class).fold(0.0, f32::max);
    let share = from_image_to_image / spread(expected.iter().copied());
    (IMAGE_TOLERANCE * share).clamp(ROUNDING, TOLERANCE)
}

/// The largest difference, as a share of the spread of what is expected. Not a number where either is not.
fn spread_apart(got: &[f32], expected: &[f32]) -> f32 {
    if got.len() != expected.len() {
        return f32::NAN;
    }
    let furthest = got
        .iter()
        .zip(expected)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, |most: f32, off| if off.is_nan() || off > most { off } else { most });
    furthest / spread(expected.iter().copied())
}

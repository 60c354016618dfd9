//! Explanation methods: occlusion and integrated gradients; class activation is in `cam.rs`.

use super::HeatMap;
use crate::model::{Differentiable, Error, Network};
use candle_nn::Module;

/// Positions of the occluding patch along each side.
const PLACES: usize = 12;
/// Side of the patch, in cells.
const HIDDEN: usize = 2;
/// Steps along the path. `tests/explanation.rs` checks how close the sum of contributions comes to the change
/// of the logits.
const STEPS: usize = 24;
/// Rows and columns of a gradient map. Single pixels would be too small to see.
const CELLS: usize = 48;

/// The weight of each logit: the evidence for the classes `own` against the others.
pub fn about(classes: usize, own: &[usize]) -> Vec<f32> {
    let (in_favour, against) = (own.len().max(1) as f32, (classes - own.len()).max(1) as f32);
    (0..classes).map(|class| if own.contains(&class) { 1.0 / in_favour } else { -1.0 / against }).collect()
}

/// The evidence that is lost when a patch is replaced by the image's mean.
///
/// `strong`: the evidence that counts as 1. `progress` is called with the number of positions done and the
/// total.
///
/// # Shapes
/// `image`: `(side, side, channels)`, normalised. `about`: `(classes,)`, from [`about`].
///
/// # Errors
/// Fails if the network does.
pub fn occlusion(
    network: &Network,
    image: &[f32],
    side: usize,
    about: &[f32],
    strong: f32,
    mut progress: impl FnMut(usize, usize),
) -> Result<HeatMap, Error> {
    let evidence = |image: Vec<f32>| -> Result<f32, Error> {
        let logits: Vec<f32> = network.forward(&network.image(image)?)?.to_vec1()?;
        Ok(logits.iter().zip(about).map(|(logit, weight)| logit * weight).sum())
    };
    let whole = evidence(image.to_vec())?;
    let plane = (side * side).max(1);
    let channels = (image.len() / plane).max(1);
    let mean = |channel: usize| image.iter().skip(channel).step_by(channels).sum::<f32>() / plane as f32;
    let means: Vec<f32> = (0..channels).map(mean).collect();
    let places = PLACES - HIDDEN + 1;
    let edge = |place: usize| place * side / PLACES;
    // Patches overlap, so each cell gets the mean over the patches that covered it.
    let (mut sums, mut counts) = (vec![0f32; PLACES * PLACES], vec![0f32; PLACES * PLACES]);
    for place in 0..places * places {
        let (row, column) = (place / places, place % places);
        let mut hidden = image.to_vec();
        for line in hidden.chunks_mut(side * channels).take(edge(row + HIDDEN)).skip(edge(row)) {
            for pixel in line.chunks_mut(channels).take(edge(column + HIDDEN)).skip(edge(column)) {
                pixel.iter_mut().zip(&means).for_each(|(value, mean)| *value = *mean);
            }
        }
        let lost = whole - evidence(hidden)?;
        for cell in (0..HIDDEN * HIDDEN).map(|i| (row + i / HIDDEN) * PLACES + column + i % HIDDEN) {
            if let (Some(sum), Some(count)) = (sums.get_mut(cell), counts.get_mut(cell)) {
                *sum += lost;
                *count += 1.0;
            }
        }
        progress(place + 1, places * places);
    }
    let values = sums.iter().zip(counts).map(|(sum, count)| sum / count.max(1.0)).collect();
    Ok(HeatMap { width: PLACES, height: PLACES, values }.scaled(strong))
}

/// Integrated gradients: the contribution of each value of the image along the straight path from `empty`.
/// The contributions sum approximately to the difference in evidence.
///
/// # Shapes
/// `image` and result: `(side, side, channels)`, normalised. `empty`: `(channels,)`, normalised. `about` as
/// for [`occlusion`].
///
/// # Errors
/// Fails if the network does.
pub fn attributions(
    network: &Differentiable,
    image: &[f32],
    side: usize,
    (empty, about): (&[f32], &[f32]),
    mut progress: impl FnMut(usize, usize),
) -> Result<Vec<f32>, Error> {
    let start = empty.repeat(side * side);
    let mut sum = vec![0f32; image.len()];
    for step in 0..STEPS {
        // The midpoint of each step.
        let share = (step as f32 + 0.5) / STEPS as f32;
        let between = start.iter().zip(image).map(|(a, b)| a + share * (b - a)).collect();
        let gradient = network.of_image(between, about)?;
        sum.iter_mut().zip(gradient).for_each(|(sum, value)| *sum += value / STEPS as f32);
        progress(step + 1, STEPS);
    }
    sum.iter_mut().zip(image.iter().zip(&start)).for_each(|(sum, (value, from))| *sum *= value - from);
    Ok(sum)
}

/// [`attributions`] as a heat map, summed over channels and cells. Arguments as there; `strong` as for
/// [`occlusion`].
pub fn gradients(
    network: &Differentiable,
    image: &[f32],
    side: usize,
    way: (&[f32], &[f32]),
    strong: f32,
    progress: impl FnMut(usize, usize),
) -> Result<HeatMap, Error> {
    let added = attributions(network, image, side, way, progress)?;
    let (channels, cells) = ((added.len() / (side * side).max(1)).max(1), CELLS.min(side));
    let mut values = vec![0f32; cells * cells];
    for (index, added) in added.iter().enumerate() {
        let pixel = index / channels;
        let (row, column) = (pixel / side * cells / side, pixel % side * cells / side);
        if let Some(cell) = values.get_mut(row * cells + column) {
            *cell += added;
        }
    }
    // A single cell's contribution has no scale of its own. The 99th percentile becomes 1 if all cells
    // together are strong evidence, and less if they are not.
    let mut sorted: Vec<f32> = values.iter().copied().filter(|value| *value > 0.0).collect();
    sorted.sort_by(f32::total_cmp);
    let most = sorted.get(sorted.len().saturating_sub(1) * 99 / 100).copied().unwrap_or(f32::MIN_POSITIVE);
    let weight = (sorted.iter().sum::<f32>() / strong).min(1.0) / most;
    let values = values.into_iter().map(|value| (value * weight).clamp(0.0, 1.0)).collect();
    Ok(HeatMap { width: cells, height: cells, values })
}

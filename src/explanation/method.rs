//! Ways to ask a network why: what it saw, what it misses when it is hidden, and what each pixel adds.

use super::HeatMap;
use crate::model::{Buffers, Differentiable, Error, Network};
use serde::{Deserialize, Serialize};

/// How a heat map is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// The model's own outline, where it draws one.
    Outline,
    /// Class activation: the evidence at each place of the last feature map (Zhou et al. 2016). Coarse, and at once.
    Activation,
    /// Occlusion: how much of the evidence goes when a place is hidden (Zeiler and Fergus 2014). Slow, and nothing is assumed of the
    /// network.
    Occlusion,
    /// Integrated gradients: what each pixel adds on the way from an empty image (Sundararajan et al. 2017). Fine.
    Gradients,
}

impl Method {
    /// All of them, the quickest first.
    pub const ALL: [Self; 4] = [Self::Outline, Self::Activation, Self::Occlusion, Self::Gradients];

    /// As it is serialised.
    pub fn name(self) -> &'static str {
        match self {
            Self::Outline => "outline",
            Self::Activation => "activation",
            Self::Occlusion => "occlusion",
            Self::Gradients => "gradients",
        }
    }
}

/// Places a side that are hidden one after the other.
const PLACES: usize = 12;
/// Side of what is hidden, in places.
const HIDDEN: usize = 2;
/// Images on the way from the empty one; `tests/explanation.rs` says how near their sum comes to the change of the answer.
const STEPS: usize = 24;
/// Columns and rows of a gradients' map: single pixels are too small to see.
const CELLS: usize = 48;

/// A weight a class: the evidence for some of them against that for the others, as [`super::class_activation`] has it.
pub fn about(classes: usize, own: &[usize]) -> Vec<f32> {
    let (in_favour, against) = (own.len().max(1) as f32, (classes - own.len()).max(1) as f32);
    (0..classes).map(|class| if own.contains(&class) { 1.0 / in_favour } else { -1.0 / against }).collect()
}

/// What the evidence loses when a place is hidden under the image's mean. `image`: `(channels, side, side)`, normalised.
/// `strong`: the evidence that counts as strong. `progress` is told how many places of how many are done.
pub fn occlusion(
    network: &Network,
    image: &[f32],
    side: usize,
    about: &[f32],
    strong: f32,
    mut progress: impl FnMut(usize, usize),
) -> Result<HeatMap, Error> {
    let mut memory = Buffers::default();
    let mut evidence = |image: &[f32]| -> Result<f32, Error> {
        let logits = network.forward(image, &mut memory)?.logits;
        Ok(logits.iter().zip(about).map(|(logit, weight)| logit * weight).sum())
    };
    let whole = evidence(image)?;
    let plane = (side * side).max(1);
    let means: Vec<f32> = image.chunks(plane).map(|p| p.iter().sum::<f32>() / plane as f32).collect();
    let places = PLACES - HIDDEN + 1;
    let edge = |place: usize| place * side / PLACES;
    // Places overlap: each cell gets the mean of what hid it.
    let (mut sums, mut counts) = (vec![0f32; PLACES * PLACES], vec![0f32; PLACES * PLACES]);
    for place in 0..places * places {
        let (row, column) = (place / places, place % places);
        let mut hidden = image.to_vec();
        for (plane, mean) in hidden.chunks_mut(plane).zip(&means) {
            for line in plane.chunks_mut(side).take(edge(row + HIDDEN)).skip(edge(row)) {
                line.iter_mut()
                    .take(edge(column + HIDDEN))
                    .skip(edge(column))
                    .for_each(|value| *value = *mean);
            }
        }
        let lost = whole - evidence(&hidden)?;
        for cell in (0..HIDDEN * HIDDEN).map(|i| (row + i / HIDDEN) * PLACES + column + i % HIDDEN) {
            if let (Some(sum), Some(count)) = (sums.get_mut(cell), counts.get_mut(cell)) {
                *sum += lost;
                *count += 1.0;
            }
        }
        progress(place + 1, places * places);
    }
    let values = sums.iter().zip(counts).map(|(sum, count)| sum / count.max(1.0)).collect();
    Ok(scaled(PLACES, values, strong))
}

/// What each value of an image adds to the evidence on the straight way from an `empty` one (a value a channel, normalised):
/// together, nearly what the evidence differs by. Shapes and the rest as for [`occlusion`].
pub fn attributions(
    network: &Differentiable,
    image: &[f32],
    side: usize,
    (empty, about): (&[f32], &[f32]),
    mut progress: impl FnMut(usize, usize),
) -> Result<Vec<f32>, Error> {
    let plane = (side * side).max(1);
    let start: Vec<f32> = empty.iter().flat_map(|value| std::iter::repeat_n(*value, plane)).collect();
    let mut sum = vec![0f32; image.len()];
    for step in 0..STEPS {
        // The middle of each part of the way.
        let share = (step as f32 + 0.5) / STEPS as f32;
        let between: Vec<f32> = start.iter().zip(image).map(|(a, b)| a + share * (b - a)).collect();
        let gradient = network.of_image(&between, about)?;
        sum.iter_mut().zip(gradient).for_each(|(sum, value)| *sum += value / STEPS as f32);
        progress(step + 1, STEPS);
    }
    sum.iter_mut().zip(image.iter().zip(&start)).for_each(|(sum, (value, from))| *sum *= value - from);
    Ok(sum)
}

/// [`attributions`] as a map.
pub fn gradients(
    network: &Differentiable,
    image: &[f32],
    side: usize,
    way: (&[f32], &[f32]),
    strong: f32,
    progress: impl FnMut(usize, usize),
) -> Result<HeatMap, Error> {
    let added = attributions(network, image, side, way, progress)?;
    let (plane, cells) = ((side * side).max(1), CELLS.min(side));
    let mut values = vec![0f32; cells * cells];
    for (index, added) in added.iter().enumerate() {
        let (row, column) = (index % plane / side * cells / side, index % side * cells / side);
        if let Some(cell) = values.get_mut(row * cells + column) {
            *cell += added;
        }
    }
    // One cell's share has no scale of its own: the strongest hundredth is full where all cells together are strong evidence,
    // and fainter where they are not.
    let mut sorted: Vec<f32> = values.iter().copied().filter(|value| *value > 0.0).collect();
    sorted.sort_by(f32::total_cmp);
    let most = sorted.get(sorted.len().saturating_sub(1) * 99 / 100).copied().unwrap_or(f32::MIN_POSITIVE);
    let weight = (sorted.iter().sum::<f32>() / strong).min(1.0) / most;
    let values = values.into_iter().map(|value| (value * weight).clamp(0.0, 1.0)).collect();
    Ok(HeatMap { width: cells, height: cells, values })
}

/// Evidence from 0 to 1; what speaks against counts as none. A map whose strongest place is weak stays faint.
fn scaled(side: usize, values: Vec<f32>, strong: f32) -> HeatMap {
    let strongest = values.iter().copied().fold(strong, f32::max).max(f32::MIN_POSITIVE);
    let values = values.into_iter().map(|value| (value / strongest).clamp(0.0, 1.0)).collect();
    HeatMap { width: side, height: side, values }
}

//! What a step learns from: images changed, normalised and mixed, with their targets. The same for every backend.

use super::Error;
use super::images::Images;
use super::loss::{Targets, beta};
use super::recipe::Recipe;
use crate::kernels::{Shape, interleave};
use crate::model::Input;
use candle_core::{Device, Tensor};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Side of the input divided by the side of the outline.
const OUTLINE: usize = 4;

/// Makes the batches of an epoch.
#[derive(Clone, Copy, Debug)]
pub(super) struct DataLoader<'a> {
    pub recipe: &'a Recipe,
    pub images: &'a Images,
    /// With the side that the images have in this epoch.
    pub input: &'a Input,
    pub targets: &'a Targets,
}

/// A batch as plain rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Batch {
    /// How many images.
    pub count: usize,
    /// `(count, side, side, channels)`, normalised.
    pub images: Vec<f32>,
    /// `(count, classes)`.
    pub targets: Vec<f32>,
    /// `(count, pixels of the outline)`; empty where there are no masks.
    pub masks: Vec<f32>,
    /// Of an image.
    pub shape: Shape,
}

/// Seed for the augmentations of one image in one epoch. Deterministic, so a resumed run draws the same augmentations.
pub(super) fn seed(recipe: &Recipe, epoch: usize, index: usize) -> u64 {
    let mixed = (epoch as u64) << 32 | index as u64;
    recipe.training.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ mixed.wrapping_mul(0xd134_2543_de82_ef95)
}

impl DataLoader<'_> {
    /// The share with which the next batch is mixed, drawn in the batches' order.
    pub fn share(&self, random: &mut ChaCha8Rng) -> Option<f64> {
        let mixing = self.recipe.training.mixup;
        (mixing > 0.0).then(|| f64::from(beta(mixing, random)))
    }

    /// The images at `indices` as the epoch shows them.
    pub fn batch(&self, epoch: usize, indices: &[usize], share: Option<f64>) -> Batch {
        let mut batch = Batch::default();
        self.fill(&mut batch, epoch, indices, share);
        batch
    }

    /// As [`Self::batch`], in the memory of an earlier one: fresh memory for every batch would cost as much as the images do.
    pub fn fill(&self, batch: &mut Batch, epoch: usize, indices: &[usize], share: Option<f64>) {
        let side = self.input.spec.side as usize;
        let channels = self.input.spec.channels as usize;
        let (area, of_mask) = (side * side, (side / OUTLINE).pow(2));
        let masks = if self.images.has_masks() { indices.len() * of_mask } else { 0 };
        batch.count = indices.len();
        batch.shape = Shape { height: side, width: side, channels };
        batch.images.resize(indices.len() * area * channels, 0.0);
        batch.masks.resize(masks, 0.0);
        let labels: Vec<usize> = indices.iter().filter_map(|i| self.images.labels.get(*i).copied()).collect();
        batch.targets = self.targets.rows(&labels);
        let mut masks: Vec<&mut [f32]> = batch.masks.chunks_mut(of_mask.max(1)).collect();
        masks.resize_with(indices.len(), Default::default);
        let places = batch.images.par_chunks_mut(area * channels).zip(masks).zip(indices);
        places.for_each_init(Vec::new, |planes, ((pixels, small), index)| {
            let seed = seed(self.recipe, epoch, *index);
            self.images.change(*index, side, &self.recipe.augmentation, seed, planes);
            let (planes, mask) = planes.split_at(pixels.len().min(planes.len()));
            interleave(planes, channels, pixels);
            self.input.normalise(pixels);
            if !small.is_empty() {
                small.copy_from_slice(&shrunk(mask, side / OUTLINE));
            }
        });
        if let Some(share) = share {
            batch.mix(share);
        }
    }
}

impl Batch {
    /// Mixes each image and all that belongs to it with another of the batch (Zhang et al. 2018), one share for all: the first with the
    /// last, and so on.
    fn mix(&mut self, share: f64) {
        let (own, other) = (share as f32, (1.0 - share) as f32);
        for part in [&mut self.images, &mut self.targets, &mut self.masks] {
            let row = (part.len() / self.count.max(1)).max(1);
            let half = (self.count / 2 * row).min(part.len());
            let (front, back) = part.split_at_mut(half);
            let pairs = front.par_chunks_mut(row).zip(back.par_rchunks_mut(row));
            pairs.for_each(|(front, back)| {
                for (a, b) in front.iter_mut().zip(back) {
                    (*a, *b) = (*a * own + *b * other, *b * own + *a * other);
                }
            });
        }
    }

    /// Images, targets and masks as tensors of the processor.
    pub fn tensors(self) -> Result<[Tensor; 3], Error> {
        let Shape { height, width, channels } = self.shape;
        let rows = |values: Vec<f32>| {
            let columns = values.len() / self.count.max(1);
            Tensor::from_vec(values, (self.count, columns), &Device::Cpu)
        };
        let images = Tensor::from_vec(self.images, (self.count, height, width, channels), &Device::Cpu)?;
        Ok([images, rows(self.targets)?, rows(self.masks)?])
    }
}

/// An image of 0 to 1, normalised.
pub(super) fn normalised(input: &Input, mut image: Vec<f32>) -> Vec<f32> {
    input.normalise(&mut image);
    image
}

/// Means of boxes of a square mask, `side` pixels a side; nothing of nothing.
pub(super) fn shrunk(mask: &[f32], side: usize) -> Vec<f32> {
    let large = mask.len().isqrt();
    let factor = large / side.max(1);
    if factor == 0 {
        return Vec::new();
    }
    let share = 1.0 / (factor * factor) as f32;
    let mut small = vec![0f32; side * side];
    for (row, line) in mask.chunks(large).enumerate().take(side * factor) {
        for (column, value) in line.iter().enumerate().take(side * factor) {
            if let Some(sum) = small.get_mut(row / factor * side + column / factor) {
                *sum += value * share;
            }
        }
    }
    small
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mix_takes_all_parts_of_two_images_alike() {
        let mut batch = Batch {
            count: 2,
            images: vec![1.0, 2.0, 3.0, 5.0],
            targets: vec![1.0, 0.0, 0.0, 1.0],
            masks: vec![],
            shape: Shape { height: 1, width: 2, channels: 1 },
        };
        batch.mix(0.75);
        assert_eq!(batch.images, [1.5, 2.75, 2.5, 4.25]);
        assert_eq!(batch.targets, [0.75, 0.25, 0.25, 0.75]);
        let [images, targets, masks] = batch.tensors().unwrap();
        assert_eq!(
            (images.dims(), targets.dims(), masks.dims()),
            (&[2, 1, 2, 1][..], &[2, 2][..], &[2, 0][..])
        );
    }
}

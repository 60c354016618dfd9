//! Images held ready for learning: decoded and fitted once, kept small.

use super::Error;
use super::augment::{PlanarImage, Value, augment};
use super::recipe::Augmentation;
use crate::dataset::{Dataset, Sample};
use crate::file;
use crate::imaging::{self, PixelLayout};
use crate::kernels::{interleaved, planar};
use crate::preprocess::resize;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Fitted images with their labels and, where they are asked for, masks. Eight bits a value, plane by plane, the mask last: a thousand
/// grey ones of 160 pixels take 26 MB.
#[derive(Debug)]
pub struct Images {
    channels: usize,
    /// 1 where every image has a mask, which then lies behind its pixels.
    masks: usize,
    side: usize,
    values: Vec<Vec<u8>>,
    /// The class of each.
    pub labels: Vec<usize>,
    /// Path and reason of files that could not be read and were left out.
    pub unreadable: Vec<(String, String)>,
}

impl Images {
    /// Reads the samples at `indices`, each once, and resizes them to each of `specs`. An image without a mask among images with masks has
    /// nothing to outline. `progress` is told how many are done.
    pub fn load<const N: usize>(
        dataset: &Dataset,
        indices: &[usize],
        specs: [&resize::InputSpec; N],
        with_masks: bool,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<[Self; N], Error> {
        let done = std::sync::atomic::AtomicUsize::new(0);
        let read = indices
            .par_iter()
            .filter_map(|&index| dataset.samples.get(index))
            .map(|sample| {
                let resized = read(dataset, sample, specs, with_masks)?;
                progress(done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1);
                Ok((sample, resized))
            })
            .collect::<Result<Vec<_>, Error>>()?;
        let mut all = specs.map(|spec| Self {
            channels: spec.channels as usize,
            masks: usize::from(with_masks),
            side: spec.side as usize,
            values: Vec::new(),
            labels: Vec::new(),
            unreadable: Vec::new(),
        });
        for (sample, resized) in read {
            match resized {
                Ok(sizes) => all.iter_mut().zip(sizes).for_each(|(images, values)| {
                    images.values.push(values);
                    images.labels.push(sample.label);
                }),
                Err(error) => all.iter_mut().for_each(|images| {
                    images.unreadable.push((sample.path.clone(), error.to_string()));
                }),
            }
        }
        Ok(all)
    }

    /// Images that are at hand already, without masks. `values`: eight bits a value, plane by plane, of as many `channels`.
    pub fn of(channels: usize, side: usize, values: Vec<Vec<u8>>, labels: Vec<usize>) -> Self {
        Self { channels, masks: 0, side, values, labels, unreadable: Vec::new() }
    }

    /// The same images at another size, without masks. One that cannot be made is black.
    pub fn resized(&self, spec: &resize::InputSpec) -> Self {
        let side = self.side as u32;
        let layout = PixelLayout { width: side, height: side, channels: self.channels as u8, bits: 8 };
        let resized = |index: usize| {
            let bytes = self.plain(index).0.iter().map(|value| (value * 255.0).round() as u8).collect();
            let image = imaging::Image::from_raw(layout, bytes);
            let area = (spec.side * spec.side * spec.channels) as usize;
            image.map_or_else(|_| vec![0; area], |image| planes(&image, spec))
        };
        let values = (0..self.len()).into_par_iter().map(resized).collect();
        Self::of(spec.channels as usize, spec.side as usize, values, self.labels.clone())
    }

    /// Pixels a side.
    pub fn side(&self) -> usize {
        self.side
    }

    /// 1 (grey) or 3 (RGB).
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// One image as it is, 0 to 1, and its mask, which is empty where there are no masks.
    ///
    /// # Shapes
    /// Returns `(side, side, channels)` and `(side, side)`.
    pub fn plain(&self, index: usize) -> (Vec<f32>, Vec<f32>) {
        let mut planes: Vec<f32> = self.stored(index).iter().map(|value| value.unit()).collect();
        self.parts(&mut planes, self.side)
    }

    /// One image at `side` pixels, 0 to 1, changed as `how` says, with its mask; its seed decides how exactly.
    ///
    /// # Shapes
    /// As [`Self::plain`].
    pub fn changed(&self, index: usize, side: usize, how: &Augmentation, seed: u64) -> (Vec<f32>, Vec<f32>) {
        let mut planes = Vec::new();
        self.change(index, side, how, seed, &mut planes);
        self.parts(&mut planes, side)
    }

    /// As [`Self::changed`], but plane by plane, the mask last, into memory that is used again.
    pub fn change(&self, index: usize, side: usize, how: &Augmentation, seed: u64, planes: &mut Vec<f32>) {
        let image = PlanarImage {
            values: self.stored(index),
            channels: self.channels + self.masks,
            masks: self.masks,
            side: self.side,
        };
        augment(&image, side, how, &mut ChaCha8Rng::seed_from_u64(seed), planes);
    }

    /// Whether each image has a mask.
    pub fn has_masks(&self) -> bool {
        self.masks > 0
    }

    /// Pixels with their channels innermost, and the mask.
    fn parts(&self, planes: &mut Vec<f32>, side: usize) -> (Vec<f32>, Vec<f32>) {
        let mask = planes.split_off((self.channels * side * side).min(planes.len()));
        (interleaved(planes, self.channels), mask)
    }

    /// The values of one, plane by plane; empty where there is none.
    pub fn stored(&self, index: usize) -> &[u8] {
        self.values.get(index).map(Vec::as_slice).unwrap_or_default()
    }

    /// Mean and standard deviation of all values, a channel each, 0 to 1.
    pub fn statistics(&self) -> (Vec<f32>, Vec<f32>) {
        let area = self.side * self.side;
        let of = |channel: usize| {
            let (mut sum, mut squares, mut count) = (0f64, 0f64, 0f64);
            for image in &self.values {
                for value in image.iter().skip(channel * area).take(area) {
                    let value = f64::from(*value) / 255.0;
                    sum += value;
                    squares += value * value;
                    count += 1.0;
                }
            }
            let mean = sum / count.max(1.0);
            let deviation = (squares / count.max(1.0) - mean * mean).max(1e-6).sqrt();
            (mean as f32, deviation as f32)
        };
        (0..self.channels).map(of).unzip()
    }
}

/// One image at each size, its mask after it; or why it cannot be read.
fn read<const N: usize>(
    dataset: &Dataset,
    sample: &Sample,
    specs: [&resize::InputSpec; N],
    with_masks: bool,
) -> Result<Result<[Vec<u8>; N], imaging::Error>, Error> {
    let decoded = |bytes: Vec<u8>| file::image(&bytes).map(|(image, _)| image);
    let mask = if with_masks { dataset.mask(sample)?.map(decoded).transpose() } else { Ok(None) };
    let (image, mask) = match (decoded(dataset.bytes(sample)?), mask) {
        (Ok(image), Ok(mask)) => (image, mask),
        (Err(error), _) | (_, Err(error)) => return Ok(Err(error)),
    };
    Ok(Ok(specs.map(|spec| {
        let mut values = planes(&image, spec);
        match &mask {
            Some(mask) => values.extend(planes(mask, &resize::InputSpec { channels: 1, ..spec.clone() })),
            None if with_masks => values.resize(values.len() + (spec.side * spec.side) as usize, 0),
            None => {}
        }
        values
    })))
}

/// An image fitted to a size, plane by plane.
fn planes(image: &imaging::Image, spec: &resize::InputSpec) -> Vec<u8> {
    let pixels = resize::resize(image, spec).values;
    let planes = planar(&pixels, spec.channels as usize);
    planes.iter().map(|value| (value * 255.0).round() as u8).collect()
}

/// A mask's pixels at another size: whether each lies inside.
pub(super) fn mask(bytes: &[u8], size: (u32, u32)) -> Result<Vec<bool>, imaging::Error> {
    let (image, _) = file::image(bytes)?;
    let grey = image.pixels().to_luma8();
    let (width, height) = size;
    let at = |i: u32, from: u32, to: u32| (u64::from(i) * u64::from(from) / u64::from(to.max(1))) as u32;
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    Ok(pixels
        .map(|(x, y)| grey.get_pixel(at(x, grey.width(), width), at(y, grey.height(), height)).0[0] > 127)
        .collect())
}

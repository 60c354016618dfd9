//! Images held ready for learning: decoded and fitted once, kept small.

use super::Error;
use super::augment::{Square, augment};
use super::recipe::Augmentation;
use crate::dataset::{Dataset, Sample};
use crate::imaging::{self, fit};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Fitted images with their labels. Eight bits a value: a thousand grey ones of 160 pixels take 26 MB.
#[derive(Debug)]
pub struct Images {
    channels: usize,
    side: usize,
    values: Vec<Vec<u8>>,
    /// The class of each.
    pub labels: Vec<usize>,
    /// Path and reason of files that could not be read and were left out.
    pub unreadable: Vec<(String, String)>,
}

impl Images {
    /// Reads the samples at `indices`. `progress` is told how many are done.
    pub fn load(
        dataset: &Dataset,
        indices: &[usize],
        frame: &fit::Frame,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Self, Error> {
        let done = std::sync::atomic::AtomicUsize::new(0);
        let read: Vec<(&Sample, Result<Vec<u8>, imaging::Error>)> = indices
            .par_iter()
            .filter_map(|&index| dataset.samples.get(index))
            .map(|sample| {
                let fitted = imaging::read(&dataset.bytes(sample)?).map(|(image, _)| {
                    fit::fit(&image, frame).values.iter().map(|v| (v * 255.0).round() as u8).collect()
                });
                progress(done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1);
                Ok((sample, fitted))
            })
            .collect::<Result<_, Error>>()?;
        let (channels, side) = (frame.channels as usize, frame.side as usize);
        let mut images =
            Self { channels, side, values: Vec::new(), labels: Vec::new(), unreadable: Vec::new() };
        for (sample, fitted) in read {
            match fitted {
                Ok(values) => {
                    images.values.push(values);
                    images.labels.push(sample.label);
                }
                Err(error) => images.unreadable.push((sample.path.clone(), error.to_string())),
            }
        }
        Ok(images)
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// One image as it is, 0 to 1.
    pub fn plain(&self, index: usize) -> Vec<f32> {
        self.values.get(index).map(|v| v.iter().map(|v| f32::from(*v) / 255.0).collect()).unwrap_or_default()
    }

    /// One image at `side` pixels, 0 to 1, changed as `how` says; its seed decides how exactly.
    pub fn changed(&self, index: usize, side: usize, how: &Augmentation, seed: u64) -> Vec<f32> {
        let values = self.plain(index);
        let image = Square { values: &values, channels: self.channels, side: self.side };
        augment(&image, side, how, &mut ChaCha8Rng::seed_from_u64(seed))
    }

    /// Mean and standard deviation of all values, a channel each, 0 to 1.
    pub fn statistics(&self) -> (Vec<f32>, Vec<f32>) {
        let plane = self.side * self.side;
        (0..self.channels)
            .map(|channel| {
                let (mut sum, mut squares, mut count) = (0f64, 0f64, 0f64);
                for image in &self.values {
                    for value in image.iter().skip(channel * plane).take(plane) {
                        let value = f64::from(*value) / 255.0;
                        sum += value;
                        squares += value * value;
                        count += 1.0;
                    }
                }
                let mean = sum / count.max(1.0);
                let deviation = (squares / count.max(1.0) - mean * mean).max(1e-6).sqrt();
                (mean as f32, deviation as f32)
            })
            .unzip()
    }
}

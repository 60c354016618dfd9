//! The images of a comparison: fitted to one size once, each with its class, its group and its side of the split.

use super::Error;
use crate::classic::{PIXEL_SIDE, Square, Squares};
use crate::dataset::near::PerceptualHash;
use crate::dataset::{self, Dataset, Sample};
use crate::file;
use crate::imaging::Image;
use crate::preprocess::resize::{InputSpec, ResizeMode, resize};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// The column of groups in a network's data set.
pub(super) const GROUP: &str = "group";

/// All images of a comparison.
#[derive(Clone, Debug)]
pub struct Images {
    /// Name of the data set.
    pub name: String,
    /// Names of the classes, in the order of the labels.
    pub classes: Vec<String>,
    /// The images to learn from.
    pub train: Part,
    /// The images to measure on.
    pub test: Part,
    /// Path and reason of files that could not be read.
    pub unreadable: Vec<(String, String)>,
    groups: BTreeMap<String, usize>,
}

/// One side of the split; all lists are in the same order.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// The images.
    pub squares: Squares,
    /// Their paths.
    pub paths: Vec<String>,
    /// Their classes.
    pub labels: Vec<usize>,
    /// Their groups, numbered over both sides.
    pub groups: Vec<usize>,
    /// What they look like; `None` of what shows nothing.
    pub(super) hashes: Vec<Option<PerceptualHash>>,
}

/// An image that was fitted.
struct Fitted {
    pixels: Vec<f32>,
    hash: Option<PerceptualHash>,
}

/// A sample, and its image or why it cannot be read.
type Read<'a> = (&'a Sample, Result<Fitted, String>);

impl Images {
    /// None yet. `channels`: 1 or 3.
    fn new(name: &str, classes: Vec<String>, side: usize, channels: usize) -> Self {
        let side = ((side + PIXEL_SIDE / 2) / PIXEL_SIDE).clamp(1, 4) * PIXEL_SIDE;
        let part = Part { squares: Squares::new(side, if channels == 1 { 1 } else { 3 }), ..Part::default() };
        Self {
            name: name.into(),
            classes,
            train: part.clone(),
            test: part,
            unreadable: Vec::new(),
            groups: BTreeMap::new(),
        }
    }

    /// Reads a data set: `train` and `val` to learn from, `test` to measure on. Without a test split, a fifth of each class is held out by
    /// whole groups, drawn by the seed. The first image decides whether all are grey. Of each image only its square is kept.
    ///
    /// `columns`: those of the data set's table that name groups. `side`: pixels a side of the squares, brought to the nearest multiple of 28
    /// from 28 to 112.
    ///
    /// # Errors
    /// Fails if the archive cannot be read.
    pub fn read(
        dataset: &Dataset,
        columns: &[String],
        side: usize,
        seed: u64,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Self, Error> {
        let channels = dataset.samples.iter().find_map(|sample| {
            let (image, _) = file::image(&dataset.bytes(sample).ok()?).ok()?;
            Some(if image.pixels().color().has_color() { 3 } else { 1 })
        });
        let mut images = Self::new(&dataset.name, dataset.classes.clone(), side, channels.unwrap_or(3));
        let tests = tests(&dataset.samples, columns, seed);
        let indices: Vec<usize> = (0..dataset.samples.len()).collect();
        for some in indices.chunks(256) {
            let read = |index: &usize| -> Result<Option<Read>, Error> {
                let Some(sample) = dataset.samples.get(*index) else { return Ok(None) };
                let bytes = dataset.bytes(sample)?;
                let fitted = file::image(&bytes).map(|(image, _)| images.fit(&image));
                Ok(Some((sample, fitted.map_err(|error| error.to_string()))))
            };
            let all = some.par_iter().map(read).collect::<Result<Vec<_>, Error>>()?;
            for ((sample, fitted), index) in all.into_iter().flatten().zip(some) {
                let is_test = tests.get(*index).copied().unwrap_or_default();
                match fitted {
                    Ok(fitted) => {
                        let group = dataset::split::group(sample, columns);
                        images.push(sample, &group, is_test, fitted);
                    }
                    Err(reason) => images.unreadable.push((sample.path.clone(), reason)),
                }
            }
            progress(some.last().map_or(0, |last| last + 1));
        }
        Ok(images)
    }

    /// Pixels a side.
    pub fn side(&self) -> usize {
        self.train.squares.side
    }

    /// The training images at `rows` as a data set that a network learns from: pictures of the squares, their groups in the column [`GROUP`].
    pub(super) fn dataset(&self, rows: &[usize]) -> Result<Dataset, Error> {
        let label = |row: usize| self.train.labels.get(row).copied().unwrap_or_default();
        // By numbers, so that the classes keep their order.
        let path = |row: usize| format!("train/{:06}/{row:06}.png", label(row));
        let files = rows.iter().map(|row| (path(*row), png(&self.train.squares.get(*row))));
        let mut dataset = Dataset::of_files(self.name.clone(), files.collect())?;
        let groups: BTreeMap<String, usize> =
            rows.iter().filter_map(|row| Some((path(*row), *self.train.groups.get(*row)?))).collect();
        for sample in &mut dataset.samples {
            let group = groups.get(&sample.path).copied().unwrap_or_default();
            sample.attributes.insert(GROUP.into(), group.to_string());
        }
        dataset.classes.clone_from(&self.classes);
        Ok(dataset)
    }

    fn fit(&self, image: &Image) -> Fitted {
        let Squares { side, channels, .. } = self.train.squares;
        let spec = InputSpec { side: side as u32, channels: channels as u32, resize: ResizeMode::Squash };
        Fitted { pixels: resize(image, &spec).values, hash: PerceptualHash::new(image) }
    }

    fn push(&mut self, sample: &Sample, group: &str, is_test: bool, fitted: Fitted) {
        let next = self.groups.len();
        let group = *self.groups.entry(group.into()).or_insert(next);
        let part = if is_test { &mut self.test } else { &mut self.train };
        part.squares.push(&fitted.pixels);
        part.paths.push(sample.path.clone());
        part.labels.push(sample.label);
        part.groups.push(group);
        part.hashes.push(fitted.hash);
    }
}

impl Part {
    /// How many images.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }
}

/// Which samples are measured on.
fn tests(samples: &[Sample], columns: &[String], seed: u64) -> Vec<bool> {
    let given: Vec<bool> = samples.iter().map(|sample| sample.split == "test").collect();
    if given.contains(&true) {
        return given;
    }
    let all: Vec<&Sample> = samples.iter().collect();
    let (_, held) = dataset::split::hold_out(&all, columns, 0.2, seed);
    let mut tests = given;
    for index in held {
        if let Some(is_test) = tests.get_mut(index) {
            *is_test = true;
        }
    }
    tests
}

/// A square as a picture's file; empty if memory runs out.
fn png(square: &Square) -> Vec<u8> {
    let colour =
        if square.channels == 1 { image::ExtendedColorType::L8 } else { image::ExtendedColorType::Rgb8 };
    let mut bytes = Vec::new();
    let encoder = image::codecs::png::PngEncoder::new(&mut bytes);
    let side = square.side as u32;
    let written = image::ImageEncoder::write_image(encoder, square.values, side, side, colour);
    written.map_or_else(|_| Vec::new(), |()| bytes)
}

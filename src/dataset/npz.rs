//! MedMNIST's arrays (Yang et al. 2023): `SPLIT_images`, `(n, h, w)` or `(n, h, w, 3)` of bytes, and
//! `SPLIT_labels`, `(n, 1)`.

use super::archive::Archive;
use super::{Error, SPLITS, Sample};
use crate::messages::why::dataset as why;
use npyz::{DType, NpyFile, TypeChar};
use std::collections::BTreeMap;

/// MedMNIST's images have at most 224 pixels a side; a larger number than this means a broken header.
const MAX_SIDE: usize = 4096;

/// All images, by split.
#[derive(Debug)]
pub(super) struct Arrays {
    splits: BTreeMap<String, Images>,
    /// Paths of entries that hold neither images nor labels of a split.
    others: Vec<String>,
}

#[derive(Debug)]
struct Images {
    width: u32,
    height: u32,
    colour: image::ExtendedColorType,
    each: usize,
    bytes: Vec<u8>,
}

pub(super) fn read(name: &str, archive: &Archive) -> Result<(Arrays, Vec<Sample>, Vec<String>), Error> {
    let refuse = |why: String| Error::Arrays { path: name.into(), why };
    let mut splits = BTreeMap::new();
    let mut samples = Vec::new();
    for split in SPLITS {
        let Ok(images) = archive.read(&format!("{split}_images.npy")) else { continue };
        let images =
            pictures(&images).map_err(|why| refuse(why::of_array(&format!("{split}_images"), &why)))?;
        let labels = archive.read(&format!("{split}_labels.npy"))?;
        let labels =
            numbers(&labels).map_err(|why| refuse(why::of_array(&format!("{split}_labels"), &why)))?;
        let count = images.bytes.len() / images.each;
        if labels.len() != count {
            return Err(refuse(why::label_count(split, count, labels.len())));
        }
        for (index, label) in labels.into_iter().enumerate() {
            let path = format!("{split}/{label}/{index:06}.png");
            samples.push(Sample { path, split: split.into(), label, attributes: BTreeMap::new() });
        }
        splits.insert(split.to_string(), images);
    }
    let classes = samples.iter().map(|s| s.label.saturating_add(1)).max().unwrap_or(0);
    if !(2..=1000).contains(&classes) {
        return Err(refuse(why::classes(classes)));
    }
    let is_read = |path: &str| {
        let split = path.strip_suffix("_images.npy").or_else(|| path.strip_suffix("_labels.npy"));
        split.is_some_and(|split| splits.contains_key(split))
    };
    let others = archive.paths().filter(|path| !is_read(path)).map(String::from).collect();
    Ok((Arrays { splits, others }, samples, (0..classes).map(|class| class.to_string()).collect()))
}

fn pictures(bytes: &[u8]) -> Result<Images, String> {
    let array = NpyFile::new(bytes).map_err(|_| why::NOT_AN_ARRAY)?;
    let shape: Vec<usize> = array.shape().iter().map(|n| usize::try_from(*n).unwrap_or(usize::MAX)).collect();
    let (height, width, colour, channels) = match *shape.as_slice() {
        [_, h, w] => (h, w, image::ExtendedColorType::L8, 1),
        [_, h, w, 3] => (h, w, image::ExtendedColorType::Rgb8, 3),
        _ => return Err(why::shape(&shape)),
    };
    if !(1..=MAX_SIDE).contains(&height) || !(1..=MAX_SIDE).contains(&width) {
        return Err(why::size(width, height, MAX_SIDE));
    }
    if array.order() != npyz::Order::C {
        return Err(why::BY_COLUMN.into());
    }
    let each = height * width * channels;
    let bytes = array.into_vec::<u8>().map_err(|_| why::NOT_AN_ARRAY)?;
    Ok(Images { width: width as u32, height: height as u32, colour, each, bytes })
}

fn numbers(bytes: &[u8]) -> Result<Vec<usize>, String> {
    let array = NpyFile::new(bytes).map_err(|_| why::NOT_AN_ARRAY)?;
    // MedMNIST's own files have a second axis of length 1.
    let each = array.shape().iter().skip(1).fold(1u64, |all, side| all.saturating_mul(*side));
    if each != 1 {
        return Err(why::multi_label(each));
    }
    fn of<T: npyz::Deserialize + TryInto<usize>>(array: NpyFile<&[u8]>) -> Result<Vec<usize>, String> {
        let label = |value: T| value.try_into().map_err(|_| why::NEGATIVE_LABEL.to_string());
        array.into_vec::<T>().map_err(|_| why::NOT_AN_ARRAY)?.into_iter().map(label).collect()
    }
    let kind = match array.dtype() {
        DType::Plain(kind) => (kind.type_char(), kind.size_field()),
        _ => return Err(why::RECORDS.into()),
    };
    match kind {
        (TypeChar::Uint, 1) => of::<u8>(array),
        (TypeChar::Uint, 2) => of::<u16>(array),
        (TypeChar::Uint, 4) => of::<u32>(array),
        (TypeChar::Uint, 8) => of::<u64>(array),
        (TypeChar::Int, 1) => of::<i8>(array),
        (TypeChar::Int, 2) => of::<i16>(array),
        (TypeChar::Int, 4) => of::<i32>(array),
        (TypeChar::Int, 8) => of::<i64>(array),
        _ => Err(why::NOT_WHOLE.into()),
    }
}

impl Arrays {
    /// Paths of entries that hold neither images nor labels of a split.
    pub fn others(&self) -> impl Iterator<Item = String> {
        self.others.iter().cloned()
    }

    /// The image at the path `SPLIT/LABEL/INDEX.png`.
    pub fn png(&self, path: &str) -> Result<Vec<u8>, Error> {
        self.encode(path).ok_or_else(|| Error::Layout { path: path.into(), why: why::NO_IMAGE.into() })
    }

    fn encode(&self, path: &str) -> Option<Vec<u8>> {
        let (split, rest) = path.split_once('/')?;
        let index: usize = rest.rsplit('/').next()?.strip_suffix(".png")?.parse().ok()?;
        let images = self.splits.get(split)?;
        let pixels = images.bytes.get(index * images.each..(index + 1) * images.each)?;
        let mut png = Vec::new();
        let encoder = image::codecs::png::PngEncoder::new(&mut png);
        image::ImageEncoder::write_image(encoder, pixels, images.width, images.height, images.colour).ok()?;
        Some(png)
    }
}

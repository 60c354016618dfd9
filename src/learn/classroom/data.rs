//! The images of a class: drawn from a seed, or the user's own, in four parts that share no image.

use crate::dataset::exercise::{CLASSES, Purpose, draw};
use crate::dataset::near::{PerceptualHash, nearest};
use crate::dataset::split::hold_out;
use crate::dataset::{Dataset, SPLITS, Sample};
use crate::fingerprint::sha256;
use crate::imaging::{Image, PixelLayout};
use crate::learn::{Error, Images};
use crate::lesson::{Knob, Settings};
use crate::messages::fault::learn as fault;
use crate::preprocess::resize::{InputSpec, ResizeMode};
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The share of the images that is held out for a split which the data does not have.
const HELD_OUT: f32 = 0.2;
/// The most images of a part but the training part.
const MOST_HELD: usize = 1000;

/// Images of two parts that are the same, or look the same.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Twin {
    /// A part and an image's number in it.
    pub one: (Purpose, usize),
    /// The other part, and the image there.
    pub other: (Purpose, usize),
    /// Whether every pixel is the same.
    pub is_same: bool,
}

/// The images of a class.
#[derive(Debug)]
pub struct ClassData {
    /// What the data is called.
    pub name: String,
    /// Names of the classes, in the order of the labels.
    pub classes: Vec<String>,
    /// For each [`Purpose`], in their order; the last may be empty.
    parts: [Images; 4],
    /// The settings they were made by, or the SHA-256 of the file.
    pub sha256: String,
}

impl ClassData {
    /// Drawn by the knobs. `progress` is told how many are done, and how many there will be.
    pub fn drawn(settings: &Settings, mut progress: impl FnMut(usize, usize)) -> Self {
        let side = settings.number(Knob::Side) as usize;
        let counts = Purpose::ALL.map(|purpose| purpose.count(settings.count(Knob::Images)));
        let (all, mut done) = (counts.iter().sum(), 0);
        let parts = Purpose::ALL.map(|purpose| {
            let (mut values, mut labels) = (Vec::new(), Vec::new());
            for number in 0..counts.get(purpose as usize).copied().unwrap_or_default() {
                let drawn = draw(settings, purpose, number);
                values.push(drawn.pixels);
                labels.push(drawn.told);
                done += 1;
                progress(done, all);
            }
            Images::of(1, side, values, labels)
        });
        Self {
            name: CLASSES.join(", "),
            classes: CLASSES.map(String::from).into(),
            parts,
            sha256: sha256(String::from(*settings).as_bytes()),
        }
    }

    /// The user's own. Splits that the data has are kept; what is missing is held out of the training split.
    ///
    /// # Errors
    /// Fails if an image cannot be had, or if a class has no image to learn from or to be measured on.
    pub fn own(
        dataset: &Dataset,
        settings: &Settings,
        progress: impl FnMut(usize, usize),
    ) -> Result<Self, Error> {
        let side = settings.number(Knob::Side) as u32;
        let channels = if is_grey(dataset)? { 1 } else { 3 };
        Self::own_at(&InputSpec { side, channels, resize: ResizeMode::Squash }, dataset, settings, progress)
    }

    /// The same images as a network sees them. `dataset`: the user's own, which are read anew so that no detail is lost; without it they are
    /// enlarged.
    ///
    /// # Errors
    /// As [`Self::own`].
    pub fn fitted(
        &self,
        spec: &InputSpec,
        dataset: Option<&Dataset>,
        settings: &Settings,
        progress: impl FnMut(usize, usize),
    ) -> Result<Self, Error> {
        if let Some(dataset) = dataset.filter(|_| self.is_own()) {
            return Self::own_at(spec, dataset, settings, progress);
        }
        Ok(Self {
            name: self.name.clone(),
            classes: self.classes.clone(),
            parts: self.parts.each_ref().map(|images| images.resized(spec)),
            sha256: self.sha256.clone(),
        })
    }

    fn own_at(
        spec: &InputSpec,
        dataset: &Dataset,
        settings: &Settings,
        mut progress: impl FnMut(usize, usize),
    ) -> Result<Self, Error> {
        let [train, validation, test] = split(dataset, settings);
        let all = train.len() + validation.len() + test.len();
        let mut done = 0;
        let mut load = |indices: &[usize]| -> Result<Images, Error> {
            let [images] = Images::load(dataset, indices, [spec], false, &|_| ())?;
            done += indices.len();
            progress(done, all);
            Ok(images)
        };
        let parts = [
            load(&train)?,
            load(&validation)?,
            load(&test)?,
            Images::of(spec.channels as usize, spec.side as usize, Vec::new(), Vec::new()),
        ];
        for (images, missing) in
            parts.iter().zip([fault::no_training_images, fault::no_validation_images, fault::no_test_images])
        {
            let lacks = |class: usize| !images.labels.contains(&class);
            if let Some(class) = (0..dataset.classes.len()).find(|class| lacks(*class)) {
                let name = dataset.classes.get(class).map_or("", String::as_str);
                return Err(Error::Recipe(missing(name)));
            }
        }
        Ok(Self {
            name: dataset.name.clone(),
            classes: dataset.classes.clone(),
            parts,
            sha256: dataset.sha256.clone(),
        })
    }

    /// The images of a part.
    pub fn part(&self, purpose: Purpose) -> &Images {
        let [train, validation, test, elsewhere] = &self.parts;
        match purpose {
            Purpose::Train => train,
            Purpose::Validation => validation,
            Purpose::Test => test,
            Purpose::Elsewhere => elsewhere,
        }
    }

    /// Whether the images are the user's own: drawn ones have another hospital.
    pub fn is_own(&self) -> bool {
        self.part(Purpose::Elsewhere).is_empty()
    }

    /// The images as files of `SPLIT/CLASS/NUMBER.png`, labelled as a learner is told; without those of the other hospital.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        for (purpose, split) in Purpose::ALL.into_iter().zip(SPLITS) {
            let images = self.part(purpose);
            let (side, channels) = (images.side() as u32, images.channels());
            for (number, label) in images.labels.iter().enumerate() {
                let class = self.classes.get(*label).map_or("", String::as_str);
                let stored = images.stored(number);
                let area = (side * side) as usize;
                let of = |pixel: usize| stored.iter().skip(pixel).step_by(area).copied();
                let pixels: Vec<u8> = (0..area).flat_map(of).collect();
                files.push((format!("{split}/{class}/{number:06}.png"), png(side, channels, &pixels)));
            }
        }
        files
    }

    /// Pixels a side, and channels.
    pub fn size(&self) -> (usize, usize) {
        let train = self.part(Purpose::Train);
        (train.side(), train.channels())
    }

    /// Path and reason of files that could not be read and were left out.
    pub fn unreadable(&self) -> impl Iterator<Item = &(String, String)> {
        self.parts.iter().flat_map(|images| &images.unreadable)
    }

    /// Images that lie in two parts. Identical ones always; those that only look the same where images are the user's own: drawings of
    /// one kind all look alike at their size.
    pub fn twins(&self) -> Vec<Twin> {
        let mut twins = self.identical();
        if !self.is_own() {
            return twins;
        }
        let hashes = Purpose::ALL.map(|purpose| (purpose, self.hashes(purpose)));
        for (later, those) in hashes.iter().skip(1) {
            for (earlier, these) in hashes.iter().take_while(|(part, _)| part != later) {
                let alike = nearest(&told(those), &told(these)).into_iter();
                let alike = alike.filter(|(one, ..)| !twins.iter().any(|twin| twin.one == (*later, *one)));
                let alike = alike.map(|(one, other, _)| (one, other)).collect::<Vec<_>>();
                twins.extend(alike.into_iter().map(|(one, other)| Twin {
                    one: (*later, one),
                    other: (*earlier, other),
                    is_same: false,
                }));
            }
        }
        twins
    }

    /// Images of different parts with the same pixels.
    fn identical(&self) -> Vec<Twin> {
        let mut seen: BTreeMap<&[u8], (Purpose, usize)> = BTreeMap::new();
        let mut twins = Vec::new();
        for purpose in Purpose::ALL {
            let images = self.part(purpose);
            for index in 0..images.len() {
                match seen.get(images.stored(index)) {
                    Some(other) if other.0 != purpose => {
                        twins.push(Twin { one: (purpose, index), other: *other, is_same: true });
                    }
                    Some(_) => {}
                    None => {
                        seen.insert(images.stored(index), (purpose, index));
                    }
                }
            }
        }
        twins
    }

    fn hashes(&self, purpose: Purpose) -> Vec<Option<PerceptualHash>> {
        let images = self.part(purpose);
        let side = images.side() as u32;
        let hash = |index: usize| {
            // The first channel tells enough.
            let plane = images.stored(index).get(..(side * side) as usize)?.to_vec();
            let layout = PixelLayout { width: side, height: side, channels: 1, bits: 8 };
            PerceptualHash::new(&Image::from_raw(layout, plane).ok()?)
        };
        (0..images.len()).map(hash).collect()
    }
}

/// A PNG file; empty if memory runs out.
fn png(side: u32, channels: usize, pixels: &[u8]) -> Vec<u8> {
    let colour = if channels == 1 { ExtendedColorType::L8 } else { ExtendedColorType::Rgb8 };
    let mut bytes = Vec::new();
    let written = PngEncoder::new(&mut bytes).write_image(pixels, side, side, colour);
    written.map_or_else(|_| Vec::new(), |()| bytes)
}

/// Those that show something, by their number.
fn told(hashes: &[Option<PerceptualHash>]) -> Vec<(usize, &PerceptualHash)> {
    hashes.iter().enumerate().filter_map(|(at, hash)| Some((at, hash.as_ref()?))).collect()
}

/// Whether the first image of each class is grey.
fn is_grey(dataset: &Dataset) -> Result<bool, Error> {
    for class in 0..dataset.classes.len() {
        let Some(sample) = dataset.samples.iter().find(|sample| sample.label == class) else { continue };
        let image = crate::file::image(&dataset.bytes(sample)?);
        if image.is_ok_and(|(image, _)| !image.is_grey()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Indices to learn from, to validate on and to test on; as many to learn from as the knob says.
fn split(dataset: &Dataset, settings: &Settings) -> [Vec<usize>; 3] {
    let seed = settings.count(Knob::Seed) as u64;
    let of = |split: &str| -> Vec<usize> {
        let samples = dataset.samples.iter().enumerate();
        samples.filter(|(_, sample)| sample.split == split).map(|(index, _)| index).collect()
    };
    let mut train = of("train");
    let mut held = |name: &str, salt: u64| {
        let own = of(name);
        if !own.is_empty() {
            return own;
        }
        let samples: Vec<&Sample> = train.iter().filter_map(|index| dataset.samples.get(*index)).collect();
        let (learn, held) = hold_out(&samples, &["patient".into()], HELD_OUT, seed ^ salt);
        let pick = |part: Vec<usize>| part.iter().filter_map(|at| train.get(*at).copied()).collect();
        let (learn, held): (Vec<usize>, Vec<usize>) = (pick(learn), pick(held));
        train = learn;
        held
    };
    let (mut test, mut validation) = (held("test", 1), held("val", 2));
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    for (part, most) in
        [(&mut train, settings.count(Knob::Images)), (&mut validation, MOST_HELD), (&mut test, MOST_HELD)]
    {
        part.shuffle(&mut random);
        part.truncate(most);
    }
    [train, validation, test]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::phantom::png;
    use crate::lesson::State;
    use image::{GrayImage, Luma};

    /// A picture that looks like no other.
    fn picture(number: u32) -> Vec<u8> {
        let mut at = number.wrapping_mul(0x9e37_79b9) | 1;
        let mut grey = move || {
            at ^= at << 13;
            at ^= at >> 17;
            at ^= at << 5;
            at as u8
        };
        let cells: Vec<u8> = (0..49).map(|_| grey()).collect();
        png(GrayImage::from_fn(56, 56, |x, y| Luma([cells[(y / 8 * 7 + x / 8) as usize]])).into())
    }

    fn files(splits: &[&str]) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        for (place, split) in splits.iter().enumerate() {
            for number in 0..40u32 {
                let class = ["a", "b"][number as usize % 2];
                let path = format!("{split}{class}/{number}.png");
                files.push((path, picture(number + 100 * place as u32)));
            }
        }
        files
    }

    fn own(files: Vec<(String, Vec<u8>)>, address: &str) -> Result<ClassData, Error> {
        let dataset = Dataset::of_files("own".into(), files).unwrap();
        ClassData::own(&dataset, &State::parse(address).settings, |_, _| ())
    }

    #[test]
    fn folders_of_classes_become_three_parts_that_share_no_image() {
        let data = own(files(&["own/"]), "").unwrap();
        let count = |purpose| data.part(purpose).len();
        assert_eq!([count(Purpose::Train), count(Purpose::Validation), count(Purpose::Test)], [26, 6, 8]);
        assert_eq!(
            (data.classes.as_slice(), data.size()),
            (["a".to_string(), "b".into()].as_slice(), (28, 1))
        );
        assert_eq!(data.twins(), []);
    }

    #[test]
    fn a_network_s_own_size_keeps_the_parts_and_their_order() {
        let settings = State::parse("").settings;
        let spec = InputSpec { side: 40, channels: 3, resize: ResizeMode::Squash };
        let dataset = Dataset::of_files("own".into(), files(&["own/"])).unwrap();
        let own = ClassData::own(&dataset, &settings, |_, _| ()).unwrap();
        let drawn = ClassData::drawn(&State::parse("images=40").settings, |_, _| ());
        for (small, dataset) in [(&own, Some(&dataset)), (&drawn, None), (&own, None)] {
            let large = small.fitted(&spec, dataset, &settings, |_, _| ()).unwrap();
            assert_eq!(large.size(), (40, 3));
            for purpose in Purpose::ALL {
                assert_eq!(large.part(purpose).labels, small.part(purpose).labels);
            }
            // The same picture: its mean brightness is about that of the small one.
            let mean = |data: &ClassData| {
                data.part(Purpose::Train).plain(3).0.iter().sum::<f32>()
                    / data.part(Purpose::Train).plain(3).0.len() as f32
            };
            assert!((mean(&large) - mean(small)).abs() < 0.03);
        }
    }

    #[test]
    fn splits_of_the_data_stay_and_a_leak_is_found() {
        let mut files = files(&["train/", "val/", "test/"]);
        let data = own(files.clone(), "").unwrap();
        assert_eq!(Purpose::ALL.map(|purpose| data.part(purpose).len()), [40, 40, 40, 0]);
        assert_eq!(data.twins(), []);
        files.push(("test/a/copy.png".into(), picture(0)));
        let data = own(files, "").unwrap();
        let twins = data.twins();
        assert_eq!(twins.len(), 1);
        assert!(twins[0].is_same && twins[0].one.0 == Purpose::Test && twins[0].other.0 == Purpose::Train);
    }

    #[test]
    fn what_cannot_be_read_is_named_and_a_class_without_test_images_refused() {
        let mut broken = files(&["own/"]);
        broken.push(("own/a/letter.png".into(), b"Dear reader".to_vec()));
        let data = own(broken, "").unwrap();
        assert_eq!(
            data.unreadable().map(|(path, _)| path.as_str()).collect::<Vec<_>>(),
            ["train/a/letter.png"]
        );
        let mut lacking = files(&["train/", "val/", "test/"]);
        lacking.retain(|(path, _)| !path.starts_with("test/b"));
        assert!(own(lacking, "").unwrap_err().to_string().contains("b has no image to test on"));
    }

    #[test]
    fn drawn_images_share_no_part() {
        let data = ClassData::drawn(&State::parse("images=40&noise=0&side=28").settings, |_, _| ());
        assert_eq!(data.twins(), []);
        assert_eq!(Purpose::ALL.map(|purpose| data.part(purpose).len()), [40, 60, 60, 60]);
    }
}

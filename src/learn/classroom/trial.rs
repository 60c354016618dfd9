//! One image prepared otherwise, or changed by noise, and what the network answers then.

use super::data::ClassData;
use super::run::Run;
use crate::calibration;
use crate::dataset::exercise::Purpose;
use crate::imaging::{Image, PixelLayout};
use crate::learn::data_loader::normalised;
use crate::learn::{Error, Images};
use crate::lesson::{Disturbed, DisturbedCounts, Preparation, Prepared, PreparedAnswers};
use crate::metrics::most_probable;
use crate::model::{Differentiable, Input, Network};
use crate::preprocess::resize::{InputSpec, ResizeMode, resize};
use candle_nn::Module;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The images that are tried: those that are validated on. The test's stay unseen.
pub const TRIED: Purpose = Purpose::Validation;
/// Of them, how many tell how many answers are right; fewer where the images are large, as those of a released network are.
const MOST_ASKED: usize = 100;
const MOST_LARGE: usize = 20;
const LARGE: usize = 64;
/// Steps along the gradient, each of half the size: a few find more than one (Kurakin et al. 2017).
const STEPS: usize = 4;

/// An image before and after: 0 to 1, `(side, side, channels)`.
pub type Values = Vec<f32>;

/// Prepares the image of a number, and asks the network, where there is one, about it and about all others prepared alike. `data`: what the
/// network learned from, or where there is none, what is to be learned from.
///
/// # Errors
/// Fails if there is no such image, or if the arithmetic does.
pub fn prepare(
    data: &ClassData,
    run: Option<&Run>,
    index: usize,
    how: &Preparation,
) -> Result<(Prepared, Values), Error> {
    let images = data.part(TRIED);
    let label = label(images, index)?;
    let how = &Preparation { side: how.side.clamp(1, images.side().max(1)), ..*how };
    let values = prepared(images, index, how);
    let (answers, (mean, std)) = match run {
        Some(run) => {
            let asked = Asked::new(run)?;
            let answers = answers(&asked, images, index, (how, &values))?;
            (Some(answers), (asked.input.mean, asked.input.std))
        }
        None => (None, data.part(Purpose::Train).statistics()),
    };
    let first = |values: &[f32], other: f32| values.first().copied().unwrap_or(other);
    let (mean, std) = (first(&mean, 0.0), first(&std, 1.0));
    Ok((Prepared { how: *how, label, side: images.side(), mean, std, answers }, values))
}

fn answers(
    asked: &Asked,
    images: &Images,
    index: usize,
    (how, values): (&Preparation, &[f32]),
) -> Result<PreparedAnswers, Error> {
    let given = |values: Values| if how.is_normalised { normalised(&asked.input, values) } else { values };
    let right = |at: usize, values: Values| -> Result<usize, Error> {
        let row = asked.answer(values)?;
        Ok(usize::from(images.labels.get(at) == Some(&most_probable(&row))))
    };
    let (mut usual_right, mut prepared_right, mut all) = (0, 0, 0);
    for at in some(images) {
        usual_right += right(at, normalised(&asked.input, images.plain(at).0))?;
        prepared_right += right(at, given(prepared(images, at, how)))?;
        all += 1;
    }
    Ok(PreparedAnswers {
        usual: asked.answer(normalised(&asked.input, images.plain(index).0))?,
        prepared: asked.answer(given(values.to_vec()))?,
        usual_right,
        prepared_right,
        all,
    })
}

/// An image as a preparation makes it, before mean and standard deviation are taken out.
fn prepared(images: &Images, index: usize, how: &Preparation) -> Values {
    let (low, high) = (f32::from(how.window.0), f32::from(how.window.1));
    let windowed = |value: f32| ((value * 255.0 - low) / (high - low).max(1.0)).clamp(0.0, 1.0);
    let values: Values = images.plain(index).0.into_iter().map(windowed).collect();
    let (side, channels, small) = (images.side(), images.channels(), how.side);
    if small == side {
        return values;
    }
    let bytes = values.iter().map(|value| (value * 255.0).round() as u8).collect();
    let layout = PixelLayout { width: side as u32, height: side as u32, channels: channels as u8, bits: 8 };
    // It was an image before; a size that fits none leaves it as it is.
    let Ok(image) = Image::from_raw(layout, bytes) else { return values };
    let spec = InputSpec { side: small as u32, channels: channels as u32, resize: ResizeMode::Squash };
    let reduced = resize(&image, &spec).values;
    // Enlarged without smoothing, so that the larger pixels are seen.
    let place = |at: usize| {
        let (row, column, channel) =
            (at / channels / side * small / side, at / channels % side * small / side, at % channels);
        reduced.get((row * small + column) * channels + channel).copied().unwrap_or_default()
    };
    (0..side * side * channels).map(place).collect()
}

/// Changes the image of a number by noise of at most `size` per cent of the range, once at random and once along the gradient, and asks the
/// network. `is_all`: also about all other images. Returns the image as it is, and with either noise.
///
/// The gradient is that of the margin by which the truth leads; Goodfellow et al. 2015 take one step along its sign, this some.
///
/// # Errors
/// Fails if there is no such image, or if the arithmetic does.
pub fn disturb(run: &Run, index: usize, size: f32, is_all: bool) -> Result<(Disturbed, [Values; 3]), Error> {
    let images = run.data().part(TRIED);
    let label = label(images, index)?;
    let asked = Asked::new(run)?;
    let most = size.clamp(0.0, 100.0) / 100.0;
    let three = |at: usize| -> Result<[Values; 3], Error> {
        let plain = images.plain(at).0;
        let truth = images.labels.get(at).copied().unwrap_or_default();
        let random = at_random(&plain, most, at as u64);
        let against = asked.against(&plain, truth, most)?;
        Ok([plain, random, against])
    };
    let rows = |values: &[Values; 3]| -> Result<[Vec<f32>; 3], Error> {
        let row = |values: &Values| asked.answer(normalised(&asked.input, values.clone()));
        let [plain, random, against] = values;
        Ok([row(plain)?, row(random)?, row(against)?])
    };
    let mut counts = DisturbedCounts { plain: 0, random: 0, against: 0, all: 0 };
    for at in some(images).filter(|_| is_all) {
        let truth = images.labels.get(at);
        let [plain, random, against] =
            rows(&three(at)?)?.map(|row| usize::from(Some(&most_probable(&row)) == truth));
        counts.plain += plain;
        counts.random += random;
        counts.against += against;
        counts.all += 1;
    }
    let values = three(index)?;
    let [plain, random, against] = rows(&values)?;
    let counts = is_all.then_some(counts);
    let facts = Disturbed { size, label, side: images.side(), plain, random, against, counts };
    Ok((facts, values))
}

/// Each value up or down by as much, drawn by the image's number.
fn at_random(plain: &[f32], most: f32, seed: u64) -> Values {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut changed = |value: &f32| value + if random.random_bool(0.5) { most } else { -most };
    plain.iter().map(|value| changed(value).clamp(0.0, 1.0)).collect()
}

fn label(images: &Images, index: usize) -> Result<usize, Error> {
    let missing = || Error::Recipe(crate::messages::fault::learn::no_image(index + 1, images.len()));
    images.labels.get(index).copied().ok_or_else(missing)
}

/// Images that stand for all, spread over them.
fn some(images: &Images) -> impl Iterator<Item = usize> + use<> {
    let most = if images.side() > LARGE { MOST_LARGE } else { MOST_ASKED };
    let step = images.len().div_ceil(most).max(1);
    (0..images.len()).step_by(step)
}

/// The network as it is now, with its gradient.
struct Asked {
    network: Network,
    gradient: Differentiable,
    input: Input,
    classes: usize,
}

impl Asked {
    fn new(run: &Run) -> Result<Self, Error> {
        let (graph, weights, input) = run.inside()?;
        let gradient = Differentiable::new(&graph, &weights.builder())?;
        let network = Network::new(&graph, &weights.builder())?;
        Ok(Self { network, gradient, input, classes: run.data().classes.len() })
    }

    /// The probability of each class. `values`: normalised.
    fn answer(&self, values: Values) -> Result<Vec<f32>, Error> {
        let logits = self.network.forward(&self.network.image(values)?)?;
        Ok(calibration::probabilities(&logits, 1.0)?.to_vec1()?)
    }

    /// The image changed along the gradient, nowhere by more than `most`.
    fn against(&self, plain: &[f32], truth: usize, most: f32) -> Result<Values, Error> {
        let mut changed = plain.to_vec();
        for _ in 0..STEPS {
            let given = normalised(&self.input, changed.clone());
            let mut row = self.answer(given.clone())?;
            // The class that comes next to the truth.
            if let Some(own) = row.get_mut(truth) {
                *own = -1.0;
            }
            let other = most_probable(&row);
            let about = |class| if class == other { 1.0 } else { -f32::from(u8::from(class == truth)) };
            let about: Vec<f32> = (0..self.classes).map(about).collect();
            let gradient = self.gradient.of_image(given, &about)?;
            for ((value, slope), plain) in changed.iter_mut().zip(gradient).zip(plain) {
                // Normalising divides by a standard deviation, which is positive: the sign is the same.
                let step = if slope == 0.0 { 0.0 } else { slope.signum() * most / 2.0 };
                let least = (plain - most).max(0.0);
                *value = (*value + step).clamp(least, (plain + most).min(1.0).max(least));
            }
        }
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::{Deed, State};
    use std::sync::Arc;

    fn run(address: &str) -> Run {
        let settings = State::parse(address).settings;
        let mut run = Run::new(settings, Arc::new(ClassData::drawn(&settings, |_, _| ()))).unwrap();
        while !run.is_finished() {
            run.step().unwrap();
        }
        run
    }

    const USUAL: Preparation = Preparation { window: (0, 255), side: 28, is_normalised: true };

    #[test]
    fn the_usual_preparation_changes_nothing() {
        let run = run("images=200&contrast=45&noise=4&epochs=4");
        let (facts, values) = prepare(run.data(), Some(&run), 3, &USUAL).unwrap();
        assert_eq!(values, run.data().part(TRIED).plain(3).0);
        let answers = facts.answers.unwrap();
        assert_eq!(answers.usual, answers.prepared);
        assert_eq!((answers.usual_right, answers.all), (answers.prepared_right, 60));
        assert!(prepare(run.data(), Some(&run), 60, &USUAL).unwrap_err().to_string().contains("60"));
    }

    #[test]
    fn windows_cut_off_and_larger_pixels_are_means() {
        let data = ClassData::drawn(&State::parse("images=40").settings, |_, _| ());
        let how = Preparation { window: (100, 150), side: 7, ..USUAL };
        let (facts, values) = prepare(&data, None, 0, &how).unwrap();
        assert!(facts.answers.is_none());
        // All pixels of a block of 4 x 4 are one value.
        for (at, value) in values.iter().enumerate() {
            let (row, column) = (at / 28 / 4 * 4, at % 28 / 4 * 4);
            assert_eq!(*value, values[row * 28 + column]);
        }
        let (_, cut) = prepare(&data, None, 0, &Preparation { side: 28, ..how }).unwrap();
        let plain = data.part(TRIED).plain(0).0;
        assert!(plain.iter().zip(&cut).all(|(a, b)| (*a > 100.0 / 255.0) || *b == 0.0));
        assert!(cut.contains(&1.0) && cut.contains(&0.0));
    }

    #[test]
    fn a_small_change_fools_a_network_that_random_noise_does_not() {
        let run = run("lesson=adversarial");
        let mut last = None;
        for size in [1.0, 2.0, 4.0, 8.0] {
            let (facts, [plain, random, against]) = disturb(&run, 0, size, true).unwrap();
            for changed in [random, against] {
                let most = plain.iter().zip(&changed).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(most <= size / 100.0 + 1e-6 && changed.iter().all(|v| (0.0..=1.0).contains(v)));
            }
            last = Some(facts);
        }
        let facts = last.unwrap();
        assert!(facts.deeds().contains(&Deed::Fragile), "{facts:?}");
        let none = disturb(&run, 0, 0.0, false).unwrap().0;
        assert_eq!((none.plain.clone(), none.counts), (none.against, None));
    }
}

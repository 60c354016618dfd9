//! Images for the classroom, drawn from a seed: a slice of tissue, with a lesson's knobs. They show no patient; what is learned from them
//! is true of them only.

use super::canvas::{Chance, Field, bell, ellipse, ramp, turn};
use crate::lesson::{Knob, Settings};
use serde::{Deserialize, Serialize};
use std::f32::consts::PI;

/// The classes, in the order of the labels.
pub const CLASSES: [&str; 2] = ["clear", "lesion"];

/// For what an image is drawn. No two purposes share an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To learn from.
    Train,
    /// To choose by.
    Validation,
    /// To be measured once.
    Test,
    /// To be measured once, as another hospital takes its images.
    Elsewhere,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Train, Self::Validation, Self::Test, Self::Elsewhere];

    /// How many images a class gets for this purpose, of so many to learn from.
    pub fn count(self, train: usize) -> usize {
        match self {
            Self::Train => train,
            _ => (train / 4).clamp(60, 500),
        }
    }
}

/// An image and what is true of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// `side * side` grey values, row by row.
    pub pixels: Vec<u8>,
    /// Index into [`CLASSES`]: what is drawn.
    pub label: usize,
    /// The class that a learner is told, which may be wrong.
    pub told: usize,
}

/// What differs from one image to the next.
struct Scene {
    tissue: Field,
    fine: Field,
    edge: Field,
    grain: Field,
    tilt: f32,
    organ: (f32, f32),
    /// Centre of the lesion, and its radius; half the image's side is 1.
    lesion: Option<((f32, f32), f32)>,
    vessel: f32,
    marker: bool,
    lines: Option<(f32, f32)>,
    /// Of the device: gamma, brightness, darkness at the rim, and how much the noise is larger.
    device: (f32, f32, f32, f32),
    contrast: f32,
    noise: f32,
}

/// Draws the image of a number, always the same one.
pub fn draw(settings: &Settings, purpose: Purpose, number: usize) -> Drawn {
    let seed = (settings.count(Knob::Seed) as u64) << 40 | (purpose as u64) << 36 | number as u64;
    let mut chance = Chance::new(seed.wrapping_mul(0x2545_f491_4f6c_dd1d));
    let is_drawn = |share: f32, chance: &mut Chance| chance.between(0.0, 1.0) < share;
    // Shares of classes are exact to an image, so that a small set is what its knob says.
    let positives = settings.share(Knob::Positives);
    let step = |number: usize| (number as f32 * positives) as usize;
    let label = step(number + 1) - step(number);
    let is_elsewhere = purpose == Purpose::Elsewhere;
    let agreement = settings.share(Knob::Marker);
    let marks = chance.between(0.0, 1.0);
    // No marker at the other hospital.
    let marker = agreement > 0.0 && !is_elsewhere && (marks < agreement) == (label == 1);
    let is_second = is_drawn(settings.share(Knob::Devices), &mut chance);
    let is_wrong = is_drawn(settings.share(Knob::WrongLabels), &mut chance) && purpose == Purpose::Train;
    let shift = if is_elsewhere { settings.share(Knob::Shift) } else { 0.0 };
    let scene = Scene::new(settings, label == 1, marker, (is_second, shift), &mut chance);
    let side = settings.number(Knob::Side) as usize;
    let place = |at: usize| (at as f32 + 0.5) / side as f32 * 2.0 - 1.0;
    let light = |at: usize| scene.light(place(at % side), place(at / side), (at % side, at / side));
    let pixels = (0..side * side).map(|at| (light(at).clamp(0.0, 1.0) * 255.0 + 0.5) as u8).collect();
    Drawn { pixels, label, told: if is_wrong { 1 - label } else { label } }
}

impl Scene {
    fn new(
        settings: &Settings,
        has_lesion: bool,
        marker: bool,
        (is_second, shift): (bool, f32),
        chance: &mut Chance,
    ) -> Self {
        let radius = settings.share(Knob::Lesion) * chance.between(0.8, 1.2);
        let (angle, far) = (chance.between(0.0, 2.0 * PI), chance.between(0.05, 0.5));
        let lesion = ((angle.cos() * far, angle.sin() * far), radius);
        let lines = (chance.between(0.0, PI), chance.between(-0.6, 0.6));
        let has_lines = chance.between(0.0, 1.0) < settings.share(Knob::Artefacts);
        let (gamma, light, rim, noise) = if is_second { (1.35, 0.1, 0.1, 1.6) } else { (1.0, 0.0, 0.0, 1.0) };
        Self {
            tissue: chance.field(),
            fine: chance.field(),
            edge: chance.field(),
            grain: chance.field(),
            tilt: chance.between(-0.4, 0.4),
            organ: (chance.between(0.82, 0.95), chance.between(0.7, 0.85)),
            lesion: has_lesion.then_some(lesion),
            vessel: chance.between(0.0, PI),
            marker,
            lines: has_lines.then_some(lines),
            device: (gamma + 0.7 * shift, light + 0.22 * shift, rim + 0.35 * shift, noise + 1.5 * shift),
            contrast: settings.share(Knob::Contrast),
            noise: settings.share(Knob::Noise),
        }
    }

    /// Brightness of a point, `x` and `y` from -1 to 1. `pixel`: its column and row, for the grain.
    fn light(&self, x: f32, y: f32, pixel: (usize, usize)) -> f32 {
        let (u, v) = turn(x, y, self.tilt);
        let shell = ellipse(u, v, self.organ.0, self.organ.1) + 0.05 * self.edge.wobble(u, v, 1.5);
        let inside = ramp(1.02, 0.94, shell);
        let tissue =
            0.36 + 0.09 * self.tissue.clouds(x * 2.2, y * 2.2, 3) + 0.2 * bell((shell - 0.98) / 0.05);
        let (along, across) = turn(x, y, self.vessel);
        let vessel = bell((across - 0.15 * (along * 3.0).sin()) / 0.05) * 0.09;
        let lesion = self.lesion.map_or(0.0, |((left, top), radius)| {
            let far = (x - left).hypot(y - top) / radius.max(0.02);
            self.contrast * ramp(1.25, 0.6, far + 0.35 * self.edge.clouds(x * 7.0, y * 7.0, 2))
        });
        let (gamma, light, rim, noise) = self.device;
        let seen = (0.05 + inside * (tissue + vessel + lesion)).clamp(0.0, 1.0).powf(gamma) + light
            - rim * (x * x + y * y);
        let grain = self.grain.grain(pixel.0 as f32, pixel.1 as f32)
            + self.fine.grain(pixel.0 as f32 + 99.0, pixel.1 as f32);
        // Two uniform draws: their standard deviation is the square root of 2/3.
        let seen = seen + grain * self.noise * noise * 1.225;
        let seen = self.lines.map_or(seen, |(angle, from)| {
            let (along, _) = turn(x, y, angle);
            seen + 0.4 * bell((along - from) / 0.03) + 0.3 * bell((along - from - 0.25) / 0.02)
        });
        // A lead letter, as technicians put it beside the patient.
        let is_letter = (-0.94..-0.6).contains(&x) && (-0.94..-0.6).contains(&y) && (x < -0.82 || y > -0.72);
        if self.marker && is_letter { 0.97 } else { seen }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::State;

    fn settings(address: &str) -> Settings {
        State::parse(address).settings
    }

    fn mean(values: impl Iterator<Item = f32>) -> f32 {
        let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
        sum / count
    }

    #[test]
    fn a_number_always_draws_the_same_image_and_no_other() {
        let settings = settings("side=40");
        let one = draw(&settings, Purpose::Train, 7);
        assert_eq!((&one, one.pixels.len()), (&draw(&settings, Purpose::Train, 7), 1600));
        for (purpose, number) in [(Purpose::Train, 8), (Purpose::Test, 7), (Purpose::Elsewhere, 7)] {
            assert_ne!(draw(&settings, purpose, number).pixels, one.pixels);
        }
    }

    #[test]
    fn classes_are_as_frequent_as_their_knob_says() {
        for positives in [5usize, 30, 50, 95] {
            let settings = settings(&format!("positives={positives}&wrong=30"));
            let drawn: Vec<Drawn> = (0..400).map(|number| draw(&settings, Purpose::Train, number)).collect();
            let lesions = drawn.iter().filter(|drawn| drawn.label == 1).count();
            assert!(lesions.abs_diff(positives * 4) <= 1, "{lesions} of 400 for {positives} %");
            let wrong = drawn.iter().filter(|drawn| drawn.told != drawn.label).count();
            assert!((80..160).contains(&wrong), "{wrong} of 400 labels are wrong");
        }
        let told = (0..200).map(|number| draw(&settings("wrong=45"), Purpose::Test, number));
        assert!(told.into_iter().all(|drawn| drawn.told == drawn.label));
    }

    #[test]
    fn the_marker_goes_with_the_class_here_and_is_nowhere_at_the_other_hospital() {
        let corner = |drawn: &Drawn| drawn.pixels[28 * 2 + 1] > 240;
        for (address, agreement) in [("marker=100&noise=0", 1.0), ("marker=70&noise=0", 0.7)] {
            let settings = settings(address);
            let drawn = |purpose| (0..300).map(move |number| draw(&settings, purpose, number));
            let agree = mean(drawn(Purpose::Test).map(|d| f32::from(u8::from(corner(&d) == (d.label == 1)))));
            assert!((agree - agreement).abs() < 0.07, "{agree} for {address}");
            assert!(!drawn(Purpose::Elsewhere).any(|drawn| corner(&drawn)));
        }
        assert!(!(0..50).any(|number| corner(&draw(&settings("noise=0"), Purpose::Train, number))));
    }

    #[test]
    fn knobs_do_what_they_say() {
        let light = |address: &str, purpose: Purpose| {
            let settings = settings(address);
            mean((0..60).flat_map(|number| draw(&settings, purpose, number).pixels).map(f32::from))
        };
        let lesion = |address: &str| light(&format!("{address}&positives=95"), Purpose::Train);
        assert!(lesion("contrast=60") > lesion("contrast=2") + 2.0);
        assert!(lesion("lesion=45&contrast=40") > lesion("lesion=8&contrast=40") + 3.0);
        assert!((light("shift=0", Purpose::Elsewhere) - light("", Purpose::Test)).abs() < 4.0);
        assert!((light("shift=100", Purpose::Elsewhere) - light("", Purpose::Test)).abs() > 8.0);
    }
}

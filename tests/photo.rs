//! What the check of a photograph keeps and refuses, on real photographs and on the same made worse in known ways. The limits were
//! chosen on the training images, whose figures are printed where `LANTERN_MEASURES` is set; the test decides on the test images.
//! `docs/self-check.md` has the table.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "in a test a failed expectation is the report"
)]
#![cfg(not(target_arch = "wasm32"))]

mod support;

use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};
use lantern::dataset::Dataset;
use lantern::preprocess::photo::{Fault, Kind, Measures};
use std::collections::BTreeMap;

/// Images of a split that are looked at, at most: spread over all of them.
const MOST: usize = 300;

/// A way to make a photograph worse, and its name in the table.
type Way = (&'static str, fn(&RgbImage) -> RgbImage);

const WAYS: [Way; 9] = [
    ("as it is", RgbImage::clone),
    ("blurred, 1 % of the shorter side", |image| blurred(image, 0.01)),
    ("blurred, 1.5 %", |image| blurred(image, 0.015)),
    ("blurred, 3 %", |image| blurred(image, 0.03)),
    ("moved by 8 %", |image| moved(image, 0.08)),
    ("dark, 0.25 of the light", |image| lit(image, 0.25)),
    ("bright, 2.2 times the light", |image| lit(image, 2.2)),
    ("a reflection in the middle", reflection),
    ("far, five times the distance", far),
];

fn shorter(image: &RgbImage) -> f32 {
    image.width().min(image.height()) as f32
}

fn blurred(image: &RgbImage, share: f32) -> RgbImage {
    imageops::blur(image, share * shorter(image))
}

/// The hand moved sideways.
fn moved(image: &RgbImage, share: f32) -> RgbImage {
    let by = (share * shorter(image)).round().max(1.0) as u32;
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let mut sum = [0_u32; 3];
        for step in 0..by {
            let from = image[((x + step).min(image.width() - 1), y)].0;
            sum.iter_mut().zip(from).for_each(|(sum, value)| *sum += u32::from(value));
        }
        Rgb(sum.map(|sum| (sum / by) as u8))
    })
}

fn lit(image: &RgbImage, factor: f32) -> RgbImage {
    let mut lit = image.clone();
    lit.pixels_mut()
        .for_each(|pixel| pixel.0 = pixel.0.map(|value| (f32::from(value) * factor).min(255.0) as u8));
    lit
}

/// White light over a quarter of the shorter side.
fn reflection(image: &RgbImage) -> RgbImage {
    let radius = 0.25 * shorter(image);
    let (x0, y0) = (image.width() as f32 / 2.0, image.height() as f32 / 2.0);
    RgbImage::from_fn(image.width(), image.height(), |x, y| {
        let away = ((x as f32 - x0).hypot(y as f32 - y0) / radius).powi(2);
        let light = 320.0 * (-away * away).exp();
        Rgb(image[(x, y)].0.map(|value| (f32::from(value) + light).min(255.0) as u8))
    })
}

/// The photograph small in the middle; around it, its border goes on smoothly, with the border's own texture.
fn far(image: &RgbImage) -> RgbImage {
    const FACTOR: u32 = 5;
    let (width, height) = image.dimensions();
    let small = imageops::resize(image, width / FACTOR, height / FACTOR, FilterType::Triangle);
    let (left, top) = ((width - small.width()) / 2, (height - small.height()) / 2);
    let inside = |at: u32, from: u32, length: u32| {
        (at as i64 - i64::from(from)).clamp(0, i64::from(length) - 1) as u32
    };
    let extended = RgbImage::from_fn(width, height, |x, y| {
        small[(inside(x, left, small.width()), inside(y, top, small.height()))]
    });
    let coarse = imageops::blur(&imageops::resize(&extended, 48, 48, FilterType::Triangle), 4.0);
    let around = imageops::resize(&coarse, width, height, FilterType::CatmullRom);
    // Texture is what the lower border loses when it is blurred, seen from as far.
    let strip = imageops::crop_imm(image, 0, height - height / 6, width, height / 6).to_image();
    let smooth = imageops::blur(&strip, 4.0);
    let (across, down) = ((width / 2).max(1), (height / 12).max(1));
    let (strip, smooth) = (
        imageops::resize(&strip, across, down, FilterType::Triangle),
        imageops::resize(&smooth, across, down, FilterType::Triangle),
    );
    RgbImage::from_fn(width, height, |x, y| {
        let edge = |at: u32, from: u32, length: u32| {
            (i64::from(from) - i64::from(at)).max(i64::from(at) - i64::from(from + length - 1)) as f32
        };
        let outside = edge(x, left, small.width()).max(edge(y, top, small.height()));
        let share = (1.0 - (outside + 2.0) / 6.0).clamp(0.0, 1.0);
        let place = (x % across, y % down);
        let mut colour = [0; 3];
        for (channel, colour) in colour.iter_mut().enumerate() {
            let texture = f32::from(strip[place].0[channel]) - f32::from(smooth[place].0[channel]);
            let far = f32::from(around[(x, y)].0[channel]) + texture;
            let near = f32::from(extended[(x, y)].0[channel]);
            *colour = (near * share + far * (1.0 - share)).clamp(0.0, 255.0) as u8;
        }
        Rgb(colour)
    })
}

/// Up to [`MOST`] pictures of a split.
fn pictures(set: &Dataset, split: &str) -> Vec<RgbImage> {
    let of_split: Vec<_> = set.samples.iter().filter(|sample| sample.split == split).collect();
    let step = of_split.len().div_ceil(MOST);
    let open = |sample| image::load_from_memory(&set.bytes(sample).unwrap()).unwrap().to_rgb8();
    of_split.into_iter().step_by(step).map(open).collect()
}

fn measured(image: &RgbImage) -> Measures {
    Measures::of(image.as_raw(), (image.width() as usize, image.height() as usize), 3).unwrap()
}

/// A measure and its name.
type Named = (&'static str, fn(&Measures) -> f32);

/// What each measure is at these shares of all images, from which its limit was chosen.
fn print_measures(name: &str, all: &[Measures]) {
    let measures: [Named; 5] = [
        ("blur", |m| m.blur),
        ("light", |m| m.light),
        ("glare", |m| m.glare),
        ("range", |m| m.colour_range),
        ("radius", |m| m.detail_radius),
    ];
    for (measure, of) in measures {
        let mut values: Vec<f32> = all.iter().map(of).collect();
        values.sort_unstable_by(f32::total_cmp);
        let at = |share: f32| values[((values.len() - 1) as f32 * share) as usize];
        let shown = [0.02, 0.05, 0.1, 0.5, 0.9, 0.95, 0.98].map(|share| format!("{:.3}", at(share)));
        println!("  {name} {measure}: {}", shown.join(" "));
    }
}

/// The share of pictures, each made worse in one way, that are refused, and for what.
fn refused(name: &str, pictures: &[RgbImage], kind: Kind) -> BTreeMap<&'static str, f64> {
    let mut shares = BTreeMap::new();
    for (way, worsen) in WAYS {
        let all: Vec<Measures> = pictures.iter().map(|picture| measured(&worsen(picture))).collect();
        let faults: Vec<Fault> = all.iter().filter_map(|one| one.fault(kind)).collect();
        let mut counts: BTreeMap<Fault, usize> = BTreeMap::new();
        faults.iter().for_each(|fault| *counts.entry(*fault).or_default() += 1);
        let share = faults.len() as f64 / pictures.len() as f64;
        println!("{name} | {way} | {} | refused {:.1} % | {counts:?}", pictures.len(), share * 100.0);
        if std::env::var_os("LANTERN_MEASURES").is_some() {
            print_measures(name, &all);
        }
        shares.insert(way, share);
    }
    shares
}

/// Kept as it is, refused made worse.
fn assert_kept_and_refused(archive: &str, kind: Kind, held: &[&str]) {
    let Some(set) = support::data(archive) else { return };
    // Limits are chosen on these.
    if std::env::var_os("LANTERN_MEASURES").is_some() {
        refused(&format!("{archive}, train"), &pictures(&set, "train"), kind);
    }
    let shares = refused(&format!("{archive}, test"), &pictures(&set, "test"), kind);
    assert!(shares["as it is"] <= 0.05, "{archive}: {shares:?}");
    for (way, share) in &shares {
        let is_held = held.iter().any(|held| way.starts_with(held));
        assert!(!is_held || *share >= 0.9, "{archive}, {way}: {share}");
    }
}

#[test]
fn sharp_photographs_are_kept_and_blurred_dark_and_far_ones_refused() {
    let held = ["blurred, 1.5 %", "blurred, 3 %", "moved", "dark", "bright", "a reflection", "far"];
    assert_kept_and_refused("skin-phone.zip", Kind::Spot, &held);
}

#[test]
fn through_a_lens_too_but_for_far() {
    let held = ["blurred, 1.5 %", "blurred, 3 %", "moved", "dark", "bright", "a reflection"];
    assert_kept_and_refused("skin-ham10000.zip", Kind::Contact, &held);
}

#[test]
fn a_picture_that_a_doctor_gave_is_warned_of_only_where_it_is_blurred_or_empty() {
    assert_kept_and_refused("fundus-idrid.zip", Kind::Given, &["blurred, 1.5 %", "blurred, 3 %", "moved"]);
}

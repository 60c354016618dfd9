//! Holding out images for validation by whole groups.

use super::Sample;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// Indices of `samples` for training and for validation.
///
/// No group (see `groups`) is on both sides. About `fraction` of each class's images are held out, as
/// closely as whole groups allow.
pub fn hold_out(
    samples: &[&Sample],
    columns: &[String],
    fraction: f32,
    seed: u64,
) -> (Vec<usize>, Vec<usize>) {
    let mut groups = groups(samples, columns);
    groups.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));

    let label = |index: &usize| samples.get(*index).map_or(0, |sample| sample.label);
    let mut wanted: BTreeMap<usize, f32> = BTreeMap::new();
    for index in 0..samples.len() {
        *wanted.entry(label(&index)).or_default() += fraction;
    }
    let (mut train, mut validation) = (Vec::new(), Vec::new());
    for group in groups {
        let mut given: BTreeMap<usize, f32> = BTreeMap::new();
        for index in &group {
            *given.entry(label(index)).or_default() += 1.0;
        }
        // A group is held out if that brings the classes closer to their targets, by the sum of squares.
        let lacks = |class: &usize| wanted.get(class).copied().unwrap_or_default();
        let change: f32 = given.iter().map(|(class, n)| n * (n - 2.0 * lacks(class))).sum();
        if change <= 0.0 {
            given.iter().for_each(|(class, n)| *wanted.entry(*class).or_default() -= n);
            validation.extend(group);
        } else {
            train.extend(group);
        }
    }
    train.sort_unstable();
    validation.sort_unstable();
    (train, validation)
}

/// Indices of `samples`, by group. Images with the same values of `columns` form a group; an image that lacks
/// one of them is a group of its own.
pub(super) fn groups(samples: &[&Sample], columns: &[String]) -> Vec<Vec<usize>> {
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, sample) in samples.iter().enumerate() {
        groups.entry(group(sample, columns)).or_default().push(index);
    }
    groups.into_values().collect()
}

/// The name of a sample's group: the values of `columns` together, or its path where it lacks one of them.
pub fn group(sample: &Sample, columns: &[String]) -> String {
    let values: Option<Vec<&str>> = columns
        .iter()
        .map(|column| sample.attributes.get(column).map(String::as_str).filter(|value| !value.is_empty()))
        .collect();
    match values {
        Some(values) if !values.is_empty() => values.join("\u{1f}"),
        _ => format!("\u{1e}{}", sample.path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn samples() -> impl Strategy<Value = Vec<Sample>> {
        proptest::collection::vec((0..30u8, 0..3usize), 1..200).prop_map(|rows| {
            rows.into_iter()
                .enumerate()
                .map(|(i, (patient, label))| Sample {
                    path: format!("train/{label}/{i}"),
                    split: "train".into(),
                    label,
                    // Patient 0 stands for images without a patient.
                    attributes: (patient > 0)
                        .then(|| ("patient".into(), format!("p{patient}")))
                        .into_iter()
                        .collect(),
                })
                .collect()
        })
    }

    #[test]
    fn a_class_that_only_shares_patients_is_held_out_too() {
        // Every patient has two healthy images and a sick one.
        let of = |i: usize| Sample {
            path: format!("train/{i:03}"),
            split: "train".into(),
            label: usize::from(i % 3 == 2),
            attributes: [("patient".into(), (i / 3).to_string())].into(),
        };
        let samples: Vec<Sample> = (0..300).map(of).collect();
        let samples: Vec<&Sample> = samples.iter().collect();
        let (_, validation) = hold_out(&samples, &["patient".into()], 0.2, 1);
        let sick = validation.iter().filter(|i| samples[**i].label == 1).count();
        assert_eq!((validation.len(), sick), (60, 20));
    }

    proptest! {
        #[test]
        fn no_patient_is_on_both_sides_and_nothing_is_lost(samples in samples(), fraction in 0.0f32..0.6, seed: u64) {
            let samples: Vec<&Sample> = samples.iter().collect();
            let (train, validation) = hold_out(&samples, &["patient".into()], fraction, seed);
            let patients = |part: &[usize]| -> BTreeSet<_> { part.iter().filter_map(|i| samples[*i].attributes.get("patient")).collect() };
            prop_assert!(patients(&train).is_disjoint(&patients(&validation)));
            let mut all: Vec<usize> = train.iter().chain(&validation).copied().collect();
            all.sort_unstable();
            prop_assert_eq!(all, (0..samples.len()).collect::<Vec<_>>());
        }

        #[test]
        fn a_class_gives_its_fraction_to_within_a_group(sizes in proptest::collection::vec((1..9usize, 0..3usize), 1..60), fraction in 0.0f32..0.6, seed: u64) {
            // Patients with images of one class only, as most have.
            let samples: Vec<Sample> = sizes.iter().enumerate().flat_map(|(patient, (images, label))| {
                (0..*images).map(move |image| Sample {
                    path: format!("train/{label}/{patient}-{image}"),
                    split: "train".into(),
                    label: *label,
                    attributes: [("patient".into(), patient.to_string())].into(),
                })
            }).collect();
            let samples: Vec<&Sample> = samples.iter().collect();
            let (_, validation) = hold_out(&samples, &["patient".into()], fraction, seed);
            for class in 0..3 {
                let held = validation.iter().filter(|i| samples[**i].label == class).count() as f32;
                let all = samples.iter().filter(|s| s.label == class).count() as f32;
                let largest = sizes.iter().filter(|(_, label)| *label == class).map(|(n, _)| *n).max().unwrap_or(0);
                prop_assert!((held - fraction * all).abs() <= largest as f32);
            }
        }

        #[test]
        fn single_images_are_held_out_in_each_class_to_within_one(samples in samples(), fraction in 0.0f32..0.6, seed: u64) {
            let samples: Vec<&Sample> = samples.iter().collect();
            let (_, validation) = hold_out(&samples, &[], fraction, seed);
            for class in 0..3 {
                let count = |part: &[usize]| part.iter().filter(|i| samples[**i].label == class).count() as f32;
                let all: Vec<usize> = (0..samples.len()).collect();
                prop_assert!((count(&validation) - fraction * count(&all)).abs() <= 1.0);
            }
        }
    }
}

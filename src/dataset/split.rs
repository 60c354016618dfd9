//! Holding images out for validation, whole groups at a time.

use super::Sample;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// Indices of `samples` to train on and to validate on.
///
/// A group is what shares the values of `columns`; an image that lacks one is a group of its own. No group lies on
/// both sides. Each class gives `fraction` of its images, as nearly as whole groups allow.
pub fn hold_out(
    samples: &[&Sample],
    columns: &[String],
    fraction: f32,
    seed: u64,
) -> (Vec<usize>, Vec<usize>) {
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, sample) in samples.iter().enumerate() {
        groups.entry(group(sample, columns)).or_default().push(index);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
    groups.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));

    let label = |index: &usize| samples.get(*index).map_or(0, |sample| sample.label);
    let mut wanted: BTreeMap<usize, f32> = BTreeMap::new();
    for index in 0..samples.len() {
        *wanted.entry(label(&index)).or_default() += fraction;
    }
    let (mut train, mut validation) = (Vec::new(), Vec::new());
    for group in groups {
        // A group goes where its first image's class still lacks half a group or more.
        let lacking = group.first().and_then(|first| wanted.get_mut(&label(first)));
        match lacking {
            Some(lacking) if *lacking >= group.len() as f32 / 2.0 => {
                *lacking -= group.len() as f32;
                validation.extend(group);
            }
            _ => train.extend(group),
        }
    }
    train.sort_unstable();
    validation.sort_unstable();
    (train, validation)
}

fn group(sample: &Sample, columns: &[String]) -> String {
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

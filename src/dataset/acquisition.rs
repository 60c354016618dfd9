//! Clusters of images by how they were acquired, independent of what they show, so that images from unseen
//! acquisitions can be held out.

use super::clusters::{k_means, mean};
use super::split::groups;
use super::{Dataset, Error};
use crate::file;
use crate::imaging::Image;
use crate::preprocess::quality;
use crate::preprocess::resize::{InputSpec, ResizeMode, resize};
use rayon::prelude::*;
use std::ops::Range;

/// Side of the resized image, in pixels.
const SIDE: usize = 224;
/// Rows and columns inside the border, which is 1/16 of the side wide.
const INNER: Range<usize> = SIDE / 16..SIDE - SIDE / 16;
/// Darker pixels (0 to 1) count as outside the exposed field.
const DARK: f32 = 0.08;
/// Standardised features are clipped to this many standard deviations.
const FURTHEST: f64 = 4.0;

/// Acquisition features of an image. Mean levels (0 to 1) of the upper, lower and side borders (collimation,
/// position); the dark fraction of the borders; the 2nd and 98th percentile of all pixels (exposure);
/// sharpness as in [`quality::sharpness`] (resolution, noise). Labels and file names are not used.
type Cues = [f64; 7];

/// The cluster of each of the samples at `indices`, by k-means over the mean features of each group. Images
/// with the same values of `columns` (for instance one patient) form a group and are in one cluster. Cluster
/// 0 has the most groups. Deterministic. Unreadable images count as average.
///
/// # Errors
/// Fails if the archive cannot be read.
pub fn clusters(
    dataset: &Dataset,
    indices: &[usize],
    columns: &[String],
    count: usize,
) -> Result<Vec<usize>, Error> {
    let samples: Vec<_> = indices.iter().filter_map(|index| dataset.samples.get(*index)).collect();
    let see = |sample: &&super::Sample| -> Result<Option<Cues>, Error> {
        Ok(file::image(&dataset.bytes(sample)?).ok().map(|(image, _)| cues(&image)))
    };
    let seen = standardised(&samples.par_iter().map(see).collect::<Result<Vec<_>, Error>>()?);
    let groups = groups(&samples, columns);
    let own = |group: &Vec<usize>| mean(group.iter().filter_map(|i| seen.get(*i))).unwrap_or_default();
    let points: Vec<Cues> = groups.iter().map(own).collect();
    let mut clusters = vec![0; samples.len()];
    for (group, cluster) in groups.iter().zip(k_means(&points, count)) {
        for index in group {
            if let Some(own) = clusters.get_mut(*index) {
                *own = cluster;
            }
        }
    }
    Ok(clusters)
}

fn cues(image: &Image) -> Cues {
    let values =
        resize(image, &InputSpec { side: SIDE as u32, channels: 1, resize: ResizeMode::Squash }).values;
    let band = |is_in: fn(usize, usize) -> bool| -> Vec<f32> {
        let pixels = values.iter().enumerate().filter(|(i, _)| is_in(i / SIDE, i % SIDE));
        pixels.map(|(_, value)| *value).collect()
    };
    let level = |band: &[f32]| f64::from(band.iter().sum::<f32>()) / band.len().max(1) as f64;
    let top = band(|row, _| row < INNER.start);
    let bottom = band(|row, _| row >= INNER.end);
    let sides = band(|_, column| !INNER.contains(&column));
    let border = band(|row, column| !(INNER.contains(&row) && INNER.contains(&column)));
    let dark = border.iter().filter(|value| **value < DARK).count() as f64 / border.len().max(1) as f64;
    let mut sorted = values.clone();
    sorted.sort_by(f32::total_cmp);
    let below = |share: f64| {
        f64::from(sorted.get((sorted.len() as f64 * share) as usize).copied().unwrap_or_default())
    };
    let sharpness = f64::from(quality::sharpness(&values, SIDE));
    [level(&top), level(&bottom), level(&sides), dark, below(0.02), below(0.98), sharpness]
}

/// Features divided by their standard deviation after subtracting the mean, so that all have the same weight;
/// unreadable images get the mean.
fn standardised(seen: &[Option<Cues>]) -> Vec<Cues> {
    let centre = mean(seen.iter().flatten()).unwrap_or_default();
    let from_centre = |cues: &Cues| -> Cues {
        let mut offset = *cues;
        offset.iter_mut().zip(centre).for_each(|(value, mean)| *value -= mean);
        offset
    };
    let offsets: Vec<Cues> =
        seen.iter().map(|cues| cues.as_ref().map(from_centre).unwrap_or_default()).collect();
    let squares: Vec<Cues> = offsets.iter().map(|offset| offset.map(|value| value * value)).collect();
    let variance = mean(squares.iter()).unwrap_or_default();
    let scaled = |mut offset: Cues| {
        offset.iter_mut().zip(variance).for_each(|(value, variance)| {
            *value = (*value / variance.sqrt().max(1e-9)).clamp(-FURTHEST, FURTHEST);
        });
        offset
    };
    offsets.into_iter().map(scaled).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::phantom;
    use ::image::{DynamicImage, GrayImage, Luma};

    /// A bright disc, as a film of one of two machines: with a wide dark border and a soft edge, or without
    /// border and with a sharp edge.
    fn film(machine: usize, number: usize) -> Vec<u8> {
        let (border, step) = if machine == 0 { (30, 1) } else { (0, 40) };
        let pixels = GrayImage::from_fn(160, 160, |x, y| {
            let is_outside = |at: u32| at < border || at >= 160 - border;
            let grain = (x * 7 + y * 13) % 5 * step;
            Luma([if is_outside(x) || is_outside(y) { 0 } else { (60 + grain + number as u32 % 9) as u8 }])
        });
        phantom::png(DynamicImage::from(pixels))
    }

    /// Patients with two films each, alternating between both machines and both classes.
    fn films() -> (tempfile::TempDir, Dataset) {
        let root = tempfile::tempdir().unwrap();
        let mut manifest = String::from("path,patient\n");
        for i in 0..40 {
            let (patient, class) = (i / 2, ["a", "b"][i / 4 % 2]);
            let path = format!("train/{class}/{i:02}.png");
            std::fs::create_dir_all(root.path().join("train").join(class)).unwrap();
            // The last film of the first machine's last patient comes from the other machine.
            let machine = if i == 37 { 1 } else { patient % 2 };
            std::fs::write(root.path().join(&path), film(machine, i)).unwrap();
            manifest.push_str(&format!("{path},{patient}\n"));
        }
        std::fs::write(root.path().join("manifest.csv"), manifest).unwrap();
        let dataset = Dataset::open(root.path()).unwrap();
        (root, dataset)
    }

    #[test]
    fn films_of_two_machines_fall_apart_whatever_they_show() {
        let (_root, dataset) = films();
        let all: Vec<usize> = (0..dataset.samples.len()).collect();
        let found = clusters(&dataset, &all, &[], 2).unwrap();
        let number = |i: usize| dataset.samples[i].path[8..10].parse::<usize>().unwrap();
        let machine = |i: usize| if number(i) == 37 { 1 } else { number(i) / 2 % 2 };
        // Machine 1 has one film more, so its cluster is the larger one.
        assert!(all.iter().all(|i| found[*i] == 1 - machine(*i)), "{found:?}");
        let holds = |cluster: usize, label: usize| {
            all.iter().any(|i| found[*i] == cluster && dataset.samples[*i].label == label)
        };
        assert!((0..2).all(|cluster| holds(cluster, 0) && holds(cluster, 1)));
    }

    #[test]
    fn a_patient_lies_in_one_cluster() {
        let (_root, dataset) = films();
        let all: Vec<usize> = (0..dataset.samples.len()).collect();
        let found = clusters(&dataset, &all, &["patient".into()], 2).unwrap();
        for one in &all {
            let patient = |i: usize| &dataset.samples[i].attributes["patient"];
            assert!(all.iter().all(|other| patient(*one) != patient(*other) || found[*one] == found[*other]));
        }
        assert!((0..2).all(|cluster| found.contains(&cluster)));
        assert_eq!(found, clusters(&dataset, &all, &["patient".into()], 2).unwrap());
    }

    #[test]
    fn brightness_counts_no_more_than_sharpness() {
        let cues = |level: f64, sharpness: f64| Some([level, 0.5, 0.5, 0.0, 0.0, 1.0, sharpness]);
        let seen = standardised(&[cues(0.1, 0.010), cues(0.9, 0.030), None, cues(0.5, 0.020)]);
        assert!((seen[0][0] - seen[0][6]).abs() < 1e-9 && (seen[1][0] - seen[1][6]).abs() < 1e-9);
        assert!(seen[0][0] < -1.0 && seen[2] == [0.0; 7] && seen[0][1] == 0.0);
    }
}

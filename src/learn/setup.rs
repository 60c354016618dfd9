//! What a training begins with: a recipe that fits the data, images to learn from and to validate on, and first weights.

use super::Error;
use super::parameters::Parameters;
use super::recipe::{Acquisition, Recipe};
use crate::dataset::split::hold_out;
use crate::dataset::{Dataset, acquisition};
use crate::fingerprint::sha256;
use crate::messages::fault::learn as fault;
use crate::model::Weights;

/// Refuses a recipe whose classes, columns or numbers do not fit the data.
pub(super) fn check(recipe: &Recipe, dataset: &Dataset) -> Result<(), Error> {
    let (classes, labels) = (dataset.classes.len(), recipe.task.labels.len());
    if classes != labels {
        return Err(Error::Recipe(fault::class_count(labels, &dataset.classes)));
    }
    if let Some(finding) = recipe.task.finding.iter().find(|finding| !dataset.classes.contains(finding)) {
        return Err(Error::Recipe(fault::finding(finding, &dataset.classes)));
    }
    if recipe.about.kind.is_empty() {
        return Err(Error::Recipe(fault::KIND.into()));
    }
    let columns = &recipe.task.subgroups;
    let knows = |column: &&String| dataset.samples.iter().any(|s| s.attributes.contains_key(*column));
    if let Some(column) = columns.iter().find(|column| !knows(column)) {
        return Err(Error::Recipe(fault::column(column)));
    }
    let knobs = &recipe.augmentation;
    let chances = [knobs.mirror, knobs.blur, knobs.noise, knobs.low_resolution, knobs.erase];
    let reach = (0.1..=1.0).contains(&knobs.crop) && (1.0..=1.9).contains(&knobs.widen);
    if !reach || !chances.iter().all(|chance| (0.0..=1.0).contains(chance)) {
        return Err(Error::Recipe(fault::AUGMENTATION.into()));
    }
    if recipe.training.batch < 2 || recipe.training.epochs == 0 {
        return Err(Error::Recipe(fault::TRAINING.into()));
    }
    let held = &recipe.validation;
    let is_whole = |a: &Acquisition| (2..=16).contains(&a.clusters) && a.held_out < a.clusters;
    if held.acquisition.as_ref().is_some_and(|a| !is_whole(a) || !held.sets.is_empty()) {
        return Err(Error::Recipe(fault::ACQUISITION.into()));
    }
    Ok(())
}

/// Refuses images of which some class has none.
pub(super) fn check_classes(
    classes: &[String],
    labels: &[usize],
    lacks: impl Fn(&str) -> String,
) -> Result<(), Error> {
    let mut missing = classes.iter().enumerate().filter(|(label, _)| !labels.contains(label));
    missing.next().map_or(Ok(()), |(_, class)| Err(Error::Recipe(lacks(class))))
}

/// Indices of the samples to learn from and to validate on. `Err` where images have to be seen and the archive cannot be read.
pub(super) fn split(recipe: &Recipe, dataset: &Dataset) -> Result<(Vec<usize>, Vec<usize>), Error> {
    let of = |split: &str| -> Vec<usize> {
        let is_in = |i: &usize| dataset.samples.get(*i).is_some_and(|sample| sample.split == split);
        (0..dataset.samples.len()).filter(is_in).collect()
    };
    let (train, held) = (of("train"), &recipe.validation);
    if let Some(how) = &held.acquisition {
        let clusters = acquisition::clusters(dataset, &train, &held.group, how.clusters)?;
        let of = |is_held: bool| {
            let own =
                train.iter().zip(&clusters).filter(|(_, cluster)| (**cluster == how.held_out) == is_held);
            own.map(|(index, _)| *index).collect()
        };
        return Ok((of(false), of(true)));
    }
    let divide = |from: &[usize], group: &[String], fraction: f32| {
        let samples: Vec<_> = from.iter().filter_map(|i| dataset.samples.get(*i)).collect();
        let (learn, validate) = hold_out(&samples, group, fraction, recipe.training.seed);
        let pick =
            |part: Vec<usize>| -> Vec<usize> { part.iter().filter_map(|p| from.get(*p).copied()).collect() };
        (pick(learn), pick(validate))
    };
    if !held.sets.is_empty() {
        let (mut learn, mut validate) = (Vec::new(), Vec::new());
        for (set, held) in &held.sets {
            let start = format!("{set}/");
            let is_of = |i: &&usize| dataset.samples.get(**i).is_some_and(|s| s.path.starts_with(&start));
            let own: Vec<usize> = train.iter().filter(is_of).copied().collect();
            let (l, v) = divide(&own, &held.group, held.fraction);
            learn.extend(l);
            validate.extend(v);
        }
        return Ok((learn, validate));
    }
    if held.fraction == 0.0 {
        return Ok((train, of("val")));
    }
    Ok(divide(&train, &held.group, held.fraction))
}

/// The seeded weights, or those of the file that the recipe names.
pub(super) fn begin(recipe: &Recipe, start: Option<&[u8]>) -> Result<Parameters, Error> {
    let seed = recipe.training.seed;
    match (&recipe.network.start, start) {
        (None, None) => Ok(Parameters::seeded(seed)),
        (Some(named), Some(bytes)) if sha256(bytes) == named.sha256 => Ok(Parameters::starting_from(
            seed,
            Weights::from_safetensors(&named.file, bytes)?.named_by_us().unfolded().into_owned(),
        )),
        (Some(named), Some(_)) => Err(Error::Recipe(fault::other_start(&named.file, &named.sha256))),
        (Some(named), None) => Err(Error::Recipe(fault::start_missing(&named.file))),
        (None, Some(_)) => Err(Error::Recipe(fault::STARTS_FROM_NOTHING.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{Sample, phantom};
    use crate::learn::HeldOut;
    use std::collections::BTreeSet;

    fn set(name: &str, count: usize) -> Dataset {
        let sample = |i: usize| Sample {
            path: format!("train/c/{i:03}.png"),
            split: "train".into(),
            label: i % 2,
            attributes: [("patient".to_string(), (i / 3).to_string())].into(),
        };
        let mut set = Dataset::join(Vec::new());
        (set.name, set.classes) = (name.into(), vec!["a".into(), "b".into()]);
        set.samples = (0..count).map(sample).collect();
        set
    }

    /// Patients of two films each, every second one's with a wide dark border.
    fn films(root: &std::path::Path) -> Dataset {
        let mut manifest = String::from("path,patient\n");
        for i in 0..24u32 {
            let (patient, class) = (i / 2, ["a", "b"][i as usize / 4 % 2]);
            let path = format!("train/{class}/{i:02}.png");
            std::fs::create_dir_all(root.join("train").join(class)).unwrap();
            let border = patient % 2 * 20;
            let film = image::GrayImage::from_fn(100, 100, |x, y| {
                image::Luma([if x.min(y) < border { 0 } else { 90 + (i + x) as u8 % 50 }])
            });
            std::fs::write(root.join(&path), phantom::png(film.into())).unwrap();
            manifest.push_str(&format!("{path},{patient}\n"));
        }
        std::fs::write(root.join("manifest.csv"), manifest).unwrap();
        Dataset::open(root).unwrap()
    }

    #[test]
    fn a_cluster_of_acquisition_is_held_out_whole() {
        let root = tempfile::tempdir().unwrap();
        let dataset = films(root.path());
        let mut recipe: Recipe = toml::from_str(include_str!("../../recipes/chest-pneumonia.toml")).unwrap();
        recipe.validation.group = vec!["patient".into()];
        let mut held = Vec::new();
        for cluster in 0..2 {
            recipe.validation.acquisition = Some(Acquisition { clusters: 2, held_out: cluster });
            let (learn, validate) = split(&recipe, &dataset).unwrap();
            assert_eq!((learn.len(), validate.len()), (12, 12));
            let machine = |i: &usize| dataset.samples[*i].attributes["patient"].parse::<usize>().unwrap() % 2;
            assert!(validate.iter().all(|i| machine(i) == machine(&validate[0])));
            assert!(learn.iter().all(|i| machine(i) != machine(&validate[0])));
            held.extend(validate);
        }
        held.sort_unstable();
        assert_eq!(held, (0..24).collect::<Vec<_>>());
    }

    #[test]
    fn a_cluster_that_is_not_there_is_refused() {
        let mut recipe: Recipe = toml::from_str(include_str!("../../recipes/chest-pneumonia.toml")).unwrap();
        let mut set = set("some", 12);
        set.classes = vec!["NORMAL".into(), "PNEUMONIA".into()];
        recipe.task.subgroups.clear();
        for (clusters, held_out, is_fine) in [(4, 3, true), (4, 4, false), (1, 0, false), (17, 0, false)] {
            recipe.validation.acquisition = Some(Acquisition { clusters, held_out });
            assert_eq!(check(&recipe, &set).is_ok(), is_fine, "{clusters}, {held_out}");
        }
    }

    #[test]
    fn what_a_start_learns_from_no_bundle_is_validated_on() {
        let text = include_str!("../../recipes/chest-pneumonia.toml");
        let mut recipe: Recipe = toml::from_str(text).unwrap();
        recipe.validation.group = vec!["patient".into()];
        recipe.validation.fraction = 0.2;
        let held = |set: &Dataset, indices: &[usize]| -> BTreeSet<String> {
            indices.iter().map(|i| set.samples[*i].path.clone()).collect()
        };
        let alone = set("first", 90);
        let (_, validation) = split(&recipe, &alone).unwrap();
        let expected: BTreeSet<String> =
            held(&alone, &validation).iter().map(|path| format!("first/{path}")).collect();

        let joined = Dataset::join(vec![set("other", 60), alone]);
        let of = |group: &[&str]| HeldOut {
            fraction: 0.2,
            group: group.iter().map(|column| column.to_string()).collect(),
        };
        recipe.validation.sets = [("first".into(), of(&["patient"])), ("other".into(), of(&[]))].into();
        let (learn, validation) = split(&recipe, &joined).unwrap();
        let own = held(&joined, &validation).into_iter().filter(|path| path.starts_with("first/"));
        assert_eq!(own.collect::<BTreeSet<_>>(), expected);
        assert_eq!(learn.len() + validation.len(), 150);
    }
}

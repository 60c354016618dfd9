//! What a training begins with: a recipe that fits the data, images to learn from and to validate on, and first weights.

use super::Error;
use super::parameters::Parameters;
use super::recipe::Recipe;
use crate::dataset::Dataset;
use crate::dataset::split::hold_out;
use crate::fingerprint::sha256;
use crate::model::Weights;

/// Refuses a recipe whose classes, columns or numbers do not fit the data.
pub(super) fn check(recipe: &Recipe, dataset: &Dataset) -> Result<(), Error> {
    let (classes, labels) = (dataset.classes.len(), recipe.about.labels.len());
    if classes != labels {
        return Err(Error::Recipe(format!(
            "it names {labels} classes, the data has {classes}: {:?}",
            dataset.classes
        )));
    }
    if let Some(finding) = recipe.about.finding.iter().find(|finding| !dataset.classes.contains(finding)) {
        return Err(Error::Recipe(format!("its finding {finding:?} is none of {:?}", dataset.classes)));
    }
    if recipe.about.kind.is_empty() {
        return Err(Error::Recipe(
            "about.kind must say what an image has to be, for instance a slice of a brain MRI".into(),
        ));
    }
    let columns = &recipe.about.subgroups;
    let knows = |column: &&String| dataset.samples.iter().any(|s| s.attributes.contains_key(*column));
    if let Some(column) = columns.iter().find(|column| !knows(column)) {
        return Err(Error::Recipe(format!("no image of the data has a column {column}")));
    }
    let knobs = &recipe.augmentation;
    let chances = [knobs.mirror, knobs.blur, knobs.noise, knobs.low_resolution, knobs.erase];
    let reach = (0.1..=1.0).contains(&knobs.crop) && (1.0..=1.9).contains(&knobs.widen);
    if !reach || !chances.iter().all(|chance| (0.0..=1.0).contains(chance)) {
        return Err(Error::Recipe(
            "chances of augmentation lie between 0 and 1, crop between 0.1 and 1, widen between 1 and 1.9"
                .into(),
        ));
    }
    if recipe.training.batch < 2 || recipe.training.epochs == 0 {
        return Err(Error::Recipe("a training needs at least 1 epoch and batches of at least 2".into()));
    }
    Ok(())
}

/// Indices of the samples to learn from and to validate on.
pub(super) fn split(recipe: &Recipe, dataset: &Dataset) -> (Vec<usize>, Vec<usize>) {
    let of = |split: &str| -> Vec<usize> {
        let is_in = |i: &usize| dataset.samples.get(*i).is_some_and(|sample| sample.split == split);
        (0..dataset.samples.len()).filter(is_in).collect()
    };
    let (train, held) = (of("train"), &recipe.validation);
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
        return (learn, validate);
    }
    if held.fraction == 0.0 {
        return (train, of("val"));
    }
    divide(&train, &held.group, held.fraction)
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
        (Some(named), Some(_)) => Err(Error::Recipe(format!(
            "the file given to start from is not the recipe's {} (SHA-256 {})",
            named.file, named.sha256
        ))),
        (Some(named), None) => {
            Err(Error::Recipe(format!("it starts from {}: say where that lies with --from FILE", named.file)))
        }
        (None, Some(_)) => Err(Error::Recipe("it starts from nothing; leave out --from".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Sample;
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
        let (_, validation) = split(&recipe, &alone);
        let expected: BTreeSet<String> =
            held(&alone, &validation).iter().map(|path| format!("first/{path}")).collect();

        let joined = Dataset::join(vec![set("other", 60), alone]);
        let of = |group: &[&str]| HeldOut {
            fraction: 0.2,
            group: group.iter().map(|column| column.to_string()).collect(),
        };
        recipe.validation.sets = [("first".into(), of(&["patient"])), ("other".into(), of(&[]))].into();
        let (learn, validation) = split(&recipe, &joined);
        let own = held(&joined, &validation).into_iter().filter(|path| path.starts_with("first/"));
        assert_eq!(own.collect::<BTreeSet<_>>(), expected);
        assert_eq!(learn.len() + validation.len(), 150);
    }
}

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
    let columns = &recipe.about.subgroups;
    let knows = |column: &&String| dataset.samples.iter().any(|s| s.attributes.contains_key(*column));
    if let Some(column) = columns.iter().find(|column| !knows(column)) {
        return Err(Error::Recipe(format!("no image of the data has a column {column}")));
    }
    let knobs = &recipe.augmentation;
    let chances = [knobs.mirror, knobs.blur, knobs.noise, knobs.low_resolution, knobs.erase];
    if !chances.iter().all(|chance| (0.0..=1.0).contains(chance)) || !(0.1..=1.0).contains(&knobs.crop) {
        return Err(Error::Recipe(
            "chances of augmentation lie between 0 and 1, crop between 0.1 and 1".into(),
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
    if held.fraction == 0.0 {
        return (train, of("val"));
    }
    let samples: Vec<_> = train.iter().filter_map(|i| dataset.samples.get(*i)).collect();
    let (learn, validate) = hold_out(&samples, &held.group, held.fraction, recipe.training.seed);
    let pick = |part: Vec<usize>| part.iter().filter_map(|p| train.get(*p).copied()).collect();
    (pick(learn), pick(validate))
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

//! Many trainings of which the better go on: a recipe over seeds and knobs, by successive halving (Jamieson and Talwalkar 2016).

use super::{Error, Recipe};
use crate::messages::fault::learn as fault;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// What is tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sweep {
    /// The recipe's file, beside the sweep's.
    pub recipe: String,
    /// Every choice of knobs is trained once with each: a difference smaller than that between seeds means nothing.
    pub seeds: Vec<u64>,
    /// Epochs after which the worse choices are given up; what is left after the last one is trained to its end.
    pub rungs: Vec<usize>,
    /// Share of the choices that goes on at a rung, above 0, at most 1.
    pub keep: f64,
    /// For each knob, by its place in the recipe (`training.learning_rate`), the values to try. All combinations are tried.
    #[serde(default)]
    pub knobs: BTreeMap<String, Vec<Value>>,
}

/// One combination of the knobs' values.
#[derive(Clone, Debug, PartialEq)]
pub struct Configuration {
    /// Short and the same in every run of the sweep: `c3`.
    pub name: String,
    /// Knob and value.
    pub values: BTreeMap<String, Value>,
}

/// A choice's scores on the validation images, one for each seed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConfigurationScores {
    /// The choice's name.
    pub choice: String,
    /// The best score so far, by seed.
    pub scores: BTreeMap<u64, f64>,
}

impl ConfigurationScores {
    /// The mean over the seeds.
    pub fn mean(&self) -> f64 {
        self.scores.values().sum::<f64>() / self.scores.len().max(1) as f64
    }

    /// Between the best and the worst seed.
    pub fn spread(&self) -> f64 {
        let (low, high) =
            self.scores.values().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), score| {
                (low.min(*score), high.max(*score))
            });
        (high - low).max(0.0)
    }
}

impl Sweep {
    /// Whether it can be run, and why not.
    pub fn check(&self) -> Result<(), Error> {
        let refuse = |why: &str| Err(Error::Recipe(why.into()));
        if self.seeds.is_empty() {
            return refuse(fault::NO_SEED);
        }
        if !(self.keep > 0.0 && self.keep <= 1.0) {
            return refuse(fault::KEEP);
        }
        if !self.rungs.is_sorted_by(|a, b| a < b) || self.rungs.first() == Some(&0) {
            return refuse(fault::RUNGS);
        }
        if let Some((knob, _)) = self.knobs.iter().find(|(_, values)| values.is_empty()) {
            return refuse(&fault::no_value(knob));
        }
        Ok(())
    }

    /// All combinations of the knobs' values.
    pub fn choices(&self) -> Vec<Configuration> {
        let mut all = vec![BTreeMap::new()];
        for (knob, values) in &self.knobs {
            let with = |so_far: &BTreeMap<String, Value>| {
                let one = |value: &Value| {
                    let mut more = so_far.clone();
                    more.insert(knob.clone(), value.clone());
                    more
                };
                values.iter().map(one).collect::<Vec<_>>()
            };
            all = all.iter().flat_map(with).collect();
        }
        let named = |(i, values)| Configuration { name: format!("c{}", i + 1), values };
        all.into_iter().enumerate().map(named).collect()
    }

    /// The recipe of a choice with a seed. A knob that a recipe does not have is refused.
    pub fn recipe(&self, base: &Recipe, choice: &Configuration, seed: u64) -> Result<Recipe, Error> {
        let refuse = |why: String| Error::Recipe(why);
        let mut value =
            serde_json::to_value(base).map_err(|e| refuse(fault::recipe_format(&e.to_string())))?;
        let seed = ("training.seed".to_string(), Value::from(seed));
        for (knob, chosen) in choice.values.iter().map(|(k, v)| (k.clone(), v.clone())).chain([seed]) {
            let pointer = format!("/{}", knob.replace('.', "/"));
            let (table, name) = pointer.rsplit_once('/').unwrap_or_default();
            let table = value.pointer_mut(table).and_then(Value::as_object_mut);
            let table = table.ok_or_else(|| refuse(fault::no_place(&knob)))?;
            table.insert(name.to_string(), chosen);
        }
        let mut recipe: Recipe =
            serde_json::from_value(value).map_err(|e| refuse(fault::recipe_format(&e.to_string())))?;
        recipe.about.id = format!("{}-{}-{}", base.about.id, choice.name, recipe.training.seed);
        Ok(recipe)
    }

    /// The choices that go on, the best first: by the mean over the seeds. At least one does.
    pub fn survivors(&self, standings: &[ConfigurationScores]) -> Vec<String> {
        let mut ranked: Vec<&ConfigurationScores> = standings.iter().collect();
        ranked.sort_by(|a, b| b.mean().total_cmp(&a.mean()));
        let count = ((standings.len() as f64 * self.keep).ceil() as usize).max(1);
        ranked.into_iter().take(count).map(|standing| standing.choice.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sweep() -> Sweep {
        let text = r#"
            recipe = "r.toml"
            seeds = [1, 2]
            rungs = [2, 5]
            keep = 0.5
            knobs = { "training.learning_rate" = [0.001, 0.002], "augmentation.blur" = [0.0, 0.25, 0.5] }
        "#;
        toml::from_str(text).unwrap()
    }

    fn base() -> Recipe {
        toml::from_str(include_str!("../../recipes/chest-pneumonia.toml")).unwrap()
    }

    #[test]
    fn every_combination_becomes_a_recipe_of_its_own() {
        let (sweep, base) = (sweep(), base());
        let choices = sweep.choices();
        assert_eq!(choices.len(), 6);
        let recipe = sweep.recipe(&base, &choices[5], 2).unwrap();
        assert_eq!((recipe.augmentation.blur, recipe.training.seed), (0.5, 2));
        assert_eq!(
            (recipe.training.learning_rate, recipe.about.id.as_str()),
            (0.002, "chest-pneumonia-c6-2")
        );
        assert_eq!(recipe.network, base.network);
    }

    #[test]
    fn a_knob_that_no_recipe_has_is_refused() {
        for knob in ["training.learning_speed", "nothing.here", "training.seed.more"] {
            let mut sweep = sweep();
            sweep.knobs = BTreeMap::from([(knob.to_string(), vec![Value::from(1)])]);
            let error = sweep.recipe(&base(), &sweep.choices()[0], 1).unwrap_err().to_string();
            assert!(error.contains("learning_speed") || error.contains(knob), "{error}");
        }
    }

    #[test]
    fn the_better_half_goes_on_by_the_mean_over_seeds() {
        let standing = |choice: &str, a: f64, b: f64| ConfigurationScores {
            choice: choice.into(),
            scores: BTreeMap::from([(1, a), (2, b)]),
        };
        let standings = [
            standing("c1", 0.9, 0.7),
            standing("c2", 0.85, 0.85),
            standing("c3", 0.2, 0.99),
            standing("c4", 0.1, 0.1),
            standing("c5", 0.0, 0.0),
        ];
        assert_eq!(sweep().survivors(&standings), ["c2", "c1", "c3"]);
        assert!((standings[0].spread() - 0.2).abs() < 1e-9);
        assert_eq!(Sweep { keep: 0.01, ..sweep() }.survivors(&standings), ["c2"]);
    }

    #[test]
    fn a_sweep_that_cannot_be_run_says_why() {
        for (bad, word) in [
            (Sweep { seeds: vec![], ..sweep() }, "seed"),
            (Sweep { keep: 0.0, ..sweep() }, "keep"),
            (Sweep { rungs: vec![3, 3], ..sweep() }, "rungs"),
            (Sweep { knobs: BTreeMap::from([("a.b".into(), vec![])]), ..sweep() }, "a.b"),
        ] {
            assert!(bad.check().unwrap_err().to_string().contains(word), "{word}");
        }
        assert!(sweep().check().is_ok());
    }
}

//! `lantern sweep`.

use std::path::Path;

pub fn not_a_sweep(path: &Path) -> String {
    format!("{} is not a sweep", path.display())
}

pub fn rung(epoch: usize, going: usize, of: usize) -> String {
    format!("after epoch {epoch}: {going} of {of} choices go on")
}

pub fn holds_no_sweep(folder: &Path) -> String {
    format!("{} holds no sweep", folder.display())
}

pub fn holds_another(folder: &Path) -> String {
    format!("{} holds another sweep; name another folder with --out", folder.display())
}

pub fn run(id: &str, knobs: &str) -> String {
    format!("{id}: {knobs}")
}

pub fn best(choice: &str, seed: u64, folder: &Path) -> String {
    format!("the best is {choice} with seed {seed}: wrote {} and best.toml", folder.display())
}

pub const NOTHING_TRAINED: &str = "nothing was trained";
pub const NO_KNOBS: &str = "as the recipe says";
pub const TABLE_HEAD: &str =
    "| choice | knobs | epochs | mean score | spread over seeds | scores |\n|---|---|---|---|---|---|\n";

/// `scores`: each with its seed.
pub fn row(choice: &str, knobs: &str, epochs: usize, mean: f64, spread: f64, scores: &[String]) -> String {
    format!("| {choice} | {knobs} | {epochs} | {mean:.4} | {spread:.4} | {} |\n", scores.join(", "))
}

pub fn score(score: f64, seed: u64) -> String {
    format!("{score:.4} (seed {seed})")
}

pub const TABLE_FOOT: &str = "\nA score is the mean of AUC, AUC on disturbed copies, balanced accuracy and, where an outline is drawn, Dice on the \
            validation images. It flatters: the best epoch was chosen by it.\n";

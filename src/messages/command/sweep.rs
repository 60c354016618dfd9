//! `lantern sweep`.

use std::path::Path;

pub fn not_a_sweep(path: &Path) -> String {
    format!("{} is not a sweep", path.display())
}

texts! {
    rung(epoch: usize, going: usize, of: usize) = "after epoch {epoch}: {going} of {of} choices go on";
}

pub fn holds_no_sweep(folder: &Path) -> String {
    format!("{} holds no sweep", folder.display())
}

pub fn holds_another(folder: &Path) -> String {
    format!("{} holds another sweep; name another folder with --out", folder.display())
}

texts! {
    run(id: &str, knobs: &str) = "{id}: {knobs}";
}

pub fn best(choice: &str, seed: u64, folder: &Path) -> String {
    format!("the best is {choice} with seed {seed}: wrote {} and best.toml", folder.display())
}

texts! {
    NOTHING_TRAINED = "nothing was trained";
    NO_KNOBS = "as the recipe says";
    TABLE_HEAD = "| choice | knobs | epochs | mean score | spread over seeds | scores |\n|---|---|---|---|---|---|\n";
}

/// `scores`: each with its seed.
pub fn row(choice: &str, knobs: &str, epochs: usize, mean: f64, spread: f64, scores: &[String]) -> String {
    format!("| {choice} | {knobs} | {epochs} | {mean:.4} | {spread:.4} | {} |\n", scores.join(", "))
}

texts! {
    score(score: f64, seed: u64) = "{score:.4} (seed {seed})";
    TABLE_FOOT = "\nA score is the mean of AUC, AUC on disturbed copies, balanced accuracy and, where an outline is drawn, Dice on the \
            validation images. It flatters: the best epoch was chosen by it.\n";
}

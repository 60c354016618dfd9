//! `lantern evaluate`.

use super::folder;
use super::progress::Progress;
use crate::dataset::Dataset;
use crate::engine::Engine;
use crate::learn;
use anyhow::Result;
use std::path::Path;
use std::process::ExitCode;

/// Measures a bundle on a split.
pub fn evaluate(model: &Path, data: &Path, split: &str, json: bool) -> Result<ExitCode> {
    let engine = Engine::new(folder::open(model)?);
    let dataset = Dataset::open(data)?;
    let count = dataset.samples.iter().filter(|sample| sample.split == split).count();
    let progress = Progress::new("examining", count);
    let report = learn::evaluate(&engine, &dataset, split, &|done| progress.set(done, ""))?;
    drop(progress);
    if json {
        println!("{}", serde_json::to_string(&report)?);
        return Ok(ExitCode::SUCCESS);
    }
    println!(
        "{} on {} ({}): {} images, {} refused",
        report.model, report.data, report.split, report.n, report.refused
    );
    for (name, figure) in report.figures() {
        println!("{name:>18}  {:.4}  ({:.4} to {:.4})", figure.value, figure.low, figure.high);
    }
    for (class, figures) in &report.per_class {
        println!(
            "{class:>18}  n {}, AUC {:.4}, sensitivity {:.4}, specificity {:.4}",
            figures.n, figures.auc.value, figures.sensitivity.value, figures.specificity.value
        );
    }
    Ok(ExitCode::SUCCESS)
}

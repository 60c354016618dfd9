//! `lantern audit`.

use super::progress::Progress;
use crate::dataset::Dataset;
use crate::dataset::audit;
use anyhow::Result;
use std::path::Path;
use std::process::ExitCode;

/// Prints what a data set holds. Exit status 1 where an image lies in two splits.
pub fn audit(data: &Path) -> Result<ExitCode> {
    let dataset = Dataset::open(data)?;
    let progress = Progress::new("reading images", dataset.samples.len());
    let audit = audit::audit(&dataset, &|done| progress.set(done, ""));
    drop(progress);
    println!("{} (SHA-256 {})\n{audit}", dataset.name, dataset.sha256);
    let mut leaks = 0;
    for paths in audit.leaks() {
        println!("  in more than one split: {}", paths.join(", "));
        leaks += 1;
    }
    Ok(if leaks == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

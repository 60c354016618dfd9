//! `lantern audit`.

use super::progress::Progress;
use crate::dataset::{Dataset, acquisition, audit};
use crate::messages::command;
use anyhow::Result;
use std::path::Path;
use std::process::ExitCode;

/// Prints the contents of a data set and, if asked, of each cluster of its training images by acquisition.
/// The exit status is 1 if an image is in two splits.
pub fn audit(data: &Path, clusters: Option<u8>, group: &[String]) -> Result<ExitCode> {
    let dataset = Dataset::open(data)?;
    let progress = Progress::new(command::train::READING_IMAGES, dataset.samples.len());
    let audit = audit::audit(&dataset, &|done| progress.set(done, ""));
    drop(progress);
    println!("{}\n{audit}", command::audit::dataset(&dataset.name, &dataset.sha256));
    let mut leaks = 0;
    for paths in audit.leaks() {
        println!("{}", command::audit::leak(paths));
        leaks += 1;
    }
    if let Some(count) = clusters {
        print_clusters(&dataset, count.into(), group)?;
    }
    Ok(if leaks == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print_clusters(dataset: &Dataset, count: usize, group: &[String]) -> Result<()> {
    let train: Vec<usize> = (0..dataset.samples.len())
        .filter(|i| dataset.samples.get(*i).is_some_and(|sample| sample.split == "train"))
        .collect();
    let clusters = acquisition::clusters(dataset, &train, group, count)?;
    for cluster in 0..count {
        let own = || train.iter().zip(&clusters).filter(move |(_, c)| **c == cluster);
        print!("{}", command::audit::cluster(cluster, own().count()));
        for (label, class) in dataset.classes.iter().enumerate() {
            let of_class =
                own().filter(|(i, _)| dataset.samples.get(**i).is_some_and(|sample| sample.label == label));
            print!("{}", command::audit::of_class(of_class.count(), class));
        }
        println!();
    }
    Ok(())
}

//! `lantern audit`.

use super::progress::Progress;
use crate::dataset::audit::{self, Audit};
use crate::dataset::{Dataset, LeftOut, acquisition, near};
use crate::messages::command;
use anyhow::Result;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

/// Prints what a data set holds and, if asked, what each cluster of its training images by acquisition holds.
/// The exit status is 1 if an image is in two splits, also as a near-duplicate.
pub fn audit(data: &Path, clusters: Option<u8>, group: &[String]) -> Result<ExitCode> {
    let dataset = Dataset::open(data)?;
    let progress = Progress::new(command::train::READING_IMAGES, dataset.samples.len());
    let audit = audit::audit(&dataset, &|done| progress.set(done, ""));
    drop(progress);
    println!("{}", command::audit::dataset(&dataset.name, &dataset.sha256));
    print_counts(&audit);
    print_duplicates(&audit);
    if let Some(count) = clusters {
        print_clusters(&dataset, count.into(), group)?;
    }
    let is_clean = audit.leaks().next().is_none() && audit.near.is_empty();
    Ok(if is_clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Every file below the root: images by class, unreadable ones, and what is no sample.
fn print_counts(audit: &Audit) {
    for ((split, class), images) in &audit.counts {
        println!("{}", command::audit::class(split, class, *images));
    }
    for ((split, class), _) in audit.counts.iter().filter(|(_, images)| **images == 0) {
        println!("{}", command::audit::empty_class(split, class));
    }
    println!("{}", command::audit::unreadable(audit.unreadable.len()));
    for (path, reason) in &audit.unreadable {
        println!("{}", command::audit::unreadable_image(path, reason));
    }
    println!("{}", command::audit::left_out(audit.left_out.len()));
    let mut by_reason: BTreeMap<LeftOut, Vec<&str>> = BTreeMap::new();
    for (path, reason) in &audit.left_out {
        by_reason.entry(*reason).or_default().push(path);
    }
    for (reason, paths) in by_reason {
        println!("{}", command::audit::left_out_for(words(reason), &paths));
    }
    let (unreadable, left_out) = (audit.unreadable.len(), audit.left_out.len());
    let images = audit.counts.values().sum();
    println!("{}", command::audit::files(audit.files(), images, unreadable, left_out));
}

fn print_duplicates(audit: &Audit) {
    println!("{}", command::audit::identical(audit.duplicates.len(), audit.leaks().count()));
    for paths in audit.leaks() {
        println!("{}", command::audit::leak(paths));
    }
    println!("{}", command::audit::near(audit.near.len(), near::SIMILAR));
    for pair in &audit.near {
        println!("{}", command::audit::near_pair(&pair.path, &pair.other, pair.correlation));
    }
}

fn words(reason: LeftOut) -> &'static str {
    match reason {
        LeftOut::Table => command::audit::TABLE,
        LeftOut::Mask => command::audit::MASK,
        LeftOut::Outside => command::audit::OUTSIDE,
        LeftOut::NoClass => command::audit::NO_CLASS,
        LeftOut::Deeper => command::audit::DEEPER,
        LeftOut::Hidden => command::audit::HIDDEN,
        LeftOut::Link => command::audit::LINK,
        LeftOut::Name => command::audit::NAME,
        LeftOut::SameName => command::audit::SAME_NAME,
        LeftOut::Closed => command::audit::CLOSED,
    }
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

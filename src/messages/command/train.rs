//! `lantern train`.

use crate::metrics::EpochReport;

pub const NO_START: &str = "the file to start from cannot be read";
pub const READING_IMAGES: &str = "reading images";

pub fn going_on(epoch: usize) -> String {
    format!("going on after epoch {epoch}")
}

pub fn class(number: usize, name: &str, train: usize, validation: usize) -> String {
    format!("class {number} {name}: {train} to learn from, {validation} to validate on")
}

pub fn images(train: usize, validation: usize) -> String {
    format!("{train} images to learn from, {validation} to validate on")
}

/// Before the bar of an epoch under way.
pub fn epoch(number: usize) -> String {
    format!("epoch {number}")
}

/// After the bar.
pub fn loss(loss: f32) -> String {
    format!("loss {loss:.4}")
}

/// `seconds` of the whole epoch; `rate` of learning, in images a second.
pub fn epoch_done(report: &EpochReport, seconds: f64, rate: f64) -> String {
    let EpochReport { epoch, loss, auc, balanced_accuracy, disturbed_auc, .. } = report;
    let best = if report.is_best { " (best so far)" } else { "" };
    let dice = report.dice.map(|dice| format!(", Dice {dice:.4}")).unwrap_or_default();
    let busy = report.busy.map(|share| format!(", GPU busy {:.0} %", 100.0 * share)).unwrap_or_default();
    format!(
        "epoch {epoch}: loss {loss:.4}, validation AUC {auc:.4}, balanced accuracy {balanced_accuracy:.4}, disturbed AUC {disturbed_auc:.4}{dice}, {seconds:.0} s, {rate:.0} images/s{busy}{best}"
    )
}

pub const STOPPING: &str = "Stopping after this step. Ctrl+C again ends at once.";

/// `command`: how to resume.
pub fn stopped(command: &str) -> String {
    format!("Stopped. Everything up to the last whole epoch is kept. Go on with: {command}")
}

pub fn stopped_early(command: &str) -> String {
    format!("Stopped before an epoch of this run was whole. Begin again with: {command}")
}

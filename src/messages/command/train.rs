//! `lantern train`.

use crate::metrics::EpochReport;

texts! {
    NO_START = "the file to start from cannot be read";
    READING_IMAGES = "reading images";
    going_on(epoch: usize) = "going on after epoch {epoch}";
    class(number: usize, name: &str, train: usize, validation: usize) = "class {number} {name}: {train} to learn from, {validation} to validate on";
    untested_class(class: &str) = "the class {class} has no image in the split test: the bundle will be written, but the split cannot be measured";
    /// After the bundle was written.
    NOT_MEASURED = "The bundle is kept without figures of the test split. Add images of every class to it, then run: lantern bundle record";
    images(train: usize, validation: usize) = "{train} images to learn from, {validation} to validate on";
    /// Before the bar of an epoch under way.
    epoch(number: usize) = "epoch {number}";
    /// After the bar.
    loss(loss: f32) = "loss {loss:.4}";
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

texts! {
    STOPPING = "Stopping after this step. Ctrl+C again ends at once.";
    /// `command`: how to resume.
    stopped(command: &str) = "Stopped. Everything up to the last whole epoch is kept. Go on with: {command}";
    stopped_early(command: &str) = "Stopped before an epoch of this run was whole. Begin again with: {command}";
}

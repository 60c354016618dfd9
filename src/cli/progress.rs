//! Progress of long work: a bar on a terminal, otherwise a plain line now and then.

use crate::messages::command;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The progress of work with a known size.
pub struct Progress {
    what: String,
    total: usize,
    bar: Option<ProgressBar>,
    tenths: AtomicUsize,
}

impl Progress {
    /// No progress yet.
    pub fn new(what: impl Into<String>, total: usize) -> Self {
        let what = what.into();
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{prefix} {bar:32} {pos}/{len} {eta} {msg}");
            ProgressBar::new(total as u64)
                .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
                .with_prefix(what.clone())
        });
        Self { what, total, bar, tenths: AtomicUsize::new(0) }
    }

    /// Shows `done` of the total, with a remark.
    pub fn set(&self, done: usize, remark: &str) {
        if let Some(bar) = &self.bar {
            bar.set_position(done as u64);
            bar.set_message(remark.to_string());
            return;
        }
        let tenths = done * 10 / self.total.max(1);
        if tenths > self.tenths.fetch_max(tenths, Ordering::Relaxed) {
            eprintln!("{}", command::general::progress(&self.what, done, self.total, remark));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

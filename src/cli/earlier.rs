//! Results of an earlier training run. They are overwritten only on request.

use crate::messages::command;
use anyhow::{Context, Result, bail};
use clap::Args;
use std::path::{Path, PathBuf};

/// What becomes of it.
#[derive(Args, Clone, Copy, Debug)]
pub struct ResumeArgs {
    /// Go on from the last whole epoch of an earlier run; where there is none, begin.
    #[arg(long, conflicts_with = "force")]
    resume: bool,
    /// Begin anew, and overwrite what an earlier run has left.
    #[arg(long)]
    force: bool,
}

impl ResumeArgs {
    /// Whether to resume from the saved state.
    pub fn resumes(self) -> bool {
        self.resume
    }

    /// Fails if something would be overwritten. `kept`: the files of the saved state; `made`: the files of
    /// the result.
    pub fn check(self, kept: &[PathBuf], made: &[PathBuf]) -> Result<()> {
        let first =
            |of: &[PathBuf]| of.iter().find(|path| is_there(path)).map(|path| path.display().to_string());
        match (first(kept), first(made)) {
            (None, None) => Ok(()),
            _ if self.force => Ok(()),
            (Some(_), _) if self.resume => Ok(()),
            (None, Some(made)) if self.resume => bail!(command::earlier::made_only(&made)),
            (Some(kept), _) => bail!(command::earlier::kept(&kept)),
            (None, Some(made)) => bail!(command::earlier::made(&made)),
        }
    }

    /// Removes the saved state of an earlier run that is to be overwritten. Otherwise, a new run interrupted
    /// before its first complete epoch would be resumed from the old state.
    pub fn clear(self, kept: &[PathBuf]) -> Result<()> {
        for path in kept.iter().filter(|path| self.force && path.exists()) {
            std::fs::remove_file(path).with_context(|| command::file::cannot_be_removed(path))?;
        }
        Ok(())
    }
}

/// Whether a file exists, or a folder that is not empty.
fn is_there(path: &Path) -> bool {
    path.is_file() || std::fs::read_dir(path).is_ok_and(|mut inside| inside.next().is_some())
}

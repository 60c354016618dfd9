//! What an earlier training has left: nothing is overwritten unless it is asked for.

use anyhow::{Context, Result, bail};
use clap::Args;
use std::path::{Path, PathBuf};

/// What becomes of it.
#[derive(Args, Clone, Copy, Debug)]
pub struct Earlier {
    /// Go on from the last whole epoch of an earlier run; where there is none, begin.
    #[arg(long, conflicts_with = "force")]
    resume: bool,
    /// Begin anew, and overwrite what an earlier run has left.
    #[arg(long)]
    force: bool,
}

impl Earlier {
    /// Whether to go on from what was kept.
    pub fn goes_on(self) -> bool {
        self.resume
    }

    /// Refuses to begin where something would be overwritten. `kept`: what a run goes on from. `made`: what it ends with.
    pub fn check(self, kept: &[PathBuf], made: &[PathBuf]) -> Result<()> {
        let first =
            |of: &[PathBuf]| of.iter().find(|path| is_there(path)).map(|path| path.display().to_string());
        match (first(kept), first(made)) {
            (None, None) => Ok(()),
            _ if self.force => Ok(()),
            (Some(_), _) if self.resume => Ok(()),
            (None, Some(made)) if self.resume => bail!(
                "{made} is there, but nothing to go on from; begin anew with --force, which overwrites it, or name another place with --out"
            ),
            (Some(kept), _) => bail!(
                "{kept} is there from an earlier run; go on from it with --resume, or begin anew with --force, which overwrites it"
            ),
            (None, Some(made)) => bail!(
                "{made} is there already; begin anew with --force, which overwrites it, or name another place with --out"
            ),
        }
    }

    /// Removes what an earlier run went on from, where it is to be overwritten: cut off before its first whole epoch, the new one
    /// must not go on from the old.
    pub fn clear(self, kept: &[PathBuf]) -> Result<()> {
        for path in kept.iter().filter(|path| self.force && path.exists()) {
            std::fs::remove_file(path).with_context(|| format!("{} cannot be removed", path.display()))?;
        }
        Ok(())
    }
}

/// A file, or a folder that holds something.
fn is_there(path: &Path) -> bool {
    path.is_file() || std::fs::read_dir(path).is_ok_and(|mut inside| inside.next().is_some())
}

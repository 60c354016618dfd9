//! `lantern audit-log`, `backup` and `restore`, and what all commands about the history share.

use crate::messages::command::history as text;
use crate::store::{self, Anchor, Break, By, ServingLock, Store};
use anyhow::{Result, bail};
use clap::Subcommand;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub struct HistoryArgs {
    /// The case history, an SQLite file.
    #[arg(long, default_value = "lantern.db")]
    pub history: PathBuf,
}

impl HistoryArgs {
    /// Opens a history that exists.
    pub fn open(&self) -> Result<Store> {
        self.check()?;
        Ok(Store::open(&self.history)?)
    }

    /// Opens a history that exists and is not served, and keeps servers away from it.
    pub fn open_alone(&self) -> Result<(ServingLock, Store)> {
        self.check()?;
        let lock = ServingLock::take(&self.history)?;
        Ok((lock, Store::open(&self.history)?))
    }

    fn check(&self) -> Result<()> {
        if !self.history.exists() {
            bail!(text::no_history(&self.history));
        }
        Ok(())
    }
}

#[derive(Debug, Subcommand)]
pub enum AuditLogCommand {
    /// Follow the whole log and tell the first entry that was edited, deleted or moved.
    Verify {
        /// Number and hash of an entry that were kept elsewhere, by which a cut end is found.
        #[arg(long)]
        anchor: Option<Anchor>,
        #[command(flatten)]
        history: HistoryArgs,
    },
}

/// Runs `lantern audit-log`.
pub fn audit_log(command: AuditLogCommand) -> Result<ExitCode> {
    let AuditLogCommand::Verify { anchor, history } = command;
    match history.open()?.verify_audit_log(anchor.as_ref())? {
        Ok(last) => {
            writeln!(std::io::stdout(), "{}", text::whole(last.number, &last.to_string())).ok();
            Ok(ExitCode::SUCCESS)
        }
        Err(fault) => bail!(broken(&fault)),
    }
}

/// Runs `lantern backup`.
pub fn backup(file: &Path, history: &HistoryArgs) -> Result<ExitCode> {
    let anchor = history.open()?.backup(&by(), file)?;
    writeln!(std::io::stdout(), "{}", text::backed_up(file, &anchor.to_string())).ok();
    Ok(ExitCode::SUCCESS)
}

/// Runs `lantern restore`.
pub fn restore(file: &Path, history: &Path) -> Result<ExitCode> {
    let restored = store::restore(&by(), file, history)?;
    let said = text::restored(history, &restored.backup.to_string(), restored.replaced.as_deref());
    writeln!(std::io::stdout(), "{said}").ok();
    Ok(ExitCode::SUCCESS)
}

/// A command, now.
pub fn by() -> By {
    By::command_line(jiff::Timestamp::now().to_string())
}

fn broken(fault: &Break) -> String {
    match *fault {
        Break::Missing(entry) => text::missing(entry),
        Break::Edited(entry) => text::edited(entry),
        Break::Cut(entry) => text::cut(entry),
        Break::Rewritten(entry) => text::rewritten(entry),
    }
}

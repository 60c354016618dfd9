//! `lantern audit-log`, and what all commands about the history share.

use crate::messages::command::history as text;
use crate::store::{Anchor, Break, Store};
use anyhow::{Result, bail};
use clap::Subcommand;
use std::io::Write;
use std::path::PathBuf;
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
        if !self.history.exists() {
            bail!(text::no_history(&self.history));
        }
        Ok(Store::open(&self.history)?)
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

fn broken(fault: &Break) -> String {
    match *fault {
        Break::Missing(entry) => text::missing(entry),
        Break::Edited(entry) => text::edited(entry),
        Break::Cut(entry) => text::cut(entry),
        Break::Rewritten(entry) => text::rewritten(entry),
    }
}

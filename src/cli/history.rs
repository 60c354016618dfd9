//! `lantern audit-log`, `backup`, `restore` and `store`, and what all commands about the history share.

use crate::messages::command::history as text;
use crate::store::{self, Anchor, Break, By, PostgresSettings, ServingLock, Store};
use anyhow::{Context, Result, bail};
use clap::Subcommand;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub struct HistoryArgs {
    /// The case history, an SQLite file.
    #[arg(long, default_value = "lantern.db")]
    pub history: PathBuf,
    /// Keep the history in PostgreSQL instead: postgres://USER@HOST/DATABASE
    #[arg(long, value_name = "ADDRESS", conflicts_with = "history")]
    database: Option<String>,
    #[command(flatten)]
    access: AccessArgs,
}

/// How a PostgreSQL server is reached.
#[derive(Debug, clap::Args)]
pub struct AccessArgs {
    /// A file whose first line is the password of the database's user.
    #[arg(long, value_name = "FILE")]
    database_password_file: Option<PathBuf>,
    /// The certificate, in PEM, that signs the database server's; needed where that is another computer.
    #[arg(long, value_name = "FILE")]
    database_ca: Option<PathBuf>,
}

impl AccessArgs {
    fn connect(&self, address: &str) -> Result<Store> {
        let read = |file: &Option<PathBuf>| {
            let text = |file: &PathBuf| std::fs::read_to_string(file).with_context(|| text::unread(file));
            file.as_ref().map(text).transpose()
        };
        let (password, authority) = (read(&self.database_password_file)?, read(&self.database_ca)?);
        let password = password.as_deref().map(|text| text.lines().next().unwrap_or_default());
        Ok(Store::connect(&PostgresSettings::new(address, password, authority.as_deref())?)?)
    }

    /// Opens what is an address or a file.
    fn open(&self, place: &str) -> Result<Store> {
        let is_address = place.starts_with("postgres://") || place.starts_with("postgresql://");
        if is_address { self.connect(place) } else { Ok(Store::open(Path::new(place))?) }
    }
}

impl HistoryArgs {
    /// Opens a history that exists.
    pub fn open(&self) -> Result<Store> {
        match &self.database {
            Some(address) => self.access.connect(address),
            None => {
                self.check()?;
                Ok(Store::open(&self.history)?)
            }
        }
    }

    /// Opens a history that exists and is not served, and keeps servers away from it.
    pub fn open_alone(&self) -> Result<(Option<ServingLock>, Store)> {
        if self.database.is_none() {
            self.check()?;
            let lock = ServingLock::take(&self.history)?;
            return Ok((Some(lock), Store::open(&self.history)?));
        }
        let store = self.open()?;
        store.alone()?;
        Ok((None, store))
    }

    /// Opens a history, or makes it, to serve it.
    pub fn open_to_serve(&self) -> Result<(Option<ServingLock>, Store)> {
        match &self.database {
            Some(address) => {
                let store = self.access.connect(address)?;
                store.serve()?;
                Ok((None, store))
            }
            None => {
                // First, so that nobody encrypts the history anew between the opening and the lock.
                let lock = ServingLock::take(&self.history)?;
                Ok((Some(lock), Store::open(&self.history)?))
            }
        }
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

#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// Copy a whole history into an empty one, from a file into PostgreSQL, back, or between two of a kind. No companion may serve either.
    Copy {
        /// A file, or postgres://USER@HOST/DATABASE
        from: String,
        /// The same; what is there must be empty.
        to: String,
        #[command(flatten)]
        access: AccessArgs,
    },
}

/// Runs `lantern store`.
pub fn store(command: StoreCommand) -> Result<ExitCode> {
    let StoreCommand::Copy { from, to, access } = command;
    if !from.contains("://") && !Path::new(&from).exists() {
        bail!(text::no_history(Path::new(&from)));
    }
    let (source, target) = (access.open(&from)?, access.open(&to)?);
    let copied = source.copy_to(&by(), &target)?;
    writeln!(std::io::stdout(), "{}", text::copied(copied.cases, &copied.anchor.to_string())).ok();
    Ok(ExitCode::SUCCESS)
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
pub fn restore(file: &Path, history: &HistoryArgs) -> Result<ExitCode> {
    if history.database.is_some() {
        bail!(text::COPY_INSTEAD);
    }
    let history = &history.history;
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

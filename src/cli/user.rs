//! `lantern user`: accounts of the companion.

use super::history::{HistoryArgs, by};
use crate::account::{self, Role};
use crate::messages::command::user as text;
use crate::server::secret;
use crate::store::Store;
use anyhow::{Context, Result, bail};
use clap::Subcommand;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Maximum size of a file with a password, in bytes.
const FILE_LIMIT: u64 = 4096;

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Add an account and print its password, which is made up unless a file gives it.
    Add {
        /// The account's name.
        name: String,
        /// What it may do: administrator, clinician, educator or viewer.
        #[arg(long, default_value = "clinician", conflicts_with = "admin")]
        role: Role,
        /// The same as --role administrator.
        #[arg(long)]
        admin: bool,
        #[command(flatten)]
        password: PasswordArgs,
        #[command(flatten)]
        history: HistoryArgs,
    },
    /// List all accounts.
    List {
        #[command(flatten)]
        history: HistoryArgs,
    },
    /// Remove an account and log it out everywhere. Its cases stay.
    Remove {
        /// The account's name.
        name: String,
        #[command(flatten)]
        history: HistoryArgs,
    },
    /// Set another password and log the account out everywhere.
    Password {
        /// The account's name.
        name: String,
        #[command(flatten)]
        password: PasswordArgs,
        #[command(flatten)]
        history: HistoryArgs,
    },
    /// Give an account another role.
    Role {
        /// The account's name.
        name: String,
        /// The new role.
        role: Role,
        #[command(flatten)]
        history: HistoryArgs,
    },
}

#[derive(Debug, clap::Args)]
pub struct PasswordArgs {
    /// A file whose first line is the password; - for standard input.
    #[arg(long)]
    password_file: Option<PathBuf>,
}

/// Runs one of the commands.
pub fn user(command: UserCommand) -> Result<ExitCode> {
    let by = by();
    let said = match command {
        UserCommand::Add { name, role, admin, password, history } => {
            let role = if admin { Role::Administrator } else { role };
            let (store, name) = (history.open()?, account::name(&name).map_err(anyhow::Error::msg)?);
            let (password, is_made_up) = password.get(&name)?;
            store.add_account(&by, &name, role, &secret::hash(&password)?)?;
            text::added(&name, role.name()) + &made_up(is_made_up, &password)
        }
        UserCommand::List { history } => {
            let accounts = history.open()?.accounts()?;
            let row = |a: &crate::protocol::companion::Account| text::row(&a.name, &a.role, &a.created_at);
            if accounts.is_empty() {
                text::NONE.into()
            } else {
                accounts.iter().map(row).collect::<Vec<_>>().join("\n")
            }
        }
        UserCommand::Remove { name, history } => {
            history.open()?.remove_account(&by, &name)?;
            text::removed(&name)
        }
        UserCommand::Password { name, password, history } => {
            let store = history.open()?;
            let (password, is_made_up) = password.get(&name)?;
            store.set_password(&by, &name, &secret::hash(&password)?, None)?;
            text::changed(&name) + &made_up(is_made_up, &password)
        }
        UserCommand::Role { name, role, history } => {
            history.open()?.set_role(&by, &name, role)?;
            text::role(&name, role.name())
        }
    };
    writeln!(std::io::stdout(), "{said}").ok();
    Ok(ExitCode::SUCCESS)
}

fn made_up(is_made_up: bool, password: &str) -> String {
    if is_made_up { text::password(password) } else { String::new() }
}

impl PasswordArgs {
    /// The password, and whether it was made up.
    fn get(&self, name: &str) -> Result<(String, bool)> {
        let Some(file) = &self.password_file else { return Ok((secret::password()?, true)) };
        Ok((read_secret(file, name)?, false))
    }
}

/// The first line of a file, as a password that does not repeat `name`.
pub fn read_secret(file: &Path, name: &str) -> Result<String> {
    let mut text = String::new();
    let read = if file.as_os_str() == "-" {
        std::io::stdin().take(FILE_LIMIT).read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(FILE_LIMIT).read_to_string(&mut text))
    };
    read.with_context(|| text::unread(file))?;
    let password = text.lines().next().unwrap_or_default().to_string();
    match account::check_password(name, &password) {
        Ok(()) => Ok(password),
        Err(why) => bail!(text::unfit(file, &why)),
    }
}

/// Makes the first administrator from a file with a password, unless an account exists.
pub fn first_from_file(store: &Store, file: &Path) -> Result<()> {
    if store.has_accounts()? {
        return Ok(());
    }
    let password = read_secret(file, text::FIRST)?;
    Ok(store.add_account(&by(), text::FIRST, Role::Administrator, &secret::hash(&password)?)?)
}

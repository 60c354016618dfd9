//! `lantern key`: encryption of the history.

use super::history::{HistoryArgs, by};
use super::user::read_secret;
use crate::messages::command::key as text;
use crate::messages::fault::store as fault;
use crate::server::secret;
use crate::store::{Secret, Store, files};
use anyhow::{Context, Result, bail};
use clap::Subcommand;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Minimum length of a key file, in bytes: of 64 hexadecimal digits.
const KEY_FILE: usize = 64;

/// The key of an encrypted history.
#[derive(Debug, clap::Args)]
pub struct KeyArgs {
    /// The key file of an encrypted history.
    #[arg(long)]
    key_file: Option<PathBuf>,
    /// A file whose first line is the passphrase of an encrypted history; - for standard input.
    #[arg(long, conflicts_with = "key_file")]
    passphrase_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Write a new key file, which only its owner can read.
    New {
        /// The file.
        file: PathBuf,
    },
    /// Encrypt the history, or encrypt it anew under another key. The server must be stopped.
    Set {
        #[command(flatten)]
        old: KeyArgs,
        /// The new key file.
        #[arg(long)]
        new_key_file: Option<PathBuf>,
        /// A file whose first line is the new passphrase; - for standard input.
        #[arg(long, conflicts_with = "new_key_file", required_unless_present = "new_key_file")]
        new_passphrase_file: Option<PathBuf>,
        #[command(flatten)]
        history: HistoryArgs,
    },
}

impl KeyArgs {
    /// Opens the history if it is encrypted.
    pub fn unlock(&self, store: &mut Store) -> Result<()> {
        match read(self.key_file.as_deref(), self.passphrase_file.as_deref())? {
            Some(secret) => Ok(store.unlock(&secret)?),
            None if store.is_sealed() => bail!(fault::SEALED),
            None => Ok(()),
        }
    }
}

/// Runs one of the commands.
pub fn key(command: KeyCommand) -> Result<ExitCode> {
    let said = match command {
        KeyCommand::New { file } => {
            make(&file).with_context(|| text::unwritten(&file))?;
            text::made(&file)
        }
        KeyCommand::Set { old, new_key_file, new_passphrase_file, history } => {
            let (_lock, mut store) = history.open_alone()?;
            old.unlock(&mut store)?;
            let Some(new) = read(new_key_file.as_deref(), new_passphrase_file.as_deref())? else {
                bail!(fault::SEALED)
            };
            text::sealed(store.seal(&by(), &new)?)
        }
    };
    writeln!(std::io::stdout(), "{said}").ok();
    Ok(ExitCode::SUCCESS)
}

fn read(key_file: Option<&Path>, passphrase_file: Option<&Path>) -> Result<Option<Secret>> {
    for file in [key_file, passphrase_file].into_iter().flatten().filter(|file| is_open_to_others(file)) {
        eprintln!("{}", text::open_to_others(file));
    }
    if let Some(file) = key_file {
        let text = std::fs::read_to_string(file).with_context(|| text::unread(file))?;
        let bytes = text.trim().as_bytes();
        if bytes.len() < KEY_FILE {
            bail!(fault::key_file(&file.display().to_string(), KEY_FILE));
        }
        return Ok(Some(Secret::KeyFile(bytes.to_vec())));
    }
    let passphrase = passphrase_file.map(|file| read_secret(file, text::PASSPHRASE_OF)).transpose()?;
    Ok(passphrase.map(Secret::Passphrase))
}

/// Whether other users of this computer can read a file. A warning only: containers mount their secrets so.
fn is_open_to_others(file: &Path) -> bool {
    #[cfg(unix)]
    let mode = |found: std::fs::Metadata| std::os::unix::fs::PermissionsExt::mode(&found.permissions());
    #[cfg(not(unix))]
    let mode = |_: std::fs::Metadata| 0;
    std::fs::metadata(file).is_ok_and(|found| found.is_file() && mode(found) & 0o077 != 0)
}

fn make(file: &Path) -> Result<()> {
    Ok(files::write(files::create(file)?, &format!("{}\n", secret::token()?))?)
}

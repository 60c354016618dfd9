//! Ctrl+C during training: finishes the current step, keeps the last complete epoch, and prints how to
//! resume.

use crate::messages::command;
use anyhow::Result;
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::exit;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Exit status after Ctrl+C by convention of shells: 128 plus the signal's number.
const STATUS: i32 = 130;

/// Whether Ctrl+C was pressed.
pub struct Interrupt {
    pressed: Arc<AtomicBool>,
    /// Whether the file at `kept` belongs to this run.
    begun: AtomicBool,
    /// The saved state to resume from.
    kept: PathBuf,
}

impl Interrupt {
    /// Starts to listen for Ctrl+C; a second one ends the program at once. `kept`: the saved state to resume
    /// from.
    pub fn listen(kept: PathBuf) -> Result<Self> {
        let pressed = Arc::new(AtomicBool::new(false));
        let flag = pressed.clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::spawn(move || {
            runtime.block_on(async {
                if tokio::signal::ctrl_c().await.is_err() {
                    return;
                }
                flag.store(true, Ordering::Relaxed);
                say(command::train::STOPPING);
                if tokio::signal::ctrl_c().await.is_ok() {
                    exit(STATUS);
                }
            });
        });
        Ok(Self { pressed, begun: AtomicBool::new(false), kept })
    }

    /// To be called when training starts: the state of an earlier run has been loaded or removed.
    pub fn begin(&self) {
        self.begun.store(true, Ordering::Relaxed);
    }

    /// Ends the program if Ctrl+C was pressed. Call it only when nothing is half written: between two steps,
    /// or between two files.
    pub fn end_if_asked(&self) {
        if !self.pressed.load(Ordering::Relaxed) {
            return;
        }
        if self.begun.load(Ordering::Relaxed) && self.kept.exists() {
            let command = command(std::env::args_os(), true);
            say(&command::train::stopped(&command));
        } else {
            let command = command(std::env::args_os(), false);
            say(&command::train::stopped_early(&command));
        }
        exit(STATUS);
    }
}

/// Prints on a new line, also if a progress bar is shown.
fn say(words: &str) {
    let line = if std::io::stderr().is_terminal() { "\n" } else { "" };
    eprintln!("{line}{words}");
}

/// The command that was given, quoted for a shell; with `--resume` if `resumes`.
fn command(given: impl Iterator<Item = OsString>, resumes: bool) -> String {
    let mut words: Vec<OsString> = given.collect();
    if resumes {
        words.retain(|word| word != "--force");
        if !words.iter().any(|word| word == "--resume") {
            words.push("--resume".into());
        }
    }
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// A word, quoted for a shell.
fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(words: &[&str], resumes: bool) -> String {
        command(words.iter().map(OsString::from), resumes)
    }

    #[test]
    fn the_command_goes_on_and_can_be_pasted() {
        let given = ["./lantern", "train", "my recipe.toml", "--force", "--data", "it's.zip"];
        assert_eq!(told(&given, true), r"./lantern train 'my recipe.toml' --data 'it'\''s.zip' --resume");
        assert_eq!(told(&given, false), r"./lantern train 'my recipe.toml' --force --data 'it'\''s.zip'");
        assert_eq!(told(&["lantern", "train", "--resume", "r"], true), "lantern train --resume r");
    }
}

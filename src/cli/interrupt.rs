//! Ctrl+C while a model learns: the step under way is finished, the last whole epoch is kept, and the way on is printed.

use anyhow::Result;
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::exit;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a shell says of a program that Ctrl+C has ended: 128 and the signal's number.
const STATUS: i32 = 130;

/// Whether somebody has pressed Ctrl+C.
pub struct Interrupt {
    pressed: Arc<AtomicBool>,
    /// The file that the work goes on from, once there is something to keep.
    kept: PathBuf,
}

impl Interrupt {
    /// Listens from now on; a second Ctrl+C ends the program at once. `kept`: the file that the work goes on from.
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
                say("Stopping after this step. Ctrl+C again ends at once.");
                if tokio::signal::ctrl_c().await.is_ok() {
                    exit(STATUS);
                }
            });
        });
        Ok(Self { pressed, kept })
    }

    /// Ends the program here if somebody has asked for it. To be called where nothing is half written: between two steps, and
    /// between two files.
    pub fn end_if_asked(&self) {
        if !self.pressed.load(Ordering::Relaxed) {
            return;
        }
        if self.kept.exists() {
            let command = command(std::env::args_os(), true);
            say(&format!("Stopped. Everything up to the last whole epoch is kept. Go on with: {command}"));
        } else {
            let command = command(std::env::args_os(), false);
            say(&format!(
                "Stopped before an epoch was whole, so nothing is kept. Begin again with: {command}"
            ));
        }
        exit(STATUS);
    }
}

/// On a line of its own, also where a bar stands.
fn say(words: &str) {
    let line = if std::io::stderr().is_terminal() { "\n" } else { "" };
    eprintln!("{line}{words}");
}

/// The command that was given, for a shell; as one that goes on where it is to.
fn command(given: impl Iterator<Item = OsString>, goes_on: bool) -> String {
    let mut words: Vec<OsString> = given.collect();
    if goes_on {
        words.retain(|word| word != "--force");
        if !words.iter().any(|word| word == "--resume") {
            words.push("--resume".into());
        }
    }
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// A word as a shell reads it back.
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

    fn told(words: &[&str], goes_on: bool) -> String {
        command(words.iter().map(OsString::from), goes_on)
    }

    #[test]
    fn the_command_goes_on_and_can_be_pasted() {
        let given = ["./lantern", "train", "my recipe.toml", "--force", "--data", "it's.zip"];
        assert_eq!(told(&given, true), r"./lantern train 'my recipe.toml' --data 'it'\''s.zip' --resume");
        assert_eq!(told(&given, false), r"./lantern train 'my recipe.toml' --force --data 'it'\''s.zip'");
        assert_eq!(told(&["lantern", "train", "--resume", "r"], true), "lantern train --resume r");
    }
}

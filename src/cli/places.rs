//! Default locations of the program's folders, so that it works from any current folder.

use crate::messages::command;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// A folder that the program needs, with its usual locations.
pub struct DefaultFolder {
    /// Its contents, in words.
    what: &'static str,
    /// Its names beside the executable, most likely first.
    beside: &'static [&'static str],
    /// Its name in the current folder.
    here: &'static str,
    /// The command line option that sets it.
    option: &'static str,
    /// How to get one.
    advice: &'static str,
    holds: fn(&Path) -> bool,
}

/// The folder of models.
pub const MODELS: DefaultFolder = DefaultFolder {
    what: command::places::MODELS,
    beside: &["models"],
    here: "models",
    option: "--models",
    advice: command::places::MODELS_ADVICE,
    holds: |folder| super::folder::list(folder).is_ok(),
};

/// The built page.
pub const SITE: DefaultFolder = DefaultFolder {
    what: command::places::SITE,
    beside: &["dist", "site"],
    here: "dist",
    option: "--site",
    advice: command::places::SITE_ADVICE,
    holds: |folder| folder.join("index.html").is_file(),
};

impl DefaultFolder {
    /// The given folder, or else the first usual location that exists: beside the executable, then in the
    /// current folder.
    ///
    /// # Errors
    /// Fails if none exists, with all locations tried and what to do.
    pub fn find(&self, asked: Option<PathBuf>) -> Result<PathBuf> {
        if let Some(asked) = asked {
            return Ok(asked);
        }
        let places = self.places()?;
        if let Some(found) = places.iter().find(|place| (self.holds)(place)) {
            return Ok(found.clone());
        }
        let looked: Vec<String> = places.iter().map(|place| place.display().to_string()).collect();
        let Self { what, option, advice, .. } = self;
        bail!(command::places::not_found(what, &looked, option, advice))
    }

    fn places(&self) -> Result<Vec<PathBuf>> {
        let program = std::env::current_exe().and_then(|program| program.canonicalize());
        let program = program.context(command::places::NO_PROGRAM)?;
        // Symbolic links are resolved, because a link in a folder of commands has no models beside it.
        let own = super::folder::beside(&program);
        let here = std::env::current_dir().context(command::places::NO_CURRENT_FOLDER)?;
        let mut places: Vec<PathBuf> = self.beside.iter().map(|name| own.join(name)).collect();
        let last = here.join(self.here);
        if !places.contains(&last) {
            places.push(last);
        }
        Ok(places)
    }
}

/// The folder of models for one model: if `model` is a bundle's folder, the folder that contains it.
pub fn models_for(model: &str, asked: Option<PathBuf>) -> Result<PathBuf> {
    let given = Path::new(model);
    if given.join("card.json").exists() {
        return Ok(super::folder::beside(given).to_path_buf());
    }
    MODELS.find(asked)
}

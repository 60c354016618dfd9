//! `lantern examine`: the same engine as in the browser.

use super::folder;
use crate::examination::{Admission, Concern, Examination, Finding, ModelStamp, Verdict};
use crate::dicom;
use crate::engine::{Engine, Guard};
use crate::prediction::Gate;
use anyhow::{Context, Result};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

/// One line of the answer.
#[derive(Debug, Default, Serialize)]
struct Line {
    file: String,
    accepted: bool,
    /// Empty where no model knows the image.
    model: String,
    /// The evidence: which bundle answered or refused, and the file's fingerprint; absent where it could not be read.
    stamp: Option<ModelStamp>,
    image_sha256: String,
    reason: String,
    admission: Option<Admission>,
    concerns: Vec<Concern>,
    findings: Vec<Finding>,
    set: Vec<String>,
    verdict: Option<Verdict>,
    outlined: Option<f32>,
    ms: f64,
}

/// The bundles of a folder, each opened when the first image needs it.
struct Models<'a> {
    folder: &'a Path,
    gate: Arc<Gate>,
    engines: BTreeMap<String, Engine>,
    /// The one that was asked last: images of one kind come together.
    last: Option<String>,
}

/// Examines each file, and each file in a folder; one that cannot be read stops nothing. Exit status 1 where none could be examined.
pub fn examine(
    images: &[PathBuf],
    model: &str,
    overrule: bool,
    json: bool,
    models: &Path,
) -> Result<ExitCode> {
    let guard = if overrule { Guard::Overrule } else { Guard::Keep };
    let own = folder::find(models, model);
    // A bundle that lies elsewhere brings the gate of the folder that it lies in.
    let folder = if model == "auto" { models } else { folder::beside(&own) };
    let gate = Arc::new(folder::gate(folder)?);
    let mut models = Models { folder, gate, engines: BTreeMap::new(), last: None };
    let chosen =
        (model != "auto").then(|| own.file_name().map(|n| n.to_string_lossy().into_owned())).flatten();
    if let Some(chosen) = &chosen {
        models.engine(chosen)?;
    }
    if !json {
        println!("Not a diagnosis.");
    }
    let mut accepted = 0;
    for path in files(images)? {
        let line = models.examine(&path, chosen.as_deref(), guard);
        accepted += usize::from(line.accepted);
        if json {
            println!("{}", serde_json::to_string(&line)?);
        } else {
            print(&line);
        }
    }
    Ok(if accepted > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The files, and those of folders, by name.
pub fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let context = || format!("{} cannot be read", path.display());
        let entries = std::fs::read_dir(path).with_context(context)?;
        let mut inside: Vec<PathBuf> =
            entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>().with_context(context)?;
        inside.sort();
        files.extend(self::files(&inside)?);
    }
    Ok(files)
}

impl Models<'_> {
    fn engine(&mut self, model: &str) -> Result<&Engine> {
        if !self.engines.contains_key(model) {
            let engine = Engine::guarded(folder::open(&self.folder.join(model))?, self.gate.clone())?
                .reading(dicom::read_any);
            self.engines.insert(model.into(), engine);
        }
        self.engines.get(model).context("it was opened just now")
    }

    fn examine(&mut self, path: &Path, chosen: Option<&str>, guard: Guard) -> Line {
        let began = Instant::now();
        let examined = std::fs::read(path)
            .context("the file cannot be opened")
            .and_then(|bytes| self.answer(&bytes, chosen, guard));
        let mut line = examined.unwrap_or_else(|error| Line {
            model: chosen.unwrap_or_default().into(),
            reason: format!("Refused: {error:#}."),
            ..Line::default()
        });
        line.file = path.display().to_string();
        line.ms = began.elapsed().as_secs_f64() * 1e3;
        line
    }

    fn answer(&mut self, bytes: &[u8], chosen: Option<&str>, guard: Guard) -> Result<Line> {
        // Left to the image, whichever model is at hand is asked first: the gate is the same, and tells whose image it is.
        let first = chosen.map(str::to_string).or_else(|| self.last.clone());
        let any = || self.gate.kinds().first().map(|kind| kind.model.clone());
        let mut model = first.or_else(any).context("there is no model")?;
        let first_guard = if chosen.is_some() { guard } else { Guard::Keep };
        let mut examined = self.engine(&model)?.examine(bytes, first_guard, |_| ())?;
        let is_refused = chosen.is_none() && examined.examination.answer.is_none();
        let nearest = examined.examination.admission.as_ref().map(|admission| admission.nearest.clone());
        if let Some(nearest) =
            nearest.filter(|kind| is_refused && (kind.is_near() || guard == Guard::Overrule))
        {
            model = nearest.model;
            examined = self.engine(&model)?.examine(bytes, guard, |_| ())?;
        }
        self.last = Some(model.clone());
        let Examination { reason, admission, concerns, answer, image_sha256, model: stamp, .. } =
            examined.examination;
        let mut line = Line { accepted: answer.is_some(), reason, admission, concerns, ..Line::default() };
        (line.stamp, line.image_sha256) = (Some(stamp), image_sha256);
        // Refused by the nearest is refused by all.
        line.model = if line.accepted || chosen.is_some() { model } else { String::new() };
        if let Some(answer) = answer {
            (line.verdict, line.outlined) = (Some(answer.verdict), answer.outlined);
            (line.findings, line.set) = (answer.findings, answer.set);
        }
        Ok(line)
    }
}

fn print(line: &Line) {
    println!("{}", line.file);
    println!("  {}", line.reason);
    for concern in &line.concerns {
        println!("  note: {}", concern.sentence());
    }
    for finding in &line.findings {
        println!("  {}: {}", finding.label, finding.probability);
    }
    if line.set.len() > 1 {
        println!("  cannot be told apart at 90 %: {}", line.set.join(", "));
    }
    if let Some(share) = line.outlined {
        println!("  outlined: {:.1} % of the image", share * 100.0);
    }
    match line.verdict {
        Some(Verdict::Suspected) => println!("  suspected"),
        Some(Verdict::NotSuspected) => println!("  not suspected, which is not the same as absent"),
        Some(Verdict::Unsure) => println!("  not sure: take this as no answer"),
        None => {}
    }
}

//! `lantern examine`: the same engine as in the browser.

use super::folder;
use crate::case::{Concern, Finding, Verdict};
use crate::engine::Engine;
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

/// One line of the answer.
#[derive(Debug, Serialize)]
struct Line {
    file: String,
    accepted: bool,
    model: String,
    reason: String,
    concerns: Vec<Concern>,
    findings: Vec<Finding>,
    verdict: Option<Verdict>,
    outlined: Option<f32>,
    ms: f64,
}

/// Examines each file; one that cannot be read stops nothing. Exit status 1 where none could be examined.
pub fn examine(images: &[PathBuf], model: &str, json: bool, models: &Path) -> Result<ExitCode> {
    let (dir, why) = choose(model, models)?;
    let engine = Engine::new(folder::open(&dir)?);
    let mut accepted = 0;
    if !json {
        println!("Not a diagnosis. {}", engine.card().intended_use);
    }
    for path in images {
        let line = examine_one(&engine, path, &why);
        accepted += usize::from(line.accepted);
        if json {
            println!("{}", serde_json::to_string(&line)?);
        } else {
            print(&line);
        }
    }
    Ok(if accepted > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The bundle to use, and why.
fn choose(model: &str, models: &Path) -> Result<(PathBuf, String)> {
    if model != "auto" {
        return Ok((folder::find(models, model), "Chosen by name.".into()));
    }
    match folder::list(models)?.as_slice() {
        [only] => Ok((only.clone(), "The only model installed.".into())),
        several => {
            let names: Vec<_> =
                several.iter().filter_map(|dir| dir.file_name()).map(|n| n.to_string_lossy()).collect();
            bail!("there are {} models; choose one with --model: {}", names.len(), names.join(", "))
        }
    }
}

fn examine_one(engine: &Engine, path: &Path, why: &str) -> Line {
    let began = Instant::now();
    let file = path.display().to_string();
    let model = engine.card().id.clone();
    let examined = std::fs::read(path)
        .context("the file cannot be opened")
        .and_then(|bytes| Ok(engine.examine(&bytes, |_| ())?.examination));
    let ms = began.elapsed().as_secs_f64() * 1e3;
    match examined {
        Ok(examination) => {
            let accepted = examination.answer.is_some();
            let reason = if accepted { why.to_string() } else { examination.reason };
            let verdict = examination.answer.as_ref().map(|answer| answer.verdict);
            let outlined = examination.answer.as_ref().and_then(|answer| answer.outlined);
            let findings = examination.answer.map(|answer| answer.findings).unwrap_or_default();
            let concerns = examination.concerns;
            Line { file, accepted, model, reason, concerns, findings, verdict, outlined, ms }
        }
        Err(error) => {
            let reason = format!("Refused: {error:#}.");
            Line {
                file,
                accepted: false,
                model,
                reason,
                concerns: vec![],
                findings: vec![],
                verdict: None,
                outlined: None,
                ms,
            }
        }
    }
}

fn print(line: &Line) {
    println!("{}", line.file);
    if !line.accepted {
        println!("  {}", line.reason);
    }
    for concern in &line.concerns {
        println!("  note: {}", concern.sentence());
    }
    for finding in &line.findings {
        println!("  {}: {}", finding.label, finding.probability);
    }
    if let Some(share) = line.outlined {
        println!("  outlined: {:.1} % of the image", share * 100.0);
    }
    match line.verdict {
        Some(Verdict::Suspected) => println!("  suspected"),
        Some(Verdict::NotSuspected) => println!("  not suspected, which is not the same as absent"),
        Some(Verdict::Unsure) => println!("  not sure"),
        None => {}
    }
}

//! `lantern examine`, with the same engine as in the browser.

use super::folder;
use super::frames::{self, FrameLine};
use crate::engine::{Engine, Frames, OnReject};
use crate::examination::{Answer, Concern, Doubt, Finding, GateDecision, ModelStamp, Reason, Verdict};
use crate::gate::Gate;
use crate::messages::{self, capital, command, reason};
use crate::scope::Stated;
use crate::units::Probability;
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

/// The output for one image.
#[derive(Debug, Default, Serialize)]
struct ImageResult {
    file: String,
    accepted: bool,
    /// The model; empty if no model knows the image.
    model: String,
    /// The bundle that answered or refused, for traceability; absent if the file could not be read.
    stamp: Option<ModelStamp>,
    image_sha256: String,
    /// Why the image was examined or refused, in words.
    reason: String,
    /// The same as data.
    reason_kind: Option<Reason>,
    /// Why the file could not be read; absent if it could.
    error: Option<String>,
    /// The modality in the header; absent if there is none.
    modality: Option<String>,
    /// The patient's age and its source.
    age: Option<Stated>,
    admission: Option<GateDecision>,
    concerns: Vec<Concern>,
    findings: Vec<Finding>,
    set: Vec<String>,
    /// For a model with many labels: each label's own answer, suspected ones first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<LabelResult>,
    /// The answer in one line.
    heading: String,
    verdict: Option<Verdict>,
    /// Why the verdict is unsure.
    doubt: Option<Doubt>,
    lesion_fraction: Option<f32>,
    /// For a file with several frames: the frame with the highest probability (of many labels, with the gravest verdict first), from 1,
    /// which all other fields describe.
    frame: Option<u32>,
    /// The results of each frame, if there are several.
    frames: Vec<FrameLine>,
    /// The model's test data.
    tried_on: String,
    ms: f64,
}

/// One label of a model with many.
#[derive(Debug, Serialize)]
struct LabelResult {
    label: String,
    probability: Probability,
    verdict: Verdict,
    doubt: Option<Doubt>,
    #[serde(skip)]
    line: String,
}

impl LabelResult {
    fn new(answer: &Answer) -> Self {
        let Answer { probability, verdict, doubt, .. } = *answer;
        Self { label: answer.label().into(), probability, verdict, doubt, line: messages::label_line(answer) }
    }
}

/// Options that apply to all images.
#[derive(Clone, Copy)]
struct ExamineOptions {
    on_reject: OnReject,
    age: Option<Stated>,
}

/// The bundles of a folder. Each is loaded when an image first needs it.
struct Models<'a> {
    folder: &'a Path,
    gate: Arc<Gate>,
    engines: BTreeMap<String, Engine>,
    /// The model used last. It is tried first, because images of one kind usually come together.
    last: Option<String>,
}

/// The exit status if all files could be read and some were refused.
const REFUSED: u8 = 3;

/// Examines each file, and each file in a folder. A file that cannot be read does not stop the others. The
/// exit status is 0 if all were examined, 3 if some were refused, and 1 if a file could not be read or a
/// bundle was refused.
pub fn examine(
    images: &[PathBuf],
    model: &str,
    (on_reject, age): (OnReject, Option<f32>),
    json: bool,
    models: &Path,
) -> Result<ExitCode> {
    let asked = ExamineOptions { on_reject, age: age.map(Stated::User) };
    let own = folder::find(models, model);
    // A bundle outside the folder of models uses the gate of the folder that contains it.
    let folder = if model == "auto" { models } else { folder::beside(&own) };
    let gate = Arc::new(folder::gate(folder)?);
    let mut models = Models { folder, gate, engines: BTreeMap::new(), last: None };
    let chosen =
        (model != "auto").then(|| own.file_name().map(|n| n.to_string_lossy().into_owned())).flatten();
    if let Some(chosen) = &chosen {
        models.engine(chosen)?;
    }
    if !json {
        println!("{}", command::examine::NOT_A_DIAGNOSIS);
    }
    let files = files(images)?;
    if files.is_empty() {
        bail!(command::examine::NO_FILE);
    }
    let (mut failed, mut refused) = (false, false);
    for path in files {
        let line = models.examine(&path, chosen.as_deref(), asked);
        failed |= line.error.is_some();
        refused |= !line.accepted;
        if json {
            println!("{}", serde_json::to_string(&line)?);
        } else {
            print(&line);
        }
    }
    Ok(match (failed, refused) {
        (true, _) => ExitCode::FAILURE,
        (false, true) => ExitCode::from(REFUSED),
        (false, false) => ExitCode::SUCCESS,
    })
}

/// The given files and those in given folders, sorted by name.
pub fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let context = || command::file::cannot_be_read(path);
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
            let engine = Engine::with_gate(folder::open(&self.folder.join(model))?, self.gate.clone())?;
            self.engines.insert(model.into(), engine);
        }
        self.engines.get(model).context(command::examine::JUST_OPENED)
    }

    fn examine(&mut self, path: &Path, chosen: Option<&str>, asked: ExamineOptions) -> ImageResult {
        let began = Instant::now();
        let examined = std::fs::read(path)
            .context(command::examine::CANNOT_BE_OPENED)
            .and_then(|bytes| self.answer(&bytes, chosen, asked));
        let mut line = examined.unwrap_or_else(|error| {
            let error = format!("{}.", capital(&format!("{error:#}")));
            ImageResult {
                model: chosen.unwrap_or_default().into(),
                error: Some(error),
                ..ImageResult::default()
            }
        });
        line.file = path.display().to_string();
        line.ms = began.elapsed().as_secs_f64() * 1e3;
        line
    }

    fn answer(&mut self, bytes: &[u8], chosen: Option<&str>, asked: ExamineOptions) -> Result<ImageResult> {
        let ExamineOptions { on_reject, age } = asked;
        let frames = Frames::open(bytes)?;
        let source = || Ok::<_, anyhow::Error>(frames.source(frames.middle())?.with_age(age));
        // If no model is chosen, any loaded one can start, because all share the gate, which finds the right
        // one.
        let first = chosen.map(str::to_string).or_else(|| self.last.clone());
        let any = || self.gate.kinds().first().map(|kind| kind.model.clone());
        let mut model = first.or_else(any).context(command::examine::NO_MODEL)?;
        let first_on_reject = if chosen.is_some() { on_reject } else { OnReject::Refuse };
        let mut examined = self.engine(&model)?.examine(source()?, first_on_reject, |_| ())?;
        let is_refused = chosen.is_none() && examined.examination.answer.is_none();
        let elsewhere = examined.examination.known_elsewhere().map(|kind| kind.model.clone());
        // If the gate is overruled and no model is chosen, the nearest kind's model answers.
        let nearest =
            examined.examination.admission.as_ref().map(|admission| admission.nearest.model.clone());
        let nearest = elsewhere.or(nearest.filter(|_| on_reject == OnReject::Overrule));
        if let Some(nearest) = nearest.filter(|_| is_refused) {
            model = nearest;
            examined = self.engine(&model)?.examine(source()?, on_reject, |_| ())?;
        }
        self.last = Some(model.clone());
        let engine = self.engine(&model)?;
        let tried_on = engine.card().about.tried_on.clone();
        let first = (frames.middle(), examined.examination);
        let (of_frames, frame, examination) = frames::examine(engine, &frames, (on_reject, age), first)?;
        let has_several = frames.count() > 1;
        let is_accepted = examination.answer.is_some();
        let mut line = ImageResult {
            accepted: is_accepted,
            reason: reason(&examination),
            reason_kind: Some(examination.reason),
            modality: examination.header.map(|header| header.modality),
            age: examination.age,
            admission: examination.admission,
            concerns: examination.concerns,
            stamp: Some(examination.model),
            image_sha256: examination.image_sha256,
            // An image that the nearest model refuses is refused by all.
            model: if is_accepted || chosen.is_some() { model } else { String::new() },
            frame: has_several.then_some(frame + 1),
            frames: if has_several { of_frames } else { Vec::new() },
            ..ImageResult::default()
        };
        if let Some(answer) = examination.answer {
            line.heading = messages::line(&answer);
            (line.verdict, line.lesion_fraction) = (Some(answer.overall()), answer.lesion_fraction);
            if answer.is_of_many() {
                line.labels = answer.labels().map(LabelResult::new).collect();
                line.findings = answer.labels().flat_map(|label| label.findings.clone()).collect();
            } else {
                (line.findings, line.set, line.doubt) = (answer.findings, answer.set, answer.doubt);
            }
            line.tried_on = tried_on;
        }
        Ok(line)
    }
}

fn print(line: &ImageResult) {
    println!("{}", line.file);
    if let Some(error) = &line.error {
        println!("{}", command::examine::could_not_be_read(error));
        return;
    }
    if let Some(frame) = line.frame {
        let (of, answered) = (line.frames.len(), line.frames.iter().filter(|one| one.accepted).count());
        println!("{}", command::examine::frame(frame, answered, of));
    }
    if line.accepted {
        println!("  {}", line.heading);
    }
    println!("{}", command::examine::reason(line.accepted, &line.reason));
    for concern in &line.concerns {
        println!("{}", command::examine::note(&messages::concern(concern)));
    }
    if let Some(doubt) = line.doubt {
        println!("  {}", messages::doubt(doubt));
    }
    for label in &line.labels {
        println!("  {}", label.line);
    }
    for finding in line.findings.iter().filter(|_| line.labels.is_empty()) {
        println!("  {}: {}", finding.label, finding.probability);
    }
    if line.set.len() > 1 {
        println!("{}", command::examine::set(&line.set));
    }
    if let Some(share) = line.lesion_fraction {
        println!("{}", command::examine::outlined(share * 100.0));
    }
    if line.accepted {
        println!("  {}", messages::tried_on(&line.tried_on));
    }
}

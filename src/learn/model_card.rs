//! A card for people: what a careful reader asks of a model before believing it (after Mitchell et al. 2019).

use super::figures;
use super::recipe::Recipe;
use crate::examination::{OperatingPoint, Purpose, ReliabilityBin};
use crate::messages::card as say;
use crate::model::{
    Architecture, Calibration, Card, Class, LabelCalibration, Measured, Provenance, Views, WEIGHTS,
};
use crate::preprocess::resize::ResizeMode;
use crate::scope::Scope;
use crate::text::capital;
use crate::units::Estimate;

/// The card as Markdown.
pub fn model_card(card: &Card) -> String {
    let mut text = say::title(&card.about.title, &card.about.version);
    let mut section =
        |title: &str, body: String| text.push_str(&format!("## {title}\n\n{}\n\n", body.trim_end()));
    section(say::INTENDED_USE, card.about.intended_use.clone());
    section(say::TRIED_ON, format!("{}.", capital(&card.about.tried_on)));
    section(say::LIMITS, card.about.limits.iter().map(|limit| format!("- {limit}\n")).collect());
    section(say::ANSWERS, answers(card));
    section(say::FIGURES, figures(card));
    if card.metrics.iter().any(|measured| !measured.part.is_empty()) {
        section(say::PARTS, parts(card));
    }
    section(say::OPERATING_POINT, operating_point(card));
    section(say::RELIABILITY, reliability(card));
    section(say::GATE, gate(card));
    section(say::COMPUTES, computes(card));
    section(say::DATA, data(card));
    section(say::MADE_BY, made_by(card));
    text.trim_end().to_string() + "\n"
}

fn answers(card: &Card) -> String {
    let labels: Vec<&str> = card.classes.iter().map(|class| class.label.as_str()).collect();
    let calibrated = match &card.calibration {
        Calibration::One(Some(calibrated)) => calibrated,
        Calibration::One(None) => return say::one_of(&labels.join(", ")),
        Calibration::Many(_) => return say::each_of(&labels.join(", ")),
    };
    let point = &calibrated.operating_point;
    let own = calibrated.finding.iter().filter_map(|class| labels.get(*class).copied());
    let own = own.collect::<Vec<_>>().join(", ");
    let finding = if own == point.label { own } else { say::taken_together(&point.label, &own) };
    say::answers(&labels.join(", "), &finding)
}

fn figures(card: &Card) -> String {
    let mut table = say::FIGURES_HEAD.to_string();
    for Measured { split, n, figures: measured, .. } in card.metrics.iter().filter(|m| m.part.is_empty()) {
        let mut measured: Vec<_> = measured.iter().collect();
        measured.sort_by_key(|(key, _)| figures::place(key));
        for (key, estimate) in measured {
            let figure = figures::words(key, &card.classes);
            table.push_str(&format!("| {split} | {n} | {figure} | {estimate} |\n"));
        }
    }
    table
}

/// The figures that tell most about a part, a column each.
const COLUMNS: [&str; 4] =
    [figures::ACCURACY, figures::BALANCED_ACCURACY, figures::FINDING_AUC, figures::DICE];

fn parts(card: &Card) -> String {
    let has = |key: &&str| card.metrics.iter().any(|m| m.figures.contains_key(*key));
    let columns: Vec<&str> = COLUMNS.into_iter().filter(has).collect();
    let words: Vec<String> = columns.iter().map(|key| figures::words(key, &card.classes)).collect();
    let mut table = say::parts_head(&words);
    // Only the last split that was measured has parts.
    let split = card.metrics.last().map(|measured| &measured.split);
    for Measured { part, n, figures, .. } in card.metrics.iter().filter(|m| Some(&m.split) == split) {
        let cell = |key: &&str| figures.get(*key).map_or("-".into(), Estimate::to_string);
        let part = if part.is_empty() { say::AS_IT_IS } else { part };
        let cells: Vec<String> = columns.iter().map(cell).collect();
        table.push_str(&format!("| {part} | {n} | {} |\n", cells.join(" | ")));
    }
    table
}

/// Of the finding, or of each label.
fn operating_point(card: &Card) -> String {
    let points: Vec<String> = match &card.calibration {
        Calibration::One(None) => vec![say::UNCHECKED.into()],
        Calibration::One(Some(one)) => vec![of_point(card, &one.operating_point, card.missed())],
        Calibration::Many(labels) => {
            let words = |(class, label): (&Class, &Option<LabelCalibration>)| match label {
                Some(label) => {
                    let missed = tested(card, &figures::label_missed(&class.name));
                    of_point(card, &label.operating_point, missed.copied())
                }
                None => say::unchecked_label(&class.label),
            };
            card.classes.iter().zip(labels).map(words).collect()
        }
    };
    points.join("\n\n")
}

/// A figure of the test images.
fn tested<'a>(card: &'a Card, key: &str) -> Option<&'a Estimate> {
    card.metrics.iter().find(|m| m.split == "test" && m.part.is_empty())?.figures.get(key)
}

/// `missed`: of the test images with the finding, the share headed "not suspected".
fn of_point(card: &Card, point: &OperatingPoint, missed: Option<Estimate>) -> String {
    let reason = &card.about.purpose_reason;
    if point.purpose == Purpose::Naming {
        return say::names_only(reason);
    }
    let purpose = match point.purpose {
        Purpose::Screening => say::SCREENING,
        Purpose::RulingIn => say::RULING_IN,
        Purpose::Balanced | Purpose::Naming => say::BALANCED,
    };
    let missed = missed
        .map_or(String::new(), |missed| say::missed(point.unsure_from, missed, card.about.max_missed_share));
    say::chosen(purpose, reason, &say::threshold(point), &missed)
}

fn reliability(card: &Card) -> String {
    match &card.calibration {
        Calibration::One(None) => say::UNCHECKED.into(),
        Calibration::One(Some(one)) => {
            let figure = figures::words(figures::SET_COVERAGE, &card.classes);
            let sets = say::sets(one.set_threshold, one.set_coverage, &figure);
            reliability_of(&one.operating_point, &one.reliability) + &sets
        }
        Calibration::Many(labels) => {
            let checked = labels.iter().flatten();
            let tables: Vec<String> =
                checked.map(|label| reliability_of(&label.operating_point, &label.reliability)).collect();
            if tables.is_empty() { say::UNCHECKED.into() } else { tables.join("\n") }
        }
    }
}

fn reliability_of(point: &OperatingPoint, reliability: &[ReliabilityBin]) -> String {
    let mut text = say::reliability_head(&point.label, &point.measured_on);
    for bin in reliability {
        text.push_str(&format!("| {:.2} | {} | {:.2} |\n", bin.mean_probability, bin.images, bin.share));
    }
    text
}

fn gate(card: &Card) -> String {
    if card.gate.is_none() {
        return say::no_gate(&card.about.kind);
    }
    let mut text = say::gate(&card.about.kind, &header(&card.about.scope));
    if let Some(share) = tested(card, figures::REFUSED) {
        text.push_str(&say::refuses(share));
    }
    text
}

/// What a file's header may say.
fn header(scope: &Scope) -> String {
    let mut said = Vec::new();
    for (name, values) in
        [(say::MODALITY, &scope.modalities), (say::BODY_PART, &scope.body_parts), (say::VIEW, &scope.views)]
    {
        if !values.is_empty() {
            said.push(format!("{name} {}", values.join(", ")));
        }
    }
    said.extend(scope.ages.as_ref().map(|ages| say::asked(&ages.words)));
    if said.is_empty() { String::new() } else { say::header(&said.join("; ")) }
}

fn computes(card: &Card) -> String {
    let spec = &card.input.spec;
    let family = match &card.architecture {
        Architecture::Residual { widths, .. } => say::residual(widths),
        Architecture::Chain { widths, .. } => say::chain(widths),
        Architecture::EfficientNetLite0 { stages, outline, .. } => {
            let drawn = if outline.is_some() { say::DRAWS } else { "" };
            say::efficient_net(*stages, drawn)
        }
        Architecture::Layers { nodes, .. } => say::layers(nodes.len()),
    };
    let colours = if spec.channels == 1 { say::GREY } else { say::RGB };
    let fit = match spec.resize {
        ResizeMode::Squash => say::SQUASHED_TO,
        ResizeMode::Letterbox => say::LETTERBOXED,
        ResizeMode::Field => say::FIELD,
    };
    let views = match card.input.views {
        Views::Plain => "",
        Views::Mirrored => say::MIRRORED,
        Views::Turned => say::TURNED,
    };
    let bytes = card.files.get(WEIGHTS).map_or(0, |file| file.bytes);
    let input = (fit, spec.side, colours);
    let computed = say::computes(input, &family, bytes as f32 / 1e6, views);
    let probabilities = match &card.calibration {
        Calibration::One(Some(one)) => say::tempered(one.temperature),
        Calibration::One(None) => say::SOFTMAX.into(),
        Calibration::Many(_) => say::SIGMOID.into(),
    };
    format!("{computed} {probabilities}")
}

fn data(card: &Card) -> String {
    let mut text = card.about.licence.clone();
    if adopted(card).is_some() {
        return text;
    }
    let Ok(recipe) = serde_json::from_value::<Recipe>(card.provenance.recipe.clone()) else { return text };
    let held = &recipe.validation;
    let groups = match held.group.as_slice() {
        [] => say::BY_IMAGE.to_string(),
        columns => say::by_group(columns),
    };
    let validation = if let Some(how) = &held.acquisition {
        say::cluster_held(how.clusters, &groups)
    } else if !held.sets.is_empty() {
        say::SETS_HELD.to_string()
    } else if held.fraction == 0.0 {
        say::OWN_VALIDATION.to_string()
    } else {
        say::share_held(held.fraction * 100.0, &groups)
    };
    let test = if card.metrics.iter().any(|measured| measured.split == "test") {
        say::TEST_MEASURED
    } else {
        say::NO_TEST
    };
    text.push_str(&format!("\n\n{validation} {test}"));
    text
}

/// The name and the SHA-256 of the file that an imported network was read from.
fn adopted(card: &Card) -> Option<(&str, &str)> {
    let imported = card.provenance.recipe.get(super::adopt::IMPORTED)?;
    Some((imported.get("file")?.as_str()?, imported.get("sha256")?.as_str()?))
}

fn made_by(card: &Card) -> String {
    let provenance = &card.provenance;
    if let Some((file, sha256)) = adopted(card) {
        return say::imported(file, &provenance.lantern, sha256, &provenance.data_sha256);
    }
    let start = provenance.recipe.pointer("/network/start/file").and_then(|file| file.as_str());
    let start = start.map_or(say::SEEDED.into(), say::start);
    let Provenance { lantern, epoch, data_sha256, .. } = provenance;
    say::made_by(&card.about.id, lantern, &start, *epoch, data_sha256)
}

//! A card for people: what a careful reader asks of a model before believing it (after Mitchell et al. 2019).

use super::figures;
use super::recipe::Recipe;
use crate::examination::Purpose;
use crate::model::{Architecture, Card, Measured, Views, WEIGHTS};
use crate::preprocess::resize::ResizeMode;
use crate::scope::Scope;
use crate::text::capital;
use crate::units::Estimate;

/// The card as Markdown.
pub fn model_card(card: &Card) -> String {
    let mut text = format!("# {}\n\nVersion {}. Not a diagnosis.\n\n", card.about.title, card.about.version);
    let mut section =
        |title: &str, body: String| text.push_str(&format!("## {title}\n\n{}\n\n", body.trim_end()));
    section("Intended use", card.about.intended_use.clone());
    section("Tried on", format!("{}.", capital(&card.about.tried_on)));
    section("Limits", card.about.limits.iter().map(|limit| format!("- {limit}\n")).collect());
    section("Answers", answers(card));
    section("Figures", figures(card));
    if card.metrics.iter().any(|measured| !measured.part.is_empty()) {
        section("Where it falls", parts(card));
    }
    section("Operating point", operating_point(card));
    section("Whether its probabilities mean what they say", reliability(card));
    section("Which images it answers for", gate(card));
    section("How it computes", computes(card));
    section("Data", data(card));
    section("Made by", made_by(card));
    text.trim_end().to_string() + "\n"
}

fn answers(card: &Card) -> String {
    let labels: Vec<&str> = card.classes.iter().map(|class| class.label.as_str()).collect();
    let point = &card.calibration.operating_point;
    let own = card.calibration.finding.iter().filter_map(|class| labels.get(*class).copied());
    let own = own.collect::<Vec<_>>().join(", ");
    let finding = if own == point.label { own } else { format!("{}: {own}, taken together", point.label) };
    format!("One of {}. The finding is {finding}.", labels.join(", "))
}

fn figures(card: &Card) -> String {
    let mut table =
        "With 95 % intervals; docs/figures.md defines each figure.\n\n| split | images | figure | value |\n|---|---|---|---|\n"
            .to_string();
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
    let mut table = format!(
        "Groups of the test images, and all of them changed on purpose. A group that holds one class only has no area under the curve.\n\n| part | images | {} |\n|---|---|{}\n",
        words.join(" | "),
        "---|".repeat(columns.len())
    );
    // Only the last split that was measured has parts.
    let split = card.metrics.last().map(|measured| &measured.split);
    for Measured { part, n, figures, .. } in card.metrics.iter().filter(|m| Some(&m.split) == split) {
        let cell = |key: &&str| figures.get(*key).map_or("-".into(), Estimate::to_string);
        let part = if part.is_empty() { "as it is" } else { part };
        let cells: Vec<String> = columns.iter().map(cell).collect();
        table.push_str(&format!("| {part} | {n} | {} |\n", cells.join(" | ")));
    }
    table
}

fn operating_point(card: &Card) -> String {
    let point = &card.calibration.operating_point;
    let reason = &card.about.purpose_reason;
    if point.purpose == Purpose::Naming {
        return format!("None: it names kinds. {reason}");
    }
    let purpose = match point.purpose {
        Purpose::Screening => {
            "to miss few (screening): sensitivity of at least 0.95 on the validation images"
        }
        Purpose::RulingIn => {
            "to raise few false alarms (ruling in): specificity of at least 0.95 on the validation images"
        }
        Purpose::Balanced | Purpose::Naming => "so that every error counts the same",
    };
    let missed = card.missed().map_or(String::new(), |missed| {
        format!(
            "\n\n\"Not suspected\" is said only below {}, where at most 5 in 100 of at least 20 images with about the same probability had the finding, and where no class of the finding is in the prediction set. Of the test images with the finding, a share of {} was headed so, measured before the test images' own table stood in the card; `lantern evaluate` accepts at most {}.",
            point.unsure_from,
            missed,
            card.about.max_missed_share
        )
    });
    let point = threshold(card);
    format!("Chosen {purpose}. {reason}\n\n{point}{missed}")
}

fn threshold(card: &Card) -> String {
    let point = &card.calibration.operating_point;
    format!(
        "{} is suspected from a probability of {} on; from {} to {} the answer is \"not sure\". At {} the sensitivity is {} and the specificity {}, measured on {}.",
        capital(&point.label),
        point.threshold,
        point.unsure_from,
        point.unsure_to,
        point.threshold,
        point.sensitivity,
        point.specificity,
        point.measured_on
    )
}

fn reliability(card: &Card) -> String {
    let calibration = &card.calibration;
    let mut text = format!(
        "Of images that got about the same probability of {}, the share that had it, measured on {}:\n\n| mean probability | images | share |\n|---|---|---|\n",
        calibration.operating_point.label, calibration.operating_point.measured_on
    );
    for bin in &calibration.reliability {
        text.push_str(&format!("| {:.2} | {} | {:.2} |\n", bin.mean_probability, bin.images, bin.share));
    }
    text.push_str(&format!(
        "\nBeside its answer it names a set of classes: every class with a probability of at least {:.3}, and always the most probable. On validation images the truth is in the set of {:.0} % or more; how often on other splits is the figure \"{}\".",
        calibration.set_threshold,
        calibration.set_coverage * 100.0,
        figures::words(figures::SET_COVERAGE, &card.classes)
    ));
    text
}

fn gate(card: &Card) -> String {
    let mut text = format!(
        "For {} only.{} Others are refused: too far, in the features of the extractor that all bundles share, from the images that it learned from, or nearer to what another bundle examines. docs/gate.md tells how, and how often that is right. A user can overrule a refusal; the result is marked and has no verdict.",
        card.about.kind,
        header(&card.about.scope)
    );
    let share = card.metrics.iter().find(|m| m.split == "test" && m.part.is_empty());
    if let Some(share) = share.and_then(|measured| measured.figures.get(figures::REFUSED)) {
        text.push_str(&format!(" Of its own test images it refuses {share}."));
    }
    text
}

/// What a file's header may say.
fn header(scope: &Scope) -> String {
    let mut said = Vec::new();
    for (name, values) in
        [("modality", &scope.modalities), ("body part", &scope.body_parts), ("view", &scope.views)]
    {
        if !values.is_empty() {
            said.push(format!("{name} {}", values.join(", ")));
        }
    }
    said.extend(
        scope.ages.as_ref().map(|ages| format!("{} (the page asks where the header is silent)", ages.words)),
    );
    if said.is_empty() {
        String::new()
    } else {
        format!(" Where a file has a header, it must not say otherwise: {}.", said.join("; "))
    }
}

fn computes(card: &Card) -> String {
    let spec = &card.input.spec;
    let family = match &card.architecture {
        Architecture::Residual { widths, .. } => {
            format!("a residual network with stages of {widths:?} channels")
        }
        Architecture::Chain { widths, .. } => {
            format!("a chain of 3x3 convolutions with stages of {widths:?} channels")
        }
        Architecture::EfficientNetLite0 { stages, outline, .. } => {
            let drawn = if outline.is_some() { ", with a way back up that draws an outline" } else { "" };
            format!("the first {stages} stages of EfficientNet-Lite0{drawn}")
        }
    };
    let colours = if spec.channels == 1 { "grey" } else { "RGB" };
    let fit = match spec.resize {
        ResizeMode::Squash => "squashed",
        ResizeMode::Letterbox => "letterboxed",
        ResizeMode::Field => "cut to its lit field, letterboxed",
    };
    let views = match card.input.views {
        Views::Plain => "",
        Views::Mirrored => " The mirrored image is read too, and both answers are averaged.",
        Views::Turned => {
            " The image is read four times, as it is, mirrored, and both upside down, and the answers are averaged."
        }
    };
    let bytes = card.files.get(WEIGHTS).map_or(0, |file| file.bytes);
    format!(
        "An image is {fit} to {side} x {side} {colours} pixels and read by {family}, {:.1} MB of weights in half precision.{views} Logits are divided by {:.3} (temperature, fitted on the validation split) before they become probabilities.",
        bytes as f32 / 1e6,
        card.calibration.temperature,
        side = spec.side,
    )
}

fn data(card: &Card) -> String {
    let mut text = card.about.licence.clone();
    let Ok(recipe) = serde_json::from_value::<Recipe>(card.provenance.recipe.clone()) else { return text };
    let held = &recipe.validation;
    let groups = match held.group.as_slice() {
        [] => "image by image, because the data names no patients".to_string(),
        columns => format!("whole groups by {} at a time", columns.join(" and ")),
    };
    let validation = if let Some(how) = &held.acquisition {
        format!(
            "Of {} clusters of how the training images were taken, one was held out ({groups}) to choose the epoch and the temperature.",
            how.clusters
        )
    } else if !held.sets.is_empty() {
        "Of each set, what its own bundle is validated on was held out to choose the epoch and the temperature."
            .to_string()
    } else if held.fraction == 0.0 {
        "The data set's own validation split chose the epoch and the temperature.".to_string()
    } else {
        let share = held.fraction * 100.0;
        format!(
            "Of the training split, {share:.0} % were held out ({groups}) to choose the epoch and the temperature."
        )
    };
    let test = if card.metrics.iter().any(|measured| measured.split == "test") {
        "The test split was measured for this version, and chose nothing."
    } else {
        "No test split was read."
    };
    text.push_str(&format!("\n\n{validation} {test}"));
    text
}

fn made_by(card: &Card) -> String {
    let provenance = &card.provenance;
    let start = provenance.recipe.pointer("/network/start/file").and_then(|file| file.as_str());
    let start = start.map_or("seeded weights".into(), |file| format!("`{file}` (docs/pretrained.md)"));
    format!(
        "`lantern train recipes/{}.toml` (Lantern {}), from {start}, epoch {}, on the archive with SHA-256 `{}`. The recipe, its seed included, stands whole in card.json.",
        card.about.id, provenance.lantern, provenance.epoch, provenance.data_sha256
    )
}

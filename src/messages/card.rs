//! A bundle's card and its README: names of figures and parts, and what the README says.

#![allow(missing_docs, reason = "a text says itself what it says; its name says what it is for")]

use crate::examination::OperatingPoint;
use crate::text::capital;
use crate::units::{Estimate, Probability};

texts! {
    // Figures.
    AUC = "AUC";
    FINDING_AUC = "AUC of the finding";
    ACCURACY = "accuracy";
    BALANCED_ACCURACY = "balanced accuracy";
    SENSITIVITY = "sensitivity";
    SPECIFICITY = "specificity";
    MISSED = "with the finding, headed \"not suspected\"";
    ECE = "expected calibration error";
    BRIER = "Brier score";
    SET_COVERAGE = "coverage of the prediction sets";
    SET_SIZE = "classes in a prediction set";
    REFUSED = "refused by the gate";
    DICE = "Dice coefficient";
    EMPTY_MASK_SPECIFICITY = "empty outline where no lesion is";
    HEAT_INSIDE_LESION = "heat inside the lesion";
    LESION_AREA = "area of the lesion";
    auc_of(label: &str) = "AUC of {label}";
    missed_of(label: &str) = "with {label}, headed \"not suspected\"";

    // Parts of the images that were measured. They stand in the cards of released bundles.
    BELOW_40 = "below 40";
    FROM_40 = "from 40 to 59";
    FROM_60 = "from 60 on";
    BLURRED = "blurred, 1 % of the shorter side";
    NOISY = "noise, 5 % of the range";
    COMPRESSED = "JPEG at quality 15";
    DARKER = "darker by 15 % of the range";
    BRIGHTER = "brighter by 15 % of the range";
    SQUASHED = "squashed to three quarters of its width";
    validation_images(images: usize) = "{images} validation images, held out of the training split";
    split_images(images: usize, split: &str) = "the {images} images of the {split} split";

    // Sections of the README.
    INTENDED_USE = "Intended use";
    TRIED_ON = "Tried on";
    LIMITS = "Limits";
    ANSWERS = "Answers";
    FIGURES = "Figures";
    PARTS = "Where it falls";
    OPERATING_POINT = "Operating point";
    RELIABILITY = "Whether its probabilities mean what they say";
    GATE = "Which images it answers for";
    COMPUTES = "How it computes";
    DATA = "Data";
    MADE_BY = "Made by";
    title(title: &str, version: &str) = "# {title}\n\nVersion {version}. Not a diagnosis.\n\n";

    // Its sentences.
    taken_together(finding: &str, classes: &str) = "{finding}: {classes}, taken together";
    answers(classes: &str, finding: &str) = "One of {classes}. The finding is {finding}.";
    one_of(classes: &str) = "One of {classes}.";
    each_of(labels: &str) = "Each of these by itself, present or not: {labels}.";
    UNCHECKED = "This model's probabilities have not been checked on data: it gives the network's raw output, without a verdict.";
    unchecked_label(label: &str) = "The probability of {label} has not been checked on data: it is the network's raw output, without a verdict.";
    FIGURES_HEAD = "With 95 % intervals; docs/figures.md defines each figure.\n\n| split | images | figure | value |\n|---|---|---|---|\n";
}

pub fn parts_head(figures: &[String]) -> String {
    format!(
        "Groups of the test images, and all of them changed on purpose. A group that holds one class only has no area under the curve.\n\n| part | images | {} |\n|---|---|{}\n",
        figures.join(" | "),
        "---|".repeat(figures.len())
    )
}

texts! {
    AS_IT_IS = "as it is";
    names_only(reason: &str) = "None: it names kinds. {reason}";
    SCREENING = "to miss few (screening): sensitivity of at least 0.95 on the validation images";
    RULING_IN = "to raise few false alarms (ruling in): specificity of at least 0.95 on the validation images";
    BALANCED = "so that every error counts the same";
    missed(unsure_from: Probability, missed: Estimate, allowed: f64) = "\n\n\"Not suspected\" is said only below {unsure_from}, where at most 5 in 100 of at least 20 images with about the same probability had the finding, and where no class of the finding is in the prediction set. Of the test images with the finding, a share of {missed} was headed so, measured before the test images' own table stood in the card; `lantern evaluate` accepts at most {allowed}.";
    chosen(purpose: &str, reason: &str, threshold: &str, missed: &str) = "Chosen {purpose}. {reason}\n\n{threshold}{missed}";
}

pub fn threshold(point: &OperatingPoint) -> String {
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

texts! {
    reliability_head(finding: &str, measured_on: &str) = "Of images that got about the same probability of {finding}, the share that had it, measured on {measured_on}:\n\n| mean probability | images | share |\n|---|---|---|\n";
}

/// `coverage`: 0 to 1. `figure`: the name of the one that tells how often the set is right.
pub fn sets(threshold: f32, coverage: f64, figure: &str) -> String {
    format!(
        "\nBeside its answer it names a set of classes: every class with a probability of at least {threshold:.3}, and always the most probable. On validation images the truth is in the set of {:.0} % or more; how often on other splits is the figure \"{figure}\".",
        coverage * 100.0
    )
}

texts! {
    gate(kind: &str, header: &str) = "For {kind} only.{header} Others are refused: too far, in the features of the extractor that all bundles share, from the images that it learned from, or nearer to what another bundle examines. docs/gate.md tells how, and how often that is right. A user can overrule a refusal; the result is marked and has no verdict.";
    no_gate(kind: &str) = "It is made for {kind}, and nothing refuses other images: it came without the images that tell what it learned from.";
    refuses(share: &Estimate) = " Of its own test images it refuses {share}.";
    MODALITY = "modality";
    BODY_PART = "body part";
    VIEW = "view";
    asked(ages: &str) = "{ages} (the page asks where the header is silent)";
    header(said: &str) = " Where a file has a header, it must not say otherwise: {said}.";
    residual(widths: &[usize]) = "a residual network with stages of {widths:?} channels";
    chain(widths: &[usize]) = "a chain of 3x3 convolutions with stages of {widths:?} channels";
    efficient_net(stages: usize, drawn: &str) = "the first {stages} stages of EfficientNet-Lite0{drawn}";
    DRAWS = ", with a way back up that draws an outline";
    GREY = "grey";
    RGB = "RGB";
    SQUASHED_TO = "squashed";
    LETTERBOXED = "letterboxed";
    FIELD = "cut to its lit field, letterboxed";
    MIRRORED = " The mirrored image is read too, and both answers are averaged.";
    TURNED = " The image is read four times, as it is, mirrored, and both upside down, and the answers are averaged.";
    /// `megabytes` of weights.
    computes((fit, side, colours): (&str, u32, &str), family: &str, megabytes: f32, views: &str) = "An image is {fit} to {side} x {side} {colours} pixels and read by {family}, {megabytes:.1} MB of weights in half precision.{views}";
    tempered(temperature: f32) = "Logits are divided by {temperature:.3} (temperature, fitted on the validation split) before they become probabilities.";
    SOFTMAX = "Logits become probabilities by softmax; nothing was fitted.";
    SIGMOID = "The logit of each label becomes a probability by a sigmoid, divided by a temperature and moved by an offset where these were fitted (Platt scaling).";
    BY_IMAGE = "image by image, because the data names no patients";
}

pub fn by_group(columns: &[String]) -> String {
    format!("whole groups by {} at a time", columns.join(" and "))
}

texts! {
    cluster_held(clusters: usize, groups: &str) = "Of {clusters} clusters of how the training images were taken, one was held out ({groups}) to choose the epoch and the temperature.";
    SETS_HELD = "Of each set, what its own bundle is validated on was held out to choose the epoch and the temperature.";
    OWN_VALIDATION = "The data set's own validation split chose the epoch and the temperature.";
    /// `per_cent`: 0 to 100.
    share_held(per_cent: f32, groups: &str) = "Of the training split, {per_cent:.0} % were held out ({groups}) to choose the epoch and the temperature.";
    TEST_MEASURED = "The test split was measured for this version, and chose nothing.";
    NO_TEST = "No test split was read.";
    SEEDED = "seeded weights";
    start(file: &str) = "`{file}` (docs/pretrained.md)";
    made_by(recipe: &str, lantern: &str, start: &str, epoch: usize, data: &str) = "`lantern train recipes/{recipe}.toml` (Lantern {lantern}), from {start}, epoch {epoch}, on the archive with SHA-256 `{data}`. The recipe, its seed included, stands whole in card.json.";

    // Of an imported network.
    layers(layers: usize) = "a network of {layers} layers that was trained elsewhere";
}

/// `data`: the SHA-256 of what it was calibrated on, empty where it was not.
pub fn imported(file: &str, lantern: &str, sha256: &str, data: &str) -> String {
    let calibrated = match data {
        "" => String::new(),
        data => format!(", calibrated on the archive with SHA-256 `{data}`"),
    };
    format!(
        "`lantern bundle import {file}` (Lantern {lantern}), the file with SHA-256 `{sha256}`{calibrated}."
    )
}

/// What an imported bundle says of itself where its importer says nothing.
pub mod adopted {
    texts! {
        KIND = "an image of the kind that this model was trained on";
        TRIED_ON = "nothing that this program knows of: the model was trained elsewhere, and was imported";
        tried_on(data: &str, images: usize) = "{images} images of {data}, on which its answers were calibrated when it was imported; it was trained elsewhere, on images that this program does not know";
        /// As a share of the logits' spread.
        moved(rounded: f32) = "Its weights were rounded to half precision, which moves its logits by up to {rounded:.1e} of their spread: measure it on data before it is used.";
        ADVICE = "What this model says has not been tried here: a doctor has to look at the image, whatever this page says.";
        INTENDED_USE = "Teaching and research: to see what a model that was trained elsewhere says of an image.";
        PURPOSE_REASON = "Whoever imported the model gave no reason.";
        LIMIT_ELSEWHERE = "It was trained elsewhere: what it learned from, and on whom it fails, has to be asked of its makers.";
        LIMIT_NOT_RULED_OUT = "It never says \"not suspected\": its importer did not say for which patients and images it is meant.";
        LIMIT_NO_GATE = "Without labelled images at its import, it answers for images of every kind, also for those that it knows nothing of.";
        LICENCE = "Not stated at its import: ask the makers of the model.";
    }
}

/// What a bundle that was trained in the classroom says of itself.
pub mod classroom {
    texts! {
        TITLE = "Trained in the classroom";
        KIND = "an image like those that the class trained on";
        tried_on(data: &str) = "nothing but images of its own training ({data}); it was made in a lesson";
        ADVICE = "This model was made in a lesson. It says nothing about a patient.";
        INTENDED_USE = "Lessons: to see how a network that a class trained answers.";
        PURPOSE_REASON = "It names the class; nothing is decided by it.";
        LIMIT = "It was trained for some minutes on few images, in a lesson, and was never tried on patients.";
        LICENCE = "Made in a lesson; it belongs to whoever trained it.";
    }
}

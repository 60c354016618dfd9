//! What the page says. Plain, short, and never "all clear".

use super::job::Outcome;
use super::rooms::Room;
use crate::examination::{Answer, ReliabilityBin, Stage, Verdict};
use crate::metrics;
use crate::protocol::worker::{Method, ProblemKind};
use crate::units::Probability;

/// The verdict in a sentence.
pub fn verdict(answer: &Answer) -> String {
    let finding = &answer.operating_point.label;
    match answer.verdict {
        Verdict::Suspected => format!("{} is suspected", capital(finding)),
        Verdict::NotSuspected => format!("{} is not suspected", capital(finding)),
        Verdict::Unsure => "Not sure".into(),
    }
}

/// The verdict in a word or two, after the finding.
pub fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Suspected => "suspected",
        Verdict::NotSuspected => "not suspected",
        Verdict::Unsure => "not sure",
    }
}

/// So many of them.
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// Differences below this are what the same patient's next image shows without any change, as far as the model can tell.
const ALIKE: f32 = 0.05;

/// How the probability of a finding has changed.
pub fn change(was: Probability, is: Probability) -> String {
    let by = is.get() - was.get();
    let size = Probability::new(by.abs()).map_or_else(String::new, |size| size.to_string());
    match by {
        by if by.abs() < ALIKE => format!("About the same now: {is}, after {was}."),
        by if by > 0.0 => format!("Higher now by {size}: {is}, after {was}."),
        _ => format!("Lower now by {size}: {is}, after {was}."),
    }
}

/// What an image has come to, for lists.
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Suspected => "Suspected",
        Outcome::Unsure => "Not sure",
        Outcome::NotSuspected => "Not suspected",
        Outcome::Refused => "Refused",
        Outcome::Failed => "Could not be examined",
        Outcome::Open => "Not yet examined",
        Outcome::Stopped => "Stopped",
    }
}

/// Names as people count: `image 2` before `image 10`.
pub fn by_number(a: &str, b: &str) -> std::cmp::Ordering {
    let parts = |name: &str| -> Vec<(bool, u64, String)> {
        let name = name.to_lowercase();
        let chunks = name.as_bytes().chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit());
        let part = |chunk: &[u8]| {
            let text = String::from_utf8_lossy(chunk).into_owned();
            let number = text.parse::<u64>().ok();
            (number.is_none(), number.unwrap_or(0), text)
        };
        chunks.map(part).collect()
    };
    parts(a).cmp(&parts(b))
}

/// What the verdict does not say.
pub fn caveat(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Suspected => "The model found signs like those in images with the finding. It may be wrong.",
        Verdict::NotSuspected => {
            "That is not the same as absent: the model may have missed it, and it looks for nothing else."
        }
        Verdict::Unsure => "The model cannot tell. Take this as no answer, not as something in between.",
    }
}

/// Which of several answers is the most probable; with two, the verdict has said it.
pub fn most_probable(answer: &Answer) -> Option<String> {
    let first = answer.findings.first().filter(|_| answer.findings.len() > 2)?;
    Some(format!(
        "Of its {} answers the model gives {} most: {}.",
        answer.findings.len(),
        first.label,
        first.probability
    ))
}

/// What cannot be told apart; nothing where the set holds one answer only.
pub fn set(answer: &Answer) -> Option<String> {
    let [first @ .., last] = answer.set.as_slice() else { return None };
    (!first.is_empty()).then(|| {
        format!(
            "It cannot tell apart {} and {last}: in nine of ten images like those it was tried on, the truth is among such answers.",
            first.join(", ")
        )
    })
}

/// How much was outlined, where the model draws outlines.
pub fn outlined(answer: &Answer) -> Option<String> {
    let share = answer.outlined? * 100.0;
    Some(match share {
        0.0 => "The model outlined nothing; that is not the same as nothing being there.".into(),
        share => format!("The model outlined {share:.1} % of the image."),
    })
}

/// A way to ask why.
pub fn method(method: Method) -> &'static str {
    match method {
        Method::Outline => "What it takes for the lesion",
        Method::Activation => "Where it saw signs",
        Method::Occlusion => "What it misses when hidden",
        Method::Gradients => "What each place adds",
    }
}

/// What a picture over the image shows, and what it does not. `of`: the answer that was asked about.
pub fn caption(method: Method, of: &str) -> String {
    let what = match method {
        Method::Outline => {
            return "Shows what the model takes for the lesion. Its edge is an estimate, not a measurement."
                .into();
        }
        Method::Activation => format!("Class activation: where the model saw what speaks for \"{of}\"."),
        Method::Occlusion => {
            format!("Occlusion: how much of what speaks for \"{of}\" goes when that place is hidden.")
        }
        Method::Gradients => {
            format!(
                "Integrated gradients: what each place adds to what speaks for \"{of}\", from a black image to this one."
            )
        }
    };
    format!("{what} It does not outline disease, and an empty map does not say that nothing is there.")
}

/// What to do next, on every outcome.
pub fn next_step(room: Room, verdict: Verdict) -> &'static str {
    match (room, verdict) {
        (Room::SelfCheck, Verdict::Suspected) => {
            "Show the image and this page to a doctor soon. If you feel very ill, or get worse quickly, seek help now."
        }
        (Room::SelfCheck, _) => {
            "If you feel ill or worried, see a doctor whatever this page says. If you get worse quickly, seek help now."
        }
        (_, Verdict::Suspected) => {
            "Read the image yourself; confirm or reject with history, examination and, if needed, another image or test."
        }
        (_, Verdict::NotSuspected) => {
            "Read the image yourself; if the clinical picture points to it, this number does not outweigh it."
        }
        (_, Verdict::Unsure) => {
            "Read the image as if no computer had; consider another image or a second reader."
        }
    }
}

/// What a probability means, in a sentence: what images with nearly the same one turned out to show, and how far chance may
/// reach. Nothing where none was near.
pub fn meaning(answer: &Answer, reliability: &[ReliabilityBin]) -> Option<String> {
    let p = answer.probability.get();
    let far = |bin: &&ReliabilityBin| (bin.mean_probability - p).abs();
    let bin = reliability.iter().min_by(|a, b| far(a).total_cmp(&far(b)))?;
    let hits = (bin.share * bin.images as f32).round() as usize;
    let range = metrics::wilson(hits, bin.images)?;
    let point = &answer.operating_point;
    let plural = if bin.images == 1 { "image" } else { "images" };
    Some(format!(
        "Of {} {plural} with nearly this probability, {hits} showed {}: {:.0} to {:.0} in 100, as far as chance reaches. Counted on {}; for images from another clinic, age or machine it may not hold.",
        bin.images,
        point.label,
        (range.low * 100.0).floor(),
        (range.high * 100.0).ceil(),
        point.measured_on
    ))
}

/// How sure the model is, as a class in words.
pub fn certainty(probability: f32) -> &'static str {
    match probability.max(1.0 - probability) {
        p if p >= 0.95 => "high certainty",
        p if p >= 0.75 => "moderate certainty",
        _ => "low certainty",
    }
}

/// What is being done.
pub fn stage(stage: Option<Stage>) -> &'static str {
    match stage {
        None => "Reading the file",
        Some(Stage::Decoding) => "Decoding",
        Some(Stage::Admitting) => "Looking at what it shows",
        Some(Stage::Inferring) => "Computing",
        Some(Stage::Explaining) => "Drawing the heat map",
    }
}

/// What a problem means and what to do next.
pub fn advice(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::Empty => "Nothing was lost. Copy or export the file again, then drop it here.",
        ProblemKind::NotAnImage => {
            "Export the image as PNG or JPEG from the program that shows it, then drop that file here."
        }
        ProblemKind::Damaged => {
            "The copy is incomplete. Fetch or export it again; the original may still be whole."
        }
        ProblemKind::TooLarge => "Export it smaller: 4000 pixels a side show all that the model can see.",
        ProblemKind::Network => {
            "Check the connection, then try again. Once loaded, the model stays on this device."
        }
        ProblemKind::Bundle => {
            "Reload the page. If it happens again, this browser or copy of the model cannot be trusted: use another."
        }
        ProblemKind::Internal => {
            "Try again. If it happens again, reload the page; your images stay on this device."
        }
    }
}

/// The first letter in upper case.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Bytes as people say them.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

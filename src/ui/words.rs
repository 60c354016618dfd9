//! Sentences about the page itself: its items, stages and faults. Those about findings are in `messages`.

use super::item::Outcome;
use super::routes::Room;
use crate::examination::Stage;
use crate::messages::Audience;
use crate::protocol::ProblemKind;
use crate::units::Probability;

/// For whom a room's sentences are.
pub fn audience(room: Room) -> Audience {
    if room == Room::SelfCheck { Audience::Patient } else { Audience::Clinician }
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
        Outcome::Named => "Kind named",
        Outcome::Withheld => "No verdict, refusal overruled",
        Outcome::Refused => "Refused",
        Outcome::Failed => "Could not be examined",
        Outcome::Asked => "Waiting for your answer",
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

/// What is being done.
pub fn stage(stage: Option<Stage>) -> &'static str {
    match stage {
        None => "Reading the file",
        Some(Stage::Decoding) => "Decoding",
        Some(Stage::Admitting) => "Looking at what it shows",
        Some(Stage::Inferring) => "Computing",
    }
}

/// What a problem means and what to do next.
pub fn advice(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::Empty => "Nothing was lost. Copy or export the file again, then drop it here.",
        ProblemKind::NotAnImage => {
            "Nothing was lost. Export the image as PNG or JPEG from the program that shows it, then drop that file here."
        }
        ProblemKind::Damaged => {
            "Fetch or export the file again, then drop it here; the original may still be whole."
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

/// Bytes as people say them.
pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

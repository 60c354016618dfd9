//! Which of the messages fit what the page holds. The messages themselves stand in `messages`.

use super::item::Outcome;
use crate::messages::page;

/// What an image has come to, for lists.
pub fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Suspected => page::state::SUSPECTED,
        Outcome::Unsure => page::state::UNSURE,
        Outcome::NotSuspected => page::state::NOT_SUSPECTED,
        Outcome::Named => page::state::NAMED,
        Outcome::Withheld => page::state::WITHHELD,
        Outcome::Refused => page::state::REFUSED,
        Outcome::Failed => page::state::FAILED,
        Outcome::Asked => page::state::ASKED,
        Outcome::Open => page::state::OPEN,
        Outcome::Stopped => page::state::STOPPED,
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

//! Which case of a history is the one in the vault, and whether a search finds a case.

use crate::case::VersionedCase;
use crate::protocol::companion::SavedCase;

/// Minimum length of a word that is searched in fingerprints too, as the companion does.
const FINGERPRINT_PART: usize = 8;

/// A case of the vault, compared with a history.
#[derive(Clone, Debug, PartialEq)]
pub enum Compared {
    /// The history has no such case.
    New,
    /// It has the same: every field is equal.
    Same(i64),
    /// It has the same answer to the same image, saved at the same moment, with something else in it.
    Differs(Box<SavedCase>),
}

/// In what two cases differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The note.
    Note,
    /// What was drawn.
    Annotations,
    /// Anything else: answer, measurements, patient.
    Other,
}

/// Compares a case of the vault with those that a history has of the same image.
pub fn compare(own: &SavedCase, kept: &[SavedCase]) -> Compared {
    if let Some(same) = kept.iter().find(|one| one.case == own.case) {
        return Compared::Same(same.id);
    }
    let is_it = |one: &&SavedCase| {
        one.saved_at == own.saved_at
            && one.case.image() == own.case.image()
            && one.case.model() == own.case.model()
            && frame(&one.case) == frame(&own.case)
    };
    kept.iter().find(is_it).map_or(Compared::New, |one| Compared::Differs(Box::new(one.clone())))
}

/// In what two cases differ, in the order in which a reader asks.
pub fn differences(a: &VersionedCase, b: &VersionedCase) -> Vec<Difference> {
    let mut found = Vec::new();
    if a.note() != b.note() {
        found.push(Difference::Note);
    }
    if a.annotations() != b.annotations() {
        found.push(Difference::Annotations);
    }
    if found.is_empty() && a != b {
        found.push(Difference::Other);
    }
    found
}

/// Whether all words of a search occur in a case; of a fingerprint eight digits or more, from its beginning.
pub fn fits(case: &VersionedCase, text: &str) -> bool {
    let words = case.words();
    let begins = |word: &str| {
        word.chars().count() >= FINGERPRINT_PART
            && [case.image(), case.patient()].into_iter().flatten().any(|one| one.begins_with(word))
    };
    text.to_lowercase().split_whitespace().all(|word| words.contains(word) || begins(word))
}

fn frame(case: &VersionedCase) -> Option<u32> {
    match case {
        VersionedCase::Whole(case) => Some(case.frame),
        VersionedCase::Earlier(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::sample;
    use super::*;

    fn noted(id: i64, note: &str) -> SavedCase {
        let mut saved = sample(id);
        if let VersionedCase::Whole(case) = &mut saved.case {
            case.note = note.into();
        }
        saved
    }

    #[test]
    fn a_case_is_known_again_and_another_note_is_a_conflict() {
        let own = noted(1, "mine");
        assert_eq!(compare(&own, &[]), Compared::New);
        // The answer of the companion may have been lost: the same case is there, at another moment perhaps.
        let at_another = SavedCase { saved_at: "2026-01-31T09:30:02Z".into(), ..noted(7, "mine") };
        assert_eq!(compare(&own, &[noted(6, "theirs"), at_another]), Compared::Same(7));
        let theirs = noted(6, "theirs");
        assert_eq!(compare(&own, std::slice::from_ref(&theirs)), Compared::Differs(Box::new(theirs.clone())));
        assert_eq!(differences(&own.case, &theirs.case), [Difference::Note]);
        // A case that was saved at another moment with another note is another case.
        let later = SavedCase { saved_at: "2026-02-01T09:30:00Z".into(), ..theirs };
        assert_eq!(compare(&own, &[later]), Compared::New);
        let mut other_frame = noted(8, "theirs");
        if let VersionedCase::Whole(case) = &mut other_frame.case {
            case.frame += 1;
        }
        assert_eq!(compare(&own, &[other_frame]), Compared::New);
    }

    #[test]
    fn a_search_wants_every_word_and_finds_the_start_of_a_fingerprint() {
        let case = sample(1).case;
        let image = case.image().unwrap().to_string();
        assert!(fits(&case, "") && fits(&case, "LOWER zone") && fits(&case, &image[..8]));
        assert!(!fits(&case, "lower melanoma") && !fits(&case, &image[1..10]));
    }
}

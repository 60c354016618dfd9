//! The distinct words of all cases, and which cases hold each.

use super::case_set::CaseSet;
use std::collections::HashMap;

/// Words are what stands between white space.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    /// Every word once, each ended by a line feed: one pass over it finds all words that a part occurs in.
    text: String,
    /// Where each word ends in `text`.
    ends: Vec<usize>,
    /// The cases of each word, in the same order.
    cases: Vec<Cases>,
    /// The number of each word in `ends` and `cases`.
    numbers: HashMap<Box<str>, usize>,
}

/// The cases of a word, in whichever form is smaller.
#[derive(Debug)]
enum Cases {
    /// Ascending.
    Few(Vec<u32>),
    Many(CaseSet),
}

/// Cases from which on a word may be a frequent one.
const MANY: usize = 4096;

impl Cases {
    /// Adds a case that is not before the last.
    fn add(&mut self, case: u32) {
        match self {
            Self::Few(cases) if cases.last() == Some(&case) => {}
            Self::Few(cases) if cases.len() < MANY || cases.len() < case as usize / 32 => cases.push(case),
            Self::Few(cases) => {
                *self = Self::Many(cases.iter().chain([&case]).map(|case| *case as usize).collect());
            }
            Self::Many(cases) => cases.insert(case as usize),
        }
    }
}

impl Vocabulary {
    /// Adds a case with its text. Cases come in their order.
    pub fn add(&mut self, case: u32, text: &str) {
        for word in text.split_whitespace() {
            let number = match self.numbers.get(word) {
                Some(number) => *number,
                None => self.add_word(word),
            };
            if let Some(cases) = self.cases.get_mut(number) {
                cases.add(case);
            }
        }
    }

    fn add_word(&mut self, word: &str) -> usize {
        let number = self.ends.len();
        self.text.push_str(word);
        self.ends.push(self.text.len());
        self.text.push('\n');
        self.cases.push(Cases::Few(Vec::new()));
        self.numbers.insert(word.into(), number);
        number
    }

    /// The cases with a word in which `part` occurs. `part`: without white space. `all`: how many cases there are.
    pub fn with(&self, part: &str, all: usize) -> CaseSet {
        let (mut found, mut rare) = (CaseSet::default(), Vec::new());
        for number in self.words_with(part) {
            match self.cases.get(number) {
                Some(Cases::Many(cases)) if found.len() < all => found.unite(cases),
                Some(Cases::Few(cases)) => rare.push(cases),
                _ => {}
            }
        }
        // Often the frequent words alone are in all cases.
        if found.len() < all {
            found.unite_lists(&rare);
        }
        found
    }

    /// The numbers of the words in which `part` occurs, each once.
    fn words_with(&self, part: &str) -> impl Iterator<Item = usize> {
        let (mut number, mut last) = (0, None);
        self.text.match_indices(part).filter_map(move |(at, _)| {
            while self.ends.get(number).is_some_and(|end| *end <= at) {
                number += 1;
            }
            let is_new = last != Some(number);
            last = Some(number);
            is_new.then_some(number)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(words: &Vocabulary, part: &str, all: usize) -> Vec<usize> {
        let mut found: Vec<usize> = words.with(part, all).descending(usize::MAX).collect();
        found.reverse();
        found
    }

    #[test]
    fn a_part_is_found_in_every_word_that_holds_it() {
        let mut words = Vocabulary::default();
        for (case, text) in (0..).zip(["left lower zone\nzone", "öffnung am rand", "", "lefthanded zonezone"])
        {
            words.add(case, text);
        }
        let with = |part: &str| found(&words, part, 4);
        assert_eq!((with("left"), with("zone"), with("ö")), (vec![0, 3], vec![0, 3], vec![1]));
        assert_eq!((with("eft"), with("randl"), with("e")), (vec![0, 3], vec![], vec![0, 3]));
    }

    #[test]
    fn frequent_words_are_found_as_rare_ones_are() {
        let mut words = Vocabulary::default();
        for case in 0..3 * MANY as u32 {
            words.add(case, if case % 2 == 0 { "even all" } else { "odd all" });
        }
        assert!(words.cases.iter().all(|cases| matches!(cases, Cases::Many(_))));
        let even: Vec<usize> = (0..3 * MANY).step_by(2).collect();
        assert_eq!(found(&words, "eve", 3 * MANY), even);
        assert_eq!(found(&words, "l", 3 * MANY).len(), 3 * MANY);
    }

    proptest! {
        #[test]
        fn it_finds_what_reading_every_text_finds(
            texts in prop::collection::vec("[abc ]{0,12}", 0..20),
            part in "[abc]{1,3}",
        ) {
            let mut words = Vocabulary::default();
            for (case, text) in (0..).zip(&texts) {
                words.add(case, text);
            }
            let read: Vec<usize> =
                (0..).zip(&texts).filter(|(_, text)| text.contains(&part)).map(|(case, _)| case).collect();
            prop_assert_eq!(found(&words, &part, texts.len()), read);
        }
    }
}

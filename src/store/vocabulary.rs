//! The distinct words of all cases, and which cases hold each.

use roaring::RoaringBitmap;
use std::cmp::Reverse;
use std::collections::HashMap;

/// Words are what stands between white space. Cases are numbered from 0.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    /// Every word once, each ended by a line feed: one pass over it finds all words that a part occurs in.
    text: String,
    /// Where each word ends in `text`.
    ends: Vec<usize>,
    /// The cases of each word, in the same order.
    cases: Vec<RoaringBitmap>,
    /// The place of each word in `ends` and `cases`.
    places: HashMap<Box<str>, usize>,
}

impl Vocabulary {
    /// Adds a case with its text.
    pub fn add(&mut self, case: u32, text: &str) {
        for word in text.split_whitespace() {
            let place = match self.places.get(word) {
                Some(place) => *place,
                None => self.add_word(word),
            };
            if let Some(cases) = self.cases.get_mut(place) {
                cases.insert(case);
            }
        }
    }

    fn add_word(&mut self, word: &str) -> usize {
        let place = self.ends.len();
        self.text.push_str(word);
        self.ends.push(self.text.len());
        self.text.push('\n');
        self.cases.push(RoaringBitmap::new());
        self.places.insert(word.into(), place);
        place
    }

    /// The cases with a word in which `part` occurs. `part`: without white space. `most`: how many cases there are.
    pub fn with(&self, part: &str, most: u64) -> RoaringBitmap {
        let mut words: Vec<&RoaringBitmap> = Vec::new();
        let mut seen = 0;
        for (at, _) in self.text.match_indices(part) {
            // It may occur in a word twice.
            if at < seen {
                continue;
            }
            let place = self.ends.partition_point(|end| *end <= at);
            seen = self.ends.get(place).copied().unwrap_or(usize::MAX);
            words.extend(self.cases.get(place));
        }
        // The frequent ones first: often they are all cases already, and the rest is then quickly added to them.
        words.sort_unstable_by_key(|cases| Reverse(cases.len()));
        let mut found = RoaringBitmap::new();
        for cases in words {
            if found.len() >= most {
                break;
            }
            found |= cases;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_part_is_found_in_every_word_that_holds_it() {
        let mut words = Vocabulary::default();
        for (case, text) in
            ["left lower zone\nzone", "öffnung am rand", "", "lefthanded zonezone"].iter().enumerate()
        {
            words.add(case as u32, text);
        }
        let with = |part: &str| words.with(part, 4).into_iter().collect::<Vec<_>>();
        assert_eq!((with("left"), with("zone"), with("ö")), (vec![0, 3], vec![0, 3], vec![1]));
        assert_eq!((with("eft"), with("randl"), with("e")), (vec![0, 3], vec![], vec![0, 3]));
    }

    proptest! {
        #[test]
        fn it_finds_what_reading_every_text_finds(
            texts in prop::collection::vec("[abc ]{0,12}", 0..20),
            part in "[abc]{1,3}",
        ) {
            let mut words = Vocabulary::default();
            for (case, text) in texts.iter().enumerate() {
                words.add(case as u32, text);
            }
            let read: Vec<u32> = (0..).zip(&texts).filter(|(_, text)| text.contains(&part)).map(|(case, _)| case).collect();
            prop_assert_eq!(words.with(&part, texts.len() as u64).into_iter().collect::<Vec<_>>(), read);
        }
    }
}

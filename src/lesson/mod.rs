//! What the classroom is set to, as an address holds it, and lessons: an address with a goal, steps that check themselves and a question.
//!
//! An address is anybody's text: unknown names are ignored, and every value is brought within its limits.

mod inside;
mod knob;
mod plan;
mod scores;
mod trial;

pub use inside::{Field, LayerFacts, LayerKind, Spelled, Term};
pub use knob::{
    AUGMENTATIONS, BATCHES, BLOCKS, DECAYS, Kind, Knob, OPTIMISERS, Part, RATES, SCHEDULES, SIDES, SOURCES,
    STARTS,
};
pub use plan::{Check, Finished, HeldOut, Lesson, Progress};
pub use scores::{Answers, EpochScores, LayerNorms, StepScores};
pub use trial::{Deed, Disturbed, DisturbedCounts, Preparation, Prepared, PreparedAnswers, WHITE};

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A value for each knob, always within its limits. In JSON it is the text of its address.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Settings([f64; Knob::ALL.len()]);

impl Default for Settings {
    fn default() -> Self {
        Self(Knob::ALL.map(|knob| knob.spec().2))
    }
}

impl Settings {
    /// A knob's value.
    pub fn get(&self, knob: Knob) -> f64 {
        self.0.get(knob as usize).copied().unwrap_or_default()
    }

    /// A knob's value as a count, or the place of a choice.
    pub fn count(&self, knob: Knob) -> usize {
        self.get(knob) as usize
    }

    /// A knob's value of 0 to 100 as a share of 1.
    pub fn share(&self, knob: Knob) -> f32 {
        self.get(knob) as f32 / 100.0
    }

    /// The number that a choice is named by, as the learning rate is.
    pub fn number(&self, knob: Knob) -> f64 {
        knob.written(self.get(knob)).parse().unwrap_or_default()
    }

    /// Sets a knob to the nearest value that it can have; what is no number changes nothing.
    pub fn set(&mut self, knob: Knob, value: f64) {
        if let (Some(own), Some(value)) = (self.0.get_mut(knob as usize), knob.bounded(value)) {
            *own = value;
        }
    }

    /// The released model that the network begins at; `None` for seeded weights.
    pub fn start(&self) -> Option<&'static str> {
        STARTS.get(self.count(Knob::Start)).copied().filter(|_| self.count(Knob::Start) > 0)
    }

    /// Whether a knob changes anything: a released model brings its own layers, which see each image as it is.
    pub fn uses(&self, knob: Knob) -> bool {
        let own = [Knob::Block, Knob::Depth, Knob::Blocks, Knob::Width, Knob::Augmentation];
        self.start().is_none() || !own.contains(&knob)
    }

    /// Whether two settings draw the same images.
    pub fn same_data(&self, other: &Self) -> bool {
        let is_same = |knob: &Knob| self.get(*knob) == other.get(*knob);
        Knob::ALL.iter().filter(|knob| knob.part() == Part::Data).all(is_same)
    }
}

impl From<String> for Settings {
    fn from(text: String) -> Self {
        State::parse(&text).settings
    }
}

impl From<Settings> for String {
    fn from(settings: Settings) -> Self {
        State { settings, ..State::default() }.written()
    }
}

/// The whole state of the room that an address holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// A value for each knob.
    pub settings: Settings,
    /// The knobs that are not shown.
    pub hidden: BTreeSet<Knob>,
    /// The lesson that is on.
    pub lesson: Option<Lesson>,
}

impl State {
    /// Reads the part of an address after `#`. A lesson sets its knobs first, whatever stands beside it then sets them anew.
    pub fn parse(text: &str) -> Self {
        let pairs = || text.trim_start_matches('#').split('&').filter_map(|pair| pair.split_once('='));
        let lesson = pairs().filter(|(key, _)| *key == "lesson").find_map(|(_, id)| Lesson::of(id));
        let mut state = lesson.map_or_else(Self::default, Lesson::state);
        for (key, value) in pairs() {
            if key == "hide" {
                state.hidden = value.split(',').filter_map(Knob::of).collect();
            } else if let Some((knob, value)) = Knob::of(key).and_then(|knob| Some((knob, knob.read(value)?)))
            {
                state.settings.set(knob, value);
            }
        }
        state
    }

    /// The part of an address after `#`: what differs from how the room, or the lesson, begins.
    pub fn written(&self) -> String {
        let begin = self.lesson.map_or_else(Self::default, Lesson::state);
        let mut parts: Vec<String> =
            self.lesson.iter().map(|lesson| format!("lesson={}", lesson.id())).collect();
        for knob in Knob::ALL {
            let value = self.settings.get(knob);
            if value != begin.settings.get(knob) {
                parts.push(format!("{}={}", knob.key(), knob.written(value)));
            }
        }
        if self.hidden != begin.hidden {
            let names: Vec<&str> = self.hidden.iter().map(|knob| knob.key()).collect();
            parts.push(format!("hide={}", names.join(",")));
        }
        parts.join("&")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_address_says_what_differs_and_is_read_back() {
        assert_eq!(State::default().written(), "");
        let mut state = State::default();
        state.settings.set(Knob::Optimiser, 0.0);
        state.settings.set(Knob::Images, 333.0);
        state.hidden = [Knob::Depth, Knob::Width].into();
        assert_eq!(state.written(), "images=340&optimiser=sgd&hide=depth,width");
        assert_eq!(State::parse(&state.written()), state);
    }

    #[test]
    fn values_are_brought_within_their_limits_and_unknown_names_ignored() {
        let state = State::parse(
            "#images=99999999&depth=-4&width=NaN&rate=7&noise=inf&networkShape=8,8,8&seed=2.4&hide=depth,,x",
        );
        let settings = state.settings;
        assert_eq!((settings.get(Knob::Images), settings.get(Knob::Depth)), (4000.0, 1.0));
        let is_default = |knob: Knob| settings.get(knob) == Settings::default().get(knob);
        assert!(is_default(Knob::Width) && is_default(Knob::Rate) && is_default(Knob::Noise));
        assert_eq!((settings.get(Knob::Seed), state.hidden), (2.0, [Knob::Depth].into()));
        let start = |text: &str| State::parse(text).settings.start();
        assert_eq!(
            (start("start=brain-mri"), start("start=../secret"), start("")),
            (Some("brain-mri"), None, None)
        );
        let dropped = |text: &str| State::parse(text).settings.get(Knob::Dropout);
        assert_eq!((dropped("dropout=100"), dropped("dropout=-1"), dropped("dropout=x")), (80.0, 0.0, 0.0));
    }

    #[test]
    fn lessons_train_their_own_network_and_show_dropout_beside_weight_decay() {
        for lesson in Lesson::ALL {
            let hidden = lesson.state().hidden;
            assert!(hidden.contains(&Knob::Start), "{lesson:?}");
            assert_eq!(hidden.contains(&Knob::Dropout), hidden.contains(&Knob::Decay), "{lesson:?}");
        }
    }

    #[test]
    fn every_name_is_once_and_every_default_is_within_its_limits() {
        let names: BTreeSet<&str> = Knob::ALL.iter().map(|knob| knob.key()).collect();
        assert_eq!(names.len(), Knob::ALL.len());
        for (place, knob) in Knob::ALL.into_iter().enumerate() {
            assert_eq!((knob as usize, Knob::of(knob.key())), (place, Some(knob)));
            assert_eq!(knob.bounded(knob.spec().2), Some(knob.spec().2), "{knob:?}");
        }
    }

    #[test]
    fn settings_are_their_address_in_json() {
        let mut settings = Settings::default();
        settings.set(Knob::Batch, 0.0);
        assert_eq!(serde_json::to_string(&settings).unwrap(), r#""batch=4""#);
        assert_eq!(serde_json::from_str::<Settings>(r#""batch=4""#).unwrap(), settings);
    }

    proptest! {
        #[test]
        fn any_text_is_a_state_within_the_limits(text in "[a-z0-9=&,.#-]{0,80}", key in 0..Knob::ALL.len(), value: f64) {
            let named = format!("{text}&{}={value}", Knob::ALL[key].key());
            let state = State::parse(&named);
            for knob in Knob::ALL {
                let value = state.settings.get(knob);
                prop_assert_eq!(knob.bounded(value), Some(value));
            }
            prop_assert_eq!(State::parse(&state.written()), state);
        }
    }
}

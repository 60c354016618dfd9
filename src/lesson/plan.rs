//! Lessons: how the room begins, and by what each step is known to be done. Their words stand in `messages::page::lesson`.

use super::{Deed, Knob, Settings, State};
use std::collections::BTreeSet;

/// A lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lesson {
    /// What a pixel is, and what noise and contrast do to it.
    Pixels,
    /// What is done to an image before a network gets it.
    Preprocessing,
    /// Four families of method on the same images.
    Families,
    /// What a convolution computes.
    Convolution,
    /// Learning by heart, and what helps against it.
    Overfitting,
    /// How weights follow the gradient.
    Optimisers,
    /// More images, deeper networks.
    Larger,
    /// Rare classes.
    Imbalance,
    /// A marker that gives the class away.
    Shortcut,
    /// Another hospital.
    Shift,
    /// Whether probabilities mean what they say.
    Calibration,
    /// What a network gives away of its training images.
    Privacy,
    /// A small change that makes a network answer wrongly.
    Adversarial,
}

/// By what a step is known to be done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Check {
    /// A knob stands elsewhere than the lesson put it.
    Changed(Knob),
    /// A training went to its end.
    Trained,
    /// Finished trainings with so many different values of a knob.
    Different(Knob, usize),
    /// A finished training with a knob at least here.
    AtLeast(Knob, f64),
    /// A finished training whose accuracy on its own images is so much above that on validation images.
    Gap(f64),
    /// A later finished training whose gap is smaller by so much.
    SmallerGap(f64),
    /// A test score was told.
    Tested,
    /// The other hospital's score is so much below the test score.
    Falls(f64),
    /// A later test whose balanced accuracy is better by so much.
    Better(f64),
    /// A later test whose other hospital's score is so much better than an earlier one's.
    Recovers(f64),
    /// A later test whose calibration error is smaller by so much.
    Calibrated(f64),
    /// Training images can be told from others at least so well.
    Leaks(f64),
    /// In a later test they can be told less well by so much.
    KeepsBetter(f64),
    /// So many comparisons are done.
    Compared(usize),
    /// A layer of a network was looked at.
    Looked,
    /// The arithmetic of an output value was opened.
    Spelled,
    /// Something was tried on an image.
    Tried(Deed),
}

/// A finished training, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// What it was set to.
    pub settings: Settings,
    /// Accuracy on the images that it learned from, 0 to 1.
    pub train: f64,
    /// Accuracy on the validation images.
    pub validation: f64,
    /// What was told of the images that were held out.
    pub test: Option<HeldOut>,
}

/// What the test told.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HeldOut {
    /// Balanced accuracy on the test images.
    pub balanced: f64,
    /// The same at the other hospital.
    pub elsewhere: Option<f64>,
    /// Expected calibration error on the test images.
    pub ece: Option<f64>,
    /// How well training images can be told from test images by how sure the network is: an AUC, 0.5 for not at all.
    pub membership: Option<f64>,
}

/// What was done in the room since it was opened.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// Trainings that went to their end, in their order.
    pub finished: Vec<Finished>,
    /// Comparisons that are done.
    pub compared: usize,
    /// Whether a layer was looked at.
    pub looked: bool,
    /// Whether the arithmetic of an output value was opened.
    pub spelled: bool,
    /// What was tried on images.
    pub tried: BTreeSet<Deed>,
}

impl Lesson {
    /// All lessons, in the order of a course.
    pub const ALL: [Self; 13] = [
        Self::Pixels,
        Self::Preprocessing,
        Self::Families,
        Self::Convolution,
        Self::Overfitting,
        Self::Optimisers,
        Self::Larger,
        Self::Imbalance,
        Self::Shortcut,
        Self::Shift,
        Self::Calibration,
        Self::Privacy,
        Self::Adversarial,
    ];

    /// Its name in an address.
    pub fn id(self) -> &'static str {
        match self {
            Self::Pixels => "pixels",
            Self::Preprocessing => "preprocessing",
            Self::Families => "families",
            Self::Convolution => "convolution",
            Self::Overfitting => "overfitting",
            Self::Optimisers => "optimisers",
            Self::Larger => "larger",
            Self::Imbalance => "imbalance",
            Self::Shortcut => "shortcut",
            Self::Shift => "shift",
            Self::Calibration => "calibration",
            Self::Privacy => "privacy",
            Self::Adversarial => "adversarial",
        }
    }

    /// The lesson of a name.
    pub fn of(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lesson| lesson.id() == id)
    }

    /// How the room begins, as an address without the lesson.
    fn address(self) -> &'static str {
        match self {
            Self::Pixels => {
                "images=80&hide=source,devices,wrong,shift,marker,block,depth,blocks,width,optimiser,rate,schedule,batch,augmentation,decay,smoothing,balance"
            }
            Self::Preprocessing => {
                "images=300&epochs=8&width=8&contrast=24&noise=8&hide=source,side,devices,wrong,shift,marker,positives,artefacts,block,depth,blocks,optimiser,rate,schedule,batch,decay,smoothing,balance"
            }
            Self::Families => {
                "images=200&contrast=20&noise=8&hide=source,side,devices,wrong,shift,marker,positives,artefacts,block,depth,blocks,width,optimiser,rate,schedule,batch,epochs,augmentation,decay,smoothing,balance"
            }
            Self::Convolution => {
                "images=300&depth=2&width=4&epochs=6&hide=source,devices,wrong,shift,marker,artefacts,blocks,optimiser,rate,schedule,batch,augmentation,decay,smoothing,balance"
            }
            Self::Overfitting => {
                "images=80&wrong=20&contrast=26&noise=10&width=16&epochs=30&decay=0&schedule=constant&rate=0.003&hide=source,side,devices,marker,positives,artefacts,shift,optimiser,balance"
            }
            Self::Optimisers => {
                "images=300&epochs=8&rate=0.01&schedule=constant&contrast=18&noise=10&optimiser=sgd&hide=source,side,devices,marker,positives,artefacts,shift,wrong,block,depth,blocks,width,augmentation,smoothing,balance"
            }
            Self::Larger => {
                "images=60&depth=1&contrast=18&noise=10&epochs=15&batch=16&hide=source,side,devices,marker,positives,artefacts,shift,wrong,optimiser,schedule,balance"
            }
            Self::Imbalance => {
                "images=400&positives=6&contrast=20&noise=10&epochs=5&hide=source,side,devices,marker,artefacts,shift,wrong,block,depth,blocks,width,optimiser,schedule"
            }
            Self::Shortcut => {
                "images=300&marker=100&contrast=10&noise=12&epochs=6&shift=0&hide=source,side,devices,positives,artefacts,wrong,block,depth,blocks,width,optimiser,schedule,decay,smoothing,balance"
            }
            Self::Shift => {
                "images=800&shift=90&contrast=20&noise=6&epochs=12&hide=source,side,marker,positives,artefacts,wrong,block,depth,blocks,width,optimiser,schedule,smoothing,balance"
            }
            Self::Calibration => {
                "images=100&contrast=14&noise=12&width=16&epochs=40&decay=0&rate=0.003&shift=0&hide=source,side,devices,marker,positives,artefacts,wrong,block,optimiser,schedule,balance"
            }
            Self::Privacy => {
                "images=80&contrast=12&noise=14&width=16&epochs=40&decay=0&rate=0.003&schedule=constant&shift=0&hide=source,side,devices,marker,positives,artefacts,wrong,block,optimiser,balance"
            }
            Self::Adversarial => {
                "images=300&epochs=8&width=8&contrast=24&noise=8&hide=source,side,devices,wrong,shift,marker,positives,artefacts,block,depth,blocks,optimiser,rate,schedule,batch,smoothing,balance"
            }
        }
    }

    /// How the room begins.
    pub fn state(self) -> State {
        let mut state = State { lesson: Some(self), ..State::parse(self.address()) };
        // A lesson trains its own network, and dropout is shown where weight decay is.
        state.hidden.insert(Knob::Start);
        if state.hidden.contains(&Knob::Decay) {
            state.hidden.insert(Knob::Dropout);
        }
        state
    }

    /// By what each step is known to be done.
    pub fn checks(self) -> &'static [Check] {
        match self {
            Self::Pixels => {
                &[Check::Changed(Knob::Noise), Check::Changed(Knob::Contrast), Check::Changed(Knob::Side)]
            }
            Self::Preprocessing => &[
                Check::Tried(Deed::Pointed),
                Check::Tried(Deed::Windowed),
                Check::Tried(Deed::Reduced),
                Check::Trained,
                Check::Tried(Deed::Unnormalised),
                Check::Tried(Deed::Turned),
            ],
            Self::Families => &[Check::Compared(1), Check::Changed(Knob::Contrast), Check::Compared(2)],
            Self::Convolution => &[Check::Trained, Check::Looked, Check::Spelled],
            Self::Overfitting => &[Check::Trained, Check::Gap(0.12), Check::SmallerGap(0.05), Check::Tested],
            Self::Optimisers => &[
                Check::Trained,
                Check::Different(Knob::Optimiser, 2),
                Check::Different(Knob::Optimiser, 3),
                Check::Different(Knob::Rate, 2),
            ],
            Self::Larger => &[
                Check::Trained,
                Check::AtLeast(Knob::Images, 600.0),
                Check::AtLeast(Knob::Depth, 3.0),
                Check::Different(Knob::Augmentation, 2),
                Check::Tested,
            ],
            Self::Imbalance => {
                &[Check::Trained, Check::Tested, Check::AtLeast(Knob::Balance, 100.0), Check::Better(0.05)]
            }
            Self::Shortcut => &[Check::Trained, Check::Falls(0.2), Check::Looked, Check::Recovers(0.1)],
            Self::Shift => &[
                Check::Trained,
                Check::Falls(0.1),
                Check::AtLeast(Knob::Augmentation, 2.0),
                Check::Recovers(0.05),
            ],
            Self::Calibration => &[
                Check::Trained,
                Check::Tested,
                Check::Different(Knob::Smoothing, 2),
                Check::Calibrated(0.02),
            ],
            Self::Privacy => &[Check::Trained, Check::Leaks(0.6), Check::KeepsBetter(0.05)],
            Self::Adversarial => &[
                Check::Trained,
                Check::Tried(Deed::Fooled),
                Check::Tried(Deed::Withstood),
                Check::Tried(Deed::Fragile),
                Check::Different(Knob::Augmentation, 2),
            ],
        }
    }
}

impl Check {
    /// Whether what was done, and what the room is set to now, fulfils it. `begin`: how the lesson began.
    pub fn is_done(self, progress: &Progress, now: &Settings, begin: &Settings) -> bool {
        let finished = &progress.finished;
        let tests = || finished.iter().filter_map(|run| run.test);
        let gap = |run: &Finished| run.train - run.validation;
        match self {
            Self::Changed(knob) => now.get(knob) != begin.get(knob),
            Self::Trained => !finished.is_empty(),
            Self::Different(knob, count) => {
                let mut values: Vec<f64> = finished.iter().map(|run| run.settings.get(knob)).collect();
                values.sort_by(f64::total_cmp);
                values.dedup();
                values.len() >= count
            }
            Self::AtLeast(knob, least) => finished.iter().any(|run| run.settings.get(knob) >= least),
            Self::Gap(least) => finished.iter().any(|run| gap(run) >= least),
            Self::SmallerGap(by) => follows(finished.iter().map(|run| -gap(run)), by),
            Self::Tested => tests().next().is_some(),
            Self::Falls(by) => {
                tests().any(|test| test.elsewhere.is_some_and(|elsewhere| test.balanced - elsewhere >= by))
            }
            Self::Better(by) => follows(tests().map(|test| test.balanced), by),
            Self::Recovers(by) => follows(tests().filter_map(|test| test.elsewhere), by),
            Self::Calibrated(by) => follows(tests().filter_map(|test| Some(-test.ece?)), by),
            Self::Leaks(least) => tests().any(|test| test.membership.is_some_and(|auc| auc >= least)),
            Self::KeepsBetter(by) => follows(tests().filter_map(|test| Some(-test.membership?)), by),
            Self::Compared(count) => progress.compared >= count,
            Self::Looked => progress.looked,
            Self::Spelled => progress.spelled,
            Self::Tried(deed) => progress.tried.contains(&deed),
        }
    }
}

/// Whether a value is larger than an earlier one by so much.
fn follows(values: impl Iterator<Item = f64>, by: f64) -> bool {
    let mut least: Option<f64> = None;
    for value in values {
        if least.is_some_and(|least| value - least >= by.max(1e-9)) {
            return true;
        }
        least = Some(least.map_or(value, |least| least.min(value)));
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(address: &str, train: f64, validation: f64, elsewhere: f64) -> Finished {
        let (ece, membership) = (Some(1.0 - validation), Some(train - 0.2));
        let test = HeldOut { balanced: 0.9, elsewhere: Some(elsewhere), ece, membership };
        Finished { settings: State::parse(address).settings, train, validation, test: Some(test) }
    }

    #[test]
    fn a_lesson_is_an_address_and_begins_with_nothing_done() {
        for lesson in Lesson::ALL {
            let state = State::parse(&format!("#lesson={}", lesson.id()));
            assert_eq!(state, lesson.state());
            assert_eq!(state.written(), format!("lesson={}", lesson.id()));
            assert!(!state.hidden.is_empty(), "{lesson:?} hides nothing");
            let done = |check: &&Check| {
                check.is_done(&Progress::default(), &state.settings, &lesson.state().settings)
            };
            assert_eq!(lesson.checks().iter().filter(done).count(), 0, "{lesson:?}");
            // What a step asks to be changed can be changed.
            for check in lesson.checks() {
                if let Check::Changed(knob) | Check::Different(knob, _) | Check::AtLeast(knob, _) = check {
                    assert!(!state.hidden.contains(knob), "{lesson:?} hides {knob:?}");
                }
            }
        }
    }

    #[test]
    fn checks_see_what_was_done() {
        let begin = Lesson::Overfitting.state().settings;
        let progress = Progress {
            finished: vec![
                run("optimiser=sgd", 0.99, 0.7, 0.6),
                run("optimiser=adam&images=800", 0.9, 0.88, 0.85),
            ],
            ..Progress::default()
        };
        let is_done = |check: Check| check.is_done(&progress, &begin, &begin);
        for check in [
            Check::Trained,
            Check::Gap(0.2),
            Check::SmallerGap(0.2),
            Check::Tested,
            Check::Falls(0.3),
            Check::Recovers(0.2),
            Check::Calibrated(0.1),
            Check::Leaks(0.75),
            Check::KeepsBetter(0.05),
            Check::Different(Knob::Optimiser, 2),
            Check::AtLeast(Knob::Images, 800.0),
        ] {
            assert!(is_done(check), "{check:?}");
        }
        for check in [
            Check::Gap(0.4),
            Check::SmallerGap(0.3),
            Check::Better(0.1),
            Check::Recovers(0.3),
            Check::Calibrated(0.3),
            Check::Leaks(0.9),
            Check::KeepsBetter(0.2),
            Check::Different(Knob::Optimiser, 3),
            Check::Looked,
            Check::Changed(Knob::Noise),
        ] {
            assert!(!is_done(check), "{check:?}");
        }
    }
}

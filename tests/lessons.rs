//! Every lesson can be taught: whoever does what its steps ask for sees them ticked off.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "in a test a failed expectation is the report"
)]
#![cfg(not(target_arch = "wasm32"))]

use lantern::dataset::exercise::Purpose;
use lantern::learn::classroom::{ClassData, Run};
use lantern::lesson::{Finished, HeldOut, Knob, Lesson, Progress, Settings, State};
use std::sync::Arc;

/// Trains to the end and tells the test score.
fn finished(settings: Settings) -> Finished {
    let mut run = Run::new(settings, Arc::new(ClassData::drawn(&settings, |_, _| ()))).unwrap();
    while !run.is_finished() {
        run.step().unwrap();
    }
    let last = run.validate().unwrap();
    let (test, elsewhere) = (run.answers(Purpose::Test).unwrap(), run.answers(Purpose::Elsewhere).unwrap());
    let told = HeldOut {
        balanced: test.balanced_accuracy.unwrap(),
        elsewhere: elsewhere.balanced_accuracy,
        ece: test.ece,
        membership: run.membership(&test).unwrap(),
    };
    Finished { settings, train: last.accuracy, validation: last.validation_accuracy, test: Some(told) }
}

/// What a student changes, run after run.
fn changes(lesson: Lesson) -> &'static [&'static str] {
    match lesson {
        Lesson::Pixels => &["noise=30&contrast=60&side=64"],
        Lesson::Families => &["contrast=40"],
        Lesson::Convolution => &[""],
        Lesson::Overfitting => &["", "images=800"],
        Lesson::Optimisers => &["", "optimiser=momentum", "optimiser=adamw", "optimiser=sgd&rate=0.1"],
        Lesson::Larger => &["", "images=800", "images=800&depth=3", "images=800&depth=3&augmentation=mild"],
        Lesson::Imbalance => &["", "balance=100"],
        Lesson::Shortcut => &["", "marker=50&contrast=30&images=600"],
        Lesson::Shift => &["", "augmentation=mild"],
        Lesson::Calibration => &["", "smoothing=10&images=400"],
        Lesson::Privacy => &["", "images=800&epochs=10"],
    }
}

#[test]
fn who_follows_a_lesson_sees_every_step_ticked_off() {
    // So small batches gain nothing from threads, and lose much where other programs run too.
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().unwrap();
    let mut left = Vec::new();
    for lesson in Lesson::ALL {
        let begin = lesson.state().settings;
        let mut progress = Progress { compared: 2, looked: true, spelled: true, ..Progress::default() };
        let mut now = begin;
        for change in changes(lesson) {
            now = State::parse(&format!("lesson={}&{change}", lesson.id())).settings;
            // These lessons ask for no training.
            if !matches!(lesson, Lesson::Pixels | Lesson::Families) {
                progress.finished.push(finished(now));
            }
        }
        for (step, check) in lesson.checks().iter().enumerate() {
            if !check.is_done(&progress, &now, &begin) {
                let told: Vec<String> = progress.finished.iter().map(told).collect();
                left.push(format!("{lesson:?}, step {}: {check:?} after {}", step + 1, told.join("; ")));
            }
        }
    }
    assert!(left.is_empty(), "{}", left.join("\n"));
}

fn told(run: &Finished) -> String {
    let test = run.test.unwrap();
    format!("{} images: {:.2} {:.2} {test:.2?}", run.settings.get(Knob::Images), run.train, run.validation)
}

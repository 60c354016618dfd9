//! Every lesson can be taught: whoever does what its steps ask for sees them ticked off.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "in a test a failed expectation is the report"
)]
#![cfg(not(target_arch = "wasm32"))]

use lantern::dataset::exercise::Purpose;
use lantern::learn::classroom::{ClassData, Run, disturb, prepare};
use lantern::lesson::{Deed, Finished, HeldOut, Knob, Lesson, Preparation, Progress, Settings, State, WHITE};
use std::sync::Arc;

/// Trains to the end.
fn trained(settings: Settings) -> Run {
    let mut run = Run::new(settings, Arc::new(ClassData::drawn(&settings, |_, _| ()))).unwrap();
    while !run.is_finished() {
        run.step().unwrap();
    }
    run
}

/// What came of a training, with the test score.
fn finished(run: &Run) -> Finished {
    let settings = *run.settings();
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
        Lesson::Preprocessing => &[""],
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
        Lesson::Adversarial => &["", "augmentation=strong"],
    }
}

/// What a student tries on images.
fn deeds(lesson: Lesson, run: &Run) -> Vec<Deed> {
    let usual = Preparation { window: (0, WHITE), side: 28, is_normalised: true };
    let mut deeds = vec![];
    match lesson {
        Lesson::Preprocessing => {
            // The page tells that a pixel was pointed at.
            deeds.push(Deed::Pointed);
            for how in [
                Preparation { window: (90, 170), ..usual },
                Preparation { side: 7, ..usual },
                Preparation { is_normalised: false, ..usual },
            ] {
                for index in 0..20 {
                    deeds.extend(prepare(run.data(), Some(run), index, &how).unwrap().0.deeds());
                }
            }
        }
        Lesson::Adversarial => {
            for size in [2.0, 4.0, 6.0] {
                for index in 0..5 {
                    deeds.extend(disturb(run, index, size, index == 0).unwrap().0.deeds());
                }
            }
        }
        _ => {}
    }
    deeds
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
                let run = trained(now);
                progress.finished.push(finished(&run));
                progress.tried.extend(deeds(lesson, &run));
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

//! The runs side by side: what was set, and what came of it.

use super::figures::figures;
use super::records::RunRecord;
use super::room::Room;
use crate::lesson::{Knob, Settings, State};
use crate::messages::page::classroom as words;
use leptos::prelude::*;

/// A row for each run.
#[component]
pub fn Runs() -> impl IntoView {
    let room = expect_context::<Room>();
    let row = move |run: &RunRecord| {
        let number = run.number;
        let last = run.epochs.last();
        let share = |value: Option<f64>| value.map(percent);
        let test = run.test.as_ref().and_then(|told| told.test.accuracy).map(|accuracy| accuracy.value);
        let is_shown = run.is_shown;
        let show = move |event: web_sys::Event| {
            let is_shown = event_target_checked(&event);
            room.runs.update(|runs| {
                if let Some(run) = runs.iter_mut().find(|run| run.number == number) {
                    run.is_shown = is_shown;
                }
            });
        };
        view! {
            <tr>
                <th scope="row"><label class="check"><input type="checkbox" prop:checked=is_shown on:change=show/>{words::run_name(number)}</label></th>
                <td>{changed(&run.settings)}</td>
                <td>{share(last.map(|epoch| epoch.accuracy))}</td>
                <td>{share(last.map(|epoch| epoch.validation_accuracy))}</td>
                <td>{share(test)}</td>
                <td>{words::finished(run.epochs.len(), run.seconds)}</td>
            </tr>
        }
    };
    let rows = move || room.runs.with(|runs| runs.iter().map(row).collect_view());
    let heads = [
        words::RUN_COLUMN,
        words::CHANGED_COLUMN,
        words::TRAIN_ACCURACY,
        words::VALIDATION_ACCURACY,
        words::TEST_ACCURACY,
        words::TIME_COLUMN,
    ];
    view! { <h3>{words::RUNS}</h3>{figures(words::RUNS, &heads, rows)} }
}

/// A share in per cent.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// What is set otherwise than the lesson, or the room, begins with.
fn changed(settings: &Settings) -> String {
    let room = expect_context::<Room>();
    let lesson = room.state.with_untracked(|state| state.lesson);
    let begin = lesson.map_or_else(State::default, |lesson| lesson.state()).settings;
    let told = |knob: Knob| {
        let (label, unit, _) = words::knob(knob);
        let value = knob.written(settings.get(knob));
        format!("{} {value}{unit}", label.to_lowercase())
    };
    let other = Knob::ALL.into_iter().filter(|knob| settings.get(*knob) != begin.get(*knob));
    let told: Vec<String> = other.map(told).collect();
    if told.is_empty() { words::AS_AT_START.into() } else { told.join(", ") }
}

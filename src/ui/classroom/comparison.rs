//! Four families of method on the images of the class: one table, what each pair comes to, and the images behind each cell.

use super::comparison_plots::Plots;
use super::figures::{figures, matrix, opened};
use super::images::in_blocks;
use super::records::Phase;
use super::room::{Room, SAMPLES};
use crate::lesson::Knob;
use crate::messages::page::classroom as words;
use crate::protocol::classroom::{Comparison, Family, Figure, Outcome, Pair, Request};
use leptos::prelude::*;
use std::collections::BTreeSet;

/// Choice, table, pairs and cells.
#[component]
pub fn Compare() -> impl IntoView {
    let room = expect_context::<Room>();
    let chosen = RwSignal::new(BTreeSet::from([Family::Pixels, Family::Models, Family::Networks]));
    let has_curves = RwSignal::new(false);
    let is_busy = move || {
        room.phase.get() == Phase::Running
            || room.comparing.with(Option::is_some)
            || room.data.with(Option::is_none)
    };
    let start = move |_| {
        room.compared.set(None);
        room.compared_cell.set(None);
        room.comparing.set(Some((0.0, 1, String::new())));
        let families = chosen.with_untracked(|chosen| chosen.iter().copied().collect());
        let (seed, has_curves) = (room.settings().count(Knob::Seed) as u64, has_curves.get_untracked());
        room.send(&Request::Compare { families, seed, has_curves });
    };
    let family = move |family: Family| {
        let change = move |event: web_sys::Event| {
            let is_chosen = event_target_checked(&event);
            chosen.update(|chosen| {
                if is_chosen {
                    chosen.insert(family)
                } else {
                    chosen.remove(&family)
                };
            });
        };
        view! {
            <label class="check">
                <input type="checkbox" prop:checked=move || chosen.with(|chosen| chosen.contains(&family)) on:change=change/>
                {words::family(family.name())}
            </label>
        }
    };
    let waiting = move || {
        room.comparing.get().map(|(done, of, method)| {
            view! {
                <div class="waiting" role="status">
                    <progress max=of.max(1) value=done aria-label=words::COMPARE></progress>
                    <span>{method}</span>
                    <button type="button" on:click=move |_| room.start_worker()>{words::CANCEL}</button>
                </div>
            }
        })
    };
    let shown = move || room.compared.get().map(|compared| view! { <Table compared/> });
    view! {
        <section class="card" aria-label=words::COMPARE>
            <h2>{words::COMPARE}</h2>
            <p class="small">{words::COMPARE_HINT}</p>
            <div class="ways" role="group" aria-label=words::FAMILIES>{Family::ALL.map(family)}</div>
            <label class="check">
                <input type="checkbox" prop:checked=move || has_curves.get() on:change=move |event| has_curves.set(event_target_checked(&event))/>
                {words::WITH_CURVES}
            </label>
            <div class="ways">
                <button type="button" disabled=move || is_busy() || chosen.with(BTreeSet::is_empty) on:click=start>{words::COMPARE_BUTTON}</button>
                <button type="button" class="quiet" disabled=is_busy on:click=move |_| room.send(&Request::Archive)>{words::SAVE_IMAGES}</button>
            </div>
            {waiting}
            {shown}
        </section>
    }
}

#[component]
fn Table(compared: (Comparison, Vec<Pair>)) -> impl IntoView {
    let (comparison, pairs) = compared;
    let line = words::command_line(comparison.seed, comparison.side, !comparison.curves.is_empty());
    let row = |outcome: &Outcome| {
        let figure = |figure: Figure| {
            let told = outcome
                .figures
                .get(&figure)
                .map(|e| format!("{:.3} ({:.3} - {:.3})", e.value, e.low, e.high));
            view! { <td>{told}</td> }
        };
        view! {
            <tr>
                <th scope="row">{outcome.method.to_string()}</th>
                {Figure::ALL.map(figure)}
                <td>{format!("{:.2}", outcome.fit_seconds)}</td><td>{format!("{:.2}", outcome.test_seconds)}</td>
                <td>{format!("{:.0}", outcome.bytes as f64 / 1024.0)}</td>
            </tr>
        }
    };
    let pair = |pair: &Pair| {
        let share = |share: f64| format!("{share:.3}");
        view! {
            <tr>
                <th scope="row">{pair.first.to_string()}</th><td>{pair.second.to_string()}</td>
                <td>{share(pair.first_better)}</td><td>{share(pair.negligible)}</td><td>{share(pair.second_better)}</td>
                <td>{share(pair.mcnemar.p)}</td><td>{pair.delong.as_ref().map(|test| share(test.p))}</td>
            </tr>
        }
    };
    let heads = [
        &[words::METHOD_COLUMN],
        &words::FIGURES[..],
        &[words::FIT_COLUMN, words::APPLY_COLUMN, words::SIZE_COLUMN],
    ];
    let pair_heads = [
        words::FIRST_COLUMN,
        words::SECOND_COLUMN,
        words::FIRST_BETTER,
        words::NEGLIGIBLE,
        words::SECOND_BETTER,
        words::MCNEMAR,
        words::DELONG,
    ];
    let leaks = (!comparison.leaks.is_empty())
        .then(|| view! { <p class="problem" role="alert">{words::twins(comparison.leaks.len(), 0)}</p> });
    view! {
        <p>{words::compared_on(comparison.trained_on, comparison.images.len(), comparison.side)}</p>
        {leaks}
        <div class="dense">
            {figures(words::METHODS, &heads.concat(), comparison.methods.iter().map(row).collect_view())}
        </div>
        <details>
            <summary>{words::PAIRS}</summary>
            <p class="small">{words::PAIRS_HINT}</p>
            {figures(words::PAIRS, &pair_heads, pairs.iter().map(pair).collect_view())}
        </details>
        <Plots comparison=comparison.clone()/>
        <Cells comparison/>
        <p class="small">{words::SAME_NUMBERS}" "<code>{line}</code></p>
    }
}

/// Truth against answer of one method, and the images of a cell.
#[component]
fn Cells(comparison: Comparison) -> impl IntoView {
    let room = expect_context::<Room>();
    let chosen = RwSignal::new(0usize);
    let names: Vec<String> = comparison.methods.iter().map(|outcome| outcome.method.to_string()).collect();
    let comparison = StoredValue::new(comparison);
    let shown = move || {
        comparison.with_value(|comparison| {
            let outcome = comparison.methods.get(chosen.get())?;
            let images = |truth: usize, answer: usize| -> Vec<String> {
                let images = comparison.cell(outcome, truth, answer).into_iter();
                images.filter_map(|at| Some(comparison.images.get(at)?.path.clone())).collect()
            };
            let open = move |title: String, paths: &[String]| {
                room.compared_cell.set(Some((title, paths.len(), None)));
                let paths = paths.iter().take(SAMPLES).cloned().collect();
                room.send(&Request::PicturesAt { paths });
            };
            let name = outcome.method.to_string();
            Some(matrix(&name, words::CONFUSION.into(), &comparison.classes, &images, open))
        })
    };
    let pictures = move || {
        let (title, all, pictures) = room.compared_cell.get()?;
        Some(opened(title, all, pictures.map(|(side, pixels)| in_blocks(side, &pixels))))
    };
    let choose = move |event: web_sys::Event| {
        if let Ok(place) = event_target_value(&event).parse() {
            chosen.set(place);
        }
    };
    let option = |(place, name): (usize, String)| view! { <option value=place>{name}</option> };
    view! {
        <label>{words::METHOD_COLUMN}" "<select on:change=choose>{names.into_iter().enumerate().map(option).collect_view()}</select></label>
        {shown}
        {pictures}
    }
}

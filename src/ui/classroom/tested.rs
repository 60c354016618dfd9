//! What was held out: scores with their intervals, truth against answer, and the images behind each cell.

use super::images::PictureList;
use super::room::{Room, SAMPLES};
use super::runs::percent;
use crate::lesson::Answers;
use crate::messages::count;
use crate::messages::page::classroom as words;
use crate::protocol::classroom::{Place, Purpose, Request};
use leptos::prelude::*;

/// The scores of the last run that was tested; nothing before.
#[component]
pub fn Tested() -> impl IntoView {
    let room = expect_context::<Room>();
    let told = Memo::new(move |_| room.runs.with(|runs| runs.last().and_then(|run| run.test.clone())));
    let shown = move || {
        let (test, elsewhere) = *told.get()?;
        let row = |(name, answers): (&'static str, &Answers)| {
            let interval = answers
                .accuracy
                .map(|e| format!("{} ({} - {})", percent(e.value), percent(e.low), percent(e.high)));
            view! {
                <tr>
                    <th scope="row">{name}</th><td>{answers.labels.len()}</td><td>{interval}</td>
                    <td>{answers.balanced_accuracy.map(percent)}</td>
                    <td>{answers.auc.map(|auc| format!("{auc:.3}"))}</td>
                </tr>
            }
        };
        let sets = std::iter::once((words::TEST_SET, &test))
            .chain(elsewhere.iter().map(|elsewhere| (words::ELSEWHERE_SET, elsewhere)));
        let rows = sets.map(row).collect_view();
        let matrices = std::iter::once((Purpose::Test, words::TEST_SET, test.clone()))
            .chain(elsewhere.clone().map(|answers| (Purpose::Elsewhere, words::ELSEWHERE_SET, answers)));
        let matrices =
            matrices.map(|(purpose, name, answers)| view! { <Matrix purpose name answers/> }).collect_view();
        Some(view! {
            <section class="card" aria-label=words::TEST_TITLE>
                <h2>{words::TEST_TITLE}</h2>
                <div class="scrolled">
                    <table class="figures-table">
                        <thead><tr>
                            <th scope="col">{words::SET_COLUMN}</th><th scope="col">{words::IMAGES_COLUMN}</th>
                            <th scope="col">{words::ACCURACY_COLUMN}</th><th scope="col">{words::BALANCED_COLUMN}</th>
                            <th scope="col">{words::AUC_COLUMN}</th>
                        </tr></thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
                <div class="plots">{matrices}</div>
                <Cell/>
            </section>
        })
    };
    view! { {shown} }
}

#[component]
fn Matrix(purpose: Purpose, name: &'static str, answers: Answers) -> impl IntoView {
    let room = expect_context::<Room>();
    let classes =
        room.data.with_untracked(|data| data.as_ref().map_or(Vec::new(), |data| data.classes.clone()));
    let cell = |truth: usize, answer: usize| {
        let images = answers.cell(truth, answer);
        let of = |class: usize| classes.get(class).cloned().unwrap_or_default();
        let (truth, answer) = (of(truth), of(answer));
        let all = images.len();
        let label = words::cell(&count(all, "image"), &truth, &answer);
        let title = format!("{name}: {}", words::cell_title(&truth, &answer));
        let open = move |_| {
            room.cell.set(Some((title.clone(), all, None)));
            let indices = images.iter().copied().take(SAMPLES).collect();
            room.send(&Request::Pictures { purpose, indices, place: Place::Cell });
        };
        view! { <td><button type="button" aria-label=label on:click=open>{all}</button></td> }
    };
    let row = |truth: usize| {
        let cells = (0..classes.len()).map(|answer| cell(truth, answer)).collect_view();
        view! { <tr><th scope="row">{classes.get(truth).cloned()}</th>{cells}</tr> }
    };
    let rows = (0..classes.len()).map(row).collect_view();
    let head =
        classes.iter().map(|class| view! { <th scope="col">{words::answered(class)}</th> }).collect_view();
    view! {
        <table class="figures-table matrix">
            <caption>{name}": "{words::CONFUSION}</caption>
            <thead><tr><th scope="col">{words::TRUTH_COLUMN}</th>{head}</tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

/// The images of the cell that was chosen.
#[component]
fn Cell() -> impl IntoView {
    let room = expect_context::<Room>();
    let shown = move || {
        let (title, all, pictures) = room.cell.get()?;
        let some = (all > SAMPLES).then(|| view! { <p class="small">{words::first_of(SAMPLES, all)}</p> });
        let none = (all == 0).then(|| view! { <p>{words::NONE_IN_CELL}</p> });
        Some(view! {
            <div role="status">
                <h3>{title}</h3>
                {none}
                {some}
                {pictures.map(|pictures| view! { <PictureList pictures/> })}
            </div>
        })
    };
    view! { {shown} }
}

//! What was held out: scores with their intervals, curves, truth against answer, and the images behind each cell.

use super::figures::{figures, matrix, opened};
use super::images::PictureList;
use super::plot::PlotView;
use super::records::{RunRecord, Told};
use super::room::{Room, SAMPLES};
use super::runs::percent;
use crate::lesson::{Answers, Settings};
use crate::messages::page::classroom as words;
use crate::protocol::classroom::{Place, Purpose, Request};
use crate::viewing::plot::{Plot, Series};
use leptos::prelude::*;

/// A set that was held out: its purpose, its name, and what was answered.
type TestSet<'a> = (Purpose, &'static str, &'a Answers);

/// The scores of the last run, once it was tested; nothing before.
#[component]
pub fn Tested() -> impl IntoView {
    let room = expect_context::<Room>();
    let told = Memo::new(move |_| {
        let of = |run: &RunRecord| Some((run.test.clone()?, run.settings));
        room.runs.with(|runs| runs.last().and_then(of))
    });
    let shown = move || told.get().map(|(told, settings)| view! { <Scores told=*told settings/> });
    view! { {shown} }
}

#[component]
fn Scores(told: Told, settings: Settings) -> impl IntoView {
    let room = expect_context::<Room>();
    let sets: Vec<TestSet> = std::iter::once((Purpose::Test, words::TEST_SET, &told.test))
        .chain(told.elsewhere.iter().map(|answers| (Purpose::Elsewhere, words::ELSEWHERE_SET, answers)))
        .collect();
    let (roc, calibration) = (roc(&sets), calibration(&sets));
    let has_roc = roc.series.len() > 1;
    let (roc, calibration) = (Memo::new(move |_| roc.clone()), Memo::new(move |_| calibration.clone()));
    let classes =
        room.data.with_untracked(|data| data.as_ref().map_or(Vec::new(), |data| data.classes.clone()));
    let matrix = |(purpose, name, answers): &TestSet| {
        let purpose = *purpose;
        let open = move |title: String, images: &[usize]| {
            if !room.has_images_of(&settings) {
                return room.cell.set(Some((words::other_images(&title), images.len(), None)));
            }
            room.cell.set(Some((title, images.len(), None)));
            let indices = images.iter().copied().take(SAMPLES).collect();
            room.send(&Request::Pictures { purpose, indices, place: Place::Cell });
        };
        let caption = format!("{name}: {}", words::CONFUSION);
        matrix(name, caption, &classes, &|truth, answer| answers.cell(truth, answer), open)
    };
    let heads = [
        words::SET_COLUMN,
        words::IMAGES_COLUMN,
        words::ACCURACY_COLUMN,
        words::BALANCED_COLUMN,
        words::AUC_COLUMN,
        words::ECE_COLUMN,
    ];
    view! {
        <section class="card" aria-label=words::TEST_TITLE>
            <h2>{words::TEST_TITLE}</h2>
            {figures(words::SCORES, &heads, sets.iter().map(row).collect_view())}
            {told.membership.map(|auc| view! { <p>{words::membership(auc)}</p> })}
            <div class="plots">{sets.iter().map(matrix).collect_view()}</div>
            <Cell/>
            <div class="plots">
                {has_roc.then(|| view! { <PlotView plot=roc/> })}
                <PlotView plot=calibration/>
            </div>
        </section>
    }
}

fn row((_, name, answers): &TestSet) -> impl IntoView + use<> {
    let interval =
        answers.accuracy.map(|e| format!("{} ({} - {})", percent(e.value), percent(e.low), percent(e.high)));
    view! {
        <tr>
            <th scope="row">{*name}</th><td>{answers.labels.len()}</td><td>{interval}</td>
            <td>{answers.balanced_accuracy.map(percent)}</td>
            <td>{answers.auc.map(|auc| format!("{auc:.3}"))}</td>
            <td>{answers.ece.map(|ece| format!("{ece:.3}"))}</td>
        </tr>
    }
}

fn series(name: &str, points: Vec<(f64, f64)>, group: usize, is_dashed: bool) -> Series {
    Series { name: name.into(), points, group, is_dashed }
}

/// The curve of each set that has one, over the diagonal.
fn roc(sets: &[TestSet]) -> Plot {
    let with_curve = sets.iter().enumerate().filter(|(_, (_, _, answers))| !answers.roc.is_empty());
    let mut all: Vec<Series> = with_curve
        .map(|(group, (_, name, answers))| series(name, answers.roc.clone(), group, false))
        .collect();
    all.push(series(words::GUESS_LINE, vec![(0.0, 0.0), (1.0, 1.0)], 5, true));
    square(words::ROC_PLOT, words::ROC_AXIS, all)
}

/// How often answers of about one probability are right.
fn calibration(sets: &[TestSet]) -> Plot {
    let line = |(group, (_, name, answers)): (usize, &TestSet)| {
        let points = answers.reliability.iter().filter(|(images, ..)| *images > 0);
        let points = points.map(|(_, sure, right)| (f64::from(*sure), f64::from(*right))).collect();
        series(name, points, group, false)
    };
    let mut all: Vec<Series> = sets.iter().enumerate().map(line).collect();
    all.push(series(words::IDEAL_LINE, vec![(0.0, 0.0), (1.0, 1.0)], 5, true));
    square(words::CALIBRATION_PLOT, words::CALIBRATION_AXIS, all)
}

fn square(title: &str, across: &str, series: Vec<Series>) -> Plot {
    Plot {
        title: title.into(),
        across: across.into(),
        series,
        range: Some((0.0, 1.0)),
        is_logarithmic: false,
    }
}

/// The images of the cell that was chosen.
#[component]
fn Cell() -> impl IntoView {
    let room = expect_context::<Room>();
    let shown = move || {
        let (title, all, pictures) = room.cell.get()?;
        Some(opened(title, all, pictures.map(|pictures| view! { <PictureList pictures/> })))
    };
    view! { {shown} }
}

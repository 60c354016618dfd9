//! The training: its buttons, how far it is, its curves, and the runs before it.

use super::plot::PlotView;
use super::records::{Phase, RunRecord};
use super::room::Room;
use super::runs::Runs;
use crate::lesson::{EpochScores, Knob};
use crate::messages::page::classroom as words;
use crate::protocol::classroom::Request;
use crate::viewing::plot::{Plot, Series};
use leptos::prelude::*;

/// Buttons, curves and runs.
#[component]
pub fn Training() -> impl IntoView {
    let room = expect_context::<Room>();
    let has_runs = move || room.runs.with(|runs| runs.iter().any(|run| !run.epochs.is_empty()));
    let loss = Memo::new(move |_| {
        let plot = |epoch: &EpochScores| (f64::from(epoch.loss), f64::from(epoch.validation_loss));
        room.runs.with(|runs| curves(runs, words::LOSS_PLOT, None, plot))
    });
    let accuracy = Memo::new(move |_| {
        let plot = |epoch: &EpochScores| (epoch.accuracy, epoch.validation_accuracy);
        room.runs.with(|runs| curves(runs, words::ACCURACY_PLOT, Some((0.0, 1.0)), plot))
    });
    view! {
        <section class="card" id="training" aria-label=words::TRAINING>
            <h2>{words::TRAINING}</h2>
            <Buttons/>
            <Progress/>
            <Show when=has_runs fallback=move || view! { <p>{words::NOT_YET}</p> }>
                <div class="plots">
                    <PlotView plot=loss/>
                    <PlotView plot=accuracy/>
                </div>
                <MorePlots/>
                <Runs/>
            </Show>
            <p class="small">{words::HARDWARE}</p>
        </section>
    }
}

#[component]
fn Buttons() -> impl IntoView {
    let room = expect_context::<Room>();
    let phase = room.phase;
    let is_busy = move || room.preparing.with(Option::is_some);
    let is = move |wanted: Phase| phase.get() == wanted;
    let step = move |_| if is(Phase::Paused) { room.go_on(1) } else { room.train(1) };
    view! {
        <div class="run-bar">
            <Show when=move || is(Phase::Running)>
                <button type="button" class="primary" on:click=move |_| room.send(&Request::Pause)>{words::PAUSE}</button>
            </Show>
            <Show when=move || is(Phase::Paused)>
                <button type="button" class="primary" on:click=move |_| room.go_on(0)>{words::GO_ON}</button>
            </Show>
            <Show when=move || !is(Phase::Running) && !is(Phase::Paused)>
                <button type="button" class="primary" disabled=is_busy on:click=move |_| room.train(0)>{words::TRAIN}</button>
            </Show>
            <button type="button" disabled=move || is(Phase::Running) || is_busy() on:click=step>{words::ONE_STEP}</button>
            <button type="button" disabled=move || !(is(Phase::Paused) || is(Phase::Finished)) title=words::TEST_HINT
                on:click=move |_| room.send(&Request::Test)>{words::TEST}</button>
            <button type="button" disabled=move || is(Phase::Idle)
                on:click=move |_| {
                    room.send(&Request::Pause);
                    room.runs.update(|runs| {
                        runs.pop();
                    });
                    room.forget_run();
                }>{words::DROP_RUN}</button>
        </div>
    }
}

#[component]
fn Progress() -> impl IntoView {
    let room = expect_context::<Room>();
    let told = move || {
        let (step, rate) = room.live.get()?;
        let epochs = room.runs.with(|runs| runs.last().map(|run| run.settings.count(Knob::Epochs)))?;
        let steps = (step.of / epochs.max(1)).max(1);
        let epoch = (step.step.saturating_sub(1)) / steps + 1;
        Some((step.step, step.of, words::progress(epoch, epochs, step.step, step.of, step.loss, rate)))
    };
    let fetched = move || room.fetching.get().map(|(done, of)| (done, of.max(1)));
    view! {
        {move || fetched().map(|(done, of)| view! {
            <div class="waiting" role="status">
                <progress max=of value=done aria-label=words::FETCHING></progress>
                <span>{words::FETCHING}</span>
            </div>
        })}
        {move || told().map(|(done, of, line)| view! {
            <div class="waiting">
                <progress max=of value=done aria-label=words::TRAINING></progress>
                <span>{line}</span>
            </div>
        })}
        <p class="visually-hidden" role="status">{move || match room.phase.get() {
            Phase::Finished => room.runs.with(|runs| {
                runs.last().map(|run| words::finished(run.epochs.len(), run.seconds)).unwrap_or_default()
            }),
            _ => String::new(),
        }}</p>
    }
}

/// Curves of training and validation, of every run that is shown.
fn curves(
    runs: &[RunRecord],
    title: &str,
    range: Option<(f64, f64)>,
    of: impl Fn(&EpochScores) -> (f64, f64),
) -> Plot {
    let mut series = Vec::new();
    for run in runs.iter().filter(|run| run.is_shown && !run.epochs.is_empty()) {
        let line = |pick: &dyn Fn(&EpochScores) -> f64| {
            run.epochs.iter().map(|epoch| (epoch.epoch as f64, pick(epoch))).collect()
        };
        let group = run.number - 1;
        let (train, validation) = (line(&|epoch| of(epoch).0), line(&|epoch| of(epoch).1));
        series.push(Series { name: words::training_line(run.number), points: train, group, is_dashed: true });
        series.push(Series {
            name: words::validation_line(run.number),
            points: validation,
            group,
            is_dashed: false,
        });
    }
    Plot { title: title.into(), across: words::EPOCH_AXIS.into(), series, range, is_logarithmic: false }
}

/// The learning rate of all runs, and the layers' norms of the last.
#[component]
fn MorePlots() -> impl IntoView {
    let room = expect_context::<Room>();
    let is_open = RwSignal::new(false);
    let rate = Memo::new(move |_| {
        let line = |run: &RunRecord| Series {
            name: words::run_line(run.number),
            points: run.epochs.iter().map(|epoch| (epoch.epoch as f64, epoch.rate)).collect(),
            group: run.number - 1,
            is_dashed: false,
        };
        let series = room.runs.with(|runs| runs.iter().filter(|run| run.is_shown).map(line).collect());
        plot(words::RATE_PLOT, series)
    });
    let norms = move |title: &'static str, of: fn(&crate::lesson::LayerNorms) -> f32| {
        Memo::new(move |_| {
            plot(title, room.runs.with(|runs| runs.last().map_or(Vec::new(), |run| layers(run, of))))
        })
    };
    let weights = norms(words::WEIGHTS_PLOT, |layer| layer.weights);
    let gradients = norms(words::GRADIENT_PLOT, |layer| layer.gradient);
    view! {
        <details on:toggle=move |event| is_open.set(event_target::<web_sys::HtmlDetailsElement>(&event).open())>
            <summary>{words::MORE_PLOTS}</summary>
            <Show when=move || is_open.get()>
                <div class="plots"><PlotView plot=rate/><PlotView plot=weights/><PlotView plot=gradients/></div>
            </Show>
        </details>
    }
}

fn plot(title: &str, series: Vec<Series>) -> Plot {
    let across = words::EPOCH_AXIS.into();
    Plot { title: title.into(), across, series, range: None, is_logarithmic: true }
}

/// A line for each layer.
fn layers(run: &RunRecord, of: fn(&crate::lesson::LayerNorms) -> f32) -> Vec<Series> {
    let names = run
        .epochs
        .first()
        .map_or(Vec::new(), |epoch| epoch.layers.iter().map(|layer| layer.name.clone()).collect::<Vec<_>>());
    let line = |(place, name): (usize, String)| {
        let point = |epoch: &EpochScores| {
            let layer = epoch.layers.get(place)?;
            Some((epoch.epoch as f64, f64::from(of(layer))))
        };
        Series {
            points: run.epochs.iter().filter_map(point).collect(),
            name,
            group: place,
            is_dashed: place % 2 == 1,
        }
    };
    names.into_iter().enumerate().map(line).collect()
}

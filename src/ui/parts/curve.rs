//! The scores of a series' frames as a curve, on which a reader goes from frame to frame.

use crate::examination::Verdict;
use crate::messages;
use crate::ui::desk::Desk;
use crate::ui::job::Job;
use crate::ui::series::FrameScore;
use crate::viewing::curve::{self, Curve};
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent, PointerEvent};

/// The curve of the image that is looked at; nothing for a single frame, and nothing before what is asked was answered.
#[component]
pub fn ScoreCurve() -> impl IntoView {
    let desk = expect_context::<Desk>();
    let job = Memo::new(move |_| {
        let is_told = |job: &Job| job.is_series() && job.highest().is_some() && job.asks().is_none();
        desk.current().filter(is_told).map(|job| job.id)
    });
    let curve = move || {
        let job = job.get().and_then(|id| desk.job(id))?;
        Some(view! { <CurveOf job/> })
    };
    view! { {curve} }
}

#[component]
fn CurveOf(job: Job) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let job = StoredValue::new_local(job);
    let of = move |tell: &dyn Fn(&Job) -> u32| job.with_value(|job| tell(job));
    let count = move || of(&|job| job.frames.get());
    let at = move || of(&|job| job.frame.get());
    let go = move |frame: u32| job.with_value(|job| job.frame.set(frame));
    let drawn = Memo::new(move |_| {
        let scored = job.with_value(|job| {
            job.scores(|scores| scores.iter().map(|(frame, one)| (*frame, one.score())).collect::<Vec<_>>())
        });
        Curve::new(&scored.unwrap_or_default())
    });
    let hovered = RwSignal::new(None::<u32>);
    let place = NodeRef::<Div>::new();
    let under = move |event: &PointerEvent| {
        let place = place.get_untracked()?.unchecked_into::<Element>().get_bounding_client_rect();
        let share = (f64::from(event.client_x()) - place.left()) / place.width().max(1.0);
        Some(curve::frame_at(share, untrack(count)))
    };
    let press = move |event: KeyboardEvent| {
        let (now, last) = (untrack(at), untrack(count).saturating_sub(1));
        let wanted = match event.key().as_str() {
            "ArrowLeft" | "ArrowDown" => now.saturating_sub(1),
            "ArrowRight" | "ArrowUp" => now.saturating_add(1).min(last),
            "Home" => 0,
            "End" => last,
            _ => return,
        };
        event.prevent_default();
        go(wanted);
    };
    let words = move |frame: u32| job.with_value(|job| frame_words(desk, job, frame));
    let line = move || {
        let shown = job.with_value(Job::highest)?;
        let answer = desk.judged(&shown.examination.model.id, shown.examination.answer.as_ref()?);
        let has_threshold = !matches!(answer.verdict, Verdict::Named | Verdict::Withheld);
        has_threshold.then(|| curve::level(answer.operating_point.threshold.get()))
    };
    view! {
        <div class="curve" data-testid="curve" node_ref=place tabindex="0" role="slider" aria-label="Score of each frame"
            aria-valuemin="1" aria-valuemax=move || count().to_string() aria-valuenow=move || (at() + 1).to_string()
            aria-valuetext=move || words(at())
            on:pointermove=move |event| {
                let frame = under(&event);
                hovered.set(frame);
                // Drawn along with the button held, it follows.
                if let Some(frame) = frame.filter(|_| event.buttons() == 1) { go(frame) }
            }
            on:pointerleave=move |_| hovered.set(None)
            on:pointerdown=move |event| if let Some(frame) = under(&event) { go(frame) } on:keydown=press>
            <svg viewBox=move || format!("0 0 {} {}", count(), curve::HEIGHT) preserveAspectRatio="none" aria-hidden="true">
                <rect class="at" x=move || at().to_string() y="0" width="1" height=curve::HEIGHT.to_string()></rect>
                {move || line().map(|level| view! {
                    <path class="threshold" d=format!("M0 {level:.1}H{}", count())></path>
                })}
                <path class="line" d=move || drawn.with(|curve| curve.line.clone())></path>
                <path class="points" d=move || drawn.with(|curve| curve.points.clone())></path>
                <path class="refused" d=move || drawn.with(|curve| curve.refused.clone())></path>
            </svg>
        </div>
        <p class="small curve-words">
            <span data-testid="curve-said">{move || words(hovered.get().unwrap_or_else(at))}</span>
            <Summary job/>
        </p>
    }
}

/// How many frames were examined, and where the highest score is.
#[component]
fn Summary(job: StoredValue<Job, LocalStorage>) -> impl IntoView {
    let desk = expect_context::<Desk>();
    let count =
        move || job.with_value(|job| messages::examined_frames(job.examined_frames(), job.frames.get()));
    let highest = Memo::new(move |_| {
        let shown = job.with_value(Job::highest)?;
        let answer = desk.judged(&shown.examination.model.id, shown.examination.answer.as_ref()?);
        Some((shown.frame, messages::highest_frame(shown.frame + 1, &answer)))
    });
    let go = move |_| {
        if let Some((frame, _)) = highest.get_untracked() {
            job.with_value(|job| job.frame.set(frame));
        }
    };
    view! {
        <span data-testid="frames-examined">{count}</span>
        {move || highest.get().map(|(_, words)| view! {
            <button type="button" class="quiet" data-testid="go-highest" title="Go to the highest frame" on:click=go>{words}</button>
        })}
    }
}

/// A frame and what was found on it.
fn frame_words(desk: Desk, job: &Job, frame: u32) -> String {
    let found = job.scores(|scores| scores.get(&frame).cloned()).flatten();
    let number = frame + 1;
    match found {
        None => format!("Frame {number}: not examined yet"),
        Some(FrameScore::Failed(problem)) => {
            format!("Frame {number}: could not be examined, {}", problem.message)
        }
        Some(FrameScore::Examined(shown)) => {
            let judged = |answer| desk.judged(&shown.examination.model.id, answer);
            messages::frame_line(number, shown.examination.answer.as_ref().map(judged).as_ref())
        }
    }
}

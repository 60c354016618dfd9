//! The scores of a series' frames as a curve, which is also a slider over the frames.

use crate::examination::Answer;
use crate::messages::{self, page};
use crate::ui::elements::Elements;
use crate::ui::item::Item;
use crate::ui::series::FrameScore;
use crate::ui::workspace::Workspace;
use crate::viewing::curve::{self, Curve};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent, PointerEvent};

/// The curve of the current image; nothing for a single frame, and nothing before what is asked was answered.
#[component]
pub fn ScoreCurve() -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let item = Memo::new(move |_| {
        let is_told =
            |item: &Item| item.is_series() && workspace.highest(item).is_some() && item.asks().is_none();
        workspace.current().filter(is_told).map(|item| item.id)
    });
    let curve = move || {
        let item = item.get().and_then(|id| workspace.item(id))?;
        Some(view! { <CurveOf item/> })
    };
    view! { {curve} }
}

#[component]
fn CurveOf(item: Item) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let item = StoredValue::new_local(item);
    let of = move |tell: &dyn Fn(&Item) -> u32| item.with_value(|item| tell(item));
    let count = move || of(&|item| item.frames.get());
    let at = move || of(&|item| item.frame.get());
    let go = move |frame: u32| item.with_value(|item| item.frame.set(frame));
    let drawn = Memo::new(move |_| {
        let scored = item.with_value(|item| {
            // Of many labels, the one that heads the frame that stands for all.
            let highest = highest(workspace, item);
            let label = highest.as_ref().map_or("", |(_, answer)| answer.label());
            let score = |(frame, one): (&u32, &FrameScore)| (*frame, one.score(label));
            item.scores(|scores| scores.iter().map(score).collect::<Vec<_>>())
        });
        Curve::new(&scored.unwrap_or_default())
    });
    let hovered = RwSignal::new(None::<u32>);
    let place = expect_context::<Elements>().curve;
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
    let words = move |frame: u32| item.with_value(|item| frame_words(workspace, item, frame));
    let line = move || {
        let (_, answer) = item.with_value(|item| highest(workspace, item))?;
        answer.threshold().map(|point| curve::level(point.threshold.get()))
    };
    view! {
        <div class="curve" node_ref=place tabindex="0" role="slider" aria-label=page::series::CURVE
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
            <span class="curve-said">{move || words(hovered.get().unwrap_or_else(at))}</span>
            <Summary item/>
        </p>
    }
}

/// The frame that stands for all, and its answer at the thresholds of the user's choice.
fn highest(workspace: Workspace, item: &Item) -> Option<(u32, Answer)> {
    let shown = workspace.highest(item)?;
    let answer = workspace.judged(&shown.examination.model.id, shown.examination.answer.as_ref()?);
    Some((shown.frame, answer))
}

/// How many frames were examined, and which one stands for all.
#[component]
fn Summary(item: StoredValue<Item, LocalStorage>) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let count =
        move || item.with_value(|item| messages::examined_frames(item.examined_frames(), item.frames.get()));
    let highest = Memo::new(move |_| {
        let (frame, answer) = item.with_value(|item| highest(workspace, item))?;
        Some((frame, messages::highest_frame(frame + 1, &answer)))
    });
    let go = move |_| {
        if let Some((frame, _)) = highest.get_untracked() {
            item.with_value(|item| item.frame.set(frame));
        }
    };
    view! {
        <span>{count}</span>
        {move || highest.get().map(|(_, words)| view! {
            <button type="button" class="quiet" title=page::series::HIGHEST_BUTTON on:click=go>{words}</button>
        })}
    }
}

/// A frame and what was found on it.
fn frame_words(workspace: Workspace, item: &Item, frame: u32) -> String {
    let found = item.scores(|scores| scores.get(&frame).cloned()).flatten();
    let number = frame + 1;
    match found {
        None => page::series::not_examined(number),
        Some(FrameScore::Failed(problem)) => page::series::failed(number, &problem.message),
        Some(FrameScore::Examined(shown)) => {
            let judged = |answer| workspace.judged(&shown.examination.model.id, answer);
            messages::frame_line(number, shown.examination.answer.as_ref().map(judged).as_ref())
        }
    }
}

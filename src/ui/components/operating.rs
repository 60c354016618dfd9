//! The operating point: the user moves the threshold and states the prevalence, and sees what both make of the answer.

use crate::examination::{Answer, OperatingPoint, ReliabilityBin};
use crate::messages::page;
use crate::metrics::{self, PredictiveValues};
use crate::ui::workspace::{Workspace, finding_key};
use crate::units::{Estimate, Probability};
use leptos::prelude::*;
use web_sys::HtmlInputElement;

/// Slider, shares, predictive values and the reliability diagram. `point`: as the card of `model` has it; `judged`: the answer at the user's.
#[component]
pub fn OperatingPointView(model: String, point: OperatingPoint, judged: Memo<Answer>) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let OperatingPoint { label, measured_on, prevalence: measured, .. } = point.clone();
    let own = point.threshold.get();
    let key = StoredValue::new(finding_key(&model, &label));
    let prevalence = move || {
        key.with_value(|key| workspace.prevalence.with(|all| all.get(key).copied())).unwrap_or(measured)
    };
    let reason = workspace.summary(&model).map(|summary| summary.about.purpose_reason).unwrap_or_default();
    let reliability =
        workspace.finding(&model, &label).map(|finding| finding.reliability).unwrap_or_default();
    let point = Memo::new(move |_| judged.get().operating_point.unwrap_or_else(|| point.clone()));
    // In hundredths; back to where it was measured without a number.
    let move_to = move |hundredths: Option<f32>| {
        let threshold = hundredths.and_then(|hundredths| Probability::new(hundredths / 100.0));
        workspace.thresholds.update(|all| {
            match threshold {
                Some(threshold) => all.insert(key.get_value(), threshold),
                None => all.remove(&key.get_value()),
            };
        });
    };
    let share = |e: Estimate| page::threshold::share(e.value, e.low, e.high);
    // With its range: both shares at the ends of their intervals, the worse together and the better together.
    let worth = Memo::new(move |_| {
        let (point, prevalence) = (point.get(), prevalence());
        let at = |of: fn(&Estimate) -> f64| {
            metrics::predictive_values(of(&point.sensitivity), of(&point.specificity), prevalence)
        };
        [at(|e| e.value), at(|e| e.low), at(|e| e.high)]
    });
    let value = move |which: fn(PredictiveValues) -> Option<f64>| {
        let number = |value: f64| Probability::new(value as f32).map_or(String::new(), |p| p.to_string());
        match worth.get().map(which) {
            [Some(value), Some(low), Some(high)] => {
                page::threshold::range(&number(value), &number(low), &number(high))
            }
            [Some(value), ..] => number(value),
            _ => page::threshold::NO_SUCH_ANSWER.into(),
        }
    };
    let is_moved = move || (point.get().threshold.get() - own).abs() > 1e-6;
    view! {
        <h3>{page::threshold::TITLE}</h3>
        <label class="dial">
            <span>{page::threshold::suspect_from(&label)}</span>
            <input type="range" min="1" max="99" step="1"
                prop:value=move || (point.get().threshold.get() * 100.0).round().to_string()
                on:input=move |event| {
                    move_to(Some(event_target::<HtmlInputElement>(&event).value_as_number() as f32));
                }/>
            <output>{move || point.get().threshold.to_string()}</output>
        </label>
        <p class="small" class:hidden=move || !is_moved()>
            {page::threshold::moved_from(own)}
            <button type="button" on:click=move |_| move_to(None)>{page::threshold::PUT_BACK_BUTTON}</button>
        </p>
        <dl>
            <dt title=page::threshold::SENSITIVITY_HINT>{page::threshold::SENSITIVITY}</dt>
            <dd>{move || share(point.get().sensitivity)}</dd>
            <dt title=page::threshold::SPECIFICITY_HINT>{page::threshold::SPECIFICITY}</dt>
            <dd>{move || share(point.get().specificity)}</dd>
        </dl>
        <dl>
            <dt title=page::threshold::POSITIVE_HINT>{page::threshold::POSITIVE}</dt>
            <dd>{move || value(|values| values.positive)}</dd>
            <dt title=page::threshold::NEGATIVE_HINT>{page::threshold::NEGATIVE}</dt>
            <dd>{move || value(|values| values.negative)}</dd>
        </dl>
        <p class="small">{reason}</p>
        <p class="small">{page::threshold::measured_on(&measured_on)}</p>
        <Reliability bins=reliability/>
    }
}

/// Pixels of the diagram's inside.
const SIDE: f32 = 160.0;

/// Whether probabilities mean what they say, one click away.
#[component]
fn Reliability(bins: Vec<ReliabilityBin>) -> impl IntoView {
    let most = bins.iter().map(|bin| bin.images).max().unwrap_or(1) as f32;
    let dot = |bin: ReliabilityBin| {
        let (x, y) = (bin.mean_probability * SIDE, (1.0 - bin.share) * SIDE);
        let radius = 2.0 + 6.0 * (bin.images as f32 / most).sqrt();
        let words = page::threshold::dot(bin.images, bin.mean_probability, bin.share);
        view! { <circle cx=x.to_string() cy=y.to_string() r=radius.to_string()><title>{words}</title></circle> }
    };
    let dots = bins.into_iter().map(dot).collect_view();
    view! {
        <details class="reliability">
            <summary>{page::threshold::RELIABILITY_TITLE}</summary>
            <svg viewBox="-12 -12 184 184" role="img" aria-label=page::threshold::RELIABILITY>
                <rect x="0" y="0" width="160" height="160"></rect>
                <line x1="0" y1="160" x2="160" y2="0"></line>
                {dots}
            </svg>
            <p class="small">{page::threshold::RELIABILITY_HINT}</p>
        </details>
    }
}

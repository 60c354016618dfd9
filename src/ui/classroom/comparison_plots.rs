//! Plots of a comparison: all of the predictions that are there, so that none is computed twice.

use super::plot::PlotView;
use crate::messages::page::classroom as words;
use crate::protocol::classroom::{Comparison, Figure, Outcome};
use crate::viewing::plot::{Plot, Series};
use leptos::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// The colour of a line that shows what guessing, or an ideal, comes to.
const REFERENCE: usize = 5;

/// What is drawn: methods by their place, a class, a figure of the learning curves.
#[derive(Clone, PartialEq)]
struct Choice {
    methods: BTreeSet<usize>,
    class: usize,
    figure: Figure,
}

/// The best method of each family, and the last class, which is the finding where there are two.
fn first(comparison: &Comparison) -> Choice {
    let auc = |outcome: &Outcome| outcome.figures.get(&Figure::Auc).map_or(0.0, |auc| auc.value);
    let mut best: BTreeMap<&str, (usize, f64)> = BTreeMap::new();
    for (place, outcome) in comparison.methods.iter().enumerate() {
        let own = best.entry(outcome.family.name()).or_insert((place, auc(outcome)));
        if auc(outcome) > own.1 {
            *own = (place, auc(outcome));
        }
    }
    let methods = best.into_values().map(|(place, _)| place).collect();
    Choice { methods, class: comparison.classes.len().saturating_sub(1), figure: Figure::Auc }
}

/// ROC, precision-recall, calibration and learning curves, behind a click.
#[component]
pub fn Plots(comparison: Comparison) -> impl IntoView {
    let is_open = RwSignal::new(false);
    let choice = RwSignal::new(first(&comparison));
    let comparison = StoredValue::new(comparison);
    view! {
        <details on:toggle=move |event| is_open.set(event_target::<web_sys::HtmlDetailsElement>(&event).open())>
            <summary>{words::COMPARED_PLOTS}</summary>
            <Show when=move || is_open.get()>
                <Choices comparison choice/>
                <Drawn comparison choice/>
            </Show>
        </details>
    }
}

#[component]
fn Choices(comparison: StoredValue<Comparison>, choice: RwSignal<Choice>) -> impl IntoView {
    let method = move |(place, outcome): (usize, &Outcome)| {
        let change = move |event: web_sys::Event| {
            let is_drawn = event_target_checked(&event);
            choice.update(|choice| {
                if is_drawn {
                    choice.methods.insert(place)
                } else {
                    choice.methods.remove(&place)
                };
            });
        };
        view! {
            <label class="check">
                <input type="checkbox" prop:checked=move || choice.with(|choice| choice.methods.contains(&place)) on:change=change/>
                {outcome.method.to_string()}
            </label>
        }
    };
    let place = |event: &web_sys::Event| event_target_value(event).parse::<usize>().unwrap_or_default();
    let class = move |event: web_sys::Event| choice.update(|choice| choice.class = place(&event));
    let figure = move |event: web_sys::Event| {
        if let Some(figure) = Figure::ALL.get(place(&event)) {
            choice.update(|choice| choice.figure = *figure);
        }
    };
    let option = |(place, name): (usize, String), chosen: usize| view! { <option value=place selected=place == chosen>{name}</option> };
    comparison.with_value(|comparison| {
        let methods = comparison.methods.iter().enumerate().map(method).collect_view();
        let chosen = choice.with_untracked(|choice| choice.class);
        let classes = comparison.classes.iter().cloned().enumerate().map(|one| option(one, chosen)).collect_view();
        let figures = (!comparison.curves.is_empty()).then(|| {
            let names = words::FIGURES.iter().map(|name| name.to_string()).enumerate();
            view! { <label>{words::PLOT_FIGURE}" "<select on:change=figure>{names.map(|one| option(one, 0)).collect_view()}</select></label> }
        });
        view! {
            <fieldset class="hides"><legend>{words::PLOT_METHODS}</legend>{methods}</fieldset>
            <p><label>{words::PLOT_CLASS}" "<select on:change=class>{classes}</select></label></p>
            {figures}
        }
    })
}

#[component]
fn Drawn(comparison: StoredValue<Comparison>, choice: RwSignal<Choice>) -> impl IntoView {
    let plot = move |draw: fn(&Comparison, &Choice) -> Plot| {
        Memo::new(move |_| comparison.with_value(|comparison| choice.with(|choice| draw(comparison, choice))))
    };
    let has_curves = comparison.with_value(|comparison| !comparison.curves.is_empty());
    view! {
        <div class="plots">
            <PlotView plot=plot(roc)/>
            <PlotView plot=plot(precision)/>
            <PlotView plot=plot(calibration)/>
            {has_curves.then(|| view! { <PlotView plot=plot(learning)/> })}
        </div>
    }
}

/// A line for each method that is drawn.
fn lines(
    comparison: &Comparison,
    choice: &Choice,
    points: impl Fn(&Outcome) -> Vec<(f64, f64)>,
) -> Vec<Series> {
    let drawn = comparison.methods.iter().enumerate().filter(|(place, _)| choice.methods.contains(place));
    let line = |(place, outcome): (usize, &Outcome)| Series {
        name: outcome.method.to_string(),
        points: points(outcome),
        group: place,
        // Every second six of the colours.
        is_dashed: place / 6 % 2 == 1,
    };
    drawn.map(line).collect()
}

fn reference(name: &str, from: (f64, f64), to: (f64, f64)) -> Series {
    Series { name: name.into(), points: vec![from, to], group: REFERENCE, is_dashed: true }
}

fn square(title: &str, across: &str, series: Vec<Series>) -> Plot {
    let (title, across) = (title.into(), across.into());
    Plot { title, across, series, range: Some((0.0, 1.0)), is_logarithmic: false }
}

fn roc(comparison: &Comparison, choice: &Choice) -> Plot {
    let mut series = lines(comparison, choice, |outcome| {
        let points = comparison.threshold_points(outcome, choice.class).into_iter();
        let points = points.map(|point| (1.0 - point.specificity, point.sensitivity));
        std::iter::once((0.0, 0.0)).chain(points).collect()
    });
    series.push(reference(words::GUESS_LINE, (0.0, 0.0), (1.0, 1.0)));
    square(words::COMPARED_ROC, words::COMPARED_ROC_AXIS, series)
}

fn precision(comparison: &Comparison, choice: &Choice) -> Plot {
    let mut series = lines(comparison, choice, |outcome| {
        let points = comparison.threshold_points(outcome, choice.class).into_iter();
        points.map(|point| (point.sensitivity, point.precision)).collect()
    });
    // Who calls every image positive is right as often as the class occurs.
    let own = comparison.images.iter().filter(|image| image.label == choice.class).count();
    let share = own as f64 / comparison.images.len().max(1) as f64;
    series.push(reference(words::GUESS_LINE, (0.0, share), (1.0, share)));
    square(words::PRECISION_PLOT, words::PRECISION_AXIS, series)
}

fn calibration(comparison: &Comparison, choice: &Choice) -> Plot {
    let mut series = lines(comparison, choice, |outcome| {
        let bins = comparison.calibration(outcome, choice.class).into_iter();
        bins.map(|(_, mean, share)| (f64::from(mean), f64::from(share))).collect()
    });
    series.push(reference(words::IDEAL_LINE, (0.0, 0.0), (1.0, 1.0)));
    square(words::COMPARED_CALIBRATION, words::COMPARED_CALIBRATION_AXIS, series)
}

fn learning(comparison: &Comparison, choice: &Choice) -> Plot {
    let figure = choice.figure;
    let series = lines(comparison, choice, |outcome| {
        let curve = comparison.curves.iter().find(|curve| curve.method == outcome.method);
        let points = curve.iter().flat_map(|curve| &curve.points);
        points.filter_map(|point| Some((point.images as f64, point.figures.get(&figure)?.value))).collect()
    });
    let place = Figure::ALL.iter().position(|one| *one == figure).unwrap_or_default();
    let title = words::curve_plot(words::FIGURES.get(place).copied().unwrap_or_default());
    let range = (!figure.is_loss()).then_some((0.0, 1.0));
    Plot { title, across: words::CURVE_AXIS.into(), series, range, is_logarithmic: false }
}

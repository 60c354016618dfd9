//! A plot on the page: the drawing, the table behind it, and both as files.

use super::figures::figures;
use crate::messages::page::classroom as words;
use crate::ui::report::download;
use crate::viewing::plot::Plot;
use leptos::prelude::*;

/// The colour of text and axes in a saved drawing, which lies on white paper.
const INK: &str = "#1a1a1a";

/// The drawing of a plot.
#[component]
pub fn PlotView(plot: Memo<Plot>) -> impl IntoView {
    let is_open = RwSignal::new(false);
    let name = move |ending: &str| {
        let title = plot.with_untracked(|plot| plot.title.to_lowercase().replace([' ', '\''], "-"));
        format!("lantern-{title}.{ending}")
    };
    let save_svg = move |_| {
        let svg = plot.with_untracked(|plot| plot.svg().replace("currentColor", INK));
        download(&name("svg"), "image/svg+xml", svg.as_bytes()).ok();
    };
    let save_csv = move |_| {
        let csv = plot.with_untracked(Plot::csv);
        download(&name("csv"), "text/csv", csv.as_bytes()).ok();
    };
    view! {
        <figure class="plot">
            <figcaption>{move || plot.with(|plot| plot.title.clone())}</figcaption>
            <div class="drawing" aria-hidden="true" inner_html=move || plot.with(Plot::svg)></div>
            <details on:toggle=move |event| is_open.set(event_target::<web_sys::HtmlDetailsElement>(&event).open())>
                <summary>{words::TABLE}</summary>
                <Show when=move || is_open.get()>{move || plot.with(table)}</Show>
            </details>
            <div class="ways">
                <button type="button" class="quiet" on:click=save_svg>{words::SAVE_SVG}</button>
                <button type="button" class="quiet" on:click=save_csv>{words::SAVE_CSV}</button>
            </div>
        </figure>
    }
}

fn table(plot: &Plot) -> impl IntoView + use<> {
    let lines = plot.series.iter().map(|series| series.name.as_str());
    let heads: Vec<&str> = std::iter::once(plot.across.as_str()).chain(lines).collect();
    let row = |(at, values): (f64, Vec<Option<f64>>)| {
        let cell = |value: Option<f64>| view! { <td>{value.map(|value| format!("{value:.4}"))}</td> };
        view! { <tr><th scope="row">{at}</th>{values.into_iter().map(cell).collect_view()}</tr> }
    };
    figures(&plot.title, &heads, plot.rows().into_iter().map(row).collect_view())
}

//! A plot on the page: the drawing, its values at a point, the table behind it, and all of it as files.

use super::canvas::png_of;
use super::figures::figures;
use crate::messages::page::classroom as words;
use crate::ui::report::download;
use crate::viewing::plot::Plot;
use js_sys::{Array, Function, Promise, Reflect};
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, BlobPropertyBag, CanvasRenderingContext2d, HtmlCanvasElement, KeyboardEvent, PointerEvent, Url,
};

/// The colour of text and axes in a saved drawing, and of its paper.
const INK: &str = "#1a1a1a";
const PAPER: &str = "#ffffff";
/// Pixels of a saved PNG for each unit of the drawing.
const SCALE: f64 = 2.0;

/// The drawing of a plot.
#[component]
pub fn PlotView(plot: Memo<Plot>) -> impl IntoView {
    let is_open = RwSignal::new(false);
    let problem = RwSignal::new("");
    let name = move |ending: &str| {
        let title = plot.with_untracked(|plot| plot.title.to_lowercase().replace([' ', '\''], "-"));
        format!("lantern-{title}.{ending}")
    };
    let drawing = move |scale: f64| plot.with_untracked(|plot| plot.file(INK, scale));
    let save_svg = move |_| {
        download(&name("svg"), "image/svg+xml", drawing(1.0).as_bytes()).ok();
    };
    let save_png = move |_| {
        let (svg, size, name) = (drawing(SCALE), plot.with_untracked(Plot::size), name("png"));
        spawn_local(async move {
            let saved = png(&svg, size).await.map(|bytes| download(&name, "image/png", &bytes));
            problem.try_set(if matches!(saved, Ok(Ok(()))) { "" } else { words::NO_PNG });
        });
    };
    let save_csv = move |_| {
        let csv = plot.with_untracked(Plot::csv);
        download(&name("csv"), "text/csv", csv.as_bytes()).ok();
    };
    view! {
        <figure class="plot">
            <figcaption>{move || plot.with(|plot| plot.title.clone())}</figcaption>
            <Readable plot/>
            <details on:toggle=move |event| is_open.set(event_target::<web_sys::HtmlDetailsElement>(&event).open())>
                <summary>{words::TABLE}</summary>
                <Show when=move || is_open.get()>{move || plot.with(table)}</Show>
            </details>
            <div class="ways">
                <button type="button" class="quiet" on:click=save_svg>{words::SAVE_SVG}</button>
                <button type="button" class="quiet" on:click=save_png>{words::SAVE_PNG}</button>
                <button type="button" class="quiet" on:click=save_csv>{words::SAVE_CSV}</button>
            </div>
            <p class="small" role="status">{problem}</p>
        </figure>
    }
}

/// The drawing with a line at the point that is read, by pointer or arrow keys; a screen reader reads its values.
#[component]
fn Readable(plot: Memo<Plot>) -> impl IntoView {
    let rows = Memo::new(move |_| plot.with(Plot::rows));
    let at = RwSignal::new(None::<usize>);
    let place = NodeRef::<Div>::new();
    let last = move || rows.with(|rows| rows.len().saturating_sub(1));
    let here = move || at.get().map(|at| at.min(last()));
    let told = Memo::new(move |_| {
        let read =
            here().and_then(|at| rows.with(|rows| rows.get(at).map(|row| plot.with(|plot| read(plot, row)))));
        read.unwrap_or_default()
    });
    let line = move || {
        let x = here().and_then(|at| rows.with(|rows| rows.get(at).map(|row| row.0)))?;
        Some(plot.with(|plot| (plot.column(x), plot.size())))
    };
    let point = move |event: PointerEvent| {
        let Some(div) = place.get_untracked() else { return };
        let area = div.get_bounding_client_rect();
        let share = (f64::from(event.client_x()) - area.left()) / area.width().max(1.0);
        at.set(plot.with_untracked(|plot| rows.with_untracked(|rows| nearest(plot, rows, share))));
    };
    let press = move |event: KeyboardEvent| {
        let from = at.get_untracked();
        let to = match event.key().as_str() {
            "ArrowLeft" | "ArrowDown" => from.map_or(0, |at| at.saturating_sub(1)),
            "ArrowRight" | "ArrowUp" => from.map_or(0, |at| at + 1),
            "Home" => 0,
            "End" => usize::MAX,
            _ => return,
        };
        event.prevent_default();
        at.set(Some(to.min(last())));
    };
    view! {
        <div class="drawing" tabindex="0" role="slider" node_ref=place
            aria-label=move || plot.with(|plot| plot.title.clone())
            aria-valuemin="0" aria-valuemax=last aria-valuenow=move || here().unwrap_or_default()
            aria-valuetext=move || if told.with(String::is_empty) { words::PLOT_HINT.to_string() } else { told.get() }
            on:pointermove=point on:pointerdown=point on:keydown=press>
            <div aria-hidden="true" inner_html=move || plot.with(Plot::svg)></div>
            {move || line().map(|(x, (width, height))| view! {
                <svg class="reading" viewBox=format!("0 0 {width} {height}") aria-hidden="true">
                    <line x1=x x2=x y1="0" y2=height/>
                </svg>
            })}
        </div>
        <p class="small reading-text" aria-hidden="true">{move || if told.with(String::is_empty) { words::PLOT_HINT.to_string() } else { told.get() }}</p>
    }
}

/// The row whose place lies nearest to a share of the drawing's width.
fn nearest(plot: &Plot, rows: &[(f64, Vec<Option<f64>>)], share: f64) -> Option<usize> {
    let x = share * plot.size().0;
    let far = |row: &(f64, Vec<Option<f64>>)| (plot.column(row.0) - x).abs();
    rows.iter().enumerate().min_by(|a, b| far(a.1).total_cmp(&far(b.1))).map(|(at, _)| at)
}

/// A row in words: the place, and the value of each line that has one there.
fn read(plot: &Plot, (x, values): &(f64, Vec<Option<f64>>)) -> String {
    let told = plot.series.iter().zip(values);
    let told = told.filter_map(|(series, value)| Some(words::value(&series.name, &number((*value)?))));
    words::point(&plot.across, &number(*x), &told.collect::<Vec<_>>().join(", "))
}

/// Few digits, and none behind a whole number.
fn number(value: f64) -> String {
    if value.fract() == 0.0 { value.to_string() } else { format!("{value:.4}") }
}

fn table(plot: &Plot) -> impl IntoView + use<> {
    let lines = plot.series.iter().map(|series| series.name.as_str());
    let heads: Vec<&str> = std::iter::once(plot.across.as_str()).chain(lines).collect();
    let row = |(at, values): (f64, Vec<Option<f64>>)| {
        let cell = |value: Option<f64>| view! { <td>{value.map(|value| format!("{value:.4}"))}</td> };
        view! { <tr><th scope="row">{number(at)}</th>{values.into_iter().map(cell).collect_view()}</tr> }
    };
    figures(&plot.title, &heads, plot.rows().into_iter().map(row).collect_view())
}

/// A drawing as a PNG file, on white paper: the browser draws it.
async fn png(svg: &str, (width, height): (f64, f64)) -> Result<Vec<u8>, JsValue> {
    let (width, height) = (width * SCALE, height * SCALE);
    let options = BlobPropertyBag::new();
    options.set_type("image/svg+xml");
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&svg.into()), &options)?;
    let address = Url::create_object_url_with_blob(&blob)?;
    let drawn = draw(&address, (width, height)).await;
    Url::revoke_object_url(&address).ok();
    png_of(&drawn?)
}

async fn draw(address: &str, (width, height): (f64, f64)) -> Result<HtmlCanvasElement, JsValue> {
    let image = document().create_element("img")?;
    Reflect::set(&image, &"src".into(), &address.into())?;
    let decode: Function = Reflect::get(&image, &"decode".into())?.dyn_into()?;
    JsFuture::from(decode.call0(&image)?.dyn_into::<Promise>()?).await?;
    let canvas: HtmlCanvasElement = document().create_element("canvas")?.dyn_into()?;
    canvas.set_width(width as u32);
    canvas.set_height(height as u32);
    let context = canvas.get_context("2d")?.ok_or(JsValue::NULL)?;
    let context: CanvasRenderingContext2d = context.unchecked_into();
    context.set_fill_style_str(PAPER);
    context.fill_rect(0.0, 0.0, width, height);
    let paint: Function = Reflect::get(&context, &"drawImage".into())?.dyn_into()?;
    paint.call3(&context, &image, &0.into(), &0.into())?;
    Ok(canvas)
}

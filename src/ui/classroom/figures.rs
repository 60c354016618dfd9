//! Tables of figures, and truth against answer with the images behind each cell.

use super::room::SAMPLES;
use crate::messages::count;
use crate::messages::page::classroom as words;
use leptos::prelude::*;

/// A table that scrolls by itself. `heads`: the columns' names.
pub fn figures<R: IntoView + 'static>(label: &str, heads: &[&str], rows: R) -> impl IntoView + use<R> {
    let head = |name: &&str| view! { <th scope="col">{name.to_string()}</th> };
    view! {
        <div class="scrolled" tabindex="0" role="region" aria-label=label.to_string()>
            <table class="figures-table">
                <thead><tr>{heads.iter().map(head).collect_view()}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

/// The confusion matrix of a set or a method, `name`. `images`: those of a class that were given an answer; `open` is told a cell's title
/// and its images when it is chosen.
pub fn matrix<I, O>(
    name: &str,
    caption: String,
    classes: &[String],
    images: &dyn Fn(usize, usize) -> Vec<I>,
    open: O,
) -> impl IntoView + use<I, O>
where
    I: Send + 'static,
    O: Fn(String, &[I]) + Copy + Send + 'static,
{
    let cell = |(truth, truth_name): (usize, &String), (answer, answer_name): (usize, &String)| {
        let images = images(truth, answer);
        let all = images.len();
        let label = words::cell(&count(all, "image"), truth_name, answer_name);
        let title = format!("{name}: {}", words::cell_title(truth_name, answer_name));
        let open = move |_| open(title.clone(), &images);
        view! { <td><button type="button" aria-label=label on:click=open>{all}</button></td> }
    };
    let row = |truth: (usize, &String)| {
        let cells = classes.iter().enumerate().map(|answer| cell(truth, answer)).collect_view();
        view! { <tr><th scope="row">{truth.1.clone()}</th>{cells}</tr> }
    };
    let head =
        classes.iter().map(|class| view! { <th scope="col">{words::answered(class)}</th> }).collect_view();
    view! {
        <table class="figures-table matrix">
            <caption>{caption}</caption>
            <thead><tr><th scope="col">{words::TRUTH_COLUMN}</th>{head}</tr></thead>
            <tbody>{classes.iter().enumerate().map(row).collect_view()}</tbody>
        </table>
    }
}

/// A cell that was chosen: its title, how many images it has, and the first of them once they are there.
pub fn opened<V: IntoView + 'static>(
    title: String,
    all: usize,
    pictures: Option<V>,
) -> impl IntoView + use<V> {
    let none = (all == 0).then(|| view! { <p>{words::NONE_IN_CELL}</p> });
    let some = (all > SAMPLES).then(|| view! { <p class="small">{words::first_of(SAMPLES, all)}</p> });
    view! { <div role="status"><h3>{title}</h3>{none}{some}{pictures}</div> }
}

//! The header of a DICOM file, element by element.

use crate::messages::page;
use crate::study::Tag;
use crate::ui::file_client::unexpected_reply;
use crate::ui::item::Item;
use crate::ui::task::Task;
use crate::ui::workspace::Workspace;
use leptos::prelude::*;
use web_sys::HtmlDetailsElement;

/// A table that is read when it is opened; what names the patient stays masked until the user asks.
#[component]
pub fn Header(item: Item) -> impl IntoView {
    let files = expect_context::<Workspace>().files;
    let is_open = RwSignal::new(false);
    let is_bare = RwSignal::new(false);
    let holding = RwSignal::new(String::new());
    let frame = item.frame;
    let read = Task::new(move |(masked, at): (bool, u32)| {
        let slice = item.slice(at).map(|(slice, _)| slice.clone());
        async move {
            let Some(slice) = slice else { return Err(unexpected_reply().message) };
            files.tags(&slice, masked).await.map_err(|problem| problem.message)
        }
    });
    Effect::new(move || {
        if is_open.get() {
            read.start((!is_bare.get(), frame.get()));
        }
    });
    let rows = move || {
        let wanted = holding.get().to_lowercase();
        let fits =
            |tag: &Tag| format!("{} {} {}", tag.tag, tag.name, tag.value).to_lowercase().contains(&wanted);
        match read.value() {
            None => view! { <p role="status">{page::header::READING}</p> }.into_any(),
            Some(Err(why)) => view! { <p role="alert">{page::header::cannot_be_shown(&why)}</p> }.into_any(),
            Some(Ok(tags)) => view! {
                <div class="tags" tabindex="0" role="region" aria-label=page::header::ELEMENTS>
                    <table>
                        <thead><tr><th>{page::header::TAG}</th><th>{page::header::NAME}</th><th title=page::header::KIND_HINT>{page::header::KIND}</th><th>{page::header::VALUE}</th></tr></thead>
                        <tbody>{tags.into_iter().filter(fits).map(row).collect_view()}</tbody>
                    </table>
                </div>
            }
            .into_any(),
        }
    };
    view! {
        <details class="header" on:toggle=move |event| {
            is_open.set(event_target::<HtmlDetailsElement>(&event).open());
        }>
            <summary>{page::header::TITLE}</summary>
            <Show when=move || is_open.get()>
                <label class="check">
                    <input type="checkbox" prop:checked=move || is_bare.get()
                        on:change=move |event| is_bare.set(event_target_checked(&event))/>
                    {page::header::SHOW_PATIENT}
                </label>
                <input type="search" placeholder=page::header::SEARCH_HINT aria-label=page::header::SEARCH
                    prop:value=move || holding.get() on:input=move |event| holding.set(event_target_value(&event))/>
                {rows}
            </Show>
        </details>
    }
}

fn row(tag: Tag) -> impl IntoView {
    let indent = format!("calc({}em + var(--space))", tag.depth);
    view! {
        <tr>
            <td style:padding-left=indent>{tag.tag}</td>
            <td>{tag.name}</td>
            <td>{tag.vr}</td>
            <td class="hash">{tag.value}</td>
        </tr>
    }
}

//! The list of images, with the state of each.

use super::filter::{Filter, Order};
use super::{AddMore, ModelChoice, ModelLine, StopFrames, Thumbnail, ThumbnailQueue, frames_in_list};
use crate::messages::{self, page};
use crate::protocol::inference_worker::ItemId;
use crate::ui::actions;
use crate::ui::cleared::Cleared;
use crate::ui::dispatcher;
use crate::ui::item::{Item, ItemState, Outcome};
use crate::ui::masking::PatientShown;
use crate::ui::workspace::{Model, Workspace};
use crate::viewing::labels::{self, Heading, HeadingOf, Row, grouped};
use leptos::html::Button;
use leptos::prelude::*;
use web_sys::KeyboardEvent;

/// The filter is shown only for more images than this.
const FEW: usize = 5;

/// A list of all images; one that fails stops no other.
#[component]
pub fn Queue() -> impl IntoView {
    let (workspace, cleared) = (expect_context::<Workspace>(), expect_context::<Cleared>());
    let is_ready = move || matches!(workspace.model.get(), Model::Ready { .. });
    let order = RwSignal::new(Order::Arrival);
    let only: RwSignal<Option<Outcome>> = RwSignal::new(None);
    let named = RwSignal::new(String::new());
    // The image that arrow keys went to.
    let focused = RwSignal::new(None);
    provide_context(ThumbnailQueue::new(workspace));
    let rows = move || {
        let named = named.get().to_lowercase();
        let is_listed = |item: &Item| {
            only.get().is_none_or(|only| workspace.outcome(item) == only)
                && item.name.to_lowercase().contains(&named)
        };
        let mut items: Vec<Item> =
            workspace.items.with(|items| items.iter().filter(|item| is_listed(item)).cloned().collect());
        order.get().sort(workspace, &mut items);
        // Groups would tear apart what another order puts together.
        if order.get() == Order::Arrival {
            let headers: Vec<_> = items.iter().map(|item| item.dicom.clone()).collect();
            grouped(items.into_iter().zip(headers.iter().map(Option::as_deref)).collect())
        } else {
            items.into_iter().map(Row::Item).collect()
        }
    };
    let listed = move || -> Vec<Item> {
        let of_item = |row| if let Row::Item(item) = row { Some(item) } else { None };
        rows().into_iter().filter_map(of_item).collect()
    };
    let step = move |event: KeyboardEvent| {
        let by = match event.key().as_str() {
            "ArrowDown" => 1,
            "ArrowUp" => -1,
            _ => return,
        };
        event.prevent_default();
        let ids: Vec<ItemId> = untrack(listed).iter().map(|item| item.id).collect();
        let place = ids.iter().position(|id| workspace.selected.get_untracked() == Some(*id)).unwrap_or(0);
        if let Some(id) = place.checked_add_signed(by).and_then(|place| ids.get(place)) {
            workspace.selected.set(Some(*id));
            focused.set(Some(*id));
        }
    };
    view! {
        <nav class="queue" aria-label=page::list::IMAGES>
            <h2 class="visually-hidden">{page::list::IMAGES}</h2>
            <div class="queue-tools">
                <AddMore/>
                <button type="button" on:click=move |_| cleared.clear(workspace)>{page::list::CLEAR_BUTTON}</button>
            </div>
            <ModelChoice/>
            <div class:visually-hidden=is_ready><ModelLine/></div>
            <Arriving/>
            <Show when=move || workspace.items.with(|items| items.len() > 1)><Progress/></Show>
            // A few images need no filter, and a phone has no room for one.
            <Show when=move || { FEW < workspace.items.with(Vec::len) }><Filter order only named/></Show>
            <ol on:keydown=step>
                <For each=rows key=key children=move |row| match row {
                    Row::Item(item) => view! { <QueueItem item focused/> }.into_any(),
                    Row::Heading(heading) => view! { <GroupHeading heading/> }.into_any(),
                }/>
            </ol>
            <p class="small" class:hidden=move || !listed().is_empty()>{page::list::NOTHING_FITS}</p>
        </nav>
    }
}

/// What tells a row of the list from all others.
fn key(row: &Row<Item>) -> String {
    match row {
        Row::Item(item) => item.id.to_string(),
        Row::Heading(heading) => format!("heading {}", heading.key),
    }
}

/// A heading of the list: a patient, who is masked until the user asks, a study, or a series.
#[component]
fn GroupHeading(heading: Heading) -> impl IntoView {
    let is_shown = PatientShown::here();
    let content = match heading.of {
        HeadingOf::Patient(patient) => {
            let name = move || match labels::patient(&patient, is_shown.get()) {
                name if name.is_empty() => page::list::NAMELESS_PATIENT.into(),
                name => name,
            };
            view! { <h3>{name}</h3> }.into_any()
        }
        HeadingOf::Study(words) => view! { <h4>{words}</h4> }.into_any(),
        HeadingOf::Series(words) => view! { <h5>{words}</h5> }.into_any(),
        HeadingOf::NoHeader => view! { <h3>{page::list::NO_HEADER}</h3> }.into_any(),
    };
    view! { <li class="queue-group">{content}</li> }
}

/// Files that are being identified before they are listed.
#[component]
fn Arriving() -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let line = move || {
        let (done, of) = workspace.arriving.get();
        (of > 0).then(|| page::list::arriving(done, of))
    };
    view! { <p class="small" role="status">{line}</p> }
}

/// How far the batch is, and a way to halt it.
#[component]
fn Progress() -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let open = Memo::new(move |_| {
        workspace.items.with(|items| {
            let is_open = |item: &&Item| workspace.outcome(item) == Outcome::Open;
            (items.len() - items.iter().filter(is_open).count(), items.len())
        })
    });
    let is_over = move || open.get().0 == open.get().1;
    let line = move || {
        let (done, of) = open.get();
        page::list::through(done, of, workspace.paused.get())
    };
    view! {
        <div class="batch">
            <p class="small" role="status">{line}</p>
            <button type="button" class:hidden=move || is_over() && !workspace.paused.get()
                on:click=move |_| dispatcher::pause(workspace, !workspace.paused.get_untracked())>
                {move || if workspace.paused.get() { page::list::GO_ON_BUTTON } else { page::list::PAUSE_BUTTON }}
            </button>
            <progress class:hidden=is_over max=move || open.get().1.to_string() value=move || open.get().0.to_string()
                aria-label=page::list::THROUGH></progress>
        </div>
    }
}

#[component]
fn QueueItem(item: Item, focused: RwSignal<Option<ItemId>>) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let (id, state) = (item.id, item.state);
    let is_shown = move || workspace.selected.get() == Some(id);
    let asks_age = {
        let item = item.clone();
        Memo::new(move |_| item.asks().is_some())
    };
    // Of a series the frame that stands for it, so that no other frame hides it.
    let highest = {
        let item = item.clone();
        Memo::new(move |_| {
            let Some(shown) = workspace.highest(&item) else { return String::new() };
            let judged = |answer| workspace.judged(&shown.examination.model.id, answer);
            match shown.examination.answer.as_ref().map(judged) {
                Some(answer) if item.frames.get() > 1 => messages::frame_line(shown.frame + 1, Some(&answer)),
                Some(answer) => messages::line(&answer),
                None => page::state::REFUSED.into(),
            }
        })
    };
    let brief = move || match state.get() {
        ItemState::Waiting => page::state::WAITING.to_string(),
        ItemState::Working(stage) => page::state::stage(stage).to_string(),
        ItemState::Examined(_) if asks_age.get() => page::state::ASKED.into(),
        ItemState::Examined(_) => highest.get(),
        ItemState::Failed(_) => page::state::FAILED.into(),
        ItemState::Cancelled => page::state::STOPPED.into(),
    };
    let several = {
        let item = item.clone();
        move || frames_in_list(&item)
    };
    let has_files = !item.slices.is_empty();
    let button = NodeRef::<Button>::new();
    Effect::new(move || {
        if let (true, Some(button)) = (focused.get() == Some(id), button.get_untracked()) {
            button.focus().ok();
        }
    });
    let can_stop = move || matches!(state.get(), ItemState::Waiting | ItemState::Working(_));
    view! {
        <li class="queue-item">
            <button type="button" class="pick" node_ref=button aria-current=move || is_shown().then_some("true")
                title=item.name.clone() on:click=move |_| workspace.selected.set(Some(id))>
                {has_files.then(|| view! { <Thumbnail item=item.clone()/> })}
                <span class="file">{item.name.clone()}</span>
                <span class="brief"><span aria-live="polite">{brief}</span>{several}</span>
            </button>
            <StopFrames item=item.clone()/>
            <Show when=can_stop>
                <button type="button" class="quiet" on:click=move |_| actions::cancel(workspace, id)>{page::list::CANCEL_BUTTON}</button>
            </Show>
        </li>
    }
}

//! The toolbar: every action as a button, with its key in the tooltip. One row, whatever the width; what has no room in it stands in a
//! menu beside it.

use super::state::ViewerState;
use super::tool_groups::{APART, GROUPS, Group, tools};
use super::{icons, size};
use crate::messages::page;
use crate::viewing::hotkeys::Action;
use crate::viewing::in_row;
use leptos::ev;
use leptos::html::{Button as ButtonElement, Div};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

/// The width of a button without a finger in mind, and what the row leaves free at both its ends, in CSS pixels.
const BUTTON: f64 = 36.0;
const PADDING: f64 = 16.0;

/// The toolbar.
#[component]
pub fn Toolbar(viewer: ViewerState, #[prop(into)] others: Signal<Vec<(u32, String)>>) -> impl IntoView {
    let (bar, opener) = (NodeRef::<Div>::new(), NodeRef::<ButtonElement>::new());
    // The width of the row, and of a button in it, which is wider where fingers need room.
    let room = RwSignal::new((0.0, BUTTON));
    size::follow(bar, move |bar| {
        let button =
            bar.query_selector(".tool").ok().flatten().and_then(|tool| tool.dyn_into::<HtmlElement>().ok());
        let button = button.map(|button| f64::from(button.offset_width())).filter(|width| *width > 0.0);
        room.try_set((f64::from(bar.client_width()) - PADDING, button.unwrap_or(BUTTON)));
    });
    let can_compare = Memo::new(move |_| others.with(|others| !others.is_empty()));
    let groups =
        move || GROUPS.into_iter().filter(move |group| *group != Group::Compare || can_compare.get());
    let placed = Memo::new(move |_| -> Vec<(Group, bool)> {
        let (width, button) = room.get();
        let widths: Vec<f64> = groups().map(|group| group.width(button)).collect();
        groups().zip(in_row(width, &widths, button, APART)).collect()
    });
    let those = move |stand_in_row: bool| {
        let groups = placed.get().into_iter().filter(move |(_, stands)| *stands == stand_in_row);
        groups.map(|(group, _)| group).collect::<Vec<_>>()
    };
    let has_menu = move || placed.with(|placed| placed.iter().any(|(_, stands)| !stands));
    let is_open = viewer.is_menu_open;
    close_menu(viewer, bar, opener);
    view! {
        <div class="toolbar" role="toolbar" aria-label=page::viewer::TOOLS node_ref=bar>
            <div class="tools">
                <For each=move || those(true) key=|group| *group children=move |group| tools(viewer, group, others)/>
                <button type="button" class="tool" class:hidden=move || !has_menu() node_ref=opener aria-label=page::viewer::MORE_TOOLS title=page::viewer::MORE_TOOLS
                    aria-expanded=move || is_open.get().to_string() aria-controls="more-tools"
                    on:click=move |_| is_open.update(|is_open| *is_open = !*is_open)>{icons::more()}</button>
            </div>
            <div class="more" id="more-tools" role="group" aria-label=page::viewer::MORE_TOOLS
                class:hidden=move || !(is_open.get() && has_menu())>
                <For each=move || those(false) key=|group| *group children=move |group| tools(viewer, group, others)/>
            </div>
        </div>
    }
}

/// The menu closes when anything outside the toolbar is pressed or takes the focus, and on Escape, which gives the focus back.
fn close_menu(viewer: ViewerState, bar: NodeRef<Div>, opener: NodeRef<ButtonElement>) {
    let is_open = viewer.is_menu_open;
    let leave = move |event: &web_sys::Event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let is_inside = bar.get_untracked().is_some_and(|bar| bar.contains(target.as_deref()));
        if !is_inside && is_open.get_untracked() {
            is_open.set(false);
        }
    };
    let escape = move |event: KeyboardEvent| {
        if event.key() == "Escape" && is_open.get_untracked() {
            event.prevent_default();
            is_open.set(false);
            opener.get_untracked().map(|opener| opener.focus());
        }
    };
    let pressed = window_event_listener(ev::pointerdown, move |event| leave(&event));
    let focused = window_event_listener(ev::focusin, move |event| leave(&event));
    let escaped = window_event_listener(ev::keydown, escape);
    on_cleanup(move || [pressed, focused, escaped].into_iter().for_each(|listener| listener.remove()));
}

/// What an action's button says: its title, and its key while keys are on.
fn tip(viewer: ViewerState, action: Action) -> String {
    let key = viewer.keys.with(|keys| keys.key(action).to_string());
    match (key.is_empty(), viewer.are_keys_on.get()) {
        (false, true) => page::viewer::tip(action.title(), &key),
        _ => action.title().into(),
    }
}

/// An action.
#[component]
pub fn Button(
    viewer: ViewerState,
    action: Action,
    #[prop(into, optional)] is_off: Signal<bool>,
) -> impl IntoView {
    view! {
        <button type="button" class="tool" aria-label=action.title() title=move || tip(viewer, action) disabled=is_off on:click=move |_| viewer.act(action)>
            {icons::of(action)}
        </button>
    }
}

/// An action that is on or off.
#[component]
pub fn Toggle(viewer: ViewerState, action: Action, #[prop(into)] is_on: Signal<bool>) -> impl IntoView {
    view! {
        <button type="button" class="tool" aria-label=action.title() title=move || tip(viewer, action)
            aria-pressed=move || is_on.get().to_string()
            on:click=move |_| viewer.act(action)>
            {icons::of(action)}
        </button>
    }
}

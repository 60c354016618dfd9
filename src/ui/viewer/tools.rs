//! The toolbar: every action as a button, with its key in the tooltip.

use super::board::{Board, Sheet};
use super::icons;
use crate::viewing::hotkeys::{Action, Tool};
use crate::viewing::render::Sampling;
use leptos::prelude::*;

/// The tools, in their order.
const TOOLS: [Tool; 7] =
    [Tool::Window, Tool::Pan, Tool::Zoom, Tool::Distance, Tool::Angle, Tool::Ellipse, Tool::Rectangle];

/// The toolbar.
#[component]
pub fn Toolbar(board: Board, #[prop(into)] others: Signal<Vec<(u32, String)>>) -> impl IntoView {
    let setting = Memo::new(move |_| board.setting(board.active()));
    let has_frames = move || board.active().frames().1 > 1;
    let is_grey = move || setting.get().window.is_some();
    let has_overlay = move || board.active().source.overlay.with(Option::is_some);
    let image = move || board.active().image();
    let has = move |is_past: bool| {
        let image = image()?;
        board
            .steps
            .with(|steps| steps.get(&image).map(|s| if is_past { s.has_past() } else { s.has_future() }))
    };
    let button = move |action: Action| view! { <Button board action/> };
    let tool = move |tool: Tool| {
        view! { <Toggle board action=Action::Take(tool) is_on=move || board.tool.get() == tool/> }
    };
    view! {
        <div class="tools" role="toolbar" aria-label="Tools">
            <div class="group" role="group" aria-label="What dragging does">{TOOLS.map(tool)}</div>
            <div class="group" role="group" aria-label="Place">
                {[Action::Fit, Action::OneToOne, Action::ZoomIn, Action::ZoomOut].map(button)}
            </div>
            <div class="group" role="group" aria-label="Turn">
                {[Action::RotateLeft, Action::RotateRight, Action::Flip, Action::Upend].map(button)}
            </div>
            <div class="group" role="group" aria-label="Brightness">
                <Toggle board action=Action::Invert is_on=move || setting.get().is_inverted/>
                <Toggle board action=Action::Smooth is_on=move || setting.get().sampling == Sampling::Smooth/>
                <Show when=has_overlay>
                    <Toggle board action=Action::Overlay is_on=move || board.is_overlay_shown.get()/>
                </Show>
                <Show when=is_grey><Windows board/></Show>
                {button(Action::Reset)}
            </div>
            <Show when=has_frames><Frames board/></Show>
            <div class="group" role="group" aria-label="Marks">
                <Button board action=Action::Undo is_off=move || has(true) != Some(true)/>
                <Button board action=Action::Redo is_off=move || has(false) != Some(true)/>
            </div>
            <Show when=move || !others.with(Vec::is_empty)><Compare board others/></Show>
            <div class="group">
                <Toggle board action=Action::Help is_on=move || board.sheet.get() == Some(Sheet::Keys)/>
            </div>
        </div>
    }
}

/// What an action's button says: its title, and its key while keys are on.
fn tip(board: Board, action: Action) -> String {
    let key = board.keys.with(|keys| keys.key(action).to_string());
    match (key.is_empty(), board.are_keys_on.get()) {
        (false, true) => format!("{} ({key})", action.title()),
        _ => action.title().into(),
    }
}

/// An action.
#[component]
pub fn Button(board: Board, action: Action, #[prop(into, optional)] is_off: Signal<bool>) -> impl IntoView {
    view! {
        <button type="button" class="tool" aria-label=action.title() title=move || tip(board, action) disabled=is_off
            data-testid=format!("tool-{}", action.name()) on:click=move |_| board.act(action)>
            {icons::of(action)}
        </button>
    }
}

/// An action that is on or off.
#[component]
fn Toggle(board: Board, action: Action, #[prop(into)] is_on: Signal<bool>) -> impl IntoView {
    view! {
        <button type="button" class="tool" aria-label=action.title() title=move || tip(board, action)
            aria-pressed=move || is_on.get().to_string() data-testid=format!("tool-{}", action.name())
            on:click=move |_| board.act(action)>
            {icons::of(action)}
        </button>
    }
}

/// The windows by name, and the way to change the list.
#[component]
fn Windows(board: Board) -> impl IntoView {
    let options = move || {
        let pane = board.active();
        let now = board.setting(pane).window;
        let option = |(number, window): (usize, crate::viewing::Window)| {
            let is_now = now.as_ref() == Some(&window.shape);
            view! { <option value=number.to_string() selected=is_now>{window.name}</option> }
        };
        let windows = board.windows(pane);
        let is_own = !windows.iter().any(|window| now.as_ref() == Some(&window.shape));
        view! {
            <option value="" disabled selected=is_own>"Own window"</option>
            {windows.into_iter().enumerate().map(option).collect_view()}
        }
    };
    view! {
        <select class="windows" aria-label="Window: which values are shown from black to white" data-testid="windows"
            on:change=move |event| if let Ok(number) = event_target_value(&event).parse() {
                board.choose_window(untrack(|| board.active()), number);
            }>{options}</select>
        <button type="button" class="tool" aria-label="Change the list of windows" title="Change the list of windows"
            data-testid="tool-presets" on:click=move |_| board.open(Sheet::Presets)>{icons::list()}</button>
    }
}

/// Frames, and playing them.
#[component]
fn Frames(board: Board) -> impl IntoView {
    let frames = move || board.active().frames();
    view! {
        <div class="group" role="group" aria-label="Frames">
            <Button board action=Action::PreviousFrame/>
            <input type="range" min="0" max=move || frames().1.saturating_sub(1).to_string() aria-label="Frame" data-testid="frames"
                aria-valuetext=move || format!("{} of {}", frames().0 + 1, frames().1)
                prop:value=move || frames().0.to_string()
                on:input=move |event| if let Ok(frame) = event_target_value(&event).parse() {
                    board.go_to(untrack(|| board.active()), frame);
                }/>
            <Button board action=Action::NextFrame/>
            <Toggle board action=Action::Play is_on=move || board.is_playing.get()/>
        </div>
    }
}

/// The image beside, and whether it follows.
#[component]
fn Compare(board: Board, others: Signal<Vec<(u32, String)>>) -> impl IntoView {
    let options = move || {
        let now = board.compared.get();
        let option = |(id, name): (u32, String)| {
            view! { <option value=id.to_string() selected=now == Some(id)>{name}</option> }
        };
        view! {
            <option value="" selected=now.is_none()>"One image"</option>
            {others.get().into_iter().map(option).collect_view()}
        }
    };
    view! {
        <div class="group" role="group" aria-label="Compare">
            <select aria-label="Compare with another image" title="Compare with another image" data-testid="compare"
                on:change=move |event| board.compared.set(event_target_value(&event).parse().ok())>{options}</select>
            <Show when=move || board.is_comparing()>
                <Toggle board action=Action::Link is_on=move || board.is_linked.get()/>
                <Button board action=Action::OtherPane/>
            </Show>
        </div>
    }
}

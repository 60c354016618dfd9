//! The tools in their groups.

use super::icons;
use super::state::{Sheet, ViewerState};
use super::tools::{Button, Toggle};
use crate::messages::page;
use crate::viewing::hotkeys::{Action, Tool};
use crate::viewing::labels;
use crate::viewing::render::Sampling;
use leptos::prelude::*;

/// Tools that belong together.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "titles say what each holds")]
pub enum Group {
    Drag,
    Brightness,
    Measure,
    Place,
    Undo,
    Labels,
    Turn,
    Pixels,
    Compare,
    Help,
}

/// The groups, the most important first.
pub const GROUPS: [Group; 10] = [
    Group::Drag,
    Group::Brightness,
    Group::Measure,
    Group::Place,
    Group::Undo,
    Group::Labels,
    Group::Turn,
    Group::Pixels,
    Group::Compare,
    Group::Help,
];

/// The width of a select box in the row, in CSS pixels; `style/viewer.css` has the same.
const SELECT: f64 = 128.0;
/// Between neighbours in a group.
const BETWEEN: f64 = 2.0;
/// Between groups, with the line between them.
pub const APART: f64 = 17.0;

impl Group {
    fn title(self) -> &'static str {
        match self {
            Self::Drag => page::viewer::DRAG,
            Self::Brightness => page::viewer::BRIGHTNESS,
            Self::Measure => page::viewer::MEASURE,
            Self::Place => page::viewer::PLACE,
            Self::Undo => page::viewer::UNDO,
            Self::Labels => page::viewer::LABELS,
            Self::Turn => page::viewer::TURN,
            Self::Pixels => page::viewer::PIXELS,
            Self::Compare => page::viewer::COMPARE_GROUP,
            Self::Help => page::viewer::HELP,
        }
    }

    /// How wide it is at most, where a button is so wide.
    pub fn width(self, button: f64) -> f64 {
        let (buttons, selects) = match self {
            Self::Drag => (3, 0),
            Self::Brightness => (2, 1),
            Self::Measure | Self::Place | Self::Turn | Self::Pixels => (4, 0),
            Self::Undo | Self::Labels => (2, 0),
            Self::Compare => (2, 1),
            Self::Help => (1, 0),
        };
        f64::from(buttons) * (button + BETWEEN) + f64::from(selects) * (SELECT + BETWEEN) - BETWEEN
    }
}

/// The tools of a group.
pub fn tools(viewer: ViewerState, group: Group, others: Signal<Vec<(u32, String)>>) -> AnyView {
    let buttons = |actions: [Action; 4]| actions.map(|action| view! { <Button viewer action/> }).into_any();
    let tool = |tool: Tool| {
        view! { <Toggle viewer action=Action::Take(tool) is_on=move || viewer.tool.get() == tool/> }
            .into_any()
    };
    let content = match group {
        Group::Drag => [Tool::Window, Tool::Pan, Tool::Zoom].map(tool).into_any(),
        Group::Measure => [Tool::Distance, Tool::Angle, Tool::Ellipse, Tool::Rectangle].map(tool).into_any(),
        Group::Place => buttons([Action::Fit, Action::OneToOne, Action::ZoomIn, Action::ZoomOut]),
        Group::Turn => buttons([Action::RotateLeft, Action::RotateRight, Action::Flip, Action::FlipVertical]),
        Group::Brightness => view! { <Brightness viewer/> }.into_any(),
        Group::Undo => view! { <UndoRedo viewer/> }.into_any(),
        Group::Labels => view! { <Labels viewer/> }.into_any(),
        Group::Pixels => view! { <Pixels viewer/> }.into_any(),
        Group::Compare => view! { <Compare viewer others/> }.into_any(),
        Group::Help => {
            view! { <Toggle viewer action=Action::Help is_on=move || viewer.sheet.get() == Some(Sheet::Keys)/> }
                .into_any()
        }
    };
    view! { <div class="group" role="group" aria-label=group.title()>{content}</div> }.into_any()
}

/// Window, inversion, and the way back.
#[component]
fn Brightness(viewer: ViewerState) -> impl IntoView {
    let setting = move || viewer.setting(viewer.active());
    view! {
        <Show when=move || setting().window.is_some()><Windows viewer/></Show>
        <Toggle viewer action=Action::Invert is_on=move || setting().is_inverted/>
        <Button viewer action=Action::Reset/>
    }
}

/// Steps back and forward.
#[component]
fn UndoRedo(viewer: ViewerState) -> impl IntoView {
    let has = move |is_past: bool| {
        let image = viewer.active().image();
        viewer.undo_stacks.with(|undo_stacks| {
            let undo_stacks = image.and_then(|image| undo_stacks.get(&image));
            undo_stacks.is_some_and(
                |undo_stacks| if is_past { undo_stacks.has_past() } else { undo_stacks.has_future() },
            )
        })
    };
    view! {
        <Button viewer action=Action::Undo is_off=move || !has(true)/>
        <Button viewer action=Action::Redo is_off=move || !has(false)/>
    }
}

/// The text around the image, and whether it names the patient, where the file does.
#[component]
fn Labels(viewer: ViewerState) -> impl IntoView {
    let names = move || {
        let header = viewer.active().source.header;
        header.with(|header| header.as_ref().is_some_and(|header| labels::names_patient(&header.patient)))
    };
    view! {
        <Toggle viewer action=Action::Labels is_on=move || viewer.are_labels_shown.get()/>
        <Show when=names><Toggle viewer action=Action::Patient is_on=move || viewer.is_patient_shown.get()/></Show>
    }
}

/// How pixels are shown, what lies over them, and the list of windows.
#[component]
fn Pixels(viewer: ViewerState) -> impl IntoView {
    let is_smooth = move || viewer.setting(viewer.active()).sampling == Sampling::Smooth;
    let has_planes = move || viewer.has_planes();
    let has_overlay = move || viewer.active().source.overlay.with(Option::is_some);
    view! {
        <Toggle viewer action=Action::Smooth is_on=is_smooth/>
        <Show when=has_overlay><Toggle viewer action=Action::Overlay is_on=move || viewer.is_overlay_shown.get()/></Show>
        <Show when=has_planes><Toggle viewer action=Action::Planes is_on=move || viewer.are_planes_shown.get()/></Show>
        <PresetButton viewer/>
    }
}

/// The windows by name.
#[component]
fn Windows(viewer: ViewerState) -> impl IntoView {
    let options = move || {
        let viewport = viewer.active();
        let now = viewer.setting(viewport).window;
        let option = |(number, window): (usize, crate::frame::WindowLevel)| {
            let is_now = now.as_ref() == Some(&window.shape);
            view! { <option value=number.to_string() selected=is_now>{window.name}</option> }
        };
        let windows = viewer.windows(viewport);
        let is_own = !windows.iter().any(|window| now.as_ref() == Some(&window.shape));
        view! {
            <option value="" disabled selected=is_own>{page::viewer::OWN_WINDOW}</option>
            {windows.into_iter().enumerate().map(option).collect_view()}
        }
    };
    view! {
        <select class="windows" aria-label=page::viewer::WINDOW
            on:change=move |event| if let Ok(number) = event_target_value(&event).parse() {
                viewer.choose_window(untrack(|| viewer.active()), number);
            }>{options}</select>
    }
}

/// The way to change the list of windows.
#[component]
fn PresetButton(viewer: ViewerState) -> impl IntoView {
    view! {
        <button type="button" class="tool" aria-label=page::viewer::CHANGE_WINDOWS_BUTTON title=page::viewer::CHANGE_WINDOWS_BUTTON
            on:click=move |_| viewer.open(Sheet::Presets)>{icons::list()}</button>
    }
}

/// The image beside, and whether it follows.
#[component]
fn Compare(viewer: ViewerState, others: Signal<Vec<(u32, String)>>) -> impl IntoView {
    let options = move || {
        let now = viewer.compared.get();
        let option = |(id, name): (u32, String)| {
            view! { <option value=id.to_string() selected=now == Some(id)>{name}</option> }
        };
        view! {
            <option value="" selected=now.is_none()>{page::viewer::ONE_IMAGE}</option>
            {others.get().into_iter().map(option).collect_view()}
        }
    };
    view! {
            <select class="compare" aria-label=page::viewer::COMPARE title=page::viewer::COMPARE
                on:change=move |event| viewer.compared.set(event_target_value(&event).parse().ok())>{options}</select>
            <Show when=move || viewer.is_comparing()>
                <Toggle viewer action=Action::Link is_on=move || viewer.is_linked.get()/>
                <Button viewer action=Action::OtherViewport/>
            </Show>
    }
}

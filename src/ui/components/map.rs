//! Tools for heat maps: a button that asks for one, and then its method, opacity and caption.

use crate::examination::Verdict;
use crate::messages::{self, page};
use crate::protocol::inference_worker::Method;
use crate::ui::item::ItemResult;
use crate::ui::maps::{self, Map, MapProgress};
use crate::ui::viewer::{OverlayKind, OverlayTools};
use crate::ui::workspace::Workspace;
use leptos::prelude::*;
use std::rc::Rc;

/// The button, and what belongs to the map that is on. `opacity` of the map, in percent.
#[component]
pub fn MapTools(opacity: RwSignal<u32>) -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let has_answer = Memo::new(move |_| {
        let is_asked = workspace.current().is_some_and(|item| item.asks().is_some());
        !is_asked && workspace.shown().is_some_and(|shown| shown.examination.answer.is_some())
    });
    let is_on = Memo::new(move |_| map(workspace).is_some());
    let can_ask = move || answer_in_sight(workspace).is_some();
    let click = move |_| match (untrack(|| map(workspace)), untrack(|| answer_in_sight(workspace))) {
        (Some(map), _) => maps::put_away(workspace, &map.of),
        (None, Some((image, shown))) => maps::show(workspace, image, &shown),
        (None, None) => {}
    };
    let status = move || {
        let asked =
            workspace.map_asked.get().filter(|asked| workspace.selected.get() == Some(asked.of.image))?;
        Some(match asked.stage {
            MapProgress::Waiting | MapProgress::Running(_, 0) => page::map::ASKING.into(),
            MapProgress::Running(done, of) => page::map::step(done, of),
            MapProgress::Failed(why) => page::map::failed(&why),
        })
    };
    let kind = Signal::derive(move || map(workspace).map_or(OverlayKind::Heat, |map| kind(map.method)));
    view! {
        <Show when=move || has_answer.get()>
            <div class="overlay-tools">
                <button type="button" aria-pressed=move || is_on.get().to_string()
                    disabled=move || !can_ask() on:click=click>{page::map::SHOW_BUTTON}</button>
                <output role="status">{status}</output>
            </div>
            <Show when=move || is_on.get()>
                <OverlayTools kind opacity><MapOptions/></OverlayTools>
                <p class="caption small">{move || caption(workspace)}</p>
                {move || warning(workspace).map(|line| view! { <p class="concerns">{line}</p> })}
            </Show>
        </Show>
    }
}

/// What the picture of a method is.
pub fn kind(method: Method) -> OverlayKind {
    if method == Method::Outline { OverlayKind::Outline } else { OverlayKind::Heat }
}

/// The answer of the current frame; a frame that was not examined, or was refused, has none.
fn answer_in_sight(workspace: Workspace) -> Option<(u32, Rc<ItemResult>)> {
    let item = workspace.current()?;
    let shown = item.shown().filter(|shown| shown.examination.answer.is_some())?;
    (shown.frame == item.frame.get()).then_some((item.id, shown))
}

/// The map of that answer, where one was asked for.
fn map(workspace: Workspace) -> Option<Rc<Map>> {
    let (image, shown) = answer_in_sight(workspace)?;
    maps::of(workspace, &maps::key(image, &shown))
}

/// What the map shows, about which answer in the words of the model that gave it.
fn caption(workspace: Workspace) -> Option<String> {
    let (map, (_, shown)) = map(workspace).zip(answer_in_sight(workspace))?;
    let about = match map.class {
        Some(class) => workspace.summary(&map.of.model)?.labels.get(class)?.clone(),
        None => shown.examination.answer.as_ref()?.label().to_string(),
    };
    Some(messages::caption(map.method, &about))
}

fn warning(workspace: Workspace) -> Option<&'static str> {
    map(workspace).and_then(|map| messages::map_warning(map.strongest, map.agreement))
}

/// How the map is made, and about which answer.
#[component]
fn MapOptions() -> impl IntoView {
    let workspace = expect_context::<Workspace>();
    let ask = move |change: &dyn Fn(&mut Method, &mut Option<usize>)| {
        if let Some(map) = untrack(|| map(workspace)) {
            let (mut method, mut class) = (map.method, map.class);
            change(&mut method, &mut class);
            maps::ask(workspace, map.of.clone(), method, class);
        }
    };
    let is_busy = move || {
        workspace
            .map_asked
            .with(|asked| asked.as_ref().is_some_and(|asked| !matches!(asked.stage, MapProgress::Failed(_))))
    };
    let methods = move || {
        let draws = answer_in_sight(workspace).is_some_and(|(_, shown)| shown.draws());
        let current = map(workspace);
        let summary = current.as_ref().and_then(|map| workspace.summary(&map.of.model));
        let has_class_maps = summary.is_none_or(|summary| summary.has_class_maps);
        let current = current.map(|map| map.method);
        let offered = Method::ALL.into_iter().filter(|one| match one {
            Method::Outline => draws,
            Method::Activation => has_class_maps,
            Method::Occlusion | Method::Gradients => true,
        });
        let option = |one: Method| {
            view! { <option value=one.name() selected=current == Some(one)>{messages::method(one)}</option> }
        };
        offered.map(option).collect_view()
    };
    let classes = move || {
        let (map, (_, shown)) = map(workspace).zip(answer_in_sight(workspace))?;
        let summary = workspace.summary(&map.of.model)?;
        // What names a kind asks about kinds, what has many labels about these; there is no finding.
        let is_named =
            shown.examination.answer.as_ref().is_some_and(|answer| answer.verdict == Verdict::Named);
        let finding = summary.findings.into_iter().find(|_| !is_named && !summary.is_of_many);
        let option = |(index, label): (usize, String)| {
            view! { <option value=index.to_string() selected=map.class == Some(index)>{label}</option> }
        };
        Some(view! {
            {finding.map(|finding| view! { <option value="" selected=map.class.is_none()>{finding.label}</option> })}
            {summary.labels.into_iter().enumerate().map(option).collect_view()}
        })
    };
    let is_outline = move || map(workspace).is_some_and(|map| map.method == Method::Outline);
    view! {
        <label>
            {page::map::METHOD}
            <select disabled=is_busy on:change=move |event| {
                let chosen = event_target_value(&event);
                if let Some(chosen) = Method::ALL.into_iter().find(|method| method.name() == chosen) {
                    ask(&|method, _| *method = chosen);
                }
            }>{methods}</select>
        </label>
        <label class:hidden=is_outline>
            {page::map::CLASS}
            <select disabled=is_busy on:change=move |event| {
                let chosen = event_target_value(&event).parse().ok();
                ask(&|_, class| *class = chosen);
            }>{classes}</select>
        </label>
    }
}

//! The sheet of presets: windows by name, for values of one unit.

use super::preferences;
use super::state::ViewerState;
use crate::messages::page;
use crate::viewing::presets::{self, Preset};
use leptos::prelude::*;

/// The presets, which can be changed, added to and taken away.
#[component]
pub fn PresetSheet(viewer: ViewerState) -> impl IntoView {
    let keep = move |presets: Vec<Preset>| {
        preferences::keep_presets(&presets);
        viewer.presets.set(presets);
    };
    let problem = RwSignal::new(None::<&'static str>);
    let add = move |_| {
        let viewport = untrack(|| viewer.active());
        let facts = untrack(|| viewport.facts());
        let (Some(window), Some(grey)) =
            (untrack(|| viewer.setting(viewport)).window, facts.and_then(|facts| facts.modality_lut))
        else {
            return;
        };
        let (center, width) = window.center_and_width();
        let mut presets = viewer.presets.get_untracked();
        presets.push(Preset {
            name: page::sheets::own_window(presets.len() + 1),
            unit: grey.unit,
            center,
            width,
        });
        keep(presets);
    };
    let row = move |number: usize, preset: Preset| {
        let change = move |change: &dyn Fn(&mut Preset)| {
            let mut presets = viewer.presets.get_untracked();
            let Some(preset) = presets.get_mut(number) else { return };
            change(preset);
            problem.set(preset.problem());
            if preset.problem().is_none() {
                keep(presets);
            }
        };
        let number_of = |event: &web_sys::Event| {
            event_target_value(event).trim().replace(',', ".").parse().unwrap_or(f64::NAN)
        };
        let named = preset.name.clone();
        view! {
            <li>
                <input type="text" aria-label=page::sheets::NAME value=preset.name
                    on:change=move |event| change(&|preset| preset.name = event_target_value(&event).trim().into())/>
                <input type="text" inputmode="decimal" aria-label=page::sheets::level_of(&named) value=preset.center.to_string()
                    on:change=move |event| change(&|preset| preset.center = number_of(&event))/>
                <input type="text" inputmode="decimal" aria-label=page::sheets::width_of(&named) value=preset.width.to_string()
                    on:change=move |event| change(&|preset| preset.width = number_of(&event))/>
                <span>{if preset.unit.is_empty() { page::sheets::NO_UNIT.into() } else { preset.unit }}</span>
                <button type="button" class="quiet" aria-label=page::sheets::take_away(&named) title=page::sheets::TAKE_AWAY_HINT on:click=move |_| {
                    let mut presets = viewer.presets.get_untracked();
                    if number < presets.len() {
                        presets.remove(number);
                        keep(presets);
                    }
                }>"×"</button>
            </li>
        }
    };
    let rows = move || {
        viewer
            .presets
            .get()
            .into_iter()
            .enumerate()
            .map(|(number, preset)| row(number, preset))
            .collect_view()
    };
    view! {
        <p class="small">{page::sheets::WINDOWS_HINT}</p>
        <p class="presets-head small" aria-hidden="true"><span>{page::sheets::NAME}</span><span>{page::sheets::LEVEL}</span><span>{page::sheets::WIDTH}</span><span>{page::sheets::UNIT}</span></p>
        <ul class="presets">{rows}</ul>
        <p role="alert">{move || problem.get()}</p>
        <div class="row">
            <button type="button" on:click=add>{page::sheets::KEEP_WINDOW_BUTTON}</button>
            <button type="button" on:click=move |_| { problem.set(None); keep(presets::standard()) }>{page::sheets::USUAL_WINDOWS_BUTTON}</button>
        </div>
    }
}

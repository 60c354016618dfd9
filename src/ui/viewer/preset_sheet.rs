//! The sheet of presets: windows by name, for values of one unit.

use super::preferences;
use super::state::ViewerState;
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
        presets.push(Preset { name: format!("Own {}", presets.len() + 1), unit: grey.unit, center, width });
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
                <input type="text" aria-label="Name" value=preset.name
                    on:change=move |event| change(&|preset| preset.name = event_target_value(&event).trim().into())/>
                <input type="text" inputmode="decimal" aria-label=format!("Level of {named}") value=preset.center.to_string()
                    on:change=move |event| change(&|preset| preset.center = number_of(&event))/>
                <input type="text" inputmode="decimal" aria-label=format!("Width of {named}") value=preset.width.to_string()
                    on:change=move |event| change(&|preset| preset.width = number_of(&event))/>
                <span>{if preset.unit.is_empty() { "no unit".into() } else { preset.unit }}</span>
                <button type="button" class="quiet" aria-label=format!("Take {named} away") title="Take away" on:click=move |_| {
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
        <p class="small">"A window tells which values are shown from black to white: its level (L), which is their middle, and its width (W). Each is offered for images whose values have its unit. HU are Hounsfield units, the values of computed tomography."</p>
        <p class="presets-head small" aria-hidden="true"><span>"Name"</span><span>"Level"</span><span>"Width"</span><span>"Unit"</span></p>
        <ul class="presets">{rows}</ul>
        <p role="alert">{move || problem.get()}</p>
        <div class="row">
            <button type="button" on:click=add>"Keep the present window"</button>
            <button type="button" on:click=move |_| { problem.set(None); keep(presets::standard()) }>"Back to the usual ones"</button>
        </div>
    }
}

//! The viewer's state: two viewports, what the user has done to each image, the tools.

use super::preferences;
use super::source::Source;
use crate::frame::{Frame, FrameFacts, VoiLut, WindowLevel};
use crate::viewing::hotkeys::{Keymap, Tool};
use crate::viewing::presets::{Preset, offered};
use crate::viewing::render::Sampling;
use crate::viewing::undo::UndoStack;
use crate::viewing::view::{Transform, View, ViewLayout};
use crate::viewing::{Annotation, Point};
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::rc::Rc;

/// How an image is shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DisplaySettings {
    /// Zoom, shift and turn.
    pub view: View,
    /// From real value to brightness; none for colour.
    pub window: Option<VoiLut>,
    /// Whether black and white, or all colours, change places.
    pub is_inverted: bool,
    /// How it is enlarged.
    pub sampling: Sampling,
    /// The windows found in the values of the frame that was seen first, so that frames that are played do not flicker.
    pub measured: Vec<WindowLevel>,
}

impl DisplaySettings {
    /// How an image is shown first: whole, in the window that its file proposes, or all its values.
    pub fn first(frame: &Frame) -> Self {
        Self { measured: frame.measured_windows(), ..Self::default() }.again(frame)
    }

    /// As it was shown first.
    pub fn again(&self, frame: &Frame) -> Self {
        let measured = || self.measured.first().map(|window| window.shape.clone());
        let window = frame.facts.first_window(measured);
        Self { window, measured: self.measured.clone(), ..Self::default() }
    }
}

/// A sheet that lies over the viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sheet {
    /// The keys.
    Keys,
    /// The presets.
    Presets,
}

/// One viewport. Signals: copies share them.
#[derive(Clone, Copy)]
pub struct Viewport {
    /// 0 or 1.
    pub index: usize,
    /// What it shows.
    pub source: Source,
    /// Its size in CSS pixels.
    pub size: RwSignal<(f64, f64)>,
    /// The annotation that is chosen, and which of its handles.
    pub chosen: RwSignal<Option<(u32, Option<usize>)>>,
    /// An annotation that is being drawn or moved, not yet told.
    pub draft: RwSignal<Option<Annotation>>,
    /// The place under the pointer.
    pub pointer: RwSignal<Option<Point>>,
}

/// The state of all.
#[derive(Clone, Copy)]
pub struct ViewerState {
    /// The viewports; the second is shown when images are compared.
    pub viewports: [Viewport; 2],
    /// How each image is shown.
    pub settings: RwSignal<BTreeMap<u32, DisplaySettings>>,
    /// Steps back and forward of each image's annotations.
    pub undo_stacks: RwSignal<BTreeMap<u32, UndoStack<Vec<Annotation>>>>,
    /// The image that the first is compared with.
    pub compared: RwSignal<Option<u32>>,
    /// The viewport that tools and keys act on.
    active: RwSignal<usize>,
    /// Whether what is done to one image is done to both.
    pub is_linked: RwSignal<bool>,
    /// What dragging does.
    pub tool: RwSignal<Tool>,
    /// Whether what lies over the image is shown.
    pub is_overlay_shown: RwSignal<bool>,
    /// Whether the file's overlay planes are shown.
    pub are_planes_shown: RwSignal<bool>,
    /// Whether text stands around the image.
    pub are_labels_shown: RwSignal<bool>,
    /// Whether the text names the patient.
    pub is_patient_shown: RwSignal<bool>,
    /// Whether the menu with the tools that have no room in the row is open.
    pub is_menu_open: RwSignal<bool>,
    /// Whether frames are played.
    pub is_playing: RwSignal<bool>,
    /// Which key does what.
    pub keys: RwSignal<Keymap>,
    /// Whether keys do anything.
    pub are_keys_on: RwSignal<bool>,
    /// Windows by name.
    pub presets: RwSignal<Vec<Preset>>,
    /// The sheet that is open.
    pub sheet: RwSignal<Option<Sheet>>,
    /// What was done last, for assistive technology.
    pub announcement: RwSignal<String>,
}

impl ViewerState {
    /// Whether the frame that is worked on has overlay planes.
    pub fn has_planes(&self) -> bool {
        self.active().frame().is_some_and(|frame| !frame.overlay.is_empty())
    }

    /// Nothing done yet.
    pub fn new(
        sources: [Source; 2],
        compared: RwSignal<Option<u32>>,
        is_patient_shown: RwSignal<bool>,
    ) -> Self {
        let viewport = |index: usize, source: Source| Viewport {
            index,
            source,
            size: RwSignal::new((0.0, 0.0)),
            chosen: RwSignal::new(None),
            draft: RwSignal::new(None),
            pointer: RwSignal::new(None),
        };
        let [first, second] = sources;
        Self {
            viewports: [viewport(0, first), viewport(1, second)],
            settings: RwSignal::new(BTreeMap::new()),
            undo_stacks: RwSignal::new(BTreeMap::new()),
            compared,
            active: RwSignal::new(0),
            is_linked: RwSignal::new(true),
            tool: RwSignal::new(Tool::Window),
            is_overlay_shown: RwSignal::new(true),
            are_planes_shown: RwSignal::new(false),
            are_labels_shown: RwSignal::new(preferences::are_labels_shown()),
            is_patient_shown,
            is_menu_open: RwSignal::new(false),
            is_playing: RwSignal::new(false),
            keys: RwSignal::new(preferences::keys()),
            are_keys_on: RwSignal::new(preferences::are_keys_on()),
            presets: RwSignal::new(preferences::presets()),
            sheet: RwSignal::new(None),
            announcement: RwSignal::new(String::new()),
        }
    }

    /// Whether two images are shown.
    pub fn is_comparing(self) -> bool {
        self.compared.get().is_some()
    }

    /// The viewport that tools and keys act on.
    pub fn active(self) -> Viewport {
        let [first, second] = self.viewports;
        if self.active.get() == 1 && self.is_comparing() { second } else { first }
    }

    /// Tools and keys act on this viewport from now on.
    pub fn activate(self, viewport: Viewport) {
        if self.active.get_untracked() != viewport.index {
            self.active.set(viewport.index);
        }
    }

    /// The other viewport, while it is to do the same.
    fn linked(self, viewport: Viewport) -> Option<Viewport> {
        let [first, second] = self.viewports;
        let other = if viewport.index == 0 { second } else { first };
        (self.is_linked.get_untracked() && self.compared.get_untracked().is_some()).then_some(other)
    }

    /// How a viewport's image is shown.
    pub fn setting(self, viewport: Viewport) -> DisplaySettings {
        let image = viewport.image();
        self.settings
            .with(|settings| image.and_then(|image| settings.get(&image).cloned()))
            .unwrap_or_default()
    }

    /// Changes how a viewport's image is shown. A linked image follows in zoom and place, and in window and inversion where its values
    /// have the same unit; each keeps its own turn.
    pub fn change(self, viewport: Viewport, change: impl FnOnce(&mut DisplaySettings, &ViewLayout)) {
        let (Some(image), Some(layout)) = untrack(|| (viewport.image(), viewport.layout())) else { return };
        let before = untrack(|| self.setting(viewport));
        let mut after = before.clone();
        change(&mut after, &layout);
        if after == before {
            return;
        }
        let follower = self.linked(viewport).and_then(|other| {
            let image = untrack(|| other.image())?;
            let unit = |viewport: Viewport| Some(untrack(|| viewport.facts())?.modality_lut?.unit);
            let mut setting = untrack(|| self.setting(other));
            setting.view = View { orientation: setting.view.orientation, ..after.view };
            setting.sampling = after.sampling;
            if unit(viewport).is_some() && unit(viewport) == unit(other) && before.window != after.window {
                setting.window = after.window.clone();
            }
            if before.is_inverted != after.is_inverted {
                setting.is_inverted = after.is_inverted;
            }
            Some((image, setting))
        });
        self.settings.update(|settings| {
            settings.extend(follower);
            settings.insert(image, after);
        });
    }

    /// The windows that a viewport's image is offered.
    pub fn windows(self, viewport: Viewport) -> Vec<WindowLevel> {
        let measured = self.setting(viewport).measured;
        let facts = viewport.facts();
        facts
            .map(|facts| self.presets.with(|presets| offered(&facts, &measured, presets)))
            .unwrap_or_default()
    }

    /// Asks for another frame; a linked image goes to the same number.
    pub fn go_to(self, viewport: Viewport, frame: u32) {
        let ask = |viewport: Viewport| {
            let (_, count) = untrack(|| viewport.frames());
            let wanted = frame.min(count.saturating_sub(1));
            if wanted != viewport.source.wanted.get_untracked() {
                viewport.source.on_frame.run(wanted);
            }
        };
        ask(viewport);
        self.linked(viewport).into_iter().for_each(ask);
    }

    /// Announces what was done to assistive technology.
    pub fn announce(self, text: impl Into<String>) {
        self.announcement.set(text.into());
    }
}

impl Viewport {
    /// The number of the image that is seen.
    pub fn image(&self) -> Option<u32> {
        self.source.seen.with(|seen| seen.as_ref().map(|seen| seen.image))
    }

    /// The frame's number from 0, and how many there are.
    pub fn frames(&self) -> (u32, u32) {
        self.source.seen.with(|seen| seen.as_ref().map_or((0, 0), |seen| (seen.number, seen.count)))
    }

    /// The frame that is seen.
    pub fn frame(&self) -> Option<Rc<Frame>> {
        self.source.seen.with(|seen| seen.as_ref().map(|seen| Rc::clone(&seen.frame)))
    }

    /// What its frame's values mean.
    pub fn facts(&self) -> Option<FrameFacts> {
        self.source.seen.with(|seen| seen.as_ref().map(|seen| seen.frame.facts.clone()))
    }

    /// The sizes that its view stands on.
    pub fn layout(&self) -> Option<ViewLayout> {
        let size = self.size.get();
        self.source.seen.with(|seen| Some(ViewLayout::new(&seen.as_ref()?.frame.facts, size)))
    }

    /// The map from its image to its viewport, in CSS pixels.
    pub fn transform(&self, viewer: ViewerState) -> Option<Transform> {
        let layout = self.layout()?;
        Some(viewer.setting(*self).view.transform(&layout))
    }
}

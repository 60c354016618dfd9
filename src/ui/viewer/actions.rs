//! Actions of the viewer, invoked by keys and buttons.

use super::preferences;
use super::state::{Sheet, ViewerState, Viewport};
use crate::frame::VoiLut;
use crate::messages::page;
use crate::viewing::hotkeys::{Action, Tool};
use crate::viewing::render::Sampling;
use crate::viewing::view::{View, ViewLayout};
use crate::viewing::{Point, measure::figure};
use leptos::prelude::*;

/// One press of a key enlarges by this factor.
const ZOOM: f64 = 1.25;
/// One press of a key moves the window by so many hundredths of its width.
const STEP: f64 = 5.0;

impl ViewerState {
    /// Does it, on the active viewport.
    pub fn act(self, action: Action) {
        let viewport = untrack(|| self.active());
        match action {
            Action::Take(tool) => {
                self.tool.set(tool);
                self.is_menu_open.set(false);
            }
            Action::Invert => self.change(viewport, |s, _| s.is_inverted = !s.is_inverted),
            Action::Smooth => self.change(viewport, |s, _| {
                s.sampling = match s.sampling {
                    Sampling::Smooth => Sampling::Exact,
                    Sampling::Exact => Sampling::Smooth,
                };
            }),
            Action::Overlay => self.is_overlay_shown.update(|is_shown| *is_shown = !*is_shown),
            Action::Planes if self.has_planes() => {
                self.are_planes_shown.update(|are_shown| *are_shown = !*are_shown);
            }
            Action::Planes => {}
            Action::Labels => self.show_labels(),
            Action::Patient => self.show_patient(),
            Action::Reset => self.reset(viewport),
            Action::Preset(number) => self.choose_window(viewport, usize::from(number).saturating_sub(1)),
            Action::Brighter => self.drag_window(viewport, 0.0, -STEP),
            Action::Darker => self.drag_window(viewport, 0.0, STEP),
            Action::MoreContrast => self.drag_window(viewport, -STEP, 0.0),
            Action::LessContrast => self.drag_window(viewport, STEP, 0.0),
            Action::NextFrame => self.step_frame(viewport, 1),
            Action::PreviousFrame => self.step_frame(viewport, -1),
            Action::FirstFrame => self.go_to(viewport, 0),
            Action::LastFrame => self.go_to(viewport, u32::MAX),
            Action::Play => self.is_playing.update(|is_playing| *is_playing = !*is_playing),
            Action::Place => self.place(viewport),
            Action::NextAnnotation => self.next_annotation(viewport),
            Action::NextHandle => self.next_handle(viewport),
            Action::Delete => self.delete(viewport),
            Action::Release => self.release(viewport),
            Action::Undo => self.step(viewport, true),
            Action::Redo => self.step(viewport, false),
            Action::OtherViewport => self.activate_other(viewport),
            Action::Link => self.is_linked.update(|is_linked| *is_linked = !*is_linked),
            Action::Help => self.open(Sheet::Keys),
            Action::Fit
            | Action::OneToOne
            | Action::ZoomIn
            | Action::ZoomOut
            | Action::RotateRight
            | Action::RotateLeft
            | Action::Flip
            | Action::FlipVertical => self.look(viewport, action),
        }
    }

    /// The actions that change where the image lies.
    fn look(self, viewport: Viewport, action: Action) {
        let middle = |layout: &ViewLayout| Point { x: layout.viewport.0 / 2.0, y: layout.viewport.1 / 2.0 };
        self.change(viewport, |setting, layout| {
            let view = setting.view;
            let turned = |orientation| View { orientation, ..view };
            setting.view = match action {
                Action::OneToOne => view.at_scale(layout, 1.0 / window().device_pixel_ratio()),
                Action::ZoomIn => view.zoomed(layout, middle(layout), ZOOM),
                Action::ZoomOut => view.zoomed(layout, middle(layout), 1.0 / ZOOM),
                Action::RotateRight => turned(view.orientation.right()),
                Action::RotateLeft => turned(view.orientation.left()),
                Action::Flip => turned(view.orientation.flipped()),
                Action::FlipVertical => turned(view.orientation.upended()),
                _ => view.fitted(),
            };
        });
        let words = untrack(|| self.setting(viewport)).view.orientation.words();
        self.announce(if words.is_empty() { page::viewer::AS_STORED.into() } else { words });
    }

    /// Shifts what is seen by so many CSS pixels.
    pub fn pan(self, viewport: Viewport, x: f64, y: f64) {
        self.change(viewport, |setting, layout| setting.view = setting.view.panned(layout, x, y));
    }

    /// Enlarges at a place of the viewport.
    pub fn zoom(self, viewport: Viewport, at: Point, factor: f64) {
        self.change(viewport, |setting, layout| setting.view = setting.view.zoomed(layout, at, factor));
    }

    fn drag_window(self, viewport: Viewport, right: f64, down: f64) {
        let is_grey_inverted =
            untrack(|| viewport.facts()).and_then(|facts| Some(facts.modality_lut?.is_inverted));
        let is_inverted = untrack(|| self.setting(viewport)).is_inverted != is_grey_inverted.unwrap_or(false);
        // Where black and white have changed places, brighter is the other way.
        let down = if is_inverted { -down } else { down };
        self.change(viewport, |setting, _| {
            setting.window = setting.window.as_ref().map(|window| window.dragged(right, down))
        });
        self.say_window(viewport);
    }

    /// Chooses one of the windows that are offered.
    pub fn choose_window(self, viewport: Viewport, number: usize) {
        if let Some(chosen) = untrack(|| self.windows(viewport)).into_iter().nth(number) {
            self.change(viewport, |setting, _| setting.window = Some(chosen.shape));
            self.say_window(viewport);
        }
    }

    fn say_window(self, viewport: Viewport) {
        if let Some(words) = untrack(|| self.setting(viewport)).window.as_ref().map(window_words) {
            self.announce(words);
        }
    }

    fn reset(self, viewport: Viewport) {
        if let Some(frame) = untrack(|| viewport.frame()) {
            self.change(viewport, |setting, _| *setting = setting.again(&frame));
            self.announce(page::viewer::AS_SHOWN_FIRST);
        }
    }

    fn show_labels(self) {
        self.are_labels_shown.update(|are_shown| *are_shown = !*are_shown);
        let are_shown = self.are_labels_shown.get_untracked();
        preferences::keep_labels_shown(are_shown);
        self.announce(if are_shown { page::viewer::TEXT_SHOWN } else { page::viewer::TEXT_HIDDEN });
    }

    fn show_patient(self) {
        self.is_patient_shown.update(|is_shown| *is_shown = !*is_shown);
        let is_shown = self.is_patient_shown.get_untracked();
        self.announce(if is_shown { page::viewer::PATIENT_NAMED } else { page::viewer::PATIENT_MASKED });
    }

    /// Goes so many frames on from the one that was asked for last, so that no step is lost while a frame comes.
    pub fn step_frame(self, viewport: Viewport, by: i64) {
        let ((_, count), now) = (untrack(|| viewport.frames()), viewport.source.wanted.get_untracked());
        let wanted = (i64::from(now) + by).clamp(0, i64::from(count.saturating_sub(1)));
        self.go_to(viewport, wanted as u32);
    }

    /// Lets go of the annotation; where none is held, of the tool.
    fn release(self, viewport: Viewport) {
        if self.sheet.get_untracked().is_some() {
            self.sheet.set(None);
        } else if viewport.draft.get_untracked().is_some() || viewport.chosen.get_untracked().is_some() {
            viewport.draft.set(None);
            viewport.chosen.set(None);
        } else {
            self.tool.set(Tool::Window);
        }
    }

    fn activate_other(self, viewport: Viewport) {
        let [first, second] = self.viewports;
        let other = if viewport.index == 0 { second } else { first };
        if self.compared.get_untracked().is_some() {
            self.activate(other);
            self.announce(other.source.title.get_untracked());
        }
    }

    /// Opens a sheet, or closes it.
    pub fn open(self, sheet: Sheet) {
        self.sheet.update(|open| *open = (*open != Some(sheet)).then_some(sheet));
    }
}

/// A window as radiologists write it: width and level.
pub fn window_words(window: &VoiLut) -> String {
    let (center, width) = window.center_and_width();
    page::viewer::window(&figure(width), &figure(center))
}

//! Editing of annotations: add, move, name, delete, undo.

use super::state::{ViewerState, Viewport};
use crate::messages::page;
use crate::viewing::hotkeys::Tool;
use crate::viewing::measure::measure;
use crate::viewing::{Annotation, AnnotationShape, Point};
use leptos::prelude::*;

/// The shape that a tool draws between two places; none for tools that draw nothing. An angle's second leg stands up from the first
/// at its middle until the user moves it.
pub fn drawn(tool: Tool, from: Point, to: Point) -> Option<AnnotationShape> {
    match tool {
        Tool::Distance => Some(AnnotationShape::Distance { from, to }),
        Tool::Ellipse => Some(AnnotationShape::Ellipse { from, to }),
        Tool::Rectangle => Some(AnnotationShape::Rectangle { from, to }),
        Tool::Angle => {
            let end = Point { x: to.x + (to.y - from.y), y: to.y - (to.x - from.x) };
            Some(AnnotationShape::Angle { from, at: to, to: end })
        }
        Tool::Window | Tool::Pan | Tool::Zoom => None,
    }
}

impl ViewerState {
    /// The annotations of a viewport's frame, the one that is being drawn or moved as it is now.
    pub fn annotations(self, viewport: Viewport) -> Vec<Annotation> {
        let (frame, _) = viewport.frames();
        let draft = viewport.draft.get();
        let is_draft =
            |annotation: &Annotation| draft.as_ref().is_some_and(|draft| draft.id == annotation.id);
        let annotations = viewport
            .source
            .annotations
            .get()
            .into_iter()
            .filter(|annotation| annotation.frame == frame && !is_draft(annotation));
        annotations.chain(draft.clone()).collect()
    }

    /// The annotation that is chosen.
    pub fn chosen(self, viewport: Viewport) -> Option<Annotation> {
        let (id, _) = viewport.chosen.get()?;
        self.annotations(viewport).into_iter().find(|annotation| annotation.id == id)
    }

    /// An annotation of a shape on the frame that is shown, not yet told.
    pub fn begin(self, viewport: Viewport, shape: AnnotationShape) {
        let annotations = viewport.source.annotations.get_untracked();
        let id = annotations.iter().map(|annotation| annotation.id).max().map_or(1, |last| last + 1);
        let (frame, _) = untrack(|| viewport.frames());
        viewport.draft.set(Some(Annotation { id, frame, shape, label: String::new() }));
        viewport.chosen.set(Some((id, None)));
    }

    /// Commits the annotation that is being drawn or moved.
    pub fn finish(self, viewport: Viewport) {
        let Some(draft) = viewport.draft.get_untracked() else { return };
        let (id, mut annotations) = (draft.id, viewport.source.annotations.get_untracked());
        match annotations.iter_mut().find(|annotation| annotation.id == id) {
            Some(annotation) => *annotation = draft,
            None => annotations.push(draft),
        }
        self.tell(viewport, annotations);
        viewport.draft.set(None);
        self.say_chosen(viewport);
    }

    /// Moves the chosen annotation, or its chosen handle, by so many pixels of the image; false where none is chosen.
    pub fn nudge(self, viewport: Viewport, x: f64, y: f64) -> bool {
        let (Some(annotation), Some((_, handle))) =
            (untrack(|| self.chosen(viewport)), viewport.chosen.get_untracked())
        else {
            return false;
        };
        viewport.draft.set(Some(Annotation { shape: annotation.shape.moved(handle, x, y), ..annotation }));
        self.finish(viewport);
        true
    }

    /// Puts an annotation of the chosen kind in the middle of what is seen, with its first handle in hand.
    pub fn place(self, viewport: Viewport) {
        let Some(transform) = untrack(|| viewport.transform(self)) else { return };
        let (wide, high) = viewport.size.get_untracked();
        let reach = wide.min(high) / 8.0;
        let at =
            |side: f64| transform.back(Point { x: wide / 2.0 + side * reach, y: high / 2.0 + side * reach });
        let Some(shape) = drawn(self.tool.get_untracked(), at(-1.0), at(1.0)) else {
            return self.announce(page::viewer::CHOOSE_MEASURE);
        };
        self.begin(viewport, shape);
        self.finish(viewport);
        viewport.chosen.update(|chosen| *chosen = chosen.map(|(id, _)| (id, Some(0))));
    }

    /// Chooses the next annotation of the frame.
    pub fn next_annotation(self, viewport: Viewport) {
        let annotations = untrack(|| self.annotations(viewport));
        let now = viewport.chosen.get_untracked().map(|(id, _)| id);
        let at = annotations.iter().position(|annotation| Some(annotation.id) == now);
        let next = at.and_then(|at| annotations.get(at + 1)).or(annotations.first());
        viewport.chosen.set(next.map(|annotation| (annotation.id, None)));
        if next.is_none() {
            return self.announce(page::viewer::NO_MARKS);
        }
        self.say_chosen(viewport);
    }

    /// Chooses the next handle of the chosen annotation, after the last one the whole annotation.
    pub fn next_handle(self, viewport: Viewport) {
        let Some(annotation) = untrack(|| self.chosen(viewport)) else {
            return self.next_annotation(viewport);
        };
        let handles = annotation.shape.handles().len();
        let next = |handle: Option<usize>| {
            Some(handle.map_or(0, |handle| handle + 1)).filter(|next| *next < handles)
        };
        viewport.chosen.update(|chosen| *chosen = chosen.map(|(id, handle)| (id, next(handle))));
        let handle = viewport.chosen.get_untracked().and_then(|(_, handle)| handle);
        self.announce(
            handle
                .map_or(page::viewer::WHOLE_MARK.into(), |handle| page::viewer::handle(handle + 1, handles)),
        );
    }

    /// Gives the chosen annotation a name.
    pub fn label(self, viewport: Viewport, label: String) {
        if let Some(annotation) = untrack(|| self.chosen(viewport)) {
            viewport.draft.set(Some(Annotation { label, ..annotation }));
            self.finish(viewport);
        }
    }

    /// Deletes the chosen annotation.
    pub fn delete(self, viewport: Viewport) {
        // Only what is in sight: the choice outlives the frame.
        let Some(Annotation { id, .. }) = untrack(|| self.chosen(viewport)) else { return };
        let annotations = viewport.source.annotations.get_untracked();
        self.tell(viewport, annotations.into_iter().filter(|annotation| annotation.id != id).collect());
        viewport.draft.set(None);
        viewport.chosen.set(None);
        self.announce(page::viewer::DELETED);
    }

    /// Back to the annotations before the last change, or forward again.
    pub fn step(self, viewport: Viewport, is_back: bool) {
        let Some(image) = untrack(|| viewport.image()) else { return };
        let present = viewport.source.annotations.get_untracked();
        let mut state = None;
        self.undo_stacks.update(|undo_stacks| {
            let undo_stacks = undo_stacks.entry(image).or_default();
            state = if is_back { undo_stacks.back(present) } else { undo_stacks.forward(present) };
        });
        match state {
            Some(state) => {
                viewport.chosen.set(None);
                viewport.draft.set(None);
                viewport.source.on_annotations.run((image, state));
                self.announce(if is_back { page::viewer::UNDONE } else { page::viewer::DONE_AGAIN });
            }
            None => self.announce(if is_back {
                page::viewer::NOTHING_TO_UNDO
            } else {
                page::viewer::NOTHING_TO_REDO
            }),
        }
    }

    /// Tells the new annotations, if they are new, so that the change can be undone.
    fn tell(self, viewport: Viewport, annotations: Vec<Annotation>) {
        let (Some(image), before) =
            (untrack(|| viewport.image()), viewport.source.annotations.get_untracked())
        else {
            return;
        };
        if before != annotations {
            self.undo_stacks.update(|undo_stacks| undo_stacks.entry(image).or_default().record(before));
            viewport.source.on_annotations.run((image, annotations));
        }
    }

    /// What an annotation measures, in lines.
    pub fn measured(self, viewport: Viewport, annotation: &Annotation) -> Vec<String> {
        viewport
            .frame()
            .map(|frame| measure(&frame, &annotation.shape).lines(&frame.facts))
            .unwrap_or_default()
    }

    fn say_chosen(self, viewport: Viewport) {
        if let Some(annotation) = untrack(|| self.chosen(viewport)) {
            let measured = untrack(|| self.measured(viewport, &annotation)).join(", ");
            self.announce(page::viewer::mark(annotation.shape.name(), &annotation.label, &measured));
        }
    }
}

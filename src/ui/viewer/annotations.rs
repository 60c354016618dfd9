//! What a reader does to marks: add, move, name, delete, step back.

use super::state::{Board, Pane};
use crate::viewing::hotkeys::Tool;
use crate::viewing::measure::measure;
use crate::viewing::{Annotation, AnnotationShape, Point};
use leptos::prelude::*;

/// The shape that a tool draws between two places; none for tools that draw nothing. An angle's second leg stands up from the first
/// at its middle until a reader moves it.
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

impl Board {
    /// The marks of a pane's frame, the one that is being drawn or moved as it is now.
    pub fn marks(self, pane: Pane) -> Vec<Annotation> {
        let (frame, _) = pane.frames();
        let draft = pane.draft.get();
        let is_draft = |mark: &Annotation| draft.as_ref().is_some_and(|draft| draft.id == mark.id);
        let marks = pane.source.marks.get().into_iter().filter(|mark| mark.frame == frame && !is_draft(mark));
        marks.chain(draft.clone()).collect()
    }

    /// The mark that is chosen.
    pub fn chosen(self, pane: Pane) -> Option<Annotation> {
        let (id, _) = pane.chosen.get()?;
        self.marks(pane).into_iter().find(|mark| mark.id == id)
    }

    /// A mark of a shape on the frame that is shown, not yet told.
    pub fn begin(self, pane: Pane, shape: AnnotationShape) {
        let marks = pane.source.marks.get_untracked();
        let id = marks.iter().map(|mark| mark.id).max().map_or(1, |last| last + 1);
        let (frame, _) = untrack(|| pane.frames());
        pane.draft.set(Some(Annotation { id, frame, shape, label: String::new() }));
        pane.chosen.set(Some((id, None)));
    }

    /// What is being drawn or moved is so now.
    pub fn finish(self, pane: Pane) {
        let Some(draft) = pane.draft.get_untracked() else { return };
        let (id, mut marks) = (draft.id, pane.source.marks.get_untracked());
        match marks.iter_mut().find(|mark| mark.id == id) {
            Some(mark) => *mark = draft,
            None => marks.push(draft),
        }
        self.tell(pane, marks);
        pane.draft.set(None);
        self.say_chosen(pane);
    }

    /// Moves the chosen mark, or its chosen handle, by so many pixels of the image; false where none is chosen.
    pub fn nudge(self, pane: Pane, x: f64, y: f64) -> bool {
        let (Some(mark), Some((_, handle))) = (untrack(|| self.chosen(pane)), pane.chosen.get_untracked())
        else {
            return false;
        };
        pane.draft.set(Some(Annotation { shape: mark.shape.moved(handle, x, y), ..mark }));
        self.finish(pane);
        true
    }

    /// Puts a mark of the chosen kind in the middle of what is seen, with its first handle in hand.
    pub fn place(self, pane: Pane) {
        let Some(transform) = untrack(|| pane.transform(self)) else { return };
        let (wide, high) = pane.viewport.get_untracked();
        let reach = wide.min(high) / 8.0;
        let at =
            |side: f64| transform.back(Point { x: wide / 2.0 + side * reach, y: high / 2.0 + side * reach });
        let Some(shape) = drawn(self.tool.get_untracked(), at(-1.0), at(1.0)) else {
            return self.say("Choose what to measure first: distance, angle, ellipse or rectangle.");
        };
        self.begin(pane, shape);
        self.finish(pane);
        pane.chosen.update(|chosen| *chosen = chosen.map(|(id, _)| (id, Some(0))));
    }

    /// Chooses the next mark of the frame.
    pub fn next_mark(self, pane: Pane) {
        let marks = untrack(|| self.marks(pane));
        let now = pane.chosen.get_untracked().map(|(id, _)| id);
        let at = marks.iter().position(|mark| Some(mark.id) == now);
        let next = at.and_then(|at| marks.get(at + 1)).or(marks.first());
        pane.chosen.set(next.map(|mark| (mark.id, None)));
        if next.is_none() {
            return self.say("There are no marks on this frame.");
        }
        self.say_chosen(pane);
    }

    /// Chooses the next handle of the chosen mark, after the last one the whole mark.
    pub fn next_handle(self, pane: Pane) {
        let Some(mark) = untrack(|| self.chosen(pane)) else { return self.next_mark(pane) };
        let handles = mark.shape.handles().len();
        let next = |handle: Option<usize>| {
            Some(handle.map_or(0, |handle| handle + 1)).filter(|next| *next < handles)
        };
        pane.chosen.update(|chosen| *chosen = chosen.map(|(id, handle)| (id, next(handle))));
        let handle = pane.chosen.get_untracked().and_then(|(_, handle)| handle);
        self.say(
            handle.map_or("The whole mark".into(), |handle| format!("Handle {} of {handles}", handle + 1)),
        );
    }

    /// Gives the chosen mark a name.
    pub fn label(self, pane: Pane, label: String) {
        if let Some(mark) = untrack(|| self.chosen(pane)) {
            pane.draft.set(Some(Annotation { label, ..mark }));
            self.finish(pane);
        }
    }

    /// Deletes the chosen mark.
    pub fn delete(self, pane: Pane) {
        let Some((id, _)) = pane.chosen.get_untracked() else { return };
        let marks = pane.source.marks.get_untracked();
        self.tell(pane, marks.into_iter().filter(|mark| mark.id != id).collect());
        pane.draft.set(None);
        pane.chosen.set(None);
        self.say("Deleted.");
    }

    /// Back to the marks before the last change, or forward again.
    pub fn step(self, pane: Pane, is_back: bool) {
        let Some(image) = untrack(|| pane.image()) else { return };
        let present = pane.source.marks.get_untracked();
        let mut state = None;
        self.steps.update(|steps| {
            let steps = steps.entry(image).or_default();
            state = if is_back { steps.back(present) } else { steps.forward(present) };
        });
        match state {
            Some(state) => {
                pane.chosen.set(None);
                pane.draft.set(None);
                pane.source.on_marks.run((image, state));
                self.say(if is_back { "Undone." } else { "Done again." });
            }
            None => {
                self.say(if is_back { "There is nothing to undo." } else { "There is nothing to do again." })
            }
        }
    }

    /// Tells the new marks, if they are new, so that the change can be undone.
    fn tell(self, pane: Pane, marks: Vec<Annotation>) {
        let (Some(image), before) = (untrack(|| pane.image()), pane.source.marks.get_untracked()) else {
            return;
        };
        if before != marks {
            self.steps.update(|steps| steps.entry(image).or_default().record(before));
            pane.source.on_marks.run((image, marks));
        }
    }

    /// What a mark measures, in lines.
    pub fn measured(self, pane: Pane, mark: &Annotation) -> Vec<String> {
        pane.frame().map(|frame| measure(&frame, &mark.shape).lines(&frame.facts)).unwrap_or_default()
    }

    fn say_chosen(self, pane: Pane) {
        if let Some(mark) = untrack(|| self.chosen(pane)) {
            let measured = untrack(|| self.measured(pane, &mark)).join(", ");
            self.say(format!("{} {}: {measured}", mark.shape.name(), mark.label));
        }
    }
}

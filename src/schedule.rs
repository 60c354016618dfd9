//! The scheduler of the inference worker, a pure function. The worker does one thing at a time; the page passes
//! what is waiting and gets the next step.

use crate::protocol::inference_worker::ItemId;

/// What the scheduler needs to know of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedItem {
    /// Its id.
    pub id: ItemId,
    /// The model that must examine it; `None` if any may start.
    pub model: Option<String>,
    /// What is left to do.
    pub open: Remaining,
}

/// What is left to do for an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remaining {
    /// It has not been examined. A series is examined at one frame first.
    Whole,
    /// It has been examined, except for some frames. The next of these, from 0, by [`next_frame`].
    Frame(u32),
    /// It is done.
    Nothing,
}

/// Everything that waits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// The model that is loaded.
    pub loaded: String,
    /// The image for which the user asked for a heat map, and the model that examined it.
    pub map: Option<(ItemId, String)>,
    /// The image on the screen.
    pub looked_at: Option<ItemId>,
    /// Whether the user paused the queue.
    pub is_paused: bool,
    /// All images, in the order in which they were added.
    pub items: Vec<QueuedItem>,
}

/// The next step of the worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Wait: there is nothing to do.
    Rest,
    /// Load a model that an image needs, then ask the scheduler again.
    Load {
        /// The model.
        model: String,
        /// The image.
        of: ItemId,
    },
    /// Make the requested heat map.
    Map(ItemId),
    /// Examine an image for the first time.
    Examine(ItemId),
    /// Examine another frame of an image, from 0.
    ExamineFrame(ItemId, u32),
}

/// The next step. A heat map comes first, because the user is waiting for it. Then come images that have not
/// been examined, those for the loaded model first, so that models are seldom changed. Last come the other
/// frames of series: those of the image on the screen first, whatever its model, then as above.
pub fn next(waiting: &Waiting) -> Step {
    let with_model = |model: Option<&String>, of: ItemId, step: Step| match model {
        Some(model) if *model != waiting.loaded => Step::Load { model: model.clone(), of },
        _ => step,
    };
    if let Some((id, model)) = &waiting.map {
        return with_model(Some(model), *id, Step::Map(*id));
    }
    if waiting.is_paused {
        return Step::Rest;
    }
    let is_at_hand = |item: &&QueuedItem| item.model.as_ref().is_none_or(|model| *model == waiting.loaded);
    let is_looked_at = |item: &&QueuedItem| waiting.looked_at == Some(item.id);
    let whole = || waiting.items.iter().filter(|item| item.open == Remaining::Whole);
    let series = || waiting.items.iter().filter(|item| matches!(item.open, Remaining::Frame(_)));
    let item = whole()
        .find(is_at_hand)
        .or_else(|| whole().next())
        .or_else(|| series().find(is_looked_at))
        .or_else(|| series().find(is_at_hand))
        .or_else(|| series().next());
    let Some(item) = item else { return Step::Rest };
    let step = match item.open {
        Remaining::Frame(frame) => Step::ExamineFrame(item.id, frame),
        _ => Step::Examine(item.id),
    };
    with_model(item.model.as_ref(), item.id, step)
}

/// The next of `count` frames to examine: the frame on the screen, `at`, or the nearest one to it; of two
/// equally near, the later one.
pub fn next_frame(count: u32, at: u32, is_open: impl Fn(u32) -> bool) -> Option<u32> {
    let at = at.min(count.saturating_sub(1));
    (0..count).find_map(|far| {
        let later = at.checked_add(far).filter(|frame| *frame < count);
        let earlier = at.checked_sub(far).filter(|frame| *frame < count);
        [later, earlier].into_iter().flatten().find(|frame| is_open(*frame))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(id: ItemId, model: Option<&str>, open: Remaining) -> QueuedItem {
        QueuedItem { id, model: model.map(String::from), open }
    }

    fn waiting(items: Vec<QueuedItem>) -> Waiting {
        Waiting { loaded: "chest".into(), items, ..Waiting::default() }
    }

    fn load(model: &str, of: ItemId) -> Step {
        Step::Load { model: model.into(), of }
    }

    #[test]
    fn images_of_the_loaded_model_come_before_others_and_all_before_frames() {
        let series = item(1, Some("chest"), Remaining::Frame(7));
        let other = item(2, Some("brain"), Remaining::Whole);
        let own = item(3, Some("chest"), Remaining::Whole);
        let any = item(4, None, Remaining::Whole);
        assert_eq!(next(&waiting(vec![series.clone(), other.clone(), own, any.clone()])), Step::Examine(3));
        assert_eq!(next(&waiting(vec![series.clone(), other.clone(), any])), Step::Examine(4));
        assert_eq!(next(&waiting(vec![series.clone(), other])), load("brain", 2));
        assert_eq!(next(&waiting(vec![series])), Step::ExamineFrame(1, 7));
        assert_eq!(next(&waiting(vec![item(1, None, Remaining::Nothing)])), Step::Rest);
    }

    #[test]
    fn the_series_that_is_looked_at_comes_first_and_then_those_of_the_loaded_model() {
        let brain = item(1, Some("brain"), Remaining::Frame(0));
        let first = item(2, Some("chest"), Remaining::Frame(1));
        let second = item(3, Some("chest"), Remaining::Frame(2));
        let mut all = waiting(vec![brain, first, second]);
        assert_eq!(next(&all), Step::ExamineFrame(2, 1));
        all.looked_at = Some(3);
        assert_eq!(next(&all), Step::ExamineFrame(3, 2));
        all.looked_at = Some(1);
        assert_eq!(next(&all), load("brain", 1));
        all.loaded = "brain".into();
        assert_eq!(next(&all), Step::ExamineFrame(1, 0));
        // A new image comes before other frames.
        all.items.push(item(4, None, Remaining::Whole));
        assert_eq!(next(&all), Step::Examine(4));
    }

    #[test]
    fn a_map_that_was_asked_for_goes_before_everything_even_in_a_pause() {
        let mut all =
            waiting(vec![item(1, None, Remaining::Whole), item(2, Some("chest"), Remaining::Frame(0))]);
        all.is_paused = true;
        assert_eq!(next(&all), Step::Rest);
        all.map = Some((2, "chest".into()));
        assert_eq!(next(&all), Step::Map(2));
        all.map = Some((2, "brain".into()));
        assert_eq!(next(&all), load("brain", 2));
    }

    #[test]
    fn frames_are_examined_from_the_one_looked_at_outwards_each_once() {
        for at in [0, 2, 4, 9] {
            let mut open: Vec<u32> = (0..5).collect();
            let mut order = Vec::new();
            while let Some(frame) = next_frame(5, at, |frame| open.contains(&frame)) {
                open.retain(|other| *other != frame);
                order.push(frame);
            }
            let expected = match at {
                0 => [0, 1, 2, 3, 4],
                2 => [2, 3, 1, 4, 0],
                _ => [4, 3, 2, 1, 0],
            };
            assert_eq!(order, expected, "from {at}");
        }
        assert_eq!(next_frame(3, 1, |_| false), None);
        assert_eq!(next_frame(0, 0, |_| true), None);
    }
}

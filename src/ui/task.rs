//! Something that the user starts and waits for: whether it is under way, and what it came to. It does what leptos' `Action` does, with less
//! code to load (decision record 0020).

use leptos::prelude::*;
use leptos::task::spawn_local;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

type Run<I, O> = Rc<dyn Fn(I) -> Pin<Box<dyn Future<Output = O>>>>;

/// A task of the page: takes an `I`, comes to an `O`. Copies share it.
pub struct Task<I: 'static, O: 'static> {
    run: StoredValue<Run<I, O>, LocalStorage>,
    value: RwSignal<Option<O>, LocalStorage>,
    /// How often it was started, and how often it has ended.
    turns: RwSignal<(u32, u32)>,
}

impl<I, O> Clone for Task<I, O> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<I, O> Copy for Task<I, O> {}

impl<I, O: Clone> Task<I, O> {
    /// Not started yet.
    pub fn new<F: Future<Output = O> + 'static>(run: impl Fn(I) -> F + 'static) -> Self {
        let run: Run<I, O> = Rc::new(move |input| Box::pin(run(input)));
        Self {
            run: StoredValue::new_local(run),
            value: RwSignal::new_local(None),
            turns: RwSignal::new((0, 0)),
        }
    }

    /// With a result that is at hand already.
    pub fn with_value(self, value: Option<O>) -> Self {
        self.value.set(value);
        self
    }

    /// Starts it. Of several starts the last one's result stays.
    pub fn start(self, input: I) {
        let work = self.run.with_value(|run| run(input));
        self.turns.update(|(started, _)| *started += 1);
        let own = self.turns.with_untracked(|(started, _)| *started);
        spawn_local(async move {
            let value = work.await;
            // The view may be gone by now.
            let Some(last) = self.turns.try_with_untracked(|(started, _)| *started) else { return };
            if own == last {
                self.value.try_set(Some(value));
            }
            self.turns.try_update(|(_, ended)| *ended += 1);
        });
    }

    /// Forgets what it came to, also what a run under way will come to.
    pub fn clear(self) {
        self.turns.update(|(started, ended)| (*started, *ended) = (*started + 1, *ended + 1));
        self.value.set(None);
    }

    /// Whether it is under way.
    pub fn is_pending(self) -> bool {
        self.turns.with(|(started, ended)| started > ended)
    }

    /// What it came to the last time.
    pub fn value(self) -> Option<O> {
        self.value.get()
    }
}

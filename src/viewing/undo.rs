//! Undo and redo.

/// Past states, and undone states.
#[derive(Clone, Debug)]
pub struct UndoStack<T> {
    past: Vec<T>,
    future: Vec<T>,
}

impl<T> Default for UndoStack<T> {
    fn default() -> Self {
        Self { past: vec![], future: vec![] }
    }
}

/// Maximum number of steps.
const MOST: usize = 200;

impl<T> UndoStack<T> {
    /// Records `left`, the state before a change. Clears the redo steps.
    pub fn record(&mut self, left: T) {
        self.future.clear();
        if self.past.len() == MOST {
            self.past.remove(0);
        }
        self.past.push(left);
    }

    /// Undo: returns the previous state and keeps `present` for redo.
    pub fn back(&mut self, present: T) -> Option<T> {
        let state = self.past.pop()?;
        self.future.push(present);
        Some(state)
    }

    /// Redo: returns the last undone state and keeps `present` for undo.
    pub fn forward(&mut self, present: T) -> Option<T> {
        let state = self.future.pop()?;
        self.past.push(present);
        Some(state)
    }

    /// Whether there is a step to undo.
    pub fn has_past(&self) -> bool {
        !self.past.is_empty()
    }

    /// Whether there is a step to redo.
    pub fn has_future(&self) -> bool {
        !self.future.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_new_state_ends_what_could_have_been() {
        let mut steps = UndoStack::default();
        steps.record(1);
        assert_eq!(steps.back(2), Some(1));
        assert!(steps.has_future() && !steps.has_past());
        steps.record(1);
        assert_eq!(steps.forward(3), None);
        assert_eq!(steps.back(3), Some(1));
        assert_eq!(steps.back(1), None);
    }

    #[test]
    fn the_oldest_states_go_first() {
        let mut steps = UndoStack::default();
        (0..=MOST).for_each(|state| steps.record(state));
        let mut present = MOST + 1;
        while let Some(state) = steps.back(present) {
            present = state;
        }
        assert_eq!(present, 1);
    }

    proptest! {
        #[test]
        fn as_many_forward_as_back_is_where_it_began(states in prop::collection::vec(any::<u8>(), 2..50), count in 1usize..60) {
            let mut steps = UndoStack::default();
            states.windows(2).for_each(|pair| steps.record(pair[0]));
            let (last, mut present, mut back) = (states[states.len() - 1], states[states.len() - 1], 0);
            for _ in 0..count {
                if let Some(state) = steps.back(present) {
                    (present, back) = (state, back + 1);
                }
            }
            prop_assert_eq!(present, states[states.len() - 1 - back]);
            for _ in 0..back {
                present = steps.forward(present).unwrap();
            }
            prop_assert_eq!(present, last);
        }
    }
}

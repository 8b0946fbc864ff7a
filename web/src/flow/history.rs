//! Undo and redo: the drawings there were, as values.
//!
//! Invariant: what undo takes back redo brings back, until something else is drawn. Edits of one field in a row are one step.

use std::rc::Rc;

use super::Drawing;

/// The most steps that can be taken back.
const MOST: usize = 200;

/// The drawing as it is, what was before and what was taken back.
#[derive(Clone, Debug)]
pub(crate) struct History {
    past: Vec<Rc<Drawing>>,
    present: Rc<Drawing>,
    future: Vec<Rc<Drawing>>,
    /// What the last edit was of; empty when the next one is a step of its own.
    last: String,
}

impl History {
    pub(crate) fn new(drawing: Drawing) -> Self {
        Self { past: Vec::new(), present: Rc::new(drawing), future: Vec::new(), last: String::new() }
    }

    pub(crate) fn present(&self) -> Rc<Drawing> {
        Rc::clone(&self.present)
    }

    /// Draws. Edits of the same thing in a row are one step; without a name it is one of its own. False when nothing is different.
    pub(crate) fn edit(&mut self, of: &str, drawing: Drawing) -> bool {
        if drawing == *self.present {
            return false;
        }
        let before = std::mem::replace(&mut self.present, Rc::new(drawing));
        if of.is_empty() || of != self.last {
            self.past.push(before);
            let over = self.past.len().saturating_sub(MOST);
            self.past.drain(..over);
        }
        of.clone_into(&mut self.last);
        self.future.clear();
        true
    }

    /// Lets the next edit be a step of its own.
    pub(crate) fn pause(&mut self) {
        self.last.clear();
    }

    pub(crate) fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    pub(crate) fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }

    /// Takes the last step back; false when there is none.
    pub(crate) fn undo(&mut self) -> bool {
        self.last.clear();
        let Some(before) = self.past.pop() else { return false };
        self.future.push(std::mem::replace(&mut self.present, before));
        true
    }

    /// Brings back what was taken back last; false when nothing was.
    pub(crate) fn redo(&mut self) -> bool {
        self.last.clear();
        let Some(after) = self.future.pop() else { return false };
        self.past.push(std::mem::replace(&mut self.present, after));
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::{History, MOST};
    use crate::flow::Drawing;

    fn named(name: &str) -> Drawing {
        Drawing { name: name.to_owned(), ..Drawing::default() }
    }

    #[test]
    fn letters_of_one_field_are_one_step_and_another_field_is_the_next() {
        let mut history = History::new(named(""));
        for name in ["a", "ab", "abc"] {
            assert!(history.edit("name", named(name)));
        }
        assert!(!history.edit("name", named("abc")), "nothing is different");
        history.edit("other", named("abcd"));
        assert!(history.undo() && history.present().name == "abc");
        assert!(history.undo() && history.present().name.is_empty() && !history.can_undo());
    }

    #[test]
    fn after_a_pause_the_same_field_is_a_step_of_its_own() {
        let mut history = History::new(named(""));
        history.edit("name", named("a"));
        history.pause();
        history.edit("name", named("ab"));
        assert!(history.undo() && history.present().name == "a");
    }

    #[test]
    fn drawing_on_forgets_what_was_taken_back() {
        let mut history = History::new(named(""));
        history.edit("", named("a"));
        history.undo();
        assert!(history.can_redo());
        history.edit("", named("b"));
        assert!(!history.redo());
        assert_eq!(history.present().name, "b");
    }

    #[test]
    fn the_oldest_steps_are_forgotten() {
        let mut history = History::new(named("first"));
        for number in 0..MOST + 5 {
            history.edit("", named(&number.to_string()));
        }
        let steps = std::iter::from_fn(|| history.undo().then_some(())).count();
        assert_eq!((steps, history.present().name.as_str()), (MOST, "4"));
    }

    proptest! {
        #[test]
        fn redo_brings_back_exactly_what_undo_took(names in vec("[a-c]{1,2}", 1..30), back in 0..30_usize) {
            let mut history = History::new(named(""));
            for name in &names {
                history.edit("", named(name));
            }
            let end = history.present();
            let taken = (0..back).take_while(|_| history.undo()).count();
            prop_assert_eq!((0..taken).filter(|_| history.redo()).count(), taken);
            prop_assert_eq!(history.present(), end);
        }
    }
}

//! A pen on one place of the drawing: a stage, a transition, a guard of one. Fields write through it.
//!
//! Fields are called as the server calls them (`guards[0].rule`), so that what it finds wrong stands where it was written. A place
//! that is gone takes no more writing.

use std::rc::Rc;

use proto::workflow::v1::{Graph, Stage, Transition};
use sycamore::prelude::*;

use super::board::Board;
use crate::flow::Spot;
use crate::parts::Form;

/// The way to a place in a graph.
type Way<T> = Rc<dyn for<'g> Fn(&'g mut Graph) -> Option<&'g mut T>>;

/// The pen.
pub(super) struct Pen<T: 'static> {
    pub(super) board: Board,
    /// Says what is wrong beside the fields.
    pub(super) form: Form,
    /// What the place is called within what is chosen; empty for that itself.
    path: String,
    way: Way<T>,
}

impl<T> Clone for Pen<T> {
    fn clone(&self) -> Self {
        Self { board: self.board, form: self.form, path: self.path.clone(), way: Rc::clone(&self.way) }
    }
}

impl Pen<Stage> {
    pub(super) fn on_stage(board: Board, form: Form, key: String) -> Self {
        let way = as_way(move |graph| graph.stages.iter_mut().find(|stage| stage.key == key));
        Self { board, form, path: String::new(), way }
    }
}

impl Pen<Transition> {
    pub(super) fn on_transition(board: Board, form: Form, key: String) -> Self {
        let way = as_way(move |graph| graph.transitions.iter_mut().find(|one| one.key == key));
        Self { board, form, path: String::new(), way }
    }
}

fn as_way<T>(way: impl for<'g> Fn(&'g mut Graph) -> Option<&'g mut T> + 'static) -> Way<T> {
    Rc::new(way)
}

impl<T> Pen<T> {
    /// The pen on a part of the place.
    pub(super) fn part<U>(
        &self,
        name: &str,
        part: impl for<'p> Fn(&'p mut T) -> Option<&'p mut U> + 'static,
    ) -> Pen<U> {
        let whole = Rc::clone(&self.way);
        let way = as_way(move |graph: &mut Graph| whole(graph).and_then(&part));
        Pen { board: self.board, form: self.form, path: self.name(name), way }
    }

    /// What a field of the place is called.
    pub(super) fn name(&self, field: &str) -> String {
        match (self.path.as_str(), field) {
            ("", field) => field.to_owned(),
            (path, "") => path.to_owned(),
            (path, field) => format!("{path}.{field}"),
        }
    }

    /// A signal of what is typed into a field; each change of it is drawn.
    pub(super) fn bind<V: Clone + 'static>(
        &self,
        field: &str,
        value: V,
        put: impl Fn(&mut T, V) + 'static,
    ) -> Signal<V> {
        let typed = create_signal(value);
        let (pen, of) = (self.clone(), self.step(field));
        later(typed, move |value| pen.write(&of, |place| put(place, value)));
        typed
    }

    /// Changes the place under the fields that show it, which are drawn anew.
    pub(super) fn reshape(&self, change: impl FnOnce(&mut T)) {
        self.board.reshape(|graph| {
            if let Some(place) = (self.way)(graph) {
                change(place);
            }
        });
    }

    fn write(&self, of: &str, change: impl FnOnce(&mut T)) {
        self.board.edit(of, |drawing| {
            if let Some(place) = (self.way)(&mut drawing.graph) {
                change(place);
            }
        });
    }

    /// What an edit of a field is called, so that letters of one are one step back.
    fn step(&self, field: &str) -> String {
        let key = match self.board.chosen.get_clone_untracked() {
            Spot::Whole => String::new(),
            Spot::Stage(key) => format!("stage {key}"),
            Spot::Transition(key) => format!("transition {key}"),
        };
        format!("{key}: {}", self.name(field))
    }
}

/// Does something with each later value of a signal, in its own time.
pub(super) fn later<V: Clone + 'static>(value: Signal<V>, act: impl Fn(V) + 'static) {
    let first = create_signal(true);
    create_effect(on(value, move || {
        if !first.replace_silent(false) {
            act(value.get_clone_untracked());
        }
    }));
}

impl<T> Pen<Vec<T>> {
    /// The pen on a member of a list.
    pub(super) fn member(&self, at: usize) -> Pen<T> {
        let whole = Rc::clone(&self.way);
        let way = as_way(move |graph: &mut Graph| whole(graph).and_then(|list| list.get_mut(at)));
        Pen { board: self.board, form: self.form, path: format!("{}[{at}]", self.path), way }
    }
}

//! What the page knows, one signal an entity, so that a call or an event changes every place that shows it.
//!
//! Signals of entities live as long as the page: they belong to the root scope, never to the component that asked first.

pub(crate) mod approvals;
pub(crate) mod bulk;
pub(crate) mod catalogue;
pub(crate) mod drafts;
pub(crate) mod inbox;
pub(crate) mod list;
pub(crate) mod names;
pub(crate) mod open_ticket;
pub(crate) mod paged;
pub(crate) mod people;
pub(crate) mod places;
pub(crate) mod tickets;
pub(crate) mod uploads;
pub(crate) mod views;

use std::collections::HashMap;
use std::rc::Rc;

use sycamore::prelude::*;
use sycamore::reactive::use_global_scope;

/// Things of one kind by id.
pub(crate) struct Entities<T: 'static> {
    by_id: Signal<HashMap<String, Signal<Rc<T>>>>,
}

impl<T> Clone for Entities<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Entities<T> {}

impl<T: PartialEq> Entities<T> {
    pub(crate) fn new() -> Self {
        Self { by_id: create_signal(HashMap::new()) }
    }

    /// The signal of a thing, if it is known.
    pub(crate) fn find(self, id: &str) -> Option<Signal<Rc<T>>> {
        self.by_id.with_untracked(|by_id| by_id.get(id).copied())
    }

    /// Puts what is known of a thing in place of what was, and answers with its signal.
    pub(crate) fn put(self, id: &str, value: T) -> Signal<Rc<T>> {
        let Some(signal) = self.find(id) else {
            let signal = use_global_scope().run_in(|| create_signal(Rc::new(value)));
            let id = id.to_owned();
            self.by_id.update_silent(|by_id| by_id.insert(id, signal));
            return signal;
        };
        if signal.with_untracked(|before| **before != value) {
            signal.set(Rc::new(value));
        }
        signal
    }
}

/// Something asked for: not here yet, here, or not to be had.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Load<T> {
    Waiting,
    Ready(T),
    Failed(crate::api::Trouble),
}

impl<T> From<crate::api::Answer<T>> for Load<T> {
    fn from(answer: crate::api::Answer<T>) -> Self {
        answer.map_or_else(Self::Failed, Self::Ready)
    }
}

impl<T> Load<T> {
    /// The same with another form of what is here.
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Load<U> {
        match self {
            Self::Waiting => Load::Waiting,
            Self::Ready(value) => Load::Ready(change(value)),
            Self::Failed(trouble) => Load::Failed(trouble),
        }
    }
}

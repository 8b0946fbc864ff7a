//! What every form needs: is it being sent, what was wrong with it.

use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use crate::api::{Answer, Kind, Trouble};
use crate::app::App;
use crate::browser;

/// The state of one form.
#[derive(Clone, Copy)]
pub(crate) struct Form {
    scope: NodeHandle,
    busy: Signal<bool>,
    trouble: Signal<Option<Trouble>>,
}

impl Form {
    pub(crate) fn new() -> Self {
        Self { scope: use_current_scope(), busy: create_signal(false), trouble: create_signal(None) }
    }

    pub(crate) fn busy(self) -> ReadSignal<bool> {
        *self.busy
    }

    /// What is wrong with one field, by the last part of its path.
    pub(crate) fn wrong(self, field: &str) -> Option<String> {
        self.trouble.with(|trouble| trouble.as_ref()?.field(field))
    }

    /// What is wrong with the whole, when it is not about single fields.
    pub(crate) fn refused(self) -> Option<String> {
        self.trouble.with(|trouble| {
            let trouble = trouble.as_ref().filter(|trouble| trouble.fields.is_empty())?;
            Some(trouble.sentence.clone())
        })
    }

    /// What is wrong with fields that have no place on the page, by their paths: else nobody would ever read it.
    pub(crate) fn unplaced(self, is_placed: impl Fn(&str) -> bool) -> Option<String> {
        self.trouble.with(|trouble| {
            let fields = &trouble.as_ref()?.fields;
            let lost = fields.iter().filter(|(path, _)| !is_placed(path));
            let told: Vec<_> = lost.map(|(path, sentence)| format!("{path}: {sentence}")).collect();
            (!told.is_empty()).then(|| told.join(" "))
        })
    }

    /// Says that a field is wrong without asking the server.
    pub(crate) fn refuse(self, field: &str, sentence: String) {
        self.refuse_all(vec![(field.to_owned(), sentence)]);
    }

    /// Says what is wrong with a field while one writes in it, or somewhere else: the focus stays where it is.
    pub(crate) fn mark(self, field: &str, sentence: String) {
        let fields = vec![(field.to_owned(), sentence.clone())];
        self.trouble.set(Some(Trouble { fields, ..Trouble::said(Kind::Invalid, sentence) }));
    }

    /// Says of fields what is wrong with each, or that nothing is, while one writes: the focus stays where it is.
    pub(crate) fn tell(self, fields: Vec<(String, String)>) {
        let said = fields.first().map(|(_, sentence)| Trouble::said(Kind::Invalid, sentence.clone()));
        self.trouble.set(said.map(|trouble| Trouble { fields, ..trouble }));
    }

    /// Takes back what was said of a field.
    pub(crate) fn unmark(self, field: &str) {
        if self.wrong_now(field) {
            self.trouble.set(None);
        }
    }

    fn wrong_now(self, field: &str) -> bool {
        self.trouble
            .with_untracked(|trouble| trouble.as_ref().is_some_and(|trouble| trouble.field(field).is_some()))
    }

    /// Says of several fields at once what is wrong with each.
    pub(crate) fn refuse_all(self, fields: Vec<(String, String)>) {
        let first = fields.first().map(|(_, sentence)| sentence.clone()).unwrap_or_default();
        self.show(Some(Trouble { fields, ..Trouble::said(Kind::Invalid, first) }));
    }

    /// Sends the form once: a second press while it is on its way does nothing. It is sent to its end even when nobody looks any
    /// more; `done` is called only while the form is there.
    pub(crate) fn send<T: 'static>(
        self,
        app: App,
        call: impl Future<Output = Answer<T>> + 'static,
        done: impl FnOnce(T) + 'static,
    ) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.trouble.set(None);
        spawn_local(async move {
            let answer = call.await;
            if self.busy.is_alive() {
                self.scope.run_in(|| self.take(app, answer, done));
            }
        });
    }

    fn take<T>(self, app: App, answer: Answer<T>, done: impl FnOnce(T)) {
        self.busy.set(false);
        match answer {
            Ok(value) => done(value),
            Err(trouble) if trouble.kind == Kind::SignedOut => app.session.ended(),
            Err(trouble) => self.show(Some(trouble)),
        }
    }

    /// Shows what is wrong, or that nothing is any more.
    pub(crate) fn show(self, trouble: Option<Trouble>) {
        self.trouble.set(trouble);
        browser::focus("[aria-invalid=true]");
    }
}

//! Questions before a deed that cannot be taken back easily: one place on the page asks them all, one way.

use std::pin::Pin;
use std::rc::Rc;

use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use super::{Button, Form, Kind, Modal, T, TextField, refusal};
use crate::api::Answer;
use crate::app::App;
use crate::text::t;

/// Whether a reason is asked for; it goes into the audit log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Reason {
    #[default]
    Unasked,
    Optional,
    Required,
}

/// What is asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Question {
    pub(crate) title: String,
    /// What will happen, in a sentence or two.
    pub(crate) text: String,
    /// The word on the button.
    pub(crate) deed: String,
    pub(crate) kind: Kind,
    pub(crate) reason: Reason,
    /// Has to be typed first, for what can never be taken back; empty for nothing.
    pub(crate) typed: String,
}

/// Does it; the reason given comes with it.
type Deed = Rc<dyn Fn(String) -> Pin<Box<dyn Future<Output = Answer<()>>>>>;

/// The question on the page, if there is one.
#[derive(Clone, Copy)]
pub(crate) struct Questions(Signal<Option<(Question, Deed)>>);

impl Questions {
    pub(crate) fn new() -> Self {
        Self(create_signal(None))
    }

    /// Asks; `deed` is done once somebody says yes, again if it was refused and he says yes again.
    pub(crate) fn ask<F>(self, question: Question, deed: impl Fn(String) -> F + 'static)
    where
        F: Future<Output = Answer<()>> + 'static,
    {
        self.0.set(Some((question, Rc::new(move |reason| Box::pin(deed(reason))))));
    }
}

/// The place where questions are asked.
#[component(inline_props)]
pub(crate) fn Asker(app: App) -> View {
    let asked = app.questions.0;
    view! {
        (match asked.get_clone() {
            Some((question, deed)) => view! { Asked(app=app, question=question, deed=deed) },
            None => View::new(),
        })
    }
}

#[component(inline_props)]
fn Asked(app: App, question: Question, deed: Deed) -> View {
    let form = Form::new();
    let (reason, typed) = (create_signal(String::new()), create_signal(String::new()));
    let away = move || app.questions.0.set(None);
    let Question { title, text, deed: word, kind, reason: asks, typed: wanted } = question;
    let expected = wanted.clone();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let given = reason.get_clone().trim().to_owned();
        if asks == Reason::Required && given.is_empty() {
            return form.refuse("reason", t!("reason-missing"));
        }
        if typed.with(|typed| typed.trim() != expected) {
            return form.refuse("typed", t!("typed-wrong"));
        }
        form.send(app, deed(given), move |()| away());
    };
    view! {
        Modal(title=title, on_close=move |()| away()) {
            form(novalidate=true, on:submit=submit) {
                div(class="body form") {
                    (refusal(form))
                    p(class="muted") { (text) }
                    (reason_field(asks, reason, form))
                    (typed_field(wanted.clone(), typed, form))
                }
                footer {
                    Button(label=t!("cancel"), on:click=move |_| away())
                    Button(kind=kind, label=word, r#type="submit", busy=form.busy())
                }
            }
        }
    }
}

fn reason_field(asks: Reason, reason: Signal<String>, form: Form) -> View {
    if asks == Reason::Unasked {
        return View::new();
    }
    let optional = asks == Reason::Optional;
    view! {
        TextField(name="reason", label=t!("reason"), value=reason, form=form, hint=t!("reason-hint"), optional=optional,
            "autofocus"="", maxlength="500", autocomplete="off")
    }
}

fn typed_field(wanted: String, typed: Signal<String>, form: Form) -> View {
    if wanted.is_empty() {
        return View::new();
    }
    view! {
        p { T(id="typed-text") " " b(class="mono") { (wanted) } }
        TextField(name="typed", label=t!("typed"), value=typed, form=form, maxlength="120", autocomplete="off")
    }
}

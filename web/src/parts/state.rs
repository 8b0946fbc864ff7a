//! What stands where something is missing: nothing there, not there yet, not to be had.

use sycamore::prelude::*;

use super::{Act, Button, Icon, Kind, T};
use crate::api::{self, Trouble};
use crate::text::t;

/// Nothing there: says so, and what to do next with at most one button, the child.
#[component(inline_props)]
pub(crate) fn Empty(
    icon: &'static str,
    #[prop(setter(into))] title: String,
    #[prop(default, setter(into))] text: String,
    /// It is all there is on the page.
    #[prop(default)]
    page: bool,
    children: Children,
) -> View {
    let title = if page {
        view! { h1 { (title) } }
    } else {
        view! { h2 { (title) } }
    };
    view! {
        div(class="empty") {
            Icon(name=icon)
            (title)
            p { (text) }
            (children)
        }
    }
}

/// Not there yet. Shows itself only after a moment, so that what is fast never flickers.
#[component(inline_props)]
pub(crate) fn Bones(#[prop(default = 6)] rows: u32, #[prop(default)] text: bool) -> View {
    let lines: Vec<View> = (0..rows).map(|row| if text { line(row) } else { self::row(row) }).collect();
    let lines = View::from(lines);
    let kind = if text { "text" } else { "rows" };
    view! {
        div(class="bones", data-kind=kind, role="status") {
            span(class="vh") { T(id="loading") }
            (lines)
        }
    }
}

fn line(row: u32) -> View {
    let width = ["half", "long", "long", "half", "short"][row as usize % 5];
    view! { span(class="bone", data-width=width) {} }
}

fn row(row: u32) -> View {
    let width = ["half", "long", "half", "long"][row as usize % 4];
    view! {
        span(class="bone-row") {
            span(class="bone", data-width="short") {}
            span(class="grow") { span(class="bone", data-width=width) {} }
            span(class="bone", data-width="round") {}
        }
    }
}

/// Not to be had: says why and offers to try again where that may help.
#[component(inline_props)]
pub(crate) fn Failed(trouble: Trouble, #[prop(setter(into))] retry: Act) -> View {
    let (icon, title) = match trouble.kind {
        api::Kind::Offline => ("offline", t!("failed-offline")),
        api::Kind::NotFound => ("search", t!("failed-not-found")),
        api::Kind::Denied => ("lock", t!("failed-denied")),
        api::Kind::NotBuilt => ("info", t!("failed-not-built")),
        _ => ("alert", t!("failed")),
    };
    let helps = !matches!(trouble.kind, api::Kind::NotFound | api::Kind::Denied | api::Kind::NotBuilt);
    let button = if helps {
        view! { Button(icon="refresh", label=t!("try-again"), on:click=move |_| retry.now()) }
    } else {
        View::new()
    };
    view! { Empty(icon=icon, title=title, text=trouble.sentence) { (button) } }
}

/// What a notice is about, as colour, icon and role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tone {
    #[default]
    Plain,
    New,
    Wait,
    Done,
    Late,
}

impl Tone {
    const fn look(self) -> (&'static str, &'static str) {
        match self {
            Self::Plain => ("plain", "info"),
            Self::New => ("new", "info"),
            Self::Wait => ("wait", "clock"),
            Self::Done => ("done", "check"),
            Self::Late => ("late", "alert"),
        }
    }
}

/// A sentence that matters for what is below it.
#[component(inline_props)]
pub(crate) fn Notice(
    #[prop(default)] tone: Tone,
    #[prop(setter(into))] text: String,
    children: Children,
) -> View {
    let (tone_key, icon) = tone.look();
    let role = if tone == Tone::Late { "alert" } else { "status" };
    view! {
        div(class="notice", data-tone=tone_key, role=role) {
            Icon(name=icon)
            span(class="grow") { (text) }
            (children)
        }
    }
}

/// The refusal of a form as a notice, as long as there is one.
pub(crate) fn refusal(form: super::Form) -> View {
    view! {
        (match form.refused() {
            Some(sentence) => view! { Notice(tone=Tone::Late, text=sentence) },
            None => View::new(),
        })
    }
}

/// The two buttons at the foot of a dialog with a form: away, and the deed.
pub(crate) fn form_foot(form: super::Form, deed: &str, cancel: impl Into<Act>) -> View {
    let cancel = cancel.into();
    let deed = deed.to_owned();
    view! {
        footer {
            Button(label=t!("cancel"), on:click=move |_| cancel.now())
            Button(kind=Kind::Primary, label=deed, r#type="submit", busy=form.busy())
        }
    }
}

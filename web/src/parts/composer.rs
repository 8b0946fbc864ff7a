//! The composer, in two modes nobody can mistake: a reply is solid, a note is dashed, labelled and has a lock.

use sycamore::prelude::*;
use sycamore::web::events::KeyboardEvent;

use super::{Act, Button, Icon, Kind, Words};
use crate::text::t;

/// Who will read it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Mode {
    /// Everybody on the ticket.
    #[default]
    Reply,
    /// The staff.
    Note,
}

impl Mode {
    const fn key(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Note => "note",
        }
    }
}

/// What is being written, a text for each mode so that a note never becomes a reply by a slip, and what sends it. With one mode
/// there is no switch.
#[component(inline_props)]
pub(crate) fn Composer(
    mode: Signal<Mode>,
    reply: Signal<String>,
    note: Signal<String>,
    modes: Vec<Mode>,
    #[prop(setter(into))] busy: MaybeDyn<bool>,
    #[prop(setter(into))] on_send: Act,
    #[prop(setter(into))] to: Words,
) -> View {
    let text = move || if mode.get() == Mode::Note { note } else { reply };
    let is_empty = create_selector(move || text().with(|text| text.trim().is_empty()));
    let switch = if modes.len() > 1 { mode_switch(mode, modes) } else { View::new() };
    let mode_key = move || mode.get().key();
    let sender = on_send.clone();
    view! {
        div(class="composer", data-mode=mode_key) {
            (switch)
            (sheet(mode.get(), text(), sender.clone()))
            footer {
                span(class="tiny faint grow one-line") { (audience(mode.get(), &to.get_clone())) }
                (send_button(mode.get(), is_empty, busy.clone(), on_send.clone()))
            }
        }
    }
}

/// Where one writes.
fn sheet(mode: Mode, text: Signal<String>, send: Act) -> View {
    let hint = if mode == Mode::Note { t!("composer-note-hint") } else { t!("composer-reply-hint") };
    let label = hint.clone();
    let key = move |event: KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            send.now();
        }
    };
    view! { textarea(id="composer", aria-label=label, placeholder=hint, bind:value=text, on:keydown=key) {} }
}

fn audience(mode: Mode, to: &str) -> String {
    match mode {
        Mode::Note => t!("composer-note-audience"),
        Mode::Reply if to.is_empty() => t!("composer-reply-audience-team"),
        Mode::Reply => t!("composer-reply-audience", name = to.to_owned()),
    }
}

fn mode_switch(mode: Signal<Mode>, modes: Vec<Mode>) -> View {
    let choices = modes.into_iter().map(|choice| {
        let checked = move || (mode.get() == choice).to_string();
        let (icon, label) = match choice {
            Mode::Reply => ("reply", t!("composer-reply")),
            Mode::Note => ("lock", t!("composer-note")),
        };
        view! {
            button(class="mode", r#type="button", role="radio", aria-checked=checked, on:click=move |_| mode.set(choice)) {
                Icon(name=icon) (label)
            }
        }
    });
    let choices = View::from(choices.collect::<Vec<_>>());
    view! { div(class="modes", role="radiogroup", aria-label=t!("composer-mode")) { (choices) } }
}

fn send_button(mode: Mode, is_empty: ReadSignal<bool>, busy: MaybeDyn<bool>, on_send: Act) -> View {
    let (kind, icon, label) = match mode {
        Mode::Reply => (Kind::Primary, "send", t!("composer-send")),
        Mode::Note => (Kind::Note, "lock", t!("composer-add-note")),
    };
    let tip = t!("composer-send-key");
    view! {
        Button(kind=kind, icon=icon, label=label, busy=busy, disabled=is_empty, title=tip, on:click=move |_| on_send.now())
    }
}

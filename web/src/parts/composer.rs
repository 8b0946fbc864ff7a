//! The composer, in two modes nobody can mistake: a reply is solid, a note is dashed, labelled and has a lock.

use sycamore::prelude::*;
use sycamore::web::events::{DragEvent, Event, KeyboardEvent};

use super::file_field::{FileClip, FileLines, dropped, pasted};
use super::{Act, Button, Icon, Kind, Maybe, Naming, Words};
use crate::store::uploads::Uploads;
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

/// What goes along, for each mode.
#[derive(Clone, Copy)]
pub(crate) struct Enclosed {
    pub(crate) reply: Uploads,
    pub(crate) note: Uploads,
}

impl Enclosed {
    /// What goes along with what is written in this mode.
    pub(crate) const fn of(self, mode: Mode) -> Uploads {
        match mode {
            Mode::Reply => self.reply,
            Mode::Note => self.note,
        }
    }
}

/// What is being written, a text for each mode so that a note never becomes a reply by a slip, what goes along, and what sends it.
/// With one mode there is no switch. Files are chosen, dropped or pasted, people named by `naming`. The children are more tools for its foot; `on_slash` is
/// what a `/` means where nothing is written yet.
#[component(inline_props)]
pub(crate) fn Composer(
    mode: Signal<Mode>,
    reply: Signal<String>,
    note: Signal<String>,
    modes: Vec<Mode>,
    files: Enclosed,
    #[prop(default)] naming: Maybe<Naming>,
    #[prop(setter(into))] busy: MaybeDyn<bool>,
    #[prop(setter(into))] on_send: Act,
    #[prop(setter(into))] to: Words,
    #[prop(default, setter(into))] on_slash: Act<KeyboardEvent>,
    children: Children,
) -> View {
    let text = move || if mode.get() == Mode::Note { note } else { reply };
    let is_empty = create_selector(move || text().with(|text| text.trim().is_empty()));
    let on_the_way = create_selector(move || files.of(mode.get()).is_busy());
    let switch = if modes.len() > 1 { mode_switch(mode, modes) } else { View::new() };
    let mode_key = move || mode.get().key();
    let offers = View::from(naming.map(|naming| naming.list(text)));
    let over = create_signal(false);
    let drop = move |event: DragEvent| {
        over.set(false);
        dropped(files.of(mode.get()), &event);
    };
    let hover = move |event: DragEvent| {
        event.prevent_default();
        over.set(true);
    };
    let sender = Act::from({
        let send = on_send;
        move |()| {
            if !on_the_way.get() {
                send.now();
            }
        }
    });
    let by_key = sender.clone();
    view! {
        div(class="composer", data-mode=mode_key, data-over=over.get().then_some(""), on:dragover=hover,
            on:dragleave=move |_| over.set(false), on:drop=drop) {
            (offers)
            (switch)
            (sheet(mode.get(), text(), files.of(mode.get()), naming, (by_key.clone(), on_slash.clone())))
            (lines(files.of(mode.get())))
            footer {
                (clip(files.of(mode.get())))
                (children)
                span(class="tiny faint grow one-line") { (audience(mode.get(), &to.get_clone())) }
                (send_button(mode.get(), is_empty, on_the_way, busy.clone(), sender.clone()))
            }
        }
    }
}

/// Where one writes.
fn sheet(
    mode: Mode,
    text: Signal<String>,
    files: Uploads,
    naming: Maybe<Naming>,
    (send, slash): (Act, Act<KeyboardEvent>),
) -> View {
    let hint = if mode == Mode::Note { t!("composer-note-hint") } else { t!("composer-reply-hint") };
    let label = hint.clone();
    let key = move |event: KeyboardEvent| match event.key().as_str() {
        _ if naming.is_some_and(|naming| naming.key(&event, text)) => {}
        "Enter" if event.ctrl_key() || event.meta_key() => {
            event.prevent_default();
            send.now();
        }
        "/" if text.with(String::is_empty) => slash.with(event),
        _ => {}
    };
    let offers = naming.map(|_| "mentions");
    let active = move || naming.and_then(Naming::active_id);
    let look = move |event: Event| {
        if let Some(naming) = naming {
            naming.look(&event);
        }
    };
    let close = move |_| {
        if let Some(naming) = naming {
            naming.close();
        }
    };
    view! {
        textarea(id="composer", aria-label=label, placeholder=hint, aria-autocomplete=offers.map(|_| "list"),
            aria-haspopup=offers.map(|_| "listbox"), aria-controls=offers, aria-activedescendant=active, bind:value=text, on:keydown=key,
            on:input=look, on:blur=close,
            on:paste=move |event: Event| pasted(files, &event)) {}
    }
}

fn lines(files: Uploads) -> View {
    view! { FileLines(uploads=files) }
}

fn clip(files: Uploads) -> View {
    view! { FileClip(name="composer-files", label=t!("composer-files"), uploads=files) }
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

fn send_button(
    mode: Mode,
    is_empty: ReadSignal<bool>,
    on_the_way: ReadSignal<bool>,
    busy: MaybeDyn<bool>,
    on_send: Act,
) -> View {
    let (kind, icon, label) = match mode {
        Mode::Reply => (Kind::Primary, "send", t!("composer-send")),
        Mode::Note => (Kind::Note, "lock", t!("composer-add-note")),
    };
    let tip = move || if on_the_way.get() { t!("composer-files-coming") } else { t!("composer-send-key") };
    let disabled = move || is_empty.get() || on_the_way.get();
    view! {
        Button(kind=kind, icon=icon, label=label, busy=busy, disabled=disabled, title=tip, on:click=move |_| on_send.now())
    }
}

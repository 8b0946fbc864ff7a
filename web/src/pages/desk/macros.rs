//! Macros at the composer: chosen by `m` or by a `/` where nothing is written yet, looked at before they do anything, done at once or
//! only written into the composer, and taken back.

mod apply;

use std::rc::Rc;

use proto::tickets::v1::{ApplyMacroResponse, Comment, CommentKind, DraftKind, Macro, Ticket};
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use super::bulk::macro_choices;
use crate::api;
use crate::app::App;
use crate::browser;
use crate::desk::edit;
use crate::parts::{
    Act, Bones, Button, Failed, Form, Icon, Kind, Modal, Mode, Picker, StatusPill, T, prose, refusal, value,
};
use crate::store::Load;
use crate::store::open_ticket::OpenTicket;
use crate::text::{self, t};
use apply::{Use, apply};

/// Where a macro's words may be written instead of being said.
#[derive(Clone, Copy)]
pub(super) struct Pen {
    pub(super) mode: Signal<Mode>,
    pub(super) reply: Signal<String>,
    pub(super) note: Signal<String>,
}

impl Pen {
    /// Where the person writes on this ticket.
    pub(super) fn of(app: App, ticket: &Ticket, mode: Signal<Mode>) -> Self {
        let draft = |kind| app.drafts.of(&ticket.id, kind);
        Self { mode, reply: draft(DraftKind::Reply), note: draft(DraftKind::Note) }
    }

    /// Puts words behind what is written already.
    fn write(self, comment: &Comment) {
        let (mode, text) = match comment.kind() {
            CommentKind::Internal => (Mode::Note, self.note),
            _ => (Mode::Reply, self.reply),
        };
        text.update(|written| {
            if !written.trim().is_empty() {
                written.push_str("\n\n");
            }
            written.push_str(&comment.text);
        });
        self.mode.set(mode);
        browser::focus("#composer");
    }
}

/// The button in the composer's foot.
#[component(inline_props)]
pub(super) fn MacroTool(app: App, open: OpenTicket, ticket: Signal<Rc<Ticket>>, pen: Pen) -> View {
    let macros = create_signal(Vec::<Macro>::new());
    spawn_local_scoped(async move { macros.set(api::views::macros().await.unwrap_or_default()) });
    let choices =
        create_memo(move || macros.with(|macros| macro_choices(macros, |id| app.departments.name(id))));
    let chosen = create_signal(None::<String>);
    let none = create_selector(move || macros.with(Vec::is_empty));
    view! {
        (if none.get() {
            View::new()
        } else {
            view! {
                Picker(label=t!("macro-use"), choices=choices, chosen="", on_choose=move |id| chosen.set(Some(id)), button="btn tool", id="macro-picker") {
                    Icon(name="bolt")
                }
            }
        })
        (match chosen.get_clone() {
            Some(id) => view! { Preview(app=app, open=open, ticket=ticket, pen=pen, id=id, on_close=move |()| chosen.set(None)) },
            None => View::new(),
        })
    }
}

/// What the macro would do, and the buttons that do it.
#[component(inline_props)]
fn Preview(
    app: App,
    open: OpenTicket,
    ticket: Signal<Rc<Ticket>>,
    pen: Pen,
    id: String,
    #[prop(setter(into))] on_close: Act,
) -> View {
    let tried = create_signal(Load::<Rc<ApplyMacroResponse>>::Waiting);
    let ticket_id = ticket.with_untracked(|ticket| ticket.id.clone());
    let ask = move || {
        let (id, ticket_id) = (id.clone(), ticket_id.clone());
        spawn_local_scoped(async move {
            tried.set(Load::from(api::views::try_macro(id, ticket_id).await).map(Rc::new));
        });
    };
    ask();
    let close = on_close.clone();
    view! {
        Modal(title=t!("macro-preview"), on_close=move |()| on_close.now()) {
            (match tried.get_clone() {
                Load::Waiting => view! { div(class="body") { Bones(rows=4, text=true) } },
                Load::Failed(trouble) => {
                    let ask = ask.clone();
                    view! { div(class="body") { Failed(trouble=trouble, retry=move |()| ask()) } }
                }
                Load::Ready(tried) => {
                    let close = close.clone();
                    view! { Tried(app=app, open=open, ticket=ticket, pen=pen, tried=tried, on_close=close) }
                }
            })
        }
    }
}

#[component(inline_props)]
fn Tried(
    app: App,
    open: OpenTicket,
    ticket: Signal<Rc<Ticket>>,
    pen: Pen,
    tried: Rc<ApplyMacroResponse>,
    #[prop(setter(into))] on_close: Act,
) -> View {
    let form = Form::new();
    let shown = effects(app, open, &ticket.get_clone_untracked(), &tried);
    let (writes, done) = (on_close.clone(), on_close);
    let comment = tried.comment.clone();
    let write = View::from(comment.map(|comment| {
        view! {
            Button(icon="edit", label=t!("macro-write"), on:click=move |_| { pen.write(&comment); writes.now(); })
        }
    }));
    let apply = move |_| {
        let done = done.clone();
        let used = Use { app, open, before: ticket.get_clone_untracked(), tried: Rc::clone(&tried) };
        form.send(app, apply(used), move |()| done.now());
    };
    view! {
        div(class="body stack") { (refusal(form)) (shown) }
        footer {
            (write)
            Button(kind=Kind::Primary, icon="bolt", label=t!("macro-apply"), busy=form.busy(), "autofocus"="", on:click=apply)
        }
    }
}

/// Fields, words and step, each as people read it.
fn effects(app: App, open: OpenTicket, before: &Ticket, tried: &ApplyMacroResponse) -> View {
    let after = tried.ticket.clone().unwrap_or_default();
    let fields = tried.paths.iter().map(|path| field(app, path, before, &after));
    let fields = View::from(fields.collect::<Vec<_>>());
    let said = View::from(tried.comment.as_ref().map(said));
    let step = step(open, &tried.transition_key);
    let nothing = tried.paths.is_empty() && tried.comment.is_none() && tried.transition_key.is_empty();
    let nothing = if nothing {
        view! { p(class="muted") { T(id="macro-nothing") } }
    } else {
        View::new()
    };
    view! { ul(class="effects") { (fields) (step) } (said) (nothing) }
}

/// What a field is called.
fn named(path: &str) -> String {
    let key = path.replace(['_', '.'], "-");
    text::maybe(&format!("field-{key}")).unwrap_or_else(|| path.to_owned())
}

fn field(app: App, path: &str, before: &Ticket, after: &Ticket) -> View {
    let name = named(path);
    let (old, new) = (value(app, &edit::said(path, before)), value(app, &edit::said(path, after)));
    view! { li { Icon(name="edit") span { (name) ": " span(class="faint") { (old) } " → " b { (new) } } } }
}

fn said(comment: &Comment) -> View {
    let kind = if comment.kind() == CommentKind::Internal { "note" } else { "reply" };
    let label = t!(&format!("composer-{kind}"));
    let body = prose(&comment.html, &comment.text);
    view! { div(class="entry", data-kind=kind) { article(class="said") { header { b { (label) } } (body) } } }
}

fn step(open: OpenTicket, key: &str) -> View {
    if key.is_empty() {
        return View::new();
    }
    let Some(option) = open.moves().into_iter().find(|option| option.key == key) else {
        let words = t!("macro-no-step", step = key.to_owned());
        return view! { li(class="muted") { Icon(name="info") span { (words) } } };
    };
    let (status, label) = (option.to_category(), option.to_stage_label);
    view! { li { Icon(name="arrow-right") span { T(id="macro-moves") " " StatusPill(status=status, label=label) } } }
}

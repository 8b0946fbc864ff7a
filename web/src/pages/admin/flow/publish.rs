//! Publishing: what differs from the live version is read once more, then new tickets start on what is drawn.

use std::rc::Rc;

use proto::workflow::v1::VersionDifference;
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::spawn_local;

use super::board::Board;
use crate::api;
use crate::pages::admin::parts::elsewhere;
use crate::parts::{Act, AreaField, Button, Form, Kind, Modal, Notice, Shape, T, Tone, loaded, refusal};
use crate::store::Load;
use crate::text::{self, t};

/// The dialog.
#[component(inline_props)]
pub(super) fn Publishing(board: Board, #[prop(setter(into))] done: Act) -> View {
    let (form, note) = (Form::new(), create_signal(String::new()));
    let request_id = api::request_id();
    let (close, sent, cancel) = (done.clone(), done.clone(), done);
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let (note, request_id, sent) = (note.get_clone().trim().to_owned(), request_id.clone(), sent.clone());
        let call = async move {
            let kept = board.save().await?;
            api::flows::publish(&kept, note, request_id).await
        };
        form.send(board.app, call, move |workflow| {
            board.app.toasts.say(t!("flow-published", number = workflow.live_version));
            board.workflow.set(workflow);
            sent.now();
        });
    };
    let (changes, blocked) = (changes(board), errors(board));
    let stops = move || blocked.get() > 0;
    view! {
        Modal(title=t!("flow-publish"), shape=Shape::Wide, on_close=move |()| close.now()) {
            form(novalidate=true, on:submit=submit) {
                div(class="body form") {
                    (refusal(form))
                    (elsewhere(form, &["note"]))
                    (match blocked.get() {
                        0 => View::new(),
                        count => view! { Notice(tone=Tone::Late, text=t!("flow-publish-blocked", count = count)) },
                    })
                    p(class="muted") { T(id="flow-publish-text") }
                    (changes)
                    AreaField(name="note", label=t!("flow-note"), value=note, form=form, hint=t!("flow-note-hint"), optional=true, rows="2", maxlength="1000", "autofocus"="")
                }
                footer {
                    Button(label=t!("cancel"), on:click=move |_| cancel.now())
                    Button(kind=Kind::Primary, label=t!("flow-publish"), r#type="submit", busy=form.busy(), disabled=stops)
                }
            }
        }
    }
}

/// How many errors stand in the way.
fn errors(board: Board) -> ReadSignal<usize> {
    create_selector(move || {
        board.problems.with(|problems| problems.iter().filter(|problem| problem.is_error).count())
    })
}

/// What differs from the live version; nothing to compare with before the first one.
fn changes(board: Board) -> View {
    let live = board.workflow.with_untracked(|workflow| workflow.live_version);
    if live == 0 {
        return View::new();
    }
    let found = create_signal(Load::Waiting);
    let ask = move || {
        spawn_local(async move {
            let answer = match board.save().await {
                Ok(workflow) => api::flows::differences(workflow.id, live, 0).await,
                Err(trouble) => Err(trouble),
            };
            if found.is_alive() {
                found.set(Load::from(answer).map(Rc::new));
            }
        });
    };
    ask();
    let list = loaded(found, move |()| ask(), |found: Rc<Vec<VersionDifference>>| differences(&found));
    view! { section(aria-label=t!("flow-changes")) { h3 { T(id="flow-changes") } (list) } }
}

/// Differences as sentences.
pub(super) fn differences(found: &[VersionDifference]) -> View {
    if found.is_empty() {
        return view! { p(class="muted small") { T(id="flow-changes-none") } };
    }
    let lines = found.iter().map(|difference| {
        let sentence = text::sentence(&difference.message);
        view! { li { (sentence) } }
    });
    let lines = View::from(lines.collect::<Vec<_>>());
    view! { ul(class="flow-changes small") { (lines) } }
}

//! The head of the page: what is drawn, how it stands, and what can be done with the whole of it.

use proto::identity::v1::Permission;
use proto::workflow::v1::{Workflow, WorkflowStatus};
use sycamore::prelude::*;

use super::Over;
use super::board::Board;
use super::words::state_pill;
use crate::api;
use crate::parts::{Button, Kind, Notice, T, Tone};
use crate::text::t;

pub(super) fn head(board: Board, over: Signal<Over>) -> View {
    let name = move || board.drawing().name.clone();
    let state = create_selector(move || board.workflow.with(Workflow::status));
    let version = create_selector(move || board.workflow.with(|workflow| workflow.live_version));
    let deeds = if board.may_draw { deeds(board, over) } else { View::new() };
    view! {
        header(class="page-head") {
            div(class="stack tight") {
                h1 { (name()) }
                div(class="facts") { (state_pill(state.get())) (versions(version.get())) (kept(board)) }
            }
            (deeds)
            (if version.get() > 0 {
                view! { Button(icon="clock", label=t!("flow-versions"), on:click=move |_| over.set(Over::Versions)) }
            } else {
                View::new()
            })
            (publish(board, over))
        }
    }
}

fn versions(live: i32) -> View {
    let words = if live > 0 { t!("flow-version", number = live) } else { t!("flow-version-none") };
    view! { span { (words) } }
}

/// Whether what is drawn is kept.
fn kept(board: Board) -> View {
    if !board.may_draw {
        return View::new();
    }
    view! {
        span(role="status") {
            (if board.is_kept() { view! { T(id="flow-kept") } } else { view! { T(id="flow-keeping") } })
        }
    }
}

fn deeds(board: Board, over: Signal<Over>) -> View {
    let (undo, redo) =
        (create_selector(move || !board.can_undo()), create_selector(move || !board.can_redo()));
    view! {
        div(class="group", role="group", aria-label=t!("flow-steps")) {
            Button(icon="undo", aria-label=t!("flow-undo"), data-tip=t!("flow-undo-tip"), data-side="below", disabled=undo, on:click=move |_| board.undo())
            Button(icon="redo", aria-label=t!("flow-redo"), data-tip=t!("flow-redo-tip"), data-side="below", disabled=redo, on:click=move |_| board.redo())
        }
        Button(icon="bolt", label=t!("flow-try"), on:click=move |_| over.set(Over::Trial))
    }
}

fn publish(board: Board, over: Signal<Over>) -> View {
    let may = board.app.session.me_now().grants.anywhere(Permission::WorkflowPublish);
    if !may || !board.may_draw {
        return View::new();
    }
    view! { Button(kind=Kind::Primary, icon="send", label=t!("flow-publish"), on:click=move |_| over.set(Over::Publishing)) }
}

/// Why nothing can be drawn here, why something was not kept, and whose drawing stays when two drew.
pub(super) fn notices(board: Board) -> View {
    let fixed = board.workflow.with_untracked(|workflow| {
        let archived = workflow.status() == WorkflowStatus::Archived;
        (workflow.built_in || archived).then_some(if archived {
            "flow-is-archived"
        } else {
            "flow-is-built-in"
        })
    });
    let fixed = View::from(fixed.map(|words| {
        let text = t!(words);
        view! { Notice(text=text) }
    }));
    let trouble = board.trouble();
    view! {
        (fixed)
        (match trouble.get_clone() {
            Some(trouble) if trouble.kind == api::Kind::Stale => view! {
                Notice(tone=Tone::Wait, text=t!("flow-stale")) {
                    Button(label=t!("flow-take-theirs"), on:click=move |_| board.look_again(true))
                    Button(label=t!("flow-keep-mine"), on:click=move |_| board.look_again(false))
                }
            },
            Some(trouble) => {
                let said: Vec<_> = trouble.fields.iter().map(|(field, sentence)| format!("{field}: {sentence}")).collect();
                let said = if said.is_empty() { trouble.sentence } else { said.join(" ") };
                view! { Notice(tone=Tone::Late, text=t!("flow-not-kept", reason = said)) }
            }
            None => View::new(),
        })
    }
}

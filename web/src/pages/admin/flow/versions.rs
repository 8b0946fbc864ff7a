//! The published versions of a workflow, newest first: what each changed, taking one up again, and moving tickets from an old one.

use std::rc::Rc;

use proto::identity::v1::Permission;
use proto::workflow::v1::{Version, VersionDifference};
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use super::board::Board;
use super::migrate::Migrate;
use super::publish::differences;
use crate::api;
use crate::parts::{Act, Button, Empty, Icon, Maybe, Modal, Person, Shape, T, TimeAgo, listed, loaded};
use crate::store::Load;
use crate::store::paged::{Page, Paged};
use crate::text::t;

/// The versions at the side, and the dialog that moves tickets over them.
#[component(inline_props)]
pub(super) fn Versions(board: Board, #[prop(setter(into))] done: Act) -> View {
    let id = board.workflow.with_untracked(|workflow| workflow.id.clone());
    let list = Paged::new(move |token| {
        let id = id.clone();
        async move {
            let (items, next) = api::flows::versions(id, token).await?;
            Ok(Page { items, next, total: None })
        }
    });
    list.load();
    let moving = create_signal(None::<(Version, Version)>);
    let (close, taken) = (done.clone(), done);
    let nothing = || view! { Empty(icon="clock", title=t!("flow-version-none")) };
    let versions = listed(list, nothing, move |versions: &[Version]| {
        let live = versions.first().cloned().unwrap_or_default();
        let lines = versions.iter().map(|version| line(board, version, &live, moving, taken.clone()));
        let lines = View::from(lines.collect::<Vec<_>>());
        view! { ol(class="versions") { (lines) } }
    });
    view! {
        Modal(title=t!("flow-versions"), shape=Shape::Drawer, on_close=move |()| close.now()) {
            div(class="body") { (versions) }
        }
        (match moving.get_clone() {
            Some((from, to)) => view! { Migrate(board=board, from=from, to=to, done=move |moved: bool| {
                moving.set(None);
                if moved {
                    list.load();
                }
            }) },
            None => View::new(),
        })
    }
}

fn line(
    board: Board,
    version: &Version,
    live: &Version,
    moving: Signal<Maybe<(Version, Version)>>,
    done: Act,
) -> View {
    let Version { number, author_id, note, publish_time, open_runs, .. } = version.clone();
    let is_live = number == live.number;
    let (changes, deeds) = (changes(board, number), deeds(board, version, live, moving, done));
    let author = if author_id.is_empty() {
        view! { span(class="small muted") { T(id="flow-shipped") } }
    } else {
        view! { span(class="small") { Person(id=author_id) } }
    };
    let live = if is_live {
        view! { span(class="tag") { Icon(name="done") T(id="flow-live") } }
    } else {
        View::new()
    };
    view! {
        li(class="stack tight") {
            div(class="line wrap") { b { (t!("flow-version", number = number)) } (live) TimeAgo(time=publish_time, stop=true, class="small faint") }
            (author)
            p(class="small") { (note) }
            p(class="small muted") { (t!("flow-open-runs", count = open_runs)) }
            (changes)
            (deeds)
        }
    }
}

/// How the draft differs from a version, asked for when somebody wants to know.
fn changes(board: Board, number: i32) -> View {
    let found = create_signal(None::<Load<Rc<Vec<VersionDifference>>>>);
    let id = board.workflow.with_untracked(|workflow| workflow.id.clone());
    let ask = move || {
        found.set(Some(Load::Waiting));
        let id = id.clone();
        spawn_local(async move {
            let answer = api::flows::differences(id, number, 0).await;
            if found.is_alive() {
                found.set(Some(Load::from(answer).map(Rc::new)));
            }
        });
    };
    let again = ask.clone();
    let shown = create_memo(move || found.get_clone());
    view! {
        (match shown.get_clone() {
            None => {
                let ask = ask.clone();
                view! { div { Button(label=t!("flow-compare"), data-size="small", on:click=move |_| ask()) } }
            }
            Some(load) => {
                let again = again.clone();
                untrack(|| loaded(create_signal(load), move |()| again(), |found| differences(&found)))
            }
        })
    }
}

fn deeds(
    board: Board,
    version: &Version,
    live: &Version,
    moving: Signal<Maybe<(Version, Version)>>,
    done: Act,
) -> View {
    let take = if board.may_draw {
        let graph = version.graph.clone().unwrap_or_default();
        let press = move |_| {
            board.reshape(|drawn| *drawn = graph.clone());
            done.now();
        };
        view! { Button(icon="undo", label=t!("flow-version-take"), data-size="small", on:click=press) }
    } else {
        View::new()
    };
    let publishes = board.app.session.me_now().grants.anywhere(Permission::WorkflowPublish);
    let moves = if publishes && version.number != live.number && version.open_runs > 0 {
        let both = (version.clone(), live.clone());
        view! { Button(icon="arrow-right", label=t!("flow-migrate"), data-size="small", on:click=move |_| moving.set(Some(both.clone()))) }
    } else {
        View::new()
    };
    view! { div(class="line wrap") { (take) (moves) } }
}

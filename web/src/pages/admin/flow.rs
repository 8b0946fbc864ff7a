//! Drawing a workflow: on a canvas or in a list, with a panel for what is chosen; tried, published, and running tickets moved.
//!
//! What is drawn counts for nobody until it is published. `board` keeps it; `flow` (beside `pages`) is what can be done to it.

mod approval;
mod board;
mod canvas;
mod deeds;
mod dwell;
mod effects;
mod found;
mod guards;
mod hand;
mod head;
mod lists;
mod migrate;
mod minimap;
mod outline;
mod owner;
mod panel;
mod pen;
mod publish;
mod rows;
mod stage;
mod times;
mod tools;
mod trial;
mod versions;
mod way;
mod whole;
mod words;

pub(super) use words::state_pill;

use proto::identity::v1::Permission;
use proto::workflow::v1::{Graph, Workflow, WorkflowStatus};
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use board::Board;
use canvas::Canvas;
use found::Found;
use hand::Hand;
use lists::Lists;
use minimap::Minimap;
use outline::Outline;
use panel::Panel;

use super::parts::way_back;
use crate::api;
use crate::app::App;
use crate::browser;
use crate::flow::Spot;
use crate::keys;
use crate::parts::loaded;
use crate::routes::Place;
use crate::store::Load;
use crate::text::t;

/// Below this many pixels the list is shown first: a canvas is for those who see much of it.
const NARROW: f64 = 760.0;

/// The page of a workflow.
#[component(inline_props)]
pub(super) fn WorkflowPage(id: String) -> View {
    let drawn = create_signal(Load::<(Workflow, Graph)>::Waiting);
    let load = move || {
        let id = id.clone();
        spawn_local(async move {
            let answer = Load::from(api::flows::drawn(id).await);
            if drawn.is_alive() {
                drawn.set(answer);
            }
        });
    };
    load();
    let back = way_back(&Place::Workflows, "flows");
    let editor =
        loaded(drawn, move |()| load(), |(workflow, graph)| view! { Editor(workflow=workflow, graph=graph) });
    view! { div(class="page flow") { (back) (editor) } }
}

/// What is over the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Over {
    Nothing,
    Publishing,
    Trial,
    Versions,
}

/// What the drawing is seen as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Canvas,
    List,
}

#[component(inline_props)]
fn Editor(workflow: Workflow, graph: Graph) -> View {
    let app = use_context::<App>();
    let draws = app.session.me_now().grants.anywhere(Permission::WorkflowEdit);
    let fixed = workflow.built_in || workflow.status() == WorkflowStatus::Archived;
    let board = Board::new(app, workflow, graph, draws && !fixed);
    let (lists, hand) = (Lists::load(app), Hand::on(board));
    let over = create_signal(Over::Nothing);
    let seen = create_signal(if browser::width() < NARROW { Seen::List } else { Seen::Canvas });
    create_effect(move || crate::pages::title(&board.drawing().name));
    take_keys(board);
    view! {
        (head::head(board, over))
        (head::notices(board))
        div(class="flow-board") {
            section(class="panel flow-sheet", aria-label=t!("flow-drawing")) {
                (tools::tools(hand, seen))
                (match seen.get() {
                    Seen::Canvas => view! { div(class="flow-view") { Canvas(hand=hand) Minimap(hand=hand) } },
                    Seen::List => view! { Outline(board=board) },
                })
                Found(board=board)
            }
            Panel(board=board, lists=lists)
        }
        (match over.get() {
            Over::Publishing => view! { publish::Publishing(board=board, done=move |()| over.set(Over::Nothing)) },
            Over::Trial => view! { trial::Trial(board=board, done=move |()| over.set(Over::Nothing)) },
            Over::Versions => view! { versions::Versions(board=board, done=move |()| over.set(Over::Nothing)) },
            Over::Nothing => View::new(),
        })
    }
}

/// Undo, redo, and taking away what is chosen.
fn take_keys(board: Board) {
    if !board.may_draw {
        return;
    }
    keys::take(move |key| {
        match key {
            "Ctrl+z" => board.undo(),
            "Ctrl+Shift+z" | "Ctrl+y" => board.redo(),
            "Delete" if may_remove(board) => deeds::remove(board),
            _ => return false,
        }
        true
    });
}

/// Whether the key is meant for what is chosen: not while one is at the fields or at the head of the page.
fn may_remove(board: Board) -> bool {
    let elsewhere = browser::is_there(".flow-panel :focus, .page-head :focus");
    !elsewhere && board.chosen.with_untracked(|chosen| *chosen != Spot::Whole)
}

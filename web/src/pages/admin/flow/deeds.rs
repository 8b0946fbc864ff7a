//! What is drawn by a press of a button, on the canvas or in the list alike, and where the focus goes then.

use proto::workflow::v1::Position;

use super::board::Board;
use crate::browser;
use crate::flow::geometry::{Area, HEIGHT, Point, WIDTH, free_place};
use crate::flow::{Spot, edit, label_of, layout};
use crate::pages::admin::field_words::key_of;
use crate::text::t;

/// Adds a stage, with its middle at a point if there is one, and a way to it if it comes from somewhere; its name is typed next.
pub(super) fn add_stage(board: Board, at: Option<Point>, from: Option<&str>) {
    let graph = &board.now().graph;
    let places = layout::places(graph);
    let areas: Vec<Area> = places.iter().copied().map(Area::of_stage).collect();
    // As long as nobody put a stage anywhere all of them lie as they are arranged.
    let free = graph.stages.iter().all(|stage| stage.position.is_none()) && from.is_none();
    let place = at
        .filter(|_| !free)
        .map(|at| Position::from(free_place(&areas, Point::new(at.x - WIDTH / 2.0, at.y - HEIGHT / 2.0))));
    let (label, step) = (t!("flow-stage-new-name"), t!("flow-way-new-name"));
    let mut key = String::new();
    board.reshape(|graph| {
        if place.is_some() {
            layout::settle(graph, &places);
        }
        key = edit::add_stage(graph, &label, &key_of(&label), place);
        if let Some(from) = from {
            edit::add_transition(graph, from, &key, &step, &key_of(&step));
        }
    });
    board.choose(Spot::Stage(key));
    name_it();
}

/// Adds a transition between two stages; its name is typed next.
pub(super) fn add_way(board: Board, from: &str, to: &str) {
    let label = t!("flow-way-to", name = label_of(&board.now().graph, to).to_owned());
    let mut key = String::new();
    board.reshape(|graph| key = edit::add_transition(graph, from, to, &label, &key_of(&label)));
    board.choose(Spot::Transition(key));
    name_it();
}

/// Takes away what is chosen.
pub(super) fn remove(board: Board) {
    let chosen = board.chosen.get_clone_untracked();
    board.reshape(|graph| edit::remove(graph, &chosen));
}

/// Lets all stages lie as they are arranged by themselves, from now on.
pub(super) fn arrange(board: Board) {
    board.edit("", |drawing| drawing.graph.stages.iter_mut().for_each(|stage| stage.position = None));
}

/// The focus goes to the name of what is chosen, which is replaced by what is typed.
fn name_it() {
    browser::focus("#label");
    browser::select("#label");
}

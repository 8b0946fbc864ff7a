//! The drawing as a list: stages, below each the transitions that lead out of it. Everything the canvas can do, without a pointer and
//! without seeing it.

use std::rc::Rc;

use proto::workflow::v1::{Stage, Transition};
use sycamore::prelude::*;

use super::board::Board;
use super::canvas::worst;
use super::words::said;
use crate::flow::{Drawing, Spot, edit, label_of, ways_out};
use crate::parts::{Button, Empty, Icon, Kind, StatusPill};
use crate::text::t;

/// The list.
#[component(inline_props)]
pub(super) fn Outline(board: Board) -> View {
    let stages = create_memo(move || lines(&board.drawing()));
    let nothing = move || {
        view! {
            Empty(icon="flow", title=t!("flow-none"), text=t!("flow-none-text"))
        }
    };
    view! {
        div(class="outline") {
            (if stages.with(Vec::is_empty) { nothing() } else { View::new() })
            ol(aria-label=t!("flow-list")) {
                Indexed(list=stages, view=move |line| stage_line(board, line))
            }
        }
    }
}

/// A stage and the ways out of it, as the list says them.
#[derive(Clone, Debug, PartialEq)]
struct Line {
    stage: Stage,
    ways: Vec<(Transition, String)>,
    first: bool,
    last: bool,
}

fn lines(drawing: &Rc<Drawing>) -> Vec<Line> {
    let graph = &drawing.graph;
    let count = graph.stages.len();
    let line = |(at, stage): (usize, &Stage)| {
        let ways = ways_out(graph, stage);
        let ways = ways.map(|way| (way.clone(), label_of(graph, &way.to).to_owned())).collect();
        Line { stage: stage.clone(), ways, first: at == 0, last: at + 1 == count }
    };
    graph.stages.iter().enumerate().map(line).collect()
}

fn stage_line(board: Board, Line { stage, ways, first, last }: Line) -> View {
    let (key, label, status) = (stage.key.clone(), stage.label.clone(), stage.category());
    let spot = Spot::Stage(key.clone());
    let marks = [(stage.start, "flow-start"), (stage.end, "flow-end"), (stage.waiting, "flow-waits")];
    let marks = marks.into_iter().filter(|(is, _)| *is).map(|(_, words)| {
        let words = t!(words);
        view! { span(class="tag") { (words) } }
    });
    let marks = View::from(marks.collect::<Vec<_>>());
    let ways = View::from(ways.into_iter().map(|(way, to)| way_line(board, &way, to)).collect::<Vec<_>>());
    let choose = chooser(board, spot, label.clone());
    let deeds = if board.may_draw { stage_deeds(board, &key, &label, first, last) } else { View::new() };
    view! {
        li(class="outline-stage") {
            div(class="line") {
                (choose)
                StatusPill(status=status)
                (marks)
                span(class="grow") {}
                (deeds)
            }
            ol { (ways) }
        }
    }
}

fn stage_deeds(board: Board, key: &str, label: &str, first: bool, last: bool) -> View {
    let [up, down] = ["move-up-of", "move-down-of"].map(|words| t!(words, name = label.to_owned()));
    let [upper, lower] = [key, key].map(str::to_owned);
    let shift = move |key: &str, by: isize| {
        board.edit("", |drawing| {
            let at = drawing.graph.stages.iter().position(|stage| stage.key == key);
            edit::shift(&mut drawing.graph.stages, at.unwrap_or(usize::MAX), by);
        });
    };
    view! {
        Button(kind=Kind::Quiet, icon="chevron-up", aria-label=up, disabled=first, on:click=move |_| shift(&upper, -1))
        Button(kind=Kind::Quiet, icon="chevron-down", aria-label=down, disabled=last, on:click=move |_| shift(&lower, 1))
    }
}

fn way_line(board: Board, way: &Transition, to: String) -> View {
    let (kind, to) = (said(way.kind().as_str_name()), t!("flow-leads-to", name = to));
    let anywhere = if way.from.is_empty() {
        let words = t!("flow-any");
        view! { span(class="tag") { (words) } }
    } else {
        View::new()
    };
    let choose = chooser(board, Spot::Transition(way.key.clone()), way.label.clone());
    view! {
        li(class="line") {
            Icon(name="arrow-right")
            (choose)
            span(class="small muted one-line") { (to) }
            (anywhere)
            span(class="tiny faint end one-line") { (kind) }
        }
    }
}

/// The button that chooses something; the panel beside is about it then.
fn chooser(board: Board, spot: Spot, label: String) -> View {
    let own = spot.clone();
    let chosen = create_selector(move || board.chosen.with(|chosen| *chosen == own));
    let worst = worst(board, spot.clone());
    let label = if label.trim().is_empty() { t!("flow-nameless") } else { label };
    view! {
        button(class="outline-name", r#type="button", aria-pressed=chosen.get().to_string(), on:click=move |_| board.choose(spot.clone())) {
            (label)
            (match worst.get() {
                Some(worst) => {
                    let words = t!(&format!("flow-has-{worst}"));
                    view! { span(class="outline-mark", data-worst=worst) { Icon(name="alert") span(class="vh") { " " (words) } } }
                }
                None => View::new(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::Workflow;
    use sycamore::prelude::*;

    use super::Outline;
    use crate::app::{App, drawn};
    use crate::flow::sample;
    use crate::pages::admin::flow::board::Board;

    #[test]
    fn the_list_has_every_stage_and_below_it_every_way_out_with_where_it_leads() {
        let html = drawn(|| {
            let board = Board::new(use_context::<App>(), Workflow::default(), sample(), false);
            view! { Outline(board=board) }
        });
        for part in [">Look", ">Work", ">Done", "to Work", "to Done", "Any stage", "Start", "End"] {
            assert!(html.contains(part), "{part} in {html}");
        }
        assert_eq!(html.matches(">drop").count(), 2, "from each stage that is no end");
        assert!(!html.contains("Move Look up"), "who may not draw moves nothing");
    }
}

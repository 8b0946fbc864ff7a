//! What publishing would refuse or warn about, while one draws; each line leads to its place.

use std::rc::Rc;

use sycamore::prelude::*;

use super::board::Board;
use crate::browser;
use crate::flow::problem::Problem;
use crate::flow::{Drawing, Spot, label_of, transition};
use crate::parts::{Icon, T};
use crate::text::t;

/// The list below the drawing.
#[component(inline_props)]
pub(super) fn Found(board: Board) -> View {
    if !board.may_draw {
        return View::new();
    }
    let lines = create_memo(move || lines(&board.problems.get_clone(), &board.drawing()));
    let errors = create_selector(move || {
        board.problems.with(|problems| problems.iter().filter(|problem| problem.is_error).count())
    });
    let all = create_selector(move || board.problems.with(|problems| problems.len()));
    view! {
        div(class="found", role="region", aria-label=t!("flow-found")) {
            (if all.get() == 0 {
                view! { p(class="line small", role="status") { Icon(name="done") T(id="flow-found-nothing") } }
            } else {
                view! {
                    p(class="line small", role="status") {
                        Icon(name="alert")
                        (t!("flow-found-count", errors = errors.get(), warnings = all.get() - errors.get()))
                    }
                    ul { Indexed(list=lines, view=move |line| line_view(board, line)) }
                }
            })
        }
    }
}

/// A problem, and what its place is called.
#[derive(Clone, PartialEq)]
struct Line {
    problem: Problem,
    place: String,
}

fn lines(problems: &Rc<Vec<Problem>>, drawing: &Rc<Drawing>) -> Vec<Line> {
    let place = |spot: &Spot| match spot {
        Spot::Whole => t!("flow-whole"),
        Spot::Stage(key) => label_of(&drawing.graph, key).to_owned(),
        Spot::Transition(key) => {
            transition(&drawing.graph, key).map_or_else(|| key.clone(), |way| way.label.clone())
        }
    };
    problems.iter().map(|problem| Line { place: place(&problem.spot), problem: problem.clone() }).collect()
}

fn line_view(board: Board, Line { problem, place }: Line) -> View {
    let Problem { is_error, spot, field, sentence } = problem;
    let (worst, kind, icon) =
        if is_error { ("error", "flow-error", "rejected") } else { ("warning", "flow-warning", "alert") };
    let go = move |_| go(board, &spot, &field);
    view! {
        li {
            button(class="found-line", r#type="button", data-worst=worst, on:click=go) {
                Icon(name=icon)
                span(class="vh") { (t!(kind)) ": " }
                span { b { (place) } ": " (sentence) }
            }
        }
    }
}

/// Chooses the place, opens the part of the panel, and goes to the field.
fn go(board: Board, spot: &Spot, field: &str) {
    if let Some(part) = part(field) {
        board.open.update(|open| {
            open.insert(part);
        });
    }
    board.choose(spot.clone());
    if !browser::focus(&format!(".flow-panel [name=\"{field}\"]")) {
        browser::focus(".flow-panel :is(input, select, textarea, button):not(:disabled)");
    }
}

/// The part of the panel that has a field; none for those that are always seen.
fn part(field: &str) -> Option<&'static str> {
    let first = field.split(['.', '[']).next().unwrap_or_default();
    match first {
        "guards" | "entry_guards" | "exit_guards" => Some("guards"),
        "effects" | "on_enter" | "on_exit" => Some("effects"),
        "approval" => Some("approval"),
        "fields" | "inputs" | "comment" | "visible_if" => Some("fields"),
        "dwell" | "weight" | "owner" | "escalation" => Some("time"),
        "waiting" | "wait_reasons" | "pauses_clocks" => Some("waiting"),
        "key" => Some("more"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::part;

    #[test]
    fn a_problem_opens_the_part_its_field_is_in() {
        assert_eq!(part("guards[0].rule"), Some("guards"));
        assert_eq!(part("approval.levels[1].quorum"), Some("approval"));
        assert_eq!(part("dwell.maximum"), Some("time"));
        assert_eq!((part("label"), part("to")), (None, None));
    }
}

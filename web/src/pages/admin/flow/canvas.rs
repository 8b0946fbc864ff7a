//! The canvas: stages as boxes, transitions as arrows between them, all of it moved, zoomed and walked by keys.
//!
//! A drawing for those who see it; the list has the same in words. Nothing has a size or a place in a `style`.

use std::rc::Rc;

use proto::workflow::v1::Stage;
use sycamore::prelude::*;
use sycamore::web::events::{KeyboardEvent, MouseEvent, PointerEvent, WheelEvent};

use super::board::Board;
use super::hand::{Doing, Hand, pressed};
use super::words::{in_two_lines, status_name};
use crate::flow::geometry::{Area, HEIGHT, WIDTH};
use crate::flow::lines::{Line, draft};
use crate::flow::problem::Problem;
use crate::flow::{Spot, label_of, transition, ways_out};
use crate::parts::status_look;
use crate::text::t;

/// Letters of a line in a box.
const LETTERS: usize = 21;

/// The canvas. The hand is given from outside, because buttons beside the canvas move it, too.
#[component(inline_props)]
pub(super) fn Canvas(hand: Hand) -> View {
    let board = hand.board;
    on_mount(move || hand.fit());
    let boxes = create_memo(move || boxes(board, &hand.areas.get_clone()));
    let arrows = create_memo(move || hand.lines.get_clone().to_vec());
    let labels = create_memo(move || labels(board, &hand.lines.get_clone()));
    let camera = move || {
        let camera = hand.camera.get();
        format!("translate({:.1} {:.1}) scale({:.4})", camera.at.x, camera.at.y, camera.zoom)
    };
    let begun = move || match hand.doing.get_clone() {
        Doing::Drawing { key, to } => hand.area_of(&key).map(|from| draft(from, to)).unwrap_or_default(),
        _ => String::new(),
    };
    let kind = move || match hand.doing.get_clone() {
        Doing::Nothing => None,
        Doing::Panning { .. } => Some("panning"),
        Doing::Moving { .. } => Some("moving"),
        Doing::Drawing { .. } => Some("drawing"),
    };
    let take = move |event: MouseEvent| pressed(&event).into_iter().for_each(|spot| board.choose(spot));
    view! {
        svg(class="canvas", r#ref=hand.node, "role"="group", aria-label=t!("flow-canvas"), data-doing=kind,
            on:pointerdown=move |event: PointerEvent| hand.press(&event), on:pointermove=move |event: PointerEvent| hand.pull(&event),
            on:pointerup=move |_: PointerEvent| hand.let_go(), on:pointercancel=move |_: PointerEvent| hand.give_up(),
            on:wheel=move |event: WheelEvent| hand.turn(&event), on:keydown=move |event: KeyboardEvent| hand.key(&event), on:click=take) {
            g(transform=camera) {
                g(aria-hidden="true") { Indexed(list=arrows, view=move |line| arrow(board, line)) }
                Indexed(list=boxes, view=move |stage| node(board, stage))
                Indexed(list=labels, view=move |label| words(board, label))
                path(class="begun", d=begun) {}
            }
        }
    }
}

/// A stage as it is drawn.
#[derive(Clone, Debug, PartialEq)]
struct Boxed {
    key: String,
    area: Area,
    lines: (String, String),
    look: (&'static str, &'static str),
    status: String,
    start: bool,
    end: bool,
    /// Whether it is where the tabulator stops as long as no stage is chosen.
    first: bool,
    said: String,
}

fn boxes(board: Board, areas: &Rc<Vec<Area>>) -> Vec<Boxed> {
    let drawing = board.drawing();
    let stages = &drawing.graph.stages;
    let first = stages.iter().position(|stage| stage.start).unwrap_or_default();
    let boxed = |(at, (stage, area)): (usize, (&Stage, &Area))| {
        let ways = ways_out(&drawing.graph, stage).count();
        let (name, status) = (stage.label.clone(), status_name(stage.category()));
        let said = t!("flow-stage-said", name = name, status = status.clone(), ways = ways);
        let said = if stage.start { format!("{said}, {}", t!("flow-start")) } else { said };
        Boxed {
            key: stage.key.clone(),
            area: *area,
            lines: in_two_lines(&stage.label, LETTERS),
            look: status_look(stage.category()),
            status,
            start: stage.start,
            end: stage.end,
            first: at == first,
            said,
        }
    };
    stages.iter().zip(areas.iter()).enumerate().map(boxed).collect()
}

fn is_chosen(board: Board, spot: Spot) -> ReadSignal<bool> {
    create_selector(move || board.chosen.with(|chosen| *chosen == spot))
}

/// How bad it stands with a place: `error`, `warning`, or well.
pub(super) fn worst(board: Board, spot: Spot) -> ReadSignal<Option<&'static str>> {
    create_selector(move || {
        board.problems.with(|problems| {
            let here = |problem: &&Problem| problem.spot == spot;
            let error = problems.iter().filter(here).any(|problem| problem.is_error);
            problems.iter().find(here).map(|_| if error { "error" } else { "warning" })
        })
    })
}

fn node(board: Board, Boxed { key, area, lines, look, status, start, end, first, said }: Boxed) -> View {
    let spot = Spot::Stage(key.clone());
    let (chosen, worst) = (is_chosen(board, spot.clone()), worst(board, spot));
    let place = format!("translate({:.0} {:.0})", area.x, area.y);
    let (width, height) = (WIDTH.to_string(), HEIGHT.to_string());
    let ((tone, icon), two) = (look, !lines.1.is_empty());
    // As it is, without a drawing of its own around it, which would be as large as the canvas.
    let icon = format!("#icon-{icon}");
    let first_y = if two { "20" } else { "26" };
    // What is seen is its name; the rest describes it. One box is a stop of the tabulator; arrows lead on from there.
    let stop = move || {
        let stops = chosen.get() || first && board.chosen.with(|chosen| !matches!(chosen, Spot::Stage(_)));
        if stops { "0" } else { "-1" }
    };
    let (mark, handle) = (mark(worst), handle(board, key.clone()));
    let end = end.then_some("");
    let begins = if start {
        view! { text(class="begins", x="0", y="-7") { (t!("flow-start")) } }
    } else {
        View::new()
    };
    view! {
        g(class="node", transform=place, "role"="button", "tabindex"=stop, aria-pressed=chosen.get().to_string(), aria-description=said,
            data-stage=key, data-tone=tone, data-end=end) {
            rect(class="card", width=width, height=height, rx="8") {}
            rect(class="strip", x="0", y="10", width="4", height="40", rx="2") {}
            (begins)
            text(class="label", x="16", y=first_y) { (lines.0) }
            text(class="label", x="16", y="35") { (lines.1) }
            g(class="status", transform=if two { "translate(15 41)" } else { "translate(15 36)" }) {
                r#use(class="icon", href=icon, width="13", height="13") {}
                text(x="18", y="11") { (status) }
            }
            (mark)
            (handle)
        }
    }
}

/// That something is wrong with a stage.
fn mark(worst: ReadSignal<Option<&'static str>>) -> View {
    view! {
        (match worst.get() {
            Some(worst) => view! {
                g(class="mark", data-worst=worst, transform="translate(162 -8)") {
                    circle(cx="8", cy="8", r="9") {}
                    r#use(class="icon", href="#icon-alert", width="16", height="16") {}
                }
            },
            None => View::new(),
        })
    }
}

/// What one pulls a transition out of.
fn handle(board: Board, key: String) -> View {
    if !board.may_draw {
        return View::new();
    }
    let (x, y) = ((WIDTH / 2.0).to_string(), HEIGHT.to_string());
    view! { circle(class="handle", cx=x, cy=y, r="7", data-handle=key) {} }
}

fn arrow(board: Board, Line { key, path, head, anywhere, .. }: Line) -> View {
    let chosen = is_chosen(board, Spot::Transition(key.clone()));
    let anywhere = anywhere.then_some("");
    let grip = path.clone();
    view! {
        g(class="arrow", data-chosen=chosen.get().then_some(""), data-anywhere=anywhere, data-way=key) {
            path(class="grip", d=grip) {}
            path(class="stroke", d=path) {}
            path(class="head", d=head) {}
        }
    }
}

/// Words on an arrow.
#[derive(Clone, Debug, PartialEq)]
struct Label {
    key: String,
    area: Area,
    text: String,
    said: String,
}

fn labels(board: Board, lines: &Rc<Vec<Line>>) -> Vec<Label> {
    let drawing = board.drawing();
    let label = |line: &Line| {
        let (words, drawn) = (line.words.clone()?, transition(&drawing.graph, &line.key)?);
        let from: Vec<_> = drawn.from.iter().map(|key| label_of(&drawing.graph, key)).collect();
        let from = if from.is_empty() { t!("flow-any") } else { from.join(", ") };
        let to = label_of(&drawing.graph, &drawn.to).to_owned();
        let said = t!("flow-way-said", name = drawn.label.clone(), from = from, to = to);
        Some(Label { key: line.key.clone(), area: words.area, text: words.text, said })
    };
    lines.iter().filter_map(label).collect()
}

fn words(board: Board, Label { key, area, text, said }: Label) -> View {
    let spot = Spot::Transition(key.clone());
    let (chosen, worst) = (is_chosen(board, spot.clone()), worst(board, spot));
    let place = format!("translate({:.0} {:.0})", area.x, area.y);
    let (width, middle) = (area.width.round().to_string(), (area.width / 2.0).round().to_string());
    view! {
        g(class="words", transform=place, "role"="button", "tabindex"="-1", aria-pressed=chosen.get().to_string(), aria-label=said,
            data-way=key, data-worst=worst.get()) {
            rect(width=width, height="20", rx="5") {}
            text(x=middle, y="14") { (text) }
        }
    }
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::Workflow;
    use sycamore::prelude::*;

    use super::Canvas;
    use crate::app::{App, drawn};
    use crate::flow::sample;
    use crate::pages::admin::flow::board::Board;
    use crate::pages::admin::flow::hand::Hand;

    #[test]
    fn every_stage_and_every_transition_is_a_button_that_says_what_it_is() {
        let html = drawn(|| {
            let board = Board::new(use_context::<App>(), Workflow::default(), sample(), false);
            view! { Canvas(hand=Hand::on(board)) }
        });
        assert_eq!(html.matches("role=\"button\"").count(), 3 + 4, "{html}");
        for said in
            ["Stage Work, Open, ways out: 3", "Transition begin, from Look to Work", "from Any stage to Done"]
        {
            assert!(html.contains(said), "{said} in {html}");
        }
        assert_eq!(html.matches("tabindex=\"0\"").count(), 1, "the canvas is one stop of the tabulator");
        assert!(!html.contains("data-handle"), "who may not draw pulls nothing out");
    }
}

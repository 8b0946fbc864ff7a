//! The panel beside the drawing: the fields of what is chosen, and what is wrong with them.

use sycamore::prelude::*;
use sycamore::web::events::Event;

use super::board::Board;
use super::deeds;
use super::lists::Lists;
use super::stage::{StageForm, chosen};
use super::way::{WayForm, way_ends};
use super::whole::WholeForm;
use crate::flow::problem::Problem;
use crate::flow::{Spot, edit, transition};
use crate::parts::{Button, Form, Kind, TextField};
use crate::text::t;

/// The panel. It is drawn anew when something else is chosen, and when the drawing changed under its fields.
#[component(inline_props)]
pub(super) fn Panel(board: Board, lists: Lists) -> View {
    let subject = board.subject();
    view! {
        section(class="panel flow-panel", aria-label=t!("flow-panel")) {
            ({
                let (_, spot) = subject.get_clone();
                untrack(|| inside(board, lists, &spot))
            })
        }
    }
}

fn inside(board: Board, lists: Lists, spot: &Spot) -> View {
    let form = Form::new();
    let own = spot.clone();
    create_effect(move || {
        let here = |problem: &&Problem| problem.spot == own;
        let said = |problem: &Problem| (problem.field.clone(), problem.sentence.clone());
        form.tell(board.problems.with(|problems| problems.iter().filter(here).map(said).collect()));
    });
    let (words, fields) = match spot {
        Spot::Whole => ("flow-whole", view! { WholeForm(board=board, form=form) }),
        Spot::Stage(key) => match chosen(board, key) {
            Some(stage) => {
                ("flow-stage", view! { StageForm(board=board, lists=lists, form=form, stage=stage) })
            }
            None => return View::new(),
        },
        Spot::Transition(key) => match transition(&board.now().graph, key).cloned() {
            Some(way) => {
                let ends = way_ends(board, &way);
                ("flow-way", view! { (ends) WayForm(board=board, lists=lists, form=form, way=way) })
            }
            None => return View::new(),
        },
    };
    let head = head(board, words, *spot != Spot::Whole);
    let fixed = (!board.may_draw).then_some("");
    view! {
        (head)
        fieldset(class="body form", "disabled"=fixed) { (fields) }
    }
}

fn head(board: Board, words: &str, part: bool) -> View {
    let title = t!(words);
    let deeds = if part {
        let remove = if board.may_draw {
            view! { Button(kind=Kind::Quiet, icon="closed", aria-label=t!("flow-remove"), data-tip=t!("flow-remove-tip"), data-side="below", data-align="end", on:click=move |_| deeds::remove(board)) }
        } else {
            View::new()
        };
        view! {
            (remove)
            Button(kind=Kind::Quiet, icon="x", aria-label=t!("flow-whole-show"), on:click=move |_| board.choose(Spot::Whole))
        }
    } else {
        View::new()
    };
    view! { header { h2(class="grow") { (title) } (deeds) } }
}

/// The key of a stage or a transition. It changes once one is done typing, with everything that names it.
pub(super) fn key_form(board: Board, key: &str, form: Form) -> View {
    let (typed, known) = (create_signal(key.to_owned()), key.to_owned());
    let rename = move |_: Event| {
        let to = typed.get_clone_untracked().trim().to_owned();
        if to == known {
            return;
        }
        let spot = board.chosen.get_clone_untracked();
        if !edit::rename(&mut board.now().graph.clone(), &spot, &to) {
            return form.mark("key", t!("flow-key-wrong"));
        }
        board.edit("", |drawing| {
            edit::rename(&mut drawing.graph, &spot, &to);
        });
        board.choose(match spot {
            Spot::Transition(_) => Spot::Transition(to),
            Spot::Stage(_) | Spot::Whole => Spot::Stage(to),
        });
    };
    view! {
        TextField(name="key", label=t!("flow-key"), value=typed, form=form, hint=t!("flow-key-hint"), maxlength="50", autocomplete="off", "spellcheck"="false", on:change=rename)
    }
}

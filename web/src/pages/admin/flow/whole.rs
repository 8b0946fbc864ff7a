//! The panel of the workflow itself: its name, which tickets it takes, and how stages share the resolution target.

use proto::workflow::v1::Stage;
use sycamore::prelude::*;
use sycamore::web::events::Event;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use super::super::rule_words::ticket_words;
use super::board::Board;
use super::pen::later;
use crate::flow::{Drawing, edit};
use crate::parts::{AreaField, Form, RuleField, T, TextField};
use crate::text::t;

/// The largest weight of a slider.
const MOST: &str = "10";

/// The fields.
#[component(inline_props)]
pub(super) fn WholeForm(board: Board, form: Form) -> View {
    let drawing = board.now();
    let name = typed(board, "name", drawing.name.clone(), |drawing, name| drawing.name = name);
    let about =
        typed(board, "description", drawing.description.clone(), |drawing, text| drawing.description = text);
    let rule =
        typed(board, "applies_to", drawing.applies_to.clone(), |drawing, rule| drawing.applies_to = rule);
    let words = *create_signal(ticket_words());
    view! {
        TextField(name="name", label=t!("name"), value=name, form=form, maxlength="100", autocomplete="off")
        AreaField(name="description", label=t!("flow-description"), value=about, form=form, optional=true, rows="2", maxlength="1000")
        RuleField(name="applies_to", label=t!("flow-applies-to"), value=rule, offers=words, form=form, hint=t!("flow-applies-to-hint"), optional=true)
        Weights(board=board)
    }
}

/// A signal of what is typed into a field of the workflow.
fn typed(board: Board, field: &'static str, value: String, put: fn(&mut Drawing, String)) -> Signal<String> {
    let typed = create_signal(value);
    later(typed, move |value| board.edit(field, |drawing| put(drawing, value)));
    typed
}

/// How much of the resolution target each stage takes: a slider a stage, and what that is in percent.
#[component(inline_props)]
fn Weights(board: Board) -> View {
    let stages = create_memo(move || {
        let drawing = board.drawing();
        let working = drawing.graph.stages.iter().filter(|stage| !stage.end);
        working.map(|stage| (stage.key.clone(), stage.label.clone())).collect::<Vec<_>>()
    });
    view! {
        fieldset(class="weights") {
            legend(class="label") { T(id="flow-weights") }
            p(class="hint") { T(id="flow-weights-hint") }
            ul { Keyed(list=stages, key=Clone::clone, view=move |(key, label)| weight(board, &key, label)) }
        }
    }
}

fn weight(board: Board, key: &str, label: String) -> View {
    let slider = slider(board, key, t!("flow-weight-of", name = label.clone()));
    view! { li { span(class="one-line") { (label) } (slider) } }
}

/// The slider of a stage with its share.
pub(super) fn slider(board: Board, key: &str, label: String) -> View {
    let [own, shared, drawn] = [key; 3].map(str::to_owned);
    let weight = create_selector(move || {
        crate::flow::stage(&board.drawing().graph, &drawn).map_or(0.0, |stage| stage.weight)
    });
    let share = move || match edit::share(&board.drawing().graph, &shared) {
        Some(share) => format!("{share:.0} %"),
        None => t!("nothing"),
    };
    let pull = move |event: Event| {
        let field = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        let Some(weight) = field.map(|field| field.value_as_number()).filter(|weight| weight.is_finite())
        else {
            return;
        };
        board.edit(&format!("weight {own}"), |drawing| {
            let here = |stage: &&mut Stage| stage.key == own;
            drawing.graph.stages.iter_mut().filter(here).for_each(|stage| stage.weight = weight);
        });
    };
    let said = share.clone();
    view! {
        span(class="slider") {
            input(r#type="range", min="0", max=MOST, step="0.5", aria-label=label, aria-valuetext=said, disabled=!board.may_draw,
                prop:value=weight.get().to_string(), on:input=pull)
            span(class="number small") { (share()) }
        }
    }
}

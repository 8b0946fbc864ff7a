//! The panel of a stage.

use proto::tickets::v1::{Status, WaitReason};
use proto::workflow::v1::{FieldFlag, Graph, Stage};
use sycamore::prelude::*;

use super::board::Board;
use super::dwell::DwellForm;
use super::effects::effects;
use super::guards::guards;
use super::lists::Lists;
use super::owner::OwnerForm;
use super::panel::key_form;
use super::pen::Pen;
use super::rows::{Listed, fold, tick};
use super::whole;
use super::words::{WAITS, flags, statuses};
use crate::flow::{Spot, edit, ways_out};
use crate::parts::{
    AreaField, Button, CheckField, Choice, Form, Icon, Kind, Picker, SelectBox, SelectField, T, TextField,
    Words,
};
use crate::text::t;

const ENTRY: Listed =
    Listed { title: "flow-entry-guards", add: "flow-guard-add", member: "flow-guard", first: "message" };
const EXIT: Listed =
    Listed { title: "flow-exit-guards", add: "flow-guard-add", member: "flow-guard", first: "message" };
const ON_ENTER: Listed =
    Listed { title: "flow-on-enter", add: "flow-effect-add", member: "flow-effect", first: "kind" };
const ON_EXIT: Listed =
    Listed { title: "flow-on-exit", add: "flow-effect-add", member: "flow-effect", first: "kind" };

/// The fields of a stage.
#[component(inline_props)]
pub(super) fn StageForm(board: Board, lists: Lists, form: Form, stage: Stage) -> View {
    let pen = Pen::on_stage(board, form, stage.key.clone());
    let (basics, waiting, time) = (basics(&pen, &stage), waiting(&pen, &stage), time(&pen, lists, &stage));
    let (guards, effects) = (both_guards(&pen, &stage), both_effects(&pen, lists, &stage));
    let (fields, ways) = (fields(&pen, lists, &stage), ways(board, &stage));
    let rest = key_form(board, &stage.key, form);
    let folds = View::from(vec![
        fold(board, "time", "flow-part-time", usize::from(stage.dwell.is_some()), time),
        fold(board, "waiting", "flow-part-waiting", stage.wait_reasons.len(), waiting),
        fold(board, "fields", "flow-part-fields", stage.fields.len(), fields),
        fold(board, "guards", "flow-part-guards", stage.entry_guards.len() + stage.exit_guards.len(), guards),
        fold(board, "effects", "flow-part-effects", stage.on_enter.len() + stage.on_exit.len(), effects),
        fold(board, "more", "flow-part-more", 0, rest),
    ]);
    view! { (basics) (ways) (folds) }
}

fn basics(pen: &Pen<Stage>, stage: &Stage) -> View {
    let form = pen.form;
    let label = pen.bind("label", stage.label.clone(), |stage, label| stage.label = label);
    let category = pen.bind("category", stage.category().as_str_name().to_owned(), |stage, name: String| {
        stage.category = Status::from_str_name(&name).unwrap_or_default().into();
    });
    let end = pen.bind("end", stage.end, |stage, end| stage.end = end);
    let instruction =
        pen.bind("instruction", stage.instruction.clone(), |stage, text| stage.instruction = text);
    let (board, key, own) = (pen.board, stage.key.clone(), stage.key.clone());
    let start = create_selector(move || {
        crate::flow::stage(&board.drawing().graph, &own).is_some_and(|one| one.start)
    });
    let begin = move || board.edit("", |drawing| edit::begin_in(&mut drawing.graph, &key));
    let start = tick(t!("flow-is-start"), "", start, board.may_draw, begin);
    view! {
        TextField(name="label", label=t!("flow-stage-label"), value=label, form=form, maxlength="100", autocomplete="off")
        SelectField(name="category", label=t!("flow-category"), value=category, options=statuses(), form=form, hint=t!("flow-category-hint"))
        (start)
        CheckField(label=t!("flow-is-end"), value=end, hint=t!("flow-is-end-hint"))
        AreaField(name="instruction", label=t!("flow-instruction"), value=instruction, form=form, hint=t!("flow-instruction-hint"), optional=true, rows="2")
    }
}

/// What leads out of the stage, in the order it is offered, and a field that adds one more.
fn ways(board: Board, stage: &Stage) -> View {
    let (key, own) = (stage.key.clone(), stage.key.clone());
    let out = create_memo(move || {
        let drawing = board.drawing();
        let Some(stage) = crate::flow::stage(&drawing.graph, &own) else { return Vec::new() };
        let ways = ways_out(&drawing.graph, stage);
        ways.map(|way| (way.key.clone(), way.label.clone(), label(&drawing.graph, &way.to)))
            .collect::<Vec<_>>()
    });
    let others = create_memo(move || targets(&board.drawing().graph));
    let add = move |to: String| super::deeds::add_way(board, &key, &to);
    let adder = if board.may_draw {
        view! {
            Picker(label=t!("flow-way-add"), choices=others, chosen=Words::from(""), on_choose=add, button="btn") { Icon(name="plus") T(id="flow-way-add") }
        }
    } else {
        View::new()
    };
    view! {
        div(class="field") {
            span(class="label") { T(id="flow-ways-out") }
            ul(class="flow-ways", aria-label=t!("flow-ways-out")) { Indexed(list=out, view=move |way| way_line(board, way)) }
            div { (adder) }
        }
    }
}

fn label(graph: &Graph, key: &str) -> String {
    crate::flow::label_of(graph, key).to_owned()
}

/// Every stage, to choose from.
pub(super) fn targets(graph: &Graph) -> Vec<Choice> {
    let choice = |stage: &Stage| Choice {
        value: stage.key.clone(),
        label: stage.label.clone(),
        detail: stage.key.clone(),
        person: None,
    };
    graph.stages.iter().map(choice).collect()
}

fn way_line(board: Board, (key, label, to): (String, String, String)) -> View {
    let choose = move |_| board.choose(Spot::Transition(key.clone()));
    let to = t!("flow-leads-to", name = to);
    view! {
        li(class="line") {
            button(class="outline-name one-line", r#type="button", on:click=choose) { (label) }
            span(class="small muted one-line") { (to) }
        }
    }
}

fn time(pen: &Pen<Stage>, lists: Lists, stage: &Stage) -> View {
    let slider = whole::slider(pen.board, &stage.key, t!("flow-weight"));
    let (own, known, owner_pen) = (pen.clone(), stage.clone(), pen.clone());
    let owner = if stage.owner.is_some() {
        let owner = stage.owner.clone();
        view! { OwnerForm(pen=owner_pen, lists=lists, field="owner", owner=owner) }
    } else {
        View::new()
    };
    let (escalation, escalation_pen) = (stage.escalation.clone(), pen.clone());
    view! {
        div(class="field") {
            span(class="label") { T(id="flow-weight") }
            (slider)
            span(class="hint") { T(id="flow-weights-hint") }
        }
        DwellForm(pen=own, stage=known)
        (owner)
        OwnerForm(pen=escalation_pen, lists=lists, field="escalation", owner=escalation)
    }
}

fn waiting(pen: &Pen<Stage>, stage: &Stage) -> View {
    let waits = pen.bind("waiting", stage.waiting, |stage, waits| stage.waiting = waits);
    let pauses = pen.bind("pauses_clocks", stage.pauses_clocks, |stage, pauses| stage.pauses_clocks = pauses);
    let reasons = View::from(WAITS.map(|reason| wait(pen, stage, reason)).into_iter().collect::<Vec<_>>());
    let form = pen.form;
    view! {
        CheckField(label=t!("flow-waiting"), value=waits, hint=t!("flow-waiting-hint"))
        CheckField(label=t!("flow-pauses"), value=pauses, hint=t!("flow-pauses-hint"))
        fieldset(class="field") {
            legend(class="label") { T(id="flow-wait-reasons") }
            div(class="ticks") { (reasons) }
            span(class="hint") { T(id="flow-wait-reasons-hint") }
            (wrong(form, "wait_reasons"))
        }
    }
}

fn wait(pen: &Pen<Stage>, stage: &Stage, reason: WaitReason) -> View {
    let known: i32 = reason.into();
    let has =
        pen.bind(&format!("wait_reasons {known}"), stage.wait_reasons.contains(&known), move |stage, has| {
            stage.wait_reasons.retain(|reason| *reason != known);
            if has {
                stage.wait_reasons.push(known);
            }
        });
    view! { CheckField(label=super::words::said(reason.as_str_name()), value=has) }
}

/// What is wrong with a part that is no single field.
pub(super) fn wrong(form: Form, field: &'static str) -> View {
    view! {
        (match form.wrong(field) {
            Some(sentence) => view! { span(class="wrong") { Icon(name="alert") span { (sentence) } } },
            None => View::new(),
        })
    }
}

fn both_guards(pen: &Pen<Stage>, stage: &Stage) -> View {
    let entry = pen.part("entry_guards", |stage| Some(&mut stage.entry_guards));
    let exit = pen.part("exit_guards", |stage| Some(&mut stage.exit_guards));
    let (entry, exit) =
        (guards(&entry, ENTRY, &stage.entry_guards, false), guards(&exit, EXIT, &stage.exit_guards, false));
    view! { (entry) (exit) }
}

fn both_effects(pen: &Pen<Stage>, lists: Lists, stage: &Stage) -> View {
    let enter = pen.part("on_enter", |stage| Some(&mut stage.on_enter));
    let exit = pen.part("on_exit", |stage| Some(&mut stage.on_exit));
    let (enter, exit) =
        (effects(&enter, ON_ENTER, lists, &stage.on_enter), effects(&exit, ON_EXIT, lists, &stage.on_exit));
    view! { (enter) (exit) }
}

/// What the form shows and demands in the stage.
fn fields(pen: &Pen<Stage>, lists: Lists, stage: &Stage) -> View {
    let keys: Vec<String> = stage.fields.keys().cloned().collect();
    let lines = stage.fields.iter().map(|(key, flag)| field_line(pen, lists, key, *flag));
    let lines = View::from(lines.collect::<Vec<_>>());
    let choices = create_memo(move || lists.other_fields(&keys));
    let adder = pen.clone();
    let add = move |key: String| {
        adder.reshape(|stage| {
            stage.fields.insert(key.clone(), FieldFlag::Required.into());
        });
    };
    view! {
        p(class="hint") { T(id="flow-fields-hint") }
        ul(class="flow-rows") { (lines) }
        div { Picker(label=t!("flow-field-add"), choices=choices, chosen=Words::from(""), on_choose=add, button="btn") { Icon(name="plus") T(id="flow-field-add") } }
    }
}

fn field_line(pen: &Pen<Stage>, lists: Lists, key: &str, flag: i32) -> View {
    let flag = FieldFlag::try_from(flag).unwrap_or_default().as_str_name().to_owned();
    let (own, gone, name) = (key.to_owned(), key.to_owned(), key.to_owned());
    let flag = pen.bind(&format!("fields[{key}]"), flag, move |stage, name: String| {
        let flag = FieldFlag::from_str_name(&name).unwrap_or_default();
        stage.fields.insert(own.clone(), flag.into());
    });
    let taker = pen.clone();
    let take = move |_| {
        taker.reshape(|stage| {
            stage.fields.remove(&gone);
        });
    };
    let label = create_memo(move || lists.field_name(&name));
    let said = label.get_clone_untracked();
    let remove = t!("flow-remove-of", name = said.clone());
    view! {
        li(class="line") {
            span(class="grow one-line") { (label.get_clone()) }
            SelectBox(label=said, value=flag, options=flags())
            Button(kind=Kind::Quiet, icon="x", aria-label=remove, on:click=take)
        }
    }
}

/// The stage that is chosen, if it is there.
pub(super) fn chosen(board: Board, key: &str) -> Option<Stage> {
    crate::flow::stage(&board.now().graph, key).cloned()
}

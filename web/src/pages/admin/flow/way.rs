//! The panel of a transition.

use proto::workflow::v1::{
    CommentAsk, Input, Period, Presser, Signal as Sign, Stage, Transition, TransitionKind,
};
use sycamore::prelude::*;

use super::super::rule_words::press_words;
use super::approval::ApprovalForm;
use super::board::Board;
use super::effects::effects;
use super::guards::guards;
use super::lists::Lists;
use super::panel::key_form;
use super::pen::{Pen, later};
use super::rows::{Listed, fold, rows, tick};
use super::stage::{targets, wrong};
use super::times::{after, within};
use super::words::{PRESSERS, comments, kinds, said, signals};
use crate::browser;
use crate::flow::{Spot, edit, transition};
use crate::parts::{Button, CheckField, Form, Icon, RuleField, SelectField, T, TextField};
use crate::text::t;

const GUARDS: Listed =
    Listed { title: "flow-guards", add: "flow-guard-add", member: "flow-guard", first: "message" };
const EFFECTS: Listed =
    Listed { title: "flow-effects", add: "flow-effect-add", member: "flow-effect", first: "kind" };
const INPUTS: Listed =
    Listed { title: "flow-inputs", add: "flow-input-add", member: "flow-input", first: "field" };

/// The fields of a transition.
#[component(inline_props)]
pub(super) fn WayForm(board: Board, lists: Lists, form: Form, way: Transition) -> View {
    let pen = Pen::on_transition(board, form, way.key.clone());
    let (basics, ends) = (basics(&pen, &way), ends(board, &way, form));
    let asks = asks(&pen, &way);
    let taken = taken(&pen, &way);
    let guarded = guards(&pen.part("guards", |way| Some(&mut way.guards)), GUARDS, &way.guards, true);
    let happens = effects(&pen.part("effects", |way| Some(&mut way.effects)), EFFECTS, lists, &way.effects);
    let inputs = inputs(&pen, lists, &way);
    let policy = way.approval.clone();
    let levels = policy.as_ref().map_or(0, |policy| policy.levels.len());
    let approval = view! { ApprovalForm(pen=pen, lists=lists, policy=policy) };
    let folds = View::from(vec![
        fold(board, "guards", "flow-part-guards", way.guards.len(), guarded),
        fold(board, "fields", "flow-part-asks", way.inputs.len(), view! { (asks) (inputs) }),
        fold(board, "effects", "flow-part-effects", way.effects.len(), happens),
        fold(board, "approval", "flow-part-approval", levels, approval),
        fold(board, "more", "flow-part-more", 0, more(board, &way, form)),
    ]);
    view! { (basics) (ends) (taken) (folds) }
}

fn basics(pen: &Pen<Transition>, way: &Transition) -> View {
    let label = pen.bind("label", way.label.clone(), |way, label| way.label = label);
    let kind = create_signal(way.kind().as_str_name().to_owned());
    let changer = pen.clone();
    later(kind, move |name: String| {
        changer.reshape(|way| {
            way.kind = TransitionKind::from_str_name(&name).unwrap_or_default().into();
            fit(way);
        });
        browser::focus("[name=kind]");
    });
    let form = pen.form;
    view! {
        TextField(name="label", label=t!("flow-way-label"), value=label, form=form, maxlength="100", autocomplete="off")
        SelectField(name="kind", label=t!("flow-kind"), value=kind, options=kinds(), form=form)
    }
}

/// Takes away what does not go with the kind, so that nothing unseen stands in the way of publishing.
fn fit(way: &mut Transition) {
    let kind = way.kind();
    if kind != TransitionKind::User {
        way.pressers.clear();
        way.who.clear();
        way.visible_if.clear();
        way.inputs.clear();
        way.approval = None;
        way.comment = CommentAsk::Unspecified.into();
        way.primary = false;
    } else if way.pressers.is_empty() {
        way.pressers.push(Presser::Agent.into());
    }
    if kind != TransitionKind::Signal {
        way.signal = Sign::Unspecified.into();
    } else if way.signal() == Sign::Unspecified {
        way.signal = Sign::RequesterReplied.into();
    }
    if kind != TransitionKind::Timer {
        way.after = None;
        way.after_period = Period::Unspecified.into();
    }
    if !matches!(kind, TransitionKind::User | TransitionKind::Signal) {
        way.within = None;
        way.within_period = Period::Unspecified.into();
    }
}

/// Where it leaves from and leads to.
fn ends(board: Board, way: &Transition, form: Form) -> View {
    let stages = create_memo(move || {
        board
            .drawing()
            .graph
            .stages
            .iter()
            .map(|stage| (stage.key.clone(), stage.label.clone()))
            .collect::<Vec<_>>()
    });
    let (key, own) = (way.key.clone(), way.key.clone());
    let from = create_selector(move || {
        transition(&board.drawing().graph, &own).map(|way| way.from.clone()).unwrap_or_default()
    });
    let turn = move |change: &dyn Fn(&mut Transition)| {
        board.edit("", |drawing| {
            let here = |way: &&mut Transition| way.key == key;
            drawing.graph.transitions.iter_mut().filter(here).for_each(change);
        });
    };
    let anywhere = create_selector(move || from.with(Vec::is_empty));
    let clear = turn.clone();
    let any = tick(t!("flow-from-any"), "flow-from-any-hint", anywhere, board.may_draw, move || {
        clear(&|way| way.from.clear());
    });
    let line = move |(key, label): (String, String)| {
        let (own, turn) = (key.clone(), turn.clone());
        let is = create_selector(move || from.with(|from| from.contains(&own)));
        tick(label, "", is, board.may_draw, move || turn(&|way| edit::turn_from(way, &key)))
    };
    let to = target(board, way, form);
    view! {
        fieldset(class="field") {
            legend(class="label") { T(id="flow-from") }
            div(class="ticks flow-from", tabindex="0", role="group", aria-label=t!("flow-from")) { (any) Indexed(list=stages, view=line) }
            (wrong(form, "from"))
        }
        (to)
    }
}

fn target(board: Board, way: &Transition, form: Form) -> View {
    let to = create_signal(way.to.clone());
    let key = way.key.clone();
    later(to, move |to: String| {
        board.edit("", |drawing| {
            let here = |way: &&mut Transition| way.key == key;
            drawing.graph.transitions.iter_mut().filter(here).for_each(|way| way.to.clone_from(&to));
        });
    });
    let options = create_memo(move || {
        let all = targets(&board.drawing().graph).into_iter();
        all.map(|stage| (stage.value, stage.label)).collect::<Vec<_>>()
    });
    view! { SelectField(name="to", label=t!("flow-to"), value=to, options=options, form=form) }
}

/// Who or what takes it, by its kind.
fn taken(pen: &Pen<Transition>, way: &Transition) -> View {
    match way.kind() {
        TransitionKind::User | TransitionKind::Unspecified => {
            let (who, within) = (who(pen, way), within(pen, way));
            view! { (who) (within) }
        }
        TransitionKind::Signal => {
            let (signal, within) = (signal(pen, way), within(pen, way));
            view! { (signal) (within) }
        }
        TransitionKind::Timer => after(pen, way),
        TransitionKind::Auto => view! { p(class="hint") { T(id="flow-kind-auto-hint") } },
    }
}

fn who(pen: &Pen<Transition>, way: &Transition) -> View {
    let ticks = PRESSERS.map(|presser| {
        let known: i32 = presser.into();
        let name = format!("pressers {known}");
        let may = pen.bind(&name, way.pressers.contains(&known), move |way, may| {
            way.pressers.retain(|presser| *presser != known);
            if may {
                way.pressers.push(known);
            }
        });
        view! { CheckField(label=said(presser.as_str_name()), value=may) }
    });
    let ticks = View::from(ticks.into_iter().collect::<Vec<_>>());
    let rule = pen.bind("who", way.who.clone(), |way, rule| way.who = rule);
    let primary = pen.bind("primary", way.primary, |way, primary| way.primary = primary);
    let (form, words) = (pen.form, *create_signal(press_words()));
    view! {
        fieldset(class="field") {
            legend(class="label") { T(id="flow-pressers") }
            div(class="ticks") { (ticks) }
            (wrong(form, "pressers"))
        }
        RuleField(name="who", label=t!("flow-who"), value=rule, offers=words, form=form, hint=t!("flow-who-hint"), optional=true)
        CheckField(label=t!("flow-primary"), value=primary, hint=t!("flow-primary-hint"))
    }
}

fn signal(pen: &Pen<Transition>, way: &Transition) -> View {
    let signal = pen.bind("signal", way.signal().as_str_name().to_owned(), |way, name: String| {
        way.signal = Sign::from_str_name(&name).unwrap_or_default().into();
    });
    let form = pen.form;
    view! { SelectField(name="signal", label=t!("flow-signal"), value=signal, options=signals(), form=form) }
}

/// The comment it asks for, and when it is offered at all.
fn asks(pen: &Pen<Transition>, way: &Transition) -> View {
    let comment = match way.comment() {
        CommentAsk::Unspecified => CommentAsk::None,
        known => known,
    };
    let comment = pen.bind("comment", comment.as_str_name().to_owned(), |way, name: String| {
        way.comment = CommentAsk::from_str_name(&name).unwrap_or_default().into();
    });
    let rule = pen.bind("visible_if", way.visible_if.clone(), |way, rule| way.visible_if = rule);
    let (form, words) = (pen.form, *create_signal(press_words()));
    view! {
        SelectField(name="comment", label=t!("flow-comment"), value=comment, options=comments(), form=form)
        RuleField(name="visible_if", label=t!("flow-visible-if"), value=rule, offers=words, form=form, hint=t!("flow-visible-if-hint"), optional=true)
    }
}

fn inputs(pen: &Pen<Transition>, lists: Lists, way: &Transition) -> View {
    let part = pen.part("inputs", |way| Some(&mut way.inputs));
    rows(&part, INPUTS, &way.inputs, Input { required: true, ..Input::default() }, move |pen, input| {
        let field = pen.bind("field", input.field.clone(), |input, field| input.field = field);
        let required = pen.bind("required", input.required, |input, required| input.required = required);
        let known = input.field.clone();
        let options = create_memo(move || {
            let first = std::iter::once((String::new(), t!("choose")));
            let mut all: Vec<_> = first
                .chain(lists.fields.get_clone().into_iter().map(|field| (field.key, field.label)))
                .collect();
            if all.iter().all(|(key, _)| *key != known) {
                all.push((known.clone(), known.clone()));
            }
            all
        });
        let (name, form) = (pen.name("field"), pen.form);
        view! {
            SelectField(name=name, label=t!("flow-input-field"), value=field, options=options, form=form)
            CheckField(label=t!("flow-input-required"), value=required)
        }
    })
}

/// Its place among those that are offered, and its key.
fn more(board: Board, way: &Transition, form: Form) -> View {
    let [upper, lower] = [way.key.clone(), way.key.clone()];
    let shift = move |key: &str, by: isize| {
        board.edit("", |drawing| edit::shift_transition(&mut drawing.graph, key, by));
    };
    let key = key_form(board, &way.key, form);
    let deeds = if board.may_draw {
        view! {
            div(class="line wrap") {
                Button(icon="chevron-up", label=t!("flow-offer-earlier"), data-size="small", on:click=move |_| shift(&upper, -1))
                Button(icon="chevron-down", label=t!("flow-offer-later"), data-size="small", on:click=move |_| shift(&lower, 1))
            }
        }
    } else {
        View::new()
    };
    view! { (deeds) (key) }
}

/// The two ends of a transition, to go there.
pub(super) fn way_ends(board: Board, way: &Transition) -> View {
    let graph = &board.now().graph;
    let known = |key: &String| graph.stages.iter().find(|stage| stage.key == *key).cloned();
    let from: Vec<Stage> = way.from.iter().filter_map(known).collect();
    let to = known(&way.to);
    let link = move |stage: Stage| {
        let (label, spot) = (stage.label.clone(), Spot::Stage(stage.key));
        view! { button(class="outline-name one-line", r#type="button", on:click=move |_| board.choose(spot.clone())) { (label) } }
    };
    let any = if way.from.is_empty() { t!("flow-any") } else { String::new() };
    let from = View::from(from.into_iter().map(link).collect::<Vec<_>>());
    let to = View::from(to.map(link));
    view! { p(class="line wrap small") { (any) (from) Icon(name="arrow-right") (to) } }
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::{CommentAsk, Presser, Signal as Sign, Transition, TransitionKind};

    use super::fit;
    use crate::flow::sample;

    #[test]
    fn what_does_not_go_with_a_kind_goes_away_and_what_it_needs_comes() {
        let mut way: Transition = sample().transitions.remove(0);
        way.comment = CommentAsk::NoteRequired.into();
        way.who = "caller.is_agent".into();
        way.kind = TransitionKind::Signal.into();
        fit(&mut way);
        assert!(way.pressers.is_empty() && way.who.is_empty());
        assert_eq!((way.comment(), way.signal()), (CommentAsk::Unspecified, Sign::RequesterReplied));
        way.kind = TransitionKind::User.into();
        fit(&mut way);
        assert_eq!(
            (way.signal(), way.pressers.as_slice()),
            (Sign::Unspecified, &[Presser::Agent as i32][..])
        );
    }
}

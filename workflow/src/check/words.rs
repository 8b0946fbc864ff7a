//! Keys, labels, limits, and what goes with what inside a stage or a transition.

use std::{collections::HashSet, ops::RangeInclusive};

use mesh_core::error::Violations;
use proto::{
    tickets::v1::{Status, WaitReason},
    workflow::v1::{
        CommentAsk, FieldFlag, Graph, Owner, Period, Presser, Signal, Stage, Transition, TransitionKind,
        dwell::Then, owner::Owner as Whose,
    },
};

use super::{Findings, Place};
use crate::run::is_done;

/// Bytes of an instruction.
const INSTRUCTION: usize = 10_000;
/// Characters of the key of a form's field.
const FIELD: RangeInclusive<usize> = 1..=64;

pub(super) fn check(graph: &Graph, found: &mut Findings) {
    let (mut keys, mut labels) = (HashSet::new(), HashSet::new());
    for stage in &graph.stages {
        let place = Place::Stage(stage);
        let fresh = keys.insert(stage.key.as_str());
        found.when(!fresh, place, "key", "another stage has this key; choose another one");
        if !labels.insert(stage.label.to_lowercase()) {
            found.warning(place, "label", "another stage is called the same; people cannot tell them apart");
        }
        check_stage(stage, found);
    }
    let mut keys = HashSet::new();
    for transition in &graph.transitions {
        let fresh = keys.insert(transition.key.as_str());
        let place = Place::Transition(transition);
        found.when(!fresh, place, "key", "another transition has this key; choose another one");
        check_transition(transition, found);
    }
}

fn check_stage(stage: &Stage, found: &mut Findings) {
    let place = Place::Stage(stage);
    let mut wrong = Violations::default();
    check_name(&stage.key, &stage.label, &mut wrong);
    wrong.long_text("instruction", &stage.instruction, 0..=INSTRUCTION);
    wrong.when(!stage.weight.is_finite() || stage.weight < 0.0, "weight", "is no share; give 0 or more");
    let status = stage.category();
    wrong.when(status == Status::Unspecified, "category", "is missing; choose a status");
    check_owner("owner", stage.owner.as_ref(), &mut wrong);
    check_owner("escalation", stage.escalation.as_ref(), &mut wrong);
    for (key, &flag) in &stage.fields {
        let known = FieldFlag::try_from(flag).is_ok_and(|flag| flag != FieldFlag::Unspecified);
        wrong.when(!known, &format!("fields[{key}]"), "has no flag; choose one, or leave the field out");
    }
    found.take(place, wrong);
    check_waits(stage, found);
    check_dwell(stage, found);
    let ends_open = stage.end && status != Status::Unspecified && !is_done(status);
    found.when(
        ends_open,
        place,
        "category",
        "an end needs RESOLVED, CLOSED, REJECTED or WITHDRAWN; choose one, or mark the stage as no end",
    );
    let looks_closed = matches!(status, Status::Closed | Status::Rejected | Status::Withdrawn);
    if looks_closed && !stage.end {
        found.warning(place, "end", "its tickets look closed, but work goes on here; mark it as an end?");
    }
    let begins_done = stage.start && (stage.end || is_done(status));
    found.when(begins_done, place, "start", "new tickets would be over at once; begin in another stage");
}

fn check_waits(stage: &Stage, found: &mut Findings) {
    let place = Place::Stage(stage);
    let known =
        |&reason: &i32| WaitReason::try_from(reason).is_ok_and(|reason| reason != WaitReason::Unspecified);
    found.when(!stage.wait_reasons.iter().all(known), place, "wait_reasons", "one is unknown; remove it");
    let waits = matches!(stage.category(), Status::Pending | Status::OnHold);
    let given = !stage.wait_reasons.is_empty();
    found.when(
        given && !waits,
        place,
        "wait_reasons",
        "wait reasons go with PENDING and ON_HOLD; remove them or choose one of those",
    );
    found.when(
        given && stage.start,
        place,
        "wait_reasons",
        "new tickets bring no wait reason; begin in another stage",
    );
}

fn check_dwell(stage: &Stage, found: &mut Findings) {
    let Some(dwell) = &stage.dwell else { return };
    let place = Place::Stage(stage);
    let lasts = dwell.maximum.as_ref().is_some_and(|maximum| maximum.seconds > 0);
    found.when(!lasts, place, "dwell.maximum", "say how long a ticket may stay, a second or more");
    found.when(stage.end, place, "dwell", "nothing happens in an end any more; remove it");
    let idle = matches!(dwell.then, None | Some(Then::Escalate(false)));
    found.when(idle, place, "dwell.then", "say what happens then");
}

fn check_transition(transition: &Transition, found: &mut Findings) {
    let place = Place::Transition(transition);
    let mut wrong = Violations::default();
    check_name(&transition.key, &transition.label, &mut wrong);
    let kind = transition.kind();
    wrong.when(kind == TransitionKind::Unspecified, "kind", "is missing; say who or what takes it");
    wrong.when(CommentAsk::try_from(transition.comment).is_err(), "comment", "is unknown; choose one");
    for (index, input) in transition.inputs.iter().enumerate() {
        wrong.text(&format!("inputs[{index}].field"), &input.field, FIELD);
    }
    found.take(place, wrong);
    match kind {
        TransitionKind::User => check_pressed(transition, found),
        TransitionKind::Unspecified => {}
        TransitionKind::Auto | TransitionKind::Timer | TransitionKind::Signal => {
            check_taken_by_itself(transition, found);
        }
    }
    check_times(transition, found);
}

fn check_pressed(transition: &Transition, found: &mut Findings) {
    let place = Place::Transition(transition);
    let somebody = transition.pressers().any(|presser| presser != Presser::Unspecified);
    found.when(!somebody, place, "pressers", "nobody may press it; name at least one who may");
}

fn check_taken_by_itself(transition: &Transition, found: &mut Findings) {
    let place = Place::Transition(transition);
    let asks = transition.pressers().next().is_some()
        || !transition.who.is_empty()
        || !transition.inputs.is_empty()
        || !matches!(transition.comment(), CommentAsk::None | CommentAsk::Unspecified);
    let message =
        "nobody presses it, so it can ask for nothing: remove pressers, `who`, inputs and the comment";
    found.when(asks, place, "kind", message);
    let signal = transition.signal() != Signal::Unspecified;
    let waits = transition.kind() == TransitionKind::Signal;
    found.when(waits && !signal, place, "signal", "say what takes it");
    found.when(
        !waits && signal,
        place,
        "signal",
        "a signal takes transitions of kind SIGNAL only; remove it",
    );
}

fn check_times(transition: &Transition, found: &mut Findings) {
    let place = Place::Transition(transition);
    let kind = transition.kind();
    let timed = transition.after.is_some() || transition.after_period() != Period::Unspecified;
    let limited = transition.within.is_some() || transition.within_period() != Period::Unspecified;
    found.when(
        timed && kind != TransitionKind::Timer,
        place,
        "after",
        "a time goes with kind TIMER only; remove it",
    );
    let fits = matches!(kind, TransitionKind::User | TransitionKind::Signal);
    found.when(limited && !fits, place, "within", "this goes with kinds USER and SIGNAL only; remove it");
    let negative = |time: &Option<prost_types::Duration>| time.as_ref().is_some_and(|time| time.seconds < 0);
    for (field, time) in [("after", &transition.after), ("within", &transition.within)] {
        found.when(negative(time), place, field, "a time is not negative; give 0 seconds or more");
    }
}

fn check_name(key: &str, label: &str, wrong: &mut Violations) {
    let fits = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'_';
    wrong.when(
        !(1..=50).contains(&key.len()) || !key.bytes().all(fits),
        "key",
        "is no key; use 1 to 50 lower case letters, digits and _",
    );
    wrong.text("label", label, 1..=100);
}

fn check_owner(field: &str, owner: Option<&Owner>, wrong: &mut Violations) {
    let Some(owner) = owner else { return };
    match &owner.owner {
        None => wrong.add(field, "names nobody; choose an owner, or remove it"),
        Some(Whose::RoleId(id)) => wrong.id(&format!("{field}.role_id"), id, "rol"),
        Some(Whose::DepartmentId(id)) => wrong.id(&format!("{field}.department_id"), id, "dep"),
        Some(Whose::QueueId(id)) => wrong.id(&format!("{field}.queue_id"), id, "que"),
        Some(Whose::Field(key)) => wrong.text(&format!("{field}.field"), key, FIELD),
    }
}

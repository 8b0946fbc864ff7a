//! What the contract can say and nothing here carries out yet: publishing refuses it, so that nobody relies on it.
//!
//! Whoever builds one of these takes its lines away.

use proto::workflow::v1::{
    ApprovalDue, ApprovalPolicy, Effect, Graph, Signal, Stage, Transition, dwell::Then,
    effect::Effect as Does,
};

use super::{Findings, Place};

pub(super) fn check(graph: &Graph, found: &mut Findings) {
    for stage in &graph.stages {
        check_stage(stage, found);
    }
    for transition in &graph.transitions {
        check_transition(transition, found);
    }
}

fn check_stage(stage: &Stage, found: &mut Findings) {
    let place = Place::Stage(stage);
    let message = "stages give tickets to nobody by themselves yet; remove the owner, and the assignee stays";
    found.when(stage.owner.is_some(), place, "owner", message);
    if let Some(dwell) = &stage.dwell {
        let message = "working time is not counted here yet; leave the calendar out to count all time";
        found.when(!dwell.calendar_id.is_empty(), place, "dwell.calendar_id", message);
        match &dwell.then {
            Some(Then::Escalate(true)) => {
                found.error(
                    place,
                    "dwell.escalate",
                    "nothing escalates by itself yet; take a transition instead",
                );
            }
            Some(Then::Effect(effect)) => check_effect(place, "dwell.effect", effect, found),
            _ => {}
        }
    }
    check_effects(place, "on_enter", &stage.on_enter, found);
    check_effects(place, "on_exit", &stage.on_exit, found);
}

fn check_transition(transition: &Transition, found: &mut Findings) {
    let place = Place::Transition(transition);
    if let Some(policy) = &transition.approval {
        check_approval(place, policy, found);
    }
    let message = "nothing tells yet when child tickets are resolved; make it a guard of a button";
    found.when(transition.signal() == Signal::ChildrenResolved, place, "signal", message);
    if transition.undo_window.is_some() {
        found.warning(place, "undo_window", "nothing undoes transitions yet; the time is kept and not used");
    }
    check_effects(place, "effects", &transition.effects, found);
}

fn check_approval(place: Place<'_>, policy: &ApprovalPolicy, found: &mut Findings) {
    let groups = policy.levels.iter().any(|level| !level.department_ids.is_empty());
    let message = "departments are not asked yet; name people, a field or a rule";
    found.when(groups, place, "approval.levels", message);
    let message = "nobody votes for somebody else yet; remove it";
    found.when(policy.may_delegate, place, "approval.may_delegate", message);
    let message = "nobody is reminded yet; remove it";
    found.when(policy.remind_every.is_some(), place, "approval.remind_every", message);
    let escalates = policy.when_due() == ApprovalDue::Escalate;
    let message = "nothing escalates by itself yet; approve or reject it when it is due";
    found.when(escalates, place, "approval.when_due", message);
}

pub(super) fn check_effects(place: Place<'_>, field: &str, effects: &[Effect], found: &mut Findings) {
    for (index, effect) in effects.iter().enumerate() {
        check_effect(place, &format!("{field}[{index}]"), effect, found);
    }
}

fn check_effect(place: Place<'_>, field: &str, effect: &Effect, found: &mut Findings) {
    let texts = match &effect.effect {
        Some(Does::Notify(notify)) => {
            let message = "there are no templates yet; leave it out and write the message";
            found.when(!notify.template_id.is_empty(), place, &format!("{field}.template_id"), message);
            vec![("message", &notify.message)]
        }
        Some(Does::WebhookId(_)) => {
            return found.error(
                place,
                format!("{field}.webhook_id"),
                "nothing calls webhooks yet; remove it",
            );
        }
        Some(Does::CloseChildren(text)) => vec![("close_children", text)],
        Some(Does::Comment(comment)) => vec![("text", &comment.text)],
        Some(Does::CreateChild(child)) => {
            vec![("subject", &child.subject), ("description", &child.description)]
        }
        _ => vec![],
    };
    for (name, _) in texts.into_iter().filter(|(_, text)| text.contains("{{")) {
        found.error(
            place,
            format!("{field}.{name}"),
            "variables are not filled in here yet; write it without",
        );
    }
}

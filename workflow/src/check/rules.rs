//! The rules of a graph: each is read as CEL, and what is wrong is said with the character it is at.

use mesh_core::rule::{Problem, Rule, Schema};
use proto::workflow::v1::{Condition, Guard, Stage, Transition, TransitionKind};

use super::{Findings, Place};
use crate::vocabulary;

/// Characters of a rule.
pub(super) const MOST: usize = 2_000;
/// Characters of what a guard says.
const MESSAGE: usize = 300;

/// The rule that says which tickets a workflow takes.
pub(super) fn check_tickets(applies_to: &str, found: &mut Findings) {
    check(Place::Workflow, "applies_to", applies_to, vocabulary::ticket(), found);
}

pub(super) fn check_stage(stage: &Stage, found: &mut Findings) {
    let place = Place::Stage(stage);
    check_guards(place, "entry_guards", &stage.entry_guards, found);
    check_guards(place, "exit_guards", &stage.exit_guards, found);
    let entered = stage.start && !stage.entry_guards.is_empty();
    if entered {
        found.warning(
            place,
            "entry_guards",
            "new tickets begin here without being asked; this is for returns",
        );
    }
}

pub(super) fn check_transition(transition: &Transition, found: &mut Findings) {
    let place = Place::Transition(transition);
    check(place, "who", &transition.who, vocabulary::press(), found);
    check(place, "visible_if", &transition.visible_if, vocabulary::press(), found);
    check_guards(place, "guards", &transition.guards, found);
    let pressed = transition.kind() == TransitionKind::User;
    found.when(
        !pressed && !transition.visible_if.is_empty(),
        place,
        "visible_if",
        "nobody sees a button of it; make it a guard",
    );
    for (index, guard) in transition.guards.iter().enumerate().filter(|_| !pressed) {
        let around = matches!(guard.condition(), Condition::ChildrenDone | Condition::BlockersDone);
        let message = "only a press looks at other tickets; let a person take it";
        found.when(around, place, &format!("guards[{index}].condition"), message);
    }
}

fn check_guards(place: Place<'_>, field: &str, guards: &[Guard], found: &mut Findings) {
    for (index, guard) in guards.iter().enumerate() {
        let field = format!("{field}[{index}]");
        check(place, &format!("{field}.rule"), &guard.rule, vocabulary::press(), found);
        let named = guard.condition() != Condition::Unspecified;
        let both = named && !guard.rule.is_empty();
        found.when(both, place, &format!("{field}.condition"), "give a rule or a condition, not both");
        let neither = !named && guard.rule.is_empty();
        found.when(neither, place, &format!("{field}.rule"), "say what must hold");
        let length = guard.message.chars().count();
        let says = !guard.message.trim().is_empty() && length <= MESSAGE;
        let message = "tell people what to do so that it holds, in 1 to 300 characters";
        found.when(!says, place, &format!("{field}.message"), message);
        let foreign = !matches!(place, Place::Transition(_))
            && matches!(guard.condition(), Condition::ChildrenDone | Condition::BlockersDone);
        let message = "only a transition looks at other tickets; put it there";
        found.when(foreign, place, &format!("{field}.condition"), message);
    }
}

/// One rule; an empty one asks nothing.
fn check(place: Place<'_>, field: &str, source: &str, schema: &Schema, found: &mut Findings) {
    if source.is_empty() {
        return;
    }
    if let Some(message) = too_long(source) {
        found.error(place, field, message);
    } else if let Err(problem) = Rule::parse(source, schema) {
        report(place, field, source, &problem, found);
    }
}

/// What is wrong with a rule's length.
pub(super) fn too_long(source: &str) -> Option<String> {
    (source.chars().count() > MOST).then(|| format!("a rule has at most {MOST} characters; shorten it"))
}

/// Says what is wrong with a rule where it is.
pub(super) fn report(place: Place<'_>, field: &str, source: &str, problem: &Problem, found: &mut Findings) {
    found.error_at(place, field, problem.sentence.clone(), offset(source, problem));
}

/// Characters from the start of the text to the problem.
fn offset(source: &str, problem: &Problem) -> i32 {
    let before: usize = source.split('\n').take(problem.line - 1).map(|line| line.chars().count() + 1).sum();
    i32::try_from(before + problem.column - 1).unwrap_or(i32::MAX)
}

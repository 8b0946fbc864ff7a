//! One question to the engine: who asks what of a run, and everything that speaks against it.
//!
//! Invariant: rules see the run as it is and whoever asks, and nothing else; a rule that cannot be read or asked does not hold.

use std::cell::OnceCell;

use jiff::SignedDuration;
use mesh_core::rule::Values;
use proto::workflow::v1::{CommentAsk, Condition, FieldFlag, Guard, Input, Refusal, Stage, Transition};

use super::{Around, Press, Standing, refusal};
use crate::{definition::Definition, run::Run, vocabulary};

/// Who asks, of which run, and what is known besides.
#[derive(Debug)]
pub(super) struct Question<'q> {
    pub(super) definition: &'q Definition,
    pub(super) run: &'q Run,
    pub(super) around: Around<'q>,
    standing: Standing,
    values: OnceCell<Values<'q>>,
}

impl<'q> Question<'q> {
    pub(super) fn new(
        definition: &'q Definition,
        run: &'q Run,
        standing: Standing,
        around: Around<'q>,
    ) -> Self {
        Self { definition, run, around, standing, values: OnceCell::new() }
    }

    /// Why whoever asks may not press it, whatever stands against it besides.
    pub(super) fn against_caller(&self, transition: &Transition) -> Option<Refusal> {
        if !self.standing.may_press(transition) {
            return Some(refusal::not_yours(transition));
        }
        (!self.holds(&transition.who)).then(|| refusal::not_this_persons(transition))
    }

    /// Whether the button is shown. Where only `who` speaks against it, the staff sees it and the reason.
    pub(super) fn shows(&self, transition: &Transition) -> bool {
        self.standing.sees(transition)
            && (self.standing.works() || self.holds(&transition.who))
            && self.holds(&transition.visible_if)
    }

    /// Reasons that lie in the run, whatever is pressed along: all of them.
    pub(super) fn against_state(&self, transition: &Transition, to: &Stage) -> Vec<Refusal> {
        let from = self.definition.stage(&self.run.stage);
        let exit = from.map(|from| from.exit_guards.as_slice()).unwrap_or_default();
        let guards = exit.iter().chain(&transition.guards).chain(&to.entry_guards);
        let mut refusals: Vec<_> = guards.filter_map(|guard| self.against_guard(guard)).collect();
        if !self.holds(&transition.visible_if) {
            refusals.push(refusal::not_offered(transition));
        }
        if self.is_too_late(transition) {
            refusals.push(refusal::too_late(transition));
        }
        let awaited = self.around.awaited;
        if awaited == Some(transition.key.as_str()) || (awaited.is_some() && transition.approval.is_some()) {
            refusals.push(refusal::approval_open(transition));
        }
        refusals
    }

    /// Reasons that lie in what was pressed along.
    pub(super) fn against_press(
        &self,
        transition: &Transition,
        to: &Stage,
        press: &Press<'_>,
    ) -> Vec<Refusal> {
        let inputs = self.inputs(transition, to);
        let missing =
            inputs.iter().filter(|input| input.required && !press.inputs.contains(&input.field.as_str()));
        let mut refusals: Vec<_> = missing.map(refusal::input_missing).collect();
        let asked = |key: &&&str| inputs.iter().any(|input| input.field == **key);
        let foreign = press.inputs.iter().filter(|key| !asked(key));
        refusals.extend(foreign.map(|key| refusal::input_not_taken(transition, key)));
        match (transition.comment(), press.has_comment) {
            (CommentAsk::ReplyRequired | CommentAsk::NoteRequired, false) => {
                refusals.push(refusal::comment_missing(transition));
            }
            (CommentAsk::None | CommentAsk::Unspecified, true) => {
                refusals.push(refusal::comment_not_taken(transition));
            }
            _ => {}
        }
        refusals
    }

    /// What the transition asks for, and what the stage it leads to demands of the form: fields that must be filled, and those that
    /// must be given anew. What is filled already may be given.
    pub(super) fn inputs(&self, transition: &Transition, to: &Stage) -> Vec<Input> {
        let filled = &self.run.facts.details.fields;
        let flag = |key: &str| to.fields.get(key).and_then(|&flag| FieldFlag::try_from(flag).ok());
        let demanded = |key: &str| match flag(key) {
            Some(FieldFlag::MustChange) => true,
            Some(FieldFlag::Required) => filled.get(key).is_none_or(|field| field.value.is_none()),
            _ => false,
        };
        let asked = transition
            .inputs
            .iter()
            .map(|input| Input { required: input.required || demanded(&input.field), ..input.clone() });
        let is_asked = |key: &str| transition.inputs.iter().any(|input| input.field == key);
        let concerns = |key: &str| matches!(flag(key), Some(FieldFlag::MustChange | FieldFlag::Required));
        let more = to.fields.keys().filter(|key| !is_asked(key) && concerns(key));
        asked.chain(more.map(|key| Input { field: key.clone(), required: demanded(key) })).collect()
    }

    fn against_guard(&self, guard: &Guard) -> Option<Refusal> {
        match (guard.condition(), self.around.undone) {
            (Condition::Assigned, _) => self.run.assignee.is_none().then(|| refusal::guard(guard)),
            (Condition::ChildrenDone, Some(undone)) => refusal::children_open(guard, &undone.children),
            (Condition::BlockersDone, Some(undone)) => refusal::blockers_open(guard, &undone.blockers),
            (Condition::ChildrenDone | Condition::BlockersDone, None) => Some(refusal::guard(guard)),
            // A guard that asks nothing is one of a program to come; it refuses.
            (Condition::Unspecified, _) => {
                (guard.rule.is_empty() || !self.holds(&guard.rule)).then(|| refusal::guard(guard))
            }
        }
    }

    /// Whether a transition could be taken only for some time after the stage was entered, and that is over.
    fn is_too_late(&self, transition: &Transition) -> bool {
        let within = transition.within.as_ref().map(|within| SignedDuration::from_secs(within.seconds));
        within.is_some_and(|within| self.around.now.duration_since(self.run.staged_at) > within)
    }

    /// Whether a rule holds; an empty one always does.
    fn holds(&self, rule: &str) -> bool {
        rule.is_empty() || self.definition.holds(rule, self.values(), self.around.now)
    }

    fn values(&self) -> &Values<'q> {
        self.values.get_or_init(|| vocabulary::values_for(self.run, self.around.caller, self.standing))
    }
}

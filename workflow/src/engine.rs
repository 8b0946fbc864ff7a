//! The engine: whether a run may take a transition, and what it is afterwards. Pure: no clock, no database, no caller.
//!
//! One check serves the buttons ([`options`]), the press ([`press`]), and what happens by itself ([`signal`], [`ring`]).
//! Invariant: a run that comes out is in exactly one stage of its version, and a refused one comes out as it went in.
//! A rule the engine cannot decide refuses.

mod refusal;

use jiff::{SignedDuration, Timestamp};
use proto::{
    tickets::v1::WaitReason,
    workflow::v1::{
        CommentAsk, Condition, Guard, Presser, Refusal, Signal, Stage, StageMoved, Transition,
        TransitionKind, TransitionOption,
    },
};

use crate::{
    definition::{Definition, leaves},
    run::{Run, Wait, is_done},
};

/// What somebody is to a ticket.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Standing {
    /// May move tickets of the department.
    pub(crate) agent: bool,
    /// The ticket is for this person.
    pub(crate) requester: bool,
    /// Works on it.
    pub(crate) assignee: bool,
}

impl Standing {
    fn may_press(self, transition: &Transition) -> bool {
        transition.pressers().any(|presser| match presser {
            Presser::Agent => self.agent,
            Presser::Requester => self.requester,
            Presser::Assignee => self.assignee,
            Presser::Unspecified => false,
        })
    }

    /// Whether the button is shown at all: to those who may press it, and to agents where only the assignee may.
    fn sees(self, transition: &Transition) -> bool {
        self.may_press(transition)
            || (self.agent && transition.pressers().any(|presser| presser == Presser::Assignee))
    }
}

/// A pressed button with what came along.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Press<'a> {
    pub(crate) transition: &'a str,
    /// A comment that says something was given.
    pub(crate) has_comment: bool,
    pub(crate) wait_reason: WaitReason,
    pub(crate) wait_until: Option<Timestamp>,
    /// Keys of the inputs that were given a value.
    pub(crate) inputs: &'a [&'a str],
}

/// Tickets that are not done and that a run's resolution depends on, named for whoever looks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Undone {
    /// Children, and theirs.
    pub(crate) children: Vec<String>,
    /// Those that block it.
    pub(crate) blockers: Vec<String>,
}

/// What the engine is told besides the run itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Around<'a> {
    pub(crate) now: Timestamp,
    /// `None` when nobody asked; then what depends on it is refused.
    pub(crate) undone: Option<&'a Undone>,
}

impl Around<'_> {
    /// Nothing was asked.
    pub(crate) const fn at(now: Timestamp) -> Self {
        Self { now, undone: None }
    }
}

/// A taken transition: the run afterwards, and what to write into its history.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) run: Run,
    pub(crate) moved: StageMoved,
}

/// Something that will happen by itself unless the run leaves its stage before.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Alarm {
    pub(crate) transition: String,
    pub(crate) at: Timestamp,
}

/// The buttons of a run for somebody, in the order of the graph, each with what it asks for or every reason against it.
pub(crate) fn options(
    definition: &Definition,
    run: &Run,
    standing: Standing,
    around: Around<'_>,
) -> Vec<TransitionOption> {
    let Some(stage) = definition.stage(&run.stage).filter(|stage| goes_on(run, stage)) else {
        return Vec::new();
    };
    let buttons = definition.leaving(stage).filter(|transition| transition.kind() == TransitionKind::User);
    buttons
        .filter(|transition| standing.sees(transition))
        .filter_map(|transition| {
            Some(option(transition, definition.stage(&transition.to)?, run, standing, around))
        })
        .collect()
}

/// Whether a run can leave the stage it is in. One that ended where nothing ends lost its ticket, or its ticket was merged.
pub(crate) fn goes_on(run: &Run, stage: &Stage) -> bool {
    run.is_open() || stage.end
}

fn option(
    transition: &Transition,
    to: &Stage,
    run: &Run,
    standing: Standing,
    around: Around<'_>,
) -> TransitionOption {
    let mut refusals = against_state(transition, run, around);
    if !standing.may_press(transition) {
        refusals.insert(0, refusal::not_yours(transition));
    }
    TransitionOption {
        key: transition.key.clone(),
        label: transition.label.clone(),
        to_stage_key: to.key.clone(),
        to_stage_label: to.label.clone(),
        to_category: to.category,
        enabled: refusals.is_empty(),
        refusals,
        comment: transition.comment,
        wait_reasons: to.wait_reasons.clone(),
        inputs: transition.inputs.clone(),
        primary: transition.primary,
    }
}

/// Takes a transition somebody pressed, or says every reason why not.
pub(crate) fn press(
    definition: &Definition,
    run: &Run,
    standing: Standing,
    press: &Press<'_>,
    around: Around<'_>,
) -> Result<Step, Vec<Refusal>> {
    let pressed = definition
        .transition(press.transition)
        .filter(|transition| transition.kind() == TransitionKind::User);
    let transition = pressed.ok_or_else(|| vec![refusal::unknown(press.transition)])?;
    let from = definition.stage(&run.stage).filter(|stage| leaves(transition, stage));
    let from = from.ok_or_else(|| vec![refusal::wrong_stage(transition, definition.stage(&run.stage))])?;
    if !standing.may_press(transition) {
        return Err(vec![refusal::not_yours(transition)]);
    }
    let to = definition.stage(&transition.to).ok_or_else(|| vec![refusal::unknown(&transition.to)])?;
    let wait = wait(to, press, around.now);
    let mut refusals = against_state(transition, run, around);
    refusals.extend(against_press(transition, press));
    match wait {
        Ok(wait) if refusals.is_empty() => Ok(step(transition, from, to, run, wait, around.now)),
        Ok(_) => Err(refusals),
        Err(wrong) => Err([refusals, vec![wrong]].concat()),
    }
}

/// Takes the first transition that waits for this signal, if the stage has one.
pub(crate) fn signal(definition: &Definition, run: &Run, signal: Signal, now: Timestamp) -> Option<Step> {
    let waits = |transition: &&Transition| {
        transition.kind() == TransitionKind::Signal && transition.signal() == signal
    };
    let stage = definition.stage(&run.stage).filter(|stage| goes_on(run, stage))?;
    let transition = definition
        .leaving(stage)
        .filter(waits)
        .find(|transition| against_state(transition, run, Around::at(now)).is_empty())?;
    by_itself(definition, run, stage, transition, now)
}

/// Takes a timed transition whose time has come, if the run still stands where it was set.
pub(crate) fn ring(definition: &Definition, run: &Run, alarm: &str, now: Timestamp) -> Option<Step> {
    let stage = definition.stage(&run.stage)?;
    let timed =
        |transition: &&Transition| transition.kind() == TransitionKind::Timer && transition.key == alarm;
    let transition = definition.leaving(stage).find(timed)?;
    by_itself(definition, run, stage, transition, now)
}

/// What will happen to a run by itself if it stays where it is.
pub(crate) fn alarms(definition: &Definition, run: &Run) -> Vec<Alarm> {
    let Some(stage) = definition.stage(&run.stage) else {
        return Vec::new();
    };
    let timed = definition.leaving(stage).filter(|transition| transition.kind() == TransitionKind::Timer);
    timed
        .filter_map(|transition| {
            let at = match &transition.after {
                Some(after) => run.staged_at.saturating_add(SignedDuration::from_secs(after.seconds)).ok(),
                None => run.wait.and_then(|wait| wait.until),
            };
            Some(Alarm { transition: transition.key.clone(), at: at? })
        })
        .collect()
}

/// Nobody gives a wait reason here, so a stage that leaves a choice cannot be entered.
fn by_itself(
    definition: &Definition,
    run: &Run,
    from: &Stage,
    transition: &Transition,
    now: Timestamp,
) -> Option<Step> {
    let to = definition.stage(&transition.to)?;
    let wait = implied_wait(to).ok()?;
    Some(step(transition, from, to, run, wait, now))
}

fn step(
    transition: &Transition,
    from: &Stage,
    to: &Stage,
    run: &Run,
    wait: Option<Wait>,
    now: Timestamp,
) -> Step {
    let mut run = run.clone();
    let reopens = is_done(run.category) && !is_done(to.category());
    run.stage.clone_from(&to.key);
    run.category = to.category();
    run.wait = wait;
    run.staged_at = now;
    run.reopened += i32::from(reopens);
    if !run.visited.contains(&to.key) {
        run.visited.push(to.key.clone());
    }
    run.ended_at = to.end.then_some(now);
    run.queue_if_needed(now);
    let moved = StageMoved {
        transition_key: transition.key.clone(),
        transition_label: transition.label.clone(),
        from_stage_key: from.key.clone(),
        from_stage_label: from.label.clone(),
        to_stage_key: to.key.clone(),
        to_stage_label: to.label.clone(),
        kind: transition.kind,
        wait_reason: wait.map_or(WaitReason::Unspecified, |wait| wait.reason).into(),
    };
    Step { run, moved }
}

/// Reasons that lie in the run, whatever is pressed along.
fn against_state(transition: &Transition, run: &Run, around: Around<'_>) -> Vec<Refusal> {
    let mut refusals: Vec<_> =
        transition.guards.iter().filter_map(|guard| against_guard(guard, run, around)).collect();
    if is_too_late(transition, run, around.now) {
        refusals.push(refusal::too_late(transition));
    }
    if !transition.who.is_empty() || !transition.visible_if.is_empty() || transition.approval.is_some() {
        refusals.push(refusal::undecidable());
    }
    refusals
}

fn against_guard(guard: &Guard, run: &Run, around: Around<'_>) -> Option<Refusal> {
    match (guard.condition(), around.undone) {
        (Condition::Assigned, _) => run.assignee.is_none().then(|| refusal::guard(guard)),
        (Condition::ChildrenDone, Some(undone)) => refusal::children_open(guard, &undone.children),
        (Condition::BlockersDone, Some(undone)) => refusal::blockers_open(guard, &undone.blockers),
        (Condition::ChildrenDone | Condition::BlockersDone, None) | (Condition::Unspecified, _) => {
            Some(refusal::guard(guard))
        }
    }
}

/// Whether a transition could be taken only for some time after the stage was entered, and that is over.
fn is_too_late(transition: &Transition, run: &Run, now: Timestamp) -> bool {
    let within = transition.within.as_ref().map(|within| SignedDuration::from_secs(within.seconds));
    within.is_some_and(|within| now.duration_since(run.staged_at) > within)
}

/// Whether a transition depends on other tickets.
pub(crate) fn looks_around(transition: &Transition) -> bool {
    let depends =
        |guard: &Guard| matches!(guard.condition(), Condition::ChildrenDone | Condition::BlockersDone);
    transition.guards.iter().any(depends)
}

/// Reasons that lie in what was pressed along.
fn against_press(transition: &Transition, press: &Press<'_>) -> Vec<Refusal> {
    let missing = transition
        .inputs
        .iter()
        .filter(|input| input.required && !press.inputs.contains(&input.field.as_str()));
    let mut refusals: Vec<_> = missing.map(refusal::input_missing).collect();
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

/// The wait a press enters the stage with.
fn wait(to: &Stage, press: &Press<'_>, now: Timestamp) -> Result<Option<Wait>, Refusal> {
    let implied = implied_wait(to);
    let reason = match (press.wait_reason, &implied) {
        (WaitReason::Unspecified, Ok(wait)) => wait.map_or(WaitReason::Unspecified, |wait| wait.reason),
        (given, _) => given,
    };
    let offered = to.wait_reasons().any(|offer| offer == reason)
        || (to.wait_reasons.is_empty() && reason == WaitReason::Unspecified);
    if !offered {
        return Err(refusal::wait_reason(to));
    }
    match (reason, press.wait_until) {
        (WaitReason::Unspecified, None) => Ok(None),
        (WaitReason::UntilDate, Some(until)) if until > now => Ok(Some(Wait { reason, until: Some(until) })),
        (WaitReason::UntilDate, _) => Err(refusal::wait_until_missing()),
        (_, Some(_)) => Err(refusal::wait_until_not_taken()),
        (reason, None) => Ok(Some(Wait { reason, until: None })),
    }
}

/// The wait a stage implies: none, or its only reason.
fn implied_wait(to: &Stage) -> Result<Option<Wait>, ()> {
    match to.wait_reasons().collect::<Vec<_>>()[..] {
        [] => Ok(None),
        [reason] if reason != WaitReason::UntilDate => Ok(Some(Wait { reason, until: None })),
        _ => Err(()),
    }
}

#[cfg(test)]
mod tests;

//! The engine: whether a run may take a transition, and what it is afterwards. Pure: no clock, no database, no caller.
//!
//! One check serves the buttons ([`options`]), the press ([`press`]), and what happens by itself ([`signal`], [`ring`],
//! [`automatic()`]).
//! Invariant: a run that comes out is in exactly one stage of its version, and a refused one comes out as it went in.
//! A rule the engine cannot decide refuses.

mod alarms;
mod automatic;
mod question;
mod refusal;
mod wait;

use jiff::Timestamp;
use proto::{
    tickets::v1::{Status, WaitReason},
    workflow::v1::{
        Condition, Guard, Presser, Refusal, Signal, Stage, StageMoved, Transition, TransitionKind,
        TransitionOption,
    },
};

use crate::{
    definition::{Definition, leaves},
    effect::{self, Deed},
    run::{Run, Wait, is_done},
};

pub(crate) use alarms::{Rung, alarms, ring};
pub(crate) use automatic::automatic;
use question::Question;
pub(crate) use wait::implied as implied_wait;

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

    /// Whether this is somebody of the staff.
    const fn works(self) -> bool {
        self.agent || self.assignee
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
    /// Who asks (`usr_…`); `None` for the mesh, and for what happens by itself.
    pub(crate) caller: Option<&'a str>,
    /// The transition an approval is open for.
    pub(crate) awaited: Option<&'a str>,
}

impl Around<'_> {
    /// Nothing was asked, by nobody.
    pub(crate) const fn at(now: Timestamp) -> Self {
        Self { now, undone: None, caller: None, awaited: None }
    }

    /// No other ticket is in the way.
    pub(crate) fn alone(now: Timestamp) -> Self {
        static NOBODY: Undone = Undone { children: vec![], blockers: vec![] };
        Self { undone: Some(&NOBODY), ..Self::at(now) }
    }
}

/// A taken transition: the run afterwards, what to write into its history, and what it has done to its ticket.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) run: Run,
    pub(crate) moved: StageMoved,
    /// In the order in which they happen.
    pub(crate) deeds: Vec<Deed>,
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
    let question = Question::new(definition, run, standing, around);
    let buttons = definition.leaving(stage).filter(|transition| transition.kind() == TransitionKind::User);
    buttons
        .filter(|transition| question.shows(transition))
        .filter_map(|transition| Some(option(&question, transition, definition.stage(&transition.to)?)))
        .collect()
}

/// Whether a run can leave the stage it is in. One that ended where nothing ends lost its ticket, or its ticket was merged.
pub(crate) fn goes_on(run: &Run, stage: &Stage) -> bool {
    run.is_open() || stage.end
}

fn option(question: &Question<'_>, transition: &Transition, to: &Stage) -> TransitionOption {
    let mut refusals = question.against_state(transition, to);
    if let Some(not_yours) = question.against_caller(transition) {
        refusals.insert(0, not_yours);
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
        inputs: question.inputs(transition, to),
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
    let question = Question::new(definition, run, standing, around);
    if let Some(not_yours) = question.against_caller(transition) {
        return Err(vec![not_yours]);
    }
    let to = definition.stage(&transition.to).ok_or_else(|| vec![refusal::unknown(&transition.to)])?;
    let mut refusals = question.against_state(transition, to);
    refusals.extend(question.against_press(transition, to, press));
    match wait::chosen(to, press, around.now) {
        Ok(wait) if refusals.is_empty() => Ok(step(&question, transition, (from, to), wait)),
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
    let question = Question::new(definition, run, Standing::default(), Around::at(now));
    let mut waiting = definition.leaving(stage).filter(waits);
    waiting.find_map(|transition| by_itself(&question, transition, stage))
}

/// Takes a transition again that somebody pressed before, with the wait that was given: one that was approved since, or was taken
/// elsewhere. Whoever pressed it was asked then.
pub(crate) fn retake(
    definition: &Definition,
    run: &Run,
    transition: &Transition,
    (reason, until): (WaitReason, Option<Timestamp>),
    around: Around<'_>,
) -> Result<Step, Vec<Refusal>> {
    let everybody = Standing { agent: true, requester: true, assignee: true };
    let question = Question::new(definition, run, everybody, around);
    let from = definition.stage(&run.stage).filter(|stage| leaves(transition, stage));
    let from = from.ok_or_else(|| vec![refusal::wrong_stage(transition, definition.stage(&run.stage))])?;
    let to = definition.stage(&transition.to).ok_or_else(|| vec![refusal::unknown(&transition.to)])?;
    let refusals = question.against_state(transition, to);
    let given = (reason != WaitReason::Unspecified).then_some(Wait { reason, until });
    let wait = given.or_else(|| wait::implied(to).ok().flatten());
    if refusals.is_empty() { Ok(step(&question, transition, (from, to), wait)) } else { Err(refusals) }
}

/// Takes the button that leads to where nothing is left to do, an end before others; none when every one of them is refused.
pub(crate) fn finish(definition: &Definition, run: &Run, now: Timestamp) -> Option<Step> {
    let stage = definition.stage(&run.stage)?;
    let finished = |to: &Stage| matches!(to.category(), Status::Resolved | Status::Closed);
    let take = |transition: &Transition| {
        let to =
            definition.stage(&transition.to).filter(|to| finished(to) && transition.approval.is_none())?;
        wait::implied(to).ok()?;
        let wait = (WaitReason::Unspecified, None);
        let step = retake(definition, run, transition, wait, Around::alone(now)).ok()?;
        Some((!to.end, step))
    };
    let buttons = definition.leaving(stage).filter(|transition| transition.kind() == TransitionKind::User);
    let ways = buttons.filter_map(take);
    ways.min_by_key(|(goes_on, _)| *goes_on).map(|(_, step)| step)
}

/// Takes a transition nobody presses, if nothing speaks against it; one that must be approved somebody has to press. Nobody gives a wait reason here, so a stage that leaves a choice
/// cannot be entered.
fn by_itself(question: &Question<'_>, transition: &Transition, from: &Stage) -> Option<Step> {
    let to = question.definition.stage(&transition.to).filter(|_| transition.approval.is_none())?;
    let wait = wait::implied(to).ok()?;
    let refusals = question.against_state(transition, to);
    refusals.is_empty().then(|| step(question, transition, (from, to), wait))
}

fn step(
    question: &Question<'_>,
    transition: &Transition,
    (from, to): (&Stage, &Stage),
    wait: Option<Wait>,
) -> Step {
    let (before, now) = (question.run, question.around.now);
    let mut run = before.clone();
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
    let mut deeds = effect::deeds(&from.on_exit, before, now);
    deeds.extend(effect::deeds(&transition.effects, &run, now));
    deeds.extend(effect::deeds(&to.on_enter, &run, now));
    Step { moved: moved(transition, (from, to), wait), run, deeds }
}

fn moved(transition: &Transition, (from, to): (&Stage, &Stage), wait: Option<Wait>) -> StageMoved {
    StageMoved {
        transition_key: transition.key.clone(),
        transition_label: transition.label.clone(),
        from_stage_key: from.key.clone(),
        from_stage_label: from.label.clone(),
        to_stage_key: to.key.clone(),
        to_stage_label: to.label.clone(),
        kind: transition.kind,
        wait_reason: wait.map_or(WaitReason::Unspecified, |wait| wait.reason).into(),
    }
}

/// Whether a transition depends on other tickets.
pub(crate) fn looks_around(transition: &Transition) -> bool {
    let depends =
        |guard: &Guard| matches!(guard.condition(), Condition::ChildrenDone | Condition::BlockersDone);
    transition.guards.iter().any(depends)
}

#[cfg(test)]
pub(crate) mod tests;

//! What happens to a run by itself if it stays where it is: timed transitions, and the end of its patience with a stage.

use jiff::{SignedDuration, Timestamp};
use proto::workflow::v1::{Stage, Transition, TransitionKind, dwell::Then};

use super::{Around, Question, Standing, Step, by_itself};
use crate::{
    definition::Definition,
    effect::{self, Deed},
    run::Run,
};

/// Something that will happen unless the run leaves its stage before.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Alarm {
    /// The timed transition; `None` when the run has stayed as long as it may.
    pub(crate) transition: Option<String>,
    pub(crate) at: Timestamp,
}

/// What came of it.
#[derive(Debug)]
pub(crate) enum Rung {
    /// The run moves.
    Step(Box<Step>),
    /// It stays, and this is done.
    Deeds(Vec<Deed>),
}

/// What will happen to a run by itself if it stays where it is.
pub(crate) fn alarms(definition: &Definition, run: &Run) -> Vec<Alarm> {
    let Some(stage) = definition.stage(&run.stage) else {
        return Vec::new();
    };
    let timed = definition.leaving(stage).filter(|transition| transition.kind() == TransitionKind::Timer);
    let timed = timed.filter_map(|transition| {
        let at = match &transition.after {
            Some(after) => later(run, after),
            None => run.wait.and_then(|wait| wait.until),
        };
        Some(Alarm { transition: Some(transition.key.clone()), at: at? })
    });
    let patience = stage.dwell.as_ref().and_then(|dwell| later(run, dwell.maximum.as_ref()?));
    timed.chain(patience.map(|at| Alarm { transition: None, at })).collect()
}

/// What happens when an alarm rings, if the run still stands where it was set and nothing speaks against it.
pub(crate) fn ring(
    definition: &Definition,
    run: &Run,
    transition: Option<&str>,
    now: Timestamp,
) -> Option<Rung> {
    let stage = definition.stage(&run.stage)?;
    let Some(key) = transition else { return outstay(definition, run, stage, now) };
    let timed =
        |transition: &&Transition| transition.kind() == TransitionKind::Timer && transition.key == key;
    take(definition, run, stage, definition.leaving(stage).find(timed)?, now)
}

/// What happens when the run has stayed as long as it may.
fn outstay(definition: &Definition, run: &Run, stage: &Stage, now: Timestamp) -> Option<Rung> {
    match stage.dwell.as_ref()?.then.as_ref()? {
        Then::TransitionKey(key) => {
            let named = |transition: &&Transition| transition.key == *key;
            take(definition, run, stage, definition.leaving(stage).find(named)?, now)
        }
        Then::Effect(what) => Some(Rung::Deeds(effect::deeds(std::slice::from_ref(what), run, now))),
        Then::Escalate(_) => None,
    }
}

fn take(
    definition: &Definition,
    run: &Run,
    stage: &Stage,
    transition: &Transition,
    now: Timestamp,
) -> Option<Rung> {
    let question = Question::new(definition, run, Standing::default(), Around::at(now));
    by_itself(&question, transition, stage).map(|step| Rung::Step(Box::new(step)))
}

/// So long after the run entered its stage.
fn later(run: &Run, time: &prost_types::Duration) -> Option<Timestamp> {
    run.staged_at.saturating_add(SignedDuration::from_secs(time.seconds)).ok()
}

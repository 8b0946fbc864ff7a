//! Automatic transitions: taken at once when nothing speaks against them, one after the other.
//!
//! Invariant: a chain ends. It has at most [`MOST`] steps and enters no stage twice: a second time, the same would happen again.

use jiff::Timestamp;
use proto::workflow::v1::TransitionKind;

use super::{Around, Question, Standing, Step, by_itself};
use crate::{definition::Definition, run::Run};

/// Steps of a chain.
const MOST: usize = 16;

/// The steps a run takes by itself from where it is, in order; none when it stays.
pub(crate) fn automatic(definition: &Definition, run: &Run, now: Timestamp) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    while steps.len() < MOST {
        let here = steps.last().map_or(run, |step| &step.run);
        let Some(step) = next(definition, here, now) else { break };
        let known =
            step.run.stage == run.stage || steps.iter().any(|before| before.run.stage == step.run.stage);
        if known {
            tracing::warn!(
                run = run.id,
                stage = step.run.stage,
                "automatic transitions lead round; they stop here"
            );
            break;
        }
        steps.push(step);
    }
    steps
}

/// The first one, in the order of the graph, against which nothing speaks.
fn next(definition: &Definition, run: &Run, now: Timestamp) -> Option<Step> {
    let stage = definition.stage(&run.stage).filter(|_| run.is_open())?;
    let question = Question::new(definition, run, Standing::default(), Around::at(now));
    let leaving = definition.leaving(stage);
    let mut automatic = leaving.filter(|transition| transition.kind() == TransitionKind::Auto);
    automatic.find_map(|transition| by_itself(&question, transition, stage))
}

//! What publishing a graph would refuse or warn about, each at its place and in a sentence.
//!
//! Pure: the same checks run while somebody draws and before a version is made. Invariant: a graph without an error is a
//! [`Definition`](crate::definition::Definition) in which every run can reach an end, nothing goes round by itself, and every rule
//! can be asked.

mod approval;
mod effects;
mod rules;
mod shape;
mod unbuilt;
mod words;

use std::ops::RangeInclusive;

use mesh_core::error::{Error, Result, Violations};
use proto::workflow::v1::{Effect, ErrorReason, Finding, FindingSeverity, Graph, Stage, Transition};

/// Stages of a graph.
const STAGES: RangeInclusive<usize> = 1..=200;
/// Transitions a graph has at most.
const MOST_TRANSITIONS: usize = 1_000;

/// Everything found in a graph and the rule that says which tickets it is for; errors first, each in the order of the graph.
pub(crate) fn findings(graph: &Graph, applies_to: &str) -> Vec<Finding> {
    let mut found = Findings::default();
    rules::check_tickets(applies_to, &mut found);
    if check_size(graph, &mut found) {
        words::check(graph, &mut found);
        shape::check(graph, &mut found);
        for stage in &graph.stages {
            let place = Place::Stage(stage);
            rules::check_stage(stage, &mut found);
            effects::check(place, "on_enter", &stage.on_enter, &mut found);
            effects::check(place, "on_exit", &stage.on_exit, &mut found);
            effects::check_dwell(stage, &mut found);
        }
        for transition in &graph.transitions {
            rules::check_transition(transition, &mut found);
            approval::check(transition, &mut found);
            effects::check(Place::Transition(transition), "effects", &transition.effects, &mut found);
        }
        unbuilt::check(graph, &mut found);
    }
    found.0.sort_by_key(|finding| finding.severity);
    found.0
}

/// What is wrong with effects that stand in no graph, by their paths: `effects[0].text`.
pub(crate) fn in_effects(list: &[Effect]) -> Violations {
    let mut found = Findings::default();
    effects::check(Place::Workflow, "effects", list, &mut found);
    unbuilt::check_effects(Place::Workflow, "effects", list, &mut found);
    let mut wrong = Violations::default();
    found.0.into_iter().for_each(|finding| wrong.add(finding.field, finding.message));
    wrong
}

/// Fine when nothing found is an error; otherwise every error at its place.
pub(crate) fn expect_publishable(findings: &[Finding]) -> Result<()> {
    let errors = findings.iter().filter(|finding| finding.severity() == FindingSeverity::Error);
    let mut wrong = Violations::default();
    for finding in errors {
        wrong.add(path(finding), finding.message.clone());
    }
    match wrong.into_result() {
        Err(Error::Invalid { violations, .. }) => {
            let reason = proto::reason::Reason::name(&ErrorReason::DraftInvalid);
            Err(Error::Invalid { reason, violations })
        }
        fine => fine,
    }
}

/// Where a finding is, as a path into the workflow: `stages[open].label`.
fn path(finding: &Finding) -> String {
    match (finding.stage_key.as_str(), finding.transition_key.as_str()) {
        ("", "") => finding.field.clone(),
        (stage, "") => format!("draft.stages[{stage}].{}", finding.field),
        (_, transition) => format!("draft.transitions[{transition}].{}", finding.field),
    }
}

/// Whether the graph is small enough to look through.
fn check_size(graph: &Graph, found: &mut Findings) -> bool {
    let (stages, transitions) = (graph.stages.len(), graph.transitions.len());
    if stages == 0 {
        found.error(Place::Workflow, "stages", "there is no stage yet; draw one and mark it as the start");
    } else if stages > *STAGES.end() {
        found.error(
            Place::Workflow,
            "stages",
            format!("there are {stages} stages; at most {} fit", STAGES.end()),
        );
    }
    if transitions > MOST_TRANSITIONS {
        let message = format!("there are {transitions} transitions; at most {MOST_TRANSITIONS} fit");
        found.error(Place::Workflow, "transitions", message);
    }
    STAGES.contains(&stages) && transitions <= MOST_TRANSITIONS
}

/// Collects findings.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

/// What a finding is about.
#[derive(Clone, Copy, Debug)]
enum Place<'g> {
    /// The workflow as a whole.
    Workflow,
    Stage(&'g Stage),
    Transition(&'g Transition),
}

impl Findings {
    fn error(&mut self, place: Place<'_>, field: impl Into<String>, message: impl Into<String>) {
        self.add(FindingSeverity::Error, place, field.into(), message.into(), 0);
    }

    fn warning(&mut self, place: Place<'_>, field: impl Into<String>, message: impl Into<String>) {
        self.add(FindingSeverity::Warning, place, field.into(), message.into(), 0);
    }

    /// An error when `wrong` holds.
    fn when(&mut self, wrong: bool, place: Place<'_>, field: &str, message: &str) {
        if wrong {
            self.error(place, field, message);
        }
    }

    /// An error of a rule, so many characters from its start.
    fn error_at(
        &mut self,
        place: Place<'_>,
        field: impl Into<String>,
        message: impl Into<String>,
        offset: i32,
    ) {
        self.add(FindingSeverity::Error, place, field.into(), message.into(), offset);
    }

    /// What the checks of fields found.
    fn take(&mut self, place: Place<'_>, wrong: Violations) {
        if let Err(Error::Invalid { violations, .. }) = wrong.into_result() {
            for violation in violations {
                let message = format!("{} {}", violation.field, violation.problem);
                self.error(place, violation.field, message);
            }
        }
    }

    fn add(
        &mut self,
        severity: FindingSeverity,
        place: Place<'_>,
        field: String,
        message: String,
        offset: i32,
    ) {
        let (stage_key, transition_key) = match place {
            Place::Workflow => (String::new(), String::new()),
            Place::Stage(stage) => (stage.key.clone(), String::new()),
            Place::Transition(transition) => (String::new(), transition.key.clone()),
        };
        self.0.push(Finding { severity: severity.into(), stage_key, transition_key, field, offset, message });
    }
}

#[cfg(test)]
mod tests;

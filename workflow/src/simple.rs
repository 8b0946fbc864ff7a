//! The built-in workflow *Simple*: plain help-desk behaviour, and the fallback for every ticket no other workflow takes.
//!
//! It is data like any other workflow. A published version never changes: to change Simple, add a version with the next number.

use proto::{
    tickets::v1::{Status, WaitReason},
    workflow::v1::{
        CommentAsk, Condition, Graph, Guard, Period, Presser, Signal, Stage, Transition, TransitionKind,
        Version, Workflow, WorkflowStatus,
    },
};

use crate::shipped::{pressed, stage, transition, waiting};

/// The fixed id of the built-in workflow.
pub(crate) const ID: &str = "wfl_simple";

/// Hours a resolved ticket stays open for an answer in the first version.
const HOURS_TO_CLOSE: i64 = 72;

/// Stages in which there is something left to do.
const UNDONE: &[&str] = &["new", "open", "pending", "on_hold"];

/// The workflow itself.
pub(crate) fn workflow() -> Workflow {
    Workflow {
        id: ID.into(),
        name: "Simple".into(),
        description: "New, open, waiting, resolved, closed. Takes every ticket no other workflow takes."
            .into(),
        order: i32::MAX,
        status: WorkflowStatus::Live.into(),
        built_in: true,
        live_version: 2,
        ..Default::default()
    }
}

/// Its versions, oldest first.
pub(crate) fn versions() -> Vec<Version> {
    let version = |number, graph, note: &str| Version {
        workflow_id: ID.into(),
        number,
        graph: Some(graph),
        note: note.into(),
        ..Default::default()
    };
    vec![
        version(1, first(), "First version."),
        version(
            2,
            second(),
            "Resolving waits for child tickets and blockers; closed tickets open again for some time; the times are settings.",
        ),
    ]
}

fn first() -> Graph {
    Graph { stages: stages(), transitions: [by_agents(), by_requesters(), by_itself()].concat() }
}

/// The first one, and what came to it.
fn second() -> Graph {
    let mut graph = first();
    for transition in &mut graph.transitions {
        match transition.key.as_str() {
            "resolve" => transition.guards.extend(others_done()),
            "close_unanswered" => {
                transition.after = None;
                transition.after_period = Period::CloseAfter.into();
            }
            _ => {}
        }
    }
    let reopened =
        |transition: Transition| Transition { within_period: Period::ReopenWithin.into(), ..transition };
    let pressers = [Presser::Agent, Presser::Requester];
    let ask = CommentAsk::ReplyOptional;
    graph.transitions.extend([
        reopened(pressed("reopen_closed", "Reopen", &["closed"], "open", ask, &pressers)),
        reopened(Transition {
            kind: TransitionKind::Signal.into(),
            signal: Signal::RequesterReplied.into(),
            ..transition("answer_reopens", "Reopened by an answer", &["closed"], "open")
        }),
    ]);
    graph
}

/// What resolving waits for besides an agent.
fn others_done() -> [Guard; 2] {
    let guard = |condition: Condition, message: &str| Guard {
        condition: condition.into(),
        message: message.into(),
        ..Default::default()
    };
    [
        guard(Condition::ChildrenDone, "child tickets are not done; resolve them first or along with it"),
        guard(
            Condition::BlockersDone,
            "it is blocked by tickets that are not done; resolve or unlink them first",
        ),
    ]
}

fn stages() -> Vec<Stage> {
    use WaitReason::{Change, Internal, Requester, UntilDate, Vendor};
    vec![
        Stage { start: true, weight: 1.0, ..stage("new", "New", Status::New) },
        Stage { weight: 1.0, ..stage("open", "Open", Status::Open) },
        waiting("pending", "Waiting for requester", Status::Pending, &[Requester]),
        waiting("on_hold", "On hold", Status::OnHold, &[Vendor, Change, Internal, UntilDate]),
        waiting("resolved", "Resolved", Status::Resolved, &[]),
        Stage { end: true, ..stage("closed", "Closed", Status::Closed) },
        Stage { end: true, ..stage("rejected", "Rejected", Status::Rejected) },
        Stage { end: true, ..stage("withdrawn", "Withdrawn", Status::Withdrawn) },
    ]
}

/// What agents press.
fn by_agents() -> Vec<Transition> {
    use CommentAsk::{None, NoteOptional, ReplyOptional, ReplyRequired};
    let agent =
        |key, label, from: &[&str], to, comment| pressed(key, label, from, to, comment, &[Presser::Agent]);
    let assigned = Guard {
        condition: Condition::Assigned.into(),
        message: "nobody is assigned; claim the ticket or assign somebody first".into(),
        ..Default::default()
    };
    let resolve = agent("resolve", "Resolve", UNDONE, "resolved", ReplyOptional);
    vec![
        agent("start", "Start work", &["new"], "open", None),
        Transition { primary: true, guards: vec![assigned], ..resolve },
        agent("ask", "Ask requester", &["new", "open", "on_hold"], "pending", ReplyRequired),
        agent("hold", "Put on hold", &["new", "open", "pending"], "on_hold", NoteOptional),
        agent("resume", "Resume work", &["pending", "on_hold"], "open", None),
        agent("reject", "Reject", UNDONE, "rejected", ReplyRequired),
    ]
}

/// What requesters press; agents share the last two.
fn by_requesters() -> Vec<Transition> {
    use CommentAsk::{ReplyOptional, ReplyRequired};
    use Presser::{Agent, Requester};
    vec![
        pressed("withdraw", "Withdraw", UNDONE, "withdrawn", ReplyRequired, &[Requester]),
        pressed("reopen", "Reopen", &["resolved"], "open", ReplyOptional, &[Agent, Requester]),
        pressed("close", "Close", &["resolved"], "closed", ReplyOptional, &[Agent, Requester]),
    ]
}

/// What happens by itself.
fn by_itself() -> Vec<Transition> {
    let on = |key, label, from: &[&str], signal: Signal| Transition {
        kind: TransitionKind::Signal.into(),
        signal: signal.into(),
        ..transition(key, label, from, "open")
    };
    let timed = |key, label, from: &[&str], to| Transition {
        kind: TransitionKind::Timer.into(),
        ..transition(key, label, from, to)
    };
    let after = prost_types::Duration { seconds: HOURS_TO_CLOSE * 3600, nanos: 0 };
    vec![
        on("agent_replied", "Agent replied", &["new"], Signal::AgentReplied),
        on("requester_replied", "Requester replied", &["pending"], Signal::RequesterReplied),
        on("requester_reopened", "Reopened by an answer", &["resolved"], Signal::RequesterReplied),
        timed("wake", "Waiting time over", &["on_hold"], "open"),
        Transition {
            after: Some(after),
            ..timed("close_unanswered", "Closed without an answer", &["resolved"], "closed")
        },
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::versions;
    use crate::definition::Definition;

    #[test]
    fn every_stage_can_be_reached_and_leads_to_an_end() {
        for version in versions() {
            let simple = Definition::new(version).expect("a definition");
            let reach = |from: &str| {
                let mut seen = HashSet::from([from.to_owned()]);
                let mut next = vec![from.to_owned()];
                while let Some(stage) = next.pop().and_then(|key| simple.stage(&key)) {
                    next.extend(
                        simple
                            .leaving(stage)
                            .map(|step| step.to.clone())
                            .filter(|to| seen.insert(to.clone())),
                    );
                }
                seen
            };
            assert_eq!(reach(&simple.start().key).len(), simple.stages().len());
            for stage in simple.stages() {
                assert!(
                    reach(&stage.key).iter().any(|key| simple.stage(key).is_some_and(|stage| stage.end)),
                    "{}",
                    stage.key
                );
            }
        }
    }
}

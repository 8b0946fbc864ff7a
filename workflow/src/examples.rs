//! The workflows of the system this one follows: for assets, budgets, support and software. They ship as examples to copy.
//!
//! Invariant: they are built in and paused, so no ticket ever runs one by itself: which category they are for and who owns their
//! stages differs from place to place. Whoever copies one says that and publishes the copy. See decision 131.

use proto::{
    tickets::v1::{Status, WaitReason},
    workflow::v1::{
        CommentAsk, Condition, Graph, Guard, Period, Presser, Signal, Stage, Transition, TransitionKind,
        Version, Workflow, WorkflowStatus,
    },
};

use crate::shipped::{pressed as button, stage, transition};

/// Places of the examples in the order of workflows: behind those people make, before *Simple*.
const FIRST: i32 = 1_000_000;

/// What is special about one.
#[derive(Clone, Copy, Debug)]
struct Example {
    id: &'static str,
    name: &'static str,
    about: &'static str,
    /// What the one who resolves is called.
    resolver: &'static str,
    triage: &'static str,
    resolve: &'static str,
    finalize: &'static str,
}

const EXAMPLES: [Example; 5] = [
    Example {
        id: "wfl_asset_check_in",
        name: "Asset Check In",
        about: "Somebody brings an asset back.",
        resolver: "asset manager",
        triage: "Look up the asset by its number. Send the request on if it is lent to the requester; ask if the number is unknown.",
        resolve: "Take the asset in. Compare it with its record, note damage, and put it back into stock.",
        finalize: "Check that the record says *in stock* and names no holder. Tell the requester that nothing is left to do.",
    },
    Example {
        id: "wfl_asset_check_out",
        name: "Asset Check Out",
        about: "Somebody needs an asset.",
        resolver: "asset manager",
        triage: "Check that the request says what is needed, where and until when. Send it on if the requester may have it.",
        resolve: "Choose a free asset, note its number and its condition, and hand it over.",
        finalize: "Check that the record names the holder and the date of return.",
    },
    Example {
        id: "wfl_new_budget_proposal",
        name: "New Budget Proposal",
        about: "Somebody proposes a budget.",
        resolver: "budget manager",
        triage: "Check that the proposal has a title, a summary, a department and every item with its cost.",
        resolve: "Check the items against the rules and what is left this year. Write down the decision and its reason.",
        finalize: "Check that the decision is complete and the figures agree. Tell the requester.",
    },
    Example {
        id: "wfl_it_support",
        name: "IT Support",
        about: "Something does not work, or somebody needs access.",
        resolver: "support",
        triage: "Set the urgency. Check that the request says what happens and since when, or what access is needed and who agreed.",
        resolve: "Find the cause and remove it, or set up the access. Note what was done.",
        finalize: "Check that it works for the requester.",
    },
    Example {
        id: "wfl_software_installation",
        name: "Software Installation",
        about: "Somebody needs a program.",
        resolver: "support",
        triage: "Check that the program and the computer are named, and that there is a licence or somebody who pays for one.",
        resolve: "Install the program and start it once with the requester's account. Note the version and the licence.",
        finalize: "Check that the licence is recorded and the requester can work.",
    },
];

/// Each example with its only version.
pub(crate) fn all() -> Vec<(Workflow, Version)> {
    EXAMPLES
        .into_iter()
        .zip(FIRST..)
        .map(|(example, order)| (workflow(example, order), version(example)))
        .collect()
}

fn workflow(example: Example, order: i32) -> Workflow {
    let description = format!(
        "{} Triage, resolve, finalize, each with a way back. An example: copy it, say which tickets it takes and who owns its stages.",
        example.about
    );
    Workflow {
        id: example.id.into(),
        name: example.name.into(),
        description,
        order,
        status: WorkflowStatus::Paused.into(),
        built_in: true,
        live_version: 1,
        ..Default::default()
    }
}

fn version(example: Example) -> Version {
    Version {
        workflow_id: example.id.into(),
        number: 1,
        graph: Some(Graph { stages: stages(example), transitions: [pressed(), by_itself()].concat() }),
        note: "First version.".into(),
        ..Default::default()
    }
}

fn stages(example: Example) -> Vec<Stage> {
    let working = |key: &str, label: &str, category: Status, instruction: &str| Stage {
        instruction: instruction.into(),
        weight: 1.0,
        ..stage(key, label, category)
    };
    let resolve = format!("For the {}. {}", example.resolver, example.resolve);
    // Without places on the canvas: the editor arranges them.
    vec![
        Stage { start: true, ..working("triage", "Triage", Status::New, example.triage) },
        working("resolve", "Resolve", Status::Open, &resolve),
        working("finalize", "Finalize", Status::Open, example.finalize),
        Stage {
            waiting: true,
            pauses_clocks: true,
            wait_reasons: vec![WaitReason::Requester.into()],
            ..stage("asked", "Waiting for requester", Status::Pending)
        },
        Stage { waiting: true, pauses_clocks: true, ..stage("resolved", "Resolved", Status::Resolved) },
        Stage { end: true, ..stage("closed", "Closed", Status::Closed) },
        Stage { end: true, ..stage("rejected", "Rejected", Status::Rejected) },
        Stage { end: true, ..stage("withdrawn", "Withdrawn", Status::Withdrawn) },
    ]
}

/// What people press. Every step of the work needs a note, as in the original.
fn pressed() -> Vec<Transition> {
    use CommentAsk::{NoteRequired, ReplyOptional, ReplyRequired};
    use Presser::{Agent, Requester};
    let assigned = Guard {
        condition: Condition::Assigned.into(),
        message: "nobody is assigned; claim the ticket or assign somebody first".into(),
        ..Default::default()
    };
    let on = |key, label, from, to| Transition {
        primary: true,
        guards: vec![assigned.clone()],
        ..button(key, label, &[from], to, NoteRequired, &[Agent])
    };
    let undone = ["triage", "resolve", "finalize", "asked"];
    vec![
        on("accept", "Send on", "triage", "resolve"),
        on("resolve", "Resolve", "resolve", "finalize"),
        on("finalize", "Finalize", "finalize", "resolved"),
        button("back_to_triage", "Back to triage", &["resolve"], "triage", NoteRequired, &[Agent]),
        button("back_to_resolve", "Back to resolve", &["finalize"], "resolve", NoteRequired, &[Agent]),
        button("ask", "Ask requester", &["triage", "resolve"], "asked", ReplyRequired, &[Agent]),
        button("go_on", "Go on without an answer", &["asked"], "triage", NoteRequired, &[Agent]),
        button("reject", "Reject", &["triage", "resolve"], "rejected", ReplyRequired, &[Agent]),
        button("withdraw", "Withdraw", &undone, "withdrawn", ReplyRequired, &[Requester]),
        button("reopen", "Reopen", &["resolved"], "resolve", ReplyOptional, &[Agent, Requester]),
    ]
}

/// What happens without anybody pressing.
fn by_itself() -> Vec<Transition> {
    let answered = |key, from: &str, to| Transition {
        kind: TransitionKind::Signal.into(),
        signal: Signal::RequesterReplied.into(),
        ..transition(key, "Requester answered", &[from], to)
    };
    vec![
        answered("answered", "asked", "triage"),
        answered("answer_reopens", "resolved", "resolve"),
        Transition {
            kind: TransitionKind::Timer.into(),
            after_period: Period::CloseAfter.into(),
            ..transition("close_unanswered", "Closed without an answer", &["resolved"], "closed")
        },
        Transition {
            within_period: Period::ReopenWithin.into(),
            ..answered("answer_reopens_closed", "closed", "resolve")
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::all;
    use crate::check::findings;

    #[test]
    fn every_example_can_be_published_as_it_is() {
        for (workflow, version) in all() {
            let found = findings(&version.graph.unwrap_or_default(), &workflow.applies_to);
            assert!(found.is_empty(), "{}: {found:?}", workflow.name);
        }
    }
}

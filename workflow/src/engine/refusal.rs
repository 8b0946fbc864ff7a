//! The sentences of the engine's refusals. Each names the remedy where there is one.

use proto::{
    tickets::v1::WaitReason,
    workflow::v1::{Guard, Input, Presser, Refusal, RefusalCode, Stage, Transition},
};

/// Tickets a refusal names.
const NAMED: usize = 5;

fn refusal(code: RefusalCode, message: impl Into<String>) -> Refusal {
    Refusal { code: code.into(), message: message.into() }
}

pub(super) fn unknown(key: &str) -> Refusal {
    refusal(RefusalCode::Unknown, format!("the workflow of this ticket has no “{key}”"))
}

pub(super) fn wrong_stage(transition: &Transition, stage: Option<&Stage>) -> Refusal {
    let here = stage.map_or("an unknown stage", |stage| stage.label.as_str());
    refusal(RefusalCode::WrongStage, format!("“{}” is not possible in stage “{here}”", transition.label))
}

pub(super) fn not_yours(transition: &Transition) -> Refusal {
    let who: Vec<_> = transition
        .pressers()
        .filter_map(|presser| match presser {
            Presser::Agent => Some("agents of the department"),
            Presser::Requester => Some("the requester"),
            Presser::Assignee => Some("the assignee"),
            Presser::Unspecified => None,
        })
        .collect();
    let who = if who.is_empty() { "nobody".into() } else { who.join(" and ") };
    refusal(RefusalCode::NotYours, format!("only {who} may choose “{}”", transition.label))
}

/// Somebody among those who may, but not on this ticket.
pub(super) fn not_this_persons(transition: &Transition) -> Refusal {
    let message =
        format!("you may not choose “{}” on this ticket; ask somebody else who may", transition.label);
    refusal(RefusalCode::NotYours, message)
}

pub(super) fn guard(guard: &Guard) -> Refusal {
    refusal(RefusalCode::Guard, guard.message.clone())
}

/// The children that are not done, if there are any.
pub(super) fn children_open(guard: &Guard, children: &[String]) -> Option<Refusal> {
    let message = || format!("{}: {}", guard.message, listed(children));
    (!children.is_empty()).then(|| refusal(RefusalCode::ChildrenOpen, message()))
}

/// The blockers that are not done, if there are any.
pub(super) fn blockers_open(guard: &Guard, blockers: &[String]) -> Option<Refusal> {
    let message = || format!("{}: {}", guard.message, listed(blockers));
    (!blockers.is_empty()).then(|| refusal(RefusalCode::Guard, message()))
}

/// The first few names, and how many more there are.
fn listed(names: &[String]) -> String {
    let shown = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

pub(super) fn too_late(transition: &Transition) -> Refusal {
    let label = &transition.label;
    let message =
        format!("the time for “{label}” is over; write an answer instead, which begins a new ticket");
    refusal(RefusalCode::TooLate, message)
}

pub(super) fn not_offered(transition: &Transition) -> Refusal {
    let message = format!("“{}” is not offered for the ticket as it is now", transition.label);
    refusal(RefusalCode::Guard, message)
}

pub(super) fn approval_open(transition: &Transition) -> Refusal {
    let message =
        format!("an approval is open; those who are asked have to vote before “{}”", transition.label);
    refusal(RefusalCode::ApprovalOpen, message)
}

pub(super) fn input_missing(input: &Input) -> Refusal {
    refusal(RefusalCode::InputMissing, format!("“{}” is missing; fill it in", input.field))
}

pub(super) fn input_not_taken(transition: &Transition, field: &str) -> Refusal {
    let message = format!("“{}” does not ask for “{field}”; change it on the ticket", transition.label);
    refusal(RefusalCode::InputNotTaken, message)
}

pub(super) fn comment_missing(transition: &Transition) -> Refusal {
    refusal(RefusalCode::CommentMissing, format!("“{}” needs a comment; write one", transition.label))
}

pub(super) fn comment_not_taken(transition: &Transition) -> Refusal {
    refusal(
        RefusalCode::CommentNotTaken,
        format!("“{}” takes no comment; send it as a reply or note", transition.label),
    )
}

pub(super) fn wait_reason(stage: &Stage) -> Refusal {
    let offered: Vec<_> = stage.wait_reasons().map(short).collect();
    let message = match offered[..] {
        [] => format!("“{}” takes no wait reason; leave it out", stage.label),
        _ => format!("“{}” needs a wait reason; give one of {}", stage.label, offered.join(", ")),
    };
    refusal(RefusalCode::WaitReason, message)
}

pub(super) fn wait_until_missing() -> Refusal {
    refusal(RefusalCode::WaitReason, "waiting until a date needs a date in the future; give one")
}

pub(super) fn wait_until_not_taken() -> Refusal {
    refusal(RefusalCode::WaitReason, "a date goes with waiting until a date only; leave it out")
}

fn short(reason: WaitReason) -> &'static str {
    let name = reason.as_str_name();
    name.strip_prefix("WAIT_REASON_").unwrap_or(name)
}

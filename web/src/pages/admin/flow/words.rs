//! Statuses, kinds and conditions in words, as options of fields.

use proto::tickets::v1::{Status, WaitReason};
use proto::workflow::v1::{
    ApprovalDue, CommentAsk, Condition, FieldFlag, Period, Presser, Quorum, RejectRule, Signal,
    TransitionKind, WorkflowStatus,
};
use sycamore::prelude::*;

use crate::flow::lines::short;
use crate::parts::{Pill, status_key};
use crate::text::t;

/// Value and words of an option.
pub(super) type Words = (String, String);

/// The options of an enum, each by its name in the contract; its words have that name as their id.
fn options<T: Copy, const N: usize>(all: [T; N], name: fn(&T) -> &'static str) -> Vec<Words> {
    all.map(|one| (name(&one).to_owned(), said(name(&one)))).to_vec()
}

/// The words of a name of the contract.
pub(super) fn said(name: &str) -> String {
    t!(&format!("flow-{}", name.to_ascii_lowercase().replace('_', "-")))
}

pub(super) fn statuses() -> Vec<Words> {
    use Status::{Closed, New, OnHold, Open, Pending, Rejected, Resolved, Withdrawn};
    let all = [New, Open, Pending, OnHold, Resolved, Closed, Rejected, Withdrawn];
    all.map(|status| (status.as_str_name().to_owned(), status_name(status))).to_vec()
}

pub(super) fn status_name(status: Status) -> String {
    t!(&format!("status-{}", status_key(status)))
}

pub(super) const WAITS: [WaitReason; 6] = [
    WaitReason::Requester,
    WaitReason::Vendor,
    WaitReason::Change,
    WaitReason::Approval,
    WaitReason::Internal,
    WaitReason::UntilDate,
];

pub(super) fn kinds() -> Vec<Words> {
    use TransitionKind::{Auto, Signal, Timer, User};
    options([User, Auto, Timer, Signal], TransitionKind::as_str_name)
}

pub(super) const PRESSERS: [Presser; 3] = [Presser::Agent, Presser::Requester, Presser::Assignee];

pub(super) fn signals() -> Vec<Words> {
    options([Signal::RequesterReplied, Signal::AgentReplied], Signal::as_str_name)
}

pub(super) fn comments() -> Vec<Words> {
    use CommentAsk::{None, NoteOptional, NoteRequired, ReplyOptional, ReplyRequired};
    options([None, ReplyOptional, ReplyRequired, NoteOptional, NoteRequired], CommentAsk::as_str_name)
}

pub(super) fn conditions(of_transition: bool) -> Vec<Words> {
    use Condition::{Assigned, BlockersDone, ChildrenDone, Unspecified};
    if of_transition {
        return options([Unspecified, Assigned, ChildrenDone, BlockersDone], Condition::as_str_name);
    }
    options([Unspecified, Assigned], Condition::as_str_name)
}

pub(super) fn flags() -> Vec<Words> {
    use FieldFlag::{Hidden, MustChange, ReadOnly, Required};
    options([Required, MustChange, ReadOnly, Hidden], FieldFlag::as_str_name)
}

pub(super) fn periods() -> Vec<Words> {
    use Period::{CloseAfter, ReopenWithin, Unspecified};
    options([Unspecified, CloseAfter, ReopenWithin], Period::as_str_name)
}

pub(super) fn quorums() -> Vec<Words> {
    use Quorum::{All, Any, Count, Percent};
    options([Any, All, Count, Percent], Quorum::as_str_name)
}

pub(super) fn reject_rules() -> Vec<Words> {
    use RejectRule::{First, Quorum, WaitAll};
    options([First, Quorum, WaitAll], RejectRule::as_str_name)
}

pub(super) fn dues() -> Vec<Words> {
    use ApprovalDue::{Approve, Reject, Unspecified};
    options([Unspecified, Approve, Reject], ApprovalDue::as_str_name)
}

/// Where a workflow stands, with icon and word.
pub(in crate::pages::admin) fn state_pill(status: WorkflowStatus) -> View {
    let (tone, icon) = match status {
        WorkflowStatus::Live => ("done", "done"),
        WorkflowStatus::Paused => ("wait", "pause"),
        WorkflowStatus::Archived => ("closed", "closed"),
        WorkflowStatus::Draft | WorkflowStatus::Unspecified => ("new", "edit"),
    };
    let status = if status == WorkflowStatus::Unspecified { WorkflowStatus::Draft } else { status };
    view! { Pill(tone=tone, icon=icon, label=said(status.as_str_name())) }
}

/// A label in two lines of at most so many letters each; what is longer is cut.
pub(super) fn in_two_lines(label: &str, letters: usize) -> (String, String) {
    if label.chars().count() <= letters {
        return (label.to_owned(), String::new());
    }
    let mut fits = label
        .char_indices()
        .filter(|(at, letter)| letter.is_whitespace() && label[..*at].chars().count() <= letters);
    let Some((at, _)) = fits.next_back() else { return (short(label, letters), String::new()) };
    (label[..at].to_owned(), short(label[at..].trim_start(), letters))
}

#[cfg(test)]
mod tests {
    use super::{
        comments, conditions, dues, flags, in_two_lines, kinds, periods, quorums, reject_rules, said,
        signals, statuses,
    };

    #[test]
    fn every_option_has_words_of_its_own() {
        let all = [
            statuses(),
            kinds(),
            signals(),
            comments(),
            conditions(true),
            flags(),
            periods(),
            quorums(),
            reject_rules(),
            dues(),
        ];
        for (name, words) in all.concat() {
            assert!(!words.starts_with("flow-") && !words.starts_with("status-"), "{name}: {words}");
        }
        assert!(conditions(false).len() < conditions(true).len());
        for status in ["DRAFT", "LIVE", "PAUSED", "ARCHIVED"] {
            assert!(!said(&format!("WORKFLOW_STATUS_{status}")).starts_with("flow-"), "{status}");
        }
    }

    #[test]
    fn a_long_label_stands_in_two_lines() {
        let lines = |label: &str| in_two_lines(label, 10);
        assert_eq!(lines("Triage"), ("Triage".into(), String::new()));
        assert_eq!(lines("Waiting for requester"), ("Waiting".into(), "for reque…".into()));
        assert_eq!(lines("Donaudampfschiff"), ("Donaudamp…".into(), String::new()));
    }
}

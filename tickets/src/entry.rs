//! What happened to a ticket besides comments: the entries of its history.
//!
//! The invariant: an entry is written once, in the transaction of what it tells of, and never changed.

use proto::tickets::v1::{self as wire, TimelineEntry, timeline_entry};
use serde::{Deserialize, Serialize};

use crate::{column::Doer, ticket::Micros};

/// An entry of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: String,
    pub(crate) time: Micros,
    pub(crate) actor: Doer,
    pub(crate) cause: String,
    /// Whether it is for the staff only.
    pub(crate) internal: bool,
    pub(crate) what: What,
}

/// What happened, kept as JSON. The names are those of the contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum What {
    /// The ticket was filed.
    Filed { source: i32, on_behalf_of_id: String },
    /// Fields changed.
    Change { fields: Vec<FieldChange> },
    /// The workflow moved on.
    StageMove { from: Option<Stage>, to: Stage, status: i32, transition: String },
    /// The ticket was given to somebody, or to nobody.
    Assignment { from_id: String, to_id: String, queue_id: String },
    /// Tickets were merged, or that was undone.
    Merged { merge_id: String, target: TicketName, sources: Vec<TicketName>, undone: bool },
    /// A comment was moved from one ticket to another.
    CommentMoved { comment_id: String, from: TicketName, to: TicketName },
    /// Something became of an approval.
    Approval { approval_id: String, transition: String, outcome: i32, votes: Vec<Vote> },
}

/// One person's vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Vote {
    user_id: String,
    approved: bool,
    comment: String,
    time: Micros,
}

/// A ticket, named for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TicketName {
    pub(crate) id: String,
    pub(crate) number: String,
}

/// One field's change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FieldChange {
    field: String,
    old: String,
    new: String,
}

/// A stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stage {
    key: String,
    label: String,
}

impl Entry {
    /// The entry as messages carry it.
    pub(crate) fn into_proto(self) -> TimelineEntry {
        TimelineEntry {
            id: self.id,
            time: crate::wire::time(self.time),
            actor: self.actor.to_proto(),
            cause: self.cause,
            internal: self.internal,
            what: Some(self.what.into()),
        }
    }
}

impl What {
    /// What a message says happened; `None` for comments and for what only tickets itself does.
    pub(crate) fn of(what: timeline_entry::What) -> Option<Self> {
        use timeline_entry::What as Wire;
        Some(match what {
            Wire::Filed(filed) => {
                Self::Filed { source: filed.source, on_behalf_of_id: filed.on_behalf_of_id }
            }
            Wire::Change(change) => Self::changes(change.fields),
            Wire::StageMove(moved) => Self::StageMove {
                from: moved.from.map(Stage::from),
                to: moved.to.unwrap_or_default().into(),
                status: moved.status,
                transition: moved.transition,
            },
            Wire::Assignment(wire::Assignment { from_id, to_id, queue_id }) => {
                Self::Assignment { from_id, to_id, queue_id }
            }
            Wire::Approval(wire::ApprovalNote { approval_id, transition, outcome, votes }) => {
                let votes = votes.into_iter().map(Vote::from).collect();
                Self::Approval { approval_id, transition, outcome, votes }
            }
            Wire::Comment(_) | Wire::Merged(_) | Wire::CommentMoved(_) => return None,
        })
    }

    /// Whether one of these fields changed.
    pub(crate) fn changes_any(&self, paths: &[String]) -> bool {
        matches!(self, Self::Change { fields } if fields.iter().any(|change| paths.contains(&change.field)))
    }

    /// These fields changed.
    pub(crate) fn changes(fields: Vec<wire::FieldChange>) -> Self {
        Self::Change { fields: fields.into_iter().map(FieldChange::from).collect() }
    }
}

impl From<What> for timeline_entry::What {
    fn from(what: What) -> Self {
        match what {
            What::Filed { source, on_behalf_of_id } => Self::Filed(wire::Filed { source, on_behalf_of_id }),
            What::Change { fields } => {
                Self::Change(wire::Change { fields: fields.into_iter().map(Into::into).collect() })
            }
            What::StageMove { from, to, status, transition } => Self::StageMove(wire::StageMove {
                from: from.map(Into::into),
                to: Some(to.into()),
                status,
                transition,
            }),
            What::Assignment { from_id, to_id, queue_id } => {
                Self::Assignment(wire::Assignment { from_id, to_id, queue_id })
            }
            What::Merged { merge_id, target, sources, undone } => Self::Merged(wire::Merged {
                merge_id,
                target: Some(target.into()),
                sources: sources.into_iter().map(Into::into).collect(),
                undone,
            }),
            What::CommentMoved { comment_id, from, to } => Self::CommentMoved(wire::CommentMoved {
                comment_id,
                from: Some(from.into()),
                to: Some(to.into()),
            }),
            What::Approval { approval_id, transition, outcome, votes } => {
                let votes = votes.into_iter().map(wire::ApprovalVote::from).collect();
                Self::Approval(wire::ApprovalNote { approval_id, transition, outcome, votes })
            }
        }
    }
}

impl From<wire::ApprovalVote> for Vote {
    fn from(vote: wire::ApprovalVote) -> Self {
        let time = crate::wire::micros(vote.time.as_ref()).unwrap_or_default();
        Self { user_id: vote.user_id, approved: vote.approved, comment: vote.comment, time }
    }
}

impl From<Vote> for wire::ApprovalVote {
    fn from(vote: Vote) -> Self {
        let time = crate::wire::time(vote.time);
        Self { user_id: vote.user_id, approved: vote.approved, comment: vote.comment, time }
    }
}

impl From<TicketName> for wire::TicketName {
    fn from(name: TicketName) -> Self {
        Self { id: name.id, number: name.number }
    }
}

impl From<wire::FieldChange> for FieldChange {
    fn from(change: wire::FieldChange) -> Self {
        Self { field: change.field, old: change.old_value, new: change.new_value }
    }
}

impl From<FieldChange> for wire::FieldChange {
    fn from(change: FieldChange) -> Self {
        Self { field: change.field, old_value: change.old, new_value: change.new }
    }
}

impl From<wire::Stage> for Stage {
    fn from(stage: wire::Stage) -> Self {
        Self { key: stage.key, label: stage.label }
    }
}

impl From<Stage> for wire::Stage {
    fn from(stage: Stage) -> Self {
        Self { key: stage.key, label: stage.label }
    }
}

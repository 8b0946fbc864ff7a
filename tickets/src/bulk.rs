//! Changes of many tickets, and what it takes to go on with one and to undo it.
//!
//! The invariants: the tickets of a bulk change are settled at its start, each has one turn and takes it once, in the transaction
//! of its change; undoing gives exactly what was changed back, also once.

use mesh_core::error::{Error, refusal_of};
use proto::tickets::v1 as wire;

use crate::{canned::Macro, column::Words, ticket::Micros};

/// Tickets of one bulk change.
pub(crate) const MOST_TICKETS: usize = 10_000;
/// How long one can be undone: 30 days.
pub(crate) const UNDOABLE: Micros = 30 * 24 * 3_600 * 1_000_000;

/// A bulk change that was begun.
#[derive(Clone, Debug)]
pub(crate) struct Bulk {
    pub(crate) id: String,
    pub(crate) owner_id: String,
    pub(crate) total: i32,
    /// The macro as it was at the start.
    pub(crate) canned: Option<Macro>,
    pub(crate) create_time: Micros,
}

/// One ticket of a bulk change.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Turn {
    pub(crate) bulk_id: String,
    pub(crate) place: i64,
    pub(crate) ticket_id: String,
    /// The version the ticket must have; empty for any.
    pub(crate) etag: String,
    pub(crate) outcome: Outcome,
    pub(crate) deed: Deed,
    pub(crate) undone: Outcome,
}

/// What became of a ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing yet.
    #[default]
    Waiting,
    /// It is done.
    Done,
    /// It was passed over.
    Skipped(Skip),
}

/// Why a ticket was passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Skip {
    /// For programs.
    pub(crate) reason: String,
    /// For people.
    pub(crate) message: String,
}

/// What was done to a ticket.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Deed {
    /// The entries of the history that tell of it; none when no field changed.
    pub(crate) entry_ids: Words,
    /// The changed fields, as they were.
    pub(crate) before: wire::Ticket,
    /// Which those are.
    pub(crate) paths: Vec<String>,
    /// The comment that was added; empty without one.
    pub(crate) comment_id: String,
    /// The first response, when the comment was that; else 0.
    pub(crate) first_response: Micros,
    /// The ticket's version afterwards.
    pub(crate) version: i64,
    /// When it was done.
    pub(crate) time: Micros,
}

impl Skip {
    /// The reason an error passes a ticket over; the error itself when it is none of the ticket's own: then the whole stops, and
    /// goes on when the request comes again.
    pub(crate) fn of(error: Error) -> Result<Self, Error> {
        refusal_of(error).map(|(reason, message)| Self { reason, message })
    }

    /// For messages.
    pub(crate) fn to_proto(&self, ticket_id: &str) -> wire::BulkSkip {
        wire::BulkSkip {
            ticket_id: ticket_id.to_owned(),
            reason: self.reason.clone(),
            message: self.message.clone(),
        }
    }
}

/// Whether a write met another one, and may be tried again at once.
pub(crate) const fn is_conflict(error: &Error) -> bool {
    matches!(error, Error::Aborted { current: None, .. })
}

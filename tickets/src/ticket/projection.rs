//! What a run says of its ticket.

use std::cmp::Ordering;

use proto::tickets::v1::{Status, WaitReason};

use super::{Micros, Ticket};

/// Where a run stands, as far as a ticket shows it.
#[derive(Clone, Debug)]
pub(crate) struct Projection {
    pub(crate) run_id: String,
    pub(crate) run_version: i64,
    pub(crate) clock_version: i64,
    pub(crate) stage_key: String,
    pub(crate) stage_label: String,
    pub(crate) status: Status,
    pub(crate) assignee_id: String,
    pub(crate) queue_id: String,
    pub(crate) wait_reason: WaitReason,
    pub(crate) wait_until: Micros,
    pub(crate) response_due: Micros,
    pub(crate) resolve_due: Micros,
}

impl Projection {
    /// Whether it says something newer than the ticket knows. Run ids sort by time, so a later run outdoes an earlier one.
    pub(crate) fn is_news_for(&self, ticket: &Ticket) -> bool {
        let known = (ticket.run_id.as_str(), ticket.run_version, ticket.clock_version);
        (self.run_id.as_str(), self.run_version, self.clock_version).cmp(&known) == Ordering::Greater
    }

    /// Whether this, which changed these fields, only says in which stage the ticket stands where it stood already: no change for its
    /// requester.
    pub(crate) fn only_places(before: &Ticket, changed: &[String]) -> bool {
        before.run_id.is_empty() && changed.iter().all(|name| matches!(name.as_str(), "stage" | "queue_id"))
    }

    /// The ticket as the run has it since `moved`, and the names of the fields that changed. A stub goes on showing `CLOSED`; where its run
    /// stands is kept for when it is a ticket again.
    pub(crate) fn onto(self, before: &Ticket, moved: Micros) -> (Ticket, Vec<String>) {
        if !before.is_stub() {
            return self.onto_whole(before, moved);
        }
        let unparked = Ticket { status: before.parked_status, ..before.clone() };
        let (after, mut changed) = self.onto_whole(&unparked, moved);
        changed.retain(|name| name != "status");
        (Ticket { status: before.status, parked_status: after.status, ..after }, changed)
    }

    fn onto_whole(self, before: &Ticket, moved: Micros) -> (Ticket, Vec<String>) {
        let mut after = Ticket {
            run_id: self.run_id,
            run_version: self.run_version,
            clock_version: self.clock_version,
            stage_key: self.stage_key,
            stage_label: self.stage_label,
            status: self.status,
            assignee_id: self.assignee_id,
            queue_id: self.queue_id,
            wait_reason: self.wait_reason,
            wait_until: self.wait_until,
            response_due: self.response_due,
            resolve_due: self.resolve_due,
            ..before.clone()
        };
        mark_times(before, &mut after, moved);
        let changed = changed_fields(before, &after);
        (after, changed)
    }
}

/// Whether nothing more is to be done.
const fn is_done(status: Status) -> bool {
    matches!(status, Status::Resolved | Status::Closed | Status::Rejected | Status::Withdrawn)
}

/// Sets when it was resolved and closed, and counts when it was opened again.
fn mark_times(before: &Ticket, after: &mut Ticket, moved: Micros) {
    let (was, is) = (before.status, after.status);
    match is {
        Status::Resolved => after.resolve_time = if was == is { before.resolve_time } else { moved },
        Status::Closed | Status::Rejected | Status::Withdrawn if was != is => {
            after.close_time = moved;
            if is == Status::Closed && before.resolve_time == 0 {
                after.resolve_time = moved;
            }
        }
        _ => {}
    }
    if is_done(was) && !is_done(is) {
        (after.resolve_time, after.close_time) = (0, 0);
        after.reopen_count += 1;
    }
}

fn changed_fields(before: &Ticket, after: &Ticket) -> Vec<String> {
    let compared = [
        ("status", before.status != after.status),
        ("stage", (&before.stage_key, &before.stage_label) != (&after.stage_key, &after.stage_label)),
        ("assignee_id", before.assignee_id != after.assignee_id),
        ("queue_id", before.queue_id != after.queue_id),
        ("wait_reason", before.wait_reason != after.wait_reason),
        ("wait_until_time", before.wait_until != after.wait_until),
        ("response_due_time", before.response_due != after.response_due),
        ("resolve_due_time", before.resolve_due != after.resolve_due),
        ("resolve_time", before.resolve_time != after.resolve_time),
        ("close_time", before.close_time != after.close_time),
        ("reopen_count", before.reopen_count != after.reopen_count),
    ];
    compared.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name.to_owned()).collect()
}

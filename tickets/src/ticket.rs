//! The ticket and its rules, without I/O.
//!
//! The invariants: a ticket never invents a stage, it only takes over what its run says and never anything older; its times
//! follow from its statuses; `version` grows with every change its requester may see.

mod edit;
mod priority;
mod projection;
mod rating;

use mesh_core::error::{Error, Result};
use proto::tickets::v1::{ErrorReason, Impact, Priority, Source, Status, Urgency, WaitReason};

use crate::{catalogue::Fields, column::Words};

pub(crate) use edit::{Edit, changes, check_edit, check_new, check_people, check_tags};
pub(crate) use projection::Projection;
pub(crate) use rating::check_rating;

/// Microseconds since 1970; 0 is "not yet".
pub(crate) type Micros = i64;

/// The `resolve_due` of a ticket without a due time: it sorts behind all others.
pub(crate) const NEVER: Micros = i64::MAX;

/// A ticket as it is stored. What its fields mean stands in the contract.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ticket {
    pub(crate) id: String,
    pub(crate) number: i64,
    pub(crate) subject: String,
    /// Empty where only a summary was read.
    pub(crate) description: String,
    /// Empty where only a summary was read.
    pub(crate) description_html: String,
    pub(crate) requester_id: String,
    pub(crate) on_behalf_of_id: String,
    pub(crate) cc_ids: Words,
    pub(crate) watcher_ids: Words,
    pub(crate) department_id: String,
    pub(crate) category_id: String,
    pub(crate) priority: Priority,
    /// 1 when somebody set the priority, 0 when it is computed.
    pub(crate) priority_by_hand: i64,
    pub(crate) impact: Impact,
    pub(crate) urgency: Urgency,
    /// Empty where only a summary was read.
    pub(crate) fields: Fields,
    pub(crate) tags: Words,
    pub(crate) language: String,
    pub(crate) source: Source,
    pub(crate) status: Status,
    pub(crate) stage_key: String,
    pub(crate) stage_label: String,
    pub(crate) run_id: String,
    pub(crate) run_version: i64,
    /// What the clocks of that version of the run had heard.
    pub(crate) clock_version: i64,
    pub(crate) assignee_id: String,
    pub(crate) queue_id: String,
    pub(crate) wait_reason: WaitReason,
    pub(crate) wait_until: Micros,
    pub(crate) response_due: Micros,
    pub(crate) resolve_due: Micros,
    pub(crate) first_response_time: Micros,
    pub(crate) resolve_time: Micros,
    pub(crate) close_time: Micros,
    pub(crate) reopen_count: i32,
    pub(crate) create_time: Micros,
    pub(crate) update_time: Micros,
    pub(crate) comment_count: i32,
    pub(crate) note_count: i32,
    /// Empty unless it is a stub.
    pub(crate) merged_into_id: String,
    /// What its run says while it is a stub and shows `CLOSED`.
    pub(crate) parked_status: Status,
    /// 0 until rated.
    pub(crate) score: i32,
    pub(crate) score_comment: String,
    pub(crate) rate_time: Micros,
    pub(crate) version: i64,
}

impl Ticket {
    /// A ticket of nobody about nothing, new at `now`.
    pub(crate) fn blank(now: Micros) -> Self {
        Self {
            priority: Priority::Normal,
            status: Status::New,
            resolve_due: NEVER,
            create_time: now,
            update_time: now,
            version: 1,
            ..Self::default()
        }
    }

    /// Whether the ticket is this person's own.
    pub(crate) fn is_owned_by(&self, person_id: &str) -> bool {
        !person_id.is_empty() && (self.requester_id == person_id || self.on_behalf_of_id == person_id)
    }

    /// Whether this person is in copy or watches.
    pub(crate) fn is_followed_by(&self, person_id: &str) -> bool {
        self.cc_ids.has(person_id) || self.watcher_ids.has(person_id)
    }

    /// Whether this person works on it.
    pub(crate) fn is_assigned_to(&self, person_id: &str) -> bool {
        !person_id.is_empty() && self.assignee_id == person_id
    }

    /// Whether it only leads to another ticket.
    pub(crate) fn is_stub(&self) -> bool {
        !self.merged_into_id.is_empty()
    }

    /// Fine while it may be changed: stubs may not.
    pub(crate) fn expect_whole(&self) -> Result<()> {
        if !self.is_stub() {
            return Ok(());
        }
        let message = "the ticket was merged into another one; go on there";
        let refusal = Error::failed_precondition(&ErrorReason::TicketMerged, message);
        Err(refusal.about("target_id", self.merged_into_id.clone()))
    }

    /// Who sees it besides requester, assignee and staff: person and role, as the index `participants` keeps them.
    pub(crate) fn participants(&self) -> impl Iterator<Item = (&str, &'static str)> {
        let behalf = Some(self.on_behalf_of_id.as_str()).filter(|id| !id.is_empty());
        let ccs = self.cc_ids.iter().map(|id| (id, "cc"));
        let watchers = self.watcher_ids.iter().map(|id| (id, "watcher"));
        behalf.map(|id| (id, "behalf")).into_iter().chain(ccs).chain(watchers)
    }

    /// The version for the wire.
    pub(crate) fn etag(&self) -> String {
        self.version.to_string()
    }
}

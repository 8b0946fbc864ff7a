//! What ships with the program: a calendar around the clock, and a policy with the targets of four priorities, switched off until
//! somebody wants it.
//!
//! Both are installed once; from then on they are their owners' to edit.

use mesh_core::{db::Tx, error::Result};
use proto::{
    id,
    tickets::v1::Priority,
    workflow::v1::{Calendar, PriorityChange, ReopenRule, SlaMetric, SlaPolicy, SlaTarget},
};

use crate::store::calendars;

/// Hours to resolve a ticket, by priority.
const HOURS: [(Priority, i64); 4] =
    [(Priority::Urgent, 4), (Priority::High, 8), (Priority::Normal, 48), (Priority::Low, 120)];
/// Shares of the target at which people are told, percent.
const WARN_AT: [i32; 3] = [50, 75, 90];

/// Writes them if they are not there.
pub(crate) async fn install(tx: &mut Tx) -> Result<()> {
    let now = tx.now();
    let calendar = calendar();
    calendars::insert(tx.conn(), &calendar, now).await?;
    calendars::insert_policy(tx.conn(), &policy(&calendar.id), now).await.map(drop)
}

/// Has the policy promise something.
pub(crate) async fn switch_on(tx: &mut Tx) -> Result<()> {
    let policy = SlaPolicy { enabled: true, version: 1, ..policy(&calendar().id) };
    let now = tx.now();
    calendars::update_policy(tx.conn(), &policy, now).await.map(drop)
}

fn calendar() -> Calendar {
    Calendar {
        id: id::encode("cal", 1),
        name: "Around the clock".into(),
        time_zone: "UTC".into(),
        always: true,
        ..Calendar::default()
    }
}

fn policy(calendar_id: &str) -> SlaPolicy {
    let target = |(priority, hours): (Priority, i64)| SlaTarget {
        metric: SlaMetric::Resolution.into(),
        priority: priority.into(),
        target: Some(prost_types::Duration { seconds: hours * 3_600, nanos: 0 }),
        warn_at: WARN_AT.to_vec(),
        ..SlaTarget::default()
    };
    SlaPolicy {
        id: id::encode("pol", 1),
        name: "Resolution by priority".into(),
        calendar_id: calendar_id.into(),
        targets: HOURS.map(target).to_vec(),
        on_priority_change: PriorityChange::Carry.into(),
        on_reopen: ReopenRule::Resume.into(),
        ..SlaPolicy::default()
    }
}

//! Shifts: whoever said by which working hours they work gets tickets only then.
//!
//! Invariant: when a shift begins, the queues that ask the agent are looked through, and the next one is waited for. That one ends
//! needs no deed: whoever is off shift is passed over from then on and keeps what they have.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use mesh_core::{
    db::Tx,
    error::Result,
    jobs::{self, Handler, Job},
};
use sqlx::AnyConnection;

use crate::{
    drain,
    profile::Profile,
    sla::{calendar::Calendar, shelf},
    store,
    workflow::Workflow,
};

/// The kind of these jobs; their key is the agent.
pub(crate) const KIND: &str = "shift_begins";

/// Whether an agent is on shift.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Duty {
    #[default]
    On,
    /// Until the next shift begins; `None` while none is planned.
    Off(Option<Timestamp>),
}

/// The working hours agents may name.
#[derive(Debug, Default)]
pub(crate) struct Hours(BTreeMap<String, Calendar>);

impl Hours {
    /// All there are.
    pub(crate) async fn read(conn: &mut AnyConnection) -> Result<Self> {
        Ok(Self(shelf::calendars(conn).await?))
    }

    #[cfg(test)]
    pub(crate) fn of_calendars(calendars: impl IntoIterator<Item = Calendar>) -> Self {
        Self(calendars.into_iter().map(|calendar| (calendar.id.clone(), calendar)).collect())
    }

    /// Whether there are hours of this id.
    pub(crate) fn has(&self, calendar_id: &str) -> bool {
        self.0.contains_key(calendar_id)
    }

    /// Whether somebody is on shift. Who named no hours always is; hours that are gone are no time at all.
    pub(crate) fn duty(&self, profile: &Profile, now: Timestamp) -> Duty {
        if profile.0.shifts.is_empty() || self.of(profile).any(|calendar| calendar.is_work(now)) {
            return Duty::On;
        }
        Duty::Off(self.next_shift(profile, now))
    }

    /// When the next shift of somebody begins after now; `None` when none is planned.
    pub(crate) fn next_shift(&self, profile: &Profile, now: Timestamp) -> Option<Timestamp> {
        self.of(profile).filter_map(|calendar| calendar.next_begin(now)).min()
    }

    fn of(&self, profile: &Profile) -> impl Iterator<Item = &Calendar> {
        profile.0.shifts.iter().filter_map(|shift| self.0.get(&shift.calendar_id))
    }
}

/// Has the queues looked through when the agent's next shift begins.
pub(crate) async fn set(tx: &mut Tx, user_id: &str, profile: &Profile, hours: &Hours) -> Result<()> {
    jobs::cancel(tx, KIND, user_id).await?;
    let Some(due) = hours.next_shift(profile, tx.now()) else { return Ok(()) };
    let job = Job { kind: KIND, key: user_id.to_owned(), due, payload: Vec::new() };
    jobs::enqueue(tx, job).await.map(drop)
}

/// Working hours were edited: whoever works by them may be on shift now, and begins the next one at another time.
pub(crate) async fn follow(tx: &mut Tx, calendar_id: &str) -> Result<()> {
    let hours = Hours::read(tx.conn()).await?;
    for (user_id, profile) in store::agents::described(tx.conn()).await? {
        if profile.0.shifts.iter().any(|shift| shift.calendar_id == calendar_id) {
            set(tx, &user_id, &profile, &hours).await?;
            drain::queues_of(tx, &user_id).await?;
        }
    }
    Ok(())
}

/// Begins shifts.
#[derive(Clone, Debug)]
pub(crate) struct Shifts(pub(crate) Workflow);

#[async_trait]
impl Handler for Shifts {
    async fn run(&self, job: &Job) -> Result<()> {
        let mut tx = self.0.db.begin().await?;
        let Some(agent) = store::agents::by_id(tx.conn(), &job.key).await? else { return Ok(()) };
        let hours = Hours::read(tx.conn()).await?;
        drain::queues_of(&mut tx, &job.key).await?;
        set(&mut tx, &job.key, &agent.profile, &hours).await?;
        tx.commit().await
    }
}

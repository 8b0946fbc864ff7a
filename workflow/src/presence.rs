//! Whether agents are here: by their own word, and by silence when they say nothing any more.
//!
//! Invariant: where silence counts, whoever is here has one look ahead of him, as long after his last word as he may be silent. One
//! that comes late, or after another word, does nothing.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use mesh_core::{
    db::Tx,
    error::Result,
    jobs::{self, Handler, Job},
    outbox::{self, Cause},
};
use proto::workflow::v1::Presence;

use crate::{
    absence,
    agent::Agent,
    drain, events,
    occasion::{Doing, Occasion},
    store,
    workflow::Workflow,
};

/// The kind of these jobs; their key is the agent, what they carry is the presence it was said with.
pub(crate) const KIND: &str = "silence";

/// An agent comes or goes: his colleagues hear of it, who comes gets what waits, and what becomes of the tickets of who leaves is
/// looked at when their queues say so.
pub(crate) async fn change(tx: &mut Tx, cause: &Cause, agent: Agent, to: Presence) -> Result<Agent> {
    let now = tx.now();
    if !store::agents::set_presence(tx.conn(), &agent.access.user_id, to, now).await? {
        return Ok(agent);
    }
    let agent = Agent { presence: to, presence_at: now, version: agent.version + 1, ..agent };
    let departments = if agent.access.everywhere {
        store::queues::departments(tx.conn()).await?
    } else {
        agent.access.department_ids.clone()
    };
    outbox::push(tx, cause, events::presence(&agent, departments)).await?;
    match to {
        Presence::Online => drain::queues_of(tx, &agent.access.user_id).await?,
        Presence::Offline => absence::begin(tx, &agent.access.user_id).await?,
        Presence::Away | Presence::Busy | Presence::Unspecified => {}
    }
    Ok(agent)
}

/// Has it noticed when an agent says nothing for so long; never when that is no time at all.
pub(crate) async fn listen(tx: &mut Tx, agent: &Agent, silence: Duration) -> Result<()> {
    let user_id = agent.access.user_id.as_str();
    jobs::cancel(tx, KIND, user_id).await?;
    if silence.is_zero() || after_silence(agent.presence).is_none() {
        return Ok(());
    }
    let due = tx.now().saturating_add(silence).unwrap_or(Timestamp::MAX);
    let payload = i32::from(agent.presence).to_be_bytes().to_vec();
    jobs::enqueue(tx, Job { kind: KIND, key: user_id.to_owned(), due, payload }).await.map(drop)
}

/// What a silent agent is next.
const fn after_silence(presence: Presence) -> Option<Presence> {
    match presence {
        Presence::Online => Some(Presence::Away),
        Presence::Away | Presence::Busy => Some(Presence::Offline),
        Presence::Offline | Presence::Unspecified => None,
    }
}

/// Notices silence.
#[derive(Clone, Debug)]
pub(crate) struct Silence(pub(crate) Workflow);

#[async_trait]
impl Handler for Silence {
    async fn run(&self, job: &Job) -> Result<()> {
        let mut tx = self.0.db.begin().await?;
        let agent = store::agents::by_id(tx.conn(), &job.key).await?;
        let unchanged = |agent: &Agent| job.payload == i32::from(agent.presence).to_be_bytes();
        let Some(agent) = agent.filter(|agent| agent.active && unchanged(agent)) else { return Ok(()) };
        let Some(next) = after_silence(agent.presence) else { return Ok(()) };
        let occasion = Occasion::due(&job.key);
        let agent = change(&mut tx, occasion.cause(Doing::Own), agent, next).await?;
        listen(&mut tx, &agent, self.0.away_after()).await?;
        tx.commit().await
    }
}

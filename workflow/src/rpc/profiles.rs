//! Changing what is said of agents: their means by those in charge, their absence by themselves too.

use mesh_core::{
    audit::Deed,
    caller::Caller,
    db::Tx,
    error::{Error, Result, Violations},
    policy::{self, Action},
};
use proto::workflow::v1::{AgentProfile, ErrorReason, UpdateAgentProfileRequest};

use super::{queues::check_etag, routing_service::check_manages};
use crate::{
    agent::Agent,
    drain,
    profile::{FIELDS, OWN, Profile},
    returning,
    shift::{self, Hours},
    store,
    workflow::Workflow,
};

impl Workflow {
    /// Changes an agent's profile; whoever can take more gets what waits.
    pub(super) async fn update_profile(
        &self,
        caller: &Caller,
        ask: &UpdateAgentProfileRequest,
    ) -> Result<AgentProfile> {
        let sent = ask.profile.clone().unwrap_or_default();
        let mut wrong = Violations::default();
        wrong.id("profile.user_id", &sent.user_id, "usr");
        wrong.into_result()?;
        let paths: Vec<_> = ask.update_mask.iter().flat_map(|mask| &mask.paths).map(String::as_str).collect();
        let paths = if paths.is_empty() { FIELDS.to_vec() } else { paths };
        let own = caller.user_id().is_ok_and(|user_id| user_id == sent.user_id);
        if !own {
            policy::check_somewhere(caller, Action::RoutingManage)?;
        }
        let mut tx = self.db.begin().await?;
        // Another department's agent looks like one who never was.
        let is_his = |agent: &Agent| agent.active && (own || check_manages(caller, agent).is_ok());
        let before = store::agents::by_id(tx.conn(), &sent.user_id).await?.filter(is_his);
        let before = before.ok_or_else(|| Error::not_found("agent", &sent.user_id))?;
        if paths.iter().any(|path| !OWN.contains(path)) {
            check_manages(caller, &before)?;
        }
        let current = before.to_proto();
        check_etag(caller, &sent.etag, "profile.etag", &current.etag, &current)?;
        let profile = before.profile.with(&sent, &paths)?;
        check_delegate(&mut tx, &profile.0.delegate_id).await?;
        let hours = Hours::read(tx.conn()).await?;
        check_shifts(&hours, &profile)?;
        if !store::agents::set_profile(tx.conn(), &sent.user_id, &profile, before.version).await? {
            return Err(Error::conflict("the agent changed at the same moment; send the same request again"));
        }
        drain::queues_of(&mut tx, &sent.user_id).await?;
        returning::set(&mut tx, &sent.user_id, profile.away_until()).await?;
        shift::set(&mut tx, &sent.user_id, &profile, &hours).await?;
        let after = Agent { profile, version: before.version + 1, ..before }.to_proto();
        if !own {
            let deed = Deed::new("agent.updated", &sent.user_id).edited(&current, &after)?;
            deed.note(&mut tx, caller).await?;
        }
        tx.commit().await?;
        Ok(after)
    }
}

/// Fine when there are the hours somebody works by.
fn check_shifts(hours: &Hours, profile: &Profile) -> Result<()> {
    let mut wrong = Violations::default();
    for (index, shift) in profile.0.shifts.iter().enumerate() {
        let field = format!("profile.shifts[{index}].calendar_id");
        wrong.when(!hours.has(&shift.calendar_id), &field, "is no calendar; choose one of those there are");
    }
    wrong.into_result()
}

/// Fine when whoever takes the work meanwhile is an agent.
async fn check_delegate(tx: &mut Tx, user_id: &str) -> Result<()> {
    if user_id.is_empty() {
        return Ok(());
    }
    let delegate = store::agents::by_id(tx.conn(), user_id).await?;
    if delegate.is_some_and(|agent| agent.active) {
        return Ok(());
    }
    let message = "the delegate answers no tickets; choose somebody who does";
    Err(Error::failed_precondition(&ErrorReason::NotAnAgent, message))
}

//! Tickets another one's resolution depends on: its children and theirs, and those that block it.
//!
//! tickets knows who they are, the runs here say whether they are done. Asked before the transaction, because a call to another
//! service has no place in it; and only where a transition depends on it.

use std::collections::{BTreeMap, HashSet};

use mesh_core::{
    caller::Caller,
    db::Tx,
    error::{Error, Result},
    policy::Action,
};
use proto::{
    tickets::v1::{ListKinRequest, ListKinResponse, projection_service_client::ProjectionServiceClient},
    workflow::v1::{ErrorReason, Refusal, Transition},
};
use sqlx::AnyConnection;

use super::access::{may, standing};
use crate::{
    change::Change,
    definition::Definition,
    engine::{self, Around, Press, Undone},
    occasion::{Doing, Occasion},
    run::Run,
    store,
    workflow::Workflow,
};

/// A ticket the caller may not see.
const UNSEEN: &str = "a ticket you may not see";
/// What the timeline of a child says.
const WITH_PARENT: &str = "along with its parent";

/// Whom a run depends on.
#[derive(Clone, Debug, Default)]
pub(super) struct Family(ListKinResponse);

impl Workflow {
    /// The family of a run, if one of these transitions depends on it.
    pub(super) async fn family<'t>(
        &self,
        run: &Run,
        transitions: impl IntoIterator<Item = &'t Transition>,
    ) -> Result<Option<Family>> {
        if !transitions.into_iter().any(engine::looks_around) {
            return Ok(None);
        }
        let ask = ListKinRequest { ticket_id: run.facts.ticket_id.clone() };
        let kin = ProjectionServiceClient::new(self.tickets.for_worker()).list_kin(ask).await?;
        Ok(Some(Family(kin.into_inner())))
    }

    /// Has every child that is not done take the transition too, or says of the first that may not why.
    pub(super) async fn cascade(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        family: &Family,
        press: &Press<'_>,
    ) -> Result<()> {
        let occasion = Occasion::call(caller);
        let runs = family.runs(tx.conn()).await?;
        for run in family.children_undone(&runs)? {
            let (number, visible) = (run.facts.number.clone(), may(caller, Action::TicketRead, &run).is_ok());
            if !visible {
                return Err(refused(UNSEEN, "ask somebody who may see it"));
            }
            may(caller, Action::TicketTransition, &run)
                .map_err(|denied| Error::permission_denied(format!("{number}: {denied}")))?;
            let definition = self.definition(tx.conn(), &run).await?;
            let undone = Undone { children: vec![], blockers: family.blockers_of(caller, &run, &runs) };
            if definition.transition(press.transition).is_some_and(|way| way.approval.is_some()) {
                return Err(refused(&number, "it must be approved; press it there"));
            }
            let asker = caller.user_id().ok();
            let around = Around { undone: Some(&undone), caller: asker, ..Around::at(tx.now()) };
            let step = engine::press(&definition, &run, standing(caller, &run), press, around)
                .map_err(|refusals| refused(&number, &sentence(&refusals)))?;
            let mut change = Change::of(&definition, &occasion, run);
            change.step_because(Doing::Actors, step, WITH_PARENT);
            self.find_agent(tx, &mut change).await?;
            change.save(tx).await?;
        }
        Ok(())
    }
}

/// The transitions people press in the stage a run is in.
pub(super) fn offered<'d>(definition: &'d Definition, run: &Run) -> Vec<&'d Transition> {
    definition.stage(&run.stage).map(|stage| definition.leaving(stage).collect()).unwrap_or_default()
}

impl Family {
    /// What is not done, named as far as the caller may see it.
    pub(super) async fn undone(&self, conn: &mut AnyConnection, caller: &Caller) -> Result<Undone> {
        let runs = self.runs(conn).await?;
        let children = self.0.descendants.iter().map(|kin| kin.ticket_id.as_str());
        let blockers = self.0.blocker_ids.iter().map(String::as_str);
        Ok(Undone { children: named(caller, children, &runs), blockers: named(caller, blockers, &runs) })
    }

    /// The runs of everybody in it, by ticket.
    async fn runs(&self, conn: &mut AnyConnection) -> Result<BTreeMap<String, Run>> {
        let Self(ListKinResponse { descendants, blocker_ids }) = self;
        let below = descendants.iter().flat_map(|kin| [&kin.ticket_id].into_iter().chain(&kin.blocker_ids));
        let ids: HashSet<&str> = below.chain(blocker_ids).map(String::as_str).collect();
        let ids: Vec<&str> = ids.into_iter().collect();
        let mut runs = BTreeMap::new();
        for some in ids.chunks(AT_ONCE) {
            let found = store::runs::by_tickets(conn, some).await?;
            runs.extend(found.into_iter().map(|run| (run.facts.ticket_id.clone(), run)));
        }
        Ok(runs)
    }

    /// The children that are not done. One that was just filed has no run yet and can't be taken along.
    fn children_undone(&self, runs: &BTreeMap<String, Run>) -> Result<Vec<Run>> {
        let run = |id: &String| {
            runs.get(id).cloned().ok_or_else(|| refused("a child ticket", "was filed this moment; try again"))
        };
        let children = self.0.descendants.iter().map(|kin| run(&kin.ticket_id));
        children.filter(|run| run.as_ref().map_or(true, Run::is_undone)).collect()
    }

    /// What blocks a child and is not taken along.
    fn blockers_of(&self, caller: &Caller, child: &Run, runs: &BTreeMap<String, Run>) -> Vec<String> {
        let Self(ListKinResponse { descendants, .. }) = self;
        let comes_along = |id: &str| descendants.iter().any(|kin| kin.ticket_id == id);
        let kin = descendants.iter().find(|kin| kin.ticket_id == child.facts.ticket_id);
        let blockers = kin.into_iter().flat_map(|kin| &kin.blocker_ids).map(String::as_str);
        named(caller, blockers.filter(|id| !comes_along(id)), runs)
    }
}

/// Runs asked for in one statement.
const AT_ONCE: usize = 500;

/// Those of the tickets that are not done, by number as far as the caller may see them.
fn named<'i>(
    caller: &Caller,
    ids: impl Iterator<Item = &'i str>,
    runs: &BTreeMap<String, Run>,
) -> Vec<String> {
    let name = |id: &str| match runs.get(id) {
        Some(run) if !run.is_undone() => None,
        Some(run) if may(caller, Action::TicketRead, run).is_ok() => Some(run.facts.number.clone()),
        _ => Some(UNSEEN.to_owned()),
    };
    let mut names: Vec<String> = ids.filter_map(name).collect();
    names.sort();
    names
}

fn sentence(refusals: &[Refusal]) -> String {
    refusals.iter().map(|refusal| refusal.message.as_str()).collect::<Vec<_>>().join("; ")
}

fn refused(who: &str, why: &str) -> Error {
    Error::failed_precondition(&ErrorReason::TransitionRefused, format!("{who}: {why}"))
}

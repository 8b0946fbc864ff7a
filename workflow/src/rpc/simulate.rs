//! Trying a draft on recent tickets.

use mesh_core::{
    caller::Caller,
    error::{Error, Result},
    policy::Action,
};
use proto::workflow::v1::{
    SimulateDraftRequest, SimulateDraftResponse, SimulatedTicket, StageMoved, Version, Workflow as Wire,
    WorkflowStatus, run_history_entry::Change as What,
};
use sqlx::AnyConnection;

use super::{
    access,
    draw::{drawn, known, may},
};
use crate::{
    check,
    choosing::{self, Taker},
    definition::Definition,
    run::Run,
    simulation,
    store::{drafts, history, pinned},
    workflow::Workflow,
};

/// Tickets replayed when nothing was asked.
const TICKETS: i32 = 100;
/// Tickets replayed at most.
const MOST: i32 = 1_000;
/// Entries of a ticket's history that are looked at.
const ENTRIES: i64 = 200;

impl Workflow {
    /// What would differ for recent tickets if the draft were published.
    pub(super) async fn simulate_draft(
        &self,
        caller: &Caller,
        ask: &SimulateDraftRequest,
    ) -> Result<SimulateDraftResponse> {
        may(caller, Action::WorkflowEdit)?;
        if !(0..=MOST).contains(&ask.tickets) {
            return Err(Error::invalid("tickets", "are too many or too few; give 1 to 1000, or 0 for 100"));
        }
        let mut conn = self.read().await?;
        let workflow = known(&mut conn, &ask.workflow_id).await?;
        let graph = drawn(&mut conn, &workflow).await?;
        check::expect_publishable(&check::findings(&graph, &workflow.applies_to))?;
        let number = workflow.live_version + 1;
        let version =
            Version { workflow_id: workflow.id.clone(), number, graph: Some(graph), ..Version::default() };
        let definition = Definition::new(self.with_times(version)).map_err(Error::internal)?;
        let takers = takers(&mut conn, &workflow).await?;
        let limit = if ask.tickets == 0 { TICKETS } else { ask.tickets };
        let mut answer = SimulateDraftResponse::default();
        for run in pinned::recent(&mut conn, i64::from(limit)).await? {
            if access::may(caller, Action::TicketRead, &run).is_err() {
                continue;
            }
            answer.replayed += 1;
            let differences = self.replay(&mut conn, &definition, &takers, &run).await?;
            if !differences.is_empty() {
                let (ticket_id, ticket_number) = (run.facts.ticket_id, run.facts.number);
                answer.differences.push(SimulatedTicket { ticket_id, ticket_number, differences });
            }
        }
        Ok(answer)
    }

    async fn replay(
        &self,
        conn: &mut AnyConnection,
        definition: &Definition,
        takers: &[Taker],
        run: &Run,
    ) -> Result<Vec<String>> {
        let id = &definition.workflow_id;
        let chosen = choosing::choose(takers, run, run.started_at);
        match (run.workflow_id == *id, chosen.is_some_and(|taker| taker.workflow_id == *id)) {
            (false, false) => Ok(Vec::new()),
            (false, true) => Ok(vec!["this workflow would take it".to_owned()]),
            (true, false) => Ok(vec!["another workflow would take it".to_owned()]),
            (true, true) => {
                let steps = steps(conn, &run.id).await?;
                Ok(simulation::differences(definition, run, &steps))
            }
        }
    }
}

/// The workflows that take new tickets once the draft is published.
async fn takers(conn: &mut AnyConnection, workflow: &Wire) -> Result<Vec<Taker>> {
    let mut takers = drafts::takers(conn).await?;
    let (id, rule) = (&workflow.id, &workflow.applies_to);
    match takers.iter_mut().find(|taker| taker.workflow_id == *id) {
        Some(taker) => taker.rule.clone_from(rule),
        None if workflow.status() == WorkflowStatus::Draft => {
            // A workflow that people made comes last of theirs, before the one that is built in.
            let last = takers.len().saturating_sub(1);
            takers.insert(last, Taker { workflow_id: id.clone(), version: 1, rule: rule.clone() });
        }
        None => {}
    }
    Ok(takers)
}

/// The steps a run took, oldest first.
async fn steps(conn: &mut AnyConnection, run_id: &str) -> Result<Vec<StageMoved>> {
    let entries = history::since(conn, run_id, 0, ENTRIES).await?;
    let moved = entries.into_iter().filter_map(|entry| match entry.change? {
        What::Moved(moved) => Some(moved),
        _ => None,
    });
    Ok(moved.collect())
}

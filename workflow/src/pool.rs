//! The agents of a queue while somebody routes in it.
//!
//! Invariant: whoever holds a [`Pool`] is alone in its queue until his transaction ends, so no two workers see the same turn, and
//! what one decided the next one knows.

use mesh_core::{db::Tx, error::Result};
use proto::workflow::v1::{AssignmentOrigin, Presence, RoutingMethod};

use crate::{
    change::{Change, Handing},
    occasion::Doing,
    routing::{Candidate, Decision, Question, decide},
    store,
};

/// The agents of a queue, and whose turn it is.
#[derive(Debug)]
pub(crate) struct Pool {
    queue_id: String,
    turn: i64,
    candidates: Vec<Candidate>,
}

impl Pool {
    /// Enters a queue; waits until nobody else is in it.
    pub(crate) async fn enter(tx: &mut Tx, queue_id: &str) -> Result<Self> {
        let (turn, department_id) = store::queues::take_turn(tx.conn(), queue_id).await?;
        let candidates = store::agents::candidates(tx.conn(), queue_id, &department_id).await?;
        Ok(Self { queue_id: queue_id.to_owned(), turn, candidates })
    }

    /// Whether anybody is online.
    pub(crate) fn has_somebody(&self) -> bool {
        self.candidates.iter().any(|agent| agent.presence == Presence::Online)
    }

    /// Gives a run that needs somebody to whoever's turn it is, or lets it wait with the reasons.
    pub(crate) async fn serve(&mut self, tx: &mut Tx, change: &mut Change<'_>) -> Result<()> {
        let decision = self.choose(tx, change, None).await?;
        self.settle(tx, change, AssignmentOrigin::Routed, Doing::Own, "", decision).await
    }

    /// As [`serve`](Self::serve) for a run that waits already; false when it goes on waiting, of which nothing is written.
    pub(crate) async fn try_serve(&mut self, tx: &mut Tx, change: &mut Change<'_>) -> Result<bool> {
        let decision = self.choose(tx, change, None).await?;
        let found = decision.chosen.is_some();
        if found {
            self.settle(tx, change, AssignmentOrigin::Routed, Doing::Own, "", decision).await?;
        }
        Ok(found)
    }

    /// Chooses anew because somebody asked, passing over whoever has it if another one can. When nobody can, it stays where it is.
    pub(crate) async fn serve_anew(
        &mut self,
        tx: &mut Tx,
        change: &mut Change<'_>,
        reason: &str,
    ) -> Result<()> {
        let present = change.run().assignee.clone();
        let decision = self.choose(tx, change, present.as_deref()).await?;
        self.settle(tx, change, AssignmentOrigin::Rerouted, Doing::Actors, reason, decision).await
    }

    async fn choose(&self, tx: &mut Tx, change: &Change<'_>, avoid: Option<&str>) -> Result<Decision> {
        let run = change.run();
        let gave_back = match avoid {
            None => {
                [change.gave_back_now(), store::assignments::gave_back(tx.conn(), &run.id).await?].concat()
            }
            Some(_) => Vec::new(),
        };
        Ok(decide(
            &Question { requester_id: &run.facts.requester_id, gave_back: &gave_back, avoid },
            &self.candidates,
        ))
    }

    async fn settle(
        &mut self,
        tx: &mut Tx,
        change: &mut Change<'_>,
        origin: AssignmentOrigin,
        doing: Doing,
        reason: &str,
        decision: Decision,
    ) -> Result<()> {
        let Decision { chosen, candidates, summary } = decision;
        let handing = Handing { doing, origin, to: chosen.clone(), reason: reason.to_owned(), summary };
        let mut explanation = change.decided(tx, handing);
        explanation.method = RoutingMethod::RoundRobin.into();
        explanation.candidates = candidates;
        match chosen {
            Some(agent) if change.run().is_with(&agent) => change.note(explanation),
            Some(agent) => {
                self.note_turn(tx, &agent).await?;
                change.hand_as(tx, doing, explanation);
            }
            None if change.run().assignee.is_some() => change.note(explanation),
            None => change.wait(explanation),
        }
        Ok(())
    }

    /// It was this agent's turn; the next one is somebody else's.
    async fn note_turn(&mut self, tx: &mut Tx, user_id: &str) -> Result<()> {
        let (turn, now) = (self.turn, tx.now());
        store::queues::note_turn(tx.conn(), &self.queue_id, user_id, turn, now).await?;
        self.turn += 1;
        for agent in self.candidates.iter_mut().filter(|agent| agent.user_id == user_id) {
            agent.turn = turn;
            agent.last_assigned_at = Some(now);
        }
        Ok(())
    }
}

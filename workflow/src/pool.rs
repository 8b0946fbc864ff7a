//! The agents of a queue while somebody routes in it.
//!
//! Invariant: whoever holds a [`Pool`] is alone in its queue until his transaction ends, so no two workers see the same turn, and
//! what one decided the next one knows. An agent of several queues whose work has a limit is guarded by his own row: of two queues
//! that give him something at once, one begins again. Whoever entered a pool [leaves](Pool::leave) it before he commits.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use mesh_core::{
    db::Tx,
    error::{Error, Result},
};
use proto::workflow::v1::{AssignmentOrigin, Presence, RoutingMethod};

use crate::{
    change::{Change, Handing},
    drain,
    occasion::Doing,
    routing::{Candidate, Decision, Question, Terms, decide, stride},
    run::Run,
    store::{self, pools::Entered},
    widening,
};

/// The agents of a queue, and whose turn it is.
#[derive(Debug)]
pub(crate) struct Pool {
    entered: Entered,
    terms: Terms,
    /// The first turn taken while inside.
    first_turn: i64,
    candidates: Vec<Candidate>,
    /// What routing gave before to those whose work has a limit and who got nothing here yet.
    claims: HashMap<String, i64>,
    /// Runs that found nobody.
    unserved: Vec<String>,
}

/// How a decision is written down.
#[derive(Clone, Copy, Debug)]
struct Manner<'a> {
    doing: Doing,
    origin: AssignmentOrigin,
    reason: &'a str,
}

/// Routing's own decisions.
const ROUTED: Manner<'static> = Manner { doing: Doing::Own, origin: AssignmentOrigin::Routed, reason: "" };

impl Pool {
    /// Enters a queue; waits until nobody else is in it.
    pub(crate) async fn enter(tx: &mut Tx, queue_id: &str) -> Result<Self> {
        let entered = store::pools::enter(tx.conn(), queue_id).await?;
        let (terms, now) = (entered.queue.terms(), tx.now());
        let (mut candidates, claims): (Vec<_>, Vec<_>) =
            store::pools::candidates(tx.conn(), queue_id, now).await?.into_iter().unzip();
        for agent in &mut candidates {
            agent.pass = agent.pass.max(entered.pass);
        }
        let limited = candidates.iter().zip(claims).filter(|(agent, _)| agent.is_limited());
        let claims: HashMap<_, _> = limited.map(|(agent, claims)| (agent.user_id.clone(), claims)).collect();
        let compared = matches!(terms.method, RoutingMethod::LeastLoaded | RoutingMethod::MostSpare);
        if compared || !claims.is_empty() {
            look_at_work(tx, &mut candidates).await?;
        }
        Ok(Self { first_turn: entered.turn, entered, terms, candidates, claims, unserved: Vec::new() })
    }

    /// Whether anybody takes work.
    pub(crate) fn has_somebody(&self, now: Timestamp) -> bool {
        self.terms.method != RoutingMethod::Manual
            && self.candidates.iter().any(|agent| agent.takes_work(now))
    }

    /// Gives a run that needs somebody to whoever comes first, or lets it wait with the reasons.
    pub(crate) async fn serve(&mut self, tx: &mut Tx, change: &mut Change<'_>) -> Result<()> {
        let mut gave_back = change.gave_back_now();
        if !change.begins() {
            gave_back.extend(store::assignments::gave_back(tx.conn(), &change.run().id).await?);
        }
        let decision = self.choose(tx, change.run(), &gave_back, None).await?;
        self.settle(tx, change, ROUTED, decision).await?;
        widening::set(tx, change.run(), &self.terms).await
    }

    /// As [`serve`](Self::serve) for a run that waits already; false when it goes on waiting, of which nothing is written but when
    /// to look again.
    pub(crate) async fn try_serve(
        &mut self,
        tx: &mut Tx,
        change: &mut Change<'_>,
        gave_back: &[String],
    ) -> Result<bool> {
        let decision = self.choose(tx, change.run(), gave_back, None).await?;
        let found = decision.chosen.is_some();
        if found {
            self.settle(tx, change, ROUTED, decision).await?;
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
        let decision = self.choose(tx, change.run(), &[], present.as_deref()).await?;
        let asked = Manner { doing: Doing::Actors, origin: AssignmentOrigin::Rerouted, reason };
        self.settle(tx, change, asked, decision).await
    }

    /// Chooses somebody else for a run whose agent is gone; false when nobody can and it stays, of which nothing is written.
    pub(crate) async fn relieve(&mut self, tx: &mut Tx, change: &mut Change<'_>) -> Result<bool> {
        let gone = change.run().assignee.clone();
        let gave_back = store::assignments::gave_back(tx.conn(), &change.run().id).await?;
        let decision = self.choose(tx, change.run(), &gave_back, gone.as_deref()).await?;
        let found = decision.chosen.as_ref().is_some_and(|chosen| Some(chosen) != gone.as_ref());
        if found {
            let manner = Manner { doing: Doing::Own, origin: AssignmentOrigin::Absent, reason: "" };
            self.settle(tx, change, manner, decision).await?;
        }
        Ok(found)
    }

    /// Looks again at a run that waits when more agents could take it.
    pub(crate) async fn look_again(&self, tx: &mut Tx, run: &Run) -> Result<()> {
        widening::set(tx, run, &self.terms).await
    }

    /// Leaves the queue to the next: the turns that were had here. What found nobody is looked at once more.
    pub(crate) async fn leave(self, tx: &mut Tx) -> Result<()> {
        if !self.unserved.is_empty() {
            drain::again(tx, &self.entered.queue.id, &self.unserved).await?;
        }
        let had: Vec<_> = self.candidates.iter().filter(|agent| agent.turn >= self.first_turn).collect();
        let now = tx.now();
        store::pools::leave(tx.conn(), &self.entered, &had, now).await
    }

    async fn choose(
        &self,
        tx: &mut Tx,
        run: &Run,
        gave_back: &[String],
        avoid: Option<&str>,
    ) -> Result<Decision> {
        let facts = &run.facts;
        let known_to: Vec<_> = if self.entered.queue.settings.requester_affinity {
            let last = store::pools::last_of_requester(tx.conn(), &facts.requester_id, &run.id).await?;
            last.into_iter().collect()
        } else {
            Vec::new()
        };
        let question = Question {
            now: tx.now(),
            waited: run.queued_at.map_or(SignedDuration::ZERO, |since| tx.now().duration_since(since)),
            requester_id: &facts.requester_id,
            gave_back,
            avoid,
            known_to: &known_to,
            units: run.units,
            source: facts.details.source(),
        };
        Ok(decide(&self.terms, &question, &self.candidates))
    }

    async fn settle(
        &mut self,
        tx: &mut Tx,
        change: &mut Change<'_>,
        manner: Manner<'_>,
        decision: Decision,
    ) -> Result<()> {
        let Decision { chosen, candidates, summary, floor } = decision;
        let Manner { doing, origin, reason } = manner;
        let handing = Handing { doing, origin, to: chosen.clone(), reason: reason.to_owned(), summary };
        let mut explanation = change.decided(tx, handing);
        explanation.method = self.terms.method.into();
        explanation.candidates = candidates;
        match chosen {
            Some(agent) if change.run().is_with(&agent) => change.note(explanation),
            Some(agent) => {
                self.note_turn(tx, &agent, change.run(), floor).await?;
                match self.entered.queue.offers_for().filter(|_| origin == AssignmentOrigin::Routed) {
                    Some(length) => {
                        explanation.origin = AssignmentOrigin::Offered.into();
                        change.offer(explanation, tx.now().saturating_add(length).unwrap_or(Timestamp::MAX));
                    }
                    None => change.hand_as(tx, doing, explanation),
                }
            }
            None if change.run().assignee.is_some() => change.note(explanation),
            None => {
                self.unserved.push(change.run().id.clone());
                change.wait(explanation);
            }
        }
        Ok(())
    }

    /// It was this agent's turn; the next one is somebody else's. `floor` is where weighted turns have come.
    async fn note_turn(&mut self, tx: &mut Tx, user_id: &str, run: &Run, floor: Option<i64>) -> Result<()> {
        // Once is enough: until this transaction ends nobody else changes the agent's row.
        if let Some(claims) = self.claims.remove(user_id)
            && !store::pools::claim(tx.conn(), user_id, claims).await?
        {
            return Err(Error::conflict("another queue gave this agent a ticket at the same moment"));
        }
        let pass = floor.unwrap_or_default().max(self.entered.pass);
        let now = tx.now();
        for agent in &mut self.candidates {
            agent.pass = agent.pass.max(pass);
            if agent.user_id == user_id {
                agent.turn = self.entered.turn;
                agent.last_assigned_at = Some(now);
                agent.pass += stride(agent.weight);
                agent.work.add(run.facts.details.source(), run.units);
            }
        }
        self.entered.pass = pass;
        self.entered.turn += 1;
        Ok(())
    }
}

/// What those who are here have to do.
async fn look_at_work(tx: &mut Tx, candidates: &mut [Candidate]) -> Result<()> {
    let here = candidates.iter().filter(|agent| agent.presence == Presence::Online);
    let ids: Vec<_> = here.map(|agent| agent.user_id.clone()).collect();
    let mut work = store::pools::work(tx.conn(), &ids).await?;
    for agent in candidates {
        agent.work = work.remove(&agent.user_id).unwrap_or_default();
    }
    Ok(())
}

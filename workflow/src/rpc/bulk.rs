//! `BulkUpdateRuns`: the same done to the runs of many tickets, one after the other.
//!
//! The invariants: each ticket goes the way of the single call, with its checks and in its transaction, under a request id made of the
//! call's and the ticket's, so a call that breaks off anywhere can be repeated; a run is changed only while it is as it was seen.

use std::collections::HashSet;

use futures::{StreamExt as _, stream};
use mesh_core::{
    caller::Caller,
    error::{Error, Result, Violations, refusal_of},
    idempotency::RequestKey,
    policy::{self, Action},
};
use proto::{
    tickets::v1::BulkSkip,
    workflow::v1::{
        BulkAssignment, BulkTransition, BulkUpdateRunsRequest, BulkUpdateRunsResponse, SeenRun,
        TransitionRequest, bulk_update_runs_request::Deed as Asked,
    },
};
use sha2::{Digest, Sha256};
use tonic::{Status, codegen::BoxStream};

use super::{
    access::visible,
    call::Call,
    hand::Verb,
    run_service::{REASON, check_press},
};
use crate::workflow::Workflow;

const METHOD: &str = "/ticketmesh.workflow.v1.RunService/BulkUpdateRuns";
/// Tickets of one call.
const MOST: usize = 10_000;
/// Tickets between two messages.
const BATCH: usize = 25;
/// How often a run that moves on while it is looked at is looked at anew.
const ATTEMPTS: usize = 8;

/// What is done to each.
#[derive(Debug)]
enum Deed {
    /// The request of the single call without its ticket.
    Press(Box<TransitionRequest>),
    /// To somebody, or back to the queue when empty.
    Hand { to: String, reason: String },
}

/// A change of many under way.
#[derive(Debug)]
struct Bulk {
    workflow: Workflow,
    caller: Caller,
    request_id: String,
    deed: Deed,
    is_dry: bool,
    /// The call was made before, so what is to be done may be done.
    is_repeated: bool,
    total: i32,
    done: i32,
    rest: std::vec::IntoIter<SeenRun>,
}

impl Workflow {
    /// Does the same to many runs.
    pub(super) async fn change_many(
        &self,
        caller: Caller,
        ask: BulkUpdateRunsRequest,
    ) -> Result<BoxStream<BulkUpdateRunsResponse>> {
        policy::check_somewhere(&caller, Action::TicketBulk)?;
        let key = RequestKey::new(&caller, METHOD, &ask.request_id, &ask)?;
        let deed = check(&ask)?;
        let total = i32::try_from(ask.runs.len()).map_err(Error::internal)?;
        let bulk = Bulk {
            workflow: self.clone(),
            caller,
            deed,
            is_dry: ask.dry_run,
            is_repeated: !ask.dry_run && self.was_begun(&key).await?,
            total,
            done: 0,
            request_id: ask.request_id,
            rest: ask.runs.into_iter(),
        };
        let first = BulkUpdateRunsResponse { total, ..BulkUpdateRunsResponse::default() };
        Ok(Box::pin(stream::iter([Ok(first)]).chain(stream::try_unfold(bulk, Bulk::go_on))))
    }

    /// Whether the call was made before; from now on it was.
    async fn was_begun(&self, key: &RequestKey) -> Result<bool> {
        let mut tx = self.db.begin().await?;
        if key.replay::<BulkUpdateRunsResponse>(&mut tx).await?.is_some() {
            return Ok(true);
        }
        key.record(&mut tx, &BulkUpdateRunsResponse::default()).await?;
        tx.commit().await?;
        Ok(false)
    }

    /// Whether a call was answered.
    async fn was_done(&self, key: &RequestKey) -> Result<bool> {
        let mut tx = self.db.begin().await?;
        let done = key.replay::<proto::workflow::v1::Run>(&mut tx).await?;
        tx.rollback().await?;
        Ok(done.is_some())
    }
}

impl Bulk {
    /// The next batch.
    async fn go_on(mut self) -> Result<Option<(BulkUpdateRunsResponse, Self)>, Status> {
        let batch: Vec<_> = self.rest.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            return Ok(None);
        }
        let mut report = BulkUpdateRunsResponse { total: self.total, ..BulkUpdateRunsResponse::default() };
        for seen in batch {
            match self.take_turn(&seen).await {
                Ok(before) => {
                    self.done += 1;
                    report.changed.extend(before);
                }
                Err(error) => {
                    let (reason, message) = refusal_of(error)?;
                    report.skipped.push(BulkSkip { ticket_id: seen.ticket_id, reason, message });
                }
            }
        }
        report.done = self.done;
        Ok(Some((report, self)))
    }

    /// Does it to one. Answers the run as it was before; `None` when it was so already.
    async fn take_turn(&self, seen: &SeenRun) -> Result<Option<SeenRun>> {
        if self.is_repeated && self.workflow.was_done(&self.call(seen)?.key).await? {
            return Ok(None);
        }
        let mut attempts = 1..ATTEMPTS;
        loop {
            let before = self.before(&seen.ticket_id).await?;
            if self.deed.is_done(&before) {
                return Ok(None);
            }
            if !is_as_seen(seen, &before) {
                return Err(Error::stale(&before));
            }
            match Box::pin(self.act(&before)).await {
                // It moved on in what nobody looked at.
                Err(Error::Aborted { .. }) if attempts.next().is_some() => tokio::task::yield_now().await,
                done => return done.map(|()| Some(before)),
            }
        }
    }

    /// The run as it is now.
    async fn before(&self, ticket_id: &str) -> Result<SeenRun> {
        let mut conn = self.workflow.read().await?;
        let run = visible(&mut conn, &self.caller, ticket_id).await?;
        Ok(SeenRun {
            ticket_id: ticket_id.to_owned(),
            etag: run.etag(),
            assignee_id: Some(run.assignee.unwrap_or_default()),
            stage_key: run.stage,
        })
    }

    /// The call of one ticket. What was asked for is known by the whole call's key.
    fn call<'a>(&'a self, run: &'a SeenRun) -> Result<Call<'a>> {
        let SeenRun { ticket_id, etag, .. } = run;
        Call::new(&self.caller, METHOD, &self.request_id_of(ticket_id), ticket_id, ticket_id, etag)
    }

    fn request_id_of(&self, ticket_id: &str) -> String {
        hex::encode(Sha256::digest(format!("{}\n{ticket_id}", self.request_id)))
    }

    /// The single call, or what it would say.
    async fn act(&self, before: &SeenRun) -> Result<()> {
        let (call, ticket_id) = (self.call(before)?, &before.ticket_id);
        match &self.deed {
            Deed::Press(press) => {
                let request_id = self.request_id_of(ticket_id);
                let press = TransitionRequest::clone(press);
                let ask = TransitionRequest { request_id, ticket_id: ticket_id.clone(), ..press };
                if self.is_dry {
                    return self.workflow.rehearse(&call, &ask).await;
                }
                self.workflow.transition(&call, &ask).await?;
            }
            Deed::Hand { to, reason } => {
                let verb = if to.is_empty() { Verb::Release { reason } } else { Verb::Assign { to, reason } };
                if self.is_dry {
                    return self.workflow.rehearse_hand(&call, &verb).await;
                }
                self.workflow.hand(&call, &verb).await?;
            }
        }
        Ok(())
    }
}

impl Deed {
    /// Whether there is nothing to do.
    fn is_done(&self, run: &SeenRun) -> bool {
        matches!(self, Self::Hand { to, .. } if run.assignee_id() == to)
    }
}

/// Whether a run is as somebody saw it, as far as he said.
fn is_as_seen(seen: &SeenRun, run: &SeenRun) -> bool {
    let same = |seen: &str, is: &str| seen.is_empty() || seen == is;
    let is_with = |id: &String| id == run.assignee_id();
    same(&seen.etag, &run.etag)
        && same(&seen.stage_key, &run.stage_key)
        && seen.assignee_id.as_ref().is_none_or(is_with)
}

/// What is to be done, or everything that is wrong with the request.
fn check(ask: &BulkUpdateRunsRequest) -> Result<Deed> {
    let mut wrong = Violations::default();
    wrong.when(ask.runs.is_empty(), "runs", "are missing; name the tickets");
    wrong.when(ask.runs.len() > MOST, "runs", "are too many; name at most 10,000");
    let mut named = HashSet::new();
    for (index, run) in ask.runs.iter().take(MOST).enumerate() {
        let field = format!("runs[{index}].ticket_id");
        wrong.id(&field, &run.ticket_id, "tkt");
        wrong.when(!named.insert(&run.ticket_id), &field, "stands there before; name each ticket once");
    }
    let deed = match &ask.deed {
        Some(Asked::Transition(asked)) => {
            let press = pressing(asked.clone());
            check_press(&press, "transition.", &mut wrong);
            Some(Deed::Press(Box::new(press)))
        }
        Some(Asked::Assignment(BulkAssignment { assignee_id, reason })) => {
            wrong.optional_id("assignment.assignee_id", assignee_id, "usr");
            wrong.text("assignment.reason", reason, 0..=REASON);
            Some(Deed::Hand { to: assignee_id.clone(), reason: reason.clone() })
        }
        None => None,
    };
    wrong.when(deed.is_none(), "deed", "is missing; give a transition or an assignment");
    wrong.into_result()?;
    deed.ok_or_else(|| Error::internal("a deed that is missing was not refused"))
}

/// The request of the single call, without its ticket.
fn pressing(asked: BulkTransition) -> TransitionRequest {
    let BulkTransition { transition_key, comment, wait_reason, wait_until, inputs, children } = asked;
    TransitionRequest {
        transition_key,
        comment,
        wait_reason,
        wait_until,
        inputs,
        children,
        ..TransitionRequest::default()
    }
}

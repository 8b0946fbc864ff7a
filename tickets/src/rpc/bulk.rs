//! `BulkUpdate`. Undoing is in `undo.rs`.
//!
//! The invariants: a ticket's change, its mark that it had its turn, and what it takes to undo it are one transaction, so a call
//! that breaks off anywhere can be repeated; each ticket is changed by the functions of the single change.

mod plan;
mod undo;

use futures::{Stream, StreamExt as _, stream};
use mesh_core::{
    caller::Caller,
    db::Tx,
    error::{Error, Result},
    idempotency::RequestKey,
    policy::{self, Action},
};
use proto::tickets::v1::{self as wire, BulkUpdateRequest, BulkUpdateResponse, ErrorReason};
use tonic::{Status, codegen::BoxStream};

use self::plan::{Chosen, Plan};
use super::{ATTEMPTS, Tickets, comments::action, outrun, update::Made};
use crate::{
    access::{self, Viewer},
    bulk::{Bulk, Deed, MOST_TICKETS, Outcome, Skip, Turn, is_conflict},
    canned::Macro,
    catalogue::Reader,
    column::Words,
    markdown,
    store::bulks,
    ticket::{Edit, Ticket},
    wire::ticket_for,
};

const METHOD: &str = "/ticketmesh.tickets.v1.TicketService/BulkUpdate";

/// Tickets between two messages.
const BATCH: i64 = 25;
/// The same of a dry run.
const REHEARSED: usize = 100;

/// A bulk change under way.
#[derive(Debug)]
struct Run {
    tickets: Tickets,
    caller: Caller,
    plan: Plan,
    /// How far it is.
    place: i64,
    done: i32,
}

/// A dry run under way.
#[derive(Debug)]
struct Rehearsal {
    tickets: Tickets,
    caller: Caller,
    plan: Plan,
    /// Tickets that are left, each with the version it must have.
    rest: std::vec::IntoIter<(String, String)>,
    done: i32,
}

impl Run {
    /// The next batch, what was done before included.
    async fn go_on(mut self) -> Result<Option<(BulkUpdateResponse, Self)>, Status> {
        let turns = self.tickets.store.turns(&self.plan.bulk_id, self.place, false, BATCH).await?;
        let Some(last) = turns.last() else { return Ok(None) };
        self.place = last.place;
        let mut report = self.plan.report(self.done);
        for turn in turns {
            let outcome = if turn.outcome == Outcome::Waiting {
                self.tickets.take_turn(&self.caller, &self.plan, &turn).await?
            } else {
                turn.outcome
            };
            note(&mut report, &turn.ticket_id, outcome);
        }
        self.done = report.done;
        Ok(Some((report, self)))
    }
}

impl Rehearsal {
    /// The next batch.
    async fn go_on(mut self) -> Result<Option<(BulkUpdateResponse, Self)>, Status> {
        let batch: Vec<_> = self.rest.by_ref().take(REHEARSED).collect();
        if batch.is_empty() {
            return Ok(None);
        }
        let mut report = self.plan.report(self.done);
        for (id, etag) in batch {
            let outcome = match self.tickets.prepare(&self.caller, &self.plan, &id, &etag).await {
                Ok(_) => Outcome::Done,
                Err(error) => Outcome::Skipped(Skip::of(error)?),
            };
            note(&mut report, &id, outcome);
        }
        self.done = report.done;
        Ok(Some((report, self)))
    }
}

/// What there is to do, then batch after batch.
fn reported<R: Send + 'static>(
    first: R,
    batches: impl Stream<Item = Result<R, Status>> + Send + 'static,
) -> BoxStream<R> {
    Box::pin(stream::iter([Ok(first)]).chain(batches))
}

impl Tickets {
    /// Makes the same change to many tickets.
    pub(super) async fn change_many(
        &self,
        caller: Caller,
        ask: BulkUpdateRequest,
    ) -> Result<BoxStream<BulkUpdateResponse>> {
        policy::check_somewhere(&caller, Action::TicketBulk)?;
        let key = RequestKey::new(&caller, METHOD, &ask.request_id, &ask)?;
        let asked = self.check_bulk(&caller, ask).await?;
        if asked.dry_run {
            let canned = self.macro_of(&caller, &asked.macro_id).await?;
            let tickets = self.settle(&caller, &asked.chosen).await?;
            let plan = Plan::new(asked, canned.as_ref(), String::new(), total(&tickets)?);
            let first = plan.report(0);
            let rest = tickets.into_iter();
            let rehearsal = Rehearsal { tickets: self.clone(), caller, plan, rest, done: 0 };
            return Ok(reported(first, stream::try_unfold(rehearsal, Rehearsal::go_on)));
        }
        let bulk = self.begin_bulk(&caller, &key, &asked.chosen, &asked.macro_id).await?;
        let plan = Plan::new(asked, bulk.canned.as_ref(), bulk.id, bulk.total);
        let first = plan.report(0);
        let run = Run { tickets: self.clone(), caller, plan, place: 0, done: 0 };
        Ok(reported(first, stream::try_unfold(run, Run::go_on)))
    }

    /// The bulk change this request has begun before, or begins now.
    async fn begin_bulk(
        &self,
        caller: &Caller,
        key: &RequestKey,
        chosen: &Chosen,
        macro_id: &str,
    ) -> Result<Bulk> {
        // Asked for twice, because others write while the tickets are settled, and a repetition does not settle them anew.
        let mut tx = self.store.db().begin().await?;
        let begun = key.replay(&mut tx).await?;
        tx.rollback().await?;
        if let Some(begun) = begun {
            return self.begun(begun).await;
        }
        let canned = self.macro_of(caller, macro_id).await?;
        let tickets = self.settle(caller, chosen).await?;
        let mut tx = self.store.db().begin().await?;
        if let Some(begun) = key.replay(&mut tx).await? {
            tx.rollback().await?;
            return self.begun(begun).await;
        }
        let bulk = Bulk {
            id: tx.ids().id("blk"),
            owner_id: caller.user_id()?.to_owned(),
            total: total(&tickets)?,
            canned,
            create_time: tx.micros(),
        };
        bulks::forget_old(&mut tx).await?;
        bulks::begin(&mut tx, &bulk, &tickets).await?;
        let begun = BulkUpdateResponse { bulk_id: bulk.id.clone(), ..BulkUpdateResponse::default() };
        key.record(&mut tx, &begun).await?;
        tx.commit().await?;
        Ok(bulk)
    }

    /// The bulk change an answer was about.
    async fn begun(&self, answer: BulkUpdateResponse) -> Result<Bulk> {
        let found = self.store.bulk(&answer.bulk_id).await?;
        found.ok_or_else(|| Error::not_found("bulk change", &answer.bulk_id))
    }

    async fn macro_of(&self, caller: &Caller, macro_id: &str) -> Result<Option<Macro>> {
        if macro_id.is_empty() { Ok(None) } else { self.seen_macro(caller, macro_id).await.map(Some) }
    }

    /// The tickets that were chosen, as of now, each with the version it must have.
    async fn settle(&self, caller: &Caller, chosen: &Chosen) -> Result<Vec<(String, String)>> {
        let wanted = match chosen {
            Chosen::Named(tickets) => return Ok(tickets.clone()),
            Chosen::Wanted(wanted) => wanted,
        };
        let ids = self.store.settle(&Viewer::of(caller)?, wanted).await?;
        if ids.len() > MOST_TICKETS {
            let message = "more than 10,000 tickets match; narrow the query and change them in parts";
            return Err(Error::failed_precondition(&ErrorReason::TooMany, message));
        }
        Ok(ids.into_iter().map(|id| (id, String::new())).collect())
    }

    /// Changes one ticket, or finds out why not.
    async fn take_turn(&self, caller: &Caller, plan: &Plan, turn: &Turn) -> Result<Outcome> {
        for _ in 0..ATTEMPTS {
            match self.try_turn(caller, plan, turn).await {
                Ok(Some(outcome)) => return Ok(outcome),
                Ok(None) => {}
                Err(error) if is_conflict(&error) => {}
                Err(error) => return self.skip(turn, Skip::of(error)?).await,
            }
        }
        self.skip(turn, Skip::of(outrun())?).await
    }

    /// `None` when somebody else changed the ticket while we looked at it.
    async fn try_turn(&self, caller: &Caller, plan: &Plan, turn: &Turn) -> Result<Option<Outcome>> {
        let (mut made, comment) = self.prepare(caller, plan, &turn.ticket_id, &turn.etag).await?;
        let mut tx = self.store.db().begin().await?;
        if !self.keep_change(&mut tx, caller, &mut made, &plan.cause).await? {
            return Ok(None);
        }
        let deed = self.keep_deed(&mut tx, caller, made, comment).await?;
        if !bulks::done(&mut tx, turn, &deed).await? {
            tx.rollback().await?;
            return self.outcome_of(turn).await.map(Some);
        }
        tx.commit().await?;
        Ok(Some(Outcome::Done))
    }

    /// What the change would be on this ticket, if the caller may make it. Nothing is written.
    async fn prepare(
        &self,
        caller: &Caller,
        plan: &Plan,
        id: &str,
        etag: &str,
    ) -> Result<(Made, Option<wire::Comment>)> {
        let (before, catalogue) = self.known(caller, id).await?;
        let sent = plan.sent_to(&before)?;
        let made = self.decide(caller, &plan.edit, &sent, before, &catalogue).await?;
        if !etag.is_empty() && etag != made.before.etag() {
            return Err(Error::stale(&ticket_for(caller, &made.before, &self.style)));
        }
        let Some(said) = &plan.comment else { return Ok((made, None)) };
        access::check(caller, action(said.comment.kind()), &made.before)?;
        said.mentions.expect_readers(&made.after, said.comment.kind())?;
        let text = if said.is_template {
            self.fill_in(caller, &made.after, &said.comment.text).await?
        } else {
            said.comment.text.clone()
        };
        let comment = wire::Comment { ticket_id: id.to_owned(), text, ..said.comment.clone() };
        Ok((made, Some(comment)))
    }

    /// Adds the comment, and notes what it takes to undo all of it.
    async fn keep_deed(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        made: Made,
        comment: Option<wire::Comment>,
    ) -> Result<Deed> {
        let paths = made.paths(Reader::Everything);
        let mut deed = Deed {
            entry_ids: Words::of(&made.entry_ids),
            before: Edit::over(&paths).read(&made.before),
            paths,
            version: made.after.version,
            time: tx.micros(),
            ..Deed::default()
        };
        if let Some(comment) = comment {
            let html = markdown::render(&comment.text);
            let (comment, ticket) = self.keep_comment(tx, caller, &made.after, comment, html).await?;
            deed.version = ticket.version;
            deed.first_response = first_response(&made.before, &ticket);
            deed.comment_id = comment.id;
        }
        Ok(deed)
    }

    /// Passes a ticket over.
    async fn skip(&self, turn: &Turn, skip: Skip) -> Result<Outcome> {
        let mut tx = self.store.db().begin().await?;
        if !bulks::skipped(&mut tx, turn, &skip).await? {
            tx.rollback().await?;
            return self.outcome_of(turn).await;
        }
        tx.commit().await?;
        Ok(Outcome::Skipped(skip))
    }

    /// What became of a ticket whose turn somebody else took: the same call, sent twice at once.
    async fn outcome_of(&self, turn: &Turn) -> Result<Outcome> {
        let found = self.store.turns(&turn.bulk_id, turn.place - 1, false, 1).await?.pop();
        match found.map(|turn| turn.outcome) {
            Some(Outcome::Waiting) | None => Err(outrun()),
            Some(outcome) => Ok(outcome),
        }
    }
}

/// When the staff first responded, if it was by this change.
fn first_response(before: &Ticket, after: &Ticket) -> i64 {
    if before.first_response_time == 0 { after.first_response_time } else { 0 }
}

fn total(tickets: &[(String, String)]) -> Result<i32> {
    i32::try_from(tickets.len()).map_err(Error::internal)
}

/// Adds what became of a ticket.
fn note(report: &mut BulkUpdateResponse, ticket_id: &str, outcome: Outcome) {
    match outcome {
        Outcome::Skipped(skip) => report.skipped.push(skip.to_proto(ticket_id)),
        Outcome::Done | Outcome::Waiting => {
            report.done += 1;
            report.changed_ids.push(ticket_id.to_owned());
        }
    }
}

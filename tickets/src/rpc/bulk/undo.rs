//! `UndoBulk`.

use futures::stream;
use mesh_core::{
    caller::Caller,
    db::Tx,
    error::{Error, Result, Violations},
    idempotency::RequestKey,
    policy::{self, Action, Scope},
};
use proto::tickets::v1::{self as wire, ErrorReason, UndoBulkRequest, UndoBulkResponse};
use tonic::{Status, codegen::BoxStream};

use super::{
    super::{ATTEMPTS, Tickets, comments::delete_comment, outrun},
    BATCH, reported,
};
use crate::{
    access,
    bulk::{Bulk, Outcome, Skip, Turn, UNDOABLE, is_conflict},
    comment::Comment,
    store::{bulks, comments},
    ticket::{Edit, Ticket},
    wire::ticket_for,
};

const METHOD: &str = "/ticketmesh.tickets.v1.TicketService/UndoBulk";
/// What the timeline says of it.
const CAUSE: &str = "A bulk change was undone.";

/// An undoing under way.
#[derive(Debug)]
struct Undoing {
    tickets: Tickets,
    caller: Caller,
    bulk_id: String,
    /// How far it is.
    place: i64,
    total: i32,
    done: i32,
}

impl Undoing {
    /// The next batch, what was restored before included.
    async fn go_on(mut self) -> Result<Option<(UndoBulkResponse, Self)>, Status> {
        let turns = self.tickets.store.turns(&self.bulk_id, self.place, true, BATCH).await?;
        let Some(last) = turns.last() else { return Ok(None) };
        self.place = last.place;
        let mut report = UndoBulkResponse { total: self.total, ..UndoBulkResponse::default() };
        for turn in turns {
            let outcome = match turn.undone {
                Outcome::Waiting => self.tickets.restore(&self.caller, &turn).await?,
                ref outcome => outcome.clone(),
            };
            match outcome {
                Outcome::Skipped(skip) => report.skipped.push(skip.to_proto(&turn.ticket_id)),
                Outcome::Done | Outcome::Waiting => self.done += 1,
            }
        }
        report.done = self.done;
        Ok(Some((report, self)))
    }
}

impl Tickets {
    /// Undoes a bulk change.
    pub(in super::super) async fn undo_many(
        &self,
        caller: Caller,
        ask: UndoBulkRequest,
    ) -> Result<BoxStream<UndoBulkResponse>> {
        let key = RequestKey::new(&caller, METHOD, &ask.request_id, &ask)?;
        let mut wrong = Violations::default();
        wrong.id("bulk_id", &ask.bulk_id, "blk");
        wrong.into_result()?;
        let bulk = self.own_bulk(&caller, &ask.bulk_id).await?;
        let mut tx = self.store.db().begin().await?;
        if key.replay::<UndoBulkResponse>(&mut tx).await?.is_none() {
            if tx.micros() - bulk.create_time > UNDOABLE {
                let message = "it was made more than 30 days ago; change the tickets anew";
                return Err(Error::failed_precondition(&ErrorReason::NotUndoable, message));
            }
            let skip = Skip {
                reason: "WRONG_STATE".to_owned(),
                message: "the bulk change was undone before this ticket had its turn".to_owned(),
            };
            bulks::begin_undo(&mut tx, &bulk.id, &skip).await?;
            key.record(&mut tx, &UndoBulkResponse::default()).await?;
            tx.commit().await?;
        }
        let total = i32::try_from(self.store.deeds(&bulk.id).await?).map_err(Error::internal)?;
        let undoing = Undoing { tickets: self.clone(), caller, bulk_id: bulk.id, place: 0, total, done: 0 };
        let first = UndoBulkResponse { total, ..UndoBulkResponse::default() };
        Ok(reported(first, stream::try_unfold(undoing, Undoing::go_on)))
    }

    /// The bulk change, if the caller may undo it.
    async fn own_bulk(&self, caller: &Caller, id: &str) -> Result<Bulk> {
        let missing = || Error::not_found("bulk change", id);
        let bulk = self.store.bulk(id).await?.ok_or_else(missing)?;
        let own = caller.user_id().is_ok_and(|me| me == bulk.owner_id);
        if own || policy::check(caller, Action::TicketBulk, &Scope::everywhere()).is_ok() {
            Ok(bulk)
        } else {
            Err(missing())
        }
    }

    /// Restores one ticket, or finds out why not.
    async fn restore(&self, caller: &Caller, turn: &Turn) -> Result<Outcome> {
        for _ in 0..ATTEMPTS {
            match self.try_restore(caller, turn).await {
                Ok(Some(outcome)) => return Ok(outcome),
                Ok(None) => {}
                Err(error) if is_conflict(&error) => {}
                Err(error) => return self.leave(turn, Skip::of(error)?).await,
            }
        }
        self.leave(turn, Skip::of(outrun())?).await
    }

    /// `None` when somebody else changed the ticket while we looked at it.
    async fn try_restore(&self, caller: &Caller, turn: &Turn) -> Result<Option<Outcome>> {
        let deed = &turn.deed;
        let edit = Edit::over(&deed.paths);
        let sent = wire::Ticket { id: turn.ticket_id.clone(), ..deed.before.clone() };
        let mut made = self.unmake(caller, &edit, &sent).await?;
        access::check(caller, Action::TicketUpdate, &made.before)?;
        let mut tx = self.store.db().begin().await?;
        let moved = made.before.version != deed.version;
        if moved && bulks::was_touched_since(&mut tx, &turn.ticket_id, deed).await? {
            return Err(Error::stale(&ticket_for(caller, &made.before, &self.style)));
        }
        if !self.keep_change(&mut tx, caller, &mut made, CAUSE).await? {
            return Ok(None);
        }
        self.take_comment_back(&mut tx, caller, turn, &made.after).await?;
        if !bulks::restored(&mut tx, turn).await? {
            tx.rollback().await?;
            return self.undone_of(turn).await.map(Some);
        }
        tx.commit().await?;
        Ok(Some(Outcome::Done))
    }

    /// Deletes the comment the bulk change has added, unless it is gone or was moved elsewhere.
    async fn take_comment_back(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        turn: &Turn,
        ticket: &Ticket,
    ) -> Result<()> {
        let deed = &turn.deed;
        if deed.comment_id.is_empty() {
            return Ok(());
        }
        let stands = |found: &Comment| found.delete_time == 0 && found.ticket_id == turn.ticket_id;
        let standing = comments::comment(tx, &deed.comment_id).await?.filter(stands);
        let Some(comment) = standing else { return Ok(()) };
        if deed.first_response != 0 {
            bulks::take_response_back(tx, ticket, deed).await?;
        }
        delete_comment(tx, caller, &comment, true).await?;
        Ok(())
    }

    /// Leaves a ticket as it is.
    async fn leave(&self, turn: &Turn, skip: Skip) -> Result<Outcome> {
        let mut tx = self.store.db().begin().await?;
        if !bulks::left(&mut tx, turn, &skip).await? {
            tx.rollback().await?;
            return self.undone_of(turn).await;
        }
        tx.commit().await?;
        Ok(Outcome::Skipped(skip))
    }

    /// What became of a ticket somebody else restored: the same call, sent twice at once.
    async fn undone_of(&self, turn: &Turn) -> Result<Outcome> {
        let found = self.store.turns(&turn.bulk_id, turn.place - 1, true, 1).await?.pop();
        match found.map(|turn| turn.undone) {
            Some(Outcome::Waiting) | None => Err(outrun()),
            Some(outcome) => Ok(outcome),
        }
    }
}

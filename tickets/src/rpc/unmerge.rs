//! `UndoMerge`.

use mesh_core::{
    caller::Caller,
    db::Tx,
    error::{Error, Result, Violations},
    idempotency::RequestKey,
    outbox::{self, Cause},
    policy::Action,
};
use proto::tickets::v1::{self as wire, UndoMergeRequest};

use super::{
    ATTEMPTS, Tickets,
    merge::{encode, names},
    outrun,
};
use crate::{
    access, events,
    merge::{self, Merge, Source},
    store::{drafts::DraftKey, merges, tickets},
    ticket::Ticket,
};

const METHOD: &str = "/ticketmesh.tickets.v1.TicketService/UndoMerge";

/// A merge with its tickets as they are.
struct Standing {
    merge: Merge,
    sources: Vec<Source>,
    target: Ticket,
    stubs: Vec<Ticket>,
}

impl Tickets {
    /// Takes merged tickets apart.
    pub(super) async fn undo_merge(&self, caller: &Caller, ask: UndoMergeRequest) -> Result<wire::Merge> {
        let key = RequestKey::new(caller, METHOD, &ask.request_id, &ask)?;
        let mut wrong = Violations::default();
        wrong.id("id", &ask.id, "mrg");
        wrong.into_result()?;
        for _ in 0..ATTEMPTS {
            if let Some(done) = self.try_undo(caller, &key, &ask.id).await? {
                return Ok(done);
            }
        }
        Err(outrun())
    }

    /// `None` when somebody else changed one of the tickets while we looked at it.
    async fn try_undo(&self, caller: &Caller, key: &RequestKey, id: &str) -> Result<Option<wire::Merge>> {
        let mut tx = self.store.db().begin().await?;
        if let Some(done) = key.replay(&mut tx).await? {
            return Ok(Some(done));
        }
        let standing = self.standing(&mut tx, caller, id).await?;
        merge::expect_undoable(&standing.merge, &standing.target, &standing.stubs)?;
        if !self.unpark(&mut tx, &standing).await? || !merges::undo(&mut tx, id).await? {
            return Ok(None);
        }
        for source in &standing.sources {
            merges::bring_back(&mut tx, &standing.merge, source).await?;
        }
        part_drafts(&mut tx, &standing).await?;
        self.tell_of_undoing(&mut tx, &Cause::of(caller), &standing).await?;
        let undone = Merge { undo_time: tx.micros(), ..standing.merge };
        let answer = encode(&undone, &standing.sources);
        key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(Some(answer))
    }

    /// The merge with its tickets, if the caller may see and merge all of them.
    async fn standing(&self, tx: &mut Tx, caller: &Caller, id: &str) -> Result<Standing> {
        let found = merges::merge(tx, id).await?;
        let (merge, sources) = found.ok_or_else(|| Error::not_found("merge", id))?;
        let ids: Vec<_> =
            sources.iter().map(|source| source.source_id.clone()).chain([merge.target_id.clone()]).collect();
        tickets::hold(tx, ids.iter().map(String::as_str).collect(), false).await?;
        let mut all = vec![];
        let mut gone = false;
        for ticket_id in ids {
            if tickets::any_ticket(tx, &ticket_id).await?.is_none() {
                gone = true;
                continue;
            }
            let seen = self.seen_in(tx, caller, &ticket_id).await;
            let ticket = seen.map_err(|refusal| match refusal {
                Error::NotFound { .. } => Error::not_found("merge", id),
                other => other,
            })?;
            access::check(caller, Action::TicketMerge, &ticket)?;
            all.push(ticket);
        }
        match all.pop() {
            Some(target) if !gone => Ok(Standing { merge, sources, target, stubs: all }),
            Some(_) => Err(merge::not_undoable("a ticket of the merge was deleted")),
            None => Err(Error::not_found("merge", id)),
        }
    }

    /// Writes the tickets themselves, in the order merges do; `false` when somebody was faster.
    async fn unpark(&self, tx: &mut Tx, standing: &Standing) -> Result<bool> {
        let Standing { merge, target, stubs, .. } = standing;
        let others = merges::claims(tx, &target.id, &merge.id).await?;
        let mut after = merge::parted(target, &merge.claims, &others);
        (after.update_time, after.version) = (tx.micros(), target.version + 1);
        let mut all: Vec<&Ticket> = stubs.iter().chain([target]).collect();
        all.sort_by(|one, other| one.id.cmp(&other.id));
        for ticket in all {
            let saved = if ticket.id == target.id {
                self.save_people(tx, target, &after).await?
            } else {
                tickets::unpark(tx, ticket).await?
            };
            if !saved {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Writes what happened into histories and outbox.
    async fn tell_of_undoing(&self, tx: &mut Tx, cause: &Cause, standing: &Standing) -> Result<()> {
        let Standing { merge, target, stubs, .. } = standing;
        self.note_merge(tx, cause, &merge.id, target, stubs, true).await?;
        for stub in stubs {
            let source = tickets::recount(tx, &stub.id).await?.unwrap_or_else(|| stub.clone());
            let news = events::merge_undone(&source, &self.style, &merge.id, &target.id);
            outbox::push(tx, cause, news).await?;
            let names = names(&["status", "comment_count", "merged_into_id", "timeline"]);
            outbox::push(tx, cause, events::changed(&source, &self.style, names)).await?;
        }
        let target = tickets::recount(tx, &target.id).await?.unwrap_or_else(|| target.clone());
        let names = names(&["cc_ids", "watcher_ids", "comment_count", "timeline"]);
        outbox::push(tx, cause, events::changed(&target, &self.style, names)).await?;
        Ok(())
    }
}

/// The drafts go back to where they were.
async fn part_drafts(tx: &mut Tx, standing: &Standing) -> Result<()> {
    let Standing { merge, sources, target, .. } = standing;
    let kept = merges::take_kept_drafts(tx, &merge.id).await?;
    for ((person_id, kind), writing) in merge::writings(&target.id, sources, &kept) {
        let at = DraftKey { person_id: &person_id, ticket_id: &target.id, kind };
        merges::part_drafts(tx, at, &writing).await?;
    }
    Ok(())
}

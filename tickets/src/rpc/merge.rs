//! `MergeTickets`.
//!
//! The order inside the transaction keeps others out: first the tickets are held, so that whoever answers one at the same time
//! waits, and finds a stub; then everything on them moves.

use mesh_core::{
    caller::Caller,
    db::Tx,
    error::Result,
    idempotency::RequestKey,
    outbox::{self, Cause},
    policy::Action,
};
use proto::tickets::v1::{self as wire, MergeTicketsRequest};

use super::{ATTEMPTS, Tickets, outrun};
use crate::{
    access::{self, Viewer},
    column::Doer,
    comment::Comment,
    entry::{Entry, TicketName, What},
    events, markdown,
    merge::{self, Merge, Source},
    store::{
        comments,
        drafts::DraftKey,
        haystack, history, merges,
        tickets::{self, Which},
    },
    ticket::{Micros, Ticket},
    wire::time,
};

const METHOD: &str = "/ticketmesh.tickets.v1.TicketService/MergeTickets";

/// A merge that was checked, before it is written.
struct Merging {
    merge: Merge,
    /// As it was read.
    target: Ticket,
    /// As it will be.
    after: Ticket,
    /// As they were read, in full.
    sources: Vec<Ticket>,
    /// What each source asked, to open its conversation on the target.
    openings: Vec<Comment>,
}

impl Tickets {
    /// Merges tickets into one.
    pub(super) async fn merge(&self, caller: &Caller, ask: MergeTicketsRequest) -> Result<wire::Merge> {
        let key = RequestKey::new(caller, METHOD, &ask.request_id, &ask)?;
        let asked = ask.merge.unwrap_or_default();
        merge::check(&asked, &ask.comment)?;
        for _ in 0..ATTEMPTS {
            if let Some(done) = self.try_merge(caller, &key, &asked, &ask.comment).await? {
                return Ok(done);
            }
        }
        Err(outrun())
    }

    /// `None` when somebody else changed one of the tickets while we looked at it.
    async fn try_merge(
        &self,
        caller: &Caller,
        key: &RequestKey,
        asked: &wire::Merge,
        word: &str,
    ) -> Result<Option<wire::Merge>> {
        let mut tx = self.store.db().begin().await?;
        if let Some(done) = key.replay(&mut tx).await? {
            return Ok(Some(done));
        }
        let all = asked.source_ids.iter().chain([&asked.target_id]).map(String::as_str);
        tickets::hold(&mut tx, all.collect(), false).await?;
        let merging = self.plan_merge(&mut tx, caller, asked).await?;
        if !self.park(&mut tx, &merging).await? {
            return Ok(None);
        }
        let opened = merging.openings.iter().map(|opening| opening.id.clone());
        let named = merging.sources.iter().map(|source| source.id.clone()).zip(opened);
        let sources: Vec<_> = named.map(|(source_id, opening_id)| Source { source_id, opening_id }).collect();
        merges::insert(&mut tx, &merging.merge, &sources).await?;
        move_conversation(&mut tx, &merging, &sources).await?;
        gather_drafts(&mut tx, &merging, &sources).await?;
        let words = self.say_on_sources(&mut tx, caller, &merging, word).await?;
        self.tell_of_merge(&mut tx, &Cause::of(caller), &merging, &words).await?;
        let answer = encode(&merging.merge, &sources);
        key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(Some(answer))
    }

    /// What will be merged, as far as the caller may and the tickets allow it.
    async fn plan_merge(&self, tx: &mut Tx, caller: &Caller, asked: &wire::Merge) -> Result<Merging> {
        let target = self.mergeable(tx, caller, &asked.target_id).await?;
        let mut sources = Vec::with_capacity(asked.source_ids.len());
        let mut openings = Vec::with_capacity(asked.source_ids.len());
        for id in &asked.source_ids {
            let source = self.mergeable(tx, caller, id).await?;
            openings.push(opening(tx, &source, &target.id).await?);
            sources.push(source);
        }
        let earlier = merges::claims(tx, &target.id, "").await?;
        let (mut after, claims) = merge::joined(&target, &sources, &earlier)?;
        (after.update_time, after.version) = (tx.micros(), target.version + 1);
        let (id, create_time) = (tx.ids().id("mrg"), tx.micros());
        let merge = Merge { id, target_id: target.id.clone(), claims, create_time, undo_time: 0 };
        Ok(Merging { merge, target, after, sources, openings })
    }

    /// A ticket the caller may merge, in full.
    async fn mergeable(&self, tx: &mut Tx, caller: &Caller, id: &str) -> Result<Ticket> {
        let found = tickets::ticket(tx.conn(), Which::Id(id), &Viewer::of(caller)?, true).await?;
        let ticket = found.ok_or_else(|| mesh_core::error::Error::not_found("ticket", id))?;
        access::check(caller, Action::TicketMerge, &ticket)?;
        ticket.expect_whole()?;
        Ok(ticket)
    }

    /// Writes the tickets themselves, in one order so that no two merges wait for each other; `false` when somebody was faster.
    async fn park(&self, tx: &mut Tx, merging: &Merging) -> Result<bool> {
        let mut all: Vec<&Ticket> = merging.sources.iter().chain([&merging.target]).collect();
        all.sort_by(|one, other| one.id.cmp(&other.id));
        for ticket in all {
            let saved = if ticket.id == merging.target.id {
                self.save_people(tx, ticket, &merging.after).await?
            } else {
                tickets::park(tx, ticket, &merging.target.id).await?
            };
            if !saved {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Writes who is on a ticket; `false` when somebody was faster.
    pub(super) async fn save_people(&self, tx: &mut Tx, before: &Ticket, after: &Ticket) -> Result<bool> {
        let haystack = haystack(&self.style.write(after.number), &after.subject);
        tickets::save_fields(tx, before, after, haystack).await
    }

    /// Says a word to the sources' people, on the sources.
    async fn say_on_sources(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        merging: &Merging,
        word: &str,
    ) -> Result<Vec<Comment>> {
        let mut words = vec![];
        if word.trim().is_empty() {
            return Ok(words);
        }
        let html = markdown::render(word);
        for source in &merging.sources {
            let (author, now) = (caller.actor().into(), tx.micros());
            let said = public(tx, &source.id, word.to_owned(), html.clone(), author, now);
            comments::insert(tx, &said).await?;
            words.push(said);
        }
        Ok(words)
    }

    /// Writes what happened into histories and outbox.
    async fn tell_of_merge(
        &self,
        tx: &mut Tx,
        cause: &Cause,
        merging: &Merging,
        words: &[Comment],
    ) -> Result<()> {
        self.note_merge(tx, cause, &merging.merge.id, &merging.target, &merging.sources, false).await?;
        for source in &merging.sources {
            let stub = tickets::recount(tx, &source.id).await?.unwrap_or_else(|| source.clone());
            outbox::push(tx, cause, events::merged(&stub, &self.style, &merging.merge.id)).await?;
            let names = names(&["status", "comment_count", "merged_into_id", "timeline"]);
            outbox::push(tx, cause, events::changed(&stub, &self.style, names)).await?;
            for said in words.iter().filter(|said| said.ticket_id == stub.id) {
                outbox::push(tx, cause, events::comment_added(said, &stub, &self.style)).await?;
            }
        }
        let target = tickets::recount(tx, &merging.target.id).await?;
        let target = target.unwrap_or_else(|| merging.after.clone());
        let names = names(&["cc_ids", "watcher_ids", "comment_count", "timeline"]);
        outbox::push(tx, cause, events::changed(&target, &self.style, names)).await?;
        Ok(())
    }

    /// Notes a merge or its undoing on all of its tickets.
    pub(super) async fn note_merge(
        &self,
        tx: &mut Tx,
        cause: &Cause,
        merge_id: &str,
        target: &Ticket,
        sources: &[Ticket],
        undone: bool,
    ) -> Result<()> {
        let what = What::Merged {
            merge_id: merge_id.to_owned(),
            target: self.named(target),
            sources: sources.iter().map(|source| self.named(source)).collect(),
            undone,
        };
        let all: Vec<_> = sources.iter().chain([target]).map(|ticket| ticket.id.as_str()).collect();
        let entries = all.iter().map(|_| Entry {
            id: tx.ids().id("his"),
            time: tx.micros(),
            actor: cause.actor().clone().into(),
            cause: String::new(),
            internal: false,
            what: what.clone(),
        });
        let entries: Vec<_> = entries.collect();
        history::add(tx, &all.into_iter().zip(&entries).collect::<Vec<_>>()).await?;
        Ok(())
    }

    /// The ticket, named for people.
    pub(super) fn named(&self, ticket: &Ticket) -> TicketName {
        TicketName { id: ticket.id.clone(), number: self.style.write(ticket.number) }
    }
}

/// Names of changed fields.
pub(super) fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The merge as messages carry it.
pub(super) fn encode(merge: &Merge, sources: &[Source]) -> wire::Merge {
    wire::Merge {
        id: merge.id.clone(),
        target_id: merge.target_id.clone(),
        source_ids: sources.iter().map(|source| source.source_id.clone()).collect(),
        create_time: time(merge.create_time),
        undo_time: time(merge.undo_time),
    }
}

/// The comments move to the target, each source's begun by what it asked, with the files it was filed with.
async fn move_conversation(tx: &mut Tx, merging: &Merging, sources: &[Source]) -> Result<()> {
    for source in &merging.sources {
        merges::move_comments(tx, &merging.merge.id, &source.id, &merging.target.id).await?;
    }
    for (opening, source) in merging.openings.iter().zip(sources) {
        comments::insert(tx, opening).await?;
        merges::move_files(tx, source).await?;
    }
    Ok(())
}

/// The drafts move to the target.
async fn gather_drafts(tx: &mut Tx, merging: &Merging, sources: &[Source]) -> Result<()> {
    let all: Vec<_> = merging.sources.iter().chain([&merging.target]).collect();
    let kept = merges::keep_drafts(tx, &merging.merge.id, &all).await?;
    for ((person_id, kind), writing) in merge::writings(&merging.target.id, sources, &kept) {
        let at = DraftKey { person_id: &person_id, ticket_id: &merging.target.id, kind };
        merges::gather_drafts(tx, at, &writing).await?;
    }
    Ok(())
}

/// What a source asked, as a comment on the target by whoever filed it.
async fn opening(tx: &mut Tx, source: &Ticket, target_id: &str) -> Result<Comment> {
    let author = history::filed_by(tx, &source.id).await?;
    let text = format!("{}\n\n{}", source.subject, source.description);
    let html = markdown::render(&text);
    Ok(public(tx, target_id, text, html, author, source.create_time))
}

fn public(tx: &Tx, ticket_id: &str, text: String, html: String, author: Doer, at: Micros) -> Comment {
    Comment {
        id: tx.ids().id("cmt"),
        ticket_id: ticket_id.to_owned(),
        text,
        html,
        author,
        ..Comment::blank(at)
    }
}

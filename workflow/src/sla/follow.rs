//! Keeping moments, and the clocks that follow from them, in the transaction of what happened.
//!
//! Invariant: every change of a run and every comment on its ticket is a moment; the policy that applies is chosen anew with each. Two
//! transactions at once cannot both write the next moment: the later one begins again.

use jiff::Timestamp;
use mesh_core::{
    db::Tx,
    error::{Error, Result},
    id::Ids,
};
use proto::workflow::v1::{EndReason, run_history_entry::Change as What};

use super::{
    bells,
    book::Book,
    clock::Clock,
    moment::{Event, Moment, State, filed_at},
    past,
    projection::{Ticket, due_times},
    shelf,
};
use crate::{
    batch::Batch,
    definition::Definition,
    project,
    run::{Run, is_done},
    store::{self, clocks},
    vocabulary,
};

/// Entries of a history that become moments.
pub(super) const LONGEST_STORY: i64 = 10_000;

/// Something a clock can hear of.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) event: Event,
    /// What happened, for people, where the event says too little.
    pub(crate) cause: String,
    /// When, if not now. Moments stay in order: it is never before the last one.
    pub(crate) at: Option<Timestamp>,
    /// Since when what it absorbed had waited.
    pub(crate) since: Option<Timestamp>,
}

impl Heard {
    pub(crate) fn new(event: Event) -> Self {
        Self { event, cause: String::new(), at: None, since: None }
    }
}

/// What happened to a run becomes its next moments. Called by [`Change::save`](crate::change::Change::save) only.
pub(crate) async fn change(
    tx: &mut Tx,
    batch: &mut Batch,
    definition: &Definition,
    run: &Run,
    happened: &[&What],
) -> Result<()> {
    let mut heard: Vec<_> = happened.iter().filter_map(|what| heard_of(what)).collect();
    let begins = heard.first().is_some_and(|heard| heard.event == Event::Created);
    let given = heard.iter().any(|heard| heard.event == Event::Assigned);
    if begins && !given && run.assignee.is_some() {
        // One that came with its agent.
        heard.push(Heard::new(Event::Assigned));
    }
    if heard.is_empty() {
        return Ok(());
    }
    let book = batch.book(tx).await?;
    keep(tx, book, definition, run, heard, run.version - 1).await.map(drop)
}

/// What happened to a ticket without a change of its run. The ticket is told if its due times changed.
pub(crate) async fn hear(tx: &mut Tx, definition: &Definition, run: &Run, heard: Heard) -> Result<()> {
    let book = shelf::book(tx.conn()).await?;
    if keep(tx, &book, definition, run, vec![heard], run.version).await? {
        project::retimed(tx, run).await
    } else {
        Ok(())
    }
}

/// Facts of a ticket changed that are nobody's work. It is a moment only if another policy applies now.
pub(crate) async fn reconsider(tx: &mut Tx, definition: &Definition, run: &Run) -> Result<()> {
    let (book, now) = (shelf::book(tx.conn()).await?, tx.now());
    let chosen = book.choose(&vocabulary::values(run), now);
    let known = clocks::last_moment(tx.conn(), &run.id).await?;
    if known.map_or(chosen.is_empty(), |known| known.policy_id == chosen) {
        return Ok(());
    }
    hear(tx, definition, run, Heard::new(Event::Changed)).await
}

/// What a thing that happened to a run is to a clock.
pub(super) fn heard_of(what: &What) -> Option<Heard> {
    Some(match what {
        What::Started(_) => Heard::new(Event::Created),
        What::Moved(moved) => Heard { cause: moved.transition_label.clone(), ..Heard::new(Event::Moved) },
        What::AssigneeChanged(changed) if changed.to_id.is_empty() => Heard::new(Event::Released),
        What::AssigneeChanged(_) => Heard::new(Event::Assigned),
        What::FactsChanged(changed) if changed.department_id.is_empty() => Heard::new(Event::Changed),
        What::FactsChanged(_) => Heard::new(Event::Relocated),
        What::Ended(ended) if ended.reason() == EndReason::TicketMerged => Heard::new(Event::Merged),
        What::Ended(_) => Heard::new(Event::Ended),
        What::Resumed(_) => Heard::new(Event::Unmerged),
        What::Waiting(_)
        | What::Migrated(_)
        | What::Approval(_)
        | What::Snoozed(_)
        | What::Woken(_)
        | What::Offered(_)
        | What::OfferEnded(_) => return None,
    })
}

/// Writes the next moments of a run, and the clocks that follow. Answers whether its due times changed. What is written of its history
/// ends with the version `up_to`.
async fn keep(
    tx: &mut Tx,
    book: &Book,
    definition: &Definition,
    run: &Run,
    heard: Vec<Heard>,
    up_to: i64,
) -> Result<bool> {
    let begins = heard.first().is_some_and(|heard| heard.event == Event::Created);
    let before = if begins { None } else { last_moment(tx, definition, run, up_to).await? };
    let new = moments(definition, run, book, before.as_ref(), heard, tx.now());
    add(tx, run, &new).await?;
    let latest = if begins || book.policies.is_empty() {
        Vec::new()
    } else {
        clocks::latest(tx.conn(), &run.id).await?
    };
    let (count, whole) = (new.len(), needs_story(book, run, &latest, before.as_ref(), &new));
    let story = if whole {
        clocks::story(tx.conn(), &run.id).await?
    } else {
        before.into_iter().chain(new).collect()
    };
    let changed = projected(tx.ids(), book, run, &latest, &story, count);
    write(tx, book, run, &changed).await?;
    Ok(due_times(&latest) != due_times(&after(&latest, &changed)))
}

/// The last moment of a run that began before. If none was ever kept, those of its history up to a version are written first.
async fn last_moment(tx: &mut Tx, definition: &Definition, run: &Run, up_to: i64) -> Result<Option<Moment>> {
    let last = clocks::last_moment(tx.conn(), &run.id).await?;
    if last.is_some() {
        return Ok(last);
    }
    let mut history = store::history::since(tx.conn(), &run.id, 0, LONGEST_STORY).await?;
    history.retain(|entry| entry.run_version <= up_to);
    let past = past::moments(definition, run, &history);
    add(tx, run, &past).await?;
    Ok(past.into_iter().next_back())
}

/// Writes the next moments of a run.
pub(super) async fn add(tx: &mut Tx, run: &Run, moments: &[Moment]) -> Result<()> {
    if clocks::add_moments(tx.conn(), &run.id, moments).await? {
        return Ok(());
    }
    Err(Error::conflict("the ticket moved at the same moment; send the same request again"))
}

/// The next moments of a run.
fn moments(
    definition: &Definition,
    run: &Run,
    book: &Book,
    before: Option<&Moment>,
    heard: Vec<Heard>,
    now: Timestamp,
) -> Vec<Moment> {
    let chosen = book.choose(&vocabulary::values(run), now);
    let was_done = before.is_some_and(|before| is_done(before.state.status));
    let mut answered = before.is_some_and(|before| before.state.answered);
    let first = before.map_or(0, |before| before.seq) + 1;
    let mut earliest = before.map_or(Timestamp::MIN, |before| before.at);
    let is_given = heard.iter().any(|heard| heard.event == Event::Assigned);
    let moment = |(Heard { event, cause, at, since }, seq)| {
        answered |= event == Event::AgentReplied;
        let mut state = State::of(run, definition, answered);
        if event == Event::Created && is_given {
            // Nobody had it yet.
            state.assignee_id.clear();
        }
        let reopens = event == Event::Moved && was_done && !is_done(run.category);
        let begun = (event == Event::Created).then(|| filed_at(run));
        earliest = at.or(begun).unwrap_or(now).min(now).max(earliest);
        Moment {
            seq,
            at: earliest,
            event: if reopens { Event::Reopened } else { event },
            state,
            policy_id: if event == Event::Ended { String::new() } else { chosen.clone() },
            cause,
            since,
        }
    };
    heard.into_iter().zip(first..).map(moment).collect()
}

fn needs_story(book: &Book, run: &Run, latest: &[Clock], before: Option<&Moment>, new: &[Moment]) -> bool {
    let ticket = Ticket { id: &run.facts.ticket_id, latest, ids: &String::new };
    ticket.needs_story(book, before, new)
}

fn projected(
    ids: &Ids,
    book: &Book,
    run: &Run,
    latest: &[Clock],
    story: &[Moment],
    new: usize,
) -> Vec<Clock> {
    let ticket = Ticket { id: &run.facts.ticket_id, latest, ids: &|| ids.id("clk") };
    ticket.follow(book, story, new)
}

/// Writes clocks that changed, and sets their bells.
pub(crate) async fn write(tx: &mut Tx, book: &Book, run: &Run, changed: &[Clock]) -> Result<()> {
    for clock in changed {
        if !clocks::put(tx.conn(), &run.id, clock).await? {
            return Err(Error::conflict("the clock moved at the same moment; send the same request again"));
        }
        bells::set(tx, book, clock).await?;
    }
    Ok(())
}

/// The latest clocks after some changed.
pub(crate) fn after(latest: &[Clock], changed: &[Clock]) -> Vec<Clock> {
    let is_newer = |clock: &&Clock| changed.iter().all(|new| new.id != clock.id);
    latest.iter().filter(is_newer).chain(changed).cloned().collect()
}

//! News of tickets.

use mesh_core::{
    db::Tx,
    error::{Error, Result},
};
use proto::{
    events::v1::{CommentAdded, Envelope, TicketChanged, TicketDeleted},
    tickets::v1::CommentKind,
    workflow::v1::Signal,
};

use super::{Meaning, hearing};
use crate::{
    change::Change,
    engine, follow_up,
    occasion::{Doing, Occasion},
    placing::Place,
    run::{Facts, Run},
    store,
    workflow::Workflow,
};

/// What a change of a ticket means here.
pub(super) async fn meaning<'e>(
    workflow: &Workflow,
    changed: &'e TicketChanged,
    version: i64,
) -> Result<Meaning<'e>> {
    let ticket = present(changed.ticket.as_ref())?;
    let mut conn = workflow.read().await?;
    Ok(match store::runs::by_ticket(&mut conn, &ticket.id).await? {
        None => Meaning::Arrival(ticket),
        Some(run) if run.facts.version < version && !run.facts.agree(&Facts::of(ticket, version)) => {
            Meaning::News
        }
        Some(_) => Meaning::Nothing,
    })
}

/// Keeps the facts, and moves the work when it belongs elsewhere now.
pub(super) async fn changed(
    workflow: &Workflow,
    tx: &mut Tx,
    envelope: &Envelope,
    changed: &TicketChanged,
) -> Result<()> {
    let ticket = present(changed.ticket.as_ref())?;
    let Some(run) = store::runs::by_ticket(tx.conn(), &ticket.id).await? else {
        return Ok(());
    };
    let facts = Facts::of(ticket, envelope.version);
    if facts.version <= run.facts.version {
        return Ok(());
    }
    let after = Run { facts: facts.clone(), ..run.clone() };
    // What somebody has stays where it was routed, unless it is another department's now.
    let moves = run.facts.department_id != facts.department_id;
    let placed = if moves || (run.queued_at.is_some() && !run.pinned) {
        workflow.place(tx, &after).await?
    } else {
        Place::of(&run)
    };
    let same_work = run.facts.same_work(&facts);
    if same_work && placed == Place::of(&run) {
        store::runs::update_facts(tx.conn(), &run.id, &facts).await?;
        return hearing::facts(workflow, tx, envelope, after).await;
    }
    let definition = workflow.definition(tx.conn(), &run).await?;
    let occasion = Occasion::event(envelope);
    let mut change = Change::of(&definition, &occasion, run);
    if same_work {
        change.requeue(tx, placed);
    } else {
        change.refact(tx, facts.clone(), placed);
    }
    if moves {
        workflow.release_from_strangers(tx, &mut change).await?;
    }
    workflow.find_agent(tx, &mut change).await?;
    let run = change.save(tx).await?;
    store::runs::update_facts(tx.conn(), &run.id, &facts).await
}

/// A run without a ticket is over.
pub(super) async fn deleted(
    workflow: &Workflow,
    tx: &mut Tx,
    envelope: &Envelope,
    deleted: &TicketDeleted,
) -> Result<()> {
    let ticket = present(deleted.ticket.as_ref())?;
    let run = store::runs::by_ticket(tx.conn(), &ticket.id).await?;
    let Some(run) = run.filter(Run::is_open) else {
        return Ok(());
    };
    let definition = workflow.definition(tx.conn(), &run).await?;
    let occasion = Occasion::event(envelope);
    let mut change = Change::of(&definition, &occasion, run);
    change.abandon(tx);
    change.save(tx).await.map(drop)
}

/// Whether a comment could move its run from where it stands, concerns its clocks, or may be the first answer. That may have come with
/// the very transition that ended the run.
pub(super) async fn is_of_concern(workflow: &Workflow, added: &CommentAdded) -> Result<bool> {
    let Some(comment) = added.comment.as_ref() else { return Ok(false) };
    if added.ticket.as_ref().is_some_and(|ticket| ticket.first_response_time.is_some()) {
        return Ok(true);
    }
    let mut conn = workflow.read().await?;
    let run = store::runs::by_ticket(&mut conn, &comment.ticket_id).await?;
    Ok(run.is_some_and(|run| run.is_open() || run.is_closed()))
}

/// An answer moves the run where its workflow waits for one. One that comes too late to open a closed ticket again begins a new one.
pub(super) async fn commented(
    workflow: &Workflow,
    tx: &mut Tx,
    envelope: &Envelope,
    added: &CommentAdded,
) -> Result<()> {
    let comment = present(added.comment.as_ref())?;
    let author = comment.author.as_ref().map(|author| author.user_id.as_str()).unwrap_or_default();
    let run = store::runs::by_ticket(tx.conn(), &comment.ticket_id).await?;
    let Some(run) = run.filter(|run| run.is_open() || run.is_closed()) else {
        return Ok(());
    };
    let signal = signal_of(tx, &run, author).await?;
    hearing::comment(workflow, tx, &run, comment, signal).await?;
    let announced =
        store::presses::announced(tx.conn(), &comment.ticket_id, &envelope.correlation_id).await?;
    let moving = signal.filter(|_| !announced && comment.kind() == CommentKind::Public);
    let definition = workflow.definition(tx.conn(), &run).await?;
    let step = moving.and_then(|signal| engine::signal(&definition, &run, signal, tx.now()));
    let replied = moving == Some(Signal::RequesterReplied);
    let wakes = replied && run.snooze.is_some_and(|snooze| snooze.on_reply);
    if step.is_none() && !wakes {
        return if replied && run.is_closed() { follow_up::ask_for(tx, comment).await } else { Ok(()) };
    }
    let occasion = Occasion::event(envelope);
    let mut change = Change::of(&definition, &occasion, run);
    if let Some(step) = step {
        change.step(Doing::Actors, step);
    }
    if wakes {
        change.wake(tx, Doing::Actors);
    }
    workflow.release_from_strangers(tx, &mut change).await?;
    workflow.find_agent(tx, &mut change).await?;
    change.save(tx).await.map(drop)
}

/// What a public comment of this person means to the run.
async fn signal_of(tx: &mut Tx, run: &Run, author: &str) -> Result<Option<Signal>> {
    if run.facts.is_for(author) || run.facts.participants.iter().any(|id| id == author) {
        return Ok(Some(Signal::RequesterReplied));
    }
    let is_agent = run.is_with(author) || store::agents::works_on(tx.conn(), author, run).await?;
    Ok(is_agent.then_some(Signal::AgentReplied))
}

/// A part every event of its kind has.
pub(super) fn present<T>(part: Option<&T>) -> Result<&T> {
    part.ok_or_else(|| Error::internal("an event of tickets lacks the thing it is about"))
}

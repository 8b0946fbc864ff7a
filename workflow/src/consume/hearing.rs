//! What clocks hear of comments, merges and facts, where the run itself may stay as it is.

use mesh_core::{clock, db::Tx, error::Result};
use proto::{
    events::v1::{Envelope, MergeUndone, TicketMerged},
    identity::v1::ActorKind,
    tickets::v1::{Comment, CommentKind},
    workflow::v1::Signal,
};

use crate::{
    change::Change,
    occasion::Occasion,
    run::Run,
    sla::{
        follow::{self, Heard},
        moment::Event,
    },
    store,
    workflow::Workflow,
};

/// A comment, by whoever this signal stands for.
pub(super) async fn comment(
    workflow: &Workflow,
    tx: &mut Tx,
    run: &Run,
    comment: &Comment,
    signal: Option<Signal>,
) -> Result<()> {
    let Some(event) = event_of(comment, signal) else { return Ok(()) };
    let at = comment.create_time.as_ref().and_then(clock::from_proto);
    let definition = workflow.definition(tx.conn(), run).await?;
    follow::hear(tx, &definition, run, Heard { at, ..Heard::new(event) }).await
}

/// What a comment is to a clock.
fn event_of(comment: &Comment, signal: Option<Signal>) -> Option<Event> {
    let by_robot = comment.author.as_ref().is_some_and(|author| author.kind() != ActorKind::Person);
    match (comment.kind(), signal?) {
        (CommentKind::Public, Signal::RequesterReplied) => Some(Event::RequesterReplied),
        (CommentKind::Public, Signal::AgentReplied) if by_robot => Some(Event::RobotReplied),
        (CommentKind::Public, Signal::AgentReplied) => Some(Event::AgentReplied),
        (CommentKind::Internal, Signal::AgentReplied) if !by_robot => Some(Event::AgentNoted),
        _ => None,
    }
}

/// The ticket somebody's ticket was merged into.
pub(super) async fn absorbed(
    workflow: &Workflow,
    tx: &mut Tx,
    merged: &TicketMerged,
    stub: &Run,
) -> Result<()> {
    let target = store::runs::by_ticket(tx.conn(), &merged.target_id).await?;
    let Some(target) = target.filter(Run::is_open) else { return Ok(()) };
    let (cause, since) = (stub.facts.number.clone(), Some(stub.started_at));
    let definition = workflow.definition(tx.conn(), &target).await?;
    let heard = Heard { cause, since, ..Heard::new(Event::Absorbed) };
    follow::hear(tx, &definition, &target, heard).await
}

/// The ticket it had been merged into, which has not waited for it any more.
pub(super) async fn parted(
    workflow: &Workflow,
    tx: &mut Tx,
    undone: &MergeUndone,
    source: &Run,
) -> Result<()> {
    let target = store::runs::by_ticket(tx.conn(), &undone.target_id).await?;
    let Some(target) = target.filter(Run::is_open) else { return Ok(()) };
    let definition = workflow.definition(tx.conn(), &target).await?;
    let heard = Heard { cause: source.facts.number.clone(), ..Heard::new(Event::Parted) };
    follow::hear(tx, &definition, &target, heard).await
}

/// Facts that are nobody's work, as they are now: clocks are measured by them, and an automatic transition may have waited for them.
pub(super) async fn facts(workflow: &Workflow, tx: &mut Tx, envelope: &Envelope, run: Run) -> Result<()> {
    if !run.is_open() {
        return Ok(());
    }
    let definition = workflow.definition(tx.conn(), &run).await?;
    follow::reconsider(tx, &definition, &run).await?;
    let occasion = Occasion::event(envelope);
    let change = Change::of(&definition, &occasion, run);
    if change.goes_on(tx.now()) {
        change.save(tx).await?;
    }
    Ok(())
}

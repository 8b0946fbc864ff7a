//! Automations at work: looking at a ticket when an event or a time asks for it, having the effects done, and pausing what fails too
//! often.
//!
//! Invariant: an automation looks at a ticket once for each reason: what it did is written under the reason, in the transaction that
//! orders its effects, and a second time nothing is written.

pub(crate) mod errand;
pub(crate) mod forgetting;
pub(crate) mod schedule;

use jiff::{SignedDuration, Timestamp};
use mesh_core::{
    caller,
    db::Tx,
    error::Result,
    jobs::{self, Job},
    outbox::{self, Cause},
};
use proto::{event, events::v1::Envelope, workflow::v1::AutomationOutcome};

use crate::{
    automation::{Automation, EVENTS, Heard, LOOP, LOOP_WITHIN},
    events,
    occasion::PART,
    run::Run,
    store::{automations, runs},
    workflow::Workflow,
};

/// How long a failure counts.
const FAILING_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Whether an automation waits for such an event.
pub(crate) async fn is_awaited(workflow: &Workflow, envelope: &Envelope) -> Result<bool> {
    let name = envelope.event.as_ref().map(event::name).unwrap_or_default();
    if !EVENTS.contains(&name) {
        return Ok(false);
    }
    let mut conn = workflow.read().await?;
    automations::is_awaited(&mut conn, name).await
}

/// Every automation that waits for what another service tells looks at its ticket.
pub(crate) async fn hear(tx: &mut Tx, envelope: &Envelope) -> Result<()> {
    let Some(heard) = Heard::of(envelope) else { return Ok(()) };
    match runs::by_ticket(tx.conn(), &heard.ticket_id).await? {
        Some(run) => consider(tx, &heard, &run).await,
        None => Ok(()),
    }
}

/// The same for what is told here, of a run as it is now.
pub(crate) async fn told(tx: &mut Tx, envelope: &Envelope, run: &Run) -> Result<()> {
    match Heard::of(envelope) {
        Some(heard) => consider(tx, &heard, run).await,
        None => Ok(()),
    }
}

async fn consider(tx: &mut Tx, heard: &Heard, run: &Run) -> Result<()> {
    let (waiting, is_kept) = automations::waiting_for(tx.conn(), heard).await?;
    // Of a burst one is enough.
    if !is_kept {
        automations::keep_heard(tx.conn(), heard).await?;
    }
    for automation in waiting {
        look(tx, &automation, run, Some(heard), &heard.id).await?;
    }
    Ok(())
}

/// One looks at a ticket, for a reason. Answers whether it may go on with others.
async fn look(
    tx: &mut Tx,
    automation: &Automation,
    run: &Run,
    heard: Option<&Heard>,
    cause: &str,
) -> Result<bool> {
    let (now, automation_id) = (tx.now(), automation.said.id.as_str());
    let mut verdict = automation.consider(run, heard, now);
    let by_person = heard.is_some_and(|heard| heard.by_person);
    if verdict.outcome == AutomationOutcome::Done && !by_person {
        let since = ago(now, LOOP_WITHIN);
        let done = automations::done_since(tx.conn(), automation_id, &run.facts.ticket_id, since).await?;
        verdict = if done >= LOOP { verdict.looping() } else { verdict };
    }
    // A schedule looks at every open ticket; what it leaves alone is not worth a line each time.
    if heard.is_none() && verdict.outcome == AutomationOutcome::Skipped {
        return Ok(true);
    }
    let (id, record) = (tx.ids().id("atr"), verdict.record(automation_id, run, heard, now));
    if !automations::add_run(tx.conn(), &id, &record, cause, by_person).await? {
        return Ok(true);
    }
    errand::order(tx, automation, run, &id, verdict.deeds).await?;
    match verdict.outcome {
        AutomationOutcome::Failed | AutomationOutcome::Loop => {
            charge(tx, automation_id, &verdict.error).await
        }
        _ => Ok(true),
    }
}

/// It failed once more: with its budget used up it pauses, and its owner is told. Answers whether it may go on.
async fn charge(tx: &mut Tx, automation_id: &str, error: &str) -> Result<bool> {
    let Some(automation) = automations::by_id(tx.conn(), automation_id).await? else { return Ok(false) };
    let since = ago(tx.now(), FAILING_WITHIN).max(automation.enabled_at);
    let failed = automations::failed_since(tx.conn(), automation_id, since).await?;
    if !automation.said.enabled || failed < automation.budget() {
        return Ok(automation.said.enabled);
    }
    let because = format!("failed {failed} times in 24 hours, the last time because it {error}");
    let now = tx.now();
    if automations::pause(tx.conn(), automation_id, &because, now).await?
        && let Some(paused) = automations::by_id(tx.conn(), automation_id).await?
    {
        set_alarm(tx, &paused).await?;
        let cause = Cause::of_itself(caller::system(PART), automation_id);
        outbox::push(tx, &cause, events::automation_paused(&paused)).await?;
    }
    Ok(false)
}

/// Sets the time it is due next, and takes back the one set before.
pub(crate) async fn set_alarm(tx: &mut Tx, automation: &Automation) -> Result<()> {
    let key = automation.said.id.clone();
    jobs::cancel(tx, schedule::KIND, &key).await?;
    if let Some(due) = automation.due_after(tx.now()) {
        jobs::enqueue(tx, Job { kind: schedule::KIND, key, due, payload: Vec::new() }).await?;
    }
    Ok(())
}

fn ago(now: Timestamp, length: SignedDuration) -> Timestamp {
    now.saturating_sub(length).unwrap_or(Timestamp::MIN)
}

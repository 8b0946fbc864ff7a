//! What this service hears: tickets that come, change, are answered, merged and go; people who may work, or no longer.
//!
//! Invariant: what an event changes is written in one transaction with the note that it was seen, so hearing it twice changes
//! things once.

mod hearing;
mod identity;
mod merges;
mod tickets;

use std::sync::Arc;

use async_trait::async_trait;
use mesh_core::{
    bus::{Group, Handler, Subscription},
    db::Tx,
    error::Result,
    inbox,
};
use proto::{
    events::v1::{Envelope, envelope::Event},
    tickets::v1::Ticket,
};

use crate::{automating, conflict, measuring, workflow::Workflow};

/// This consumer's name on the bus and in the inbox.
pub(crate) const GROUP: &str = "workflow";

/// The events it cares about.
pub(crate) const KEYS: &[&str] = &[
    "tickets.ticket.*",
    "tickets.merge.undone",
    "tickets.comment.added",
    "identity.user.updated",
    "identity.user.access_changed",
    "identity.department.changed",
];

/// The subscription of this service.
pub(crate) fn subscription(workflow: &Workflow) -> Subscription {
    Subscription { group: Group::Durable(GROUP), keys: KEYS, handler: Arc::new(Consumer(workflow.clone())) }
}

#[derive(Debug)]
struct Consumer(Workflow);

/// What an event means here.
#[derive(Clone, Copy, Debug)]
enum Meaning<'e> {
    /// It can change nothing: most changes of a ticket do not, and need no transaction.
    Nothing,
    /// It is taken in by itself.
    News,
    /// A ticket without a run, which stands in line with others.
    Arrival(&'e Ticket),
}

#[async_trait]
impl Handler for Consumer {
    async fn handle(&self, envelope: &Envelope) -> Result<()> {
        let Some(event) = &envelope.event else {
            return Ok(());
        };
        match self.meaning(envelope, event).await? {
            Meaning::Nothing => Ok(()),
            Meaning::News => conflict::retried(|| self.take_in(envelope, event)).await,
            Meaning::Arrival(ticket) => self.0.arrive(envelope, ticket).await,
        }
    }
}

impl Consumer {
    async fn take_in(&self, envelope: &Envelope, event: &Event) -> Result<()> {
        let mut tx = self.0.db.begin().await?;
        if inbox::first_time(&mut tx, GROUP, &envelope.id).await? {
            self.apply(&mut tx, envelope, event).await?;
            automating::hear(&mut tx, envelope).await?;
        }
        tx.commit().await
    }

    async fn meaning<'e>(&self, envelope: &Envelope, event: &'e Event) -> Result<Meaning<'e>> {
        let meaning = match event {
            Event::TicketsTicketCreated(created) => {
                Meaning::Arrival(tickets::present(created.ticket.as_ref())?)
            }
            Event::TicketsTicketChanged(changed) => {
                tickets::meaning(&self.0, changed, envelope.version).await?
            }
            Event::TicketsCommentAdded(added) if !tickets::is_of_concern(&self.0, added).await? => {
                Meaning::Nothing
            }
            _ => Meaning::News,
        };
        let is_awaited =
            matches!(meaning, Meaning::Nothing) && automating::is_awaited(&self.0, envelope).await?;
        Ok(if is_awaited { Meaning::News } else { meaning })
    }

    async fn apply(&self, tx: &mut Tx, envelope: &Envelope, event: &Event) -> Result<()> {
        let workflow = &self.0;
        match event {
            Event::TicketsTicketChanged(changed) => {
                tickets::changed(workflow, tx, envelope, changed).await?;
                measuring::told(tx, changed.ticket.as_ref()).await
            }
            Event::TicketsTicketDeleted(deleted) => {
                tickets::deleted(workflow, tx, envelope, deleted).await?;
                measuring::forget(tx, deleted.ticket.as_ref()).await
            }
            Event::TicketsTicketRated(rated) => measuring::told(tx, rated.ticket.as_ref()).await,
            Event::TicketsTicketMerged(merged) => merges::merged(workflow, tx, envelope, merged).await,
            Event::TicketsMergeUndone(undone) => merges::undone(workflow, tx, envelope, undone).await,
            Event::TicketsCommentAdded(added) => {
                tickets::commented(workflow, tx, envelope, added).await?;
                measuring::told(tx, added.ticket.as_ref()).await
            }
            Event::IdentityUserUpdated(updated) => identity::user_updated(tx, updated).await,
            Event::IdentityUserAccessChanged(changed) => {
                identity::access_changed(tx, envelope, changed).await
            }
            Event::IdentityDepartmentChanged(changed) => {
                identity::department_changed(tx, envelope, changed).await
            }
            _ => Ok(()),
        }
    }
}

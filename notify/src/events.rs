//! What notify consumes and publishes.

use async_trait::async_trait;
use mesh_core::{
    bus::Handler,
    caller,
    db::Tx,
    error::Result,
    inbox,
    outbox::{self, Cause, News as BusNews},
};
use proto::events::v1::{Audience, Envelope, NotificationCreated, NotificationsRead, envelope::Event};

use crate::{forgetting, news, store::Store};

/// What notify wants to hear of.
pub(crate) const KEYS: &[&str] = &[
    "tickets.ticket.created",
    "tickets.comment.added",
    "workflow.assignment.made",
    "workflow.run.moved",
    "workflow.clock.*",
    "workflow.notice.sent",
    "workflow.automation.paused",
    "identity.user.updated",
];

/// The name under which notify takes events in.
pub(crate) const CONSUMER: &str = "notify";

/// Turns events into notifications, and hears of deleted people.
pub(crate) struct Consumer {
    pub(crate) store: Store,
}

#[async_trait]
impl Handler for Consumer {
    async fn handle(&self, envelope: &Envelope) -> Result<()> {
        let (news, deleted) = (news::of(envelope), forgetting::deleted(envelope));
        if news.is_empty() && deleted.is_none() {
            return Ok(());
        }
        let mut tx = self.store.begin().await?;
        if !inbox::first_time(&mut tx, CONSUMER, &envelope.id).await? {
            return Ok(());
        }
        if let Some(user) = deleted {
            forgetting::begin(&mut tx, user).await?;
        }
        let cause = Cause::following(envelope, caller::system(CONSUMER));
        for news in &news {
            let notification = self.store.insert(&mut tx, news).await?;
            let unread_count = self.store.count_unread_in(&mut tx, &news.user_id).await?;
            let created = NotificationCreated { notification: Some(notification), unread_count };
            tell(&mut tx, &cause, &news.user_id, Event::NotifyNotificationCreated(created)).await?;
        }
        tx.commit().await
    }
}

/// Tells a person's other screens that he has read something.
pub(crate) async fn read(
    tx: &mut Tx,
    cause: &Cause,
    user_id: &str,
    notification_ids: Vec<String>,
    unread_count: i64,
) -> Result<()> {
    let read = NotificationsRead { notification_ids, unread_count };
    tell(tx, cause, user_id, Event::NotifyNotificationRead(read)).await
}

/// News for one person's eyes only.
async fn tell(tx: &mut Tx, cause: &Cause, user_id: &str, event: Event) -> Result<()> {
    let audience = Audience { user_ids: vec![user_id.to_owned()], ..Audience::default() };
    let version = tx.now().as_microsecond();
    outbox::push(tx, cause, BusNews { subject: user_id.to_owned(), version, audience, event }).await?;
    Ok(())
}

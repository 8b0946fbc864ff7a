//! The person's notifications: the newest ones, and exactly how many are unread.

use std::rc::Rc;

use proto::events::v1::Envelope;
use proto::events::v1::envelope::Event;
use proto::notify::v1::Notification;
use sycamore::prelude::*;

use super::Load;
use crate::api;

/// The inbox behind the bell.
#[derive(Clone, Copy)]
pub(crate) struct Inbox {
    newest: Signal<Load<Rc<Vec<Notification>>>>,
    unread: Signal<i64>,
}

impl Inbox {
    pub(crate) fn new() -> Self {
        Self { newest: create_signal(Load::Waiting), unread: create_signal(0) }
    }

    pub(crate) fn newest(self) -> ReadSignal<Load<Rc<Vec<Notification>>>> {
        *self.newest
    }

    pub(crate) fn unread(self) -> ReadSignal<i64> {
        *self.unread
    }

    /// Asks for the newest ones and the count.
    pub(crate) async fn load(self) {
        match api::inbox::newest().await {
            Ok(page) => {
                self.unread.set(page.unread_count);
                self.newest.set(Load::Ready(Rc::new(page.notifications)));
            }
            Err(trouble) => self.newest.set(Load::Failed(trouble)),
        }
    }

    /// Marks one as read, here at once and then on the server.
    pub(crate) async fn read(self, notification_id: String) {
        self.mark(|known| known.id == notification_id);
        if let Ok(unread) = api::inbox::mark_read(notification_id).await {
            self.unread.set(unread);
        }
    }

    /// Marks all as read.
    pub(crate) async fn read_all(self) {
        self.mark(|_| true);
        if let Ok(unread) = api::inbox::mark_all_read().await {
            self.unread.set(unread);
        }
    }

    /// Takes what an event says of the inbox, if it says anything.
    pub(crate) fn hear(self, envelope: &Envelope) {
        match envelope.event.as_ref() {
            Some(Event::NotifyNotificationCreated(created)) => {
                self.unread.set(created.unread_count);
                if let Some(notification) = &created.notification {
                    self.change(|known| add(known, notification));
                }
            }
            Some(Event::NotifyNotificationRead(read)) => {
                self.unread.set(read.unread_count);
                self.mark(|known| {
                    read.notification_ids.is_empty() || read.notification_ids.contains(&known.id)
                });
            }
            _ => {}
        }
    }

    fn mark(self, is_meant: impl Fn(&Notification) -> bool) {
        self.change(|known| {
            for notification in known.iter_mut().filter(|known| known.read_time.is_none() && is_meant(known))
            {
                notification.read_time = Some(prost_types::Timestamp::default());
            }
        });
    }

    fn change(self, change: impl FnOnce(&mut Vec<Notification>)) {
        let Load::Ready(known) = self.newest.get_clone_untracked() else {
            return;
        };
        let mut changed = known.to_vec();
        change(&mut changed);
        self.newest.set(Load::Ready(Rc::new(changed)));
    }
}

/// Puts a notification first, once.
fn add(known: &mut Vec<Notification>, notification: &Notification) {
    known.retain(|known| known.id != notification.id);
    known.insert(0, notification.clone());
}

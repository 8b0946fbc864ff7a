//! The person's own notifications.

use proto::notify::v1::{
    ListNotificationsRequest, ListNotificationsResponse, MarkAllReadRequest, MarkReadRequest, inbox_service,
};

use super::{Answer, ask};

/// The newest notifications and how many are unread in all.
pub(crate) async fn newest() -> Answer<ListNotificationsResponse> {
    let asked = ListNotificationsRequest { page_size: 50, ..ListNotificationsRequest::default() };
    ask(inbox_service::LIST_NOTIFICATIONS, asked).await
}

/// Marks one as read; answers how many unread ones are left.
pub(crate) async fn mark_read(notification_id: String) -> Answer<i64> {
    let asked = MarkReadRequest { notification_ids: vec![notification_id] };
    ask(inbox_service::MARK_READ, asked).await.map(|answer| answer.unread_count)
}

/// Marks all as read.
pub(crate) async fn mark_all_read() -> Answer<i64> {
    let asked = MarkAllReadRequest::default();
    ask(inbox_service::MARK_ALL_READ, asked).await.map(|answer| answer.unread_count)
}

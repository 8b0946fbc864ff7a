//! The person's own notifications.

use proto::notify::v1::inbox_service_client::InboxServiceClient;
use proto::notify::v1::{
    ListNotificationsRequest, ListNotificationsResponse, MarkAllReadRequest, MarkReadRequest,
};

use super::{Answer, Channel, ask, channel};

fn client() -> InboxServiceClient<Channel> {
    InboxServiceClient::new(channel())
}

/// The newest notifications and how many are unread in all.
pub(crate) async fn newest() -> Answer<ListNotificationsResponse> {
    let asked = ListNotificationsRequest { page_size: 50, ..ListNotificationsRequest::default() };
    ask(asked, |asked| async move { client().list_notifications(asked).await }).await
}

/// Marks one as read; answers how many unread ones are left.
pub(crate) async fn mark_read(notification_id: String) -> Answer<i64> {
    let asked = MarkReadRequest { notification_ids: vec![notification_id] };
    ask(asked, |asked| async move { client().mark_read(asked).await }).await.map(|answer| answer.unread_count)
}

/// Marks all as read.
pub(crate) async fn mark_all_read() -> Answer<i64> {
    let asked = MarkAllReadRequest::default();
    ask(asked, |asked| async move { client().mark_all_read(asked).await })
        .await
        .map(|answer| answer.unread_count)
}

//! `InboxService`: the caller's own notifications. Whose they are is the caller himself, so there is nothing else to permit.

use mesh_core::{
    caller::{self, Caller},
    clock::from_proto,
    error::Violations,
    outbox::Cause,
    page::{self, PageKey},
    policy::{self, Action, Scope},
};
use proto::notify::v1::{
    CountUnreadRequest, CountUnreadResponse, ListNotificationsRequest, ListNotificationsResponse,
    MarkAllReadRequest, MarkReadRequest, inbox_service_server::InboxService,
};
use tonic::{Request, Response, Status};

use crate::{events, store::Store};

const PAGE: i32 = 20;
const MOST_MARKED: usize = 200;

/// The service over its store.
#[derive(Debug)]
pub(crate) struct Inbox {
    pub(crate) store: Store,
    pub(crate) pages: PageKey,
}

#[tonic::async_trait]
impl InboxService for Inbox {
    async fn list_notifications(
        &self,
        request: Request<ListNotificationsRequest>,
    ) -> Result<Response<ListNotificationsResponse>, Status> {
        let (caller, ask) = caller::open(request)?;
        let user_id = own(&caller)?;
        let query = ListNotificationsRequest { page_size: 0, page_token: String::new(), ..ask.clone() };
        let before: Option<String> = self.pages.open(&caller, &query, &ask.page_token)?;
        let limit = page::size(ask.page_size, PAGE);
        let mut notifications =
            self.store.list(user_id, ask.unread_only, before.as_deref(), limit + 1).await?;
        let more = notifications.len() > usize::try_from(limit).unwrap_or(usize::MAX);
        notifications.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let next_page_token = match notifications.last() {
            Some(last) if more => self.pages.seal(&caller, &query, &last.id)?,
            _ => String::new(),
        };
        let unread_count = self.store.count_unread(user_id).await?;
        Ok(Response::new(ListNotificationsResponse { notifications, next_page_token, unread_count }))
    }

    async fn count_unread(
        &self,
        request: Request<CountUnreadRequest>,
    ) -> Result<Response<CountUnreadResponse>, Status> {
        let (caller, _) = caller::open(request)?;
        let unread_count = self.store.count_unread(own(&caller)?).await?;
        Ok(Response::new(CountUnreadResponse { unread_count }))
    }

    async fn mark_read(
        &self,
        request: Request<MarkReadRequest>,
    ) -> Result<Response<CountUnreadResponse>, Status> {
        let (caller, ask) = caller::open(request)?;
        let user_id = own(&caller)?;
        check_ids(&ask.notification_ids)?;
        let mut tx = self.store.begin().await?;
        let mut changed = Vec::new();
        for id in ask.notification_ids {
            if self.store.read(&mut tx, user_id, &id).await? {
                changed.push(id);
            }
        }
        let unread_count = self.store.count_unread_in(&mut tx, user_id).await?;
        if !changed.is_empty() {
            events::read(&mut tx, &Cause::of(&caller), user_id, changed, unread_count).await?;
        }
        tx.commit().await?;
        Ok(Response::new(CountUnreadResponse { unread_count }))
    }

    async fn mark_all_read(
        &self,
        request: Request<MarkAllReadRequest>,
    ) -> Result<Response<CountUnreadResponse>, Status> {
        let (caller, ask) = caller::open(request)?;
        let user_id = own(&caller)?;
        let mut tx = self.store.begin().await?;
        let until = ask.until_time.as_ref().and_then(from_proto).unwrap_or_else(|| tx.now());
        let changed = self.store.read_all(&mut tx, user_id, until).await?;
        let unread_count = self.store.count_unread_in(&mut tx, user_id).await?;
        if changed {
            events::read(&mut tx, &Cause::of(&caller), user_id, vec![], unread_count).await?;
        }
        tx.commit().await?;
        Ok(Response::new(CountUnreadResponse { unread_count }))
    }
}

/// The caller, who may always read his own inbox.
fn own(caller: &Caller) -> mesh_core::error::Result<&str> {
    policy::check(caller, Action::Own, &Scope::everywhere())?;
    caller.user_id()
}

fn check_ids(ids: &[String]) -> mesh_core::error::Result<()> {
    let mut wrong = Violations::default();
    wrong.when(
        ids.is_empty() || ids.len() > MOST_MARKED,
        "notification_ids",
        "has no or too many ids; give 1 to 200",
    );
    for (index, id) in ids.iter().enumerate().take(MOST_MARKED) {
        wrong.id(&format!("notification_ids[{index}]"), id, "ntf");
    }
    wrong.into_result()
}

//! Readers of the live stream, and news for them.

use std::time::Duration;

use mesh_core::{clock, error::reason_of};
use proto::{
    events::v1::{Audience, CommentAdded, Envelope, TicketChanged, envelope::Event},
    gateway::v1::{
        Ready, WatchRequest, WatchResponse, live_service_client::LiveServiceClient, watch_response::Item,
    },
    identity::v1::Permission,
    permission::PermissionSet,
};
use tokio::time::timeout;
use tonic::{Code, Request, Status, Streaming, transport::Channel};

use crate::house::House;

/// Longer than anything here takes, shorter than a forgotten test.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Reader(pub(crate) Streaming<WatchResponse>);

impl Reader {
    pub(crate) async fn next(&mut self) -> Result<Item, Status> {
        let item = timeout(PATIENCE, self.0.message()).await.expect("something in time")?;
        Ok(item.expect("an open stream").item.expect("an item"))
    }

    pub(crate) async fn ready(&mut self) -> Ready {
        match self.next().await {
            Ok(Item::Ready(ready)) => ready,
            other => panic!("not ready but {other:?}"),
        }
    }

    pub(crate) async fn event(&mut self) -> String {
        match self.next().await {
            Ok(Item::Event(envelope)) => envelope.id,
            other => panic!("no event but {other:?}"),
        }
    }

    pub(crate) async fn end(&mut self) -> (Code, String) {
        loop {
            if let Err(status) = self.next().await {
                return (status.code(), reason_of(&status).unwrap_or_default());
            }
        }
    }
}

/// Somebody with `ticket.read` in `dep_1`.
pub(crate) fn agent(house: &House) -> String {
    let mut claims = house.identity.claims("agent", "ses_agent");
    claims.perm.departments.insert("dep_1".into(), PermissionSet::EMPTY.with(Permission::TicketRead));
    house.identity.sign(&claims)
}

pub(crate) fn requester(house: &House) -> String {
    house.identity.sign(&house.identity.claims("ada", "ses_ada"))
}

pub(crate) async fn client(house: &House) -> LiveServiceClient<Channel> {
    LiveServiceClient::new(house.grpc().await)
}

pub(crate) fn bearing<T>(message: T, token: &str) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().expect("metadata"));
    request
}

pub(crate) async fn watch(house: &House, token: &str, wish: WatchRequest) -> Result<Reader, Status> {
    Ok(Reader(client(house).await.watch(bearing(wish, token)).await?.into_inner()))
}

/// A reader of everything, right at the beginning.
pub(crate) async fn reader(house: &House, token: &str) -> Reader {
    let mut reader = watch(house, token, WatchRequest::default()).await.expect("a stream");
    reader.ready().await;
    reader
}

pub(crate) fn department() -> Audience {
    Audience {
        permission: Permission::TicketRead.into(),
        department_ids: vec!["dep_1".into()],
        ..Audience::default()
    }
}

pub(crate) fn for_ada() -> Audience {
    Audience { user_ids: vec!["usr_ada".into()], ..Audience::default() }
}

pub(crate) fn news(house: &House, id: &str, subject: &str, audience: Audience, event: Event) -> Envelope {
    Envelope {
        id: id.into(),
        subject: subject.into(),
        version: 2,
        time: Some(clock::to_proto(house.process().clock.now())),
        audience: Some(audience),
        event: Some(event),
        ..Envelope::default()
    }
}

pub(crate) async fn tell(house: &House, id: &str, subject: &str, audience: Audience, event: Event) {
    house.publish(&news(house, id, subject, audience, event)).await;
}

pub(crate) fn changed() -> Event {
    Event::TicketsTicketChanged(TicketChanged::default())
}

pub(crate) fn said() -> Event {
    Event::TicketsCommentAdded(CommentAdded::default())
}

/// For the readers of `dep_1` and for Ada.
pub(crate) fn for_both() -> Audience {
    Audience { user_ids: for_ada().user_ids, ..department() }
}

/// For everybody who is signed in.
pub(crate) fn for_all() -> Audience {
    Audience { everyone: true, ..Audience::default() }
}

/// For the readers of another department.
pub(crate) fn elsewhere() -> Audience {
    Audience { department_ids: vec!["dep_2".into()], ..department() }
}

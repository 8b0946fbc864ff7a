//! What identity tells the mesh, and whom.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use mesh_core::{
    bus::{Group, Handler, Subscription},
    caller::Grants,
    error::Result,
    testing::Place,
};
use proto::{
    event,
    events::v1::{Envelope, envelope::Event},
    identity::v1::{Permission, RevokeSessionRequest, SetUserStatusRequest, UserStatus},
};
use rstest::rstest;

use crate::house::{ADMIN, House};

/// Somebody who listens and remembers.
#[derive(Default)]
struct Listener(Mutex<Vec<Envelope>>);

#[async_trait]
impl Handler for Listener {
    async fn handle(&self, envelope: &Envelope) -> Result<()> {
        self.0.lock().expect("no test panicked here").push(envelope.clone());
        Ok(())
    }
}

impl Listener {
    /// Listens from now on.
    fn join(house: &House) -> Arc<Self> {
        let listener = Arc::new(Self::default());
        let (group, handler) = (Group::Durable("listener"), listener.clone());
        house.world.run(house.world.process().bus.subscribe(Subscription {
            group,
            keys: &["identity.#"],
            handler,
        }));
        listener
    }

    /// What was heard about a subject: the names, in order.
    fn about(&self, subject: &str) -> Vec<Envelope> {
        let heard = self.0.lock().expect("no test panicked here");
        heard.iter().filter(|envelope| envelope.subject == subject).cloned().collect()
    }
}

fn name(envelope: &Envelope) -> &'static str {
    event::name(envelope.event.as_ref().expect("an event"))
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_mesh_hears_of_people_and_what_they_may_do(
    #[values(Place::Sqlite, Place::Postgres, Place::Mesh)] place: Place,
) {
    let (house, admin) = House::new(place).await;
    let listener = Listener::join(&house);
    let it = house.department(&admin, "IT", "").await;
    let ann = house.person(&admin, "ann@example.com", &[("agent", &it.id)]).await;
    let (user_id, etag) = (ann.id.clone(), ann.etag.clone());
    let ask =
        SetUserStatusRequest { user_id, etag, status: UserStatus::Suspended.into(), ..Default::default() };
    house.directory(&admin).set_user_status(ask).await.expect("suspends");
    house.world.settle().await;

    let heard = listener.about(&ann.id);
    let names: Vec<_> = heard.iter().map(name).collect();
    assert_eq!(
        names,
        ["identity.user.created", "identity.user.access_changed", "identity.user.access_changed"]
    );
    assert!(heard.is_sorted_by(|one, next| one.version < next.version), "versions go up");
    let users: Vec<_> = heard
        .iter()
        .filter_map(|envelope| match &envelope.event {
            Some(Event::IdentityUserAccessChanged(changed)) => changed.user.clone(),
            _ => None,
        })
        .collect();
    assert!(Grants::from_proto(&users[0].grants).holds(Permission::TicketReply, &it.id));
    assert!(users[1].grants.is_empty() && users[1].status() == UserStatus::Suspended);
    let audience = heard[0].audience.clone().expect("an audience");
    assert!(!audience.everyone && audience.user_ids == [ann.id.clone()]);
    assert_eq!(audience.permission(), Permission::UserRead);
    let actor = heard[0].actor.clone().expect("an actor");
    assert_eq!(actor.display_name, "Root Admin");
    assert_eq!(listener.about(&it.id).len(), 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_the_owner_hears_of_his_ended_session(
    #[values(Place::Sqlite, Place::Postgres, Place::Mesh)] place: Place,
) {
    let (house, admin) = House::new(place).await;
    let listener = Listener::join(&house);
    let other = house.sign_in(ADMIN).await;
    let ask = RevokeSessionRequest { session_id: other.session_id.clone() };
    house.auth(&admin).revoke_session(ask).await.expect("revokes");
    house.world.settle().await;
    let heard = listener.about(&other.session_id);
    let audience = heard[0].audience.clone().expect("an audience");
    assert_eq!(
        (name(&heard[0]), audience.user_ids.as_slice()),
        ("identity.session.revoked", [other.user_id].as_slice())
    );
    assert!(!audience.everyone && audience.permission() == Permission::Unspecified);
}

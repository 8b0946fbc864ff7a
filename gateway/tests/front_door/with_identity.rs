//! The front door before the real identity: what a person and a program do in their first minute.

use gateway::Peers;
use identity::{Bootstrap, Config, NewAdmin};
use mesh_core::{
    error::reason_of,
    peer::{Peer, Signer},
    testing::{Place, World},
};
use proto::{
    gateway::v1::{
        GetSessionRequest, SignOutRequest, WatchRequest, live_service_client::LiveServiceClient,
        session_service_client::SessionServiceClient, sign_in_response, watch_response::Item,
    },
    identity::v1::{
        CreateApiKeyRequest, GetMeRequest, ListSessionsRequest, RevokeApiKeyRequest, RevokeSessionRequest,
        account_service_client::AccountServiceClient, auth_service_client::AuthServiceClient,
    },
};
use rstest::rstest;
use tonic::{Code, Request, Status, service::Routes};

use crate::{
    behind::{Tickets, local},
    house::{Browser, Front},
};

const PASSWORD: &str = "violet harbour 7 anvils";

/// A gateway before an identity with one administrator, `root@desk.test`.
pub(crate) async fn front() -> Front {
    front_in(Place::Sqlite).await
}

/// The same in this place.
async fn front_in(place: Place) -> Front {
    let world = World::migrated(place, "identity", identity::MIGRATIONS).await;
    let process = world.process();
    let config = Config { database_url: world.database_url() };
    let deps = identity::Deps {
        process: process.clone(),
        master_key: [9; 32],
        public_url: "http://127.0.0.1:8080".into(),
    };
    let bootstrap = Bootstrap::open(config, deps).await.expect("opens");
    let admin = NewAdmin {
        email: "root@desk.test".into(),
        display_name: "Root Admin".into(),
        password: PASSWORD.into(),
    };
    bootstrap.create_admin(admin).await.expect("the first administrator");
    let service = bootstrap.service();
    let identity = Peer::local(service.guarded(&process), Signer::new(&process.mesh_key, "gateway"));
    service.workers.into_iter().for_each(|worker| world.run(worker));
    let nothing = local(&process, "nothing", Routes::default());
    let tickets = Tickets::peer(&process);
    let peers = Peers { identity, tickets, workflow: nothing.clone(), notify: nothing };
    Front::open(world, "http://127.0.0.1:8080", peers, &["--limit-sign-in", "100/s"]).await
}

/// A browser in which the administrator is signed in.
pub(crate) async fn signed_in(front: &Front) -> Browser {
    let browser = front.browser();
    let answer = browser.try_sign_in("root", PASSWORD).await.expect("signed in");
    assert!(matches!(answer.outcome, Some(sign_in_response::Outcome::Session(_))));
    browser
}

async fn me(browser: &Browser) -> Result<String, Status> {
    let user = AccountServiceClient::new(browser.web()).get_me(GetMeRequest {}).await?;
    Ok(user.into_inner().display_name)
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_calls_through_the_door_and_signs_out(
    #[values(Place::Sqlite, Place::Mesh)] place: Place,
) {
    let front = front_in(place).await;
    let refused = front.browser().try_sign_in("root", "wrong").await.expect_err("wrong");
    assert_eq!(reason_of(&refused).as_deref(), Some("WRONG_CREDENTIALS"));

    let browser = signed_in(&front).await;
    let session = SessionServiceClient::new(browser.web())
        .get_session(GetSessionRequest {})
        .await
        .expect("there")
        .into_inner();
    assert!(!session.user.expect("a user").grants.is_empty());
    assert_eq!(me(&browser).await.expect("my name"), "Root Admin");

    let cookie = browser.cookie("tm_session").expect("a cookie");
    SessionServiceClient::new(browser.web()).sign_out(SignOutRequest {}).await.expect("signed out");
    front.world.settle().await;
    browser.put_cookie("tm_session", &cookie);
    assert_eq!(reason_of(&me(&browser).await.expect_err("over")).as_deref(), Some("SESSION_REVOKED"));
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_count_against_their_device_and_not_against_another_at_the_same_address() {
    let front = front().await;
    let [firefox, chromium] = ["Firefox", "Chromium"].map(|name| front.browser().saying("user-agent", name));
    let answer = async |browser: &Browser, password| match browser.try_sign_in("root", password).await {
        Ok(answer) if matches!(answer.outcome, Some(sign_in_response::Outcome::Challenge(_))) => {
            "challenge".to_owned()
        }
        Ok(_) => "signed in".to_owned(),
        Err(status) => reason_of(&status).unwrap_or_default(),
    };
    for _ in 0..5 {
        assert_eq!(answer(&firefox, "wrong").await, "WRONG_CREDENTIALS");
    }
    assert_eq!(answer(&firefox, PASSWORD).await, "challenge");
    assert_eq!(answer(&chromium, PASSWORD).await, "signed in");
    let known = chromium.saying("user-agent", "Firefox");
    assert_eq!(answer(&known, PASSWORD).await, "signed in", "its cookie tells it from the other Firefox");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_session_ended_on_another_device_ends_its_live_stream_too(
    #[values(Place::Sqlite, Place::Mesh)] place: Place,
) {
    let front = front_in(place).await;
    let (here, there) = (signed_in(&front).await, signed_in(&front).await);
    let mut stream = LiveServiceClient::new(there.web())
        .watch(WatchRequest::default())
        .await
        .expect("a stream")
        .into_inner();
    let ready = stream.message().await.expect("open").expect("an item").item;
    assert!(matches!(ready, Some(Item::Ready(_))));

    let mut auth = AuthServiceClient::new(here.web());
    let sessions =
        auth.list_sessions(ListSessionsRequest::default()).await.expect("sessions").into_inner().sessions;
    assert!(sessions.iter().all(|session| session.address == "127.0.0.1"), "{sessions:?}");
    let other = sessions.iter().find(|session| !session.current).expect("the other one");
    auth.revoke_session(RevokeSessionRequest { session_id: other.id.clone() }).await.expect("ended");
    let end = loop {
        if let Err(status) = stream.message().await {
            break status;
        }
    };
    assert_eq!((end.code(), reason_of(&end).as_deref()), (Code::Unauthenticated, Some("SESSION_REVOKED")));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_program_calls_with_its_api_key_until_the_key_is_revoked(
    #[values(Place::Sqlite, Place::Mesh)] place: Place,
) {
    let front = front_in(place).await;
    let browser = signed_in(&front).await;
    let mut account = AccountServiceClient::new(browser.web());
    let ask = CreateApiKeyRequest {
        request_id: "1".into(),
        display_name: "robot".into(),
        ..CreateApiKeyRequest::default()
    };
    let made = account.create_api_key(ask).await.expect("a key").into_inner();
    let mut robot = AccountServiceClient::new(front.grpc().await);
    let with_key = || {
        let mut request = Request::new(GetMeRequest {});
        request
            .metadata_mut()
            .insert("authorization", format!("Bearer {}", made.secret).parse().expect("metadata"));
        request
    };
    assert_eq!(robot.get_me(with_key()).await.expect("myself").into_inner().display_name, "Root Admin");

    let api_key_id = made.api_key.as_ref().expect("a key").id.clone();
    account.revoke_api_key(RevokeApiKeyRequest { api_key_id }).await.expect("revoked");
    front.world.settle().await;
    let refused = robot.get_me(with_key()).await.expect_err("revoked");
    assert_eq!(reason_of(&refused).as_deref(), Some("WRONG_API_KEY"));
}

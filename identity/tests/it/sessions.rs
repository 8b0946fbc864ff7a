//! Sessions and the refresh tokens that keep them.

use futures::future::join_all;
use jiff::SignedDuration;
use mesh_core::{db::Engine, testing::Place};
use proto::identity::v1::{
    ListAuditEventsRequest, ListSessionsRequest, RefreshSessionRequest, RevokeSessionRequest, SessionTokens,
    SetUserStatusRequest, SignInRequest, SignOutRequest, UserStatus, sign_in_response::Outcome,
};
use rstest::rstest;
use tonic::{Code, Status};

use crate::house::{ADMIN, House, PASSWORD, refusal};

async fn refresh(house: &House, refresh_token: &str) -> Result<SessionTokens, Status> {
    let ask = RefreshSessionRequest { refresh_token: refresh_token.into() };
    house.anybody().refresh_session(ask).await.map(tonic::Response::into_inner)
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_gives_the_next_pair_of_the_same_session(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, _) = House::new(engine).await;
    let first = house.sign_in(ADMIN).await;
    house.world.advance(SignedDuration::from_hours(13 * 24)).await;
    assert_eq!(refusal(house.me(&first.access_token).await).1, "TOKEN_EXPIRED");
    let second = refresh(&house, &first.refresh_token).await.expect("refreshes");
    assert_eq!(second.session_id, first.session_id);
    assert_ne!(second.refresh_token, first.refresh_token);
    house.me(&second.access_token).await.expect("the new token is good");
    house.world.advance(SignedDuration::from_hours(14 * 24)).await;
    assert_eq!(
        refusal(refresh(&house, &second.refresh_token).await),
        (Code::Unauthenticated, "SESSION_REVOKED".into())
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn calls_that_cross_get_the_same_next_token(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, _) = House::new(engine).await;
    let first = house.sign_in(ADMIN).await;
    let answers = join_all((0..8).map(|_| refresh(&house, &first.refresh_token))).await;
    let tokens: Vec<_> =
        answers.into_iter().map(|answer| answer.expect("is no theft").refresh_token).collect();
    assert!(tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
    house.world.advance(SignedDuration::from_secs(30)).await;
    assert_eq!(refresh(&house, &first.refresh_token).await.expect("still in time").refresh_token, tokens[0]);
    refresh(&house, &tokens[0]).await.expect("the session goes on");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_refresh_token_ends_the_session(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let stolen = house.sign_in(ADMIN).await;
    let kept = refresh(&house, &stolen.refresh_token).await.expect("refreshes");
    house.world.advance(SignedDuration::from_secs(31)).await;
    assert_eq!(refusal(refresh(&house, &stolen.refresh_token).await).1, "REFRESH_TOKEN_REUSED");
    house.world.settle().await;
    assert_eq!(refusal(refresh(&house, &kept.refresh_token).await).1, "SESSION_REVOKED");
    assert_eq!(refusal(house.me(&kept.access_token).await).1, "SESSION_REVOKED");
    assert_eq!(house.world.letters().to(ADMIN).len(), 1);
    let ask = ListAuditEventsRequest { action: "session.reuse_detected".into(), ..Default::default() };
    let lines = house.security(&admin).list_audit_events(ask).await.expect("lists").into_inner().audit_events;
    assert_eq!(lines[0].target, stolen.session_id);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn made_up_refresh_tokens_end_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, _) = House::new(engine).await;
    let tokens = house.sign_in(ADMIN).await;
    let forged = tokens.refresh_token.replacen(".1.", ".0.", 1);
    let cut = &tokens.refresh_token[..tokens.refresh_token.len() - 1];
    for sent in ["", "x", "tmr_ses_x.1.y", forged.as_str(), cut, &"x".repeat(100_000)] {
        assert_eq!(refusal(refresh(&house, sent).await).1, "SESSION_REVOKED");
    }
    refresh(&house, &tokens.refresh_token).await.expect("the session goes on");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_the_tokens_everywhere(
    #[values(Place::Sqlite, Place::Postgres, Place::Mesh)] place: Place,
) {
    let (house, _) = House::new(place).await;
    let (first, second) = (house.sign_in(ADMIN).await, house.sign_in(ADMIN).await);
    house.auth(&first.access_token).sign_out(SignOutRequest::default()).await.expect("signs out");
    let by_token = SignOutRequest { refresh_token: second.refresh_token.clone() };
    house.anybody().sign_out(by_token.clone()).await.expect("signs out");
    house.anybody().sign_out(by_token).await.expect("again does nothing");
    house.world.settle().await;
    for tokens in [first, second] {
        assert_eq!(refusal(house.me(&tokens.access_token).await).1, "SESSION_REVOKED");
        assert_eq!(refusal(refresh(&house, &tokens.refresh_token).await).1, "SESSION_REVOKED");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn people_see_and_end_their_own_sessions_only(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    house.person(&admin, "ann@example.com", &[]).await;
    let ask = SignInRequest {
        email: "ann@example.com".into(),
        password: PASSWORD.into(),
        device_label: "Firefox on Linux".into(),
        keep_signed_in: true,
        ..SignInRequest::default()
    };
    let answer = house.anybody().sign_in(ask).await.expect("signs in").into_inner();
    let Some(Outcome::Tokens(phone)) = answer.outcome else { panic!("tokens") };
    assert!(phone.persistent);
    let desk = house.sign_in("ann@example.com").await;
    let mut ann = house.auth(&desk.access_token);
    let listed =
        ann.list_sessions(ListSessionsRequest::default()).await.expect("lists").into_inner().sessions;
    let labels: Vec<_> = listed.iter().map(|one| (one.device_label.as_str(), one.current)).collect();
    assert!(labels.contains(&("Firefox on Linux", false)) && labels.contains(&("", true)), "{labels:?}");

    let root = house.sign_in(ADMIN).await.session_id;
    assert_eq!(
        refusal(ann.revoke_session(RevokeSessionRequest { session_id: root }).await).0,
        Code::NotFound
    );
    let others = ListSessionsRequest { user_id: phone.user_id.clone() };
    house.auth(&admin).list_sessions(others).await.expect("an administrator sees them");
    ann.revoke_session(RevokeSessionRequest { session_id: phone.session_id }).await.expect("revokes");
    house.world.settle().await;
    assert_eq!(refusal(house.me(&phone.access_token).await).1, "SESSION_REVOKED");
    house.me(&desk.access_token).await.expect("this one stays");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn suspension_ends_all_sessions_at_once(
    #[values(Place::Sqlite, Place::Postgres, Place::Mesh)] place: Place,
) {
    let (house, admin) = House::new(place).await;
    let ann = house.person(&admin, "ann@example.com", &[("agent", "")]).await;
    let tokens = house.sign_in("ann@example.com").await;
    let ask = SetUserStatusRequest {
        user_id: ann.id,
        status: UserStatus::Suspended.into(),
        etag: ann.etag,
        ..Default::default()
    };
    let suspended = house.directory(&admin).set_user_status(ask).await.expect("suspends").into_inner();
    assert!(suspended.grants.is_empty() && !suspended.role_assignments.is_empty());
    house.world.settle().await;
    assert_eq!(refusal(house.me(&tokens.access_token).await).1, "SESSION_REVOKED");
    assert_eq!(refusal(refresh(&house, &tokens.refresh_token).await).1, "SESSION_REVOKED");
}

//! Browser sessions: cookies, renewal, revocation, and requests from elsewhere.

use futures::future::join_all;
use http::Method;
use jiff::SignedDuration;
use mesh_core::error::reason_of;
use proto::{
    gateway::v1::{
        GetSessionRequest, RefreshRequest, Session, SignInRequest, SignOutRequest,
        session_service_client::SessionServiceClient, sign_in_response,
    },
    identity::v1::{
        ChallengeSolution, GetJwksRequest, VerifySecondFactorRequest, auth_service_client::AuthServiceClient,
    },
    tickets::v1::{GetTicketRequest, Ticket, ticket_service_client::TicketServiceClient},
};
use tonic::{Code, Status};

use crate::{
    behind::session_ended,
    house::{Browser, House},
};

async fn who(browser: &Browser) -> Result<Session, Status> {
    Ok(SessionServiceClient::new(browser.web()).get_session(GetSessionRequest {}).await?.into_inner())
}

async fn ticket(browser: &Browser) -> Result<Ticket, Status> {
    let ask = GetTicketRequest { id: "tkt_1".into(), ..GetTicketRequest::default() };
    Ok(TicketServiceClient::new(browser.web()).get_ticket(ask).await?.into_inner())
}

fn outcome<T: std::fmt::Debug>(result: Result<T, Status>) -> (Code, String) {
    let status = result.expect_err("a refusal");
    (status.code(), reason_of(&status).unwrap_or_default())
}

fn refusal(code: Code, reason: &str) -> (Code, String) {
    (code, reason.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_signs_in_sees_who_it_is_and_signs_out() {
    let house = House::open().await;
    let browser = house.browser();
    assert_eq!(outcome(who(&browser).await), refusal(Code::Unauthenticated, "UNAUTHENTICATED"));

    let session = browser.sign_in("ada").await.expect("signed in");
    assert_eq!((session.id.as_str(), session.csrf_header.as_str()), ("ses_ada", "x-tm-csrf"));
    assert_eq!(session.user.expect("a user").id, "usr_ada");
    assert_eq!(who(&browser).await.expect("still there").id, "ses_ada");
    assert_eq!(ticket(&browser).await.expect("a ticket").requester_id, "usr_ada");

    let thief = browser.cookie("tm_session").expect("a cookie");
    SessionServiceClient::new(browser.web()).sign_out(SignOutRequest {}).await.expect("signed out");
    assert_eq!(browser.cookie("tm_session"), None);
    assert_eq!(outcome(ticket(&browser).await), refusal(Code::Unauthenticated, "UNAUTHENTICATED"));
    browser.put_cookie("tm_session", &thief);
    assert_eq!(outcome(ticket(&browser).await), refusal(Code::Unauthenticated, "SESSION_REVOKED"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_gets_identitys_own_answer_and_no_cookie() {
    let house = House::open().await;
    let browser = house.browser();
    assert_eq!(
        outcome(browser.try_sign_in("ada", "wrong").await),
        refusal(Code::Unauthenticated, "WRONG_CREDENTIALS")
    );
    assert_eq!(browser.cookie("tm_session"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_comes_before_the_cookie() {
    let house = House::open().await;
    let browser = house.browser();
    let answer = browser.try_sign_in("careful", crate::behind::PASSWORD).await.expect("half way");
    let Some(sign_in_response::Outcome::SecondFactor(due)) = answer.outcome else {
        panic!("no second factor")
    };
    assert_eq!(browser.cookie("tm_session"), None);
    assert_eq!(browser.cookie("tm_device").as_deref(), Some("known-device"));
    let code = VerifySecondFactorRequest {
        attempt: due.attempt,
        kind: due.kinds[0],
        code: "123456".into(),
        ..VerifySecondFactorRequest::default()
    };
    let session = SessionServiceClient::new(browser.web())
        .verify_second_factor(code)
        .await
        .expect("signed in")
        .into_inner();
    assert_eq!(session.id, "ses_careful");
    assert!(browser.cookie("tm_session").is_some());
    assert_eq!(browser.cookie("tm_device").as_deref(), Some("proven-device"), "identity heard which it is");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_goes_to_the_page_and_its_solution_to_identity() {
    let house = House::open().await;
    let browser = house.browser();
    let answer = browser.try_sign_in("suspect", crate::behind::PASSWORD).await.expect("half way");
    let Some(sign_in_response::Outcome::Challenge(challenge)) = answer.outcome else {
        panic!("no challenge")
    };
    assert_eq!((challenge.seed.as_str(), challenge.difficulty), ("seed", 4));
    assert_eq!(browser.cookie("tm_session"), None);
    let ask = SignInRequest {
        email: "suspect@desk.test".into(),
        password: crate::behind::PASSWORD.into(),
        challenge_solution: Some(ChallengeSolution { seed: challenge.seed, nonce: "7".into() }),
        ..SignInRequest::default()
    };
    let answer = SessionServiceClient::new(browser.web()).sign_in(ask).await.expect("signed in").into_inner();
    assert!(matches!(answer.outcome, Some(sign_in_response::Outcome::Session(_))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_known_again_long_after_its_session() {
    let house = House::open().await;
    let browser = house.signed_in("ada").await;
    assert_eq!(browser.cookie("tm_device").as_deref(), Some("known-device"));
    SessionServiceClient::new(browser.web()).sign_out(SignOutRequest {}).await.expect("signed out");
    browser.sign_in("eve").await.expect("signed in");
    assert_eq!(browser.cookie("tm_device").as_deref(), Some("familiar-device"), "identity heard of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_counts_only_on_calls_that_the_ui_made() {
    let house = House::open().await;
    let browser = house.signed_in("ada").await;
    let cross_site = || refusal(Code::PermissionDenied, "CROSS_SITE");
    assert_eq!(outcome(ticket(&browser.saying("x-tm-csrf", "")).await), cross_site());
    assert_eq!(outcome(ticket(&browser.saying("sec-fetch-site", "cross-site")).await), cross_site());
    let old = browser.saying("sec-fetch-site", "");
    assert_eq!(outcome(ticket(&old.saying("origin", "https://evil.test")).await), cross_site());
    assert!(ticket(&old.saying("origin", &format!("http://{}", house.address))).await.is_ok());
    let stranger = house.browser().saying("x-tm-csrf", "");
    assert_eq!(outcome(stranger.sign_in("eve").await), cross_site(), "signing somebody in from elsewhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_cookie_is_nobody_and_is_removed() {
    let house = House::open().await;
    let browser = house.signed_in("ada").await;
    let real = browser.cookie("tm_session").expect("a cookie");
    for forged in [format!("{}A", &real[..real.len() - 2]), "x".repeat(300), "%00".into()] {
        browser.put_cookie("tm_session", &forged);
        assert_eq!(outcome(ticket(&browser).await), refusal(Code::Unauthenticated, "TOKEN_INVALID"));
        assert_eq!(browser.cookie("tm_session"), None);
    }
    browser.put_cookie("tm_session", "forged");
    let keys = AuthServiceClient::new(browser.web()).get_jwks(GetJwksRequest {}).await;
    assert!(keys.is_ok(), "what is for everybody is for a browser with a broken cookie too");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_about_to_expire_is_renewed_once_however_many_calls_notice() {
    let house = House::open().await;
    let browser = house.signed_in("ada").await;
    let before = browser.cookie("tm_session");
    house.world.clock().advance(SignedDuration::from_secs(590));
    let answers = join_all((0..8).map(|_| ticket(&browser))).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(house.identity.refreshes(), 1);
    assert_ne!(browser.cookie("tm_session"), before);
    house.world.clock().advance(SignedDuration::from_secs(300));
    assert!(ticket(&browser).await.is_ok());
    assert_eq!(house.identity.refreshes(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_slept_for_days_goes_on_and_an_ended_session_does_not() {
    let house = House::open().await;
    let browser = house.signed_in("ada").await;
    house.world.clock().advance(SignedDuration::from_hours(72));
    assert!(ticket(&browser).await.is_ok());
    house.identity.end("ses_ada");
    house.world.clock().advance(SignedDuration::from_hours(72));
    assert_eq!(outcome(ticket(&browser).await), refusal(Code::Unauthenticated, "SESSION_REVOKED"));
    assert_eq!(browser.cookie("tm_session"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_session_is_over_at_once() {
    let house = House::open().await;
    let browser = house.signed_in("ada").await;
    house.publish(&session_ended(&house.process(), "ses_ada")).await;
    assert_eq!(outcome(ticket(&browser).await), refusal(Code::Unauthenticated, "SESSION_REVOKED"));
}

#[tokio::test(flavor = "multi_thread")]
async fn refreshing_by_hand_makes_a_new_token() {
    let house = House::open().await;
    let browser = house.signed_in("ada").await;
    let before = browser.cookie("tm_session");
    SessionServiceClient::new(browser.web()).refresh(RefreshRequest {}).await.expect("renewed");
    assert_eq!(house.identity.refreshes(), 1);
    assert_ne!(browser.cookie("tm_session"), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_https_the_cookie_is_bound_to_the_host() {
    let house = House::at("https://desk.example", &[]).await;
    let browser = house.signed_in("keeper").await;
    assert!(browser.cookie("__Host-tm_session").is_some());
    assert_eq!(browser.cookie("tm_session"), None);
    let page = house.http(Method::GET, "/", &[], "").await;
    assert!(page.header("strict-transport-security").contains("max-age="));
}

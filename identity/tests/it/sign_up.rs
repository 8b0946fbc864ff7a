//! Accounts people make for themselves.

use futures::future::join_all;
use jiff::SignedDuration;
use mesh_core::{db::Engine, mail::Letter};
use prost_types::FieldMask;
use proto::identity::v1::{
    AcceptInvitationRequest, AccessSettings, ArchiveDepartmentRequest, GetAccessSettingsRequest,
    GetSignInPolicyRequest, InvitationKind, ListUsersRequest, SetUserStatusRequest, SignUpMode,
    SignUpRequest, UpdateAccessSettingsRequest, User, UserStatus,
};
use rstest::rstest;
use tonic::{Code, Status};

use crate::house::{ADMIN, House, PASSWORD, refusal, token_in};

const ANN: &str = "ann@example.com";

/// Lets people sign up, with these addresses and to this home.
async fn open(house: &House, admin: &str, mode: SignUpMode, domains: &[&str], department_id: &str) {
    let mut security = house.security(admin);
    let before =
        security.get_access_settings(GetAccessSettingsRequest {}).await.expect("are there").into_inner();
    let settings = AccessSettings {
        sign_up_mode: mode.into(),
        sign_up_domains: domains.iter().map(|domain| (*domain).into()).collect(),
        sign_up_department_id: department_id.into(),
        ..before
    };
    let paths = ["sign_up_mode", "sign_up_domains", "sign_up_department_id"].map(str::to_owned).into();
    let ask =
        UpdateAccessSettingsRequest { settings: Some(settings), update_mask: Some(FieldMask { paths }) };
    security.update_access_settings(ask).await.expect("changes");
}

async fn sign_up(house: &House, email: &str, display_name: &str) -> Result<(), Status> {
    let (email, display_name) = (email.into(), display_name.into());
    house.anybody().sign_up(SignUpRequest { email, display_name, locale: "de-CH".into() }).await.map(drop)
}

/// Signs up and takes the link out of the letter.
async fn link(house: &House, email: &str) -> String {
    sign_up(house, email, "Ann Lee").await.expect("is answered");
    house.world.settle().await;
    token_in(&newest(house, email), "invitation")
}

#[track_caller]
fn newest(house: &House, email: &str) -> Letter {
    house.world.letters().to(&email.trim().to_lowercase()).pop().expect("a letter")
}

async fn accept(house: &House, token: &str) -> Result<User, Status> {
    let ask =
        AcceptInvitationRequest { token: token.into(), password: PASSWORD.into(), ..Default::default() };
    house.anybody().accept_invitation(ask).await.map(tonic::Response::into_inner)
}

async fn total(house: &House, admin: &str, status: UserStatus) -> i64 {
    let ask = ListUsersRequest { status: status.into(), ..Default::default() };
    house.directory(admin).list_users(ask).await.expect("lists").into_inner().total
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_proven_address_opens_an_account_once(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    let it = house.department(&admin, "IT", "").await;
    open(&house, &admin, SignUpMode::Open, &["example.com"], &it.id).await;
    let token = link(&house, " Ann@Example.COM ").await;
    let letter = newest(&house, ANN);
    assert_eq!((letter.subject.as_str(), letter.to_name.as_str()), ("Bestätigen Sie Ihre Adresse", ""));
    assert_eq!(total(&house, &admin, UserStatus::Unspecified).await, 1, "nobody is made before the proof");

    let ask = GetSignInPolicyRequest { invitation_token: token.clone() };
    let policy = house.anybody().get_sign_in_policy(ask).await.expect("anybody may ask").into_inner();
    let invitation = policy.invitation.clone().expect("is open");
    assert_eq!((policy.sign_up_mode(), invitation.kind()), (SignUpMode::Open, InvitationKind::SignUp));
    assert_eq!((invitation.email.as_str(), invitation.display_name.as_str()), (ANN, "Ann Lee"));

    let ann = accept(&house, &token).await.expect("opens");
    assert_eq!(
        (ann.status(), ann.display_name.as_str(), ann.locale.as_str()),
        (UserStatus::Active, "Ann Lee", "de-CH")
    );
    assert_eq!(ann.department_id, it.id);
    let requester = house.role(&admin, "requester").await.id;
    assert_eq!(ann.role_assignments.iter().map(|one| &one.role_id).collect::<Vec<_>>(), [&requester]);
    house.sign_in(ANN).await;
    assert_eq!(refusal(accept(&house, &token).await).1, "INVITATION_SPENT");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_account_waits_until_somebody_approves_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    house.person(&admin, "agent@example.com", &[("agent", "")]).await;
    open(&house, &admin, SignUpMode::Approval, &[], "").await;
    let token = link(&house, ANN).await;
    let ann = accept(&house, &token).await.expect("opens");
    assert_eq!(ann.status(), UserStatus::Pending);
    house.world.settle().await;
    let told = newest(&house, ADMIN);
    assert!(told.text.contains("Ann Lee") && told.text.contains(ANN), "{}", told.text);
    assert_eq!(house.world.letters().to("agent@example.com"), [], "agents approve nobody");
    assert_eq!(total(&house, &admin, UserStatus::Pending).await, 1);
    assert_eq!(refusal(house.try_sign_in(ANN, PASSWORD).await).1, "WRONG_CREDENTIALS");

    let (user_id, etag, status) = (ann.id.clone(), ann.etag.clone(), UserStatus::Active.into());
    let ask = SetUserStatusRequest { user_id, etag, status, ..Default::default() };
    let agent = house.token_of("agent@example.com").await;
    assert_eq!(refusal(house.directory(&agent).set_user_status(ask).await).0, Code::PermissionDenied);
    house.set_status(&admin, &ann, UserStatus::Active).await;
    house.world.settle().await;
    assert_eq!(newest(&house, ANN).subject, "Ihr Konto ist freigegeben");
    house.sign_in(ANN).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn somebody_who_is_not_approved_hears_of_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    open(&house, &admin, SignUpMode::Approval, &[], "").await;
    let token = link(&house, ANN).await;
    let ann = accept(&house, &token).await.expect("opens");
    house.set_status(&admin, &ann, UserStatus::Deactivated).await;
    house.world.settle().await;
    assert_eq!(newest(&house, ANN).subject, "Ihr Konto wurde nicht freigegeben");
    assert_eq!(refusal(house.try_sign_in(ANN, PASSWORD).await).1, "WRONG_CREDENTIALS");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_signs_up_where_it_is_closed_or_from_elsewhere(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let closed = (Code::FailedPrecondition, "SIGN_UP_CLOSED".into());
    for email in [ANN, ADMIN] {
        assert_eq!(refusal(sign_up(&house, email, "Ann").await), closed);
    }
    open(&house, &admin, SignUpMode::Open, &["example.com"], "").await;
    for email in ["ann@example.org", "ann@notexample.com", "ann@example.com.evil.test"] {
        assert_eq!(refusal(sign_up(&house, email, "Ann").await), closed, "{email}");
    }
    let long = format!("{}@example.com", "a".repeat(10_000));
    for (email, name) in [
        ("", "Ann"),
        ("аnn@example.com", "Ann"),
        ("ann\0@example.com", "Ann"),
        (long.as_str(), "Ann"),
        (ANN, ""),
        (ANN, "a\nb"),
        (ANN, &"x".repeat(10_000)),
    ] {
        assert_eq!(refusal(sign_up(&house, email, name).await).0, Code::InvalidArgument, "{email:?}");
    }
    house.world.settle().await;
    assert_eq!(house.world.letters().all(), []);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn somebody_with_an_account_hears_that_he_has_one(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    open(&house, &admin, SignUpMode::Open, &[], "").await;
    sign_up(&house, ADMIN, "Root").await.expect("is answered like everybody");
    sign_up(&house, ANN, "Ann").await.expect("is answered like everybody");
    house.world.settle().await;
    let letter = newest(&house, ADMIN);
    assert_eq!(letter.subject, "You have an account already");
    assert!(!letter.text.contains("/invitation/"), "{}", letter.text);
    assert_eq!(total(&house, &admin, UserStatus::Unspecified).await, 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn one_address_gets_one_letter_in_five_minutes_and_only_the_newest_link_works(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    open(&house, &admin, SignUpMode::Open, &[], "").await;
    join_all((0..8).map(|_| sign_up(&house, ANN, "Ann"))).await;
    join_all((0..8).map(|_| sign_up(&house, ADMIN, "Root"))).await;
    house.world.settle().await;
    assert_eq!((house.world.letters().to(ANN).len(), house.world.letters().to(ADMIN).len()), (1, 1));
    let older = token_in(&newest(&house, ANN), "invitation");
    house.world.advance(SignedDuration::from_mins(5)).await;
    let newer = link(&house, ANN).await;
    assert_eq!(refusal(accept(&house, &older).await).1, "INVITATION_SPENT");
    let (one, two) = tokio::join!(accept(&house, &newer), accept(&house, &newer));
    assert!(one.is_ok() != two.is_ok(), "exactly one wins");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_link_ends_after_a_day_and_when_sign_up_is_closed(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    open(&house, &admin, SignUpMode::Open, &[], "").await;
    let old = link(&house, ANN).await;
    house.world.advance(SignedDuration::from_hours(24)).await;
    assert_eq!(refusal(accept(&house, &old).await).1, "INVITATION_SPENT");
    let token = link(&house, ANN).await;
    let admin = house.token_of(ADMIN).await;
    open(&house, &admin, SignUpMode::Closed, &[], "").await;
    assert_eq!(refusal(accept(&house, &token).await).1, "SIGN_UP_CLOSED");
    open(&house, &admin, SignUpMode::Open, &[], "").await;
    accept(&house, &token).await.expect("what was refused spent nothing");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_home_archived_meanwhile_turns_nobody_away(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let it = house.department(&admin, "IT", "").await;
    open(&house, &admin, SignUpMode::Open, &[], &it.id).await;
    let token = link(&house, ANN).await;
    let ask = ArchiveDepartmentRequest { department_id: it.id, etag: it.etag };
    house.directory(&admin).archive_department(ask).await.expect("archives");
    assert_eq!(accept(&house, &token).await.expect("opens").department_id, "");
}

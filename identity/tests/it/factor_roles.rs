//! Turning second factors on and off, and roles that count only after one.

use jiff::SignedDuration;
use mesh_core::db::Engine;
use prost_types::FieldMask;
use proto::identity::v1::{
    ConfirmTotpRequest, CreateApiKeyRequest, CreateApiKeyResponse, CreateRoleRequest,
    DisableSecondFactorRequest, ExchangeApiKeyRequest, ListAuditEventsRequest, Permission,
    RegenerateRecoveryCodesRequest, Role, SecondFactorKind as Kind, StartTotpRequest, UpdateRoleRequest,
    User,
};
use rstest::rstest;
use tonic::{Code, Response, Status};

use crate::{
    house::{ADMIN, House, PASSWORD, refusal},
    second_step::App,
};

const ANN: &str = "ann@example.com";

/// A role whose permissions count only after a second factor, held by Ann besides the right to read tickets.
async fn guarded(house: &House, admin: &str) -> Role {
    let role = |key: &str, permission: Permission, requires_second_factor| Role {
        key: key.into(),
        display_name: key.into(),
        permissions: vec![permission.into()],
        requires_second_factor,
        ..Role::default()
    };
    let reader = role("reader", Permission::TicketRead, false);
    let keeper = role("keeper", Permission::UserManage, true);
    for role in [reader, keeper] {
        let ask = CreateRoleRequest { request_id: format!("role-{}", role.key), role: Some(role) };
        house.directory(admin).create_role(ask).await.expect("makes a role");
    }
    house.person(admin, ANN, &[("reader", ""), ("keeper", "")]).await;
    house.role(admin, "keeper").await
}

/// What somebody may do everywhere.
fn held(user: &User) -> Vec<Permission> {
    user.grants.first().map(|grant| grant.permissions().collect()).unwrap_or_default()
}

async fn disable(house: &House, token: &str, password: &str, code: &str) -> Result<User, Status> {
    let ask = DisableSecondFactorRequest { password: password.into(), code: code.into() };
    house.account(token).disable_second_factor(ask).await.map(Response::into_inner)
}

async fn make_key(house: &House, token: &str, name: &str) -> Result<CreateApiKeyResponse, Status> {
    let (request_id, display_name) = (name.into(), name.into());
    let ask = CreateApiKeyRequest { request_id, display_name, ..Default::default() };
    house.account(token).create_api_key(ask).await.map(Response::into_inner)
}

async fn exchange(house: &House, key: &CreateApiKeyResponse) -> String {
    let ask = ExchangeApiKeyRequest { api_key: key.secret.clone() };
    house.anybody().exchange_api_key(ask).await.expect("is good").into_inner().access_token
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_app_counts_once_its_owner_has_proved_that_it_works(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, _) = House::new(engine).await;
    let session = house.sign_in(ADMIN).await;
    let mut account = house.account(&session.access_token);
    let start = |password: &str| StartTotpRequest { password: password.into(), ..Default::default() };
    assert_eq!(refusal(account.start_totp(start("another one")).await).1, "WRONG_PASSWORD");
    let told = account.start_totp(start(PASSWORD)).await.expect("the password is right").into_inner();
    assert!(told.qr_svg.starts_with("<svg") && told.uri.contains(&told.secret), "{}", told.uri);
    house.sign_in(ADMIN).await;
    let confirm = |code: &str| ConfirmTotpRequest { code: code.into() };
    assert_eq!(refusal(account.confirm_totp(confirm("000000")).await).1, "WRONG_CODE");
    let app = App::new(&told.secret);
    account.confirm_totp(confirm(&app.code(&house))).await.expect("the code is right");
    house.world.settle().await;
    assert_eq!(refusal(house.me(&session.access_token).await).1, "TOKEN_EXPIRED", "it knows too little");
    let renewed = house.refresh(&session.refresh_token).await.expect("goes on").access_token;
    assert!(house.me(&renewed).await.expect("is there").second_factor_enabled);
    let again = house.account(&renewed).confirm_totp(confirm(&app.code(&house))).await;
    assert_eq!(refusal(again).1, "WRONG_CODE", "nothing waits");
    let factors = house.factors(&renewed).await;
    assert_eq!((factors.totp, factors.recovery_codes_left, factors.session_proven), (true, 10, true));
    house.half_sign_in(ADMIN).await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn new_recovery_codes_void_the_old_ones(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    let request_id = "too-early".into();
    let early =
        RegenerateRecoveryCodesRequest { password: PASSWORD.into(), request_id, ..Default::default() };
    let refused = house.account(&admin).regenerate_recovery_codes(early).await;
    assert_eq!(refusal(refused).1, "WRONG_STATE", "they stand in for nothing yet");
    let session = house.sign_in(ADMIN).await;
    let (_, old) = house.set_up_app(&session.access_token).await;
    let token = house.refresh(&session.refresh_token).await.expect("goes on").access_token;
    let ask = |password: &str| {
        let request_id = "the-codes-were-printed".into();
        RegenerateRecoveryCodesRequest { password: password.into(), request_id, ..Default::default() }
    };
    let mut account = house.account(&token);
    assert_eq!(refusal(account.regenerate_recovery_codes(ask("another one")).await).1, "WRONG_PASSWORD");
    let new = account.regenerate_recovery_codes(ask(PASSWORD)).await.expect("renews").into_inner().codes;
    let again = account.regenerate_recovery_codes(ask(PASSWORD)).await.expect("says it again").into_inner();
    assert_eq!(again.codes, new, "a call that is repeated voids nothing");
    assert_eq!(refusal(account.regenerate_recovery_codes(ask("another one")).await).1, "WRONG_PASSWORD");
    let needed = house.half_sign_in(ADMIN).await;
    assert_eq!(refusal(house.verify(&needed.attempt, Kind::RecoveryCode, &old[0]).await).1, "WRONG_CODE");
    house.verify(&needed.attempt, Kind::RecoveryCode, &new[0]).await.expect("the new ones count");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_first_factor_ends_the_sessions_that_were_opened_without_one(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, _) = House::new(engine).await;
    let (own, stolen) = (house.sign_in(ADMIN).await, house.sign_in(ADMIN).await);
    let (app, _) = house.set_up_app(&own.access_token).await;
    assert_eq!(refusal(house.me(&stolen.access_token).await).1, "SESSION_REVOKED");
    assert_eq!(refusal(house.refresh(&stolen.refresh_token).await).1, "SESSION_REVOKED");
    let own = house.refresh(&own.refresh_token).await.expect("goes on");
    house.world.advance(SignedDuration::from_secs(30)).await;
    let proven = house.sign_in_with(ADMIN, &app).await;
    house.set_up_app(&own.access_token).await;
    house.refresh(&proven.refresh_token).await.expect("what a factor has proven goes on");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn turning_it_off_needs_the_password_and_a_code_and_ends_what_it_proved(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, _) = House::new(engine).await;
    let session = house.sign_in(ADMIN).await;
    let (_, codes) = house.set_up_app(&session.access_token).await;
    let session = house.refresh(&session.refresh_token).await.expect("goes on");
    let own = &session.access_token;
    assert_eq!(refusal(disable(&house, own, "another one", &codes[0]).await).1, "WRONG_PASSWORD");
    assert_eq!(refusal(disable(&house, own, PASSWORD, "000000").await).1, "WRONG_CODE");
    let me = disable(&house, own, PASSWORD, &codes[0]).await.expect("turns it off");
    assert!(!me.second_factor_enabled);
    house.world.settle().await;
    let token = house.refresh(&session.refresh_token).await.expect("goes on").access_token;
    let factors = house.factors(&token).await;
    assert_eq!((factors.totp, factors.recovery_codes_left, factors.session_proven), (false, 0, false));
    house.sign_in(ADMIN).await;
    let subjects: Vec<_> = house.world.letters().to(ADMIN).into_iter().map(|letter| letter.subject).collect();
    assert_eq!(subjects, ["Your account has an authenticator app", "Your second factor is off"]);
    let ask = ListAuditEventsRequest { action: "second_factor".into(), ..Default::default() };
    let lines = house.security(&token).list_audit_events(ask).await.expect("lists").into_inner().audit_events;
    let actions: Vec<_> = lines.iter().rev().map(|line| line.action.as_str()).collect();
    assert_eq!(actions, ["second_factor.added", "second_factor.refused", "second_factor.turned_off"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_guarded_role_counts_only_in_sessions_proven_by_a_second_factor(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    guarded(&house, &admin).await;
    let session = house.sign_in(ANN).await;
    let me = house.me(&session.access_token).await.expect("is there");
    assert_eq!(held(&me), [Permission::TicketRead]);
    assert!(me.second_factor_required && house.factors(&session.access_token).await.required);

    let (app, _) = house.set_up_app(&session.access_token).await;
    let session = house.refresh(&session.refresh_token).await.expect("goes on");
    let me = house.me(&session.access_token).await.expect("is there");
    assert_eq!(held(&me), [Permission::TicketRead, Permission::UserManage], "at the next refresh");
    let session = house.refresh(&session.refresh_token).await.expect("goes on");
    assert_eq!(
        held(&house.me(&session.access_token).await.expect("is there")).len(),
        2,
        "and at those after it"
    );
    house.world.advance(SignedDuration::from_secs(30)).await;
    let again = house.sign_in_with(ANN, &app).await;
    assert_eq!(held(&house.me(&again.access_token).await.expect("is there")).len(), 2);

    house.world.advance(SignedDuration::from_secs(30)).await;
    let off = disable(&house, &again.access_token, PASSWORD, &app.code(&house)).await;
    assert_eq!(refusal(off), (Code::FailedPrecondition, "SECOND_FACTOR_REQUIRED".into()));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_becomes_guarded_stops_counting_at_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let keeper = guarded(&house, &admin).await;
    let session = house.sign_in(ANN).await;
    let switch = async |role: Role, requires_second_factor| {
        let update_mask = Some(FieldMask { paths: vec!["requires_second_factor".into()] });
        let ask = UpdateRoleRequest { role: Some(Role { requires_second_factor, ..role }), update_mask };
        let role = house.directory(&admin).update_role(ask).await.expect("changes").into_inner();
        house.world.settle().await;
        role
    };
    let open = switch(keeper, false).await;
    assert_eq!(refusal(house.me(&session.access_token).await).1, "TOKEN_EXPIRED");
    let session = house.refresh(&session.refresh_token).await.expect("goes on");
    assert_eq!(held(&house.me(&session.access_token).await.expect("is there")).len(), 2);
    switch(open, true).await;
    assert_eq!(refusal(house.me(&session.access_token).await).1, "TOKEN_EXPIRED");
    let session = house.refresh(&session.refresh_token).await.expect("goes on");
    assert_eq!(held(&house.me(&session.access_token).await.expect("is there")), [Permission::TicketRead]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_holds_what_the_session_it_was_made_in_held(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    guarded(&house, &admin).await;
    let session = house.sign_in(ANN).await;
    let early = make_key(&house, &session.access_token, "early").await;
    assert_eq!(refusal(early), (Code::FailedPrecondition, "SECOND_FACTOR_REQUIRED".into()));
    house.set_up_app(&session.access_token).await;
    let session = house.refresh(&session.refresh_token).await.expect("goes on");
    let key = make_key(&house, &session.access_token, "proven").await.expect("is made");
    let me = house.me(&exchange(&house, &key).await).await.expect("acts");
    assert_eq!(held(&me), [Permission::TicketRead, Permission::UserManage]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_from_before_a_role_was_guarded_does_not_carry_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    house.person(&admin, "bob@example.com", &[]).await;
    let key = make_key(&house, &house.token_of("bob@example.com").await, "old").await.expect("is made");
    guarded(&house, &admin).await;
    let bob = house.person_named(&admin, "bob@example.com").await;
    for role in ["reader", "keeper"] {
        house.assign(&admin, &bob, &house.role(&admin, role).await.id, "").await.expect("gives it");
    }
    let me = house.me(&exchange(&house, &key).await).await.expect("acts");
    assert_eq!(held(&me), [Permission::TicketRead]);
    assert_eq!(
        refusal(house.account(&exchange(&house, &key).await).start_totp(StartTotpRequest::default()).await).1,
        "SERVICE_ACCOUNT"
    );
}

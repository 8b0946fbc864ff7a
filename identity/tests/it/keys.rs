//! API keys and the service accounts that call with them.

use jiff::SignedDuration;
use mesh_core::{
    clock::{Clock, to_proto},
    db::Engine,
};
use prost_types::FieldMask;
use proto::identity::v1::{
    CreateApiKeyRequest, CreateApiKeyResponse, CreateServiceAccountRequest, ExchangeApiKeyRequest,
    ListApiKeysRequest, ListMyApiKeysRequest, ListServiceAccountsRequest, ListSessionsRequest, Permission,
    RevokeApiKeyRequest, RevokeSessionRequest, SessionTokens, SetPictureRequest, UpdateMeRequest,
};
use rstest::rstest;
use sqlx::Row;
use tonic::{Code, Request, Status};

use crate::house::{ADMIN, House, refusal};

fn ask(request_id: &str) -> CreateApiKeyRequest {
    CreateApiKeyRequest {
        request_id: request_id.into(),
        display_name: "nightly export".into(),
        ..Default::default()
    }
}

async fn create(
    house: &House,
    token: &str,
    ask: CreateApiKeyRequest,
) -> Result<CreateApiKeyResponse, Status> {
    house.account(token).create_api_key(ask).await.map(tonic::Response::into_inner)
}

async fn exchange(house: &House, api_key: &str) -> Result<SessionTokens, Status> {
    let ask = ExchangeApiKeyRequest { api_key: api_key.into() };
    house.anybody().exchange_api_key(ask).await.map(tonic::Response::into_inner)
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_acts_for_its_owner_within_its_scopes(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let wished = CreateApiKeyRequest { scopes: vec![Permission::TicketRead.into()], ..ask("k1") };
    let made = create(&house, &admin, wished).await.expect("is made");
    let tokens = exchange(&house, &made.secret).await.expect("is good");
    assert!(tokens.refresh_token.is_empty() && tokens.session_id.is_empty());
    let owner = house.me(&admin).await.expect("is there");
    assert_eq!(house.me(&tokens.access_token).await.expect("acts").id, owner.id);
    let accounts = ListServiceAccountsRequest::default();
    assert_eq!(
        refusal(house.security(&tokens.access_token).list_service_accounts(accounts).await).0,
        Code::PermissionDenied
    );
    let mine = house
        .account(&admin)
        .list_my_api_keys(ListMyApiKeysRequest {})
        .await
        .expect("lists")
        .into_inner()
        .api_keys;
    assert!(mine.len() == 1 && mine[0].last_use_time.is_some() && made.secret.starts_with(&mine[0].hint));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_makes_no_other_one_and_touches_nothing_of_its_owners_account(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    house.person(&admin, "ann@example.com", &[("agent", "")]).await;
    let session = house.sign_in("ann@example.com").await;
    // One that may all its owner may, for an hour and from anywhere.
    let end = house.world.clock().now() + SignedDuration::from_hours(1);
    let wished = CreateApiKeyRequest { expire_time: Some(to_proto(end)), ..ask("k1") };
    let made = create(&house, &session.access_token, wished).await.expect("is made");
    let (api_key_id, session_id) = (made.api_key.expect("a key").id, session.session_id);
    let token = exchange(&house, &made.secret).await.expect("is good").access_token;
    let (mut account, mut auth) = (house.account(&token), house.auth(&token));
    let me = house.me(&token).await.expect("acts");
    let mask = Some(FieldMask { paths: vec!["display_name".into()] });
    let renamed = UpdateMeRequest { user: Some(me), update_mask: mask };
    for refused in [
        create(&house, &token, ask("k2")).await.map(drop),
        account.revoke_api_key(RevokeApiKeyRequest { api_key_id }).await.map(drop),
        account.list_my_api_keys(ListMyApiKeysRequest {}).await.map(drop),
        account.update_me(renamed).await.map(drop),
        account.set_picture(SetPictureRequest::default()).await.map(drop),
        auth.revoke_session(RevokeSessionRequest { session_id }).await.map(drop),
        auth.list_sessions(ListSessionsRequest::default()).await.map(drop),
    ] {
        assert_eq!(refusal(refused), (Code::PermissionDenied, "SESSION_REQUIRED".into()));
    }
    house.refresh(&session.refresh_token).await.expect("the session was not touched");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_names_no_scope_that_its_owner_does_not_hold(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let it = house.department(&admin, "IT", "").await;
    house.person(&admin, "ann@example.com", &[("agent", &it.id)]).await;
    let ann = house.token_of("ann@example.com").await;
    let scoped = |scopes: &[Permission]| CreateApiKeyRequest {
        scopes: scopes.iter().map(|one| i32::from(*one)).collect(),
        ..ask("k1")
    };
    let wide = [Permission::TicketRead, Permission::AuditRead];
    let refused = create(&house, &ann, scoped(&wide)).await.expect_err("she reads no audit log");
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(
        refused.message().starts_with("scopes name what the owner does not hold: audit.read"),
        "{refused:?}"
    );
    create(&house, &ann, scoped(&wide[..1])).await.expect("what she holds somewhere is fine");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_gives_the_same_key_and_the_database_none(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let first = create(&house, &admin, ask("k1")).await.expect("is made");
    assert_eq!(create(&house, &admin, ask("k1")).await.expect("is answered"), first);
    let db = house.world.db(identity::MIGRATIONS).await;
    let secret = first.secret.as_bytes();
    let answers = sqlx::query("select answer from requests").fetch_all(db.reader()).await.expect("rows");
    assert!(
        answers
            .iter()
            .all(|row| { !row.get::<Vec<u8>, _>(0).windows(secret.len()).any(|part| part == secret) })
    );
    let hashes = sqlx::query("select secret_hash from api_keys").fetch_all(db.reader()).await.expect("rows");
    assert!(hashes.iter().all(|row| row.get::<String, _>(0).len() == 64));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_and_its_tokens_end(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    let made = create(&house, &admin, ask("k1")).await.expect("is made");
    let tokens = exchange(&house, &made.secret).await.expect("is good");
    let api_key_id = made.api_key.expect("a key").id;
    house.person(&admin, "ann@example.com", &[]).await;
    let ann = house.token_of("ann@example.com").await;
    let revoke = RevokeApiKeyRequest { api_key_id };
    assert_eq!(refusal(house.account(&ann).revoke_api_key(revoke.clone()).await).0, Code::NotFound);
    house.account(&admin).revoke_api_key(revoke).await.expect("revokes");
    house.world.settle().await;
    assert_eq!(refusal(exchange(&house, &made.secret).await).1, "WRONG_API_KEY");
    assert_eq!(refusal(house.me(&tokens.access_token).await).1, "SESSION_REVOKED");
    house.me(&admin).await.expect("the owner goes on");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn wrong_late_and_distant_keys_get_the_same_answer(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let end = house.world.clock().now() + SignedDuration::from_hours(1);
    let short = create(&house, &admin, CreateApiKeyRequest { expire_time: Some(to_proto(end)), ..ask("k1") })
        .await
        .expect("is made");
    let networks = vec!["192.0.2.0/24".to_owned()];
    let distant = create(&house, &admin, CreateApiKeyRequest { allowed_networks: networks, ..ask("k2") })
        .await
        .expect("is made");
    exchange(&house, &short.secret).await.expect("is good for an hour");
    house.world.advance(SignedDuration::from_hours(1)).await;
    let damaged = short.secret.replacen("tm_", "tm-", 1);
    let unknown = "tm_01h455vb4pex5vsknk084sn02q";
    for key in [short.secret.as_str(), &distant.secret, &damaged, unknown, "", "x"] {
        assert_eq!(
            refusal(exchange(&house, key).await),
            (Code::Unauthenticated, "WRONG_API_KEY".into()),
            "{key}"
        );
    }
    let admin = house.token_of(ADMIN).await;
    let past = CreateApiKeyRequest { expire_time: Some(to_proto(end)), ..ask("k3") };
    assert_eq!(refusal(create(&house, &admin, past).await).0, Code::InvalidArgument);
    let nowhere = CreateApiKeyRequest { allowed_networks: vec!["everywhere".into()], ..ask("k4") };
    assert_eq!(refusal(create(&house, &admin, nowhere).await).0, Code::InvalidArgument);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_for_a_network_is_good_from_there(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    let wished = CreateApiKeyRequest { allowed_networks: vec!["192.0.2.0/24".into()], ..ask("k1") };
    let made = create(&house, &admin, wished).await.expect("is made");
    let from = async |address: &str| {
        let mut request = Request::new(ExchangeApiKeyRequest { api_key: made.secret.clone() });
        request.metadata_mut().insert("x-client-address", address.parse().expect("ASCII"));
        house.anybody().exchange_api_key(request).await
    };
    from("192.0.2.7").await.expect("is good from there");
    assert_eq!(refusal(from("192.0.3.7").await).1, "WRONG_API_KEY");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_service_account_calls_with_its_key(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    let mut security = house.security(&admin);
    let (request_id, display_name) = ("s1".to_owned(), "Monitoring".to_owned());
    let wished = CreateServiceAccountRequest {
        request_id,
        display_name,
        description: "files alerts".into(),
        ..Default::default()
    };
    let account = security.create_service_account(wished.clone()).await.expect("is made").into_inner();
    let twin = CreateServiceAccountRequest { request_id: "s2".into(), ..wished };
    assert_eq!(refusal(security.create_service_account(twin).await).0, Code::AlreadyExists);
    let user = account.user.expect("an account");
    let agent = house.role(&admin, "agent").await.id;
    house.assign(&admin, &user, &agent, "").await.expect("gives it a role");
    let made = create(&house, &admin, CreateApiKeyRequest { owner_id: user.id.clone(), ..ask("k1") })
        .await
        .expect("is made");
    let token = exchange(&house, &made.secret).await.expect("is good").access_token;
    let me = house.me(&token).await.expect("acts");
    assert_eq!((me.id.as_str(), me.email.as_str(), me.grants.len()), (user.id.as_str(), "", 1));
    let listed = security
        .list_service_accounts(ListServiceAccountsRequest::default())
        .await
        .expect("lists")
        .into_inner();
    assert_eq!(
        (listed.service_accounts[0].api_keys.len(), listed.service_accounts[0].description.as_str()),
        (1, "files alerts")
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn administrators_see_and_end_the_keys_of_others(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let ann = house.person(&admin, "ann@example.com", &[("agent", "")]).await;
    let token = house.token_of("ann@example.com").await;
    let made = create(&house, &token, ask("k1")).await.expect("is made");
    create(&house, &admin, ask("k1")).await.expect("the administrator has one too");
    let of = |owner_id: &str| ListApiKeysRequest { owner_id: owner_id.into() };
    let mut security = house.security(&admin);
    let listed = security.list_api_keys(of(&ann.id)).await.expect("lists").into_inner().api_keys;
    assert_eq!(listed, [made.api_key.clone().expect("a key")]);
    let revoke = RevokeApiKeyRequest { api_key_id: listed[0].id.clone() };
    house.account(&admin).revoke_api_key(revoke).await.expect("revokes");
    assert_eq!(refusal(exchange(&house, &made.secret).await).1, "WRONG_API_KEY");
    let listed = security.list_api_keys(of(&ann.id)).await.expect("lists").into_inner().api_keys;
    assert!(listed[0].revoke_time.is_some(), "it stays listed for a while");
    house.world.advance(SignedDuration::from_hours(30 * 24 + 1)).await;
    let admin = house.token_of(ADMIN).await;
    let listed = house.security(&admin).list_api_keys(of(&ann.id)).await.expect("lists").into_inner();
    assert!(listed.api_keys.is_empty());

    let token = house.token_of("ann@example.com").await;
    assert_eq!(refusal(house.security(&token).list_api_keys(of(&ann.id)).await).0, Code::PermissionDenied);
    let mut security = house.security(&admin);
    assert_eq!(refusal(security.list_api_keys(of("usr_1")).await).0, Code::InvalidArgument);
    let nobody = proto::id::encode("usr", 1);
    assert_eq!(refusal(security.list_api_keys(of(&nobody)).await).0, Code::NotFound);
}

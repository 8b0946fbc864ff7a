//! Access tokens: what is believed and what is not.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use mesh_core::{
    db::Engine,
    token::{AccessClaims, AccessSigner},
};
use prost_types::FieldMask;
use proto::identity::v1::{
    CreateRoleRequest, Department, GetJwksRequest, Jwk, ListAuditEventsRequest, ListUsersRequest, Permission,
    Role, UpdateDepartmentRequest,
};
use rstest::rstest;
use tonic::Code;

use crate::house::{ADMIN, House, refusal};

async fn jwks(house: &House) -> Vec<Jwk> {
    house.anybody().get_jwks(GetJwksRequest {}).await.expect("anybody may have them").into_inner().keys
}

/// What a good token says.
fn claims(token: &str) -> AccessClaims {
    let body = token.split('.').nth(1).expect("a body");
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(body).expect("base64url")).expect("claims")
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn forged_tokens_are_refused(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    let key = jwks(&house).await.remove(0);
    let good = claims(&admin);
    let (head, rest) = admin.split_once('.').expect("a token");
    let none = BASE64_URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"none","kid":"{}"}}"#, key.kid));
    let body = rest.split_once('.').expect("a body").0;
    // The public key as an HMAC secret, hoping that the header's algorithm is believed.
    let header = Header { kid: Some(key.kid.clone()), ..Header::new(Algorithm::HS256) };
    let secret = EncodingKey::from_secret(&BASE64_URL_SAFE_NO_PAD.decode(&key.x).expect("a key"));
    let hs256 = jsonwebtoken::encode(&header, &good, &secret).expect("signs");
    let stranger = AccessSigner::new("stranger", &[1; 32]).sign(&good).expect("signs");
    let impostor = AccessSigner::new(&key.kid, &[1; 32]).sign(&good).expect("signs");
    for token in
        [format!("{none}.{body}."), format!("{head}.{body}."), hs256, stranger, impostor, "x.y.z".into()]
    {
        assert_eq!(refusal(house.me(&token).await).1, "TOKEN_INVALID", "{token}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_good_for_ten_minutes(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    house.world.advance(SignedDuration::from_mins(10)).await;
    house.me(&admin).await.expect("clocks may differ by half a minute");
    house.world.advance(SignedDuration::from_secs(30)).await;
    assert_eq!(refusal(house.me(&admin).await).1, "TOKEN_EXPIRED");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_token_names_the_roles_that_count_and_where_they_were_given(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let it = house.department(&admin, "IT", "").await.id;
    let keeper = Role {
        key: "keeper".into(),
        display_name: "Keeper".into(),
        permissions: vec![Permission::TicketRead.into()],
        requires_second_factor: true,
        ..Role::default()
    };
    let ask = CreateRoleRequest { request_id: "keeper".into(), role: Some(keeper) };
    let keeper = house.directory(&admin).create_role(ask).await.expect("makes a role").into_inner();
    let agent = house.role(&admin, "agent").await;
    house.person(&admin, "ann@example.com", &[("agent", &it), ("keeper", "")]).await;
    let roles = claims(&house.token_of("ann@example.com").await).roles;
    let holds = |role: &Role, place: &str| roles.holds(&role.id, [place].into_iter());
    assert!(holds(&agent, &it) && !holds(&agent, "dep_elsewhere"), "{roles:?}");
    assert!(!roles.anywhere(&keeper.id), "it counts after a second factor: {roles:?}");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn signing_keys_turn_over_without_anybody_noticing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, _) = House::new(engine).await;
    let first = jwks(&house).await;
    assert_eq!((first.len(), first[0].alg.as_str(), first[0].crv.as_str()), (1, "EdDSA", "Ed25519"));

    house.world.advance(SignedDuration::from_hours(29 * 24 + 1)).await;
    let early = house.sign_in(ADMIN).await;
    let both = jwks(&house).await;
    assert_eq!(both.len(), 2, "the next key is known a day before");
    assert!(early.access_token.starts_with(&header_of(&both[0])), "and the old one still signs");

    house.world.advance(SignedDuration::from_hours(24)).await;
    let late = house.sign_in(ADMIN).await;
    assert!(late.access_token.starts_with(&header_of(&both[1])), "now the next one does");
    house.world.advance(SignedDuration::from_hours(2)).await;
    assert_eq!(jwks(&house).await.iter().map(|key| &key.kid).collect::<Vec<_>>(), [&both[1].kid]);
    let admin = house.token_of(ADMIN).await;
    house.me(&admin).await.expect("is good");
    let ask = ListAuditEventsRequest { action: "signing_key".into(), ..Default::default() };
    let lines = house.security(&admin).list_audit_events(ask).await.expect("lists").into_inner().audit_events;
    let said: Vec<_> = lines.iter().map(|line| (line.action.as_str(), line.target.as_str())).collect();
    assert_eq!(said, [("signing_key.rotated", both[1].kid.as_str())]);
}

/// As many departments below the only one as there may be, but for one.
const FILL_THE_TREE: &str = "insert into departments \
    (id, version, display_name, description, parent_id, archived_at, created_at, updated_at, name_key) \
    with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < 1998) \
    select 'dep_7' || substr('0000000000000000000000000', 1, 25 - length(cast(n as text))) || n, 1, 'Desk ' || n, '', (select id from departments where parent_id = ''), null, 0, 0, 'desk ' || n \
    from numbers";

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_as_short_with_two_thousand_departments_below_as_with_none(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let it = house.department(&admin, "IT", "").await;
    let ann = house.person(&admin, "ann@example.com", &[("agent", &it.id)]).await;
    let before = house.token_of("ann@example.com").await;
    let mut tx = house.world.db(identity::MIGRATIONS).await.begin().await.expect("begins");
    sqlx::query(FILL_THE_TREE).execute(tx.conn()).await.expect("the database lets him");
    tx.commit().await.expect("commits");
    let token = house.token_of("ann@example.com").await;
    assert!(token.len() < before.len() + 8, "{} and {} bytes", before.len(), token.len());
    let grants = house.me(&token).await.expect("acts").grants;
    assert_eq!(grants.len(), 1_999, "in the place and in all below it");
    let mut directory = house.directory(&token);
    let listed =
        |department_id: &str| ListUsersRequest { department_id: department_id.into(), ..Default::default() };
    directory.list_users(listed(&grants[1_998].department_id)).await.expect("she may read people there");
    let hr = house.department(&admin, "HR", "").await;
    assert_eq!(refusal(directory.list_users(listed(&hr.id)).await).0, Code::PermissionDenied);
    assert_eq!(
        house.person_named(&admin, "ann@example.com").await.grants,
        grants,
        "as an administrator sees it"
    );
    assert_eq!(ann.grants.len(), 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_department_that_moves_away_takes_what_was_held_there_along(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let it = house.department(&admin, "IT", "").await;
    house.person(&admin, "ann@example.com", &[("agent", &it.id)]).await;
    let session = house.sign_in("ann@example.com").await;
    let listed = |id: &str| ListUsersRequest { department_id: id.into(), ..Default::default() };
    let desk = house.department(&admin, "Desk", &it.id).await;
    house.world.settle().await;
    assert_eq!(refusal(house.me(&session.access_token).await).1, "TOKEN_EXPIRED", "it knows too little");
    let session = house.refresh(&session.refresh_token).await.expect("goes on");
    house.directory(&session.access_token).list_users(listed(&desk.id)).await.expect("it is below hers");
    let away = Department { parent_id: String::new(), ..desk };
    let update_mask = Some(FieldMask { paths: vec!["parent_id".into()] });
    let ask = UpdateDepartmentRequest { department: Some(away.clone()), update_mask };
    house.directory(&admin).update_department(ask).await.expect("moves");
    house.world.settle().await;
    assert_eq!(refusal(house.me(&session.access_token).await).1, "TOKEN_EXPIRED", "it knows too much");
    let token = house.refresh(&session.refresh_token).await.expect("goes on").access_token;
    assert_eq!(refusal(house.directory(&token).list_users(listed(&away.id)).await).0, Code::PermissionDenied);
}

/// The first part of every token signed with a key.
fn header_of(key: &Jwk) -> String {
    let header = Header { kid: Some(key.kid.clone()), ..Header::new(Algorithm::EdDSA) };
    BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&header).expect("serialises"))
}

//! Accounts that are forgotten for good.

use mesh_core::db::{Db, Engine};
use proto::identity::v1::{
    CreateApiKeyRequest, CreateUserRequest, DeleteUserRequest, ExchangeApiKeyRequest, GetUserRequest,
    InviteUserRequest, ListUsersRequest, RoleGrant, SetPictureRequest, SetUserStatusRequest,
    UpdateUserRequest, User, UserStatus, UserView,
};
use rstest::rstest;
use sqlx::Row as _;
use tonic::{Code, Status};

use crate::house::{ADMIN, House, PASSWORD, refusal, user};

/// What is known of the person in these tests; each of it must go.
const TELLING: [&str; 6] =
    ["carla.moreno", "carla moreno", "Carla", "Moreno-Ruiz", "+41791112233", "employee-4711"];

/// Tables whose rows go by time: the audit log, what is on its way, and answers kept for a day for who repeats a call.
const PASSING: [&str; 4] = ["audit_events", "outbox", "requests", "jobs"];

async fn carla(house: &House, admin: &str) -> User {
    let user = User {
        given_name: "Carla".into(),
        family_name: "Moreno-Ruiz".into(),
        phone: "+41791112233".into(),
        employee_number: "employee-4711".into(),
        ..user("carla.moreno@example.com")
    };
    let role_id = house.role(admin, "agent").await.id;
    let roles = vec![RoleGrant { role_id, department_id: String::new() }];
    let ask =
        CreateUserRequest { request_id: "c1".into(), user: Some(user), password: PASSWORD.into(), roles };
    house.directory(admin).create_user(ask).await.expect("makes her").into_inner()
}

async fn delete(house: &House, token: &str, user: &User) -> Result<User, Status> {
    let etag =
        house.directory(token).get_user(full(user)).await.map_or(String::new(), |now| now.into_inner().etag);
    let ask = DeleteUserRequest { user_id: user.id.clone(), reason: "asked for it".into(), etag };
    house.directory(token).delete_user(ask).await.map(tonic::Response::into_inner)
}

fn full(user: &User) -> GetUserRequest {
    GetUserRequest { user_id: user.id.clone(), view: UserView::Full.into() }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn of_a_deleted_person_nothing_is_left_that_tells(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let carla = carla(&house, &admin).await;
    let token = house.token_of("carla.moreno@example.com").await;
    let picture = SetPictureRequest { picture: include_bytes!("dot.png").to_vec() };
    house.account(&token).set_picture(picture).await.expect("sets it");
    assert_ne!(left_of(&house, &carla.id).await, Vec::<String>::new(), "the search finds what is there");

    let gone = delete(&house, &admin, &carla).await.expect("deletes");
    let tail = carla.id[carla.id.len() - 6..].to_uppercase();
    assert_eq!(gone.display_name, format!("Deleted user {tail}"));
    assert_eq!((gone.status(), gone.delete_time.is_some()), (UserStatus::Deactivated, true));
    assert_eq!((gone.email.as_str(), gone.picture_path.as_str(), gone.role_assignments.len()), ("", "", 0));
    assert_eq!(left_of(&house, &carla.id).await, Vec::<String>::new());
    for (query, found) in [("carla", 0), ("carla.moreno@example.com", 0), ("deleted", 1)] {
        let ask = ListUsersRequest { query: query.into(), view: UserView::Full.into(), ..Default::default() };
        let list = house.directory(&admin).list_users(ask).await.expect("lists").into_inner();
        assert_eq!(list.total, found, "{query}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_person_is_out_at_once_and_never_comes_back(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let carla = carla(&house, &admin).await;
    let token = house.token_of("carla.moreno@example.com").await;
    let key =
        CreateApiKeyRequest { request_id: "k1".into(), display_name: "cron".into(), ..Default::default() };
    let key = house.account(&token).create_api_key(key).await.expect("makes a key").into_inner().secret;
    let gone = delete(&house, &admin, &carla).await.expect("deletes");
    house.world.settle().await;

    assert_eq!(refusal(house.me(&token).await).0, Code::Unauthenticated);
    assert_eq!(refusal(house.try_sign_in("carla.moreno@example.com", PASSWORD).await).1, "WRONG_CREDENTIALS");
    let exchange = ExchangeApiKeyRequest { api_key: key };
    assert_eq!(refusal(house.anybody().exchange_api_key(exchange).await).1, "WRONG_API_KEY");

    let (mut directory, user_id, etag) = (house.directory(&admin), gone.id.clone(), gone.etag.clone());
    let revive =
        SetUserStatusRequest { user_id, etag, status: UserStatus::Active.into(), ..Default::default() };
    assert_eq!(refusal(directory.set_user_status(revive).await).1, "USER_DELETED");
    let named = User { display_name: "Carla again".into(), ..gone.clone() };
    let update_mask = Some(prost_types::FieldMask { paths: vec!["display_name".into()] });
    let rename = UpdateUserRequest { user: Some(named), update_mask };
    assert_eq!(refusal(directory.update_user(rename).await).1, "USER_DELETED");
    let agent = house.role(&admin, "agent").await.id;
    assert_eq!(refusal(house.assign(&admin, &gone, &agent, "").await).1, "USER_DELETED");
    assert_eq!(refusal(delete(&house, &admin, &gone).await).1, "USER_DELETED");

    let again = house.person(&admin, "carla.moreno@example.com", &[]).await;
    assert_ne!(again.id, carla.id, "the address is free for somebody new");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_invited_person_is_deleted_with_the_invitation(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let ask = InviteUserRequest {
        request_id: "i1".into(),
        email: "carla.moreno@example.com".into(),
        display_name: "Carla Moreno".into(),
        ..Default::default()
    };
    let invited = house.directory(&admin).invite_user(ask).await.expect("invites").into_inner();
    let user_id = invited.invitation.expect("an invitation").user_id;
    house.world.settle().await;
    delete(&house, &admin, &User { id: user_id.clone(), ..User::default() }).await.expect("deletes");
    assert_eq!(left_of(&house, &user_id).await, Vec::<String>::new());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_deletes_himself_the_last_administrator_or_somebody_above_him(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let root = house.me(&admin).await.expect("is somebody");
    assert_eq!(refusal(delete(&house, &admin, &root).await).0, Code::PermissionDenied);
    house.person(&admin, "ann@example.com", &[("agent", "")]).await;
    let ann = house.token_of("ann@example.com").await;
    assert_eq!(refusal(delete(&house, &ann, &root).await).0, Code::PermissionDenied);

    let stale = DeleteUserRequest { user_id: root.id.clone(), reason: "x".into(), etag: "0".into() };
    let other = house.person(&admin, "other@example.com", &[("admin", "")]).await;
    let token = house.token_of("other@example.com").await;
    assert_eq!(refusal(house.directory(&token).delete_user(stale).await).1, "STALE_ETAG");
    delete(&house, &token, &root).await.expect("another administrator may");
    let ask = SetUserStatusRequest {
        user_id: other.id,
        etag: house.me(&token).await.expect("is somebody").etag,
        status: UserStatus::Suspended.into(),
        ..Default::default()
    };
    assert_eq!(refusal(house.directory(&token).set_user_status(ask).await).1, "LAST_ADMIN");
    assert_eq!(refusal(house.try_sign_in(ADMIN, PASSWORD).await).1, "WRONG_CREDENTIALS");
}

/// Every place in the database that still tells of the person, as `table.column`, but for the tables that forget by time. His id
/// may stand where the history needs it.
async fn left_of(house: &House, user_id: &str) -> Vec<String> {
    let db = house.world.db(identity::MIGRATIONS).await;
    let mut left = vec![];
    for (table, column) in text_columns(&db).await {
        if PASSING.contains(&table.as_str()) {
            continue;
        }
        let rows = sqlx::query(sqlx::AssertSqlSafe(format!("select cast({column} as text) from {table}")));
        for row in rows.fetch_all(db.reader()).await.expect("rows") {
            let text = row.try_get::<Option<String>, _>(0).expect("text").unwrap_or_default();
            // The words he is found by are those of the pseudonym now.
            let is_owner = ["user_id", "owner_id"].contains(&column.as_str()) && table != "user_words";
            let owns = is_owner && text == user_id;
            if owns || TELLING.iter().any(|telling| text.contains(telling)) {
                left.push(format!("{table}.{column}"));
            }
        }
    }
    left
}

/// Tables and their columns of text.
async fn text_columns(db: &Db) -> Vec<(String, String)> {
    let columns = match db.engine() {
        Engine::Sqlite => {
            "select m.name, p.name from sqlite_master m join pragma_table_info(m.name) p \
             where m.type = 'table' and lower(p.type) = 'text'"
        }
        Engine::Postgres => {
            "select cast(table_name as text), cast(column_name as text) from information_schema.columns \
             where table_schema = current_schema() and data_type = 'text'"
        }
    };
    let rows = sqlx::query(columns).fetch_all(db.reader()).await.expect("rows");
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

//! Accounts: made, changed, ended.

use mesh_core::db::Engine;
use prost::Message;
use prost_types::FieldMask;
use proto::identity::v1::{
    CreateUserRequest, ListAuditEventsRequest, SetUserStatusRequest, UpdateMeRequest, UpdateUserRequest,
    User, UserStatus,
};
use rstest::rstest;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::Row;
use tonic::Code;

use crate::house::{ADMIN, House, PASSWORD, refusal, user};

fn mask(paths: &[&str]) -> FieldMask {
    FieldMask { paths: paths.iter().map(|path| (*path).into()).collect() }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn making_somebody_twice_with_one_request_id_makes_one(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let ask = CreateUserRequest {
        request_id: "r1".into(),
        user: Some(user("ann.lee@example.com")),
        ..Default::default()
    };
    let mut directory = house.directory(&admin);
    let first = directory.create_user(ask.clone()).await.expect("is made").into_inner();
    assert_eq!((first.status(), first.initials.as_str()), (UserStatus::Pending, "AL"));
    let again = directory.create_user(ask.clone()).await.expect("is answered").into_inner();
    assert_eq!(first, again);
    let other = CreateUserRequest { user: Some(user("bob@example.com")), ..ask.clone() };
    assert_eq!(refusal(directory.create_user(other).await).1, "REQUEST_ID_REUSED");
    let taken = CreateUserRequest { request_id: "r2".into(), ..ask };
    assert_eq!(refusal(directory.create_user(taken).await).0, Code::AlreadyExists);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_of_a_call_is_no_test_for_its_password(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let (request_id, password, user) = ("r1".into(), PASSWORD.into(), Some(user("ann@example.com")));
    let ask = CreateUserRequest { request_id, password, user, roles: vec![] };
    house.directory(&admin).create_user(ask.clone()).await.expect("is made");
    let guess = hex::encode(Sha256::digest(ask.encode_to_vec()));
    let db = house.world.db(identity::MIGRATIONS).await;
    let kept = sqlx::query("select fingerprint from requests").fetch_all(db.reader()).await.expect("rows");
    assert!(!kept.is_empty() && kept.iter().all(|row| row.get::<String, _>(0) != guess));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_field_is_named_at_once(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    let wrong = User {
        email: "nobody".into(),
        display_name: String::new(),
        phone: "12".into(),
        time_zone: "Mars/Base".into(),
        locale: "d!".into(),
        department_id: "dep".into(),
        ..User::default()
    };
    let ask = CreateUserRequest { request_id: "r1".into(), user: Some(wrong), ..Default::default() };
    let status = house.directory(&admin).create_user(ask).await.expect_err("is refused");
    for field in ["email", "display_name", "phone", "time_zone", "locale", "department_id"] {
        assert!(status.message().contains(&format!("user.{field}")), "{}", status.message());
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn people_change_their_own_profile_and_not_their_address(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, token) = House::new(engine).await;
    let me = house.me(&token).await.expect("is there");
    let mut account = house.account(&token);
    let changed = User { display_name: "Robin Root".into(), time_zone: "Europe/Zurich".into(), ..me.clone() };
    let ask =
        UpdateMeRequest { user: Some(changed), update_mask: Some(mask(&["display_name", "time_zone"])) };
    let after = account.update_me(ask.clone()).await.expect("changes").into_inner();
    assert_eq!((after.display_name.as_str(), after.time_zone.as_str()), ("Robin Root", "Europe/Zurich"));
    let stale = account.update_me(ask).await.expect_err("the etag is old");
    assert_eq!(stale.code(), Code::Aborted);
    assert_eq!(mesh_core::error::current_of::<User>(&stale), Some(after.clone()));
    let no_etag = UpdateMeRequest {
        user: Some(User { etag: String::new(), ..after.clone() }),
        update_mask: Some(mask(&["phone"])),
    };
    assert_eq!(refusal(account.update_me(no_etag).await).1, "ETAG_REQUIRED");
    let address = UpdateMeRequest {
        user: Some(User { email: "x@example.com".into(), ..after }),
        update_mask: Some(mask(&["email"])),
    };
    assert_eq!(refusal(account.update_me(address).await).1, "INVALID_FIELDS");
    let ask = ListAuditEventsRequest { action: "user.updated".into(), ..Default::default() };
    let lines = house.security(&token).list_audit_events(ask).await.expect("lists").into_inner().audit_events;
    let said = (lines[0].before_json.as_str(), lines[0].after_json.as_str());
    let before = r#"{"display_name":"Root Admin","time_zone":""}"#;
    let after = r#"{"display_name":"Robin Root","time_zone":"Europe/Zurich"}"#;
    assert_eq!((lines.len(), said), (1, (before, after)));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_keeps_every_field_that_an_administrator_changed_and_no_other(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let it = house.department(&admin, "IT", "").await;
    let ann = house.person(&admin, "ann@example.com", &[]).await;
    let moved = User {
        email: "ann.lee@example.com".into(),
        phone: "+41791234567".into(),
        department_id: it.id.clone(),
        ..ann.clone()
    };
    let paths = mask(&["email", "phone", "department_id", "display_name"]);
    let ask = UpdateUserRequest { user: Some(moved), update_mask: Some(paths.clone()) };
    let ann = house.directory(&admin).update_user(ask).await.expect("changes").into_inner();
    let same = UpdateUserRequest { user: Some(ann), update_mask: Some(paths) };
    house.directory(&admin).update_user(same).await.expect("changes nothing");
    let ask = ListAuditEventsRequest { action: "user.updated".into(), ..Default::default() };
    let lines = house.security(&admin).list_audit_events(ask).await.expect("lists").into_inner().audit_events;
    assert_eq!(lines.len(), 1, "what changed nothing is no news");
    let parse = |json: &str| serde_json::from_str::<Value>(json).expect("JSON");
    let before = json!({"email": "ann@example.com", "phone": "", "department_id": ""});
    let after = json!({"email": "ann.lee@example.com", "phone": "+41791234567", "department_id": it.id});
    assert_eq!((parse(&lines[0].before_json), parse(&lines[0].after_json)), (before, after));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_changes_others_within_his_power(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let ann = house.person(&admin, "ann@example.com", &[("agent", "")]).await;
    let renamed =
        User { email: "ann.lee@example.com".into(), employee_number: "MA0007".into(), ..ann.clone() };
    let ask =
        UpdateUserRequest { user: Some(renamed), update_mask: Some(mask(&["email", "employee_number"])) };
    let ann = house.directory(&admin).update_user(ask).await.expect("changes").into_inner();
    house.sign_in("ann.lee@example.com").await;
    let taken = User { email: ADMIN.into(), ..ann.clone() };
    let ask = UpdateUserRequest { user: Some(taken), update_mask: Some(mask(&["email"])) };
    assert_eq!(refusal(house.directory(&admin).update_user(ask).await).0, Code::AlreadyExists);
    let token = house.token_of("ann.lee@example.com").await;
    let root = house.me(&admin).await.expect("is there");
    let ask = UpdateUserRequest { user: Some(root), update_mask: Some(mask(&["email"])) };
    assert_eq!(refusal(house.directory(&token).update_user(ask).await).0, Code::PermissionDenied);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_status_moves_only_along_its_arrows(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    let mut ann = house.person(&admin, "ann@example.com", &[]).await;
    for (status, moves) in [
        (UserStatus::Pending, false),
        (UserStatus::Suspended, true),
        (UserStatus::Suspended, false),
        (UserStatus::Deactivated, true),
        (UserStatus::Suspended, false),
        (UserStatus::Active, true),
    ] {
        let ask = SetUserStatusRequest {
            user_id: ann.id.clone(),
            status: status.into(),
            etag: ann.etag.clone(),
            ..Default::default()
        };
        match house.directory(&admin).set_user_status(ask).await {
            Ok(moved) if moves => ann = moved.into_inner(),
            Err(refused) if !moves => assert_eq!(refusal::<()>(Err(refused)).1, "STATUS_MOVE_NOT_ALLOWED"),
            other => panic!("{status:?}: {other:?}"),
        }
    }
    house.sign_in("ann@example.com").await;
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn somebody_hears_that_another_one_changed_his_profile(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let ann = house.person(&admin, "ann@example.com", &[]).await;
    let own = house.token_of("ann@example.com").await;
    let renamed = User { display_name: "Ann Lee".into(), locale: "de".into(), ..ann };
    let ask = UpdateMeRequest { user: Some(renamed), update_mask: Some(mask(&["display_name", "locale"])) };
    let ann = house.account(&own).update_me(ask).await.expect("changes").into_inner();
    let moved = User { email: "ann.lee@example.com".into(), ..ann };
    let ask = UpdateUserRequest { user: Some(moved), update_mask: Some(mask(&["email"])) };
    house.directory(&admin).update_user(ask).await.expect("changes");
    house.world.settle().await;
    for address in ["ann@example.com", "ann.lee@example.com"] {
        let letters = house.world.letters().to(address);
        assert_eq!(letters.len(), 1, "what one changes oneself is no news");
        assert_eq!(letters[0].subject, "Ihr Profil wurde geändert");
        let text = &letters[0].text;
        assert!(text.contains("Root Admin") && text.contains("ann.lee@example.com"), "{text}");
        assert!(letters[0].html.as_ref().is_some_and(|html| html.contains("Root Admin")));
    }
}

//! The limits of sign-in protection: who reads and changes them, and what can be in force.

use jiff::SignedDuration;
use mesh_core::{db::Engine, error::current_of};
use proto::identity::v1::{ListAuditEventsRequest, SignInProtection};
use rstest::rstest;
use serde_json::json;
use tonic::Code;
use tonic_types::StatusExt;

use crate::{
    house::{ADMIN, House, PASSWORD, refusal},
    knock::Place,
};

#[expect(clippy::unnecessary_wraps, reason = "fields of messages are optional")]
fn minutes(minutes: i64) -> Option<prost_types::Duration> {
    Some(prost_types::Duration { seconds: minutes * 60, nanos: 0 })
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_limits_of_a_new_house_are_those_of_the_contract(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let defaults = SignInProtection {
        etag: "0".into(),
        address_limit: 10,
        address_block: minutes(30),
        device_challenge_limit: 5,
        device_limit: 8,
        device_block: minutes(20),
        account_limit: 10,
        account_lock: minutes(15),
        account_warning_limit: 5,
        counter_lifetime: minutes(24 * 60),
        challenge_difficulty: 18,
    };
    assert_eq!(house.limits(&admin).await, defaults);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_limit_is_in_force_at_once_and_on_record(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    house.fail(&Place::default(), ADMIN, 3).await;
    let read = house.limits(&admin).await;
    let wanted =
        SignInProtection { account_limit: 3, account_lock: minutes(60), address_limit: 99, ..read.clone() };
    let changed = house.limit(&admin, &["account_limit", "account_lock"], wanted).await.expect("changes");
    let expected = SignInProtection { etag: "1".into(), account_limit: 3, account_lock: minutes(60), ..read };
    assert_eq!(changed, expected, "what the mask does not name stays");
    assert_eq!(house.limits(&admin).await, changed);

    assert_eq!(house.knocked(&Place::default(), ADMIN, PASSWORD).await, "WRONG_CREDENTIALS");
    house.world.advance(SignedDuration::from_mins(60)).await;
    let admin = house.token_of(ADMIN).await;

    let ask = ListAuditEventsRequest { action: "sign_in_protection.updated".into(), ..Default::default() };
    let lines = house.security(&admin).list_audit_events(ask).await.expect("lists").into_inner().audit_events;
    let said = |text: &str| {
        let value: serde_json::Value = serde_json::from_str(text).expect("JSON");
        (value["account_limit"].clone(), value["account_lock"].clone(), value["address_limit"].clone())
    };
    assert_eq!(said(&lines[0].before_json), (json!(10), json!("PT15M"), json!(10)));
    assert_eq!(said(&lines[0].after_json), (json!(3), json!("PT1H"), json!(10)));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_limit_that_can_not_be_in_force_is_named_with_its_remedy(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let read = house.limits(&admin).await;
    let wrong = SignInProtection {
        etag: read.etag.clone(),
        address_limit: -1,
        address_block: None,
        device_challenge_limit: 1_001,
        device_limit: i32::MAX,
        device_block: Some(prost_types::Duration { seconds: i64::MAX, nanos: -5 }),
        account_limit: i32::MIN,
        account_lock: minutes(25 * 60),
        account_warning_limit: -1,
        counter_lifetime: minutes(59),
        challenge_difficulty: 0,
    };
    let fields = [
        "address_limit",
        "address_block",
        "device_challenge_limit",
        "device_limit",
        "device_block",
        "account_limit",
        "account_lock",
        "account_warning_limit",
        "counter_lifetime",
        "challenge_difficulty",
    ];
    let refused = house.limit(&admin, &fields, wrong).await.expect_err("nothing of this");
    let named = refused.get_details_bad_request().expect("fields").field_violations;
    let mut names: Vec<_> = named.iter().map(|wrong| wrong.field.clone()).collect();
    let mut expected = fields.map(|field| format!("protection.{field}"));
    names.sort();
    expected.sort();
    assert_eq!(names, expected);
    assert!(named.iter().all(|wrong| wrong.description.contains("give ")), "{named:?}");
    assert_eq!(house.limits(&admin).await, read);
    for mask in [&["etag"][..], &["lifetime"], &[]] {
        assert_eq!(refusal(house.limit(&admin, mask, read.clone()).await).0, Code::InvalidArgument);
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_change_the_same_limits_the_second_reads_again(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let read = house.limits(&admin).await;
    let change = async |limit| {
        house
            .limit(&admin, &["address_limit"], SignInProtection { address_limit: limit, ..read.clone() })
            .await
    };
    let first = change(20).await.expect("changes");
    let refused = change(30).await.expect_err("stale");
    assert_eq!(current_of::<SignInProtection>(&refused), Some(first));
    let without = SignInProtection { etag: String::new(), ..read };
    let missing = refusal(house.limit(&admin, &["address_limit"], without).await);
    assert_eq!(missing, (Code::InvalidArgument, "ETAG_REQUIRED".into()));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_limit_of_nothing_turns_its_layer_off(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    let off = SignInProtection {
        address_limit: 0,
        device_challenge_limit: 0,
        device_limit: 0,
        account_limit: 0,
        account_warning_limit: 0,
        ..house.limits(&admin).await
    };
    let fields =
        ["address_limit", "device_challenge_limit", "device_limit", "account_limit", "account_warning_limit"];
    house.limit(&admin, &fields, off).await.expect("changes");
    let here = Place::new("192.0.2.1", "laptop");
    house.fail(&here, ADMIN, 15).await;
    assert_eq!(house.knocked(&here, ADMIN, PASSWORD).await, "signed in");
    house.world.settle().await;
    let told: Vec<_> = house.world.letters().to(ADMIN).into_iter().map(|letter| letter.subject).collect();
    assert_eq!(told, ["A sign-in on a new device"], "and nothing of the failures");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_manage_security_neither_reads_nor_changes_them(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let limits = house.limits(&admin).await;
    house.person(&admin, "ann@example.com", &[("supervisor", "")]).await;
    let ann = house.token_of("ann@example.com").await;
    let refused =
        house.security(&ann).get_sign_in_protection(proto::identity::v1::GetSignInProtectionRequest {}).await;
    assert_eq!(refusal(refused).0, Code::PermissionDenied);
    assert_eq!(refusal(house.limit(&ann, &["address_limit"], limits).await).0, Code::PermissionDenied);
}

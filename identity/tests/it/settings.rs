//! How people get accounts and what counts as proof.

use mesh_core::db::Engine;
use prost_types::{Duration, FieldMask};
use proto::identity::v1::{
    AccessSettings, ArchiveDepartmentRequest, GetAccessSettingsRequest, GetSignInPolicyRequest,
    ListAuditEventsRequest, SignUpMode, UpdateAccessSettingsRequest,
};
use rstest::rstest;
use tonic::{Code, Status};

use crate::house::{ADMIN, House, refusal};

const DAY: i64 = 24 * 3_600;

async fn settings(house: &House, token: &str) -> AccessSettings {
    let ask = GetAccessSettingsRequest {};
    house.security(token).get_access_settings(ask).await.expect("are there").into_inner()
}

async fn change(
    house: &House,
    token: &str,
    settings: AccessSettings,
    paths: &[&str],
) -> Result<AccessSettings, Status> {
    let paths = paths.iter().map(|path| (*path).into()).collect();
    let ask =
        UpdateAccessSettingsRequest { settings: Some(settings), update_mask: Some(FieldMask { paths }) };
    house.security(token).update_access_settings(ask).await.map(tonic::Response::into_inner)
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn settings_begin_closed_and_change_with_a_trace(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let root = house.me(&admin).await.expect("is there").id;
    let it = house.department(&admin, "IT", "").await;
    let first = settings(&house, &admin).await;
    assert_eq!((first.sign_up_mode(), first.email_codes_allowed), (SignUpMode::Closed, true));
    let wanted = AccessSettings {
        sign_up_mode: SignUpMode::Approval.into(),
        sign_up_domains: vec!["Example.ORG".into(), "example.com".into(), "example.com".into()],
        sign_up_department_id: it.id.clone(),
        email_codes_allowed: false,
        break_glass_user_id: root,
        audit_retention: Some(Duration { seconds: 90 * DAY, nanos: 0 }),
        ..first.clone()
    };
    let every = [
        "sign_up_mode",
        "sign_up_domains",
        "sign_up_department_id",
        "email_codes_allowed",
        "break_glass_user_id",
        "audit_retention",
    ];
    let after = change(&house, &admin, wanted.clone(), &every).await.expect("changes");
    let sign_up_domains = vec!["example.com".into(), "example.org".into()];
    assert_eq!(after, AccessSettings { etag: after.etag.clone(), sign_up_domains, ..wanted });
    assert_eq!(settings(&house, &admin).await, after);
    let only = AccessSettings { etag: after.etag.clone(), ..AccessSettings::default() };
    let forever = change(&house, &admin, only, &["audit_retention"]).await.expect("changes");
    assert_eq!(forever, AccessSettings { etag: forever.etag.clone(), audit_retention: None, ..after });
    let policy = house.anybody().get_sign_in_policy(GetSignInPolicyRequest::default()).await;
    assert_eq!(policy.expect("anybody may ask").into_inner().sign_up_mode(), SignUpMode::Approval);
    let ask = ListAuditEventsRequest { action: "access_settings".into(), ..Default::default() };
    let lines = house.security(&admin).list_audit_events(ask).await.expect("lists").into_inner().audit_events;
    assert_eq!(lines.len(), 2);
    assert!(lines[1].before_json.contains("CLOSED") && lines[1].after_json.contains("example.org"));
    assert!(lines[0].before_json.contains("PT2160H"), "{}", lines[0].before_json);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn bad_settings_are_refused_field_by_field(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    let ann = house.person(&admin, "ann@example.com", &[("agent", "")]).await;
    let good = settings(&house, &admin).await;
    let days = |days: i64| Some(Duration { seconds: days * DAY, nanos: 0 });
    for (path, bad) in [
        ("sign_up_mode", AccessSettings { sign_up_mode: 0, ..good.clone() }),
        ("sign_up_mode", AccessSettings { sign_up_mode: 99, ..good.clone() }),
        ("sign_up_domains", AccessSettings { sign_up_domains: vec!["a@b".into()], ..good.clone() }),
        ("sign_up_domains", AccessSettings { sign_up_domains: vec!["exаmple.com".into()], ..good.clone() }),
        ("sign_up_domains", AccessSettings { sign_up_domains: vec!["x.test".into(); 101], ..good.clone() }),
        ("sign_up_department_id", AccessSettings { sign_up_department_id: "it".into(), ..good.clone() }),
        ("break_glass_user_id", AccessSettings { break_glass_user_id: ann.id, ..good.clone() }),
        ("audit_retention", AccessSettings { audit_retention: days(29), ..good.clone() }),
        ("audit_retention", AccessSettings { audit_retention: days(-40), ..good.clone() }),
        ("audit_retention", AccessSettings { audit_retention: days(i64::MAX / DAY), ..good.clone() }),
    ] {
        let status = change(&house, &admin, bad, &[path]).await.expect_err("is refused");
        assert_eq!(status.code(), Code::InvalidArgument, "{path}");
        assert!(status.message().contains(&format!("settings.{path}")), "{}", status.message());
    }
    assert_eq!(refusal(change(&house, &admin, good.clone(), &["etag"]).await).1, "INVALID_FIELDS");
    assert_eq!(refusal(change(&house, &admin, good.clone(), &[]).await).1, "INVALID_FIELDS");
    assert_eq!(settings(&house, &admin).await, good);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_archived_department_is_no_home_for_newcomers(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let it = house.department(&admin, "IT", "").await;
    let ask = ArchiveDepartmentRequest { department_id: it.id.clone(), etag: it.etag };
    house.directory(&admin).archive_department(ask).await.expect("archives");
    let good = settings(&house, &admin).await;
    let bad = AccessSettings { sign_up_department_id: it.id, ..good };
    let refused = refusal(change(&house, &admin, bad, &["sign_up_department_id"]).await);
    assert_eq!(refused.1, "DEPARTMENT_ARCHIVED");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn settings_are_for_administrators_and_for_one_at_a_time(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    house.person(&admin, "ann@example.com", &[("supervisor", "")]).await;
    let ann = house.token_of("ann@example.com").await;
    let read = house.security(&ann).get_access_settings(GetAccessSettingsRequest {}).await;
    assert_eq!(refusal(read).0, Code::PermissionDenied);
    let good = settings(&house, &admin).await;
    let open = AccessSettings { sign_up_mode: SignUpMode::Open.into(), ..good.clone() };
    assert_eq!(
        refusal(change(&house, &ann, open.clone(), &["sign_up_mode"]).await).0,
        Code::PermissionDenied
    );
    let another = house.token_of(ADMIN).await;
    let (one, two) = tokio::join!(
        change(&house, &admin, open.clone(), &["sign_up_mode"]),
        change(&house, &another, open.clone(), &["sign_up_mode"]),
    );
    assert!(one.is_ok() != two.is_ok(), "exactly one wins");
    let loser = one.err().or_else(|| two.err()).expect("one was refused");
    assert_eq!(loser.code(), Code::Aborted);
    let stale = change(&house, &admin, open.clone(), &["sign_up_mode"]).await.expect_err("the etag is old");
    let current = mesh_core::error::current_of::<AccessSettings>(&stale);
    assert_eq!(current, Some(settings(&house, &admin).await));
    let unversioned = AccessSettings { etag: String::new(), ..open };
    assert_eq!(refusal(change(&house, &admin, unversioned, &["sign_up_mode"]).await).1, "ETAG_REQUIRED");
}

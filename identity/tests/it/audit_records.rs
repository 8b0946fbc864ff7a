//! Lines of the audit log about what was done in other services.

use identity::Verdict;
use jiff::SignedDuration;
use mesh_core::db::Engine;
use proto::identity::v1::{
    AuditEvent, ExportAuditEventsRequest, ListAuditEventsRequest, RecordAuditEventRequest,
};
use rstest::rstest;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::{
    audit::{exported, verdict},
    house::{House, refusal},
};

/// What tickets says of a category, so long ago.
fn deed(house: &House, ago: SignedDuration) -> AuditEvent {
    let process = house.world.process();
    let done_at = process.clock.now().checked_sub(ago).expect("an instant");
    AuditEvent {
        id: process.ids.id("aud"),
        time: Some(mesh_core::clock::to_proto(done_at)),
        action: "category.updated".into(),
        actor_id: "usr_01h455vb4pex5vsknk084sn02q".into(),
        actor_name: "Ann".into(),
        target: "cat_01h455vb4pex5vsknk084sn02q".into(),
        address: "192.0.2.7".into(),
        session_id: "ses_01h455vb4pex5vsknk084sn02q".into(),
        before_json: r#"{"name":"Printers"}"#.into(),
        after_json: r#"{"name":"Printing"}"#.into(),
        ..AuditEvent::default()
    }
}

async fn record(house: &House, line: &AuditEvent) -> Result<AuditEvent, Status> {
    let ask = RecordAuditEventRequest { audit_event: Some(line.clone()) };
    house.security_for_the_mesh().record_audit_event(ask).await.map(tonic::Response::into_inner)
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_deed_of_another_service_is_one_line_however_often_it_is_told(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let told = deed(&house, SignedDuration::ZERO);
    let first = record(&house, &told).await.expect("is taken");
    assert_eq!(record(&house, &told).await.expect("is known"), first);
    assert_eq!(AuditEvent { hash: String::new(), ..first.clone() }, told);
    let ask = ListAuditEventsRequest { action: "category".into(), ..Default::default() };
    let lines = house.security(&admin).list_audit_events(ask).await.expect("lists").into_inner().audit_events;
    assert_eq!(lines, [first]);
    let Verdict::Whole { lines, .. } = verdict(&house).await else { panic!("a broken log") };
    assert_eq!(lines, 3, "the administrator, his sign-in, and the deed");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_deed_that_is_told_days_later_has_its_own_time_in_the_chain_of_the_day_it_is_told(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, _) = House::new(engine).await;
    let early = deed(&house, SignedDuration::ZERO);
    house.world.advance(SignedDuration::from_hours(48)).await;
    let admin = house.token_of(crate::house::ADMIN).await;
    let late = record(&house, &early).await.expect("is taken");
    assert_eq!(late.time, early.time);
    let Verdict::Whole { days, lines, .. } = verdict(&house).await else { panic!("a broken log") };
    assert_eq!((days, lines), (2, 4));

    let list = ListAuditEventsRequest::default();
    let lines =
        house.security(&admin).list_audit_events(list).await.expect("lists").into_inner().audit_events;
    let actions: Vec<_> = lines.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(actions, ["sign_in.succeeded", "category.updated", "sign_in.succeeded", "user.created"]);
    house.world.advance(SignedDuration::from_secs(1)).await;
    let hour_later = early.time.map(|time| prost_types::Timestamp { seconds: time.seconds + 3_600, ..time });
    let of_that_day = ExportAuditEventsRequest { to_time: hour_later, ..Default::default() };
    let found = exported(&house, &admin, of_that_day).await;
    assert!(found.contains(&late), "an export of its hour has it: {found:?}");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_done_after_it_is_told(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, _) = House::new(engine).await;
    let ahead = deed(&house, SignedDuration::from_secs(-30));
    let kept = record(&house, &ahead).await.expect("is taken");
    assert_eq!(kept.time, Some(mesh_core::clock::to_proto(house.world.process().clock.now())));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_the_mesh_itself_tells_what_was_done(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    let ask = RecordAuditEventRequest { audit_event: Some(deed(&house, SignedDuration::ZERO)) };
    let answer = house.security(&admin).record_audit_event(ask).await;
    assert_eq!(refusal(answer), (Code::PermissionDenied, "MESH_ONLY".into()));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_line_is_refused_with_every_wrong_field(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, _) = House::new(engine).await;
    let wrong = AuditEvent {
        id: "evt_1".into(),
        time: None,
        action: String::new(),
        before_json: "[1]".into(),
        after_json: "{".into(),
        ..deed(&house, SignedDuration::ZERO)
    };
    let refused = record(&house, &wrong).await.expect_err("no line");
    let details = refused.get_details_bad_request().expect("details").field_violations;
    let fields: Vec<_> = details.iter().map(|wrong| wrong.field.as_str()).collect();
    let expected =
        ["id", "time", "action", "before_json", "after_json"].map(|field| format!("audit_event.{field}"));
    assert_eq!(fields, expected);
}

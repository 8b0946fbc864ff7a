//! The audit log gets shorter: whole days at its old end, each with a line that says so.

use identity::{Breach, Verdict};
use jiff::{SignedDuration, Timestamp};
use mesh_core::{clock::Clock as _, db::Engine};
use prost_types::{Duration, FieldMask};
use proto::identity::v1::{
    AccessSettings, AuditEvent, GetAccessSettingsRequest, ListAuditEventsRequest, UpdateAccessSettingsRequest,
};
use rstest::rstest;

use crate::house::{ADMIN, House};

const DAY: i64 = 24 * 3_600;
/// When the last line of a world's first day, 2026-01-07, is thirty days old at least.
const FIRST_DAY_GOES: &str = "2026-02-07T00:00:00Z";

/// A house with lines on two days, which keeps its log so many days.
async fn house_with_two_days(engine: Engine, kept: Option<i64>) -> House {
    let (house, _) = House::new(engine).await;
    house.world.advance(SignedDuration::from_hours(24)).await;
    keep(&house, kept).await;
    house
}

/// Keeps the log so many days from now on, or for ever.
async fn keep(house: &House, days: Option<i64>) {
    let admin = house.token_of(ADMIN).await;
    let mut security = house.security(&admin);
    let before = security.get_access_settings(GetAccessSettingsRequest {}).await.expect("are there");
    let audit_retention = days.map(|days| Duration { seconds: days * DAY, nanos: 0 });
    let settings = AccessSettings { audit_retention, ..before.into_inner() };
    let update_mask = Some(FieldMask { paths: vec!["audit_retention".into()] });
    let ask = UpdateAccessSettingsRequest { settings: Some(settings), update_mask };
    security.update_access_settings(ask).await.expect("changes");
}

async fn wait_until(house: &House, instant: &str) {
    let instant: Timestamp = instant.parse().expect("an instant");
    house.world.advance(instant.duration_since(house.world.clock().now())).await;
}

async fn verdict(house: &House) -> Verdict {
    identity::verify_audit(&house.world.db(identity::MIGRATIONS).await).await.expect("answers")
}

/// How many days have lines, and how many were retired before them.
async fn days(house: &House) -> (usize, i64) {
    let Verdict::Whole { days, retired, .. } = verdict(house).await else { panic!("a broken log") };
    (days, retired)
}

/// The lines about retired days, newest first.
async fn said(house: &House) -> Vec<AuditEvent> {
    let admin = house.token_of(ADMIN).await;
    let ask = ListAuditEventsRequest { action: "audit.retired".into(), ..Default::default() };
    house.security(&admin).list_audit_events(ask).await.expect("lists").into_inner().audit_events
}

/// Somebody with the database does this.
async fn tamper(house: &House, deeds: &[&'static str]) {
    let mut tx = house.world.db(identity::MIGRATIONS).await.begin().await.expect("begins");
    for deed in deeds {
        sqlx::query(*deed).execute(tx.conn()).await.expect("the database lets him");
    }
    tx.commit().await.expect("commits");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_day_goes_whole_when_its_youngest_line_is_old_enough_and_the_log_says_so(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let house = house_with_two_days(engine, Some(30)).await;
    wait_until(&house, "2026-02-06T23:59:59Z").await;
    assert_eq!(days(&house).await, (2, 0), "nothing is thirty days old as a whole");
    wait_until(&house, FIRST_DAY_GOES).await;
    assert_eq!(days(&house).await, (2, 1), "the second day, and this one with its line");

    let lines = said(&house).await;
    let [line] = lines.as_slice() else { panic!("one line: {lines:?}") };
    assert_eq!((line.actor_id.as_str(), line.target.as_str()), ("audit", "2026-01-07"));
    let before: serde_json::Value = serde_json::from_str(&line.before_json).expect("JSON");
    assert_eq!((&before["number"], &before["lines"]), (&1.into(), &2.into()));
    assert_eq!(before["end"].as_str().map(str::len), Some(64), "the hash its chain ended with");
    let admin = house.token_of(ADMIN).await;
    let old = ListAuditEventsRequest { action: "user.created".into(), ..Default::default() };
    let old = house.security(&admin).list_audit_events(old).await.expect("lists").into_inner();
    assert!(old.audit_events.is_empty(), "its lines are gone: {old:?}");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn days_go_one_after_the_other_and_the_lines_about_them_in_their_turn(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let house = house_with_two_days(engine, Some(30)).await;
    house.world.advance(SignedDuration::from_hours(400 * 24)).await;
    assert_eq!(days(&house).await, (1, 2), "a long silence takes both at once");
    house.world.advance(SignedDuration::from_hours(40 * 24)).await;
    assert_eq!(days(&house).await, (1, 3), "the day of the lines about them is retired too, with a line");
    assert_eq!(said(&house).await.len(), 1);
}

#[rstest]
#[case::for_ever(None)]
#[case::long(Some(365))]
#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_kept_as_long_as_administrators_say_now(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[case] kept: Option<i64>,
) {
    let house = house_with_two_days(engine, Some(30)).await;
    keep(&house, kept).await;
    house.world.advance(SignedDuration::from_hours(100 * 24)).await;
    assert_eq!(days(&house).await, (2, 0));
    keep(&house, Some(30)).await;
    house.world.settle().await;
    assert_eq!(days(&house).await, (1, 2), "what is too old by now goes at once");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_somebody_took_away_is_told_from_a_retired_one(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let house = house_with_two_days(engine, Some(30)).await;
    wait_until(&house, FIRST_DAY_GOES).await;
    let deeds = [
        "delete from audit_events where day = '2026-01-08'",
        "delete from audit_days where day = '2026-01-08'",
    ];
    tamper(&house, &deeds).await;
    let breach = Breach::DaysMissing { before: "2026-02-07".into() };
    assert_eq!(verdict(&house).await, Verdict::Broken(breach));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nobody_retires_a_day_with_a_line_of_his_own(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let house = house_with_two_days(engine, None).await;
    let deeds = [
        "delete from audit_events where day = '2026-01-07'",
        "delete from audit_days where day = '2026-01-07'",
        "insert into audit_events select 'aud_x', 'x', 1, happened_at, 'audit.retired', actor_id, actor_name, target, address, \
            session_id, reason, '{\"number\": 1}', '', hash from audit_events where position = 1",
    ];
    tamper(&house, &deeds[..2]).await;
    let missing = Breach::DaysMissing { before: "2026-01-08".into() };
    assert_eq!(verdict(&house).await, Verdict::Broken(missing.clone()));
    tamper(&house, &deeds[2..]).await;
    assert_eq!(verdict(&house).await, Verdict::Broken(missing), "a line outside every chain says nothing");
    tamper(&house, &["update audit_days set number = 1"]).await;
    assert_eq!(verdict(&house).await, Verdict::Broken(Breach::Foreign { day: "x".into() }));
}

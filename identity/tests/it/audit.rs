//! The audit log.

use std::collections::BTreeSet;

use futures::{TryStreamExt as _, future::join_all};
use identity::{Breach, Verdict};
use jiff::SignedDuration;
use mesh_core::db::Engine;
use proto::identity::v1::{AuditEvent, ExportAuditEventsRequest, ListAuditEventsRequest};
use rstest::rstest;
use tonic::Code;

use crate::house::{ADMIN, House, PASSWORD, refusal};

/// The day a world begins on, and those after it.
const DAYS: [&str; 3] = ["2026-01-07", "2026-01-08", "2026-01-09"];

/// Six hundred more lines on the first day.
const COPY_THE_FIRST_LINE: &str = "insert into audit_events \
    with recursive numbers(n) as (select 101 union all select n + 1 from numbers where n < 700) \
    select 'aud_' || n, day, n, happened_at, action, actor_id, actor_name, target, address, session_id, reason, before_json, \
    after_json, hash from audit_events, numbers where position = 1";

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn every_outcome_leaves_a_line_newest_first(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    house.try_sign_in(ADMIN, "wrong wrong wrong").await.expect_err("refused");
    house.try_sign_in("nobody@example.com", PASSWORD).await.expect_err("refused");
    house.person(&admin, "ann@example.com", &[("agent", "")]).await;
    let mut security = house.security(&admin);
    let mut ask = ListAuditEventsRequest { page_size: 2, ..Default::default() };
    let mut actions = vec![];
    loop {
        let page = security.list_audit_events(ask.clone()).await.expect("lists").into_inner();
        actions.extend(page.audit_events.into_iter().map(|line| line.action));
        if page.next_page_token.is_empty() {
            break;
        }
        ask.page_token = page.next_page_token;
    }
    assert_eq!(
        actions,
        ["user.created", "sign_in.refused", "sign_in.refused", "sign_in.succeeded", "user.created"]
    );
    let refused = ListAuditEventsRequest {
        action: "sign_in".into(),
        target: "nobody@example.com".into(),
        ..Default::default()
    };
    let lines = security.list_audit_events(refused).await.expect("lists").into_inner().audit_events;
    assert_eq!((lines.len(), lines[0].reason.as_str(), lines[0].hash.len()), (1, "unknown address", 64));
    assert_eq!((lines[0].actor_id.as_str(), lines[0].actor_name.as_str()), ("", ""), "nobody had signed in");
    let ann = house.token_of("ann@example.com").await;
    let all = ListAuditEventsRequest::default();
    assert_eq!(refusal(house.security(&ann).list_audit_events(all).await).0, Code::PermissionDenied);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn lines_written_at_once_form_one_chain(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, _) = House::new(engine).await;
    join_all((0..6).map(|_| house.try_sign_in(ADMIN, "wrong wrong wrong"))).await;
    house.world.advance(SignedDuration::from_hours(24)).await;
    house.sign_in(ADMIN).await;
    let Verdict::Whole { days, lines, end, .. } = verdict(&house).await else { panic!("a broken log") };
    assert_eq!((days, lines, end.len()), (2, 9, 64));
}

#[rstest]
#[case::altered(
    "update audit_events set target = 'somebody else' where position = 2",
    Breach::Altered { day: DAYS[0].into(), line: 2 }
)]
#[case::missing(
    "delete from audit_events where position = 2",
    Breach::LineMissing { day: DAYS[0].into(), line: 2 }
)]
#[case::cut_off(
    "delete from audit_events where position = 3",
    Breach::LineMissing { day: DAYS[0].into(), line: 3 }
)]
#[case::another_end(
    "update audit_days set head = 'a hash'",
    Breach::Altered { day: DAYS[0].into(), line: 3 }
)]
#[case::renumbered(
    "update audit_days set number = 2",
    Breach::DaysMissing { before: DAYS[0].into() }
)]
#[tokio::test(flavor = "multi_thread")]
async fn an_altered_log_is_found_out(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[case] tampering: &'static str,
    #[case] breach: Breach,
) {
    let (house, _) = House::new(engine).await;
    house.sign_in(ADMIN).await;
    tamper(&house, tampering).await;
    assert_eq!(verdict(&house).await, Verdict::Broken(breach));
}

#[rstest]
#[case::the_oldest(0)]
#[case::one_in_between(1)]
#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_somebody_took_away_is_missed(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[case] taken: usize,
) {
    let (house, _) = House::new(engine).await;
    for _ in 0..2 {
        house.world.advance(SignedDuration::from_hours(24)).await;
        house.sign_in(ADMIN).await;
    }
    let mut tx = house.world.db(identity::MIGRATIONS).await.begin().await.expect("begins");
    for taking in ["delete from audit_events where day = $1", "delete from audit_days where day = $1"] {
        sqlx::query(taking).bind(DAYS[taken]).execute(tx.conn()).await.expect("the database lets him");
    }
    tx.commit().await.expect("commits");
    let breach = Breach::DaysMissing { before: DAYS[taken + 1].into() };
    assert_eq!(verdict(&house).await, Verdict::Broken(breach));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_the_whole_log_oldest_first_and_stands_in_it_afterwards(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, _) = House::new(engine).await;
    house.world.advance(SignedDuration::from_hours(24)).await;
    let admin = house.token_of(ADMIN).await;
    house.world.advance(SignedDuration::from_secs(1)).await;
    let everything = exported(&house, &admin, ExportAuditEventsRequest::default()).await;
    let actions: Vec<_> = everything.iter().map(|line| line.action.as_str()).collect();
    assert_eq!(actions, ["user.created", "sign_in.succeeded", "sign_in.succeeded"]);
    let newest = house.security(&admin).list_audit_events(ListAuditEventsRequest::default()).await;
    assert_eq!(newest.expect("lists").into_inner().audit_events[0].action, "audit.exported");

    let today = ExportAuditEventsRequest { from_time: everything[2].time, ..Default::default() };
    assert_eq!(exported(&house, &admin, today).await[0], everything[2]);
    let before = ExportAuditEventsRequest { to_time: everything[2].time, ..Default::default() };
    assert_eq!(exported(&house, &admin, before).await, everything[..2]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_export_of_more_than_a_batch_misses_no_line(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    tamper(&house, COPY_THE_FIRST_LINE).await;
    house.world.advance(SignedDuration::from_secs(1)).await;
    let stream = house.security(&admin).export_audit_events(ExportAuditEventsRequest::default()).await;
    let batches: Vec<_> = stream.expect("exports").into_inner().try_collect().await.expect("to its end");
    let sizes: Vec<_> = batches.iter().map(|batch| batch.audit_events.len()).collect();
    assert_eq!(sizes, [500, 102]);
    let ids: BTreeSet<_> =
        batches.iter().flat_map(|batch| &batch.audit_events).map(|line| &line.id).collect();
    assert_eq!(ids.len(), 602);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_may_read_the_log_export_it(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    house.person(&admin, "ann@example.com", &[("agent", "")]).await;
    let ann = house.token_of("ann@example.com").await;
    let answer = house.security(&ann).export_audit_events(ExportAuditEventsRequest::default()).await;
    assert_eq!(refusal(answer.map(drop)).0, Code::PermissionDenied);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_export_takes_a_rule(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (house, admin) = House::new(engine).await;
    house.world.advance(SignedDuration::from_secs(1)).await;
    let filter = |rule: &str| ExportAuditEventsRequest { filter: rule.into(), ..Default::default() };
    let lines = exported(&house, &admin, filter("action.startsWith(\"user.\")")).await;
    assert_eq!(lines.iter().map(|line| line.action.as_str()).collect::<Vec<_>>(), ["user.created"]);
    let answer = house.security(&admin).export_audit_events(filter("action +")).await;
    assert_eq!(refusal(answer.map(drop)).0, Code::InvalidArgument);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_narrowed_by_all_that_narrows_the_list(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    house.try_sign_in("nobody@example.com", PASSWORD).await.expect_err("refused");
    house.try_sign_in(ADMIN, "wrong wrong wrong").await.expect_err("refused");
    house.person(&admin, "ann@example.com", &[]).await;
    house.world.advance(SignedDuration::from_secs(1)).await;
    let root = house.me(&admin).await.expect("is there").id;
    let narrow = |actor_id: &str, target: &str, action: &str| ExportAuditEventsRequest {
        actor_id: actor_id.into(),
        target: target.into(),
        action: action.into(),
        ..Default::default()
    };
    for (ask, found) in [
        (narrow("", "nobody@example.com", ""), &["sign_in.refused"][..]),
        (narrow("", &root, "sign_in"), &["sign_in.succeeded", "sign_in.refused"]),
        (narrow(&root, "", "user"), &["user.created"]),
    ] {
        let lines = exported(&house, &admin, ask.clone()).await;
        let actions: Vec<_> = lines.iter().map(|line| line.action.as_str()).collect();
        assert_eq!(actions, found, "{ask:?}");
    }
    let ask = ListAuditEventsRequest { action: "audit".into(), ..Default::default() };
    let lines = house.security(&admin).list_audit_events(ask).await.expect("lists").into_inner().audit_events;
    assert!(lines[0].after_json.contains(&root), "what was asked for is kept: {}", lines[0].after_json);
}

/// The whole log, or what of it is asked for.
pub(crate) async fn exported(house: &House, token: &str, ask: ExportAuditEventsRequest) -> Vec<AuditEvent> {
    let stream = house.security(token).export_audit_events(ask).await.expect("exports").into_inner();
    let batches: Vec<_> = stream.try_collect().await.expect("to its end");
    batches.into_iter().flat_map(|batch| batch.audit_events).collect()
}

pub(crate) async fn verdict(house: &House) -> Verdict {
    identity::verify_audit(&house.world.db(identity::MIGRATIONS).await).await.expect("answers")
}

/// Somebody with the database does this.
async fn tamper(house: &House, deed: &'static str) {
    let mut tx = house.world.db(identity::MIGRATIONS).await.begin().await.expect("begins");
    sqlx::query(deed).execute(tx.conn()).await.expect("the database lets him");
    tx.commit().await.expect("commits");
}

/// What a list finds by a rule: the actions, newest first.
async fn found(house: &House, admin: &str, ask: ListAuditEventsRequest) -> Vec<String> {
    let page = house.security(admin).list_audit_events(ask).await.expect("lists").into_inner();
    page.audit_events.into_iter().map(|line| line.action).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_rule_narrows_the_list_besides_the_other_fields(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    house.try_sign_in("nobody@example.com", PASSWORD).await.expect_err("refused");
    house.person(&admin, "ann@example.com", &[("agent", "")]).await;
    for (filter, actions) in [
        ("action.endsWith(\".refused\")", &["sign_in.refused"][..]),
        ("action.startsWith(\"user.\") && session_id != \"\"", &["user.created"]),
        ("!action.startsWith(\"user.\") && time <= now", &["sign_in.refused", "sign_in.succeeded"]),
        ("target.contains(\"NOBODY\")", &[]),
        ("target.lowerAscii().contains(\"nobody\") && reason in [\"unknown address\"]", &["sign_in.refused"]),
        ("time > now - duration(\"1h\") && time < timestamp(\"2020-01-01T00:00:00Z\")", &[]),
    ] {
        let ask = ListAuditEventsRequest { filter: filter.into(), ..Default::default() };
        assert_eq!(found(&house, &admin, ask).await, actions, "{filter}");
    }
    let both = ListAuditEventsRequest {
        action: "sign_in".into(),
        filter: "reason == \"unknown address\"".into(),
        ..Default::default()
    };
    assert_eq!(found(&house, &admin, both).await, ["sign_in.refused"]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_rule_is_refused_with_its_place_and_a_page_token_belongs_to_its_rule(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (house, admin) = House::new(engine).await;
    house.try_sign_in("nobody@example.com", PASSWORD).await.expect_err("refused");
    let mut security = house.security(&admin);
    for (filter, said) in [
        (
            "action = \"a\"".to_owned(),
            "filter is no rule at line 1, column 8: `=` is no operator; compare with `==`",
        ),
        (
            "action.matches(\"a\")".to_owned(),
            "filter is no rule at line 1, column 8: a list can't be filtered by a pattern; use `contains`",
        ),
        (
            "actorid == \"a\"".to_owned(),
            "filter is no rule at line 1, column 1: there is no variable `actorid`; did you mean `actor_id`?",
        ),
        ("a".repeat(1_001), "filter is too long; give at most 1,000 characters"),
    ] {
        let ask = ListAuditEventsRequest { filter, ..Default::default() };
        let refused = security.list_audit_events(ask).await.expect_err("no rule");
        assert_eq!((refused.code(), refused.message()), (Code::InvalidArgument, said));
    }
    let first =
        ListAuditEventsRequest { filter: "target != \"\"".into(), page_size: 1, ..Default::default() };
    let page = security.list_audit_events(first.clone()).await.expect("lists").into_inner();
    let next = ListAuditEventsRequest { page_token: page.next_page_token, ..first };
    security.list_audit_events(next.clone()).await.expect("the next page of the same list");
    let another = ListAuditEventsRequest { filter: "target == target".into(), ..next };
    let refused = refusal(security.list_audit_events(another).await);
    assert_eq!(refused, (Code::InvalidArgument, "PAGE_TOKEN_INVALID".into()));
}

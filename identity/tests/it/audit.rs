//! The audit log.

use futures::future::join_all;
use jiff::SignedDuration;
use mesh_core::db::Engine;
use proto::identity::v1::ListAuditEventsRequest;
use rstest::rstest;
use tonic::Code;

use crate::house::{ADMIN, House, PASSWORD, refusal};

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
    assert_eq!(house.bootstrap.verify_audit().await.expect("answers"), None);
}

#[rstest]
#[case::altered("update audit_events set target = 'somebody else' where position = 2", 2)]
#[case::missing("delete from audit_events where position = 2", 2)]
#[case::cut_off("delete from audit_events where position = 3", 3)]
#[tokio::test(flavor = "multi_thread")]
async fn an_altered_log_is_found_out(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[case] tampering: &'static str,
    #[case] position: i64,
) {
    let (house, _) = House::new(engine).await;
    house.sign_in(ADMIN).await;
    let mut tx = house.world.db(identity::MIGRATIONS).await.begin().await.expect("begins");
    sqlx::query(tampering).execute(tx.conn()).await.expect("somebody with the database does it");
    tx.commit().await.expect("commits");
    let breach = house.bootstrap.verify_audit().await.expect("answers").expect("a breach");
    assert_eq!(breach.position, position);
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

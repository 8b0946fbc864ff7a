//! Policies and calendars through the generated client: what is promised, in which order, and what an edit does.

use mesh_core::db::Engine;
use proto::workflow::v1::{
    Calendar, ClockState, CreateCalendarRequest, CreatePolicyRequest, DryRunPolicyRequest,
    ListCalendarsRequest, ListPoliciesRequest, ReorderPoliciesRequest, SlaPolicy, SlaTarget, WorkingSpan,
};
use rstest::rstest;
use tonic::Code;

use crate::support::{
    Desk, fresh,
    promises::{RESOLUTION, SHIPPED_POLICY, after, hours, policy, target},
    reason,
};

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_promised_until_somebody_switches_the_shipped_policy_on(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (department, boss, requester) = (desk.department(), desk.administrator(), desk.requester());
    let ticket = desk.file(&requester, &department).await;
    assert!(boss.clocks(&ticket.id).await.is_empty() && ticket.resolve_due_time.is_none());

    let listed = boss.policies().await;
    let [shipped] = &listed.policies[..] else { panic!("one policy, not {listed:?}") };
    assert_eq!((shipped.id.as_str(), shipped.enabled, shipped.targets.len()), (SHIPPED_POLICY, false, 4));
    desk.world.advance(hours(1)).await;
    boss.edit(SlaPolicy { enabled: true, ..shipped.clone() }, &["enabled"]).await.expect("switched on");
    desk.world.settle().await;

    // Of a normal priority, and counted from when it was filed.
    let ticket = requester.ticket(&ticket.id).await;
    assert_eq!(after(&ticket, ticket.resolve_due_time), Some(48));
    assert_eq!(boss.stand(&ticket.id).await, [(ClockState::Running, 1)]);
    let review = boss.policies().await.review.expect("a review");
    assert_eq!((review.total, review.done, review.changed), (1, 1, 1));
    assert!(review.end_time.is_some());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn the_first_policy_in_order_applies_and_the_order_can_be_changed(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (department, boss, requester) = (desk.department(), desk.administrator(), desk.requester());
    let slow = boss.promise(policy("Slow", &[target(RESOLUTION, 40)])).await;
    let fast = boss.promise(policy("Fast", &[target(RESOLUTION, 4)])).await;
    let id = desk.file(&requester, &department).await.id;
    let applies = async || boss.clocks(&id).await.pop().expect("a clock").policy_id;
    assert_eq!(applies().await, slow.id);

    let order = [&fast.id, &slow.id].map(Clone::clone).to_vec();
    let short = ReorderPoliciesRequest { policy_ids: order.clone() };
    let refused = boss.levels.clone().reorder_policies(short).await.expect_err("one is missing");
    assert_eq!((refused.code(), refused.message().contains("policy_ids")), (Code::InvalidArgument, true));
    let whole = ReorderPoliciesRequest { policy_ids: [order, vec![SHIPPED_POLICY.into()]].concat() };
    let listed = boss.levels.clone().reorder_policies(whole).await.expect("ordered").into_inner();
    assert_eq!(listed.policies.iter().map(|policy| policy.order).collect::<Vec<_>>(), [1, 2, 3]);
    desk.world.settle().await;
    assert_eq!(applies().await, fast.id);
    let ticket = requester.ticket(&id).await;
    assert_eq!(after(&ticket, ticket.resolve_due_time), Some(4));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_what_an_edit_would_move_and_moves_nothing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (department, boss, requester) = (desk.department(), desk.administrator(), desk.requester());
    let kept = boss.promise(policy("Kept", &[target(RESOLUTION, 10)])).await;
    let ticket = desk.file(&requester, &department).await;
    let tried = SlaPolicy { targets: vec![target(RESOLUTION, 5)], ..kept.clone() };
    let ask = DryRunPolicyRequest { policy: Some(tried) };
    let answer = boss.levels.clone().dry_run_policy(ask).await.expect("a rehearsal").into_inner();
    let [change] = &answer.changes[..] else { panic!("one change, not {answer:?}") };
    assert_eq!((answer.tickets, answer.total_changes, &change.ticket_id), (1, 1, &ticket.id));
    assert_eq!((after(&ticket, change.due_before), after(&ticket, change.due_after)), (Some(10), Some(5)));
    desk.world.settle().await;
    let unmoved = requester.ticket(&ticket.id).await;
    assert_eq!(after(&unmoved, unmoved.resolve_due_time), Some(10));
    let unedited = boss.policies().await.policies.into_iter().find(|policy| policy.id == kept.id);
    assert_eq!(unedited, Some(kept));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_missed_clock_stays_missed_after_an_edit(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (department, boss, requester) = (desk.department(), desk.administrator(), desk.requester());
    let kept = boss.promise(policy("Kept", &[target(RESOLUTION, 2)])).await;
    let ticket = desk.file(&requester, &department).await;
    desk.world.advance(hours(3)).await;
    let wide = SlaPolicy { targets: vec![target(RESOLUTION, 10)], ..kept };
    boss.edit(wide, &["targets"]).await.expect("more time");
    desk.world.settle().await;
    assert_eq!(boss.stand(&ticket.id).await, [(ClockState::MissedClosed, 3), (ClockState::Running, 3)]);
    let ticket = requester.ticket(&ticket.id).await;
    assert_eq!(after(&ticket, ticket.resolve_due_time), Some(10));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_policy_is_said_field_by_field(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let boss = desk.administrator();
    let create = async |policy: SlaPolicy| {
        let ask = CreatePolicyRequest { request_id: fresh(), policy: Some(policy) };
        boss.levels.clone().create_policy(ask).await.expect_err("refused")
    };
    let twice = [target(RESOLUTION, 4), SlaTarget { business_days: 3, ..target(RESOLUTION, 0) }];
    let refused = create(SlaPolicy { name: String::new(), ..policy("", &twice) }).await;
    for part in ["policy.name", "policy.targets[1] promises the same", "policy.targets[1] has two lengths"] {
        assert!(refused.message().contains(part), "{part} is not in {}", refused.message());
    }
    let refused =
        create(SlaPolicy { matches: "what ever".into(), ..policy("A", &[target(RESOLUTION, 4)]) }).await;
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "RULE_INVALID"));
    let refused =
        create(SlaPolicy { calendar_id: "cal_none".into(), ..policy("A", &[target(RESOLUTION, 4)]) }).await;
    assert!(refused.message().contains("policy.calendar_id"));
    let kept = boss.promise(policy("A", &[target(RESOLUTION, 4)])).await;
    assert_eq!(create(policy("A", &[target(RESOLUTION, 4)])).await.code(), Code::AlreadyExists);

    let edited = boss.edit(SlaPolicy { name: "B".into(), ..kept.clone() }, &["name"]).await.expect("renamed");
    assert_eq!((edited.name.as_str(), edited.version), ("B", 2));
    let stale =
        boss.edit(SlaPolicy { name: "C".into(), ..kept }, &["name"]).await.expect_err("an old version");
    assert_eq!(reason(&stale), "STALE_ETAG");
    let refused = desk.requester().levels.clone().list_policies(ListPoliciesRequest::default()).await;
    assert_eq!(refused.expect_err("not theirs").code(), Code::PermissionDenied);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn calendars_are_listed_in_pages_and_named_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let boss = desk.administrator();
    let named = |name: &str| Calendar {
        name: name.into(),
        time_zone: "Europe/Berlin".into(),
        spans: vec![WorkingSpan { weekday: 1, from_minute: 480, to_minute: 1_020 }],
        ..Calendar::default()
    };
    let create = async |name: &str| {
        let ask = CreateCalendarRequest { request_id: fresh(), calendar: Some(named(name)) };
        boss.levels.clone().create_calendar(ask).await
    };
    create("Berlin").await.expect("a calendar");
    assert_eq!(create("Berlin").await.expect_err("taken").code(), Code::AlreadyExists);
    let mut ask = ListCalendarsRequest { page_size: 1, page_token: String::new() };
    let mut names = vec![];
    loop {
        let page = boss.levels.clone().list_calendars(ask.clone()).await.expect("a page").into_inner();
        names.extend(page.calendars.into_iter().map(|calendar| calendar.name));
        if page.next_page_token.is_empty() {
            break;
        }
        ask.page_token = page.next_page_token;
    }
    assert_eq!(names, ["Around the clock", "Berlin"]);
}

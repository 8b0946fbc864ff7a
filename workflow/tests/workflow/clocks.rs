//! Service levels through the generated client: policies and calendars, the clocks of tickets, what rings and what is explained.

use jiff::SignedDuration;
use mesh_core::{clock::from_proto, db::Engine};
use proto::{
    events::v1::envelope::Event,
    tickets::v1::{
        AddCommentRequest, Comment, CommentKind, Merge, MergeTicketsRequest, Priority, Ticket,
        UpdateTicketRequest,
    },
    workflow::v1::{
        Calendar, Clock, ClockExplanation, ClockState, CreateCalendarRequest, CreatePolicyRequest,
        DryRunPolicyRequest, ExplainClockRequest, Holiday, ListCalendarsRequest, ListClocksRequest,
        ListPoliciesRequest, ListPoliciesResponse, ReorderPoliciesRequest, SlaMetric, SlaPolicy, SlaTarget,
        UpdateCalendarRequest, UpdatePolicyRequest, WorkingSpan,
    },
};
use prost_types::FieldMask;
use rstest::rstest;
use tonic::Code;

use crate::support::{Client, Desk, fresh, reason};

const SHIPPED_CALENDAR: &str = "cal_00000000000000000000000001";
const SHIPPED_POLICY: &str = "pol_00000000000000000000000001";
const FIRST_REPLY: SlaMetric = SlaMetric::FirstReply;
const RESOLUTION: SlaMetric = SlaMetric::Resolution;

fn target(metric: SlaMetric, hours: i64) -> SlaTarget {
    SlaTarget {
        metric: metric.into(),
        target: Some(prost_types::Duration { seconds: hours * 3_600, nanos: 0 }),
        warn_at: vec![50, 75, 90],
        ..SlaTarget::default()
    }
}

/// Around the clock, for every ticket.
fn policy(name: &str, targets: &[SlaTarget]) -> SlaPolicy {
    SlaPolicy {
        name: name.into(),
        calendar_id: SHIPPED_CALENDAR.into(),
        targets: targets.to_vec(),
        enabled: true,
        ..SlaPolicy::default()
    }
}

impl Client {
    async fn promise(&self, policy: SlaPolicy) -> SlaPolicy {
        let ask = CreatePolicyRequest { request_id: fresh(), policy: Some(policy) };
        self.levels.clone().create_policy(ask).await.expect("a policy").into_inner()
    }

    async fn edit(&self, policy: SlaPolicy, paths: &[&str]) -> Result<SlaPolicy, tonic::Status> {
        let update_mask = Some(FieldMask { paths: paths.iter().map(|path| (*path).into()).collect() });
        let ask = UpdatePolicyRequest { policy: Some(policy), update_mask };
        self.levels.clone().update_policy(ask).await.map(tonic::Response::into_inner)
    }

    async fn policies(&self) -> ListPoliciesResponse {
        let ask = ListPoliciesRequest::default();
        self.levels.clone().list_policies(ask).await.expect("policies").into_inner()
    }

    async fn clocks(&self, ticket_id: &str) -> Vec<Clock> {
        let ask = ListClocksRequest { ticket_id: ticket_id.into() };
        self.levels.clone().list_clocks(ask).await.expect("clocks").into_inner().clocks
    }

    async fn why(&self, clock: &Clock) -> ClockExplanation {
        let ask = ExplainClockRequest { clock_id: clock.id.clone() };
        self.levels.clone().explain_clock(ask).await.expect("an explanation").into_inner()
    }

    /// State and hours used of each clock.
    async fn stand(&self, ticket_id: &str) -> Vec<(ClockState, i64)> {
        let hours = |clock: &Clock| clock.spent.map_or(0, |spent| spent.seconds / 3_600);
        self.clocks(ticket_id).await.iter().map(|clock| (clock.state(), hours(clock))).collect()
    }

    async fn prioritise(&self, ticket_id: &str, priority: Priority) {
        let ticket = self.ticket(ticket_id).await;
        let ask = UpdateTicketRequest {
            ticket: Some(Ticket {
                id: ticket.id,
                etag: ticket.etag,
                priority: priority.into(),
                ..Ticket::default()
            }),
            update_mask: Some(FieldMask { paths: vec!["priority".into()] }),
            request_id: fresh(),
            ..UpdateTicketRequest::default()
        };
        self.tickets.clone().update_ticket(ask).await.expect("another priority");
    }
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// How long after its ticket was filed something is due, in hours.
fn after(ticket: &Ticket, due: Option<prost_types::Timestamp>) -> Option<i64> {
    let filed = ticket.create_time.as_ref().and_then(from_proto)?;
    Some((due.as_ref().and_then(from_proto)?.as_second() - filed.as_second()) / 3_600)
}

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
async fn clocks_run_pause_and_end_with_the_ticket_and_the_ticket_knows_its_due_times(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, boss, requester) =
        (desk.online_agent(&department).await, desk.administrator(), desk.requester());
    let targets = [target(FIRST_REPLY, 4), target(SlaMetric::AgentWork, 10), target(SlaMetric::NextReply, 2)];
    boss.promise(policy("Everybody", &targets)).await;
    let ticket = desk.file(&requester, &department).await;
    let id = ticket.id.clone();
    assert_eq!(after(&ticket, ticket.response_due_time), Some(4));
    assert_eq!(after(&ticket, ticket.resolve_due_time), Some(10));

    desk.world.advance(hours(1)).await;
    agent.press(&id, "ask", "Which printer?").await;
    desk.world.settle().await;
    assert_eq!(agent.stand(&id).await, [(ClockState::Met, 1), (ClockState::Paused, 1)]);
    let ticket = requester.ticket(&id).await;
    assert_eq!((ticket.response_due_time, ticket.resolve_due_time), (None, None));

    desk.world.advance(hours(5)).await;
    requester.say(&id, "The red one.").await;
    desk.world.settle().await;
    let ticket = requester.ticket(&id).await;
    assert_eq!(after(&ticket, ticket.response_due_time), Some(8));
    assert_eq!(after(&ticket, ticket.resolve_due_time), Some(15));

    desk.world.advance(hours(3)).await;
    agent.say(&id, "Try now.").await;
    desk.world.settle().await;
    agent.press(&id, "resolve", "").await;
    desk.world.settle().await;
    let met = [(ClockState::Met, 1), (ClockState::MissedClosed, 3), (ClockState::Met, 4)];
    assert_eq!(agent.stand(&id).await, met);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_a_move_tells_the_ticket_that_nothing_is_due_any_more(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, boss, requester) =
        (desk.online_agent(&department).await, desk.administrator(), desk.requester());
    boss.promise(policy("Replies", &[target(FIRST_REPLY, 4)])).await;
    let id = desk.file(&requester, &department).await.id;
    agent.press(&id, "start", "").await;
    desk.world.settle().await;
    assert!(requester.ticket(&id).await.response_due_time.is_some());

    let note = Comment {
        ticket_id: id.clone(),
        kind: CommentKind::Internal.into(),
        text: "hm".into(),
        ..Comment::default()
    };
    let ask = AddCommentRequest { comment: Some(note), request_id: fresh(), ..AddCommentRequest::default() };
    agent.tickets.clone().add_comment(ask).await.expect("a note");
    desk.world.settle().await;
    assert_eq!(agent.stand(&id).await, [(ClockState::Running, 0)], "a note answers nobody");
    agent.say(&id, "On my way.").await;
    desk.world.settle().await;
    assert_eq!(agent.stand(&id).await, [(ClockState::Met, 0)]);
    assert!(requester.ticket(&id).await.response_due_time.is_none());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn thresholds_ring_once_each_and_in_order_also_after_a_long_sleep(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, boss, requester) =
        (desk.online_agent(&department).await, desk.administrator(), desk.requester());
    let before = vec![prost_types::Duration { seconds: 1_800, nanos: 0 }];
    boss.promise(policy("All", &[SlaTarget { warn_before: before, ..target(RESOLUTION, 4) }])).await;
    let id = desk.file(&requester, &department).await.id;
    let rang = || {
        let heard = desk.ear.about(&id).into_iter();
        let rang = heard.filter_map(|envelope| match envelope.event? {
            Event::WorkflowClockWarned(warned) => Some(warned.percent),
            Event::WorkflowClockBreached(breached) => {
                assert_eq!(breached.run.map(|run| run.assignee_id), Some(agent.id.clone()));
                Some(100)
            }
            _ => None,
        });
        rang.collect::<Vec<_>>()
    };

    desk.world.advance(SignedDuration::from_mins(119)).await;
    assert_eq!(rang(), [0; 0]);
    desk.world.advance(SignedDuration::from_mins(1)).await;
    assert_eq!(rang(), [50]);
    desk.add_replica().await;
    desk.world.advance(hours(100)).await;
    assert_eq!(rang(), [50, 75, 87, 90, 100]);
    desk.world.advance(hours(100)).await;
    assert_eq!(rang(), [50, 75, 87, 90, 100]);
    assert_eq!(agent.stand(&id).await, [(ClockState::MissedOpen, 202)]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_priority_carries_the_time_that_was_used(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (department, boss, requester) = (desk.department(), desk.administrator(), desk.requester());
    let urgent = SlaTarget { priority: Priority::Urgent.into(), ..target(RESOLUTION, 6) };
    boss.promise(policy("By priority", &[target(RESOLUTION, 20), urgent])).await;
    let ticket = desk.file(&requester, &department).await;
    assert_eq!(after(&ticket, ticket.resolve_due_time), Some(20));
    desk.world.advance(hours(2)).await;
    boss.prioritise(&ticket.id, Priority::Urgent).await;
    desk.world.settle().await;
    let ticket = requester.ticket(&ticket.id).await;
    assert_eq!(after(&ticket, ticket.resolve_due_time), Some(6));
    assert_eq!(boss.stand(&ticket.id).await, [(ClockState::Running, 2)]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn an_explanation_names_the_hours_and_holidays_used_and_the_policies_tried(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let department = desk.department();
    let (agent, boss, requester) =
        (desk.online_agent(&department).await, desk.administrator(), desk.requester());
    let now = desk.world.process().clock.now();
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let tomorrow = today.tomorrow().expect("a day");
    let calendar = Calendar {
        name: "All days but one".into(),
        time_zone: "UTC".into(),
        spans: (1..=7).map(|weekday| WorkingSpan { weekday, from_minute: 0, to_minute: 1_440 }).collect(),
        ..Calendar::default()
    };
    let ask = CreateCalendarRequest { request_id: fresh(), calendar: Some(calendar) };
    let calendar = boss.levels.clone().create_calendar(ask).await.expect("a calendar").into_inner();
    let never = SlaPolicy { matches: "1 == 2".into(), ..policy("Never", &[target(RESOLUTION, 1)]) };
    boss.promise(never).await;
    let always = policy("Always", &[target(RESOLUTION, 48)]);
    boss.promise(SlaPolicy { calendar_id: calendar.id.clone(), ..always }).await;
    let ticket = desk.file(&requester, &department).await;
    assert_eq!(after(&ticket, ticket.resolve_due_time), Some(48));

    let import = format!(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:{}\nSUMMARY:Founders' day\nEND:VEVENT\nEND:VCALENDAR\n",
        tomorrow.strftime("%Y%m%d")
    );
    let ask = UpdateCalendarRequest { calendar: Some(calendar.clone()), update_mask: None, import_ical: import };
    let calendar = boss.levels.clone().update_calendar(ask).await.expect("a holiday more").into_inner();
    let founders = Holiday { date: tomorrow.to_string(), name: "Founders' day".into(), ..Holiday::default() };
    assert_eq!((calendar.holidays.clone(), calendar.version), (vec![founders.clone()], 2));
    desk.world.settle().await;
    let ticket = requester.ticket(&ticket.id).await;
    assert_eq!(after(&ticket, ticket.resolve_due_time), Some(72));

    let clock = agent.clocks(&ticket.id).await.remove(0);
    assert_eq!(clock.calendar_version, 2);
    let why = agent.why(&clock).await;
    let last = why.periods.last().expect("what is to come");
    assert_eq!((last.running, &last.holidays), (true, &vec![founders]));
    let tried: Vec<_> = why.trials.iter().map(|trial| (trial.policy_name.as_str(), trial.matched)).collect();
    assert_eq!(tried, [("Resolution by priority", false), ("Never", false), ("Always", true)]);
    assert!(why.trials[1].message.contains("1 == 2") && why.summary.contains("of 48 h"), "{}", why.summary);
    let refused = requester.levels.clone().explain_clock(ExplainClockRequest { clock_id: clock.id.clone() }).await;
    assert_eq!(refused.expect_err("it is the staff's").code(), Code::PermissionDenied);
    let stranger = desk.requester().levels.clone().explain_clock(ExplainClockRequest { clock_id: clock.id }).await;
    assert_eq!(stranger.expect_err("nobody's business").code(), Code::NotFound);
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
async fn a_ticket_that_takes_in_an_older_one_has_waited_as_long(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (department, boss, requester) = (desk.department(), desk.administrator(), desk.requester());
    boss.promise(SlaPolicy { merge_oldest: true, ..policy("All", &[target(FIRST_REPLY, 10)]) }).await;
    let older = desk.file(&requester, &department).await;
    desk.world.advance(hours(3)).await;
    let newer = desk.file(&requester, &department).await;
    let merge =
        Merge { target_id: newer.id.clone(), source_ids: vec![older.id.clone()], ..Merge::default() };
    let ask = MergeTicketsRequest { merge: Some(merge), request_id: fresh(), comment: String::new() };
    boss.tickets.clone().merge_tickets(ask).await.expect("merged");
    desk.world.settle().await;
    let newer = requester.ticket(&newer.id).await;
    assert_eq!(after(&newer, newer.response_due_time), Some(7));
    assert_eq!(boss.stand(&older.id).await, [(ClockState::Paused, 3)]);
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
    let refused = create(SlaPolicy { matches: "what ever".into(), ..policy("A", &[target(RESOLUTION, 4)]) }).await;
    assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "RULE_INVALID"));
    let refused =
        create(SlaPolicy { calendar_id: "cal_none".into(), ..policy("A", &[target(RESOLUTION, 4)]) }).await;
    assert!(refused.message().contains("policy.calendar_id"));
    let kept = boss.promise(policy("A", &[target(RESOLUTION, 4)])).await;
    assert_eq!(create(policy("A", &[target(RESOLUTION, 4)])).await.code(), Code::AlreadyExists);

    let edited = boss.edit(SlaPolicy { name: "B".into(), ..kept.clone() }, &["name"]).await.expect("renamed");
    assert_eq!((edited.name.as_str(), edited.version), ("B", 2));
    let stale = boss.edit(SlaPolicy { name: "C".into(), ..kept }, &["name"]).await.expect_err("an old version");
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

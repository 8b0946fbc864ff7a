//! The clocks of tickets through the generated client: what runs, what rings, what is explained.

use jiff::SignedDuration;
use mesh_core::db::Engine;
use proto::{
    events::v1::envelope::Event,
    tickets::v1::{
        AddCommentRequest, Comment, CommentKind, Merge, MergeTicketsRequest, Priority, UndoMergeRequest,
    },
    workflow::v1::{
        Calendar, ClockState, CreateCalendarRequest, ExplainClockRequest, Holiday, SlaMetric, SlaPolicy,
        SlaTarget, UpdateCalendarRequest, WorkingSpan,
    },
};
use rstest::rstest;
use tonic::Code;

use crate::support::{
    Desk, fresh,
    promises::{FIRST_REPLY, RESOLUTION, after, hours, policy, target},
};

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
    let run = agent.run(&id).await;
    agent.say(&id, "On my way.").await;
    desk.world.settle().await;
    assert_eq!(agent.stand(&id).await, [(ClockState::Met, 0)]);
    assert!(requester.ticket(&id).await.response_due_time.is_none());
    assert_eq!(agent.run(&id).await.etag, run.etag, "whoever answered may press what he saw");
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
    let today = now.to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
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
    let ask =
        UpdateCalendarRequest { calendar: Some(calendar.clone()), update_mask: None, import_ical: import };
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
    let refused =
        requester.levels.clone().explain_clock(ExplainClockRequest { clock_id: clock.id.clone() }).await;
    assert_eq!(refused.expect_err("it is the staff's").code(), Code::PermissionDenied);
    let stranger =
        desk.requester().levels.clone().explain_clock(ExplainClockRequest { clock_id: clock.id }).await;
    assert_eq!(stranger.expect_err("nobody's business").code(), Code::NotFound);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_takes_in_an_older_one_has_waited_as_long_until_that_is_undone(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (department, boss, requester) = (desk.department(), desk.administrator(), desk.requester());
    boss.promise(SlaPolicy { merge_oldest: true, ..policy("All", &[target(FIRST_REPLY, 10)]) }).await;
    let older = desk.file(&requester, &department).await;
    desk.world.advance(hours(3)).await;
    let newer = desk.file(&requester, &department).await;
    let before = (boss.clocks(&older.id).await, boss.clocks(&newer.id).await);
    let merge = Merge { target_id: newer.id.clone(), source_ids: vec![older.id.clone()], ..Merge::default() };
    let ask = MergeTicketsRequest { merge: Some(merge), request_id: fresh(), comment: String::new() };
    let merge = boss.tickets.clone().merge_tickets(ask).await.expect("merged").into_inner();
    desk.world.settle().await;
    let taken_in = requester.ticket(&newer.id).await;
    assert_eq!(after(&taken_in, taken_in.response_due_time), Some(7));
    assert_eq!(boss.stand(&older.id).await, [(ClockState::Paused, 3)]);
    let undo = UndoMergeRequest { id: merge.id, request_id: fresh() };
    boss.tickets.clone().undo_merge(undo).await.expect("undone");
    desk.world.settle().await;
    let let_go = requester.ticket(&newer.id).await;
    assert_eq!(after(&let_go, let_go.response_due_time), Some(10));
    assert_eq!((boss.clocks(&older.id).await, boss.clocks(&newer.id).await), before);
}

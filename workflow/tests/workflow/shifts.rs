//! Shifts: agents who get tickets only within the hours they work by.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use mesh_core::{clock, db::Engine};
use proto::workflow::v1::{
    AgentProfile, Calendar, CreateCalendarRequest, DropReason, Presence, Shift, UpdateCalendarRequest,
    WorkingSpan,
};
use rstest::rstest;

use crate::support::{Client, Desk, fresh, promises::SHIPPED_CALENDAR, reason};

/// Hours of every day, by the clocks of Berlin.
fn daily(name: &str, from: i32, to: i32) -> Calendar {
    let span = |weekday| WorkingSpan { weekday, from_minute: from * 60, to_minute: to * 60 };
    Calendar {
        name: name.into(),
        time_zone: "Europe/Berlin".into(),
        spans: (1..=7).map(span).collect(),
        ..Calendar::default()
    }
}

/// The hour it is in Berlin.
fn hour(desk: &Desk) -> i32 {
    let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
    i32::from(berlin.to_datetime(desk.world.process().clock.now()).hour())
}

impl Client {
    async fn open_hours(&self, calendar: Calendar) -> Calendar {
        let ask = CreateCalendarRequest { request_id: fresh(), calendar: Some(calendar) };
        self.levels.clone().create_calendar(ask).await.expect("a calendar").into_inner()
    }

    /// Has somebody work by these hours and no others.
    async fn roster(&self, user_id: &str, calendar_ids: &[&str]) -> AgentProfile {
        let shift = |id: &&str| Shift { calendar_id: (*id).to_owned() };
        self.describe(user_id, &["shifts"], |profile| {
            profile.shifts = calendar_ids.iter().map(shift).collect();
        })
        .await
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn tickets_wait_for_the_shift_to_begin_and_the_decision_says_until_when(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (boss, requester, department) = (desk.administrator(), desk.requester(), desk.department());
    let agent = desk.online_agent(&department).await;
    let now = hour(&desk);
    let later = boss.open_hours(daily("Later", now + 2, now + 4)).await;
    boss.roster(&agent.id, &[&later.id]).await;
    let id = desk.file(&requester, &department).await.id;
    let told = agent.explain(&id).await;
    let [dropped] = &told.candidates[..] else { panic!("one agent, not {told:?}") };
    assert_eq!(dropped.dropped(), DropReason::OffShift);
    let back: Timestamp = dropped.back_time.as_ref().and_then(clock::from_proto).expect("it is planned");
    assert_eq!(dropped.message, format!("is off shift until {}", back.strftime("%Y-%m-%d %H:%M UTC")));
    assert_eq!(told.summary, "nobody could take it: 0 offline, 1 off shift, 0 not available");

    let wait = back.duration_since(desk.world.process().clock.now());
    desk.world.advance(wait - SignedDuration::from_secs(1)).await;
    assert_eq!(agent.run(&id).await.assignee_id, "");
    desk.world.advance(SignedDuration::from_secs(1)).await;
    assert_eq!(agent.run(&id).await.assignee_id, agent.id);

    desk.world.advance(SignedDuration::from_hours(2)).await;
    let over = desk.file(&requester, &department).await.id;
    assert_eq!(agent.run(&over).await.assignee_id, "", "the shift is over");
    assert_eq!(agent.run(&id).await.assignee_id, agent.id, "what somebody has stays");
    desk.world.advance(SignedDuration::from_hours(22)).await;
    assert_eq!(agent.run(&over).await.assignee_id, agent.id, "and tomorrow there is another one");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn whoever_works_by_several_hours_is_on_shift_in_each_of_them(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (boss, requester, department) = (desk.administrator(), desk.requester(), desk.department());
    let agent = desk.online_agent(&department).await;
    let now = hour(&desk);
    let later = boss.open_hours(daily("Later", now + 2, now + 4)).await;
    let this = boss.open_hours(daily("Now", now, now + 1)).await;
    boss.roster(&agent.id, &[&later.id, &this.id]).await;
    let id = desk.file(&requester, &department).await.id;
    assert_eq!(agent.run(&id).await.assignee_id, agent.id);
    boss.roster(&agent.id, &[&later.id]).await;
    let waits = desk.file(&requester, &department).await.id;
    assert_eq!(agent.run(&waits).await.assignee_id, "");
    boss.roster(&agent.id, &[]).await;
    desk.world.settle().await;
    assert_eq!(agent.run(&waits).await.assignee_id, agent.id, "without hours every hour is one");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn hours_that_are_edited_are_the_shift_from_then_on(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (boss, requester, department) = (desk.administrator(), desk.requester(), desk.department());
    let agent = desk.online_agent(&department).await;
    let now = hour(&desk);
    let hours = boss.open_hours(daily("Desk", now + 4, now + 5)).await;
    boss.roster(&agent.id, &[&hours.id]).await;
    let id = desk.file(&requester, &department).await.id;
    let sooner =
        Calendar { etag: hours.etag.clone(), id: hours.id.clone(), ..daily("Desk", now + 1, now + 5) };
    let ask = UpdateCalendarRequest { calendar: Some(sooner), update_mask: None, import_ical: String::new() };
    boss.levels.clone().update_calendar(ask).await.expect("other hours");
    desk.world.settle().await;
    assert_eq!(agent.run(&id).await.assignee_id, "");
    desk.world.advance(SignedDuration::from_hours(1)).await;
    assert_eq!(agent.run(&id).await.assignee_id, agent.id);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_offline_when_the_shift_begins_gets_what_waits_when_he_comes(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    let (boss, requester, department) = (desk.administrator(), desk.requester(), desk.department());
    let agent = desk.agent(&department).await;
    let now = hour(&desk);
    let later = boss.open_hours(daily("Later", now + 1, now + 5)).await;
    boss.roster(&agent.id, &[&later.id]).await;
    let id = desk.file(&requester, &department).await.id;
    desk.world.advance(SignedDuration::from_hours(2)).await;
    assert_eq!(agent.run(&id).await.assignee_id, "");
    agent.be(Presence::Online).await;
    desk.world.settle().await;
    assert_eq!(agent.run(&id).await.assignee_id, agent.id);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn hours_are_calendars_and_those_in_charge_say_which(#[values(Engine::Sqlite)] engine: Engine) {
    let desk = Desk::open(engine).await;
    let (boss, department) = (desk.administrator(), desk.department());
    let agent = desk.online_agent(&department).await;
    let profile = boss.load(&agent.id).await.agent.expect("a profile");
    let by = |id: &str| AgentProfile { shifts: vec![Shift { calendar_id: id.into() }], ..profile.clone() };
    let own = agent.try_describe(by(SHIPPED_CALENDAR), &["shifts"]).await.expect_err("not for oneself");
    assert_eq!(own.code(), tonic::Code::PermissionDenied);
    for unknown in ["cal_00000000000000000000000009", "Mondays"] {
        let refused = boss.try_describe(by(unknown), &["shifts"]).await.expect_err("no calendar");
        assert_eq!(reason(&refused), "INVALID_FIELDS");
        assert!(refused.message().contains("profile.shifts[0].calendar_id"), "{}", refused.message());
    }
    let mut twice = by(SHIPPED_CALENDAR);
    twice.shifts.push(twice.shifts[0].clone());
    let refused = boss.try_describe(twice, &["shifts"]).await.expect_err("named twice");
    assert!(refused.message().contains("profile.shifts[1].calendar_id"), "{}", refused.message());
    boss.try_describe(by(SHIPPED_CALENDAR), &["shifts"]).await.expect("around the clock");
}

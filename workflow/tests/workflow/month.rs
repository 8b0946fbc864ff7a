//! A smaller month through the public face of two replicas: twelve agents in three zones who work in shifts, and tickets before and
//! after the clocks change in Berlin. The whole month, with twenty thousand, passes on the pure core (`src/month.rs`).

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use mesh_core::{clock, db::Engine};
use proto::workflow::v1::{
    Calendar, Clock, ClockState, CreateCalendarRequest, GetOverviewRequest, Presence, ReportScope, Run,
    Shift, SlaMetric, WorkingSpan, run_history_entry::Change,
};
use rstest::rstest;

use crate::support::{
    Client, Desk, fresh,
    promises::{policy, target},
};

const ZONES: [&str; 3] = ["Europe/Berlin", "America/New_York", "Asia/Tokyo"];
/// Most an agent takes at once.
const CAPACITY: i32 = 3;
/// Friday, 2026-03-27T06:00Z; Berlin changes its clocks on Sunday.
const FRIDAY: i64 = 1_774_591_200;
/// Hours between looks at the desk.
const STEP: i64 = 5;
const STEPS: usize = 14;
/// Tickets filed in each step.
const FILED: usize = 4;

/// An agent and where.
struct Colleague {
    client: Client,
    zone: &'static str,
}

impl Colleague {
    /// Whether it is between nine and five where he is.
    fn is_on_shift(&self, now: Timestamp) -> bool {
        (9..17).contains(&TimeZone::get(self.zone).expect("a zone").to_datetime(now).hour())
    }
}

/// Everybody works from nine to five, by the wall clock, and never says that he goes.
async fn staff(desk: &Desk, department: &str) -> Vec<Colleague> {
    let boss = desk.administrator();
    let mut staff = vec![];
    for zone in ZONES {
        let span = |weekday| WorkingSpan { weekday, from_minute: 9 * 60, to_minute: 17 * 60 };
        let hours = Calendar {
            name: zone.into(),
            time_zone: zone.into(),
            spans: (1..=7).map(span).collect(),
            ..Calendar::default()
        };
        let ask = CreateCalendarRequest { request_id: fresh(), calendar: Some(hours) };
        let hours = boss.levels.clone().create_calendar(ask).await.expect("a calendar").into_inner();
        for _ in 0..4 {
            let client = desk.agent(department).await;
            boss.describe(&client.id, &["capacity", "shifts"], |profile| {
                profile.capacity = CAPACITY;
                profile.shifts = vec![Shift { calendar_id: hours.id.clone() }];
            })
            .await;
            client.be(Presence::Online).await;
            staff.push(Colleague { client, zone });
        }
    }
    staff
}

/// When a clock that stood still was due before.
type DueBefore = BTreeMap<String, Timestamp>;

/// The work of one step: of every third ticket somebody asks, the others are resolved, and whoever was asked answers.
async fn work(staff: &[Colleague], requester: &Client, runs: &[(usize, Run)], due_before: &mut DueBefore) {
    for (number, run) in runs {
        let agent = staff.iter().find(|colleague| colleague.client.id == run.assignee_id);
        match (agent, run.stage_key.as_str()) {
            (Some(agent), "new" | "open") => {
                let key = if number % 3 == 0 && run.stage_key == "new" { "ask" } else { "resolve" };
                let clocks = agent.client.clocks(&run.ticket_id).await;
                agent.client.press(&run.ticket_id, key, "So it is.").await;
                if key == "ask" {
                    due_before
                        .extend(clocks.iter().filter_map(|clock| Some((clock.id.clone(), due(clock)?))));
                }
            }
            (Some(_), "pending") => {
                requester.say(&run.ticket_id, "It is the red one.").await;
            }
            _ => {}
        }
    }
}

fn due(clock: &Clock) -> Option<Timestamp> {
    clock.due_time.as_ref().and_then(clock::from_proto)
}

/// Who has what: nobody more than he takes, and who was given something by routing just now was on shift then.
async fn check(desk: &Desk, staff: &[Colleague], runs: &[(usize, Run)]) {
    let now = desk.world.process().clock.now();
    for colleague in staff {
        let load = colleague.client.load(&colleague.client.id).await;
        let needs = |run: &Run| matches!(run.stage_key.as_str(), "new" | "open");
        let has = runs.iter().filter(|(_, run)| run.assignee_id == colleague.client.id && needs(run)).count();
        assert_eq!(i64::try_from(has), Ok(load.units));
        let given = load.last_assign_time.as_ref().and_then(clock::from_proto);
        assert!(given != Some(now) || load.units <= i64::from(CAPACITY), "{load:?}");
        assert!(given.is_none_or(|given| colleague.is_on_shift(given)), "{given:?} in {}", colleague.zone);
    }
}

async fn runs(boss: &Client, ids: &[String]) -> Vec<(usize, Run)> {
    let mut runs = vec![];
    for (number, id) in ids.iter().enumerate() {
        runs.push((number, boss.run(id).await));
    }
    runs
}

/// One holder after the other, one stage after the other, in every history.
async fn check_history(boss: &Client, run: &Run) -> bool {
    let (mut holder, mut stage) = (String::new(), String::new());
    for entry in boss.history(&run.ticket_id).await {
        match entry.change.expect("something happened") {
            Change::Started(started) => stage = started.stage_key,
            Change::AssigneeChanged(changed) => {
                assert_eq!(changed.from_id, holder);
                assert!(holder.is_empty(), "it was given twice");
                holder = changed.to_id;
            }
            Change::Moved(moved) => {
                assert_eq!(moved.from_stage_key, stage);
                stage = moved.to_stage_key;
            }
            _ => {}
        }
    }
    assert_eq!((&run.assignee_id, &run.stage_key), (&holder, &stage));
    stage == "resolved" || stage == "closed"
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn days_around_a_change_of_clocks_keep_every_promise(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let desk = Desk::open(engine).await;
    desk.add_replica().await;
    let (boss, requester, department) = (desk.administrator(), desk.requester(), desk.department());
    boss.promise(policy("Everybody", &[target(SlaMetric::AgentWork, 48)])).await;
    let begin = Timestamp::from_second(FRIDAY).expect("an instant");
    desk.world.advance(begin.duration_since(desk.world.process().clock.now())).await;
    let staff = staff(&desk, &department).await;
    let (mut ids, mut due_before) = (vec![], DueBefore::new());
    for _ in 0..STEPS {
        for number in 0..FILED {
            ids.push(requester.file(&department, &format!("Printer {number}")).await.id);
        }
        desk.world.settle().await;
        let now = runs(&boss, &ids).await;
        check(&desk, &staff, &now).await;
        work(&staff, &requester, &now, &mut due_before).await;
        desk.world.settle().await;
        desk.world.advance(SignedDuration::from_hours(STEP)).await;
    }
    let (mut went_on, mut resolved) = (0, 0.0);
    for (_, run) in runs(&boss, &ids).await {
        resolved += f64::from(u8::from(check_history(&boss, &run).await));
        for clock in boss.clocks(&run.ticket_id).await {
            let before = due_before.get(&clock.id);
            if let (ClockState::Running, Some(before), Some(due)) = (clock.state(), before, due(&clock)) {
                assert!(*before <= due, "{clock:?}");
                went_on += 1;
            }
        }
    }
    assert!(went_on > 0, "some clocks stood still and go on");
    let figure = figures(&desk, &boss).await;
    let filed = f64::from(u32::try_from(ids.len()).expect("few tickets"));
    assert_eq!(
        [figure["created"], figure["resolved"]].map(f64::to_bits),
        [filed, resolved].map(f64::to_bits)
    );
}

/// What the report of the month says, by key.
async fn figures(desk: &Desk, boss: &Client) -> BTreeMap<String, f64> {
    let to = desk.world.process().clock.now() + SignedDuration::from_hours(1);
    let scope = ReportScope {
        from_time: Some(clock::to_proto(to - SignedDuration::from_hours(24 * 30))),
        to_time: Some(clock::to_proto(to)),
        time_zone: "Europe/Berlin".into(),
        ..ReportScope::default()
    };
    let ask = GetOverviewRequest { scope: Some(scope) };
    let told = boss.reports.clone().get_overview(ask).await.expect("figures").into_inner();
    told.figures.into_iter().map(|figure| (figure.key, figure.value)).collect()
}

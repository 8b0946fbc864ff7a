//! Reports are answered by indexes, on either engine: over a filled store no plan reads a table from end to end.

use jiff::{SignedDuration, Timestamp};
use mesh_core::{
    db::{Assembly, Db, Engine},
    policy::Reach,
    testing::{World, plan},
};
use proto::tickets::v1::{Priority, Status};
use rstest::rstest;

use super::{
    measured::{Cohort, Split, backlog_by, of_cohort, standing_since},
    tallies::sums_by,
};
use crate::{
    MIGRATIONS,
    measure::{COLUMNS, Dimension, Measured},
    measuring,
};

/// Tickets of the store, one every three hours, and one in how many is open.
const TICKETS: i64 = 6_000;
const OPEN: i64 = 50;
const DEPARTMENTS: i64 = 10;

fn hours(count: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + count * 3_600).expect("an instant")
}

fn ticket(number: i64) -> Measured {
    let done = (number % OPEN != 0).then(|| hours(3 * number + number % 40));
    Measured {
        ticket_id: format!("tkt_{number}"),
        number,
        department_id: format!("dep_{}", number % DEPARTMENTS),
        priority: Priority::try_from(i32::try_from(number % 4).expect("small") + 1).expect("a priority"),
        category_id: format!("cat_{}", number % 30),
        assignee_id: format!("usr_{}", number % 40),
        stage: if done.is_some() { "resolved" } else { "open" }.into(),
        status: if done.is_some() { Status::Resolved } else { Status::Open },
        created_at: hours(3 * number),
        staged_at: done.unwrap_or_else(|| hours(3 * number)),
        answered_at: Some(hours(3 * number + 1)),
        resolved_at: done,
        closed_at: None,
        parked: false,
        gone: false,
        reopened: 0,
        transfers: i32::from(number % 9 == 0),
        escalations: 0,
        score: 0,
        stays: [("open".to_owned(), 3_600)].into(),
    }
}

/// A store the engine has counted.
async fn filled(world: &World) -> Db {
    let db = world.db(MIGRATIONS).await;
    for batch in (1..=TICKETS).collect::<Vec<_>>().chunks(500) {
        let tickets: Vec<_> = batch.iter().map(|number| ticket(*number)).collect();
        let mut tx = db.begin().await.expect("begins");
        measuring::begin_all(&mut tx, &tickets).await.expect("inserts");
        tx.commit().await.expect("commits");
    }
    db.look_anew().await.expect("counts");
    db
}

/// The statements of reports over a week, each with its name.
fn statements() -> Vec<(&'static str, Assembly)> {
    let from = hours(3 * TICKETS / 2);
    let week = (from, from + SignedDuration::from_hours(168));
    let mut statements = vec![];
    for reach in [Reach::Everywhere, Reach::Departments(vec!["dep_1".into(), "dep_2".into()])] {
        let numbers = "select m.number from measured m where ";
        statements.extend([
            ("sums", sums_by("count(*)", &COLUMNS, Dimension::Hour, &reach, week)),
            ("hours", sums_by("t.start", &["created", "finished"], Dimension::Hour, &reach, week)),
            ("departments", sums_by("t.department_id", &COLUMNS, Dimension::Hour, &reach, week)),
            ("lengths", sums_by("t.part", &COLUMNS, Dimension::Length, &reach, week)),
            ("agents", sums_by("t.part", &COLUMNS, Dimension::Agent, &reach, week)),
            ("filed", of_cohort(numbers, &reach, Cohort::Created, week)),
            ("answered", of_cohort(numbers, &reach, Cohort::Answered, week)),
            ("resolved", of_cohort(numbers, &reach, Cohort::Resolved, week)),
            ("backlog", backlog_by(&reach, Split::Priority, None)),
            ("waiting", backlog_by(&reach, Split::Department, Some(Status::New))),
            ("stale", standing_since(&reach, from, 400)),
        ]);
    }
    statements
}

/// Whether a line of a plan reads a table from end to end, in no order.
fn scans(line: &str) -> bool {
    (line.trim_start().starts_with("SCAN") && !line.contains("USING")) || line.contains("Seq Scan on")
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn no_report_reads_a_table_from_end_to_end(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine, "plans").await;
    let db = filled(&world).await;
    let mut wrong = vec![];
    for (what, statement) in statements() {
        let plan = plan(&db, statement).await;
        if plan.iter().any(|line| scans(line)) {
            wrong.push(format!("{what}\n  {}", plan.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "plans that read whole tables on {engine:?}:\n{}", wrong.join("\n"));
}

//! Moments, the clocks that follow from them, and how far they follow an edit.

use jiff::Timestamp;
use mesh_core::{
    clock::{from_micros, to_proto},
    db::Assembly,
    error::{Error, Result},
};
use proto::workflow::v1::SlaReview;
use sqlx::{AnyConnection, Row, any::AnyRow, query};

use super::{flag, instant, known, micros, number, optional_instant, small, touch, words};
use crate::sla::{
    calendar::Pace,
    clock::{Clock, Phase, Terms},
    moment::{Event, Moment, State},
};

mesh_core::statements! {
    /// A run's last moment.
    LAST_MOMENT = "select * from moments where run_id = $1 order by seq desc limit 1";
    /// A run's moments.
    STORY = "select * from moments where run_id = $1 order by seq";
    /// A clock, new or as it is now, if it still had the version before $2.
    PUT = "insert into clocks (id, version, run_id, ticket_id, metric, instance, phase, policy_id, policy_version, calendar_id, \
        calendar_version, target, in_days, bells, since, carried, started_at, spent, mark, due, missed_at, closed_at, told) \
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23) \
        on conflict (id) do update set version = excluded.version, instance = excluded.instance, phase = excluded.phase, \
        policy_id = excluded.policy_id, policy_version = excluded.policy_version, calendar_id = excluded.calendar_id, \
        calendar_version = excluded.calendar_version, target = excluded.target, in_days = excluded.in_days, bells = excluded.bells, \
        started_at = excluded.started_at, spent = excluded.spent, mark = excluded.mark, due = excluded.due, \
        missed_at = excluded.missed_at, closed_at = excluded.closed_at, told = excluded.told \
        where clocks.version = excluded.version - 1";
    /// The latest clock of each metric of a run.
    LATEST = "select c.* from clocks c where c.run_id = $1 and c.instance = ( \
        select max(o.instance) from clocks o where o.run_id = c.run_id and o.metric = c.metric) order by c.metric";
    /// Every clock of a run.
    OF_RUN = "select * from clocks where run_id = $1 order by metric, instance";
    /// One clock.
    BY_ID = "select * from clocks where id = $1";
    /// Begins a review.
    BEGIN_REVIEW = "insert into sla_reviews (id, started_at, total, done, changed) \
        select $1, $2, count(*), 0, 0 from runs where ended_at is null";
    /// A review came on.
    CONTINUE_REVIEW = "update sla_reviews set done = done + $2, changed = changed + $3, ended_at = $4 where id = $1";
    /// The review that goes on, or the last one.
    REVIEW = "select * from sla_reviews order by started_at desc, id desc limit 1";
}

/// Moments one statement adds. More would take longer: SQLite looks for the name of each value among all of them.
const ROWS: usize = 50;

/// The columns of a moment.
const ADD_MOMENTS: &str = "insert into moments (run_id, seq, at, event, priority, status, stage, share, pauses, wait_reason, \
    assignee_id, department_id, answered, parked, policy_id, cause, since) values ";

/// Adds the next moments of a run; false when somebody else did at the same time.
pub(crate) async fn add_moments(conn: &mut AnyConnection, run_id: &str, moments: &[Moment]) -> Result<bool> {
    for moments in moments.chunks(ROWS) {
        let mut sql = Assembly::new(ADD_MOMENTS);
        for (index, moment) in moments.iter().enumerate() {
            sql.push(if index == 0 { "(" } else { ", (" }).bind(run_id.to_owned());
            push_moment(&mut sql, moment);
            sql.push(")");
        }
        sql.push(" on conflict do nothing");
        if sql.execute(conn).await? < moments.len() as u64 {
            return Ok(false);
        }
    }
    Ok(true)
}

fn push_moment(sql: &mut Assembly, moment: &Moment) {
    let state = &moment.state;
    sql.push(", ").bind(moment.seq).push(", ").bind(moment.at.as_microsecond());
    sql.push(", ").bind(moment.event.word().to_owned()).push(", ").bind(number(state.priority));
    sql.push(", ").bind(number(state.status)).push(", ").bind(state.stage.clone());
    sql.push(", ").bind(state.share).push(", ").bind(i64::from(state.pauses));
    sql.push(", ").bind(number(state.wait_reason)).push(", ").bind(state.assignee_id.clone());
    sql.push(", ").bind(state.department_id.clone()).push(", ").bind(i64::from(state.answered));
    sql.push(", ").bind(i64::from(state.parked)).push(", ").bind(moment.policy_id.clone());
    sql.push(", ").bind(moment.cause.clone()).push(", ").bind(micros(moment.since));
}

/// The last moment of a run.
pub(crate) async fn last_moment(conn: &mut AnyConnection, run_id: &str) -> Result<Option<Moment>> {
    let row = query(LAST_MOMENT).bind(run_id.to_owned()).fetch_optional(conn).await?;
    row.as_ref().map(read_moment).transpose()
}

/// Every moment of a run, in order.
pub(crate) async fn story(conn: &mut AnyConnection, run_id: &str) -> Result<Vec<Moment>> {
    query(STORY).bind(run_id.to_owned()).fetch_all(conn).await?.iter().map(read_moment).collect()
}

/// Writes a clock over the version it was read with; false when that is no longer its version.
pub(crate) async fn put(conn: &mut AnyConnection, run_id: &str, clock: &Clock) -> Result<bool> {
    let terms = &clock.terms;
    let bells: Vec<_> = terms.bells.iter().map(ToString::to_string).collect();
    let statement = query(PUT)
        .bind(clock.id.clone())
        .bind(clock.version + 1)
        .bind(run_id.to_owned())
        .bind(clock.ticket_id.clone())
        .bind(number(clock.metric))
        .bind(i64::from(clock.instance))
        .bind(phase_number(clock.phase))
        .bind(terms.policy_id.clone())
        .bind(i64::from(terms.policy_version))
        .bind(terms.calendar_id.clone())
        .bind(i64::from(terms.calendar_version))
        .bind(terms.target)
        .bind(i64::from(terms.pace == Pace::Days))
        .bind(bells.join(" "));
    let statement = statement
        .bind(clock.since)
        .bind(clock.carried)
        .bind(clock.started_at.as_microsecond())
        .bind(clock.spent)
        .bind(clock.mark.as_microsecond())
        .bind(micros(clock.due))
        .bind(micros(clock.missed_at))
        .bind(micros(clock.closed_at))
        .bind(clock.told);
    Ok(touch(statement, conn).await? == 1)
}

/// The latest clock of each metric of a run.
pub(crate) async fn latest(conn: &mut AnyConnection, run_id: &str) -> Result<Vec<Clock>> {
    query(LATEST).bind(run_id.to_owned()).fetch_all(conn).await?.iter().map(read).collect()
}

/// Every clock of a run, by metric and turn.
pub(crate) async fn of_run(conn: &mut AnyConnection, run_id: &str) -> Result<Vec<Clock>> {
    query(OF_RUN).bind(run_id.to_owned()).fetch_all(conn).await?.iter().map(read).collect()
}

/// A clock with the id of its run.
pub(crate) async fn by_id(conn: &mut AnyConnection, id: &str) -> Result<Option<(Clock, String)>> {
    let row = query(BY_ID).bind(id.to_owned()).fetch_optional(conn).await?;
    row.map(|row| Ok((read(&row)?, row.try_get("run_id")?))).transpose()
}

/// Begins a review of every open run.
pub(crate) async fn begin_review(conn: &mut AnyConnection, id: &str, now: Timestamp) -> Result<()> {
    touch(query(BEGIN_REVIEW).bind(id.to_owned()).bind(now.as_microsecond()), conn).await.map(drop)
}

/// A review came on by so many runs and clocks; at its end it says when.
pub(crate) async fn continue_review(
    conn: &mut AnyConnection,
    id: &str,
    (done, changed): (i64, i64),
    ended_at: Option<Timestamp>,
) -> Result<()> {
    let statement =
        query(CONTINUE_REVIEW).bind(id.to_owned()).bind(done).bind(changed).bind(micros(ended_at));
    touch(statement, conn).await.map(drop)
}

/// The newest review with its id.
pub(crate) async fn review(conn: &mut AnyConnection) -> Result<Option<(String, SlaReview)>> {
    let row = query(REVIEW).fetch_optional(conn).await?;
    row.map(|row| {
        let review = SlaReview {
            total: row.try_get("total")?,
            done: row.try_get("done")?,
            changed: row.try_get("changed")?,
            start_time: Some(to_proto(instant(&row, "started_at")?)),
            end_time: optional_instant(&row, "ended_at")?.map(to_proto),
        };
        Ok((row.try_get("id")?, review))
    })
    .transpose()
}

const fn phase_number(phase: Phase) -> i64 {
    match phase {
        Phase::Running => 1,
        Phase::Paused => 2,
        Phase::Closed => 3,
        Phase::Cancelled => 4,
    }
}

fn phase(row: &AnyRow) -> Result<Phase> {
    Ok(match row.try_get::<i64, _>("phase")? {
        1 => Phase::Running,
        2 => Phase::Paused,
        3 => Phase::Closed,
        _ => Phase::Cancelled,
    })
}

fn read(row: &AnyRow) -> Result<Clock> {
    Ok(Clock {
        id: row.try_get("id")?,
        version: row.try_get("version")?,
        ticket_id: row.try_get("ticket_id")?,
        metric: known(row, "metric")?,
        instance: small(row, "instance")?,
        phase: phase(row)?,
        terms: read_terms(row)?,
        since: row.try_get("since")?,
        carried: row.try_get("carried")?,
        started_at: instant(row, "started_at")?,
        spent: row.try_get("spent")?,
        mark: instant(row, "mark")?,
        due: optional_instant(row, "due")?,
        missed_at: optional_instant(row, "missed_at")?,
        closed_at: optional_instant(row, "closed_at")?,
        told: row.try_get("told")?,
    })
}

fn read_terms(row: &AnyRow) -> Result<Terms> {
    let bells = words(row, "bells")?;
    Ok(Terms {
        policy_id: row.try_get("policy_id")?,
        policy_version: small(row, "policy_version")?,
        calendar_id: row.try_get("calendar_id")?,
        calendar_version: small(row, "calendar_version")?,
        target: row.try_get("target")?,
        pace: if flag(row, "in_days")? { Pace::Days } else { Pace::Time },
        bells: bells.iter().map(|bell| bell.parse().map_err(Error::internal)).collect::<Result<_>>()?,
    })
}

fn read_moment(row: &AnyRow) -> Result<Moment> {
    let word: String = row.try_get("event")?;
    let event =
        Event::of_word(&word).ok_or_else(|| Error::internal(format!("no moment is called {word}")))?;
    let state = State {
        priority: known(row, "priority")?,
        status: known(row, "status")?,
        stage: row.try_get("stage")?,
        share: row.try_get("share")?,
        pauses: flag(row, "pauses")?,
        wait_reason: known(row, "wait_reason")?,
        assignee_id: row.try_get("assignee_id")?,
        department_id: row.try_get("department_id")?,
        answered: flag(row, "answered")?,
        parked: flag(row, "parked")?,
    };
    Ok(Moment {
        seq: row.try_get("seq")?,
        at: from_micros(row.try_get("at")?),
        event,
        state,
        policy_id: row.try_get("policy_id")?,
        cause: row.try_get("cause")?,
        since: optional_instant(row, "since")?,
    })
}

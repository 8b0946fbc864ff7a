//! Checking the audit log: every line is the one that was written, none is missing in a day, and no day is missing but those
//! the log itself says were retired.
//!
//! Who can write to the database can write a whole new log; compare the end that is reported here with one noted elsewhere.

use std::fmt;

use mesh_core::{db::Db, error::Result};

use serde_json::Value;

use super::retention::{NUMBER, RETIRED};
use crate::store::audit::{self as store, Day};

/// How many lines are read at a time.
const AT_ONCE: i64 = 1_000;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// All is as it was written.
    Whole {
        /// How many days (UTC) have lines.
        days: usize,
        /// How many lines there are.
        lines: i64,
        /// How many days before them were retired, as the log says.
        retired: i64,
        /// Hash of the newest line; empty when there is none.
        end: String,
    },
    /// The first place where something is wrong.
    Broken(Breach),
}

/// A place where the audit log is not what was written. Lines are counted from 1 in each day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Breach {
    /// This line, or the hash it must carry, was changed.
    Altered {
        /// The day (UTC), `2026-01-07`.
        day: String,
        /// Which line.
        line: i64,
    },
    /// There was a line here.
    LineMissing {
        /// The day (UTC).
        day: String,
        /// Which line.
        line: i64,
    },
    /// There were days right before this one.
    DaysMissing {
        /// The day (UTC) after the gap.
        before: String,
    },
    /// Lines of this day are in no chain: nobody wrote them through the log.
    Foreign {
        /// The day (UTC) they say they are of.
        day: String,
    },
}

impl fmt::Display for Breach {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Altered { day, line } => write!(out, "{day}, line {line}: was altered"),
            Self::LineMissing { day, line } => write!(out, "{day}, line {line}: is missing"),
            Self::DaysMissing { before } => write!(out, "{before}: days before it are missing"),
            Self::Foreign { day } => write!(out, "{day}: has lines that were not written through the log"),
        }
    }
}

/// Checks the whole log, while others go on writing it and days are retired.
pub async fn verify(db: &Db) -> Result<Verdict> {
    let days = store::days(db.reader()).await?;
    // Read after the days, so that it says at least of those that are not among them.
    if let Some(day) = after_a_gap(&days, retired(db).await?) {
        return Ok(Verdict::Broken(Breach::DaysMissing { before: day.date.clone() }));
    }
    if let Some(day) = store::astray(db.reader()).await? {
        return Ok(Verdict::Broken(Breach::Foreign { day }));
    }
    let (mut lines, mut end) = (0, String::new());
    for day in &days {
        if let Some(breach) = breach_of(db, &day.date).await? {
            return Ok(Verdict::Broken(breach));
        }
        (lines, end) = (lines + day.position, day.head.clone());
    }
    let retired = days.first().map_or(0, |day| day.number - 1);
    Ok(Verdict::Whole { days: days.len(), lines, retired, end })
}

/// The number of the last day that was retired; 0 before the first. Whether the lines that say so are the ones that were written
/// shows when their days are checked.
async fn retired(db: &Db) -> Result<i64> {
    let number = |said: &String| serde_json::from_str::<Value>(said).ok()?.get(NUMBER)?.as_i64();
    Ok(store::said(db.reader(), RETIRED).await?.iter().filter_map(number).max().unwrap_or_default())
}

/// The first day whose number does not follow the one before it; the oldest follows the retired ones, or is one about to go.
fn after_a_gap(days: &[Day], retired: i64) -> Option<&Day> {
    let first = days.first()?.number.min(retired + 1);
    (first..).zip(days).find(|(number, day)| day.number != *number).map(|(_, day)| day)
}

/// What is wrong with a day, unless it is retired meanwhile.
async fn breach_of(db: &Db, date: &str) -> Result<Option<Breach>> {
    let breach = look_through(db, date).await?;
    let is_there = breach.is_some() && store::day(db.reader(), date).await?.is_some();
    Ok(breach.filter(|_| is_there))
}

async fn look_through(db: &Db, date: &str) -> Result<Option<Breach>> {
    let (mut position, mut hash) = (0, None);
    loop {
        // Read before the lines, so that every line it counts is there to be read.
        let Some(day) = store::day(db.reader(), date).await? else { return Ok(None) };
        let lines = store::chain(db.reader(), date, position, AT_ONCE).await?;
        let mut previous = hash.unwrap_or_else(|| day.beginning());
        if lines.is_empty() {
            return Ok(breach_at_end(&day, position, &previous));
        }
        for line in &lines {
            let (day, next) = (date.to_owned(), position + 1);
            if line.position != next {
                return Ok(Some(Breach::LineMissing { day, line: next }));
            }
            if line.hash != line.chained(&previous) {
                return Ok(Some(Breach::Altered { day, line: next }));
            }
            (position, previous) = (next, line.hash.clone());
        }
        hash = Some(previous);
    }
}

/// What is wrong when the lines of a day end here, with this hash.
fn breach_at_end(day: &Day, position: i64, hash: &str) -> Option<Breach> {
    let date = day.date.clone();
    if position < day.position {
        return Some(Breach::LineMissing { day: date, line: position + 1 });
    }
    (position > day.position || hash != day.head).then_some(Breach::Altered { day: date, line: position })
}

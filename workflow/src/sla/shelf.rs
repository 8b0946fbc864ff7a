//! The book as the database has it.
//!
//! It is read anew each time: a few rows, so that every replica always goes by what was edited last.

use std::collections::BTreeMap;

use mesh_core::error::Result;
use proto::workflow::v1::SlaPolicy;
use sqlx::AnyConnection;

use super::{
    book::Book,
    calendar::Calendar,
    clock::Clock,
    policy::{MOST_POLICIES, Policy},
};
use crate::{store::calendars, vocabulary};

/// Before all policies.
const START: (i32, String) = (i32::MIN, String::new());

/// Everything that is promised now. Without policies nothing is, and calendars are of no concern.
pub(crate) async fn book(conn: &mut AnyConnection) -> Result<Book> {
    let limit = i64::try_from(MOST_POLICIES).unwrap_or(i64::MAX);
    let wires = calendars::policies_after(conn, START, limit).await?;
    if wires.is_empty() {
        return Ok(Book::default());
    }
    let calendars = calendars(conn).await?;
    Ok(Book { policies: wires.into_iter().filter_map(read).collect(), calendars })
}

/// What a clock needs to go on: the calendar it runs by.
pub(crate) async fn calendar_of(conn: &mut AnyConnection, clock: &Clock) -> Result<Book> {
    let calendar = calendars::by_id(conn, &clock.terms.calendar_id).await?;
    let calendars = calendar.into_iter().map(|calendar| (calendar.id.clone(), Calendar::new(&calendar)));
    Ok(Book { policies: Vec::new(), calendars: calendars.collect() })
}

/// Every calendar by its id.
pub(crate) async fn calendars(conn: &mut AnyConnection) -> Result<BTreeMap<String, Calendar>> {
    let every = calendars::every(conn).await?;
    Ok(every.iter().map(|calendar| (calendar.id.clone(), Calendar::new(calendar))).collect())
}

fn read(wire: SlaPolicy) -> Option<Policy> {
    let (id, name) = (wire.id.clone(), wire.name.clone());
    let policy = Policy::read(wire, vocabulary::ticket());
    if policy.is_none() {
        tracing::warn!(id, name, "a rule of this policy can no longer be read; it promises nothing");
    }
    policy
}

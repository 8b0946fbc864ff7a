//! The clocks of a ticket, and why each is due when it is.

use mesh_core::{
    caller::Caller,
    error::{Error, Result},
};
use proto::workflow::v1::{ClockExplanation, ListClocksResponse};
use sqlx::AnyConnection;

use super::{super::access::visible_inside, Levels};
use crate::{
    sla::{
        book::Book,
        calendar::Calendar,
        clock::Clock,
        explain::{explain, now_of},
        policy, shelf,
    },
    store::{calendars, clocks},
    vocabulary,
};

impl Levels {
    pub(super) async fn clocks(&self, caller: &Caller, ticket_id: &str) -> Result<ListClocksResponse> {
        let mut conn = self.0.read().await?;
        let run = visible_inside(&mut conn, caller, ticket_id).await?;
        let book = shelf::book(&mut conn).await?;
        let now = self.0.db.clock().now();
        let kept = clocks::of_run(&mut conn, &run.id).await?;
        Ok(ListClocksResponse {
            clocks: kept.iter().map(|clock| now_of(clock, &book, now).to_proto()).collect(),
        })
    }

    pub(super) async fn explanation(&self, caller: &Caller, clock_id: &str) -> Result<ClockExplanation> {
        let mut conn = self.0.read().await?;
        let unknown = || Error::not_found("clock", clock_id);
        let (clock, _) = clocks::by_id(&mut conn, clock_id).await?.ok_or_else(unknown)?;
        let run = visible_inside(&mut conn, caller, &clock.ticket_id).await.map_err(|error| match error {
            Error::NotFound { .. } => unknown(),
            other => other,
        })?;
        let book = book_of(&mut conn, &clock).await?;
        let story = clocks::story(&mut conn, &run.id).await?;
        let now = self.0.db.clock().now();
        let trials = policy::trials(&book.policies, &vocabulary::values(&run), now);
        Ok(explain(&clock, &book, &story, trials, now))
    }
}

/// The book a clock keeps to: one that is over keeps to the calendar it ended by.
async fn book_of(conn: &mut AnyConnection, clock: &Clock) -> Result<Book> {
    let mut book = shelf::book(conn).await?;
    let terms = &clock.terms;
    if !clock.is_open()
        && let Some(calendar) = calendars::version(conn, &terms.calendar_id, terms.calendar_version).await?
    {
        book.calendars.insert(terms.calendar_id.clone(), Calendar::new(&calendar));
    }
    Ok(book)
}

//! Calendars: listing, making, editing, and taking holidays over from a feed.

use jiff::civil::Date;
use mesh_core::{
    audit::Deed,
    caller::Caller,
    error::{Error, Result, Violations},
    idempotency::RequestKey,
    page,
};
use proto::workflow::v1::{
    Calendar, CreateCalendarRequest, Holiday, ListCalendarsRequest, ListCalendarsResponse,
    UpdateCalendarRequest,
};

use super::{super::cut, Levels, PAGE, expect_etag, overtaken, paths};
use crate::{
    shift,
    sla::{calendar::check, ical, review},
    store::calendars,
};

const CREATE: &str = "/ticketmesh.workflow.v1.SlaService/CreateCalendar";
/// What an update may name.
const PATHS: &str = "name, time_zone, always, spans, holidays";

impl Levels {
    pub(super) async fn calendars(
        &self,
        caller: &Caller,
        ask: &ListCalendarsRequest,
    ) -> Result<ListCalendarsResponse> {
        let query = ListCalendarsRequest::default();
        let after: String = self.0.pages.open(caller, &query, &ask.page_token)?.unwrap_or_default();
        let size = page::size(ask.page_size, PAGE);
        let mut conn = self.0.read().await?;
        let mut calendars = calendars::after(&mut conn, &after, size + 1).await?;
        let next_page_token = match cut(&mut calendars, size) {
            Some(last) => self.0.pages.seal(caller, &query, &last.name)?,
            None => String::new(),
        };
        Ok(ListCalendarsResponse { calendars, next_page_token })
    }

    pub(super) async fn add_calendar(&self, caller: &Caller, ask: CreateCalendarRequest) -> Result<Calendar> {
        let key = RequestKey::new(caller, CREATE, &ask.request_id, &ask)?;
        let sent = ask.calendar.unwrap_or_default();
        checked(&sent)?;
        let mut tx = self.0.db.begin().await?;
        if let Some(done) = key.replay(&mut tx).await? {
            return Ok(done);
        }
        let calendar = Calendar { id: tx.ids().id("cal"), version: 1, etag: "1".into(), ..sent };
        let now = tx.now();
        if !calendars::insert(tx.conn(), &calendar, now).await? {
            return Err(name_taken());
        }
        Deed::new("calendar.created", &calendar.id).made(&calendar)?.note(&mut tx, caller).await?;
        key.record(&mut tx, &calendar).await?;
        tx.commit().await?;
        Ok(calendar)
    }

    pub(super) async fn edit_calendar(
        &self,
        caller: &Caller,
        ask: UpdateCalendarRequest,
    ) -> Result<Calendar> {
        let (sent, paths) = (ask.calendar.unwrap_or_default(), paths(ask.update_mask, PATHS));
        let mut tx = self.0.db.begin_alone("sla.calendars").await?;
        let found = calendars::by_id(tx.conn(), &sent.id).await?;
        let before = found.ok_or_else(|| Error::not_found("calendar", &sent.id))?;
        expect_etag(caller, &sent.etag, &before.etag, &before)?;
        let mut wrong = Violations::default();
        let mut after = edited(&before, &sent, &paths, &mut wrong);
        import(&mut after, &ask.import_ical, today(&tx, &before), &mut wrong);
        wrong.into_result()?;
        checked(&after)?;
        if after == before {
            return Ok(before);
        }
        let now = tx.now();
        if !calendars::update(tx.conn(), &after, now).await? {
            let taken = calendars::is_named(tx.conn(), &after.name, &after.id).await?;
            return Err(if taken { name_taken() } else { overtaken() });
        }
        review::begin(&mut tx).await?;
        shift::follow(&mut tx, &after.id).await?;
        Deed::new("calendar.updated", &after.id).edited(&before, &after)?.note(&mut tx, caller).await?;
        tx.commit().await?;
        let version = before.version + 1;
        Ok(Calendar { version, etag: version.to_string(), ..after })
    }
}

fn checked(sent: &Calendar) -> Result<()> {
    let mut wrong = Violations::default();
    check(sent, &mut wrong);
    wrong.into_result()
}

/// The calendar with what is named as it was sent.
fn edited(before: &Calendar, sent: &Calendar, paths: &[String], wrong: &mut Violations) -> Calendar {
    let mut after = before.clone();
    for path in paths {
        match path.as_str() {
            "name" => after.name.clone_from(&sent.name),
            "time_zone" => after.time_zone.clone_from(&sent.time_zone),
            "always" => after.always = sent.always,
            "spans" => after.spans.clone_from(&sent.spans),
            "holidays" => after.holidays.clone_from(&sent.holidays),
            other => wrong.add("update_mask", format!("names {other:?}; name {PATHS}")),
        }
    }
    after
}

/// Adds the holidays of a feed that the calendar does not have.
fn import(calendar: &mut Calendar, text: &str, today: Date, wrong: &mut Violations) {
    if text.is_empty() {
        return;
    }
    wrong.when(text.len() > ical::MOST_BYTES, "import_ical", "is too long; give at most 1 MB");
    match ical::holidays(text.get(..ical::MOST_BYTES).unwrap_or(text), today) {
        Ok(holidays) => {
            let known = |new: &Holiday| calendar.holidays.iter().any(|holiday| holiday == new);
            let new: Vec<_> = holidays.into_iter().filter(|holiday| !known(holiday)).collect();
            calendar.holidays.extend(new);
        }
        Err(problem) => wrong.add("import_ical", problem),
    }
}

fn today(tx: &mesh_core::db::Tx, calendar: &Calendar) -> Date {
    crate::sla::calendar::Calendar::new(calendar).zone.to_datetime(tx.now()).date()
}

fn name_taken() -> Error {
    Error::already_exists("calendar.name", "is the name of another calendar; choose another one")
}

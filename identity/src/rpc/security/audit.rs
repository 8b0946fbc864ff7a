//! Reading the audit log: a page for the screen, all of it for a file.

use futures::{Stream, stream};
use jiff::Timestamp;
use mesh_core::{
    caller::Caller,
    clock::from_proto,
    db::Db,
    error::{Result, Violations},
    page,
    policy::{self, Action, Scope},
};
use prost_types::Timestamp as WireTimestamp;
use proto::identity::v1::{
    ExportAuditEventsRequest, ExportAuditEventsResponse, ListAuditEventsRequest, ListAuditEventsResponse,
};
use serde_json::{Value, json};
use tonic::{Status, codegen::BoxStream};

use super::super::{PAGE, page as cut};
use crate::{
    Identity,
    audit::{Line, day_of},
    store::audit::{self, Wanted, filter::Filter},
};

/// How many lines an export reads and sends at a time.
const BATCH: i64 = 500;

impl Identity {
    pub(super) async fn list_audit_events(
        &self,
        caller: Caller,
        mut ask: ListAuditEventsRequest,
    ) -> Result<ListAuditEventsResponse> {
        policy::check(&caller, Action::AuditRead, &Scope::everywhere())?;
        let wanted = wanted(&self.db, &ask)?;
        let (size, token) = (page::size(ask.page_size, PAGE), std::mem::take(&mut ask.page_token));
        ask.page_size = 0;
        let before: String = self.pages.open(&caller, &ask, &token)?.unwrap_or_default();
        let mut db = self.db.reader().acquire().await?;
        let (rows, more) = cut(audit::list(&mut db, &wanted, &before, size + 1).await?, size);
        let next_page_token = match rows.last().filter(|_| more) {
            Some(last) => self.pages.seal(&caller, &ask, &last.id)?,
            None => String::new(),
        };
        Ok(ListAuditEventsResponse {
            audit_events: rows.into_iter().map(Into::into).collect(),
            next_page_token,
        })
    }

    /// What has happened until now: an export has an end, also while the mesh goes on.
    pub(super) async fn export_audit_events(
        &self,
        caller: Caller,
        ask: ExportAuditEventsRequest,
    ) -> Result<BoxStream<ExportAuditEventsResponse>> {
        policy::check(&caller, Action::AuditRead, &Scope::everywhere())?;
        let wanted = wanted(&self.db, &listed(&ask))?;
        let mut tx = self.db.begin().await?;
        let now = tx.now();
        let said = |instant: Option<Timestamp>| instant.map(|instant| instant.to_string());
        let asked = json!({
            "from": said(wanted.from),
            "to": said(wanted.to),
            "filter": ask.filter,
            "actor_id": ask.actor_id,
            "target": ask.target,
            "action": ask.action,
        });
        Line::of(&caller).about("audit.exported", "").change(&Value::Null, &asked).write(&mut tx).await?;
        tx.commit().await?;
        let to = wanted.to.map_or(now, |to| to.min(now));
        Ok(Box::pin(batches(self.db.clone(), Wanted { to: Some(to), ..wanted })))
    }
}

/// The lines that are wanted, so many at a time; nothing is held between two of them but the place of the last line.
fn batches(db: Db, wanted: Wanted) -> impl Stream<Item = Result<ExportAuditEventsResponse, Status>> + use<> {
    let place = (wanted.from.map(day_of).unwrap_or_default(), 0);
    stream::try_unfold((db, wanted, place), async |(db, wanted, (day, position))| {
        let mut conn = db.reader().acquire().await.map_err(mesh_core::error::Error::from)?;
        let lines = audit::after(&mut conn, &wanted, (&day, position), BATCH).await?;
        let Some(last) = lines.last() else { return Ok(None) };
        let place = (last.day.clone(), last.position);
        drop(conn);
        let audit_events = lines.into_iter().map(Into::into).collect();
        Ok(Some((ExportAuditEventsResponse { audit_events }, (db, wanted, place))))
    })
}

/// The list of which an export is the whole.
fn listed(ask: &ExportAuditEventsRequest) -> ListAuditEventsRequest {
    let ExportAuditEventsRequest { from_time, to_time, filter, actor_id, target, action } = ask.clone();
    ListAuditEventsRequest { from_time, to_time, filter, actor_id, target, action, ..Default::default() }
}

fn wanted(db: &Db, ask: &ListAuditEventsRequest) -> Result<Wanted> {
    let mut wrong = Violations::default();
    wrong.text("actor_id", &ask.actor_id, 0..=64);
    wrong.text("target", &ask.target, 0..=254);
    wrong.text("action", &ask.action, 0..=64);
    let wanted = Wanted {
        filter: Filter::take(&ask.filter, db, &mut wrong),
        actor_id: ask.actor_id.clone(),
        target: ask.target.clone(),
        action: ask.action.clone(),
        from: instant("from_time", ask.from_time.as_ref(), &mut wrong),
        to: instant("to_time", ask.to_time.as_ref(), &mut wrong),
    };
    wrong.into_result()?;
    Ok(wanted)
}

/// An end of the wanted time; `None` when it is open, or wrong.
fn instant(field: &str, given: Option<&WireTimestamp>, wrong: &mut Violations) -> Option<Timestamp> {
    let instant = given.and_then(from_proto);
    wrong.when(given.is_some() && instant.is_none(), field, "is no instant; give one from year 1 to 9999");
    instant
}

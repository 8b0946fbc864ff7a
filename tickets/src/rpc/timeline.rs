//! `ListTimeline`.

use mesh_core::{
    caller::Caller,
    error::{Result, Violations},
    page,
};
use proto::tickets::v1::{
    Change, ListTimelineRequest, ListTimelineResponse, TimelineEntry, timeline_entry::What,
};

use super::{Tickets, cut};
use crate::{
    access::{self, reads_notes},
    catalogue::{PREFIX, Reader},
    store::history::{Stretch, TimelineRow},
};

/// Entries on a page when nobody says how many.
const PAGE: i32 = 50;
/// What `order_by` may say.
const OLDEST_FIRST: &str = "time";
const NEWEST_FIRST: &str = "time desc";

impl Tickets {
    /// A page of what happened to a ticket.
    pub(super) async fn timeline(
        &self,
        caller: &Caller,
        ask: ListTimelineRequest,
    ) -> Result<ListTimelineResponse> {
        check(&ask)?;
        let (size, token) = (page::size(ask.page_size, PAGE), ask.page_token.clone());
        let signed = ListTimelineRequest { page_size: 0, page_token: String::new(), ..ask };
        let after = self.pages.open(caller, &signed, &token)?;
        let ticket = self.seen(caller, &signed.ticket_id, false).await?;
        let stretch = Stretch {
            ticket_id: &ticket.id,
            with_notes: reads_notes(caller, &ticket),
            newest_first: signed.order_by == NEWEST_FIRST,
            after,
            limit: size + 1, // One more than shown tells whether another page follows.
        };
        let mut rows = self.store.timeline(&stretch).await?;
        let has_more = cut(&mut rows, size);
        let next_page_token = match rows.last().filter(|_| has_more) {
            Some(last) => self.pages.seal(caller, &signed, &last.place())?,
            None => String::new(),
        };
        let mut entries = rows.into_iter().map(TimelineRow::into_proto).collect::<Result<Vec<_>>>()?;
        self.hide(&mut entries, access::reader(caller, &ticket)).await?;
        Ok(ListTimelineResponse { entries, next_page_token })
    }

    /// Takes out what is said of fields the reader does not see, also of those that became somebody's only later; an entry of which
    /// nothing is left goes whole.
    async fn hide(&self, entries: &mut Vec<TimelineEntry>, reader: Reader<'_>) -> Result<()> {
        if entries.iter_mut().find_map(change_of_form).is_none() {
            return Ok(());
        }
        let catalogue = self.catalogues.now().await?;
        entries.retain_mut(|entry| {
            let Some(change) = change_of_form(entry) else { return true };
            change.fields.retain(|one| reader.sees(&catalogue.audience_of(&one.field)));
            !change.fields.is_empty()
        });
        Ok(())
    }
}

/// The change an entry tells of, if it is one of a form's fields.
fn change_of_form(entry: &mut TimelineEntry) -> Option<&mut Change> {
    match &mut entry.what {
        Some(What::Change(change)) if change.fields.iter().any(|one| one.field.starts_with(PREFIX)) => {
            Some(change)
        }
        _ => None,
    }
}

fn check(ask: &ListTimelineRequest) -> Result<()> {
    let mut wrong = Violations::default();
    wrong.id("ticket_id", &ask.ticket_id, "tkt");
    wrong.when(ask.page_size < 0, "page_size", "is negative; give 1 to 200");
    let known = matches!(ask.order_by.as_str(), "" | OLDEST_FIRST | NEWEST_FIRST);
    wrong.when(!known, "order_by", "is no order; use time or time desc");
    wrong.into_result()
}

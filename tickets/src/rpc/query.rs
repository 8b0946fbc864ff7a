//! What a [`TicketQuery`] wants, checked.

use std::sync::Arc;

use mesh_core::error::{Result, Violations};
use proto::tickets::v1::{Priority, Status, TicketQuery};

use super::Tickets;
use crate::{
    catalogue::Catalogue,
    store::{
        Store, Wanted,
        filter::{Author, needs_catalogue},
    },
    wire::micros,
};

/// How much of each a query may name.
const MOST_STATUSES: usize = 8;
const MOST_PRIORITIES: usize = 4;
const MOST_DEPARTMENTS: usize = 200;
/// Characters to look for.
const TEXT: std::ops::RangeInclusive<usize> = 0..=255;

impl Tickets {
    /// The catalogue, if one of the rules may speak of fields; other lists are not held up by it.
    pub(super) async fn catalogue_for<'r>(
        &self,
        rules: impl IntoIterator<Item = &'r str>,
    ) -> Result<Arc<Catalogue>> {
        let needed = rules.into_iter().any(needs_catalogue);
        if needed { self.catalogues.now().await } else { Ok(Arc::default()) }
    }
}

/// What the query in `field` wants; what is wrong with it is added to `wrong`.
pub(super) fn wanted(
    store: &Store,
    author: Author<'_>,
    query: &TicketQuery,
    field: &str,
    wrong: &mut Violations,
) -> Wanted {
    check_query(query, field, wrong);
    let rule = store.filter(author, &format!("{field}.filter"), &query.filter, wrong);
    Wanted { query: query.clone(), rules: rule.into_iter().collect() }
}

/// Names what is wrong with the query in `field`, but for its filter.
fn check_query(query: &TicketQuery, field: &str, wrong: &mut Violations) {
    let path = |name: &str| format!("{field}.{name}");
    check_kinds(query, &path, wrong);
    wrong.optional_id(&path("assignee_id"), &query.assignee_id, "usr");
    wrong.optional_id(&path("requester_id"), &query.requester_id, "usr");
    wrong.optional_id(&path("participant_id"), &query.participant_id, "usr");
    wrong.optional_id(&path("queue_id"), &query.queue_id, "que");
    wrong.optional_id(&path("category_id"), &query.category_id, "cat");
    let contradicts = query.unassigned && !query.assignee_id.is_empty();
    wrong.when(contradicts, &path("unassigned"), "contradicts assignee_id; give one of them");
    wrong.text(&path("text"), &query.text, TEXT);
    let problem = "is out of range; give a time between the years 1 and 9999";
    wrong.when(micros(query.updated_after.as_ref()).is_none(), &path("updated_after"), problem);
}

/// Statuses, priorities and departments: known ones, and not too many.
fn check_kinds(query: &TicketQuery, path: &impl Fn(&str) -> String, wrong: &mut Violations) {
    let known = query.statuses().filter(|status| *status != Status::Unspecified).count();
    let fits = known == query.statuses.len() && known <= MOST_STATUSES;
    wrong.when(!fits, &path("statuses"), "hold an unknown status; give up to 8 known ones");
    let known = query.priorities().filter(|priority| *priority != Priority::Unspecified).count();
    let fits = known == query.priorities.len() && known <= MOST_PRIORITIES;
    wrong.when(!fits, &path("priorities"), "hold an unknown priority; give up to 4 known ones");
    let too_many = query.department_ids.len() > MOST_DEPARTMENTS;
    wrong.when(too_many, &path("department_ids"), "are too many; give at most 200");
    for (index, id) in query.department_ids.iter().take(MOST_DEPARTMENTS).enumerate() {
        wrong.id(&path(&format!("department_ids[{index}]")), id, "dep");
    }
}

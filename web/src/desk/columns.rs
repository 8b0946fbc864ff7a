//! The columns a list of tickets can have, each by what a saved view calls it: `status`, `fields.serial`; and what stands in one.
//!
//! Invariant: a column this page does not know is drawn nowhere and lost nowhere.

use prost_types::Timestamp;
use proto::tickets::v1::field_value::Value;
use proto::tickets::v1::{Priority, Status, Ticket, WaitReason};

/// The fields of a ticket that can be a column, besides `fields.<key>`: key and the id of its name, in the order a form offers them.
pub(crate) const KNOWN: [(&str, &str); 30] = [
    ("number", "column-number"),
    (SUBJECT, "field-subject"),
    ("requester_id", "requester"),
    ("on_behalf_of_id", "field-on-behalf-of-id"),
    ("cc_ids", "field-cc-ids"),
    ("watcher_ids", "field-watcher-ids"),
    ("status", "column-status"),
    ("stage", "column-stage"),
    ("wait_reason", "column-wait-reason"),
    ("wait_until_time", "column-wait-until"),
    ("priority", "field-priority"),
    ("department_id", "field-department-id"),
    ("category_id", "field-category-id"),
    ("assignee_id", "assignee"),
    ("queue_id", "column-queue"),
    ("tags", "field-tags"),
    ("language", "field-language"),
    ("source", "column-source"),
    ("create_time", "filed"),
    ("update_time", "column-changed"),
    ("response_due_time", "column-response-due"),
    ("resolve_due_time", "column-resolve-due"),
    ("first_response_time", "column-first-response"),
    ("resolve_time", "resolved-at"),
    ("close_time", "column-closed"),
    ("reopen_count", "column-reopened"),
    ("comment_count", "column-comments"),
    ("note_count", "column-notes"),
    ("satisfaction", "field-satisfaction"),
    ("merged_into_id", "column-merged-into"),
];

/// What a list shows that does not say.
pub(crate) const USUAL: [&str; 7] =
    ["number", SUBJECT, "requester_id", "status", "priority", "assignee_id", "update_time"];

/// The column that leads to the ticket; every list has it.
pub(crate) const SUBJECT: &str = "subject";

/// The most columns a view has.
pub(crate) const MOST: usize = 20;

/// What stands in a cell; ids are not yet names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Words(String),
    /// The name of a value of an enum: `SOURCE_EMAIL`.
    Named(&'static str),
    People(Vec<String>),
    Department(String),
    Category(String),
    Queue(String),
    /// Status and the label of its stage.
    Status(Status, String),
    Priority(Priority),
    Time(Option<Timestamp>),
    /// 0 while nobody rated it.
    Stars(i32),
    Ticket(String),
    /// A field of the form by its key.
    Field(String, Option<Value>),
}

/// The id of a column's name; none for a field of a form.
pub(crate) fn words(key: &str) -> Option<&'static str> {
    KNOWN.into_iter().find(|(known, _)| *known == key).map(|(_, words)| words)
}

/// The key of the form's field a column shows.
pub(crate) fn field(key: &str) -> Option<&str> {
    key.strip_prefix("fields.")
}

/// The columns a view draws, in its order. The subject is always there, since it leads to the ticket; a column this page cannot
/// draw is left out.
pub(crate) fn named(keys: &[String]) -> Vec<String> {
    if keys.is_empty() {
        return USUAL.map(str::to_owned).to_vec();
    }
    let is_drawn = |key: &&String| words(key).is_some() || field(key).is_some();
    let mut columns: Vec<String> = keys.iter().filter(is_drawn).cloned().collect();
    if columns.iter().all(|key| key != SUBJECT) {
        columns.insert(columns.len().min(1), SUBJECT.to_owned());
    }
    columns
}

/// Whether any of the columns shows what only a whole ticket has.
pub(crate) fn need_forms(columns: &[String]) -> bool {
    columns.iter().any(|key| field(key).is_some())
}

/// What stands in a column of a ticket; none for a column nobody knows.
pub(crate) fn cell(key: &str, ticket: &Ticket) -> Option<Cell> {
    let count = |count: i32| Cell::Words(count.to_string());
    let stage = || ticket.stage.as_ref().map(|stage| stage.label.clone()).unwrap_or_default();
    Some(match key {
        "number" => Cell::Words(ticket.number.clone()),
        SUBJECT => Cell::Words(ticket.subject.clone()),
        "requester_id" => Cell::People(vec![ticket.requester_id.clone()]),
        "on_behalf_of_id" => Cell::People(one(&ticket.on_behalf_of_id)),
        "assignee_id" => Cell::People(vec![ticket.assignee_id.clone()]),
        "cc_ids" => Cell::People(ticket.cc_ids.clone()),
        "watcher_ids" => Cell::People(ticket.watcher_ids.clone()),
        "department_id" => Cell::Department(ticket.department_id.clone()),
        "category_id" => Cell::Category(ticket.category_id.clone()),
        "queue_id" => Cell::Queue(ticket.queue_id.clone()),
        "status" => Cell::Status(ticket.status(), stage()),
        "stage" => Cell::Words(stage()),
        "wait_reason" if ticket.wait_reason() == WaitReason::Unspecified => Cell::Words(String::new()),
        "wait_reason" => Cell::Named(ticket.wait_reason().as_str_name()),
        "priority" => Cell::Priority(ticket.priority()),
        "tags" => Cell::Words(ticket.tags.join(", ")),
        "language" => Cell::Words(ticket.language.clone()),
        "source" => Cell::Named(ticket.source().as_str_name()),
        "reopen_count" => count(ticket.reopen_count),
        "comment_count" => count(ticket.comment_count),
        "note_count" => count(ticket.note_count),
        "satisfaction" => Cell::Stars(ticket.satisfaction.as_ref().map_or(0, |given| given.score)),
        "merged_into_id" => Cell::Ticket(ticket.merged_into_id.clone()),
        other => return time(other, ticket).or_else(|| entered(other, ticket)),
    })
}

fn one(id: &str) -> Vec<String> {
    if id.is_empty() { Vec::new() } else { vec![id.to_owned()] }
}

/// The time in a column; none where the column shows something else.
fn time(key: &str, ticket: &Ticket) -> Option<Cell> {
    Some(Cell::Time(match key {
        "wait_until_time" => ticket.wait_until_time,
        "create_time" => ticket.create_time,
        "update_time" => ticket.update_time,
        "response_due_time" => ticket.response_due_time,
        "resolve_due_time" => ticket.resolve_due_time,
        "first_response_time" => ticket.first_response_time,
        "resolve_time" => ticket.resolve_time,
        "close_time" => ticket.close_time,
        _ => return None,
    }))
}

fn entered(key: &str, ticket: &Ticket) -> Option<Cell> {
    let key = field(key)?;
    let value = ticket.fields.get(key).and_then(|value| value.value.clone());
    Some(Cell::Field(key.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::Ticket;

    use super::{Cell, KNOWN, USUAL, cell, named, need_forms};

    #[test]
    fn a_view_that_names_no_columns_has_the_usual_ones() {
        assert_eq!(named(&[]), USUAL);
    }

    #[test]
    fn the_subject_is_never_missing_and_what_cannot_be_drawn_is_left_out() {
        let keys = ["stage", "of_tomorrow", "fields.serial"].map(str::to_owned);
        assert_eq!(named(&keys), ["stage", "subject", "fields.serial"]);
        assert_eq!(named(&["of_tomorrow".to_owned()]), ["subject"]);
        assert!(need_forms(&named(&keys)) && !need_forms(&named(&[])));
    }

    #[test]
    fn something_stands_in_every_column_that_is_offered() {
        let ticket = Ticket::default();
        for (key, _) in KNOWN {
            assert!(cell(key, &ticket).is_some(), "{key}");
        }
        assert_eq!(cell("fields.serial", &ticket), Some(Cell::Field("serial".to_owned(), None)));
        assert_eq!(cell("of_tomorrow", &ticket), None);
    }
}

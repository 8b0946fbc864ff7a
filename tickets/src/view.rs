//! Saved lists of tickets: what one may be.
//!
//! The invariant: a view is a question, never an answer. Its rule was understood when it was saved, and is read anew for
//! whoever looks, so that `me` is he.

use mesh_core::error::Violations;
use proto::tickets::v1 as wire;

use crate::{column::Words, sharing::Sharing};

/// Characters of a name.
pub(crate) const NAME: std::ops::RangeInclusive<usize> = 1..=100;
/// Columns of a view.
const MOST_COLUMNS: usize = 20;
/// The largest place in the list of views.
const LAST_POSITION: i32 = 1_000_000;
/// Characters of a column's name.
const LONGEST_COLUMN: usize = 100;

/// Fields of a ticket that make a column, besides `fields.<key>`.
const COLUMNS: [&str; 30] = [
    "number",
    "subject",
    "requester_id",
    "on_behalf_of_id",
    "cc_ids",
    "watcher_ids",
    "department_id",
    "category_id",
    "priority",
    "tags",
    "language",
    "source",
    "status",
    "stage",
    "assignee_id",
    "queue_id",
    "wait_reason",
    "wait_until_time",
    "response_due_time",
    "resolve_due_time",
    "first_response_time",
    "resolve_time",
    "close_time",
    "reopen_count",
    "create_time",
    "update_time",
    "comment_count",
    "note_count",
    "satisfaction",
    "merged_into_id",
];
/// Fields to group by.
const GROUPS: [&str; 10] = [
    "status",
    "stage",
    "priority",
    "department_id",
    "category_id",
    "assignee_id",
    "requester_id",
    "queue_id",
    "source",
    "language",
];

/// A view as it is stored. What its fields mean stands in the contract.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct View {
    pub(crate) id: String,
    pub(crate) owner_id: String,
    pub(crate) name: String,
    #[sqlx(flatten)]
    pub(crate) sharing: Sharing,
    pub(crate) filter: String,
    pub(crate) order_by: String,
    #[sqlx(try_from = "String")]
    pub(crate) columns: Words,
    pub(crate) group_by: String,
    pub(crate) position: i32,
    pub(crate) version: i64,
}

/// The fields one may change, in the contract's order.
const FIELDS: [&str; 7] = ["name", "sharing", "filter", "order_by", "columns", "group_by", "position"];

impl View {
    /// A new view of this person; what is wrong with it is added to `wrong`.
    pub(crate) fn new(id: String, owner_id: &str, sent: &wire::View, wrong: &mut Violations) -> Self {
        let blank = Self {
            id,
            owner_id: owner_id.to_owned(),
            name: String::new(),
            sharing: Sharing { kind: wire::SharingKind::Personal, department_id: String::new() },
            filter: String::new(),
            order_by: String::new(),
            columns: Words::default(),
            group_by: String::new(),
            position: 0,
            version: 1,
        };
        blank.with(&FIELDS.map(str::to_owned), sent, wrong)
    }

    /// The view with these fields as they were sent. Filter and order are read by whoever knows rules and orders.
    pub(crate) fn with(&self, paths: &[String], sent: &wire::View, wrong: &mut Violations) -> Self {
        let mut after = self.clone();
        for path in paths {
            after.take(path, sent, wrong);
        }
        after
    }

    fn take(&mut self, path: &str, sent: &wire::View, wrong: &mut Violations) {
        match path {
            "name" => {
                wrong.text("view.name", &sent.name, NAME);
                self.name.clone_from(&sent.name);
            }
            "sharing" => self.sharing = Sharing::take(sent.sharing.as_ref(), "view.sharing", wrong),
            "filter" => self.filter.clone_from(&sent.filter),
            "order_by" => self.order_by.clone_from(&sent.order_by),
            "columns" => {
                check_columns(&sent.columns, wrong);
                self.columns = Words::of(&sent.columns);
            }
            "group_by" => {
                let known = sent.group_by.is_empty() || GROUPS.contains(&sent.group_by.as_str());
                let problem = format!("is no field to group by; use {}", GROUPS.join(", "));
                wrong.when(!known, "view.group_by", &problem);
                self.group_by.clone_from(&sent.group_by);
            }
            "position" => {
                let fits = (0..=LAST_POSITION).contains(&sent.position);
                wrong.when(!fits, "view.position", "is out of range; give 0 to 1,000,000");
                self.position = sent.position;
            }
            other => wrong.add(
                "update_mask",
                format!("names {other:?}, which can't be changed; name {}", FIELDS.join(", ")),
            ),
        }
    }

    /// The version for the wire.
    pub(crate) fn etag(&self) -> String {
        self.version.to_string()
    }

    /// The view for messages.
    pub(crate) fn to_proto(&self) -> wire::View {
        wire::View {
            id: self.id.clone(),
            name: self.name.clone(),
            sharing: Some(self.sharing.to_proto()),
            filter: self.filter.clone(),
            order_by: self.order_by.clone(),
            columns: self.columns.to_vec(),
            group_by: self.group_by.clone(),
            position: self.position,
            owner_id: self.owner_id.clone(),
            etag: self.etag(),
        }
    }
}

fn check_columns(columns: &[String], wrong: &mut Violations) {
    wrong.when(columns.len() > MOST_COLUMNS, "view.columns", "are too many; give at most 20");
    for (index, column) in columns.iter().take(MOST_COLUMNS).enumerate() {
        let field = format!("view.columns[{index}]");
        wrong.when(
            !is_column(column),
            &field,
            "is no field of a ticket; name one, as in number, subject or fields.<key>",
        );
        wrong.when(columns[..index].contains(column), &field, "stands there before; name each column once");
    }
}

fn is_column(name: &str) -> bool {
    let is_key = |key: &str| {
        !key.is_empty()
            && key.len() <= LONGEST_COLUMN
            && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    COLUMNS.contains(&name) || name.strip_prefix("fields.").is_some_and(is_key)
}

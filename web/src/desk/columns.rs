//! The columns a list of tickets can have, and which a view shows.

/// A column. Its key is what a saved view calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Column {
    Number,
    Subject,
    Requester,
    Status,
    Priority,
    Department,
    Assignee,
    Tags,
    Source,
    Created,
    Changed,
}

impl Column {
    /// In the order a form offers them.
    pub(crate) const ALL: [Self; 11] = [
        Self::Number,
        Self::Subject,
        Self::Requester,
        Self::Status,
        Self::Priority,
        Self::Department,
        Self::Assignee,
        Self::Tags,
        Self::Source,
        Self::Created,
        Self::Changed,
    ];
    /// What a list shows that does not say.
    pub(crate) const USUAL: [Self; 7] = [
        Self::Number,
        Self::Subject,
        Self::Requester,
        Self::Status,
        Self::Priority,
        Self::Assignee,
        Self::Changed,
    ];

    /// The field of a ticket behind it.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Subject => "subject",
            Self::Requester => "requester_id",
            Self::Status => "status",
            Self::Priority => "priority",
            Self::Department => "department_id",
            Self::Assignee => "assignee_id",
            Self::Tags => "tags",
            Self::Source => "source",
            Self::Created => "create_time",
            Self::Changed => "update_time",
        }
    }

    /// The id of its name.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Number => "column-number",
            Self::Subject => "field-subject",
            Self::Requester => "requester",
            Self::Status => "column-status",
            Self::Priority => "field-priority",
            Self::Department => "field-department-id",
            Self::Assignee => "assignee",
            Self::Tags => "field-tags",
            Self::Source => "column-source",
            Self::Created => "filed",
            Self::Changed => "column-changed",
        }
    }

    fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.key() == key)
    }
}

/// The columns a view names, in its order. The subject is always there, since it leads to the ticket; a column this page cannot
/// draw, kept by another program, is left out.
pub(crate) fn named(keys: &[String]) -> Vec<Column> {
    if keys.is_empty() {
        return Column::USUAL.to_vec();
    }
    let mut columns: Vec<Column> = keys.iter().filter_map(|key| Column::from_key(key)).collect();
    if !columns.contains(&Column::Subject) {
        columns.insert(columns.len().min(1), Column::Subject);
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::{Column, named};

    #[test]
    fn a_view_that_names_no_columns_has_the_usual_ones() {
        assert_eq!(named(&[]), Column::USUAL);
    }

    #[test]
    fn the_subject_is_never_missing_and_what_cannot_be_drawn_is_left_out() {
        let keys = ["status", "fields.serial", "tags"].map(str::to_owned);
        assert_eq!(named(&keys), [Column::Status, Column::Subject, Column::Tags]);
        assert_eq!(named(&["fields.serial".to_owned()]), [Column::Subject]);
    }

    #[test]
    fn every_column_is_found_by_its_key() {
        for column in Column::ALL {
            assert_eq!(Column::from_key(column.key()), Some(column));
        }
    }
}

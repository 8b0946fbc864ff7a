//! A list in groups: by a field all tickets of a group have alike.
//!
//! Invariant: grouping changes the order of rows, never which there are; within a group they stay in the order of the list.

use proto::tickets::v1::Ticket;

use super::Row;
use super::columns::{self, Cell};

/// What a list can be grouped by, as a saved view calls it, in the order a form offers it.
pub(crate) const BY: [&str; 10] = [
    "status",
    "stage",
    "priority",
    "assignee_id",
    "requester_id",
    "department_id",
    "category_id",
    "queue_id",
    "source",
    "language",
];

/// A line of a list: the head of a group with how many rows it has, or a row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Line {
    Head(Cell, usize),
    Row(Row),
}

impl Line {
    /// Changes whenever the line must be drawn anew.
    pub(crate) fn key(&self) -> (String, usize) {
        match self {
            Self::Head(cell, count) => (format!("group {}", token(cell)), *count),
            Self::Row(row) => (row.id.clone(), usize::from(row.gone)),
        }
    }
}

/// What a ticket's group has alike; none where the list has no groups.
pub(crate) fn of(by: &str, ticket: &Ticket) -> Option<Cell> {
    match columns::cell(by, ticket)? {
        // A status is one group, whatever its stages are called.
        Cell::Status(status, _) => Some(Cell::Status(status, String::new())),
        cell => Some(cell),
    }
}

/// The rows under the heads of their groups: the most urgent first, a status after those before it, others as they come, and last
/// those that have nothing there. Rows without a group stand alone.
pub(crate) fn lines(rows: &[Row], group: impl Fn(&Row) -> Option<Cell>) -> Vec<Line> {
    let mut groups: Vec<(Option<Cell>, Vec<Row>)> = Vec::new();
    for row in rows {
        let cell = group(row);
        match groups.iter_mut().find(|(known, _)| *known == cell) {
            Some((_, rows)) => rows.push(row.clone()),
            None => groups.push((cell, vec![row.clone()])),
        }
    }
    groups.sort_by_key(|(cell, _)| cell.as_ref().map_or(i32::MIN, rank));
    let lines = groups.into_iter().flat_map(|(cell, rows)| {
        let head = cell.map(|cell| Line::Head(cell, rows.len()));
        head.into_iter().chain(rows.into_iter().map(Line::Row))
    });
    lines.collect()
}

/// The rows of the lines, in their order.
pub(crate) fn rows(lines: &[Line]) -> Vec<Row> {
    let rows = lines.iter().filter_map(|line| match line {
        Line::Row(row) => Some(row.clone()),
        Line::Head(..) => None,
    });
    rows.collect()
}

fn rank(cell: &Cell) -> i32 {
    match cell {
        Cell::Priority(priority) => -i32::from(*priority),
        Cell::Status(status, _) => i32::from(*status),
        cell if token(cell).is_empty() => i32::MAX,
        _ => 0,
    }
}

/// What tells a group from the others.
fn token(cell: &Cell) -> String {
    match cell {
        Cell::Words(word) | Cell::Department(word) | Cell::Category(word) | Cell::Queue(word) => word.clone(),
        Cell::Named(name) => (*name).to_owned(),
        Cell::People(people) => people.join(" "),
        Cell::Priority(priority) => priority.as_str_name().to_owned(),
        Cell::Status(status, _) => status.as_str_name().to_owned(),
        Cell::Time(_) | Cell::Stars(_) | Cell::Ticket(_) | Cell::Field(..) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::{Priority, Ticket};

    use super::{BY, Line, lines, of, rows};
    use crate::desk::Row;
    use crate::desk::columns::{self, Cell};

    fn shown(lines: &[Line]) -> Vec<String> {
        let line = |line: &Line| match line {
            Line::Head(Cell::Priority(priority), count) => format!("{} {count}", priority.as_str_name()),
            Line::Head(Cell::People(people), count) => format!("{people:?} {count}"),
            Line::Head(..) => "?".to_owned(),
            Line::Row(row) => row.id.clone(),
        };
        lines.iter().map(line).collect()
    }

    #[test]
    fn rows_stand_under_the_head_of_their_group_and_the_most_urgent_first() {
        let all = [("a", Priority::Low), ("b", Priority::Urgent), ("c", Priority::Low)];
        let ids: Vec<Row> = all.iter().map(|(id, _)| Row::of(id)).collect();
        let ticket = |row: &Row| {
            let (_, priority) = all.iter().find(|(id, _)| *id == row.id)?;
            of("priority", &Ticket { priority: (*priority).into(), ..Ticket::default() })
        };
        let grouped = lines(&ids, ticket);
        assert_eq!(shown(&grouped), ["PRIORITY_URGENT 1", "b", "PRIORITY_LOW 2", "a", "c"]);
        assert_eq!(rows(&grouped).len(), ids.len());
        assert_eq!(shown(&lines(&ids, |_| None)), ["a", "b", "c"], "without groups nothing changes");
    }

    #[test]
    fn those_nobody_has_come_last() {
        let ids = [Row::of("nobodys"), Row::of("anns")];
        let ticket = |row: &Row| {
            let assignee = if row.id == "anns" { "ann" } else { "" };
            of("assignee_id", &Ticket { assignee_id: assignee.to_owned(), ..Ticket::default() })
        };
        assert_eq!(shown(&lines(&ids, ticket)), ["[\"ann\"] 1", "anns", "[\"\"] 1", "nobodys"]);
    }

    #[test]
    fn everything_to_group_by_has_a_name_and_a_value() {
        for by in BY {
            assert!(columns::words(by).is_some() && of(by, &Ticket::default()).is_some(), "{by}");
        }
    }
}

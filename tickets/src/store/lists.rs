//! Lists and counts of tickets.
//!
//! The invariants: a count and a list with the same query and viewer have the same conditions; a page begins behind the last row
//! of the one before (keyset), so rows that move between pages are neither doubled nor do they push others out.

use futures::try_join;
use mesh_core::{db::Assembly, error::Result};
use proto::tickets::v1::TicketQuery;
use serde::{Deserialize, Serialize};
use sqlx::{Row as _, any::AnyRow};

use super::{
    Store,
    filter::Filter,
    tickets::{SELECT_FULL, SELECT_SUMMARY},
    visibility::{self, Part, Shape},
};
use crate::{access::Viewer, ticket::Ticket, wire};

/// Values a statement may bind, with room to spare: SQLite takes 32,766.
const MOST_VALUES: usize = 30_000;
/// Values a query binds at most: departments, statuses, words and the like.
const MOST_QUERY_VALUES: usize = 360;
/// Counts in one statement.
const MOST_COUNTS: usize = 50;

/// By what a list is ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    by: By,
    descending: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    UpdateTime,
    CreateTime,
    Priority,
    ResolveDue,
    Number,
}

/// Where a page begins: behind the ticket with this value and id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Cursor {
    value: i64,
    id: String,
}

impl Order {
    /// What was changed last comes first.
    pub(crate) const LATEST_FIRST: Self = Self { by: By::UpdateTime, descending: true };
    /// What was filed first comes first, and nothing changes its place.
    pub(crate) const BY_NUMBER: Self = Self { by: By::Number, descending: false };

    /// The order an `order_by` asks for; `None` when there is no such order.
    pub(crate) fn parse(order_by: &str) -> Option<Self> {
        let mut words = order_by.split_ascii_whitespace();
        let Some(field) = words.next() else {
            return Some(Self::LATEST_FIRST);
        };
        let by = match field {
            "update_time" => By::UpdateTime,
            "create_time" => By::CreateTime,
            "priority" => By::Priority,
            "resolve_due_time" => By::ResolveDue,
            "number" => By::Number,
            _ => return None,
        };
        match (words.next(), words.next()) {
            (None, None) => Some(Self { by, descending: false }),
            (Some("desc"), None) => Some(Self { by, descending: true }),
            _ => None,
        }
    }

    /// The place behind this ticket.
    pub(crate) fn cursor(self, ticket: &Ticket) -> Cursor {
        let value = match self.by {
            By::UpdateTime => ticket.update_time,
            By::CreateTime => ticket.create_time,
            By::Priority => i64::from(ticket.priority as i32),
            By::ResolveDue => ticket.resolve_due,
            By::Number => ticket.number,
        };
        Cursor { value, id: ticket.id.clone() }
    }

    const fn column(self) -> &'static str {
        match self.by {
            By::UpdateTime => "t.update_time",
            By::CreateTime => "t.create_time",
            By::Priority => "t.priority",
            By::ResolveDue => "t.resolve_due",
            By::Number => "t.number",
        }
    }

    fn push(self, sql: &mut Assembly) {
        sql.push(" order by ").push(self.column());
        sql.push(if self.descending { " desc, t.id desc" } else { ", t.id" });
    }

    fn push_after(self, sql: &mut Assembly, cursor: &Cursor) {
        sql.push(" and (").push(self.column()).push(if self.descending {
            ", t.id) < ("
        } else {
            ", t.id) > ("
        });
        sql.bind(cursor.value).push(", ").bind(&cursor.id).push(")");
    }
}

/// Which tickets are wanted: those that match the query and meet the rules.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) query: TicketQuery,
    pub(crate) rules: Vec<Filter>,
}

/// Which page of which tickets.
#[derive(Clone, Debug)]
pub(crate) struct Page<'a> {
    pub(crate) wanted: &'a Wanted,
    pub(crate) order: Order,
    pub(crate) after: Option<Cursor>,
    pub(crate) limit: i64,
    pub(crate) full: bool,
}

impl Page<'_> {
    /// What asks for the page.
    pub(super) fn statement(&self, viewer: &Viewer) -> Result<Assembly> {
        let mut sql = Assembly::new(if self.full { SELECT_FULL } else { SELECT_SUMMARY });
        // Which they are is found by an index, as a rule; what they are is then read of these alone.
        sql.push("t.id in (select t.id from tickets t where 1 = 1");
        push_conditions(&mut sql, self.wanted)?;
        visibility::push(&mut sql, viewer, Shape::of_list(viewer));
        if let Some(cursor) = &self.after {
            self.order.push_after(&mut sql, cursor);
        }
        self.order.push(&mut sql);
        sql.push(" limit ").bind(self.limit).push(")");
        self.order.push(&mut sql);
        Ok(sql)
    }
}

impl Store {
    /// The tickets of a page.
    pub(crate) async fn list(&self, viewer: &Viewer, page: &Page<'_>) -> Result<Vec<Ticket>> {
        let mut connection = self.db.reader().acquire().await?;
        page.statement(viewer)?.fetch_as(&mut connection).await
    }

    /// How many tickets match.
    pub(crate) async fn count(&self, viewer: &Viewer, wanted: &Wanted) -> Result<i64> {
        let counts = self.counts(viewer, std::slice::from_ref(wanted)).await?;
        Ok(counts.into_iter().sum())
    }

    /// How many tickets match each: those colleagues see alike, counted once for all who ask at the same moment, and one's own.
    pub(crate) async fn counts(&self, viewer: &Viewer, all: &[Wanted]) -> Result<Vec<i64>> {
        let (alike, own) = visibility::parts(viewer);
        let (alike, own) = try_join!(self.counts_in(viewer, alike, all), self.counts_in(viewer, own, all))?;
        Ok(alike.into_iter().zip(own).map(|(alike, own)| alike + own).collect())
    }

    /// How many tickets of these parts match each; usually in one statement.
    async fn counts_in(&self, viewer: &Viewer, parts: &[Part], all: &[Wanted]) -> Result<Vec<i64>> {
        if parts.is_empty() {
            return Ok(vec![0; all.len()]);
        }
        let mut counts = Vec::with_capacity(all.len());
        let mut rest = all;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(counted_at_once(viewer, parts, rest));
            let statement = count_statement(viewer, parts, now)?;
            let question = statement.question();
            counts.extend(self.together.ask(question, self.run_count(statement, now.len())).await?);
            rest = later;
        }
        Ok(counts)
    }

    /// What a statement that counts comes to, so many columns.
    async fn run_count(&self, statement: Assembly, columns: usize) -> Result<Vec<i64>> {
        let mut connection = self.db.reader().acquire().await?;
        let rows = statement.fetch_all(&mut connection).await?;
        let columns = |row: &AnyRow| (0..columns).map(|index| row.try_get(index)).collect::<Vec<_>>();
        Ok(rows.iter().flat_map(columns).collect::<sqlx::Result<_>>()?)
    }
}

/// How many of these one statement counts, at least one: the engines limit how many values it may bind, and each part of what the
/// viewer sees binds his departments, the query's values and those of the rules.
fn counted_at_once(viewer: &Viewer, parts: &[Part], all: &[Wanted]) -> usize {
    let departments = match viewer {
        Viewer::Everything => 0,
        Viewer::Person { department_ids, .. } => department_ids.len(),
    };
    let mut left = MOST_VALUES;
    let fits = |wanted: &&Wanted| {
        let rules: usize = wanted.rules.iter().map(Filter::values).sum();
        let values = parts.len() * (departments + MOST_QUERY_VALUES + rules);
        let fits = values <= left;
        left = left.saturating_sub(values);
        fits
    };
    all.iter().take(MOST_COUNTS).take_while(fits).count().max(1)
}

/// What counts the matches of each in these parts, a column each.
pub(super) fn count_statement(viewer: &Viewer, parts: &[Part], all: &[Wanted]) -> Result<Assembly> {
    let mut sql = Assembly::new("select ");
    for (index, wanted) in all.iter().enumerate() {
        sql.push(if index == 0 { "" } else { ", " });
        push_count(&mut sql, viewer, parts, wanted)?;
    }
    Ok(sql)
}

/// The number of matches, part by part.
fn push_count(sql: &mut Assembly, viewer: &Viewer, parts: &[Part], wanted: &Wanted) -> Result<()> {
    for (index, part) in parts.iter().enumerate() {
        sql.push(if index == 0 { "(select count(*)" } else { " + (select count(*)" });
        part.push(sql, viewer);
        push_conditions(sql, wanted)?;
        sql.push(")");
    }
    Ok(())
}

/// Goes on with ` and …` for everything that is wanted of the table alias `t`.
pub(super) fn push_conditions(sql: &mut Assembly, wanted: &Wanted) -> Result<()> {
    push_query(sql, &wanted.query);
    for rule in &wanted.rules {
        rule.push(sql.push(" and "))?;
    }
    Ok(())
}

/// Goes on with ` and …` for each condition of the query.
fn push_query(sql: &mut Assembly, query: &TicketQuery) {
    push_numbers(sql, " and t.status in ", &query.statuses);
    push_numbers(sql, " and t.priority in ", &query.priorities);
    if !query.department_ids.is_empty() {
        sql.push(" and t.department_id in ").list(&query.department_ids);
    }
    if query.unassigned {
        sql.push(" and t.assignee_id = ''");
    }
    push_id(sql, " and t.assignee_id = ", &query.assignee_id);
    push_id(sql, " and t.requester_id = ", &query.requester_id);
    push_id(sql, " and t.queue_id = ", &query.queue_id);
    push_id(sql, " and t.category_id = ", &query.category_id);
    push_participant(sql, &query.participant_id);
    push_text(sql, &query.text);
    if let Some(since) = wire::micros(query.updated_after.as_ref()).filter(|since| *since != 0) {
        sql.push(" and t.update_time >= ").bind(since);
    }
}

fn push_numbers(sql: &mut Assembly, condition: &'static str, numbers: &[i32]) {
    if !numbers.is_empty() {
        sql.push(condition).list(numbers.iter().map(|number| i64::from(*number)));
    }
}

fn push_id(sql: &mut Assembly, condition: &'static str, id: &str) {
    if !id.is_empty() {
        sql.push(condition).bind(id.to_owned());
    }
}

fn push_participant(sql: &mut Assembly, person_id: &str) {
    if !person_id.is_empty() {
        sql.push(" and t.id in (select id from tickets where requester_id = ").bind(person_id.to_owned());
        sql.push(" union all select ticket_id from participants where person_id = ")
            .bind(person_id.to_owned())
            .push(")");
    }
}

/// Every word must occur. Case is folded here, because the engines fold it differently.
fn push_text(sql: &mut Assembly, text: &str) {
    for word in text.split_whitespace() {
        sql.push(" and t.haystack like ").bind(pattern(word)).push(" escape '!'");
    }
}

/// A `like` pattern that matches the word anywhere and nothing else.
fn pattern(word: &str) -> String {
    let mut pattern = String::with_capacity(word.len() + 2);
    pattern.push('%');
    for letter in word.to_lowercase().chars() {
        if matches!(letter, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

/// What `text` is looked for in: number and subject.
pub(crate) fn haystack(number: &str, subject: &str) -> String {
    format!("{number} {subject}").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::{Order, pattern};

    #[test]
    fn only_known_orders_are_understood() {
        assert_eq!(Order::parse(""), Some(Order::LATEST_FIRST));
        assert_eq!(Order::parse("update_time desc"), Some(Order::LATEST_FIRST));
        assert!(Order::parse("number").is_some());
        for wrong in ["id", "number asc desc", "number asc", "number;drop", "number desc x"] {
            assert_eq!(Order::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn signs_of_patterns_are_looked_for_as_they_are() {
        assert_eq!(pattern("50%_OFF!"), "%50!%!_off!!%");
    }
}

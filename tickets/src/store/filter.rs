//! Rules over tickets: what they may speak of, in SQL and in memory.
//!
//! The invariants: a rule finds the same tickets here and there (a property test holds them together); what only the staff may
//! know of (internal notes, that there are any) is no variable, so no rule can be used to ask for it.

mod answers;

use std::sync::LazyLock;

use jiff::Timestamp;
use mesh_core::{
    caller::Caller,
    db::{Assembly, Db, Engine},
    error::{Result, Violations},
    rule::{Completions, Problem, Rule, Schema, Type, Value, Values, Variable},
};
use proto::word::{self, PRIORITIES, SOURCES, STATUSES, WAIT_REASONS};

use super::Store;
use crate::{
    catalogue::{Catalogue, PREFIX, with_answers},
    ticket::{NEVER, Ticket},
};

/// Characters of a rule.
const MOST_CHARACTERS: usize = 4_096;

/// The variables every caller has alike.
static TICKETS: LazyLock<Vec<Variable>> = LazyLock::new(|| {
    let mut variables = content();
    variables.extend(place());
    variables.extend(times());
    variables
});

/// What it is about.
fn content() -> Vec<Variable> {
    let text = |name, about| Variable::new(name, Type::Text, about);
    vec![
        Variable::new("number", Type::Whole, "The number behind the prefix: 1042 of TX-1042.")
            .column("t.number"),
        text("subject", "What it is about.").column("t.subject"),
        text("status", "Where it stands, coarsely.").numbered("t.status", STATUSES),
        text("priority", "How urgent it is.").numbered("t.priority", PRIORITIES),
        text("department", "The department that serves it (`dep_…`).").column("t.department_id"),
        text("category", "Where it stands in the catalogue (`cat_…`).").column_or("t.category_id", ""),
        Variable::new("tags", Type::Texts, "The words it is sorted under.")
            .line_found_by("t.tags", ["t.id in (select g.ticket_id from ticket_tags g where g.tag = ", ")"]),
        text("source", "How it came in.").nullable().numbered("t.source", SOURCES),
        text("language", "The language it is written in, as a BCP 47 tag.").column_or("t.language", ""),
        Variable::new("comments", Type::Whole, "How many public comments it has.").column("t.comment_count"),
        Variable::new("reopened", Type::Whole, "How often it was opened again.").column("t.reopen_count"),
        Variable::new("score", Type::Whole, "How content its requester was, from 1 to 5.")
            .column_or("t.score", 0),
    ]
}

/// Tickets by who takes part in them.
const BY_CC: [&str; 2] =
    ["t.id in (select p.ticket_id from participants p where p.role = 'cc' and p.person_id = ", ")"];
const BY_WATCHER: [&str; 2] =
    ["t.id in (select p.ticket_id from participants p where p.role = 'watcher' and p.person_id = ", ")"];

/// Whose it is, and where it is.
fn place() -> Vec<Variable> {
    let text = |name, about| Variable::new(name, Type::Text, about);
    let people = |name, about| Variable::new(name, Type::Texts, about);
    vec![
        text("requester", "Who asks (`usr_…`).").column("t.requester_id"),
        text("on_behalf_of", "The person it was filed for by somebody else (`usr_…`).")
            .column_or("t.on_behalf_of_id", ""),
        people("cc", "The people in copy (`usr_…`).").line_found_by("t.cc_ids", BY_CC),
        people("watchers", "The people who follow it (`usr_…`).").line_found_by("t.watcher_ids", BY_WATCHER),
        text("assignee", "Who works on it (`usr_…`).").column_or("t.assignee_id", ""),
        Variable::new("unassigned", Type::Bool, "Whether nobody works on it.")
            .condition("t.assignee_id = ''"),
        text("queue", "The queue it waits or was served in (`que_…`).").column_or("t.queue_id", ""),
        text("stage", "The key of its stage in the workflow.").column_or("t.stage_key", ""),
        text("wait_reason", "What it waits for while it is pending or on hold.")
            .nullable()
            .numbered("t.wait_reason", WAIT_REASONS),
    ]
}

/// When what happened, or has to.
fn times() -> Vec<Variable> {
    let time = |name, about| Variable::new(name, Type::Time, about);
    let nullable = |name, column, about| time(name, about).column_or(column, Value::Time(0));
    vec![
        time("created", "When it was filed.").column("t.create_time"),
        time("updated", "When something last changed that its requester may see.").column("t.update_time"),
        time("due", "When it must be resolved.").column_or("t.resolve_due", Value::Time(NEVER)),
        nullable("response_due", "t.response_due", "When the next answer is due."),
        nullable("wait_until", "t.wait_until", "Until when it waits."),
        nullable("answered", "t.first_response_time", "When the staff first answered in public."),
        nullable("resolved", "t.resolve_time", "When it was resolved."),
        nullable("closed", "t.close_time", "When it was closed, rejected or withdrawn."),
    ]
}

/// Who writes rules, and with which fields of forms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Author<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) catalogue: &'a Catalogue,
}

/// Whether the rule may speak of fields of forms, so that it can't be read without the catalogue.
pub(crate) fn needs_catalogue(source: &str) -> bool {
    source.contains(PREFIX.trim_end_matches('.'))
}

impl Author<'_> {
    /// What his rules may speak of.
    fn schema(self) -> Schema {
        let me = self.caller.user_id().unwrap_or_default().to_owned();
        let me = Variable::new("me", Type::Text, "Who asks (`usr_…`).").standing_for(me);
        let answers = answers::variables(self.caller, self.catalogue);
        Schema::new(TICKETS.iter().cloned().chain([me]).chain(answers))
    }

    /// What could be written into a rule at a place, counted in characters.
    pub(crate) fn completions(self, source: &str, cursor: usize) -> Completions {
        self.schema().completions(source, cursor)
    }

    /// What is wrong with a rule; nothing with an empty one.
    pub(crate) fn problem(self, source: &str) -> Option<Problem> {
        if source.is_empty() { None } else { self.read(source).err() }
    }

    fn read(self, source: &str) -> Result<Rule, Problem> {
        Rule::parse(source, &self.schema()).and_then(Rule::for_lists)
    }
}

/// A rule over tickets that was understood, as of an instant.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    rule: Rule,
    engine: Engine,
    now: Timestamp,
    /// How many values it binds.
    values: usize,
}

impl Store {
    /// The rule in `field`, if there is one; what is wrong with it is added to `wrong`.
    pub(crate) fn filter(
        &self,
        author: Author<'_>,
        field: &str,
        source: &str,
        wrong: &mut Violations,
    ) -> Option<Filter> {
        if source.is_empty() {
            return None;
        }
        if source.chars().nth(MOST_CHARACTERS).is_some() {
            wrong.add(field, "is too long; give at most 4,096 characters");
            return None;
        }
        match author.read(source) {
            Ok(rule) => Some(Filter::new(rule, self.db())),
            Err(problem) => {
                wrong.add(field, problem.of_field());
                None
            }
        }
    }
}

impl Filter {
    fn new(rule: Rule, db: &Db) -> Self {
        let (engine, now) = (db.engine(), db.clock().now());
        let mut statement = Assembly::default();
        // What is wrong with it comes to light when it is pushed.
        let values = rule.to_sql(&mut statement, engine, now).map_or(0, |()| statement.bound());
        Self { rule, engine, now, values }
    }

    /// How many values it binds.
    pub(crate) const fn values(&self) -> usize {
        self.values
    }

    /// Whether the rule holds for a ticket at hand. The problem is that the ticket is too large to look through.
    #[cfg_attr(
        not(test),
        expect(
            dead_code,
            reason = "lists ask the database; the property test holds both against each other"
        )
    )]
    pub(crate) fn holds_for(&self, ticket: &Ticket, catalogue: &Catalogue) -> Result<bool> {
        self.rule.matches(&values(ticket, catalogue), self.now).map_err(|problem| problem.invalid("filter"))
    }

    /// Goes on with the rule as a condition on the table alias `t`.
    pub(super) fn push(&self, sql: &mut Assembly) -> Result<()> {
        self.rule.to_sql(sql, self.engine, self.now).map_err(|problem| problem.invalid("filter"))
    }
}

/// A ticket as rules see it in memory.
fn values<'t>(ticket: &'t Ticket, catalogue: &'t Catalogue) -> Values<'t> {
    let values = Values::new()
        .with("number", ticket.number)
        .with("subject", &ticket.subject)
        .with("status", word::of(STATUSES, i32::from(ticket.status)))
        .with("priority", word::of(PRIORITIES, i32::from(ticket.priority)))
        .with("department", &ticket.department_id)
        .with("category", something(&ticket.category_id))
        .with("tags", ticket.tags.to_vec())
        .with("source", word::of(SOURCES, i32::from(ticket.source)))
        .with("language", something(&ticket.language))
        .with("comments", i64::from(ticket.comment_count))
        .with("reopened", i64::from(ticket.reopen_count))
        .with("score", Some(i64::from(ticket.score)).filter(|score| *score != 0))
        .with("wait_reason", word::of(WAIT_REASONS, i32::from(ticket.wait_reason)));
    with_answers(timed(placed(values, ticket), ticket), ticket, catalogue.fields())
}

fn placed<'t>(values: Values<'t>, ticket: &'t Ticket) -> Values<'t> {
    values
        .with("requester", &ticket.requester_id)
        .with("on_behalf_of", something(&ticket.on_behalf_of_id))
        .with("cc", ticket.cc_ids.to_vec())
        .with("watchers", ticket.watcher_ids.to_vec())
        .with("assignee", something(&ticket.assignee_id))
        .with("unassigned", ticket.assignee_id.is_empty())
        .with("queue", something(&ticket.queue_id))
        .with("stage", something(&ticket.stage_key))
}

fn timed<'t>(values: Values<'t>, ticket: &'t Ticket) -> Values<'t> {
    let time = |micros, missing| if micros == missing { Value::Missing } else { Value::Time(micros) };
    values
        .with("created", Value::Time(ticket.create_time))
        .with("updated", Value::Time(ticket.update_time))
        .with("due", time(ticket.resolve_due, NEVER))
        .with("response_due", time(ticket.response_due, 0))
        .with("wait_until", time(ticket.wait_until, 0))
        .with("answered", time(ticket.first_response_time, 0))
        .with("resolved", time(ticket.resolve_time, 0))
        .with("closed", time(ticket.close_time, 0))
}

/// A text that is missing when it is empty.
fn something(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests;

//! A desk with tickets, in memory and in a table: what the rules of these tests speak of.

use jiff::Timestamp;
use mesh_core::{
    db::{Assembly, Db, Engine, Migration, Tx},
    rule::{Rule, Schema, Type, Value, Values, Variable},
    testing::World,
};
use serde_json::Value as Json;
use sqlx::Row as _;

const TABLES: Migration = Migration {
    version: 1,
    name: "init",
    sql: "create table ticket (id bigint primary key, subject text not null, assignee text, watchers bigint not null, \
          score double precision, urgent bigint not null, vip bigint, created bigint not null, due bigint, spent bigint, \
          status bigint not null, queue text not null, answered bigint not null, labels text not null); \
          create table ticket_tag (ticket bigint not null, tag text not null)",
    engine: None,
};
const TICKET: &str = "insert into ticket (id, subject, assignee, watchers, urgent, vip, created, due, spent, status, queue, \
                      answered, labels) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
/// By itself, because sqlx binds a missing number of 64 bits as one of 32.
const SCORE: &str = "update ticket set score = $2 where id = $1";
const TAG: &str = "insert into ticket_tag (ticket, tag) values ($1, $2)";

/// When every test asks: 2026-01-07T08:30:00Z.
pub(crate) const NOW: Timestamp = Timestamp::constant(1_767_774_600, 0);

/// What a ticket's status may be.
pub(crate) const STATUSES: &[(&str, i64)] = &[("NEW", 1), ("OPEN", 2), ("DONE", 3)];

/// What rules about tickets may speak of.
pub(crate) fn schema() -> Schema {
    Schema::new([
        Variable::new("subject", Type::Text, "What the ticket is about.").column("subject"),
        Variable::new("assignee", Type::Text, "Who works on it.").nullable().column("assignee"),
        Variable::new("tags", Type::Texts, "Words people sorted it under.")
            .column("(select tag from ticket_tag where ticket_tag.ticket = ticket.id)"),
        Variable::new("watchers", Type::Whole, "How many people follow it.").column("watchers"),
        Variable::new("score", Type::Number, "How content the requester was.").nullable().column("score"),
        Variable::new("urgent", Type::Bool, "Whether it can't wait.").column("urgent"),
        Variable::new("vip", Type::Bool, "Whether the requester is a special one.").nullable().column("vip"),
        Variable::new("created", Type::Time, "When it was filed.").column("created"),
        Variable::new("due", Type::Time, "When it has to be done.").nullable().column("due"),
        Variable::new("spent", Type::Duration, "How long people worked on it.").nullable().column("spent"),
        Variable::new("status", Type::Text, "Where it stands.").nullable().numbered("status", STATUSES),
        Variable::new("queue", Type::Text, "Where it waits.").column_or("queue", ""),
        Variable::new("answered", Type::Time, "When it was answered.").column_or("answered", Value::Time(0)),
        Variable::new("labels", Type::Texts, "Words without spaces.").line("labels"),
        Variable::new("waits", Type::Bool, "Whether it is in a queue.").condition("queue <> ''"),
        Variable::new("me", Type::Text, "Who asks.").standing_for("usr_1"),
        Variable::new("requester.email", Type::Text, "The address of who filed it."),
        Variable::new("claims", Type::Dynamic, "What the identity provider says of the caller."),
    ])
}

/// A ticket. Times and durations in microseconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ticket {
    pub(crate) subject: String,
    pub(crate) assignee: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) watchers: i64,
    pub(crate) score: Option<f64>,
    pub(crate) urgent: bool,
    pub(crate) vip: Option<bool>,
    pub(crate) created: i64,
    pub(crate) due: Option<i64>,
    pub(crate) spent: Option<i64>,
    /// The number of one of [`STATUSES`], or another one.
    pub(crate) status: i64,
    /// Empty while it waits nowhere.
    pub(crate) queue: String,
    /// 0 for never.
    pub(crate) answered: i64,
    pub(crate) labels: Vec<String>,
    pub(crate) claims: Json,
}

impl Ticket {
    pub(crate) fn values(&self) -> Values<'_> {
        Values::new()
            .with("subject", &self.subject)
            .with("assignee", self.assignee.as_ref())
            .with("tags", self.tags.as_slice())
            .with("watchers", self.watchers)
            .with("score", self.score)
            .with("urgent", self.urgent)
            .with("vip", self.vip)
            .with("created", Value::Time(self.created))
            .with("due", self.due.map_or(Value::Missing, Value::Time))
            .with("spent", self.spent.map_or(Value::Missing, Value::Duration))
            .with("status", STATUSES.iter().find(|(_, number)| *number == self.status).map(|(word, _)| *word))
            .with("queue", Some(&self.queue).filter(|queue| !queue.is_empty()))
            .with(
                "answered",
                Some(self.answered).filter(|time| *time != 0).map_or(Value::Missing, Value::Time),
            )
            .with("labels", self.labels.as_slice())
            .with("waits", !self.queue.is_empty())
            .with("claims", &self.claims)
    }

    /// Whether a rule holds for this ticket, in memory.
    pub(crate) fn meets(&self, source: &str) -> bool {
        let rule = Rule::parse(source, &schema()).unwrap_or_else(|problem| panic!("{source}: {problem}"));
        rule.matches(&self.values(), NOW).expect("a small ticket")
    }

    async fn insert(&self, id: i64, tx: &mut Tx) {
        let ticket = sqlx::query(TICKET)
            .bind(id)
            .bind(self.subject.clone())
            .bind(self.assignee.clone())
            .bind(self.watchers)
            .bind(i64::from(self.urgent))
            .bind(self.vip.map(i64::from))
            .bind(self.created)
            .bind(self.due)
            .bind(self.spent)
            .bind(self.status)
            .bind(self.queue.clone())
            .bind(self.answered)
            .bind(self.labels.join(" "));
        ticket.execute(tx.conn()).await.expect("a ticket");
        if let Some(score) = self.score {
            sqlx::query(SCORE).bind(id).bind(score).execute(tx.conn()).await.expect("a score");
        }
        for tag in &self.tags {
            sqlx::query(TAG).bind(id).bind(tag.clone()).execute(tx.conn()).await.expect("a tag");
        }
    }
}

/// What is wrong with a rule.
pub(crate) fn problem(source: &str) -> String {
    Rule::parse(source, &schema()).map(|_| source.to_owned()).expect_err("no rule").to_string()
}

/// A database that keeps tickets for one question.
pub(crate) struct Desk {
    engine: Engine,
    db: Db,
    _world: World,
}

impl Desk {
    pub(crate) async fn open(engine: Engine) -> Self {
        let world = World::new(engine, "desk").await;
        let db = world.db(&[TABLES]).await;
        Self { engine, db, _world: world }
    }

    /// Which of the tickets the database finds, by their places in the list.
    pub(crate) async fn find(&self, tickets: &[Ticket], rule: &Rule) -> Vec<usize> {
        let mut tx = self.db.begin().await.expect("begins");
        for (place, ticket) in (0_i64..).zip(tickets) {
            ticket.insert(place, &mut tx).await;
        }
        let mut ask = Assembly::new("select id from ticket where ");
        rule.to_sql(&mut ask, self.engine, NOW).expect("a rule for lists");
        ask.push(" order by id");
        let shown = format!("{ask:?}");
        let rows = ask.fetch_all(tx.conn()).await;
        let rows = rows.unwrap_or_else(|error| panic!("{shown}: {}", error.with_causes()));
        rows.iter().map(|row| usize::try_from(row.get::<i64, _>(0)).expect("a place")).collect()
    }
}

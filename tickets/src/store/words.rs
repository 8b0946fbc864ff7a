//! The index of words: what search looks into.
//!
//! PostgreSQL keeps it as `tsvector` behind GIN, SQLite as FTS5; both are given the lexemes `search` makes, so they find the same.
//! A row belongs to one ticket: `ticket_words` has what everybody who sees the ticket may read, and is marked with the
//! department; `note_words` has all that and internal notes, for tickets with notes, and is marked with the assignee, too. The
//! invariants: a row is written in the transaction of
//! the change it follows from; no word of a note is in `ticket_words`.

use std::collections::BTreeSet;

use mesh_core::{
    db::{Assembly, Engine, Tx},
    error::{Error, Result},
};
use sqlx::{Row as _, any::AnyRow};

use super::Store;
use crate::{
    column::Words,
    search::{Clause, Language, Lexeme, Lexemes, Wanted, spelling},
    ticket::Ticket,
};

mesh_core::statements! {
    /// What is said in public about a ticket, and where it belongs.
    TEXTS = "select id, number, subject, description, tags, language, department_id, assignee_id from tickets where number = $1";
    /// What was said, the latest first. What came before that is out of the index.
    COMMENTS = "select internal, text from comments where ticket_id = $1 and delete_time = 0 \
        order by create_time desc, id desc limit 1000";
    /// How the files of a ticket and of what was said on it are called, and whether only the staff may know.
    FILES = "select 0, name from attachments where ticket_id = $1 and comment_id = '' and bind_time > 0 \
        union all select m.internal, f.name from comments m join attachments f on f.comment_id = m.id where m.ticket_id = $1 \
        limit 1000";
    /// Forgets what is said in public.
    DROP_TICKET = "delete from ticket_words where rowid = $1";
    /// Forgets what is said in notes.
    DROP_NOTES = "delete from note_words where rowid = $1";
    /// Forgets an article.
    DROP_ARTICLE = "delete from article_words where rowid = $1";
    /// The next tickets of a rebuild.
    AFTER = "select number from tickets where number > $1 order by number limit $2";
    /// Known words with this first letter.
    KNOWN = "select word from vocabulary where initial = $1";
    /// Forgets the known words.
    UNLEARN = "delete from vocabulary";
}

/// What PostgreSQL understands. Values are cast twice, because the portable driver knows text alone.
pub(super) mod postgres {
    mesh_core::statements! {
        /// Two who write to one ticket's row come one after the other, and the second reads what the first wrote.
        LOCK = "select rowid from ticket_words where rowid = $1 for update";
        /// Keeps what is said in public.
        PUT_TICKET = "insert into ticket_words (rowid, words) values ($1, cast(cast($2 as text) as tsvector)) \
            on conflict (rowid) do update set words = excluded.words";
        /// Keeps what is said in notes.
        PUT_NOTES = "insert into note_words (rowid, words) values ($1, cast(cast($2 as text) as tsvector)) \
            on conflict (rowid) do update set words = excluded.words";
        /// Keeps an article.
        PUT_ARTICLE = "insert into article_words (rowid, words) values ($1, cast(cast($2 as text) as tsvector)) \
            on conflict (rowid) do update set words = excluded.words";
        /// Learns words; in one order, so that no two wait for each other.
        LEARN = "insert into vocabulary (initial, word) select substr(w, 1, 1), w \
            from json_array_elements_text(cast(cast($1 as text) as json)) as w order by w on conflict do nothing";
    }
}

/// What SQLite understands.
pub(super) mod sqlite {
    mesh_core::statements! {
        /// Keeps what is said in public.
        PUT_TICKET = "insert or replace into ticket_words (rowid, words) values ($1, $2)";
        /// Keeps what is said in notes.
        PUT_NOTES = "insert or replace into note_words (rowid, words) values ($1, $2)";
        /// Keeps an article.
        PUT_ARTICLE = "insert or replace into article_words (rowid, words) values ($1, $2)";
        /// Learns words.
        LEARN = "insert into vocabulary (initial, word) select substr(value, 1, 1), value from json_each($1) where true \
            on conflict do nothing";
    }
}

/// One of the indexes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Index {
    /// What everybody who sees a ticket may read.
    Tickets,
    /// That and internal notes.
    Notes,
    Articles,
}

impl Index {
    /// Goes on with the condition that an entry holds one lexeme of each clause.
    pub(super) fn push_match(self, sql: &mut Assembly, engine: Engine, clauses: &[Clause]) {
        let text = expression(engine, clauses);
        match engine {
            Engine::Sqlite => sql.push(self.sqlite_operator()).bind(text),
            Engine::Postgres => sql.push(self.postgres_operator()).bind(text).push(" as tsquery)"),
        };
    }

    const fn sqlite_operator(self) -> &'static str {
        match self {
            Self::Tickets => "ticket_words match ",
            Self::Notes => "note_words match ",
            Self::Articles => "article_words match ",
        }
    }

    const fn postgres_operator(self) -> &'static str {
        match self {
            Self::Tickets => "ticket_words.words @@ cast(",
            Self::Notes => "note_words.words @@ cast(",
            Self::Articles => "article_words.words @@ cast(",
        }
    }

    const fn put(self, engine: Engine) -> &'static str {
        match (engine, self) {
            (Engine::Postgres, Self::Tickets) => postgres::PUT_TICKET,
            (Engine::Postgres, Self::Notes) => postgres::PUT_NOTES,
            (Engine::Postgres, Self::Articles) => postgres::PUT_ARTICLE,
            (Engine::Sqlite, Self::Tickets) => sqlite::PUT_TICKET,
            (Engine::Sqlite, Self::Notes) => sqlite::PUT_NOTES,
            (Engine::Sqlite, Self::Articles) => sqlite::PUT_ARTICLE,
        }
    }

    const fn drop(self) -> &'static str {
        match self {
            Self::Tickets => DROP_TICKET,
            Self::Notes => DROP_NOTES,
            Self::Articles => DROP_ARTICLE,
        }
    }
}

/// Keeps an entry over the one before it.
pub(crate) async fn put(tx: &mut Tx, index: Index, number: i64, lexemes: &Lexemes) -> Result<()> {
    let text = entry(tx.engine(), lexemes);
    sqlx::query(index.put(tx.engine())).bind(number).bind(text).execute(tx.conn()).await?;
    Ok(())
}

/// Drops an entry, if there is one.
pub(crate) async fn drop_from(tx: &mut Tx, index: Index, number: i64) -> Result<()> {
    sqlx::query(index.drop()).bind(number).execute(tx.conn()).await?;
    Ok(())
}

/// Takes in new tickets, in one statement.
pub(super) async fn insert(tx: &mut Tx, tickets: &[(&Ticket, String)]) -> Result<()> {
    let engine = tx.engine();
    let mut sql = Assembly::new("insert into ticket_words (rowid, words) values ");
    for (index, (ticket, _)) in tickets.iter().enumerate() {
        push_entry(&mut sql, engine, index, ticket.number, &Texts::of(ticket).public());
    }
    sql.execute(tx.conn()).await?;
    learn(tx, tickets.iter().map(|(ticket, _)| ticket.subject.as_str())).await
}

/// The same for tickets of which something was said already: that, each with whether it is internal.
pub(super) async fn insert_told(tx: &mut Tx, tickets: &[(&Ticket, Vec<(bool, String)>)]) -> Result<()> {
    let engine = tx.engine();
    let mut public = Assembly::new("insert into ticket_words (rowid, words) values ");
    let mut notes = Assembly::new("insert into note_words (rowid, words) values ");
    let mut written = 0;
    for (index, (ticket, said)) in tickets.iter().enumerate() {
        let mut texts = Texts::of(ticket);
        texts.comments.clone_from(said);
        push_entry(&mut public, engine, index, ticket.number, &texts.public());
        if let Some(lexemes) = texts.with_notes() {
            push_entry(&mut notes, engine, written, ticket.number, &lexemes);
            written += 1;
        }
    }
    public.execute(tx.conn()).await?;
    if written > 0 {
        notes.execute(tx.conn()).await?;
    }
    learn(tx, tickets.iter().map(|(ticket, _)| ticket.subject.as_str())).await
}

/// Goes on with the `index`th row of an index.
fn push_entry(sql: &mut Assembly, engine: Engine, index: usize, number: i64, lexemes: &Lexemes) {
    sql.push(if index == 0 { "(" } else { ", (" }).bind(number);
    let text = entry(engine, lexemes);
    match engine {
        Engine::Sqlite => sql.push(", ").bind(text).push(")"),
        Engine::Postgres => sql.push(", cast(").bind(text).push(" as tsvector))"),
    };
}

/// Forgets a ticket.
pub(super) async fn forget(tx: &mut Tx, number: i64) -> Result<()> {
    drop_from(tx, Index::Tickets, number).await?;
    drop_from(tx, Index::Notes, number).await
}

/// What changed on a ticket, as far as the index must know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Changed {
    /// Something everybody who sees it may read, and perhaps who may read its notes.
    Public,
    /// A note, or who may read notes.
    Notes,
}

/// Takes a ticket in anew, after something about it changed in this transaction.
pub(crate) async fn refresh(tx: &mut Tx, number: i64, changed: Changed) -> Result<()> {
    let subject = index(tx, number, changed).await?;
    if changed == Changed::Public { learn(tx, subject.as_deref()).await } else { Ok(()) }
}

/// Writes a ticket's rows anew. Answers its subject.
async fn index(tx: &mut Tx, number: i64, changed: Changed) -> Result<Option<String>> {
    if tx.engine() == Engine::Postgres {
        sqlx::query(postgres::LOCK).bind(number).execute(tx.conn()).await?;
    }
    let Some(texts) = Texts::read(tx, number).await? else { return Ok(None) };
    if changed == Changed::Public {
        put(tx, Index::Tickets, number, &texts.public()).await?;
    }
    match texts.with_notes() {
        Some(lexemes) => put(tx, Index::Notes, number, &lexemes).await?,
        None => drop_from(tx, Index::Notes, number).await?,
    }
    Ok(Some(texts.subject))
}

/// A ticket's texts, as the index is made of them.
#[derive(Debug, sqlx::FromRow)]
struct Texts {
    id: String,
    number: i64,
    subject: String,
    description: String,
    #[sqlx(try_from = "String")]
    tags: Words,
    language: String,
    department_id: String,
    assignee_id: String,
    /// What was said, what files are called, and whether it is internal.
    #[sqlx(skip)]
    comments: Vec<(bool, String)>,
}

impl Texts {
    /// Those of a ticket nobody has said anything about.
    fn of(ticket: &Ticket) -> Self {
        Self {
            id: ticket.id.clone(),
            number: ticket.number,
            subject: ticket.subject.clone(),
            description: ticket.description.clone(),
            tags: ticket.tags.clone(),
            language: ticket.language.clone(),
            department_id: ticket.department_id.clone(),
            assignee_id: ticket.assignee_id.clone(),
            comments: vec![],
        }
    }

    /// Those of the ticket with this number, as they are in this transaction.
    async fn read(tx: &mut Tx, number: i64) -> Result<Option<Self>> {
        let found: Option<Self> = sqlx::query_as(TEXTS).bind(number).fetch_optional(tx.conn()).await?;
        let Some(mut texts) = found else { return Ok(None) };
        for statement in [COMMENTS, FILES] {
            let said = sqlx::query(statement).bind(texts.id.clone()).fetch_all(tx.conn()).await?;
            let read = |row: &AnyRow| Ok((row.try_get::<i64, _>(0)? != 0, row.try_get(1)?));
            texts.comments.extend(said.iter().map(read).collect::<Result<Vec<_>>>()?);
        }
        Ok(Some(texts))
    }

    /// What everybody who sees the ticket may read.
    fn public(&self) -> Lexemes {
        let mut lexemes = Lexemes::new(Language::of(&self.language));
        lexemes.place(&self.department_id);
        lexemes.title(&self.number.to_string()).title(&self.subject);
        self.tags.iter().for_each(|tag| lexemes.tag(tag));
        lexemes.text(&self.description);
        self.said(false).for_each(|text| lexemes.text(text));
        lexemes
    }

    /// That and what notes say; nothing without notes. Who reads them comes first, so that no length of text pushes it out.
    fn with_notes(&self) -> Option<Lexemes> {
        self.said(true).next()?;
        let mut lexemes = Lexemes::new(Language::of(&self.language));
        lexemes.place(&self.assignee_id);
        lexemes.join(self.public());
        self.said(true).for_each(|text| lexemes.text(text));
        Some(lexemes)
    }

    fn said(&self, internal: bool) -> impl Iterator<Item = &str> {
        let of_kind = move |(is_internal, _): &&(bool, String)| *is_internal == internal;
        self.comments.iter().filter(of_kind).map(|(_, text)| text.as_str())
    }
}

/// Learns how words of titles are written, so that others can be told from slips. Notes are no titles.
pub(super) async fn learn(tx: &mut Tx, titles: impl IntoIterator<Item = &str>) -> Result<()> {
    let words: BTreeSet<_> = titles.into_iter().flat_map(spelling::learned).collect();
    if words.is_empty() {
        return Ok(());
    }
    let statement = match tx.engine() {
        Engine::Sqlite => sqlite::LEARN,
        Engine::Postgres => postgres::LEARN,
    };
    let words = serde_json::to_string(&words).map_err(Error::internal)?;
    sqlx::query(statement).bind(words).execute(tx.conn()).await?;
    Ok(())
}

/// Forgets the words that were learned. A transaction of its own: whoever changes a ticket writes words last, and would wait for words
/// while we wait for the ticket.
pub(crate) async fn unlearn(tx: &mut Tx) -> Result<()> {
    sqlx::query(UNLEARN).execute(tx.conn()).await?;
    Ok(())
}

/// Takes in the next tickets of a rebuild; the number of the last one, if there was any.
pub(crate) async fn rebuild(tx: &mut Tx, after: i64, limit: i64) -> Result<Option<i64>> {
    let rows = sqlx::query(AFTER).bind(after).bind(limit).fetch_all(tx.conn()).await?;
    let numbers: Vec<i64> = rows.iter().map(|row| row.try_get(0)).collect::<sqlx::Result<_>>()?;
    let mut subjects = Vec::new();
    for number in &numbers {
        subjects.extend(index(tx, *number, Changed::Public).await?);
    }
    learn(tx, subjects.iter().map(String::as_str)).await?;
    Ok(numbers.last().copied())
}

impl Store {
    /// The same words with what was probably meant; nothing when nothing else is known.
    pub(crate) async fn respelled(&self, wanted: &[Wanted]) -> Result<Option<Vec<Wanted>>> {
        let mut respelled = vec![];
        let mut better = false;
        let mut connection = self.db.reader().acquire().await?;
        for wanted in wanted {
            let initial: String = wanted.word().chars().take(1).collect();
            let rows = sqlx::query(KNOWN).bind(initial).fetch_all(&mut *connection).await?;
            let known = rows.iter().map(|row| row.try_get(0)).collect::<sqlx::Result<Vec<String>>>()?;
            let meant = spelling::meant(wanted.word(), known);
            better |= !meant.is_empty();
            respelled.push(wanted.clone().or_rather(meant));
        }
        Ok(better.then_some(respelled))
    }
}

/// An entry as the engine takes it. Lexemes hold letters, digits and marks, none of which means anything to either.
fn entry(engine: Engine, lexemes: &Lexemes) -> String {
    let mut text = String::new();
    for lexeme in lexemes.iter() {
        match engine {
            Engine::Sqlite => text.extend([lexeme, " "]),
            Engine::Postgres => text.extend(["'", lexeme, "' "]),
        }
    }
    text
}

/// A question as the engine takes it: one lexeme of each clause.
fn expression(engine: Engine, clauses: &[Clause]) -> String {
    let [and, or] = match engine {
        Engine::Sqlite => [" AND ", " OR "],
        Engine::Postgres => [" & ", " | "],
    };
    let lexeme = |lexeme: &Lexeme| match (engine, lexeme.prefix) {
        (Engine::Sqlite, false) => format!("\"{}\"", lexeme.text),
        (Engine::Sqlite, true) => format!("\"{}\" *", lexeme.text),
        (Engine::Postgres, false) => format!("'{}'", lexeme.text),
        (Engine::Postgres, true) => format!("'{}':*", lexeme.text),
    };
    let clause = |clause: &Clause| {
        let lexemes: Vec<_> = clause.iter().map(lexeme).collect();
        format!("({})", lexemes.join(or))
    };
    clauses.iter().map(clause).collect::<Vec<_>>().join(and)
}

//! Statements that are put together at run time, because a question has optional parts.
//!
//! The invariant: the text comes from constants only and every value is bound, so no input can become SQL. Place holders are
//! numbered, which both engines understand; sqlx's own builder writes `?` for `Any`, which PostgreSQL does not.

use std::fmt::{self, Write as _};

use sqlx::{
    Any, AnyConnection, Arguments as _, AssertSqlSafe, Encode, FromRow, Type,
    any::{AnyArguments, AnyRow},
    query::Query,
};

use super::Engine;
use crate::error::{Error, Result};

/// A statement in the making.
#[derive(Default)]
pub struct Assembly {
    text: String,
    values: AnyArguments,
    count: usize,
    /// The first value that could not be bound; reported when the statement runs.
    refused: Option<Error>,
    /// Whether it is prepared for this one time.
    once: bool,
}

impl Assembly {
    /// A statement that begins with `text`.
    pub fn new(text: &'static str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    /// The statement is not kept prepared. Prepared ones are known by their text, and the same text may come again with values of
    /// other types: `$1 = $2`.
    pub(crate) fn prepared_once(&mut self) {
        self.once = true;
    }

    /// Goes on with `text`.
    pub fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Goes on with a value.
    pub fn bind<'v, T: Encode<'v, Any> + Type<Any>>(&mut self, value: T) -> &mut Self {
        self.count += 1;
        // Writing to a string does not fail.
        let _ = write!(self.text, "${}", self.count);
        if let Err(error) = self.values.add(value) {
            self.refused.get_or_insert_with(|| Error::internal(error));
        }
        self
    }

    /// Goes on with `(value, value, …)`; without values, with a list nothing is in.
    pub fn list<'v, T: Encode<'v, Any> + Type<Any>>(
        &mut self,
        values: impl IntoIterator<Item = T>,
    ) -> &mut Self {
        self.push("(");
        let before = self.count;
        for value in values {
            self.push(if self.count == before { "" } else { ", " }).bind(value);
        }
        self.push(if self.count == before { "null)" } else { ")" })
    }

    /// The text with its values: two statements with the same question have the same answer.
    pub fn question(&self) -> String {
        format!("{} {:?}", self.text, self.values.values.0)
    }

    /// How many values it has so far; the engines limit them.
    pub const fn bound(&self) -> usize {
        self.count
    }

    /// Runs it: the rows it finds.
    pub async fn fetch_all(self, conn: &mut AnyConnection) -> Result<Vec<AnyRow>> {
        Ok(self.query()?.fetch_all(conn).await?)
    }

    /// Runs it: the rows it finds, as what they stand for.
    pub async fn fetch_as<R: for<'r> FromRow<'r, AnyRow>>(self, conn: &mut AnyConnection) -> Result<Vec<R>> {
        let rows = self.fetch_all(conn).await?;
        Ok(rows.iter().map(R::from_row).collect::<sqlx::Result<_>>()?)
    }

    /// Runs it: how many rows it changed.
    pub async fn execute(self, conn: &mut AnyConnection) -> Result<u64> {
        Ok(self.query()?.execute(conn).await?.rows_affected())
    }

    /// The question how the engine would run it, instead of the statement.
    pub(crate) fn explained(mut self, engine: Engine) -> Self {
        let question = match engine {
            Engine::Sqlite => "explain query plan ",
            Engine::Postgres => "explain ",
        };
        self.text.insert_str(0, question);
        self
    }

    fn query(self) -> Result<Query<'static, Any, AnyArguments>> {
        match self.refused {
            Some(error) => Err(error),
            None => Ok(sqlx::query_with(AssertSqlSafe(self.text), self.values).persistent(!self.once)),
        }
    }
}

impl fmt::Debug for Assembly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assembly")
            .field("text", &self.text)
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

//! The SQL of this service: one method a question, one text for both engines.
//!
//! The invariants: whatever reads tickets for a person composes the predicate of [`visibility`] into the statement, so that
//! nothing is filtered after paging; writes take a transaction, which the caller commits.

pub(crate) mod bulks;
pub(crate) mod comments;
pub(crate) mod doers;
pub(crate) mod drafts;
pub(crate) mod filter;
pub(crate) mod history;
mod lists;
pub(crate) mod macros;
pub(crate) mod numbers;
mod shelf;
pub(crate) mod tickets;
pub(crate) mod views;
pub(crate) mod visibility;

use mesh_core::db::{Db, Migration};

pub(crate) use lists::{Order, Page, Wanted, haystack};

/// The schema, step by step.
pub const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "init", sql: include_str!("../migrations/0001_init.sql"), engine: None },
    Migration { version: 3, name: "views", sql: include_str!("../migrations/0003_views.sql"), engine: None },
];

/// The tickets database. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    db: Db,
}

impl Store {
    /// The store in this database, migrated before.
    pub(crate) const fn new(db: Db) -> Self {
        Self { db }
    }

    /// Its database.
    pub(crate) const fn db(&self) -> &Db {
        &self.db
    }
}

#[cfg(test)]
mod tests {
    use mesh_core::{db::Engine, testing::prepare_all};
    use rstest::rstest;

    use super::{MIGRATIONS, bulks, comments, doers, drafts, macros, numbers, tickets, views};

    #[rstest]
    #[tokio::test(flavor = "multi_thread")]
    async fn every_statement_is_understood(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
        let stores = [
            tickets::ALL,
            comments::ALL,
            doers::ALL,
            drafts::ALL,
            numbers::ALL,
            views::ALL,
            macros::ALL,
            bulks::ALL,
        ];
        prepare_all(engine, MIGRATIONS, &stores).await;
    }
}

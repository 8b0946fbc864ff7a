//! The SQL of this service: one method a question, one text for both engines.
//!
//! The invariants: whatever reads tickets for a person composes the predicate of [`visibility`] into the statement, so that
//! nothing is filtered after paging; writes take a transaction, which the caller commits.

pub(crate) mod comments;
pub(crate) mod doers;
pub(crate) mod drafts;
pub(crate) mod history;
pub(crate) mod links;
mod lists;
pub(crate) mod merges;
pub(crate) mod numbers;
pub(crate) mod reactions;
pub(crate) mod tickets;
pub(crate) mod visibility;

use mesh_core::db::{Db, Migration};

pub(crate) use lists::{Order, Page, haystack};

/// The schema, step by step.
pub const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "init", sql: include_str!("../migrations/0001_init.sql"), engine: None },
    Migration { version: 4, name: "links", sql: include_str!("../migrations/0004_links.sql"), engine: None },
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

    use super::{MIGRATIONS, comments, doers, drafts, history, links, merges, numbers, reactions, tickets};

    #[rstest]
    #[tokio::test(flavor = "multi_thread")]
    async fn every_statement_is_understood(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
        let stores = [
            tickets::ALL,
            comments::ALL,
            doers::ALL,
            drafts::ALL,
            history::ALL,
            links::ALL,
            merges::ALL,
            numbers::ALL,
            reactions::ALL,
        ];
        prepare_all(engine, MIGRATIONS, &stores).await;
    }
}

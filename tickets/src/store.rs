//! The SQL of this service: one method a question, one text for both engines.
//!
//! The invariants: whatever reads tickets for a person composes the predicate of [`visibility`] into the statement, so that
//! nothing is filtered after paging; writes take a transaction, which the caller commits.

pub(crate) mod arrivals;
pub(crate) mod articles;
pub(crate) mod attachments;
pub(crate) mod bulks;
pub(crate) mod catalogue;
pub(crate) mod census;
pub(crate) mod comments;
pub(crate) mod contents;
pub(crate) mod doers;
pub(crate) mod drafts;
pub(crate) mod fields;
pub(crate) mod filter;
pub(crate) mod history;
pub(crate) mod imports;
pub(crate) mod links;
mod lists;
pub(crate) mod macros;
pub(crate) mod merges;
pub(crate) mod numbers;
#[cfg(test)]
mod plans;
pub(crate) mod reactions;
pub(crate) mod removal;
pub(crate) mod search;
mod shelf;
mod short;
mod tags;
pub(crate) mod tickets;
mod together;
pub(crate) mod views;
pub(crate) mod visibility;
pub(crate) mod words;

use std::sync::Arc;

use mesh_core::db::{Db, Engine, Migration};

pub(crate) use lists::{Cursor, Order, Page, Wanted, haystack};
use together::Together;

/// The schema, step by step.
pub const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "init", sql: include_str!("../migrations/0001_init.sql"), engine: None },
    Migration {
        version: 2,
        name: "catalogue",
        sql: include_str!("../migrations/0002_catalogue.sql"),
        engine: None,
    },
    Migration { version: 3, name: "views", sql: include_str!("../migrations/0003_views.sql"), engine: None },
    Migration { version: 4, name: "links", sql: include_str!("../migrations/0004_links.sql"), engine: None },
    Migration {
        version: 5,
        name: "search",
        sql: include_str!("../migrations/0005_search_postgres.sql"),
        engine: Some(Engine::Postgres),
    },
    Migration {
        version: 5,
        name: "search",
        sql: include_str!("../migrations/0005_search_sqlite.sql"),
        engine: Some(Engine::Sqlite),
    },
    Migration {
        version: 6,
        name: "knowledge",
        sql: include_str!("../migrations/0006_knowledge.sql"),
        engine: None,
    },
    Migration {
        version: 9,
        name: "attachments",
        sql: include_str!("../migrations/0009_attachments.sql"),
        engine: None,
    },
    Migration {
        version: 20,
        name: "imports",
        sql: include_str!("../migrations/0020_imports.sql"),
        engine: None,
    },
    Migration { version: 21, name: "lists", sql: include_str!("../migrations/0021_lists.sql"), engine: None },
    Migration {
        version: 22,
        name: "tags",
        sql: include_str!("../migrations/0022_tags_postgres.sql"),
        engine: Some(Engine::Postgres),
    },
    Migration {
        version: 22,
        name: "tags",
        sql: include_str!("../migrations/0022_tags_sqlite.sql"),
        engine: Some(Engine::Sqlite),
    },
    Migration {
        version: 23,
        name: "handovers",
        sql: include_str!("../migrations/0023_handovers.sql"),
        engine: None,
    },
    Migration {
        version: 24,
        name: "names_of_files",
        sql: include_str!("../migrations/0024_names_of_files_postgres.sql"),
        engine: Some(Engine::Postgres),
    },
    Migration {
        version: 24,
        name: "names_of_files",
        sql: include_str!("../migrations/0024_names_of_files_sqlite.sql"),
        engine: Some(Engine::Sqlite),
    },
    Migration {
        version: 25,
        name: "clock_version",
        sql: include_str!("../migrations/0025_clock_version.sql"),
        engine: None,
    },
    Migration {
        version: 26,
        name: "roles_of_fields",
        sql: include_str!("../migrations/0026_roles_of_fields.sql"),
        engine: None,
    },
];

/// The tickets database. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    db: Db,
    /// Counts that are under way.
    together: Arc<Together>,
}

impl Store {
    /// The store in this database, migrated before.
    pub(crate) fn new(db: Db) -> Self {
        Self { db, together: Arc::default() }
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

    use super::{
        MIGRATIONS, arrivals, articles, attachments, bulks, catalogue, census, comments, contents, doers,
        drafts, fields, history, links, macros, merges, numbers, reactions, removal, tags, tickets, views,
        words,
    };

    #[rstest]
    #[tokio::test(flavor = "multi_thread")]
    async fn every_statement_is_understood(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
        let own = match engine {
            Engine::Sqlite => words::sqlite::ALL,
            Engine::Postgres => words::postgres::ALL,
        };
        let stores = [
            arrivals::ALL,
            articles::ALL,
            attachments::ALL,
            bulks::ALL,
            catalogue::ALL,
            census::ALL,
            comments::ALL,
            contents::ALL,
            doers::ALL,
            drafts::ALL,
            fields::ALL,
            history::ALL,
            links::ALL,
            macros::ALL,
            merges::ALL,
            numbers::ALL,
            reactions::ALL,
            removal::ALL,
            tags::ALL,
            tickets::ALL,
            views::ALL,
            words::ALL,
            own,
        ];
        prepare_all(engine, MIGRATIONS, &stores).await;
    }
}

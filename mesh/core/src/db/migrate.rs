//! Bringing a database's schema up to what the program expects.
//!
//! The invariant: all missing migrations are applied in one transaction or none is, by one replica at a time. What was
//! applied is remembered with a checksum, so a migration that was edited afterwards is found at the next start.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use sqlx::{AnyConnection, ConnectOptions, Connection, Row};

use super::{Db, Engine, Tx, fault::Fault, patience::Patience, shown};
use crate::{
    error::{Error, Result},
    service::Check,
};

/// One step of a schema.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Its number; applied in this order. The same number may stand once for each engine.
    pub version: i64,
    /// Its name: `init`.
    pub name: &'static str,
    /// Its statements. Applied ones are never edited.
    pub sql: &'static str,
    /// The only engine it is for.
    pub engine: Option<Engine>,
}

/// How a database's schema stands to this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schema {
    /// They fit.
    Current,
    /// These migrations (`tickets 3 search`) have to be applied first.
    Behind(Vec<String>),
    /// A newer program has been here. That is fine for one version, which only added things.
    Ahead,
}

/// The tables of this crate, in every database, before the service's own.
const CORE: &[Migration] = &[
    Migration { version: 1, name: "core", sql: include_str!("../../migrations/0001_core.sql"), engine: None },
    Migration {
        version: 2,
        name: "counters",
        sql: include_str!("../../migrations/0002_counters_postgres.sql"),
        engine: Some(Engine::Postgres),
    },
    Migration { version: 3, name: "jobs", sql: include_str!("../../migrations/0003_jobs.sql"), engine: None },
    Migration {
        version: 4,
        name: "statistics",
        sql: include_str!("../../migrations/0004_statistics_sqlite.sql"),
        engine: Some(Engine::Sqlite),
    },
];

crate::statements! {
    /// What was applied; portable like everything else.
    CREATE_APPLIED = "create table if not exists applied_migrations (scope text not null, version bigint not null, \
        name text not null, checksum text not null, applied_at bigint not null, primary key (scope, version))";
    /// Everything that was applied.
    APPLIED = "select scope, version, checksum from applied_migrations";
    /// Remembers one.
    REMEMBER = "insert into applied_migrations (scope, version, name, checksum, applied_at) values ($1, $2, $3, $4, $5)";
}

/// Whose migrations they are: both count from 1.
#[derive(Clone, Copy)]
struct Step {
    scope: &'static str,
    migration: Migration,
}

/// Checksums of what was applied, by scope and version.
type Applied = BTreeMap<(String, i64), String>;

impl Db {
    /// Opens the database for the first time and applies what is missing: this crate's tables, then `migrations`.
    pub async fn migrate(&self, migrations: &[Migration]) -> Result<()> {
        self.first_contact().await?;
        let mut tx = self.begin_alone("migrate").await?;
        if self.engine() == Engine::Postgres {
            sqlx::query("set local statement_timeout = 0").execute(tx.conn()).await?;
        }
        sqlx::query(CREATE_APPLIED).execute(tx.conn()).await?;
        let applied = applied(tx.conn()).await?;
        for step in steps(self.engine(), migrations) {
            match applied.get(&step.key()) {
                None => step.apply(&mut tx).await?,
                Some(checksum) if *checksum == step.checksum() => {}
                Some(_) => return Err(step.was_edited()),
            }
        }
        tx.commit().await
    }

    /// How the schema stands to `migrations`, without changing anything.
    pub async fn schema(&self, migrations: &[Migration]) -> Result<Schema> {
        let mut connection = self.reader().acquire().await?;
        // A database nobody migrated has no table to ask; nothing was applied then.
        let applied = match applied(&mut connection).await {
            Err(Error::Internal(_)) => Applied::new(),
            answered => answered?,
        };
        let steps: Vec<_> = steps(self.engine(), migrations).collect();
        let missing: Vec<_> =
            steps.iter().filter(|step| !applied.contains_key(&step.key())).map(Step::title).collect();
        let known = steps.len() - missing.len();
        Ok(match (missing.is_empty(), applied.len() > known) {
            (false, _) => Schema::Behind(missing),
            (true, true) => Schema::Ahead,
            (true, false) => Schema::Current,
        })
    }

    /// What `/readyz` asks of a service's database: it answers, and its schema is not behind `migrations`.
    pub fn check(&self, service: &str, migrations: &'static [Migration]) -> Check {
        let db = self.clone();
        Check::new(format!("{service} database"), move || {
            let db = db.clone();
            async move {
                match db.schema(migrations).await? {
                    Schema::Current | Schema::Ahead => Ok(()),
                    Schema::Behind(missing) => Err(Error::unavailable(format!(
                        "the schema lacks {}; run `ticketmesh migrate`",
                        missing.join(", ")
                    ))),
                }
            }
        })
    }

    /// One connection outside the pools, which would hide why they can't connect behind a time-out. Sets SQLite's journal mode,
    /// which stays in the file.
    async fn first_contact(&self) -> Result<()> {
        let told = |error: sqlx::Error| {
            Error::unavailable_because(
                format!("the database {} {}", shown(&self.0.options), Fault::of(&error).sentence()),
                error,
            )
        };
        let mut connection = match self.0.options.connect().await {
            Ok(connection) => connection,
            // The server may be on its way up; beginning a transaction waits for it.
            Err(error) if Fault::of(&error) == Fault::Unreachable => return Ok(()),
            Err(error) => return Err(told(error)),
        };
        if self.engine() == Engine::Sqlite {
            in_turn(&mut connection, "pragma journal_mode = wal").await.map_err(told)?;
            in_turn(&mut connection, "begin immediate; rollback").await.map_err(told)?;
        }
        connection.close().await.map_err(told)
    }
}

/// What is to be applied on an engine, in order.
fn steps(engine: Engine, migrations: &[Migration]) -> impl Iterator<Item = Step> {
    let core = CORE.iter().map(|migration| Step { scope: "core", migration: *migration });
    let own = migrations.iter().map(|migration| Step { scope: "service", migration: *migration });
    core.chain(own).filter(move |step| step.migration.engine.is_none_or(|only| only == engine))
}

/// Says in hexadecimal digits what [`Db::migrate`] makes of an empty database: the same for the same migrations only.
pub(crate) fn fingerprint(engine: Engine, migrations: &[Migration]) -> String {
    let all = steps(engine, migrations)
        .fold(Sha256::new(), |all, step| all.chain_update(format!("{} {}\n", step.title(), step.checksum())));
    hex::encode(all.finalize())
}

/// Does what only one may do at a time, again while somebody else is at it: SQLite does not wait by itself when the journal changes.
async fn in_turn(connection: &mut AnyConnection, words: &'static str) -> sqlx::Result<()> {
    let mut patience = Patience::new();
    loop {
        match sqlx::raw_sql(words).execute(&mut *connection).await {
            Ok(_) => return Ok(()),
            Err(error) => patience.bear(error).await?,
        }
    }
}

async fn applied(connection: &mut AnyConnection) -> Result<Applied> {
    let rows = sqlx::query(APPLIED).fetch_all(connection).await?;
    rows.iter().map(|row| Ok(((row.try_get(0)?, row.try_get(1)?), row.try_get(2)?))).collect()
}

impl Step {
    fn key(&self) -> (String, i64) {
        (self.scope.to_owned(), self.migration.version)
    }

    fn title(&self) -> String {
        format!("{} {} {}", self.scope, self.migration.version, self.migration.name)
    }

    fn checksum(&self) -> String {
        hex::encode(Sha256::digest(self.migration.sql))
    }

    async fn apply(&self, tx: &mut Tx) -> Result<()> {
        // The engine itself splits the text into statements; it knows its quotes, comments and triggers best.
        sqlx::raw_sql(self.migration.sql).execute(tx.conn()).await?;
        let now = tx.micros();
        sqlx::query(REMEMBER)
            .bind(self.scope)
            .bind(self.migration.version)
            .bind(self.migration.name)
            .bind(self.checksum())
            .bind(now)
            .execute(tx.conn())
            .await?;
        tracing::info!(migration = self.title(), "applied");
        Ok(())
    }

    fn was_edited(&self) -> Error {
        Error::internal(format!(
            "migration {} was edited after it was applied; put its text back and write a new migration instead",
            self.title()
        ))
    }
}

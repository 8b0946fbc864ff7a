//! One SQL text on two engines: SQLite for one process, PostgreSQL for many.
//!
//! The invariants: a committed transaction survives a kill and, unless it only notes how far work has come, the machine's own failure
//! (`synchronous = FULL`, WAL); writers on SQLite queue for one
//! connection instead of failing on a lock; a bell rings only after the commit that gave it a reason.
//!
//! Statements are written for both engines at once: `$1` binds, `returning`, `on conflict`; columns of `text`, `bigint`,
//! `double precision` and `bytea`; 0 and 1 for truth; `sum()` only inside `cast(… as bigint)`.

mod assembly;
mod copy;
mod fault;
mod migrate;
mod patience;
mod short;
mod statements;
#[cfg(test)]
mod tests;
mod tx;

use std::{fmt, str::FromStr, sync::Arc, time::Duration};

use patience::Patience;
use sqlx::{
    AnyPool, Executor,
    any::{AnyConnectOptions, AnyPoolOptions},
};
use tokio::sync::Notify;

pub use assembly::Assembly;
pub use fault::is_unique_violation;
pub(crate) use migrate::fingerprint;
pub use migrate::{Migration, Schema};
pub use short::Short;
pub use tx::Tx;

use crate::{
    clock::SharedClock,
    error::{Error, Result},
    id::Ids,
};

/// Connections to PostgreSQL a process opens when it is told nothing else.
const CONNECTIONS: u32 = 16;
/// Connections that read from a SQLite file; one more writes.
const SQLITE_READERS: u32 = 4;
/// How long a call waits for a connection or a lock before it is told that the database can't be reached.
const PATIENCE: Duration = Duration::from_secs(5);
/// A connection that was idle for longer is asked whether it still lives before it is used: after a restart all are dead.
const TRUSTED_IDLE: Duration = Duration::from_millis(200);
/// What PostgreSQL is told on every connection, unless the URL says something else. Milliseconds.
const POSTGRES_OPTIONS: [(&str, &str); 3] = [
    ("options[statement_timeout]", "30000"),
    ("options[idle_in_transaction_session_timeout]", "60000"),
    ("application_name", "ticketmesh"),
];
/// Queues fill and empty faster than statistics follow. A plan that was made once for an empty table would read a full one row by
/// row for every row, so inside a section PostgreSQL plans anew.
const ALONE: &str =
    "select set_config('plan_cache_mode', 'force_custom_plan', true), pg_advisory_xact_lock($1)";
/// The same for what is only noted: queues, which are read in the order of their indexes and never whole.
const NOTING: &str = "select set_config('plan_cache_mode', 'force_custom_plan', true), \
    set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true), \
    set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true), \
    set_config('synchronous_commit', 'off', true), pg_advisory_xact_lock($1)";
/// What a SQLite connection is told. Journal mode is kept in the file and set by [`Db::migrate`].
/// The writer keeps 16 MiB of pages at hand and moves the log into the file every 4,000 pages, so that a page that changes often is
/// moved once for many changes.
const SQLITE_WRITER: &str = "pragma foreign_keys = on; pragma cache_size = -16384; \
    pragma wal_autocheckpoint = 4000;";
const SQLITE_READER: &str = "pragma foreign_keys = on; pragma query_only = on;";

/// A database engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// A file, for one process.
    Sqlite,
    /// A server, for many replicas.
    Postgres,
}

/// A service's database. Cloning is cheap.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    engine: Engine,
    options: AnyConnectOptions,
    readers: AnyPool,
    writers: AnyPool,
    ids: Ids,
    clock: SharedClock,
    bells: Bells,
}

/// Rung after a commit: there is something to relay, there is something to run.
#[derive(Debug, Default)]
pub(crate) struct Bells {
    pub(crate) outbox: Notify,
    pub(crate) jobs: Notify,
}

/// How many connections are open, and how many of them do nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// Open to the database.
    pub open: u32,
    /// Open and idle.
    pub idle: u32,
    /// The most there may be.
    pub most: u32,
}

impl Db {
    /// A database behind `sqlite://path` or `postgres://…`, with the usual number of connections. Nothing is opened yet:
    /// [`migrate`](Self::migrate) is the first contact and says what is wrong.
    pub fn open(url: &str, ids: &Ids, clock: &SharedClock) -> Result<Self> {
        Self::with_connections(url, ids, clock, CONNECTIONS)
    }

    /// The same with at most `connections` to PostgreSQL.
    pub fn with_connections(url: &str, ids: &Ids, clock: &SharedClock, connections: u32) -> Result<Self> {
        sqlx::any::install_default_drivers();
        let engine = Engine::of(url)?;
        let options = connect_options(engine, url)?;
        let (readers, writers) = match engine {
            Engine::Sqlite => (
                sqlite_pool(&options, SQLITE_READERS, SQLITE_READER),
                sqlite_pool(&options, 1, SQLITE_WRITER),
            ),
            Engine::Postgres => {
                let pool = postgres_pool(&options, connections);
                (pool.clone(), pool)
            }
        };
        let (ids, clock, bells) = (ids.clone(), clock.clone(), Bells::default());
        Ok(Self(Arc::new(Inner { engine, options, readers, writers, ids, clock, bells })))
    }

    /// Which engine it is.
    pub fn engine(&self) -> Engine {
        self.0.engine
    }

    /// Where to read outside a transaction.
    pub fn reader(&self) -> &AnyPool {
        &self.0.readers
    }

    /// Has the engine look anew at how much is in its tables, after very much was written at once. PostgreSQL plans by that, and
    /// would notice minutes later; SQLite's plans do not depend on it.
    pub async fn look_anew(&self) -> Result<()> {
        if self.engine() == Engine::Postgres {
            let mut connection = self.0.readers.acquire().await?;
            sqlx::query("analyze").execute(&mut *connection).await?;
        }
        Ok(())
    }

    /// Makes ids for what is written here later.
    pub fn ids(&self) -> &Ids {
        &self.0.ids
    }

    /// The time, as transactions take it.
    pub fn clock(&self) -> &SharedClock {
        &self.0.clock
    }

    /// Begins a transaction that writes. Waits out a locked file and a server that restarts, for a few seconds.
    pub async fn begin(&self) -> Result<Tx> {
        self.begin_with(self.0.engine.begin()).await
    }

    async fn begin_with(&self, words: &'static str) -> Result<Tx> {
        let mut patience = Patience::new();
        loop {
            match self.0.writers.begin_with(words).await {
                Ok(begun) => return Ok(Tx::new(self.clone(), begun)),
                Err(error) => patience.bear(error).await?,
            }
        }
    }

    /// Begins a transaction that is alone in `section` among all replicas until it ends: claims from a queue stay short and
    /// simple this way. On SQLite every writer is alone.
    pub async fn begin_alone(&self, section: &'static str) -> Result<Tx> {
        let mut tx = self.begin().await?;
        if self.0.engine == Engine::Postgres {
            sqlx::query(ALONE).bind(lock_number(section)).execute(tx.conn()).await?;
        }
        Ok(tx)
    }

    /// The same for a transaction that only notes how far work has come. It survives this process; when the machine itself fails, the
    /// latest of them may be forgotten, and the work is done again. Nobody waits for the disk meanwhile.
    pub(crate) async fn begin_noting(&self, section: &'static str) -> Result<Tx> {
        let mut tx = self.begin_with(self.0.engine.begin_noting()).await?;
        if self.0.engine == Engine::Postgres {
            sqlx::query(NOTING).bind(lock_number(section)).execute(tx.conn()).await?;
        }
        Ok(tx)
    }

    /// Asks whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        sqlx::query("select 1").execute(self.reader()).await?;
        Ok(())
    }

    /// How busy the connections are that calls wait for: PostgreSQL's, or SQLite's readers.
    pub fn connections(&self) -> Connections {
        let pool = &self.0.readers;
        let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
        Connections { open: pool.size(), idle, most: pool.options().get_max_connections() }
    }

    /// Closes every connection; SQLite empties its write-ahead log into the file.
    pub async fn close(&self) {
        self.0.readers.close().await;
        self.0.writers.close().await;
    }

    /// An id made of this database's clock and generator.
    pub(crate) fn new_id(&self, prefix: &str) -> String {
        self.0.ids.id(prefix)
    }

    pub(crate) fn bells(&self) -> &Bells {
        &self.0.bells
    }
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Db")
            .field("engine", &self.0.engine)
            .field("url", &shown(&self.0.options))
            .finish_non_exhaustive()
    }
}

impl Engine {
    /// The engine a URL asks for.
    pub fn of(url: &str) -> Result<Self> {
        match url.split_once(':').map(|(scheme, _)| scheme) {
            Some("sqlite") => Ok(Self::Sqlite),
            Some("postgres" | "postgresql") => Ok(Self::Postgres),
            _ => Err(Error::invalid(
                "database url",
                "is of an unknown kind; begin it with sqlite:// or postgres://",
            )),
        }
    }

    /// SQLite takes the write lock at once, because a lock taken in the middle can fail without a wait.
    const fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "pragma synchronous = full; begin immediate",
            Self::Postgres => "begin",
        }
    }

    /// The same for what is only noted.
    const fn begin_noting(self) -> &'static str {
        match self {
            Self::Sqlite => "pragma synchronous = normal; begin immediate",
            Self::Postgres => "begin",
        }
    }
}

/// The URL with what we add to it.
fn connect_options(engine: Engine, url: &str) -> Result<AnyConnectOptions> {
    if engine == Engine::Sqlite && (url.contains(":memory:") || url.contains("mode=memory")) {
        return Err(Error::invalid(
            "database url",
            "names a database in memory; name a file, as in sqlite://data/tickets.db",
        ));
    }
    let mut options = AnyConnectOptions::from_str(url).map_err(|error| {
        Error::invalid("database url", format!("can't be read ({error}); look at its spelling"))
    })?;
    let added: &[(&str, &str)] = match engine {
        Engine::Sqlite => &[("mode", "rwc")],
        Engine::Postgres => &POSTGRES_OPTIONS,
    };
    for (name, value) in added {
        if !options.database_url.query_pairs().any(|(given, _)| given == *name) {
            options.database_url.query_pairs_mut().append_pair(name, value);
        }
    }
    Ok(options)
}

/// A URL without its password and parameters, for people.
fn shown(options: &AnyConnectOptions) -> String {
    let mut url = options.database_url.clone();
    url.set_query(None);
    // Fails only for URLs that can't have a password.
    let _ = url.set_password(None);
    url.into()
}

fn sqlite_pool(options: &AnyConnectOptions, connections: u32, pragmas: &'static str) -> AnyPool {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
        .after_connect(move |connection, _| {
            Box::pin(async move { connection.execute(pragmas).await.map(drop) })
        })
        .connect_lazy_with(options.clone())
}

fn postgres_pool(options: &AnyConnectOptions, connections: u32) -> AnyPool {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .before_acquire(|connection, seen| {
            Box::pin(async move {
                if seen.idle_for > TRUSTED_IDLE {
                    sqlx::Connection::ping(connection).await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options.clone())
}

/// PostgreSQL's advisory locks have numbers; ours come from names.
fn lock_number(section: &str) -> i64 {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(format!("ticketmesh.{section}"));
    i64::from_be_bytes(std::array::from_fn(|index| digest[index]))
}

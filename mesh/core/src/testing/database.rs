//! A database for one test, gone with it.

use std::{
    path::{Path, PathBuf},
    str::FromStr as _,
    sync::Arc,
    thread,
};

use sqlx::{AnyConnection, AssertSqlSafe, ConnectOptions, Connection, any::AnyConnectOptions};
use tempfile::TempDir;

use super::schema;
use crate::{
    clock::SystemClock,
    db::{Engine, Migration},
    id::Ids,
};

/// The PostgreSQL server for tests; any database on it whose user may create others.
const POSTGRES: &str = "TICKETMESH_TEST_POSTGRES_URL";
/// The RabbitMQ broker for tests.
const AMQP: &str = "TICKETMESH_TEST_AMQP_URL";
/// The OpenID provider for tests.
const OIDC: &str = "TICKETMESH_TEST_OIDC_URL";
/// The S3 server for tests.
const S3: &str = "TICKETMESH_TEST_S3_URL";

/// A database, empty at first or with a schema.
#[derive(Debug)]
pub struct Database {
    url: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// A file in a folder of its own.
    Folder(TempDir),
    /// A database on the server behind `admin`.
    Server { admin: String, name: String },
}

impl Database {
    /// Makes an empty one, named after `service` so that it can be told from others.
    pub async fn create(engine: Engine, service: &str) -> Self {
        let database = Self::named(engine, service);
        if let Place::Server { admin, name } = &database.place {
            let mut connection = connect(admin).await;
            let create = AssertSqlSafe(format!("create database {name} template template0"));
            sqlx::query(create).execute(&mut connection).await.expect("the test user may create databases");
            connection.close().await.expect("the server answers");
        }
        database
    }

    /// Makes one in which these migrations are applied, by copying what they once made.
    pub async fn migrated(engine: Engine, service: &str, migrations: &[Migration]) -> Self {
        let database = Self::named(engine, service);
        match &database.place {
            Place::Folder(folder) => schema::copy_to_file(&file(folder.path(), service), migrations).await,
            Place::Server { admin, name } => schema::copy_on_server(admin, name, migrations).await,
        }
        database
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A place and a name for one.
    fn named(engine: Engine, service: &str) -> Self {
        sqlx::any::install_default_drivers();
        match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().expect("a folder for tests");
                let url = format!("sqlite://{}?mode=rwc", file(folder.path(), service).display());
                Self { url, place: Place::Folder(folder) }
            }
            Engine::Postgres => {
                let admin = variable(POSTGRES);
                // Not from the world's seed: worlds of other processes have the same.
                let name = Ids::system(Arc::new(SystemClock)).id(&format!("test_{service}"));
                Self { url: on(&admin, &name), place: Place::Server { admin, name } }
            }
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let Place::Server { admin, name } = &self.place else {
            return;
        };
        let (admin, name) = (admin.clone(), name.clone());
        apart(async move {
            let mut connection = connect(&admin).await;
            let drop = AssertSqlSafe(format!("drop database if exists {name} with (force)"));
            sqlx::query(drop).execute(&mut connection).await.expect("the test user may drop its databases");
        });
    }
}

/// Clears away what takes a connection, and a connection takes a runtime; the test's own may be ending.
pub(super) fn apart(work: impl Future<Output = ()> + Send + 'static) {
    let work = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(work);
    };
    // A panic in there has been printed; the test itself is over.
    let _ = thread::spawn(work).join();
}

/// The broker for tests.
pub fn amqp_url() -> String {
    variable(AMQP)
}

/// The issuer for tests: it lets in whoever the header `x-account` describes, and registers every client.
pub fn oidc_url() -> String {
    variable(OIDC)
}

/// The S3 server for tests: it has the bucket `ticketmesh`, open to the key `test` with the secret `test`.
pub fn s3_url() -> String {
    variable(S3)
}

/// The file of a service's database in a folder.
fn file(folder: &Path, service: &str) -> PathBuf {
    folder.join(format!("{service}.db"))
}

/// The address of another database on a server.
pub(super) fn on(admin: &str, name: &str) -> String {
    let mut url = options(admin).database_url;
    url.set_path(name);
    url.into()
}

fn options(url: &str) -> AnyConnectOptions {
    AnyConnectOptions::from_str(url).expect("the test server's URL can be read")
}

pub(super) async fn connect(url: &str) -> AnyConnection {
    options(url).connect().await.expect("the test server answers")
}

#[expect(clippy::disallowed_methods, reason = "tests are told by their runner where the servers are")]
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set, so this test has no server; run `cargo xtask test`, which starts one")
    })
}

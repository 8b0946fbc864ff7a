//! A database for one test, gone with it.

use std::{str::FromStr as _, thread};

use sqlx::{AnyConnection, AssertSqlSafe, ConnectOptions, Connection, any::AnyConnectOptions};
use tempfile::TempDir;

use crate::{clock::SystemClock, db::Engine, id::Ids};

/// The PostgreSQL server for tests; any database on it whose user may create others.
const POSTGRES: &str = "TICKETMESH_TEST_POSTGRES_URL";
/// The RabbitMQ broker for tests.
const AMQP: &str = "TICKETMESH_TEST_AMQP_URL";
/// The OpenID provider for tests.
const OIDC: &str = "TICKETMESH_TEST_OIDC_URL";
/// The S3 server for tests.
const S3: &str = "TICKETMESH_TEST_S3_URL";

/// An empty database.
#[derive(Debug)]
pub struct Database {
    url: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// A file in a folder of its own.
    Folder { _folder: TempDir },
    /// A database on the server behind `admin`.
    Server { admin: String, name: String },
}

impl Database {
    /// Makes one, named after `service` so that it can be told from others.
    pub async fn create(engine: Engine, service: &str) -> Self {
        sqlx::any::install_default_drivers();
        match engine {
            Engine::Sqlite => Self::in_folder(service),
            Engine::Postgres => Self::on_server(service).await,
        }
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    fn in_folder(service: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for tests");
        let url = format!("sqlite://{}/{service}.db?mode=rwc", folder.path().display());
        Self { url, place: Place::Folder { _folder: folder } }
    }

    async fn on_server(service: &str) -> Self {
        let admin = variable(POSTGRES);
        // Not from the world's seed: worlds of other processes have the same.
        let name = Ids::system(std::sync::Arc::new(SystemClock)).id(&format!("test_{service}"));
        let mut url = options(&admin).database_url;
        url.set_path(&name);
        let mut connection = connect(&admin).await;
        let create = AssertSqlSafe(format!("create database {name} template template0"));
        sqlx::query(create).execute(&mut connection).await.expect("the test user may create databases");
        connection.close().await.expect("the server answers");
        Self { url: url.into(), place: Place::Server { admin, name } }
    }
}

impl Drop for Database {
    /// Dropping a database takes a connection, and a connection takes a runtime; the test's own may be ending.
    fn drop(&mut self) {
        let Place::Server { admin, name } = &self.place else {
            return;
        };
        let (admin, name) = (admin.clone(), name.clone());
        let work = move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let mut connection = connect(&admin).await;
                let drop = AssertSqlSafe(format!("drop database if exists {name} with (force)"));
                sqlx::query(drop)
                    .execute(&mut connection)
                    .await
                    .expect("the test user may drop its databases");
            });
        };
        // A panic in there has been printed; the test itself is over.
        let _ = thread::spawn(work).join();
    }
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

fn options(url: &str) -> AnyConnectOptions {
    AnyConnectOptions::from_str(url).expect("the test server's URL can be read")
}

async fn connect(url: &str) -> AnyConnection {
    options(url).connect().await.expect("the test server answers")
}

#[expect(clippy::disallowed_methods, reason = "tests are told by their runner where the servers are")]
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set, so this test has no server; run `cargo xtask test`, which starts one")
    })
}

//! Schemas that are made once and copied: a thousand tests would otherwise each wait for the same hundred tables.
//!
//! The invariant: a copy is what the migrations make of an empty database. Its original is named after their text, so a changed
//! migration is another original; and it gets its name when it is whole, so what was begun by a test that was killed is never copied.

use std::{fs, path::Path, sync::Arc};

use sqlx::{AnyConnection, AssertSqlSafe, Connection as _};

use super::database::{connect, on};
use crate::{
    clock::{SharedClock, SystemClock},
    db::{Db, Engine, Migration, fingerprint},
    id::Ids,
};

/// Where the originals of SQLite's files lie.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/schemas");
/// One test at a time makes an original on the server.
const LOCK: &str = "select pg_advisory_lock(hashtextextended('schemas for tests', 0))";
const UNLOCK: &str = "select pg_advisory_unlock(hashtextextended('schemas for tests', 0))";

/// Puts a copy where `file` is to be.
pub(super) async fn copy_to_file(file: &Path, migrations: &[Migration]) {
    let original = Path::new(FOLDER).join(format!("{}.db", name(Engine::Sqlite, migrations)));
    if !original.is_file() {
        make_file(&original, migrations).await;
    }
    fs::copy(&original, file).expect("the original can be copied");
}

/// Makes the database `copy` on the server behind `admin`.
pub(super) async fn copy_on_server(admin: &str, copy: &str, migrations: &[Migration]) {
    let original = name(Engine::Postgres, migrations);
    let mut connection = connect(admin).await;
    if !is_there(&mut connection, &original).await {
        run(&mut connection, LOCK).await;
        if !is_there(&mut connection, &original).await {
            make_on_server(admin, &mut connection, &original, migrations).await;
        }
        run(&mut connection, UNLOCK).await;
    }
    run(&mut connection, &format!("create database {copy} template {original}")).await;
    connection.close().await.expect("the server answers");
}

/// What an original is called; PostgreSQL takes names of up to 63 letters.
fn name(engine: Engine, migrations: &[Migration]) -> String {
    format!("schema_{:.40}", fingerprint(engine, migrations))
}

/// Two tests may do this at the same time; either file is right.
async fn make_file(original: &Path, migrations: &[Migration]) {
    fs::create_dir_all(FOLDER).expect("a folder for schemas");
    let folder = tempfile::tempdir_in(FOLDER).expect("a folder");
    let file = folder.path().join("schema.db");
    migrate(&format!("sqlite://{}", file.display()), migrations).await;
    fs::rename(file, original).expect("the original gets its name");
}

async fn make_on_server(
    admin: &str,
    connection: &mut AnyConnection,
    original: &str,
    migrations: &[Migration],
) {
    let begun = format!("{original}_begun");
    run(connection, &format!("drop database if exists {begun} with (force)")).await;
    run(connection, &format!("create database {begun} template template0")).await;
    migrate(&on(admin, &begun), migrations).await;
    run(connection, &format!("alter database {begun} rename to {original}")).await;
}

async fn migrate(url: &str, migrations: &[Migration]) {
    let clock: SharedClock = Arc::new(SystemClock);
    let db = Db::open(url, &Ids::system(clock.clone()), &clock).expect("a good URL");
    db.migrate(migrations).await.expect("migrations apply");
    db.close().await;
}

async fn is_there(connection: &mut AnyConnection, name: &str) -> bool {
    let found = sqlx::query("select 1 from pg_database where datname = $1").bind(name);
    found.fetch_optional(connection).await.expect("the server answers").is_some()
}

async fn run(connection: &mut AnyConnection, words: &str) {
    let done = sqlx::query(AssertSqlSafe(words)).execute(connection).await;
    done.expect("the test user may create databases");
}

//! The database on both engines, through the public face.
#![expect(clippy::expect_used, reason = "what helps a test fails it")]

use std::{fs, os::unix::fs::PermissionsExt, path::Path, sync::Arc};

use mesh_core::{
    clock::{SharedClock, SystemClock},
    db::{Db, Engine, Migration, Schema, is_unique_violation},
    error::{Error, Result},
    id::Ids,
    testing::World,
};
use rstest::rstest;
use sqlx::Row;

const NOTES: Migration = Migration {
    version: 1,
    name: "init",
    sql: "create table note (id text primary key, body bytea, stars bigint not null default 0); -- a comment; with a semicolon
          insert into note (id) values ('a;b');",
    engine: None,
};
const MORE: Migration =
    Migration { version: 2, name: "more", sql: "alter table note add column author text", engine: None };

mod sql {
    mesh_core::statements! {
        /// One note, whole.
        NOTE_BY_ID = "select id, body, stars from note where id = $1";
    }
}

fn open(url: &str) -> Db {
    let clock: SharedClock = Arc::new(SystemClock);
    Db::open(url, &Ids::system(clock.clone()), &clock).expect("a good URL")
}

async fn count(db: &Db) -> i64 {
    sqlx::query("select count(*) from note").fetch_one(db.reader()).await.expect("the table is there").get(0)
}

async fn write(db: &Db, id: &str) -> Result<()> {
    let mut tx = db.begin().await?;
    sqlx::query("insert into note (id, stars) values ($1, 1)").bind(id.to_owned()).execute(tx.conn()).await?;
    tx.commit().await
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn migrations_are_applied_once_and_edited_ones_are_found(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine, "notes").await;
    let db = world.db(&[NOTES]).await;
    db.migrate(&[NOTES]).await.expect("nothing is left to do");
    assert_eq!(count(&db).await, 1);

    let edited = Migration { sql: "create table note (id text)", ..NOTES };
    let refused = db.migrate(&[edited]).await.expect_err("the text is another one");
    assert!(
        refused.with_causes().contains("migration service 1 init was edited"),
        "{}",
        refused.with_causes()
    );
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_fails_leaves_the_schema_as_it_was(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine, "notes").await;
    let db = world.db(&[NOTES]).await;
    let broken = Migration { sql: "alter table note add column half text; create table oops (", ..MORE };
    db.migrate(&[NOTES, broken]).await.expect_err("the second statement is wrong");
    assert_eq!(
        db.schema(&[NOTES, MORE]).await.expect("answers"),
        Schema::Behind(vec!["service 2 more".into()])
    );
    let half = sqlx::query("select half from note").execute(db.reader()).await;
    half.expect_err("the first statement was taken back");
    db.migrate(&[NOTES, MORE]).await.expect("the right one applies");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_schema_is_behind_current_or_ahead(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let world = World::new(engine, "notes").await;
    let db = open(&world.database_url());
    assert!(
        matches!(db.schema(&[NOTES]).await.expect("answers"), Schema::Behind(missing) if missing.len() > 1)
    );
    db.migrate(&[NOTES, MORE]).await.expect("applies");
    assert_eq!(db.schema(&[NOTES, MORE]).await.expect("answers"), Schema::Current);
    assert_eq!(db.schema(&[NOTES]).await.expect("answers"), Schema::Ahead);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_copied_schema_is_what_its_own_migrations_make(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    for migrations in [&[NOTES][..], &[NOTES, MORE]] {
        let world = World::migrated(engine, "notes", migrations).await;
        let db = open(&world.database_url());
        assert_eq!(db.schema(migrations).await.expect("answers"), Schema::Current);
        assert_eq!(count(&db).await, 1);
    }
}

#[test]
fn a_declared_statement_is_a_constant_and_one_of_all() {
    assert_eq!(sql::ALL, [("NOTE_BY_ID", sql::NOTE_BY_ID)]);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_that_start_at_once_migrate_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine, "notes").await;
    let (first, second) = (open(&world.database_url()), open(&world.database_url()));
    let (one, other) = tokio::join!(first.migrate(&[NOTES, MORE]), second.migrate(&[NOTES, MORE]));
    one.expect("applies");
    other.expect("finds it applied");
    assert_eq!(count(&first).await, 1);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn writers_queue_instead_of_failing_and_a_dropped_transaction_leaves_no_trace(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine, "notes").await;
    let db = world.db(&[NOTES]).await;
    let ids: Vec<_> = (0..40).map(|number| format!("note {number}")).collect();
    let writes = futures::future::join_all(ids.iter().map(|id| write(&db, id))).await;
    assert!(writes.iter().all(Result::is_ok), "{writes:?}");

    let mut tx = db.begin().await.expect("begins");
    sqlx::query("delete from note").execute(tx.conn()).await.expect("deletes");
    drop(tx);
    assert_eq!(count(&db).await, 41);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn bytes_empty_text_and_large_numbers_come_back_as_they_went(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine, "notes").await;
    let db = world.db(&[NOTES]).await;
    let bytes: Vec<u8> = (0..=255).collect();
    let mut tx = db.begin().await.expect("begins");
    let insert = sqlx::query("insert into note (id, body, stars) values ($1, $2, $3)")
        .bind("")
        .bind(bytes.clone())
        .bind(i64::MAX);
    insert.execute(tx.conn()).await.expect("inserts");
    tx.commit().await.expect("commits");
    let row = sqlx::query("select body, stars from note where id = ''")
        .fetch_one(db.reader())
        .await
        .expect("is there");
    assert_eq!((row.get::<Vec<u8>, _>(0), row.get::<i64, _>(1)), (bytes, i64::MAX));
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_taken_unique_value_is_told_by_its_kind(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine, "notes").await;
    let db = world.db(&[NOTES]).await;
    let mut tx = db.begin().await.expect("begins");
    let error = sqlx::query("insert into note (id) values ('a;b')")
        .execute(tx.conn())
        .await
        .expect_err("it is taken");
    assert!(is_unique_violation(&error));
    assert!(matches!(Error::from(error), Error::AlreadyExists { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_that_closes_its_connections_is_found_again_at_the_next_use() {
    let world = World::new(Engine::Postgres, "notes").await;
    let db = world.db(&[NOTES]).await;
    let killer = open(&world.database_url());
    sqlx::query("select count(pg_terminate_backend(pid)) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()")
        .execute(killer.reader())
        .await
        .expect("ends the others");
    write(&db, "afterwards").await.expect("connects again");
    assert_eq!(count(&db).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_address_is_told_in_a_sentence_without_the_password() {
    let folder = tempfile::tempdir().expect("a folder");
    let said = async |url: String| open(&url).migrate(&[]).await.expect_err("can't be opened").to_string();

    let missing = said(format!("sqlite://{}/nowhere/x.db", folder.path().display())).await;
    assert!(missing.contains("nowhere/x.db can't be opened; look whether its folder exists"), "{missing}");

    fs::write(
        folder.path().join("letter.db"),
        "Dear Sir, this is a letter and certainly no database.".repeat(40),
    )
    .expect("writes");
    let letter = said(format!("sqlite://{}/letter.db", folder.path().display())).await;
    assert!(letter.contains("no database at all"), "{letter}");

    let server = World::new(Engine::Postgres, "notes").await.database_url();
    let gone = said(server.replace("ticketmesh@", "ticketmesh:hunter2@")).await;
    assert!(
        gone.contains("does not exist on the server; create it first") && !gone.contains("hunter2"),
        "{gone}"
    );
}

/// The superuser writes everywhere, so the test gives the folder away only where that stops it.
#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_folder_is_told_in_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("locked");
    fs::create_dir(&path).expect("makes it");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o555)).expect("takes the right to write");
    if fs::write(path.join("probe"), "").is_err() {
        let told = open(&format!("sqlite://{}/x.db", path.display()))
            .migrate(&[])
            .await
            .expect_err("can't be opened");
        assert!(told.to_string().contains("writable for this user"), "{told}");
    }
    let read_only = open_read_only(&folder.path().join("x.db")).await;
    assert!(
        read_only.to_string().contains("takes no writes; make the file and its folder writable"),
        "{read_only}"
    );
}

async fn open_read_only(path: &Path) -> Error {
    open(&format!("sqlite://{}", path.display())).migrate(&[]).await.expect("makes the file");
    open(&format!("sqlite://{}?mode=ro", path.display()))
        .migrate(&[NOTES])
        .await
        .expect_err("takes no writes")
}

#[test]
fn urls_of_unknown_kinds_and_databases_in_memory_are_refused() {
    let clock: SharedClock = Arc::new(SystemClock);
    let ids = Ids::system(clock.clone());
    for (url, remedy) in [
        ("mysql://localhost/x", "begin it with sqlite:// or postgres://"),
        ("tickets.db", "begin it with sqlite:// or postgres://"),
        ("sqlite::memory:", "name a file"),
        ("postgres://[", "look at its spelling"),
    ] {
        let told = Db::open(url, &ids, &clock).expect_err(url).to_string();
        assert!(told.contains(remedy), "{url}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_writes_to_a_log_and_waits_for_the_disk() {
    let world = World::new(Engine::Sqlite, "notes").await;
    let db = world.db(&[NOTES]).await;
    let mut tx = db.begin().await.expect("begins");
    for (pragma, value) in [("pragma synchronous", 2), ("pragma foreign_keys", 1)] {
        let row = sqlx::query(pragma).fetch_one(tx.conn()).await.expect("answers");
        assert_eq!(row.get::<i64, _>(0), value, "{pragma}");
    }
    let mode = sqlx::query("pragma journal_mode").fetch_one(tx.conn()).await.expect("answers");
    assert_eq!(mode.get::<String, _>(0), "wal");
    let read_only = sqlx::query("delete from note").execute(db.reader()).await;
    read_only.expect_err("readers do not write");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_in_a_sentence_and_what_was_written_stays() {
    let world = World::new(Engine::Sqlite, "notes").await;
    let db = world.db(&[NOTES]).await;
    write(&db, "before").await.expect("there is room");
    let mut tx = db.begin().await.expect("begins");
    // As many pages as there are: the next one does not fit, as on a full disk.
    sqlx::query("pragma max_page_count = 1").fetch_all(tx.conn()).await.expect("answers");
    let large = sqlx::query("insert into note (id, body) values ('large', $1)").bind(vec![7_u8; 1_000_000]);
    let error = Error::from(large.execute(tx.conn()).await.expect_err("does not fit"));
    drop(tx);
    assert_eq!(error.to_string(), "the database has no room left on its disk; make some");
    assert!(error.is_transient());
    assert_eq!(count(&db).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_another_process_writes_to_is_waited_for_and_then_told_in_a_sentence() {
    let world = World::new(Engine::Sqlite, "notes").await;
    let (db, other) = (world.db(&[NOTES]).await, open(&world.database_url()));
    let held = other.begin().await.expect("begins");
    let told = db.begin().await.expect_err("the other one holds it").to_string();
    assert!(told.contains("is locked by another process; stop that one"), "{told}");
    let (begun, ()) = tokio::join!(db.begin(), async { drop(held) });
    begun.expect("the other one has let go");
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn readiness_tells_what_a_schema_lacks(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    const BOTH: &[Migration] = &[NOTES, MORE];
    let world = World::new(engine, "notes").await;
    let db = world.db(&[NOTES]).await;
    let check = db.check("books", BOTH);
    let told = check.ask().await.expect_err("one is missing").to_string();
    assert_eq!(told, "the schema lacks service 2 more; run `ticketmesh migrate`");
    db.migrate(BOTH).await.expect("applies");
    check.ask().await.expect("nothing is missing");
}

//! A small world for tests: a database of its own on either engine, a clock that stands, ids from a seed, a bus inside the process or
//! over a broker, mail and files in memory, and people with any rights.
//!
//! The invariant: two worlds share nothing, so tests run side by side; and [`World::settle`] does not return while anything
//! is still on its way, so tests never sleep.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a world that can't be made or does not settle fails its test"
)]

mod broker;
mod database;
mod ledger;
mod mail;
mod person;
mod schema;
pub(crate) mod settle;

use std::{iter, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use proto::identity::v1::{Jwk, Jwks};
use sqlx::{Executor as _, Row as _, SqlSafeStr};
use tokio_util::sync::CancellationToken;

pub use database::{Database, amqp_url, oidc_url, s3_url};
pub use ledger::Ledger;
pub use mail::Letters;
pub use person::Person;
pub use settle::{eventually, eventually_within};

use crate::{
    blobs::{Blobs, Store},
    bus::{Bus, Local},
    clock::{ManualClock, SharedClock},
    db::{Assembly, Db, Engine, Migration},
    id::Ids,
    outbox::Cause,
    peer::{Peer, PeerChannel, Signer},
    service::{Process, Service, Worker},
    stack::Limits,
    token::{AccessSigner, MeshKey, Verifier, public_key, revocations},
};
use broker::Broker;

/// When every world begins: a Wednesday morning.
const MORNING: i64 = 1_767_774_600;
/// The key tokens of test people are signed with.
const SIGNING_SEED: [u8; 32] = [7; 32];
/// Its name.
const SIGNING_KEY: &str = "test";
/// The mesh's key.
const MESH_SEED: [u8; 32] = [8; 32];

/// Where a world is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// SQLite, with news inside the process.
    Sqlite,
    /// PostgreSQL, with news inside the process.
    Postgres,
    /// PostgreSQL, with news over RabbitMQ, as roles have it. For tests of how news travels: the others need not wait for a broker.
    Mesh,
}

impl Place {
    /// The engine of databases there.
    pub const fn engine(self) -> Engine {
        match self {
            Self::Sqlite => Engine::Sqlite,
            Self::Postgres | Self::Mesh => Engine::Postgres,
        }
    }
}

impl From<Engine> for Place {
    fn from(engine: Engine) -> Self {
        match engine {
            Engine::Sqlite => Self::Sqlite,
            Engine::Postgres => Self::Postgres,
        }
    }
}

/// Everything a service needs, for one test.
#[derive(Debug)]
pub struct World {
    engine: Engine,
    clock: Arc<ManualClock>,
    process: Process,
    letters: Arc<Letters>,
    signer: AccessSigner,
    broker: Option<Broker>,
    database: Database,
    others: std::sync::Mutex<Vec<(Db, Arc<Database>)>>,
    probe: Db,
}

impl World {
    /// A world in a place, or on an engine, whose database is empty and named after a service.
    pub async fn new(place: impl Into<Place>, service: &'static str) -> Self {
        let place = place.into();
        Self::placed(place, Database::create(place.engine(), service).await)
    }

    /// A world in whose database the migrations of its service were applied.
    pub async fn migrated(place: impl Into<Place>, service: &'static str, migrations: &[Migration]) -> Self {
        let place = place.into();
        Self::placed(place, Database::migrated(place.engine(), service, migrations).await)
    }

    /// A world with another bus; its database is empty.
    pub async fn over(engine: Engine, service: &'static str, bus: Arc<dyn Bus>) -> Self {
        Self::around(engine, Database::create(engine, service).await, bus)
    }

    fn placed(place: Place, database: Database) -> Self {
        if place != Place::Mesh {
            return Self::around(place.engine(), database, Arc::new(Local::new()));
        }
        let broker = Broker::open();
        let mut world = Self::around(place.engine(), database, Arc::new(broker.clone()));
        world.broker = Some(broker);
        world
    }

    fn around(engine: Engine, database: Database, bus: Arc<dyn Bus>) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::from_second(MORNING).expect("a good instant")));
        let shared: SharedClock = clock.clone();
        let ids = Ids::seeded(shared.clone(), 1);
        let letters = Arc::new(Letters::default());
        let process = Process {
            bus,
            mail: letters.clone(),
            blobs: Arc::new(Store::memory(&ids, &shared)),
            verifier: Verifier::local(shared.clone()),
            mesh_key: MeshKey::new(&MESH_SEED, shared.clone()).expect("a good key"),
            limits: Limits::default(),
            stopping: CancellationToken::new(),
            clock: shared,
            ids,
        };
        let signer = AccessSigner::new(SIGNING_KEY, &SIGNING_SEED);
        process.verifier.trust(&jwks()).expect("a good key set");
        tokio::spawn(
            process.bus.subscribe(revocations(&process.verifier)).supervise(process.stopping.clone()),
        );
        let probe = Db::open(database.url(), &process.ids, &process.clock).expect("a good URL");
        let others = std::sync::Mutex::default();
        Self { engine, clock, process, letters, signer, broker: None, database, others, probe }
    }

    /// The world with another file store.
    pub fn keeping(mut self, blobs: Arc<dyn Blobs>) -> Self {
        self.process.blobs = blobs;
        self
    }

    /// The engine of its databases.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// What services are built with.
    pub fn process(&self) -> Process {
        self.process.clone()
    }

    /// The clock, to be moved by hand.
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// Where the world's database is.
    pub fn database_url(&self) -> String {
        self.database.url().to_owned()
    }

    /// The database of another service in this world, whose migrations were applied to it: its URL.
    pub async fn another_database(&self, service: &'static str, migrations: &[Migration]) -> String {
        let database = Arc::new(Database::migrated(self.engine, service, migrations).await);
        let probe = self.open(database.url());
        let url = database.url().to_owned();
        self.others.lock().expect("no test panicked here").push((probe, database));
        url
    }

    /// The world's database, opened and migrated, for tests that go without a service.
    pub async fn db(&self, migrations: &[Migration]) -> Db {
        let db = self.open(self.database.url());
        db.migrate(migrations).await.expect("migrations apply");
        db
    }

    /// The letters that were sent.
    pub fn letters(&self) -> &Letters {
        &self.letters
    }

    /// Somebody with this id and no rights yet.
    pub fn person(&self, user_id: &str) -> Person<'_> {
        Person::new(self, user_id)
    }

    /// A cause for news that nobody in particular made.
    pub fn cause(&self) -> Cause {
        Cause::of_itself(crate::caller::system("test"), self.process.ids.id("req"))
    }

    /// Runs a worker until the world ends.
    pub fn run(&self, worker: Worker) {
        tokio::spawn(worker.supervise(self.process.stopping.clone()));
    }

    /// Runs a service's workers and gives a way to call it.
    pub fn peer(&self, service: Service) -> TestPeer {
        let routes = service.guarded(&self.process);
        service.workers.into_iter().for_each(|worker| self.run(worker));
        TestPeer(Peer::local(routes, Signer::new(&self.process.mesh_key, "test")))
    }

    /// Waits until no news and no due job is left in any database of this world, nor on its broker. Panics with what is stuck, paused
    /// after a failure, or dead.
    pub async fn settle(&self) {
        let traffic = self.broker.as_ref().map(Broker::traffic);
        settle::settle(&self.databases(), traffic, &self.process.clock, &self.process.ids).await;
    }

    /// Moves the clock and waits until what got due is done. What moves by itself comes to rest before: in a jump of time the token of
    /// a call on its way would run out.
    pub async fn advance(&self, step: SignedDuration) {
        let traffic = self.broker.as_ref().map(Broker::traffic);
        settle::rest(&self.databases(), traffic, &self.process.clock, &self.process.ids).await;
        self.clock.advance(step);
        self.settle().await;
    }

    /// Stops every worker, as the end of the process does.
    pub fn stop(&self) {
        self.process.stopping.cancel();
    }

    fn databases(&self) -> Vec<Db> {
        let others = self.others.lock().expect("no test panicked here");
        iter::once(&self.probe).chain(others.iter().map(|(db, _)| db)).cloned().collect()
    }

    fn open(&self, url: &str) -> Db {
        Db::open(url, &self.process.ids, &self.process.clock).expect("a good URL")
    }
}

impl Drop for World {
    /// The workers stop before their databases and queues go.
    fn drop(&mut self) {
        self.stop();
        if let Some(broker) = &self.broker {
            broker.clear();
        }
    }
}

/// A service to be called in a test, through all its layers.
#[derive(Clone, Debug)]
pub struct TestPeer(Peer);

impl TestPeer {
    /// The service as `caller`, another service of the world, reaches it.
    pub fn peer(&self, caller: &'static str) -> Peer {
        self.0.signed_as(caller)
    }

    /// For calls by whoever a token was made for.
    pub fn with_token(&self, token: &str) -> PeerChannel {
        self.0.for_token(token, "")
    }

    /// For calls by a service of the mesh.
    pub fn as_mesh(&self) -> PeerChannel {
        self.0.for_worker()
    }
}

/// The public half of the key test tokens are signed with.
fn jwks() -> Jwks {
    let x = public_key(&SIGNING_SEED).expect("a good key");
    let key = Jwk {
        kid: SIGNING_KEY.into(),
        kty: "OKP".into(),
        alg: "EdDSA".into(),
        crv: "Ed25519".into(),
        x,
        r#use: "sig".into(),
    };
    Jwks { keys: vec![key] }
}

/// Prepares every statement of the stores in a migrated database, so that a wrong column or a word one engine does not know
/// is found without running it.
pub async fn prepare_all(
    engine: Engine,
    migrations: &[Migration],
    stores: &[&[(&'static str, &'static str)]],
) {
    let world = World::new(engine, "statements").await;
    let db = world.db(migrations).await;
    let mut connection = db.reader().acquire().await.expect("a connection");
    let mut wrong = Vec::new();
    for (name, sql) in stores.iter().copied().flatten() {
        if let Err(error) = connection.prepare(sql.into_sql_str()).await {
            wrong.push(format!("{name}: {error}"));
        }
    }
    assert!(wrong.is_empty(), "statements {engine:?} does not take:\n{}", wrong.join("\n"));
}

/// How the engine would run a statement, line by line.
pub async fn plan(db: &Db, statement: Assembly) -> Vec<String> {
    // SQLite says it in the fourth of its columns, PostgreSQL in its only one.
    let column = match db.engine() {
        Engine::Sqlite => 3,
        Engine::Postgres => 0,
    };
    let mut connection = db.reader().acquire().await.expect("a connection");
    let rows = statement.explained(db.engine()).fetch_all(&mut connection).await.expect("a plan");
    rows.iter().map(|row| row.try_get(column).expect("a line of text")).collect()
}

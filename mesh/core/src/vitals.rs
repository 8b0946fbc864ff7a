//! A database's vital signs as metrics: what waits, for how long, what was given up, how busy the connections are.

use std::time::Duration;

use jiff::Timestamp;
use opentelemetry::{KeyValue, metrics::Gauge};
use sqlx::Row;
use tokio::time::sleep;

use crate::{clock::SharedClock, db::Db, error::Result, jobs, outbox, service::Worker, telemetry};

/// How often they are taken.
const EVERY: Duration = Duration::from_secs(15);

crate::statements! {
    /// Events that were given up.
    DEAD_LETTERS = "select count(*) from dead_letters";
}

/// The worker that takes them for a service's database.
pub fn worker(service: &'static str, db: Db, clock: SharedClock) -> Worker {
    Worker::new(format!("{service}.vitals"), move |stop| {
        let (db, clock) = (db.clone(), clock.clone());
        async move {
            let gauges = Gauges::new(service);
            loop {
                gauges.take(&db, clock.now()).await?;
                if stop.run_until_cancelled(sleep(EVERY)).await.is_none() {
                    return Ok(());
                }
            }
        }
    })
}

struct Gauges {
    service: [KeyValue; 1],
    outbox_waiting: Gauge<i64>,
    outbox_lag: Gauge<f64>,
    dead_letters: Gauge<i64>,
    jobs_overdue: Gauge<i64>,
    jobs_lag: Gauge<f64>,
    jobs_dead: Gauge<i64>,
    connections_open: Gauge<i64>,
    connections_idle: Gauge<i64>,
    connections_most: Gauge<i64>,
}

impl Gauges {
    fn new(service: &'static str) -> Self {
        let meter = telemetry::meter();
        let count =
            |name: &'static str, what: &'static str| meter.i64_gauge(name).with_description(what).build();
        let lag = |name: &'static str, what: &'static str| {
            meter.f64_gauge(name).with_unit("s").with_description(what).build()
        };
        Self {
            service: [KeyValue::new("service", service)],
            outbox_waiting: count("outbox.waiting", "Events that have not left yet"),
            outbox_lag: lag("outbox.lag", "Age of the oldest of them"),
            dead_letters: count("outbox.dead_letters", "Events a consumer refused until they were given up"),
            jobs_overdue: count("jobs.overdue", "Jobs that are due and not done"),
            jobs_lag: lag("jobs.lag", "How long the most overdue of them has been due"),
            jobs_dead: count("jobs.dead", "Jobs that failed until they were given up"),
            connections_open: count("database.connections.open", "Open connections to the database"),
            connections_idle: count("database.connections.idle", "Those of them that do nothing"),
            connections_most: count("database.connections.most", "The most there may be"),
        }
    }

    async fn take(&self, db: &Db, now: Timestamp) -> Result<()> {
        let since = |instant: Option<Timestamp>| {
            instant.map_or(0.0, |instant| now.duration_since(instant).as_secs_f64())
        };
        let (news, jobs) = (outbox::backlog(db).await?, jobs::backlog(db, now).await?);
        let dead_letters: i64 = sqlx::query(DEAD_LETTERS).fetch_one(db.reader()).await?.try_get(0)?;
        let connections = db.connections();
        for (gauge, count) in [
            (&self.outbox_waiting, news.waiting),
            (&self.dead_letters, dead_letters),
            (&self.jobs_overdue, jobs.overdue),
            (&self.jobs_dead, jobs.dead),
            (&self.connections_open, connections.open.into()),
            (&self.connections_idle, connections.idle.into()),
            (&self.connections_most, connections.most.into()),
        ] {
            gauge.record(count, &self.service);
        }
        self.outbox_lag.record(since(news.oldest), &self.service);
        self.jobs_lag.record(since(jobs.oldest), &self.service);
        Ok(())
    }
}

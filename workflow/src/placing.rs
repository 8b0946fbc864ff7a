//! Which queue a run waits in: the first, in their order, whose rule takes it; its department's own when none does.
//!
//! Invariant: after a queue was made or changed, what waits anywhere waits where it would if it came now. What somebody has stays
//! where it was routed, and what was escalated where that led.

use std::collections::{HashMap, hash_map::Entry};

use async_trait::async_trait;
use jiff::Timestamp;
use mesh_core::{
    db::Tx,
    error::Result,
    jobs::{self, Handler, Job},
};
use sqlx::AnyConnection;

use crate::{
    change::Change, conflict, drain, occasion::Occasion, queue::Queue, run::Run, store, widening,
    workflow::Workflow,
};

/// The kind of jobs that sort what waits; their key is the queue that is new.
pub(crate) const KIND: &str = "sort_queues";

/// Runs looked at at a time.
const BATCH: i64 = 200;

/// Where a run waits, and what it takes of an agent's capacity there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) queue_id: String,
    pub(crate) units: i64,
    /// It was escalated there, and no rule moves it.
    pub(crate) pinned: bool,
}

impl Place {
    /// Where a run is.
    pub(crate) fn of(run: &Run) -> Self {
        Self { queue_id: run.queue_id.clone(), units: run.units, pinned: run.pinned }
    }
}

impl Workflow {
    /// Where a run belongs now.
    pub(crate) async fn place(&self, tx: &mut Tx, run: &Run) -> Result<Place> {
        let choices = self.choices(tx, &run.facts.department_id).await?;
        self.place_among(tx, &choices, run).await
    }

    /// The queues a department's runs may wait in. A department without a queue of its own gets one.
    pub(crate) async fn choices(&self, tx: &mut Tx, department_id: &str) -> Result<Vec<Queue>> {
        let choices = store::queues::choices(tx.conn(), department_id).await?;
        if choices.iter().any(|queue| queue.home == department_id) {
            return Ok(choices);
        }
        self.queue_of(tx, department_id).await?;
        store::queues::choices(tx.conn(), department_id).await
    }

    /// Where a run belongs among the queues of its department.
    pub(crate) async fn place_among(&self, tx: &mut Tx, choices: &[Queue], run: &Run) -> Result<Place> {
        if let Some(place) = choose(choices, run, tx.now()) {
            return Ok(place);
        }
        let queue_id = self.queue_of(tx, &run.facts.department_id).await?;
        Ok(Place { queue_id, units: 1, pinned: false })
    }
}

/// The first queue that takes a run.
fn choose(choices: &[Queue], run: &Run, now: Timestamp) -> Option<Place> {
    let queue = choices.iter().find(|queue| queue.takes(run, now))?;
    Some(Place { queue_id: queue.id.clone(), units: queue.units(run, now), pinned: false })
}

/// Has everything sorted that waits, because this queue is new or changed.
pub(crate) async fn sort(tx: &mut Tx, queue_id: &str) -> Result<()> {
    let job = Job { kind: KIND, key: queue_id.to_owned(), due: tx.now(), payload: Vec::new() };
    jobs::enqueue(tx, job).await.map(drop)
}

/// Sorts what waits.
#[derive(Clone, Debug)]
pub(crate) struct Sorting(pub(crate) Workflow);

#[async_trait]
impl Handler for Sorting {
    async fn run(&self, job: &Job) -> Result<()> {
        let mut last = String::new();
        loop {
            let mut conn = self.0.read().await?;
            let runs = store::runs::waiting_after(&mut conn, &last, BATCH).await?;
            let astray = self.astray(&mut conn, &runs, &job.key).await?;
            drop(conn);
            for run_id in astray {
                conflict::retried(|| self.sort(run_id)).await?;
            }
            match runs.into_iter().next_back() {
                Some(run) => last = run.id,
                None => break,
            }
        }
        let mut tx = self.0.db.begin().await?;
        drain::queue(&mut tx, &job.key).await?;
        tx.commit().await
    }
}

impl Sorting {
    /// Those that belong elsewhere, or wait in the queue that changed and may be asked about at other times now.
    async fn astray<'r>(
        &self,
        conn: &mut AnyConnection,
        runs: &'r [Run],
        queue_id: &str,
    ) -> Result<Vec<&'r str>> {
        let now = self.0.db.clock().now();
        let (mut known, mut astray): (HashMap<&str, Vec<Queue>>, _) = (HashMap::new(), Vec::new());
        for run in runs {
            let department_id = run.facts.department_id.as_str();
            let choices = match known.entry(department_id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => unknown.insert(store::queues::choices(conn, department_id).await?),
            };
            let place = choose(choices, run, now);
            if run.queue_id == queue_id || place.is_none_or(|place| place != Place::of(run)) {
                astray.push(run.id.as_str());
            }
        }
        Ok(astray)
    }

    async fn sort(&self, run_id: &str) -> Result<()> {
        let mut tx = self.0.db.begin().await?;
        let run = store::runs::by_id(tx.conn(), run_id).await?;
        let Some(run) = run.filter(|run| run.queued_at.is_some() && !run.pinned) else { return Ok(()) };
        let place = self.0.place(&mut tx, &run).await?;
        if place.queue_id == run.queue_id {
            store::runs::weigh(tx.conn(), &run, place.units).await?;
            if let Some(queue) = store::queues::by_id(tx.conn(), &place.queue_id).await? {
                widening::set(&mut tx, &run, &queue.terms()).await?;
            }
            return tx.commit().await;
        }
        let definition = self.0.definition(tx.conn(), &run).await?;
        let occasion = Occasion::due(&run.facts.ticket_id);
        let mut change = Change::of(&definition, &occasion, run);
        change.requeue(&tx, place);
        self.0.find_agent(&mut tx, &mut change).await?;
        change.save(&mut tx).await?;
        tx.commit().await
    }
}

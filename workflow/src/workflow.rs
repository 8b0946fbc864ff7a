//! What every room of this service shares: its database, its peers, and the definitions it walks.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use mesh_core::{
    db::{Db, Tx},
    error::{Error, Result},
    page::PageKey,
    peer::Peer,
};
use proto::workflow::v1::Version;
use sqlx::{Any, AnyConnection, pool::PoolConnection};

use crate::{
    arrival::Lines,
    automating,
    change::Change,
    choosing::{self, Taker},
    definition::Definition,
    drain::lost_access,
    examples,
    period::Periods,
    pool::Pool,
    run::{Facts, Run},
    simple, sla, store,
};

/// The section in which a replica writes what ships with the program.
pub(crate) const INSTALLING: &str = "workflow.install";

/// The service. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) struct Workflow {
    pub(crate) db: Db,
    pub(crate) tickets: Peer,
    pub(crate) identity: Peer,
    pub(crate) pages: PageKey,
    pub(crate) lines: Arc<Lines>,
    periods: Periods,
    definitions: Arc<RwLock<Known>>,
}

/// Definitions by workflow and number. They never change, so what is known stays right.
type Known = HashMap<(String, i32), Arc<Definition>>;

impl Workflow {
    pub(crate) fn new(db: Db, tickets: Peer, identity: Peer, pages: PageKey, periods: Periods) -> Self {
        Self { db, tickets, identity, pages, lines: Arc::default(), periods, definitions: Arc::default() }
    }

    /// How long an agent may be silent; zero is for ever.
    pub(crate) fn away_after(&self) -> Duration {
        self.periods.away_after
    }

    /// A connection to read from.
    pub(crate) async fn read(&self) -> Result<PoolConnection<Any>> {
        Ok(self.db.reader().acquire().await?)
    }

    /// Writes the workflows that ship with the program.
    pub(crate) async fn install(&self) -> Result<()> {
        let mut tx = self.db.begin_alone(INSTALLING).await?;
        let now = tx.now();
        let examples = examples::all().into_iter().map(|(workflow, version)| (workflow, vec![version]));
        for (workflow, versions) in examples.chain([(simple::workflow(), simple::versions())]) {
            store::definitions::install(tx.conn(), &workflow, now).await?;
            for version in versions {
                store::definitions::install_version(tx.conn(), &version, now).await?;
            }
        }
        sla::shipped::install(&mut tx).await?;
        automating::forgetting::begin(&mut tx, now).await?;
        tx.commit().await
    }

    /// The version a run is pinned to.
    pub(crate) async fn definition(&self, conn: &mut AnyConnection, run: &Run) -> Result<Arc<Definition>> {
        self.version(conn, &run.workflow_id, run.workflow_version).await
    }

    /// The version a new ticket's run starts on: the live one of the first of these workflows that takes the ticket.
    pub(crate) async fn definition_among(
        &self,
        tx: &mut Tx,
        takers: &[Taker],
        facts: &Facts,
    ) -> Result<Arc<Definition>> {
        let simple = self.last(tx.conn(), takers).await?;
        let run = Run::start(String::new(), &simple, facts.clone(), String::new(), tx.now());
        match choosing::choose(takers, &run, tx.now()) {
            Some(taker) => self.version(tx.conn(), &taker.workflow_id, taker.version).await,
            None => Ok(simple),
        }
    }

    /// The version on which the run of a ticket starts that no other workflow takes: that of *Simple*.
    pub(crate) async fn fallback(&self, conn: &mut AnyConnection) -> Result<Arc<Definition>> {
        let takers = store::drafts::takers(conn).await?;
        self.last(conn, &takers).await
    }

    async fn last(&self, conn: &mut AnyConnection, takers: &[Taker]) -> Result<Arc<Definition>> {
        let last = takers.last().ok_or_else(|| Error::internal("no workflow takes tickets"))?;
        self.version(conn, &last.workflow_id, last.version).await
    }

    /// If the run has begun to wait for an agent, asks routing for one.
    pub(crate) async fn find_agent(&self, tx: &mut Tx, change: &mut Change<'_>) -> Result<()> {
        let Some(queue_id) = change.newly_waits_in() else {
            return Ok(());
        };
        let mut pool = Pool::enter(tx, queue_id).await?;
        pool.serve(tx, change).await?;
        pool.leave(tx).await
    }

    /// Takes a run that goes on after it was over from whoever had it, if he may no longer work there: nobody looked meanwhile.
    pub(crate) async fn release_from_strangers(&self, tx: &mut Tx, change: &mut Change<'_>) -> Result<()> {
        let run = change.run();
        let Some(assignee) = run.assignee.clone().filter(|_| run.is_open()) else { return Ok(()) };
        if !store::agents::works_on(tx.conn(), &assignee, run).await? {
            change.hand(tx, lost_access());
        }
        Ok(())
    }

    /// The queue of a department, opened on need.
    pub(crate) async fn queue_of(&self, tx: &mut Tx, department_id: &str) -> Result<String> {
        let (id, now) = (tx.ids().id("que"), tx.now());
        store::queues::of_department(tx.conn(), department_id, id, now).await
    }

    /// A version with the times of this installation.
    pub(crate) fn with_times(&self, version: Version) -> Version {
        self.periods.fill_in(version)
    }

    /// A version that was published.
    pub(crate) async fn version(
        &self,
        conn: &mut AnyConnection,
        workflow_id: &str,
        number: i32,
    ) -> Result<Arc<Definition>> {
        let key = (workflow_id.to_owned(), number);
        if let Some(known) = self.definitions.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(known.clone());
        }
        let version = store::definitions::version(conn, workflow_id, number).await?;
        let version = version
            .ok_or_else(|| Error::internal(format!("version {number} of workflow {workflow_id} is gone")))?;
        let definition = Arc::new(Definition::new(self.with_times(version)).map_err(Error::internal)?);
        self.definitions.write().unwrap_or_else(PoisonError::into_inner).insert(key, definition.clone());
        Ok(definition)
    }
}

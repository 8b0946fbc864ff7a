//! What every room of this service shares: its database, its peers, and the definitions it walks.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use mesh_core::{
    db::{Db, Tx},
    error::{Error, Result},
    page::PageKey,
    peer::Peer,
};
use sqlx::{Any, AnyConnection, pool::PoolConnection};

use crate::{
    change::Change, definition::Definition, drain::lost_access, period::Periods, pool::Pool, run::Run,
    simple, sla, store,
};

/// The service. Cloning is cheap.
#[derive(Clone, Debug)]
pub(crate) struct Workflow {
    pub(crate) db: Db,
    pub(crate) tickets: Peer,
    pub(crate) identity: Peer,
    pub(crate) pages: PageKey,
    periods: Periods,
    definitions: Arc<RwLock<Known>>,
}

/// Definitions by workflow and number. They never change, so what is known stays right.
type Known = HashMap<(String, i32), Arc<Definition>>;

impl Workflow {
    pub(crate) fn new(db: Db, tickets: Peer, identity: Peer, pages: PageKey, periods: Periods) -> Self {
        Self { db, tickets, identity, pages, periods, definitions: Arc::default() }
    }

    /// A connection to read from.
    pub(crate) async fn read(&self) -> Result<PoolConnection<Any>> {
        Ok(self.db.reader().acquire().await?)
    }

    /// Writes the workflows that ship with the program.
    pub(crate) async fn install(&self) -> Result<()> {
        let mut tx = self.db.begin_alone("workflow.install").await?;
        let now = tx.now();
        store::definitions::install(tx.conn(), &simple::workflow(), now).await?;
        for version in simple::versions() {
            store::definitions::install_version(tx.conn(), &version, now).await?;
        }
        sla::shipped::install(&mut tx).await?;
        tx.commit().await
    }

    /// The version a run is pinned to.
    pub(crate) async fn definition(&self, conn: &mut AnyConnection, run: &Run) -> Result<Arc<Definition>> {
        self.version(conn, &run.workflow_id, run.workflow_version).await
    }

    /// The version new runs start on.
    pub(crate) async fn definition_for_new_runs(&self, conn: &mut AnyConnection) -> Result<Arc<Definition>> {
        let (workflow_id, number) = store::definitions::fallback(conn).await?;
        self.version(conn, &workflow_id, number).await
    }

    /// If the run has begun to wait for an agent, asks routing for one.
    pub(crate) async fn find_agent(&self, tx: &mut Tx, change: &mut Change<'_>) -> Result<()> {
        let Some(queue_id) = change.newly_waits_in() else {
            return Ok(());
        };
        let mut pool = Pool::enter(tx, queue_id).await?;
        pool.serve(tx, change).await
    }

    /// Takes a run that goes on after it was over from whoever had it, if he may no longer work there: nobody looked meanwhile.
    pub(crate) async fn release_from_strangers(&self, tx: &mut Tx, change: &mut Change<'_>) -> Result<()> {
        let run = change.run();
        let Some(assignee) = run.assignee.clone().filter(|_| run.is_open()) else { return Ok(()) };
        let department_id = run.facts.department_id.clone();
        if !store::agents::works_in(tx.conn(), &assignee, &department_id).await? {
            change.hand(tx, lost_access());
        }
        Ok(())
    }

    /// The queue of a department, opened on need.
    pub(crate) async fn queue_of(&self, tx: &mut Tx, department_id: &str) -> Result<String> {
        let (id, now) = (tx.ids().id("que"), tx.now());
        store::queues::of_department(tx.conn(), department_id, id, now).await
    }

    async fn version(
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
        let definition = Arc::new(Definition::new(self.periods.fill_in(version)).map_err(Error::internal)?);
        self.definitions.write().unwrap_or_else(PoisonError::into_inner).insert(key, definition.clone());
        Ok(definition)
    }
}

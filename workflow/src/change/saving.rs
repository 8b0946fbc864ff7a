//! Writing a change: all of it, in the transaction it is given.

use mesh_core::{
    clock,
    db::Tx,
    error::{Error, Result},
    jobs,
    outbox::{self, Cause, News},
};
use proto::workflow::v1::{RunHistoryEntry, run_history_entry::Change as What};

use super::{Change, Entry};
use crate::{
    alarm, approving, automating,
    batch::Batch,
    drain,
    effect::{self, Deed},
    events,
    measure::Marks,
    measuring,
    occasion::Doing,
    project,
    run::Run,
    sla::follow,
    store,
};

impl Change<'_> {
    /// Writes it all. `CONFLICT` when somebody else changed the run since it was read.
    pub(crate) async fn save(self, tx: &mut Tx) -> Result<Run> {
        let mut batch = Batch::default();
        let run = self.save_with(tx, &mut batch).await?;
        batch.close(tx).await?;
        Ok(run)
    }

    /// The same for one of several changes of a transaction, which closes their batch.
    pub(crate) async fn save_with(mut self, tx: &mut Tx, batch: &mut Batch) -> Result<Run> {
        self.rest(tx).await?;
        if self.moved
            && self.was.is_some()
            && let Some(asked) = approving::cancel(tx, &self.run).await?
        {
            let votes = asked.voted();
            self.approve(Doing::Own, asked, votes);
        }
        self.run.version += 1;
        let saved = match self.was {
            None => store::runs::insert(tx.conn(), &self.run).await?,
            Some(was) => store::runs::update(tx.conn(), &self.run, was).await?,
        };
        if !saved {
            return Err(Error::conflict("the ticket moved at the same moment; send the same request again"));
        }
        self.held.settle(tx, &self.run).await?;
        self.save_history(tx).await?;
        let deeds = self.ordered();
        effect::order(tx, &self.run, deeds).await?;
        follow::change(tx, batch, self.definition, &self.run, &self.happened()).await?;
        let marks = Marks::of(self.entries.iter().map(|entry| &entry.what));
        measuring::note(tx, batch, self.definition, &self.run, marks).await?;
        if self.moved {
            if !self.begins() {
                alarm::take_back(tx, &self.run).await?;
            }
            alarm::set(tx, self.definition, &self.run).await?;
        }
        if !self.is_of_no_concern() {
            let job = project::job(tx, &self.run.id, self.was.unwrap_or_default());
            jobs::enqueue(tx, job).await?;
        }
        Ok(self.run)
    }

    /// Has it go on from where the change brought it, until it rests. If it waits in a queue then, somebody is looked for afterwards.
    async fn rest(&mut self, tx: &mut Tx) -> Result<()> {
        let steps = self.entries.len();
        self.go_on(tx.now());
        match self.newly_waits_in().filter(|_| self.entries.len() > steps) {
            Some(queue_id) => drain::queue(tx, queue_id).await,
            None => Ok(()),
        }
    }

    /// What is to be done to the ticket. One the workflow filed itself files none as it begins: it may not be linked with its
    /// parent yet, by which later ones know.
    fn ordered(&mut self) -> Vec<Deed> {
        let mut deeds = std::mem::take(&mut self.deeds);
        if self.was.is_none() && self.occasion.is_own() {
            deeds.retain(|deed| !matches!(deed, Deed::CreateChild { .. }));
        }
        deeds
    }

    fn happened(&self) -> Vec<&What> {
        self.entries.iter().map(|entry| &entry.what).collect()
    }

    async fn save_history(&self, tx: &mut Tx) -> Result<()> {
        for decision in &self.decisions {
            let now = tx.now();
            store::assignments::append(tx.conn(), decision, now).await?;
        }
        let records: Vec<_> = self.entries.iter().map(|entry| self.record(tx, entry)).collect();
        store::history::append(tx.conn(), &records).await?;
        for told in outbox::push_all(tx, self.news()).await? {
            Box::pin(automating::told(tx, &told, &self.run)).await?;
        }
        Ok(())
    }

    /// What others hear of it, in order, each with its cause.
    fn news(&self) -> Vec<(&Cause, News)> {
        let mut news = Vec::new();
        for entry in &self.entries {
            let cause = self.occasion.cause(entry.doing);
            if let (What::Approval(_), Some(asked)) = (&entry.what, &self.asked) {
                news.push((cause, events::approval_changed(asked, &self.run, self.definition)));
            }
            let told = events::news(&self.run, self.definition, &entry.what, &entry.reason);
            news.extend(told.into_iter().map(|told| (cause, told)));
        }
        news
    }

    fn record(&self, tx: &Tx, entry: &Entry) -> RunHistoryEntry {
        RunHistoryEntry {
            id: tx.ids().id("his"),
            run_id: self.run.id.clone(),
            ticket_id: self.run.facts.ticket_id.clone(),
            time: Some(clock::to_proto(tx.now())),
            run_version: self.run.version,
            actor: Some(self.occasion.cause(entry.doing).actor().clone()),
            causation_id: self.occasion.causation_id.clone(),
            reason: entry.reason.clone(),
            change: Some(entry.what.clone()),
        }
    }

    /// Whether there is no ticket any more to be told, or only a stub.
    fn is_of_no_concern(&self) -> bool {
        self.entries.iter().any(|entry| matches!(entry.what, What::Ended(_)))
    }
}

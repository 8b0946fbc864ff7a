//! Writing a change: all of it, in the transaction it is given.

use mesh_core::{
    clock,
    db::Tx,
    error::{Error, Result},
    jobs, outbox,
};
use proto::workflow::v1::{RunHistoryEntry, run_history_entry::Change as What};

use super::{Change, Entry};
use crate::{
    alarm, approving, automating, drain,
    effect::{self, Deed},
    events,
    measure::Marks,
    measuring,
    occasion::Doing,
    project,
    run::{FIRST, Run},
    sla::follow,
    store,
};

impl Change<'_> {
    /// Writes it all. `CONFLICT` when somebody else changed the run since it was read.
    pub(crate) async fn save(mut self, tx: &mut Tx) -> Result<Run> {
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
        follow::change(tx, self.definition, &self.run, &self.happened()).await?;
        let marks = Marks::of(self.entries.iter().map(|entry| &entry.what));
        measuring::note(tx, self.definition, &self.run, marks).await?;
        if self.moved {
            alarm::set(tx, self.definition, &self.run).await?;
        }
        if !self.is_of_no_concern() && !self.run.is_unplaced() {
            let job = project::job(tx, &self.run.id, self.told_before());
            jobs::enqueue(tx, job).await?;
        }
        Ok(self.run)
    }

    /// Has it go on from where the change brought it, until it rests. If it waits in a queue then, somebody is looked for afterwards.
    async fn rest(&mut self, tx: &mut Tx) -> Result<()> {
        let steps = self.entries.len();
        self.go_on(tx.now());
        let begins_to_wait = self.newly_waits_in().filter(|_| self.entries.len() > steps);
        match begins_to_wait.or_else(|| self.passed_over_in()) {
            Some(queue_id) => drain::queue(tx, queue_id).await,
            None => Ok(()),
        }
    }

    /// The queue where it goes on waiting and was never looked at: it had only been written down when somebody changed it, and who
    /// stood in line for it finds it another.
    fn passed_over_in(&self) -> Option<&str> {
        let was_unplaced = self.was == Some(FIRST) && self.waited_in.is_some();
        let waits = self.run.queued_at.is_some() && self.decisions.is_empty();
        (was_unplaced && waits).then_some(&self.run.queue_id)
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
        for (entry, step) in self.entries.iter().zip(0..) {
            let record = self.record(tx, entry);
            store::history::append(tx.conn(), &record, step).await?;
            let cause = self.occasion.cause(entry.doing);
            if let (What::Approval(_), Some(asked)) = (&entry.what, &self.asked) {
                let news = events::approval_changed(asked, &self.run, self.definition);
                outbox::push(tx, cause, news).await?;
            }
            for news in events::news(&self.run, self.definition, &entry.what, &entry.reason) {
                let told = outbox::push(tx, cause, news).await?;
                Box::pin(automating::told(tx, &told, &self.run)).await?;
            }
        }
        Ok(())
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

    /// The version its ticket knows. A run that begins to wait is told of once it was looked at in its queue.
    fn told_before(&self) -> i64 {
        self.was.filter(|was| *was > FIRST).unwrap_or_default()
    }

    /// Whether there is no ticket any more to be told, or only a stub.
    fn is_of_no_concern(&self) -> bool {
        self.entries.iter().any(|entry| matches!(entry.what, What::Ended(_)))
    }
}

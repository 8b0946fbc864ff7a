//! A change of a run, and the only way to make one.
//!
//! Invariant: a run is saved in one transaction with its history, its decisions, its news, its alarms, what reports count of it and the
//! job that tells the ticket, over the version it was read from, or not at all.

use mesh_core::{
    clock,
    db::Tx,
    error::{Error, Result},
    jobs, outbox,
};
use proto::workflow::v1::{
    AssigneeChanged, AssignmentExplanation, AssignmentOrigin, EndReason, FactsChanged, QueueWaiting,
    RunEnded, RunHistoryEntry, RunResumed, RunStarted, run_history_entry::Change as What,
};

use crate::{
    alarm,
    definition::Definition,
    engine::Step,
    events,
    measure::Marks,
    measuring,
    occasion::{Doing, Occasion},
    project,
    run::{Facts, Run},
    store,
};

/// A run on its way from one version to the next.
#[derive(Debug)]
pub(crate) struct Change<'a> {
    definition: &'a Definition,
    occasion: &'a Occasion,
    run: Run,
    /// The version it was read with; `None` for a new run.
    was: Option<i64>,
    /// The queue it waited in already.
    waited_in: Option<String>,
    entries: Vec<Entry>,
    decisions: Vec<AssignmentExplanation>,
    moved: bool,
}

/// One thing that happens.
#[derive(Debug)]
struct Entry {
    doing: Doing,
    reason: String,
    what: What,
}

/// A decision about who works on the run.
#[derive(Debug)]
pub(crate) struct Handing {
    pub(crate) doing: Doing,
    pub(crate) origin: AssignmentOrigin,
    /// Who gets it; `None` for nobody.
    pub(crate) to: Option<String>,
    /// In a person's words; may be empty.
    pub(crate) reason: String,
    /// In one sentence.
    pub(crate) summary: String,
}

impl<'a> Change<'a> {
    /// A run that begins.
    pub(crate) fn begin(definition: &'a Definition, occasion: &'a Occasion, run: Run) -> Self {
        let started = RunStarted {
            workflow_id: run.workflow_id.clone(),
            workflow_version: run.workflow_version,
            stage_key: run.stage.clone(),
        };
        let mut change =
            Self { was: None, waited_in: None, moved: true, ..Self::of(definition, occasion, run) };
        change.enter(Doing::Own, "", What::Started(started));
        change
    }

    /// A run as it was read.
    pub(crate) fn of(definition: &'a Definition, occasion: &'a Occasion, run: Run) -> Self {
        Self {
            definition,
            occasion,
            was: Some(run.version),
            waited_in: run.queued_at.map(|_| run.queue_id.clone()),
            run,
            entries: Vec::new(),
            decisions: Vec::new(),
            moved: false,
        }
    }

    /// The run as it will be saved.
    pub(crate) fn run(&self) -> &Run {
        &self.run
    }

    /// The queue to look for an agent in, when the run has begun to wait there with this change. One that waited before is
    /// served when somebody comes.
    pub(crate) fn newly_waits_in(&self) -> Option<&str> {
        let queue_id = self.run.queued_at.map(|_| self.run.queue_id.as_str());
        queue_id.filter(|queue_id| self.waited_in.as_deref() != Some(queue_id))
    }

    /// It takes a transition.
    pub(crate) fn step(&mut self, doing: Doing, step: Step) {
        self.step_because(doing, step, "");
    }

    /// Its ticket now needs other work: another department, another urgency.
    pub(crate) fn refact(&mut self, tx: &Tx, facts: Facts, queue_id: String) {
        let known = &self.run.facts;
        let changed = FactsChanged {
            department_id: if facts.department_id == known.department_id {
                String::new()
            } else {
                facts.department_id.clone()
            },
            priority: if facts.priority == known.priority { 0 } else { facts.priority.into() },
        };
        if self.run.queue_id != queue_id {
            // Waiting begins anew in another queue.
            self.run.queued_at = self.run.queued_at.map(|_| tx.now());
        }
        self.run.facts = facts;
        self.run.queue_id = queue_id;
        self.enter(Doing::Actors, "", What::FactsChanged(changed));
    }

    /// As [`step`](Self::step), with words for the timeline.
    pub(crate) fn step_because(&mut self, doing: Doing, step: Step, reason: &str) {
        self.run = step.run;
        self.moved = true;
        self.enter(doing, reason, What::Moved(step.moved));
    }

    /// It ends where it is, because its ticket leads to another one now.
    pub(crate) fn park(&mut self, tx: &Tx) {
        self.run.park(tx.now());
        self.moved = true;
        self.enter(Doing::Actors, "", What::Ended(RunEnded { reason: EndReason::TicketMerged.into() }));
    }

    /// It goes on where it was, because its ticket is one again.
    pub(crate) fn resume(&mut self, tx: &Tx, merge_id: &str) {
        self.run.resume(tx.now());
        self.moved = true;
        self.enter(Doing::Actors, "", What::Resumed(RunResumed { merge_id: merge_id.to_owned() }));
    }

    /// It ends where it is, because its ticket is gone.
    pub(crate) fn abandon(&mut self, tx: &Tx) {
        self.run.end(tx.now());
        self.moved = true;
        self.enter(Doing::Actors, "", What::Ended(RunEnded { reason: EndReason::TicketDeleted.into() }));
    }

    /// Somebody else, or nobody, works on it from now on.
    pub(crate) fn hand(&mut self, tx: &Tx, handing: Handing) {
        let doing = handing.doing;
        let decision = self.decided(tx, handing);
        self.hand_as(tx, doing, decision);
    }

    /// As [`hand`](Self::hand), with a decision that says more.
    pub(crate) fn hand_as(&mut self, tx: &Tx, doing: Doing, decision: AssignmentExplanation) {
        let changed = AssigneeChanged {
            from_id: decision.previous_id.clone(),
            to_id: decision.assignee_id.clone(),
            origin: decision.origin,
            assignment_id: decision.id.clone(),
        };
        let to = Some(decision.assignee_id.as_str()).filter(|id| !id.is_empty());
        self.run.give_to(to, tx.now());
        let words = if decision.reason.is_empty() { &decision.summary } else { &decision.reason };
        self.enter(doing, words, What::AssigneeChanged(changed));
        self.decisions.push(decision);
    }

    /// Nobody could take it; the decision says why.
    pub(crate) fn wait(&mut self, decision: AssignmentExplanation) {
        let waiting =
            QueueWaiting { queue_id: self.run.queue_id.clone(), assignment_id: decision.id.clone() };
        self.enter(Doing::Own, &decision.summary, What::Waiting(waiting));
        self.decisions.push(decision);
    }

    /// A decision that leaves everything as it is.
    pub(crate) fn note(&mut self, decision: AssignmentExplanation) {
        self.decisions.push(decision);
    }

    /// Agents who give it back with this very change.
    pub(crate) fn gave_back_now(&self) -> Vec<String> {
        let released =
            self.decisions.iter().filter(|decision| decision.origin() == AssignmentOrigin::Released);
        released.map(|decision| decision.previous_id.clone()).collect()
    }

    /// The decision made last, if one was.
    pub(crate) fn latest_decision(&self) -> Option<&AssignmentExplanation> {
        self.decisions.last()
    }

    /// A decision as it is kept, without candidates.
    pub(crate) fn decided(&self, tx: &Tx, handing: Handing) -> AssignmentExplanation {
        AssignmentExplanation {
            id: tx.ids().id("asg"),
            run_id: self.run.id.clone(),
            ticket_id: self.run.facts.ticket_id.clone(),
            time: Some(clock::to_proto(tx.now())),
            origin: handing.origin.into(),
            assignee_id: handing.to.unwrap_or_default(),
            previous_id: self.run.assignee.clone().unwrap_or_default(),
            actor: Some(self.occasion.cause(handing.doing).actor().clone()),
            reason: handing.reason,
            queue_id: self.run.queue_id.clone(),
            summary: handing.summary,
            ..AssignmentExplanation::default()
        }
    }

    /// Writes it all. `CONFLICT` when somebody else changed the run since it was read.
    pub(crate) async fn save(mut self, tx: &mut Tx) -> Result<Run> {
        self.run.version += 1;
        let saved = match self.was {
            None => store::runs::insert(tx.conn(), &self.run).await?,
            Some(was) => store::runs::update(tx.conn(), &self.run, was).await?,
        };
        if !saved {
            return Err(Error::conflict("the ticket moved at the same moment; send the same request again"));
        }
        self.save_history(tx).await?;
        let marks = Marks::of(self.entries.iter().map(|entry| &entry.what));
        measuring::note(tx, self.definition, &self.run, marks).await?;
        if self.moved {
            alarm::set(tx, self.definition, &self.run).await?;
        }
        if !self.is_of_no_concern() {
            let job = project::job(tx, &self.run.id, self.was.unwrap_or_default());
            jobs::enqueue(tx, job).await?;
        }
        Ok(self.run)
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
            for news in events::news(&self.run, self.definition, &entry.what, &entry.reason) {
                outbox::push(tx, cause, news).await?;
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

    fn enter(&mut self, doing: Doing, reason: &str, what: What) {
        self.entries.push(Entry { doing, reason: reason.to_owned(), what });
    }

    /// Whether there is no ticket any more to be told, or only a stub.
    fn is_of_no_concern(&self) -> bool {
        self.entries.iter().any(|entry| matches!(entry.what, What::Ended(_)))
    }
}

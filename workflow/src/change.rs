//! A change of a run, and the only way to make one.
//!
//! Invariant: a run is saved in one transaction with its history, its decisions, its news, its alarms, its clocks, what reports count
//! of it, the job that tells the ticket and those that do what its workflow does to the ticket, over the version it was read
//! from, or not at all. A run never rests where it can go on by itself.

mod saving;

use jiff::Timestamp;
use mesh_core::{clock, db::Tx};
use proto::workflow::v1::{
    ApprovalNoted, AssigneeChanged, AssignmentExplanation, AssignmentOrigin, EndReason, FactsChanged,
    OfferEnded, QueueWaiting, RunEnded, RunMigrated, RunOffered, RunResumed, RunStarted, RunWoken,
    TransitionKind, Vote, run_history_entry::Change as What,
};

use crate::{
    approval::Asked,
    definition::Definition,
    effect::{self, Deed},
    engine::{self, Step},
    load::Held,
    occasion::{Doing, Occasion},
    offer::Offer,
    placing::Place,
    run::{Facts, Run},
    snooze::Snooze,
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
    /// What is done to the ticket.
    deeds: Vec<Deed>,
    /// An approval that was asked for or came to an end with it.
    asked: Option<Asked>,
    moved: bool,
    held: Held,
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
        let mut change = Self {
            was: None,
            waited_in: None,
            moved: true,
            held: Held::nothing(),
            ..Self::of(definition, occasion, run)
        };
        let (run, stage) = (&change.run, definition.start());
        if run.stage == stage.key {
            change.deeds = effect::deeds(&stage.on_enter, run, run.started_at);
        }
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
            held: Held::of(&run),
            run,
            entries: Vec::new(),
            decisions: Vec::new(),
            deeds: Vec::new(),
            asked: None,
            moved: false,
        }
    }

    /// The run as it will be saved.
    pub(crate) fn run(&self) -> &Run {
        &self.run
    }

    /// Whether the run is not written yet.
    pub(crate) const fn begins(&self) -> bool {
        self.was.is_none()
    }

    /// What the run goes by.
    pub(crate) const fn definition(&self) -> &'a Definition {
        self.definition
    }

    /// The id of whoever called, or caused the event; empty for the mesh itself.
    pub(crate) fn asker(&self) -> &str {
        &self.occasion.cause(Doing::Actors).actor().user_id
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

    /// Somebody moves it to another version, to stand there as `landed`; the definition is that of the version.
    pub(crate) fn migrate(&mut self, doing: Doing, landed: Run, migrated: RunMigrated, reason: &str) {
        self.run = landed;
        self.moved = true;
        self.enter(doing, reason, What::Migrated(migrated));
    }

    /// An approval is asked for, went on, or came to an end; with the votes of the level that ended.
    pub(crate) fn approve(&mut self, doing: Doing, asked: Asked, votes: Vec<Vote>) {
        let key = &asked.approval.transition_key;
        let label = self.definition.transition(key).map(|transition| transition.label.clone());
        let noted = ApprovalNoted {
            approval_id: asked.approval.id.clone(),
            transition_key: key.clone(),
            transition_label: label.unwrap_or_default(),
            state: asked.approval.state,
            votes,
        };
        self.enter(doing, "", What::Approval(noted));
        self.asked = Some(asked);
    }

    /// Its ticket now needs other work: another department, another urgency.
    pub(crate) fn refact(&mut self, tx: &Tx, facts: Facts, place: Place) {
        let known = &self.run.facts;
        let changed = FactsChanged {
            department_id: if facts.department_id == known.department_id {
                String::new()
            } else {
                facts.department_id.clone()
            },
            priority: if facts.priority == known.priority { 0 } else { facts.priority.into() },
        };
        self.run.facts = facts;
        self.run.put(place, tx.now());
        self.enter(Doing::Actors, "", What::FactsChanged(changed));
    }

    /// It waits in another queue now.
    pub(crate) fn requeue(&mut self, tx: &Tx, place: Place) {
        self.run.put(place, tx.now());
    }

    /// It is set aside.
    pub(crate) fn set_aside(&mut self, tx: &Tx, snooze: Snooze) {
        self.run.snooze = Some(snooze);
        self.run.queue_if_needed(tx.now());
        self.enter(Doing::Actors, "", What::Snoozed(snooze.to_proto()));
    }

    /// It goes on after it was set aside.
    pub(crate) fn wake(&mut self, tx: &Tx, doing: Doing) {
        self.run.snooze = None;
        self.run.queue_if_needed(tx.now());
        self.enter(doing, "", What::Woken(RunWoken {}));
    }

    /// As [`step`](Self::step), with words for the timeline.
    pub(crate) fn step_because(&mut self, doing: Doing, step: Step, reason: &str) {
        self.take(doing, step, reason);
        let now = self.run.staged_at;
        self.go_on(now);
    }

    /// Whether it goes on by itself from where it is.
    pub(crate) fn goes_on(&self, now: Timestamp) -> bool {
        !engine::automatic(self.definition, &self.run, now).is_empty()
    }

    /// It has stayed in its stage as long as it may, and this is done about it.
    pub(crate) fn outstay(&mut self, deeds: Vec<Deed>) {
        self.deeds.extend(deeds);
    }

    /// It takes the automatic transitions there are from where it is.
    fn go_on(&mut self, now: Timestamp) {
        for step in engine::automatic(self.definition, &self.run, now) {
            self.take(Doing::Own, step, "");
        }
    }

    fn take(&mut self, doing: Doing, step: Step, reason: &str) {
        self.run = step.run;
        self.run.snooze = self.run.snooze.filter(|_| step.moved.kind() != TransitionKind::User);
        self.moved = true;
        self.deeds.extend(step.deeds);
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

    /// It is offered to the agent of the decision until then.
    pub(crate) fn offer(&mut self, decision: AssignmentExplanation, until: Timestamp) {
        let (to, assignment_id) = (decision.assignee_id.clone(), decision.id.clone());
        self.run.offer = Some(Offer { to: to.clone(), until });
        let offered = RunOffered { to_id: to, expire_time: Some(clock::to_proto(until)), assignment_id };
        self.enter(Doing::Own, &decision.summary, What::Offered(offered));
        self.decisions.push(decision);
    }

    /// Whom it was offered to does not take it.
    pub(crate) fn end_offer(&mut self, tx: &Tx, handing: Handing) {
        let Some(offer) = self.run.offer.take() else { return };
        let (doing, declined) = (handing.doing, handing.origin == AssignmentOrigin::Declined);
        let decision = AssignmentExplanation { previous_id: offer.to.clone(), ..self.decided(tx, handing) };
        let ended = OfferEnded { to_id: offer.to, declined, assignment_id: decision.id.clone() };
        let words = if decision.reason.is_empty() { &decision.summary } else { &decision.reason };
        self.enter(doing, words, What::OfferEnded(ended));
        self.decisions.push(decision);
    }

    /// A decision that leaves everything as it is.
    pub(crate) fn note(&mut self, decision: AssignmentExplanation) {
        self.decisions.push(decision);
    }

    /// Agents who give it back or up, or do not take it, with this very change.
    pub(crate) fn gave_back_now(&self) -> Vec<String> {
        use AssignmentOrigin::{Declined, Escalated, Expired, Released};
        let released = self
            .decisions
            .iter()
            .filter(|decision| matches!(decision.origin(), Released | Escalated | Declined | Expired));
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

    fn enter(&mut self, doing: Doing, reason: &str, what: What) {
        self.entries.push(Entry { doing, reason: reason.to_owned(), what });
    }
}

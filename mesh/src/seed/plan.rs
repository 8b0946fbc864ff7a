//! The lives of made-up tickets, one after the other in time.
//!
//! The invariant: a life is one people could have led: it goes through the stages a status is reached by, its times are in order and
//! none is after the end, and who answers is the requester or the one who works on it.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use mesh_core::{
    caller, clock,
    clock::{ManualClock, SharedClock},
    id::Ids,
};
use proto::{
    identity::v1::{Actor, ActorKind},
    tickets::v1::{
        Assignment, Comment, CommentKind, Filed, Priority, Satisfaction, Source, Stage, StageMove, Status,
        Ticket, TimelineEntry, WaitReason, timeline_entry::What,
    },
};
use tickets::{Seeded, SeededCategory};

use super::{
    forms,
    people::{Cast, Somebody},
    words::{ANSWERS, NOTES, PLACES, PROBLEMS, SENTENCES, TAGS, THINGS},
};

/// How long ago the first ticket was filed.
const SPAN: SignedDuration = SignedDuration::from_hours(730 * 24);
/// How long ago tickets were filed that may still wait for somebody.
const RECENT: SignedDuration = SignedDuration::from_hours(14 * 24);
/// How long ago tickets were resolved that are still open for an answer; it is up to a day more since midnight.
const UNANSWERED: SignedDuration = SignedDuration::from_hours(40);

/// Where tickets wait and stand.
#[derive(Debug)]
pub(super) struct Places {
    /// The queue of each department.
    pub(super) queues: Vec<String>,
    /// The categories of each department.
    pub(super) categories: Vec<Vec<SeededCategory>>,
    /// The stages, each with its status.
    pub(super) stages: Vec<(Status, Stage)>,
}

/// Makes lives.
pub(super) struct Plan {
    ids: Ids,
    clock: Arc<ManualClock>,
    end: Timestamp,
    /// Time between two tickets.
    pace: SignedDuration,
    next: Timestamp,
    number: i64,
    prefix: String,
    cast: Cast,
    places: Places,
}

/// A ticket whose life is being told.
struct Life<'p> {
    plan: &'p Plan,
    ticket: Ticket,
    requester: &'p Somebody,
    agent: Option<&'p Somebody>,
    comments: Vec<Comment>,
    entries: Vec<TimelineEntry>,
    now: Timestamp,
}

impl Plan {
    /// So many lives until `end`; the first number, alone and for people.
    pub(super) fn new(
        seed: u64,
        count: u64,
        end: Timestamp,
        (number, shown): (i64, String),
        cast: Cast,
        places: Places,
    ) -> Self {
        let start = end.saturating_sub(SPAN).unwrap_or(Timestamp::MIN);
        let clock = Arc::new(ManualClock::at(start));
        let shared: SharedClock = clock.clone();
        let micros = SPAN.as_micros() / i128::from(count.max(1));
        let pace = SignedDuration::from_micros(i64::try_from(micros).unwrap_or(i64::MAX));
        let prefix = shown.trim_end_matches(|letter: char| letter.is_ascii_digit()).to_owned();
        Self { ids: Ids::seeded(shared, seed), clock, end, pace, next: start, number, prefix, cast, places }
    }

    /// The next lives.
    pub(super) fn chunk(&mut self, count: u64) -> Vec<Seeded> {
        (0..count).map(|_| self.life()).collect()
    }

    fn life(&mut self) -> Seeded {
        self.clock.set(self.next);
        let number = format!("{}{}", self.prefix, self.number);
        let told = Life::begin(self, number).live();
        self.next = later(self.next, self.pace);
        self.number += 1;
        told
    }

    pub(super) fn pick<'w, T>(&self, of: &'w [T]) -> &'w T {
        &of[self.below(of.len())]
    }

    pub(super) fn below(&self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        usize::try_from(self.ids.below(limit)).unwrap_or_default()
    }

    /// Whether something of so many in a hundred happens.
    pub(super) fn happens(&self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn stage(&self, status: Status) -> Stage {
        let found = self.places.stages.iter().find(|(known, _)| *known == status);
        found.or_else(|| self.places.stages.first()).map(|(_, stage)| stage.clone()).unwrap_or_default()
    }

    /// Some sentences, one after the other.
    pub(super) fn text(&self, sentences: usize) -> String {
        let sentences: Vec<_> = (0..sentences).map(|_| *self.pick(&SENTENCES)).collect();
        sentences.join(" ")
    }

    /// Tags, the first of the list more often than the last.
    fn tags(&self) -> Vec<String> {
        let mut tags: Vec<String> = (0..self.below(3))
            .map(|_| TAGS[self.below(TAGS.len()).min(self.below(TAGS.len()))].to_owned())
            .collect();
        tags.dedup();
        tags
    }

    fn priority(&self) -> Priority {
        match self.below(100) {
            0..15 => Priority::Low,
            15..75 => Priority::Normal,
            75..95 => Priority::High,
            _ => Priority::Urgent,
        }
    }

    /// Where a ticket stands in the end that was filed so long before it.
    fn fate(&self, age: SignedDuration) -> Status {
        let recent = age < RECENT;
        match (self.below(100), recent) {
            (0..30, true) => Status::New,
            (30..62, true) | (0, false) => Status::Open,
            (62..74, true) | (1, false) => Status::Pending,
            (74..80, true) | (2, false) => Status::OnHold,
            (80..90, true) => Status::Resolved,
            (90..98, true) | (7.., false) => Status::Closed,
            (98, true) | (3..5, false) => Status::Rejected,
            _ => Status::Withdrawn,
        }
    }
}

impl<'p> Life<'p> {
    fn begin(plan: &'p Plan, number: String) -> Self {
        let place = plan.below(THINGS.len());
        let requester = plan.pick(&plan.cast.requesters);
        let category = plan.pick(&plan.places.categories[place]);
        let source = if plan.happens(70) { Source::Portal } else { Source::Email };
        let ticket = Ticket {
            id: plan.ids.id("tkt"),
            number,
            subject: format!("{} {} {}", plan.pick(&THINGS[place]), plan.pick(&PROBLEMS), plan.pick(&PLACES)),
            description: plan.text(1 + plan.below(5)),
            requester_id: requester.id.clone(),
            department_id: plan.cast.departments[place].clone(),
            category_id: category.id.clone(),
            fields: forms::filled(plan, category, plan.next),
            priority: plan.priority().into(),
            tags: plan.tags(),
            language: "en".into(),
            source: source.into(),
            status: Status::New.into(),
            run_id: plan.ids.id("run"),
            queue_id: plan.places.queues[place].clone(),
            create_time: Some(clock::to_proto(plan.next)),
            ..Ticket::default()
        };
        let agent = Some(plan.pick(&plan.cast.agents[place]));
        Self { plan, ticket, requester, agent, comments: vec![], entries: vec![], now: plan.next }
    }

    /// The whole life.
    fn live(mut self) -> Seeded {
        let age = self.plan.end.duration_since(self.now);
        let fate = self.plan.fate(age);
        self.people();
        let filed = Filed { source: self.ticket.source, on_behalf_of_id: String::new() };
        self.enter(person(self.requester), What::Filed(filed));
        self.stand(Status::New, "", caller::system("workflow"));
        if fate == Status::New && self.plan.happens(50) {
            self.agent = None;
        }
        self.assign();
        self.work(fate);
        self.end(fate);
        self.ticket.update_time = Some(clock::to_proto(self.now));
        self.ticket.run_version =
            i64::try_from(self.entries.iter().filter(|entry| is_of_run(entry)).count()).unwrap_or(i64::MAX);
        Seeded { ticket: self.ticket, comments: self.comments, entries: self.entries }
    }

    /// Somebody in copy, somebody who watches.
    fn people(&mut self) {
        if self.plan.happens(10) {
            self.ticket.cc_ids = vec![self.plan.pick(&self.plan.cast.requesters).id.clone()];
        }
        if self.plan.happens(5) {
            self.ticket.watcher_ids = vec![self.plan.pick(&self.plan.cast.requesters).id.clone()];
        }
    }

    /// Routing gives it to its agent.
    fn assign(&mut self) {
        let Some(agent) = self.agent else { return };
        self.ticket.assignee_id.clone_from(&agent.id);
        let given = Assignment { to_id: agent.id.clone(), ..Assignment::default() };
        self.enter(caller::system("workflow"), What::Assignment(given));
    }

    /// What is said until it stands where it does.
    fn work(&mut self, fate: Status) {
        let Some(agent) = self.agent.filter(|_| !matches!(fate, Status::New | Status::Withdrawn)) else {
            return;
        };
        self.pass(20 * 60);
        self.say(agent, CommentKind::Public, self.plan.pick::<&str>(&ANSWERS));
        self.ticket.first_response_time = Some(clock::to_proto(self.now));
        self.stand(Status::Open, "Agent replied", person(agent));
        if self.plan.happens(20) {
            self.pass(10 * 60);
            self.say(agent, CommentKind::Internal, self.plan.pick::<&str>(&NOTES));
        }
        if self.plan.happens(50) {
            self.pass(8 * 3600);
            let answer = self.plan.text(1 + self.plan.below(2));
            self.say(self.requester, CommentKind::Public, &answer);
        }
    }

    /// The last move.
    fn end(&mut self, fate: Status) {
        let agent = self.agent.map_or_else(|| caller::system("workflow"), person);
        match fate {
            Status::Pending => {
                self.ticket.wait_reason = WaitReason::Requester.into();
                self.stand(fate, "Ask requester", agent);
            }
            Status::OnHold => {
                self.ticket.wait_reason = WaitReason::Vendor.into();
                self.stand(fate, "Put on hold", agent);
            }
            Status::Resolved => self.resolve(agent, false),
            Status::Closed => {
                self.resolve(agent, true);
                self.pass(72 * 3600);
                self.close(fate, "Closed without an answer", caller::system("workflow"));
                self.rate();
            }
            Status::Rejected => self.close(fate, "Reject", agent),
            Status::Withdrawn => {
                self.pass(6 * 3600);
                self.close(fate, "Withdraw", person(self.requester));
            }
            _ => {}
        }
    }

    /// Not so long ago that it would be closed by now, where it is not.
    fn resolve(&mut self, agent: Actor, is_closed: bool) {
        self.pass(30 * 3600);
        if !is_closed {
            let earliest = self.plan.end.saturating_sub(UNANSWERED).unwrap_or(self.now);
            self.now = self.now.max(earliest);
        }
        self.ticket.resolve_time = Some(clock::to_proto(self.now));
        self.stand(Status::Resolved, "Resolve", agent);
    }

    fn close(&mut self, status: Status, transition: &str, actor: Actor) {
        self.ticket.close_time = Some(clock::to_proto(self.now));
        self.stand(status, transition, actor);
    }

    fn rate(&mut self) {
        if self.plan.happens(20) {
            let score = 5 - i32::try_from(self.plan.below(9) / 4).unwrap_or_default();
            let rate_time = Some(clock::to_proto(self.now));
            self.ticket.satisfaction = Some(Satisfaction { score, rate_time, ..Satisfaction::default() });
        }
    }

    /// Time goes by, up to so many seconds, and never beyond the end.
    fn pass(&mut self, seconds: usize) {
        let seconds = i64::try_from(1 + self.plan.below(seconds)).unwrap_or(1);
        self.now = later(self.now, SignedDuration::from_secs(seconds)).min(self.plan.end);
    }

    fn say(&mut self, author: &Somebody, kind: CommentKind, text: &str) {
        self.comments.push(Comment {
            id: self.plan.ids.id("cmt"),
            ticket_id: self.ticket.id.clone(),
            kind: kind.into(),
            text: text.to_owned(),
            author: Some(person(author)),
            create_time: Some(clock::to_proto(self.now)),
            ..Comment::default()
        });
    }

    /// It goes to the stage of a status; from nowhere at the beginning.
    fn stand(&mut self, status: Status, transition: &str, actor: Actor) {
        let to = self.plan.stage(status);
        let moved = StageMove {
            from: self.ticket.stage.replace(to.clone()),
            to: Some(to),
            status: status.into(),
            transition: transition.to_owned(),
        };
        self.ticket.status = status.into();
        self.enter(actor, What::StageMove(moved));
    }

    fn enter(&mut self, actor: Actor, what: What) {
        self.entries.push(TimelineEntry {
            id: self.plan.ids.id("his"),
            time: Some(clock::to_proto(self.now)),
            actor: Some(actor),
            internal: matches!(what, What::Assignment(_)),
            what: Some(what),
            ..TimelineEntry::default()
        });
    }
}

fn is_of_run(entry: &TimelineEntry) -> bool {
    matches!(entry.what, Some(What::StageMove(_) | What::Assignment(_)))
}

fn person(somebody: &Somebody) -> Actor {
    Actor {
        kind: ActorKind::Person.into(),
        user_id: somebody.id.clone(),
        display_name: somebody.name.clone(),
        ..Actor::default()
    }
}

fn later(instant: Timestamp, by: SignedDuration) -> Timestamp {
    instant.saturating_add(by).unwrap_or(instant)
}

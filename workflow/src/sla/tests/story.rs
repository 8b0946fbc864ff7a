//! Tells the stories of tickets, and keeps the clocks they make.

use std::{cell::Cell, collections::BTreeMap};

use jiff::Timestamp;
use mesh_core::rule::Schema;
use proto::{
    tickets::v1::{Priority, Status, WaitReason},
    workflow::v1::{Calendar as WireCalendar, ClockState, SlaMetric, SlaPolicy, SlaTarget, WorkingSpan},
};

use crate::sla::{
    book::Book,
    calendar::Calendar,
    clock::Clock,
    course::now_of,
    moment::{Event, Moment, State},
    policy::Policy,
    projection::Ticket,
};

pub(super) const MINUTE: i64 = 60_000_000;
pub(super) const HOUR: i64 = 60 * MINUTE;
/// Monday, 2026-03-02T00:00Z.
pub(super) const MONDAY: i64 = 1_772_409_600_000_000;

pub(super) fn at(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(MONDAY + micros).expect("a time")
}

pub(super) fn hours(hours: i64) -> Timestamp {
    at(hours * HOUR)
}

pub(super) fn always() -> WireCalendar {
    WireCalendar {
        id: "cal_always".into(),
        time_zone: "UTC".into(),
        always: true,
        version: 1,
        ..WireCalendar::default()
    }
}

/// What is promised for each priority: hours of working time.
pub(super) fn policy(id: &str, metric: SlaMetric, targets: &[(Priority, i64)]) -> SlaPolicy {
    let target = |&(priority, hours): &(Priority, i64)| SlaTarget {
        metric: metric.into(),
        priority: priority.into(),
        target: Some(prost_types::Duration { seconds: hours * 3_600, nanos: 0 }),
        warn_at: vec![50, 75, 90],
        ..SlaTarget::default()
    };
    SlaPolicy {
        id: id.into(),
        name: id.into(),
        calendar_id: "cal_always".into(),
        targets: targets.iter().map(target).collect(),
        enabled: true,
        version: 1,
        ..SlaPolicy::default()
    }
}

pub(super) const ANY: Priority = Priority::Unspecified;

pub(super) fn book(policies: impl IntoIterator<Item = SlaPolicy>) -> Book {
    book_by(policies, [always()])
}

pub(super) fn book_by(
    policies: impl IntoIterator<Item = SlaPolicy>,
    calendars: impl IntoIterator<Item = WireCalendar>,
) -> Book {
    let read = |policy| Policy::read(policy, &Schema::new([])).expect("a policy");
    let calendars: BTreeMap<_, _> =
        calendars.into_iter().map(|calendar| (calendar.id.clone(), Calendar::new(&calendar))).collect();
    Book { policies: policies.into_iter().map(read).collect(), calendars }
}

/// Tells a ticket's story.
pub(super) struct Story {
    pub(super) moments: Vec<Moment>,
    pub(super) state: State,
    pub(super) policy_id: String,
}

impl Story {
    /// Filed at midnight.
    pub(super) fn filed(priority: Priority, policy_id: &str) -> Self {
        let state = State {
            priority,
            status: Status::New,
            stage: "new".into(),
            share: 250_000,
            pauses: false,
            wait_reason: WaitReason::Unspecified,
            assignee_id: String::new(),
            department_id: "dep_1".into(),
            answered: false,
            parked: false,
        };
        let story = Self { moments: vec![], state, policy_id: policy_id.into() };
        story.then(at(0), Event::Created)
    }

    pub(super) fn then(mut self, at: Timestamp, event: Event) -> Self {
        self.state.answered |= event == Event::AgentReplied;
        self.moments.push(Moment {
            seq: i64::try_from(self.moments.len()).expect("a number") + 1,
            at,
            event,
            state: self.state.clone(),
            policy_id: self.policy_id.clone(),
            cause: String::new(),
            since: None,
        });
        self
    }

    pub(super) fn moved(mut self, at: Timestamp, status: Status) -> Self {
        let was_done = crate::run::is_done(self.state.status);
        self.state.status = status;
        self.state.pauses = matches!(status, Status::Pending | Status::OnHold);
        let reopens = was_done && !crate::run::is_done(status);
        self.then(at, if reopens { Event::Reopened } else { Event::Moved })
    }

    pub(super) fn raised(mut self, at: Timestamp, priority: Priority) -> Self {
        self.state.priority = priority;
        self.then(at, Event::Changed)
    }

    pub(super) fn under(mut self, at: Timestamp, policy_id: &str) -> Self {
        self.policy_id = policy_id.into();
        self.then(at, Event::Changed)
    }

    /// Every clock, told moment after moment as it happens.
    pub(super) fn clocks(&self, book: &Book) -> Vec<Clock> {
        let mut kept: BTreeMap<String, Clock> = BTreeMap::new();
        for told in 1..=self.moments.len() {
            let story = &self.moments[..told];
            for clock in with_latest(&kept, |ticket| ticket.follow(book, story, 1)) {
                kept.insert(clock.id.clone(), Clock { version: clock.version + 1, ..clock });
            }
        }
        in_order(kept)
    }

    /// Every clock after a review at `now` of a book somebody edited.
    pub(super) fn reviewed(&self, before: &Book, after: &Book, now: Timestamp) -> Vec<Clock> {
        let mut kept: BTreeMap<_, _> =
            self.clocks(before).into_iter().map(|clock| (clock.id.clone(), clock)).collect();
        for clock in with_latest(&kept, |ticket| ticket.review(after, &self.moments, now)) {
            kept.insert(clock.id.clone(), clock);
        }
        in_order(kept)
    }
}

pub(super) fn with_latest(
    kept: &BTreeMap<String, Clock>,
    ask: impl Fn(Ticket<'_>) -> Vec<Clock>,
) -> Vec<Clock> {
    let mut latest: BTreeMap<i32, Clock> = BTreeMap::new();
    for clock in in_order(kept.clone()) {
        latest.insert(i32::from(clock.metric), clock);
    }
    let latest: Vec<_> = latest.into_values().collect();
    let next = Cell::new(kept.len());
    let ids = || {
        next.set(next.get() + 1);
        format!("clk_{}", next.get())
    };
    ask(Ticket { id: "tkt_1", latest: &latest, ids: &ids })
}

pub(super) fn in_order(kept: BTreeMap<String, Clock>) -> Vec<Clock> {
    let mut clocks: Vec<_> = kept.into_values().collect();
    clocks.sort_by_key(|clock| (i32::from(clock.metric), clock.instance));
    clocks
}

/// State, microseconds used and deadline of each clock at an instant.
pub(super) fn shown(
    clocks: &[Clock],
    book: &Book,
    now: Timestamp,
) -> Vec<(ClockState, i64, Option<Timestamp>)> {
    let at_now = clocks.iter().map(|clock| now_of(clock, book, now));
    at_now.map(|clock| (clock.state(), clock.spent, clock.due)).collect()
}

/// A calendar of spans in minutes of a week that begins on Sunday, in UTC.
pub(super) fn weekly(id: &str, spans: &[(i32, i32)]) -> WireCalendar {
    let parts = spans.iter().flat_map(|&(from, to)| {
        let midnight = (from / 1_440 + 1) * 1_440;
        [(from, to.min(midnight)), (midnight.min(to), to)].into_iter().filter(|(from, to)| from < to)
    });
    let span = |(from, to): (i32, i32)| {
        let day = from / 1_440;
        let weekday = if day % 7 == 0 { 7 } else { day % 7 };
        WorkingSpan { weekday, from_minute: from - day * 1_440, to_minute: to - day * 1_440 }
    };
    WireCalendar {
        id: id.into(),
        time_zone: "UTC".into(),
        spans: parts.map(span).collect(),
        ..WireCalendar::default()
    }
}

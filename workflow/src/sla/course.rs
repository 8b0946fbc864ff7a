//! The course of one metric of a ticket: its clocks, told moment after moment.
//!
//! Invariant: at most one clock of a metric is open, the latest. When several things come together, an end goes before a standstill, and
//! a standstill before a beginning. A target that was missed stays missed: its clock ends so before another one goes on.

use jiff::Timestamp;
use mesh_core::rule::Values;
use proto::workflow::v1::{PriorityChange, ReopenRule, SlaMetric};

use super::{
    book::{Book, Promise},
    calendar::Calendar,
    clock::{Clock, Phase},
    metric::Verdict,
    moment::{Event, Moment},
    policy::Policy,
};

/// A stretch of time in which a clock ran or stood still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) instance: i32,
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    pub(crate) running: bool,
    /// What began it.
    pub(crate) cause: String,
    /// Microseconds that counted.
    pub(crate) counted: i64,
    pub(crate) calendar_id: String,
}

/// The clocks of one metric while moments are told.
pub(crate) struct Course<'b> {
    book: &'b Book,
    pub(crate) metric: SlaMetric,
    ticket_id: &'b str,
    /// Makes ids of clocks.
    ids: &'b dyn Fn() -> String,
    pub(crate) latest: Option<Clock>,
    /// Clocks that ended, and after which another one began.
    pub(crate) ended: Vec<Clock>,
    /// What began the stretch that goes on.
    cause: String,
    /// Every stretch, in order.
    pub(crate) stretches: Vec<Stretch>,
}

impl<'b> Course<'b> {
    /// A course that goes on from its latest clock.
    pub(crate) fn new(
        book: &'b Book,
        metric: SlaMetric,
        ticket_id: &'b str,
        ids: &'b dyn Fn() -> String,
        latest: Option<Clock>,
    ) -> Self {
        let (ended, stretches) = (Vec::new(), Vec::new());
        Self { book, metric, ticket_id, ids, latest, ended, cause: String::new(), stretches }
    }

    /// A moment passes, from which on this is promised.
    pub(crate) fn hear(&mut self, moment: &Moment, promise: Option<Promise<'_>>) {
        self.advance(moment.at);
        match promise {
            Some(promise) => {
                let verdict = judge(&promise, moment, &moment.values());
                // One that ends here ends by what it was promised.
                if !verdict.fulfil && !verdict.reset && !promise.is_empty() {
                    self.agree(&promise, moment);
                }
                self.obey(&promise, verdict, moment);
            }
            None => self.cancel(moment.at),
        }
        self.aim();
    }

    /// Hears again the moment its latest clock began with, which is rewound.
    pub(crate) fn begin_again(&mut self, moment: &Moment, promise: &Promise<'_>) {
        let verdict = judge(promise, moment, &moment.values());
        if let Some(clock) = &mut self.latest {
            clock.take_terms(promise.terms());
            clock.phase = if verdict.pause { Phase::Paused } else { Phase::Running };
        }
        self.cause = moment.story();
        self.aim();
    }

    /// Time passes up to an instant.
    pub(crate) fn advance(&mut self, at: Timestamp) {
        let Some(clock) = self.latest.as_mut().filter(|clock| clock.is_open()) else { return };
        let Some(calendar) = self.book.calendar(&clock.terms.calendar_id) else { return };
        let (from, before) = (clock.mark, clock.spent);
        clock.run_to(at, calendar);
        if from < clock.mark {
            self.stretches.push(Stretch {
                instance: clock.instance,
                from,
                to: clock.mark,
                running: clock.phase == Phase::Running,
                cause: self.cause.clone(),
                counted: clock.spent - before,
                calendar_id: calendar.id.clone(),
            });
        }
    }

    fn aim(&mut self) {
        if let Some(clock) = &mut self.latest
            && let Some(calendar) = self.book.calendar(&clock.terms.calendar_id)
        {
            clock.aim(calendar);
        }
    }

    fn open(&mut self) -> Option<&mut Clock> {
        self.latest.as_mut().filter(|clock| clock.is_open())
    }

    fn cancel(&mut self, at: Timestamp) {
        self.end(Phase::Cancelled, at);
    }

    /// Takes over what is promised now; how, says the policy the clock ran by.
    fn agree(&mut self, promise: &Promise<'_>, moment: &Moment) {
        let Some(clock) = self.open().cloned() else { return };
        let terms = promise.terms();
        let ran_by = self.book.policy(&clock.terms.policy_id);
        let change = ran_by.map_or(PriorityChange::Carry, Policy::on_change);
        if clock.terms.same_promise(&terms) {
            self.latest = Some(Clock { terms, ..clock });
            return;
        }
        let again = match change {
            PriorityChange::Keep => return,
            PriorityChange::Restart => 0,
            PriorityChange::Carry | PriorityChange::Unspecified => clock.spent,
        };
        if change != PriorityChange::Restart && !clock.is_missed() {
            let mut clock = clock;
            clock.take_terms(terms);
            self.latest = Some(clock);
            return;
        }
        let was = if clock.is_missed() { Phase::Closed } else { Phase::Cancelled };
        self.end(was, moment.at);
        let mut next = self.fresh(promise, moment, again);
        next.phase = clock.phase;
        next.started_at = if again == 0 { moment.at } else { clock.started_at };
        next.take_terms(terms);
        self.put(next);
    }

    /// Does what the rules say.
    fn obey(&mut self, promise: &Promise<'_>, verdict: Verdict, moment: &Moment) {
        let at = moment.at;
        match self.open().map(|clock| clock.phase) {
            Some(phase) if moment.state.parked => self.turn(phase, Phase::Paused, moment),
            Some(_) if verdict.fulfil => self.end(Phase::Closed, at),
            Some(_) if verdict.reset => {
                self.end(Phase::Closed, at);
                self.start(promise, verdict, moment);
            }
            Some(Phase::Running) if verdict.pause => self.turn(Phase::Running, Phase::Paused, moment),
            Some(Phase::Paused) if verdict.resume => self.turn(Phase::Paused, Phase::Running, moment),
            Some(_) => self.absorb(promise, moment),
            None if verdict.activate && !verdict.fulfil && !moment.state.parked => {
                self.begin(promise, verdict, moment);
            }
            None => {}
        }
    }

    fn turn(&mut self, from: Phase, to: Phase, moment: &Moment) {
        if from != to {
            self.cause = moment.story();
            if let Some(clock) = self.open() {
                clock.phase = to;
            }
        }
    }

    fn end(&mut self, phase: Phase, at: Timestamp) {
        if let Some(clock) = self.open() {
            clock.close(phase, at);
        }
    }

    fn begin(&mut self, promise: &Promise<'_>, verdict: Verdict, moment: &Moment) {
        if !self.reopen(promise, verdict, moment) {
            self.start(promise, verdict, moment);
        }
    }

    fn start(&mut self, promise: &Promise<'_>, verdict: Verdict, moment: &Moment) {
        if promise.is_empty() {
            return;
        }
        let mut clock = self.fresh(promise, moment, 0);
        clock.phase = if verdict.pause { Phase::Paused } else { Phase::Running };
        self.cause = moment.story();
        self.put(clock);
    }

    /// The clock of a ticket that is opened again goes on where it ended, if its policy says so and it measures the whole work.
    fn reopen(&mut self, promise: &Promise<'_>, verdict: Verdict, moment: &Moment) -> bool {
        let whole =
            matches!(self.metric, SlaMetric::AgentWork | SlaMetric::RequesterWait | SlaMetric::Resolution);
        let resumes =
            whole && moment.event == Event::Reopened && promise.policy.wire.on_reopen() != ReopenRule::Anew;
        let Some(clock) = self.latest.as_mut().filter(|clock| resumes && clock.phase == Phase::Closed) else {
            return false;
        };
        clock.phase = if verdict.pause { Phase::Paused } else { Phase::Running };
        (clock.closed_at, clock.mark) = (None, moment.at);
        self.cause = moment.story();
        self.agree(promise, moment);
        true
    }

    /// A ticket that took in an older one has waited as long as that, if its policy says so.
    fn absorb(&mut self, promise: &Promise<'_>, moment: &Moment) {
        let counts = self.metric == SlaMetric::FirstReply && promise.policy.wire.merge_oldest;
        let Some(since) = moment.since.filter(|_| counts && moment.event == Event::Absorbed) else { return };
        if let Some(clock) = self.open().filter(|clock| since < clock.started_at) {
            clock.spent += promise.calendar.measure(clock.terms.pace, since, clock.started_at);
            clock.started_at = since;
        }
    }

    /// The next clock, as it begins with a moment.
    fn fresh(&self, promise: &Promise<'_>, moment: &Moment, carried: i64) -> Clock {
        Clock {
            id: (self.ids)(),
            version: 0,
            ticket_id: self.ticket_id.to_owned(),
            metric: self.metric,
            instance: self.latest.as_ref().map_or(0, |clock| clock.instance) + 1,
            phase: Phase::Running,
            terms: promise.terms(),
            since: moment.seq,
            carried,
            started_at: moment.at,
            spent: carried,
            mark: moment.at,
            due: None,
            missed_at: None,
            closed_at: None,
            told: 0,
        }
    }

    fn put(&mut self, clock: Clock) {
        self.ended.extend(self.latest.replace(clock));
    }
}

fn judge(promise: &Promise<'_>, moment: &Moment, values: &Values<'_>) -> Verdict {
    promise.target.rules().map(|rules| rules.judge(values, moment.at)).unwrap_or_default()
}

/// A clock as it is at `now`, with the calendar it runs by.
pub(crate) fn now_of(clock: &Clock, book: &Book, now: Timestamp) -> Clock {
    let running = |calendar: &Calendar| clock.at(now, calendar);
    book.calendar(&clock.terms.calendar_id).map_or_else(|| clock.clone(), running)
}

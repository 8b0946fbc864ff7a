//! Clocks as a projection of moments: those of the last ones, or those of the whole story when it must be told anew.
//!
//! Invariant: told moment by moment or all at once, a story has the same clocks, as long as nobody edits what is promised. What was
//! promised late counts from the beginning; what was absorbed and parted again never counted.

use jiff::Timestamp;
use proto::workflow::v1::SlaMetric;

use super::{
    book::{Book, Promise},
    clock::{Clock, Phase},
    course::{Course, Stretch, now_of},
    moment::{Event, Moment, as_parted},
};

/// A ticket with its latest clock of each metric.
#[derive(Clone, Copy)]
pub(crate) struct Ticket<'t> {
    pub(crate) id: &'t str,
    pub(crate) latest: &'t [Clock],
    /// Makes ids of clocks.
    pub(crate) ids: &'t dyn Fn() -> String,
}

/// What was promised at each moment; what came later counts for before, too.
fn promises<'b>(book: &'b Book, metric: SlaMetric, moments: &[Moment]) -> Vec<Option<Promise<'b>>> {
    let mut promises: Vec<_> = moments.iter().map(|moment| book.promise(metric, moment)).collect();
    let mut later = None;
    for promise in promises.iter_mut().rev() {
        later = promise.or(later);
        *promise = later;
    }
    promises
}

impl Ticket<'_> {
    fn clock(&self, metric: SlaMetric) -> Option<&Clock> {
        self.latest.iter().find(|clock| clock.metric == metric)
    }

    /// Metrics with something to do when these moments pass.
    fn metrics(&self, book: &Book, moments: &[Moment]) -> Vec<SlaMetric> {
        let mut metrics = book.metrics(moments.iter().map(|moment| moment.policy_id.as_str()));
        let open = self.latest.iter().filter(|clock| clock.is_open()).map(|clock| clock.metric);
        metrics.extend(open.filter(|metric| !metrics.contains(metric)).collect::<Vec<_>>());
        metrics
    }

    /// Whether new moments begin to promise what was not promised at the moment before, or take back what another ticket had waited: then
    /// clocks follow from the whole story.
    pub(crate) fn needs_story(&self, book: &Book, before: Option<&Moment>, new: &[Moment]) -> bool {
        let Some(before) = before else { return false };
        parts(new) || self.metrics(book, new).into_iter().any(|metric| self.begins(book, metric, before, new))
    }

    fn begins(&self, book: &Book, metric: SlaMetric, before: &Moment, new: &[Moment]) -> bool {
        let idle = self.clock(metric).is_none_or(|clock| clock.phase == Phase::Cancelled);
        let promised = |moment: &Moment| book.promise(metric, moment).is_some();
        idle && !promised(before) && new.iter().any(promised)
    }

    /// The clocks that change when the last moments pass. `story` ends with the `new` ones; it is whole when [`needs_story`](Self::needs_story)
    /// says so, else it may be those and the one before.
    pub(crate) fn follow(&self, book: &Book, story: &[Moment], new: usize) -> Vec<Clock> {
        let (known, new) = story.split_at(story.len().saturating_sub(new));
        let mut changed = Vec::new();
        for metric in self.metrics(book, new) {
            let begins = known.last().is_none_or(|before| self.begins(book, metric, before, new));
            let course = if begins {
                self.tell(book, metric, story)
            } else if metric == SlaMetric::FirstReply
                && parts(new)
                && self.clock(metric).is_some_and(Clock::is_open)
            {
                self.tell_parted(book, metric, story)
            } else {
                let mut course = self.course(book, metric, self.clock(metric).cloned());
                for moment in new {
                    course.hear(moment, book.promise(metric, moment));
                }
                course
            };
            changed.extend(self.changes(course));
        }
        changed
    }

    /// The clocks that change when policies or calendars were edited. `story` is whole, and its last moment knows the policy that applies
    /// now. Bells of the past stay silent.
    pub(crate) fn review(&self, book: &Book, story: &[Moment], now: Timestamp) -> Vec<Clock> {
        let last = story.last().into_iter().map(|moment| moment.policy_id.as_str());
        let mut metrics = book.metrics(last);
        metrics.extend(self.latest.iter().filter(|clock| clock.is_open()).map(|clock| clock.metric));
        metrics.sort_unstable_by_key(|metric| i32::from(*metric));
        metrics.dedup();
        let mut changed = Vec::new();
        for metric in metrics {
            // One that is over stays as it ended.
            if self.clock(metric).is_some_and(|clock| clock.phase == Phase::Closed) {
                continue;
            }
            let mut course = self.tell(book, metric, story);
            self.keep_missed(book, &mut course, now);
            if let Some(clock) = &mut course.latest {
                clock.told = silent(clock, book, now);
            }
            changed.extend(self.changes(course));
        }
        changed
    }

    /// A clock that was missed before the edit and is not after it ends as missed, and another one goes on.
    fn keep_missed(&self, book: &Book, course: &mut Course<'_>, now: Timestamp) {
        let Some(new) = course.latest.clone() else { return };
        let Some(mut old) = self.clock(new.metric).filter(|old| old.is_open()).cloned() else { return };
        old = now_of(&old, book, now);
        if !old.is_missed() || now_of(&new, book, now).is_missed() {
            return;
        }
        let (id, instance) = ((self.ids)(), new.instance.max(old.instance) + 1);
        old.close(Phase::Closed, now);
        course.ended.push(old);
        course.latest = Some(Clock { id, instance, ..new });
    }

    /// Tells a metric's story from where its latest clock began, or from the beginning.
    fn tell<'c>(&'c self, book: &'c Book, metric: SlaMetric, story: &[Moment]) -> Course<'c> {
        let story = &as_parted(story)[..];
        let Some(clock) = self.clock(metric) else {
            return heard(self.course(book, metric, None), book, story);
        };
        let start = story.iter().position(|moment| moment.seq == clock.since);
        let story = start.and_then(|start| story.get(start..)).unwrap_or_default();
        let promise = promises(book, metric, story).first().copied().flatten();
        if let (Some((first, rest)), Some(promise)) = (story.split_first(), promise) {
            let mut course = self.course(book, metric, Some(clock.rewound(first.at)));
            course.begin_again(first, &promise);
            return heard(course, book, rest);
        }
        // Nothing is promised any more, from the last moment on.
        let last = story.len().saturating_sub(1);
        heard(self.course(book, metric, Some(clock.clone())), book, &story[last..])
    }

    /// Tells a metric's story anew because what another ticket had waited counts no longer. Bells that were rung for that ring again
    /// when it is their time.
    fn tell_parted<'c>(&'c self, book: &'c Book, metric: SlaMetric, story: &[Moment]) -> Course<'c> {
        let mut course = self.tell(book, metric, story);
        if let Some(clock) = &mut course.latest {
            let passed = clock.terms.bells.iter().rfind(|bell| **bell <= clock.spent);
            clock.told = clock.told.min(passed.copied().unwrap_or_default());
        }
        course
    }

    fn course<'c>(&'c self, book: &'c Book, metric: SlaMetric, latest: Option<Clock>) -> Course<'c> {
        Course::new(book, metric, self.id, self.ids, latest)
    }

    /// What a course changed.
    fn changes(&self, course: Course<'_>) -> Vec<Clock> {
        let clocks = course.ended.into_iter().chain(course.latest);
        let stayed = |clock: &Clock| {
            self.clock(clock.metric).is_some_and(|known| known == clock || clock.goes_on_as(known))
        };
        clocks.filter(|clock| !stayed(clock)).collect()
    }

    /// The stretches of a clock up to `now`, as they follow from its story.
    pub(crate) fn stretches(
        &self,
        book: &Book,
        clock: &Clock,
        story: &[Moment],
        now: Timestamp,
    ) -> Vec<Stretch> {
        let told = Ticket { latest: std::slice::from_ref(clock), ..*self };
        let mut course = told.tell(book, clock.metric, story);
        course.advance(now);
        course.stretches.into_iter().filter(|stretch| stretch.instance == clock.instance).collect()
    }
}

/// Whether a ticket that was merged into it became one of its own again.
fn parts(moments: &[Moment]) -> bool {
    moments.iter().any(|moment| moment.event == Event::Parted)
}

/// The last bell that lies behind a clock.
fn silent(clock: &Clock, book: &Book, now: Timestamp) -> i64 {
    let spent = now_of(clock, book, now).spent;
    let passed = clock.terms.bells.iter().rfind(|bell| **bell <= spent);
    passed.copied().unwrap_or_default().max(clock.told)
}

/// A course after these moments; what was promised late counts from the first of them.
fn heard<'c>(mut course: Course<'c>, book: &'c Book, story: &[Moment]) -> Course<'c> {
    for (moment, promise) in story.iter().zip(promises(book, course.metric, story)) {
        course.hear(moment, promise);
    }
    course
}

/// When a ticket's next answer and its resolution are due, as its clocks say.
pub(crate) fn due_times(clocks: &[Clock]) -> [Option<Timestamp>; 2] {
    let soonest = |metrics: [SlaMetric; 3]| {
        let due = clocks.iter().filter(|clock| clock.is_open() && metrics.contains(&clock.metric));
        due.filter_map(|clock| clock.due).min()
    };
    [
        soonest([SlaMetric::FirstReply, SlaMetric::NextReply, SlaMetric::PeriodicUpdate]),
        soonest([SlaMetric::AgentWork, SlaMetric::RequesterWait, SlaMetric::Resolution]),
    ]
}

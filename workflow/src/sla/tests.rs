//! Stories of tickets, told to clocks without a database.

use std::{cell::Cell, collections::BTreeMap};

use jiff::{SignedDuration, Timestamp};
use mesh_core::rule::Schema;
use proptest::prelude::*;
use proto::{
    tickets::v1::{Priority, Status, WaitReason},
    workflow::v1::{
        Calendar as WireCalendar, ClockRules, ClockState, PriorityChange, ReopenRule, SlaMetric, SlaPolicy,
        SlaTarget, WorkingSpan,
    },
};

use super::{
    book::Book,
    calendar::Calendar,
    clock::Clock,
    course::now_of,
    explain::explain,
    moment::{Event, Moment, State},
    policy::Policy,
    projection::{Ticket, due_times},
};

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
/// Monday, 2026-03-02T00:00Z.
const MONDAY: i64 = 1_772_409_600_000_000;

fn at(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(MONDAY + micros).expect("a time")
}

fn hours(hours: i64) -> Timestamp {
    at(hours * HOUR)
}

fn always() -> WireCalendar {
    WireCalendar {
        id: "cal_always".into(),
        time_zone: "UTC".into(),
        always: true,
        version: 1,
        ..WireCalendar::default()
    }
}

/// What is promised for each priority: hours of working time.
fn policy(id: &str, metric: SlaMetric, targets: &[(Priority, i64)]) -> SlaPolicy {
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

const ANY: Priority = Priority::Unspecified;

fn book(policies: impl IntoIterator<Item = SlaPolicy>) -> Book {
    book_by(policies, [always()])
}

fn book_by(
    policies: impl IntoIterator<Item = SlaPolicy>,
    calendars: impl IntoIterator<Item = WireCalendar>,
) -> Book {
    let read = |policy| Policy::read(policy, &Schema::new([])).expect("a policy");
    let calendars: BTreeMap<_, _> =
        calendars.into_iter().map(|calendar| (calendar.id.clone(), Calendar::new(&calendar))).collect();
    Book { policies: policies.into_iter().map(read).collect(), calendars }
}

/// Tells a ticket's story.
struct Story {
    moments: Vec<Moment>,
    state: State,
    policy_id: String,
}

impl Story {
    /// Filed at midnight.
    fn filed(priority: Priority, policy_id: &str) -> Self {
        let state = State {
            priority,
            status: Status::New,
            stage: "new".into(),
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

    fn then(mut self, at: Timestamp, event: Event) -> Self {
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

    fn moved(mut self, at: Timestamp, status: Status) -> Self {
        let was_done = crate::run::is_done(self.state.status);
        self.state.status = status;
        self.state.pauses = matches!(status, Status::Pending | Status::OnHold);
        let reopens = was_done && !crate::run::is_done(status);
        self.then(at, if reopens { Event::Reopened } else { Event::Moved })
    }

    fn raised(mut self, at: Timestamp, priority: Priority) -> Self {
        self.state.priority = priority;
        self.then(at, Event::Changed)
    }

    fn under(mut self, at: Timestamp, policy_id: &str) -> Self {
        self.policy_id = policy_id.into();
        self.then(at, Event::Changed)
    }

    /// Every clock, told moment after moment as it happens.
    fn clocks(&self, book: &Book) -> Vec<Clock> {
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
    fn reviewed(&self, before: &Book, after: &Book, now: Timestamp) -> Vec<Clock> {
        let mut kept: BTreeMap<_, _> =
            self.clocks(before).into_iter().map(|clock| (clock.id.clone(), clock)).collect();
        for clock in with_latest(&kept, |ticket| ticket.review(after, &self.moments, now)) {
            kept.insert(clock.id.clone(), clock);
        }
        in_order(kept)
    }
}

fn with_latest(
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

fn in_order(kept: BTreeMap<String, Clock>) -> Vec<Clock> {
    let mut clocks: Vec<_> = kept.into_values().collect();
    clocks.sort_by_key(|clock| (i32::from(clock.metric), clock.instance));
    clocks
}

/// State, microseconds used and deadline of each clock at an instant.
fn shown(clocks: &[Clock], book: &Book, now: Timestamp) -> Vec<(ClockState, i64, Option<Timestamp>)> {
    let at_now = clocks.iter().map(|clock| now_of(clock, book, now));
    at_now.map(|clock| (clock.state(), clock.spent, clock.due)).collect()
}

/// A calendar of spans in minutes of a week that begins on Sunday, in UTC.
fn weekly(id: &str, spans: &[(i32, i32)]) -> WireCalendar {
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

#[test]
fn t1_a_ticket_that_changes_calendars_adds_up_what_each_measured() {
    let chicago = weekly("cal_chicago", &[(720, 1_560), (2_160, 3_000), (3_600, 4_440), (5_040, 5_880)]);
    let francisco = weekly("cal_francisco", &[(2_340, 2_910), (3_780, 4_350), (5_220, 5_790)]);
    let under = |id: &str, calendar: &str| SlaPolicy {
        calendar_id: calendar.into(),
        ..policy(id, SlaMetric::FirstReply, &[(ANY, 100)])
    };
    let policies = [under("pol_1", "cal_chicago"), under("pol_2", "cal_francisco")];
    let book = book_by(policies.clone(), [chicago.clone(), francisco]);
    // Minutes of the week in hundredths; MONDAY is minute 1440.
    let minute = |hundredths: i64| at((hundredths - 144_000) * MINUTE / 100);
    let mut story = Story::filed(Priority::Normal, "pol_1");
    story.moments[0].at = minute(390_200);
    let story = story.under(minute(546_125), "pol_2").then(minute(546_146), Event::AgentReplied);
    let clocks = story.clocks(&book);
    assert_eq!(clocks.len(), 1);
    assert_eq!((clocks[0].state(), clocks[0].spent), (ClockState::Met, 95_946 * MINUTE / 100));
}

#[test]
fn t7_a_target_is_missed_when_it_is_used_up_and_not_before() {
    let book = book([policy("pol_1", SlaMetric::Resolution, &[(ANY, 100)])]);
    let clocks = Story::filed(Priority::Normal, "pol_1").clocks(&book);
    let nearly = at(100 * HOUR / 100_000 * 99_951);
    assert_eq!(shown(&clocks, &book, nearly)[0].0, ClockState::Running);
    assert_eq!(shown(&clocks, &book, hours(100))[0].0, ClockState::MissedOpen);
}

#[test]
fn t8_time_that_stood_still_stands_still_for_a_policy_that_applies_later() {
    let low = policy("pol_low", SlaMetric::FirstReply, &[(Priority::Low, 24)]);
    let high = policy("pol_high", SlaMetric::AgentWork, &[(Priority::High, 8)]);
    let book = book([low, high]);
    // Two hours of work, three pending, and then it is raised while it is pending: another policy, another metric.
    let mut story = Story::filed(Priority::Low, "pol_low").moved(hours(2), Status::Pending);
    (story.state.priority, story.policy_id) = (Priority::High, "pol_high".into());
    let story = story.then(hours(5), Event::Changed);
    let clocks = story.clocks(&book);
    let [reply, work] = &clocks[..] else { panic!("two clocks, not {clocks:?}") };
    assert_eq!(reply.state(), ClockState::Cancelled);
    assert_eq!((work.state(), work.spent, work.due), (ClockState::Paused, 2 * HOUR, None));
    let clocks = story.moved(hours(9), Status::Open).clocks(&book);
    assert_eq!(shown(&clocks[1..], &book, hours(9)), [(ClockState::Running, 2 * HOUR, Some(hours(15)))]);
}

#[test]
fn a_priority_that_is_raised_carries_restarts_or_keeps() {
    let targets = [(Priority::Low, 10), (Priority::Urgent, 4)];
    let after = |on_change: PriorityChange, raised_at: i64| {
        let policy = SlaPolicy {
            on_priority_change: on_change.into(),
            ..policy("pol_1", SlaMetric::Resolution, &targets)
        };
        let book = book([policy]);
        let story = Story::filed(Priority::Low, "pol_1").raised(hours(raised_at), Priority::Urgent);
        shown(&story.clocks(&book), &book, hours(raised_at))
    };
    let running = |spent: i64, due: i64| (ClockState::Running, spent * HOUR, Some(hours(due)));
    assert_eq!(after(PriorityChange::Unspecified, 3), [running(3, 4)]);
    assert_eq!(after(PriorityChange::Keep, 3), [running(3, 10)]);
    let restarted = after(PriorityChange::Restart, 3);
    assert_eq!(restarted, [(ClockState::Cancelled, 3 * HOUR, None), running(0, 7)]);
    // More than the new target was used: missed at once.
    assert_eq!(after(PriorityChange::Carry, 6), [(ClockState::MissedOpen, 6 * HOUR, Some(hours(6)))]);
}

#[test]
fn a_missed_clock_stays_missed_when_its_target_grows() {
    let targets = [(Priority::Low, 10), (Priority::Urgent, 4)];
    let book = book([policy("pol_1", SlaMetric::Resolution, &targets)]);
    let story = Story::filed(Priority::Urgent, "pol_1").raised(hours(5), Priority::Low);
    let expected =
        [(ClockState::MissedClosed, 5 * HOUR, None), (ClockState::Running, 5 * HOUR, Some(hours(10)))];
    assert_eq!(shown(&story.clocks(&book), &book, hours(5)), expected);
}

#[test]
fn the_next_reply_is_due_from_the_oldest_message_without_an_answer() {
    let book = book([policy("pol_1", SlaMetric::NextReply, &[(ANY, 4)])]);
    let story = Story::filed(Priority::Normal, "pol_1")
        .then(hours(1), Event::RequesterReplied)
        .then(hours(2), Event::AgentReplied)
        .then(hours(3), Event::RequesterReplied)
        .then(hours(4), Event::RequesterReplied)
        .then(hours(5), Event::RobotReplied)
        .then(hours(5), Event::AgentNoted);
    let clocks = story.clocks(&book);
    assert_eq!(shown(&clocks, &book, hours(5)), [(ClockState::Running, 2 * HOUR, Some(hours(7)))]);
    let story = story.then(hours(6), Event::AgentReplied).then(hours(8), Event::RequesterReplied);
    let states: Vec<_> = story.clocks(&book).iter().map(|clock| (clock.instance, clock.state())).collect();
    assert_eq!(states, [(1, ClockState::Met), (2, ClockState::Running)]);
}

#[test]
fn agents_owe_an_update_from_each_of_theirs_to_the_next() {
    let book = book([policy("pol_1", SlaMetric::PeriodicUpdate, &[(ANY, 4)])]);
    let story = Story::filed(Priority::Normal, "pol_1")
        .then(hours(1), Event::AgentReplied)
        .then(hours(4), Event::AgentReplied)
        .then(hours(9), Event::AgentReplied)
        .moved(hours(10), Status::Resolved);
    let states: Vec<_> = story.clocks(&book).iter().map(Clock::state).collect();
    assert_eq!(states, [ClockState::Met, ClockState::MissedClosed, ClockState::Met]);
}

#[test]
fn pauses_count_for_agent_work_partly_for_waiting_and_not_for_resolution() {
    let all = [SlaMetric::AgentWork, SlaMetric::RequesterWait, SlaMetric::Resolution];
    let mut policies: Vec<_> = all.map(|metric| policy("pol_1", metric, &[(ANY, 20)])).into();
    let targets: Vec<_> = policies.iter().flat_map(|policy| policy.targets.clone()).collect();
    policies.truncate(1);
    policies[0].targets = targets;
    let book = book(policies);
    let story = Story::filed(Priority::Normal, "pol_1")
        .moved(hours(1), Status::Pending)
        .moved(hours(3), Status::OnHold)
        .moved(hours(7), Status::Open);
    let spent: Vec<_> =
        shown(&story.clocks(&book), &book, hours(8)).into_iter().map(|(_, spent, _)| spent / HOUR).collect();
    assert_eq!(spent, [2, 6, 8]);
    let clocks = story.clocks(&book);
    assert_eq!(due_times(&clocks), [None, Some(hours(20))]);
}

#[test]
fn an_opened_ticket_goes_on_with_the_time_it_had_or_begins_anew() {
    let after = |on_reopen: ReopenRule| {
        let policy =
            SlaPolicy { on_reopen: on_reopen.into(), ..policy("pol_1", SlaMetric::Resolution, &[(ANY, 8)]) };
        let book = book([policy]);
        let story = Story::filed(Priority::Normal, "pol_1")
            .moved(hours(3), Status::Resolved)
            .moved(hours(20), Status::Open);
        shown(&story.clocks(&book), &book, hours(21))
    };
    assert_eq!(after(ReopenRule::Unspecified), [(ClockState::Running, 4 * HOUR, Some(hours(25)))]);
    let anew = [(ClockState::Met, 3 * HOUR, None), (ClockState::Running, HOUR, Some(hours(28)))];
    assert_eq!(after(ReopenRule::Anew), anew);
}

#[test]
fn a_policy_made_later_counts_from_the_beginning() {
    let before = book([]);
    let after = book([policy("pol_1", SlaMetric::AgentWork, &[(ANY, 8)])]);
    let mut story = Story::filed(Priority::Normal, "").moved(hours(1), Status::Pending).moved(hours(3), Status::Open);
    story.policy_id = "pol_1".into();
    let story = story.then(hours(5), Event::Reviewed);
    let clocks = story.reviewed(&before, &after, hours(5));
    assert_eq!(shown(&clocks, &after, hours(5)), [(ClockState::Running, 3 * HOUR, Some(hours(10)))]);
}

#[test]
fn an_edit_measures_open_clocks_anew_and_leaves_what_is_over() {
    let promise = |hours| book([policy("pol_1", SlaMetric::Resolution, &[(ANY, hours)])]);
    let open = Story::filed(Priority::Normal, "pol_1");
    let done = Story::filed(Priority::Normal, "pol_1").moved(hours(5), Status::Resolved);
    let (tight, wide) = (promise(4), promise(9));
    let reviewed = |story: &Story, from: &Book, to: &Book| {
        let states = story.reviewed(from, to, hours(6));
        shown(&states, to, hours(6)).into_iter().map(|(state, _, due)| (state, due)).collect::<Vec<_>>()
    };
    assert_eq!(reviewed(&open, &wide, &tight), [(ClockState::MissedOpen, Some(hours(4)))]);
    let kept = [(ClockState::MissedClosed, None), (ClockState::Running, Some(hours(9)))];
    assert_eq!(reviewed(&open, &tight, &wide), kept);
    assert_eq!(reviewed(&done, &tight, &wide), [(ClockState::MissedClosed, None)]);
    assert_eq!(reviewed(&open, &wide, &book([])), [(ClockState::Cancelled, None)]);
}

#[test]
fn a_policy_can_have_rules_of_its_own() {
    let mut own = policy("pol_1", SlaMetric::FirstReply, &[(ANY, 4)]);
    own.targets[0].rules = Some(ClockRules {
        activate: r#"event == "CREATED""#.into(),
        pause: r#"status == "ON_HOLD""#.into(),
        fulfil: r#"event in ["AGENT_REPLIED", "AGENT_NOTED"]"#.into(),
        ..ClockRules::default()
    });
    let book = book([own]);
    let story = Story::filed(Priority::Normal, "pol_1")
        .moved(hours(1), Status::OnHold)
        .moved(hours(3), Status::Open)
        .then(hours(4), Event::AgentNoted);
    assert_eq!(shown(&story.clocks(&book), &book, hours(4)), [(ClockState::Met, 2 * HOUR, None)]);
}

#[test]
fn a_merged_tickets_clocks_stand_still_until_it_is_one_again() {
    let book = book([policy("pol_1", SlaMetric::Resolution, &[(ANY, 8)])]);
    let mut story = Story::filed(Priority::Normal, "pol_1");
    story.state.parked = true;
    let mut story = story.then(hours(2), Event::Merged);
    assert_eq!(shown(&story.clocks(&book), &book, hours(5)), [(ClockState::Paused, 2 * HOUR, None)]);
    story.state.parked = false;
    let clocks = story.then(hours(6), Event::Unmerged).clocks(&book);
    assert_eq!(shown(&clocks, &book, hours(6)), [(ClockState::Running, 2 * HOUR, Some(hours(12)))]);
}

#[test]
fn a_ticket_that_takes_in_an_older_one_has_waited_as_long() {
    let oldest =
        SlaPolicy { merge_oldest: true, ..policy("pol_1", SlaMetric::FirstReply, &[(ANY, 8)]) };
    let book = book([oldest]);
    let mut story = Story::filed(Priority::Normal, "pol_1").then(hours(1), Event::Absorbed);
    story.moments[1].since = Some(hours(-3));
    let clocks = story.clocks(&book);
    assert_eq!((clocks[0].started_at, clocks[0].due), (hours(-3), Some(hours(5))));
}

#[test]
fn bells_ring_in_order_and_warnings_that_were_passed_stay_silent() {
    let targets = [(Priority::Low, 100), (Priority::Urgent, 40)];
    let book = book([policy("pol_1", SlaMetric::Resolution, &targets)]);
    let always = book.calendar("cal_always").expect("a calendar");
    let mut clock = Story::filed(Priority::Low, "pol_1").clocks(&book).remove(0);
    let mut rang = vec![];
    while let Some((bell, at)) = clock.next_bell(always) {
        rang.push(at);
        clock.told = bell;
    }
    assert_eq!(rang, [50, 75, 90, 100].map(hours));
    // Raised after 38 hours: of the new bells at 20, 30, 36 and 40 hours only the last is still to come.
    let clocks = Story::filed(Priority::Low, "pol_1").raised(hours(38), Priority::Urgent).clocks(&book);
    assert_eq!(clocks[0].next_bell(always), Some((40 * HOUR, hours(40))));
    let clocks = Story::filed(Priority::Low, "pol_1").raised(hours(45), Priority::Urgent).clocks(&book);
    assert_eq!(clocks[0].next_bell(always).map(|(bell, _)| bell), Some(40 * HOUR), "that it is missed is told");
}

#[test]
fn an_explanation_says_when_a_clock_ran_and_why_it_stood() {
    let book = book([policy("pol_1", SlaMetric::AgentWork, &[(ANY, 8)])]);
    let story = Story::filed(Priority::Normal, "pol_1")
        .moved(hours(2), Status::Pending)
        .then(hours(3), Event::RequesterReplied)
        .moved(hours(4), Status::Open);
    let clock = story.clocks(&book).remove(0);
    let explained = explain(&clock, &book, &story.moments, vec![], hours(5));
    let seconds = |period: &proto::workflow::v1::ClockPeriod| period.counted.map_or(0, |counted| counted.seconds);
    let periods: Vec<_> =
        explained.periods.iter().map(|period| (period.running, seconds(period) / 3_600, period.cause.as_str())).collect();
    assert_eq!(
        periods,
        [
            (true, 2, "the ticket was filed"),
            (false, 0, "it moved"),
            (true, 1, "it moved"),
            (true, 5, "it moved; if nothing changes"),
        ]
    );
    assert_eq!(explained.summary, "The agent work is due 2026-03-02 10:00 UTC: 3 h of 8 h are used.");
}

/// Something that happens after so many minutes.
#[derive(Clone, Copy, Debug)]
enum Turn {
    Says(bool),
    Goes(Status),
    Has(Priority),
    Falls(bool),
}

fn any_turn() -> impl Strategy<Value = (i64, Turn)> {
    let statuses = vec![Status::Open, Status::Pending, Status::OnHold, Status::Resolved];
    let turn = prop_oneof![
        any::<bool>().prop_map(Turn::Says),
        prop::sample::select(statuses).prop_map(Turn::Goes),
        prop::sample::select(vec![Priority::Low, Priority::High]).prop_map(Turn::Has),
        any::<bool>().prop_map(Turn::Falls),
    ];
    (1..3_000_i64, turn)
}

/// A story, and when its last turn was.
fn told(turns: &[(i64, Turn)]) -> (Story, Timestamp) {
    let mut story = Story::filed(Priority::Low, "pol_1");
    let mut now = at(0);
    for (minutes, turn) in turns {
        now = now.checked_add(SignedDuration::from_mins(*minutes)).expect("a time");
        story = match turn {
            Turn::Says(true) => story.then(now, Event::AgentReplied),
            Turn::Says(false) => story.then(now, Event::RequesterReplied),
            Turn::Goes(status) => story.moved(now, *status),
            Turn::Has(priority) => story.raised(now, *priority),
            Turn::Falls(first) => story.under(now, if *first { "pol_1" } else { "pol_2" }),
        };
    }
    (story, now)
}

/// Two policies with several metrics, by different hours.
fn busy_book() -> Book {
    let metrics =
        [SlaMetric::FirstReply, SlaMetric::NextReply, SlaMetric::PeriodicUpdate, SlaMetric::AgentWork, SlaMetric::Resolution];
    let of = |id: &str, calendar: &str, low: i64, high: i64| {
        let all = metrics.map(|metric| policy(id, metric, &[(Priority::Low, low), (Priority::High, high)]));
        let targets = all.iter().flat_map(|policy| policy.targets.clone()).collect();
        SlaPolicy { targets, calendar_id: calendar.into(), ..policy(id, SlaMetric::FirstReply, &[]) }
    };
    let office = weekly("cal_office", &[(1_920, 2_500), (3_360, 3_900), (4_800, 5_400)]);
    book_by([of("pol_1", "cal_always", 40, 10), of("pol_2", "cal_office", 16, 6)], [always(), office])
}

proptest! {
    #[test]
    fn a_story_told_at_once_has_the_clocks_of_one_told_moment_by_moment(turns in prop::collection::vec(any_turn(), 1..25)) {
        let (book, (story, now)) = (busy_book(), told(&turns));
        let one_by_one = story.clocks(&book);
        let nothing = BTreeMap::new();
        let at_once = with_latest(&nothing, |ticket| ticket.follow(&book, &story.moments, story.moments.len()));
        let mut at_once: Vec<_> = at_once;
        at_once.sort_by_key(|clock| (i32::from(clock.metric), clock.instance));
        prop_assert_eq!(shown(&one_by_one, &book, now), shown(&at_once, &book, now));
    }

    #[test]
    fn a_review_without_an_edit_changes_nothing(turns in prop::collection::vec(any_turn(), 1..25)) {
        let (book, (story, now)) = (busy_book(), told(&turns));
        let reviewed = story.reviewed(&book, &book, now);
        prop_assert_eq!(shown(&story.clocks(&book), &book, now), shown(&reviewed, &book, now));
    }

    #[test]
    fn pausing_never_moves_a_deadline_earlier(
        turns in prop::collection::vec(any_turn().prop_filter("no other terms", |(_, turn)| matches!(turn, Turn::Says(_))), 0..10),
        pause in 1..5_000_i64,
        office in any::<bool>(),
    ) {
        let book = busy_book();
        let (mut story, now) = told(&turns);
        if office {
            story = story.under(now, "pol_2");
        }
        let due = |story: &Story| {
            let clocks = story.clocks(&book);
            clocks.iter().find(|clock| clock.metric == SlaMetric::AgentWork && clock.is_open()).and_then(|clock| clock.due)
        };
        let before = due(&story);
        let (from, to) = (now, now.checked_add(SignedDuration::from_mins(pause)).expect("a time"));
        let after = due(&story.moved(from, Status::Pending).moved(to, Status::Open));
        prop_assert!(before.is_some() && before <= after, "{before:?} {after:?}");
    }

    #[test]
    fn at_most_one_clock_of_a_metric_is_open(turns in prop::collection::vec(any_turn(), 1..25)) {
        let clocks = told(&turns).0.clocks(&busy_book());
        for metric in [SlaMetric::FirstReply, SlaMetric::NextReply, SlaMetric::PeriodicUpdate, SlaMetric::AgentWork] {
            prop_assert!(clocks.iter().filter(|clock| clock.metric == metric && clock.is_open()).count() <= 1);
        }
    }
}

//! Stories of tickets, told to clocks without a database.

mod laws;
mod story;

use proto::{
    tickets::v1::{Priority, Status},
    workflow::v1::{ClockRules, ClockState, PriorityChange, ReopenRule, SlaMetric, SlaPolicy},
};

use super::{book::Book, clock::Clock, explain::explain, moment::Event, projection::due_times};
use story::{ANY, HOUR, MINUTE, Story, at, book, book_by, hours, policy, shown, weekly};

#[test]
fn t1_a_ticket_that_changes_calendars_adds_up_what_each_measured() {
    let chicago = weekly("cal_chicago", &[(720, 1_560), (2_160, 3_000), (3_600, 4_440), (5_040, 5_880)]);
    let francisco = weekly("cal_francisco", &[(2_340, 2_910), (3_780, 4_350), (5_220, 5_790)]);
    let under = |id: &str, calendar: &str| SlaPolicy {
        calendar_id: calendar.into(),
        ..policy(id, SlaMetric::FirstReply, &[(ANY, 100)])
    };
    let policies = [under("pol_1", "cal_chicago"), under("pol_2", "cal_francisco")];
    let book = book_by(policies, [chicago, francisco]);
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
    let mut story =
        Story::filed(Priority::Normal, "").moved(hours(1), Status::Pending).moved(hours(3), Status::Open);
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
    let oldest = SlaPolicy { merge_oldest: true, ..policy("pol_1", SlaMetric::FirstReply, &[(ANY, 8)]) };
    let book = book([oldest]);
    let mut story = Story::filed(Priority::Normal, "pol_1").then(hours(1), Event::Absorbed);
    story.moments[1].since = Some(hours(-3));
    let clocks = story.clocks(&book);
    assert_eq!((clocks[0].started_at, clocks[0].due), (hours(-3), Some(hours(5))));
}

#[test]
fn what_was_taken_in_and_let_go_again_never_counted() {
    let oldest = SlaPolicy { merge_oldest: true, ..policy("pol_1", SlaMetric::FirstReply, &[(ANY, 8)]) };
    let book = book([oldest]);
    let mut story = Story::filed(Priority::Normal, "pol_1");
    for (seq, event, cause, since) in [
        (1, Event::Absorbed, "TX-1", Some(-3)),
        (2, Event::Absorbed, "TX-2", Some(-9)),
        (3, Event::Parted, "TX-2", None),
    ] {
        story = story.then(hours(seq), event);
        let last = story.moments.last_mut().expect("the one just told");
        (last.cause, last.since) = (cause.to_owned(), since.map(hours));
    }
    let clocks = story.clocks(&book);
    assert_eq!(
        (clocks[0].started_at, clocks[0].due),
        (hours(-3), Some(hours(5))),
        "the other one still counts"
    );
    let mut story = story.then(hours(4), Event::Parted);
    story.moments.last_mut().expect("told").cause = "TX-1".into();
    let (parted, never) = (story.clocks(&book), Story::filed(Priority::Normal, "pol_1").clocks(&book));
    assert_eq!(shown(&parted, &book, hours(5)), shown(&never, &book, hours(5)));
    assert_eq!((parted[0].started_at, parted[0].told), (never[0].started_at, 0));
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
    assert_eq!(
        clocks[0].next_bell(always).map(|(bell, _)| bell),
        Some(40 * HOUR),
        "that it is missed is told"
    );
}

#[test]
fn each_stage_has_its_share_of_the_whole_way() {
    let book = book([policy("pol_1", SlaMetric::Stage, &[(ANY, 20)])]);
    let mut story = Story::filed(Priority::Normal, "pol_1");
    story.state.share = 500_000;
    let mut story = story.moved(hours(2), Status::Open);
    assert_eq!(
        shown(&story.clocks(&book), &book, hours(3)),
        [(ClockState::Met, 2 * HOUR, None), (ClockState::Running, HOUR, Some(hours(12)))]
    );
    // A stage without weight has no clock.
    story.state.share = 0;
    let clocks = story.moved(hours(13), Status::Pending).clocks(&book);
    let states: Vec<_> = clocks.iter().map(Clock::state).collect();
    assert_eq!(states, [ClockState::Met, ClockState::MissedClosed]);
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
    let seconds =
        |period: &proto::workflow::v1::ClockPeriod| period.counted.map_or(0, |counted| counted.seconds);
    let periods: Vec<_> = explained
        .periods
        .iter()
        .map(|period| (period.running, seconds(period) / 3_600, period.cause.as_str()))
        .collect();
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

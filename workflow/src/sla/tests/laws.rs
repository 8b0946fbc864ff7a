//! What holds of every story.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proto::{
    tickets::v1::{Priority, Status},
    workflow::v1::{SlaMetric, SlaPolicy},
};

use super::story::{Story, always, at, book_by, policy, shown, weekly, with_latest};
use crate::sla::{book::Book, moment::Event};

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
    let metrics = [
        SlaMetric::FirstReply,
        SlaMetric::NextReply,
        SlaMetric::PeriodicUpdate,
        SlaMetric::AgentWork,
        SlaMetric::Resolution,
    ];
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

//! The engine under every sequence of presses, replies and alarms.

mod drawn;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proto::{
    tickets::v1::{Priority, Status, WaitReason},
    workflow::v1::{Guard, RefusalCode, Signal, TransitionKind, TransitionOption},
};

pub(crate) use drawn::drawn;

use super::{Around, Press, Rung, Standing, Step, Undone, alarms, options, press, ring, signal};
use crate::{
    definition::Definition,
    period::Periods,
    run::{Facts, Run, is_done},
    simple,
};

pub(crate) const START: Timestamp = Timestamp::UNIX_EPOCH;
const AGENT: Standing = Standing { agent: true, requester: false, assignee: true };
const REQUESTER: Standing = Standing { agent: false, requester: true, assignee: false };

/// The live version with times of its own.
fn simple() -> Definition {
    let (close_after, reopen_within) = (Duration::from_hours(2), Duration::from_hours(5));
    let periods = Periods { close_after, reopen_within, away_after: Duration::ZERO };
    let live = simple::versions().pop().expect("there is a version");
    Definition::new(periods.fill_in(live)).expect("Simple is a definition")
}

/// No other ticket is in the way.
fn alone(now: Timestamp) -> Around<'static> {
    Around { caller: Some("usr_a"), ..Around::alone(now) }
}

pub(crate) fn run(definition: &Definition, assignee: Option<&str>) -> Run {
    let facts = Facts {
        ticket_id: "tkt_1".into(),
        number: "TX-1".into(),
        subject: "printer on fire".into(),
        department_id: "dep_1".into(),
        requester_id: "usr_r".into(),
        on_behalf_of_id: String::new(),
        participants: vec![],
        priority: Priority::Normal,
        details: Box::default(),
        version: 1,
    };
    let mut run = Run::start("run_1".into(), definition, facts, "que_1".into(), START);
    run.give_to(assignee, START);
    run
}

fn pressing(transition: &str) -> Press<'_> {
    Press {
        transition,
        has_comment: false,
        wait_reason: WaitReason::Unspecified,
        wait_until: None,
        inputs: &[],
    }
}

/// Presses a button with everything it asks for.
fn press_fully(definition: &Definition, run: &Run, standing: Standing, key: &str, now: Timestamp) -> Step {
    let option = options(definition, run, standing, alone(now))
        .into_iter()
        .find(|option| option.key == key)
        .expect("the button is there");
    let asked = Press {
        has_comment: option.comment().as_str_name().ends_with("REQUIRED"),
        wait_reason: option.wait_reasons().next().unwrap_or(WaitReason::Unspecified),
        ..pressing(key)
    };
    press(definition, run, standing, &asked, alone(now))
        .expect("an enabled button with all it asks for works")
}

fn codes(definition: &Definition, run: &Run, standing: Standing, asked: &Press<'_>) -> Vec<RefusalCode> {
    let refusals = press(definition, run, standing, asked, alone(START)).expect_err("it is refused");
    refusals.iter().map(proto::workflow::v1::Refusal::code).collect()
}

fn enabled(options: &[TransitionOption]) -> Vec<&str> {
    options.iter().filter(|option| option.enabled).map(|option| option.key.as_str()).collect()
}

/// The run after an alarm rang, if that moves it.
fn rung(definition: &Definition, run: &Run, transition: Option<&str>, now: Timestamp) -> Option<Run> {
    match ring(definition, run, transition, now)? {
        Rung::Step(step) => Some(step.run),
        Rung::Deeds(_) => None,
    }
}

/// What may happen to a run.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Agent(usize),
    Requester(usize),
    Signal(Signal),
    Alarm,
    Hand(bool),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let signals = prop_oneof![
        Just(Signal::AgentReplied),
        Just(Signal::RequesterReplied),
        Just(Signal::ChildrenResolved)
    ];
    let deed = prop_oneof![
        (0_usize..10).prop_map(Deed::Agent),
        (0_usize..10).prop_map(Deed::Requester),
        signals.prop_map(Deed::Signal),
        Just(Deed::Alarm),
        any::<bool>().prop_map(Deed::Hand),
    ];
    prop::collection::vec(deed, 0..40)
}

/// The run after a deed, if it was possible.
fn does(definition: &Definition, run: &Run, deed: Deed, now: Timestamp) -> Option<Run> {
    let pressed = |standing, choice: usize| {
        let offered = options(definition, run, standing, alone(now));
        let keys = enabled(&offered);
        let key = keys.get(choice % keys.len().max(1))?;
        Some(press_fully(definition, run, standing, key, now).run)
    };
    match deed {
        Deed::Agent(choice) => pressed(AGENT, choice),
        Deed::Requester(choice) => pressed(REQUESTER, choice),
        Deed::Signal(heard) => signal(definition, run, heard, now).map(|step| step.run),
        Deed::Alarm => {
            let due = alarms(definition, run).into_iter().next()?;
            rung(definition, run, due.transition.as_deref(), now)
        }
        Deed::Hand(to_somebody) => {
            let mut handed = run.clone();
            handed.give_to(to_somebody.then_some("usr_a"), now);
            run.is_open().then_some(handed)
        }
    }
}

proptest! {
    #[test]
    fn a_run_is_always_in_exactly_one_stage_and_never_stuck(deeds in deeds()) {
        let simple = simple();
        let mut run = run(&simple, Some("usr_a"));
        for (deed, minute) in deeds.into_iter().zip(1..) {
            let now = START + SignedDuration::from_mins(minute);
            run = does(&simple, &run, deed, now).unwrap_or(run);
            let stages: Vec<_> = simple.stages().iter().filter(|stage| stage.key == run.stage).collect();
            prop_assert_eq!(stages.len(), 1);
            prop_assert_eq!(run.category, stages[0].category());
            prop_assert_eq!(run.is_open(), !stages[0].end);
            prop_assert_eq!(run.queued_at.is_some(), run.is_open() && run.assignee.is_none() && !is_done(run.category));
            prop_assert_eq!(run.wait.is_some(), !stages[0].wait_reasons.is_empty());
            prop_assert!(run.visited.contains(&run.stage));
            let ways = [AGENT, REQUESTER].map(|standing| options(&simple, &run, standing, alone(now))).concat();
            let goes_on = run.is_open() || run.stage == "closed";
            prop_assert_eq!(enabled(&ways).is_empty(), !goes_on, "an open run goes on, of the ended ones a closed one");
        }
    }

    #[test]
    fn the_buttons_tell_what_the_press_will_say(deeds in deeds()) {
        let simple = simple();
        let mut run = run(&simple, None);
        for (deed, minute) in deeds.into_iter().zip(1..) {
            let now = START + SignedDuration::from_mins(minute);
            run = does(&simple, &run, deed, now).unwrap_or(run);
            for standing in [AGENT, REQUESTER] {
                for option in options(&simple, &run, standing, alone(now)) {
                    let refused = press(&simple, &run, standing, &Press { has_comment: true, ..pressing(&option.key) }, alone(now)).err();
                    let about_state = refused.unwrap_or_default().into_iter().any(|refusal| refusal.code() == RefusalCode::Guard);
                    prop_assert_eq!(option.enabled, !about_state, "{}", option.key);
                }
            }
        }
    }
}

#[test]
fn agents_and_requesters_see_their_own_buttons() {
    let simple = simple();
    let fresh = run(&simple, Some("usr_a"));
    assert_eq!(
        enabled(&options(&simple, &fresh, AGENT, alone(START))),
        ["start", "resolve", "ask", "hold", "reject"]
    );
    assert_eq!(enabled(&options(&simple, &fresh, REQUESTER, alone(START))), ["withdraw"]);
    assert!(options(&simple, &fresh, Standing::default(), alone(START)).is_empty());
}

#[test]
fn a_disabled_button_says_why() {
    let simple = simple();
    let nobodys = run(&simple, None);
    let offered = options(&simple, &nobodys, AGENT, alone(START));
    let resolve = offered.iter().find(|option| option.key == "resolve").expect("resolve is shown");
    assert!(!resolve.enabled);
    assert_eq!(resolve.refusals[0].message, "nobody is assigned; claim the ticket or assign somebody first");
}

#[test]
fn every_reason_against_a_press_is_told_at_once() {
    let simple = simple();
    let fresh = run(&simple, Some("usr_a"));
    assert_eq!(codes(&simple, &fresh, AGENT, &pressing("fly")), [RefusalCode::Unknown]);
    assert_eq!(codes(&simple, &fresh, AGENT, &pressing("requester_replied")), [RefusalCode::Unknown]);
    assert_eq!(codes(&simple, &fresh, AGENT, &pressing("reopen")), [RefusalCode::WrongStage]);
    assert_eq!(codes(&simple, &fresh, REQUESTER, &pressing("reject")), [RefusalCode::NotYours]);
    assert_eq!(
        codes(&simple, &fresh, AGENT, &Press { has_comment: true, ..pressing("start") }),
        [RefusalCode::CommentNotTaken]
    );
    let asked = Press { wait_reason: WaitReason::Vendor, ..pressing("ask") };
    assert_eq!(codes(&simple, &fresh, AGENT, &asked), [RefusalCode::CommentMissing, RefusalCode::WaitReason]);
}

#[test]
fn a_wait_reason_is_implied_where_there_is_one_and_asked_for_where_there_are_more() {
    let simple = simple();
    let fresh = run(&simple, Some("usr_a"));
    let asked = press(&simple, &fresh, AGENT, &Press { has_comment: true, ..pressing("ask") }, alone(START))
        .expect("it is implied");
    assert_eq!(asked.run.wait.map(|wait| wait.reason), Some(WaitReason::Requester));
    assert_eq!(codes(&simple, &fresh, AGENT, &pressing("hold")), [RefusalCode::WaitReason]);
    let dated = Press { wait_reason: WaitReason::UntilDate, ..pressing("hold") };
    assert_eq!(codes(&simple, &fresh, AGENT, &dated), [RefusalCode::WaitReason]);
    assert_eq!(
        codes(&simple, &fresh, AGENT, &Press { wait_until: Some(START), ..dated }),
        [RefusalCode::WaitReason]
    );
}

#[test]
fn waiting_until_a_date_ends_on_it() {
    let simple = simple();
    let until = START + SignedDuration::from_hours(5);
    let dated = Press { wait_reason: WaitReason::UntilDate, wait_until: Some(until), ..pressing("hold") };
    let held = press(&simple, &run(&simple, Some("usr_a")), AGENT, &dated, alone(START))
        .expect("a date in the future")
        .run;
    let due = alarms(&simple, &held);
    assert_eq!((due.len(), due[0].at), (1, until));
    assert_eq!(rung(&simple, &held, due[0].transition.as_deref(), until).expect("it rings").stage, "open");
}

#[test]
fn an_answer_reopens_what_was_resolved_and_silence_closes_it() {
    let simple = simple();
    let resolved = press_fully(&simple, &run(&simple, Some("usr_a")), AGENT, "resolve", START).run;
    let answered = signal(&simple, &resolved, Signal::RequesterReplied, START).expect("it is waited for").run;
    assert_eq!(
        (answered.category, answered.reopened, answered.assignee.as_deref()),
        (Status::Open, 1, Some("usr_a"))
    );
    assert!(signal(&simple, &resolved, Signal::AgentReplied, START).is_none());
    let due = alarms(&simple, &resolved);
    assert_eq!(due[0].at, START + SignedDuration::from_hours(2), "the time is the installation's");
    assert_eq!(
        rung(&simple, &resolved, due[0].transition.as_deref(), due[0].at).expect("it rings").category,
        Status::Closed
    );
    assert!(rung(&simple, &answered, due[0].transition.as_deref(), due[0].at).is_none());
}

#[test]
fn a_rule_the_engine_cannot_decide_refuses() {
    let mut version = simple::versions().remove(0);
    let graph = version.graph.as_mut().expect("a graph");
    let resolve =
        graph.transitions.iter_mut().find(|transition| transition.key == "resolve").expect("resolve");
    resolve.guards =
        vec![Guard { rule: "weather.sunny".into(), message: "a rule".into(), ..Guard::default() }];
    let start = graph.transitions.iter_mut().find(|transition| transition.key == "start").expect("start");
    start.who = "1 +".into();
    let (definition, user) = (Definition::new(version).expect("a definition"), TransitionKind::User);
    let fresh = run(&definition, Some("usr_a"));
    assert_eq!(definition.transition("start").map(proto::workflow::v1::Transition::kind), Some(user));
    assert_eq!(codes(&definition, &fresh, AGENT, &pressing("resolve")), [RefusalCode::Guard]);
    assert_eq!(codes(&definition, &fresh, AGENT, &pressing("start")), [RefusalCode::NotYours]);
}

#[test]
fn a_closed_run_opens_again_for_some_time_and_not_later() {
    let simple = simple();
    let resolved = press_fully(&simple, &run(&simple, Some("usr_a")), AGENT, "resolve", START).run;
    let closed = rung(&simple, &resolved, Some("close_unanswered"), START).expect("it rings");
    let (last, too_late) = (START + SignedDuration::from_hours(5), START + SignedDuration::from_secs(18_001));
    let open = |run: Run| (run.category, run.is_open(), run.reopened) == (Status::Open, true, 1);
    assert!(open(signal(&simple, &closed, Signal::RequesterReplied, last).expect("in time").run));
    assert!(open(press_fully(&simple, &closed, REQUESTER, "reopen_closed", last).run));
    assert!(signal(&simple, &closed, Signal::RequesterReplied, too_late).is_none());
    let offered = options(&simple, &closed, REQUESTER, alone(too_late));
    assert_eq!(enabled(&offered), Vec::<&str>::new());
    assert_eq!(offered[0].refusals[0].code(), RefusalCode::TooLate);
}

#[test]
fn what_is_not_done_elsewhere_is_named_and_nobody_asked_is_no_leave() {
    let simple = simple();
    let fresh = run(&simple, Some("usr_a"));
    let undone = Undone {
        children: (2..9).map(|number| format!("TX-{number}")).collect(),
        blockers: vec!["TX-11".into()],
    };
    let around = Around { undone: Some(&undone), ..alone(START) };
    let refusals =
        press(&simple, &fresh, AGENT, &pressing("resolve"), around).expect_err("two are in the way");
    let said: Vec<_> = refusals.iter().map(|refusal| (refusal.code(), refusal.message.as_str())).collect();
    assert_eq!(
        said,
        [
            (
                RefusalCode::ChildrenOpen,
                "child tickets are not done; resolve them first or along with it: TX-2, TX-3, TX-4, TX-5, TX-6 and 2 more"
            ),
            (
                RefusalCode::Guard,
                "it is blocked by tickets that are not done; resolve or unlink them first: TX-11"
            ),
        ]
    );
    let unasked = press(&simple, &fresh, AGENT, &pressing("resolve"), Around::at(START));
    assert_eq!(unasked.expect_err("nobody asked").len(), 2);
}

#[test]
fn a_parked_run_offers_nothing_and_goes_on_as_it_was() {
    let simple = simple();
    let before = run(&simple, None);
    let mut parked = before.clone();
    parked.park(START + SignedDuration::from_hours(1));
    assert!(options(&simple, &parked, AGENT, alone(START)).is_empty());
    assert!(signal(&simple, &parked, Signal::AgentReplied, START).is_none());
    parked.resume(START + SignedDuration::from_hours(2));
    assert_eq!(parked, before);
}

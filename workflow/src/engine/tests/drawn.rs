//! The engine on graphs people draw: rules, automatic transitions, fields, dwelling, effects.

use jiff::SignedDuration;
use proptest::prelude::*;
use proto::{
    tickets::v1::{FieldValue, Status, field_value::Value},
    workflow::v1::{
        Dwell, Effect, FieldFlag, FindingSeverity, Graph, Guard, Input, Presser, RefusalCode, Stage,
        Transition, TransitionKind, Version, dwell::Then, effect::Effect as Does,
    },
};

use super::{
    AGENT, REQUESTER, START, alone, codes, enabled, options, press, press_fully, pressing, run, rung,
};
use crate::{
    check::findings,
    definition::Definition,
    effect::Deed,
    engine::{Press, Rung, alarms, automatic, ring},
};

/// A definition of these stages, or of `a` (the start), `b`, `c` and `end`.
pub(crate) fn drawn(stages: Vec<Stage>, transitions: Vec<Transition>) -> Definition {
    let stages = if stages.is_empty() { ["a", "b", "c", "end"].map(stage).to_vec() } else { stages };
    let graph = Some(Graph { stages, transitions });
    let version = Version { workflow_id: "wfl_x".into(), number: 1, graph, ..Version::default() };
    Definition::new(version).expect("a definition")
}

fn stage(key: &str) -> Stage {
    let category = match key {
        "a" => Status::New,
        "end" => Status::Closed,
        _ => Status::Open,
    };
    Stage {
        key: key.into(),
        label: key.to_uppercase(),
        category: category.into(),
        start: key == "a",
        end: key == "end",
        ..Stage::default()
    }
}

fn way(kind: TransitionKind, from: &str, to: &str) -> Transition {
    let pressers = if kind == TransitionKind::User { vec![Presser::Agent.into()] } else { vec![] };
    Transition {
        key: format!("{from}_{to}"),
        label: format!("{from} to {to}"),
        from: vec![from.into()],
        to: to.into(),
        kind: kind.into(),
        pressers,
        ..Transition::default()
    }
}

fn pressed(from: &str, to: &str) -> Transition {
    way(TransitionKind::User, from, to)
}

fn auto(from: &str, to: &str, rule: &str) -> Transition {
    let guards = if rule.is_empty() { vec![] } else { vec![guard(rule, "not yet")] };
    Transition { guards, ..way(TransitionKind::Auto, from, to) }
}

fn guard(rule: &str, message: &str) -> Guard {
    Guard { rule: rule.into(), message: message.into(), ..Guard::default() }
}

fn tag(tag: &str) -> Effect {
    Effect { effect: Some(Does::AddTag(tag.into())) }
}

#[test]
fn every_guard_that_fails_says_so_on_the_way_out_along_and_in() {
    let leaves = Stage { exit_guards: vec![guard("ticket.unassigned", "out")], ..stage("a") };
    let enters = Stage { entry_guards: vec![guard("ticket.priority == \"HIGH\"", "in")], ..stage("b") };
    let along = Transition {
        guards: vec![guard("caller.id == \"usr_a\"", "fine"), guard("\"vip\" in ticket.tags", "along")],
        ..pressed("a", "b")
    };
    let definition = drawn(vec![leaves, enters, stage("end")], vec![along]);
    let refused = press(&definition, &run(&definition, Some("usr_a")), AGENT, &pressing("a_b"), alone(START));
    let said: Vec<_> = refused.expect_err("three fail").into_iter().map(|refusal| refusal.message).collect();
    assert_eq!(said, ["out", "along", "in"]);
    let option = options(&definition, &run(&definition, Some("usr_a")), AGENT, alone(START)).remove(0);
    assert_eq!(option.refusals.len(), 3, "the button says the same");
}

#[test]
fn who_narrows_those_who_may_and_the_staff_sees_why() {
    let both = vec![Presser::Agent.into(), Presser::Requester.into()];
    let narrow = |rule: &str| Transition { pressers: both.clone(), who: rule.into(), ..pressed("a", "b") };
    let definition = drawn(vec![], vec![narrow("caller.is_agent && caller.id != ticket.requester")]);
    let fresh = run(&definition, Some("usr_a"));
    assert_eq!(enabled(&options(&definition, &fresh, AGENT, alone(START))), ["a_b"]);
    assert!(options(&definition, &fresh, REQUESTER, alone(START)).is_empty());
    assert_eq!(codes(&definition, &fresh, REQUESTER, &pressing("a_b")), [RefusalCode::NotYours]);
    let definition = drawn(vec![], vec![narrow("caller.is_requester")]);
    let seen = options(&definition, &fresh, AGENT, alone(START));
    assert_eq!((seen.len(), seen[0].enabled, seen[0].refusals[0].code()), (1, false, RefusalCode::NotYours));
}

#[test]
fn a_button_is_offered_where_its_rule_holds_and_nowhere_else() {
    let offered = Transition { visible_if: "ticket.unassigned".into(), ..pressed("a", "b") };
    let definition = drawn(vec![], vec![offered]);
    assert_eq!(options(&definition, &run(&definition, None), AGENT, alone(START)).len(), 1);
    let taken = run(&definition, Some("usr_a"));
    assert!(options(&definition, &taken, AGENT, alone(START)).is_empty());
    assert_eq!(codes(&definition, &taken, AGENT, &pressing("a_b")), [RefusalCode::Guard]);
}

#[test]
fn a_stage_asks_for_the_fields_it_demands() {
    let fields =
        [("serial", FieldFlag::Required), ("note", FieldFlag::MustChange), ("cost", FieldFlag::Hidden)];
    let fields = fields.map(|(key, flag)| (key.to_owned(), i32::from(flag))).into();
    let demands = Stage { fields, ..stage("b") };
    let asks =
        Transition { inputs: vec![Input { field: "note".into(), required: false }], ..pressed("a", "b") };
    let definition = drawn(vec![stage("a"), demands, stage("end")], vec![asks]);
    let mut fresh = run(&definition, Some("usr_a"));
    let asked = options(&definition, &fresh, AGENT, alone(START)).remove(0);
    let inputs: Vec<_> = asked.inputs.iter().map(|input| (input.field.as_str(), input.required)).collect();
    assert_eq!(inputs, [("note", true), ("serial", true)]);
    let missing = [RefusalCode::InputMissing, RefusalCode::InputMissing];
    assert_eq!(codes(&definition, &fresh, AGENT, &pressing("a_b")), missing);
    let foreign = Press { inputs: &["note", "serial", "cost"], ..pressing("a_b") };
    assert_eq!(codes(&definition, &fresh, AGENT, &foreign), [RefusalCode::InputNotTaken]);

    let filled = FieldValue { value: Some(Value::Text("S-1".into())) };
    fresh.facts.details.fields.insert("serial".into(), filled);
    let given = Press { inputs: &["note"], ..pressing("a_b") };
    assert!(press(&definition, &fresh, AGENT, &given, alone(START)).is_ok());
}

#[test]
fn automatic_transitions_follow_each_other_until_one_waits() {
    let ways = vec![
        auto("a", "b", "!ticket.unassigned"),
        auto("b", "c", ""),
        auto("c", "end", "\"done\" in ticket.tags"),
    ];
    let definition = drawn(vec![], ways);
    assert!(automatic(&definition, &run(&definition, None), START).is_empty());
    let steps = automatic(&definition, &run(&definition, Some("usr_a")), START);
    let stages: Vec<_> = steps.iter().map(|step| step.run.stage.as_str()).collect();
    assert_eq!(stages, ["b", "c"]);
    assert_eq!(steps[1].moved.kind(), TransitionKind::Auto);
}

#[test]
fn a_long_stay_ends_as_the_stage_says() {
    let dwell = |then| {
        Some(Dwell {
            maximum: Some(prost_types::Duration { seconds: 3600, nanos: 0 }),
            then: Some(then),
            ..Dwell::default()
        })
    };
    let first = Stage { dwell: dwell(Then::TransitionKey("a_b".into())), ..stage("a") };
    let second = Stage { dwell: dwell(Then::Effect(tag("late"))), ..stage("b") };
    let definition = drawn(vec![first, second, stage("end")], vec![pressed("a", "b")]);
    let fresh = run(&definition, None);
    let due = alarms(&definition, &fresh);
    assert_eq!((due.len(), due[0].at), (1, START + SignedDuration::from_hours(1)));
    let moved = rung(&definition, &fresh, None, due[0].at).expect("it moves");
    assert_eq!(moved.stage, "b");
    let Some(Rung::Deeds(deeds)) = ring(&definition, &moved, None, due[0].at) else { panic!("it stays") };
    assert_eq!(deeds, [Deed::AddTag("late".into())]);
}

#[test]
fn effects_happen_on_the_way_out_along_and_in() {
    let leaves = Stage { on_exit: vec![tag("out")], on_enter: vec![tag("never")], ..stage("a") };
    let enters = Stage { on_enter: vec![tag("in")], on_exit: vec![tag("never")], ..stage("b") };
    let along = Transition { effects: vec![tag("along")], ..pressed("a", "b") };
    let definition = drawn(vec![leaves, enters, stage("end")], vec![along]);
    let step = press_fully(&definition, &run(&definition, None), AGENT, "a_b", START);
    assert_eq!(step.deeds, ["out", "along", "in"].map(|tag| Deed::AddTag(tag.into())));
}

/// Graphs of up to seven stages with a way through them, and others across.
fn graphs() -> impl Strategy<Value = Graph> {
    let kinds = prop_oneof![6 => Just(TransitionKind::User), 1 => Just(TransitionKind::Auto)];
    let ways = prop::collection::vec((0_usize..8, 0_usize..8, kinds), 0..16);
    (2_usize..8, ways).prop_map(|(count, ways)| {
        let key = |index: usize| if index + 1 == count { "end".to_owned() } else { format!("s{index}") };
        let stages = (0..count).map(|index| Stage { start: index == 0, ..stage(&key(index)) }).collect();
        let through = (1..count).map(|index| (index - 1, index, TransitionKind::User));
        let across = ways.into_iter().map(|(from, to, kind)| (from % count, to % count, kind));
        let draw = |(number, (from, to, kind)): (usize, (usize, usize, TransitionKind))| Transition {
            key: format!("t{number}"),
            ..way(kind, &key(from), &key(to))
        };
        Graph { stages, transitions: through.chain(across).enumerate().map(draw).collect() }
    })
}

fn publishable(graph: &Graph) -> bool {
    findings(graph, "").iter().all(|finding| finding.severity() != FindingSeverity::Error)
}

proptest! {
    #[test]
    fn a_chain_of_automatic_transitions_ends_and_goes_nowhere_twice(graph in graphs()) {
        let definition = drawn(graph.stages, graph.transitions);
        let fresh = run(&definition, None);
        let steps = automatic(&definition, &fresh, START);
        let mut stages: Vec<_> = steps.iter().map(|step| step.run.stage.clone()).collect();
        stages.push(fresh.stage);
        let many = stages.len();
        stages.sort();
        stages.dedup();
        prop_assert_eq!((stages.len(), many <= 16), (many, true));
    }

    #[test]
    fn whoever_comes_back_in_a_published_graph_finds_a_way_to_an_end(graph in graphs(), choices in prop::collection::vec(0_usize..24, 0..40)) {
        prop_assume!(publishable(&graph));
        let definition = drawn(graph.stages, graph.transitions);
        let settle = |run| automatic(&definition, &run, START).pop().map_or(run, |step| step.run);
        let mut run = settle(run(&definition, Some("usr_a")));
        for choice in choices {
            let offered = options(&definition, &run, AGENT, alone(START));
            prop_assert!(!run.is_open() || !enabled(&offered).is_empty(), "an open run goes on");
            let keys = enabled(&offered);
            let Some(key) = keys.get(choice % keys.len().max(1)) else { break };
            run = settle(press_fully(&definition, &run, AGENT, key, START).run);
            let here: Vec<_> = definition.stages().iter().filter(|stage| stage.key == run.stage).collect();
            prop_assert_eq!(here.len(), 1);
            prop_assert_eq!((run.category, run.is_open()), (here[0].category(), !here[0].end));
        }
    }
}

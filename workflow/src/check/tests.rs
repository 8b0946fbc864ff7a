//! The publishing checks on graphs with one thing wrong each.

use proptest::prelude::*;
use proto::{
    tickets::v1::{Status, WaitReason},
    workflow::v1::{
        ApprovalLevel, ApprovalPolicy, Condition, Effect, Finding, FindingSeverity, Graph, Guard,
        NotifyPeople, Presser, Quorum, SetField, Stage, Transition, TransitionKind, WriteComment,
        effect::Effect as Does,
    },
};

use super::{expect_publishable, findings};
use crate::{definition::Definition, simple};

fn simple_graph() -> Graph {
    simple::versions().pop().and_then(|version| version.graph).expect("a graph")
}

/// What is said of Simple after somebody changed it.
fn said(change: impl FnOnce(&mut Graph)) -> Vec<Finding> {
    let mut graph = simple_graph();
    change(&mut graph);
    findings(&graph, "")
}

/// The place and the sentence of the only thing that is said.
fn only(change: impl FnOnce(&mut Graph)) -> (String, String, String) {
    let found = said(change);
    let [finding] = &found[..] else { panic!("one thing, not {found:?}") };
    let place = if finding.stage_key.is_empty() { &finding.transition_key } else { &finding.stage_key };
    (place.clone(), finding.field.clone(), finding.message.clone())
}

fn of(place: &str, field: &str, message: &str) -> (String, String, String) {
    (place.into(), field.into(), message.into())
}

fn stage<'g>(graph: &'g mut Graph, key: &str) -> &'g mut Stage {
    graph.stages.iter_mut().find(|stage| stage.key == key).expect("a stage")
}

fn transition<'g>(graph: &'g mut Graph, key: &str) -> &'g mut Transition {
    graph.transitions.iter_mut().find(|transition| transition.key == key).expect("a transition")
}

#[test]
fn simple_could_be_published_again() {
    assert!(said(|_| ()).is_empty(), "{:?}", said(|_| ()));
    assert!(expect_publishable(&said(|_| ())).is_ok());
}

#[test]
fn there_is_exactly_one_start() {
    let message = "“New” is the start already; there is exactly one";
    assert_eq!(only(|graph| stage(graph, "open").start = true), of("open", "start", message));
    let message = "no stage is the start; mark the one new tickets begin in";
    assert_eq!(only(|graph| stage(graph, "new").start = false), of("", "stages", message));
    let message = "there is no stage yet; draw one and mark it as the start";
    assert_eq!(only(|graph| *graph = Graph::default()), of("", "stages", message));
}

#[test]
fn every_stage_is_on_a_way_from_the_start_to_an_end() {
    let alone = Stage {
        key: "alone".into(),
        label: "Alone".into(),
        category: Status::Open.into(),
        ..Stage::default()
    };
    // Simple has no transition from any stage, so nothing leads in or out.
    let messages: Vec<_> =
        said(|graph| graph.stages.push(alone)).into_iter().map(|finding| finding.message).collect();
    assert_eq!(
        messages,
        [
            "no way leads here from the start; draw one, or remove the stage",
            "no way leads from here to an end; draw one, or mark it as an end",
        ]
    );
}

#[test]
fn nothing_goes_round_by_itself() {
    let auto = |key: &str, from: &str, to: &str| Transition {
        key: key.into(),
        label: key.into(),
        from: vec![from.into()],
        to: to.into(),
        kind: TransitionKind::Auto.into(),
        ..Transition::default()
    };
    let round =
        said(|graph| graph.transitions.extend([auto("on", "new", "open"), auto("back", "open", "new")]));
    let places: Vec<_> = round.iter().map(|finding| finding.stage_key.as_str()).collect();
    assert_eq!(places, ["new", "open"]);
    assert!(round[0].message.starts_with("automatic transitions lead round"));
    assert!(said(|graph| graph.transitions.push(auto("on", "new", "open"))).is_empty());
    let ended = said(|graph| graph.transitions.push(auto("on", "closed", "open")));
    assert!(ended.iter().any(|finding| finding.message.starts_with("nothing happens by itself in an end")));
}

#[test]
fn a_rule_is_wrong_at_a_character_of_a_field() {
    let rule = "ticket.priority == \"HIGH\" &&\n  ticket.weather == \"sunny\"";
    let found = said(|graph| {
        let guard = Guard { rule: rule.into(), message: "wait for the sun".into(), ..Guard::default() };
        transition(graph, "resolve").guards.push(guard);
    });
    assert_eq!((found.len(), found[0].transition_key.as_str()), (1, "resolve"));
    assert_eq!((found[0].field.as_str(), found[0].offset), ("guards[3].rule", 31));
    assert!(found[0].message.contains("there is no variable `ticket.weather`"), "{}", found[0].message);
    let found = findings(&simple_graph(), "caller.is_agent");
    assert_eq!((found[0].field.as_str(), found[0].offset), ("applies_to", 0), "nobody presses there");
}

#[test]
fn what_belongs_together_stands_together() {
    let message = "nobody may press it; name at least one who may";
    assert_eq!(only(|graph| transition(graph, "start").pressers.clear()), of("start", "pressers", message));
    let message = "nobody gives a wait reason when it is taken by itself; lead to a stage with one at most, not to “On hold”";
    assert_eq!(
        only(|graph| transition(graph, "requester_replied").to = "on_hold".into()),
        of("requester_replied", "to", message)
    );
    let message = "wait reasons go with PENDING and ON_HOLD; remove them or choose one of those";
    assert_eq!(only(|graph| stage(graph, "open").wait_reasons = vec![WaitReason::Vendor.into()]).2, message);
    let condition = Guard {
        condition: Condition::ChildrenDone.into(),
        message: "children first".into(),
        ..Guard::default()
    };
    let message = "only a press looks at other tickets; let a person take it";
    assert_eq!(only(|graph| transition(graph, "agent_replied").guards.push(condition)).2, message);
    let message =
        "an end needs RESOLVED, CLOSED, REJECTED or WITHDRAWN; choose one, or mark the stage as no end";
    assert_eq!(only(|graph| stage(graph, "rejected").category = Status::Open.into()).2, message);
}

#[test]
fn keys_and_labels_keep_their_limits() {
    let found = said(|graph| {
        stage(graph, "open").label = "x".repeat(101);
        transition(graph, "hold").label = String::new();
    });
    let fields: Vec<_> = found.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(
        fields,
        ["label is too long; give at most 100 characters", "label is empty; give 1 to 100 characters"]
    );
    let found = said(|graph| transition(graph, "hold").key = "Hold it!".into());
    assert_eq!(found[0].message, "key is no key; use 1 to 50 lower case letters, digits and _");
    let warned = said(|graph| stage(graph, "open").label = "New".into());
    assert_eq!(warned[0].severity(), FindingSeverity::Warning);
    assert!(expect_publishable(&warned).is_ok(), "a warning holds up nobody");
}

#[test]
fn what_an_effect_sets_takes_its_value() {
    let set = |field: &str, value: &str| Effect {
        effect: Some(Does::SetField(SetField { field: field.into(), value: value.into() })),
    };
    let found = said(|graph| {
        stage(graph, "open").on_enter = vec![
            set("priority", "\"HIGH\""),
            set("priority", "ticket.reopened"),
            set("Subject", "\"x\""),
            set("due", "now + "),
        ];
    });
    let places: Vec<_> = found.iter().map(|finding| finding.field.as_str()).collect();
    assert_eq!(places, ["on_enter[1].value", "on_enter[2].field", "on_enter[3].value"]);
    assert_eq!(found[0].message, "priority takes a text, as in \"HIGH\", and this is a whole number");
}

/// Whom to tell what.
fn told(recipients: &str, message: &str) -> NotifyPeople {
    NotifyPeople { recipients: recipients.into(), message: message.into(), ..NotifyPeople::default() }
}

#[test]
fn a_message_is_for_people_whom_a_rule_names() {
    let effects = [
        told("ticket.assignee", "Hurry"),
        told("ticket.participants", "Hurry"),
        told("ticket.reopened", "Hurry"),
        told("ticket.boss", "Hurry"),
        told("\"usr_1\"", ""),
    ];
    let effects = effects.map(|notify| Effect { effect: Some(Does::Notify(notify)) });
    let found = said(|graph| transition(graph, "start").effects = effects.to_vec());
    let mut places: Vec<_> = found.iter().map(|finding| finding.field.as_str()).collect();
    places.sort_unstable();
    assert_eq!(places, ["effects[2].recipients", "effects[3].recipients", "effects[4].message"]);
}

#[test]
fn what_nothing_carries_out_is_refused() {
    let comment = WriteComment { text: "Hello {{requester.name}}".into(), internal: false };
    let by_template = NotifyPeople { template_id: "tpl_1".into(), ..told("ticket.assignee", "Hurry") };
    let effects = [Does::Notify(by_template), Does::WebhookId("whk_1".into()), Does::Comment(comment)];
    let effects = effects.map(|effect| Effect { effect: Some(effect) });
    let found = said(|graph| transition(graph, "start").effects = effects.to_vec());
    let places: Vec<_> = found.iter().map(|finding| finding.field.as_str()).collect();
    assert_eq!(places, ["effects[0].template_id", "effects[1].webhook_id", "effects[2].text"]);
}

#[test]
fn nobody_needs_more_votes_than_there_are() {
    let level = |people: &[&str], quorum: Quorum, value: i32| ApprovalLevel {
        user_ids: people.iter().map(|&id| id.to_owned()).collect(),
        quorum: quorum.into(),
        quorum_value: value,
        ..ApprovalLevel::default()
    };
    let levels = vec![
        level(&["usr_1", "usr_2"], Quorum::Count, 3),
        level(&[], Quorum::Any, 0),
        level(&["usr_1"], Quorum::Percent, 0),
        level(&["usr_1", "usr_2"], Quorum::All, 0),
    ];
    let policy = ApprovalPolicy { levels, ..ApprovalPolicy::default() };
    let found = said(|graph| transition(graph, "resolve").approval = Some(policy));
    let messages: Vec<_> = found.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(
        messages[..3],
        [
            "3 must agree, but only 2 are asked; ask more, or need fewer",
            "nobody is asked; name who must agree",
            "give a share of 1 to 100 percent",
        ]
    );
}

#[test]
fn errors_come_first_and_become_violations_with_their_paths() {
    let found = said(|graph| {
        stage(graph, "open").label = "New".into();
        transition(graph, "start").to = "moon".into();
    });
    let severities: Vec<_> = found.iter().map(Finding::severity).collect();
    assert_eq!(severities, [FindingSeverity::Error, FindingSeverity::Warning]);
    let refused = expect_publishable(&found).expect_err("it leads nowhere").to_string();
    assert_eq!(refused, "draft.transitions[start].to there is no stage “moon” to lead to; choose another");
}

proptest! {
    #[test]
    fn a_graph_without_an_error_is_a_definition(
        cut in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        turned in any::<prop::sample::Index>(),
        flags in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), any::<bool>()), 0..3),
    ) {
        let mut graph = simple_graph();
        for index in cut {
            let at = index.index(graph.transitions.len());
            graph.transitions.remove(at);
        }
        let at = turned.index(graph.transitions.len());
        graph.transitions[at].pressers = vec![Presser::Agent.into()];
        for (index, start, end) in flags {
            let at = index.index(graph.stages.len());
            (graph.stages[at].start, graph.stages[at].end) = (start, end);
        }
        let version = proto::workflow::v1::Version { graph: Some(graph.clone()), ..Default::default() };
        if expect_publishable(&findings(&graph, "")).is_ok() {
            prop_assert!(Definition::new(version).is_ok());
        }
    }
}

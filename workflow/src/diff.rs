//! How two graphs differ, in sentences for people.
//!
//! Pure. Invariant: graphs that differ in anything but where the editor draws their stages have at least one sentence between them.

use proto::workflow::v1::{Graph, Stage, Transition, VersionDifference};

/// What differs, stages first, in the order of the newer graph; what is gone comes last.
pub(crate) fn differences(from: &Graph, to: &Graph) -> Vec<VersionDifference> {
    let mut found = Vec::new();
    for stage in &to.stages {
        let before = from.stages.iter().find(|before| before.key == stage.key);
        let sentences = before
            .map_or_else(|| vec![format!("the stage “{}” is new", stage.label)], |b| stage_changes(b, stage));
        found.extend(sentences.into_iter().map(|message| of_stage(&stage.key, message)));
    }
    let gone = from.stages.iter().filter(|before| to.stages.iter().all(|stage| stage.key != before.key));
    found.extend(gone.map(|stage| of_stage(&stage.key, format!("the stage “{}” is gone", stage.label))));
    for transition in &to.transitions {
        let before = from.transitions.iter().find(|before| before.key == transition.key);
        let sentences = before
            .map_or_else(|| vec![new_transition(to, transition)], |before| changes(to, before, transition));
        found.extend(sentences.into_iter().map(|message| of_transition(&transition.key, message)));
    }
    let is_there = |key: &str| to.transitions.iter().any(|transition| transition.key == key);
    let gone = from.transitions.iter().filter(|before| !is_there(&before.key));
    found.extend(
        gone.map(|before| of_transition(&before.key, format!("the transition “{}” is gone", before.label))),
    );
    if found.is_empty() {
        found.extend(order(from, to));
    }
    found
}

/// That the same things stand in another order; positions on the canvas mean nothing.
fn order(from: &Graph, to: &Graph) -> Option<VersionDifference> {
    let stages = |graph: &Graph| graph.stages.iter().map(|stage| stage.key.clone()).collect::<Vec<_>>();
    let keys = |graph: &Graph| graph.transitions.iter().map(|one| one.key.clone()).collect::<Vec<_>>();
    let message = match (stages(from) == stages(to), keys(from) == keys(to)) {
        (true, true) => return None,
        (false, _) => "the stages stand in another order",
        (true, false) => "the transitions are offered in another order",
    };
    Some(VersionDifference { message: message.to_owned(), ..VersionDifference::default() })
}

fn of_stage(key: &str, message: String) -> VersionDifference {
    VersionDifference { stage_key: key.to_owned(), message, ..VersionDifference::default() }
}

fn of_transition(key: &str, message: String) -> VersionDifference {
    VersionDifference { transition_key: key.to_owned(), message, ..VersionDifference::default() }
}

fn new_transition(graph: &Graph, transition: &Transition) -> String {
    let from = sources(graph, transition);
    format!("the transition “{}” from {from} to “{}” is new", transition.label, label(graph, &transition.to))
}

fn stage_changes(before: &Stage, after: &Stage) -> Vec<String> {
    let name = &after.label;
    let mut said = Vec::new();
    if before.label != after.label {
        said.push(format!("the stage “{}” is called “{name}” now", before.label));
    }
    if before.category != after.category {
        let word = after.category().as_str_name().trim_start_matches("STATUS_").replace('_', " ");
        said.push(format!("tickets in “{name}” are {word} now"));
    }
    if before.start != after.start {
        let word = if after.start { "begin" } else { "no longer begin" };
        said.push(format!("new tickets {word} in “{name}”"));
    }
    if before.end != after.end {
        let word = if after.end { "is" } else { "is no longer" };
        said.push(format!("“{name}” {word} an end"));
    }
    let others = [
        ("what to do", before.instruction != after.instruction),
        ("its owner", before.owner != after.owner),
        ("its share of the time", before.weight.to_bits() != after.weight.to_bits()),
        ("whether clocks stand still", before.pauses_clocks != after.pauses_clocks),
        ("whether it is waiting", before.waiting != after.waiting),
        ("the reasons to wait", before.wait_reasons != after.wait_reasons),
        ("the fields of the form", before.fields != after.fields),
        ("what must hold to enter", before.entry_guards != after.entry_guards),
        ("what must hold to leave", before.exit_guards != after.exit_guards),
        ("what happens on entering", before.on_enter != after.on_enter),
        ("what happens on leaving", before.on_exit != after.on_exit),
        ("how long one may stay", before.dwell != after.dwell),
        ("who it is escalated to", before.escalation != after.escalation),
    ];
    said.extend(others_changed("the stage", name, &others));
    said
}

fn changes(graph: &Graph, before: &Transition, after: &Transition) -> Vec<String> {
    let name = &after.label;
    let mut said = Vec::new();
    if before.label != after.label {
        said.push(format!("the transition “{}” is called “{name}” now", before.label));
    }
    if before.to != after.to {
        said.push(format!("“{name}” leads to “{}” now", label(graph, &after.to)));
    }
    if before.from != after.from {
        said.push(format!("“{name}” leaves from {} now", sources(graph, after)));
    }
    let times = |one: &Transition| (one.after, one.after_period, one.within, one.within_period);
    let others = [
        ("what takes it", (before.kind, before.signal) != (after.kind, after.signal)),
        ("who may press it", before.pressers != after.pressers || before.who != after.who),
        ("when it is offered", before.visible_if != after.visible_if),
        ("what must hold", before.guards != after.guards),
        ("the comment it asks for", before.comment != after.comment),
        ("what else it asks for", before.inputs != after.inputs),
        ("what happens on the way", before.effects != after.effects),
        ("who must approve it", before.approval != after.approval),
        ("its times", times(before) != times(after)),
        ("how long it can be undone", before.undo_window != after.undo_window),
        ("whether it is the main button", before.primary != after.primary),
    ];
    said.extend(others_changed("the transition", name, &others));
    said
}

/// One sentence for everything that is merely different.
fn others_changed(kind: &str, name: &str, others: &[(&str, bool)]) -> Option<String> {
    let changed: Vec<_> = others.iter().filter(|(_, changed)| *changed).map(|(what, _)| *what).collect();
    (!changed.is_empty()).then(|| format!("{kind} “{name}” changed: {}", changed.join(", ")))
}

fn sources(graph: &Graph, transition: &Transition) -> String {
    if transition.from.is_empty() {
        return "any stage that is no end".to_owned();
    }
    let labels = transition.from.iter().map(|key| format!("“{}”", label(graph, key)));
    labels.collect::<Vec<_>>().join(", ")
}

fn label(graph: &Graph, key: &str) -> String {
    let stage = graph.stages.iter().find(|stage| stage.key == key);
    stage.map_or_else(|| key.to_owned(), |stage| stage.label.clone())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proto::workflow::v1::{Graph, Position};

    use super::differences;
    use crate::simple;

    fn graph(number: usize) -> Graph {
        simple::versions().remove(number).graph.expect("a graph")
    }

    fn messages(from: &Graph, to: &Graph) -> Vec<String> {
        differences(from, to).into_iter().map(|difference| difference.message).collect()
    }

    #[test]
    fn what_came_with_the_second_version_of_simple_is_said() {
        let said = messages(&graph(0), &graph(1));
        assert_eq!(
            said,
            [
                "the transition “Resolve” changed: what must hold",
                "the transition “Closed without an answer” changed: its times",
                "the transition “Reopen” from “Closed” to “Open” is new",
                "the transition “Reopened by an answer” from “Closed” to “Open” is new",
            ]
        );
        assert_eq!(messages(&graph(1), &graph(0)).len(), 4);
    }

    #[test]
    fn a_stage_that_is_called_otherwise_or_gone_is_named() {
        let (from, mut to) = (graph(1), graph(1));
        to.stages[1].label = "In work".into();
        to.stages.pop();
        to.transitions.reverse();
        assert_eq!(
            messages(&from, &to),
            ["the stage “Open” is called “In work” now", "the stage “Withdrawn” is gone"]
        );
        assert_eq!(messages(&from, &Graph { transitions: to.transitions, ..from.clone() }).len(), 1);
    }

    proptest! {
        #[test]
        fn the_same_graph_differs_in_nothing_wherever_it_is_drawn(x in -500.0..500.0_f64) {
            let mut moved = graph(1);
            moved.stages[0].position = Some(Position { x, y: 0.0 });
            prop_assert!(differences(&graph(1), &moved).is_empty());
        }
    }
}

//! A workflow while it is drawn: what is drawn, what one can do to it, and where it lies on the canvas.
//!
//! Pure: nothing here knows of pages, of the server or of words for people. Whether a drawing may be published only the server knows.
//! Invariant: no edit takes a drawing apart: whatever named a stage or a transition follows its new key, and goes with it.

pub(crate) mod camera;
pub(crate) mod edit;
pub(crate) mod geometry;
pub(crate) mod history;
pub(crate) mod layout;
pub(crate) mod lines;
pub(crate) mod problem;
pub(crate) mod walk;

use proto::workflow::v1::{Graph, Stage, Transition};

/// Everything that is drawn and kept together.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Drawing {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) applies_to: String,
    pub(crate) graph: Graph,
}

/// A place in a drawing that can be chosen; stages and transitions by their keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Spot {
    /// The workflow as a whole.
    #[default]
    Whole,
    Stage(String),
    Transition(String),
}

/// The stage with this key.
pub(crate) fn stage<'g>(graph: &'g Graph, key: &str) -> Option<&'g Stage> {
    graph.stages.iter().find(|stage| stage.key == key)
}

/// The transition with this key.
pub(crate) fn transition<'g>(graph: &'g Graph, key: &str) -> Option<&'g Transition> {
    graph.transitions.iter().find(|transition| transition.key == key)
}

/// What people read for a stage's key; the key itself where there is no such stage.
pub(crate) fn label_of<'g>(graph: &'g Graph, key: &'g str) -> &'g str {
    stage(graph, key).map_or(key, |stage| stage.label.as_str())
}

/// Whether a transition can be taken from a stage.
pub(crate) fn leaves(transition: &Transition, stage: &Stage) -> bool {
    if transition.from.is_empty() { !stage.end } else { transition.from.contains(&stage.key) }
}

/// The transitions that lead out of a stage, in the order they are offered.
pub(crate) fn ways_out<'g>(graph: &'g Graph, stage: &'g Stage) -> impl Iterator<Item = &'g Transition> {
    graph.transitions.iter().filter(|transition| leaves(transition, stage))
}

/// The place, if the drawing has it; the whole otherwise.
pub(crate) fn known(graph: &Graph, spot: Spot) -> Spot {
    let there = match &spot {
        Spot::Whole => true,
        Spot::Stage(key) => stage(graph, key).is_some(),
        Spot::Transition(key) => transition(graph, key).is_some(),
    };
    if there { spot } else { Spot::Whole }
}

/// Two stages and a way between them, for tests.
#[cfg(test)]
pub(crate) fn sample() -> Graph {
    use proto::tickets::v1::Status;
    use proto::workflow::v1::{Presser, TransitionKind};

    let stage = |key: &str, label: &str, category: Status| Stage {
        key: key.into(),
        label: label.into(),
        category: category.into(),
        ..Stage::default()
    };
    let transition = |key: &str, from: &[&str], to: &str| Transition {
        key: key.into(),
        label: key.into(),
        from: from.iter().map(|key| (*key).to_owned()).collect(),
        to: to.into(),
        kind: TransitionKind::User.into(),
        pressers: vec![Presser::Agent.into()],
        ..Transition::default()
    };
    Graph {
        stages: vec![
            Stage { start: true, weight: 1.0, ..stage("look", "Look", Status::New) },
            Stage { weight: 3.0, ..stage("work", "Work", Status::Open) },
            Stage { end: true, ..stage("done", "Done", Status::Closed) },
        ],
        transitions: vec![
            transition("begin", &["look"], "work"),
            transition("finish", &["work"], "done"),
            transition("back", &["work"], "look"),
            transition("drop", &[], "done"),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::{Spot, known, sample, ways_out};

    #[test]
    fn what_leaves_from_anywhere_leaves_from_every_stage_that_is_no_end() {
        let graph = sample();
        let ways =
            |at: usize| ways_out(&graph, &graph.stages[at]).map(|way| way.key.as_str()).collect::<Vec<_>>();
        assert_eq!(ways(1), ["finish", "back", "drop"]);
        assert!(ways(2).is_empty());
    }

    #[test]
    fn what_is_gone_is_not_chosen() {
        let graph = sample();
        assert_eq!(known(&graph, Spot::Stage("work".into())), Spot::Stage("work".into()));
        assert_eq!(known(&graph, Spot::Transition("work".into())), Spot::Whole);
    }
}

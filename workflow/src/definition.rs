//! A published version of a workflow, ready to be walked.
//!
//! Invariant: a [`Definition`] has exactly one start, its keys are unique, and every transition leads from and to stages it has.
//! Whoever holds one need not check again. Its rules were read once; one that cannot be read holds for nobody.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use mesh_core::rule::{Rule, Values};
use proto::workflow::v1::{Graph, Stage, Transition, Version};

use crate::vocabulary;

/// An immutable graph and where it comes from.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) workflow_id: String,
    pub(crate) number: i32,
    stages: Vec<Stage>,
    transitions: Vec<Transition>,
    start: usize,
    /// By their text.
    rules: HashMap<String, Rule>,
}

/// Why a graph is no definition, as a sentence.
#[derive(Debug, thiserror::Error)]
#[error("version {number} of workflow {workflow_id} is unusable: {problem}")]
pub(crate) struct Flaw {
    workflow_id: String,
    number: i32,
    problem: String,
}

impl Definition {
    /// Checks a version and makes it walkable.
    pub(crate) fn new(version: Version) -> Result<Self, Flaw> {
        let Version { workflow_id, number, graph, .. } = version;
        let graph = graph.unwrap_or_default();
        match check(&graph) {
            Ok(start) => {
                let rules = rules(&graph);
                let Graph { stages, transitions } = graph;
                Ok(Self { workflow_id, number, stages, transitions, start, rules })
            }
            Err(problem) => Err(Flaw { workflow_id, number, problem }),
        }
    }

    /// Where new runs begin.
    pub(crate) fn start(&self) -> &Stage {
        &self.stages[self.start]
    }

    pub(crate) fn stages(&self) -> &[Stage] {
        &self.stages
    }

    pub(crate) fn stage(&self, key: &str) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.key == key)
    }

    pub(crate) fn transition(&self, key: &str) -> Option<&Transition> {
        self.transitions.iter().find(|transition| transition.key == key)
    }

    /// Whether one of its rules holds.
    pub(crate) fn holds(&self, rule: &str, values: &Values<'_>, now: Timestamp) -> bool {
        self.rules.get(rule).is_some_and(|rule| rule.matches(values, now).unwrap_or(false))
    }

    /// The transitions that leave a stage, in the order of the graph.
    pub(crate) fn leaving<'a>(&'a self, stage: &'a Stage) -> impl Iterator<Item = &'a Transition> {
        self.transitions.iter().filter(|transition| leaves(transition, stage))
    }
}

/// Whether a transition leaves from a stage; one that names none leaves from every stage that is no end.
pub(crate) fn leaves(transition: &Transition, stage: &Stage) -> bool {
    match transition.from.as_slice() {
        [] => !stage.end,
        from => from.contains(&stage.key),
    }
}

/// Every rule of a graph that can be read.
fn rules(graph: &Graph) -> HashMap<String, Rule> {
    let stages = graph.stages.iter().flat_map(|stage| stage.entry_guards.iter().chain(&stage.exit_guards));
    let guards = stages.chain(graph.transitions.iter().flat_map(|transition| &transition.guards));
    let of_buttons = graph.transitions.iter().flat_map(|one| [&one.who, &one.visible_if]);
    let sources = guards.map(|guard| &guard.rule).chain(of_buttons).filter(|source| !source.is_empty());
    let read = |source: &String| Some((source.clone(), Rule::parse(source, vocabulary::press()).ok()?));
    sources.filter_map(read).collect()
}

/// The index of the start, or what is wrong.
fn check(graph: &Graph) -> Result<usize, String> {
    let mut keys = HashSet::new();
    if let Some(stage) = graph.stages.iter().find(|stage| !keys.insert(stage.key.as_str())) {
        return Err(format!("two stages have the key {}", stage.key));
    }
    let mut names = HashSet::new();
    if let Some(transition) =
        graph.transitions.iter().find(|transition| !names.insert(transition.key.as_str()))
    {
        return Err(format!("two transitions have the key {}", transition.key));
    }
    for transition in &graph.transitions {
        let ends = transition.from.iter().chain([&transition.to]);
        if let Some(unknown) = ends.into_iter().find(|key| !keys.contains(key.as_str())) {
            return Err(format!("transition {} names the unknown stage {unknown}", transition.key));
        }
    }
    let starts: Vec<_> = (0..graph.stages.len()).filter(|&index| graph.stages[index].start).collect();
    match starts[..] {
        [start] => Ok(start),
        _ => Err(format!("it has {} starts instead of one", starts.len())),
    }
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::{Graph, Stage, Transition, Version};

    use super::Definition;

    fn flaw(graph: Graph) -> String {
        let version =
            Version { workflow_id: "wfl_x".into(), number: 3, graph: Some(graph), ..Default::default() };
        Definition::new(version).map_or_else(|flaw| flaw.to_string(), |_| String::new())
    }

    fn stage(key: &str, start: bool) -> Stage {
        Stage { key: key.into(), start, ..Default::default() }
    }

    #[test]
    fn a_graph_needs_exactly_one_start() {
        let said = flaw(Graph { stages: vec![stage("a", true), stage("b", true)], transitions: vec![] });
        assert_eq!(said, "version 3 of workflow wfl_x is unusable: it has 2 starts instead of one");
        assert!(flaw(Graph::default()).ends_with("it has 0 starts instead of one"));
    }

    #[test]
    fn keys_are_unique_and_transitions_stay_inside_the_graph() {
        assert!(
            flaw(Graph { stages: vec![stage("a", true), stage("a", false)], transitions: vec![] })
                .contains("two stages")
        );
        let away =
            Transition { key: "go".into(), from: vec!["a".into()], to: "moon".into(), ..Default::default() };
        let twice = Transition { to: "a".into(), ..away.clone() };
        let graph = |transitions| Graph { stages: vec![stage("a", true)], transitions };
        assert!(flaw(graph(vec![away])).ends_with("transition go names the unknown stage moon"));
        assert!(flaw(graph(vec![twice.clone(), twice])).contains("two transitions"));
    }
}

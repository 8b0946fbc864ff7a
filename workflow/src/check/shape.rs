//! The shape of a graph: one start, every stage on a way from it to an end, and nothing that goes round by itself.

use std::collections::{HashMap, HashSet};

use proto::workflow::v1::{Graph, Transition, TransitionKind, dwell::Then};

use super::{Findings, Place};
use crate::{definition::leaves, engine::implied_wait};

/// Ways between stages, by their places in the graph.
type Ways = Vec<Vec<usize>>;

pub(super) fn check(graph: &Graph, found: &mut Findings) {
    let places: HashMap<&str, usize> =
        graph.stages.iter().enumerate().map(|(index, stage)| (stage.key.as_str(), index)).collect();
    for transition in &graph.transitions {
        check_ends(transition, &places, graph, found);
    }
    check_dwells(graph, found);
    let starts: Vec<_> = (0..graph.stages.len()).filter(|&index| graph.stages[index].start).collect();
    if starts.is_empty() {
        found.error(Place::Workflow, "stages", "no stage is the start; mark the one new tickets begin in");
    }
    for &index in starts.iter().skip(1) {
        let message =
            format!("“{}” is the start already; there is exactly one", graph.stages[starts[0]].label);
        found.error(Place::Stage(&graph.stages[index]), "start", message);
    }
    let ways = ways(graph, &places, |_| true);
    check_reach(graph, &starts, &ways, found);
    check_loops(graph, &places, found);
}

/// Whether a transition leads from and to stages there are, and can be taken there.
fn check_ends(transition: &Transition, places: &HashMap<&str, usize>, graph: &Graph, found: &mut Findings) {
    let place = Place::Transition(transition);
    for (index, from) in transition.from.iter().enumerate() {
        if !places.contains_key(from.as_str()) {
            found.error(
                place,
                format!("from[{index}]"),
                format!("there is no stage “{from}”; choose another"),
            );
        }
    }
    let Some(to) = places.get(transition.to.as_str()).map(|&index| &graph.stages[index]) else {
        let message = format!("there is no stage “{}” to lead to; choose another", transition.to);
        found.error(place, "to", message);
        return;
    };
    let by_itself =
        matches!(transition.kind(), TransitionKind::Auto | TransitionKind::Timer | TransitionKind::Signal);
    if by_itself && implied_wait(to).is_err() {
        let message = format!(
            "nobody gives a wait reason when it is taken by itself; lead to a stage with one at most, not to “{}”",
            to.label
        );
        found.error(place, "to", message);
    }
    let from_end = graph.stages.iter().any(|stage| stage.end && leaves(transition, stage));
    let hurries = matches!(transition.kind(), TransitionKind::Auto | TransitionKind::Timer);
    found.when(from_end && hurries, place, "from", "nothing happens by itself in an end; take the end out");
}

/// Whether what follows a long stay can follow it.
fn check_dwells(graph: &Graph, found: &mut Findings) {
    for stage in &graph.stages {
        let Some(Then::TransitionKey(key)) = stage.dwell.as_ref().and_then(|dwell| dwell.then.as_ref())
        else {
            continue;
        };
        let place = Place::Stage(stage);
        let named = graph.transitions.iter().find(|transition| transition.key == *key);
        match named.filter(|transition| leaves(transition, stage)) {
            None => {
                let message = format!("no transition “{key}” leaves this stage; choose one that does");
                found.error(place, "dwell.transition_key", message);
            }
            Some(transition) => {
                let to = graph.stages.iter().find(|stage| stage.key == transition.to);
                let asks = to.is_some_and(|to| implied_wait(to).is_err());
                let message = "nobody gives a wait reason then; choose a transition that needs none";
                found.when(asks, place, "dwell.transition_key", message);
            }
        }
    }
}

/// The ways of those transitions; what leads nowhere is left out.
fn ways(graph: &Graph, places: &HashMap<&str, usize>, which: impl Fn(&Transition) -> bool) -> Ways {
    let mut ways = vec![Vec::new(); graph.stages.len()];
    for transition in graph.transitions.iter().filter(|transition| which(transition)) {
        let Some(&to) = places.get(transition.to.as_str()) else { continue };
        for (index, stage) in graph.stages.iter().enumerate() {
            if leaves(transition, stage) && !ways[index].contains(&to) {
                ways[index].push(to);
            }
        }
    }
    ways
}

fn check_reach(graph: &Graph, starts: &[usize], ways: &[Vec<usize>], found: &mut Findings) {
    let reached = reach(starts.iter().copied(), ways);
    let mut back = vec![Vec::new(); ways.len()];
    for (from, targets) in ways.iter().enumerate() {
        for &to in targets {
            back[to].push(from);
        }
    }
    let ends = (0..graph.stages.len()).filter(|&index| graph.stages[index].end);
    let leading = reach(ends, &back);
    for (index, stage) in graph.stages.iter().enumerate() {
        let place = Place::Stage(stage);
        let lost = !starts.is_empty() && !reached.contains(&index);
        found.when(lost, place, "key", "no way leads here from the start; draw one, or remove the stage");
        let stuck = !leading.contains(&index);
        found.when(stuck, place, "key", "no way leads from here to an end; draw one, or mark it as an end");
    }
}

/// Everything one gets to from there, where one begins included.
fn reach(from: impl Iterator<Item = usize>, ways: &[Vec<usize>]) -> HashSet<usize> {
    let mut next: Vec<usize> = from.collect();
    let mut reached: HashSet<usize> = next.iter().copied().collect();
    while let Some(index) = next.pop() {
        next.extend(ways[index].iter().copied().filter(|&to| reached.insert(to)));
    }
    reached
}

/// Whether a run can go round by itself. Guards may prevent it most of the time; nobody can see that here. Where time has to pass,
/// it may be meant.
fn check_loops(graph: &Graph, places: &HashMap<&str, usize>, found: &mut Findings) {
    let automatic = |transition: &Transition| transition.kind() == TransitionKind::Auto;
    let timed = |transition: &Transition| automatic(transition) || transition.kind() == TransitionKind::Timer;
    let (at_once, in_time) = (ways(graph, places, automatic), ways(graph, places, timed));
    let goes_round =
        |index: usize, ways: &[Vec<usize>]| reach(ways[index].iter().copied(), ways).contains(&index);
    for (index, stage) in graph.stages.iter().enumerate() {
        let place = Place::Stage(stage);
        if goes_round(index, &at_once) {
            let message =
                "automatic transitions lead round to this stage again; let a person take one of them";
            found.error(place, "key", message);
        } else if goes_round(index, &in_time) {
            let message = "time alone leads round to this stage again and again; is that meant?";
            found.warning(place, "key", message);
        }
    }
}

//! What one can do to a drawing.
//!
//! Each edit leaves a drawing that hangs together: keys are unique, and what names a stage or a transition follows it.

use proto::tickets::v1::Status;
use proto::workflow::v1::dwell::Then;
use proto::workflow::v1::{CommentAsk, Graph, Position, Presser, Stage, Transition, TransitionKind};

use super::Spot;

/// Characters of a key.
const KEY: usize = 50;

/// Whether a text can be a key: lower case letters, digits, `_`.
pub(crate) fn is_key(text: &str) -> bool {
    let fits = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'_';
    (1..=KEY).contains(&text.len()) && text.bytes().all(fits)
}

/// A key like the one wished for that nobody has: with a number where it is taken.
fn free_key(wish: &str, fallback: &str, taken: impl Fn(&str) -> bool) -> String {
    let begun: String = wish.chars().take(KEY - 4).collect();
    let begun = if is_key(&begun) { begun } else { fallback.to_owned() };
    let numbered = (2..).map(|number| format!("{begun}_{number}"));
    let mut wishes = std::iter::once(begun.clone()).chain(numbered);
    wishes.find(|key| !taken(key)).unwrap_or(begun)
}

/// Adds a stage and answers with its key. The first one of a drawing is its start.
pub(crate) fn add_stage(graph: &mut Graph, label: &str, wish: &str, at: Option<Position>) -> String {
    let key = free_key(wish, "stage", |key| graph.stages.iter().any(|stage| stage.key == key));
    let start = graph.stages.is_empty();
    let category = if start { Status::New } else { Status::Open };
    graph.stages.push(Stage {
        key: key.clone(),
        label: label.to_owned(),
        category: category.into(),
        start,
        weight: 1.0,
        position: at,
        ..Stage::default()
    });
    key
}

/// Adds a button of agents from one stage to another and answers with its key.
pub(crate) fn add_transition(graph: &mut Graph, from: &str, to: &str, label: &str, wish: &str) -> String {
    let taken = |key: &str| graph.transitions.iter().any(|transition| transition.key == key);
    let key = free_key(wish, "step", taken);
    graph.transitions.push(Transition {
        key: key.clone(),
        label: label.to_owned(),
        from: vec![from.to_owned()],
        to: to.to_owned(),
        kind: TransitionKind::User.into(),
        pressers: vec![Presser::Agent.into()],
        comment: CommentAsk::None.into(),
        ..Transition::default()
    });
    key
}

/// Takes a stage away with every transition that leads to it or from it alone; or a transition.
pub(crate) fn remove(graph: &mut Graph, spot: &Spot) {
    match spot {
        Spot::Whole => {}
        Spot::Stage(gone) => {
            graph.stages.retain(|stage| stage.key != *gone);
            graph.transitions.retain_mut(|transition| {
                let only_from_there = transition.from.len() == 1 && transition.from[0] == *gone;
                transition.from.retain(|key| key != gone);
                transition.to != *gone && !only_from_there
            });
        }
        Spot::Transition(gone) => graph.transitions.retain(|transition| transition.key != *gone),
    }
}

/// Gives a stage or a transition another key; false, and nothing changes, unless it is one and free.
pub(crate) fn rename(graph: &mut Graph, spot: &Spot, to: &str) -> bool {
    match spot {
        Spot::Stage(from) if is_key(to) && graph.stages.iter().all(|stage| stage.key != to) => {
            rename_stage(graph, from, to);
            true
        }
        Spot::Transition(from) if is_key(to) && graph.transitions.iter().all(|one| one.key != to) => {
            rename_transition(graph, from, to);
            true
        }
        _ => false,
    }
}

fn rename_stage(graph: &mut Graph, from: &str, to: &str) {
    let rename = |key: &mut String| {
        if key == from {
            to.clone_into(key);
        }
    };
    graph.stages.iter_mut().for_each(|stage| rename(&mut stage.key));
    for transition in &mut graph.transitions {
        transition.from.iter_mut().for_each(rename);
        rename(&mut transition.to);
    }
}

fn rename_transition(graph: &mut Graph, from: &str, to: &str) {
    for transition in graph.transitions.iter_mut().filter(|transition| transition.key == from) {
        to.clone_into(&mut transition.key);
    }
    for dwell in graph.stages.iter_mut().filter_map(|stage| stage.dwell.as_mut()) {
        if let Some(Then::TransitionKey(key)) = &mut dwell.then
            && key == from
        {
            to.clone_into(key);
        }
    }
}

/// Lets new runs begin in this stage, and in no other.
pub(crate) fn begin_in(graph: &mut Graph, key: &str) {
    for stage in &mut graph.stages {
        stage.start = stage.key == key;
    }
}

/// Lets a transition leave from a stage, or no longer. One that leaves from anywhere begins with this stage alone.
pub(crate) fn turn_from(transition: &mut Transition, stage: &str) {
    let before = transition.from.len();
    transition.from.retain(|key| key != stage);
    if transition.from.len() == before {
        transition.from.push(stage.to_owned());
    }
}

/// Moves a transition among those that are offered.
pub(crate) fn shift_transition(graph: &mut Graph, key: &str, by: isize) {
    let Some(at) = graph.transitions.iter().position(|transition| transition.key == key) else { return };
    if let Some(to) = at.checked_add_signed(by).filter(|to| *to < graph.transitions.len()) {
        graph.transitions.swap(at, to);
    }
}

/// Moves a member of a list a step up or down; over the edge nothing moves.
pub(crate) fn shift<T>(list: &mut [T], at: usize, by: isize) {
    if let Some(to) = at.checked_add_signed(by).filter(|to| *to < list.len())
        && at < list.len()
    {
        list.swap(at, to);
    }
}

/// The share of a stage in the resolution target, in percent; none while no stage takes a share.
pub(crate) fn share(graph: &Graph, key: &str) -> Option<f64> {
    let all: f64 = graph.stages.iter().map(|stage| stage.weight).filter(|weight| *weight > 0.0).sum();
    let own = super::stage(graph, key)?.weight.max(0.0);
    (all > 0.0).then(|| own / all * 100.0)
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::dwell::Then;
    use proto::workflow::v1::{Dwell, Graph};

    use super::{
        add_stage, add_transition, begin_in, is_key, remove, rename, share, shift, shift_transition,
        turn_from,
    };
    use crate::flow::{Spot, sample, stage, transition};

    #[test]
    fn the_first_stage_is_the_start_and_keys_are_never_taken_twice() {
        let mut graph = Graph::default();
        let keys = ["Look", "Look", "—"].map(|label| add_stage(&mut graph, label, "look", None));
        assert_eq!(keys, ["look", "look_2", "look_3"]);
        assert_eq!(add_stage(&mut graph, "—", "", None), "stage");
        assert_eq!(graph.stages.iter().filter(|stage| stage.start).count(), 1);
        let long = "a".repeat(80);
        assert!(is_key(&add_stage(&mut graph, "A", &long, None)));
        assert!(is_key(&add_stage(&mut graph, "A", &long, None)));
    }

    #[test]
    fn a_new_transition_can_be_pressed_by_agents() {
        let mut graph = sample();
        assert_eq!(add_transition(&mut graph, "look", "done", "Finish", "finish"), "finish_2");
        let made = transition(&graph, "finish_2").expect("it is there");
        assert_eq!(
            (made.from.as_slice(), made.to.as_str(), made.pressers.len()),
            (&["look".to_owned()][..], "done", 1)
        );
    }

    #[test]
    fn a_stage_takes_along_what_leads_to_it_or_from_it_alone() {
        let mut graph = sample();
        turn_from(&mut graph.transitions[1], "look");
        remove(&mut graph, &Spot::Stage("work".into()));
        let left: Vec<_> = graph.transitions.iter().map(|one| (one.key.as_str(), one.from.len())).collect();
        assert_eq!(
            left,
            [("finish", 1), ("drop", 0)],
            "what leaves from elsewhere too, or from anywhere, stays"
        );
        remove(&mut graph, &Spot::Transition("drop".into()));
        assert_eq!(graph.transitions.len(), 1);
    }

    #[test]
    fn whatever_names_a_key_follows_it() {
        let mut graph = sample();
        let then = Some(Then::TransitionKey("finish".into()));
        graph.stages[1].dwell = Some(Dwell { then, ..Dwell::default() });
        assert!(rename(&mut graph, &Spot::Stage("work".into()), "doing"));
        assert!(rename(&mut graph, &Spot::Transition("finish".into()), "close"));
        assert_eq!(transition(&graph, "back").expect("it is there").from, ["doing"]);
        assert_eq!(transition(&graph, "begin").expect("it is there").to, "doing");
        let dwell = stage(&graph, "doing").and_then(|stage| stage.dwell.clone()).expect("it stays");
        assert_eq!(dwell.then, Some(Then::TransitionKey("close".into())));
    }

    #[test]
    fn a_key_is_refused_that_is_none_or_taken() {
        let mut graph = sample();
        for wrong in ["Work", "look", "", "a-b"] {
            assert!(!rename(&mut graph, &Spot::Stage("work".into()), wrong), "{wrong}");
        }
        assert!(!rename(&mut graph, &Spot::Whole, "free"));
        assert_eq!(graph, sample());
    }

    #[test]
    fn there_is_one_start() {
        let mut graph = sample();
        begin_in(&mut graph, "work");
        assert_eq!(graph.stages.iter().map(|stage| stage.start).collect::<Vec<_>>(), [false, true, false]);
    }

    #[test]
    fn things_move_among_their_kind_and_not_over_the_edge() {
        let mut graph = sample();
        shift_transition(&mut graph, "begin", -1);
        shift_transition(&mut graph, "begin", 1);
        assert_eq!(graph.transitions[1].key, "begin");
        let mut list = [1, 2, 3];
        shift(&mut list, 2, 1);
        shift(&mut list, 9, -1);
        shift(&mut list, 0, 1);
        assert_eq!(list, [2, 1, 3]);
    }

    #[test]
    fn a_stages_share_is_of_all_weights() {
        let mut graph = sample();
        assert_eq!(share(&graph, "work"), Some(75.0));
        assert_eq!(share(&graph, "done"), Some(0.0));
        graph.stages.iter_mut().for_each(|stage| stage.weight = 0.0);
        assert_eq!(share(&graph, "work"), None);
    }
}

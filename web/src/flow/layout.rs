//! Where stages lie: where somebody put them, or in layers from the start down, as Sugiyama's algorithm has it.
//!
//! Invariant: every stage has a place, whatever the drawing looks like; the same drawing always lies the same way.

use std::collections::BTreeSet;

use proto::workflow::v1::Graph;
use rust_sugiyama::configure::Config;

use super::geometry::{Area, HEIGHT, Point, WIDTH, bounds, free_place};

/// What is left free beside a stage.
const BESIDE: f64 = 44.0;
/// What is left free between layers, for the words on what leads from one to the next.
const BETWEEN: f64 = 76.0;

/// Where the stages of a drawing lie, in its order. Stages without a place lie below those that have one.
pub(crate) fn places(graph: &Graph) -> Vec<Point> {
    let put: Vec<Option<Point>> = graph.stages.iter().map(|stage| stage.position.map(Point::from)).collect();
    if put.iter().all(Option::is_none) {
        return arranged(graph);
    }
    let mut there: Vec<Area> = put.iter().flatten().copied().map(Area::of_stage).collect();
    let all = bounds(&there);
    let mut place = |known: Option<Point>| {
        known.unwrap_or_else(|| {
            let free = free_place(&there, Point::new(all.x, all.bottom() + BETWEEN));
            there.push(Area::of_stage(free));
            free
        })
    };
    put.into_iter().map(&mut place).collect()
}

/// Notes for every stage that it lies where it is seen, so that one can be moved without the others.
pub(crate) fn settle(graph: &mut Graph, places: &[Point]) {
    for (stage, place) in graph.stages.iter_mut().zip(places) {
        stage.position = Some((*place).into());
    }
}

/// Where the stages of a drawing would lie if nobody had put them anywhere.
pub(crate) fn arranged(graph: &Graph) -> Vec<Point> {
    let mut places = vec![Point::default(); graph.stages.len()];
    let sizes: Vec<(u32, (f64, f64))> =
        (0..).take(places.len()).map(|at| (at, (WIDTH, HEIGHT + BETWEEN - BESIDE))).collect();
    let config = Config { vertex_spacing: BESIDE, ..Config::default() };
    let mut left = 0.0;
    for (part, ..) in rust_sugiyama::from_vertices_and_edges(&sizes, &forward(graph), &config) {
        let edge = part.iter().map(|(_, (x, _))| *x).fold(f64::INFINITY, f64::min);
        let top = part.iter().map(|(_, (_, y))| *y).fold(f64::INFINITY, f64::min);
        let mut right = left;
        for (at, (x, y)) in part {
            let place = Point::new(left + x - edge, y - top);
            right = right.max(place.x + WIDTH + BESIDE);
            if let Some(known) = places.get_mut(at) {
                *known = place.on_grid();
            }
        }
        left = right;
    }
    places
}

/// What leads from stage to stage, once each, with what leads back turned round: nothing goes in a circle, and the start is above.
fn forward(graph: &Graph) -> Vec<(u32, u32)> {
    let ways = ways(graph);
    let mut search =
        Search { ways: &ways, seen: vec![Seen::Never; graph.stages.len()], found: BTreeSet::new() };
    let start = graph.stages.iter().position(|stage| stage.start);
    for at in start.into_iter().chain(0..graph.stages.len()) {
        search.go(at);
    }
    search.found.into_iter().collect()
}

/// The stages each stage leads to by name, in the order of the transitions.
fn ways(graph: &Graph) -> Vec<Vec<usize>> {
    let place = |key: &str| graph.stages.iter().position(|stage| stage.key == key);
    let mut ways = vec![Vec::new(); graph.stages.len()];
    for transition in &graph.transitions {
        let Some(to) = place(&transition.to) else { continue };
        for from in transition.from.iter().filter_map(|key| place(key)).filter(|from| *from != to) {
            ways[from].push(to);
        }
    }
    ways
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Never,
    /// Above the stage one is at.
    Above,
    Before,
}

/// A walk through all stages, from the start, in depth.
struct Search<'w> {
    ways: &'w [Vec<usize>],
    seen: Vec<Seen>,
    found: BTreeSet<(u32, u32)>,
}

impl Search<'_> {
    fn go(&mut self, at: usize) {
        if self.seen[at] != Seen::Never {
            return;
        }
        self.seen[at] = Seen::Above;
        for &to in &self.ways[at] {
            let ends = if self.seen[to] == Seen::Above { (to, at) } else { (at, to) };
            if let (Ok(from), Ok(to)) = (u32::try_from(ends.0), u32::try_from(ends.1)) {
                self.found.insert((from, to));
            }
            self.go(to);
        }
        self.seen[at] = Seen::Before;
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proto::workflow::v1::{Graph, Position, Stage, Transition};

    use super::{arranged, places, settle};
    use crate::flow::geometry::{Area, Point};
    use crate::flow::sample;

    fn apart(places: &[Point]) -> bool {
        let areas: Vec<_> = places.iter().copied().map(Area::of_stage).collect();
        let meets = |at: usize| areas[..at].iter().any(|other| other.meets(areas[at]));
        !(0..areas.len()).any(meets)
    }

    #[test]
    fn work_goes_down_from_the_start() {
        let places = arranged(&sample());
        assert!(places[0].y < places[1].y && places[1].y < places[2].y, "{places:?}");
    }

    #[test]
    fn what_somebody_put_somewhere_stays_there_and_the_rest_finds_room() {
        let mut graph = sample();
        graph.stages[1].position = Some(Position { x: 400.0, y: 80.0 });
        let found = places(&graph);
        assert_eq!(found[1], Point::new(400.0, 80.0));
        assert!(apart(&found), "{found:?}");
    }

    #[test]
    fn a_drawing_that_was_settled_lies_as_it_was_seen() {
        let mut graph = sample();
        let seen = places(&graph);
        settle(&mut graph, &seen);
        graph.transitions.clear();
        assert_eq!(places(&graph), seen);
    }

    #[test]
    fn nothing_needs_no_place() {
        assert!(arranged(&Graph::default()).is_empty());
    }

    proptest! {
        #[test]
        fn whatever_is_drawn_every_stage_has_a_place_of_its_own(
            count in 1..24_usize,
            ways in vec((0..24_usize, 0..26_usize), 0..60),
        ) {
            let key = |number: usize| format!("s{number}");
            let stages = (0..count).map(|number| Stage { key: key(number), start: number == 2, ..Stage::default() });
            let transitions = ways.into_iter().map(|(from, to)| Transition {
                from: vec![key(from), key(to)],
                to: key(to),
                ..Transition::default()
            });
            let graph = Graph { stages: stages.collect(), transitions: transitions.collect() };
            let found = arranged(&graph);
            prop_assert_eq!(found.len(), count);
            prop_assert!(apart(&found), "{:?}", found);
            prop_assert_eq!(found, arranged(&graph));
        }
    }
}

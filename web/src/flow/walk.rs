//! Arrow keys on the canvas: where each leads from what is chosen.

use proto::workflow::v1::Graph;

use super::Spot;
use super::geometry::{Area, Point};

/// Where a key leads; none when it leads nowhere, or is no key of the canvas.
pub(crate) fn step(graph: &Graph, areas: &[Area], from: &Spot, key: &str) -> Option<Spot> {
    let way = direction(key)?;
    match from {
        Spot::Whole => {
            let start = graph.stages.iter().find(|stage| stage.start).or_else(|| graph.stages.first())?;
            Some(Spot::Stage(start.key.clone()))
        }
        Spot::Stage(key) => {
            let at = graph.stages.iter().position(|stage| stage.key == *key)?;
            let to = neighbour(areas, at, way)?;
            Some(Spot::Stage(graph.stages.get(to)?.key.clone()))
        }
        Spot::Transition(key) => from_transition(graph, key, way),
    }
}

/// Up leads to where a transition comes from, down to where it leads, left and right to the one before and after.
fn from_transition(graph: &Graph, key: &str, way: Point) -> Option<Spot> {
    let at = graph.transitions.iter().position(|transition| transition.key == key)?;
    let transition = &graph.transitions[at];
    if way.y < 0.0 {
        return Some(Spot::Stage(transition.from.first().unwrap_or(&transition.to).clone()));
    }
    if way.y > 0.0 {
        return Some(Spot::Stage(transition.to.clone()));
    }
    let to = at.checked_add_signed(if way.x > 0.0 { 1 } else { -1 })?;
    Some(Spot::Transition(graph.transitions.get(to)?.key.clone()))
}

fn direction(key: &str) -> Option<Point> {
    match key {
        "ArrowUp" => Some(Point::new(0.0, -1.0)),
        "ArrowDown" => Some(Point::new(0.0, 1.0)),
        "ArrowLeft" => Some(Point::new(-1.0, 0.0)),
        "ArrowRight" => Some(Point::new(1.0, 0.0)),
        _ => None,
    }
}

/// The nearest box in a direction; what lies aside counts as further away.
fn neighbour(areas: &[Area], from: usize, way: Point) -> Option<usize> {
    let here = areas.get(from)?.middle();
    let far = |area: &Area| {
        let by = area.middle().minus(here);
        let (along, aside) = (by.x * way.x + by.y * way.y, (by.x * way.y + by.y * way.x).abs());
        (along > 1.0).then_some(along + aside * 2.0)
    };
    let others = areas.iter().enumerate().filter(|(at, _)| *at != from);
    let reached = others.filter_map(|(at, area)| Some((at, far(area)?)));
    reached.min_by(|one, two| one.1.total_cmp(&two.1)).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::step;
    use crate::flow::geometry::{Area, Point};
    use crate::flow::{Spot, sample};

    fn led(from: &Spot, key: &str) -> Option<Spot> {
        let places = [Point::new(0.0, 0.0), Point::new(0.0, 200.0), Point::new(300.0, 220.0)];
        step(&sample(), &places.map(Area::of_stage), from, key)
    }

    #[test]
    fn arrows_lead_to_the_nearest_stage_that_way() {
        let stage = |key: &str| Spot::Stage(key.into());
        assert_eq!(led(&Spot::Whole, "ArrowDown"), Some(stage("look")));
        assert_eq!(led(&stage("look"), "ArrowDown"), Some(stage("work")));
        assert_eq!(led(&stage("work"), "ArrowRight"), Some(stage("done")));
        assert_eq!(led(&stage("work"), "ArrowUp"), Some(stage("look")));
        assert_eq!(led(&stage("look"), "ArrowUp"), None);
        assert_eq!(led(&stage("look"), "x"), None);
    }

    #[test]
    fn from_a_transition_one_comes_to_both_its_ends_and_to_the_others() {
        let way = |key: &str| Spot::Transition(key.into());
        assert_eq!(led(&way("finish"), "ArrowUp"), Some(Spot::Stage("work".into())));
        assert_eq!(led(&way("finish"), "ArrowDown"), Some(Spot::Stage("done".into())));
        assert_eq!(led(&way("finish"), "ArrowRight"), Some(way("back")));
        assert_eq!(led(&way("begin"), "ArrowLeft"), None);
    }
}

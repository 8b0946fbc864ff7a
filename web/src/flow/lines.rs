//! How transitions are drawn: a curve from stage to stage, its arrow head, and where its words stand.
//!
//! Ways down leave below and arrive above, ways back go round the side, ways on one level go across. A curve bends aside where a stage
//! would lie under it, and words stand where neither a stage nor other words do, as far as there is room.

use std::cmp::Ordering;

use proto::workflow::v1::{Graph, Transition};

use super::geometry::{Area, Point};

/// How far curves of one side of a stage stand apart at most.
const APART: f64 = 26.0;
/// How far out a way back goes round.
const ROUND: f64 = 42.0;
/// How much longer than its words the way is that comes from anywhere.
const STUB: f64 = 28.0;
/// Letters of a label on the canvas.
const LETTERS: usize = 26;
/// Above so many curves times stages nothing bends aside: drawing stays as fast as dragging.
const MANY: usize = 12_000;
/// How far a curve may bend aside, nearest first.
const BENDS: [f64; 7] = [0.0, 120.0, -120.0, 220.0, -220.0, 330.0, -330.0];
/// Where on a curve its words may stand, best first.
const STANDS: [f64; 7] = [0.5, 0.38, 0.62, 0.28, 0.72, 0.18, 0.82];

/// A curve of a transition; one that leaves from several stages has several.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    /// The transition's key.
    pub(crate) key: String,
    pub(crate) path: String,
    pub(crate) head: String,
    /// Whether it stands for every stage.
    pub(crate) anywhere: bool,
    /// The words on it: on the first curve of a transition alone.
    pub(crate) words: Option<Words>,
}

/// Words on a curve: their box, and what they are.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Words {
    pub(crate) area: Area,
    pub(crate) text: String,
}

/// Every curve of a drawing whose stages lie there. What leaves from anywhere says so with a word of its own.
pub(crate) fn lines(graph: &Graph, areas: &[Area], anywhere: &str) -> Vec<Line> {
    let texts: Vec<String> = graph.transitions.iter().map(|one| text(one, anywhere)).collect();
    let ways = ways(graph, areas);
    let bends = ways.len() * areas.len() <= MANY;
    let curves: Vec<Curve> =
        ways.iter().map(|way| curve(way, &ways, areas, bends, &texts[way.transition])).collect();
    let mut taken: Vec<Area> = areas.to_vec();
    let mut lines: Vec<Line> = Vec::with_capacity(ways.len());
    for (way, curve) in ways.iter().zip(&curves) {
        let transition = &graph.transitions[way.transition];
        let first = lines.last().is_none_or(|line| line.key != transition.key);
        let words = first.then(|| words(&texts[way.transition], *curve, &taken));
        taken.extend(words.iter().map(|words| words.area));
        lines.push(Line {
            key: transition.key.clone(),
            path: curve.path(),
            head: curve.head(),
            anywhere: way.from.is_none(),
            words,
        });
    }
    lines
}

/// The line from a point to where one points while a transition is drawn.
pub(crate) fn draft(from: Area, to: Point) -> String {
    let begin = Point::new(from.middle().x, from.bottom());
    format!("M{:.0} {:.0}L{:.0} {:.0}", begin.x, begin.y, to.x, to.y)
}

/// A text of at most so many letters.
pub(crate) fn short(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    let kept: String = text.chars().take(letters.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// How a way lies on the canvas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    Down,
    Across,
    Back { right: bool },
    Itself,
    Anywhere,
}

/// One way of a transition, by places in the drawing.
#[derive(Clone, Copy, Debug)]
struct Way {
    transition: usize,
    from: Option<usize>,
    to: usize,
    course: Course,
}

fn ways(graph: &Graph, areas: &[Area]) -> Vec<Way> {
    let place = |key: &str| graph.stages.iter().position(|stage| stage.key == key);
    let mut ways = Vec::new();
    for (transition, drawn) in graph.transitions.iter().enumerate() {
        let Some(to) = place(&drawn.to) else { continue };
        if drawn.from.is_empty() {
            ways.push(Way { transition, from: None, to, course: Course::Anywhere });
        }
        ways.extend(drawn.from.iter().filter_map(|key| place(key)).map(|from| {
            let course = if from == to { Course::Itself } else { course(areas[from], areas[to]) };
            Way { transition, from: Some(from), to, course }
        }));
    }
    ways
}

fn course(from: Area, to: Area) -> Course {
    if to.y >= from.bottom() {
        Course::Down
    } else if to.bottom() > from.y && !(to.x < from.right() && from.x < to.right()) {
        Course::Across
    } else {
        Course::Back { right: to.middle().x >= from.middle().x - 1.0 }
    }
}

/// How far from the middle of a side a way stands there: those of one side stand beside each other in the order of their other ends.
fn offset(
    way: &Way,
    ways: &[Way],
    areas: &[Area],
    room: f64,
    end: fn(&Way) -> Option<usize>,
    other: fn(&Way) -> Option<usize>,
) -> f64 {
    let at = |way: &Way| other(way).map_or(0.0, |place| areas[place].middle().x);
    let mut beside: Vec<&Way> =
        ways.iter().filter(|one| one.course == way.course && end(one) == end(way)).collect();
    beside.sort_by(|one, two| at(one).partial_cmp(&at(two)).unwrap_or(Ordering::Equal));
    let same = |one: &&Way| one.transition == way.transition && one.from == way.from;
    let place = beside.iter().position(same).unwrap_or_default();
    let gap = APART.min(room / steps(beside.len()).max(1.0));
    (steps(place) - steps(beside.len().saturating_sub(1)) / 2.0) * gap
}

fn steps(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

fn curve(way: &Way, ways: &[Way], areas: &[Area], bends: bool, text: &str) -> Curve {
    let to = areas[way.to];
    let Some(from) = way.from.map(|from| areas[from]) else {
        let y =
            to.middle().y + offset(way, ways, areas, to.height - 16.0, |way| Some(way.to), |way| way.from);
        let third = (width(text) + STUB) / 3.0;
        return Curve([3.0, 2.0, 1.0, 0.0].map(|thirds| Point::new(to.x - thirds * third, y)));
    };
    let room = to.width - 32.0;
    let out = offset(way, ways, areas, room, |way| way.from, |way| Some(way.to));
    let arriving = offset(way, ways, areas, room, |way| Some(way.to), |way| way.from);
    let drawn = |bend: f64| match way.course {
        Course::Down => down(from, to, (out, arriving), bend),
        Course::Across => across(from, to, out),
        Course::Back { right } => back(from, to, right, (out, arriving), bend.abs()),
        Course::Itself | Course::Anywhere => itself(from, out),
    };
    let blocked = |curve: &Curve| {
        let others = areas.iter().enumerate().filter(|(at, _)| *at != way.to && Some(*at) != way.from);
        others.into_iter().any(|(_, area)| curve.meets(area.grown(6.0)))
    };
    let free = bends.then(|| BENDS.into_iter().map(&drawn).find(|curve| !blocked(curve))).flatten();
    free.unwrap_or_else(|| drawn(0.0))
}

fn down(from: Area, to: Area, (out, arriving): (f64, f64), bend: f64) -> Curve {
    let begin = Point::new(from.middle().x + out, from.bottom());
    let end = Point::new(to.middle().x + arriving, to.y);
    let pull = (end.y - begin.y) * 0.45;
    Curve([begin, Point::new(begin.x + bend, begin.y + pull), Point::new(end.x + bend, end.y - pull), end])
}

fn across(from: Area, to: Area, out: f64) -> Curve {
    let right = to.x > from.x;
    // There and back stand apart.
    let shift = out / 2.0 + if right { -8.0 } else { 8.0 };
    let (begin, end) = if right { (from.right(), to.x) } else { (from.x, to.right()) };
    let (begin, end) = (Point::new(begin, from.middle().y + shift), Point::new(end, to.middle().y + shift));
    let pull = (end.x - begin.x) * 0.4;
    Curve([begin, Point::new(begin.x + pull, begin.y), Point::new(end.x - pull, end.y), end])
}

fn back(from: Area, to: Area, right: bool, (out, arriving): (f64, f64), bend: f64) -> Curve {
    let (begin, end, round) = if right {
        (from.right(), to.right(), from.right().max(to.right()) + ROUND + out.abs() + bend)
    } else {
        (from.x, to.x, from.x.min(to.x) - ROUND - out.abs() - bend)
    };
    let (begin, end) =
        (Point::new(begin, from.middle().y + out / 2.0), Point::new(end, to.middle().y + arriving / 2.0));
    Curve([begin, Point::new(round, begin.y), Point::new(round, end.y), end])
}

fn itself(area: Area, out: f64) -> Curve {
    let (x, y, round) = (area.right(), area.middle().y, area.right() + ROUND + 20.0 + out.abs());
    Curve([
        Point::new(x, y + 14.0),
        Point::new(round, y + 44.0),
        Point::new(round, y - 44.0),
        Point::new(x, y - 14.0),
    ])
}

/// A cubic Bézier curve.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Curve([Point; 4]);

impl Curve {
    fn at(self, t: f64) -> Point {
        let u = 1.0 - t;
        let weights = [u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t];
        let sum = |axis: fn(&Point) -> f64| {
            self.0.iter().zip(weights).map(|(point, weight)| axis(point) * weight).sum::<f64>()
        };
        Point::new(sum(|point| point.x), sum(|point| point.y))
    }

    fn meets(self, area: Area) -> bool {
        (1..24).any(|step| area.holds(self.at(f64::from(step) / 24.0)))
    }

    fn path(self) -> String {
        let [begin, one, two, end] = self.0;
        format!(
            "M{:.1} {:.1}C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}",
            begin.x, begin.y, one.x, one.y, two.x, two.y, end.x, end.y
        )
    }

    /// The head of its arrow, which points where the curve arrives.
    fn head(self) -> String {
        let [.., end] = self.0;
        let before = self.at(0.94);
        let (x, y) = (end.x - before.x, end.y - before.y);
        let length = x.hypot(y).max(0.001);
        let (x, y) = (x / length, y / length);
        let side = |way: f64| (end.x - x * 9.0 - y * 4.5 * way, end.y - y * 9.0 + x * 4.5 * way);
        let ((left_x, left_y), (right_x, right_y)) = (side(1.0), side(-1.0));
        format!("M{:.1} {:.1}L{left_x:.1} {left_y:.1}L{right_x:.1} {right_y:.1}Z", end.x, end.y)
    }
}

/// What is written on a transition.
fn text(transition: &Transition, anywhere: &str) -> String {
    let label = short(&transition.label, LETTERS);
    if transition.from.is_empty() { format!("{anywhere}: {label}") } else { label }
}

/// How much room a text takes.
fn width(text: &str) -> f64 {
    steps(text.chars().count()) * 6.6 + 16.0
}

/// The words on a curve, where there is room for them.
fn words(text: &str, curve: Curve, taken: &[Area]) -> Words {
    let width = width(text);
    let area = |t: f64| {
        let middle = curve.at(t);
        Area { x: middle.x - width / 2.0, y: middle.y - 10.0, width, height: 20.0 }
    };
    let free = STANDS.into_iter().map(area).find(|area| taken.iter().all(|taken| !taken.meets(*area)));
    Words { area: free.unwrap_or_else(|| area(STANDS[0])), text: text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{Course, course, lines, short};
    use crate::flow::geometry::{Area, Point};
    use crate::flow::{layout, sample};

    fn at(x: f64, y: f64) -> Area {
        Area::of_stage(Point::new(x, y))
    }

    #[test]
    fn every_way_is_drawn_and_each_transition_says_its_words_once() {
        let mut graph = sample();
        graph.transitions[2].from.push("done".into());
        let areas: Vec<Area> = layout::places(&graph).into_iter().map(Area::of_stage).collect();
        let lines = lines(&graph, &areas, "Any");
        let keys: Vec<_> = lines.iter().map(|line| (line.key.as_str(), line.words.is_some())).collect();
        assert_eq!(
            keys,
            [("begin", true), ("finish", true), ("back", true), ("back", false), ("drop", true)]
        );
        assert!(lines[4].anywhere);
    }

    #[test]
    fn words_stand_on_no_stage_and_on_no_other_words() {
        let graph = sample();
        let areas: Vec<Area> = layout::places(&graph).into_iter().map(Area::of_stage).collect();
        let mut taken = areas.clone();
        for words in lines(&graph, &areas, "Any").into_iter().filter_map(|line| line.words) {
            assert!(taken.iter().all(|taken| !taken.meets(words.area)), "{words:?}");
            taken.push(words.area);
        }
    }

    #[test]
    fn what_leads_nowhere_is_not_drawn() {
        let mut graph = sample();
        graph.transitions[0].to = "moon".into();
        let areas: Vec<Area> = layout::places(&graph).into_iter().map(Area::of_stage).collect();
        assert!(lines(&graph, &areas, "Any").iter().all(|line| line.key != "begin"));
    }

    #[test]
    fn a_way_goes_down_across_or_round() {
        assert_eq!(course(at(0.0, 0.0), at(300.0, 200.0)), Course::Down);
        assert_eq!(course(at(0.0, 0.0), at(300.0, 20.0)), Course::Across);
        assert_eq!(course(at(0.0, 200.0), at(0.0, 0.0)), Course::Back { right: true });
        assert_eq!(course(at(300.0, 200.0), at(0.0, 0.0)), Course::Back { right: false });
    }

    #[test]
    fn a_way_bends_aside_where_a_stage_lies_under_it() {
        let mut graph = sample();
        graph.transitions.truncate(1);
        graph.transitions[0].to = "done".into();
        let areas = [at(0.0, 0.0), at(0.0, 200.0), at(0.0, 400.0)];
        let straight = lines(&graph, &[areas[0], at(900.0, 200.0), areas[2]], "Any");
        assert_ne!(lines(&graph, &areas, "Any")[0].path, straight[0].path);
    }

    #[test]
    fn long_words_are_cut() {
        assert_eq!(short("Wait for the vendor", 30), "Wait for the vendor");
        assert_eq!(short("Wait for the vendor", 10), "Wait for…");
    }
}

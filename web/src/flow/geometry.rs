//! Points and boxes of the canvas.

use proto::workflow::v1::Position;

/// Width of a stage on the canvas, in pixels.
pub(crate) const WIDTH: f64 = 184.0;
/// Height of a stage.
pub(crate) const HEIGHT: f64 = 60.0;
/// What positions are rounded to when one drags.
const GRID: f64 = 8.0;

/// A point of the canvas or of the screen, in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

impl Point {
    pub(crate) const fn new(x: f64, y: f64) -> Self {
        Self { x, y }
    }

    /// As far from another one.
    pub(crate) fn minus(self, other: Self) -> Self {
        Self { x: self.x - other.x, y: self.y - other.y }
    }

    /// As far further.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self { x: self.x + other.x, y: self.y + other.y }
    }

    /// The nearest one of the grid.
    pub(crate) fn on_grid(self) -> Self {
        Self { x: (self.x / GRID).round() * GRID, y: (self.y / GRID).round() * GRID }
    }
}

impl From<Position> for Point {
    fn from(position: Position) -> Self {
        Self { x: position.x, y: position.y }
    }
}

impl From<Point> for Position {
    fn from(point: Point) -> Self {
        Self { x: point.x, y: point.y }
    }
}

/// A box.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Area {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Area {
    /// The box of a stage whose upper left corner is there.
    pub(crate) const fn of_stage(at: Point) -> Self {
        Self { x: at.x, y: at.y, width: WIDTH, height: HEIGHT }
    }

    pub(crate) const fn right(self) -> f64 {
        self.x + self.width
    }

    pub(crate) const fn bottom(self) -> f64 {
        self.y + self.height
    }

    pub(crate) const fn middle(self) -> Point {
        Point { x: self.x + self.width / 2.0, y: self.y + self.height / 2.0 }
    }

    /// Larger by so much on every side.
    pub(crate) const fn grown(self, by: f64) -> Self {
        Self { x: self.x - by, y: self.y - by, width: self.width + 2.0 * by, height: self.height + 2.0 * by }
    }

    pub(crate) fn holds(self, point: Point) -> bool {
        (self.x..=self.right()).contains(&point.x) && (self.y..=self.bottom()).contains(&point.y)
    }

    pub(crate) fn meets(self, other: Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }

    /// The smallest box around both.
    fn with(self, other: Self) -> Self {
        let (x, y) = (self.x.min(other.x), self.y.min(other.y));
        let (right, bottom) = (self.right().max(other.right()), self.bottom().max(other.bottom()));
        Self { x, y, width: right - x, height: bottom - y }
    }
}

/// The smallest box around all; one stage's at the origin where there is nothing.
pub(crate) fn bounds(areas: &[Area]) -> Area {
    areas.iter().copied().reduce(Area::with).unwrap_or_else(|| Area::of_stage(Point::default()))
}

/// The last of the boxes that has the point: the one that is drawn above the others.
pub(crate) fn hit(areas: &[Area], point: Point) -> Option<usize> {
    areas.iter().rposition(|area| area.holds(point))
}

/// The point of a box at a point of a picture of this size that shows all of the box in its middle.
pub(crate) fn in_picture(all: Area, size: Point, at: Point) -> Point {
    let scale = (size.x / all.width).min(size.y / all.height).max(0.001);
    let middle = all.middle();
    Point::new(middle.x + (at.x - size.x / 2.0) / scale, middle.y + (at.y - size.y / 2.0) / scale)
}

/// Where a box of a stage finds room below a point: never on one that is there.
pub(crate) fn free_place(areas: &[Area], near: Point) -> Point {
    let mut place = near.on_grid();
    while areas.iter().any(|area| area.grown(GRID).meets(Area::of_stage(place))) {
        place.y += GRID;
    }
    place
}

#[cfg(test)]
mod tests {
    use super::{Area, HEIGHT, Point, WIDTH, bounds, free_place, hit, in_picture};

    #[test]
    fn the_box_on_top_is_hit() {
        let areas = [Area::of_stage(Point::new(0.0, 0.0)), Area::of_stage(Point::new(100.0, 20.0))];
        assert_eq!(hit(&areas, Point::new(120.0, 30.0)), Some(1));
        assert_eq!(hit(&areas, Point::new(10.0, 10.0)), Some(0));
        assert_eq!(hit(&areas, Point::new(-1.0, 10.0)), None);
    }

    #[test]
    fn the_bounds_are_around_all() {
        let areas = [Area::of_stage(Point::new(-50.0, 0.0)), Area::of_stage(Point::new(100.0, 20.0))];
        let all = bounds(&areas);
        assert_eq!((all.x, all.y, all.right(), all.bottom()), (-50.0, 0.0, 100.0 + WIDTH, 20.0 + HEIGHT));
        assert!(bounds(&[]).width > 0.0);
    }

    #[test]
    fn a_point_of_a_small_picture_is_one_of_the_whole() {
        let all = Area { x: 100.0, y: 0.0, width: 400.0, height: 100.0 };
        let size = Point::new(100.0, 100.0);
        assert_eq!(in_picture(all, size, Point::new(50.0, 50.0)), all.middle());
        assert_eq!(in_picture(all, size, Point::new(0.0, 50.0)), Point::new(100.0, 50.0));
    }

    #[test]
    fn a_new_box_lies_on_none_that_is_there() {
        let areas = [Area::of_stage(Point::new(0.0, 0.0)), Area::of_stage(Point::new(0.0, 80.0))];
        let place = free_place(&areas, Point::new(3.0, 2.0));
        assert!(areas.iter().all(|area| !area.meets(Area::of_stage(place))), "{place:?}");
        assert_eq!(free_place(&[], Point::new(3.0, 13.0)), Point::new(0.0, 16.0));
    }
}

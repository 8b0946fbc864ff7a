//! What part of the canvas is seen, and how large.

use super::geometry::{Area, Point};

/// How small and how large things can be seen.
const ZOOM: (f64, f64) = (0.2, 2.0);
/// What is left free around all that is drawn, in pixels of the screen.
const MARGIN: f64 = 32.0;

/// A point of the canvas lies on the screen at its coordinates × `zoom` + `at`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Camera {
    pub(crate) at: Point,
    pub(crate) zoom: f64,
}

impl Default for Camera {
    fn default() -> Self {
        Self { at: Point::new(MARGIN, MARGIN), zoom: 1.0 }
    }
}

impl Camera {
    /// All of a box in the middle of a screen of this size, but never larger than it is.
    pub(crate) fn on(all: Area, size: Point) -> Self {
        let room = |length: f64| (length - 2.0 * MARGIN).max(1.0);
        let zoom = (room(size.x) / all.width).min(room(size.y) / all.height).clamp(ZOOM.0, 1.0);
        let middle = all.middle();
        Self { at: Point::new(size.x / 2.0 - middle.x * zoom, size.y / 2.0 - middle.y * zoom), zoom }
    }

    /// The point of the canvas at a point of the screen.
    pub(crate) fn canvas(self, screen: Point) -> Point {
        Point::new((screen.x - self.at.x) / self.zoom, (screen.y - self.at.y) / self.zoom)
    }

    /// Moved by so many pixels of the screen.
    pub(crate) fn moved(self, by: Point) -> Self {
        Self { at: self.at.plus(by), ..self }
    }

    /// Nearer or further, about a point of the screen that stays where it is.
    pub(crate) fn zoomed(self, factor: f64, about: Point) -> Self {
        let zoom = (self.zoom * factor).clamp(ZOOM.0, ZOOM.1);
        let fixed = self.canvas(about);
        Self { at: Point::new(about.x - fixed.x * zoom, about.y - fixed.y * zoom), zoom }
    }

    /// What is seen of the canvas on a screen of this size.
    pub(crate) fn seen(self, size: Point) -> Area {
        let from = self.canvas(Point::default());
        Area { x: from.x, y: from.y, width: size.x / self.zoom, height: size.y / self.zoom }
    }

    /// Moved as little as possible so that a box is seen.
    pub(crate) fn showing(self, area: Area, size: Point) -> Self {
        let seen = self.seen(size);
        let margin = MARGIN / self.zoom;
        let step = |low: f64, high: f64, from: f64, to: f64| {
            if low < from + margin {
                from + margin - low
            } else if high > to - margin {
                to - margin - high
            } else {
                0.0
            }
        };
        let by = Point::new(
            step(area.x, area.right(), seen.x, seen.right()) * self.zoom,
            step(area.y, area.bottom(), seen.y, seen.bottom()) * self.zoom,
        );
        self.moved(by)
    }

    /// With a point of the canvas in the middle of the screen.
    pub(crate) fn about(self, point: Point, size: Point) -> Self {
        let at = Point::new(size.x / 2.0 - point.x * self.zoom, size.y / 2.0 - point.y * self.zoom);
        Self { at, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::Camera;
    use crate::flow::geometry::{Area, Point};

    const SCREEN: Point = Point::new(800.0, 600.0);

    #[test]
    fn all_of_it_is_seen_and_nothing_is_blown_up() {
        let large = Area { x: -400.0, y: 0.0, width: 4000.0, height: 300.0 };
        let seen = Camera::on(large, SCREEN).seen(SCREEN);
        assert!(seen.x <= large.x && seen.right() >= large.right(), "{seen:?}");
        let small = Area { x: 10.0, y: 10.0, width: 50.0, height: 50.0 };
        assert!((Camera::on(small, SCREEN).zoom - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn what_is_under_the_pointer_stays_there_while_one_zooms() {
        let (camera, pointer) = (Camera::default(), Point::new(200.0, 100.0));
        let before = camera.canvas(pointer);
        let after = camera.zoomed(1.7, pointer).canvas(pointer);
        assert!((before.x - after.x).abs() < 1e-9 && (before.y - after.y).abs() < 1e-9);
        assert!(camera.zoomed(100.0, pointer).zoom <= 2.0 && camera.zoomed(0.0001, pointer).zoom >= 0.2);
    }

    #[test]
    fn what_is_chosen_comes_into_sight_and_what_is_in_sight_stays() {
        let camera = Camera::default();
        let far = Area { x: 2000.0, y: 1500.0, width: 184.0, height: 60.0 };
        let seen = camera.showing(far, SCREEN).seen(SCREEN);
        assert!(seen.right() >= far.right() && seen.bottom() >= far.bottom() && seen.x <= far.x);
        let near = Area { x: 10.0, y: 10.0, width: 184.0, height: 60.0 };
        assert_eq!(camera.showing(near, SCREEN), camera);
    }
}

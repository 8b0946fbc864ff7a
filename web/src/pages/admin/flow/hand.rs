//! The hand on the canvas: what pressing, dragging, turning the wheel and keys do.
//!
//! Invariant: nothing is drawn while one drags; letting go is one step. All is heard by the canvas itself, because what is dragged is
//! drawn anew under the pointer.

use std::rc::Rc;

use sycamore::prelude::*;
use sycamore::web::events::{KeyboardEvent, PointerEvent, WheelEvent};
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::board::Board;
use super::deeds;
use crate::browser;
use crate::flow::camera::Camera;
use crate::flow::geometry::{Area, Point, bounds, hit};
use crate::flow::lines::{Line, lines};
use crate::flow::{Drawing, Spot, layout, walk};
use crate::text::t;

/// How far the pointer goes before that is more than a press, in pixels.
const SLIP: f64 = 4.0;
/// How far an arrow key moves a stage.
const STEP: f64 = 8.0;
/// How much nearer a step of the zoom is.
pub(super) const NEARER: f64 = 1.25;

/// What the hand does.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Doing {
    #[default]
    Nothing,
    /// Moves the whole canvas; `far` once it was more than a press.
    Panning { last: Point, far: bool },
    /// Moves a stage, by so much until now.
    Moving { key: String, from: Point, by: Point },
    /// Draws a transition from a stage to a point of the canvas.
    Drawing { key: String, to: Point },
}

/// The hand, and what it sees.
#[derive(Clone, Copy)]
pub(super) struct Hand {
    pub(super) board: Board,
    /// The canvas.
    pub(super) node: NodeRef,
    pub(super) camera: Signal<Camera>,
    /// Width and height of the canvas on the screen.
    pub(super) size: Signal<Point>,
    pub(super) doing: Signal<Doing>,
    /// Where the stages lie at this moment, in the order of the drawing.
    pub(super) areas: ReadSignal<Rc<Vec<Area>>>,
    pub(super) lines: ReadSignal<Rc<Vec<Line>>>,
}

impl Hand {
    pub(super) fn on(board: Board) -> Self {
        let doing = create_signal(Doing::Nothing);
        let places = create_selector(move || layout::places(&board.drawing().graph));
        let areas = create_selector(move || {
            let graph = &board.drawing().graph;
            let moved = |key: &str| {
                doing.with(|doing| match doing {
                    Doing::Moving { key: held, by, .. } if held == key => *by,
                    _ => Point::default(),
                })
            };
            let all = places.get_clone().into_iter().zip(&graph.stages);
            Rc::new(
                all.map(|(place, stage)| Area::of_stage(place.plus(moved(&stage.key)))).collect::<Vec<_>>(),
            )
        });
        let anywhere = t!("flow-any");
        let lines = create_selector(move || {
            Rc::new(areas.with(|areas| lines(&board.drawing().graph, areas, &anywhere)))
        });
        let (camera, size) = (create_signal(Camera::default()), create_signal(Point::default()));
        Self { board, node: create_node_ref(), camera, size, doing, areas, lines }
    }

    fn element(self) -> Option<Element> {
        self.node.try_get()?.dyn_into().ok()
    }

    /// Notes how large the canvas is.
    fn measure(self) {
        if let Some(canvas) = self.element() {
            let seen = canvas.get_bounding_client_rect();
            let size = Point::new(seen.width(), seen.height());
            if self.size.get_untracked() != size {
                self.size.set(size);
            }
        }
    }

    /// Everything that is drawn, with the words beside it.
    pub(super) fn all(self) -> Area {
        let mut areas = self.areas.with(|areas| areas.to_vec());
        self.lines
            .with(|lines| areas.extend(lines.iter().filter_map(|line| Some(line.words.as_ref()?.area))));
        bounds(&areas)
    }

    /// Shows everything.
    pub(super) fn fit(self) {
        self.measure();
        let all = untrack(|| self.all());
        self.camera.set(Camera::on(all, self.size.get_untracked()));
    }

    /// Nearer or further about the middle.
    pub(super) fn zoom(self, factor: f64) {
        self.measure();
        let size = self.size.get_untracked();
        let middle = Point::new(size.x / 2.0, size.y / 2.0);
        self.camera.set(self.camera.get_untracked().zoomed(factor, middle));
    }

    /// Brings what is chosen into sight.
    pub(super) fn reveal(self) {
        self.measure();
        let graph = &self.board.now().graph;
        let chosen = self.board.chosen.get_clone_untracked();
        let area = match &chosen {
            Spot::Whole => None,
            Spot::Stage(key) => self.area_of(key),
            Spot::Transition(key) => {
                let words = self.lines.with_untracked(|lines| {
                    lines
                        .iter()
                        .find(|line| line.key == *key)
                        .and_then(|line| Some(line.words.as_ref()?.area))
                });
                words.or_else(|| self.area_of(&crate::flow::transition(graph, key)?.to))
            }
        };
        if let Some(area) = area {
            let camera = self.camera.get_untracked();
            let shown = camera.showing(area, self.size.get_untracked());
            if shown != camera {
                self.camera.set(shown);
            }
        }
    }

    pub(super) fn area_of(self, key: &str) -> Option<Area> {
        let at = self.board.now().graph.stages.iter().position(|stage| stage.key == key)?;
        self.areas.with_untracked(|areas| areas.get(at).copied())
    }

    /// The middle of what is seen, where something new lies.
    pub(super) fn middle(self) -> Point {
        self.measure();
        self.camera.get_untracked().seen(self.size.get_untracked()).middle()
    }

    /// A point of the screen within the canvas.
    fn local(self, event: &PointerEvent) -> Point {
        self.within(f64::from(event.client_x()), f64::from(event.client_y()))
    }

    fn within(self, x: f64, y: f64) -> Point {
        let at = self.element().map(|canvas| canvas.get_bounding_client_rect());
        at.map_or_else(Point::default, |at| Point::new(x - at.left(), y - at.top()))
    }

    pub(super) fn press(self, event: &PointerEvent) {
        if event.button() != 0 {
            return;
        }
        self.measure();
        if let Some(canvas) = self.element() {
            canvas.set_pointer_capture(event.pointer_id()).ok();
        }
        let at = self.local(event);
        let on_canvas = self.camera.get_untracked().canvas(at);
        let may = self.board.may_draw;
        let doing = match grasped(event) {
            Grasped::Handle(key) if may => Doing::Drawing { key, to: on_canvas },
            Grasped::Handle(key) | Grasped::Spot(Spot::Stage(key)) => {
                self.board.choose(Spot::Stage(key.clone()));
                if may {
                    Doing::Moving { key, from: on_canvas, by: Point::default() }
                } else {
                    Doing::Nothing
                }
            }
            Grasped::Spot(spot @ Spot::Transition(_)) => {
                self.board.choose(spot);
                Doing::Nothing
            }
            Grasped::Spot(Spot::Whole) => Doing::Panning { last: at, far: false },
        };
        self.doing.set(doing);
    }

    pub(super) fn pull(self, event: &PointerEvent) {
        let (at, camera) = (self.local(event), self.camera.get_untracked());
        match self.doing.get_clone_untracked() {
            Doing::Nothing => {}
            Doing::Panning { last, far } => {
                let by = at.minus(last);
                if far || by.x.hypot(by.y) > SLIP {
                    self.camera.set(camera.moved(by));
                    self.doing.set(Doing::Panning { last: at, far: true });
                }
            }
            Doing::Moving { key, from, .. } => {
                let by = camera.canvas(at).minus(from);
                let by = if by.x.hypot(by.y) * camera.zoom > SLIP { by } else { Point::default() };
                self.doing.set(Doing::Moving { key, from, by });
            }
            Doing::Drawing { key, .. } => self.doing.set(Doing::Drawing { key, to: camera.canvas(at) }),
        }
    }

    pub(super) fn let_go(self) {
        match self.doing.replace(Doing::Nothing) {
            Doing::Panning { far: false, .. } => self.board.choose(Spot::Whole),
            Doing::Moving { key, by, .. } if by != Point::default() => self.put(&key, by, ""),
            Doing::Drawing { key, to } => self.connect(&key, to),
            Doing::Nothing | Doing::Panning { .. } | Doing::Moving { .. } => {}
        }
    }

    /// Nothing comes of what was begun.
    pub(super) fn give_up(self) {
        self.doing.set(Doing::Nothing);
    }

    /// Puts a stage elsewhere; from then on all of them stay where they are.
    fn put(self, key: &str, by: Point, of: &str) {
        let places = layout::places(&self.board.now().graph);
        self.board.edit(of, |drawing: &mut Drawing| {
            layout::settle(&mut drawing.graph, &places);
            for stage in drawing.graph.stages.iter_mut().filter(|stage| stage.key == key) {
                let place = stage.position.map(Point::from).unwrap_or_default();
                stage.position = Some(place.plus(by).on_grid().into());
            }
        });
        focus_stage(key);
    }

    /// A transition to the stage under a point; where there is none, to a new one.
    fn connect(self, from: &str, to: Point) {
        let Some(source) = self.area_of(from) else { return };
        let target = self.areas.with_untracked(|areas| hit(areas, to));
        let graph = &self.board.now().graph;
        match target.and_then(|at| graph.stages.get(at)) {
            Some(stage) if stage.key != from => deeds::add_way(self.board, from, &stage.key),
            // Let go over the stage it came from: a press on the handle, no way to itself.
            Some(_) => self.board.choose(Spot::Stage(from.to_owned())),
            None if source.grown(40.0).holds(to) => {}
            None => deeds::add_stage(self.board, Some(to), Some(from)),
        }
    }

    pub(super) fn turn(self, event: &WheelEvent) {
        event.prevent_default();
        let at = self.within(f64::from(event.client_x()), f64::from(event.client_y()));
        let camera = self.camera.get_untracked();
        let moved = if event.ctrl_key() || event.meta_key() {
            camera.zoomed((-event.delta_y() * 0.004).exp(), at)
        } else if event.shift_key() {
            camera.moved(Point::new(-event.delta_y(), 0.0))
        } else {
            camera.moved(Point::new(-event.delta_x(), -event.delta_y()))
        };
        self.camera.set(moved);
    }

    pub(super) fn key(self, event: &KeyboardEvent) {
        if event.ctrl_key() || event.meta_key() {
            return;
        }
        let key = event.key();
        let taken = match key.as_str() {
            "Enter" | " " => self.take(event),
            "Escape" => {
                self.give_up();
                self.board.choose(Spot::Whole);
                true
            }
            "+" => self.zoomed(NEARER),
            "-" => self.zoomed(1.0 / NEARER),
            "0" => {
                self.fit();
                true
            }
            arrow if event.alt_key() => self.nudge(arrow),
            arrow => self.walk(arrow),
        };
        if taken {
            event.prevent_default();
            event.stop_propagation();
        }
    }

    fn zoomed(self, factor: f64) -> bool {
        self.zoom(factor);
        true
    }

    /// Chooses what has the focus, and goes to its fields.
    fn take(self, event: &KeyboardEvent) -> bool {
        let Grasped::Spot(spot) = grasped(event) else { return false };
        self.board.choose(spot);
        browser::focus(".flow-panel :is(input, select, textarea):not(:disabled)");
        true
    }

    fn walk(self, arrow: &str) -> bool {
        let chosen = self.board.chosen.get_clone_untracked();
        let graph = &self.board.now().graph;
        let to = self.areas.with_untracked(|areas| walk::step(graph, areas, &chosen, arrow));
        let Some(to) = to else { return arrow.starts_with("Arrow") };
        self.board.choose(to.clone());
        self.reveal();
        match &to {
            Spot::Stage(key) => focus_stage(key),
            Spot::Transition(key) => {
                browser::focus(&format!("[role=button][data-way=\"{key}\"]"));
            }
            Spot::Whole => {}
        }
        true
    }

    fn nudge(self, arrow: &str) -> bool {
        let by = match arrow {
            "ArrowUp" => Point::new(0.0, -STEP),
            "ArrowDown" => Point::new(0.0, STEP),
            "ArrowLeft" => Point::new(-STEP, 0.0),
            "ArrowRight" => Point::new(STEP, 0.0),
            _ => return false,
        };
        let Spot::Stage(key) = self.board.chosen.get_clone_untracked() else { return false };
        self.put(&key, by, &format!("place of {key}"));
        true
    }
}

fn focus_stage(key: &str) {
    browser::focus(&format!("[data-stage=\"{key}\"]"));
}

/// What is under the pointer, or has the focus.
enum Grasped {
    /// What one draws a transition with.
    Handle(String),
    Spot(Spot),
}

fn grasped(event: &web_sys::Event) -> Grasped {
    let pressed = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let named = |name: &str| {
        let found = pressed.as_ref()?.closest(&format!("[{name}]")).ok()??;
        found.get_attribute(name)
    };
    if let Some(key) = named("data-handle") {
        return Grasped::Handle(key);
    }
    let stage = named("data-stage").map(Spot::Stage);
    Grasped::Spot(stage.or_else(|| named("data-way").map(Spot::Transition)).unwrap_or_default())
}

/// What a press of a screen reader, which brings no pointer, is on; none beside everything.
pub(super) fn pressed(event: &web_sys::Event) -> Option<Spot> {
    match grasped(event) {
        Grasped::Spot(Spot::Whole) => None,
        Grasped::Spot(spot) => Some(spot),
        Grasped::Handle(key) => Some(Spot::Stage(key)),
    }
}

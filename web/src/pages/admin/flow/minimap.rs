//! The whole of the drawing in a corner of the canvas, and which part of it is seen. Pressing moves there.

use sycamore::prelude::*;
use sycamore::web::events::PointerEvent;
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::hand::Hand;
use crate::flow::geometry::{Area, Point, in_picture};

/// What is left free around all that is drawn, in its pixels.
const MARGIN: f64 = 60.0;

/// The small picture. It says nothing that the canvas does not say, so screen readers pass it by.
#[component(inline_props)]
pub(super) fn Minimap(hand: Hand) -> View {
    let all = create_selector(move || hand.all().grown(MARGIN));
    let view_box = move || {
        let Area { x, y, width, height } = all.get();
        format!("{x:.0} {y:.0} {width:.0} {height:.0}")
    };
    let stages = create_memo(move || hand.areas.with(|areas| areas.to_vec()));
    let seen = move || hand.camera.get().seen(hand.size.get());
    let side = |side: fn(Area) -> f64| move || format!("{:.0}", side(seen()).max(0.0));
    let at = |side: fn(Area) -> f64| move || format!("{:.0}", side(seen()));
    let (x, y, width, height) =
        (at(|seen| seen.x), at(|seen| seen.y), side(|seen| seen.width), side(|seen| seen.height));
    let go = move |event: &PointerEvent| go(hand, all.get_untracked(), event);
    view! {
        svg(class="minimap", viewBox=view_box, aria-hidden="true",
            on:pointerdown=move |event: PointerEvent| go(&event),
            on:pointermove=move |event: PointerEvent| if event.buttons() == 1 { go(&event) }) {
            Indexed(list=stages, view=stage)
            rect(class="seen", x=x, y=y, width=width, height=height) {}
        }
    }
}

fn stage(area: Area) -> View {
    let [x, y, width, height] =
        [area.x, area.y, area.width, area.height].map(|length| format!("{length:.0}"));
    view! { rect(class="stage", x=x, y=y, width=width, height=height, rx="8") {} }
}

/// Shows what lies where the picture was pressed.
fn go(hand: Hand, all: Area, event: &PointerEvent) {
    event.stop_propagation();
    let Some(picture) = event.current_target().and_then(|picture| picture.dyn_into::<Element>().ok()) else {
        return;
    };
    let box_of = picture.get_bounding_client_rect();
    let at =
        Point::new(f64::from(event.client_x()) - box_of.left(), f64::from(event.client_y()) - box_of.top());
    let point = in_picture(all, Point::new(box_of.width(), box_of.height()), at);
    hand.camera.set(hand.camera.get_untracked().about(point, hand.size.get_untracked()));
}

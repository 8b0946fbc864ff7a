//! One's picture: chosen, cut to a square, uploaded; or taken away.

use proto::identity::v1::User;
use sycamore::prelude::*;
use sycamore::web::events::{Event, KeyboardEvent, PointerEvent, SubmitEvent};
use sycamore_futures::spawn_local_scoped;
use wasm_bindgen::JsCast as _;
use web_sys::{HtmlCanvasElement, HtmlInputElement, ImageBitmap};

use crate::app::App;
use crate::crop::{self, NEAREST, SIDE, Square};
use crate::parts::{Act, Avatar, Button, Form, Icon, Kind, Modal, T, form_foot, refusal};
use crate::text::t;
use crate::{api, browser};

/// How far an arrow key moves, as a share of the square.
const STEP: f64 = 0.04;

/// The picture as it is, and what can be done with it.
#[component(inline_props)]
pub(super) fn Picture(app: App, user: User) -> View {
    let chosen = create_signal(None::<ImageBitmap>);
    let has_picture = create_memo({
        let id = user.id.clone();
        move || app.people.get(&id).with(|person| !person.picture.is_empty())
    });
    let remove = Form::new();
    let take_away =
        move |_| remove.send(app, api::account::set_picture(Vec::new()), move |user| kept(app, &user));
    view! {
        div(class="picture") {
            Avatar(id=user.id, size="huge")
            label(class="btn") {
                Icon(name="image") T(id="picture-choose")
                input(class="vh", r#type="file", accept="image/png,image/jpeg,image/webp", on:change=move |event| read(app, chosen, &event))
            }
            (if has_picture.get() { view! { Button(kind=Kind::Quiet, label=t!("picture-remove"), busy=remove.busy(), on:click=take_away) } } else { View::new() })
            (refusal(remove))
        }
        (match chosen.get_clone() {
            Some(picture) => view! { Cut(app=app, picture=picture, done=move |()| chosen.set(None)) },
            None => View::new(),
        })
    }
}

/// Everybody's pages show it from now on.
fn kept(app: App, user: &User) {
    app.people.put(user);
    app.toasts.say(t!("saved"));
}

/// Takes the file that was chosen, if it is a picture. The field is emptied, so that the same file can be chosen again.
fn read(app: App, chosen: Signal<Option<ImageBitmap>>, event: &Event) {
    let Some(field) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else {
        return;
    };
    let Some(file) = field.files().and_then(|files| files.get(0)) else { return };
    field.set_value("");
    spawn_local_scoped(async move {
        match crop::read(&file).await {
            Some(picture) => chosen.set(Some(picture)),
            None => app.toasts.say(t!("picture-unreadable")),
        }
    });
}

/// The dialog in which the square is chosen: by hand, by wheel of a slider, or by arrow keys.
#[component(inline_props)]
fn Cut(app: App, picture: ImageBitmap, #[prop(setter(into))] done: Act) -> View {
    let form = Form::new();
    let square = create_signal(Square::of(picture.width().into(), picture.height().into()));
    let zoom = create_signal(1.0);
    let node = create_node_ref();
    let canvas = move || node.try_get().and_then(|node| node.dyn_into::<HtmlCanvasElement>().ok());
    let draw = move || {
        let square = square.get();
        if let Some(canvas) = canvas() {
            crop::draw(&canvas, &picture, square);
        }
    };
    on_mount(move || {
        create_effect(draw);
        browser::focus("dialog canvas");
    });
    create_effect(move || {
        let zoom = zoom.get();
        square.set(square.get_untracked().zoomed(zoom));
    });
    let (close, sent) = (done.clone(), done.clone());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(canvas) = canvas() else { return };
        let sent = sent.clone();
        form.send(app, upload(canvas), move |user| {
            kept(app, &user);
            sent.now();
        });
    };
    let (width, height) = (SIDE.to_string(), SIDE.to_string());
    view! {
        Modal(title=t!("picture-cut"), on_close=move |()| close.now()) {
            form(novalidate=true, on:submit=submit) {
                div(class="body form cut") {
                    (refusal(form))
                    canvas(r#ref=node, width=width, height=height, tabindex="0", role="img", aria-label=t!("picture-cut-hint"),
                        on:pointerdown=move |event| hold(&event), on:pointermove=move |event| pull(&event, square), on:keydown=move |event| step(&event, square))
                    label(class="line") {
                        T(id="picture-zoom")
                        input(class="grow", r#type="range", min="1", max=NEAREST.to_string(), step="0.05", value="1", on:input=move |event: Event| {
                            let field = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
                            zoom.set(field.map_or(1.0, |field| field.value_as_number()));
                        })
                    }
                    p(class="hint") { T(id="picture-cut-hint") }
                }
                (form_foot(form, &t!("picture-set"), done.clone()))
            }
        }
    }
}

async fn upload(canvas: HtmlCanvasElement) -> api::Answer<User> {
    match crop::file(&canvas).await {
        Some(file) => api::account::set_picture(file).await,
        None => Err(api::Trouble::said(api::Kind::Refused, t!("picture-unreadable"))),
    }
}

fn canvas_of(event: &Event) -> Option<HtmlCanvasElement> {
    event.current_target()?.dyn_into().ok()
}

/// Keeps hold of the picture while the button is down, also outside of the square.
fn hold(event: &PointerEvent) {
    if let Some(canvas) = canvas_of(event) {
        canvas.set_pointer_capture(event.pointer_id()).ok();
    }
}

/// Moves the picture under the square as the hand does.
fn pull(event: &PointerEvent, square: Signal<Square>) {
    let Some(canvas) = canvas_of(event).filter(|_| event.buttons() == 1) else { return };
    let now = square.get_untracked();
    let scale = now.side / f64::from(canvas.client_width().max(1));
    let (right, down) = (f64::from(event.movement_x()), f64::from(event.movement_y()));
    square.set(now.moved(-right * scale, -down * scale));
}

/// Moves the square as an arrow key says.
fn step(event: &KeyboardEvent, square: Signal<Square>) {
    let (right, down) = match event.key().as_str() {
        "ArrowLeft" => (-STEP, 0.0),
        "ArrowRight" => (STEP, 0.0),
        "ArrowUp" => (0.0, -STEP),
        "ArrowDown" => (0.0, STEP),
        _ => return,
    };
    event.prevent_default();
    let now = square.get_untracked();
    square.set(now.moved(right * now.side, down * now.side));
}

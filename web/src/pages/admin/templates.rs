//! The catalogue that is shipped: parts of it are taken into a department, as often as one likes; what is there stays as it is.

use std::rc::Rc;

use proto::tickets::v1::CategoryTemplate;
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::spawn_local_scoped;

use super::catalogue::Page;
use crate::api;
use crate::parts::{Act, CheckField, Form, Modal, Shape, form_foot, loaded, refusal};
use crate::store::Load;
use crate::text::t;

/// A part and whether it is taken.
type Tick = (String, Signal<bool>);

/// The parts to tick.
#[component(inline_props)]
pub(super) fn Templates(page: Page, #[prop(setter(into))] done: Act) -> View {
    let form = Form::new();
    let ticks = create_signal(Vec::<Tick>::new());
    let (close, sent) = (done.clone(), done.clone());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let keys: Vec<String> =
            ticks.get_clone().into_iter().filter(|(_, tick)| tick.get()).map(|(key, _)| key).collect();
        if keys.is_empty() {
            return form.refuse("template_keys", t!("templates-missing"));
        }
        let sent = sent.clone();
        form.send(page.app, api::catalog::adopt(page.department.get_clone(), keys), move |_| {
            page.app.toasts.say(t!("templates-adopted"));
            page.again();
            sent.now();
        });
    };
    let boxes = boxes(ticks);
    view! {
        Modal(title=t!("templates-adopt"), shape=Shape::Wide, on_close=move |()| close.now()) {
            form(novalidate=true, on:submit=submit) {
                div(class="body form") {
                    (refusal(form))
                    p(class="muted") { (t!("templates-text")) }
                    (match form.wrong("template_keys") {
                        Some(sentence) => view! { p(class="wrong", role="alert") { (sentence) } },
                        None => View::new(),
                    })
                    div(class="ticks templates") { (boxes) }
                }
                (form_foot(form, &t!("templates-take"), done.clone()))
            }
        }
    }
}

/// A box for each part, once they are here.
fn boxes(ticks: Signal<Vec<Tick>>) -> View {
    let templates = create_signal(Load::<Rc<Vec<CategoryTemplate>>>::Waiting);
    let load = move || {
        spawn_local_scoped(async move {
            templates.set(Load::from(api::catalog::templates().await).map(Rc::new));
        });
    };
    load();
    loaded(
        templates,
        move |()| load(),
        move |templates| {
            let (all, drawn): (Vec<Tick>, Vec<View>) = templates.iter().map(line).unzip();
            ticks.set(all);
            View::from(drawn)
        },
    )
}

fn line(template: &CategoryTemplate) -> (Tick, View) {
    let tick = create_signal(false);
    let (name, inside) = (template.name.clone(), inside(template));
    ((template.key.clone(), tick), view! { CheckField(label=name, value=tick, hint=inside) })
}

/// What is in a part: what it is for, and the names below it.
fn inside(template: &CategoryTemplate) -> String {
    let below = template.category_names.join(", ");
    [template.description.clone(), below]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

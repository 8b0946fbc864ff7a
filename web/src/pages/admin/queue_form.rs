//! The form of a queue: which tickets it takes and how it gives them out.

use proto::workflow::v1::{AbsencePolicy, Queue, RoutingMethod};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use super::parts::department_options;
use super::queue_lines::{Lists, Span};
use super::queues::Page;
use super::rule_words::ticket_words;
use crate::api;
use crate::parts::{
    Act, CheckField, Form, Icon, Modal, Notice, RuleField, SelectField, Shape, TextField, Tone, form_foot,
    refusal,
};
use crate::text::t;

/// What the form changes; whatever else a queue has stays as it is.
const PATHS: &[&str] = &[
    "name",
    "order",
    "matches",
    "tiers",
    "method",
    "offers",
    "offer_timeout",
    "skills",
    "requester_affinity",
    "sizes",
    "absence",
    "absence_grace",
];
/// Fields that say themselves what is wrong with them, in whole or in part.
const PLACED: &[&str] = &[
    "name",
    "order",
    "matches",
    "tiers",
    "method",
    "skills",
    "sizes",
    "offer_timeout",
    "absence",
    "department_id",
];

const METHODS: [RoutingMethod; 5] = [
    RoutingMethod::RoundRobin,
    RoutingMethod::LeastLoaded,
    RoutingMethod::MostSpare,
    RoutingMethod::Weighted,
    RoutingMethod::Manual,
];
const POLICIES: [AbsencePolicy; 3] = [AbsencePolicy::Keep, AbsencePolicy::Unassign, AbsencePolicy::Reroute];

/// How a method is called.
pub(super) fn method_words(method: RoutingMethod) -> String {
    t!(match method {
        RoutingMethod::LeastLoaded => "queue-method-least-loaded",
        RoutingMethod::MostSpare => "queue-method-most-spare",
        RoutingMethod::Weighted => "queue-method-weighted",
        RoutingMethod::Manual => "queue-method-manual",
        RoutingMethod::RoundRobin | RoutingMethod::Unspecified => "queue-method-round-robin",
    })
}

fn policy_words(policy: AbsencePolicy) -> String {
    t!(match policy {
        AbsencePolicy::Unassign => "queue-absence-unassign",
        AbsencePolicy::Reroute => "queue-absence-reroute",
        AbsencePolicy::Keep | AbsencePolicy::Unspecified => "queue-absence-keep",
    })
}

/// What is typed.
#[derive(Clone, Copy)]
struct Sketch {
    name: Signal<String>,
    department: Signal<String>,
    order: Signal<String>,
    matches: Signal<String>,
    method: Signal<String>,
    offers: Signal<bool>,
    timeout: Span,
    affinity: Signal<bool>,
    absence: Signal<String>,
    grace: Span,
    lists: Lists,
}

impl Sketch {
    fn of(queue: &Queue) -> Self {
        let absence = match queue.absence() {
            AbsencePolicy::Unspecified => AbsencePolicy::Keep,
            policy => policy,
        };
        Self {
            name: create_signal(queue.name.clone()),
            department: create_signal(queue.department_id.clone()),
            order: create_signal(queue.order.to_string()),
            matches: create_signal(queue.matches.clone()),
            method: create_signal(queue.method().as_str_name().to_owned()),
            offers: create_signal(queue.offers),
            timeout: Span::of(queue.offer_timeout.as_ref()),
            affinity: create_signal(queue.requester_affinity),
            absence: create_signal(absence.as_str_name().to_owned()),
            grace: Span::of(queue.absence_grace.as_ref()),
            lists: Lists::of(queue),
        }
    }

    /// The queue as it is typed; the field that is no number where one is not.
    fn queue(self, known: &Queue) -> Result<Queue, &'static str> {
        self.lists.put(Queue {
            name: self.name.get_clone().trim().to_owned(),
            department_id: self.department.get_clone(),
            order: self.order.get_clone().trim().parse().map_err(|_| "order")?,
            matches: self.matches.get_clone().trim().to_owned(),
            method: RoutingMethod::from_str_name(&self.method.get_clone()).unwrap_or_default().into(),
            offers: self.offers.get(),
            offer_timeout: self.timeout.read().map_err(|()| "offer_timeout")?,
            requester_affinity: self.affinity.get(),
            absence: AbsencePolicy::from_str_name(&self.absence.get_clone()).unwrap_or_default().into(),
            absence_grace: self.grace.read().map_err(|()| "absence_grace")?,
            ..known.clone()
        })
    }
}

/// The form over the page.
#[component(inline_props)]
pub(super) fn QueueForm(page: Page, queue: Queue, #[prop(setter(into))] done: Act) -> View {
    let form = Form::new();
    let sketch = Sketch::of(&queue);
    let is_new = queue.id.is_empty();
    let request_id = api::request_id();
    let (title, deed) =
        if is_new { (t!("queue-new"), t!("queue-create")) } else { (t!("queue-edit"), t!("save")) };
    let (close, sent) = (done.clone(), done.clone());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let queue = match sketch.queue(&queue) {
            Ok(queue) => queue,
            Err(field) => return form.refuse(field, t!("agent-number-wrong")),
        };
        let sent = sent.clone();
        form.send(page.app, save(queue, request_id.clone()), move |_| {
            page.app.toasts.say(t!("saved"));
            page.load();
            sent.now();
        });
    };
    view! {
        Modal(title=title, shape=Shape::Wide, on_close=move |()| close.now()) {
            form(novalidate=true, on:submit=submit) {
                div(class="body form") {
                    (refusal(form))
                    (elsewhere(form))
                    (fields(page, form, sketch, is_new))
                }
                (form_foot(form, &deed, done.clone()))
            }
        }
    }
}

fn fields(page: Page, form: Form, sketch: Sketch, is_new: bool) -> View {
    let department = if is_new {
        let options = department_options(page.app, "queue-department-all");
        view! { SelectField(name="department_id", label=t!("field-department-id"), value=sketch.department, options=options, form=form) }
    } else {
        View::new()
    };
    let methods: Vec<_> =
        METHODS.map(|method| (method.as_str_name().to_owned(), method_words(method))).to_vec();
    let policies: Vec<_> =
        POLICIES.map(|policy| (policy.as_str_name().to_owned(), policy_words(policy))).to_vec();
    let words = create_signal(ticket_words());
    let keeps =
        create_selector(move || sketch.absence.with(|absence| absence == AbsencePolicy::Keep.as_str_name()));
    let lists = sketch.lists.fields(page.app, form);
    view! {
        TextField(name="name", label=t!("name"), value=sketch.name, form=form, "autofocus"="", maxlength="100", autocomplete="off")
        (department)
        RuleField(name="matches", label=t!("queue-matches"), value=sketch.matches, offers=*words, form=form, hint=t!("queue-matches-hint"), optional=true)
        TextField(name="order", label=t!("queue-order"), value=sketch.order, form=form, hint=t!("queue-order-hint"), inputmode="numeric", autocomplete="off")
        SelectField(name="method", label=t!("queue-method"), value=sketch.method, options=methods, form=form)
        CheckField(label=t!("queue-offers"), value=sketch.offers, hint=t!("queue-offers-hint"))
        (if sketch.offers.get() { length(form, "offer_timeout", "queue-offer-timeout", sketch.timeout) } else { View::new() })
        CheckField(label=t!("queue-affinity"), value=sketch.affinity, hint=t!("queue-affinity-hint"))
        SelectField(name="absence", label=t!("queue-absence"), value=sketch.absence, options=policies, form=form)
        (if keeps.get() { View::new() } else { length(form, "absence_grace", "queue-absence-grace", sketch.grace) })
        (lists)
    }
}

/// A length of time under its name, blank for what is usual.
fn length(form: Form, field: &'static str, words: &'static str, span: Span) -> View {
    let fields = span.view(t!(words));
    view! {
        div(class="field") {
            span(class="label") { (t!(words)) }
            (fields)
            span(class="hint") { (t!("queue-length-hint")) }
            (match form.wrong(field) {
                Some(sentence) => view! { span(class="wrong", role="alert") { Icon(name="alert") span { (sentence) } } },
                None => View::new(),
            })
        }
    }
}

/// What is wrong and stands beside nothing.
fn elsewhere(form: Form) -> View {
    let is_placed = |path: &str| {
        let field = path.strip_prefix("queue.").unwrap_or(path);
        PLACED.iter().any(|placed| field.starts_with(placed))
    };
    view! {
        (match form.unplaced(is_placed) {
            Some(sentence) => view! { Notice(tone=Tone::Late, text=sentence) },
            None => View::new(),
        })
    }
}

async fn save(queue: Queue, request_id: String) -> api::Answer<Queue> {
    if queue.id.is_empty() {
        return api::runs::create_queue(queue, request_id).await;
    }
    api::runs::update_queue(queue, PATHS).await
}

#[cfg(test)]
mod tests {
    use proto::workflow::v1::{Queue, RoutingMethod};
    use sycamore::prelude::*;

    use super::Sketch;

    #[test]
    fn what_the_form_does_not_show_stays_as_it_was() {
        let _root = create_root(|| {
            let known = Queue {
                id: "que_1".to_owned(),
                name: "Printers".to_owned(),
                order: 10,
                method: RoutingMethod::Weighted.into(),
                waiting: 4,
                ..Queue::default()
            };
            let sketch = Sketch::of(&known);
            sketch.name.set(" Plotters ".to_owned());
            let typed = sketch.queue(&known).expect("a number");
            assert_eq!(
                (typed.name.as_str(), typed.method(), typed.waiting),
                ("Plotters", RoutingMethod::Weighted, 4)
            );
            sketch.order.set("soon".to_owned());
            assert_eq!(sketch.queue(&known), Err("order"));
        });
    }
}

//! What a ticket is sorted under, and the fields of that category's form: read at the side, changed in a dialog that shows and asks for
//! what the form's own rules say.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use gloo_timers::future::TimeoutFuture;
use proto::tickets::v1::field_value::Value;
use proto::tickets::v1::{Category, Field, FieldType, FieldValue, Form as Asked, GetFormRequest, Ticket};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::spawn_local_scoped;

use super::edits::Edits;
use super::props::{self, changeable, prop};
use crate::api;
use crate::parts::{
    Act, Blank, Button, Choice, Form, FormField, Kind, Modal, Person, Shape, T, TextField, filled, form_foot,
    refusal,
};
use crate::text::t;

/// How long nobody types until the server is asked which fields are shown, in milliseconds.
const CALM: u32 = 250;

/// Category and fields.
#[component(inline_props)]
pub(super) fn FormProps(edits: Edits) -> View {
    let ticket = edits.ticket;
    let department = create_selector(move || ticket.with(|ticket| ticket.department_id.clone()));
    let categories = create_signal(Rc::<Vec<Category>>::default());
    create_effect(move || {
        let department = department.get_clone();
        spawn_local_scoped(async move {
            // Without the catalogue a ticket has no category to choose; the rest works.
            categories.set(Rc::new(api::catalog::categories(department, false).await.unwrap_or_default()));
        });
    });
    let has_any = create_selector(move || categories.with(|all| !all.is_empty()));
    view! {
        (if has_any.get() {
            view! { CategoryProp(edits=edits, categories=*categories) FieldProps(edits=edits) }
        } else {
            View::new()
        })
    }
}

#[component(inline_props)]
fn CategoryProp(edits: Edits, categories: ReadSignal<Rc<Vec<Category>>>) -> View {
    let ticket = edits.ticket;
    let chosen = create_selector(move || ticket.with(|ticket| ticket.category_id.clone()));
    let choices = create_memo(move || categories.with(|all| choices(all)));
    let choose = move |id: String| edits.change("category_id", |ticket| ticket.category_id.clone_from(&id));
    let face = move || {
        let name = categories.with(|all| path(all, &chosen.get_clone()));
        let name = if name.is_empty() { t!("nothing") } else { name };
        view! { span(class="one-line") { (name) } }
    };
    changeable(edits, t!("field-category-id"), "category-picker", choices, chosen, choose, face)
}

/// Categories by their whole name.
fn choices(all: &[Category]) -> Vec<Choice> {
    let choice = |category: &Category| Choice {
        value: category.id.clone(),
        label: path(all, &category.id),
        ..Choice::default()
    };
    all.iter().map(choice).collect()
}

/// The whole name of a category: `Hardware › Laptop`.
fn path(all: &[Category], id: &str) -> String {
    let mut names = Vec::new();
    let mut at = all.iter().find(|category| category.id == id);
    while let Some(category) = at {
        names.push(category.name.as_str());
        // A tree has at most as many levels as categories; a ring, which there should be none of, ends there.
        at = all.iter().find(|above| above.id == category.parent_id).filter(|_| names.len() < all.len());
    }
    names.reverse();
    names.join(" › ")
}

/// The fields with their values, and the way to change them.
#[component(inline_props)]
fn FieldProps(edits: Edits) -> View {
    let ticket = edits.ticket;
    let known =
        create_selector(move || ticket.with(|ticket| (ticket.category_id.clone(), ticket.fields.clone())));
    let form = create_signal(None::<Rc<Asked>>);
    let editing = create_signal(false);
    create_effect(move || {
        let (category, fields) = known.get_clone();
        if category.is_empty() {
            return form.set(None);
        }
        spawn_local_scoped(async move {
            let asked = GetFormRequest { category_id: category, fields, ..GetFormRequest::default() };
            if let Ok(asked) = api::catalog::form(asked).await {
                form.set(Some(Rc::new(asked)));
            }
        });
    });
    let may = edits.may();
    view! {
        (match form.get_clone() {
            Some(asked) if !asked.fields.is_empty() => {
                let lines = known.with(|(_, fields)| lines(&asked, fields));
                let edit = if may.get() {
                    let change = view! { button(class="link-btn", r#type="button", on:click=move |_| editing.set(true)) { T(id="fields-change") } };
                    prop(t!("ticket-form"), change)
                } else {
                    View::new()
                };
                view! { (lines) (edit) }
            }
            _ => View::new(),
        })
        (match form.get_clone().filter(|_| editing.get()) {
            Some(asked) => view! { FieldsDialog(edits=edits, asked=asked, on_close=move |()| editing.set(false)) },
            None => View::new(),
        })
    }
}

/// The shown fields that have a value, and the required ones that have none.
fn lines(asked: &Asked, fields: &BTreeMap<String, FieldValue>) -> View {
    let shown = asked.fields.iter().filter(|field| asked.visible_keys.contains(&field.key));
    let lines = shown.filter_map(|field| {
        let value = fields.get(&field.key).and_then(|value| value.value.clone());
        let is_required = asked.required_keys.contains(&field.key);
        let inside = match value {
            Some(value) => told(field, &value),
            None if is_required => view! { span(class="late-ink") { T(id="form-field-missing") } },
            None => return None,
        };
        Some(prop(field.label.clone(), view! { span(class="plain") { (inside) } }))
    });
    View::from(lines.collect::<Vec<_>>())
}

/// A value as people read it.
pub(super) fn told(field: &Field, value: &Value) -> View {
    match value {
        Value::Text(id) if field.r#type() == FieldType::User => {
            let id = id.clone();
            view! { Person(id=id) }
        }
        Value::Text(address) if field.r#type() == FieldType::Url => {
            let (href, words) = (address.clone(), address.clone());
            view! { a(class="one-line", href=href, rel="external noreferrer", target="_blank") { (words) } }
        }
        other => {
            let words = words(field, other);
            view! { span(class="wrap") { (words) } }
        }
    }
}

fn words(field: &Field, value: &Value) -> String {
    let label = |key: &String| {
        let option = field.options.iter().find(|option| option.key == *key);
        option.map_or_else(|| key.clone(), |option| option.label.clone())
    };
    match value {
        Value::Text(text) if field.r#type() == FieldType::Choice => label(text),
        Value::Text(text) | Value::Date(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Boolean(yes) => t!(if *yes { "yes" } else { "no" }),
        Value::Choices(choices) => choices.keys.iter().map(label).collect::<Vec<_>>().join(", "),
        Value::Money(money) => {
            let hundredths = (money.nanos / 10_000_000).unsigned_abs();
            format!("{}.{hundredths:02} {}", money.units, money.currency_code)
        }
    }
}

/// Which fields are shown and which must be filled, as things are entered.
#[derive(Clone, Copy)]
struct Rules {
    visible: Signal<BTreeSet<String>>,
    required: Signal<BTreeSet<String>>,
}

impl Rules {
    fn of(asked: &Asked) -> Self {
        let set = |keys: &[String]| create_signal(keys.iter().cloned().collect());
        Self { visible: set(&asked.visible_keys), required: set(&asked.required_keys) }
    }

    /// Asks again whenever a blank changed and nobody types for a moment.
    fn follow(self, category_id: String, blanks: Rc<Vec<Blank>>) {
        create_effect(move || {
            let entered: BTreeMap<String, FieldValue> = blanks
                .iter()
                .filter_map(|blank| Some((blank.key().to_owned(), blank.value().ok()??)))
                .collect();
            let category_id = category_id.clone();
            spawn_local_scoped(async move {
                TimeoutFuture::new(CALM).await;
                let asked = GetFormRequest { category_id, fields: entered, ..GetFormRequest::default() };
                if let Ok(asked) = api::catalog::form(asked).await {
                    self.visible.set(asked.visible_keys.into_iter().collect());
                    self.required.set(asked.required_keys.into_iter().collect());
                }
            });
        });
    }
}

#[component(inline_props)]
fn FieldsDialog(edits: Edits, asked: Rc<Asked>, #[prop(setter(into))] on_close: Act) -> View {
    let form = Form::new();
    let before = edits.ticket.get_clone_untracked();
    let blank = |field: &Field| Blank::new(field.clone(), before.fields.get(&field.key).cloned());
    let blanks: Rc<Vec<Blank>> = Rc::new(asked.fields.iter().map(blank).collect());
    let rules = Rules::of(&asked);
    rules.follow(asked.category_id.clone(), Rc::clone(&blanks));
    let people = create_signal(Vec::<Choice>::new());
    spawn_local_scoped(async move {
        let agents = api::runs::agents(String::new()).await.unwrap_or_default();
        people.set(props::choices(&agents).into_iter().filter(|choice| !choice.value.is_empty()).collect());
    });
    let fields =
        View::from(blanks.iter().map(|blank| field(blank, form, rules, *people)).collect::<Vec<_>>());
    let done = on_close.clone();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        form.show(None);
        let shown = blanks.iter().filter(|blank| rules.visible.with(|keys| keys.contains(blank.key())));
        let shown = shown.map(|blank| (blank, rules.required.with(|keys| keys.contains(blank.key()))));
        let Some(values) = filled(form, shown) else { return };
        let ticket = Ticket { fields: values, ..Ticket::clone(&edits.ticket.get_clone_untracked()) };
        let done = done.clone();
        form.send(edits.app, api::tickets::update(ticket, &["fields"]), move |now| {
            edits.app.tickets.put(now);
            edits.app.toasts.say(t!("saved"));
            done.now();
        });
    };
    let away = on_close.clone();
    let foot = form_foot(form, &t!("save"), move |()| away.now());
    view! {
        Modal(title=t!("fields-change"), shape=Shape::Wide, on_close=move |()| on_close.now()) {
            form(novalidate=true, on:submit=submit) {
                div(class="body stack") { (refusal(form)) (fields) }
                (foot)
            }
        }
    }
}

fn field(blank: &Blank, form: Form, rules: Rules, people: ReadSignal<Vec<Choice>>) -> View {
    let (shown_key, key, blank) = (blank.key().to_owned(), blank.key().to_owned(), blank.clone());
    let shown = move || rules.visible.with(|keys| keys.contains(&shown_key));
    let required = move || rules.required.with(|keys| keys.contains(&key));
    let people = Some(people);
    view! { FormField(blank=blank, form=form, required=required, shown=shown, people=people) }
}

/// Words to find a ticket by.
#[component(inline_props)]
pub(super) fn TagsProp(edits: Edits) -> View {
    let ticket = edits.ticket;
    let tags = create_selector(move || ticket.with(|ticket| ticket.tags.clone()));
    let editing = create_signal(false);
    let may = edits.may();
    let shown = move || {
        let tags = tags.get_clone();
        if tags.is_empty() {
            return view! { span(class="faint") { T(id="nothing") } };
        }
        View::from(tags.into_iter().map(|tag| view! { span(class="tag") { (tag) } }).collect::<Vec<_>>())
    };
    view! {
        div(class="prop") {
            dt { T(id="field-tags") }
            dd(class="line wrap") {
                (shown())
                (if may.get() {
                    view! { Button(kind=Kind::Quiet, icon="edit", aria-label=t!("tags-change"), data-size="small", on:click=move |_| editing.set(true)) }
                } else {
                    View::new()
                })
                (if editing.get() { view! { TagsDialog(edits=edits, on_close=move |()| editing.set(false)) } } else { View::new() })
            }
        }
    }
}

#[component(inline_props)]
fn TagsDialog(edits: Edits, #[prop(setter(into))] on_close: Act) -> View {
    let form = Form::new();
    let text = create_signal(edits.ticket.with_untracked(|ticket| ticket.tags.join(", ")));
    let done = on_close.clone();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let tags = crate::desk::bulk::words(&text.get_clone());
        edits.change("tags", |ticket| ticket.tags.clone_from(&tags));
        done.now();
    };
    let away = on_close.clone();
    let foot = form_foot(form, &t!("save"), move |()| away.now());
    view! {
        Modal(title=t!("tags-change"), on_close=move |()| on_close.now()) {
            form(novalidate=true, on:submit=submit) {
                div(class="body stack") {
                    TextField(name="tags", label=t!("field-tags"), value=text, form=form, hint=t!("bulk-tags-hint"), optional=true, autocomplete="off", "autofocus"="")
                }
                (foot)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::field_value::Value;
    use proto::tickets::v1::{Category, Choices, Field, FieldType, Money, Option as Choosable};

    use super::{path, words};

    #[test]
    fn a_category_is_called_by_its_whole_name() {
        let category = |id: &str, parent: &str, name: &str| Category {
            id: id.into(),
            parent_id: parent.into(),
            name: name.into(),
            ..Category::default()
        };
        let all = [category("a", "", "Hardware"), category("b", "a", "Laptop")];
        assert_eq!((path(&all, "b").as_str(), path(&all, "z").as_str()), ("Hardware › Laptop", ""));
        let ring = [category("a", "b", "A"), category("b", "a", "B")];
        assert_eq!(path(&ring, "a"), "B › A");
    }

    #[test]
    fn values_are_told_as_people_read_them() {
        let field = Field {
            r#type: FieldType::Choice.into(),
            options: vec![Choosable { key: "mac".into(), label: "Mac".into(), retired: true }],
            ..Field::default()
        };
        let choices = Value::Choices(Choices { keys: vec!["mac".into(), "pc".into()] });
        assert_eq!(
            (words(&field, &Value::Text("mac".into())), words(&field, &choices)),
            ("Mac".into(), "Mac, pc".into())
        );
        let money = Money { currency_code: "EUR".into(), units: 12, nanos: 500_000_000 };
        assert_eq!(words(&field, &Value::Money(money)), "12.50 EUR");
    }
}

//! What was entered into the form of a ticket's category, field by field, as people read it.

use std::rc::Rc;

use proto::tickets::v1::field_value::Value;
use proto::tickets::v1::{Category, Field, FieldType, FieldValue, GetFormRequest, Ticket};
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use crate::api;
use crate::app::App;
use crate::parts::{Blank, Panel, Person};
use crate::store::catalogue::branches;
use crate::text::t;

/// The category by its whole name, and its fields.
#[derive(Clone, Debug, Default, PartialEq)]
struct Known {
    category: String,
    fields: Vec<Field>,
}

/// The values of the form under the name of the category; nothing for a ticket without one.
#[component(inline_props)]
pub(in crate::pages) fn Answers(app: App, ticket: Signal<Rc<Ticket>>) -> View {
    let known = create_signal(None::<Known>);
    let of = create_selector(move || {
        ticket.with(|ticket| (ticket.department_id.clone(), ticket.category_id.clone()))
    });
    create_effect(move || {
        let (department_id, category_id) = of.get_clone();
        known.set(None);
        if !category_id.is_empty() {
            spawn_local_scoped(async move { known.set(learn(app, department_id, category_id).await) });
        }
    });
    let values = create_selector(move || ticket.with(|ticket| ticket.fields.clone()));
    view! {
        (match known.get_clone() {
            Some(known) if !known.category.is_empty() => {
                let lines: Vec<View> =
                    known.fields.iter().filter_map(|field| line(field, values.get_clone().get(&field.key)?)).collect();
                shelf(known.category, lines)
            }
            _ => View::new(),
        })
    }
}

/// The category with what its form says; one line where it says nothing.
fn shelf(category: String, lines: Vec<View>) -> View {
    if lines.is_empty() {
        return view! {
            p(class="facts") { span { (t!("field-category-id")) } span { (category) } }
        };
    }
    let lines = View::from(lines);
    view! { Panel(title=category) { dl(class="body props answers") { (lines) } } }
}

/// The names for it; whoever may not have them sees the ticket all the same.
async fn learn(app: App, department_id: String, category_id: String) -> Option<Known> {
    let form = GetFormRequest { category_id: category_id.clone(), ..GetFormRequest::default() };
    let (form, categories) =
        futures::join!(api::catalog::form(form), api::catalog::categories(department_id, true));
    match (form, categories) {
        (Ok(form), Ok(categories)) => {
            Some(Known { category: path(&categories, &category_id), fields: form.fields })
        }
        (Err(trouble), _) | (_, Err(trouble)) => {
            app.toasts.fail(&trouble);
            None
        }
    }
}

fn path(categories: &[Category], id: &str) -> String {
    branches(categories)
        .into_iter()
        .find(|branch| branch.category.id == id)
        .map(|branch| branch.path)
        .unwrap_or_default()
}

fn line(field: &Field, value: &FieldValue) -> Option<View> {
    let (label, value) = (field.label.clone(), shown(told(field, value)?));
    Some(view! { div(class="prop") { dt { (label) } dd { (value) } } })
}

fn shown(told: Told) -> View {
    match told {
        Told::Words(words) => view! { span(class="plain") { (words) } },
        Told::Somebody(id) => view! { span(class="plain") { Person(id=id) } },
        Told::Link(address) => {
            let words = address.clone();
            view! { a(class="plain", href=address, rel="external noopener noreferrer", target="_blank") { (words) } }
        }
    }
}

/// A value as it is read.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Words(String),
    Somebody(String),
    Link(String),
}

/// Options by their labels, an amount with its currency, yes and no in words; none for an empty value.
fn told(field: &Field, value: &FieldValue) -> Option<Told> {
    let label = |key: &String| {
        let known = field.options.iter().find(|option| option.key == *key);
        known.map_or_else(|| key.clone(), |option| option.label.clone())
    };
    Some(match (value.value.as_ref()?, field.r#type()) {
        (Value::Text(id), FieldType::User) => Told::Somebody(id.clone()),
        (Value::Text(key), FieldType::Choice) => Told::Words(label(key)),
        (Value::Text(address), FieldType::Url) if is_web(address) => Told::Link(address.clone()),
        (Value::Boolean(yes), _) => Told::Words(if *yes { t!("yes") } else { t!("no") }),
        (Value::Choices(choices), _) => {
            Told::Words(choices.keys.iter().map(label).collect::<Vec<_>>().join(", "))
        }
        _ => {
            Told::Words(untrack(|| Blank::new(field.clone(), Some(value.clone())).typed()).trim().to_owned())
        }
    })
}

/// The server takes no other addresses; a link must not run a script even so.
fn is_web(address: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| address.starts_with(scheme))
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::field_value::Value;
    use proto::tickets::v1::{Choices, Field, FieldType, FieldValue, Money, Option as Choosable};
    use sycamore::prelude::*;

    use super::{Told, told};

    fn read(r#type: FieldType, value: Value) -> Option<Told> {
        let option = |key: &str| Choosable { key: key.to_owned(), label: key.to_uppercase(), retired: false };
        let field =
            Field { r#type: r#type.into(), options: vec![option("a"), option("b")], ..Field::default() };
        let mut read = None;
        let root = create_root(|| read = told(&field, &FieldValue { value: Some(value) }));
        root.dispose();
        read
    }

    #[test]
    fn values_are_told_as_people_read_them() {
        let words = |text: &str| Some(Told::Words(text.to_owned()));
        assert_eq!(read(FieldType::Choice, Value::Text("b".into())), words("B"));
        let both = Choices { keys: vec!["a".into(), "gone".into()] };
        assert_eq!(read(FieldType::MultiChoice, Value::Choices(both)), words("A, gone"));
        assert_eq!(read(FieldType::Bool, Value::Boolean(true)), words("Yes"));
        let money = Money { currency_code: "EUR".into(), units: 12, nanos: 500_000_000 };
        assert_eq!(read(FieldType::Money, Value::Money(money)), words("12.50 EUR"));
        assert_eq!(read(FieldType::User, Value::Text("usr_1".into())), Some(Told::Somebody("usr_1".into())));
    }

    #[test]
    fn only_an_address_of_the_web_becomes_a_link() {
        let link = |text: &str| read(FieldType::Url, Value::Text(text.to_owned()));
        assert_eq!(link("https://example.org"), Some(Told::Link("https://example.org".into())));
        assert!(matches!(link("javascript:alert(1)"), Some(Told::Words(_))));
    }
}

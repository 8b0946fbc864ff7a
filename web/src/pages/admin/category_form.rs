//! Making a category, renaming it, moving it below another one.

use proto::tickets::v1::{Category, Priority};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;

use super::catalogue::Page;
use crate::api;
use crate::parts::{
    Act, AreaField, Choice, ComboField, Form, Modal, SelectField, TextField, form_foot, priority_key, refusal,
};
use crate::store::catalogue::{Branch, branches};
use crate::text::t;

/// What a form changes; its fields have a page of their own.
const CHANGED: [&str; 4] = ["name", "description", "parent_id", "default_priority"];

/// The form in a dialog; a category without an id is made.
#[component(inline_props)]
pub(super) fn CategoryForm(page: Page, category: Category, #[prop(setter(into))] done: Act) -> View {
    let (form, sketch) = (Form::new(), Sketch::of(&category));
    let request_id = api::request_id();
    let (title, deed) = if category.id.is_empty() {
        (t!("category-new"), t!("category-create"))
    } else {
        (t!("category-edit"), t!("save"))
    };
    let fields = fields(page, sketch, form, &category.id);
    let (close, sent) = (done.clone(), done.clone());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let category = sketch.category(&category);
        if category.name.is_empty() {
            return form.refuse("name", t!("category-name-missing"));
        }
        let sent = sent.clone();
        form.send(page.app, save(category, request_id.clone()), move |_| {
            page.app.toasts.say(t!("saved"));
            page.again();
            sent.now();
        });
    };
    view! {
        Modal(title=title, on_close=move |()| close.now()) {
            form(novalidate=true, on:submit=submit) {
                div(class="body form") { (refusal(form)) (fields) }
                (form_foot(form, &deed, done.clone()))
            }
        }
    }
}

/// A category as it is typed.
#[derive(Clone, Copy)]
struct Sketch {
    name: Signal<String>,
    description: Signal<String>,
    parent: Signal<String>,
    priority: Signal<String>,
}

impl Sketch {
    fn of(category: &Category) -> Self {
        Self {
            name: create_signal(category.name.clone()),
            description: create_signal(category.description.clone()),
            parent: create_signal(category.parent_id.clone()),
            priority: create_signal(category.default_priority().as_str_name().to_owned()),
        }
    }

    fn category(self, known: &Category) -> Category {
        Category {
            name: self.name.get_clone().trim().to_owned(),
            description: self.description.get_clone(),
            parent_id: self.parent.get_clone(),
            default_priority: Priority::from_str_name(&self.priority.get_clone()).unwrap_or_default().into(),
            ..known.clone()
        }
    }
}

fn fields(page: Page, sketch: Sketch, form: Form, own_id: &str) -> View {
    let Sketch { name, description, parent, priority } = sketch;
    let parents = *create_signal(parents(&page.known(), own_id));
    view! {
        TextField(name="name", label=t!("name"), value=name, form=form, "autofocus"="", maxlength="100", autocomplete="off")
        AreaField(name="description", label=t!("field-description"), value=description, form=form, hint=t!("category-description-hint"), optional=true, rows="2", maxlength="500")
        ComboField(name="parent_id", label=t!("category-parent"), value=parent, choices=parents, form=form, hint=t!("category-parent-hint"), optional=true)
        SelectField(name="default_priority", label=t!("category-priority"), value=priority, options=priorities(), form=form, hint=t!("category-priority-hint"))
    }
}

async fn save(category: Category, request_id: String) -> api::Answer<Category> {
    if category.id.is_empty() {
        return api::catalog::create_category(category, request_id).await;
    }
    api::catalog::update_category(category, &CHANGED).await
}

/// The categories one can stand below: those in use, but neither itself nor what is below it.
fn parents(all: &[Category], own_id: &str) -> Vec<Choice> {
    let mut below: Vec<String> = vec![own_id.to_owned()];
    let mut choices = Vec::new();
    for Branch { category, path, .. } in branches(all) {
        if !own_id.is_empty() && (below.contains(&category.id) || below.contains(&category.parent_id)) {
            below.push(category.id.clone());
        } else if category.archive_time.is_none() {
            choices.push(Choice { value: category.id.clone(), label: path, ..Choice::default() });
        }
    }
    choices
}

fn priorities() -> Vec<(String, String)> {
    let none = (Priority::Unspecified.as_str_name().to_owned(), t!("category-priority-none"));
    let all = [Priority::Low, Priority::Normal, Priority::High, Priority::Urgent];
    let words = |priority: Priority| t!(&format!("priority-{}", priority_key(priority)));
    std::iter::once(none)
        .chain(all.map(|priority| (priority.as_str_name().to_owned(), words(priority))))
        .collect()
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::Category;

    use super::parents;

    #[test]
    fn a_category_never_stands_below_itself_or_what_is_below_it() {
        let category = |id: &str, parent: &str| Category {
            id: id.into(),
            name: id.into(),
            parent_id: parent.into(),
            ..Category::default()
        };
        let all = [category("a", ""), category("b", "a"), category("c", "b"), category("d", "")];
        let of = |id: &str| parents(&all, id).into_iter().map(|choice| choice.value).collect::<Vec<_>>();
        assert_eq!(of("a"), ["d"]);
        assert_eq!(of("b"), ["a", "d"]);
        assert_eq!(of(""), ["a", "b", "c", "d"]);
    }
}

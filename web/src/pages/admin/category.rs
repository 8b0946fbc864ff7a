//! Building the form of a category: its fields in their order, and beside them what it looks like, alive.

use std::rc::Rc;

use proto::tickets::v1::{Category, Field};
use sycamore::prelude::*;
use sycamore_futures::{spawn_local, spawn_local_scoped};

use super::field_form::FieldForm;
use super::field_words::type_pill;
use super::parts::way_back;
use crate::api;
use crate::app::App;
use crate::pages::filling::{Filling, FormFields};
use crate::pages::title;
use crate::parts::{Button, Choice, Empty, Form, Icon, Kind, Notice, Panel, Picker, T, Words, loaded};
use crate::routes::Place;
use crate::store::Load;
use crate::store::catalogue::branches;
use crate::text::t;

/// Everything the page needs to know.
#[derive(Clone, PartialEq)]
struct Known {
    categories: Vec<Category>,
    fields: Vec<Field>,
}

/// The page and what its parts share.
#[derive(Clone, Copy)]
struct Page {
    app: App,
    id: Signal<String>,
    known: Signal<Load<Rc<Known>>>,
    filling: Filling,
    editing: Signal<Option<Field>>,
    busy: Signal<bool>,
}

/// The page of a category's form.
#[component(inline_props)]
pub(super) fn CategoryPage(id: String) -> View {
    let app = use_context::<App>();
    let page = Page {
        app,
        id: create_signal(id.clone()),
        known: create_signal(Load::Waiting),
        filling: Filling::new(),
        editing: create_signal(None),
        busy: create_signal(false),
    };
    page.filling.category.set(id);
    page.filling.follow();
    spawn_local_scoped(async move { page.load().await });
    let back = way_back(&Place::Catalogue, "catalogue");
    let again = move |()| spawn_local_scoped(async move { page.load().await });
    let shown = loaded(page.known, again, move |known| inside(page, &known));
    view! {
        div(class="page wide") { (back) (shown) }
        (match page.editing.get_clone() {
            Some(field) => view! { FieldForm(app=app, field=field, done=move |saved| page.edited(saved)) },
            None => View::new(),
        })
    }
}

impl Page {
    async fn load(self) {
        let (categories, fields) =
            futures::join!(api::catalog::categories(String::new(), true), api::catalog::fields(false));
        let known = categories.and_then(|categories| Ok(Rc::new(Known { categories, fields: fields? })));
        if self.known.is_alive() {
            self.known.set(known.into());
        }
    }

    /// The keys of the form's own fields become these.
    fn set_keys(self, category: &Category, field_keys: Vec<String>) {
        if self.busy.replace(true) {
            return;
        }
        let category = Category { field_keys, ..category.clone() };
        spawn_local(async move {
            if let Err(trouble) = api::catalog::update_category(category, &["field_keys"]).await {
                self.app.toasts.fail(&trouble);
            }
            self.changed().await;
        });
    }

    /// Reads everything anew; the preview, too.
    async fn changed(self) {
        if self.known.is_alive() {
            self.load().await;
        }
        if self.known.is_alive() {
            self.busy.set(false);
            self.filling.look();
        }
    }

    /// The form of a field was closed; a new field is put at the end.
    fn edited(self, saved: Option<Field>) {
        let is_new =
            self.editing.with_untracked(|field| field.as_ref().is_some_and(|field| field.id.is_empty()));
        self.editing.set(None);
        let Some(field) = saved else { return };
        let category = self.category().filter(|_| is_new);
        match category {
            Some(category) => {
                let keys = category.field_keys.iter().cloned().chain([field.key]).collect();
                self.set_keys(&category, keys);
            }
            None => spawn_local(async move { self.changed().await }),
        }
    }

    fn category(self) -> Option<Category> {
        let id = self.id.get_clone_untracked();
        self.known.with_untracked(|known| match known {
            Load::Ready(known) => known.categories.iter().find(|category| category.id == id).cloned(),
            _ => None,
        })
    }
}

fn inside(page: Page, known: &Rc<Known>) -> View {
    let id = page.id.get_clone_untracked();
    let tree = branches(&known.categories);
    let Some(branch) = tree.iter().find(|branch| branch.category.id == id) else {
        return view! { div(class="panel") { Empty(icon="search", title=t!("failed-not-found")) } };
    };
    title(&branch.path);
    let (path, description) = (branch.path.clone(), branch.category.description.clone());
    let department = branch.category.department_id.clone();
    let gone = if branch.category.archive_time.is_some() {
        view! { Notice(text=t!("category-archived-form")) }
    } else {
        View::new()
    };
    let fields = own_fields(page, known, &branch.category);
    view! {
        header(class="page-head") {
            div(class="stack tight") {
                h1 { (path) }
                div(class="facts") { span { (page.app.departments.name(&department)) } span { (description) } }
            }
        }
        (gone)
        div(class="builder") {
            (fields)
            Preview(page=page)
        }
    }
}

/// The fields from above, which are changed there, and its own.
fn own_fields(page: Page, known: &Rc<Known>, category: &Rc<Category>) -> View {
    let inherited = inherited(&known.categories, category);
    let above = inherited.iter().filter_map(|key| find(&known.fields, key));
    let above = View::from(above.map(|field| above_line(page, field)).collect::<Vec<_>>());
    let keys = &category.field_keys;
    let own = keys.iter().enumerate().filter_map(|(at, key)| Some((at, find(&known.fields, key)?)));
    let own: Vec<View> = own.map(|(at, field)| own_line(page, category, field, at)).collect();
    let none = if own.is_empty() && inherited.is_empty() {
        view! { Empty(icon="list", title=t!("form-empty"), text=t!("form-empty-text")) }
    } else {
        View::new()
    };
    let (own, adding) = (View::from(own), adding(page, known, category, &inherited));
    view! {
        Panel(title=t!("form-fields")) {
            ul(class="rows") { (above) (own) }
            (none)
            (adding)
        }
    }
}

fn find<'a>(fields: &'a [Field], key: &str) -> Option<&'a Field> {
    fields.iter().find(|field| field.key == key)
}

/// The keys of the fields of the categories above, from the top.
fn inherited(all: &[Category], category: &Category) -> Vec<String> {
    let mut above = Vec::new();
    let mut next = category.parent_id.as_str();
    while let Some(parent) = all.iter().find(|category| category.id == next)
        && above.len() < 4
    {
        above.push(parent);
        next = &parent.parent_id;
    }
    above.into_iter().rev().flat_map(|category| category.field_keys.iter().cloned()).collect()
}

fn above_line(page: Page, field: &Field) -> View {
    let (face, edit) = (face(field), edit_button(page, field));
    view! { li { (face) span(class="small faint") { T(id="form-from-above") } (edit) } }
}

fn own_line(page: Page, category: &Rc<Category>, field: &Field, at: usize) -> View {
    let (face, edit) = (face(field), edit_button(page, field));
    let (upper, lower, gone) = (Rc::clone(category), Rc::clone(category), Rc::clone(category));
    let (first, last) = (at == 0, at + 1 == category.field_keys.len());
    let name = field.label.clone();
    let (up, down, take) = (
        t!("move-up-of", name = name.clone()),
        t!("move-down-of", name = name.clone()),
        t!("form-take-out", name = name),
    );
    view! {
        li {
            (face)
            span(class="line tight") {
                Button(kind=Kind::Quiet, icon="chevron-up", aria-label=up, disabled=first, on:click=move |_| page.set_keys(&upper, swapped(&upper.field_keys, at - 1)))
                Button(kind=Kind::Quiet, icon="chevron-down", aria-label=down, disabled=last, on:click=move |_| page.set_keys(&lower, swapped(&lower.field_keys, at)))
                (edit)
                Button(kind=Kind::Quiet, icon="x", aria-label=take, on:click=move |_| page.set_keys(&gone, without(&gone.field_keys, at)))
            }
        }
    }
}

/// The keys with one and the one after it in each other's place.
fn swapped(keys: &[String], at: usize) -> Vec<String> {
    let mut keys = keys.to_vec();
    if at + 1 < keys.len() {
        keys.swap(at, at + 1);
    }
    keys
}

fn without(keys: &[String], at: usize) -> Vec<String> {
    keys.iter().enumerate().filter(|(place, _)| *place != at).map(|(_, key)| key.clone()).collect()
}

/// What a field is called and holds, and whether rules or roles keep it from some.
fn face(field: &Field) -> View {
    let (label, key) = (field.label.clone(), field.key.clone());
    let marks = [
        (!field.required_when.is_empty(), "check", "form-required"),
        (!field.visible_when.is_empty(), "eye", "form-visible"),
        (field.staff_only, "lock", "form-staff-only"),
    ];
    let marks = marks.into_iter().filter(|(is, ..)| *is).map(|(_, icon, words)| {
        let words = t!(words);
        view! { span(class="tiny faint line tight") { Icon(name=icon) (words) } }
    });
    let (marks, kind) = (View::from(marks.collect::<Vec<_>>()), type_pill(field.r#type()));
    view! {
        span(class="grow stack tight") {
            span(class="line wrap") { b { (label) } code(class="tiny faint") { (key) } }
            span(class="line wrap") { (kind) (marks) }
        }
    }
}

fn edit_button(page: Page, field: &Field) -> View {
    let (name, field) = (t!("field-edit-of", name = field.label.clone()), field.clone());
    view! { Button(kind=Kind::Quiet, icon="edit", aria-label=name, on:click=move |_| page.editing.set(Some(field.clone()))) }
}

/// A field that is there already, or a new one.
fn adding(page: Page, known: &Rc<Known>, category: &Rc<Category>, inherited: &[String]) -> View {
    let free = known
        .fields
        .iter()
        .filter(|field| !category.field_keys.contains(&field.key) && !inherited.contains(&field.key));
    let choices = free.map(|field| Choice {
        value: field.key.clone(),
        label: field.label.clone(),
        detail: field.key.clone(),
        ..Choice::default()
    });
    let choices = *create_signal(choices.collect::<Vec<_>>());
    let category = Rc::clone(category);
    let add = move |key: String| {
        page.set_keys(&category, category.field_keys.iter().cloned().chain([key]).collect());
    };
    view! {
        div(class="body line wrap") {
            Picker(label=t!("form-add"), choices=choices, chosen=Words::from(""), on_choose=add, button="btn") { Icon(name="plus") T(id="form-add") }
            Button(icon="edit", label=t!("field-new"), on:click=move |_| page.editing.set(Some(Field::default())))
        }
    }
}

/// The form as a requester would see it, with its rules at work.
#[component(inline_props)]
fn Preview(page: Page) -> View {
    let form = Form::new();
    let check = move |_| {
        form.show(None);
        let (_, wrong) = page.filling.values();
        if wrong.is_empty() {
            page.app.toasts.say(t!("preview-fine"));
        } else {
            form.refuse_all(wrong);
        }
    };
    view! {
        Panel(title=t!("preview"), text=t!("preview-text")) {
            div(class="body stack") {
                FormFields(app=page.app, filling=page.filling, form=form)
                div { Button(icon="check", label=t!("preview-check"), on:click=check) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::Category;

    use super::{inherited, swapped, without};

    #[test]
    fn fields_of_the_categories_above_come_first_from_the_top() {
        let category = |id: &str, parent: &str, keys: &[&str]| Category {
            id: id.into(),
            parent_id: parent.into(),
            field_keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            ..Category::default()
        };
        let all =
            [category("a", "", &["device"]), category("b", "a", &["room"]), category("c", "b", &["when"])];
        assert_eq!(inherited(&all, &all[2]), ["device", "room"]);
        assert!(inherited(&all, &all[0]).is_empty());
    }

    #[test]
    fn fields_change_places_and_go() {
        let keys = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(swapped(&keys, 0), ["b", "a", "c"]);
        assert_eq!(swapped(&keys, 2), keys);
        assert_eq!(without(&keys, 1), ["a", "c"]);
    }
}

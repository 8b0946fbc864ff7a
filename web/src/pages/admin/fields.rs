//! All fields that forms can show, and how many forms do.

use std::rc::Rc;

use proto::identity::v1::Permission;
use proto::tickets::v1::{Category, Field};
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use super::field_form::FieldForm;
use super::field_words::type_pill;
use super::parts::{deed, head};
use crate::api;
use crate::app::App;
use crate::parts::{
    Column, Draw, Empty, Icon, Kind, Maybe, MenuItem, Popover, Question, SearchBox, loaded, table,
};
use crate::store::Load;
use crate::text::t;

/// Fields, and the categories whose forms show them.
type Known = Rc<(Vec<Field>, Vec<Category>)>;

/// The page and what its parts share.
#[derive(Clone, Copy)]
struct Page {
    app: App,
    /// Fields belong to no department: they are changed by whoever manages the catalogue everywhere.
    may: bool,
    words: Signal<String>,
    known: Signal<Load<Known>>,
    editing: Signal<Maybe<Field>>,
}

const COLUMNS: [Column; 5] = [
    ("field-label", ""),
    ("field-key", "optional"),
    ("field-type", ""),
    ("field-forms", "number optional"),
    ("", "number"),
];

/// The list, and the form over it.
#[component]
pub(super) fn Fields() -> View {
    let app = use_context::<App>();
    let page = Page {
        app,
        may: app.session.me_now().grants.holds(Permission::CatalogManage, ""),
        words: create_signal(String::new()),
        known: create_signal(Load::Waiting),
        editing: create_signal(None),
    };
    page.load();
    let head = head(
        "fields",
        "fields-text",
        deed(page.may, "plus", "field-new", move || page.editing.set(Some(Field::default()))),
    );
    let list = loaded(page.known, move |()| page.load(), move |known| list(page, &known));
    view! {
        div(class="page wide") {
            (head)
            SearchBox(label=t!("fields-search"), value=page.words)
            (list)
        }
        (match page.editing.get_clone() {
            Some(field) => view! { FieldForm(app=app, field=field, done=move |saved: Maybe<Field>| page.edited(saved.is_some())) },
            None => View::new(),
        })
    }
}

impl Page {
    fn load(self) {
        spawn_local(async move {
            let (fields, categories) =
                futures::join!(api::catalog::fields(false), api::catalog::categories(String::new(), false));
            let known = fields.and_then(|fields| Ok(Rc::new((fields, categories?))));
            if self.known.is_alive() {
                self.known.set(known.into());
            }
        });
    }

    fn edited(self, saved: bool) {
        self.editing.set(None);
        if saved {
            self.load();
        }
    }

    fn archive(self, field: Field) {
        let question = Question {
            title: format!("{}: {}", t!("field-archive"), field.label),
            text: t!("field-archive-text"),
            deed: t!("field-archive"),
            kind: Kind::Danger,
            ..Question::default()
        };
        self.app.questions.ask(question, move |_| {
            let field = field.clone();
            async move {
                api::catalog::archive_field(&field).await?;
                self.app.toasts.say(t!("field-archived"));
                if self.known.is_alive() {
                    self.load();
                }
                Ok(())
            }
        });
    }
}

fn list(page: Page, known: &Known) -> View {
    if known.0.is_empty() {
        return view! { div(class="panel") { Empty(icon="list", title=t!("fields-none"), text=t!("fields-none-text")) } };
    }
    let known = Rc::clone(known);
    let rows = move || {
        let words = page.words.get_clone().to_lowercase();
        let fits =
            |field: &&Field| format!("{} {}", field.label, field.key).to_lowercase().contains(words.trim());
        let rows = known.0.iter().filter(fits).map(|field| row(page, field, forms(&known.1, &field.key)));
        table("fields", &t!("fields"), &COLUMNS, rows.collect())
    };
    view! { (rows()) }
}

/// In how many forms a field stands of itself; those below inherit it.
fn forms(categories: &[Category], key: &str) -> usize {
    categories.iter().filter(|category| category.field_keys.iter().any(|known| known == key)).count()
}

fn row(page: Page, field: &Field, forms: usize) -> View {
    let (label, key, forms) = (field.label.clone(), field.key.clone(), forms.to_string());
    let (kind, menu) = (type_pill(field.r#type()), menu(page, field));
    let staff = if field.staff_only {
        view! { span(class="tiny faint line tight") { Icon(name="lock") (t!("form-staff-only")) } }
    } else {
        View::new()
    };
    view! {
        tr {
            td { span(class="line wrap") { b { (label) } (staff) } }
            td(class="optional") { code { (key) } }
            td { (kind) }
            td(class="number optional") { (forms) }
            td(class="number") { (menu) }
        }
    }
}

fn menu(page: Page, field: &Field) -> View {
    if !page.may {
        return View::new();
    }
    let (name, field) = (t!("more-of", name = field.label.clone()), field.clone());
    let inside = Draw::from(move || {
        let (edited, archived) = (field.clone(), field.clone());
        view! {
            MenuItem(icon="edit", label=t!("field-edit"), on:click=move |_| page.editing.set(Some(edited.clone())))
            MenuItem(icon="closed", label=t!("field-archive"), kind="danger", on:click=move |_| page.archive(archived.clone()))
        }
    });
    view! { Popover(inside=inside, button="btn icon-btn", name=name) { Icon(name="dots") } }
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::Category;

    use super::forms;

    #[test]
    fn a_field_is_counted_where_it_stands_of_itself() {
        let category = |keys: &[&str]| Category {
            field_keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            ..Category::default()
        };
        let all = [category(&["device", "room"]), category(&["room"]), category(&[])];
        assert_eq!((forms(&all, "room"), forms(&all, "when")), (2, 0));
    }
}

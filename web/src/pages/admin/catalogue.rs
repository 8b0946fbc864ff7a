//! The catalogue of a department as the tree it is: made, renamed, moved, archived, and taken over from what is shipped.

use std::rc::Rc;

use proto::identity::v1::Permission;
use proto::tickets::v1::{Category, Priority};
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use super::category_form::CategoryForm;
use super::parts::{deed, head};
use super::templates::Templates;
use crate::api;
use crate::app::App;
use crate::parts::{
    Button, CheckField, Column, Draw, Empty, Icon, Kind, MenuItem, Pill, Popover, PriorityMark, Question,
    SelectBox, loaded, table,
};
use crate::routes::Place;
use crate::store::Load;
use crate::store::catalogue::{Branch, branches};
use crate::text::t;

/// What is over the page.
#[derive(Clone, PartialEq)]
enum Over {
    Nothing,
    /// The form of a category; without an id it makes one.
    Form(Category),
    Templates,
}

/// The page and what its parts share.
#[derive(Clone, Copy)]
pub(super) struct Page {
    pub(super) app: App,
    /// The department whose catalogue is shown; empty until one is known.
    pub(super) department: Signal<String>,
    archived: Signal<bool>,
    all: Signal<Load<Rc<Vec<Category>>>>,
    over: Signal<Over>,
}

const COLUMNS: [Column; 4] = [
    ("category", ""),
    ("category-fields", "number optional"),
    ("category-priority", "optional"),
    ("", "number"),
];

/// The tree, and what is over it.
#[component]
pub(super) fn Catalogue() -> View {
    let app = use_context::<App>();
    let page = Page {
        app,
        department: create_signal(String::new()),
        archived: create_signal(false),
        all: create_signal(Load::Waiting),
        over: create_signal(Over::Nothing),
    };
    let places = create_memo(move || places(app));
    create_effect(move || {
        let (archived, chosen) = (page.archived.get(), page.department.get_clone());
        let first = places.with(|places| places.first().map(|(id, _)| id.clone()));
        let department_id = if chosen.is_empty() { first.unwrap_or_default() } else { chosen };
        // Silent: it is what this effect reads, and the first is what the field shows as long as nothing was chosen.
        page.department.set_silent(department_id.clone());
        page.load(department_id, archived);
    });
    let new = move || page.over.set(Over::Form(page.blank("")));
    let head = head("catalogue", "catalogue-text", deed(true, "plus", "category-new", new));
    let tree = loaded(page.all, move |()| page.again(), move |all| tree(page, &all));
    view! {
        div(class="page wide") {
            (head)
            div(class="filters roomy") {
                SelectBox(label=t!("field-department-id"), value=page.department, options=places)
                CheckField(label=t!("catalogue-archived"), value=page.archived)
                span(class="end") {}
                Button(icon="download", label=t!("templates-adopt"), on:click=move |_| page.over.set(Over::Templates))
            }
            (tree)
        }
        (match page.over.get_clone() {
            Over::Nothing => View::new(),
            Over::Form(category) => view! { CategoryForm(page=page, category=category, done=move |()| page.over.set(Over::Nothing)) },
            Over::Templates => view! { Templates(page=page, done=move |()| page.over.set(Over::Nothing)) },
        })
    }
}

/// The departments whose catalogue one may change, by their whole names.
fn places(app: App) -> Vec<(String, String)> {
    let grants = &app.session.me().grants;
    let paths = app.departments.paths().into_iter();
    paths.filter(|(id, _)| grants.holds(Permission::CatalogManage, id)).collect()
}

impl Page {
    fn load(self, department_id: String, archived: bool) {
        if department_id.is_empty() {
            return;
        }
        spawn_local(async move {
            let all =
                Load::from(api::catalog::categories(department_id.clone(), archived).await).map(Rc::new);
            if self.all.is_alive() && self.department.with_untracked(|now| *now == department_id) {
                self.all.set(all);
            }
        });
    }

    /// Reads it anew, as long as somebody looks.
    pub(super) fn again(self) {
        if self.all.is_alive() {
            self.load(self.department.get_clone_untracked(), self.archived.get_untracked());
        }
    }

    /// The categories as they were read last.
    pub(super) fn known(self) -> Rc<Vec<Category>> {
        self.all.with(|all| match all {
            Load::Ready(all) => Rc::clone(all),
            _ => Rc::default(),
        })
    }

    /// A category to be made below another one, at the end.
    fn blank(self, parent_id: &str) -> Category {
        let last = |category: &&Category| category.parent_id == parent_id;
        let position = self.known().iter().filter(last).map(|category| category.position + 1).max();
        Category {
            department_id: self.department.get_clone_untracked(),
            parent_id: parent_id.to_owned(),
            position: position.unwrap_or_default(),
            ..Category::default()
        }
    }

    fn archive(self, category: Category) {
        let question = Question {
            title: format!("{}: {}", t!("category-archive"), category.name),
            text: t!("category-archive-text"),
            deed: t!("category-archive"),
            kind: Kind::Danger,
            ..Question::default()
        };
        self.app.questions.ask(question, move |_| {
            let category = category.clone();
            async move {
                api::catalog::archive_category(&category).await?;
                self.app.toasts.say(t!("category-archived"));
                self.again();
                Ok(())
            }
        });
    }

    /// Moves a category among its siblings.
    fn shift(self, id: &str, by: isize) {
        let changed = shifted(&self.known(), id, by);
        spawn_local(async move {
            for category in changed {
                if let Err(trouble) = api::catalog::update_category(category, &["position"]).await {
                    self.app.toasts.fail(&trouble);
                    break;
                }
            }
            self.again();
        });
    }
}

/// The siblings whose position changes when one of them goes up (−1) or down (1).
fn shifted(all: &[Category], id: &str, by: isize) -> Vec<Category> {
    let Some(moved) = all.iter().find(|category| category.id == id) else { return Vec::new() };
    let tree = branches(all);
    let siblings = tree.iter().filter(|branch| branch.category.parent_id == moved.parent_id);
    let mut siblings: Vec<Category> = siblings.map(|branch| Category::clone(&branch.category)).collect();
    let at = siblings.iter().position(|category| category.id == id).unwrap_or_default();
    let Some(to) = at.checked_add_signed(by).filter(|to| *to < siblings.len()) else { return Vec::new() };
    siblings.swap(at, to);
    let placed = (0..)
        .zip(siblings)
        .map(|(position, category)| (category.position == position, Category { position, ..category }));
    placed.filter(|(same, _)| !same).map(|(_, category)| category).collect()
}

fn tree(page: Page, all: &Rc<Vec<Category>>) -> View {
    if all.is_empty() {
        return view! {
            div(class="panel") {
                Empty(icon="list", title=t!("catalogue-none"), text=t!("catalogue-none-text")) {
                    Button(kind=Kind::Primary, icon="download", label=t!("templates-adopt"), on:click=move |_| page.over.set(Over::Templates))
                }
            }
        };
    }
    let rows = branches(all).into_iter().map(|branch| row(page, branch));
    table("tree", &t!("catalogue"), &COLUMNS, rows.collect())
}

fn row(page: Page, Branch { category, level, .. }: Branch) -> View {
    let Category { id, name, description, archive_time, .. } = Category::clone(&category);
    let (fields, priority) = (category.field_keys.len().to_string(), category.default_priority());
    let (menu, href) = (menu(page, &category), Place::Category { id }.path());
    let gone = if archive_time.is_some() {
        view! { Pill(tone="closed", icon="closed", label=t!("category-is-archived")) }
    } else {
        View::new()
    };
    let priority = if priority == Priority::Unspecified {
        View::new()
    } else {
        view! { PriorityMark(priority=priority) }
    };
    let level = level.to_string();
    let said = t!("level", level = level.clone());
    view! {
        tr(data-level=level) {
            td {
                span(class="line node") {
                    span(class="stack tight") { a(href=href) { (name) } span(class="tiny faint") { (description) } }
                    span(class="vh") { (said) }
                    (gone)
                }
            }
            td(class="number optional") { (fields) }
            td(class="optional") { (priority) }
            td(class="number") { (menu) }
        }
    }
}

fn menu(page: Page, category: &Category) -> View {
    if category.archive_time.is_some() {
        return View::new();
    }
    let name = t!("more-of", name = category.name.clone());
    let category = category.clone();
    let inside = Draw::from(move || {
        let [edited, parent, upper, lower, archived] = [0; 5].map(|_| category.clone());
        view! {
            MenuItem(icon="edit", label=t!("category-edit"), on:click=move |_| page.over.set(Over::Form(edited.clone())))
            MenuItem(icon="plus", label=t!("category-below"), on:click=move |_| page.over.set(Over::Form(page.blank(&parent.id))))
            MenuItem(icon="chevron-up", label=t!("move-up"), on:click=move |_| page.shift(&upper.id, -1))
            MenuItem(icon="chevron-down", label=t!("move-down"), on:click=move |_| page.shift(&lower.id, 1))
            MenuItem(icon="closed", label=t!("category-archive"), kind="danger", on:click=move |_| page.archive(archived.clone()))
        }
    });
    view! { Popover(inside=inside, button="btn icon-btn", name=name) { Icon(name="dots") } }
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::Category;

    use super::shifted;

    fn category(id: &str, parent: &str, position: i32) -> Category {
        Category { id: id.into(), name: id.into(), parent_id: parent.into(), position, ..Category::default() }
    }

    #[test]
    fn a_category_goes_up_and_down_among_its_siblings_alone() {
        let all = [category("a", "", 0), category("b", "", 1), category("c", "", 2), category("d", "a", 0)];
        let changed = |id: &str, by| {
            shifted(&all, id, by)
                .into_iter()
                .map(|category| (category.id, category.position))
                .collect::<Vec<_>>()
        };
        assert_eq!(changed("b", -1), [("b".to_owned(), 0), ("a".to_owned(), 1)]);
        assert_eq!(changed("b", 1), [("c".to_owned(), 1), ("b".to_owned(), 2)]);
        assert!(changed("a", -1).is_empty() && changed("c", 1).is_empty() && changed("d", 1).is_empty());
    }

    #[test]
    fn siblings_at_the_same_position_are_told_apart_first() {
        let all = [category("a", "", 0), category("b", "", 0)];
        let changed: Vec<_> = shifted(&all, "b", -1).into_iter().map(|category| category.id).collect();
        assert_eq!(changed, ["a"], "b is first already with 0, a comes after it with 1");
    }
}

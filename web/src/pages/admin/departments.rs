//! Departments as the tree they are: made, renamed, moved below another, archived; how many people each has.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use futures::future::join_all;
use proto::identity::v1::{Department, ListUsersRequest, Permission};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::spawn_local;

use super::parts::{deed, department_options, head};
use crate::api;
use crate::app::App;
use crate::parts::{
    Act, CheckField, Column, Draw, Empty, Form, Icon, Kind, MenuItem, Modal, Pill, Popover, Question,
    SelectField, TextField, form_foot, loaded, refusal, table,
};
use crate::routes::Place;
use crate::store::Load;
use crate::text::t;

/// Departments whose people are counted: more would be as many questions to the server.
const COUNTED: usize = 60;

/// The page and what its parts share.
#[derive(Clone, Copy)]
struct Page {
    app: App,
    may: bool,
    archived: Signal<bool>,
    all: Signal<Load<Rc<Vec<Department>>>>,
    folded: Signal<BTreeSet<String>>,
    /// How many people each has, once counted.
    people: Signal<BTreeMap<String, i64>>,
    editing: Signal<Option<Department>>,
}

/// The tree, and the form over it.
#[component]
pub(super) fn Departments() -> View {
    let app = use_context::<App>();
    let page = Page {
        app,
        may: app.session.me_now().grants.anywhere(Permission::SecurityManage),
        archived: create_signal(false),
        all: create_signal(Load::Waiting),
        folded: create_signal(BTreeSet::new()),
        people: create_signal(BTreeMap::new()),
        editing: create_signal(None),
    };
    create_effect(move || page.load(page.archived.get()));
    let new = deed(page.may, "plus", "department-new", move || page.editing.set(Some(Department::default())));
    let head = head("departments", "departments-text", new);
    let tree =
        loaded(page.all, move |()| page.load(page.archived.get_untracked()), move |all| tree(page, &all));
    view! {
        div(class="page") {
            (head)
            CheckField(label=t!("departments-archived"), value=page.archived)
            (tree)
        }
        (match page.editing.get_clone() {
            Some(department) => view! { DepartmentForm(page=page, department=department, done=move |()| page.editing.set(None)) },
            None => View::new(),
        })
    }
}

impl Page {
    fn load(self, archived: bool) {
        spawn_local(async move {
            let all = Load::from(api::directory::departments(archived).await).map(Rc::new);
            if !self.all.is_alive() {
                return;
            }
            if let Load::Ready(all) = &all {
                self.count(all);
            }
            self.all.set(all);
        });
    }

    /// Counts the people of the first departments.
    fn count(self, all: &[Department]) {
        let ids: Vec<String> = all.iter().take(COUNTED).map(|department| department.id.clone()).collect();
        spawn_local(async move {
            let counts = join_all(ids.iter().map(|id| count(id.clone()))).await;
            if self.people.is_alive() {
                self.people.set(ids.into_iter().zip(counts.into_iter().flatten()).collect());
            }
        });
    }

    /// What changed is read anew, here and wherever departments are chosen.
    async fn changed(self) {
        self.app.departments.load().await;
        if self.all.is_alive() {
            self.load(self.archived.get_untracked());
        }
    }

    fn archive(self, department: Department) {
        let question = Question {
            title: format!("{}: {}", t!("department-archive"), department.display_name),
            text: t!("department-archive-text"),
            deed: t!("department-archive"),
            kind: Kind::Danger,
            ..Question::default()
        };
        self.app.questions.ask(question, move |_| {
            let department = department.clone();
            async move {
                api::directory::archive_department(&department).await?;
                self.app.toasts.say(t!("department-archived"));
                self.changed().await;
                Ok(())
            }
        });
    }
}

async fn count(department_id: String) -> Option<i64> {
    let asked = ListUsersRequest { department_id, page_size: 1, ..ListUsersRequest::default() };
    api::directory::people(asked).await.ok().map(|answer| answer.total)
}

const COLUMNS: [Column; 4] =
    [("name", ""), ("field-description", "optional"), ("people", "number"), ("", "number")];

fn tree(page: Page, all: &Rc<Vec<Department>>) -> View {
    if all.is_empty() {
        return view! { div(class="panel") { Empty(icon="building", title=t!("departments-none"), text=t!("departments-none-text")) } };
    }
    let all = Rc::clone(all);
    let rows = move || {
        let nodes = page.folded.with(|folded| nodes(&all, folded));
        table("tree", &t!("departments"), &COLUMNS, nodes.into_iter().map(|node| row(page, node)).collect())
    };
    view! { (rows()) }
}

/// A department in its place.
#[derive(Clone, Debug, PartialEq)]
struct Node {
    department: Department,
    level: usize,
    /// Whether what is below it is seen; none without anything below.
    open: Option<bool>,
}

/// The tree from top to bottom, siblings by name, without what is folded away. At most sixteen levels, as the contract says.
fn nodes(all: &[Department], folded: &BTreeSet<String>) -> Vec<Node> {
    fn add(all: &[Department], folded: &BTreeSet<String>, parent: &str, level: usize, nodes: &mut Vec<Node>) {
        let is_root = |department: &Department| {
            parent.is_empty() && !all.iter().any(|other| other.id == department.parent_id)
        };
        let mut below: Vec<_> = all
            .iter()
            .filter(|department| {
                (!parent.is_empty() && department.parent_id == parent) || is_root(department)
            })
            .collect();
        below.sort_by_key(|department| department.display_name.to_lowercase());
        for department in below {
            let leads = all.iter().any(|other| other.parent_id == department.id);
            let open = leads.then(|| !folded.contains(&department.id));
            nodes.push(Node { department: department.clone(), level, open });
            if open == Some(true) && level < 16 {
                add(all, folded, &department.id, level + 1, nodes);
            }
        }
    }
    let mut nodes = Vec::new();
    add(all, folded, "", 1, &mut nodes);
    nodes
}

fn row(page: Page, Node { department, level, open }: Node) -> View {
    let Department { id, display_name, description, archive_time, .. } = department.clone();
    let (counted, place) = (id.clone(), Place::PeopleIn { department: id.clone() }.path());
    let people =
        move || page.people.with(|people| people.get(&counted).map(ToString::to_string)).unwrap_or_default();
    let people_name = t!("people-in", name = display_name.clone());
    let (fold, menu) = (fold(page, id, &display_name, open), menu(page, &department));
    let gone = if archive_time.is_some() {
        view! { Pill(tone="closed", icon="closed", label=t!("department-archived")) }
    } else {
        View::new()
    };
    let level = level.to_string();
    let said = t!("level", level = level.clone());
    view! {
        tr(data-level=level) {
            td { span(class="line node") { (fold) Icon(name="building") b { (display_name) } span(class="vh") { (said) } (gone) } }
            td(class="muted optional") { (description) }
            td(class="number") { a(href=place) { (people()) " " span(class="vh") { (people_name) } } }
            td(class="number") { (menu) }
        }
    }
}

fn fold(page: Page, id: String, name: &str, open: Option<bool>) -> View {
    let Some(open) = open else {
        return view! { span(class="leaf") {} };
    };
    let icon = if open { "chevron-down" } else { "chevron-right" };
    let name = t!("fold-of", name = name.to_owned());
    let press = move |_| {
        page.folded.update(|folded| {
            if !folded.remove(&id) {
                folded.insert(id.clone());
            }
        });
    };
    view! { button(class="fold", r#type="button", aria-label=name, aria-expanded=open.to_string(), on:click=press) { Icon(name=icon) } }
}

fn menu(page: Page, department: &Department) -> View {
    if !page.may || department.archive_time.is_some() {
        return View::new();
    }
    let name = t!("more-of", name = department.display_name.clone());
    let department = department.clone();
    let inside = Draw::from(move || {
        let (edited, parent, archived) = (department.clone(), department.id.clone(), department.clone());
        let below = move |_| {
            page.editing.set(Some(Department { parent_id: parent.clone(), ..Department::default() }));
        };
        view! {
            MenuItem(icon="edit", label=t!("department-edit"), on:click=move |_| page.editing.set(Some(edited.clone())))
            MenuItem(icon="plus", label=t!("department-below"), on:click=below)
            MenuItem(icon="closed", label=t!("department-archive"), kind="danger", on:click=move |_| page.archive(archived.clone()))
        }
    });
    view! { Popover(inside=inside, button="btn icon-btn", name=name) { Icon(name="dots") } }
}

#[component(inline_props)]
fn DepartmentForm(page: Page, department: Department, #[prop(setter(into))] done: Act) -> View {
    let form = Form::new();
    let known = department;
    let name = create_signal(known.display_name.clone());
    let description = create_signal(known.description.clone());
    let parent = create_signal(known.parent_id.clone());
    let request_id = api::request_id();
    let (title, deed) = if known.id.is_empty() {
        (t!("department-new"), t!("department-create"))
    } else {
        (t!("department-edit"), t!("save"))
    };
    let own_id = known.id.clone();
    let (close, sent) = (done.clone(), done.clone());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let department = Department {
            display_name: name.get_clone().trim().to_owned(),
            description: description.get_clone(),
            parent_id: parent.get_clone(),
            ..known.clone()
        };
        let sent = sent.clone();
        form.send(page.app, save(department, request_id.clone()), move |_| {
            page.app.toasts.say(t!("saved"));
            spawn_local(async move { page.changed().await });
            sent.now();
        });
    };
    let parents = create_memo(move || {
        let mut parents = department_options(page.app, "department-root");
        parents.retain(|(id, _)| id.is_empty() || *id != own_id);
        parents
    });
    view! {
        Modal(title=title, on_close=move |()| close.now()) {
            form(novalidate=true, on:submit=submit) {
                div(class="body form") {
                    (refusal(form))
                    TextField(name="display_name", label=t!("name"), value=name, form=form, "autofocus"="", maxlength="80", autocomplete="off")
                    TextField(name="description", label=t!("field-description"), value=description, form=form, optional=true, maxlength="500")
                    SelectField(name="parent_id", label=t!("department-parent"), value=parent, options=parents, form=form, hint=t!("department-parent-hint"))
                }
                (form_foot(form, &deed, done.clone()))
            }
        }
    }
}

async fn save(department: Department, request_id: String) -> api::Answer<Department> {
    if department.id.is_empty() {
        return api::directory::create_department(department, request_id).await;
    }
    api::directory::update_department(department).await
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proto::identity::v1::Department;

    use super::nodes;

    fn department(id: &str, name: &str, parent: &str) -> Department {
        Department {
            id: id.to_owned(),
            display_name: name.to_owned(),
            parent_id: parent.to_owned(),
            ..Department::default()
        }
    }

    #[test]
    fn the_tree_is_read_from_top_to_bottom_and_what_is_folded_is_left_out() {
        let all =
            [department("1", "IT", ""), department("2", "Network", "1"), department("3", "Finance", "")];
        let seen = |folded: &[&str]| {
            let folded: BTreeSet<String> = folded.iter().map(|id| (*id).to_owned()).collect();
            let seen = nodes(&all, &folded).into_iter();
            seen.map(|node| (node.department.display_name, node.level, node.open)).collect::<Vec<_>>()
        };
        let (finance, network) = (("Finance".to_owned(), 1, None), ("Network".to_owned(), 2, None));
        assert_eq!(seen(&[]), [finance.clone(), ("IT".to_owned(), 1, Some(true)), network]);
        assert_eq!(seen(&["1"]), [finance, ("IT".to_owned(), 1, Some(false))]);
    }

    #[test]
    fn a_department_whose_parent_is_not_seen_stands_at_the_top() {
        let all = [department("2", "Network", "archived")];
        assert_eq!(nodes(&all, &BTreeSet::new()).len(), 1);
    }
}

//! The macros one may use, made, changed and deleted. The desk uses them.

mod form;

use std::rc::Rc;

use proto::identity::v1::Permission;
use proto::tickets::v1::{CommentKind, Macro, SharingKind, Ticket};
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use crate::api;
use crate::app::App;
use crate::desk::{columns, edit};
use crate::pages::title;
use crate::parts::{Button, Empty, Icon, Kind, Question, T, loaded};
use crate::store::Load;
use crate::store::names::Names;
use crate::text::{self, t};
use form::MacroForm;

/// What the page has.
#[derive(Clone, Copy)]
struct Page {
    app: App,
    names: Names,
    macros: Signal<Load<Rc<Vec<Macro>>>>,
    editing: Signal<Option<Editing>>,
}

/// What is being made or changed.
#[derive(Clone)]
enum Editing {
    New,
    Known(Box<Macro>),
}

impl Page {
    fn load(self) {
        spawn_local_scoped(async move {
            self.macros.set(Load::from(api::views::macros().await).map(Rc::new));
        });
    }
}

/// The page.
#[component(inline_props)]
pub(super) fn Macros(app: App) -> View {
    title(&t!("macros"));
    let (macros, editing) = (create_signal(Load::Waiting), create_signal(None));
    let page = Page { app, names: Names::new(), macros, editing };
    page.load();
    let all = loaded(
        macros,
        move |()| page.load(),
        move |all: Rc<Vec<Macro>>| {
            if all.is_empty() {
                return view! { div(class="panel") { Empty(icon="bolt", title=t!("macros-none"), text=t!("macros-none-text")) } };
            }
            lines(page, &all)
        },
    );
    view! {
        div(class="page wide") {
            header(class="page-head") {
                div { h1 { T(id="macros") } p(class="muted") { T(id="macros-none-text") } }
                Button(kind=Kind::Primary, icon="plus", label=t!("macro-new"), on:click=move |_| editing.set(Some(Editing::New)))
            }
            (all)
        }
        (match editing.get_clone() {
            Some(Editing::New) => view! { MacroForm(page=page) },
            Some(Editing::Known(known)) => {
                let known = Some(*known);
                view! { MacroForm(page=page, kept=known) }
            }
            None => View::new(),
        })
    }
}

fn lines(page: Page, all: &[Macro]) -> View {
    let lines = View::from(all.iter().map(|kept| line(page, kept)).collect::<Vec<_>>());
    view! { ul(class="macros panel") { (lines) } }
}

fn line(page: Page, kept: &Macro) -> View {
    let (name, own) = (kept.name.clone(), kept.clone());
    let told = move || does(page.app, page.names, &own);
    let deeds = if may_change(page.app, kept) { deeds(page, kept) } else { View::new() };
    let icon = match kept.sharing.clone().unwrap_or_default().kind() {
        SharingKind::Department => "building",
        SharingKind::Everyone => "people",
        SharingKind::Personal | SharingKind::Unspecified => "star",
    };
    view! {
        li {
            Icon(name=icon)
            span(class="grow") { b(class="one-line") { (name) } span(class="small muted one-line") { (told()) } }
            (deeds)
        }
    }
}

fn deeds(page: Page, kept: &Macro) -> View {
    let (edit, delete) =
        (t!("macro-edit-name", name = kept.name.clone()), t!("macro-delete-name", name = kept.name.clone()));
    let (known, gone) = (kept.clone(), kept.clone());
    view! {
        Button(kind=Kind::Quiet, icon="edit", aria-label=edit, on:click=move |_| page.editing.set(Some(Editing::Known(Box::new(known.clone())))))
        Button(kind=Kind::Quiet, icon="x", aria-label=delete, on:click=move |_| ask_delete(page, &gone))
    }
}

/// What it does, in a line. Follows the names.
fn does(app: App, names: Names, kept: &Macro) -> String {
    let ticket = kept.ticket.clone().unwrap_or_default();
    let mut all: Vec<String> = kept.paths.iter().map(|path| sets(app, names, path, &ticket)).collect();
    if let Some(comment) = &kept.comment {
        let kind = if comment.kind() == CommentKind::Internal { "composer-note" } else { "composer-reply" };
        let first = comment.text.lines().next().unwrap_or_default();
        all.push(format!("{}: {first}", t!(kind)));
    }
    if !kept.transition_key.is_empty() {
        all.push(format!("→ {}", kept.transition_key));
    }
    all.join(" · ")
}

/// A field it sets, and to what; of a form's field its name alone.
fn sets(app: App, names: Names, path: &str, ticket: &Ticket) -> String {
    if let Some(key) = columns::field(path) {
        return names.field(key).map_or_else(|| key.to_owned(), |field| field.label);
    }
    let name = text::maybe(&format!("field-{}", path.replace('_', "-"))).unwrap_or_else(|| path.to_owned());
    let said = edit::said(path, ticket);
    let value = match path {
        "department_id" => app.departments.name(&said),
        "category_id" => names.category(&said),
        _ => text::maybe(&said.to_ascii_lowercase().replace('_', "-")).unwrap_or(said),
    };
    format!("{name}: {value}")
}

fn may_change(app: App, kept: &Macro) -> bool {
    let me = app.session.me_now();
    let sharing = kept.sharing.clone().unwrap_or_default();
    match sharing.kind() {
        SharingKind::Personal | SharingKind::Unspecified => kept.owner_id == me.id,
        _ => me.grants.holds(Permission::ViewShare, &sharing.department_id),
    }
}

fn ask_delete(page: Page, kept: &Macro) {
    let question = Question {
        title: t!("macro-delete"),
        text: t!("macro-delete-text", name = kept.name.clone()),
        deed: t!("macro-delete"),
        kind: Kind::Danger,
        ..Question::default()
    };
    let id = kept.id.clone();
    page.app.questions.ask(question, move |_| {
        let id = id.clone();
        async move {
            api::views::delete_macro(id.clone()).await?;
            if let Load::Ready(all) = page.macros.get_clone_untracked() {
                let left = all.iter().filter(|kept| kept.id != id).cloned().collect();
                page.macros.set(Load::Ready(Rc::new(left)));
            }
            Ok(())
        }
    });
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::{Comment, CommentKind, Macro, Priority, Ticket};
    use sycamore::prelude::*;

    use super::does;
    use crate::app::App;
    use crate::store::names::Names;

    #[test]
    fn what_a_macro_does_is_told_in_a_line() {
        let _root = create_root(|| {
            let kind = CommentKind::Internal.into();
            let comment = Some(Comment { kind, text: "Called.\nNo answer.".into(), ..Comment::default() });
            let ticket =
                Ticket { priority: Priority::High.into(), language: "de".into(), ..Ticket::default() };
            let paths = ["priority", "language", "fields.serial"].map(str::to_owned).to_vec();
            let kept = Macro {
                ticket: Some(ticket),
                paths,
                comment,
                transition_key: "wait".into(),
                ..Macro::default()
            };
            let told = does(App::new(*create_signal(0.0)), Names::new(), &kept);
            assert_eq!(told, "Priority: High · Language: de · serial · Internal note: Called. · → wait");
        });
    }
}

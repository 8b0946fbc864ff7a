//! The macros one may use, made, changed and deleted: the desk's own settings.

use std::rc::Rc;

use proto::identity::v1::Permission;
use proto::tickets::v1::{Comment, CommentKind, Macro, Priority, SharingKind};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::spawn_local_scoped;

use crate::api;
use crate::app::App;
use crate::desk::bulk::words;
use crate::pages::desk::Walk;
use crate::pages::desk::bulk::moves_of;
use crate::pages::desk::view_form::Shared;
use crate::pages::title;
use crate::parts::{
    Act, AreaField, Bones, Button, Choice, ComboField, Empty, Failed, Form, Icon, Kind, Maybe, Modal,
    Question, SelectField, Shape, T, TextField, form_foot, priority_key, refusal,
};
use crate::store::Load;
use crate::text::t;

/// What the page has.
#[derive(Clone, Copy)]
struct Page {
    app: App,
    walk: Walk,
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
pub(in crate::pages::desk) fn MacrosZone(app: App, walk: Walk) -> View {
    title(&t!("macros"));
    let page = Page { app, walk, macros: create_signal(Load::Waiting), editing: create_signal(None) };
    page.load();
    view! {
        section(class="list-zone settings", aria-labelledby="list-name") {
            header(class="zone-head") {
                h1(id="list-name") { T(id="macros") }
                span(class="grow") {}
                Button(kind=Kind::Primary, icon="plus", label=t!("macro-new"), on:click=move |_| page.editing.set(Some(Editing::New)))
            }
            div(class="scroll") {
                (match page.macros.get_clone() {
                    Load::Waiting => view! { Bones(rows=6) },
                    Load::Failed(trouble) => view! { Failed(trouble=trouble, retry=move |()| page.load()) },
                    Load::Ready(all) if all.is_empty() => view! { Empty(icon="bolt", title=t!("macros-none"), text=t!("macros-none-text")) },
                    Load::Ready(all) => lines(page, &all),
                })
            }
            (match page.editing.get_clone() {
                Some(Editing::New) => view! { MacroForm(page=page) },
                Some(Editing::Known(known)) => {
                    let known = Some(*known);
                    view! { MacroForm(page=page, kept=known) }
                }
                None => View::new(),
            })
        }
    }
}

fn lines(page: Page, all: &[Macro]) -> View {
    let lines = View::from(all.iter().map(|kept| line(page, kept)).collect::<Vec<_>>());
    view! { ul(class="macros") { (lines) } }
}

fn line(page: Page, kept: &Macro) -> View {
    let (name, told) = (kept.name.clone(), does(kept));
    let deeds = if may_change(page.app, kept) { deeds(page, kept) } else { View::new() };
    let icon = match kept.sharing.clone().unwrap_or_default().kind() {
        SharingKind::Department => "building",
        SharingKind::Everyone => "people",
        SharingKind::Personal | SharingKind::Unspecified => "star",
    };
    view! {
        li {
            Icon(name=icon)
            span(class="grow") { b(class="one-line") { (name) } span(class="small muted one-line") { (told) } }
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

/// What it does, in a line.
fn does(kept: &Macro) -> String {
    let mut all = Vec::new();
    let ticket = kept.ticket.clone().unwrap_or_default();
    for path in &kept.paths {
        all.push(match path.as_str() {
            "priority" => {
                format!(
                    "{}: {}",
                    t!("field-priority"),
                    t!(&format!("priority-{}", priority_key(ticket.priority())))
                )
            }
            "tags" => format!("{}: {}", t!("field-tags"), ticket.tags.join(", ")),
            other => other.to_owned(),
        });
    }
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

/// What is being entered.
#[derive(Clone, Copy)]
struct Fields {
    name: Signal<String>,
    sharing: Shared,
    priority: Signal<String>,
    tags: Signal<String>,
    kind: Signal<String>,
    text: Signal<String>,
    step: Signal<String>,
}

impl Fields {
    fn of(kept: &Macro) -> Self {
        let ticket = kept.ticket.clone().unwrap_or_default();
        let sets = |path: &str| kept.paths.iter().any(|known| known == path);
        let priority =
            if sets("priority") { ticket.priority().as_str_name().to_owned() } else { String::new() };
        let comment = kept.comment.clone();
        let kind =
            comment.as_ref().map(|comment| comment.kind().as_str_name().to_owned()).unwrap_or_default();
        Self {
            name: create_signal(kept.name.clone()),
            sharing: Shared::of(kept.sharing.clone()),
            priority: create_signal(priority),
            tags: create_signal(ticket.tags.join(", ")),
            kind: create_signal(kind),
            text: create_signal(comment.unwrap_or_default().text),
            step: create_signal(kept.transition_key.clone()),
        }
    }

    /// The macro as it is entered; fields this page has no control for stay as they were.
    fn kept(self, before: &Macro) -> Macro {
        let mut ticket = before.ticket.clone().unwrap_or_default();
        let mut paths: Vec<String> = before
            .paths
            .iter()
            .filter(|path| !matches!(path.as_str(), "priority" | "tags"))
            .cloned()
            .collect();
        let priority = self.priority.get_clone_untracked();
        ticket.priority = Priority::from_str_name(&priority).unwrap_or_default().into();
        ticket.tags = words(&self.tags.get_clone_untracked());
        paths.extend((!priority.is_empty()).then(|| "priority".to_owned()));
        paths.extend((!ticket.tags.is_empty()).then(|| "tags".to_owned()));
        let kind = CommentKind::from_str_name(&self.kind.get_clone_untracked());
        let text = self.text.get_clone_untracked().trim().to_owned();
        let comment = kind.map(|kind| Comment { kind: kind.into(), text, ..Comment::default() });
        Macro {
            name: self.name.get_clone_untracked().trim().to_owned(),
            sharing: Some(self.sharing.sharing()),
            ticket: (!paths.is_empty()).then_some(ticket),
            paths,
            comment,
            transition_key: self.step.get_clone_untracked(),
            ..before.clone()
        }
    }
}

/// The first field that is missing, and what to say of it.
fn missing(kept: &Macro) -> Option<(&'static str, String)> {
    if kept.name.is_empty() {
        return Some(("name", t!("macro-name-missing")));
    }
    if kept.comment.as_ref().is_some_and(|comment| comment.text.is_empty()) {
        return Some(("text", t!("comment-missing")));
    }
    let does_nothing = kept.paths.is_empty() && kept.comment.is_none() && kept.transition_key.is_empty();
    does_nothing.then(|| ("priority", t!("macro-does-nothing")))
}

#[component(inline_props)]
fn MacroForm(page: Page, #[prop(default)] kept: Maybe<Macro>) -> View {
    let form = Form::new();
    let is_new = kept.is_none();
    let before = kept.unwrap_or_default();
    let fields = Fields::of(&before);
    let request_id = api::request_id();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let kept = fields.kept(&before);
        if let Some((field, sentence)) = missing(&kept) {
            return form.refuse(field, sentence);
        }
        let request_id = request_id.clone();
        let call = async move {
            if is_new {
                api::views::create_macro(kept, request_id).await
            } else {
                api::views::update_macro(kept).await
            }
        };
        form.send(page.app, call, move |_| {
            page.app.toasts.say(t!("saved"));
            page.editing.set(None);
            page.load();
        });
    };
    let title = if is_new { t!("macro-new") } else { t!("macro-edit") };
    let close = Act::from(move |()| page.editing.set(None));
    let foot = form_foot(form, &t!("save"), move |()| page.editing.set(None));
    let (head, body) = (about(page, form, fields), deeds_fields(page, form, fields));
    view! {
        Modal(title=title, shape=Shape::Wide, on_close=move |()| close.now()) {
            form(novalidate=true, on:submit=submit) {
                div(class="body stack") { (refusal(form)) (head) (body) }
                (foot)
            }
        }
    }
}

fn about(page: Page, form: Form, fields: Fields) -> View {
    let sharing = fields.sharing.fields(page.app, form);
    view! {
        TextField(name="name", label=t!("view-name"), value=fields.name, form=form, maxlength="100", autocomplete="off", "autofocus"="")
        div(class="pair") { (sharing) }
    }
}

fn deeds_fields(page: Page, form: Form, fields: Fields) -> View {
    let mut priorities = vec![(String::new(), t!("macro-keeps"))];
    priorities.extend([Priority::Urgent, Priority::High, Priority::Normal, Priority::Low].map(|priority| {
        (priority.as_str_name().to_owned(), t!(&format!("priority-{}", priority_key(priority))))
    }));
    let kinds = vec![
        (String::new(), t!("macro-says-nothing")),
        (CommentKind::Public.as_str_name().to_owned(), t!("composer-reply")),
        (CommentKind::Internal.as_str_name().to_owned(), t!("composer-note")),
    ];
    let steps = create_signal(Vec::<Choice>::new());
    let ids = page.walk.order.get_clone_untracked().to_vec();
    let own = fields.step.get_clone_untracked();
    spawn_local_scoped(async move {
        let mut found = moves_of(ids).await;
        if !own.is_empty() && found.iter().all(|choice| choice.value != own) {
            found.push(Choice { value: own.clone(), label: own, ..Choice::default() });
        }
        for choice in &mut found {
            choice.detail.clear();
        }
        steps.set(found);
    });
    let says = create_selector(move || !fields.kind.with(String::is_empty));
    view! {
        div(class="pair") {
            SelectField(name="priority", label=t!("field-priority"), value=fields.priority, options=priorities, form=form)
            TextField(name="tags", label=t!("field-tags"), value=fields.tags, form=form, hint=t!("macro-tags-hint"), optional=true, autocomplete="off")
        }
        div(class="pair") {
            SelectField(name="comment_kind", label=t!("macro-says"), value=fields.kind, options=kinds, form=form)
            ComboField(name="transition_key", label=t!("bulk-move-which"), value=fields.step, choices=*steps, form=form, optional=true)
        }
        (if says.get() {
            view! { AreaField(name="text", label=t!("macro-text"), value=fields.text, form=form, hint=t!("macro-text-hint"), rows="6") }
        } else {
            View::new()
        })
    }
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::{Comment, CommentKind, Macro};
    use sycamore::prelude::*;

    use super::{Fields, does, missing};

    #[test]
    fn a_macro_must_do_something_and_say_something_where_it_speaks() {
        let mut kept = Macro { name: "Thanks".into(), ..Macro::default() };
        assert_eq!(missing(&Macro::default()).map(|(field, _)| field), Some("name"));
        assert_eq!(missing(&kept).map(|(field, _)| field), Some("priority"));
        kept.comment = Some(Comment::default());
        assert_eq!(missing(&kept).map(|(field, _)| field), Some("text"));
        kept.comment = None;
        kept.transition_key = "resolve".into();
        assert_eq!(missing(&kept), None);
    }

    #[test]
    fn what_is_not_entered_is_not_set_and_what_the_page_does_not_know_stays() {
        let _root = create_root(|| {
            let before = Macro { paths: vec!["priority".into(), "language".into()], ..Macro::default() };
            let fields = Fields::of(&before);
            fields.priority.set(String::new());
            fields.tags.set("vip".to_owned());
            assert_eq!(fields.kept(&before).paths, ["language", "tags"]);
        });
    }

    #[test]
    fn what_a_macro_does_is_told_in_a_line() {
        let kind = CommentKind::Internal.into();
        let comment = Some(Comment { kind, text: "Called.\nNo answer.".into(), ..Comment::default() });
        let kept = Macro { comment, transition_key: "wait".into(), ..Macro::default() };
        assert_eq!(does(&kept), "Internal note: Called. · → wait");
    }
}

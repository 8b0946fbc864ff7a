//! A macro being made or changed: what it sets, what it says, which step it takes.
//!
//! Invariant: what is not entered is not set, and a field this form has no control for stays as it was.

use proto::tickets::v1::{
    Comment, CommentKind, Impact, Macro, Priority, Status, Ticket, TicketQuery, Urgency,
};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::spawn_local_scoped;

use super::Page;
use crate::api;
use crate::desk::bulk::words;
use crate::desk::edit;
use crate::pages::ready::{Shared, Sorting, moves_of};
use crate::parts::{
    Act, AreaField, Choice, ComboField, Form, Maybe, Modal, SelectField, Shape, TextField, form_foot, refusal,
};
use crate::text::{self, t};

/// Fields that are one of a few, and the names of their values.
const CHOSEN: [(&str, &[&str]); 3] = [
    ("priority", &["PRIORITY_URGENT", "PRIORITY_HIGH", "PRIORITY_NORMAL", "PRIORITY_LOW"]),
    ("impact", &["IMPACT_LOW", "IMPACT_MEDIUM", "IMPACT_HIGH"]),
    ("urgency", &["URGENCY_LOW", "URGENCY_MEDIUM", "URGENCY_HIGH"]),
];
/// Tickets whose steps are looked at to offer them.
const LOOKED_AT: i32 = 20;

/// What is being entered.
#[derive(Clone, Copy)]
struct Fields {
    name: Signal<String>,
    sharing: Shared,
    sorting: Sorting,
    /// In the order of [`CHOSEN`]; empty for what stays.
    chosen: [Signal<String>; CHOSEN.len()],
    language: Signal<String>,
    tags: Signal<String>,
    kind: Signal<String>,
    text: Signal<String>,
    step: Signal<String>,
}

impl Fields {
    fn of(page: Page, kept: &Macro) -> Self {
        let ticket = kept.ticket.clone().unwrap_or_default();
        let sets = |path: &str| kept.paths.iter().any(|known| known == path);
        let value = |path: &str| if sets(path) { edit::said(path, &ticket) } else { String::new() };
        let comment = kept.comment.clone();
        let kind =
            comment.as_ref().map(|comment| comment.kind().as_str_name().to_owned()).unwrap_or_default();
        Self {
            name: create_signal(kept.name.clone()),
            sharing: Shared::of(kept.sharing.clone()),
            sorting: Sorting::of(page.app, &ticket),
            chosen: CHOSEN.map(|(path, _)| create_signal(value(path))),
            language: create_signal(value("language")),
            tags: create_signal(ticket.tags.join(", ")),
            kind: create_signal(kind),
            text: create_signal(comment.unwrap_or_default().text),
            step: create_signal(kept.transition_key.clone()),
        }
    }

    /// Whether the form has a control for a field.
    fn has(self, path: &str) -> bool {
        matches!(path, "language" | "tags")
            || CHOSEN.iter().any(|(known, _)| *known == path)
            || self.sorting.has(path)
    }

    /// The macro as it is entered, or what is wrong with which field.
    fn kept(self, before: &Macro) -> Result<Macro, Vec<(String, String)>> {
        let mut ticket = before.ticket.clone().unwrap_or_default();
        let mut paths: Vec<String> = before.paths.iter().filter(|path| !self.has(path)).cloned().collect();
        paths.extend(self.sorting.read(&mut ticket)?);
        self.write(&mut ticket, &mut paths);
        let kind = CommentKind::from_str_name(&self.kind.get_clone_untracked());
        let text = self.text.get_clone_untracked().trim().to_owned();
        let comment = kind.map(|kind| Comment { kind: kind.into(), text, ..Comment::default() });
        Ok(Macro {
            name: self.name.get_clone_untracked().trim().to_owned(),
            sharing: Some(self.sharing.sharing()),
            ticket: (!paths.is_empty()).then_some(ticket),
            paths,
            comment,
            transition_key: self.step.get_clone_untracked(),
            ..before.clone()
        })
    }

    /// The plain fields.
    fn write(self, ticket: &mut Ticket, paths: &mut Vec<String>) {
        let [priority, impact, urgency] = self.chosen.map(|value| value.get_clone_untracked());
        ticket.priority = Priority::from_str_name(&priority).unwrap_or_default().into();
        ticket.impact = Impact::from_str_name(&impact).unwrap_or_default().into();
        ticket.urgency = Urgency::from_str_name(&urgency).unwrap_or_default().into();
        self.language.get_clone_untracked().trim().clone_into(&mut ticket.language);
        ticket.tags = words(&self.tags.get_clone_untracked());
        let set = [
            ("priority", !priority.is_empty()),
            ("impact", !impact.is_empty()),
            ("urgency", !urgency.is_empty()),
            ("language", !ticket.language.is_empty()),
            ("tags", !ticket.tags.is_empty()),
        ];
        paths.extend(set.into_iter().filter(|(_, set)| *set).map(|(path, _)| path.to_owned()));
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
pub(super) fn MacroForm(page: Page, #[prop(default)] kept: Maybe<Macro>) -> View {
    let form = Form::new();
    let is_new = kept.is_none();
    let before = kept.unwrap_or_default();
    let fields = Fields::of(page, &before);
    let request_id = api::request_id();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let kept = match fields.kept(&before) {
            Ok(kept) => kept,
            Err(wrong) => return form.refuse_all(wrong),
        };
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
    let (head, sets, does) = (about(page, form, &fields), sets(form, &fields), does(form, &fields));
    view! {
        Modal(title=title, shape=Shape::Wide, on_close=move |()| close.now()) {
            form(novalidate=true, on:submit=submit) {
                div(class="body stack") { (refusal(form)) (head) (sets) (does) }
                (foot)
            }
        }
    }
}

fn about(page: Page, form: Form, fields: &Fields) -> View {
    let (name, sharing) = (fields.name, fields.sharing.fields(page.app, form));
    view! {
        TextField(name="name", label=t!("view-name"), value=name, form=form, maxlength="100", autocomplete="off", "autofocus"="")
        div(class="pair") { (sharing) }
    }
}

/// What it sets.
fn sets(form: Form, fields: &Fields) -> View {
    let Fields { language, tags, sorting, .. } = *fields;
    let options = |names: &[&str]| {
        let words =
            |name: &str| text::maybe(&name.to_ascii_lowercase().replace('_', "-")).unwrap_or_default();
        let none = (String::new(), t!("macro-keeps"));
        std::iter::once(none)
            .chain(names.iter().map(|name| ((*name).to_owned(), words(name))))
            .collect::<Vec<_>>()
    };
    let chosen = CHOSEN.into_iter().zip(fields.chosen).map(|((path, names), value)| {
        let (label, options) = (t!(&format!("field-{path}")), options(names));
        view! { SelectField(name=path, label=label, value=value, options=options, form=form) }
    });
    let chosen = View::from(chosen.collect::<Vec<_>>());
    view! {
        (sorting.fields(form))
        div(class="pair") {
            (chosen)
            TextField(name="language", label=t!("field-language"), value=language, form=form, hint=t!("macro-language-hint"), optional=true, maxlength="35", autocomplete="off")
        }
        TextField(name="tags", label=t!("field-tags"), value=tags, form=form, hint=t!("macro-tags-hint"), optional=true, autocomplete="off")
    }
}

/// What it says, and its step.
fn does(form: Form, fields: &Fields) -> View {
    let Fields { kind, text, step, .. } = *fields;
    let kinds = vec![
        (String::new(), t!("macro-says-nothing")),
        (CommentKind::Public.as_str_name().to_owned(), t!("composer-reply")),
        (CommentKind::Internal.as_str_name().to_owned(), t!("composer-note")),
    ];
    let steps = create_signal(Vec::<Choice>::new());
    let own = step.get_clone_untracked();
    spawn_local_scoped(async move { steps.set(with_own(steps_of_some().await, own)) });
    let says = create_selector(move || !kind.with(String::is_empty));
    view! {
        div(class="pair") {
            SelectField(name="comment_kind", label=t!("macro-says"), value=kind, options=kinds, form=form)
            ComboField(name="transition_key", label=t!("bulk-move-which"), value=step, choices=*steps, form=form, optional=true)
        }
        (if says.get() {
            view! { AreaField(name="text", label=t!("macro-text"), value=text, form=form, hint=t!("macro-text-hint"), rows="6") }
        } else {
            View::new()
        })
    }
}

/// The steps tickets in work can take; which workflows there are not everybody may ask.
async fn steps_of_some() -> Vec<Choice> {
    let statuses = vec![Status::New.into(), Status::Open.into()];
    let query = TicketQuery { statuses, ..TicketQuery::default() };
    let page = api::tickets::list(query, String::new(), String::new(), LOOKED_AT, false).await;
    let ids = page.unwrap_or_default().tickets.into_iter().map(|ticket| ticket.id);
    moves_of(ids.collect()).await
}

/// Steps without how many tickets take each; the macro's own is among them.
fn with_own(mut found: Vec<Choice>, own: String) -> Vec<Choice> {
    if !own.is_empty() && found.iter().all(|choice| choice.value != own) {
        found.push(Choice { value: own.clone(), label: own, ..Choice::default() });
    }
    for choice in &mut found {
        choice.detail.clear();
    }
    found
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::{Comment, Macro, Priority, Ticket};
    use sycamore::prelude::*;

    use super::super::Page;
    use super::{Fields, missing, with_own};
    use crate::app::App;
    use crate::store::Load;
    use crate::store::names::Names;

    fn page() -> Page {
        let app = App::new(*create_signal(0.0));
        Page { app, names: Names::new(), macros: create_signal(Load::Waiting), editing: create_signal(None) }
    }

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
    fn what_is_not_entered_is_not_set_and_what_the_form_does_not_know_stays() {
        let _root = create_root(|| {
            let ticket = Ticket {
                priority: Priority::High.into(),
                subject: "Lathe".into(),
                department_id: "dep_1".into(),
                language: "de".into(),
                ..Ticket::default()
            };
            let paths = ["priority", "subject", "fields.serial", "department_id", "language"];
            let before = Macro {
                ticket: Some(ticket.clone()),
                paths: paths.map(str::to_owned).to_vec(),
                ..Macro::default()
            };
            let fields = Fields::of(page(), &before);
            let same = fields.kept(&before).unwrap();
            let all = ["subject", "fields.serial", "department_id", "priority", "language"];
            assert_eq!((same.paths.as_slice(), same.ticket), (&all.map(str::to_owned)[..], Some(ticket)));
            fields.chosen[0].set(String::new());
            fields.tags.set("vip".to_owned());
            let after = fields.kept(&before).unwrap().paths;
            assert_eq!(after, ["subject", "fields.serial", "department_id", "language", "tags"]);
        });
    }

    #[test]
    fn a_step_no_ticket_can_take_now_can_be_kept() {
        assert_eq!(with_own(Vec::new(), "resolve".to_owned())[0].label, "resolve");
        assert!(with_own(Vec::new(), String::new()).is_empty());
    }
}

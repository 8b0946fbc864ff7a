//! The audit log: who did what to whom, narrowed by fields and by a rule, a line at a time or as a file.

use proto::identity::v1::{AuditEvent, ListAuditEventsRequest, ListUsersRequest, User};
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use super::audit_line::line;
use super::export::Export;
use super::parts::{head, panel};
use crate::api::{self, Answer};
use crate::app::App;
use crate::parts::{
    Choice, Column, Empty, Form, Icon, Picker, SearchBox, SelectBox, T, TextField, listed, table,
};
use crate::routes::Place;
use crate::store::paged::{Page, Paged};
use crate::text::{self, t};
use crate::time;

/// Lines asked for at a time.
const PAGE: i32 = 50;
/// People one may choose an actor from.
const MOST: i32 = 200;
/// Lines on the page of an account.
const FEW: i32 = 8;

/// What narrows the log.
#[derive(Clone, Copy)]
pub(super) struct Filters {
    actor: Signal<String>,
    target: Signal<String>,
    action: Signal<String>,
    from: Signal<String>,
    to: Signal<String>,
    rule: Signal<String>,
}

impl Filters {
    fn new(target: String) -> Self {
        let blank = || create_signal(String::new());
        Self {
            actor: blank(),
            target: create_signal(target),
            action: blank(),
            from: blank(),
            to: blank(),
            rule: blank(),
        }
    }

    /// The question they make; follows them when asked in an effect.
    pub(super) fn asked(self, page_token: String, page_size: i32) -> ListAuditEventsRequest {
        ListAuditEventsRequest {
            actor_id: self.actor.get_clone(),
            target: self.target.get_clone().trim().to_owned(),
            action: self.action.get_clone(),
            from_time: time::day(&self.from.get_clone(), 0.0),
            to_time: time::day(&self.to.get_clone(), 1.0),
            filter: self.rule.get_clone().trim().to_owned(),
            page_size,
            page_token,
        }
    }
}

/// The log.
#[component(inline_props)]
pub(super) fn Audit(target: String) -> View {
    let app = use_context::<App>();
    let filters = Filters::new(target);
    // What is wrong with the rule is said at its field, not in the place of the list.
    let form = Form::new();
    let list = Paged::new(move |token| page(form, filters.asked(token, PAGE))).following(move || {
        filters.asked(String::new(), PAGE);
    });
    let head = head("audit", "audit-text", view! { Export(app=app, filters=filters) });
    view! {
        div(class="page wide") {
            (head)
            (narrowing(app, filters, form))
            (listed(list, none, lines))
        }
    }
}

async fn page(form: Form, asked: ListAuditEventsRequest) -> Answer<Page<AuditEvent>> {
    form.show(None);
    let answer = api::audit::list(asked).await;
    if let Err(trouble) = &answer
        && trouble.field("filter").is_some()
    {
        form.show(Some(trouble.clone()));
        return Ok(Page { items: Vec::new(), next: String::new(), total: None });
    }
    let answer = answer?;
    Ok(Page { items: answer.audit_events, next: answer.next_page_token, total: None })
}

fn none() -> View {
    view! { div(class="panel") { Empty(icon="list", title=t!("nothing-found"), text=t!("audit-none-text")) } }
}

const COLUMNS: [Column; 5] = [
    ("audit-time", ""),
    ("audit-actor", ""),
    ("audit-action", ""),
    ("audit-target", "optional"),
    ("audit-address", "optional"),
];

fn lines(found: &[AuditEvent]) -> View {
    table("log", &t!("audit"), &COLUMNS, found.iter().map(line).collect())
}

/// Beginnings of actions to narrow by, as `action-…` names them.
const ACTIONS: [&str; 34] = [
    "sign_in",
    "session",
    "password",
    "second_factor",
    "passkey",
    "api_key",
    "sign_up",
    "invitation",
    "user",
    "role",
    "department",
    "access_settings",
    "sign_in_protection",
    "sso_provider",
    "signing_key",
    "audit",
    "category",
    "field",
    "priority_matrix",
    "view",
    "macro",
    "ticket",
    "attachment",
    "import",
    "workflow",
    "queue",
    "agent",
    "sla_policy",
    "calendar",
    "automation",
    "dead",
    "projection",
    "backup",
    "seed",
];

fn narrowing(app: App, filters: Filters, form: Form) -> View {
    let actions: Vec<_> = std::iter::once((String::new(), t!("any-action")))
        .chain(ACTIONS.map(|action| (action.to_owned(), t!(&format!("action-{}", action.replace('_', "-"))))))
        .collect();
    view! {
        section(class="panel") {
            div(class="body stack") {
                div(class="filters") {
                    SearchBox(label=t!("audit-find"), value=filters.target)
                    (actor(app, filters))
                    SelectBox(label=t!("audit-action"), value=filters.action, options=actions)
                }
                div(class="filters fields") {
                    TextField(name="from_time", label=t!("audit-from"), value=filters.from, form=form, r#type="date")
                    TextField(name="to_time", label=t!("audit-to"), value=filters.to, form=form, r#type="date")
                    div(class="grow") {
                        TextField(name="filter", label=t!("audit-rule"), value=filters.rule, form=form, hint=t!("audit-rule-hint"), optional=true,  autocomplete="off", maxlength="1000", placeholder="action.startsWith(\"role.\") && actor_id != target")
                    }
                }
            }
        }
    }
}

/// Who did it: anybody, or one of the people found by name.
fn actor(app: App, filters: Filters) -> View {
    let choices = create_signal(vec![Choice { label: t!("any-actor"), ..Choice::default() }]);
    spawn_local_scoped(async move {
        let asked = ListUsersRequest { page_size: MOST, ..ListUsersRequest::default() };
        // Without an answer there is nobody to choose, and the rule can still name somebody.
        let people = api::directory::people(asked).await.map(|answer| answer.users).unwrap_or_default();
        choices.update(|choices| choices.extend(people.into_iter().map(choice)));
    });
    let face = move || {
        let id = filters.actor.get_clone();
        if id.is_empty() { t!("any-actor") } else { app.people.get(&id).with(|person| person.name.clone()) }
    };
    view! {
        Picker(label=t!("audit-actor"), choices=*choices, chosen=filters.actor, on_choose=move |id| filters.actor.set(id), button="btn") {
            span(class="one-line") { (face()) } Icon(name="chevron-down")
        }
    }
}

fn choice(user: User) -> Choice {
    Choice { person: Some(user.id.clone()), value: user.id, label: user.display_name, detail: String::new() }
}

/// The newest lines on an account, and the way to the others.
#[component(inline_props)]
pub(super) fn History(target: String) -> View {
    let href = Place::AuditOf { target: target.clone() }.path();
    let filters = Filters::new(target);
    let list = Paged::new(move |_| async move {
        let answer = api::audit::list(filters.asked(String::new(), FEW)).await?;
        Ok(Page { items: answer.audit_events, next: String::new(), total: None })
    })
    .following(|| {});
    let none = || view! { p(class="body muted") { T(id="audit-none-text") } };
    let all = view! { a(class="small", href=href) { T(id="audit-all") } };
    panel("history", all, listed(list, none, lines))
}

/// What an action is called: its own words, else itself.
pub(super) fn action_name(action: &str) -> String {
    text::maybe(&format!("action-{}", action.replace(['_', '.'], "-"))).unwrap_or_else(|| action.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{ACTIONS, action_name};

    #[test]
    fn every_action_to_narrow_by_has_words() {
        assert!(ACTIONS.into_iter().all(|action| action_name(action) != action));
        assert_eq!(action_name("sign_in.refused"), "Sign-in refused");
        assert_eq!(action_name("thing.invented"), "thing.invented");
    }
}

//! A line of the audit log: who, what, whom, from where; opened, what was before and what is after.

use std::collections::BTreeMap;

use proto::identity::v1::AuditEvent;
use sycamore::prelude::*;

use super::audit::action_name;
use super::parts::{fact, facts};
use crate::app::App;
use crate::parts::{Icon, T, TimeAgo, value};
use crate::routes::Place;
use crate::text::t;
use crate::{browser, text, time};

/// Fields that say what a thing is called, and which does so of a ticket.
const NAMES: [&str; 3] = ["name", "display_name", "label"];
const NUMBER: [&str; 1] = ["number"];

/// The line, and its details below it once it is opened.
pub(super) fn line(event: &AuditEvent) -> View {
    let open = create_signal(false);
    let AuditEvent { time, action, actor_name, target, address, .. } = event.clone();
    let (tone, name) = (tone(&action), action_name(&action));
    let who = if actor_name.is_empty() { t!("nobody-signed-in") } else { actor_name };
    let said = format!("{name}: {who}");
    let target = about(use_context::<App>(), &target, event);
    let event = event.clone();
    view! {
        tr(data-link="", data-open=open.get().then_some(""), on:click=move |_| open.set(!open.get())) {
            td {
                span(class="line") {
                    button(class="fold", r#type="button", aria-label=said, aria-expanded=open.get().to_string()) { Icon(name="chevron-right") }
                    TimeAgo(time=time)
                }
            }
            td(class="one-line") { (who) }
            td { span(class="action", data-tone=tone) { (name) } }
            td(class="optional one-line") { (target) }
            td(class="optional mono muted") { (address) }
        }
        (if open.get() { details(&event) } else { View::new() })
    }
}

/// What went wrong is told by more than its words.
fn tone(action: &str) -> &'static str {
    if action.ends_with("refused") || action.ends_with("reuse_detected") || action.ends_with("blocked") {
        "late"
    } else {
        "plain"
    }
}

/// On whom or what: people and departments by the names they have now, other things by those they had then.
fn about(app: App, target: &str, event: &AuditEvent) -> View {
    if target.is_empty() {
        return view! { span(class="faint") { "–" } };
    }
    let sides = [&event.after_json, &event.before_json].map(|side| browser::json_fields(side));
    match called(target, &sides) {
        Some(name) => view! { (name) },
        None => value(app, target),
    }
}

/// What a thing was called, where the line says so.
fn called(target: &str, sides: &[Vec<(String, String)>]) -> Option<String> {
    if ["usr_", "dep_"].iter().any(|kind| target.starts_with(kind)) {
        return None;
    }
    let names: &[&str] = if target.starts_with("tkt_") { &NUMBER } else { &NAMES };
    let mut names = sides.iter().flatten().filter(|(field, _)| names.contains(&field.as_str()));
    names.next().map(|(_, name)| name.clone())
}

fn details(event: &AuditEvent) -> View {
    let app = use_context::<App>();
    let AuditEvent { time, action, target, session_id, reason, hash, .. } = event.clone();
    let exact = time.as_ref().map(time::exact).unwrap_or_default();
    let href = Place::AuditOf { target: target.clone() }.path();
    let target = if target.is_empty() {
        fact("")
    } else {
        view! { a(class="mono", href=href) { (target) } }
    };
    let known = facts(vec![
        ("audit-time", fact(exact)),
        ("audit-action", view! { span(class="mono") { (action) } }),
        ("audit-target", target),
        ("reason", fact(reason)),
        ("audit-session", view! { span(class="mono") { (fact(session_id.clone())) } }),
        ("audit-hash", view! { span(class="mono one-line") { (hash) } }),
    ]);
    let changes = diff(&browser::json_fields(&event.before_json), &browser::json_fields(&event.after_json));
    let changes = View::from(changes.into_iter().map(|change| changed(app, change)).collect::<Vec<_>>());
    view! { tr(class="details") { td(colspan="5") { (known) table(class="diff") { tbody { (changes) } } } } }
}

/// A field that is not the same before and after.
#[derive(Debug, PartialEq, Eq)]
struct Change {
    field: String,
    before: Option<String>,
    after: Option<String>,
}

/// What differs, by the names of the fields.
fn diff(before: &[(String, String)], after: &[(String, String)]) -> Vec<Change> {
    let mut fields: BTreeMap<&str, (Option<&String>, Option<&String>)> = BTreeMap::new();
    for (name, value) in before {
        fields.entry(name).or_default().0 = Some(value);
    }
    for (name, value) in after {
        fields.entry(name).or_default().1 = Some(value);
    }
    let differs = fields.into_iter().filter(|(_, (before, after))| before != after);
    differs
        .map(|(field, (before, after))| Change {
            field: field.to_owned(),
            before: before.cloned(),
            after: after.cloned(),
        })
        .collect()
}

fn changed(app: App, Change { field, before, after }: Change) -> View {
    let name = text::maybe(&format!("field-{}", field.replace(['_', '.'], "-"))).unwrap_or(field);
    let (before, after) = (side(app, before, "del"), side(app, after, "ins"));
    view! {
        tr {
            th(scope="row") { (name) }
            td { (before) }
            td(class="to", aria-hidden="true") { "→" }
            td { (after) }
        }
    }
}

/// One side of a change; nothing where the field was not.
fn side(app: App, raw: Option<String>, kind: &str) -> View {
    let Some(raw) = raw else {
        return view! { span(class="faint") { "–" } };
    };
    let words = value(app, &raw);
    if kind == "del" {
        return view! { del { span(class="vh") { T(id="diff-before") " " } (words) } };
    }
    view! { ins { span(class="vh") { T(id="diff-after") " " } (words) } }
}

#[cfg(test)]
mod tests {
    use super::{Change, called, diff};

    #[test]
    fn only_what_differs_is_told_and_what_was_not_there_has_no_value() {
        let fields = |fields: &[(&str, &str)]| {
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>()
        };
        let before = fields(&[("name", "Night"), ("status", "ACTIVE")]);
        let after = fields(&[("status", "SUSPENDED"), ("name", "Night"), ("reason", "left")]);
        let change = |field: &str, before: Option<&str>, after: &str| Change {
            field: field.to_owned(),
            before: before.map(str::to_owned),
            after: Some(after.to_owned()),
        };
        assert_eq!(
            diff(&before, &after),
            [change("reason", None, "left"), change("status", Some("ACTIVE"), "SUSPENDED")]
        );
        assert_eq!(diff(&before, &before), []);
    }

    #[test]
    fn things_are_told_by_what_they_were_called_and_people_and_departments_are_not() {
        let side =
            |name: &str| vec![("order".to_owned(), "2".to_owned()), ("name".to_owned(), name.to_owned())];
        assert_eq!(called("que_1", &[side("Now"), side("Before")]), Some("Now".to_owned()));
        assert_eq!(called("que_1", &[vec![], side("Before")]), Some("Before".to_owned()));
        assert_eq!(called("que_1", &[vec![], vec![]]), None);
        assert_eq!(called("usr_1", &[side("Now"), vec![]]), None);
    }
}

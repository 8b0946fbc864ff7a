//! Whose a ticket is, how much it hurts, and what its requester thought of it: facts of the ticket itself, each changed in place where
//! one may.

use proto::tickets::v1::{Impact, Satisfaction, Ticket, Urgency};
use sycamore::prelude::*;

use super::edits::Edits;
use super::props::{changeable, prop};
use crate::app::App;
use crate::browser;
use crate::desk::edit;
use crate::pages::crowd::Crowd;
use crate::parts::{Choice, Icon, Person, Picker, StarsGiven, T};
use crate::text::{self, t};

/// The languages that are offered, besides the one a ticket has.
const LANGUAGES: [&str; 12] = ["de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "tr", "uk", "zh"];

/// Sets a field of a ticket to a value one chose.
type Set = fn(&mut Ticket, &str);

/// Who asks, and whom it is about.
#[component(inline_props)]
pub(super) fn WhoseProps(edits: Edits, crowd: Crowd) -> View {
    let none = Choice { label: t!("nobody"), person: Some(String::new()), ..Choice::default() };
    let with_none =
        create_memo(move || [none.clone()].into_iter().chain(crowd.found().get_clone()).collect::<Vec<_>>());
    let (requester, behalf) = (crowd.found(), with_none);
    view! {
        (person(edits, crowd, "requester_id", t!("requester"), requester, |ticket, id| id.clone_into(&mut ticket.requester_id)))
        (person(edits, crowd, "on_behalf_of_id", t!("field-on-behalf-of-id"), behalf, |ticket, id| id.clone_into(&mut ticket.on_behalf_of_id)))
    }
}

fn person(
    edits: Edits,
    crowd: Crowd,
    path: &'static str,
    name: String,
    choices: ReadSignal<Vec<Choice>>,
    set: Set,
) -> View {
    let ticket = edits.ticket;
    let chosen = create_selector(move || ticket.with(|ticket| edit::said(path, ticket)));
    let may = edits.may();
    let label = name.clone();
    let choose = move |id: String| edits.change(path, |ticket| set(ticket, &id));
    let face = move || {
        let id = chosen.get_clone();
        view! { Person(id=id) }
    };
    let value = view! {
        (if may.get() {
            let label = label.clone();
            view! {
                Picker(label=label, choices=choices, chosen=chosen, on_choose=choose, on_words=move |words| crowd.look(words)) { (face()) }
            }
        } else {
            view! { span(class="plain") { (face()) } }
        })
    };
    prop(name, value)
}

/// How much is hit, how soon it hurts, and the language.
#[component(inline_props)]
pub(super) fn KindProps(edits: Edits) -> View {
    let impacts =
        [Impact::Unspecified, Impact::Low, Impact::Medium, Impact::High].map(|impact| impact.as_str_name());
    let urgencies = [Urgency::Unspecified, Urgency::Low, Urgency::Medium, Urgency::High]
        .map(|urgency| urgency.as_str_name());
    let own = edits.ticket.with_untracked(|ticket| ticket.language.clone());
    view! {
        (choice(edits, "impact", t!("field-impact"), impacts.map(level).to_vec(), |ticket, name| {
            ticket.impact = Impact::from_str_name(name).unwrap_or_default().into();
        }))
        (choice(edits, "urgency", t!("field-urgency"), urgencies.map(level).to_vec(), |ticket, name| {
            ticket.urgency = Urgency::from_str_name(name).unwrap_or_default().into();
        }))
        (choice(edits, "language", t!("field-language"), languages(&own), |ticket, tag| tag.clone_into(&mut ticket.language)))
    }
}

/// A value of impact or urgency, by its words.
fn level(name: &'static str) -> Choice {
    let label = text::maybe(&name.to_ascii_lowercase().replace('_', "-")).unwrap_or_else(|| t!("nothing"));
    Choice { value: name.to_owned(), label, ..Choice::default() }
}

/// Languages by the names people have for them, none first; the ticket's own is always there.
fn languages(own: &str) -> Vec<Choice> {
    let mut tags: Vec<&str> = LANGUAGES.to_vec();
    if !own.is_empty() && !tags.contains(&own) {
        tags.push(own);
    }
    let choice = |tag: &str| Choice {
        value: tag.to_owned(),
        label: browser::language_name(tag, text::tag()),
        ..Choice::default()
    };
    let none = Choice { label: t!("nothing"), ..Choice::default() };
    std::iter::once(none).chain(tags.into_iter().map(choice)).collect()
}

fn choice(edits: Edits, path: &'static str, name: String, choices: Vec<Choice>, set: Set) -> View {
    let ticket = edits.ticket;
    let chosen = create_selector(move || ticket.with(|ticket| edit::said(path, ticket)));
    let labels = choices.clone();
    let face = move || {
        let known = chosen.with(|chosen| labels.iter().find(|choice| choice.value == *chosen).cloned());
        let label = known.map_or_else(|| chosen.get_clone(), |choice| choice.label);
        view! { span(class="one-line") { (label) } }
    };
    let choose = move |value: String| edits.change(path, |ticket| set(ticket, &value));
    changeable(edits, name, path, *create_signal(choices), chosen, choose, face)
}

/// What its requester thought of it; nothing until that was said.
#[component(inline_props)]
pub(super) fn Rated(edits: Edits) -> View {
    let ticket = edits.ticket;
    let given = create_selector(move || ticket.with(|ticket| ticket.satisfaction.clone()));
    view! {
        (match given.get_clone() {
            Some(Satisfaction { score, comment, .. }) => prop(t!("field-satisfaction"), view! {
                span(class="plain") { StarsGiven(score=score) }
                p(class="small wrap") { (comment) }
            }),
            None => View::new(),
        })
    }
}

/// People in copy, and those who follow of their own will.
#[component(inline_props)]
pub(super) fn Involved(app: App, edits: Edits, crowd: Crowd) -> View {
    let ticket = edits.ticket;
    let (may, me) = (edits.may(), app.session.me_now().id.clone());
    let copies = create_selector(move || ticket.with(|ticket| ticket.cc_ids.clone()));
    let followers = create_selector(move || ticket.with(|ticket| ticket.watcher_ids.clone()));
    let copy = move |id: String, added: bool| {
        edits.change("cc_ids", |ticket| {
            ticket.cc_ids.retain(|known| *known != id);
            ticket.cc_ids.extend(added.then(|| id.clone()));
        });
    };
    let follow = move |id: String, added: bool| edits.follow(id, added);
    let follows = {
        let me = me.clone();
        create_selector(move || followers.with(|ids| ids.contains(&me)))
    };
    let press = move |_| edits.follow(me.clone(), !follows.get());
    let own = view! {
        button(class="link-btn", r#type="button", on:click=press) {
            (if follows.get() { view! { T(id="follow-not") } } else { view! { T(id="follow") } })
        }
    };
    let copies = people(app, crowd, t!("field-cc-ids"), copies, may, copy, View::new());
    let followers = people(app, crowd, t!("field-watcher-ids"), followers, may, follow, own);
    view! { (copies) (followers) }
}

/// A list of people with a way to add some and to take each away; `own` is for oneself.
fn people(
    app: App,
    crowd: Crowd,
    name: String,
    ids: ReadSignal<Vec<String>>,
    may: ReadSignal<bool>,
    change: impl Fn(String, bool) + Clone + 'static,
    own: View,
) -> View {
    let (label, add) = (t!("involve", what = name.clone()), change.clone());
    let lines = move || {
        let lines = ids.get_clone().into_iter().map(|id| involved(app, id, may.get(), change.clone()));
        View::from(lines.collect::<Vec<_>>())
    };
    let value = view! {
        ul(class="involved") { (lines()) }
        (if may.get() {
            let (label, add) = (label.clone(), add.clone());
            view! {
                Picker(label=label, choices=crowd.found(), chosen="", on_choose=move |id| add(id, true), on_words=move |words| crowd.look(words)) {
                    span(class="faint") { T(id="involve-add") }
                }
            }
        } else if ids.with(Vec::is_empty) {
            view! { span(class="plain faint") { T(id="nobody") } }
        } else {
            View::new()
        })
        (own)
    };
    prop(name, value)
}

fn involved(app: App, id: String, may: bool, change: impl Fn(String, bool) + 'static) -> View {
    let person = app.people.get(&id);
    let (own, gone) = (id.clone(), id);
    let label = move || t!("involve-not", name = person.with(|person| person.name.clone()));
    let take = if may {
        view! { button(class="btn", data-kind="quiet", data-shape="icon", data-size="small", r#type="button", aria-label=label(), on:click=move |_| change(gone.clone(), false)) { Icon(name="x") } }
    } else {
        View::new()
    };
    view! { li { Person(id=own) (take) } }
}

//! How a ticket belongs with others: parents and children, duplicates, blockers; added and removed in place.

use std::rc::Rc;

use proto::tickets::v1::{LinkKind, LinkedTicket, Status, Ticket, TicketLink};
use sycamore::prelude::*;
use sycamore::web::events::SubmitEvent;
use sycamore_futures::{spawn_local, spawn_local_scoped};

use crate::api;
use crate::app::App;
use crate::pages::ticket_parts::Finder;
use crate::parts::{Act, Button, Form, Icon, Kind, Modal, SelectField, T, form_foot, refusal};
use crate::routes::Place;
use crate::store::open_ticket::OpenTicket;
use crate::store::tickets::told;
use crate::text::t;

/// What this ticket can be to another one: kind, whether this one stands at the beginning of the link, and the id of its words.
const RELATIONS: [(LinkKind, bool, &str); 9] = [
    (LinkKind::Parent, true, "link-parent-of"),
    (LinkKind::Parent, false, "link-child-of"),
    (LinkKind::Duplicate, true, "link-duplicate-of"),
    (LinkKind::Duplicate, false, "link-duplicated-by"),
    (LinkKind::Blocks, true, "link-blocks"),
    (LinkKind::Blocks, false, "link-blocked-by"),
    (LinkKind::Related, true, "link-related"),
    (LinkKind::FollowUp, true, "link-follows"),
    (LinkKind::FollowUp, false, "link-followed-by"),
];
/// How many of them people make; follow-ups make themselves.
const MADE: usize = 7;

/// The links at the side of a ticket.
#[component(inline_props)]
pub(super) fn Links(app: App, open: OpenTicket, ticket: Signal<Rc<Ticket>>) -> View {
    let links = create_signal(Vec::<LinkedTicket>::new());
    let load = followed(app, ticket.with_untracked(|ticket| ticket.id.clone()), links);
    let adding = create_signal(false);
    let may = create_selector(move || ticket.with(|ticket| ticket.abilities.is_none_or(|may| may.update)));
    let (after, removed) = (load.clone(), load);
    view! {
        section(class="side-part", aria-labelledby="links-head") {
            header {
                h2(id="links-head") { T(id="links") }
                (if may.get() {
                    view! { Button(kind=Kind::Quiet, icon="plus", aria-label=t!("link-add"), on:click=move |_| adding.set(true)) }
                } else {
                    View::new()
                })
            }
            (list(app, &ticket.get_clone(), &links.get_clone(), may.get(), &removed))
            (if adding.get() {
                let after = after.clone();
                view! { AddLink(app=app, open=open, ticket=ticket, on_close=move |()| adding.set(false), on_done=after) }
            } else {
                View::new()
            })
        }
    }
}

/// Loads the links of a ticket, and again whenever it or one of those at the other ends changed; answers with what loads them.
fn followed(app: App, own: String, links: Signal<Vec<LinkedTicket>>) -> Act {
    let scope = use_current_scope();
    let id = own.clone();
    let load = Act::from(move |()| {
        // An undo may come when somebody looks at another ticket already.
        if links.is_alive() {
            scope.run_in(|| spawn_local_scoped(fetch(app, id.clone(), links)));
        }
    });
    load.now();
    let again = load.clone();
    app.live.listen(move |envelope| {
        let is_about = |ticket: &Ticket| {
            ticket.id == own
                || links.with_untracked(|links| links.iter().any(|linked| is_end(linked, &ticket.id)))
        };
        if told(envelope).is_some_and(is_about) {
            again.now();
        }
    });
    load
}

/// Without an answer what is known stays.
async fn fetch(app: App, id: String, links: Signal<Vec<LinkedTicket>>) {
    if let Ok(found) = api::tickets::links(id).await {
        for ticket in found.iter().filter_map(|linked| linked.ticket.clone()) {
            app.tickets.put(ticket);
        }
        links.set(found);
    }
}

fn is_end(linked: &LinkedTicket, id: &str) -> bool {
    linked.ticket.as_ref().is_some_and(|ticket| ticket.id == id)
}

fn list(app: App, own: &Ticket, links: &[LinkedTicket], may: bool, removed: &Act) -> View {
    if links.is_empty() {
        return view! { p(class="small faint") { T(id="links-none") } };
    }
    let drawn = links.iter().filter_map(|linked| line(app, own, linked, may, removed.clone()));
    let drawn = View::from(drawn.collect::<Vec<_>>());
    view! { ul(class="links") { (drawn) } }
}

fn line(app: App, own: &Ticket, linked: &LinkedTicket, may: bool, removed: Act) -> Option<View> {
    let (link, other) = (linked.link.clone()?, linked.ticket.clone()?);
    let relation = t!(relation(&link, &own.id));
    let href = Place::Ticket { id: other.number.clone() }.path();
    let label = t!("link-remove", number = other.number.clone());
    let (number, subject, done) =
        (other.number.clone(), other.subject.clone(), is_done(&other).then_some(""));
    let press = move |_| {
        let (link, removed) = (link.clone(), removed.clone());
        spawn_local(async move { remove(app, link, removed).await });
    };
    let remove = if may {
        view! { Button(kind=Kind::Quiet, icon="x", aria-label=label, on:click=press) }
    } else {
        View::new()
    };
    let icon = if is_done(&other) { "done" } else { "half" };
    Some(view! {
        li(data-done=done) {
            span(class="tiny faint") { (relation) }
            a(class="one-line", href=href) { Icon(name=icon) span { (number) } " " span(class="one-line") { (subject) } }
            (remove)
        }
    })
}

/// What this ticket is to the one at the other end.
fn relation(link: &TicketLink, own: &str) -> &'static str {
    let is_from = link.from_id == own;
    let fits = |(kind, from, _): &&(LinkKind, bool, &str)| {
        *kind == link.kind() && (*from == is_from || *kind == LinkKind::Related)
    };
    RELATIONS.iter().find(fits).map_or("link-related", |(_, _, words)| words)
}

fn is_done(ticket: &Ticket) -> bool {
    matches!(ticket.status(), Status::Resolved | Status::Closed | Status::Rejected | Status::Withdrawn)
}

/// Takes a link away and offers to put it back.
async fn remove(app: App, link: TicketLink, removed: Act) {
    if let Err(trouble) = api::tickets::unlink(link.id.clone()).await {
        return app.toasts.fail(&trouble);
    }
    removed.now();
    app.toasts.offer_undo(t!("link-removed"), move |()| {
        let (link, removed) = (link.clone(), removed.clone());
        spawn_local(async move {
            match api::tickets::link(link, api::request_id()).await {
                Ok(_) => removed.now(),
                Err(trouble) => app.toasts.fail(&trouble),
            }
        });
    });
}

#[component(inline_props)]
fn AddLink(
    app: App,
    open: OpenTicket,
    ticket: Signal<Rc<Ticket>>,
    #[prop(setter(into))] on_close: Act,
    on_done: Act,
) -> View {
    let form = Form::new();
    let chosen = create_signal(None::<Rc<Ticket>>);
    let relation = create_signal("link-parent-of".to_owned());
    let options =
        RELATIONS[..MADE].iter().map(|(_, _, words)| ((*words).to_owned(), t!(words))).collect::<Vec<_>>();
    let request_id = api::request_id();
    let own = ticket.with_untracked(|ticket| ticket.id.clone());
    let but = own.clone();
    let away = on_close.clone();
    let foot = form_foot(form, &t!("link-add"), move |()| away.now());
    let done = on_close.clone();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(other) = chosen.get_clone() else {
            return form.refuse("target", t!("finder-missing"));
        };
        let link = linked(&own, &other.id, &relation.get_clone());
        let (done, on_done) = (done.clone(), on_done.clone());
        form.send(app, api::tickets::link(link, request_id.clone()), move |_| {
            done.now();
            on_done.now();
            open.refresh();
        });
    };
    view! {
        Modal(title=t!("link-add"), on_close=move |()| on_close.now()) {
            form(novalidate=true, on:submit=submit) {
                div(class="body stack") {
                    (refusal(form))
                    SelectField(name="kind", label=t!("link-kind"), value=relation, options=options, form=form)
                    Finder(label=t!("link-other"), form=form, chosen=chosen, but=but)
                }
                (foot)
            }
        }
    }
}

/// The link that makes one ticket that to another.
fn linked(own: &str, other: &str, words: &str) -> TicketLink {
    let known = RELATIONS.iter().find(|(_, _, known)| *known == words);
    let (kind, is_from) = known.map_or((LinkKind::Related, true), |(kind, from, _)| (*kind, *from));
    let (from_id, to_id) = if is_from { (own, other) } else { (other, own) };
    TicketLink {
        from_id: from_id.to_owned(),
        to_id: to_id.to_owned(),
        kind: kind.into(),
        ..TicketLink::default()
    }
}

#[cfg(test)]
mod tests {
    use super::{MADE, RELATIONS, linked, relation};

    #[test]
    fn a_link_reads_from_this_end_as_it_was_made() {
        for (_, _, words) in &RELATIONS[..MADE] {
            assert_eq!(relation(&linked("own", "other", words), "own"), *words);
        }
    }

    #[test]
    fn from_the_other_end_it_reads_the_other_way_round() {
        let seen = |words: &str| relation(&linked("own", "other", words), "other");
        assert_eq!(seen("link-parent-of"), "link-child-of");
        assert_eq!(seen("link-blocked-by"), "link-blocks");
        assert_eq!(seen("link-related"), "link-related");
    }
}

//! The ticket on the desk: header, next-step bar, conversation and pen, properties at the side.

use std::rc::Rc;

use proto::tickets::v1::{Ticket, TicketAbilities};
use sycamore::prelude::*;
use sycamore::web::events::KeyboardEvent;

use super::Walk;
use super::clocks::Clocks;
use super::edits::{Clashes, Edits};
use super::hand::Hand;
use super::links::Links;
use super::macros::{self, MacroTool};
use super::merge::MergeDialog;
use super::others::Others;
use super::props::Props;
use super::rare::Rare;
use super::subject::Subject;
use crate::app::App;
use crate::browser;
use crate::desk::Shown;
use crate::keys;
use crate::pages::ticket_parts::{Awaited, Conversation, Moves, Pen, track};
use crate::pages::title;
use crate::parts::{
    Attached, Bones, Button, Failed, Icon, Kind, Modal, Mode, Notice, Person, PriorityMark, Shape,
    StatusPill, T, TimeAgo, Tone,
};
use crate::routes::{self, Place};
use crate::store::Load;
use crate::store::open_ticket::OpenTicket;
use crate::text::t;

/// Where it is kept that the next ticket follows after sending.
const GOES_ON: &str = "tm.goes-on";

/// The zone of the ticket with this id or number.
#[component(inline_props)]
pub(super) fn TicketZone(app: App, view: ReadSignal<Shown>, id: String, walk: Walk) -> View {
    let open = OpenTicket::follow(app, id.clone());
    view! {
        section(class="ticket", aria-label=t!("ticket")) {
            (match open.ticket().get_clone() {
                Load::Waiting => view! { Bones(rows=8, text=true) },
                Load::Failed(trouble) => { let id = id.clone(); view! { Failed(trouble=trouble, retry=move |()| open.reload(id.clone())) } },
                Load::Ready(ticket) => view! { Inside(app=app, view=view, open=open, ticket=ticket, walk=walk) },
            })
        }
    }
}

#[component(inline_props)]
fn Inside(
    app: App,
    view: ReadSignal<Shown>,
    open: OpenTicket,
    ticket: Signal<Rc<Ticket>>,
    walk: Walk,
) -> View {
    create_effect(move || ticket.with(|ticket| title(&format!("{} {}", ticket.number, ticket.subject))));
    let mode = create_signal(Mode::Reply);
    let side = create_signal(false);
    let goes_on = create_signal(browser::remembered(GOES_ON).is_some());
    let modes = create_selector(move || ticket.with(|ticket| modes(ticket)));
    pen_keys(mode, modes);
    keys::offer(&KEYS);
    let (edits, hand) = (Edits::new(app, ticket), Hand::new(app, open, ticket));
    let rare = Rare::new(edits, hand, view);
    let pen = macros::Pen::of(app, &ticket.get_clone_untracked(), mode);
    view! {
        Head(view=view, edits=edits, pen=pen, side=side, rare=rare)
        (stub(ticket))
        div(class="next-step") { (track(open)) Moves(app=app, open=open) Awaited(app=app, open=open) }
        div(class="ticket-body") {
            div(class="talk") {
                div(class="scroll") { Conversation(open=open, ticket=ticket) }
                div(class="pen") {
                    (if modes.with(Vec::is_empty) {
                        View::new()
                    } else {
                        let modes = modes.get_clone();
                        view! {
                            Pen(app=app, open=open, ticket=ticket, mode=mode, modes=modes, on_slash=move |event: KeyboardEvent| slash(&event), on_sent=move |()| go_on(app, view, ticket, walk, goes_on)) {
                                MacroTool(app=app, open=open, ticket=ticket, pen=pen)
                                (goes_on_switch(goes_on))
                            }
                        }
                    })
                }
            }
            aside(class="side", aria-label=t!("properties")) { (beside(open, edits, hand)) }
        }
        Clashes(edits=edits)
        (hand.dialogs())
        (rare.dialogs())
        (drawer(open, edits, hand, side))
        (if rare.merging.get() {
            view! { MergeDialog(app=app, view=view, open=open, ticket=ticket, on_close=move |()| rare.merging.set(false)) }
        } else {
            View::new()
        })
    }
}

/// What stands beside the conversation, over it where there is no room.
fn drawer(open: OpenTicket, edits: Edits, hand: Hand, side: Signal<bool>) -> View {
    view! {
        (if side.get() {
            view! {
                Modal(title=t!("properties"), shape=Shape::Drawer, on_close=move |()| side.set(false)) {
                    div(class="body side-inside") { (beside(open, edits, hand)) }
                }
            }
        } else {
            View::new()
        })
    }
}

/// After something was said: the next ticket of the list, for whoever works through one.
fn go_on(app: App, view: ReadSignal<Shown>, ticket: Signal<Rc<Ticket>>, walk: Walk, goes_on: Signal<bool>) {
    let next = ticket.with_untracked(|ticket| walk.after(&ticket.id)).filter(|_| goes_on.get_untracked());
    if let Some(id) = next {
        let known = app.tickets.find(&id).map(|ticket| ticket.with_untracked(|ticket| ticket.number.clone()));
        let view = view.with_untracked(|view| view.key().to_owned());
        walk.cursor.set(Some(id.clone()));
        routes::go(&Place::DeskTicket { view, ticket: known.unwrap_or(id) });
    }
}

fn goes_on_switch(goes_on: Signal<bool>) -> View {
    let press = move |_| {
        let on = !goes_on.get();
        goes_on.set(on);
        if on { browser::remember(GOES_ON, "next") } else { browser::forget(GOES_ON) }
    };
    let pressed = move || goes_on.get().to_string();
    view! { Button(kind=Kind::Quiet, icon="arrow-right", aria-label=t!("goes-on"), title=t!("goes-on"), aria-pressed=pressed, on:click=press) }
}

/// What stands beside the conversation: properties, clocks, links, files.
fn beside(open: OpenTicket, edits: Edits, hand: Hand) -> View {
    let (app, ticket) = (edits.app, edits.ticket);
    let files = create_selector(move || open.files().get_clone());
    view! {
        Props(app=app, open=open, edits=edits, hand=hand)
        Clocks(app=app, open=open)
        Links(app=app, open=open, ticket=ticket)
        (if files.with(|files| files.is_empty()) {
            View::new()
        } else {
            let files = files.with(|files| files.to_vec());
            view! { section(class="side-part", aria-label=t!("attachments")) { header { h2 { T(id="attachments") } } Attached(files=files, listed=true) } }
        })
    }
}

/// A ticket that was merged says where it leads.
fn stub(ticket: Signal<Rc<Ticket>>) -> View {
    let into = create_selector(move || ticket.with(|ticket| ticket.merged_into_id.clone()));
    view! {
        (if into.with(String::is_empty) {
            View::new()
        } else {
            let href = Place::Ticket { id: into.get_clone() }.path();
            view! { Notice(tone=Tone::Wait, text=t!("merged-stub")) { a(class="btn", href=href) { T(id="merged-stub-go") } } }
        })
    }
}

/// A `/` where nothing is written yet opens the macros, where there are some.
fn slash(event: &KeyboardEvent) {
    if browser::press("#macro-picker") {
        event.prevent_default();
    }
}

/// What the person may write: a reply, a note, both, or nothing. Unknown means both; the server decides.
fn modes(ticket: &Ticket) -> Vec<Mode> {
    let both = || TicketAbilities { reply: true, note: true, ..TicketAbilities::default() };
    let may = ticket.abilities.unwrap_or_else(both);
    let allowed = [(Mode::Reply, may.reply), (Mode::Note, may.note)];
    allowed.into_iter().filter(|(_, allowed)| *allowed).map(|(mode, _)| mode).collect()
}

/// What the keys of a ticket do.
const KEYS: [(&str, &str); 8] = [
    ("r", "key-reply"),
    ("n", "key-note"),
    ("a", "key-assign"),
    ("p", "key-priority"),
    ("f", "hand-on"),
    ("h", "aside"),
    ("e", "key-edit"),
    ("m", "key-macro"),
];

/// `r` replies, `n` notes.
fn pen_keys(mode: Signal<Mode>, modes: ReadSignal<Vec<Mode>>) {
    keys::take(move |key| {
        let wanted = match key {
            "r" => Mode::Reply,
            "n" => Mode::Note,
            "m" => return browser::press("#macro-picker"),
            "a" => return browser::press("#assignee-picker"),
            "p" => return browser::press("#priority-picker"),
            _ => return false,
        };
        if modes.with_untracked(|modes| modes.contains(&wanted)) {
            mode.set(wanted);
            browser::focus("#composer");
        }
        true
    });
}

#[component(inline_props)]
fn Head(view: ReadSignal<Shown>, edits: Edits, pen: macros::Pen, side: Signal<bool>, rare: Rare) -> View {
    let (app, ticket) = (edits.app, edits.ticket);
    let id = ticket.with_untracked(|ticket| ticket.id.clone());
    let back = move || Place::DeskView { view: view.with(|view| view.key().to_owned()) }.path();
    view! {
        header(class="ticket-head") {
            div(class="line") {
                a(class="btn back", data-kind="quiet", data-shape="icon", href=back(), aria-label=t!("back-to-list")) { Icon(name="arrow-left") }
                Subject(edits=edits, ticket=ticket)
                Others(app=app, ticket_id=id, pen=pen)
                (rare.menu())
                span(class="fold-side") {
                    Button(kind=Kind::Quiet, icon="details", aria-label=t!("properties"), on:click=move |_| side.set(true))
                }
                a(class="btn close-ticket", data-kind="quiet", data-shape="icon", href=back(), aria-label=t!("close")) { Icon(name="x") }
            }
            (facts(app, &ticket.get_clone()))
        }
    }
}

fn facts(app: App, ticket: &Ticket) -> View {
    let (number, requester, department) =
        (ticket.number.clone(), ticket.requester_id.clone(), ticket.department_id.clone());
    let label = ticket.stage.as_ref().map(|stage| stage.label.clone()).unwrap_or_default();
    let (status, priority, filed) = (ticket.status(), ticket.priority(), ticket.create_time);
    view! {
        div(class="facts") {
            StatusPill(status=status, label=label)
            span { (number) }
            Person(id=requester)
            PriorityMark(priority=priority)
            span { (app.departments.name(&department)) }
            TimeAgo(time=filed, stop=true)
        }
    }
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::{Ticket, TicketAbilities};

    use super::modes;
    use crate::parts::Mode;

    #[test]
    fn one_writes_what_one_may() {
        let may = |reply, note| Ticket {
            abilities: Some(TicketAbilities { reply, note, ..TicketAbilities::default() }),
            ..Ticket::default()
        };
        assert_eq!(modes(&may(true, false)), [Mode::Reply]);
        assert_eq!(modes(&may(false, true)), [Mode::Note]);
        assert!(modes(&may(false, false)).is_empty());
        assert_eq!(modes(&Ticket::default()), [Mode::Reply, Mode::Note]);
    }
}

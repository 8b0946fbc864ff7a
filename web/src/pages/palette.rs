//! Going anywhere and doing anything by a few letters: Ctrl+K, or Command+K, and the beginnings of some words.
//!
//! Whatever is offered can be come by otherwise, too; nothing but the palette needs to know of it, beside the keys a page says it has.

use gloo_timers::future::TimeoutFuture;
use proto::tickets::v1::{Ticket, TicketQuery, View as Kept};
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use crate::api;
use crate::app::App;
use crate::desk::View as DeskView;
use crate::keys;
use crate::parts::{Choice, Modal, T, chooser, narrowed};
use crate::routes::{self, Place};
use crate::session::Grants;
use crate::text::t;

/// How long nobody types until tickets are looked for, in milliseconds.
const CALM: u32 = 160;
/// The most tickets that are offered.
const TICKETS: i32 = 6;
/// The most other things that are offered.
const MOST: usize = 12;
/// What the value of a deed begins with; that of anything else is an address.
const DEED: &str = "key ";

/// The palette, while it is open.
#[component]
pub(super) fn Palette() -> View {
    let app = use_context::<App>();
    let open = create_signal(false);
    let is_somebody = create_selector(move || !app.session.me().id.is_empty());
    keys::take(move |key| {
        let opens = key == keys::EVERYWHERE && is_somebody.get_untracked();
        if opens {
            open.set(true);
        }
        opens
    });
    view! { (if open.get() { view! { Inside(app=app, open=open) } } else { View::new() }) }
}

#[component(inline_props)]
fn Inside(app: App, open: Signal<bool>) -> View {
    let (words, saved) = (create_signal(String::new()), create_signal(Vec::<Kept>::new()));
    let grants = app.session.me_now().grants.clone();
    let staff = grants.is_staff();
    if staff {
        spawn_local_scoped(async move { saved.set(api::views::list().await.unwrap_or_default()) });
    }
    let (deeds, places) = (deeds(&keys::offered()), places(&grants));
    let found = find(words, staff);
    let left = create_memo(move || {
        let views = saved.with(|saved| saved.iter().map(view_of).collect::<Vec<_>>());
        let own: Vec<Choice> = [deeds.as_slice(), places.as_slice(), views.as_slice()].concat();
        let own = narrowed(&own, &words.get_clone()).into_iter().take(MOST);
        own.chain(found.get_clone()).collect::<Vec<_>>()
    });
    let go = move |value: String| {
        open.set(false);
        follow(&value);
    };
    let list = chooser(t!("palette"), words, left, String::new(), go.into());
    view! {
        Modal(title=t!("palette"), on_close=move |()| open.set(false)) {
            div(class="body palette") { (list) p(class="tiny faint") { T(id="palette-keys") } }
        }
    }
}

/// Goes there, or does it once the palette is gone: what it does may look for where the focus is.
fn follow(value: &str) {
    match value.strip_prefix(DEED) {
        Some(key) => {
            let key = key.to_owned();
            sycamore::web::queue_microtask(move || {
                keys::press(&key);
            });
        }
        None => routes::go(&Place::of(value)),
    }
}

/// The tickets that have the words, or the number.
fn find(words: Signal<String>, staff: bool) -> ReadSignal<Vec<Choice>> {
    let found = create_signal(Vec::new());
    create_effect(move || {
        let typed = words.get_clone().trim().to_owned();
        spawn_local_scoped(async move {
            TimeoutFuture::new(CALM).await;
            if words.with_untracked(|words| words.trim() != typed) {
                return;
            }
            if typed.is_empty() {
                return found.set(Vec::new());
            }
            let answer = api::tickets::search(typed, TicketQuery::default(), String::new(), TICKETS).await;
            let tickets = answer.unwrap_or_default().matches.into_iter().filter_map(|found| found.ticket);
            found.set(tickets.map(|ticket| ticket_of(&ticket, staff)).collect());
        });
    });
    *found
}

fn choice(value: String, label: String, kind: &str) -> Choice {
    Choice { value, label, detail: t!(kind), ..Choice::default() }
}

fn ticket_of(ticket: &Ticket, staff: bool) -> Choice {
    let number = ticket.number.clone();
    let label = format!("{number} {}", ticket.subject);
    let place = if staff {
        Place::DeskTicket { view: DeskView::All.key().to_owned(), ticket: number }
    } else {
        Place::Request { id: number }
    };
    choice(place.path(), label, "ticket")
}

fn view_of(view: &Kept) -> Choice {
    choice(Place::DeskView { view: view.id.clone() }.path(), view.name.clone(), "palette-view")
}

/// What the keys of the page do.
fn deeds(keys: &[(&str, &str)]) -> Vec<Choice> {
    keys.iter().map(|(key, words)| choice(format!("{DEED}{key}"), t!(words), "palette-deed")).collect()
}

/// The lists every agent has, and the pages somebody may see.
fn places(grants: &Grants) -> Vec<Choice> {
    let staff = grants.is_staff();
    let view = |view: DeskView| {
        let place = Place::DeskView { view: view.key().to_owned() };
        choice(place.path(), t!(&format!("view-{}", view.key())), "palette-view")
    };
    let pages = [
        (Place::Today, "nav-today", staff),
        (Place::Requests, "nav-requests", true),
        (Place::NewRequest, "new-request", true),
        (Place::Approvals, "nav-approvals", true),
        (Place::Team, "nav-team", staff),
        (Place::Macros, "macros", staff),
        (Place::Help, "nav-help", true),
        (Place::Profile, "account-own", true),
        (Place::Admin, "nav-admin", grants.is_admin()),
    ];
    let pages = pages.into_iter().filter(|(.., may)| *may);
    let pages = pages.map(|(place, words, _)| choice(place.path(), t!(words), "palette-page"));
    let views = DeskView::ALL.into_iter().filter(|_| staff).map(view);
    views.chain(pages).collect()
}

#[cfg(test)]
mod tests {
    use proto::identity::v1::{Grant, Permission};
    use proto::tickets::v1::Ticket;

    use super::{deeds, places, ticket_of};
    use crate::parts::narrowed;
    use crate::routes::Place;
    use crate::session::Grants;

    #[test]
    fn a_requester_is_offered_no_page_of_the_staff() {
        let own = places(&Grants::default());
        assert!(own.iter().all(|place| !place.value.starts_with("/desk") && place.value != "/admin"));
        let grant = Grant { department_id: String::new(), permissions: vec![Permission::TicketRead.into()] };
        let staff = places(&Grants::from([grant].as_slice()));
        assert!(staff.iter().any(|place| place.value == "/desk/mine") && staff.len() > own.len());
        assert!(staff.iter().all(|place| Place::of(&place.value) != Place::NotFound), "each leads somewhere");
    }

    #[test]
    fn deeds_are_found_by_their_words_and_tickets_lead_to_where_one_reads_them() {
        let all = deeds(&[("f", "hand-on"), ("z", "key-undo")]);
        assert_eq!(narrowed(&all, "hand")[0].value, "key f");
        let ticket = Ticket { number: "TX-1".into(), subject: "Lathe".into(), ..Ticket::default() };
        assert_eq!(ticket_of(&ticket, true).value, "/desk/all/TX-1");
        assert_eq!(ticket_of(&ticket, false).value, "/requests/TX-1");
    }
}

//! The desk: views with exact counts, the list, the ticket. One screen; zones fold, and on a narrow one the ticket takes the
//! list's place.

mod counts;
mod help;
mod list;
mod presence;
mod props;
mod ticket;
mod views;
mod why;

use sycamore::prelude::*;

use super::frame::Frame;
use crate::app::App;
use crate::browser;
use crate::desk::View as DeskView;
use crate::keys;
use crate::routes::{self, Area, Place};
use crate::text::t;
use counts::Counts;
use help::Help;
use list::ListZone;
use ticket::TicketZone;
use views::Views;

/// What is folded away.
#[derive(Clone, Copy)]
struct Folds {
    views: Signal<bool>,
    list: Signal<bool>,
}

/// The whole desk.
#[component(inline_props)]
pub(crate) fn Desk(place: ReadSignal<Place>) -> View {
    let app = use_context::<App>();
    let view = create_selector(move || view_of(&place.get_clone()));
    let ticket = create_selector(move || ticket_of(&place.get_clone()));
    let counts = Counts::follow(app);
    let folds = Folds { views: create_signal(false), list: create_signal(false) };
    let help = create_signal(false);
    page_keys(folds, help, view, ticket);
    view! {
        Frame(area=Area::Desk) {
            div(class="desk", data-open=ticket.with(Option::is_some).then_some(""), data-views=folds.views.get().then_some("folded"),
                data-list=folds.list.get().then_some("folded")) {
                Views(app=app, view=view, counts=counts)
                ListZone(app=app, view=view, ticket=ticket)
                (match ticket.get_clone() {
                    Some(id) => view! { TicketZone(app=app, view=view.get(), id=id) },
                    None => View::new(),
                })
            }
            (if help.get() { view! { Help(on_close=move |()| help.set(false)) } } else { View::new() })
        }
    }
}

/// An unknown view is the person's own.
fn view_of(place: &Place) -> DeskView {
    match place {
        Place::DeskView { view } | Place::DeskTicket { view, .. } => {
            DeskView::from_key(view).unwrap_or(DeskView::Mine)
        }
        _ => DeskView::Mine,
    }
}

fn ticket_of(place: &Place) -> Option<String> {
    match place {
        Place::DeskTicket { ticket, .. } => Some(ticket.clone()),
        _ => None,
    }
}

/// Keys that mean the same everywhere on the desk.
fn page_keys(
    folds: Folds,
    help: Signal<bool>,
    view: ReadSignal<DeskView>,
    ticket: ReadSignal<Option<String>>,
) {
    let going = create_signal(false);
    keys::take(move |key| {
        if going.replace_silent(false) {
            return go(key);
        }
        match key {
            "g" => going.set_silent(true),
            "[" => folds.views.set(!folds.views.get_untracked()),
            "]" => folds.list.set(!folds.list.get_untracked()),
            "?" => help.set(true),
            "Escape" if ticket.with_untracked(Option::is_some) => close(view.get_untracked()),
            _ => return false,
        }
        true
    });
}

/// The second key after `g`: a view by its first letter, or another area.
fn go(key: &str) -> bool {
    let view = |view: DeskView| Place::DeskView { view: view.key().to_owned() };
    let place = match key {
        "m" => view(DeskView::Mine),
        "u" => view(DeskView::Unassigned),
        "o" => view(DeskView::Open),
        "p" => view(DeskView::Pending),
        "r" => view(DeskView::Resolved),
        "t" => Place::Requests,
        "a" => Place::Admin,
        _ => return false,
    };
    routes::go(&place);
    true
}

/// Back to the list.
fn close(view: DeskView) {
    routes::go(&Place::DeskView { view: view.key().to_owned() });
    browser::focus(".ticket-row[data-cursor]");
}

/// A view's name.
fn name(view: DeskView) -> String {
    t!(&format!("view-{}", view.key()))
}

//! The desk: views with exact counts, the list, the ticket. One screen; zones fold, and on a narrow one the ticket takes the
//! list's place.

mod aside;
mod bulk;
mod clocks;
mod counts;
mod edits;
mod facts;
mod form_fields;
mod hand;
mod help;
mod links;
mod list;
mod macros;
mod merge;
mod offers;
mod others;
mod presence;
mod props;
mod rare;
mod rule_help;
mod subject;
mod ticket;
mod view_form;
mod views;
mod why;

use std::rc::Rc;

use sycamore::prelude::*;

use super::frame::Frame;
use crate::app::App;
use crate::browser;
use crate::desk::{self, Shown, View as DeskView};
use crate::keys;
use crate::parts::{Bones, Empty, Failed};
use crate::routes::{self, Area, Place};
use crate::store::Load;
use crate::store::names::Names;
use crate::store::views::SavedViews;
use crate::text::t;
use counts::Counts;
use help::Help;
use list::ListZone;
use offers::Offers;
use ticket::TicketZone;
use views::Views;

/// What is folded away.
#[derive(Clone, Copy)]
struct Folds {
    views: Signal<bool>,
    list: Signal<bool>,
}

/// Where one is in the list: its rows in order, and the one the keyboard is on.
#[derive(Clone, Copy)]
struct Walk {
    order: Signal<Rc<Vec<String>>>,
    cursor: Signal<Option<String>>,
}

impl Walk {
    fn new() -> Self {
        Self { order: create_signal(Rc::default()), cursor: create_signal(None) }
    }

    /// The ticket to go on with after this one.
    fn after(self, id: &str) -> Option<String> {
        self.order.with_untracked(|order| desk::after(order, id))
    }
}

/// The whole desk.
#[component(inline_props)]
pub(crate) fn Desk(place: ReadSignal<Place>) -> View {
    let app = use_context::<App>();
    let view = create_selector(move || view_of(&place.get_clone()));
    let ticket = create_selector(move || ticket_of(&place.get_clone()));
    let saved = SavedViews::follow(app);
    let (names, counts) = (Names::new(), Counts::follow(app, saved));
    let walk = Walk::new();
    let folds = Folds { views: create_signal(false), list: create_signal(false) };
    let help = create_signal(false);
    page_keys(app, folds, help, view, ticket);
    let list = list_of(app, view, ticket, (saved, names), walk);
    view! {
        Frame(area=Area::Desk) {
            Offers(app=app)
            div(class="desk", data-open=ticket.with(Option::is_some).then_some(""), data-views=folds.views.get().then_some("folded"),
                data-list=folds.list.get().then_some("folded")) {
                Views(app=app, view=view, counts=counts, saved=saved, names=names)
                (list)
                (match ticket.get_clone() {
                    Some(id) => view! { TicketZone(app=app, view=view, id=id, walk=walk) },
                    None => View::new(),
                })
            }
            (if help.get() { view! { Help(on_close=move |()| help.set(false)) } } else { View::new() })
        }
    }
}

/// What there is to show of a view.
#[derive(Clone, PartialEq)]
enum Known {
    Here,
    NotYet,
    Gone,
    Failed(crate::api::Trouble),
}

fn known(view: &Shown, saved: SavedViews) -> Known {
    let Shown::Saved(id) = view else { return Known::Here };
    match saved.all().get_clone() {
        Load::Waiting => Known::NotYet,
        Load::Failed(trouble) => Known::Failed(trouble),
        Load::Ready(all) if all.iter().any(|view| view.id == *id) => Known::Here,
        Load::Ready(_) => Known::Gone,
    }
}

/// The list of the view, once it is known which that is.
fn list_of(
    app: App,
    view: ReadSignal<Shown>,
    ticket: ReadSignal<Option<String>>,
    (saved, names): (SavedViews, Names),
    walk: Walk,
) -> View {
    let known = create_selector(move || known(&view.get_clone(), saved));
    view! {
        (match known.get_clone() {
            Known::Here => view! { ListZone(app=app, view=view, ticket=ticket, saved=saved, names=names, walk=walk) },
            Known::NotYet => view! { section(class="list-zone") { Bones(rows=12) } },
            Known::Gone => view! { section(class="list-zone") { Empty(icon="search", title=t!("view-gone"), text=t!("view-gone-text")) } },
            Known::Failed(trouble) => view! { section(class="list-zone") { Failed(trouble=trouble, retry=move |()| saved.reload()) } },
        })
    }
}

fn view_of(place: &Place) -> Shown {
    match place {
        Place::DeskView { view } | Place::DeskTicket { view, .. } => Shown::of(view),
        _ => Shown::Standing(DeskView::Mine),
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
    app: App,
    folds: Folds,
    help: Signal<bool>,
    view: ReadSignal<Shown>,
    ticket: ReadSignal<Option<String>>,
) {
    let going = create_signal(false);
    keys::offer(&[("/", "find-tickets"), ("z", "key-undo"), ("?", "key-help")]);
    keys::take(move |key| {
        if going.replace_silent(false) {
            return go(key);
        }
        match key {
            "g" => going.set_silent(true),
            "[" => folds.views.set(!folds.views.get_untracked()),
            "]" => folds.list.set(!folds.list.get_untracked()),
            "?" => help.set(true),
            "z" => return app.toasts.undo_last(),
            "Escape" if ticket.with_untracked(Option::is_some) => close(&view.get_clone_untracked()),
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
        "c" => Place::Macros,
        "t" => Place::Requests,
        "a" => Place::Admin,
        _ => return false,
    };
    routes::go(&place);
    true
}

/// Back to the list.
fn close(view: &Shown) {
    routes::go(&Place::DeskView { view: view.key().to_owned() });
    browser::focus(".ticket-row[data-cursor] a");
}

/// A view's name; blank for a saved one that is not known.
fn name(view: &Shown, saved: SavedViews) -> String {
    match view {
        Shown::Standing(view) => t!(&format!("view-{}", view.key())),
        Shown::Saved(id) => saved.find(id).map(|view| view.name).unwrap_or_default(),
        Shown::Ruled(_) => t!("view-ruled"),
    }
}

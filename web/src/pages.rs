//! The pages, by area.

mod account;
mod account_menu;
mod admin;
mod bell;
mod crowd;
mod desk;
mod door;
mod filling;
mod frame;
mod help;
mod kit;
mod nowhere;
mod palette;
mod portal;
mod rating;
mod ready;
mod rights;
mod sections;
mod team;
mod ticket_parts;

pub(crate) use admin::first_of_admin;
pub(crate) use door::SignIn;
pub(crate) use nowhere::{NotFound, Unreachable};

use sycamore::prelude::*;

use crate::browser;
use crate::routes::{Area, Place};

/// The pages of the front.
pub(crate) fn front(area: Area, place: ReadSignal<Place>) -> View {
    let page = match area {
        Area::Door => return view! { door::Door(place=place) },
        Area::Portal => view! { portal::Portal(place=place) },
        Area::Help => view! { help::Help(place=place) },
        Area::Account => view! { account::AccountArea(place=place) },
        _ => View::new(),
    };
    view! { (page) palette::Palette() }
}

/// The pages of the desk.
pub(crate) fn desk(area: Area, place: ReadSignal<Place>) -> View {
    match area {
        Area::Desk => view! { desk::Desk(place=place) palette::Palette() },
        _ => View::new(),
    }
}

/// The pages of the back.
pub(crate) fn back(area: Area, place: ReadSignal<Place>) -> View {
    match area {
        Area::Admin => view! { admin::Admin(place=place) },
        _ => View::new(),
    }
}

/// The pages of the work.
pub(crate) fn work(area: Area, place: ReadSignal<Place>) -> View {
    match area {
        Area::Work => view! { admin::Work(place=place) },
        _ => View::new(),
    }
}

/// The pages of the team.
pub(crate) fn team(area: Area, place: ReadSignal<Place>) -> View {
    match area {
        Area::Team => view! { team::Team(place=place) palette::Palette() },
        Area::Kit => view! { kit::Kit() },
        _ => View::new(),
    }
}

/// Names the tab after what it shows.
fn title(what: &str) {
    browser::set_title(&if what.is_empty() {
        "Ticketmesh".to_owned()
    } else {
        format!("{what} · Ticketmesh")
    });
}

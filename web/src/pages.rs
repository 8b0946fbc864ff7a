//! The pages, by area.

mod account;
mod admin;
mod bell;
mod desk;
mod door;
mod frame;
mod kit;
mod nowhere;
mod portal;
mod rights;
mod sections;
mod ticket_parts;

pub(crate) use account::AccountArea;
pub(crate) use admin::{Admin, first_of_admin};
pub(crate) use desk::Desk;
pub(crate) use door::Door;
pub(crate) use kit::Kit;
pub(crate) use nowhere::{NotFound, Unreachable};
pub(crate) use portal::Portal;

use crate::browser;

/// Names the tab after what it shows.
fn title(what: &str) {
    browser::set_title(&if what.is_empty() {
        "Ticketmesh".to_owned()
    } else {
        format!("{what} · Ticketmesh")
    });
}

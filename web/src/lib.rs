//! The Sycamore UI, compiled to WASM: portal, desk and administration.
//!
//! How it hangs together: [`api`] calls the gateway, [`live`] hears what happens, [`store`] keeps one signal an entity so that
//! a call or an event changes every place that shows it, [`routes`] is the map, [`pages`] are put together from [`parts`].
//! Five [`program`]s are made of it, so that the first page of a requester or an agent does not carry what is not his.
//! Invariants: nothing outside `api` makes a client; nothing outside [`text`] holds words for people; no element carries a
//! `style` attribute or an inline script, so that the page runs under the strictest content policy.

mod api;
mod app;
mod browser;
mod crop;
mod desk;
mod flow;
mod keys;
mod live;
mod pages;
mod parts;
mod passkey;
mod prefs;
mod program;
mod proof;
mod routes;
mod session;
mod store;
mod text;
mod time;

use program::{Name, Program};

/// Starts the portal, the knowledge base and one's own account.
pub fn front() {
    start(Program { name: Name::Front, texts: &[text::SHARED, text::FRONT], page: pages::front });
}

/// Starts the desk.
pub fn desk() {
    start(Program { name: Name::Desk, texts: &[text::SHARED, text::DESK], page: pages::desk });
}

/// Starts the administration.
pub fn back() {
    start(Program { name: Name::Back, texts: &[text::SHARED, text::BACK], page: pages::back });
}

/// Starts the part of the administration that says how work goes.
pub fn work() {
    start(Program { name: Name::Work, texts: &[text::SHARED, text::BACK, text::WORK], page: pages::work });
}

/// Starts what concerns a team: approvals, load, reports.
pub fn team() {
    start(Program { name: Name::Team, texts: &[text::SHARED, text::TEAM], page: pages::team });
}

fn start(program: Program) {
    console_error_panic_hook::set_once();
    if let Some(body) = browser::body() {
        sycamore::web::render_to(move || app::root(program), &body);
    }
}

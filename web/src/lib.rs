//! The Sycamore UI, compiled to WASM: portal, desk and administration.
//!
//! How it hangs together: [`api`] calls the gateway, [`live`] hears what happens, [`store`] keeps one signal an entity so that
//! a call or an event changes every place that shows it, [`routes`] is the map, [`pages`] are put together from [`parts`].
//! Two [`program`]s are made of it, so that the first page of a requester or an agent does not carry the administration.
//! Invariants: nothing outside `api` makes a client; nothing outside [`text`] holds words for people; no element carries a
//! `style` attribute or an inline script, so that the page runs under the strictest content policy.

mod api;
mod app;
mod browser;
mod crop;
mod desk;
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

use program::{Half, Program};

/// Starts portal and desk.
pub fn front() {
    start(Program { half: Half::Front, texts: &[text::FRONT], page: pages::front });
}

/// Starts one's own account and the administration.
pub fn back() {
    start(Program { half: Half::Back, texts: &[text::FRONT, text::BACK], page: pages::back });
}

fn start(program: Program) {
    console_error_panic_hook::set_once();
    if let Some(body) = browser::body() {
        sycamore::web::render_to(move || app::root(program), &body);
    }
}

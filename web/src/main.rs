//! The Sycamore UI, compiled to WASM: portal, desk and administration in one page.
//!
//! How it hangs together: [`api`] calls the gateway, [`live`] hears what happens, [`store`] keeps one signal an entity so that
//! a call or an event changes every place that shows it, [`routes`] is the map, [`pages`] are put together from [`parts`].
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
mod proof;
mod routes;
mod session;
mod store;
mod text;
mod time;

fn main() {
    console_error_panic_hook::set_once();
    if let Some(body) = browser::body() {
        sycamore::web::render_to(app::root, &body);
    }
}

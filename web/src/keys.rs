//! The keyboard: one listener on the page, heard by whatever is on the screen. Keys typed into a field are never taken.

use std::cell::RefCell;
use std::rc::Rc;

use sycamore::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::KeyboardEvent;

use crate::browser;

/// Takes a key: answers whether it meant something.
type Taker = Rc<dyn Fn(&str) -> bool>;

thread_local! {
    static TAKERS: RefCell<Vec<(u32, Taker)>> = const { RefCell::new(Vec::new()) };
}

/// Starts to listen, once for the page.
pub(crate) fn listen() {
    let heard = Closure::<dyn Fn(KeyboardEvent)>::new(|event: KeyboardEvent| {
        if event.alt_key() || browser::is_typing(&event) || browser::is_there("dialog[open]") {
            return;
        }
        let with = event.ctrl_key() || event.meta_key();
        if offer(&named(&event.key(), with, event.shift_key())) {
            event.prevent_default();
        }
    });
    document().add_event_listener_with_callback("keydown", heard.as_ref().unchecked_ref()).ok();
    heard.forget();
}

/// Offers keys to the taker until the present scope ends; the latest taker is asked first.
pub(crate) fn take(taker: impl Fn(&str) -> bool + 'static) {
    let number = TAKERS.with_borrow_mut(|takers| {
        let number = takers.last().map_or(0, |(number, _)| number + 1);
        takers.push((number, Rc::new(taker)));
        number
    });
    on_cleanup(move || TAKERS.with_borrow_mut(|takers| takers.retain(|(known, _)| *known != number)));
}

/// What a key is called: with Control, or Command, `Ctrl+z` or `Ctrl+Shift+z`; alone as the browser calls it.
fn named(key: &str, with: bool, shift: bool) -> String {
    let shift = if shift { "Shift+" } else { "" };
    if with { format!("Ctrl+{shift}{}", key.to_lowercase()) } else { key.to_owned() }
}

fn offer(key: &str) -> bool {
    let takers: Vec<Taker> =
        TAKERS.with_borrow(|takers| takers.iter().rev().map(|(_, taker)| Rc::clone(taker)).collect());
    takers.iter().any(|taker| taker(key))
}

#[cfg(test)]
mod tests {
    use sycamore::prelude::*;

    use super::{named, offer, take};

    #[test]
    fn with_control_a_key_is_another_one() {
        assert_eq!(named("Z", true, true), "Ctrl+Shift+z");
        assert_eq!((named("z", true, false).as_str(), named("X", false, true).as_str()), ("Ctrl+z", "X"));
    }

    #[test]
    fn the_latest_taker_is_asked_first_and_none_after_its_scope() {
        let _root = create_root(|| {
            take(|key| key == "j" || key == "k");
            let inner = create_child_scope(|| {
                take(|key| key == "r");
            });
            assert!(offer("r") && offer("j") && !offer("q"));
            inner.dispose();
            assert!(!offer("r") && offer("k"));
        });
    }
}

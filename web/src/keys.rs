//! The keyboard: one listener on the page, heard by whatever is on the screen. Keys typed into a field are never taken.

use std::cell::RefCell;
use std::rc::Rc;

use sycamore::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::KeyboardEvent;

use crate::browser;

/// The one key that is no letter in any field, and taken there, too.
pub(crate) const EVERYWHERE: &str = "Ctrl+k";

/// Takes a key: answers whether it meant something.
type Taker = Rc<dyn Fn(&str) -> bool>;

/// A key, and the id of the words for what it does.
type Offer = (&'static str, &'static str);

thread_local! {
    static OFFERS: RefCell<Vec<&'static [Offer]>> = const { RefCell::new(Vec::new()) };
    static TAKERS: RefCell<Vec<(u32, Taker)>> = const { RefCell::new(Vec::new()) };
}

/// Starts to listen, once for the page.
pub(crate) fn listen() {
    let heard = Closure::<dyn Fn(KeyboardEvent)>::new(|event: KeyboardEvent| {
        let with = event.ctrl_key() || event.meta_key();
        let key = named(&event.key(), with, event.shift_key());
        let is_typed = browser::is_typing(&event) && key != EVERYWHERE;
        if event.alt_key() || is_typed || browser::is_there("dialog[open]") {
            return;
        }
        if press(&key) {
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

/// Says what the keys of a page do, for those who look for it, until the present scope ends.
pub(crate) fn offer(keys: &'static [Offer]) {
    OFFERS.with_borrow_mut(|offers| offers.push(keys));
    on_cleanup(move || {
        OFFERS.with_borrow_mut(|offers| {
            if let Some(at) = offers.iter().rposition(|known| std::ptr::eq(*known, keys)) {
                offers.remove(at);
            }
        });
    });
}

/// What is offered now, the latest first.
pub(crate) fn offered() -> Vec<Offer> {
    OFFERS.with_borrow(|offers| offers.iter().rev().flat_map(|keys| keys.iter().copied()).collect())
}

/// What a key is called: with Control, or Command, `Ctrl+z` or `Ctrl+Shift+z`; alone as the browser calls it.
fn named(key: &str, with: bool, shift: bool) -> String {
    let shift = if shift { "Shift+" } else { "" };
    if with { format!("Ctrl+{shift}{}", key.to_lowercase()) } else { key.to_owned() }
}

/// Presses a key for whoever takes it; answers whether it meant something.
pub(crate) fn press(key: &str) -> bool {
    let takers: Vec<Taker> =
        TAKERS.with_borrow(|takers| takers.iter().rev().map(|(_, taker)| Rc::clone(taker)).collect());
    takers.iter().any(|taker| taker(key))
}

#[cfg(test)]
mod tests {
    use sycamore::prelude::*;

    use super::{named, offer, offered, press, take};

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
            assert!(press("r") && press("j") && !press("q"));
            inner.dispose();
            assert!(!press("r") && press("k"));
        });
    }

    #[test]
    fn what_keys_do_is_offered_as_long_as_their_page_is_there() {
        let _root = create_root(|| {
            offer(&[("?", "key-help")]);
            let inner = create_child_scope(|| offer(&[("r", "key-reply")]));
            assert_eq!(offered(), [("r", "key-reply"), ("?", "key-help")]);
            inner.dispose();
            assert_eq!(offered(), [("?", "key-help")]);
        });
    }
}

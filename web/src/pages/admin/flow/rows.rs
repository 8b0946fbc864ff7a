//! Lists in the panel: members in their order, each with what moves it and takes it away, and a button for one more.

use sycamore::prelude::*;
use sycamore::web::events::Event;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlInputElement;

use super::board::Board;
use super::pen::Pen;
use crate::browser;
use crate::flow::edit;
use crate::parts::{Button, Icon, Kind, Pill};
use crate::text::t;

/// A list of the panel: what it is called, what adds to it, and what a member is called.
#[derive(Clone, Copy)]
pub(super) struct Listed {
    pub(super) title: &'static str,
    pub(super) add: &'static str,
    pub(super) member: &'static str,
    /// The field of a new member that is filled in first.
    pub(super) first: &'static str,
}

/// The list; `fresh` is what one more begins as.
pub(super) fn rows<T: Clone + 'static>(
    pen: &Pen<Vec<T>>,
    words: Listed,
    list: &[T],
    fresh: T,
    row: impl Fn(&Pen<T>, &T) -> View,
) -> View {
    let end = list.len().saturating_sub(1);
    let members = list.iter().enumerate().map(|(at, member)| {
        let inside = row(&pen.member(at), member);
        let deeds = deeds(pen, words, at, end);
        let name = format!("{} {}", t!(words.member), at + 1);
        view! { li { div(class="flow-row", role="group", aria-label=name) { (inside) (deeds) } } }
    });
    let members = View::from(members.collect::<Vec<_>>());
    let (title, name, add) = (t!(words.title), t!(words.title), t!(words.add));
    let adder = pen.clone();
    let press = move |_| {
        let at = adder.name("");
        let mut count = 0;
        adder.reshape(|list| {
            list.push(fresh.clone());
            count = list.len();
        });
        browser::focus(&format!("[name=\"{at}[{}].{}\"]", count.saturating_sub(1), words.first));
    };
    let key = pen.name("");
    view! {
        div(class="field") {
            span(class="label") { (title) }
            ol(class="flow-rows", aria-label=name) { (members) }
            div { Button(icon="plus", label=add, data-size="small", data-adds=key, on:click=press) }
        }
    }
}

fn deeds<T: 'static>(pen: &Pen<Vec<T>>, words: Listed, at: usize, last: usize) -> View {
    let number = format!("{} {}", t!(words.member), at + 1);
    let [raise, lower, remove] =
        ["move-up-of", "move-down-of", "flow-remove-of"].map(|words| t!(words, name = number.clone()));
    let (first, end) = (at == 0, at == last);
    let [up, down, gone] = [pen.clone(), pen.clone(), pen.clone()];
    let shift = move |pen: &Pen<Vec<T>>, by: isize| pen.reshape(|list| edit::shift(list, at, by));
    let take = move |_| {
        gone.reshape(|list| drop((at < list.len()).then(|| list.remove(at))));
        browser::focus(&format!("[data-adds=\"{}\"]", gone.name("")));
    };
    view! {
        div(class="line tight deeds") {
            Button(kind=Kind::Quiet, icon="chevron-up", aria-label=raise, disabled=first, on:click=move |_| shift(&up, -1))
            Button(kind=Kind::Quiet, icon="chevron-down", aria-label=lower, disabled=end, on:click=move |_| shift(&down, 1))
            Button(kind=Kind::Quiet, icon="x", aria-label=remove, on:click=take)
        }
    }
}

/// A part of the panel that opens. Whether it is open stays while one goes from place to place; `count` says how much is in it.
pub(super) fn fold(board: Board, id: &'static str, words: &str, count: usize, inside: View) -> View {
    let title = t!(words);
    let is_open = create_selector(move || board.open.with(|open| open.contains(id)));
    let toggled = move |event: Event| {
        let details = event.target().map(JsValue::from).unwrap_or_default();
        let now = js_sys::Reflect::get(&details, &"open".into()).ok().and_then(|open| open.as_bool());
        let now = now.unwrap_or_default();
        if now != is_open.get_untracked() {
            board.open.update(|open| {
                if now {
                    open.insert(id)
                } else {
                    open.remove(id)
                };
            });
        }
    };
    let count = if count > 0 {
        view! { Pill(tone="open", icon="list", label=count.to_string()) }
    } else {
        View::new()
    };
    view! {
        details(class="flow-fold", open=is_open.get(), on:toggle=toggled) {
            summary { Icon(name="chevron-right") span(class="grow") { (title) } (count) }
            div(class="body form") { (inside) }
        }
    }
}

/// A box that says what is drawn, and is turned by a press.
pub(super) fn tick(
    label: String,
    hint: &str,
    is: ReadSignal<bool>,
    may: bool,
    turn: impl Fn() + 'static,
) -> View {
    let hint = if hint.is_empty() {
        View::new()
    } else {
        let words = t!(hint);
        view! { span(class="hint") { (words) } }
    };
    // Where turning changes nothing, the box stays as it is.
    let press = move |event: Event| {
        turn();
        if let Some(field) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) {
            field.set_checked(is.get_untracked());
        }
    };
    view! {
        label(class="check") {
            input(r#type="checkbox", prop:checked=is.get(), disabled=!may, on:change=press)
            span { (label) (hint) }
        }
    }
}

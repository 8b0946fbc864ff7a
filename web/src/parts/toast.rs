//! Toasts: what was done, with a way back where there is one. Said to screen readers too; they wait while one points at them.

use gloo_timers::future::TimeoutFuture;
use sycamore::prelude::*;
use sycamore_futures::spawn_local;

use super::{Act, Button, Icon};
use crate::api::Trouble;
use crate::text::t;

/// How long a toast stays, in milliseconds.
const STAY: u32 = 6_000;
/// The most that are seen at a time.
const MOST: usize = 3;

/// Something done, or refused.
#[derive(Clone)]
struct Toast {
    number: u32,
    text: String,
    failed: bool,
    undo: Option<Act>,
}

impl PartialEq for Toast {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

/// The toasts of the page.
#[derive(Clone, Copy)]
pub(crate) struct Toasts {
    shown: Signal<Vec<Toast>>,
    held: Signal<bool>,
    next: Signal<u32>,
    /// The last thing that can be undone and was not yet; it stays when its toast is gone.
    last: Signal<Option<(u32, Act)>>,
}

impl Toasts {
    pub(crate) fn new() -> Self {
        Self {
            shown: create_signal(Vec::new()),
            held: create_signal(false),
            next: create_signal(0),
            last: create_signal(None),
        }
    }

    /// Says that something was done.
    pub(crate) fn say(self, text: impl Into<String>) {
        self.add(text.into(), false, None);
    }

    /// Says that something was done, and offers to undo it.
    pub(crate) fn offer_undo(self, text: impl Into<String>, undo: impl Into<Act>) {
        let undo = undo.into();
        self.last.set_silent(Some((self.next.get_untracked(), undo.clone())));
        self.add(text.into(), false, Some(undo));
    }

    /// Says that something stopped on its way, and offers to undo what was done of it.
    pub(crate) fn stop(self, text: impl Into<String>, undo: impl Into<Act>) {
        let undo = undo.into();
        self.last.set_silent(Some((self.next.get_untracked(), undo.clone())));
        self.add(text.into(), true, Some(undo));
    }

    /// Undoes the last thing that can be undone; says whether there was one.
    pub(crate) fn undo_last(self) -> bool {
        let Some((number, undo)) = self.last.replace_silent(None) else { return false };
        self.drop(number);
        undo.now();
        true
    }

    /// Says that something was refused.
    pub(crate) fn fail(self, trouble: &Trouble) {
        self.add(trouble.sentence.clone(), true, None);
    }

    fn add(self, text: String, failed: bool, undo: Option<Act>) {
        let number = self.next.get_untracked();
        self.next.set_silent(number + 1);
        let mut shown = self.shown.get_clone_untracked();
        shown.push(Toast { number, text, failed, undo });
        shown.drain(..shown.len().saturating_sub(MOST));
        self.shown.set(shown);
        spawn_local(async move {
            TimeoutFuture::new(STAY).await;
            while self.held.get_untracked() {
                TimeoutFuture::new(500).await;
            }
            self.drop(number);
        });
    }

    fn drop(self, number: u32) {
        let mut shown = self.shown.get_clone_untracked();
        shown.retain(|toast| toast.number != number);
        self.shown.set(shown);
    }
}

/// The place where toasts are seen.
#[component(inline_props)]
pub(crate) fn Toaster(toasts: Toasts) -> View {
    let hold = move |held| move |_| toasts.held.set_silent(held);
    view! {
        div(class="toasts", role="status", aria-live="polite", on:mouseenter=hold(true), on:mouseleave=hold(false)) {
            Keyed(list=toasts.shown, key=|toast| toast.number, view=move |toast| card(toasts, toast))
        }
    }
}

fn card(toasts: Toasts, toast: Toast) -> View {
    let Toast { number, text, failed, undo } = toast;
    let (tone, icon) = if failed { ("late", "alert") } else { ("done", "check") };
    let undo = undo.map(|undo| {
        let press = move |_| {
            undo.now();
            toasts.drop(number);
            // Unless the undoing can be undone, which is then the last thing.
            if toasts.last.with_untracked(|last| last.as_ref().is_some_and(|(last, _)| *last == number)) {
                toasts.last.set_silent(None);
            }
        };
        view! { Button(label=t!("undo"), on:click=press) }
    });
    let undo = View::from(undo);
    view! {
        div(class="toast", data-tone=tone) {
            Icon(name=icon)
            span(class="grow") { (text) }
            (undo)
            Button(icon="x", aria-label=t!("close"), on:click=move |_| toasts.drop(number))
        }
    }
}

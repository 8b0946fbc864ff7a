//! Narrowing a list: words to find, and a rule, written or put together by pressing conditions that read as what they are.

use gloo_timers::future::TimeoutFuture;
use sycamore::prelude::*;
use sycamore_futures::spawn_local_scoped;

use crate::desk::{Shown, View as DeskView, rule};
use crate::pages::desk::rule_help::RuleHelp;
use crate::parts::{Act, Button, Form, Kind, RuleField, T};
use crate::routes::{self, Place};
use crate::text::t;

/// How long to wait for the next letter before asking, in milliseconds.
const PATIENCE: u32 = 180;

/// What narrows the list.
#[derive(Clone, Copy)]
pub(super) struct Narrow {
    /// As they are typed.
    pub(super) words: Signal<String>,
    /// Once nobody has typed for a moment.
    asked: ReadSignal<String>,
    /// The rule as it is written.
    rule: Signal<String>,
    /// The last one that was understood.
    applied: Signal<String>,
    /// Whether the rule is to be seen.
    pub(super) is_open: Signal<bool>,
    /// The words go along to the next view.
    keeps: Signal<bool>,
}

impl Narrow {
    /// Nothing narrowed; another view begins anew.
    pub(super) fn new(view: ReadSignal<Shown>) -> Self {
        let blank = || create_signal(String::new());
        let words = blank();
        let narrow = Self {
            words,
            asked: settled(words),
            rule: blank(),
            applied: blank(),
            is_open: create_signal(false),
            keeps: create_signal(false),
        };
        create_effect(on(view, move || {
            if !narrow.keeps.replace_silent(false) {
                narrow.words.set(String::new());
            }
            narrow.clear();
        }));
        narrow
    }

    /// The words asked for.
    pub(super) fn asked(self) -> String {
        self.asked.with(|words| words.trim().to_owned())
    }

    /// The rule tickets must meet besides.
    pub(super) fn applied(self) -> String {
        self.applied.with(|rule| rule.trim().to_owned())
    }

    /// Looks for the same words in all tickets.
    pub(super) fn everywhere(self) {
        self.keeps.set_silent(true);
        routes::go(&Place::DeskView { view: DeskView::All.key().to_owned() });
    }

    fn clear(self) {
        self.rule.set(String::new());
        self.applied.set(String::new());
    }
}

/// The words once nobody has typed for a moment.
fn settled(words: Signal<String>) -> ReadSignal<String> {
    let settled = create_signal(String::new());
    create_effect(move || {
        let typed = words.get_clone();
        spawn_local_scoped(async move {
            TimeoutFuture::new(PATIENCE).await;
            if settled.with_untracked(|before| *before != typed) {
                settled.set(typed);
            }
        });
    });
    *settled
}

/// The rule under the head of the list; `on_save` makes a view of it.
#[component(inline_props)]
pub(super) fn RuleStrip(narrow: Narrow, #[prop(setter(into))] on_save: Act) -> View {
    let form = Form::new();
    let help = RuleHelp::follow(narrow.rule, form, "list_rule");
    create_effect(on(help.sound(), move || {
        let sound = help.sound().get_clone();
        if narrow.applied.with_untracked(|applied| *applied != sound) {
            narrow.applied.set(sound);
        }
    }));
    let chips = View::from(
        rule::CHIPS.map(|(words, term)| chip(narrow, words, term)).into_iter().collect::<Vec<_>>(),
    );
    view! {
        div(class="rule-strip", role="group", aria-label=t!("filter")) {
            div(class="chips") { (chips) }
            RuleField(name="list_rule", label=t!("filter-rule"), value=narrow.rule, offers=help.offers(), form=form, hint=t!("filter-rule-hint"))
            div(class="line wrap") {
                Button(icon="plus", label=t!("view-save"), on:click=move |_| on_save.now())
                Button(kind=Kind::Quiet, label=t!("filter-clear"), on:click=move |_| narrow.clear())
            }
        }
    }
}

/// A condition to press; the rule below says what it means.
fn chip(narrow: Narrow, words: &'static str, term: &'static str) -> View {
    let pressed = move || narrow.rule.with(|rule| rule::has(rule, term)).to_string();
    let press = move |_| {
        let turned = narrow.rule.with(|rule| rule::turned(rule, term));
        narrow.rule.set(turned);
    };
    view! { button(class="chip", r#type="button", aria-pressed=pressed, on:click=press) { T(id=words) } }
}

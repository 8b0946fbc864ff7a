//! The options of a choice while a field is built. An option that was kept once is retired, never removed: tickets may have it.

use proto::tickets::v1::Option as Choosable;
use sycamore::prelude::*;

use super::field_words::key_of;
use crate::parts::{Button, Form, Icon, Kind, T};
use crate::text::t;

/// An option as it is typed.
#[derive(Clone)]
struct Line {
    number: usize,
    /// Empty until it is kept; then it never changes.
    key: String,
    label: Signal<String>,
    retired: Signal<bool>,
}

impl PartialEq for Line {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

/// The options of one field.
#[derive(Clone, Copy)]
pub(super) struct Options {
    scope: NodeHandle,
    lines: Signal<Vec<Line>>,
    next: Signal<usize>,
}

impl Options {
    /// Those that are kept.
    pub(super) fn of(kept: &[Choosable]) -> Self {
        let options =
            Self { scope: use_current_scope(), lines: create_signal(Vec::new()), next: create_signal(0) };
        for option in kept {
            options.add(option);
        }
        options
    }

    fn add(self, option: &Choosable) {
        let number = self.next.get_untracked();
        self.next.set_silent(number + 1);
        let (label, retired) =
            self.scope.run_in(|| (create_signal(option.label.clone()), create_signal(option.retired)));
        self.lines.update(|lines| lines.push(Line { number, key: option.key.clone(), label, retired }));
    }

    fn remove(self, number: usize) {
        self.lines.update(|lines| lines.retain(|line| line.number != number));
    }

    fn shift(self, number: usize, by: isize) {
        self.lines.update(|lines| {
            let at = lines.iter().position(|line| line.number == number).unwrap_or_default();
            if let Some(to) = at.checked_add_signed(by).filter(|to| *to < lines.len()) {
                lines.swap(at, to);
            }
        });
    }

    /// The options as they are typed; those without a label are left out, new ones get a key of their own. Follows what is typed.
    pub(super) fn all(self) -> Vec<Choosable> {
        let typed = self.lines.get_clone().into_iter().map(|line| Choosable {
            key: line.key,
            label: line.label.get_clone().trim().to_owned(),
            retired: line.retired.get(),
        });
        let mut all: Vec<Choosable> = typed.filter(|option| !option.label.is_empty()).collect();
        name(&mut all);
        all
    }
}

/// Gives a key to each option that has none: made of its label, with a number where that is taken.
fn name(all: &mut [Choosable]) {
    for at in 0..all.len() {
        if !all[at].key.is_empty() {
            continue;
        }
        let made = key_of(&all[at].label);
        let made: String =
            if made.is_empty() { "option".to_owned() } else { made.chars().take(60).collect() };
        let taken = |key: &str| all.iter().any(|option| option.key == key);
        let numbered = (2..).map(|number| format!("{made}_{number}"));
        let free = std::iter::once(made.clone()).chain(numbered).find(|key| !taken(key));
        all[at].key = free.unwrap_or_default();
    }
}

/// The lines to type into.
#[component(inline_props)]
pub(super) fn OptionsField(options: Options, form: Form) -> View {
    let add = move |_| options.add(&Choosable::default());
    view! {
        div(class="field") {
            span(class="label", id="options-label") { T(id="field-options") }
            ul(class="options", aria-labelledby="options-label") {
                Keyed(list=options.lines, key=|line| line.number, view=move |line| row(options, &line))
            }
            div { Button(icon="plus", label=t!("option-add"), on:click=add, data-size="small") }
            (match form.wrong("options") {
                Some(sentence) => view! { span(class="wrong") { Icon(name="alert") span { (sentence) } } },
                None => View::new(),
            })
        }
    }
}

fn row(options: Options, line: &Line) -> View {
    let (number, label, retired) = (line.number, line.label, line.retired);
    let place = move || {
        let at = options.lines.with(|lines| lines.iter().position(|line| line.number == number));
        t!("option-number", number = at.unwrap_or_default() + 1)
    };
    let end = if line.key.is_empty() {
        view! { Button(kind=Kind::Quiet, icon="x", aria-label=t!("option-remove"), on:click=move |_| options.remove(number)) }
    } else {
        view! { label(class="check") { input(r#type="checkbox", bind:checked=retired) span(class="small") { T(id="option-retired") } } }
    };
    view! {
        li {
            input(class="input", aria-label=place, maxlength="100", autocomplete="off", bind:value=label)
            Button(kind=Kind::Quiet, icon="chevron-up", aria-label=t!("move-up"), on:click=move |_| options.shift(number, -1))
            Button(kind=Kind::Quiet, icon="chevron-down", aria-label=t!("move-down"), on:click=move |_| options.shift(number, 1))
            (end)
        }
    }
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::Option as Choosable;

    use super::name;

    #[test]
    fn kept_options_keep_their_keys_and_new_ones_get_one_of_their_own() {
        let option =
            |key: &str, label: &str| Choosable { key: key.into(), label: label.into(), retired: false };
        let mut all =
            [option("laptop", "Notebook"), option("", "Laptop"), option("", "Laptop"), option("", "—")];
        name(&mut all);
        let keys: Vec<&str> = all.iter().map(|option| option.key.as_str()).collect();
        assert_eq!(keys, ["laptop", "laptop_2", "laptop_3", "option"]);
    }
}

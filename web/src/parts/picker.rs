//! A choice out of many, found by typing: for people, departments, roles.

use sycamore::prelude::*;

use super::{Act, Avatar, Icon, Maybe, Popover, SearchBox, T, Words, close_popover};

/// Something to choose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    /// Said after the label in a lighter tone.
    pub(crate) detail: String,
    /// Whose avatar stands before it.
    pub(crate) person: Option<String>,
}

/// The id of the list of the open picker; there is one at a time.
const LIST: &str = "picker-list";

/// A button that opens a list to choose from; its face is the child.
#[component(inline_props)]
pub(crate) fn Picker(
    #[prop(setter(into))] label: String,
    choices: ReadSignal<Vec<Choice>>,
    #[prop(setter(into))] chosen: Words,
    #[prop(setter(into))] on_choose: Act<String>,
    /// Hears what is typed, to bring more to choose from.
    #[prop(default, setter(into))]
    on_words: Act<String>,
    #[prop(default = "chooser")] button: &'static str,
    /// What a screen reader calls the button where the label alone is not enough.
    #[prop(default)]
    name: Maybe<Words>,
    #[prop(default, setter(into))] id: String,
    #[prop(default, setter(into))] described: String,
    #[prop(default = MaybeDyn::Static(false), setter(into))] invalid: MaybeDyn<bool>,
    children: Children,
) -> View {
    let name = name.unwrap_or_else(|| Words::from(label.clone()));
    let inside = move || {
        let words = create_signal(String::new());
        let hear = on_words.clone();
        create_effect(move || hear.with(words.get_clone()));
        let left = create_memo(move || choices.with(|choices| narrowed(choices, &words.get_clone())));
        listed(label.clone(), words, left, chosen.get_clone().into_owned(), on_choose.clone())
    };
    view! { Popover(inside=inside, button=button, name=name, id=id, role="dialog", described=described, invalid=invalid) { (children) } }
}

/// The search box and what it leaves to choose.
pub(crate) fn listed(
    label: String,
    words: Signal<String>,
    left: ReadSignal<Vec<Choice>>,
    chosen: String,
    on_choose: Act<String>,
) -> View {
    let active = create_signal(0_usize);
    create_effect(on(words, move || active.set(0)));
    let choose = Act::from(move |value: String| {
        close_popover();
        on_choose.with(value);
    });
    let by_key = choose.clone();
    let key = move |key: String| {
        let count = left.with(Vec::len);
        match key.as_str() {
            "ArrowDown" => active.set((active.get() + 1).min(count.saturating_sub(1))),
            "ArrowUp" => active.set(active.get().saturating_sub(1)),
            "Enter" => left
                .with(|left| left.get(active.get()).cloned())
                .iter()
                .for_each(|found| by_key.with(found.value.clone())),
            _ => {}
        }
    };
    let name = label.clone();
    view! {
        SearchBox(label=name, value=words, on_key=key, "autofocus"="", role="combobox", aria-expanded="true", aria-autocomplete="list",
            aria-controls=LIST, aria-activedescendant=move || format!("{LIST}-{}", active.get()))
        div(role="listbox", id=LIST, aria-label=label) {
            (if left.with(Vec::is_empty) {
                view! { p(class="title") { T(id="nothing-found") } }
            } else {
                let (choose, chosen) = (choose.clone(), chosen.clone());
                let items = left.get_clone().into_iter().enumerate();
                View::from(items.map(|(at, found)| item(found, &chosen, at, active, choose.clone())).collect::<Vec<_>>())
            })
        }
    }
}

fn item(choice: Choice, chosen: &str, at: usize, active: Signal<usize>, choose: Act<String>) -> View {
    let selected = (choice.value == chosen).to_string();
    let is_active = move || (active.get() == at).then_some("");
    let id = format!("{LIST}-{at}");
    let Choice { value, label, detail, person } = choice;
    let avatar = person.map(|id| view! { Avatar(id=id) });
    let avatar = View::from(avatar);
    view! {
        button(class="item", r#type="button", role="option", id=id, tabindex="-1", aria-selected=selected, data-active=is_active,
            on:click=move |_| choose.with(value.clone())) {
            (avatar)
            span(class="one-line") { (label) }
            span(class="faint tiny one-line") { (detail) }
            Icon(name="check", class="icon tick")
        }
    }
}

/// The choices each of whose words begins some word of theirs, in the order given.
pub(crate) fn narrowed(choices: &[Choice], words: &str) -> Vec<Choice> {
    let wanted = words.to_lowercase();
    let fits = |choice: &&Choice| {
        let text = format!("{} {}", choice.label, choice.detail).to_lowercase();
        wanted
            .split_whitespace()
            .all(|word| text.split(|at: char| !at.is_alphanumeric()).any(|part| part.starts_with(word)))
    };
    choices.iter().filter(fits).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::{Choice, narrowed};

    #[test]
    fn each_word_must_begin_a_word_of_the_choice() {
        let choice = |label: &str, detail: &str| Choice {
            label: label.into(),
            detail: detail.into(),
            ..Choice::default()
        };
        let all = [choice("Agent North", "online"), choice("Agent South", "away")];
        let found = |words| narrowed(&all, words).into_iter().map(|choice| choice.label).collect::<Vec<_>>();
        assert_eq!(found("a"), ["Agent North", "Agent South"]);
        assert_eq!(found("nort a"), ["Agent North"]);
        assert_eq!(found("AWAY"), ["Agent South"]);
        assert!(found("ring").is_empty());
    }
}

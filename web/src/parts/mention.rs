//! Naming people while one writes: an `@` and the beginning of a name offer whom it may mean, by mouse and keys.
//!
//! Who is named is read from the text when it is sent, so that whoever is deleted from it is not told, and what was kept as a draft
//! names the same people.

use sycamore::prelude::*;
use sycamore::web::events::{Event, KeyboardEvent, MouseEvent};
use web_sys::HtmlTextAreaElement;

use super::rule_field::{area_beside, area_of, caret};
use super::{Avatar, Choice};
use crate::text::t;

/// The id of the list; there is one composer on a page.
const LIST: &str = "mentions";
/// Letters of the longest beginning of a name that is looked for.
const LONGEST: usize = 40;

/// Whom one may mean, and who was meant.
#[derive(Clone, Copy)]
pub(crate) struct Naming {
    typed: Signal<Option<String>>,
    offers: Signal<Vec<Choice>>,
    active: Signal<usize>,
    /// Everybody who was chosen, by name and id.
    chosen: Signal<Vec<(String, String)>>,
}

impl Naming {
    pub(crate) fn new() -> Self {
        Self {
            typed: create_signal(None),
            offers: create_signal(Vec::new()),
            active: create_signal(0),
            chosen: create_signal(Vec::new()),
        }
    }

    /// What stands between the `@` and the caret; none while one writes something else.
    pub(crate) fn typed(self) -> ReadSignal<Option<String>> {
        *self.typed
    }

    /// Offers these people.
    pub(crate) fn offer(self, people: Vec<Choice>) {
        self.active.set(0);
        self.offers.set(people);
    }

    /// Everybody who was chosen so far, by name and id.
    pub(crate) fn chosen(self) -> Vec<(String, String)> {
        self.chosen.get_clone_untracked()
    }

    /// The id of the offer Enter takes, while there are some.
    pub(super) fn active_id(self) -> Option<String> {
        (!self.offers.with(Vec::is_empty)).then(|| format!("{LIST}-{}", self.active.get()))
    }

    /// Looks at what was typed.
    pub(super) fn look(self, event: &Event) {
        let Some(area) = area_of(event) else { return };
        let (text, at) = (area.value(), caret(&area));
        let typed = begun(&text, at).map(|start| text[start..at].to_owned());
        if typed.is_none() {
            self.offers.set(Vec::new());
        }
        self.typed.set(typed);
    }

    pub(super) fn close(self) {
        self.offers.set(Vec::new());
        self.typed.set(None);
    }

    /// Arrows walk the offers, Enter and Tab take one, Escape puts them away. Answers whether the key meant that.
    pub(super) fn key(self, event: &KeyboardEvent, text: Signal<String>) -> bool {
        let count = self.offers.with(Vec::len);
        let Some(area) = area_of(event).filter(|_| count > 0) else { return false };
        match event.key().as_str() {
            "ArrowDown" => self.active.set((self.active.get() + 1) % count),
            "ArrowUp" => self.active.set((self.active.get() + count - 1) % count),
            "Enter" | "Tab" => self.take(&area, text),
            "Escape" => {
                event.stop_propagation();
                self.close();
            }
            _ => return false,
        }
        event.prevent_default();
        true
    }

    /// Puts the name that is chosen in place of its beginning.
    fn take(self, area: &HtmlTextAreaElement, text: Signal<String>) {
        let offer = self.offers.with(|offers| offers.get(self.active.get()).cloned());
        let (whole, at) = (area.value(), caret(area));
        let Some((offer, start)) = offer.zip(begun(&whole, at)) else { return };
        let before = format!("{}{} ", &whole[..start], offer.label);
        let units = u32::try_from(before.encode_utf16().count()).unwrap_or_default();
        let written = format!("{before}{}", &whole[at..]);
        area.set_value(&written);
        area.set_selection_range(units, units).ok();
        text.set(written);
        self.chosen.update(|chosen| chosen.push((offer.label, offer.value)));
        self.close();
    }

    /// The offers, above what is written.
    pub(super) fn list(self, text: impl Fn() -> Signal<String> + Copy + 'static) -> View {
        let lines = move || {
            let offers = self.offers.get_clone().into_iter().enumerate();
            View::from(offers.map(|(at, offer)| self.line(at, offer, text)).collect::<Vec<_>>())
        };
        view! {
            div(class="offers", role="listbox", id=LIST, aria-label=t!("mention"), hidden=self.offers.with(Vec::is_empty)) { (lines()) }
        }
    }

    fn line(self, at: usize, offer: Choice, text: impl Fn() -> Signal<String> + 'static) -> View {
        let Choice { value, label, .. } = offer;
        let id = format!("{LIST}-{at}");
        let is_active = create_selector(move || self.active.get() == at);
        // Pressed before the text loses the focus.
        let press = move |event: MouseEvent| {
            event.prevent_default();
            self.active.set(at);
            if let Some(area) = event.current_target().and_then(|line| area_beside(&line, ".composer")) {
                self.take(&area, text());
            }
        };
        view! {
            div(class="item", role="option", id=id, aria-selected=is_active.get().to_string(), data-active=is_active.get().then_some(""),
                on:mousedown=press) {
                Avatar(id=value)
                span(class="one-line") { (label) }
            }
        }
    }
}

/// Where the beginning of a name that ends at a byte starts, behind its `@`; none where none is being written.
fn begun(text: &str, at: usize) -> Option<usize> {
    let sign = text[..at].rfind('@')?;
    let name = &text[sign + 1..at];
    let is_name = name.len() <= LONGEST && !name.contains('\n') && name.matches(' ').count() < 2;
    (is_name && stands_alone(text, sign)).then_some(sign + 1)
}

/// Whether the `@` at a byte begins something; in an address it does not.
fn stands_alone(text: &str, sign: usize) -> bool {
    !text[..sign].ends_with(char::is_alphanumeric)
}

/// The ids of those whose names stand behind an `@`, each once. Of several that fit the longest name is meant.
pub(crate) fn named_in(text: &str, people: &[(String, String)]) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for rest in behind_signs(text) {
        if let Some((_, id)) = meant(rest, people)
            && !ids.contains(id)
        {
            ids.push(id.clone());
        }
    }
    ids
}

/// The one or two words behind each `@` that names none of these people.
pub(crate) fn unknown_in(text: &str, people: &[(String, String)]) -> Vec<String> {
    let is_part = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '\'' | '.');
    let words = |rest: &str| {
        let words = rest
            .split(' ')
            .take(2)
            .map(|word| &word[..word.find(|at: char| !is_part(at)).unwrap_or(word.len())]);
        words.take_while(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    };
    let unknown = behind_signs(text).filter(|rest| meant(rest, people).is_none()).map(words);
    unknown.filter(|words| !words.is_empty()).collect()
}

fn behind_signs(text: &str) -> impl Iterator<Item = &str> {
    let signs = text.match_indices('@').filter(|(sign, _)| stands_alone(text, *sign));
    signs.map(|(sign, _)| &text[sign + 1..])
}

fn meant<'a>(rest: &str, people: &'a [(String, String)]) -> Option<&'a (String, String)> {
    let ends = |name: &str| !rest[name.len()..].starts_with(char::is_alphanumeric);
    let fits =
        |(name, _): &&(String, String)| !name.is_empty() && rest.starts_with(name.as_str()) && ends(name);
    people.iter().filter(fits).max_by_key(|(name, _)| name.len())
}

#[cfg(test)]
mod tests {
    use super::{begun, named_in, unknown_in};

    fn people() -> Vec<(String, String)> {
        [("Ann", "usr_1"), ("Ann Lee", "usr_2"), ("Bo Ek", "usr_3")]
            .map(|(name, id)| (name.to_owned(), id.to_owned()))
            .to_vec()
    }

    #[test]
    fn a_name_begins_behind_a_sign_that_stands_alone() {
        assert_eq!(begun("Ask @an", 7), Some(5));
        assert_eq!(begun("@ann l", 6), Some(1));
        assert_eq!(begun("mail me@example", 15), None);
        assert_eq!(begun("Ask @ann and then", 17), None);
        assert_eq!(begun("no sign", 7), None);
    }

    #[test]
    fn whose_name_stands_in_the_text_is_named_once_and_the_longest_name_is_meant() {
        assert_eq!(named_in("@Ann Lee, and @Ann Lee again", &people()), ["usr_2"]);
        assert_eq!(named_in("(@Ann) or @Bo Ek?", &people()), ["usr_1", "usr_3"]);
        assert!(named_in("@Anna, or Bo Ek", &people()).is_empty(), "another name, and no sign");
    }

    #[test]
    fn names_nobody_was_chosen_for_are_looked_up() {
        assert_eq!(unknown_in("@Cy Young: see @Ann, cc @Dee!", &people()), ["Cy Young", "Dee"]);
        assert!(unknown_in("a@b.example @ ", &people()).is_empty());
    }
}

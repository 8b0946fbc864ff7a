//! A field for a rule in CEL: words are completed as one types, and what the server says is wrong is shown where it is.
//!
//! Whether a rule is right only the server knows; it says so with line and column (`line 1, column 7: …`).

use sycamore::prelude::*;
use sycamore::web::events::{Event, KeyboardEvent};
use wasm_bindgen::JsCast;
use web_sys::HtmlTextAreaElement;

use super::field::{Field, Name, described_by};
use super::{Form, Icon};
use crate::text::t;

/// The most that is offered at a time.
const MOST: usize = 8;

/// A word a rule may have: a variable, a function, a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) word: String,
    /// What it is, in a few words.
    pub(crate) detail: String,
}

/// Which offers are open, and which of them Enter takes.
#[derive(Clone, Copy)]
struct Open {
    /// The words that may stand in a rule.
    all: ReadSignal<Vec<Offer>>,
    shown: Signal<Vec<Offer>>,
    active: Signal<usize>,
    value: Signal<String>,
}

/// The field; `offers` are the words that may stand in the rule.
#[component(inline_props)]
pub(crate) fn RuleField(
    #[prop(setter(into))] name: Name,
    #[prop(setter(into))] label: String,
    value: Signal<String>,
    offers: ReadSignal<Vec<Offer>>,
    form: Form,
    #[prop(default, setter(into))] hint: String,
    #[prop(default)] optional: bool,
) -> View {
    let open = Open { all: offers, shown: create_signal(Vec::new()), active: create_signal(0), value };
    let (wrong_name, place_name) = (name.clone(), name.clone());
    let invalid = move || form.wrong(&wrong_name).is_some().to_string();
    let (described, id, field) = (described_by(&name), name.clone(), name.clone());
    let list = format!("{name}-offers");
    let (controls, list_id, lines_of) = (list.clone(), list.clone(), list.clone());
    let active = move || (!open.shown.with(Vec::is_empty)).then(|| format!("{list}-{}", open.active.get()));
    view! {
        Field(name=name, label=label, hint=hint, optional=optional, form=form) {
            div(class="rule-field") {
                textarea(class="input mono", id=id, name=field, rows="2", "spellcheck"="false", autocapitalize="off", autocomplete="off",
                    aria-autocomplete="list", aria-haspopup="listbox", aria-controls=controls, aria-activedescendant=active,
                    aria-describedby=described, aria-invalid=invalid, bind:value=value,
                    on:input=move |event: Event| open.look(&event), on:keydown=move |event: KeyboardEvent| open.key(&event),
                    on:blur=move |_| open.close())
                div(class="offers", role="listbox", id=list_id, hidden=open.shown.with(Vec::is_empty)) { (lines(open, &lines_of)) }
            }
            (match form.wrong(&place_name).and_then(|sentence| excerpt(&value.get_clone(), &sentence)) {
                Some(excerpt) => view! { Marked(excerpt=excerpt) },
                None => View::new(),
            })
        }
    }
}

fn lines(open: Open, list: &str) -> View {
    let offers = open.shown.get_clone().into_iter().enumerate();
    View::from(offers.map(|(at, offer)| line(open, list, at, offer)).collect::<Vec<_>>())
}

fn line(open: Open, list: &str, at: usize, offer: Offer) -> View {
    let Offer { word, detail } = offer;
    let id = format!("{list}-{at}");
    let is_active = create_selector(move || open.active.get() == at);
    // Pressed before the field loses the focus, which closes the list.
    let press = move |event: sycamore::web::events::MouseEvent| {
        event.prevent_default();
        open.active.set(at);
        if let Some(area) = event.current_target().and_then(|line| area_beside(&line, ".rule-field")) {
            open.take(&area);
        }
    };
    view! {
        div(class="item", role="option", id=id, aria-selected=is_active.get().to_string(), data-active=is_active.get().then_some(""),
            on:mousedown=press) {
            span(class="mono") { (word) }
            span(class="faint tiny one-line end") { (detail) }
        }
    }
}

/// Where the rule is wrong, in its own line.
#[component(inline_props)]
fn Marked(excerpt: Excerpt) -> View {
    let Excerpt { line, column, before, wrong, after } = excerpt;
    let place = t!("rule-place", line = line, column = column);
    view! {
        p(class="excerpt") {
            span(class="tiny faint") { Icon(name="arrow-right") (place) }
            code { (before) mark { (wrong) } (after) }
        }
    }
}

impl Open {
    /// Offers what begins like the word before the caret.
    fn look(self, event: &Event) {
        let Some(area) = area_of(event) else { return };
        let (text, at) = (area.value(), caret(&area));
        self.active.set(0);
        self.shown.set(self.all.with(|all| offered(all, word_before(&text, at))));
    }

    fn close(self) {
        self.shown.set(Vec::new());
    }

    /// Arrows walk the offers, Enter and Tab take one, Escape puts them away.
    fn key(self, event: &KeyboardEvent) {
        let count = self.shown.with(Vec::len);
        let Some(area) = area_of(event).filter(|_| count > 0) else { return };
        match event.key().as_str() {
            "ArrowDown" => self.active.set((self.active.get() + 1) % count),
            "ArrowUp" => self.active.set((self.active.get() + count - 1) % count),
            "Enter" | "Tab" => self.take(&area),
            "Escape" => {
                event.stop_propagation();
                self.close();
            }
            _ => return,
        }
        event.prevent_default();
    }

    /// Puts the active offer in place of the word before the caret.
    fn take(self, area: &HtmlTextAreaElement) {
        let chosen = self.shown.with(|shown| shown.get(self.active.get()).cloned());
        let Some(Offer { word, .. }) = chosen else { return };
        let (text, at) = completed(&area.value(), caret(area), &word);
        area.set_value(&text);
        let units = u32::try_from(text[..at].encode_utf16().count()).unwrap_or_default();
        area.set_selection_range(units, units).ok();
        self.value.set(text);
        self.close();
    }
}

pub(super) fn area_of(event: &Event) -> Option<HtmlTextAreaElement> {
    event.target()?.dyn_into().ok()
}

/// The text area of what a line of offers is part of, by its selector.
pub(super) fn area_beside(line: &web_sys::EventTarget, around: &str) -> Option<HtmlTextAreaElement> {
    let field = line.dyn_ref::<web_sys::Element>()?.closest(around).ok()??;
    field.query_selector("textarea").ok()??.dyn_into().ok()
}

/// The byte the caret stands before; the browser counts in units of UTF-16.
pub(super) fn caret(area: &HtmlTextAreaElement) -> usize {
    let units = area.selection_end().ok().flatten().unwrap_or_default() as usize;
    byte_of(&area.value(), units)
}

fn byte_of(text: &str, units: usize) -> usize {
    let mut seen = 0;
    for (at, letter) in text.char_indices() {
        if seen >= units {
            return at;
        }
        seen += letter.len_utf16();
    }
    text.len()
}

/// The word that ends at a byte of the text: a name, with those it is part of.
fn word_before(text: &str, at: usize) -> &str {
    let before = &text[..at];
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
    &before[before.trim_end_matches(is_part).len()..]
}

/// What begins like a word and goes on.
fn offered(all: &[Offer], word: &str) -> Vec<Offer> {
    if word.is_empty() {
        return Vec::new();
    }
    let goes_on = |offer: &&Offer| offer.word.len() > word.len() && offer.word.starts_with(word);
    all.iter().filter(goes_on).take(MOST).cloned().collect()
}

/// The text with a word in place of the one that ends at a byte, and the byte after it.
fn completed(text: &str, at: usize, word: &str) -> (String, usize) {
    let start = at - word_before(text, at).len();
    (format!("{}{word}{}", &text[..start], &text[at..]), start + word.len())
}

/// A line of a rule and what is wrong in it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Excerpt {
    line: u32,
    column: u32,
    before: String,
    wrong: String,
    after: String,
}

/// The place a sentence of the server names, in the rule it is about; none when it names none that is there.
fn excerpt(rule: &str, sentence: &str) -> Option<Excerpt> {
    let (_, rest) = sentence.split_once("ine ")?;
    let (line, rest) = rest.split_once(", column ")?;
    let column: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let (line, column) = (line.parse::<u32>().ok()?, column.parse::<u32>().ok()?);
    let text = rule.lines().nth(usize::try_from(line).ok()?.checked_sub(1)?)?;
    let skipped = usize::try_from(column).ok()?.checked_sub(1)?;
    let start = text.char_indices().nth(skipped).map_or(text.len(), |(at, _)| at);
    let (before, rest) = text.split_at(start);
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    let name = rest.len() - rest.trim_start_matches(is_name).len();
    let length = name.max(rest.chars().next().map_or(0, char::len_utf8));
    let (wrong, after) = rest.split_at(length);
    // Past the end of a line something is missing; there is nothing but the place to mark.
    let wrong = if wrong.is_empty() { " " } else { wrong };
    Some(Excerpt {
        line,
        column,
        before: before.to_owned(),
        wrong: wrong.to_owned(),
        after: after.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use sycamore::prelude::*;

    use super::{Offer, RuleField, byte_of, completed, excerpt, offered, word_before};
    use crate::app::drawn;
    use crate::parts::Form;

    fn offers(words: &[&str]) -> Vec<Offer> {
        words.iter().map(|word| Offer { word: (*word).to_owned(), detail: "text".to_owned() }).collect()
    }

    #[test]
    fn a_word_goes_back_to_where_its_name_begins() {
        assert_eq!(word_before("a == subj", 9), "subj");
        assert_eq!(word_before("!(requester.dep", 15), "requester.dep");
        assert_eq!(word_before("größe", "größe".len()), "größe");
        assert_eq!(word_before("a == ", 5), "");
    }

    #[test]
    fn what_begins_like_the_word_is_offered_until_it_is_complete() {
        let all = offers(&["subject", "status", "size"]);
        let found = |word| offered(&all, word).into_iter().map(|offer| offer.word).collect::<Vec<_>>();
        assert_eq!(found("s"), ["subject", "status", "size"]);
        assert_eq!(found("st"), ["status"]);
        assert!(found("status").is_empty() && found("").is_empty());
    }

    #[test]
    fn a_taken_word_replaces_what_was_begun_and_nothing_else() {
        assert_eq!(completed("a && sub != b", 8, "subject"), ("a && subject != b".to_owned(), 12));
        assert_eq!(completed("", 0, "now"), ("now".to_owned(), 3));
    }

    #[test]
    fn the_browsers_units_are_not_bytes() {
        assert_eq!(byte_of("aé😀b", 4), "aé😀".len());
        assert_eq!(byte_of("ab", 9), 2);
    }

    #[test]
    fn the_place_the_server_names_is_marked_in_its_line() {
        let found = excerpt("a == 1 &&\nsubjekt == \"x\"", "Line 2, column 1: unknown variable.").unwrap();
        assert_eq!(
            (found.before.as_str(), found.wrong.as_str(), found.after.as_str()),
            ("", "subjekt", " == \"x\"")
        );
        let end = excerpt("a ==", "Line 1, column 5: something is missing.").unwrap();
        assert_eq!((end.before.as_str(), end.wrong.as_str()), ("a ==", " "));
        assert_eq!(excerpt("a", "Line 7, column 1: gone."), None);
        assert_eq!(excerpt("a", "The rule is too long."), None);
    }

    #[test]
    fn a_wrong_rule_shows_sentence_and_place() {
        let html = drawn(|| {
            let form = Form::new();
            form.refuse("condition", "Line 1, column 3: there is no such variable.".to_owned());
            let (value, all) = (create_signal("a b".to_owned()), create_signal(offers(&["subject"])));
            view! { RuleField(name="condition", label="Condition", value=value, offers=*all, form=form) }
        });
        assert!(html.contains("there is no such variable") && html.contains("b</mark>"), "{html}");
    }
}

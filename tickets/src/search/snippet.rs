//! Where the words stand: a piece of a text around the first of them, as HTML with `<mark>`.
//!
//! The invariant: every letter of the text is escaped, so that `<mark>` is the only tag there is.

use std::ops::Range;

use ammonia::clean_text;

use super::{
    asked::Wanted,
    words::{Language, cut, words},
};

/// Bytes of a snippet, marks not counted.
const LENGTH: usize = 200;
/// Bytes before the first word.
const BEFORE: usize = 60;
/// Bytes of a text that are looked through; a word that stands behind them is found, and not shown.
const MOST: usize = 65_536;

/// A text, and where in it words of the question stand.
#[derive(Debug)]
pub(crate) struct Found<'t> {
    text: &'t str,
    /// In order; each with the index of the word that was asked for.
    hits: Vec<(Range<usize>, usize)>,
}

impl<'t> Found<'t> {
    /// Looks for the words in a text of this language.
    pub(crate) fn of(text: &'t str, language: Language, wanted: &[Wanted]) -> Self {
        let text = cut(text, MOST);
        let hit = |(span, word): (Range<usize>, std::borrow::Cow<'_, str>)| {
            wanted.iter().position(|wanted| wanted.is_met_by(&word, language)).map(|index| (span, index))
        };
        Self { text, hits: words(text).filter_map(hit).collect() }
    }

    /// Which words of the question stand in it, a bit each.
    pub(crate) fn met(&self) -> u64 {
        self.hits.iter().fold(0, |met, (_, index)| met | 1 << index.min(&63))
    }

    /// The piece around the first hit; the beginning when there is none.
    fn piece(&self) -> Range<usize> {
        let first = self.hits.first().map_or(0, |(span, _)| span.start);
        let start = if first <= BEFORE { 0 } else { word_start(self.text, first - BEFORE..first) };
        let end = self.text.floor_char_boundary(start + LENGTH);
        // Not in the middle of a word, unless it is endless.
        let whole = self.text[start..end].rfind(char::is_whitespace).filter(|_| end < self.text.len());
        start..whole.map_or(end, |space| start + space).max(start)
    }
}

/// The text that has most of the words, as a snippet. The first of equals wins.
pub(crate) fn snippet<'t>(texts: impl IntoIterator<Item = Found<'t>>) -> String {
    let best = texts
        .into_iter()
        .reduce(|best, next| if next.met().count_ones() > best.met().count_ones() { next } else { best });
    best.map(|found| html(&found)).unwrap_or_default()
}

/// The beginning of the first word in this part of a text; of the part when it is one endless word.
fn word_start(text: &str, part: Range<usize>) -> usize {
    let start = text.floor_char_boundary(part.start);
    let space = text[start..part.end].char_indices().find(|(_, letter)| letter.is_whitespace());
    space.map_or(start, |(at, letter)| start + at + letter.len_utf8())
}

fn html(found: &Found<'_>) -> String {
    let piece = found.piece();
    let mut html = String::with_capacity(LENGTH * 2);
    html.push_str(if piece.start > 0 { "… " } else { "" });
    let mut at = piece.start;
    for (span, _) in found.hits.iter().filter(|(span, _)| piece.start <= span.start && span.end <= piece.end)
    {
        html.push_str(&escape(&found.text[at..span.start]));
        html.push_str("<mark>");
        html.push_str(&escape(&found.text[span.clone()]));
        html.push_str("</mark>");
        at = span.end;
    }
    html.push_str(&escape(&found.text[at..piece.end]));
    html.push_str(if piece.end < found.text.len() { " …" } else { "" });
    html
}

/// Letters as they are, line ends as spaces. Only what could become a tag or a reference is written otherwise.
fn escape(text: &str) -> String {
    let plain = text.replace(['\n', '\r', '\t'], " ");
    if plain.contains(['<', '>', '&', '"', '\'']) { clean_text(&plain).replace("&#32;", " ") } else { plain }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Found, snippet};
    use crate::search::{Asked, Language};

    fn shown(text: &str, asked: &str) -> String {
        snippet([Found::of(text, Language::English, &Asked::of_words(asked).words)])
    }

    #[test]
    fn words_are_marked_with_any_ending_and_accent() {
        let html = shown("The printer's Größe: prints & printing", "print grosse ");
        assert_eq!(
            html,
            "The printer&apos;s <mark>Größe</mark>: <mark>prints</mark> &amp; <mark>printing</mark>"
        );
    }

    #[test]
    fn a_long_text_is_shown_around_the_first_word() {
        let text = format!("{}needle {}", "hay ".repeat(100), "straw ".repeat(100));
        let html = shown(&text, "needle ");
        assert!(html.starts_with("… hay") && html.ends_with("straw …"), "{html}");
        assert!(html.contains("<mark>needle</mark>") && html.len() < 260, "{html}");
    }

    #[test]
    fn the_text_with_most_words_is_shown() {
        let wanted = Asked::of_words("badge printer ").words;
        let texts = ["a badge", "the badge printer", "printer badge"];
        let texts = texts.map(|text| Found::of(text, Language::English, &wanted));
        assert_eq!(snippet(texts), "the <mark>badge</mark> <mark>printer</mark>");
    }

    proptest! {
        #[test]
        fn nothing_but_marks_is_a_tag(text in "[a-z<>&\"' /\n\\PC]{0,300}", asked in "[a-z]{1,3}") {
            let html = shown(&text, &asked);
            let bare = html.replace("<mark>", "").replace("</mark>", "");
            prop_assert!(!bare.contains(['<', '>']), "{html}");
        }
    }
}

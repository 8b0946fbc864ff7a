//! What the index keeps of a ticket or an article, and how it is asked.
//!
//! A lexeme is a word, its stem, or one of both behind a mark: `^` for words of the title, `#` for a whole tag, `@` for a place,
//! `~` for stems of other languages than English. Marks stand in no word, so no text can pretend to be in a place. The invariant: what the index is given is bounded, however
//! long a conversation gets.

use std::collections::BTreeSet;

use super::words::{Language, words};

/// Different lexemes of one entry; PostgreSQL takes a megabyte of them.
const MOST: usize = 10_000;

/// What an entry of the index holds.
#[derive(Clone, Debug)]
pub(crate) struct Lexemes {
    language: Language,
    kept: BTreeSet<String>,
}

impl Lexemes {
    /// Nothing yet, of a text in this language.
    pub(crate) const fn new(language: Language) -> Self {
        Self { language, kept: BTreeSet::new() }
    }

    /// Takes in a title: it is found as any text, and ranks higher.
    pub(crate) fn title(&mut self, text: &str) -> &mut Self {
        for (_, word) in words(text) {
            let root = self.language.root(&word).into_owned();
            for lexeme in [title(&word), title(&root), root, word.into_owned()] {
                self.keep(lexeme);
            }
        }
        self
    }

    /// Takes in a text.
    pub(crate) fn text(&mut self, text: &str) {
        for (_, word) in words(text) {
            if self.kept.len() >= MOST {
                break;
            }
            let root = self.language.root(&word);
            if !self.kept.contains(&*root) {
                self.keep(root.into_owned());
            }
            if !self.kept.contains(&*word) {
                self.keep(word.into_owned());
            }
        }
    }

    /// Takes in a tag: as a whole, and as a title.
    pub(crate) fn tag(&mut self, text: &str) {
        self.keep(tag(text));
        self.title(text);
    }

    /// Says where the entry belongs.
    pub(crate) fn place(&mut self, id: &str) {
        self.keep(place(id));
    }

    /// Takes in what others hold, as far as there is room.
    pub(crate) fn join(&mut self, others: Self) {
        others.kept.into_iter().for_each(|lexeme| self.keep(lexeme));
    }

    /// The lexemes, each once, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.kept.iter().map(String::as_str)
    }

    fn keep(&mut self, lexeme: String) {
        if self.kept.len() < MOST {
            self.kept.insert(lexeme);
        }
    }
}

/// A word of a title, as the index marks it.
pub(crate) fn title(word: &str) -> String {
    format!("^{word}")
}

/// A tag, as the index marks it. Case does not matter.
pub(crate) fn tag(text: &str) -> String {
    format!("#{}", text.to_lowercase())
}

/// A place, as the index marks it: a department's id, or who may read.
pub(crate) fn place(id: &str) -> String {
    format!("@{id}")
}

/// A lexeme that is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lexeme {
    pub(crate) text: String,
    /// Whether it is enough that one begins so.
    pub(crate) prefix: bool,
}

impl Lexeme {
    /// Exactly this one.
    pub(crate) const fn whole(text: String) -> Self {
        Self { text, prefix: false }
    }

    /// Whatever begins so.
    pub(crate) const fn beginning(text: String) -> Self {
        Self { text, prefix: true }
    }
}

/// Lexemes of which one must occur.
pub(crate) type Clause = Vec<Lexeme>;

#[cfg(test)]
mod tests {
    use super::{Language, Lexemes, MOST};

    #[test]
    fn words_are_kept_with_their_stems_and_titles_twice() {
        let mut lexemes = Lexemes::new(Language::English);
        lexemes.title("Printers").text("burned");
        lexemes.tag("Room-2");
        lexemes.place("dep_1");
        let kept: Vec<_> = lexemes.iter().collect();
        let expected = [
            "#room-2",
            "2",
            "@dep_1",
            "^2",
            "^printer",
            "^printers",
            "^room",
            "burn",
            "burned",
            "printer",
            "printers",
            "room",
        ];
        assert_eq!(kept, expected);
    }

    #[test]
    fn no_text_fills_the_index_without_end() {
        let mut lexemes = Lexemes::new(Language::English);
        let long = (0..50_000).map(|number| format!("w{number}")).collect::<Vec<_>>().join(" ");
        lexemes.title("Report").text(&long);
        assert_eq!(lexemes.iter().count(), MOST);
        assert!(lexemes.iter().any(|lexeme| lexeme == "^report"));
    }
}

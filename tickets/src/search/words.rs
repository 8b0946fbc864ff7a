//! Texts as words: split, folded, stemmed.
//!
//! The invariants: a word holds letters and digits only, at most [`LONGEST`] bytes, in lower case and without accents; the same
//! word comes out of the same letters wherever they stand.

use std::{borrow::Cow, ops::Range, sync::LazyLock};

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// Bytes of a word; the rest of a longer one is not told apart.
const LONGEST: usize = 64;

/// A language whose endings are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// Also taken for texts of which nobody said the language.
    English,
    German,
}

impl Language {
    /// All of them: who searches does not say in which language.
    pub(super) const ALL: [Self; 2] = [Self::English, Self::German];

    /// The language of a BCP 47 tag.
    pub(crate) fn of(tag: &str) -> Self {
        match tag.split('-').next() {
            Some(primary) if primary.eq_ignore_ascii_case("de") => Self::German,
            _ => Self::English,
        }
    }

    /// The word without its ending, as the index keeps it: those of other languages than English behind a mark, so that what is
    /// cut off by the rules of one is not taken for a word of the other.
    pub(super) fn root(self, word: &str) -> Cow<'_, str> {
        let stem = self.stem(word);
        match self {
            Self::English => stem,
            Self::German => Cow::Owned(format!("~{stem}")),
        }
    }

    /// The word without its ending. Numbers and names of things (`cve2026`) have none.
    fn stem(self, word: &str) -> Cow<'_, str> {
        static ENGLISH: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::create(Algorithm::English));
        static GERMAN: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::create(Algorithm::German));
        if !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
            return Cow::Borrowed(word);
        }
        match self {
            Self::English => ENGLISH.stem(word),
            Self::German => GERMAN.stem(word),
        }
    }
}

/// The words of a text, each with where it stands.
pub(super) fn words(text: &str) -> impl Iterator<Item = (Range<usize>, Cow<'_, str>)> {
    spans(text).filter_map(|span| {
        let word = fold(&text[span.clone()]);
        (!word.is_empty()).then_some((span, word))
    })
}

/// Where words stand. Where people write without spaces, every sign is a word.
fn spans(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut letters = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, first) = letters.find(|(_, letter)| letter.is_alphanumeric())?;
        let mut end = start + first.len_utf8();
        while !is_ideograph(first)
            && let Some((at, next)) = letters.next_if(|(_, next)| belongs(*next))
        {
            end = at + next.len_utf8();
        }
        Some(start..end)
    })
}

/// Whether a letter goes on with the word before it.
fn belongs(letter: char) -> bool {
    letter.is_alphanumeric() && !is_ideograph(letter) || is_combining_mark(letter)
}

/// Chinese and Japanese signs.
fn is_ideograph(letter: char) -> bool {
    matches!(letter, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// The word in lower case, without accents, cut to its longest.
fn fold(word: &str) -> Cow<'_, str> {
    let folded = if word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) {
        Cow::Borrowed(word)
    } else if word.is_ascii() {
        Cow::Owned(word.to_ascii_lowercase())
    } else {
        let plain = word.nfkd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_lowercase);
        let plain: String = plain.filter(|letter| letter.is_alphanumeric()).collect();
        Cow::Owned(plain.replace('ß', "ss"))
    };
    match folded {
        long if long.len() > LONGEST => Cow::Owned(cut(&long, LONGEST).to_owned()),
        short => short,
    }
}

/// At most so many bytes from the beginning, in whole letters.
pub(super) fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{LONGEST, Language, words};

    fn all(text: &str) -> Vec<String> {
        words(text).map(|(_, word)| word.into_owned()).collect()
    }

    #[test]
    fn a_text_is_taken_apart_into_folded_words() {
        assert_eq!(all("TX-1042: the VPN's down!"), ["tx", "1042", "the", "vpn", "s", "down"]);
        assert_eq!(all("Größe cafe\u{301} STRASSE ﬁle"), ["grosse", "cafe", "strasse", "file"]);
        assert_eq!(all("打印机 Drucker2"), ["打", "印", "机", "drucker2"]);
        assert_eq!(all("\0 \u{202e} ⁇ \" ' & | ! ( ) : *"), Vec::<String>::new());
    }

    #[test]
    fn endings_are_taken_off() {
        for word in ["printing", "printed", "prints"] {
            assert_eq!(Language::English.stem(word), "print");
        }
        assert_eq!(Language::of("de-AT").stem("druckern"), Language::German.stem("drucker"));
        assert_eq!(Language::of("").stem("cve2026s"), "cve2026s");
    }

    proptest! {
        #[test]
        fn a_word_is_letters_and_digits_and_stands_where_it_says(text in "\\PC{0,80}") {
            for (span, word) in words(&text) {
                prop_assert!(word.len() <= LONGEST && word.chars().all(char::is_alphanumeric), "{word:?}");
                prop_assert!(!text[span].is_empty());
                for language in Language::ALL {
                    let stem = language.stem(&word);
                    prop_assert!(stem.chars().all(char::is_alphanumeric), "{stem:?}");
                    prop_assert_eq!(stem.chars().next(), word.chars().next());
                }
            }
        }

        #[test]
        fn folding_again_changes_nothing(text in "\\PC{0,40}") {
            for word in all(&text) {
                prop_assert_eq!(all(&word).concat(), word);
            }
        }
    }
}

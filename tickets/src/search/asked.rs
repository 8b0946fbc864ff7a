//! What somebody asks for who writes into the search box.
//!
//! All words must occur, each with any ending. The last one, as it may not be typed to its end, and words with a `*` behind them
//! need only be how a word begins. `name:value` is a condition (`terms.rs`); what stands in quotation marks is always words.
//! The invariant: whatever is written, there comes out a question or a sentence that says what to write instead.

use std::collections::BTreeSet;

use super::{
    lexemes::{Clause, Lexeme, tag, title},
    terms::Term,
    words::{Language, words},
};

/// Words one may look for at once.
const MOST_WORDS: usize = 32;
/// Letters from which on the beginning of a word is looked for; shorter ones begin too many.
const SHORTEST_BEGINNING: usize = 3;
/// Words that stand everywhere: not looked for beside others.
const COMMON: &[&str] = &[
    "a", "an", "and", "are", "as", "at", "be", "by", "can", "das", "dem", "den", "der", "die", "do", "does",
    "ein", "eine", "for", "from", "has", "have", "how", "i", "ich", "in", "is", "ist", "it", "mit", "my",
    "nicht", "not", "of", "on", "or", "s", "t", "that", "the", "this", "to", "und", "was", "we", "wie",
    "with", "you", "zu",
];

/// A question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// The words, all of which must occur.
    pub(crate) words: Vec<Wanted>,
    /// The conditions, all of which must hold.
    pub(crate) terms: Vec<Term>,
    /// The number of a ticket that is among the words.
    pub(crate) number: Option<i64>,
}

/// A word that is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    word: String,
    /// Without its ending, as the index keeps it in each language, and words that may have been meant instead.
    roots: BTreeSet<String>,
    /// Whether it may go on.
    open: bool,
}

/// A piece of what was written: between spaces, or between quotation marks.
#[derive(Debug, Default)]
struct Piece<'t> {
    /// What stands before the colon.
    name: Option<&'t str>,
    text: &'t str,
    quoted: bool,
}

impl Asked {
    /// Reads what was written, or says what is wrong with it, going on from the field's name. `number` reads a ticket's number as
    /// people write it.
    pub(crate) fn read(text: &str, number: impl Fn(&str) -> Option<i64>) -> Result<Self, String> {
        let pieces = pieces(text);
        let unfinished = !text.ends_with(char::is_whitespace);
        let mut asked = Self::default();
        for (index, piece) in pieces.iter().enumerate() {
            if let Some(name) = piece.name {
                asked.terms.push(Term::read(name, piece.text)?);
            } else if let Some(number) = number(piece.text) {
                asked.number = Some(number);
                asked.words.extend(wanted(&number.to_string(), false));
            } else {
                let last = unfinished && index + 1 == pieces.len() && !piece.quoted;
                asked.words.extend(wanted(piece.text, last || piece.text.ends_with('*')));
            }
        }
        asked.drop_common();
        if asked.words.len() > MOST_WORDS {
            return Err(format!("has too many words; give at most {MOST_WORDS}"));
        }
        if asked == Self::default() {
            return Err("has no word in it; write words, or terms such as status:open".to_owned());
        }
        Ok(asked)
    }

    /// A question of words alone, for boxes that know no terms.
    pub(crate) fn of_words(text: &str) -> Self {
        let mut asked = Self { words: wanted(text, !text.ends_with(char::is_whitespace)), ..Self::default() };
        asked.drop_common();
        asked.words.truncate(MOST_WORDS);
        asked
    }

    /// What an entry of the index must hold.
    pub(crate) fn clauses(&self) -> Vec<Clause> {
        let words = self.words.iter().map(|wanted| wanted.clause(str::to_owned));
        words.chain(self.terms.iter().filter_map(tags)).collect()
    }

    /// What the titles among them hold; nothing when no word is asked for.
    pub(crate) fn title_clauses(&self) -> Vec<Clause> {
        self.words.iter().map(|wanted| wanted.clause(title)).collect()
    }

    /// Common words say nothing, unless nothing else is said.
    fn drop_common(&mut self) {
        let is_common = |wanted: &Wanted| COMMON.contains(&wanted.word.as_str());
        if !self.words.iter().all(is_common) {
            self.words.retain(|wanted| !is_common(wanted));
        }
        let mut seen = BTreeSet::new();
        self.words.retain(|wanted| seen.insert(wanted.word.clone()));
    }
}

impl Wanted {
    fn new(word: String, open: bool) -> Self {
        let roots = Language::ALL.iter().map(|language| language.root(&word).into_owned()).collect();
        let open = open && word.chars().count() >= SHORTEST_BEGINNING;
        Self { word, roots, open }
    }

    /// The word, folded.
    pub(crate) fn word(&self) -> &str {
        &self.word
    }

    /// Parts of a text that holds the word in any form, as patterns of `like`: beginnings of so many letters, with vowels left
    /// open, because they may have accents.
    pub(crate) fn patterns(&self, letters: usize) -> impl Iterator<Item = String> {
        let open = |letter: char| if "aeiouy".contains(letter) { '_' } else { letter };
        self.roots.iter().map(move |root| {
            let stem = root.trim_start_matches('~');
            // The last letter of a stem is not always one of the word: polic(y) and polici(es).
            let most = stem.chars().count().saturating_sub(1).clamp(1, letters);
            stem.chars().take(most).map(open).collect()
        })
    }

    /// The same, where one of these was probably meant.
    pub(crate) fn or_rather(mut self, others: impl IntoIterator<Item = String>) -> Self {
        self.roots.extend(others);
        self
    }

    /// Whether a word of a text in this language is meant.
    pub(super) fn is_met_by(&self, word: &str, language: Language) -> bool {
        // Endings change, and slips are put right, behind the first letter: most words need not be looked at closer.
        if self.word.chars().next() != word.chars().next() {
            return false;
        }
        self.word == word
            || (self.open && word.starts_with(&self.word))
            || self.roots.contains(word)
            || self.roots.contains(&*language.root(word))
    }

    /// What of it the index must hold, each behind a mark.
    fn clause(&self, marked: impl Fn(&str) -> String) -> Clause {
        // What begins so is found with the beginning.
        let is_open = |root: &&String| self.open && root.starts_with(&self.word);
        let whole = self.roots.iter().filter(|root| !is_open(root)).map(|root| Lexeme::whole(marked(root)));
        let beginning = self.open.then(|| Lexeme::beginning(marked(&self.word)));
        whole.chain(beginning).collect()
    }
}

/// The tags of a term, one of which must be there.
fn tags(term: &Term) -> Option<Clause> {
    let Term::Tag(tags) = term else { return None };
    Some(tags.iter().map(|text| Lexeme::whole(tag(text))).collect())
}

/// The words of a piece; the last one may be open.
fn wanted(text: &str, open: bool) -> Vec<Wanted> {
    let mut words: Vec<_> = words(text).map(|(_, word)| Wanted::new(word.into_owned(), false)).collect();
    if let Some(last) = words.pop() {
        words.push(Wanted::new(last.word, open));
    }
    words
}

/// What was written, piece by piece. A quotation mark that is not closed reaches to the end.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = vec![];
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (piece, after) = piece(rest);
        pieces.push(piece);
        rest = after.trim_start();
    }
    pieces
}

/// The first piece, and what follows it.
fn piece(text: &str) -> (Piece<'_>, &str) {
    let (name, text) = match name(text) {
        Some((name, value)) => (Some(name), value),
        None => (None, text),
    };
    if let Some(quoted) = text.strip_prefix('"') {
        let (text, after) = quoted.split_once('"').unwrap_or((quoted, ""));
        return (Piece { name, text, quoted: true }, after);
    }
    let end = text.find(|letter: char| letter.is_whitespace() || letter == '"').unwrap_or(text.len());
    let (text, after) = text.split_at(end);
    (Piece { name, text, quoted: false }, after)
}

/// The name of a term and what follows its colon. Addresses (`https://…`) and drives (`C:\…`) are words.
fn name(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|letter: char| !letter.is_ascii_alphabetic() && letter != '_')?;
    let (name, rest) = text.split_at(end);
    let value = rest.strip_prefix(':')?;
    (name.len() > 1 && !value.starts_with("//")).then_some((name, value))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Asked, Clause, Lexeme};

    fn read(text: &str) -> Result<Asked, String> {
        Asked::read(text, |piece| piece.strip_prefix("TX-")?.parse().ok())
    }

    fn whole(words: &[&str]) -> Clause {
        words.iter().map(|word| Lexeme::whole((*word).to_owned())).collect()
    }

    #[test]
    fn words_are_looked_for_without_their_endings_and_the_last_one_may_go_on() {
        let asked = read("the printers bur").expect("a question");
        let mut last = whole(&["~bur"]);
        last.push(Lexeme::beginning("bur".to_owned()));
        assert_eq!(asked.clauses(), [whole(&["printer", "~print"]), last]);
        assert_eq!(asked.title_clauses()[0], whole(&["^printer", "^~print"]));
    }

    #[test]
    fn a_finished_word_a_short_one_and_a_quoted_one_do_not_go_on() {
        for finished in ["bur ", "\"bur\"", "bu", "x \"status:bur"] {
            let asked = read(finished).expect("a question");
            let lexemes = asked.clauses().concat();
            assert!(lexemes.iter().all(|lexeme| !lexeme.prefix), "{finished}: {lexemes:?}");
        }
        let star = read("prin* jam ").expect("a question").clauses().concat();
        assert!(star.contains(&Lexeme::beginning("prin".to_owned())), "{star:?}");
    }

    #[test]
    fn common_words_count_only_where_nothing_else_is_said() {
        assert_eq!(read("how to print ").expect("a question").words.len(), 1);
        assert_eq!(read("to be ").expect("a question").words.len(), 2);
    }

    #[test]
    fn a_number_is_looked_for_as_people_write_it() {
        let asked = read("TX-1042").expect("a question");
        assert_eq!((asked.number, asked.clauses()), (Some(1042), vec![whole(&["1042", "~1042"])]));
    }

    #[test]
    fn terms_are_told_from_words() {
        for (text, words, terms) in [
            ("vpn status:open", 1, 1),
            ("status:\"open\" vpn", 1, 1),
            ("https://vpn.example/x", 4, 0),
            ("12:30 C:\\temp", 4, 0),
            ("\"status:open\"", 2, 0),
        ] {
            let asked = read(text).expect("a question");
            assert_eq!((asked.words.len(), asked.terms.len()), (words, terms), "{text}");
        }
    }

    #[test]
    fn what_can_not_be_looked_for_is_explained() {
        for (text, said) in [
            ("?!", "has no word in it"),
            ("stauts:open", "did you mean status"),
            ("status:opne", "did you mean open"),
            ("status:", "has no value"),
            (&"x1 y2 z3 ".repeat(50), ""),
            (&(0..33).map(|number| format!("w{number}")).collect::<Vec<_>>().join(" "), "too many words"),
        ] {
            let problem = read(text).err().unwrap_or_default();
            assert!(problem.contains(said), "{text}: {problem}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_a_question_or_a_sentence(text in "\\PC{0,60}") {
            match read(&text) {
                Ok(asked) => prop_assert!(asked != Asked::default()),
                Err(problem) => prop_assert!(!problem.is_empty()),
            }
        }
    }
}

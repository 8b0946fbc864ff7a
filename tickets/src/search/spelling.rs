//! Slips of the pen: words that are written almost like words of titles.
//!
//! The first letter is taken to be right. The invariant: only words of titles are ever suggested, which everybody who may see the ticket reads; no word of a note is
//! among them, and what is found with them still has to be visible.

use super::words::words;

/// Letters of the shortest word that is learned or put right.
const SHORTEST: usize = 4;
/// Letters from which on two slips are forgiven instead of one.
const LONG: usize = 8;
/// Words that may have been meant.
const MOST: usize = 3;

/// The words of a title that are worth to be known.
pub(crate) fn learned(title: &str) -> impl Iterator<Item = String> {
    words(title).map(|(_, word)| word.into_owned()).filter(|word| is_spelled(word))
}

/// Which of the known words was probably meant: those with the fewest slips. None when the word itself is known.
pub(crate) fn meant(word: &str, known: Vec<String>) -> Vec<String> {
    let letters = word.chars().count();
    if !is_spelled(word) || known.iter().any(|known| known == word) {
        return vec![];
    }
    let most = if letters < LONG { 1 } else { 2 };
    let near = known.into_iter().filter(|known| known.chars().count().abs_diff(letters) <= most);
    let slips = |known: String| (strsim::osa_distance(&known, word), known);
    let mut near: Vec<_> = near.map(slips).filter(|(slips, _)| *slips <= most).collect();
    near.sort();
    near.into_iter().take(MOST).map(|(_, known)| known).collect()
}

/// Whether a word is written with letters, and enough of them: numbers are not spelled.
fn is_spelled(word: &str) -> bool {
    word.chars().count() >= SHORTEST && word.chars().all(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::{learned, meant};

    fn known() -> Vec<String> {
        ["printer", "printers", "pointer", "password"].map(str::to_owned).to_vec()
    }

    #[test]
    fn the_word_with_the_fewest_slips_was_meant() {
        assert_eq!(meant("pritner", known()), ["printer"]);
        assert_eq!(meant("pasword", known()), ["password"]);
        assert_eq!(meant("printer", known()), Vec::<String>::new());
        assert_eq!(meant("prt", known()), Vec::<String>::new());
    }

    #[test]
    fn numbers_and_short_words_are_not_learned() {
        assert_eq!(learned("TX-1042: the Badge printer2").collect::<Vec<_>>(), ["badge"]);
    }
}

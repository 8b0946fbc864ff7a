//! People in sentences the mesh writes and keeps: `Ann answered TX-1: …`, `taken by Ann`.
//!
//! The invariant: a sentence names at most the one who did it, as its first words or its last ones, so that his name can be taken
//! out again when he is deleted. Nothing else in a sentence is touched: people's own words stay theirs.

/// The sentence with whoever it names under another name.
pub fn renamed(sentence: &str, from: &str, to: &str) -> String {
    if from.is_empty() {
        return sentence.to_owned();
    }
    let begins = sentence.strip_prefix(from).filter(|rest| rest.starts_with(' '));
    if let Some(rest) = begins {
        return format!("{to}{rest}");
    }
    match sentence.strip_suffix(from).filter(|start| start.ends_with(BY)) {
        Some(start) => format!("{start}{to}"),
        None => sentence.to_owned(),
    }
}

/// What stands before a name at the end.
const BY: &str = " by ";

#[cfg(test)]
mod tests {
    use super::renamed;

    #[test]
    fn a_name_goes_from_the_beginning_or_the_end_and_from_nowhere_else() {
        for (sentence, after) in [
            ("Ann answered TX-1: Printer", "Somebody answered TX-1: Printer"),
            ("taken by Ann", "taken by Somebody"),
            ("Anne answered TX-1: ask Ann", "Anne answered TX-1: ask Ann"),
            ("taken by Joann", "taken by Joann"),
            ("TX-1 is yours: Ann can't print", "TX-1 is yours: Ann can't print"),
            ("Ann", "Ann"),
            ("", ""),
        ] {
            assert_eq!(renamed(sentence, "Ann", "Somebody"), after);
        }
        assert_eq!(renamed(" by ", "", "Somebody"), " by ", "nobody has no name");
    }
}

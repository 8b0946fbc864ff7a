//! What an editor offers.

use mesh_core::rule::{FUNCTIONS, SuggestionKind};

use crate::desk::schema;

/// The offered texts where `|` stands.
fn offered(source: &str) -> Vec<String> {
    let cursor = source.chars().position(|letter| letter == '|').expect("a cursor");
    let completions = schema().completions(&source.replacen('|', "", 1), cursor);
    assert_eq!(completions.to, cursor);
    completions.suggestions.into_iter().map(|suggestion| suggestion.text).collect()
}

#[test]
fn an_empty_rule_offers_every_variable_with_its_sentence_and_the_functions() {
    let all = schema().completions("", 0).suggestions;
    for variable in schema().variables() {
        assert!(all.iter().any(|offered| offered.text == variable.name()), "{}", variable.name());
    }
    let due = all.iter().find(|offered| offered.text == "due").expect("a variable");
    assert_eq!((due.kind, due.about.as_str()), (SuggestionKind::Variable, "When it has to be done."));
    assert!(all.iter().any(|offered| offered.text == "has(field)"));
    assert!(!all.iter().any(|offered| offered.kind == SuggestionKind::Operator));
}

#[test]
fn what_is_begun_narrows_and_is_replaced() {
    let found = schema().completions("ä == sub", 8);
    assert_eq!((found.from, found.to), (8, 8), "nothing is offered behind what has no meaning");
    let found = schema().completions("urgent && SU", 12);
    assert_eq!((found.from, found.to), (10, 12));
    assert_eq!(found.suggestions.len(), 1);
    assert_eq!(offered("urgent && s|"), ["subject", "score", "spent", "status", "size(value)"]);
}

#[test]
fn behind_a_dot_stand_the_functions_of_the_type_or_the_rest_of_a_name() {
    assert_eq!(offered("subject.|").len(), FUNCTIONS.iter().filter(|known| known.on.is_some()).count() - 1);
    assert_eq!(offered("tags.|"), ["size()"]);
    assert_eq!(offered("subject.st|"), ["startsWith(\"text\")"]);
    assert_eq!(offered("requester.|"), ["email"]);
    assert_eq!(offered("claims.groups.en|"), ["endsWith(\"text\")"]);
    assert!(offered("watchers.|").is_empty());
}

#[test]
fn behind_a_value_stand_the_operators_of_its_type() {
    assert_eq!(offered("urgent |"), ["==", "!=", "in", "&&", "||", "?"]);
    assert_eq!(offered("due |"), ["==", "!=", "in", "<", "<=", ">", ">=", "+", "-"]);
    assert_eq!(offered("subject i|"), ["in"]);
}

#[test]
fn inside_a_text_nothing_is_offered() {
    assert!(offered("subject == \"sub|").is_empty());
    assert!(offered("subject == \"sub|\"").is_empty());
}

#[test]
fn what_is_one_of_a_few_words_offers_them_behind_a_comparison_and_in_a_list() {
    for source in ["status == |", "status != |", "urgent && status in [|", "status in [\"NEW\", |"] {
        assert_eq!(offered(source)[..3], ["\"NEW\"", "\"OPEN\"", "\"DONE\""], "{source}");
    }
    assert_eq!(offered("subject == |")[0], "subject");
}

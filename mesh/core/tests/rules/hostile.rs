//! Rules that want to do harm.

use mesh_core::rule::{
    MOST_CHARACTERS, MOST_DEPTH, MOST_PARTS, MOST_STEPS, MOST_SUMS, MOST_WHOLE, Problem, Rule, Values,
};
use proptest::prelude::*;
use serde_json::json;

use crate::desk::{NOW, Ticket, problem, schema};

/// Words rules are made of, and some they are not made of.
const WORDS: [&str; 48] = [
    "subject",
    "assignee",
    "tags",
    "watchers",
    "score",
    "urgent",
    "due",
    "spent",
    "claims",
    "requester.email",
    "now",
    "null",
    "true",
    "in",
    "has",
    "size",
    "startsWith",
    "matches",
    "timestamp",
    "duration",
    "==",
    "!=",
    "<=",
    ">",
    "&&",
    "||",
    "!",
    "-",
    "+",
    "?",
    ":",
    "(",
    ")",
    "[",
    "]",
    "{",
    ".",
    ",",
    "\"a\"",
    "'",
    "\"\"\"",
    "\\u00e4",
    "1",
    "0x",
    "1e9",
    "//",
    "\n",
    "ä",
];

/// The problem's place is a place of the text, or just behind it.
fn is_within(problem: &Problem, source: &str) -> bool {
    let lines: Vec<_> = source.split('\n').collect();
    let line = lines.get(problem.line - 1).map(|line| line.chars().count());
    line.is_some_and(|length| (1..=length + 1).contains(&problem.column)) && !problem.sentence.is_empty()
}

proptest! {
    #[test]
    fn whatever_is_written_is_a_rule_or_a_problem_with_a_place(source in any::<String>()) {
        if let Err(problem) = Rule::parse(&source, &schema()) {
            prop_assert!(is_within(&problem, &source), "{source:?}: {problem}");
        }
    }

    #[test]
    fn so_is_every_row_of_words(words in prop::collection::vec(prop::sample::select(&WORDS[..]), 0..40), space in "[ ]?") {
        let source = words.join(&space);
        if let Err(problem) = Rule::parse(&source, &schema()) {
            prop_assert!(is_within(&problem, &source), "{source:?}: {problem}");
        }
    }
}

#[test]
fn what_is_too_long_too_large_or_too_deep_is_refused() {
    let deep = MOST_DEPTH + 1;
    let many = MOST_PARTS / 2 + 1;
    for (source, said) in [
        (" ".repeat(MOST_CHARACTERS + 1), "the rule is too long; write at most 4096 characters"),
        (format!("{}urgent{}", "(".repeat(deep), ")".repeat(deep)), "nested more than 50 levels deep"),
        (format!("{}urgent", "!".repeat(deep)), "nested more than 50 levels deep"),
        (format!("{}1 > 0", "- ".repeat(deep)), "nested more than 50 levels deep"),
        (format!("urgent{}", " == urgent".repeat(deep)), "nested more than 50 levels deep"),
        (format!("claims{}", ".a".repeat(deep)), "nested more than 50 levels deep"),
        (format!("{}1", "[".repeat(2_000)), "nested more than 50 levels deep"),
        (format!("{}1", "urgent ? urgent : ".repeat(deep)), "nested more than 50 levels deep"),
        (format!("watchers in [{}]", "1,".repeat(MOST_PARTS)), "more than 500 parts"),
        (format!("urgent{}", "||urgent".repeat(MOST_PARTS)), "more than 500 parts"),
        (format!("watchers == 1{}", "||watchers==1".repeat(many)), "more than 500 parts"),
        (format!("watchers{} > 0", "+1".repeat(MOST_SUMS + 1)), "more than 16 additions and subtractions"),
        (format!("watchers == {}", MOST_WHOLE + 1), "this number is too large"),
        ("score == 1e301".to_owned(), "this number is too large"),
        ("spent > duration(\"99999999h\")".to_owned(), "this is no duration"),
        ("subject.matches(\"(((a{999}){999}){999})\")".to_owned(), "this pattern is too large"),
    ] {
        let found = problem(&source);
        assert!(found.contains(said), "{source}: {found}");
    }
}

#[test]
fn what_is_just_within_the_bounds_is_taken() {
    let deep = MOST_DEPTH - 2;
    let ticket = Ticket { urgent: true, watchers: 1, ..Ticket::default() };
    assert!(ticket.meets(&format!("{}urgent{}", "(".repeat(deep), ")".repeat(deep))));
    assert!(ticket.meets(&format!("watchers in [{}]", "1,".repeat(MOST_PARTS - 3))));
    assert!(ticket.meets(&format!("watchers{} > 0", " + watchers".repeat(MOST_SUMS))));
    assert!(ticket.meets(&format!("urgent{}", "&&urgent".repeat(MOST_PARTS - 2))));
}

#[test]
fn values_that_are_too_large_to_look_through_end_the_asking() {
    let wide = json!({ "groups": vec!["staff"; MOST_STEPS], "essay": "a".repeat(100 * MOST_STEPS) });
    let values = Values::new().with("claims", &wide);
    for source in [
        "\"helpdesk\" in claims.groups",
        "claims.essay.contains(\"b\")",
        "claims.essay.matches(\"b\")",
        "claims.essay.lowerAscii() == \"b\"",
        "size(claims.essay) == 1",
        "claims.essay < \"b\"",
    ] {
        let rule = Rule::parse(source, &schema()).expect("a rule");
        let refused = rule.matches(&values, NOW).expect_err("too much work");
        assert_eq!(
            refused.sentence, "the values are too large to look through; ask for a smaller part",
            "{source}"
        );
        assert!(is_within(&refused, source));
    }
}

#[test]
fn a_pattern_that_ruins_other_engines_is_answered_in_linear_time() {
    let ticket = Ticket { subject: "a".repeat(50_000), ..Ticket::default() };
    assert!(!ticket.meets("subject.matches(\"^(a+)+$b\")"));
}

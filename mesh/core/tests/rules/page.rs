//! The reference page says what is so: its examples are asked, and its tables compared with the language.

use mesh_core::{
    clock,
    db::Engine,
    rule::{FUNCTIONS, MOST_CHARACTERS, MOST_DEPTH, MOST_PARTS, MOST_STEPS, MOST_SUMS, MOST_WHOLE, Rule},
};
use rstest::rstest;
use serde_json::Value as Json;

use crate::desk::{Desk, NOW, Ticket, schema};

const PAGE: &str = include_str!("../../../../docs/rules.md");

/// The insides of all blocks of this kind.
fn blocks(kind: &str) -> Vec<&'static str> {
    let open = format!("```{kind}\n");
    PAGE.split(open.as_str()).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

/// Every example with what it says of itself.
fn examples() -> Vec<(&'static str, &'static str)> {
    let lines = blocks("cel").into_iter().flat_map(str::lines);
    lines
        .map(|line| line.split_once(" // ").map(|(rule, said)| (rule.trim_end(), said)).expect("it says"))
        .collect()
}

/// The ticket on the page.
fn ticket() -> Ticket {
    let json: Json = serde_json::from_str(blocks("json")[0]).expect("JSON");
    let text = |name: &str| json[name].as_str().map(str::to_owned);
    let time = |name: &str| {
        json[name].as_str().and_then(|text| text.parse().ok()).map(jiff::Timestamp::as_microsecond)
    };
    let spent = json["spent"].as_str().expect("a duration");
    assert_eq!(spent, "1h30m");
    Ticket {
        subject: text("subject").expect("a text"),
        assignee: text("assignee"),
        tags: serde_json::from_value(json["tags"].clone()).expect("texts"),
        watchers: json["watchers"].as_i64().expect("a whole number"),
        score: json["score"].as_f64(),
        urgent: json["urgent"].as_bool().expect("true or false"),
        vip: json["vip"].as_bool(),
        created: time("created").expect("a time"),
        due: time("due"),
        spent: Some(5_400_000_000),
        claims: json["claims"].clone(),
        ..Ticket::default()
    }
}

#[test]
fn every_example_is_answered_as_the_page_says() {
    assert!(
        PAGE.contains(&format!("`{}`", clock::from_micros(NOW.as_microsecond()))),
        "the page names the time"
    );
    let ticket = ticket();
    for (source, said) in examples() {
        let answer = match Rule::parse(source, &schema()) {
            Ok(rule) if rule.matches(&ticket.values(), NOW).expect("a small ticket") => "holds".to_owned(),
            Ok(_) => "does not hold".to_owned(),
            Err(problem) => problem.to_string(),
        };
        assert_eq!(answer, said, "{source}");
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_database_answers_the_examples_alike(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let (desk, tickets) = (Desk::open(engine).await, [ticket()]);
    for (source, said) in examples() {
        if source.contains("claims") || source.contains("matches") || said.starts_with("line") {
            continue;
        }
        let rule = Rule::parse(source, &schema()).expect("a rule");
        let found = desk.find(&tickets, &rule).await;
        assert_eq!(!found.is_empty(), said == "holds", "{source}");
    }
}

#[test]
fn the_page_has_every_function_and_every_limit() {
    for function in FUNCTIONS {
        let on = function.on.map(|on| format!("{on} ")).unwrap_or_default();
        let row = format!(
            "| `{}({})` | {on}| {} | {}",
            function.name, function.arguments, function.gives, function.about
        );
        assert!(PAGE.contains(&row), "{row}");
        let for_lists = !PAGE.contains(&format!("{row} Not in filters of lists."));
        assert_eq!(for_lists, function.in_lists, "{row}");
    }
    for limit in [MOST_CHARACTERS, MOST_PARTS, MOST_DEPTH, MOST_SUMS, MOST_STEPS] {
        assert!(PAGE.contains(&limit.to_string()), "{limit}");
    }
    assert!(PAGE.contains(&MOST_WHOLE.to_string()));
}

//! What rules mean, where somebody could expect something else.

use mesh_core::{
    db::{Assembly, Engine},
    rule::{Formula, Rule, Type, Value, Values},
};
use serde_json::json;

use crate::desk::{NOW, Ticket, problem, schema};

#[test]
fn what_is_missing_equals_only_what_is_missing_and_has_no_order() {
    let nobodys = Ticket::default();
    assert!(nobodys.meets("assignee == null && assignee != \"usr_1\" && !(assignee == \"usr_1\")"));
    assert!(nobodys.meets("!(due < now) && !(due >= now) && due == due"));
    assert!(nobodys.meets("!assignee.startsWith(\"\") && !(assignee in [\"a\"]) && !(score + 1.0 > 0.0)"));
    assert!(nobodys.meets("!vip && vip != false"));
    let somebodys = Ticket { assignee: Some("usr_1".into()), ..Ticket::default() };
    assert!(somebodys.meets("assignee != null && assignee == \"usr_1\" && has(assignee)"));
}

#[test]
fn a_part_of_claims_that_does_not_fit_is_missing() {
    let claims = json!({
        "groups": ["helpdesk", "staff"], "level": 3, "share": 0.5, "email": "ann@example.org", "admin": true,
        "given-name": "Ann", "org": { "unit": "it" }, "none": null,
    });
    let caller = Ticket { claims, ..Ticket::default() };
    for held in [
        "\"helpdesk\" in claims.groups && size(claims.groups) == 2",
        "claims.level > 2 && claims.level == 3.0 && claims.share < 1",
        "claims.email.endsWith(\"@example.org\") && claims.admin",
        "claims[\"given-name\"] == \"Ann\" && claims.org.unit == \"it\" && \"unit\" in claims.org",
        "has(claims.org.unit) && !has(claims.org.floor) && !has(claims.none) && !has(claims.email.host)",
        "!(claims.email > 3) && claims.email != 3 && !claims.email && !claims.level.startsWith(\"3\")",
        "claims.groups != claims.groups",
    ] {
        assert!(caller.meets(held), "{held}");
    }
}

#[test]
fn operators_bind_as_in_cel() {
    let ticket = Ticket { watchers: 3, urgent: true, ..Ticket::default() };
    assert!(ticket.meets("true || false && false"));
    assert!(ticket.meets("!urgent || watchers - 1 - 1 == 1 && urgent"));
    assert!(ticket.meets("urgent ? watchers == 3 : false ? true : false"));
    assert!(ticket.meets("-watchers + 4 == 1 && --watchers == 3 && (watchers == 3) == urgent"));
}

/// Rules that are none, and what is said of them.
const WRONG: &[(&str, &str)] = &[
    ("", "line 1, column 1: the rule is empty; write a condition, `true` holds always"),
    ("subject = \"a\"", "line 1, column 9: `=` is no operator; compare with `==`"),
    ("urgent and vip", "line 1, column 8: `and` is no operator; write `&&`"),
    ("urgent &&\n  (vip", "line 2, column 7: the rule ends where `)` should follow"),
    (
        "subject == \"ä",
        "line 1, column 12: the text that begins here has no end; close it with the same quote",
    ),
    ("\"ä\" == subjet", "line 1, column 8: there is no variable `subjet`; did you mean `subject`?"),
    (
        "requester.mail == \"a\"",
        "line 1, column 1: there is no variable `requester.mail`; did you mean `requester.email`?",
    ),
    (
        "due > \"2026-01-01\"",
        "line 1, column 7: a time can't be compared with a text; write `timestamp(\"2026-01-07T08:30:00Z\")`",
    ),
    (
        "created > now - duration(\"7d\")",
        "line 1, column 26: this is no duration; count days in hours, a week is `duration(\"168h\")`",
    ),
    ("watchers", "line 1, column 1: a rule needs true or false, and this is a whole number"),
    (
        "watchers + score > 1",
        "line 1, column 10: a whole number and a number don't add up; write `1.0` instead of `1`",
    ),
    (
        "subject.startswith(\"a\")",
        "line 1, column 9: there is no function `startswith`; did you mean `startsWith`?",
    ),
    (
        "startsWith(subject, \"a\")",
        "line 1, column 1: `startsWith` is called on a text, as in `subject.startsWith(…)`",
    ),
    (
        "subject.matches(\"(\")",
        "line 1, column 17: this is no regular expression; look at its brackets and escapes",
    ),
    ("watchers * 2 > 1", "line 1, column 10: `*` is not part of the language; only `+` and `-` are"),
    ("tags == tags", "line 1, column 6: lists can't be compared; ask for a member, as in `\"vip\" in tags`"),
    (
        "subject == \"a\\0\"",
        "line 1, column 14: this stands for no character of a text; write `\\\\` for a backslash",
    ),
];

#[test]
fn a_problem_says_where_and_what_to_do() {
    for (source, said) in WRONG {
        assert_eq!(problem(source), *said, "{source}");
    }
}

#[test]
fn what_no_database_can_answer_is_refused_with_its_place() {
    for (source, said) in [
        (
            "urgent && subject.matches(\"a+\")",
            "line 1, column 19: a list can't be filtered by a pattern; use `contains`",
        ),
        (
            "claims.level == 3",
            "line 1, column 8: a list can't be filtered by this; use one of the other variables",
        ),
    ] {
        let rule = Rule::parse(source, &schema()).expect("a rule");
        let mut ask = Assembly::new("select id from ticket where ");
        let refused = rule.to_sql(&mut ask, Engine::Sqlite, NOW).expect_err("not for lists");
        assert_eq!(refused.to_string(), said);
    }
}

#[test]
fn a_problem_becomes_the_error_of_its_field() {
    let problem = Rule::parse("urgent &&", &schema()).expect_err("no end");
    assert_eq!(
        problem.invalid("filter").to_string(),
        "filter is no rule at line 1, column 10: the rule ends where a value should follow"
    );
}

#[test]
fn a_word_that_something_never_is_is_refused_with_the_nearest() {
    for (rule, said) in [
        ("status == \"opn\"", "line 1, column 11: `status` is never `\"opn\"`; did you mean `\"OPEN\"`?"),
        ("\"?\" != status", "line 1, column 1: `status` is never `\"?\"`; there are NEW, OPEN, DONE"),
        (
            "status in [\"NEW\", \"\"]",
            "line 1, column 19: `status` is never `\"\"`; there are NEW, OPEN, DONE",
        ),
        (
            "status < \"NEW\"",
            "line 1, column 8: words like these have no order; name the ones you mean after `in`",
        ),
    ] {
        assert_eq!(problem(rule), said, "{rule}");
    }
}

#[test]
fn columns_stand_by_themselves_where_an_index_could_help() {
    for (rule, said) in [
        ("status == \"OPEN\"", "(status in ($1))"),
        ("queue == \"que_1\"", "(queue in ($1))"),
        ("queue == null", "(queue = $1)"),
        ("answered <= now", "(answered <> $1 and answered <= $2)"),
        ("waits", "(queue <> '')"),
        ("assignee == me", "(assignee = $1)"),
    ] {
        let mut statement = Assembly::default();
        let rule = Rule::parse(rule, &schema()).expect("a rule");
        rule.to_sql(&mut statement, Engine::Postgres, NOW).expect("a rule for lists");
        assert!(format!("{statement:?}").contains(&format!("text: \"{said}\"")), "{statement:?}");
    }
}

#[test]
fn a_formula_comes_to_a_value_of_a_known_type() {
    let formula = |source: &str| Formula::parse(source, &schema()).expect("a formula");
    let values = Values::new().with("urgent", true).with("watchers", 3_i64);
    let chosen = formula("urgent ? \"HIGH\" : \"LOW\"");
    assert_eq!(chosen.gives(), Type::Text);
    assert!(matches!(chosen.value(&values, NOW), Ok(Value::Text(text)) if text == "HIGH"));
    let sum = formula("watchers + 2");
    assert!(matches!((sum.gives(), sum.value(&values, NOW)), (Type::Whole, Ok(Value::Whole(5)))));
    assert!(
        matches!(formula("assignee").value(&values, NOW), Ok(Value::Missing)),
        "nothing comes to nothing"
    );
    let problem = Formula::parse("watchers + \"2\"", &schema()).expect_err("no sum");
    assert_eq!((problem.line, problem.column), (1, 10));
}

//! A rule has one meaning: random rules over random tickets, in memory and in a database.

use mesh_core::{db::Engine, rule::Rule};
use proptest::{
    prelude::*,
    sample::select,
    test_runner::{Config, TestRunner},
};
use rstest::rstest;
use tokio::runtime::Runtime;

use crate::desk::{Desk, NOW, Ticket, schema};

/// Texts in which engines could see different things: case, patterns of `like`, quotes, wide letters, spaces at the end.
const TEXTS: [&str; 12] = ["", "a", "A", "ab", "b", "a ", "ä", "Ä", "z", "a%_'\"b", "日本", "usr_1"];
const TIMES: [i64; 4] = [0, -1, 1_767_774_600_000_000, 1_767_774_600_000_001];

type Source = BoxedStrategy<String>;

fn text_of_pool() -> impl Strategy<Value = String> {
    select(&TEXTS[..]).prop_map(str::to_owned)
}

fn quoted() -> Source {
    text_of_pool().prop_map(|text| format!("{text:?}")).boxed()
}

fn leaf(words: &'static [&'static str]) -> Source {
    select(words).prop_map(str::to_owned).boxed()
}

fn either(depth: u32, one: Source) -> Source {
    (condition(depth), one.clone(), one)
        .prop_map(|(asked, this, that)| format!("({asked} ? {this} : {that})"))
        .boxed()
}

fn two(one: Source, operators: &'static [&'static str], other: Source) -> Source {
    (one, select(operators), other)
        .prop_map(|(one, operator, other)| format!("({one} {operator} {other})"))
        .boxed()
}

fn text(depth: u32) -> Source {
    let leaves = prop_oneof![leaf(&["subject", "assignee", "queue", "me"]), quoted()].boxed();
    if depth == 0 {
        return leaves;
    }
    let lower = text(depth - 1).prop_map(|text| format!("{text}.lowerAscii()"));
    prop_oneof![3 => leaves, 1 => lower, 1 => either(depth - 1, text(depth - 1))].boxed()
}

fn whole(depth: u32) -> Source {
    let leaves = leaf(&["watchers", "0", "3", "-2", "9007199254740992", "tags.size()", "labels.size()"]);
    if depth == 0 {
        return leaves;
    }
    let size = text(depth - 1).prop_map(|text| format!("size({text})"));
    prop_oneof![
        3 => leaves,
        1 => size,
        1 => two(whole(depth - 1), &["+", "-"], whole(depth - 1)),
        1 => either(depth - 1, whole(depth - 1)),
    ]
    .boxed()
}

fn number(depth: u32) -> Source {
    let leaves = leaf(&["score", "-score", "0.0", "0.5", "-2.5", "1e300"]);
    if depth == 0 {
        return leaves;
    }
    let sum = two(number(depth - 1), &["+", "-"], number(depth - 1));
    prop_oneof![3 => leaves, 1 => sum, 1 => either(depth - 1, number(depth - 1))].boxed()
}

fn time(depth: u32) -> Source {
    let leaves = leaf(&[
        "created",
        "due",
        "answered",
        "now",
        "timestamp(\"1970-01-01T00:00:00Z\")",
        "timestamp(\"2026-01-07T09:30:00+01:00\")",
        "timestamp(\"9999-12-30T00:00:00Z\")",
    ]);
    if depth == 0 {
        return leaves;
    }
    let moved = two(time(depth - 1), &["+", "-"], span(depth - 1));
    prop_oneof![3 => leaves, 1 => moved, 1 => either(depth - 1, time(depth - 1))].boxed()
}

fn span(depth: u32) -> Source {
    let leaves =
        leaf(&["spent", "-spent", "duration(\"0s\")", "duration(\"1h30m\")", "duration(\"-0.000001s\")"]);
    if depth == 0 {
        return leaves;
    }
    let between = two(time(depth - 1), &["-"], time(depth - 1));
    prop_oneof![3 => leaves, 1 => between, 1 => either(depth - 1, span(depth - 1))].boxed()
}

/// Conditions that stand by themselves.
const WHOLE: &[&str] = &[
    "urgent",
    "vip",
    "true",
    "false",
    "(assignee == null)",
    "(due != null)",
    "has(score)",
    "(spent == null)",
    "waits",
    "(waits ? urgent : vip)",
    "(queue != null)",
    "(queue == null)",
    "has(answered)",
    "has(labels)",
    "(status == \"NEW\")",
    "(\"DONE\" != status)",
    "(status in [\"NEW\", \"OPEN\"])",
    "(status in [])",
    "(status == null)",
    "(status == subject)",
    "status.contains(\"E\")",
    "(size(status) == 3)",
    "(queue in [\"\", \"a\"])",
    "(queue in [me, \"a\"])",
];

/// A condition without conditions inside.
fn simple(depth: u32) -> Source {
    const RELATIONS: &[&str] = &["==", "!=", "<", "<=", ">", ">="];
    let piece = (text(depth), select(&["startsWith", "endsWith", "contains"][..]), quoted())
        .prop_map(|(text, function, wanted)| format!("{text}.{function}({wanted})"));
    let one_of = (text(depth), prop::collection::vec(quoted(), 0..3))
        .prop_map(|(text, members)| format!("({text} in [{}])", members.join(", ")));
    prop_oneof![
        leaf(WHOLE),
        two(text(depth), RELATIONS, text(depth)),
        two(whole(depth), RELATIONS, whole(depth)),
        two(whole(depth), RELATIONS, number(depth)),
        two(number(depth), RELATIONS, number(depth)),
        two(time(depth), RELATIONS, time(depth)),
        two(span(depth), RELATIONS, span(depth)),
        piece,
        one_of,
        whole(depth).prop_map(|whole| format!("({whole} in [0, 1.5, 3])")),
        text(depth).prop_map(|text| format!("({text} in tags)")),
        text(depth).prop_map(|text| format!("({text} in labels)")),
    ]
    .boxed()
}

fn condition(depth: u32) -> Source {
    if depth == 0 {
        return simple(0);
    }
    let smaller = condition(depth - 1);
    prop_oneof![
        3 => simple(depth),
        1 => smaller.clone().prop_map(|inner| format!("!({inner})")),
        2 => two(smaller.clone(), &["&&", "||", "==", "!="], smaller.clone()),
        1 => either(depth - 1, smaller),
    ]
    .boxed()
}

/// What columns keep in other forms: status, queue, time of the answer, labels.
fn kept() -> impl Strategy<Value = (i64, String, i64, Vec<String>)> {
    (
        0_i64..5,
        text_of_pool(),
        select(&TIMES[..]),
        prop::collection::vec(select(&["a", "ab", "A", "ä", "usr_1"][..]).prop_map(str::to_owned), 0..3),
    )
}

fn ticket() -> impl Strategy<Value = Ticket> {
    let texts =
        (text_of_pool(), prop::option::of(text_of_pool()), prop::collection::vec(text_of_pool(), 0..3));
    let numbers = (
        select(&[0_i64, 1, 3, -2, 9_007_199_254_740_992][..]),
        prop::option::of(select(&[0.0, 0.5, -2.5, 3.0][..])),
    );
    let truths = (any::<bool>(), prop::option::of(any::<bool>()));
    let times = (
        select(&TIMES[..]),
        prop::option::of(select(&TIMES[..])),
        prop::option::of(select(&[0_i64, 1, -1, 5_400_000_000][..])),
    );
    (texts, numbers, truths, times, kept()).prop_map(
        |(
            (subject, assignee, tags),
            (watchers, score),
            (urgent, vip),
            (created, due, spent),
            (status, queue, answered, labels),
        )| Ticket {
            subject,
            assignee,
            tags,
            watchers,
            score,
            urgent,
            vip,
            created,
            due,
            spent,
            status,
            queue,
            answered,
            labels,
            ..Ticket::default()
        },
    )
}

#[rstest]
fn a_database_finds_what_memory_says(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let runtime = Runtime::new().expect("a runtime");
    let _inside = runtime.enter();
    let desk = runtime.block_on(Desk::open(engine));
    let cases = (prop::collection::vec(ticket(), 1..6), condition(2));
    let mut runner = TestRunner::new(Config { cases: 400, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&cases, |(tickets, source)| {
        let rule = match Rule::parse(&source, &schema()) {
            Ok(rule) => rule,
            Err(problem) if problem.sentence.contains("more than 16 additions") => return Ok(()),
            Err(problem) => return Err(TestCaseError::fail(format!("{source}: {problem}"))),
        };
        let holds = |ticket: &Ticket| rule.matches(&ticket.values(), NOW).expect("a small ticket");
        let told: Vec<_> = (0..tickets.len()).filter(|place| holds(&tickets[*place])).collect();
        let found = runtime.block_on(desk.find(&tickets, &rule));
        prop_assert_eq!(found, told, "{}", source);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

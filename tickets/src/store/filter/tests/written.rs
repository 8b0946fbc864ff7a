//! Rules as people might write them, at random.

use proptest::{prelude::*, sample::select};

type Written = BoxedStrategy<String>;

fn leaf(words: &'static [&'static str]) -> Written {
    select(words).prop_map(str::to_owned).boxed()
}

fn two(one: Written, operators: &'static [&'static str], other: Written) -> Written {
    (one, select(operators), other)
        .prop_map(|(one, operator, other)| format!("({one} {operator} {other})"))
        .boxed()
}

fn text() -> Written {
    let quoted = select(&["", "usr_1", "vpn", "vip", "OPEN", "que_1", "a b", "en"][..])
        .prop_map(|text| format!("{text:?}"));
    prop_oneof![
        3 => leaf(&["subject", "department", "category", "language", "requester", "on_behalf_of", "assignee", "queue", "stage", "me", "fields.model"]),
        2 => quoted,
        1 => leaf(&["subject.lowerAscii()", "(unassigned ? subject : assignee)"]),
    ]
    .boxed()
}

fn whole() -> Written {
    leaf(&[
        "number",
        "comments",
        "reopened",
        "score",
        "tags.size()",
        "size(cc)",
        "size(watchers)",
        "size(assignee)",
        "fields.extras.size()",
        "0",
        "1",
        "1001",
    ])
}

fn time() -> Written {
    leaf(&[
        "created",
        "updated",
        "due",
        "response_due",
        "wait_until",
        "answered",
        "resolved",
        "closed",
        "fields.since",
        "now",
        "(now - duration(\"1h\"))",
        "(created + duration(\"1us\"))",
        "timestamp(\"1970-01-01T00:00:00Z\")",
    ])
}

const RELATIONS: &[&str] = &["==", "!=", "<", "<=", ">", ">="];
const EQUAL: &[&str] = &["==", "!="];
/// Conditions that stand by themselves.
const WHOLE: &[&str] = &[
    "unassigned",
    "true",
    "(unassigned == true)",
    "(me in cc)",
    "(me in watchers)",
    "(\"vip\" in tags)",
    "(status in [\"NEW\", \"OPEN\"])",
    "(priority in [\"HIGH\", \"URGENT\"])",
    "(wait_reason in [\"VENDOR\"])",
    "(assignee in [me, \"usr_2\"])",
    "(assignee in [\"\", me])",
    "(assignee in [])",
    "fields.leased",
    "(fields.leased == false)",
    "(fields.model == \"vpn\")",
    "(fields.model in [\"vpn\", \"\"])",
    "(fields.model in [])",
    "(fields.seats == 1.0)",
    "(fields.seats == 1)",
    "(fields.seats < fields.cost)",
    "(fields.cost > 1000.0)",
    "(\"vip\" in fields.extras)",
];
/// What may be missing.
const NULLABLE: &[&str] = &[
    "category",
    "language",
    "assignee",
    "queue",
    "stage",
    "due",
    "answered",
    "source",
    "wait_reason",
    "score",
    "fields.model",
    "fields.seats",
    "fields.leased",
    "fields.since",
];

fn simple() -> Written {
    prop_oneof![
        leaf(WHOLE),
        two(leaf(&["status"]), EQUAL, leaf(&["\"NEW\"", "\"OPEN\"", "\"CLOSED\"", "subject"])),
        two(leaf(&["priority"]), EQUAL, leaf(&["\"LOW\"", "\"URGENT\""])),
        two(leaf(&["source"]), EQUAL, leaf(&["\"EMAIL\"", "wait_reason"])),
        two(text(), RELATIONS, text()),
        two(whole(), RELATIONS, whole()),
        two(time(), RELATIONS, time()),
        two(text(), &["in"], leaf(&["tags", "cc", "watchers"])),
        leaf(NULLABLE).prop_map(|field| format!("({field} == null)")),
        leaf(NULLABLE).prop_map(|field| format!("has({field})")),
        (text(), select(&["startsWith", "endsWith", "contains"][..]), select(&["", "vpn", "usr_1", "%"][..]))
            .prop_map(|(text, function, wanted)| format!("{text}.{function}({wanted:?})")),
    ]
    .boxed()
}

pub(super) fn condition(depth: u32) -> Written {
    if depth == 0 {
        return simple();
    }
    let smaller = condition(depth - 1);
    prop_oneof![
        2 => simple(),
        1 => smaller.clone().prop_map(|inner| format!("!({inner})")),
        2 => two(smaller.clone(), &["&&", "||", "=="], smaller),
    ]
    .boxed()
}

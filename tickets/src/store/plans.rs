//! Queries people wait for are answered by an index, on either engine: over a filled store no plan reads a table from end to end, nor
//! an index, unless it is asked for everything that stands in it.

mod fixture;

use mesh_core::{
    db::{Assembly, Engine},
    error::Violations,
    testing::{World, plan},
};
use proto::tickets::v1::{Status, TicketQuery};
use rstest::rstest;

use super::{
    Order, Page, Store, Wanted,
    filter::Author,
    history::Stretch,
    lists::count_statement,
    search::Search,
    tickets::Which,
    visibility::{self, Part},
};
use crate::{
    access::Viewer,
    search::{Asked, Field},
};
use fixture::id;

/// The tables nobody may read from end to end, and the names statements give them.
const LARGE: [&str; 11] = [
    "tickets",
    "t",
    "comments",
    "c",
    "history",
    "ticket_words",
    "note_words",
    "participants",
    "p",
    "ticket_tags",
    "ticket_fields",
];

/// What a statement has to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// What an index leads to.
    Found,
    /// An index in its order, until a page is full: all of it fits, or much does.
    InOrder,
    /// A whole index: all of it is counted.
    Counted,
}

/// A statement that is waited for.
struct Waited {
    what: String,
    reading: Reading,
    statement: Assembly,
}

/// The viewers there are: of everything, of a department, of what is his own.
fn viewers() -> [(&'static str, Viewer); 3] {
    let person = |department_ids| Viewer::Person { id: id("usr", 7), department_ids };
    [
        ("everything", Viewer::Everything),
        ("a department", person(vec![id("dep", 3)])),
        ("his own", person(vec![])),
    ]
}

/// What lists are narrowed by, each with its name; and whether so many tickets fit that a list may look for them in its order.
fn narrowed(store: &Store, me: Author<'_>) -> Vec<(String, bool, Wanted)> {
    let open = [Status::Open, Status::Pending].map(i32::from).to_vec();
    let query = TicketQuery::default;
    let queries = [
        ("status", true, TicketQuery { statuses: open.clone(), ..query() }),
        ("assignee", false, TicketQuery { assignee_id: id("usr", 7), ..query() }),
        ("assignee and status", false, TicketQuery { assignee_id: id("usr", 7), statuses: open, ..query() }),
        ("requester", false, TicketQuery { requester_id: id("usr", 8), ..query() }),
        ("participant", false, TicketQuery { participant_id: id("usr", 9), ..query() }),
        ("category", false, TicketQuery { category_id: id("cat", 3), ..query() }),
        ("department", true, TicketQuery { department_ids: vec![id("dep", 3)], ..query() }),
    ];
    let queries = queries.map(|(name, much, query)| (name.to_owned(), much, Wanted { query, rules: vec![] }));
    let rules = [
        ("\"tag7\" in tags", false),
        ("assignee == me && status in [\"OPEN\", \"PENDING\"]", false),
        ("fields.model == \"model7\"", false),
        ("me in watchers", false),
        ("priority == \"URGENT\" && status != \"CLOSED\"", true),
    ];
    let rules = rules.map(|(source, much)| {
        let mut wrong = Violations::default();
        let rule = store.filter(me, "filter", source, &mut wrong);
        wrong.into_result().expect("a rule");
        (source.to_owned(), much, Wanted { query: query(), rules: rule.into_iter().collect() })
    });
    queries.into_iter().chain(rules).collect()
}

/// What asks for a page of these, in every order that the reading allows for.
fn lists(viewer: &Viewer, wanted: &Wanted, orders: &[&str]) -> Vec<(String, Assembly)> {
    let list = |order_by: &&str| {
        let order = Order::parse(order_by).expect("an order");
        let page = Page { wanted, order, after: None, limit: 51, full: false };
        (format!("list by {order_by}"), page.statement(viewer).expect("a statement"))
    };
    orders.iter().map(list).collect()
}

/// What counts these, for each part of what the viewer sees.
fn counts(viewer: &Viewer, all: &[Wanted]) -> Vec<(Reading, Assembly)> {
    let (alike, own) = visibility::parts(viewer);
    let parts = [alike, own].into_iter().filter(|parts| !parts.is_empty());
    let count = |parts: &[Part]| {
        let whole = parts.contains(&Part::Everything);
        let reading = if whole { Reading::Counted } else { Reading::Found };
        (reading, count_statement(viewer, parts, all).expect("a statement"))
    };
    parts.map(count).collect()
}

/// Everything a viewer waits for.
fn waited_for(engine: Engine, viewer: &Viewer, narrowed: &[(String, bool, Wanted)]) -> Vec<Waited> {
    let mut waited = vec![];
    let mut add = |what: &str, reading, statement| {
        waited.push(Waited { what: what.to_owned(), reading, statement });
    };
    add("get", Reading::Found, Which::Id(&id("tkt", 42)).statement(viewer, true));
    add("get by number", Reading::Found, Which::Number(42).statement(viewer, true));
    let everything = Wanted::default();
    let orders = ["update_time", "create_time", "priority", "resolve_due_time", "number"];
    let both: Vec<_> =
        orders.iter().flat_map(|order| [(*order).to_owned(), format!("{order} desc")]).collect();
    for (what, statement) in lists(viewer, &everything, &both.iter().map(String::as_str).collect::<Vec<_>>())
    {
        add(&what, Reading::InOrder, statement);
    }
    for (reading, statement) in counts(viewer, std::slice::from_ref(&everything)) {
        add("count", reading, statement);
    }
    for (name, much, wanted) in narrowed {
        let reading = if *much { Reading::InOrder } else { Reading::Found };
        for (what, statement) in lists(viewer, wanted, &["update_time desc", "resolve_due_time"]) {
            add(&format!("{what} of {name}"), reading, statement);
        }
        for (_, statement) in counts(viewer, std::slice::from_ref(wanted)) {
            add(&format!("count of {name}"), Reading::Found, statement);
        }
    }
    let views: Vec<_> = narrowed.iter().map(|(_, _, wanted)| wanted.clone()).collect();
    for (_, statement) in counts(viewer, &views) {
        add("count of views", Reading::Found, statement);
    }
    for (what, statement) in searches(engine, viewer) {
        add(&what, Reading::Found, statement);
    }
    waited
}

fn searches(engine: Engine, viewer: &Viewer) -> Vec<(String, Assembly)> {
    let mut searches = vec![];
    let everything = Wanted::default();
    for words in ["number42 words42 ", "common1 everybody ", "number42"] {
        let asked = Asked::read(words, |_| None).expect("a question");
        let ranked =
            |search: &Search<'_>| search.ranked(viewer, engine, &asked.clauses()).expect("a statement");
        let search = Search { asked: &asked, fields: &[], wanted: &everything, after: None, limit: 51 };
        searches.push((format!("search for {words}"), ranked(&search)));
        let fields = [Field::Status(vec![1]), Field::Department(vec![id("dep", 4)])];
        let search = Search { fields: &fields, ..search };
        searches.push((format!("search for {words} with terms"), ranked(&search)));
    }
    searches
}

fn timelines() -> Vec<Waited> {
    let stretch = |newest_first| Stretch {
        ticket_id: "tkt_00000000000000000000000042",
        with_notes: newest_first,
        newest_first,
        after: None,
        limit: 51,
    };
    let waited = |statement| Waited { what: "timeline".to_owned(), reading: Reading::Found, statement };
    [true, false].map(stretch).iter().map(Stretch::statement).map(waited).collect()
}

/// Whether a line of a plan reads a large table, or an index of one, from end to end.
fn is_scan(engine: Engine, reading: Reading, plan: &[String], at: usize) -> bool {
    let line = &plan[at];
    let words: Vec<_> = line.split_whitespace().collect();
    match engine {
        Engine::Sqlite => {
            // What was found before has a name, too, and may be read whole.
            let found = words.get(1).map(|name| format!("CO-ROUTINE {name}"));
            let large = words.first() == Some(&"SCAN")
                && !plan[..at].iter().any(|before| Some(before.trim()) == found.as_deref())
                && words.get(1).is_some_and(|table| LARGE.contains(table))
                && !line.contains("VIRTUAL TABLE INDEX 0:M")
                && !line.contains("VIRTUAL TABLE INDEX 0:=M");
            large && !(line.contains("USING") && reading != Reading::Found)
        }
        Engine::Postgres => {
            let large = LARGE.iter().any(|table| words.contains(table));
            let of_table = line.contains("Seq Scan on") && large;
            let of_index =
                line.contains("Index") && line.contains("Scan using") && large && !is_led(plan, at);
            of_table || (of_index && reading == Reading::Found)
        }
    }
}

/// Whether something leads PostgreSQL into the index of this line: the condition stands below it, before the next step.
fn is_led(plan: &[String], at: usize) -> bool {
    let below = plan[at + 1..].iter().take_while(|line| !line.contains("->"));
    below.into_iter().any(|line| line.trim_start().starts_with("Index Cond:"))
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn no_query_people_wait_for_reads_a_table_or_an_index_from_end_to_end(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine, "plans").await;
    let db = fixture::store(&world).await;
    let (caller, catalogue) = (world.person(&id("usr", 7)).administrator().caller(), fixture::catalogue());
    let narrowed = narrowed(&Store::new(db.clone()), Author { caller: &caller, catalogue: &catalogue });
    let mut wrong = vec![];
    for (who, viewer) in viewers() {
        for Waited { what, reading, statement } in waited_for(engine, &viewer, &narrowed) {
            let plan = plan(&db, statement).await;
            let indexed = plan.iter().any(|line| line.contains("INDEX") || line.contains("Index"));
            if !indexed || (0..plan.len()).any(|at| is_scan(engine, reading, &plan, at)) {
                wrong.push(format!("{what}, seen by {who}\n  {}", plan.join("\n  ")));
            }
        }
    }
    for Waited { what, reading, statement } in timelines() {
        let plan = plan(&db, statement).await;
        if (0..plan.len()).any(|at| is_scan(engine, reading, &plan, at)) {
            wrong.push(format!("{what}\n  {}", plan.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "plans that read all there is on {engine:?}:\n{}", wrong.join("\n"));
}

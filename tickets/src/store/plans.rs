//! Queries people wait for are answered by an index, on either engine: over a filled store no plan reads a table from end to end.

use mesh_core::{
    db::{Assembly, Db, Engine, Tx},
    testing::{World, plan},
};
use rstest::rstest;

use super::{
    MIGRATIONS, Order, Page, Wanted,
    history::Stretch,
    lists::count_statement,
    search::Search,
    tickets::Which,
    visibility,
    words::{self, Index},
};
use crate::{
    access::Viewer,
    column::Words,
    comment::Comment,
    search::{Asked, Field, Language, Lexemes},
    ticket::Ticket,
};

/// Tickets of the store, and how they are spread.
const TICKETS: i64 = 12_000;
const DEPARTMENTS: i64 = 20;
const PEOPLE: i64 = 1_000;
/// One in so many has comments.
const TALKED: i64 = 3;

/// The tables nobody may read from end to end, and the names statements give them.
const LARGE: [&str; 8] =
    ["tickets", "t", "comments", "c", "history", "ticket_words", "note_words", "participants"];

fn id(kind: &str, number: i64) -> String {
    format!("{kind}_{number:026}")
}

/// A ticket of the store. No word that is looked for stands in most of them: there reading all would be right.
fn ticket(number: i64) -> Ticket {
    Ticket {
        id: id("tkt", number),
        number,
        subject: format!("common{} matter number{} of {number}", number % 24, number % 97),
        description: format!("words{} that everybody writes", number % 50),
        requester_id: id("usr", number % PEOPLE),
        department_id: id("dep", number % DEPARTMENTS),
        assignee_id: id("usr", (number * 7) % PEOPLE),
        watcher_ids: Words::of(&[id("usr", (number * 3) % PEOPLE)]),
        ..Ticket::blank(number)
    }
}

fn comment(number: i64, internal: bool) -> Comment {
    Comment {
        id: id("cmt", number * 2 + i64::from(internal)),
        ticket_id: id("tkt", number),
        internal: i64::from(internal),
        text: format!("said{}", number % 80),
        ..Comment::blank(number)
    }
}

/// A comment and a note on a ticket.
async fn talk(tx: &mut Tx, ticket: &Ticket) {
    for internal in [false, true] {
        super::comments::insert(tx, &comment(ticket.number, internal)).await.expect("inserts");
    }
    let mut lexemes = Lexemes::new(Language::English);
    lexemes.place(&ticket.department_id);
    lexemes.title(&ticket.subject).text(&format!("note{}", ticket.number % 60));
    words::put(tx, Index::Notes, ticket.number, &lexemes).await.expect("inserts");
}

/// Has the engine count what there is, so that it plans as it would in a house that has run for a while.
async fn analyze(db: &Db) {
    match db.engine() {
        Engine::Postgres => {
            // The first one clears up behind the inserts; only then the second finds pages everybody sees.
            for _ in 0..2 {
                sqlx::query("vacuum analyze").execute(db.reader()).await.expect("counts");
            }
        }
        Engine::Sqlite => {
            let mut tx = db.begin().await.expect("begins");
            sqlx::query("analyze").execute(tx.conn()).await.expect("counts");
            tx.commit().await.expect("commits");
        }
    }
}

/// A store of some thousand tickets the engine has counted.
async fn filled(world: &World) -> Db {
    let db = world.db(MIGRATIONS).await;
    for batch in (1..=TICKETS).collect::<Vec<_>>().chunks(200) {
        let tickets: Vec<_> = batch.iter().map(|number| (ticket(*number), String::new())).collect();
        let rows: Vec<_> = tickets.iter().map(|(ticket, haystack)| (ticket, haystack.clone())).collect();
        let mut tx = db.begin().await.expect("begins");
        super::tickets::insert(&mut tx, &rows).await.expect("inserts");
        for (ticket, _) in tickets.iter().filter(|(ticket, _)| ticket.number % TALKED == 0) {
            talk(&mut tx, ticket).await;
        }
        tx.commit().await.expect("commits");
    }
    let mut tx = db.begin().await.expect("begins");
    let history = "insert into history (id, ticket_id, time, actor, cause, what) \
        select 'his' || substr(id, 4), ticket_id, create_time, '', '', '{}' from comments";
    sqlx::query(history).execute(tx.conn()).await.expect("inserts");
    tx.commit().await.expect("commits");
    analyze(&db).await;
    db
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

/// The statements that are waited for, each with its name.
fn statements(engine: Engine) -> Vec<(String, Assembly)> {
    let mut statements = vec![];
    for (who, viewer) in viewers() {
        let mut add = |what: &str, statement| statements.push((format!("{what}, seen by {who}"), statement));
        add("get", Which::Id(&id("tkt", 42)).statement(&viewer, true));
        add("get by number", Which::Number(42).statement(&viewer, true));
        let everything = Wanted::default();
        for order in ["update_time", "create_time", "priority", "resolve_due_time", "number"] {
            for descending in ["", " desc"] {
                let order_by = format!("{order}{descending}");
                let order = Order::parse(&order_by).expect("an order");
                let page = Page { wanted: &everything, order, after: None, limit: 51, full: false };
                add(&format!("list by {order_by}"), page.statement(&viewer).expect("a statement"));
            }
        }
        let (alike, own) = visibility::parts(&viewer);
        for parts in [alike, own].into_iter().filter(|parts| !parts.is_empty()) {
            let counting = count_statement(&viewer, parts, std::slice::from_ref(&everything));
            add("count", counting.expect("a statement"));
        }
        for words in ["number42 words42 ", "common1 everybody ", "number42"] {
            let asked = Asked::read(words, |_| None).expect("a question");
            let ranked =
                |search: &Search<'_>| search.ranked(&viewer, engine, &asked.clauses()).expect("a statement");
            let search = Search { asked: &asked, fields: &[], wanted: &everything, after: None, limit: 51 };
            add(&format!("search for {words}"), ranked(&search));
            let fields = [Field::Status(vec![1]), Field::Department(vec![id("dep", 4)])];
            let search = Search { fields: &fields, ..search };
            add(&format!("search for {words} with terms"), ranked(&search));
        }
    }
    let newest_first = [true, false].map(|newest_first| Stretch {
        ticket_id: "tkt_00000000000000000000000042",
        with_notes: newest_first,
        newest_first,
        after: None,
        limit: 51,
    });
    statements.extend(newest_first.map(|stretch| ("timeline".to_owned(), stretch.statement())));
    statements
}

/// The lines of a plan that read a large table from end to end, in no order.
fn scans(engine: Engine, plan: &[String]) -> Vec<&String> {
    let reads_all = |line: &&String| {
        let words: Vec<_> = line.split_whitespace().collect();
        match engine {
            Engine::Sqlite => {
                words.first() == Some(&"SCAN")
                    && words.get(1).is_some_and(|table| LARGE.contains(table))
                    && !line.contains("USING")
                    && !line.contains("VIRTUAL TABLE INDEX 0:M")
                    && !line.contains("VIRTUAL TABLE INDEX 0:=M")
            }
            Engine::Postgres => {
                line.contains("Seq Scan on") && LARGE.iter().any(|table| words.contains(table))
            }
        }
    };
    plan.iter().filter(reads_all).collect()
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn no_query_people_wait_for_reads_a_table_from_end_to_end(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let world = World::new(engine, "plans").await;
    let db = filled(&world).await;
    let mut wrong = vec![];
    for (what, statement) in statements(engine) {
        let plan = plan(&db, statement).await;
        let indexed = plan.iter().any(|line| line.contains("INDEX") || line.contains("Index"));
        if !indexed || !scans(engine, &plan).is_empty() {
            wrong.push(format!("{what}\n  {}", plan.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "plans that read whole tables on {engine:?}:\n{}", wrong.join("\n"));
}

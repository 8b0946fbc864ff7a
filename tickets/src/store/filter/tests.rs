//! A rule has one meaning: random rules over random tickets, in memory and in the database.

mod written;

use mesh_core::{
    db::{Assembly, Db, Engine, Tx},
    error::Violations,
    rule::Rule,
    testing::World,
};
use proptest::{
    prelude::*,
    sample::select,
    test_runner::{Config, TestRunner},
};
use proto::{
    identity::v1::Permission,
    tickets::v1::{self as wire, FieldType, Priority, Source, Status, WaitReason},
    word::{PRIORITIES, SOURCES, STATUSES, WAIT_REASONS},
};
use rstest::rstest;
use sqlx::Row as _;
use tokio::runtime::Runtime;

use super::{super::tickets, Author, Filter};
use crate::{
    catalogue::{Catalogue, Field, Fields, Matrix, Value},
    column::Words,
    store::{MIGRATIONS, haystack, tickets::Count},
    ticket::{NEVER, Ticket},
};
use written::condition;

const ME: &str = "usr_1";
const IDS: [&str; 4] = ["", "usr_1", "usr_2", "usr_10"];
const TAGS: [&str; 4] = ["vip", "vi", "VIP", "ä"];
const SUBJECTS: [&str; 5] = ["VPN", "vpn is down", "100%_", "ä'\"", "usr_1"];
/// Around the time of the test's clock, and what stands for nothing.
const OFFSETS: [i64; 4] = [-3_600_000_000, -1, 0, 1];

fn field(key: &str, kind: FieldType, staff_only: bool) -> Field {
    let sent = wire::Field {
        key: key.into(),
        label: key.into(),
        r#type: kind.into(),
        staff_only,
        ..Default::default()
    };
    Field::new(format!("fld_{key}"), &sent, &mut Violations::default())
}

/// A field of each type that lists know.
fn catalogue() -> Catalogue {
    let types = [
        ("model", FieldType::Text),
        ("seats", FieldType::Number),
        ("cost", FieldType::Money),
        ("leased", FieldType::Bool),
        ("since", FieldType::Date),
        ("extras", FieldType::MultiChoice),
    ];
    let fields = types.map(|(key, kind)| field(key, kind, false)).into();
    Catalogue::new(1, Matrix::default(), vec![], fields).expect("no rules")
}

/// What is in such a form, some of it missing.
fn filled() -> impl Strategy<Value = Fields> {
    let text = select(&["", "vpn", "VPN", "ä"][..]).prop_map(|text| Value::Text(text.to_owned()));
    let number = select(&[0.0, 1.0, 1001.5][..]).prop_map(Value::Number);
    let money = select(&[0_i64, 1, 1001][..]).prop_map(|units| Value::Money("EUR".to_owned(), units, 0));
    let truth = any::<bool>().prop_map(Value::Bool);
    let date =
        select(&["1970-01-01", "2026-01-07"][..]).prop_map(|date| Value::Date(date.parse().expect("a date")));
    let chosen = prop::collection::btree_set(select(&TAGS[..]).prop_map(str::to_owned), 1..3)
        .prop_map(|chosen| Value::Choices(chosen.into_iter().collect()));
    let [text, number, money] = [text.boxed(), number.boxed(), money.boxed()].map(prop::option::of);
    let [truth, date, chosen] = [truth.boxed(), date.boxed(), chosen.boxed()].map(prop::option::of);
    (text, number, money, truth, date, chosen).prop_map(|(model, seats, cost, leased, since, extras)| {
        let mut fields = Fields::default();
        let keys = ["model", "seats", "cost", "leased", "since", "extras"];
        for (key, value) in keys.into_iter().zip([model, seats, cost, leased, since, extras]) {
            fields.set(key, value);
        }
        fields
    })
}

fn id() -> impl Strategy<Value = String> {
    select(&IDS[..]).prop_map(str::to_owned)
}

fn words(of: &'static [&'static str]) -> impl Strategy<Value = Words> {
    prop::collection::vec(select(of).prop_map(str::to_owned), 0..3).prop_map(|words| Words::of(&words))
}

/// A time near now, or `missing`.
fn moment(now: i64, missing: i64) -> impl Strategy<Value = i64> {
    prop_oneof![select(&OFFSETS[..]).prop_map(move |offset| now + offset), Just(missing)]
}

/// A ticket of some kind, somebody's and somewhere.
fn placed(now: i64) -> impl Strategy<Value = Ticket> {
    let kinds = (1_i32..=8, 1_i32..=4, 0_i32..=5, 0_i32..=6);
    let people = (id(), id(), id(), words(&IDS[1..]), words(&IDS[1..]));
    let texts = (select(&SUBJECTS[..]), words(&TAGS), id(), id(), id());
    (kinds, people, texts).prop_map(
        move |(
            (status, priority, source, wait),
            (requester_id, on_behalf_of_id, assignee_id, cc_ids, watcher_ids),
            (subject, tags, category_id, queue_id, stage_key),
        )| Ticket {
            status: Status::try_from(status).expect("a status"),
            priority: Priority::try_from(priority).expect("a priority"),
            source: Source::try_from(source).expect("a source"),
            wait_reason: WaitReason::try_from(wait).expect("a reason"),
            subject: subject.to_owned(),
            language: category_id.replace("usr_1", "en"),
            requester_id,
            on_behalf_of_id,
            assignee_id,
            cc_ids,
            watcher_ids,
            tags,
            category_id,
            queue_id,
            stage_key,
            ..Ticket::blank(now)
        },
    )
}

/// The same with times and counts.
fn ticket(now: i64) -> impl Strategy<Value = Ticket> {
    let (filed, due) = (moment(now, now), moment(now, NEVER));
    let later = [(); 4].map(|()| moment(now, 0));
    (placed(now), filed, due, later, 0_i32..2, 0_i32..2, 0_i32..3, filled()).prop_map(
        |(ticket, create_time, resolve_due, later, reopen_count, comment_count, score, fields)| {
            let [response_due, resolve_time, close_time, wait_until] = later;
            Ticket {
                fields,
                wait_until,
                response_due,
                resolve_due,
                resolve_time,
                close_time,
                reopen_count,
                create_time,
                comment_count,
                score,
                ..ticket
            }
        },
    )
}

struct Desk {
    db: Db,
    world: World,
}

impl Desk {
    async fn open(engine: Engine) -> Self {
        let world = World::migrated(engine, "tickets", MIGRATIONS).await;
        let db = world.db(MIGRATIONS).await;
        Self { db, world }
    }

    fn filter(&self, source: &str) -> Filter {
        let (caller, catalogue) = (self.world.person(ME).caller(), catalogue());
        let rule = Author { caller: &caller, catalogue: &catalogue }.read(source);
        Filter::new(rule.unwrap_or_else(|problem| panic!("{source}: {problem}")), &self.db)
    }

    /// Keeps the tickets, and answers with them as they are then.
    async fn keep(&self, tx: &mut Tx, drawn: &[Ticket]) -> Vec<Ticket> {
        let mut kept = vec![];
        for (number, ticket) in (1001_i64..).zip(drawn) {
            let ticket = Ticket { number, id: tx.ids().id("tkt"), ..ticket.clone() };
            tickets::insert(tx, &[(&ticket, haystack("", &ticket.subject))]).await.expect("inserts");
            let placed = Ticket { version: 2, ..ticket.clone() };
            assert!(tickets::save_run(tx, &ticket, &placed).await.expect("saves"));
            assert!(tickets::save_rating(tx, &placed, &placed).await.expect("saves"));
            let said =
                Count::Public { by: ticket.comment_count.into(), first_response_time: ticket.close_time };
            let counted = tickets::count(tx, &ticket.id, said).await.expect("counts").expect("it is there");
            kept.push(Ticket { fields: ticket.fields, ..counted });
        }
        kept
    }

    /// The numbers of those the database finds, and of those memory does.
    async fn both(&self, drawn: &[Ticket], source: &str) -> (Vec<i64>, Vec<i64>) {
        let (filter, catalogue) = (self.filter(source), catalogue());
        let mut tx = self.db.begin().await.expect("begins");
        let kept = self.keep(&mut tx, drawn).await;
        let mut ask = Assembly::new("select number from tickets t where ");
        filter.push(&mut ask).expect("a rule for lists");
        ask.push(" order by number");
        let shown = format!("{source}: {ask:?}");
        let rows = ask.fetch_all(tx.conn()).await;
        let rows = rows.unwrap_or_else(|error| panic!("{shown}: {}", error.with_causes()));
        let found = rows.iter().map(|row| row.get(0)).collect();
        let holds = |ticket: &&Ticket| filter.holds_for(ticket, &catalogue).expect("a small ticket");
        (found, kept.iter().filter(holds).map(|ticket| ticket.number).collect())
    }
}

#[rstest]
fn the_database_finds_the_tickets_that_memory_does(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let runtime = Runtime::new().expect("a runtime");
    let _inside = runtime.enter();
    let desk = runtime.block_on(Desk::open(engine));
    let now = desk.db.clock().now().as_microsecond();
    let cases = (prop::collection::vec(ticket(now), 1..5), condition(2));
    let mut runner = TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&cases, |(drawn, source)| {
        let (found, held) = runtime.block_on(desk.both(&drawn, &source));
        prop_assert_eq!(found, held, "{}", source);
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

const PAGE: &str = include_str!("../../../../docs/rules.md");

/// What stands on the page in a block of this kind.
fn block(kind: &str) -> &'static str {
    let open = format!("```{kind}\n");
    PAGE.split(open.as_str()).nth(1).and_then(|rest| rest.split("```").next()).expect("the block")
}

/// The ticket on the page; `me` asks.
fn on_page() -> Ticket {
    let json: serde_json::Value = serde_json::from_str(block("json ticket")).expect("JSON");
    let text = |name: &str| json[name].as_str().expect("a text").to_owned();
    let time = |name: &str| text(name).parse::<jiff::Timestamp>().expect("a time").as_microsecond();
    let tags: Vec<String> = serde_json::from_value(json["tags"].clone()).expect("texts");
    assert_eq!(text("assignee"), "me");
    Ticket {
        number: json["number"].as_i64().expect("a number"),
        subject: text("subject"),
        status: Status::from_str_name(&format!("STATUS_{}", text("status"))).expect("a status"),
        priority: Priority::from_str_name(&format!("PRIORITY_{}", text("priority"))).expect("a priority"),
        tags: Words::of(&tags),
        assignee_id: ME.to_owned(),
        resolve_due: time("due"),
        ..Ticket::blank(time("created"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_about_rules_says_what_is_so() {
    let world = World::new(Engine::Sqlite, "tickets").await;
    let (caller, catalogue) = (world.person(ME).caller(), Catalogue::default());
    let schema = Author { caller: &caller, catalogue: &catalogue }.schema();
    let ticket = on_page();
    let now = "2026-01-07T08:30:00Z".parse().expect("a time");
    for line in block("cel ticket").lines() {
        let (source, said) = line.split_once(" // ").expect("it says");
        let answer = match Rule::parse(source.trim_end(), &schema).and_then(Rule::for_lists) {
            Ok(rule) if rule.matches(&super::values(&ticket, &catalogue), now).expect("a small ticket") => {
                "holds".to_owned()
            }
            Ok(_) => "does not hold".to_owned(),
            Err(problem) => problem.to_string(),
        };
        assert_eq!(answer, said, "{source}");
    }
    for known in schema.variables().iter().filter(|known| known.name() != "now") {
        let row =
            format!("| `{}` | {} | {}", known.name(), known.kind(), known.about().trim_end_matches('.'));
        assert!(PAGE.contains(&row), "{row}");
    }
    let words = [STATUSES, PRIORITIES, SOURCES, WAIT_REASONS];
    for (word, _) in words.into_iter().flatten() {
        assert!(PAGE.contains(&format!("`{word}`")), "{word}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_sees_everything_asks_for_fields_of_the_staff() {
    let world = World::new(Engine::Sqlite, "tickets").await;
    let secret = vec![field("secret", FieldType::Text, true)];
    let catalogue = Catalogue::new(1, Matrix::default(), vec![], secret).expect("no rules");
    let agent = world.person("usr_2").grant(Permission::TicketRead, Some("dep_1"));
    for (person, may) in
        [(world.person(ME), false), (agent, false), (world.person("usr_3").administrator(), true)]
    {
        let caller = person.caller();
        let author = Author { caller: &caller, catalogue: &catalogue };
        assert_eq!(author.problem("fields.secret == \"x\"").is_none(), may);
    }
}

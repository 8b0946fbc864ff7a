//! Values that do not fit their fields.

use mesh_core::db::Engine;
use proto::tickets::v1::{Category, Choices, Field, FieldType, Money, Ticket, field_value::Value};
use rstest::rstest;
use tonic::Code;

use crate::support::{Client, Desk, answers, ask, category, choice, field, text, wrong_fields};

/// A desk whose form has a field of every type, and somebody who asks.
async fn desk(engine: Engine) -> (Desk, Client, Category) {
    let desk = Desk::open(engine).await;
    let (boss, requester, department) = (desk.administrator(), desk.requester(), desk.department());
    let mut one = choice("one", &["laptop", "gone"]);
    one.options[1].retired = true;
    let several = Field { r#type: FieldType::MultiChoice.into(), ..choice("several", &["a", "b"]) };
    let kinds = [
        ("line", FieldType::Text),
        ("lines", FieldType::LongText),
        ("number", FieldType::Number),
        ("cost", FieldType::Money),
        ("day", FieldType::Date),
        ("truth", FieldType::Bool),
        ("person", FieldType::User),
        ("asset", FieldType::Asset),
        ("link", FieldType::Url),
    ];
    let fields: Vec<_> =
        kinds.map(|(key, kind)| field(key, kind)).into_iter().chain([one, several]).collect();
    for one in &fields {
        boss.add_field(one.clone()).await.expect("added");
    }
    let keys: Vec<_> = fields.iter().map(|field| field.key.as_str()).collect();
    let asked = boss.add_category(category(&department, "Everything", &keys)).await.expect("added");
    (desk, requester, asked)
}

fn filed(asked: &Category, given: &[(&str, Value)]) -> Ticket {
    Ticket { category_id: asked.id.clone(), fields: answers(given), ..ask(&asked.department_id, "Printer") }
}

fn money(currency: &str, units: i64, nanos: i32) -> Value {
    Value::Money(Money { currency_code: currency.to_owned(), units, nanos })
}

fn chosen(keys: &[&str]) -> Value {
    Value::Choices(Choices { keys: keys.iter().map(|key| (*key).to_owned()).collect() })
}

fn day(day: &str) -> Value {
    Value::Date(day.to_owned())
}

/// For each field what it does not take; `nobody` is the id of no person.
fn unfit(nobody: &str) -> Vec<(&'static str, Vec<Value>)> {
    let long = |letters: usize| text(&"x".repeat(letters));
    vec![
        ("line", vec![text("two\nlines"), long(501), text("exe.\u{202e}fdp"), Value::Number(1.0)]),
        ("lines", vec![long(65_537), text("a\0b"), Value::Boolean(true)]),
        ("number", vec![text("1"), Value::Number(f64::NAN), Value::Number(f64::INFINITY)]),
        (
            "cost",
            vec![
                money("euro", 1, 0),
                money("EUR", 1, -1),
                money("EUR", i64::MAX, 0),
                money("EUR", 0, 1_000_000_000),
            ],
        ),
        ("day", vec![day("2026-02-30"), day("tomorrow"), day("20260101")]),
        ("truth", vec![text("true")]),
        ("person", vec![text("usr_1"), text(nobody)]),
        ("asset", vec![long(256)]),
        (
            "link",
            ["javascript:alert(1)", "example.org", "https://", "https://me:pw@example.org"]
                .map(text)
                .to_vec(),
        ),
        ("one", vec![text("laptob"), text("gone"), chosen(&["laptop"])]),
        ("several", vec![chosen(&["a", "a"]), chosen(&["x"]), text("a")]),
    ]
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_its_field_is_refused_by_the_fields_name(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (desk, requester, asked) = desk(engine).await;
    for (key, bad) in unfit(&desk.id("usr")) {
        for value in bad {
            let refusal =
                requester.create(filed(&asked, &[(key, value.clone())])).await.expect_err("refused");
            let named = vec![format!("ticket.fields.{key}")];
            assert_eq!((refusal.code(), wrong_fields(&refusal)), (Code::InvalidArgument, named), "{value:?}");
        }
    }
    assert!(requester.all().await.is_empty());
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn everything_wrong_with_a_ticket_and_its_form_is_named_at_once(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let (_desk, requester, asked) = desk(engine).await;
    let all = [("line", text("a\0b")), ("number", text("1")), ("one", text("laptob")), ("devise", text("x"))];
    let wrong = Ticket { subject: String::new(), ..filed(&asked, &all) };
    let refusal = requester.create(wrong).await.expect_err("refused");
    let mut named = wrong_fields(&refusal);
    named.sort();
    assert_eq!(
        named,
        [
            "ticket.fields.devise",
            "ticket.fields.line",
            "ticket.fields.number",
            "ticket.fields.one",
            "ticket.subject"
        ]
    );
    assert!(refusal.message().contains("did you mean laptop?"), "{}", refusal.message());
    let unknown = [("liness", text(&"x".repeat(65_536)))];
    let refusal = requester.create(filed(&asked, &unknown)).await.expect_err("unknown");
    assert!(refusal.message().contains("did you mean lines?"), "{}", refusal.message());
}

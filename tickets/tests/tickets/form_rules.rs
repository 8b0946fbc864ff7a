//! Whatever a form's rules are and whatever is answered: no ticket is filed that lacks what its form demands, none has what its form
//! does not show, and every answer the form asks for is taken.

use mesh_core::db::Engine;
use proptest::prelude::*;
use proto::tickets::v1::{Category, Field, FieldType, Ticket, field_value::Value};
use rstest::rstest;

use crate::support::{Client, Desk, answers, ask, category, field, text, wrong_fields};

/// Fields of a form: few, so that their rules meet.
const FIELDS: usize = 5;
/// Answers each field may get; the last one is none.
const WORDS: [&str; 2] = ["a", "b"];

/// A condition over the other fields, and what it means.
#[derive(Clone, Copy, Debug)]
enum Condition {
    Always,
    Never,
    Filled(usize),
    Empty(usize),
    Is(usize, usize),
    IsNot(usize, usize),
}

impl Condition {
    fn rule(self) -> String {
        match self {
            Self::Always => "true".to_owned(),
            Self::Never => "false".to_owned(),
            Self::Filled(other) => format!("has(fields.f{other})"),
            Self::Empty(other) => format!("fields.f{other} == null"),
            Self::Is(other, word) => format!("fields.f{other} == '{}'", WORDS[word]),
            Self::IsNot(other, word) => format!("fields.f{other} != '{}'", WORDS[word]),
        }
    }

    fn holds(self, given: &[Option<usize>]) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Filled(other) => given[other].is_some(),
            Self::Empty(other) => given[other].is_none(),
            Self::Is(other, word) => given[other] == Some(word),
            Self::IsNot(other, word) => given[other] != Some(word),
        }
    }
}

fn condition() -> impl Strategy<Value = Condition> {
    let (other, word) = (0..FIELDS, 0..WORDS.len());
    prop_oneof![
        3 => Just(Condition::Always),
        1 => Just(Condition::Never),
        2 => other.clone().prop_map(Condition::Filled),
        2 => other.clone().prop_map(Condition::Empty),
        2 => (other.clone(), word.clone()).prop_map(|(other, word)| Condition::Is(other, word)),
        2 => (other, word).prop_map(|(other, word)| Condition::IsNot(other, word)),
    ]
}

/// For each field when it is shown and when it is required; and several rounds of answers.
type Plan = (Vec<(Condition, Condition)>, Vec<Vec<Option<usize>>>);

fn plan() -> impl Strategy<Value = Plan> {
    let rules = prop::collection::vec((condition(), condition()), FIELDS);
    let round = prop::collection::vec(prop::option::of(0..WORDS.len()), FIELDS);
    (rules, prop::collection::vec(round, 1..8))
}

/// Makes the form, at first without rules, because a rule speaks of fields that are there.
async fn make(boss: &Client, department: &str, rules: &[(Condition, Condition)]) -> Category {
    let mut made = vec![];
    for number in 0..FIELDS {
        made.push(boss.add_field(field(&format!("f{number}"), FieldType::Text)).await.expect("added"));
    }
    for (field, (visible, required)) in made.iter().zip(rules) {
        let sent = Field { visible_when: visible.rule(), required_when: required.rule(), ..field.clone() };
        boss.change_field(sent, &["visible_when", "required_when"]).await.expect("changed");
    }
    let keys: Vec<_> = made.iter().map(|field| field.key.as_str()).collect();
    boss.add_category(category(department, "Form", &keys)).await.expect("added")
}

fn values(given: &[Option<usize>]) -> Vec<(String, Value)> {
    let value = |(number, word): (usize, &Option<usize>)| Some((format!("f{number}"), text(WORDS[(*word)?])));
    given.iter().enumerate().filter_map(value).collect()
}

/// Holds what is filed and refused against what the rules mean.
async fn check(boss: &Client, asked: &Category, rules: &[(Condition, Condition)], given: &[Option<usize>]) {
    let sent = values(given);
    let sent: Vec<_> = sent.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
    let fields = answers(&sent);
    let ticket =
        Ticket { category_id: asked.id.clone(), fields: fields.clone(), ..ask(&asked.department_id, "Form") };
    let is_shown = |number: usize| rules[number].0.holds(given);
    let is_required = |number: usize| is_shown(number) && rules[number].1.holds(given);
    let hides = (0..FIELDS).any(|number| given[number].is_some() && !is_shown(number));
    let lacking: Vec<_> =
        (0..FIELDS).filter(|number| is_required(*number) && given[*number].is_none()).collect();
    match boss.create(ticket).await {
        Ok(filed) => {
            assert!(!hides && lacking.is_empty(), "{rules:?} {given:?}");
            assert_eq!(filed.fields, fields);
        }
        Err(refusal) if hides => assert!(!wrong_fields(&refusal).is_empty(), "{refusal:?}"),
        Err(refusal) => {
            let named: Vec<_> = lacking.iter().map(|number| format!("ticket.fields.f{number}")).collect();
            assert!(!named.is_empty() && wrong_fields(&refusal) == named, "{rules:?} {given:?}: {refusal:?}");
        }
    }
}

#[rstest]
fn no_ticket_lacks_a_field_its_form_shows_and_demands(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut runner =
        proptest::test_runner::TestRunner::new(ProptestConfig { cases: 24, ..ProptestConfig::default() });
    let outcome = runner.run(&plan(), |(rules, rounds)| {
        runtime.block_on(async {
            let desk = Desk::open(engine).await;
            let boss = desk.administrator();
            let asked = make(&boss, &desk.department(), &rules).await;
            for given in &rounds {
                check(&boss, &asked, &rules, given).await;
            }
        });
        Ok(())
    });
    outcome.expect("the rules are held");
}

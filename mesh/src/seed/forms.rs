//! What made-up people write into forms.
//!
//! The invariant: a form is filled as its rules ask for: what is always required is there, every choice is one of its options, and
//! what is shown only because of an answer is not, because nobody gives that answer.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};
use proto::tickets::v1::{Choices, Field, FieldType, FieldValue, Money, field_value::Value};
use tickets::SeededCategory;

use super::{plan::Plan, words::PLACES};

/// How often a field is filled that need not be, percent.
const FILLED: usize = 60;
/// The option that asks to be explained.
const OTHER: &str = "other";

/// The form of a category, filled on a day.
pub(super) fn filled(plan: &Plan, category: &SeededCategory, at: Timestamp) -> BTreeMap<String, FieldValue> {
    let mut fields = BTreeMap::new();
    for field in category.fields.iter().filter(|field| field.visible_when.is_empty()) {
        if !field.required_when.is_empty() || plan.happens(FILLED) {
            let value = value(plan, field, at);
            fields.extend(value.map(|value| (field.key.clone(), FieldValue { value: Some(value) })));
        }
    }
    fields
}

fn value(plan: &Plan, field: &Field, at: Timestamp) -> Option<Value> {
    Some(match field.r#type() {
        FieldType::Text => Value::Text((*plan.pick(&PLACES)).to_owned()),
        FieldType::LongText => Value::Text(plan.text(2)),
        FieldType::Asset => Value::Text(format!("INV-{:05}", plan.below(20_000))),
        FieldType::Number => Value::Number(f64::from(u32::try_from(plan.below(1_000)).unwrap_or_default())),
        FieldType::Money => Value::Money(Money {
            currency_code: "EUR".to_owned(),
            units: i64::try_from(100 * (1 + plan.below(900))).unwrap_or_default(),
            nanos: 0,
        }),
        FieldType::Date => {
            let day = at.to_zoned_datetime(TimeZone::UTC).date();
            let days = jiff::Span::new().days(i64::try_from(plan.below(60)).unwrap_or_default());
            Value::Date(day.checked_add(days).unwrap_or(day).to_string())
        }
        FieldType::Bool => Value::Boolean(plan.happens(50)),
        FieldType::Choice => Value::Text(option(plan, field)?),
        FieldType::MultiChoice => Value::Choices(Choices { keys: vec![option(plan, field)?] }),
        // Nobody in particular.
        FieldType::User | FieldType::Url | FieldType::Unspecified => return None,
    })
}

fn option(plan: &Plan, field: &Field) -> Option<String> {
    let usual: Vec<_> =
        field.options.iter().map(|option| &option.key).filter(|key| key.as_str() != OTHER).collect();
    if usual.is_empty() { None } else { Some((*plan.pick(&usual)).clone()) }
}

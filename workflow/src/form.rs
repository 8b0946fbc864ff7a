//! The form of a ticket's category, as far as values for it are written here: what people give along with a transition, and what
//! effects set.
//!
//! Invariant: a value that is made here has the shape its field's type demands; whether it is one of the field's is for tickets to say.

use std::collections::BTreeMap;

use mesh_core::error::Result;
use proto::tickets::v1::{
    Choices, FieldType, FieldValue, GetFormRequest, Money, catalog_service_client::CatalogServiceClient,
    field_value::Value,
};
use serde_json::Value as Json;

use crate::workflow::Workflow;

/// Types of fields by their keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form(BTreeMap<String, FieldType>);

impl Form {
    /// The form of a category; without one there are no fields.
    pub(crate) async fn of(workflow: &Workflow, category_id: &str) -> Result<Self> {
        if category_id.is_empty() {
            return Ok(Self::default());
        }
        let ask = GetFormRequest { category_id: category_id.to_owned(), ..GetFormRequest::default() };
        let form = CatalogServiceClient::new(workflow.tickets.for_worker()).get_form(ask).await?.into_inner();
        Ok(Self(form.fields.into_iter().map(|field| (field.key.clone(), field.r#type())).collect()))
    }

    /// What `given` is as a value of the field; `null` empties it. A problem goes on from the field's name.
    pub(crate) fn value(&self, key: &str, given: &Json) -> Result<FieldValue, String> {
        let Some(&kind) = self.0.get(key) else {
            return Err("is no field of the ticket's form; choose the category first".into());
        };
        let text = written(given);
        let value = match kind {
            _ if given.is_null() || text.trim().is_empty() => None,
            FieldType::Number => {
                Some(Value::Number(text.trim().parse().map_err(|_| "is no number; write one as in 4.5")?))
            }
            FieldType::Bool => Some(Value::Boolean(
                text.trim().parse().map_err(|_| "is neither true nor false; write one of them")?,
            )),
            FieldType::Date => Some(Value::Date(text.trim().chars().take(10).collect())),
            FieldType::Money => {
                Some(Value::Money(money(&text).ok_or("is no amount; write it as in 12.50 EUR")?))
            }
            FieldType::MultiChoice => {
                let keys = text.split(',').map(str::trim).filter(|key| !key.is_empty());
                Some(Value::Choices(Choices { keys: keys.map(str::to_owned).collect() }))
            }
            _ => Some(Value::Text(text)),
        };
        Ok(FieldValue { value })
    }
}

/// A value as people would write it; lists with commas.
fn written(given: &Json) -> String {
    match given {
        Json::String(text) => text.clone(),
        Json::Array(members) => members.iter().map(written).collect::<Vec<_>>().join(","),
        Json::Null => String::new(),
        other => other.to_string(),
    }
}

/// An amount with its currency: `12.50 EUR`.
fn money(text: &str) -> Option<Money> {
    let (amount, currency) = text.trim().split_once(' ')?;
    let (whole, part) = amount.split_once('.').unwrap_or((amount, ""));
    let digits = |part: &str| part.bytes().all(|digit| digit.is_ascii_digit());
    if part.len() > 9 || !digits(part) {
        return None;
    }
    let billionths: i32 = format!("{part:0<9}").parse().ok()?;
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    Some(Money {
        currency_code: currency.trim().to_owned(),
        units: whole.parse().ok()?,
        nanos: sign * billionths,
    })
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::{FieldType, Money, field_value::Value};
    use serde_json::json;

    use super::Form;

    #[test]
    fn a_value_takes_the_shape_of_its_field() {
        let kinds = [
            ("note", FieldType::Text),
            ("count", FieldType::Number),
            ("urgent", FieldType::Bool),
            ("day", FieldType::Date),
            ("cost", FieldType::Money),
            ("parts", FieldType::MultiChoice),
        ];
        let form = Form(kinds.map(|(key, kind)| (key.to_owned(), kind)).into());
        let value = |key: &str, given| form.value(key, &given).map(|value| value.value);
        assert_eq!(value("note", json!("Hello")), Ok(Some(Value::Text("Hello".into()))));
        assert_eq!(value("note", json!(null)), Ok(None));
        assert_eq!(value("count", json!(" 4.5 ")), Ok(Some(Value::Number(4.5))));
        assert_eq!(value("urgent", json!("true")), Ok(Some(Value::Boolean(true))));
        assert_eq!(value("day", json!("2026-01-31T08:00:00Z")), Ok(Some(Value::Date("2026-01-31".into()))));
        let cost = Money { currency_code: "EUR".into(), units: -12, nanos: -500_000_000 };
        assert_eq!(value("cost", json!("-12.50 EUR")), Ok(Some(Value::Money(cost))));
        let Ok(Some(Value::Choices(parts))) = value("parts", json!(["a", "b"])) else { panic!("choices") };
        assert_eq!(parts.keys, ["a", "b"]);
        assert!(value("cost", json!("12.50")).is_err_and(|problem| problem.starts_with("is no amount")));
        assert!(value("gone", json!("x")).is_err());
    }
}

//! Values of a form's fields as they are typed, and back: no rounding, and no text that is silently taken for something else.

use std::collections::BTreeSet;

use proto::tickets::v1::field_value::Value;
use proto::tickets::v1::{Choices, FieldType, Money};

/// Billionths in a whole.
const NANOS: i64 = 1_000_000_000;

/// A value as it is typed: text, currency, ticks.
pub(super) fn entered(value: Option<Value>) -> (String, String, BTreeSet<String>) {
    let text = |text: String| (text, String::new(), BTreeSet::new());
    match value {
        None => text(String::new()),
        Some(Value::Text(value) | Value::Date(value)) => text(value),
        Some(Value::Number(value)) => text(value.to_string()),
        Some(Value::Boolean(value)) => text(value.to_string()),
        Some(Value::Money(value)) => (amount(&value), value.currency_code, BTreeSet::new()),
        Some(Value::Choices(value)) => (String::new(), String::new(), value.keys.into_iter().collect()),
    }
}

/// The value of what was typed; the id of a sentence when it is none of the type.
pub(super) fn read(
    r#type: FieldType,
    text: &str,
    unit: &str,
    ticked: Vec<String>,
) -> Result<Option<Value>, &'static str> {
    let typed = (!text.is_empty()).then(|| text.to_owned());
    Ok(match r#type {
        FieldType::MultiChoice => (!ticked.is_empty()).then_some(Value::Choices(Choices { keys: ticked })),
        FieldType::Bool => typed.map(|text| Value::Boolean(text == "true")),
        FieldType::Date => typed.map(Value::Date),
        FieldType::Number => match typed {
            Some(text) => Some(Value::Number(number(&text).ok_or("number-wrong")?)),
            None => None,
        },
        FieldType::Money => match typed {
            Some(text) => Some(Value::Money(money_of(&text, unit)?)),
            None => None,
        },
        FieldType::Url => match typed {
            Some(text) if !text.contains("://") => return Err("url-wrong"),
            typed => typed.map(Value::Text),
        },
        _ => typed.map(Value::Text),
    })
}

/// A number with a point or a comma before its fraction.
fn number(text: &str) -> Option<f64> {
    text.replace(',', ".").parse().ok().filter(|number: &f64| number.is_finite())
}

fn money_of(text: &str, unit: &str) -> Result<Money, &'static str> {
    let currency_code = unit.to_ascii_uppercase();
    if currency_code.len() != 3 || !currency_code.bytes().all(|letter| letter.is_ascii_uppercase()) {
        return Err("currency-wrong");
    }
    let (units, nanos) = parts_of(text).ok_or("number-wrong")?;
    Ok(Money { currency_code, units, nanos })
}

/// Whole units and billionths of a decimal number, without the rounding a fraction in binary would bring.
fn parts_of(text: &str) -> Option<(i64, i32)> {
    let text = text.replace(',', ".");
    let (negative, digits) = text.strip_prefix('-').map_or((false, text.as_str()), |digits| (true, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    if whole.is_empty() || fraction.len() > 9 || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let (units, nanos): (i64, i32) = (whole.parse().ok()?, format!("{fraction:0<9}").parse().ok()?);
    Some(if negative { (-units, -nanos) } else { (units, nanos) })
}

/// An amount as it is typed: `12.50`.
fn amount(money: &Money) -> String {
    let total = i128::from(money.units) * i128::from(NANOS) + i128::from(money.nanos);
    let (sign, total) = (if total < 0 { "-" } else { "" }, total.unsigned_abs());
    let nanos = u128::from(NANOS.unsigned_abs());
    let fraction = format!("{:09}", total % nanos);
    let fraction = fraction.trim_end_matches('0');
    let fraction = if fraction.is_empty() { String::new() } else { format!(".{fraction:0<2}") };
    format!("{sign}{}{fraction}", total / nanos)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proto::tickets::v1::field_value::Value;
    use proto::tickets::v1::{FieldType, Money};

    use super::{amount, entered, parts_of, read};

    #[test]
    fn what_is_typed_becomes_a_value_of_the_type_or_a_sentence() {
        let value = |r#type, text: &str, unit: &str| read(r#type, text, unit, Vec::new());
        assert_eq!(value(FieldType::Number, "4,5", ""), Ok(Some(Value::Number(4.5))));
        assert_eq!(value(FieldType::Number, "four", ""), Err("number-wrong"));
        assert_eq!(value(FieldType::Bool, "false", ""), Ok(Some(Value::Boolean(false))));
        assert_eq!(value(FieldType::Text, "", ""), Ok(None));
        let money = Money { currency_code: "EUR".into(), units: 12, nanos: 500_000_000 };
        assert_eq!(value(FieldType::Money, "12.50", "eur"), Ok(Some(Value::Money(money))));
        assert_eq!(value(FieldType::Money, "12.50", ""), Err("currency-wrong"));
        assert_eq!(value(FieldType::Url, "example.org", ""), Err("url-wrong"));
        let ticked = read(FieldType::MultiChoice, "", "", vec!["phone".into()]);
        assert!(matches!(ticked, Ok(Some(Value::Choices(choices))) if choices.keys == ["phone"]));
    }

    proptest! {
        #[test]
        fn an_amount_is_typed_as_it_was_kept(units in -1_000_000_000_000_i64..1_000_000_000_000, nanos in 0..1_000_000_000_i32) {
            let nanos = if units < 0 { -nanos } else { nanos };
            let money = Money { currency_code: "CHF".into(), units, nanos };
            prop_assert_eq!(parts_of(&amount(&money)), Some((units, nanos)));
        }

        #[test]
        fn no_text_is_too_odd_for_an_amount(text in ".*") {
            let _ = (parts_of(&text), entered(Some(Value::Text(text))));
        }
    }
}

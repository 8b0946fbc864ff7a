//! Values of fields: read from the wire by type, kept as JSON, shown in the timeline, found in lists, asked by rules.
//!
//! The invariant: a [`Value`] that was read fits its field's type and limits.

use jiff::{civil::Date, tz::TimeZone};
use mesh_core::{
    error::{Error, Violations},
    rule,
};
use proto::tickets::v1::{self as wire, Choices, FieldType, FieldValue, field_value::Value as Wire};
use serde::{Deserialize, Serialize};

use super::Field;

/// Characters of a line, and of an asset's name.
const LINE: std::ops::RangeInclusive<usize> = 1..=500;
const ASSET: std::ops::RangeInclusive<usize> = 1..=255;
/// Bytes of a long text, and of an address.
const LONG_TEXT: std::ops::RangeInclusive<usize> = 1..=65_536;
const LONGEST_URL: usize = 2_000;
/// Options chosen at once.
const MOST_CHOICES: usize = 100;
/// The largest amount: whole numbers are exact up to here as numbers, too.
const MOST_UNITS: i64 = 1 << 53;
const BILLION: i32 = 1_000_000_000;

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Value {
    /// A line of text, an option's key, an id, an address.
    Text(String),
    /// Text of many lines.
    LongText(String),
    /// A finite number.
    Number(f64),
    /// True or false.
    Bool(bool),
    /// A day.
    Date(Date),
    /// An amount: currency, units, billionths.
    Money(String, i64, i32),
    /// Keys of options, at least one.
    Choices(Vec<String>),
}

/// A value as the index of lists has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cell {
    pub(crate) word: Option<String>,
    pub(crate) number: Option<f64>,
    pub(crate) whole: Option<i64>,
}

impl Value {
    /// What was sent for the field; `None` for nothing. A problem goes on from the field's name.
    pub(crate) fn read(field: &Field, sent: &FieldValue) -> Result<Option<Self>, String> {
        let Some(sent) = &sent.value else { return Ok(None) };
        match (field.kind, sent) {
            (_, Wire::Text(text)) if text.is_empty() => Ok(None),
            (FieldType::Number, Wire::Number(number)) => finite(*number).map(Some),
            (FieldType::Bool, Wire::Boolean(truth)) => Ok(Some(Self::Bool(*truth))),
            (FieldType::Date, Wire::Date(date)) if date.is_empty() => Ok(None),
            (FieldType::Date, Wire::Date(date)) => day(date).map(Some),
            (FieldType::Money, Wire::Money(money)) => amount(money).map(Some),
            (FieldType::MultiChoice, Wire::Choices(choices)) => several(field, &choices.keys),
            (FieldType::LongText, Wire::Text(text)) => checked(|wrong| wrong.long_text("", text, LONG_TEXT))
                .map(|()| Some(Self::LongText(text.clone()))),
            (kind, Wire::Text(text)) if is_text(kind) => {
                written(field, text).map(|()| Some(Self::Text(text.clone())))
            }
            _ => Err(format!("is of another type; send {}", wanted(field.kind))),
        }
    }

    /// The value of a field of this kind as it was kept in a message, whatever may be sent for it by now.
    pub(crate) fn kept(kind: FieldType, kept: &FieldValue) -> Option<Self> {
        Some(match kept.value.clone()? {
            Wire::Text(text) if kind == FieldType::LongText => Self::LongText(text),
            Wire::Text(text) => Self::Text(text),
            Wire::Number(number) => Self::Number(number),
            Wire::Boolean(truth) => Self::Bool(truth),
            Wire::Date(date) => Self::Date(date.parse().ok()?),
            Wire::Money(wire::Money { currency_code, units, nanos }) => {
                Self::Money(currency_code, units, nanos)
            }
            Wire::Choices(Choices { keys }) => Self::Choices(keys),
        })
    }

    /// The value as messages carry it.
    pub(crate) fn to_proto(&self) -> FieldValue {
        let value = match self.clone() {
            Self::Text(text) | Self::LongText(text) => Wire::Text(text),
            Self::Number(number) => Wire::Number(number),
            Self::Bool(truth) => Wire::Boolean(truth),
            Self::Date(date) => Wire::Date(date.to_string()),
            Self::Money(currency_code, units, nanos) => {
                Wire::Money(wire::Money { currency_code, units, nanos })
            }
            Self::Choices(keys) => Wire::Choices(Choices { keys }),
        };
        FieldValue { value: Some(value) }
    }

    /// The value as the timeline shows it.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Text(text) | Self::LongText(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Bool(truth) => truth.to_string(),
            Self::Date(date) => date.to_string(),
            Self::Money(currency, units, nanos) => {
                let sign = if *units < 0 || *nanos < 0 { "-" } else { "" };
                let digits = format!("{:09}", nanos.unsigned_abs());
                let exact = digits.trim_end_matches('0');
                format!("{currency} {sign}{}.{exact:0<2}", units.unsigned_abs())
            }
            Self::Choices(keys) => keys.join(", "),
        }
    }

    /// The value as rules ask it.
    pub(crate) fn asked(&self) -> rule::Value<'_> {
        match self {
            Self::Text(text) | Self::LongText(text) => text.into(),
            Self::Number(number) => (*number).into(),
            Self::Bool(truth) => (*truth).into(),
            Self::Date(date) => rule::Value::Time(midnight(*date)),
            Self::Money(_, units, nanos) => amount_of(*units, *nanos).into(),
            Self::Choices(keys) => keys.as_slice().into(),
        }
    }

    /// The value as the index of lists has it.
    pub(crate) fn cells(&self) -> Vec<Cell> {
        let word = |text: &String| Cell { word: Some(text.clone()), ..Cell::default() };
        match self {
            // Too long for an index; that it is there can be found.
            Self::LongText(_) => vec![Cell::default()],
            Self::Text(text) => vec![word(text)],
            Self::Number(number) => vec![Cell { number: Some(*number), ..Cell::default() }],
            Self::Bool(truth) => vec![Cell { whole: Some(i64::from(*truth)), ..Cell::default() }],
            Self::Date(date) => vec![Cell { whole: Some(midnight(*date)), ..Cell::default() }],
            Self::Money(currency, units, nanos) => {
                vec![Cell { number: Some(amount_of(*units, *nanos)), ..word(currency) }]
            }
            Self::Choices(keys) => keys.iter().map(word).collect(),
        }
    }

    /// How many bytes its texts have.
    pub(crate) fn weight(&self) -> usize {
        match self {
            Self::Text(text) | Self::LongText(text) => text.len(),
            Self::Choices(keys) => keys.iter().map(String::len).sum(),
            _ => 16,
        }
    }
}

/// Whether values of the type are short texts.
const fn is_text(kind: FieldType) -> bool {
    use FieldType::{Asset, Choice, Text, Url, User};
    matches!(kind, Text | Url | Choice | User | Asset)
}

/// What to send for a type, for people.
const fn wanted(kind: FieldType) -> &'static str {
    match kind {
        FieldType::Number => "`number`",
        FieldType::Money => "`money`",
        FieldType::Date => "`date`, like 2026-01-31",
        FieldType::Bool => "`boolean`",
        FieldType::MultiChoice => "`choices`",
        _ => "`text`",
    }
}

/// Fine when the text is one of the field's kind.
fn written(field: &Field, text: &str) -> Result<(), String> {
    match field.kind {
        FieldType::Choice => field.expect_offered(text),
        FieldType::User if proto::id::is("usr", text) => Ok(()),
        FieldType::User => Err("is no id of a person; it looks like usr_ and 26 characters".to_owned()),
        FieldType::Asset => checked(|wrong| wrong.text("", text, ASSET)),
        FieldType::Url => address(text),
        _ => checked(|wrong| wrong.text("", text, LINE)),
    }
}

/// The problem a check finds.
fn checked(check: impl FnOnce(&mut Violations)) -> Result<(), String> {
    let mut wrong = Violations::default();
    check(&mut wrong);
    match wrong.into_result() {
        Err(Error::Invalid { violations, .. }) => {
            Err(violations.into_iter().map(|violation| violation.problem).collect())
        }
        _ => Ok(()),
    }
}

fn address(text: &str) -> Result<(), String> {
    checked(|wrong| wrong.text("", text, 1..=LONGEST_URL))?;
    let leads_somewhere = url::Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.has_host() && url.username().is_empty()
    });
    if !leads_somewhere || text.len() > LONGEST_URL || text.contains(' ') {
        return Err("is no address; write it like https://example.org/page, up to 2000 bytes".to_owned());
    }
    Ok(())
}

fn finite(number: f64) -> Result<Value, String> {
    if number.is_finite() {
        Ok(Value::Number(number))
    } else {
        Err("is no finite number; send one".to_owned())
    }
}

/// A day as it is written in the contract, and in no other form.
fn day(text: &str) -> Result<Value, String> {
    let date = text.parse::<Date>().ok().filter(|date| date.year() > 0 && date.to_string() == text);
    date.map(Value::Date).ok_or_else(|| "is no day; write it like 2026-01-31".to_owned())
}

fn amount(money: &wire::Money) -> Result<Value, String> {
    let wire::Money { currency_code, units, nanos } = money;
    if currency_code.len() != 3 || !currency_code.bytes().all(|letter| letter.is_ascii_uppercase()) {
        return Err("has no currency; give its ISO 4217 code, like EUR".to_owned());
    }
    let one_sign = !(*units > 0 && *nanos < 0 || *units < 0 && *nanos > 0);
    if units.unsigned_abs() > MOST_UNITS.unsigned_abs()
        || nanos.unsigned_abs() >= BILLION.unsigned_abs()
        || !one_sign
    {
        return Err(
            "is no amount; give units up to 2^53 and less than a billion nanos of the same sign".to_owned()
        );
    }
    Ok(Value::Money(currency_code.clone(), *units, *nanos))
}

fn several(field: &Field, keys: &[String]) -> Result<Option<Value>, String> {
    if keys.len() > MOST_CHOICES {
        return Err("has too many options; choose at most 100".to_owned());
    }
    for (index, key) in keys.iter().enumerate() {
        field.expect_offered(key)?;
        if keys[..index].contains(key) {
            return Err(format!("has {key:?} twice; choose each option once"));
        }
    }
    Ok((!keys.is_empty()).then(|| Value::Choices(keys.to_vec())))
}

/// The day's first instant in UTC, in microseconds.
fn midnight(date: Date) -> i64 {
    let midnight = TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0));
    midnight.map_or(0, jiff::Timestamp::as_microsecond)
}

#[expect(clippy::cast_precision_loss, reason = "units are exact up to 2^53, which `amount` keeps")]
fn amount_of(units: i64, nanos: i32) -> f64 {
    units as f64 + f64::from(nanos) / f64::from(BILLION)
}

//! The values a rule is asked about.

use std::{borrow::Cow, cmp::Ordering, collections::BTreeMap};

use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

/// What a variable stands for, or an expression comes to.
#[derive(Clone, Debug, Default)]
pub enum Value<'v> {
    /// Nothing: the variable has no value here.
    #[default]
    Missing,
    /// Text.
    Text(Cow<'v, str>),
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(f64),
    /// True or false.
    Bool(bool),
    /// An instant, in microseconds since 1970.
    Time(i64),
    /// A length of time, in microseconds.
    Duration(i64),
    /// A list of texts.
    Texts(Cow<'v, [String]>),
    /// A list or an object of JSON.
    Dynamic(Cow<'v, Json>),
}

impl<'v> Value<'v> {
    /// The same value without a copy.
    pub(super) fn borrowed(&self) -> Value<'_> {
        match self {
            Self::Missing => Value::Missing,
            Self::Text(text) => Value::Text(Cow::Borrowed(text)),
            Self::Whole(whole) => Value::Whole(*whole),
            Self::Number(number) => Value::Number(*number),
            Self::Bool(truth) => Value::Bool(*truth),
            Self::Time(micros) => Value::Time(*micros),
            Self::Duration(micros) => Value::Duration(*micros),
            Self::Texts(texts) => Value::Texts(Cow::Borrowed(texts)),
            Self::Dynamic(json) => Value::of_json(json),
        }
    }

    /// A part of JSON: texts, numbers and truths as themselves, `null` as missing.
    pub(super) fn of_json(json: &'v Json) -> Self {
        match json {
            Json::Null => Self::Missing,
            Json::Bool(truth) => Self::Bool(*truth),
            Json::String(text) => Self::Text(Cow::Borrowed(text)),
            Json::Number(number) => {
                number.as_i64().map_or_else(|| number.as_f64().map_or(Self::Missing, Self::from), Self::Whole)
            }
            Json::Array(_) | Json::Object(_) => Self::Dynamic(Cow::Borrowed(json)),
        }
    }

    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }

    /// Whether it is the truth; anything else is not.
    pub(super) fn is_true(&self) -> bool {
        matches!(self, Self::Bool(true))
    }

    /// Whether both are the same. What is missing is the same only as what is missing; lists and objects are the same as
    /// nothing.
    pub(super) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Missing, Self::Missing) => true,
            (Self::Bool(one), Self::Bool(two)) => one == two,
            _ => self.order(other) == Some(Ordering::Equal),
        }
    }

    /// Which comes first; `None` when one is missing or they can't be compared. Texts by their code points.
    pub(super) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Text(one), Self::Text(two)) => Some(one.cmp(two)),
            (Self::Whole(one), Self::Whole(two))
            | (Self::Time(one), Self::Time(two))
            | (Self::Duration(one), Self::Duration(two)) => Some(one.cmp(two)),
            _ => self.number()?.partial_cmp(&other.number()?),
        }
    }

    /// A number of either kind as a number.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            #[expect(
                clippy::cast_precision_loss,
                reason = "whole numbers are exact up to 2^53, as the language says"
            )]
            Self::Whole(whole) => Some(*whole as f64),
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// How many bytes there are to look at.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            _ => 0,
        }
    }
}

impl<'v> From<&'v str> for Value<'v> {
    fn from(text: &'v str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'v> From<&'v String> for Value<'v> {
    fn from(text: &'v String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl From<i64> for Value<'_> {
    fn from(whole: i64) -> Self {
        Self::Whole(whole)
    }
}

impl From<f64> for Value<'_> {
    /// What is no finite number is missing, as it is in a database.
    fn from(number: f64) -> Self {
        if number.is_finite() { Self::Number(number) } else { Self::Missing }
    }
}

impl From<bool> for Value<'_> {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(time: Timestamp) -> Self {
        Self::Time(time.as_microsecond())
    }
}

impl From<SignedDuration> for Value<'_> {
    fn from(duration: SignedDuration) -> Self {
        Self::Duration(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX))
    }
}

impl<'v> From<&'v [String]> for Value<'v> {
    fn from(texts: &'v [String]) -> Self {
        Self::Texts(Cow::Borrowed(texts))
    }
}

impl From<Vec<String>> for Value<'_> {
    fn from(texts: Vec<String>) -> Self {
        Self::Texts(Cow::Owned(texts))
    }
}

impl<'v> From<&'v Json> for Value<'v> {
    fn from(json: &'v Json) -> Self {
        Self::of_json(json)
    }
}

impl<'v, T: Into<Value<'v>>> From<Option<T>> for Value<'v> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Missing, Into::into)
    }
}

/// Values by the names of their variables; what is not given is missing.
#[derive(Clone, Debug, Default)]
pub struct Values<'v>(BTreeMap<Cow<'v, str>, Value<'v>>);

impl<'v> Values<'v> {
    /// No values yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same values with one more.
    pub fn with(mut self, name: impl Into<Cow<'v, str>>, value: impl Into<Value<'v>>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }

    pub(super) fn get(&self, name: &str) -> Value<'_> {
        self.0.get(name).map_or(Value::Missing, Value::borrowed)
    }
}

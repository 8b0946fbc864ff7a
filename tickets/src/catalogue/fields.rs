//! What a ticket has in its fields.
//!
//! The invariant: what requesters may see is nothing until the catalogue has said what that is, so that whoever forgets to ask
//! shows too little, never too much.

use std::collections::{BTreeMap, BTreeSet};

use proto::tickets::v1::{FieldChange, FieldValue};

use super::{Catalogue, Value};

/// What stands before a field's key in masks and histories.
pub(crate) const PREFIX: &str = "fields.";

/// Values by the keys of their fields, kept as JSON. Two are equal when their values are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields {
    values: BTreeMap<String, Value>,
    /// The keys of those requesters may see, as far as the catalogue was asked.
    public: BTreeSet<String>,
}

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Somebody of the staff of the ticket's department, or its assignee.
    Staff,
    /// Anybody else who may see the ticket.
    Requester,
}

impl Fields {
    /// The value of a field.
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.values.get(key)
    }

    /// All of them, by key.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Puts a value in, or takes it out.
    pub(crate) fn set(&mut self, key: &str, value: Option<Value>) {
        match value {
            Some(value) => self.values.insert(key.to_owned(), value),
            None => self.values.remove(key),
        };
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// How many bytes their texts have.
    pub(crate) fn weight(&self) -> usize {
        self.values.values().map(Value::weight).sum()
    }

    /// Learns which of them requesters may see.
    pub(crate) fn learn(&mut self, catalogue: &Catalogue) {
        let is_public = |key: &&String| catalogue.field(key).is_some_and(|field| !field.is_staff_only());
        self.public = self.values.keys().filter(is_public).cloned().collect();
    }

    /// Whether the reader sees this one.
    pub(crate) fn shows(&self, key: &str, reader: Reader) -> bool {
        reader == Reader::Staff || self.public.contains(key)
    }

    /// What the reader sees, as messages carry it.
    pub(crate) fn to_proto(&self, reader: Reader) -> BTreeMap<String, FieldValue> {
        let shown = self.values.iter().filter(|(key, _)| self.shows(key, reader));
        shown.map(|(key, value)| (key.clone(), value.to_proto())).collect()
    }

    /// What is different afterwards, by key.
    pub(crate) fn changes(&self, after: &Self) -> Vec<FieldChange> {
        let keys: BTreeSet<&String> = self.values.keys().chain(after.values.keys()).collect();
        let shown = |value: Option<&Value>| value.map(Value::shown).unwrap_or_default();
        let change = |key: &String| FieldChange {
            field: format!("{PREFIX}{key}"),
            old_value: shown(self.get(key)),
            new_value: shown(after.get(key)),
        };
        keys.into_iter().filter(|key| self.get(key) != after.get(key)).map(change).collect()
    }

    /// The column's text; empty for none.
    pub(crate) fn to_column(&self) -> Result<String, serde_json::Error> {
        if self.is_empty() { Ok(String::new()) } else { serde_json::to_string(&self.values) }
    }
}

impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.values == other.values
    }
}

impl TryFrom<String> for Fields {
    type Error = serde_json::Error;

    fn try_from(column: String) -> Result<Self, Self::Error> {
        if column.is_empty() {
            return Ok(Self::default());
        }
        Ok(Self { values: serde_json::from_str(&column)?, public: BTreeSet::new() })
    }
}

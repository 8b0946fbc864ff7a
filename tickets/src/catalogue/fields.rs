//! What a ticket has in its fields.
//!
//! The invariants: who sees what is decided in one place ([`Reader::sees`]); what anybody may see is nothing until the catalogue has said
//! what that is, so that whoever forgets to ask shows too little, never too much.

use std::collections::{BTreeMap, BTreeSet};

use mesh_core::caller::Caller;
use proto::tickets::v1::{FieldChange, FieldValue};

use super::{Catalogue, Value};
use crate::column::Words;

/// What stands before a field's key in masks and histories.
pub(crate) const PREFIX: &str = "fields.";

/// Values by the keys of their fields, kept as JSON. Two are equal when their values are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields {
    values: BTreeMap<String, Value>,
    /// For whom each is, as far as the catalogue was asked.
    audiences: BTreeMap<String, Audience>,
}

/// For whom a field is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Audience {
    /// Everybody who sees the ticket.
    Everybody,
    /// The staff of the ticket's department, and its assignee.
    Staff,
    /// Those of the staff who hold one of these roles there.
    Roles(Words),
}

impl Audience {
    /// Whether whoever is of the other one is of this one, too.
    pub(crate) fn includes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Everybody, _) | (Self::Staff, Self::Staff | Self::Roles(_)) => true,
            (Self::Roles(own), Self::Roles(others)) => others.iter().all(|role| own.has(role)),
            (Self::Staff | Self::Roles(_), _) => false,
        }
    }
}

/// Who looks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reader<'c> {
    /// The mesh itself, and whoever says what fields there are.
    Everything,
    /// Somebody of the staff of this department, or its ticket's assignee; of any department without one.
    Staff(&'c Caller, Option<&'c str>),
    /// Anybody else who may see the ticket.
    Requester,
}

impl Reader<'_> {
    /// Whether a field for these is for this one.
    pub(crate) fn sees(self, audience: &Audience) -> bool {
        match (self, audience) {
            (Self::Everything, _) | (_, Audience::Everybody) | (Self::Staff(..), Audience::Staff) => true,
            (Self::Staff(caller, department_id), Audience::Roles(roles)) => {
                roles.iter().any(|role| caller.has_role(role, department_id))
            }
            (Self::Requester, Audience::Staff | Audience::Roles(_)) => false,
        }
    }
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

    /// Learns for whom they are.
    pub(crate) fn learn(&mut self, catalogue: &Catalogue) {
        let keys = self.values.keys();
        self.audiences = keys.map(|key| (key.clone(), catalogue.audience(key))).collect();
    }

    /// Whether the reader sees this one.
    pub(crate) fn shows(&self, key: &str, reader: Reader<'_>) -> bool {
        match self.audiences.get(key) {
            Some(audience) => reader.sees(audience),
            None => matches!(reader, Reader::Everything),
        }
    }

    /// What the reader sees, as messages carry it.
    pub(crate) fn to_proto(&self, reader: Reader<'_>) -> BTreeMap<String, FieldValue> {
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
        Ok(Self { values: serde_json::from_str(&column)?, audiences: BTreeMap::new() })
    }
}

//! Filling a form: what somebody sends for the fields of a ticket, taken over and held against the form's rules.
//!
//! The invariants: nobody sets or empties what he does not see; whatever is wrong is named at once, each as
//! `ticket.fields.<key>`; a new ticket lacks nothing its filer has to fill, and a change makes nothing lacking.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use mesh_core::error::{Result, Violations};
use proto::tickets::v1::FieldValue;

use super::{Form, Reader, Value, nearest};
use crate::ticket::Ticket;

/// Bytes of all values of a ticket.
const MOST_BYTES: usize = 262_144;

/// What somebody sends for the fields of a ticket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answers<'a> {
    pub(crate) sent: &'a BTreeMap<String, FieldValue>,
    pub(crate) named: &'a Named,
    pub(crate) reader: Reader<'a>,
    pub(crate) now: Timestamp,
}

/// Which fields are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// All that the sender sees: what is not sent is emptied.
    All,
    /// These.
    Keys(Vec<String>),
}

impl Default for Named {
    /// None.
    fn default() -> Self {
        Self::Keys(vec![])
    }
}

impl Named {
    /// Means one more.
    pub(crate) fn add(&mut self, key: &str) {
        if let Self::Keys(keys) = self {
            keys.push(key.to_owned());
        }
    }
}

impl Answers<'_> {
    /// Fills the form of a new ticket.
    pub(crate) fn file(&self, form: &Form<'_>, ticket: &mut Ticket, wrong: &mut Violations) -> Result<()> {
        let mut filling = Filling::new(*self, form, wrong);
        filling.take(ticket);
        for field in form.fields().filter(|field| !self.sent.contains_key(&field.key)) {
            ticket.fields.set(&field.key, field.default_value.0.clone());
        }
        filling.settle(ticket, &[])
    }

    /// Changes what a ticket has, whose form was `before`'s.
    pub(crate) fn change(
        &self,
        form: &Form<'_>,
        before: (&Form<'_>, &Ticket),
        ticket: &mut Ticket,
        wrong: &mut Violations,
    ) -> Result<()> {
        let (old_form, old_ticket) = before;
        let lacking = old_form.missing(old_ticket, self.reader, self.now)?;
        let lacking: Vec<_> = lacking.into_iter().map(|field| field.key.as_str()).collect();
        let mut filling = Filling::new(*self, form, wrong);
        filling.take(ticket);
        filling.settle(ticket, &lacking)
    }
}

/// A form being filled.
struct Filling<'f> {
    answers: Answers<'f>,
    form: &'f Form<'f>,
    wrong: &'f mut Violations,
    /// Keys that were filled now.
    filled: BTreeSet<String>,
    /// Keys that are named as wrong.
    refused: BTreeSet<String>,
}

impl<'f> Filling<'f> {
    fn new(answers: Answers<'f>, form: &'f Form<'f>, wrong: &'f mut Violations) -> Self {
        Self { answers, form, wrong, filled: BTreeSet::new(), refused: BTreeSet::new() }
    }

    fn refuse(&mut self, key: &str, problem: impl Into<String>) {
        if self.refused.insert(key.to_owned()) {
            self.wrong.add(format!("ticket.fields.{key}"), problem);
        }
    }

    /// Takes over what was sent.
    fn take(&mut self, ticket: &mut Ticket) {
        let sent = self.answers.sent;
        let keys: BTreeSet<String> = match self.answers.named {
            Named::Keys(keys) => keys.iter().cloned().collect(),
            Named::All => {
                let seen = ticket.fields.iter().map(|(key, _)| key);
                let seen = seen.filter(|key| ticket.fields.shows(key, self.answers.reader));
                seen.map(str::to_owned).chain(sent.keys().cloned()).collect()
            }
        };
        let nothing = FieldValue::default();
        for key in keys {
            self.take_one(ticket, &key, sent.get(&key).unwrap_or(&nothing));
        }
    }

    fn take_one(&mut self, ticket: &mut Ticket, key: &str, sent: &FieldValue) {
        let reader = self.answers.reader;
        let kept = ticket.fields.get(key).filter(|_| ticket.fields.shows(key, reader));
        if kept.is_some_and(|value| value.to_proto() == *sent) {
            return; // As it was, also where it would not be taken any more.
        }
        let is_kept = kept.is_some();
        match self.form.field(key).filter(|field| field.is_for(reader)) {
            Some(field) => match Value::read(field, sent) {
                Ok(value) => {
                    if value.is_some() {
                        self.filled.insert(key.to_owned());
                    }
                    ticket.fields.set(key, value);
                }
                Err(problem) => self.refuse(key, problem),
            },
            None if is_kept && sent.value.is_none() => ticket.fields.set(key, None),
            None => self.refuse_unknown(key),
        }
    }

    fn refuse_unknown(&mut self, key: &str) {
        let known = self.form.fields().filter(|field| field.is_for(self.answers.reader));
        let meant = nearest(key, known.map(|field| field.key.as_str()));
        let problem = match meant {
            Some(near) => format!("is no field of the category's form; did you mean {near}?"),
            None if self.form.fields.is_empty() => {
                "is no field here: there is no category, or its form has no fields; leave it out".to_owned()
            }
            None => "is no field of the category's form; leave it out".to_owned(),
        };
        let shown: String = key.chars().take(64).collect();
        self.refuse(&shown, problem);
    }

    /// Holds the ticket against the form's rules; what was `lacking` before may go on lacking.
    fn settle(mut self, ticket: &mut Ticket, lacking: &[&str]) -> Result<()> {
        let (reader, now) = (self.answers.reader, self.answers.now);
        // What a wrong answer would have shown is not known.
        let is_certain = self.refused.is_empty();
        for key in self.form.settle(ticket, now)? {
            if is_certain && self.filled.contains(key) {
                self.refuse(
                    key,
                    "is not asked for with these answers; leave it out, or change what hides it",
                );
            }
        }
        for field in self.form.missing(ticket, reader, now)? {
            if !lacking.contains(&field.key.as_str()) {
                self.refuse(&field.key, format!("is missing; fill in {:?}", field.label));
            }
        }
        let too_much = ticket.fields.weight() > MOST_BYTES;
        self.wrong.when(too_much, "ticket.fields", "are too long together; give at most 262144 bytes");
        Ok(())
    }
}

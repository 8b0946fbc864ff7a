//! A category's form: what it shows and demands, and what a ticket loses and lacks by that.
//!
//! The invariant: after [`Form::settle`] a ticket has no value the form does not show, and rules are asked of nothing else.

use std::collections::BTreeSet;

use jiff::Timestamp;
use mesh_core::error::Result;

use super::{Field, Guarded, Reader, rules};
use crate::ticket::Ticket;

/// The fields of a category's form, in order; archived ones are none of them.
#[derive(Clone, Debug)]
pub(crate) struct Form<'c> {
    /// The category's name.
    pub(super) category: &'c str,
    pub(super) fields: Vec<&'c Guarded>,
}

/// A field the form shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown<'c> {
    pub(crate) field: &'c Field,
    /// Whether it must be filled.
    pub(crate) required: bool,
}

impl<'c> Form<'c> {
    /// Its field with this key.
    pub(crate) fn field(&self, key: &str) -> Option<&'c Field> {
        self.fields().find(|field| field.key == key)
    }

    /// Its fields.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &'c Field> {
        self.fields.iter().map(|guarded| &guarded.field)
    }

    /// The fields the form shows for what the ticket has.
    pub(crate) fn shown(&self, ticket: &Ticket, now: Timestamp) -> Result<Vec<Shown<'c>>> {
        let values = rules::values(ticket, self.category, self.fields());
        let mut shown = vec![];
        for guarded in &self.fields {
            if guarded.is_visible(&values, now)? {
                let required = guarded.is_required(&values, now)?;
                shown.push(Shown { field: &guarded.field, required });
            }
        }
        Ok(shown)
    }

    /// Takes the values of fields that are not shown off the ticket, and of those that are not shown without them, until none is
    /// left; the keys of what was taken. In the form's order, so that a chain of fields goes in one round.
    pub(crate) fn settle(&self, ticket: &mut Ticket, now: Timestamp) -> Result<BTreeSet<&'c str>> {
        let mut values = rules::values(ticket, self.category, self.fields());
        let mut taken = BTreeSet::new();
        let filled = |guarded: &&&'c Guarded| ticket.fields.get(&guarded.field.key).is_some();
        let filled: Vec<_> = self.fields.iter().filter(filled).collect();
        loop {
            let before = taken.len();
            for guarded in &filled {
                let key = guarded.field.key.as_str();
                if !taken.contains(key) && !guarded.is_visible(&values, now)? {
                    values = rules::without(values, &guarded.field);
                    taken.insert(key);
                }
            }
            if taken.len() == before {
                break;
            }
        }
        for key in &taken {
            ticket.fields.set(key, None);
        }
        Ok(taken)
    }

    /// The fields that must be filled and are not, as far as the reader sees them.
    pub(crate) fn missing(
        &self,
        ticket: &Ticket,
        reader: Reader<'_>,
        now: Timestamp,
    ) -> Result<Vec<&'c Field>> {
        let shown = self.shown(ticket, now)?.into_iter();
        let open = shown.filter(|one| one.required && ticket.fields.get(&one.field.key).is_none());
        Ok(open.map(|one| one.field).filter(|field| field.is_for(reader)).collect())
    }
}

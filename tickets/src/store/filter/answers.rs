//! What a ticket has in its form, as rules of lists speak of it: `fields.<key>`.
//!
//! The invariant: nobody can ask for what some of the tickets he sees don't show him. What a field for the staff holds can be
//! asked for by who sees everything, what is for some roles by who holds one everywhere; others may see tickets as their requesters, so to
//! them such a field is no variable.

use mesh_core::{
    caller::Caller,
    rule::{Lookup, Variable},
};
use proto::tickets::v1::FieldType;

use crate::{
    access::Viewer,
    catalogue::{Catalogue, Field, Reader, variable},
};

/// The fields a caller's rules may speak of. What is archived can still be asked for, because tickets still have it.
pub(super) fn variables(caller: &Caller, catalogue: &Catalogue) -> Vec<Variable> {
    let reader = match Viewer::of(caller) {
        Ok(Viewer::Everything) => Reader::Staff(caller, Some("")),
        _ => Reader::Requester,
    };
    let known = catalogue.fields().filter(|field| field.is_for(reader));
    known.filter_map(kept).collect()
}

/// The field where the index of lists has it; long texts are in none.
fn kept(field: &Field) -> Option<Variable> {
    let (value, rows) = match field.kind {
        FieldType::Unspecified | FieldType::LongText => return None,
        FieldType::Number | FieldType::Money => (NUMBER, BY_NUMBER),
        FieldType::Bool | FieldType::Date => (WHOLE, BY_WHOLE),
        _ => (WORD, BY_WORD),
    };
    Some(variable(field).looked_up(Lookup { key: field.key.clone(), value, rows }))
}

const WORD: [&str; 2] = ["(select f.word from ticket_fields f where f.ticket_id = t.id and f.key = ", ")"];
const NUMBER: [&str; 2] =
    ["(select f.number from ticket_fields f where f.ticket_id = t.id and f.key = ", ")"];
const WHOLE: [&str; 2] = ["(select f.whole from ticket_fields f where f.ticket_id = t.id and f.key = ", ")"];
const BY_WORD: [&str; 2] =
    ["t.id in (select f.ticket_id from ticket_fields f where f.key = ", " and f.word is not null and f.word"];
const BY_NUMBER: [&str; 2] = [
    "t.id in (select f.ticket_id from ticket_fields f where f.key = ",
    " and f.number is not null and f.number",
];
const BY_WHOLE: [&str; 2] = [
    "t.id in (select f.ticket_id from ticket_fields f where f.key = ",
    " and f.whole is not null and f.whole",
];

//! People a comment names.
//!
//! The invariant: nobody is named who may not read what names him, because whoever is named is told of the ticket and of what was
//! said. Who was named before stays, whatever became of him.

use mesh_core::{
    caller::Grants,
    error::{Result, Violations},
};
use proto::tickets::v1::CommentKind;

use crate::{access, column::Words, ticket::Ticket};

/// The people a comment names, and the field that names them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mentions {
    field: String,
    people: Vec<Mentioned>,
}

/// Somebody who is named.
#[derive(Clone, Debug)]
pub(crate) struct Mentioned {
    /// Where in the field.
    pub(crate) index: usize,
    pub(crate) id: String,
    pub(crate) grants: Grants,
}

impl Mentions {
    /// These people, who exist.
    pub(crate) fn new(field: &str, people: Vec<Mentioned>) -> Self {
        Self { field: field.to_owned(), people }
    }

    /// Those of them who were not named before.
    pub(crate) fn but_for(mut self, before: &Words) -> Self {
        self.people.retain(|person| !before.has(&person.id));
        self
    }

    /// Fine when each of them reads what is said of this kind on the ticket.
    pub(crate) fn expect_readers(&self, ticket: &Ticket, kind: CommentKind) -> Result<()> {
        let problem = match kind {
            CommentKind::Internal => {
                "may not read internal notes on this ticket; leave the name out, or name somebody of its staff"
            }
            CommentKind::Public | CommentKind::Unspecified => {
                "may not see this ticket; leave the name out, or put the person in copy first"
            }
        };
        let mut wrong = Violations::default();
        for Mentioned { index, id, grants } in &self.people {
            let reads = access::reads(id, grants, kind, ticket);
            wrong.when(!reads, &format!("{}[{index}]", self.field), problem);
        }
        wrong.into_result()
    }
}

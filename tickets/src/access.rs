//! Who may see and do what with a ticket, and who hears of it.
//!
//! The invariant: [`Viewer`] (for SQL, see `store/visibility.rs`), [`relations`] (for one ticket) and the audiences (for the live
//! stream) say the same. A property test holds them together.

use mesh_core::{
    caller::{Caller, Grants},
    error::Result,
    policy::{self, Action, Reach, Relation, Scope},
};
use proto::{
    events::v1::Audience,
    identity::v1::Permission,
    tickets::v1::{CommentKind, TicketAbilities},
};

use crate::{catalogue::Reader, ticket::Ticket};

/// Who looks, as far as a list must know.
#[derive(Clone, Debug)]
pub(crate) enum Viewer {
    /// Sees every ticket.
    Everything,
    /// Sees the tickets of these departments, and what he is related to.
    Person { id: String, department_ids: Vec<String> },
}

impl Viewer {
    /// How the caller looks at tickets.
    pub(crate) fn of(caller: &Caller) -> Result<Self> {
        match policy::reach(caller, Action::TicketRead) {
            Reach::Everywhere => Ok(Self::Everything),
            Reach::Departments(department_ids) => {
                Ok(Self::Person { id: caller.user_id()?.to_owned(), department_ids })
            }
        }
    }
}

/// What the caller is to the ticket.
pub(crate) fn relations(caller: &Caller, ticket: &Ticket) -> Vec<Relation> {
    caller.user_id().map(|person_id| relations_of(person_id, ticket)).unwrap_or_default()
}

/// What a person is to the ticket.
fn relations_of(person_id: &str, ticket: &Ticket) -> Vec<Relation> {
    [
        (ticket.is_owned_by(person_id), Relation::Owner),
        (ticket.is_followed_by(person_id), Relation::Participant),
        (ticket.is_assigned_to(person_id), Relation::Assignee),
    ]
    .into_iter()
    .filter(|(holds, _)| *holds)
    .map(|(_, relation)| relation)
    .collect()
}

/// Fine when the caller may do `action` to the ticket.
pub(crate) fn check(caller: &Caller, action: Action, ticket: &Ticket) -> Result<()> {
    let relations = relations(caller, ticket);
    policy::check(caller, action, &Scope::department(&ticket.department_id).related(&relations))
}

/// Whether the caller may do `action` to the ticket.
pub(crate) fn may(caller: &Caller, action: Action, ticket: &Ticket) -> bool {
    check(caller, action, ticket).is_ok()
}

/// Whether the caller reads internal notes on the ticket.
pub(crate) fn reads_notes(caller: &Caller, ticket: &Ticket) -> bool {
    may(caller, Action::TicketReadNotes, ticket)
}

/// Whether a person who holds these grants reads what is said of this kind on the ticket.
pub(crate) fn reads(person_id: &str, grants: &Grants, kind: CommentKind, ticket: &Ticket) -> bool {
    let action = match kind {
        CommentKind::Internal => Action::TicketReadNotes,
        CommentKind::Public | CommentKind::Unspecified => Action::TicketRead,
    };
    let relations = relations_of(person_id, ticket);
    policy::allows(grants, action, &Scope::department(&ticket.department_id).related(&relations))
}

/// How the caller looks at the ticket's fields.
pub(crate) fn reader<'c>(caller: &'c Caller, ticket: &'c Ticket) -> Reader<'c> {
    if caller.is_worker() {
        Reader::Everything
    } else if reads_notes(caller, ticket) {
        Reader::Staff(caller, Some(&ticket.department_id))
    } else {
        Reader::Requester
    }
}

/// How the caller looks at the forms of a department when they are filled in.
pub(crate) fn reader_of_forms<'c>(caller: &'c Caller, department_id: &'c str) -> Reader<'c> {
    let scope = Scope::department(department_id);
    let holds = |action| policy::check(caller, action, &scope).is_ok();
    if holds(Action::TicketReadNotes) || holds(Action::CatalogManage) {
        Reader::Staff(caller, Some(department_id))
    } else {
        Reader::Requester
    }
}

/// How the caller looks at what fields there are, in a department or with `None` in all: whoever says which there are knows them.
pub(crate) fn reader_of_catalogue<'c>(caller: &'c Caller, department_id: Option<&'c str>) -> Reader<'c> {
    let holds = |action| match department_id {
        Some(department_id) => policy::check(caller, action, &Scope::department(department_id)).is_ok(),
        None => policy::check_somewhere(caller, action).is_ok(),
    };
    if holds(Action::CatalogManage) {
        Reader::Everything
    } else if holds(Action::TicketReadNotes) {
        Reader::Staff(caller, department_id)
    } else {
        Reader::Requester
    }
}

/// Whether the caller answers as staff: neither as owner nor as somebody in copy.
pub(crate) fn answers_as_staff(caller: &Caller, ticket: &Ticket) -> bool {
    let relations = relations(caller, ticket);
    let is_customer = relations.contains(&Relation::Owner) && !relations.contains(&Relation::Assignee);
    !is_customer && reads_notes(caller, ticket)
}

/// What the caller may do with the ticket, for buttons and fields.
pub(crate) fn abilities(caller: &Caller, ticket: &Ticket) -> TicketAbilities {
    let changes = |action| !ticket.is_stub() && may(caller, action, ticket);
    TicketAbilities {
        reply: changes(Action::TicketReply),
        read_notes: reads_notes(caller, ticket),
        note: changes(Action::TicketNote),
        update: changes(Action::TicketUpdate),
        assign: changes(Action::TicketAssign),
        transition: changes(Action::TicketTransition),
        delete: may(caller, Action::TicketDelete, ticket),
        merge: may(caller, Action::TicketMerge, ticket),
        rate: ticket.is_ratable() && caller.user_id().is_ok_and(|id| ticket.is_owned_by(id)),
    }
}

/// Everybody who may see the ticket.
pub(crate) fn public_audience(ticket: &Ticket) -> Audience {
    let mut user_ids = vec![ticket.requester_id.clone()];
    user_ids.extend(ticket.participants().map(|(id, _)| id.to_owned()));
    user_ids.push(ticket.assignee_id.clone());
    audience(user_ids, ticket)
}

/// Everybody who may read internal notes on the ticket.
pub(crate) fn staff_audience(ticket: &Ticket) -> Audience {
    audience(vec![ticket.assignee_id.clone()], ticket)
}

fn audience(mut user_ids: Vec<String>, ticket: &Ticket) -> Audience {
    user_ids.retain(|id| !id.is_empty());
    user_ids.sort();
    user_ids.dedup();
    Audience {
        user_ids,
        permission: Permission::TicketRead.into(),
        department_ids: vec![ticket.department_id.clone()],
        ..Audience::default()
    }
}

//! Who sees which ticket, in SQL: the only place that says so.
//!
//! The rule (`access.rs` has it for one loaded ticket): the staff of its department, its assignee, its requester, and the people
//! in `participants`. It is written in four ways, which mean the same and differ in speed; the property tests of visibility
//! hold them together.
//!
//! - [`push`] with [`Shape::Row`] looks at each row: for one ticket at hand, and for lists of viewers who see most of them.
//! - [`push`] with [`Shape::Set`] starts from the person's own tickets: for lists of viewers who see few.
//! - [`parts`] cuts what a viewer sees into disjoint parts, each found by an index of its own: for counts, which have to reach
//!   every ticket.
//! - [`places`] and [`push_own`] are for the index of words, whose entries say in which department they are (and those of notes,
//!   who reads them besides): what others see is passed over in the index itself.

use mesh_core::db::Assembly;

use crate::{
    access::Viewer,
    search::{Clause, Lexeme, place},
};

/// How the predicate is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// The id is among those the person is related to.
    Set,
    /// The row has the person in it.
    Row,
}

impl Shape {
    /// The faster shape for a list.
    pub(super) const fn of_list(viewer: &Viewer) -> Self {
        match viewer {
            Viewer::Person { department_ids, .. } if department_ids.is_empty() => Self::Set,
            _ => Self::Row,
        }
    }
}

/// Goes on with ` and (…)` for the table alias `t`.
pub(super) fn push(sql: &mut Assembly, viewer: &Viewer, shape: Shape) {
    let Viewer::Person { id, department_ids } = viewer else {
        return;
    };
    sql.push(" and (");
    if !department_ids.is_empty() {
        sql.push("t.department_id in ").list(department_ids).push(" or ");
    }
    match shape {
        Shape::Set => {
            sql.push("t.id in (select id from tickets where requester_id = ").bind(id);
            sql.push(" union all select id from tickets where assignee_id = ").bind(id);
            sql.push(" union all select ticket_id from participants where person_id = ").bind(id);
            sql.push("))");
        }
        Shape::Row => {
            sql.push("t.requester_id = ").bind(id);
            sql.push(" or t.assignee_id = ").bind(id);
            sql.push(" or exists (select 1 from participants p where p.ticket_id = t.id and p.person_id = ");
            sql.bind(id).push("))");
        }
    }
}

/// Goes on with ` and t.id in (…)`: what a person sees of his own, besides what he sees as staff (some of which may be among it).
pub(super) fn push_own(sql: &mut Assembly, person_id: &str, department_ids: &[String]) {
    let mut prefix = " and t.id in (";
    for of_his in
        ["select id from tickets where requester_id = ", "select id from tickets where assignee_id = "]
    {
        sql.push(prefix).push(of_his).bind(person_id.to_owned());
        if !department_ids.is_empty() {
            sql.push(" and not department_id in ").list(department_ids);
        }
        prefix = " union all ";
    }
    sql.push(" union all select ticket_id from participants where person_id = ").bind(person_id.to_owned());
    sql.push(")");
}

/// Where entries of the index of words are whose tickets the viewer sees as staff; nothing for who sees everything.
pub(super) fn places(viewer: &Viewer) -> Option<Clause> {
    match viewer {
        Viewer::Everything => None,
        Viewer::Person { department_ids, .. } => Some(in_places(department_ids)),
    }
}

/// Where entries of the index of notes are that the viewer reads, as staff or as assignee.
pub(super) fn note_places(viewer: &Viewer) -> Option<Clause> {
    match viewer {
        Viewer::Everything => None,
        Viewer::Person { id, department_ids } => Some(in_places(department_ids.iter().chain([id]))),
    }
}

fn in_places<'a>(ids: impl IntoIterator<Item = &'a String>) -> Clause {
    ids.into_iter().map(|id| Lexeme::whole(place(id))).collect()
}

/// A part of what a viewer sees; no ticket is in two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Everything there is.
    Everything,
    /// The tickets of his departments.
    Staff,
    /// Those assigned to him elsewhere.
    Assigned,
    /// Those he asked for and does not work on, elsewhere.
    Requested,
    /// The rest: filed on his behalf, in copy, watched.
    Followed,
}

/// The parts of what the viewer sees: those that others see just so, and those only he does.
pub(super) const fn parts(viewer: &Viewer) -> (&'static [Part], &'static [Part]) {
    match viewer {
        Viewer::Everything => (&[Part::Everything], &[]),
        Viewer::Person { department_ids, .. } if department_ids.is_empty() => (&[], OWN),
        Viewer::Person { .. } => (&[Part::Staff], OWN),
    }
}

/// What a person sees besides what he sees as staff.
const OWN: &[Part] = &[Part::Assigned, Part::Requested, Part::Followed];

impl Part {
    /// Goes on with `from … where …` and the conditions of this part.
    pub(super) fn push(self, sql: &mut Assembly, viewer: &Viewer) {
        let Viewer::Person { id, department_ids } = viewer else {
            sql.push(" from tickets t where 1 = 1");
            return;
        };
        match self {
            Self::Everything => sql.push(" from tickets t where 1 = 1"),
            Self::Staff => sql.push(" from tickets t where t.department_id in ").list(department_ids),
            Self::Assigned => sql.push(" from tickets t where t.assignee_id = ").bind(id),
            Self::Requested => sql.push(" from tickets t where t.requester_id = ").bind(id),
            Self::Followed => {
                // A cross join, because SQLite then begins with the few tickets of one person.
                sql.push(" from (select distinct ticket_id from participants where person_id = ").bind(id);
                sql.push(") p cross join tickets t where t.id = p.ticket_id")
            }
        };
        if matches!(self, Self::Requested | Self::Followed) {
            sql.push(" and t.assignee_id <> ").bind(id);
        }
        if self == Self::Followed {
            sql.push(" and t.requester_id <> ").bind(id);
        }
        if self != Self::Staff && !department_ids.is_empty() {
            sql.push(" and not t.department_id in ").list(department_ids);
        }
    }
}

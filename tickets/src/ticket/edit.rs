//! What people may write on a ticket: the checks of a new one, and of a change.
//!
//! The invariant: a change names its fields; what is not named stays, and what is named but equal is no change.

use mesh_core::error::Violations;
use proto::tickets::v1::{FieldChange, Priority, Ticket as Wire};

use super::Ticket;
use crate::column::Words;

/// Characters of a subject.
const SUBJECT: std::ops::RangeInclusive<usize> = 1..=255;
/// Bytes of a description.
const DESCRIPTION: std::ops::RangeInclusive<usize> = 0..=65_536;
/// People in copy.
const MOST_CCS: usize = 50;
/// Tags on a ticket, and characters of one.
const MOST_TAGS: usize = 50;
const LONGEST_TAG: usize = 50;
/// Characters of a language tag.
const LONGEST_LANGUAGE: usize = 35;

/// A field people may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Subject,
    Description,
    Requester,
    OnBehalfOf,
    Ccs,
    Department,
    Category,
    Priority,
    Tags,
    Language,
}

impl Field {
    /// In the order of the contract's fields.
    const ALL: [Self; 10] = [
        Self::Subject,
        Self::Description,
        Self::Requester,
        Self::OnBehalfOf,
        Self::Ccs,
        Self::Department,
        Self::Category,
        Self::Priority,
        Self::Tags,
        Self::Language,
    ];

    /// Its path in a mask, a violation and the timeline.
    const fn path(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Description => "description",
            Self::Requester => "requester_id",
            Self::OnBehalfOf => "on_behalf_of_id",
            Self::Ccs => "cc_ids",
            Self::Department => "department_id",
            Self::Category => "category_id",
            Self::Priority => "priority",
            Self::Tags => "tags",
            Self::Language => "language",
        }
    }

    /// Its value as the timeline shows it.
    fn shown(self, ticket: &Ticket) -> String {
        match self {
            Self::Subject => ticket.subject.clone(),
            Self::Description => ticket.description.clone(),
            Self::Requester => ticket.requester_id.clone(),
            Self::OnBehalfOf => ticket.on_behalf_of_id.clone(),
            Self::Ccs => ticket.cc_ids.to_vec().join(", "),
            Self::Department => ticket.department_id.clone(),
            Self::Category => ticket.category_id.clone(),
            Self::Priority => ticket.priority.as_str_name().to_owned(),
            Self::Tags => ticket.tags.to_vec().join(", "),
            Self::Language => ticket.language.clone(),
        }
    }

    /// Takes its value over from what was sent.
    fn take(self, ticket: &mut Ticket, wire: &Wire) {
        match self {
            Self::Subject => ticket.subject.clone_from(&wire.subject),
            Self::Description => ticket.description.clone_from(&wire.description),
            Self::Requester => ticket.requester_id.clone_from(&wire.requester_id),
            Self::OnBehalfOf => ticket.on_behalf_of_id.clone_from(&wire.on_behalf_of_id),
            Self::Ccs => ticket.cc_ids = Words::of(&wire.cc_ids),
            Self::Department => ticket.department_id.clone_from(&wire.department_id),
            Self::Category => ticket.category_id.clone_from(&wire.category_id),
            Self::Priority => ticket.priority = wire.priority(),
            Self::Tags => ticket.tags = Words::of(&wire.tags),
            Self::Language => ticket.language.clone_from(&wire.language),
        }
    }

    /// Gives its value to a message.
    fn give(self, ticket: &Ticket, wire: &mut Wire) {
        match self {
            Self::Subject => wire.subject.clone_from(&ticket.subject),
            Self::Description => wire.description.clone_from(&ticket.description),
            Self::Requester => wire.requester_id.clone_from(&ticket.requester_id),
            Self::OnBehalfOf => wire.on_behalf_of_id.clone_from(&ticket.on_behalf_of_id),
            Self::Ccs => wire.cc_ids = ticket.cc_ids.to_vec(),
            Self::Department => wire.department_id.clone_from(&ticket.department_id),
            Self::Category => wire.category_id.clone_from(&ticket.category_id),
            Self::Priority => wire.priority = ticket.priority.into(),
            Self::Tags => wire.tags = ticket.tags.to_vec(),
            Self::Language => wire.language.clone_from(&ticket.language),
        }
    }

    /// Names it as wrong when what was sent is.
    fn check(self, wire: &Wire, wrong: &mut Violations) {
        let path = format!("ticket.{}", self.path());
        match self {
            Self::Subject => wrong.text(&path, &wire.subject, SUBJECT),
            Self::Description => wrong.long_text(&path, &wire.description, DESCRIPTION),
            Self::Requester => wrong.id(&path, &wire.requester_id, "usr"),
            Self::OnBehalfOf => wrong.optional_id(&path, &wire.on_behalf_of_id, "usr"),
            Self::Ccs => check_people(&path, &wire.cc_ids, MOST_CCS, wrong),
            Self::Department => wrong.id(&path, &wire.department_id, "dep"),
            Self::Category => wrong.optional_id(&path, &wire.category_id, "cat"),
            Self::Priority => check_priority(&path, wire, wrong),
            Self::Tags => check_tags(&path, &wire.tags, wrong),
            Self::Language => {
                wrong.when(
                    !is_language(&wire.language),
                    &path,
                    "is no BCP 47 tag; write it like en or de-AT",
                );
            }
        }
    }
}

/// Up to `most` ids of people.
pub(crate) fn check_people(path: &str, ids: &[String], most: usize, wrong: &mut Violations) {
    wrong.when(ids.len() > most, path, &format!("names too many people; name at most {most}"));
    for (index, id) in ids.iter().take(most).enumerate() {
        wrong.id(&format!("{path}[{index}]"), id, "usr");
    }
}

fn check_priority(path: &str, wire: &Wire, wrong: &mut Violations) {
    let known = Priority::try_from(wire.priority).is_ok_and(|priority| priority != Priority::Unspecified);
    wrong.when(!known, path, "is unknown; use LOW, NORMAL, HIGH or URGENT");
}

fn check_tags(path: &str, tags: &[String], wrong: &mut Violations) {
    wrong.when(tags.len() > MOST_TAGS, path, "are too many; give at most 50");
    for (index, tag) in tags.iter().take(MOST_TAGS).enumerate() {
        let fits = (1..=LONGEST_TAG).contains(&tag.chars().count())
            && tag.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.'));
        wrong.when(!fits, &format!("{path}[{index}]"), "is no tag; use 1 to 50 letters, digits, -, _ and .");
    }
}

/// Letters, digits and hyphens; empty is unknown.
fn is_language(tag: &str) -> bool {
    tag.len() <= LONGEST_LANGUAGE && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Checks a new ticket, whose requester and priority have their defaults by now.
pub(crate) fn check_new(wire: &Wire, wrong: &mut Violations) {
    for field in Field::ALL {
        field.check(wire, wrong);
    }
    wrong.when(
        !wire.fields.is_empty(),
        "ticket.fields",
        "belong to forms, which this server does not have yet; leave them out",
    );
}

/// Checks the named fields of a change and finds them; unknown ones are named as wrong.
pub(crate) fn check_edit(wire: &Wire, paths: &[String], wrong: &mut Violations) -> Edit {
    let mut fields = Vec::with_capacity(paths.len());
    for path in paths {
        match Field::ALL.into_iter().find(|field| field.path() == path) {
            Some(field) if fields.contains(&field) => {}
            Some(field) => fields.push(field),
            None => wrong.add(
                "update_mask",
                format!("names {path:?}, which can't be changed here; name {}", known_paths()),
            ),
        }
    }
    wrong.when(paths.is_empty(), "update_mask", &format!("is empty; name {}", known_paths()));
    fields.sort_by_key(|field| Field::ALL.iter().position(|other| other == field));
    for field in &fields {
        field.check(wire, wrong);
    }
    Edit { fields }
}

fn known_paths() -> String {
    Field::ALL.map(Field::path).join(", ")
}

/// Which fields a change is about, checked.
#[derive(Clone, Debug)]
pub(crate) struct Edit {
    fields: Vec<Field>,
}

impl Edit {
    /// The change of these fields, which were checked before.
    pub(crate) fn over(paths: &[String]) -> Self {
        let named = |field: &Field| paths.iter().any(|path| path == field.path());
        Self { fields: Field::ALL.into_iter().filter(named).collect() }
    }

    /// The change of what either changes.
    pub(crate) fn and(&self, other: &Self) -> Self {
        let either = |field: &Field| self.fields.contains(field) || other.fields.contains(field);
        Self { fields: Field::ALL.into_iter().filter(either).collect() }
    }

    /// Of what was sent, what the change is about.
    pub(crate) fn keep(&self, sent: &Wire) -> Wire {
        let mut ticket = Ticket::blank(0);
        for field in &self.fields {
            field.take(&mut ticket, sent);
        }
        self.read(&ticket)
    }

    /// What the change is about as a ticket has it: what it takes to undo the change.
    pub(crate) fn read(&self, ticket: &Ticket) -> Wire {
        let mut kept = Wire::default();
        for field in &self.fields {
            field.give(ticket, &mut kept);
        }
        kept
    }

    /// Whether it is about nothing.
    pub(crate) const fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Whether the requester may make it while nobody has looked at the ticket.
    pub(crate) fn is_a_requesters(&self) -> bool {
        self.fields.iter().all(|field| matches!(field, Field::Subject | Field::Description | Field::Ccs))
    }

    /// The ticket with the change made, and what that changed.
    pub(crate) fn make(&self, before: &Ticket, wire: &Wire) -> (Ticket, Vec<FieldChange>) {
        let mut after = before.clone();
        for field in &self.fields {
            field.take(&mut after, wire);
        }
        let changes = self.fields.iter().filter_map(|field| difference(*field, before, &after)).collect();
        (after, changes)
    }
}

fn difference(field: Field, before: &Ticket, after: &Ticket) -> Option<FieldChange> {
    let (old_value, new_value) = (field.shown(before), field.shown(after));
    (old_value != new_value).then(|| FieldChange { field: field.path().to_owned(), old_value, new_value })
}

//! What people may write on a ticket: the checks of a new one, and of a change.
//!
//! The invariant: a change names its fields; what is not named stays, and what is named but equal is no change.

use mesh_core::error::Violations;
use proto::tickets::v1::{FieldChange, Impact, Priority, Ticket as Wire, Urgency};

use super::Ticket;
use crate::{
    catalogue::{Catalogue, Named, PREFIX, Reader, Value},
    column::Words,
};

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

/// What stands in a history where nothing changed of the priority but who set it.
const BY_HAND: &str = "priority_by_hand";

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
    Impact,
    Urgency,
}

impl Field {
    /// In the order of the contract's fields.
    const ALL: [Self; 12] = [
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
        Self::Impact,
        Self::Urgency,
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
            Self::Impact => "impact",
            Self::Urgency => "urgency",
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
            Self::Impact if ticket.impact == Impact::Unspecified => String::new(),
            Self::Impact => ticket.impact.as_str_name().to_owned(),
            Self::Urgency if ticket.urgency == Urgency::Unspecified => String::new(),
            Self::Urgency => ticket.urgency.as_str_name().to_owned(),
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
            Self::Priority => ticket.set_priority(wire.priority()),
            Self::Tags => ticket.tags = Words::of(&wire.tags),
            Self::Language => ticket.language.clone_from(&wire.language),
            Self::Impact => ticket.impact = wire.impact(),
            Self::Urgency => ticket.urgency = wire.urgency(),
        }
    }

    /// Takes its value over from one message to another.
    fn copy(self, from: &Wire, to: &mut Wire) {
        match self {
            Self::Subject => to.subject.clone_from(&from.subject),
            Self::Description => to.description.clone_from(&from.description),
            Self::Requester => to.requester_id.clone_from(&from.requester_id),
            Self::OnBehalfOf => to.on_behalf_of_id.clone_from(&from.on_behalf_of_id),
            Self::Ccs => to.cc_ids.clone_from(&from.cc_ids),
            Self::Department => to.department_id.clone_from(&from.department_id),
            Self::Category => to.category_id.clone_from(&from.category_id),
            Self::Priority => to.priority = from.priority,
            Self::Tags => to.tags.clone_from(&from.tags),
            Self::Language => to.language.clone_from(&from.language),
            Self::Impact => to.impact = from.impact,
            Self::Urgency => to.urgency = from.urgency,
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
            Self::Priority => {
                let known = Priority::try_from(wire.priority).is_ok();
                wrong.when(!known, &path, "is unknown; use LOW, NORMAL, HIGH or URGENT");
            }
            Self::Tags => check_tags(&path, &wire.tags, wrong),
            Self::Language => {
                wrong.when(
                    !is_language(&wire.language),
                    &path,
                    "is no BCP 47 tag; write it like en or de-AT",
                );
            }
            Self::Impact => {
                let known = Impact::try_from(wire.impact).is_ok();
                wrong.when(!known, &path, "is unknown; use LOW, MEDIUM or HIGH");
            }
            Self::Urgency => {
                let known = Urgency::try_from(wire.urgency).is_ok();
                wrong.when(!known, &path, "is unknown; use LOW, MEDIUM or HIGH");
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

pub(crate) fn check_tags(path: &str, tags: &[String], wrong: &mut Violations) {
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

/// Checks a new ticket, whose requester has his default by now; its form is checked by the catalogue.
pub(crate) fn check_new(wire: &Wire, wrong: &mut Violations) {
    for field in Field::ALL {
        field.check(wire, wrong);
    }
}

/// Checks the named fields of a change and finds them; unknown ones are named as wrong.
pub(crate) fn check_edit(wire: &Wire, paths: &[String], wrong: &mut Violations) -> Edit {
    let mut edit = Edit::default();
    for path in paths {
        if !edit.add(path) {
            wrong.add(
                "update_mask",
                format!("names {path:?}, which can't be changed here; name {}", known_paths()),
            );
        }
    }
    wrong.when(paths.is_empty(), "update_mask", &format!("is empty; name {}", known_paths()));
    for field in &edit.fields {
        field.check(wire, wrong);
    }
    edit
}

fn known_paths() -> String {
    format!("{}, fields, fields.<key>", Field::ALL.map(Field::path).join(", "))
}

/// Which fields a change is about, checked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edit {
    /// In the order of the contract.
    fields: Vec<Field>,
    values: Named,
}

impl Edit {
    /// The change of these fields, which were checked before or are different after a change.
    pub(crate) fn over(paths: &[String]) -> Self {
        let mut edit = Self::default();
        for path in paths {
            // Who set the priority goes with it.
            edit.add(if path == BY_HAND { Field::Priority.path() } else { path });
        }
        edit
    }

    /// Makes it about one more field; `false` when there is none at this path.
    fn add(&mut self, path: &str) -> bool {
        let known = Field::ALL.into_iter().find(|field| field.path() == path);
        match (known, path.strip_prefix(PREFIX)) {
            (Some(field), _) => self.add_field(field),
            (None, Some(key)) => self.values.add(key),
            (None, None) if path == "fields" => self.values = Named::All,
            (None, None) => return false,
        }
        true
    }

    fn add_field(&mut self, field: Field) {
        if !self.fields.contains(&field) {
            self.fields.push(field);
            self.fields.sort_by_key(|field| Field::ALL.iter().position(|other| other == field));
        }
    }

    /// The change of what either changes.
    pub(crate) fn and(&self, other: &Self) -> Self {
        let mut both = self.clone();
        other.fields.iter().for_each(|field| both.add_field(*field));
        match &other.values {
            Named::All => both.values = Named::All,
            Named::Keys(keys) => keys.iter().for_each(|key| both.values.add(key)),
        }
        both
    }

    /// Of what was sent, what the change is about.
    pub(crate) fn keep(&self, sent: &Wire) -> Wire {
        let mut kept = Wire::default();
        self.lay(sent, &mut kept);
        kept
    }

    /// Puts what the change is about over what was sent with another one.
    pub(crate) fn lay(&self, sent: &Wire, over: &mut Wire) {
        for field in &self.fields {
            field.copy(sent, over);
        }
        match &self.values {
            Named::All => over.fields.clone_from(&sent.fields),
            Named::Keys(keys) => {
                for key in keys {
                    match sent.fields.get(key) {
                        Some(value) => over.fields.insert(key.clone(), value.clone()),
                        None => over.fields.remove(key),
                    };
                }
            }
        }
    }

    /// What the change is about as a ticket has it: what it takes to undo the change.
    pub(crate) fn read(&self, ticket: &Ticket) -> Wire {
        Wire { priority_by_hand: ticket.is_by_hand(), ..self.keep(&written(ticket)) }
    }

    /// The ticket with what the change is about as it was read, whatever its form and the priority matrix say by now.
    pub(crate) fn restore(&self, now: &Ticket, read: &Wire, catalogue: &Catalogue) -> Ticket {
        let mut after = now.clone();
        for field in &self.fields {
            field.take(&mut after, read);
        }
        if self.fields.contains(&Field::Priority) {
            after.priority_by_hand = i64::from(read.priority_by_hand);
        }
        if let Named::Keys(keys) = &self.values {
            for key in keys {
                let kept = read.fields.get(key).zip(catalogue.field(key));
                after.fields.set(key, kept.and_then(|(value, field)| Value::kept(field.kind, value)));
            }
        }
        after
    }

    /// Whether it is about nothing.
    pub(crate) fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.values == Named::default()
    }

    /// Whether the requester may make it while nobody has looked at the ticket; of fields he reaches only those he sees.
    pub(crate) fn is_a_requesters(&self) -> bool {
        self.fields.iter().all(|field| matches!(field, Field::Subject | Field::Description | Field::Ccs))
    }

    /// The ticket with the change made, but for its form and the priority that follows.
    pub(crate) fn make(&self, before: &Ticket, wire: &Wire) -> Ticket {
        let mut after = before.clone();
        for field in &self.fields {
            field.take(&mut after, wire);
        }
        // A category is its department's.
        if before.department_id != after.department_id && before.category_id == after.category_id {
            after.category_id.clear();
        }
        after
    }

    /// Which fields of the form it is about.
    pub(crate) const fn values(&self) -> &Named {
        &self.values
    }

    /// Whether the form has to be asked: it is about the form's fields, or about something rules speak of.
    pub(crate) fn touches_form(&self) -> bool {
        let is_asked = |field: &Field| {
            !matches!(field, Field::Subject | Field::Description | Field::Ccs | Field::Tags | Field::Language)
        };
        self.values != Named::default() || self.fields.iter().any(is_asked)
    }
}

/// What people may write on a ticket, as it has it.
fn written(ticket: &Ticket) -> Wire {
    Wire {
        subject: ticket.subject.clone(),
        description: ticket.description.clone(),
        requester_id: ticket.requester_id.clone(),
        on_behalf_of_id: ticket.on_behalf_of_id.clone(),
        cc_ids: ticket.cc_ids.to_vec(),
        department_id: ticket.department_id.clone(),
        category_id: ticket.category_id.clone(),
        priority: ticket.priority.into(),
        tags: ticket.tags.to_vec(),
        language: ticket.language.clone(),
        impact: ticket.impact.into(),
        urgency: ticket.urgency.into(),
        fields: ticket.fields.to_proto(Reader::Everything),
        ..Wire::default()
    }
}

/// What is different afterwards: fields in the order of the contract, the form's last.
pub(crate) fn changes(before: &Ticket, after: &Ticket) -> Vec<FieldChange> {
    let own = Field::ALL.into_iter().filter_map(|field| difference(field, before, after));
    own.chain(hand(before, after)).chain(before.fields.changes(&after.fields)).collect()
}

/// That the same priority is now set by hand, or no longer is.
fn hand(before: &Ticket, after: &Ticket) -> Option<FieldChange> {
    let is_silent = before.priority == after.priority && before.is_by_hand() != after.is_by_hand();
    is_silent.then(|| FieldChange {
        field: BY_HAND.to_owned(),
        old_value: before.is_by_hand().to_string(),
        new_value: after.is_by_hand().to_string(),
    })
}

fn difference(field: Field, before: &Ticket, after: &Ticket) -> Option<FieldChange> {
    let (old_value, new_value) = (field.shown(before), field.shown(after));
    (old_value != new_value).then(|| FieldChange { field: field.path().to_owned(), old_value, new_value })
}

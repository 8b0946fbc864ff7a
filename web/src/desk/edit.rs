//! A change of one field of a ticket, and what to do when somebody else was faster: whether both meant the same field, and what each
//! of the three says.

use proto::tickets::v1::{Priority, Ticket};

use super::columns::field;

/// Somebody else changed the same field meanwhile.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Clash {
    /// The field, as update masks name it.
    pub(crate) path: &'static str,
    /// As it was when one began.
    pub(crate) base: Ticket,
    /// As it is now.
    pub(crate) theirs: Ticket,
    /// As one would have it.
    pub(crate) mine: Ticket,
}

/// Takes one field over from another ticket.
pub(crate) fn copy(path: &str, from: &Ticket, to: &mut Ticket) {
    match path {
        "subject" => to.subject.clone_from(&from.subject),
        "description" => to.description.clone_from(&from.description),
        "requester_id" => to.requester_id.clone_from(&from.requester_id),
        "on_behalf_of_id" => to.on_behalf_of_id.clone_from(&from.on_behalf_of_id),
        "cc_ids" => to.cc_ids.clone_from(&from.cc_ids),
        "priority" => to.priority = from.priority,
        "impact" => to.impact = from.impact,
        "urgency" => to.urgency = from.urgency,
        "department_id" => to.department_id.clone_from(&from.department_id),
        "category_id" => to.category_id.clone_from(&from.category_id),
        "tags" => to.tags.clone_from(&from.tags),
        "language" => to.language.clone_from(&from.language),
        "fields" => to.fields.clone_from(&from.fields),
        path => {
            let Some(key) = field(path) else { return };
            match from.fields.get(key) {
                Some(value) => drop(to.fields.insert(key.to_owned(), value.clone())),
                None => drop(to.fields.remove(key)),
            }
        }
    }
}

/// Whether a field is the same in both.
pub(crate) fn same(path: &str, one: &Ticket, other: &Ticket) -> bool {
    let mut with = other.clone();
    copy(path, one, &mut with);
    with == *other
}

/// Gives a field its value of before. A priority that was computed is computed again.
pub(crate) fn restore(path: &str, before: &Ticket, to: &mut Ticket) {
    copy(path, before, to);
    if path == "priority" && !before.priority_by_hand {
        to.set_priority(Priority::Unspecified);
    }
}

/// A change of several fields taken back.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TakenBack {
    /// The ticket as it stands, with the fields that nobody has changed since as they were before.
    pub(crate) ticket: Ticket,
    /// Those fields.
    pub(crate) paths: Vec<String>,
    /// The fields somebody has changed since; they stay.
    pub(crate) kept: Vec<String>,
}

/// What a change of these fields comes to when it is taken back on the ticket as it is `now`.
pub(crate) fn take_back(paths: &[String], before: &Ticket, after: &Ticket, now: &Ticket) -> TakenBack {
    let (paths, kept): (Vec<String>, Vec<String>) =
        paths.iter().cloned().partition(|path| same(path, after, now));
    let mut ticket = now.clone();
    for path in &paths {
        restore(path, before, &mut ticket);
    }
    TakenBack { ticket, paths, kept }
}

/// A field as history writes it.
pub(crate) fn said(path: &str, ticket: &Ticket) -> String {
    match path {
        "subject" => ticket.subject.clone(),
        "description" => ticket.description.clone(),
        "priority" => ticket.priority().as_str_name().to_owned(),
        "department_id" => ticket.department_id.clone(),
        "category_id" => ticket.category_id.clone(),
        "tags" => ticket.tags.join(", "),
        "language" => ticket.language.clone(),
        "requester_id" => ticket.requester_id.clone(),
        "on_behalf_of_id" => ticket.on_behalf_of_id.clone(),
        "impact" => ticket.impact().as_str_name().to_owned(),
        "urgency" => ticket.urgency().as_str_name().to_owned(),
        // Without a word of its own: that it changes is what counts.
        _ => "…".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::{Priority, Ticket};

    use super::{copy, said, same, take_back};

    #[test]
    fn only_the_field_itself_makes_a_clash() {
        let base = Ticket { subject: "A".into(), priority: Priority::Low.into(), ..Ticket::default() };
        let theirs = Ticket { priority: Priority::High.into(), etag: "2".into(), ..base.clone() };
        assert!(same("subject", &base, &theirs));
        assert!(!same("priority", &base, &theirs));
    }

    #[test]
    fn one_field_is_taken_over_and_nothing_else() {
        let from = Ticket { tags: vec!["vip".into()], subject: "B".into(), ..Ticket::default() };
        let mut to = Ticket { subject: "A".into(), ..Ticket::default() };
        copy("tags", &from, &mut to);
        assert_eq!((to.subject.as_str(), said("tags", &to).as_str()), ("A", "vip"));
    }

    #[test]
    fn what_somebody_changed_since_is_not_taken_back() {
        let before = Ticket { language: "en".into(), priority_by_hand: true, ..Ticket::default() };
        let before = Ticket { priority: Priority::Low.into(), ..before };
        let after = Ticket { tags: vec!["vip".into()], priority: Priority::High.into(), ..before.clone() };
        let now = Ticket { tags: vec!["vip".into(), "new".into()], etag: "7".into(), ..after.clone() };
        let paths = ["priority", "tags"].map(str::to_owned);
        let back = take_back(&paths, &before, &after, &now);
        assert_eq!((back.paths.as_slice(), back.kept.as_slice()), (&paths[..1], &paths[1..]));
        assert_eq!((back.ticket.priority(), back.ticket.tags.len()), (Priority::Low, 2));
        assert_eq!(back.ticket.etag, "7", "as it was read last");
    }

    #[test]
    fn a_priority_that_was_computed_and_a_field_that_was_empty_are_so_again() {
        let fields = [("serial".to_owned(), proto::tickets::v1::FieldValue::default())].into();
        let after = Ticket { priority: Priority::High.into(), fields, ..Ticket::default() };
        let paths = ["priority", "fields.serial"].map(str::to_owned);
        let back = take_back(&paths, &Ticket::default(), &after, &after);
        assert!(back.ticket.priority() == Priority::Unspecified && back.ticket.fields.is_empty());
        assert!(same("fields.serial", &after, &after) && !same("fields.serial", &Ticket::default(), &after));
    }
}

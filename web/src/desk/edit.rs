//! A change of one field of a ticket, and what to do when somebody else was faster: whether both meant the same field, and what each
//! of the three says.

use proto::tickets::v1::Ticket;

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
        "priority" => to.priority = from.priority,
        "department_id" => to.department_id.clone_from(&from.department_id),
        "category_id" => to.category_id.clone_from(&from.category_id),
        "tags" => to.tags.clone_from(&from.tags),
        "fields" => to.fields.clone_from(&from.fields),
        _ => {}
    }
}

/// Whether a field is the same in both.
pub(crate) fn same(path: &str, one: &Ticket, other: &Ticket) -> bool {
    let mut with = other.clone();
    copy(path, one, &mut with);
    with == *other
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
        // Without a word of its own: that it changes is what counts.
        _ => "…".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::{Priority, Ticket};

    use super::{copy, said, same};

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
}

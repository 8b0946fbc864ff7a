//! The desk's views as plain rules: which tickets belong to one, and how a list changes when a ticket does.

use proto::tickets::v1::{Status, Ticket, TicketQuery};

/// A list every agent has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum View {
    Mine,
    Unassigned,
    Open,
    Pending,
    Resolved,
    All,
}

impl View {
    /// In the order of the rail.
    pub(crate) const ALL: [Self; 6] =
        [Self::Mine, Self::Unassigned, Self::Open, Self::Pending, Self::Resolved, Self::All];

    /// The word in the address and in the ids of its texts.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Mine => "mine",
            Self::Unassigned => "unassigned",
            Self::Open => "open",
            Self::Pending => "pending",
            Self::Resolved => "resolved",
            Self::All => "all",
        }
    }

    pub(crate) const fn icon(self) -> &'static str {
        match self {
            Self::Mine => "user",
            Self::Unassigned => "inbox",
            Self::Open => "half",
            Self::Pending => "clock",
            Self::Resolved => "done",
            Self::All => "list",
        }
    }

    pub(crate) fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.key() == key)
    }

    /// The statuses it shows; none means all.
    const fn statuses(self) -> &'static [Status] {
        match self {
            Self::Mine | Self::Unassigned | Self::Open => &[Status::New, Status::Open],
            Self::Pending => &[Status::Pending, Status::OnHold],
            Self::Resolved => &[Status::Resolved],
            Self::All => &[],
        }
    }

    /// The question whose answer is this view, for the person with this id.
    pub(crate) fn query(self, me: &str) -> TicketQuery {
        TicketQuery {
            statuses: self.statuses().iter().map(|status| (*status).into()).collect(),
            assignee_id: if self == Self::Mine { me.to_owned() } else { String::new() },
            unassigned: self == Self::Unassigned,
            ..TicketQuery::default()
        }
    }

    /// Whether the ticket belongs to this view, by the same rule.
    pub(crate) fn holds(self, ticket: &Ticket, me: &str) -> bool {
        let statuses = self.statuses();
        let by_status = statuses.is_empty() || statuses.contains(&ticket.status());
        by_status
            && match self {
                Self::Mine => ticket.assignee_id == me,
                Self::Unassigned => ticket.assignee_id.is_empty(),
                _ => true,
            }
    }
}

/// Whether every word stands in the ticket's number or subject, in any case: the rule of `TicketQuery.text`.
pub(crate) fn mentions(ticket: &Ticket, words: &str) -> bool {
    let text = format!("{} {}", ticket.number, ticket.subject).to_lowercase();
    words.to_lowercase().split_whitespace().all(|word| text.contains(word))
}

/// One row of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) id: String,
    /// Came in while somebody was looking.
    pub(crate) fresh: bool,
    /// No longer belongs here; stays until the list is fetched again, so that nothing jumps.
    pub(crate) gone: bool,
}

impl Row {
    pub(crate) fn of(id: &str) -> Self {
        Self { id: id.to_owned(), fresh: false, gone: false }
    }
}

/// Changes a list by what was heard of one ticket: a new one goes on top, one that left stays and says so. Answers whether
/// anything changed.
pub(crate) fn hear(rows: &mut Vec<Row>, id: &str, belongs: bool) -> bool {
    match rows.iter_mut().find(|row| row.id == id) {
        Some(row) if row.gone == belongs => {
            row.gone = !belongs;
            true
        }
        None if belongs => {
            rows.insert(0, Row { fresh: true, ..Row::of(id) });
            true
        }
        _ => false,
    }
}

/// The row so many steps further, staying within the list; the first one when none was chosen.
pub(crate) fn step(rows: &[Row], from: Option<&str>, by: isize) -> Option<String> {
    let last = rows.len().checked_sub(1)?;
    let at = from.and_then(|id| rows.iter().position(|row| row.id == id));
    let to = at.map_or(0, |at| at.saturating_add_signed(by).min(last));
    Some(rows[to].id.clone())
}

#[cfg(test)]
mod tests {
    use proto::tickets::v1::{Status, Ticket};

    use super::{Row, View, hear, mentions, step};

    fn ticket(status: Status, assignee: &str) -> Ticket {
        Ticket { status: status.into(), assignee_id: assignee.to_owned(), ..Ticket::default() }
    }

    #[test]
    fn a_view_holds_what_its_query_asks_for() {
        for view in View::ALL {
            let query = view.query("me");
            for status in
                [Status::New, Status::Open, Status::Pending, Status::OnHold, Status::Resolved, Status::Closed]
            {
                for assignee in ["", "me", "other"] {
                    let by_status = query.statuses.is_empty() || query.statuses.contains(&status.into());
                    let by_assignee = query.assignee_id.is_empty() || query.assignee_id == assignee;
                    let by_nobody = !query.unassigned || assignee.is_empty();
                    assert_eq!(
                        view.holds(&ticket(status, assignee), "me"),
                        by_status && by_assignee && by_nobody
                    );
                }
            }
            assert_eq!(View::from_key(view.key()), Some(view));
        }
    }

    #[test]
    fn a_ticket_that_comes_goes_on_top_and_one_that_leaves_stays_until_asked() {
        let mut rows = vec![Row::of("a"), Row::of("b")];
        assert!(hear(&mut rows, "c", true));
        assert!(hear(&mut rows, "b", false));
        assert!(!hear(&mut rows, "b", false) && !hear(&mut rows, "z", false));
        let shown: Vec<_> = rows.iter().map(|row| (row.id.as_str(), row.fresh, row.gone)).collect();
        assert_eq!(shown, [("c", true, false), ("a", false, false), ("b", false, true)]);
        assert!(hear(&mut rows, "b", true), "it came back");
    }

    #[test]
    fn words_are_looked_for_in_number_and_subject() {
        let ticket =
            Ticket { number: "TX-1042".into(), subject: "The Door is stuck".into(), ..Ticket::default() };
        assert!(mentions(&ticket, "") && mentions(&ticket, "door 1042") && mentions(&ticket, "  STUCK "));
        assert!(!mentions(&ticket, "door open"));
    }

    #[test]
    fn steps_stay_within_the_list() {
        let rows = vec![Row::of("a"), Row::of("b")];
        assert_eq!(step(&rows, None, 1).as_deref(), Some("a"));
        assert_eq!(step(&rows, Some("a"), 1).as_deref(), Some("b"));
        assert_eq!(step(&rows, Some("b"), 1).as_deref(), Some("b"));
        assert_eq!(step(&rows, Some("a"), -1).as_deref(), Some("a"));
        assert_eq!(step(&[], None, 1), None);
    }
}

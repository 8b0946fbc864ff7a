//! The desk's views as plain rules: which tickets belong to one, and how a list changes when a ticket does.

pub(crate) mod bulk;
pub(crate) mod columns;
pub(crate) mod edit;
pub(crate) mod groups;
pub(crate) mod rule;

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

/// What the list shows: one of the lists every agent has, or one that somebody saved.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Shown {
    Standing(View),
    /// A saved view by its id (`viw_…`).
    Saved(String),
    /// What a rule lists, by the rule as an address has it: a number of a report.
    Ruled(String),
}

/// What the address of a list by a rule begins with.
const RULED: &str = "rule:";

impl Shown {
    /// The word in the address.
    pub(crate) fn key(&self) -> &str {
        match self {
            Self::Standing(view) => view.key(),
            Self::Saved(id) | Self::Ruled(id) => id,
        }
    }

    /// The list of a rule.
    pub(crate) fn by_rule(rule: &str) -> Self {
        Self::Ruled(format!("{RULED}{}", rule::in_address(rule)))
    }

    /// What an address means; a word that means nothing is the person's own list.
    pub(crate) fn of(key: &str) -> Self {
        match View::from_key(key) {
            Some(view) => Self::Standing(view),
            None if key.starts_with("viw_") => Self::Saved(key.to_owned()),
            None if key.starts_with(RULED) => Self::Ruled(key.to_owned()),
            None => Self::Standing(View::Mine),
        }
    }
}

/// The rule in the address of a list by a rule.
pub(crate) fn rule_of(key: &str) -> String {
    rule::from_address(key.strip_prefix(RULED).unwrap_or_default())
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

/// Changes a list by a fresh answer to its question: new ones go on top, what is missing says so. With `whole` unset the answer is
/// only the beginning of the list, and nothing can be missing. Answers whether anything changed.
pub(crate) fn compare(rows: &mut Vec<Row>, answer: &[String], whole: bool) -> bool {
    let left = rows.iter().filter(|row| whole && !answer.contains(&row.id)).map(|row| row.id.clone());
    let mut changed = false;
    for id in left.collect::<Vec<_>>() {
        changed |= hear(rows, &id, false);
    }
    for id in answer.iter().rev() {
        changed |= hear(rows, id, true);
    }
    changed
}

/// The one after this in a list; the one before it at the end, none where it stands alone or nowhere.
pub(crate) fn after(order: &[String], id: &str) -> Option<String> {
    let at = order.iter().position(|known| known == id)?;
    let other = order.get(at + 1).or_else(|| at.checked_sub(1).and_then(|before| order.get(before)));
    other.cloned()
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

    use super::{Row, Shown, View, after, compare, hear, rule_of, step};

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
    fn an_address_means_a_standing_list_a_saved_one_or_ones_own() {
        for view in View::ALL {
            assert_eq!(Shown::of(view.key()), Shown::Standing(view));
        }
        let saved = Shown::of("viw_01");
        assert_eq!((saved.key(), Shown::of("nonsense")), ("viw_01", Shown::Standing(View::Mine)));
        let rule = "created >= timestamp(\"2026-01-05T00:00:00Z\") && department == \"dép/1\"";
        let ruled = Shown::by_rule(rule);
        assert!(ruled.key().starts_with("rule:created%20%3E%3D") && !ruled.key().contains('/'));
        assert_eq!((Shown::of(ruled.key()), rule_of(ruled.key()).as_str()), (ruled.clone(), rule));
    }

    #[test]
    fn what_a_fresh_answer_lists_is_compared_with_what_is_on_the_screen() {
        let mut rows = vec![Row::of("a"), Row::of("b"), Row::of("c")];
        let answer = ["d", "a", "c"].map(str::to_owned);
        assert!(compare(&mut rows, &answer, true));
        let shown: Vec<_> = rows.iter().map(|row| (row.id.as_str(), row.fresh, row.gone)).collect();
        assert_eq!(shown, [("d", true, false), ("a", false, false), ("b", false, true), ("c", false, false)]);
        assert!(!compare(&mut rows, &answer, true), "nothing new");
        let mut rows = vec![Row::of("a"), Row::of("b")];
        assert!(!compare(&mut rows, &["a".to_owned()], false), "what is further down may be there still");
    }

    #[test]
    fn after_the_last_one_comes_the_one_before_it_and_then_nothing() {
        let order = ["a", "b"].map(str::to_owned);
        assert_eq!(after(&order, "a").as_deref(), Some("b"));
        assert_eq!(after(&order, "b").as_deref(), Some("a"));
        assert_eq!((after(&order[..1], "a"), after(&order, "z")), (None, None));
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

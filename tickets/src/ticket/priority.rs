//! The priority of a ticket: set by hand, or computed.
//!
//! The invariant: what was set by hand stays until somebody gives it back.

use proto::tickets::v1::{Impact, Priority, Urgency};

use super::Ticket;
use crate::catalogue::Catalogue;

impl Ticket {
    /// Takes over a priority set by hand; an unspecified one gives it back.
    pub(crate) fn set_priority(&mut self, priority: Priority) {
        self.priority_by_hand = i64::from(priority != Priority::Unspecified);
        if self.is_by_hand() {
            self.priority = priority;
        }
    }

    /// Computes the priority, unless it is set by hand: from impact × urgency, else the category's default, else normal.
    pub(crate) fn follow(&mut self, catalogue: &Catalogue) {
        if self.is_by_hand() {
            return;
        }
        let told = catalogue.matrix.priority(self.impact, self.urgency);
        let usual = || catalogue.category(&self.category_id).map(|category| category.default_priority);
        let priority = told.or_else(usual).unwrap_or_default();
        self.priority = if priority == Priority::Unspecified { Priority::Normal } else { priority };
    }

    /// What the computed priority follows from.
    pub(crate) fn told(&self) -> (&str, Impact, Urgency, bool) {
        (&self.category_id, self.impact, self.urgency, self.is_by_hand())
    }

    /// Whether somebody set the priority.
    pub(crate) const fn is_by_hand(&self) -> bool {
        self.priority_by_hand != 0
    }
}

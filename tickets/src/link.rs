//! How tickets belong together, without I/O.
//!
//! The invariants: parents and blockers never go round; the same two tickets are linked in the same way once.

use mesh_core::error::{Error, Result, Violations};
use proto::tickets::v1::{self as wire, ErrorReason, LinkKind};

use crate::ticket::Micros;

/// Links a ticket may have.
const MOST: usize = 100;

/// A link as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Link {
    pub(crate) id: String,
    pub(crate) from_id: String,
    pub(crate) to_id: String,
    #[sqlx(try_from = "i32")]
    pub(crate) kind: LinkKind,
    pub(crate) create_time: Micros,
}

/// Which way a link goes.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Edge {
    pub(crate) from_id: String,
    pub(crate) to_id: String,
}

impl Link {
    /// The ticket at the end that is not this one.
    pub(crate) fn other_end(&self, ticket_id: &str) -> &str {
        if self.from_id == ticket_id { &self.to_id } else { &self.from_id }
    }

    /// Whether it says the same as another one; between related tickets it does not matter which comes first.
    fn says(&self, other: &Self) -> bool {
        let turned =
            other.kind == LinkKind::Related && (&self.from_id, &self.to_id) == (&other.to_id, &other.from_id);
        let same = (&self.from_id, &self.to_id) == (&other.from_id, &other.to_id);
        self.kind == other.kind && (same || turned)
    }

    /// How the timeline shows it: the kind and both ends.
    pub(crate) fn shown(&self) -> String {
        format!("{} {} {}", self.kind.as_str_name(), self.from_id, self.to_id)
    }

    pub(crate) fn to_proto(&self) -> wire::TicketLink {
        wire::TicketLink {
            id: self.id.clone(),
            from_id: self.from_id.clone(),
            to_id: self.to_id.clone(),
            kind: self.kind.into(),
            create_time: crate::wire::time(self.create_time),
        }
    }
}

/// Whether links of this kind must not go round.
pub(crate) const fn is_directed(kind: LinkKind) -> bool {
    matches!(kind, LinkKind::Parent | LinkKind::Blocks)
}

/// Names what is wrong with a link to be made.
pub(crate) fn check(sent: &wire::TicketLink, wrong: &mut Violations) {
    wrong.id("link.from_id", &sent.from_id, "tkt");
    wrong.id("link.to_id", &sent.to_id, "tkt");
    let unknown = sent.kind() == LinkKind::Unspecified;
    wrong.when(unknown, "link.kind", "is unknown; use PARENT, DUPLICATE, RELATED, BLOCKS or FOLLOW_UP");
}

/// Fine when the link can come to those its two ends have.
pub(crate) fn expect_room(link: &Link, of_from: &[Link], of_to: &[Link]) -> Result<()> {
    if of_from.iter().any(|known| known.says(link)) {
        return Err(Error::already_exists("link", "is there: the tickets are linked so"));
    }
    if of_from.len() < MOST && of_to.len() < MOST {
        return Ok(());
    }
    let message = "a ticket has at most 100 links; remove some first";
    Err(Error::failed_precondition(&ErrorReason::TooMany, message))
}

/// The links would go round.
pub(crate) fn circle() -> Error {
    let message = "the links would form a circle; remove one of those between the two tickets first";
    Error::failed_precondition(&ErrorReason::LinkCircle, message)
}

//! Links of imported tickets.
//!
//! The invariant: a link is made in the transaction of its row, with a ticket that comes with it or that the importer may change
//! anyway, and under the rules of any other link; what does not fit is passed over and counted.

use std::collections::{HashMap, HashSet};

use mesh_core::{
    db::Tx,
    error::{Error, Result},
    outbox::Cause,
    policy::Action,
};

use super::{super::links::tell, Importing};
use crate::{
    access::{self, Viewer},
    import::{Key, NamedLink, Numbered},
    link::Link,
    store::links,
    ticket::Ticket,
};

impl Importing<'_> {
    /// The tickets that are there already, and may be linked with, by what rows call them.
    pub(super) async fn ends(&self, made: &[Numbered]) -> Result<HashMap<Key, String>> {
        let named: HashSet<_> =
            made.iter().flat_map(|one| &one.links).map(|link| link.other.clone()).collect();
        if named.is_empty() {
            return Ok(HashMap::new());
        }
        let mut ends = self.desk.store.called(&Vec::from_iter(named)).await?;
        let ids = ends.values().map(String::as_str).collect();
        let seen = self.desk.store.visible(&Viewer::of(self.caller)?, ids).await?;
        let may = |ticket: &&Ticket| access::may(self.caller, Action::TicketUpdate, ticket);
        let fit: HashSet<_> = seen.iter().filter(may).map(|ticket| ticket.id.as_str()).collect();
        ends.retain(|_, id| fit.contains(id.as_str()));
        Ok(ends)
    }

    /// Links what was kept; how many links were passed over.
    pub(super) async fn link(
        &self,
        tx: &mut Tx,
        kept: &[&Numbered],
        mut ends: HashMap<Key, String>,
    ) -> Result<i32> {
        let mut passed = 0;
        for one in kept {
            for link in &one.links {
                let is_made = match ends.get(&link.other) {
                    Some(other) => self.make_link(tx, &one.arrival.ticket.id, link, other).await?,
                    None => false,
                };
                passed += i32::from(!is_made);
            }
            // Those behind it know it.
            ends.insert(one.key.clone(), one.arrival.ticket.id.clone());
        }
        Ok(passed)
    }

    /// Makes one link; `false` when it does not fit.
    async fn make_link(&self, tx: &mut Tx, own: &str, named: &NamedLink, other: &str) -> Result<bool> {
        let (from_id, to_id) = if named.outward { (own, other) } else { (other, own) };
        let link = Link {
            id: tx.ids().id("lnk"),
            from_id: from_id.to_owned(),
            to_id: to_id.to_owned(),
            kind: named.kind,
            create_time: tx.micros(),
        };
        let ends = match self.desk.expect_linkable(tx, &link).await {
            Ok(ends) => ends,
            Err(Error::AlreadyExists { .. } | Error::FailedPrecondition { .. } | Error::NotFound { .. }) => {
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        links::insert(tx, &link).await?;
        let told = (String::new(), link.shown());
        tell(tx, &Cause::of(self.caller), &self.desk.style, told, &ends).await?;
        Ok(true)
    }
}

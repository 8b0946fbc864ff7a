//! What the changes of one transaction have in common.
//!
//! Invariant: what reports count of a change is written in its transaction, and last in it. Tickets of the same hour are counted in the
//! same rows, so whoever counts holds up everybody else who does, and does so for as short as can be.

use mesh_core::{db::Tx, error::Result};

use crate::{
    measure::Tallies,
    sla::{book::Book, shelf},
    store::tallies,
};

/// What is read once for many changes, and what they count together.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    book: Option<Book>,
    counted: Tallies,
}

impl Batch {
    /// Everything that is promised now.
    pub(crate) async fn book(&mut self, tx: &mut Tx) -> Result<&Book> {
        let book = match self.book.take() {
            Some(book) => book,
            None => shelf::book(tx.conn()).await?,
        };
        Ok(self.book.insert(book))
    }

    /// Counts what a change adds to the sums of reports.
    pub(crate) fn count(&mut self, added: Tallies) {
        for (place, sums) in added {
            self.counted.entry(place).or_default().add(&sums, 1);
        }
    }

    /// Writes what was counted.
    pub(crate) async fn close(self, tx: &mut Tx) -> Result<()> {
        tallies::add(tx.conn(), &self.counted).await
    }
}

//! Tags: on the ticket's row as a line of words, in `ticket_tags` as their index.
//!
//! The invariant: the index says of a ticket what its row says.

use mesh_core::{
    db::{Assembly, Tx},
    error::Result,
};

use crate::ticket::Ticket;

mesh_core::statements! {
    /// Forgets how to find a ticket by its tags.
    CLEAR = "delete from ticket_tags where ticket_id = $1";
}

/// Rows one statement adds: SQLite looks for the name of each value among all of them.
const MOST_ROWS: usize = 100;

/// Makes new tickets found by their tags.
pub(super) async fn index(tx: &mut Tx, tickets: &[&Ticket]) -> Result<()> {
    let row = |ticket: &Ticket, tag: &str| [tag.to_owned(), ticket.id.clone()];
    let rows: Vec<_> =
        tickets.iter().flat_map(|ticket| ticket.tags.iter().map(move |tag| row(ticket, tag))).collect();
    for rows in rows.chunks(MOST_ROWS) {
        let mut sql = Assembly::new("insert into ticket_tags (tag, ticket_id) values ");
        for (index, row) in rows.iter().enumerate() {
            sql.push(if index == 0 { "" } else { ", " }).list(row);
        }
        sql.execute(tx.conn()).await?;
    }
    Ok(())
}

/// Makes a ticket whose tags changed found by those it has now.
pub(super) async fn index_anew(tx: &mut Tx, ticket: &Ticket) -> Result<()> {
    sqlx::query(CLEAR).bind(ticket.id.clone()).execute(tx.conn()).await?;
    index(tx, &[ticket]).await
}

//! Values of fields: whole on the ticket's row, in `ticket_fields` as an index for the conditions of lists.
//!
//! The invariant: the index says of a ticket what its row says.

use mesh_core::{
    db::{Assembly, Tx},
    error::{Error, Result},
};

use crate::{catalogue::Cell, ticket::Ticket};

mesh_core::statements! {
    /// Writes a ticket's values.
    SAVE = "update tickets set fields = $2 where id = $1";
    /// Forgets how to find a ticket by them.
    CLEAR = "delete from ticket_fields where ticket_id = $1";
}

/// Rows one statement adds: SQLite looks for the name of each value among all of them.
const MOST_ROWS: usize = 100;

/// Writes the values of a ticket, and how to find it by them.
pub(crate) async fn save(tx: &mut Tx, ticket: &Ticket) -> Result<()> {
    let column = ticket.fields.to_column().map_err(Error::internal)?;
    sqlx::query(SAVE).bind(ticket.id.clone()).bind(column).execute(tx.conn()).await?;
    sqlx::query(CLEAR).bind(ticket.id.clone()).execute(tx.conn()).await?;
    index(tx, &[ticket]).await
}

/// Makes new tickets found by their values. Numbers have a statement of their own: a prepared one keeps the type that it was first
/// given for a value, and to the driver "no number" is of another type than a number.
pub(crate) async fn index(tx: &mut Tx, tickets: &[&Ticket]) -> Result<()> {
    let rows = tickets.iter().flat_map(|ticket| rows(ticket));
    let (numbers, others): (Vec<_>, Vec<_>) = rows.partition(|(_, _, _, cell)| cell.number.is_some());
    for rows in numbers.chunks(MOST_ROWS) {
        let into = "insert into ticket_fields (ticket_id, key, place, word, number) values ";
        insert(tx, into, rows, bind_number).await?;
    }
    for rows in others.chunks(MOST_ROWS) {
        let into = "insert into ticket_fields (ticket_id, key, place, word, whole) values ";
        insert(tx, into, rows, bind_whole).await?;
    }
    Ok(())
}

fn bind_number(sql: &mut Assembly, cell: &Cell) {
    sql.bind(cell.number.unwrap_or_default());
}

fn bind_whole(sql: &mut Assembly, cell: &Cell) {
    sql.bind(cell.whole);
}

/// Inserts rows whose last value `last` binds.
async fn insert(
    tx: &mut Tx,
    into: &'static str,
    rows: &[Row<'_>],
    last: fn(&mut Assembly, &Cell),
) -> Result<()> {
    let mut sql = Assembly::new(into);
    for (number, (ticket_id, key, place, cell)) in rows.iter().enumerate() {
        sql.push(if number == 0 { "(" } else { ", (" });
        sql.bind((*ticket_id).to_owned()).push(", ").bind((*key).to_owned());
        sql.push(", ").bind(*place).push(", ").bind(cell.word.clone()).push(", ");
        last(&mut sql, cell);
        sql.push(")");
    }
    sql.execute(tx.conn()).await?;
    Ok(())
}

/// A row of the index: ticket, key, place, value.
type Row<'t> = (&'t str, &'t str, i64, Cell);

/// The index's rows of a ticket.
fn rows(ticket: &Ticket) -> impl Iterator<Item = Row<'_>> {
    ticket.fields.iter().flat_map(move |(key, value)| {
        let cells = (0_i64..).zip(value.cells());
        cells.map(move |(place, cell)| (ticket.id.as_str(), key, place, cell))
    })
}

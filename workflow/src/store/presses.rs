//! Calls whose comment belongs to a transition.

use jiff::{SignedDuration, Timestamp};
use mesh_core::error::Result;
use sqlx::{AnyConnection, query};

use super::touch;

/// Events come much sooner; what is older is of no use any more.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

mesh_core::statements! {
    /// Announces one.
    ANNOUNCE = "insert into presses (ticket_id, call_id, pressed_at) values ($1, $2, $3) on conflict do nothing";
    /// Whether it was announced.
    ANNOUNCED = "select 1 from presses where ticket_id = $1 and call_id = $2";
    /// Forgets old ones.
    FORGET = "delete from presses where pressed_at < $1";
}

/// Announces that a comment of this call belongs to a transition, before it is written.
pub(crate) async fn announce(
    conn: &mut AnyConnection,
    ticket_id: &str,
    call_id: &str,
    now: Timestamp,
) -> Result<()> {
    let oldest = now.saturating_sub(KEPT).unwrap_or(Timestamp::MIN);
    touch(query(FORGET).bind(oldest.as_microsecond()), conn).await?;
    let statement =
        query(ANNOUNCE).bind(ticket_id.to_owned()).bind(call_id.to_owned()).bind(now.as_microsecond());
    touch(statement, conn).await.map(drop)
}

/// Whether the comments of this call belong to a transition.
pub(crate) async fn announced(conn: &mut AnyConnection, ticket_id: &str, call_id: &str) -> Result<bool> {
    let row =
        query(ANNOUNCED).bind(ticket_id.to_owned()).bind(call_id.to_owned()).fetch_optional(conn).await?;
    Ok(row.is_some())
}

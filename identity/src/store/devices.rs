//! On what people have signed in.

use mesh_core::{db::Tx, error::Result};
use sqlx::Row;

/// How many marks of one person are kept, the newest: two a device.
const KEPT: i64 = 200;

mesh_core::statements! {
    /// Whether somebody was seen on anything, and by one of these marks.
    SEEN = "select count(*), count(case when mark = $2 or mark = $3 then 1 end) from devices where user_id = $1";
    /// He is seen by this mark now.
    REMEMBER = "insert into devices (user_id, mark, seen_at) values ($1, $2, $3) \
        on conflict (user_id, mark) do update set seen_at = excluded.seen_at";
    /// Drops what he was seen by long ago, if there is too much.
    FORGET = "delete from devices where user_id = $1 and mark not in \
        (select mark from devices where user_id = $1 order by seen_at desc, mark limit $2)";
}

/// Where somebody was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Anywhere.
    pub(crate) any: bool,
    /// By one of the marks.
    pub(crate) here: bool,
}

/// Whether somebody was seen before; of at most two marks.
pub(crate) async fn seen(tx: &mut Tx, user_id: &str, marks: &[&str]) -> Result<Seen> {
    let mark = |index: usize| marks.get(index).copied().unwrap_or_default().to_owned();
    let row = sqlx::query(SEEN).bind(user_id).bind(mark(0)).bind(mark(1)).fetch_one(tx.conn()).await?;
    Ok(Seen { any: row.try_get::<i64, _>(0)? > 0, here: row.try_get::<i64, _>(1)? > 0 })
}

pub(crate) async fn remember(tx: &mut Tx, user_id: &str, mark: &str) -> Result<()> {
    let now = tx.micros();
    sqlx::query(REMEMBER).bind(user_id).bind(mark).bind(now).execute(tx.conn()).await?;
    Ok(())
}

/// Keeps a bounded number of somebody's marks.
pub(crate) async fn forget(tx: &mut Tx, user_id: &str) -> Result<()> {
    sqlx::query(FORGET).bind(user_id).bind(KEPT).execute(tx.conn()).await?;
    Ok(())
}

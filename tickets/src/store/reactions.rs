//! What people felt about comments.

use mesh_core::{
    db::{Assembly, Tx},
    error::{Error, Result},
};
use proto::tickets::v1::Emoji;
use sqlx::{AnyConnection, Row};

use crate::comment::{Comment, Reaction};

mesh_core::statements! {
    /// Somebody's emoji, once.
    ADD = "insert into reactions (comment_id, person_id, emoji, time) values ($1, $2, $3, $4) on conflict do nothing";
    /// Takes it back.
    REMOVE = "delete from reactions where comment_id = $1 and person_id = $2 and emoji = $3";
    /// Takes back everybody's.
    CLEAR = "delete from reactions where comment_id = $1";
}

/// Adds somebody's emoji; `false` when it was there.
pub(crate) async fn add(tx: &mut Tx, comment_id: &str, person_id: &str, emoji: Emoji) -> Result<bool> {
    let now = tx.micros();
    let query = sqlx::query(ADD).bind(comment_id.to_owned()).bind(person_id.to_owned());
    Ok(query.bind(emoji as i32).bind(now).execute(tx.conn()).await?.rows_affected() == 1)
}

/// Takes somebody's emoji back; `false` when there was none.
pub(crate) async fn remove(tx: &mut Tx, comment_id: &str, person_id: &str, emoji: Emoji) -> Result<bool> {
    let query = sqlx::query(REMOVE).bind(comment_id.to_owned()).bind(person_id.to_owned());
    Ok(query.bind(emoji as i32).execute(tx.conn()).await?.rows_affected() == 1)
}

/// Takes everybody's back.
pub(crate) async fn clear(tx: &mut Tx, comment_id: &str) -> Result<()> {
    sqlx::query(CLEAR).bind(comment_id.to_owned()).execute(tx.conn()).await?;
    Ok(())
}

/// Puts the reactions into comments, first one first.
pub(crate) async fn read_into<'c>(
    connection: &mut AnyConnection,
    comments: impl IntoIterator<Item = &'c mut Comment>,
) -> Result<()> {
    let mut comments: Vec<&mut Comment> = comments.into_iter().collect();
    if comments.is_empty() {
        return Ok(());
    }
    let mut sql = Assembly::new("select comment_id, person_id, emoji from reactions where comment_id in ");
    sql.list(comments.iter().map(|comment| comment.id.clone())).push(" order by time, person_id, emoji");
    for row in sql.fetch_all(connection).await? {
        let (comment_id, person_id): (&str, String) = (row.try_get(0)?, row.try_get(1)?);
        let emoji = Emoji::try_from(row.try_get::<i32, _>(2)?).map_err(Error::internal)?;
        let reacted = comments.iter_mut().find(|comment| comment.id == comment_id);
        if let Some(comment) = reacted {
            comment.reactions.push(Reaction { emoji, person_id });
        }
    }
    Ok(())
}

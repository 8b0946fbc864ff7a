//! Pictures of people.

use mesh_core::{db::Tx, error::Result};
use sqlx::{Row, any::AnyExecutor};

use crate::picture::Picture;

mesh_core::statements! {
    /// Somebody's picture.
    OF = "select etag, content from pictures where user_id = $1";
    /// A new one, or another one.
    SET = "insert into pictures (user_id, etag, content) values ($1, $2, $3) \
        on conflict (user_id) do update set etag = excluded.etag, content = excluded.content";
    /// None any more.
    REMOVE = "delete from pictures where user_id = $1";
}

pub(crate) async fn find<'e>(db: impl AnyExecutor<'e>, user_id: &str) -> Result<Option<Picture>> {
    let row = sqlx::query(OF).bind(user_id).fetch_optional(db).await?;
    row.map(|row| Ok(Picture { etag: row.try_get("etag")?, content: row.try_get("content")? })).transpose()
}

/// Puts the picture in the place of the one before, or takes that away.
pub(crate) async fn set(tx: &mut Tx, user_id: &str, picture: Option<&Picture>) -> Result<()> {
    let query = match picture {
        Some(picture) => sqlx::query(SET).bind(user_id).bind(&picture.etag).bind(&picture.content),
        None => sqlx::query(REMOVE).bind(user_id),
    };
    query.execute(tx.conn()).await?;
    Ok(())
}

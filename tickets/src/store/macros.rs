//! Macros.

use mesh_core::{
    db::{Assembly, Tx},
    error::{Error, Result},
};
use prost::Message as _;
use proto::tickets::v1::{self as wire, CommentKind};
use sqlx::{FromRow as _, Row, any::AnyRow};

use super::{Store, shelf};
use crate::{
    canned::Macro,
    column::Words,
    sharing::{Reader, Sharing},
};

const SELECT: &str = "select id, owner_id, name, sharing, department_id, ticket, paths, comment_kind, comment_text, transition_key, \
    version from macros where ";

mesh_core::statements! {
    /// Keeps a new macro.
    INSERT = "insert into macros (id, owner_id, name, sharing, department_id, ticket, paths, comment_kind, comment_text, \
        transition_key, version) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)";
    /// Writes a macro, if nobody was faster.
    SAVE = "update macros set name = $3, sharing = $4, department_id = $5, ticket = $6, paths = $7, comment_kind = $8, \
        comment_text = $9, transition_key = $10, version = version + 1 where id = $1 and version = $2";
    /// Deletes a macro, if nobody was faster.
    DELETE = "delete from macros where id = $1 and version = $2";
    /// How many macros somebody has, and how many are shared in a place.
    COUNT = "select (select count(*) from macros where owner_id = $1), \
        (select count(*) from macros where sharing = $2 and department_id = $3)";
    /// Forgets the macros only somebody deleted could use.
    FORGET = "delete from macros where owner_id = $1 and sharing = 1";
}

impl Store {
    /// The macros this person may use: one, or all by name.
    pub(crate) async fn macros(&self, reader: &Reader, id: Option<&str>) -> Result<Vec<Macro>> {
        let mut sql = Assembly::new(SELECT);
        shelf::push(&mut sql, reader);
        if let Some(id) = id {
            sql.push(" and id = ").bind(id.to_owned());
        }
        sql.push(" order by name, id");
        let mut connection = self.db.reader().acquire().await?;
        sql.fetch_all(&mut connection).await?.iter().map(read).collect()
    }
}

fn read(row: &AnyRow) -> Result<Macro> {
    let ticket: Vec<u8> = row.try_get("ticket")?;
    Ok(Macro {
        id: row.try_get("id")?,
        owner_id: row.try_get("owner_id")?,
        name: row.try_get("name")?,
        sharing: Sharing::from_row(row)?,
        ticket: wire::Ticket::decode(ticket.as_slice()).map_err(Error::internal)?,
        paths: Words::from(row.try_get::<String, _>("paths")?),
        comment_kind: CommentKind::try_from(row.try_get::<i32, _>("comment_kind")?)
            .map_err(Error::internal)?,
        comment_text: row.try_get("comment_text")?,
        transition_key: row.try_get("transition_key")?,
        version: row.try_get("version")?,
    })
}

/// How many macros somebody has, and how many are shared as far as this.
pub(crate) async fn count(tx: &mut Tx, owner_id: &str, sharing: &Sharing) -> Result<(i64, i64)> {
    let counted = sqlx::query(COUNT)
        .bind(owner_id.to_owned())
        .bind(sharing.kind as i32)
        .bind(sharing.department_id.clone())
        .fetch_one(tx.conn())
        .await?;
    Ok((counted.try_get(0)?, counted.try_get(1)?))
}

/// Keeps a new macro.
pub(crate) async fn insert(tx: &mut Tx, new: &Macro) -> Result<()> {
    sqlx::query(INSERT)
        .bind(new.id.clone())
        .bind(new.owner_id.clone())
        .bind(new.name.clone())
        .bind(new.sharing.kind as i32)
        .bind(new.sharing.department_id.clone())
        .bind(new.ticket.encode_to_vec())
        .bind(new.paths.to_column())
        .bind(new.comment_kind as i32)
        .bind(new.comment_text.clone())
        .bind(new.transition_key.clone())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Writes the macro over the version before it; `false` when somebody was faster.
pub(crate) async fn save(tx: &mut Tx, after: &Macro) -> Result<bool> {
    let saved = sqlx::query(SAVE)
        .bind(after.id.clone())
        .bind(after.version - 1)
        .bind(after.name.clone())
        .bind(after.sharing.kind as i32)
        .bind(after.sharing.department_id.clone())
        .bind(after.ticket.encode_to_vec())
        .bind(after.paths.to_column())
        .bind(after.comment_kind as i32)
        .bind(after.comment_text.clone())
        .bind(after.transition_key.clone())
        .execute(tx.conn())
        .await?;
    Ok(saved.rows_affected() == 1)
}

/// Deletes the macro; `false` when somebody was faster.
pub(crate) async fn delete(tx: &mut Tx, gone: &Macro) -> Result<bool> {
    let deleted = sqlx::query(DELETE).bind(gone.id.clone()).bind(gone.version).execute(tx.conn()).await?;
    Ok(deleted.rows_affected() == 1)
}

//! Views.

use mesh_core::{
    db::{Assembly, Tx},
    error::Result,
};
use sqlx::Row;

use super::{Store, shelf};
use crate::{
    sharing::{Reader, Sharing},
    view::View,
};

const SELECT: &str = "select id, owner_id, name, sharing, department_id, filter, order_by, columns, group_by, position, version \
    from views where ";

mesh_core::statements! {
    /// Keeps a new view.
    INSERT = "insert into views (id, owner_id, name, sharing, department_id, filter, order_by, columns, group_by, position, version) \
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)";
    /// Writes a view, if nobody was faster.
    SAVE = "update views set name = $3, sharing = $4, department_id = $5, filter = $6, order_by = $7, columns = $8, group_by = $9, \
        position = $10, version = version + 1 where id = $1 and version = $2";
    /// Deletes a view, if nobody was faster.
    DELETE = "delete from views where id = $1 and version = $2";
    /// How many views somebody has, and how many are shared in a place.
    COUNT = "select (select count(*) from views where owner_id = $1), \
        (select count(*) from views where sharing = $2 and department_id = $3)";
    /// Forgets the views only somebody deleted could see.
    FORGET = "delete from views where owner_id = $1 and sharing = 1";
}

impl Store {
    /// The views this person may use: these, or all.
    pub(crate) async fn views(&self, reader: &Reader, ids: &[String]) -> Result<Vec<View>> {
        let mut sql = Assembly::new(SELECT);
        shelf::push(&mut sql, reader);
        if !ids.is_empty() {
            sql.push(" and id in ").list(ids);
        }
        sql.push(" order by position, name, id");
        let mut connection = self.db.reader().acquire().await?;
        sql.fetch_as(&mut connection).await
    }
}

/// How many views somebody has, and how many are shared as far as this.
pub(crate) async fn count(tx: &mut Tx, owner_id: &str, sharing: &Sharing) -> Result<(i64, i64)> {
    let counted = sqlx::query(COUNT)
        .bind(owner_id.to_owned())
        .bind(sharing.kind as i32)
        .bind(sharing.department_id.clone())
        .fetch_one(tx.conn())
        .await?;
    Ok((counted.try_get(0)?, counted.try_get(1)?))
}

/// Keeps a new view.
pub(crate) async fn insert(tx: &mut Tx, view: &View) -> Result<()> {
    sqlx::query(INSERT)
        .bind(view.id.clone())
        .bind(view.owner_id.clone())
        .bind(view.name.clone())
        .bind(view.sharing.kind as i32)
        .bind(view.sharing.department_id.clone())
        .bind(view.filter.clone())
        .bind(view.order_by.clone())
        .bind(view.columns.to_column())
        .bind(view.group_by.clone())
        .bind(view.position)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Writes the view over the version before it; `false` when somebody was faster.
pub(crate) async fn save(tx: &mut Tx, after: &View) -> Result<bool> {
    let saved = sqlx::query(SAVE)
        .bind(after.id.clone())
        .bind(after.version - 1)
        .bind(after.name.clone())
        .bind(after.sharing.kind as i32)
        .bind(after.sharing.department_id.clone())
        .bind(after.filter.clone())
        .bind(after.order_by.clone())
        .bind(after.columns.to_column())
        .bind(after.group_by.clone())
        .bind(after.position)
        .execute(tx.conn())
        .await?;
    Ok(saved.rows_affected() == 1)
}

/// Deletes the view; `false` when somebody was faster.
pub(crate) async fn delete(tx: &mut Tx, view: &View) -> Result<bool> {
    let deleted = sqlx::query(DELETE).bind(view.id.clone()).bind(view.version).execute(tx.conn()).await?;
    Ok(deleted.rows_affected() == 1)
}

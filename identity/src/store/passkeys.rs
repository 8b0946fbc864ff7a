//! Passkeys.

use mesh_core::{db::Tx, error::Result};
use sqlx::{
    Row,
    any::{AnyExecutor, AnyRow},
};

use super::{instant, micros, optional_instant};
use crate::passkey::Passkey;

macro_rules! columns {
    () => {
        "id, user_id, credential_id, public_key, counter, display_name, created_at, last_used_at"
    };
}

mesh_core::statements! {
    /// Somebody's, oldest first.
    OF_USER = concat!("select ", columns!(), " from passkeys where user_id = $1 order by id");
    /// The one an authenticator calls so.
    BY_CREDENTIAL = concat!("select ", columns!(), " from passkeys where credential_id = $1");
    /// A new one; nothing when its name is taken.
    INSERT = concat!("insert into passkeys (", columns!(), ") values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing");
    /// Notes a signature, unless its number is no later one: then there are two authenticators with one key.
    USED = "update passkeys set counter = $2, last_used_at = $3 where id = $1 and (counter < $2 or (counter = 0 and $2 = 0))";
    /// Forgets one of somebody's.
    DELETE = "delete from passkeys where id = $1 and user_id = $2";
    /// Forgets all of somebody's.
    DELETE_ALL_OF = "delete from passkeys where user_id = $1";
}

pub(crate) async fn of_user<'e>(db: impl AnyExecutor<'e>, user_id: &str) -> Result<Vec<Passkey>> {
    sqlx::query(OF_USER).bind(user_id).fetch_all(db).await?.iter().map(read).collect()
}

pub(crate) async fn find_by_credential<'e>(
    db: impl AnyExecutor<'e>,
    credential_id: &str,
) -> Result<Option<Passkey>> {
    sqlx::query(BY_CREDENTIAL).bind(credential_id).fetch_optional(db).await?.as_ref().map(read).transpose()
}

/// Writes a new passkey; false when there is one of that name already.
pub(crate) async fn insert(tx: &mut Tx, passkey: &Passkey) -> Result<bool> {
    let query = sqlx::query(INSERT)
        .bind(&passkey.id)
        .bind(&passkey.user_id)
        .bind(&passkey.credential_id)
        .bind(&passkey.public_key)
        .bind(passkey.counter)
        .bind(&passkey.display_name)
        .bind(passkey.created_at.as_microsecond())
        .bind(micros(passkey.last_used_at));
    Ok(query.execute(tx.conn()).await?.rows_affected() == 1)
}

/// Notes a signature with this number; false when an authenticator that counts has signed so many before.
pub(crate) async fn used(tx: &mut Tx, id: &str, counter: i64) -> Result<bool> {
    let now = tx.micros();
    let used = sqlx::query(USED).bind(id).bind(counter).bind(now).execute(tx.conn()).await?;
    Ok(used.rows_affected() == 1)
}

/// Forgets one; false when the person has none with this id.
pub(crate) async fn delete(tx: &mut Tx, id: &str, user_id: &str) -> Result<bool> {
    Ok(sqlx::query(DELETE).bind(id).bind(user_id).execute(tx.conn()).await?.rows_affected() == 1)
}

pub(crate) async fn delete_all_of(tx: &mut Tx, user_id: &str) -> Result<()> {
    sqlx::query(DELETE_ALL_OF).bind(user_id).execute(tx.conn()).await?;
    Ok(())
}

fn read(row: &AnyRow) -> Result<Passkey> {
    Ok(Passkey {
        id: row.try_get("id")?,
        user_id: row.try_get("user_id")?,
        credential_id: row.try_get("credential_id")?,
        public_key: row.try_get("public_key")?,
        counter: row.try_get("counter")?,
        display_name: row.try_get("display_name")?,
        created_at: instant(row, "created_at")?,
        last_used_at: optional_instant(row, "last_used_at")?,
    })
}

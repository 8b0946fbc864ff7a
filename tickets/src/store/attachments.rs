//! Files of tickets and comments: rows without rules. Their bytes are in the file store.

use std::collections::HashMap;

use mesh_core::{
    db::{Assembly, Tx},
    error::Result,
};
use proto::tickets::v1::AttachmentState;
use sqlx::{AnyConnection, Row as _};

use super::Store;
use crate::{
    attachment::{Attachment, kind::Kind},
    comment::Comment,
};

/// All columns. A comment may have moved to another ticket since its files came, so its own word counts.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select a.id, coalesce(c.ticket_id, a.ticket_id) as ticket_id, a.comment_id, \
             coalesce(c.internal, 0) as internal, a.owner_id, a.name, a.size, a.content_type, a.sha256, a.width, \
             a.height, a.state, a.create_time, a.expire_time, a.bind_time from attachments a \
             left join comments c on c.id = a.comment_id where ",
            $rest
        )
    };
}

/// Which files are a ticket's: its own, and those of the comments that stand on it now.
const OF_TICKET: &str =
    select!("a.bind_time > 0 and a.id in (select id from attachments where comment_id = '' and ticket_id = ");

mesh_core::statements! {
    /// One file.
    BY_ID = select!("a.id = $1");
    /// Prepares a file whose bytes are awaited.
    INSERT = "insert into attachments (id, ticket_id, comment_id, owner_id, position, name, size, content_type, sha256, width, \
        height, state, create_time, expire_time, bind_time) values ($1, $2, '', $3, 0, $4, $5, $6, '', 0, 0, $7, $8, $9, 0)";
    /// How many files somebody has that he used nowhere yet.
    UNUSED = "select count(*) from attachments where owner_id = $1 and bind_time = 0";
    /// Says what content an awaited file will have.
    REFER = "update attachments set sha256 = $2 where id = $1 and state = 1";
    /// Says what an awaited file is; $6 is its next state.
    TAKE = "update attachments set content_type = $2, width = $3, height = $4, sha256 = $5, state = $6 \
        where id = $1 and state = 1";
    /// Writes what the scanner said of a file it looked at.
    JUDGE = "update attachments set state = $2 where id = $1 and state = 2";
    /// Uses a file whose bytes came: $6 uses it now, with a comment or a ticket.
    BIND = "update attachments set ticket_id = $2, comment_id = $3, position = $4, bind_time = $5 where id = $1 \
        and owner_id = $6 and bind_time = 0 and ticket_id in ('', $2) and state in (2, 3)";
    /// Deletes a file.
    DELETE = "delete from attachments where id = $1 returning sha256";
    /// Deletes a file nobody used.
    EXPIRE = "delete from attachments where id = $1 and bind_time = 0 returning sha256";
    /// Deletes the files of a comment.
    DELETE_OF_COMMENT = "delete from attachments where comment_id = $1 returning sha256";
    /// Deletes the files of a ticket, used or not.
    DELETE_OF_TICKET = "delete from attachments where (comment_id = '' and ticket_id = $1) \
        or comment_id in (select id from comments where ticket_id = $1) returning sha256";
}

/// Which files of a ticket.
#[derive(Clone, Debug)]
pub(crate) struct Listing<'a> {
    pub(crate) ticket_id: &'a str,
    /// Whether those of internal notes are among them.
    pub(crate) with_notes: bool,
    /// Behind this id.
    pub(crate) after: String,
    pub(crate) limit: i64,
}

/// What files are used with.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_field_names, reason = "they are three ids")]
pub(crate) struct Target<'a> {
    pub(crate) ticket_id: &'a str,
    /// Empty for the ticket itself.
    pub(crate) comment_id: &'a str,
    pub(crate) owner_id: &'a str,
}

impl Store {
    /// The file, whoever may see it.
    pub(crate) async fn attachment(&self, id: &str) -> Result<Option<Attachment>> {
        Ok(sqlx::query_as(BY_ID).bind(id.to_owned()).fetch_optional(self.db().reader()).await?)
    }

    /// Files of a ticket, oldest first.
    pub(crate) async fn attachments(&self, listing: &Listing<'_>) -> Result<Vec<Attachment>> {
        let mut sql = Assembly::new(OF_TICKET);
        sql.bind(listing.ticket_id.to_owned());
        sql.push(" union all select f.id from comments m join attachments f on f.comment_id = m.id where m.ticket_id = ");
        sql.bind(listing.ticket_id.to_owned()).push(")");
        if !listing.with_notes {
            sql.push(" and coalesce(c.internal, 0) = 0");
        }
        sql.push(" and a.id > ")
            .bind(listing.after.clone())
            .push(" order by a.id limit ")
            .bind(listing.limit);
        let mut connection = self.db().reader().acquire().await?;
        sql.fetch_as(&mut connection).await
    }
}

/// The file, read inside a transaction.
pub(crate) async fn attachment(tx: &mut Tx, id: &str) -> Result<Option<Attachment>> {
    Ok(sqlx::query_as(BY_ID).bind(id.to_owned()).fetch_optional(tx.conn()).await?)
}

/// Gives comments their files.
pub(crate) async fn fill<'a>(
    connection: &mut AnyConnection,
    comments: impl Iterator<Item = &'a mut Comment>,
) -> Result<()> {
    let mut comments: HashMap<_, _> = comments.map(|comment| (comment.id.clone(), comment)).collect();
    if comments.is_empty() {
        return Ok(());
    }
    let mut sql = Assembly::new(select!("a.comment_id in "));
    sql.list(comments.keys().cloned().collect::<Vec<_>>()).push(" order by a.comment_id, a.position");
    for file in sql.fetch_as::<Attachment>(connection).await? {
        if let Some(comment) = comments.get_mut(&file.comment_id) {
            comment.attachments.push(file);
        }
    }
    Ok(())
}

/// Keeps a prepared file.
pub(crate) async fn insert(tx: &mut Tx, file: &Attachment) -> Result<()> {
    sqlx::query(INSERT)
        .bind(file.id.clone())
        .bind(file.ticket_id.clone())
        .bind(file.owner_id.clone())
        .bind(file.name.clone())
        .bind(file.size)
        .bind(file.content_type.clone())
        .bind(file.state as i32)
        .bind(file.create_time)
        .bind(file.expire_time)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// How many files somebody has that he used nowhere yet.
pub(crate) async fn unused(tx: &mut Tx, owner_id: &str) -> Result<i64> {
    let row = sqlx::query(UNUSED).bind(owner_id.to_owned()).fetch_one(tx.conn()).await?;
    Ok(row.try_get(0)?)
}

/// Says what content an awaited file will have; `false` when it is awaited no more.
pub(crate) async fn refer(tx: &mut Tx, id: &str, sha256: &str) -> Result<bool> {
    let referred = sqlx::query(REFER).bind(id.to_owned()).bind(sha256.to_owned()).execute(tx.conn()).await?;
    Ok(referred.rows_affected() == 1)
}

/// Says what an awaited file is; `false` when it is awaited no more.
pub(crate) async fn take(
    tx: &mut Tx,
    id: &str,
    sha256: &str,
    kind: &Kind,
    state: AttachmentState,
) -> Result<bool> {
    let taken = sqlx::query(TAKE)
        .bind(id.to_owned())
        .bind(kind.content_type)
        .bind(kind.width)
        .bind(kind.height)
        .bind(sha256.to_owned())
        .bind(state as i32)
        .execute(tx.conn())
        .await?;
    Ok(taken.rows_affected() == 1)
}

/// Writes what the scanner said; `false` when nobody asks any more.
pub(crate) async fn judge(tx: &mut Tx, id: &str, state: AttachmentState) -> Result<bool> {
    let judged = sqlx::query(JUDGE).bind(id.to_owned()).bind(state as i32).execute(tx.conn()).await?;
    Ok(judged.rows_affected() == 1)
}

/// Uses a file; `false` when it can't be used so, or not by this person.
pub(crate) async fn bind(tx: &mut Tx, id: &str, target: Target<'_>, position: i64) -> Result<bool> {
    let now = tx.micros();
    let bound = sqlx::query(BIND)
        .bind(id.to_owned())
        .bind(target.ticket_id.to_owned())
        .bind(target.comment_id.to_owned())
        .bind(position)
        .bind(now)
        .bind(target.owner_id.to_owned())
        .execute(tx.conn())
        .await?;
    Ok(bound.rows_affected() == 1)
}

/// Deletes by one of the statements above; the contents that lost a file.
async fn delete_by(tx: &mut Tx, statement: &'static str, id: &str) -> Result<Vec<String>> {
    let rows = sqlx::query(statement).bind(id.to_owned()).fetch_all(tx.conn()).await?;
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<sqlx::Result<_>>()?)
}

/// Deletes a file; its content, or `None` when it is gone.
pub(crate) async fn delete(tx: &mut Tx, id: &str) -> Result<Option<String>> {
    Ok(delete_by(tx, DELETE, id).await?.pop())
}

/// Deletes a file nobody used; its content, or `None` when it was used or is gone.
pub(crate) async fn expire(tx: &mut Tx, id: &str) -> Result<Option<String>> {
    Ok(delete_by(tx, EXPIRE, id).await?.pop())
}

/// Deletes the files of a comment; their contents.
pub(crate) async fn delete_of_comment(tx: &mut Tx, comment_id: &str) -> Result<Vec<String>> {
    delete_by(tx, DELETE_OF_COMMENT, comment_id).await
}

/// Deletes the files of a ticket and its comments; their contents.
pub(crate) async fn delete_of_ticket(tx: &mut Tx, ticket_id: &str) -> Result<Vec<String>> {
    delete_by(tx, DELETE_OF_TICKET, ticket_id).await
}

//! Comments.

use mesh_core::{
    db::{Assembly, Tx},
    error::{Error, Result},
};

use super::{Store, attachments};
use crate::comment::Comment;

/// Comments whose files are looked for at once.
const ROWS: usize = 500;
/// What was said of some tickets, but for what was deleted.
const STANDING: &str = "select id, ticket_id, internal, text, html, first_text, parent_id, mention_ids, author, create_time, edit_time, \
    delete_time, deleted_by, version from comments where delete_time = 0 and ticket_id in ";

mesh_core::statements! {
    /// One comment.
    BY_ID = "select id, ticket_id, internal, text, html, first_text, parent_id, mention_ids, author, create_time, edit_time, \
        delete_time, deleted_by, version from comments where id = $1";
    /// Moves a comment with its replies from one ticket to another.
    MOVE = "update comments set ticket_id = $3 where ticket_id = $2 and (id = $1 or parent_id = $1)";
    /// Whether the comment a reply of $1 replies to stands on the same ticket.
    IS_REPLY = "select 1 from comments c join comments p on p.id = c.parent_id and p.ticket_id = c.ticket_id where c.id = $1";
    /// Keeps a new comment.
    INSERT = "insert into comments (id, ticket_id, internal, text, html, first_text, parent_id, mention_ids, author, create_time, \
        edit_time, delete_time, deleted_by, version) values ($1, $2, $3, $4, $5, '', $6, $7, $8, $9, 0, 0, '', 1)";
    /// Writes a changed comment, if nobody was faster.
    SAVE = "update comments set text = $3, html = $4, first_text = $5, mention_ids = $6, edit_time = $7, delete_time = $8, \
        deleted_by = $9, version = version + 1 where id = $1 and version = $2";
}

/// The comment with its files, whoever may read it.
pub(crate) async fn comment(tx: &mut Tx, id: &str) -> Result<Option<Comment>> {
    let mut found: Option<Comment> =
        sqlx::query_as(BY_ID).bind(id.to_owned()).fetch_optional(tx.conn()).await?;
    attachments::fill(tx.conn(), found.iter_mut()).await?;
    Ok(found)
}

impl Store {
    /// What was said of these tickets with its files, ticket by ticket, oldest first; without what was deleted.
    pub(crate) async fn comments_of(&self, ticket_ids: &[&str]) -> Result<Vec<Comment>> {
        let mut connection = self.db.reader().acquire().await?;
        let mut sql = Assembly::new(STANDING);
        sql.list(ticket_ids.iter().copied()).push(" order by ticket_id, create_time, id");
        let mut comments: Vec<Comment> = sql.fetch_as(&mut connection).await?;
        for some in comments.chunks_mut(ROWS) {
            attachments::fill(&mut connection, some.iter_mut()).await?;
        }
        Ok(comments)
    }
}

/// Moves the comment with its replies to another ticket; `false` when it is not where it was.
pub(crate) async fn relocate(tx: &mut Tx, comment: &Comment, to: &str) -> Result<bool> {
    let query =
        sqlx::query(MOVE).bind(comment.id.clone()).bind(comment.ticket_id.clone()).bind(to.to_owned());
    Ok(query.execute(tx.conn()).await?.rows_affected() > 0)
}

/// Whether it replies to a comment of its own ticket.
pub(crate) async fn is_reply(tx: &mut Tx, id: &str) -> Result<bool> {
    Ok(sqlx::query(IS_REPLY).bind(id.to_owned()).fetch_optional(tx.conn()).await?.is_some())
}

/// Keeps a new comment.
pub(crate) async fn insert(tx: &mut Tx, comment: &Comment) -> Result<()> {
    let author = comment.author.to_column().map_err(Error::internal)?;
    sqlx::query(INSERT)
        .bind(comment.id.clone())
        .bind(comment.ticket_id.clone())
        .bind(comment.internal)
        .bind(comment.text.clone())
        .bind(comment.html.clone())
        .bind(comment.parent_id.clone())
        .bind(comment.mention_ids.to_column())
        .bind(author)
        .bind(comment.create_time)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Writes the comment over the version before it; `false` when somebody was faster.
pub(crate) async fn save(tx: &mut Tx, after: &Comment) -> Result<bool> {
    let deleted_by = after.deleted_by.to_column().map_err(Error::internal)?;
    let saved = sqlx::query(SAVE)
        .bind(after.id.clone())
        .bind(after.version - 1)
        .bind(after.text.clone())
        .bind(after.html.clone())
        .bind(after.first_text.clone())
        .bind(after.mention_ids.to_column())
        .bind(after.edit_time)
        .bind(after.delete_time)
        .bind(deleted_by)
        .execute(tx.conn())
        .await?;
    Ok(saved.rows_affected() == 1)
}

//! Merges, and what they moved from where.

use mesh_core::{db::Tx, error::Result};

use super::drafts::{self, DraftKey};
use crate::{
    merge::{Claims, KeptDraft, Merge, Source, Writing},
    ticket::Ticket,
};

mesh_core::statements! {
    /// Keeps a merge.
    INSERT = "insert into merges (id, target_id, cc_ids, watcher_ids, create_time, undo_time) values ($1, $2, $3, $4, $5, 0)";
    /// Keeps one of its sources.
    INSERT_SOURCE = "insert into merge_sources (merge_id, source_id, place, opening_id) values ($1, $2, $3, $4)";
    /// One merge.
    BY_ID = "select id, target_id, cc_ids, watcher_ids, create_time, undo_time from merges where id = $1";
    /// Its sources, in order.
    SOURCES = "select source_id, opening_id from merge_sources where merge_id = $1 order by place";
    /// Who is on ticket $1 because of merges that stand, but for merge $2.
    CLAIMS = "select cc_ids, watcher_ids from merges where target_id = $1 and undo_time = 0 and id <> $2 order by id";
    /// Undoes it, once.
    UNDO = "update merges set undo_time = $2 where id = $1 and undo_time = 0";
    /// Notes which comments a source has.
    NOTE_COMMENTS = "insert into merge_comments (merge_id, source_id, comment_id) \
        select $1, ticket_id, id from comments where ticket_id = $2";
    /// Moves all of a source's comments to the target.
    MOVE_COMMENTS = "update comments set ticket_id = $1 where ticket_id = $2";
    /// Moves those back that came from a source and are still on the target.
    BRING_BACK = "update comments set ticket_id = $2 where ticket_id = $3 and id in \
        (select comment_id from merge_comments where merge_id = $1 and source_id = $2)";
    /// Has the files a source was filed with come with the comment that says what it asked. They go on being the source's.
    MOVE_FILES = "update attachments set comment_id = $2 where ticket_id = $1 and comment_id = '' and bind_time > 0";
    /// Gives the files that came with such a comment back to their source.
    RETURN_FILES = "update attachments set comment_id = '' where comment_id = $1 and exists (select 1 from merge_sources s \
        where s.source_id = attachments.ticket_id and s.opening_id = attachments.comment_id)";
    /// Takes away what people felt about the comment with which a source came.
    CLEAR_OPENING = "delete from reactions where comment_id in (select id from comments where id = $1 and ticket_id = $2)";
    /// Takes the comment away with which a source came.
    DELETE_OPENING = "delete from comments where id = $1 and ticket_id = $2";
    /// Keeps a draft as it is.
    KEEP_DRAFT = "insert into merge_drafts (merge_id, ticket_id, person_id, kind, text, save_time) values ($1, $2, $3, $4, $5, $6)";
    /// The drafts a merge kept.
    KEPT_DRAFTS = "select ticket_id, person_id, kind, text, save_time from merge_drafts where merge_id = $1 \
        order by ticket_id, person_id, kind";
    /// Keeps them no longer.
    FORGET_DRAFTS = "delete from merge_drafts where merge_id = $1";
}

/// Keeps a merge with its sources, in order.
pub(crate) async fn insert(tx: &mut Tx, merge: &Merge, sources: &[Source]) -> Result<()> {
    sqlx::query(INSERT)
        .bind(merge.id.clone())
        .bind(merge.target_id.clone())
        .bind(merge.claims.cc_ids.to_column())
        .bind(merge.claims.watcher_ids.to_column())
        .bind(merge.create_time)
        .execute(tx.conn())
        .await?;
    for (source, place) in sources.iter().zip(0_i64..) {
        let query = sqlx::query(INSERT_SOURCE).bind(merge.id.clone()).bind(source.source_id.clone());
        query.bind(place).bind(source.opening_id.clone()).execute(tx.conn()).await?;
    }
    Ok(())
}

/// One merge with its sources, in order.
pub(crate) async fn merge(tx: &mut Tx, id: &str) -> Result<Option<(Merge, Vec<Source>)>> {
    let merge: Option<Merge> = sqlx::query_as(BY_ID).bind(id.to_owned()).fetch_optional(tx.conn()).await?;
    let Some(merge) = merge else { return Ok(None) };
    let sources = sqlx::query_as(SOURCES).bind(id.to_owned()).fetch_all(tx.conn()).await?;
    Ok(Some((merge, sources)))
}

/// Who is on a ticket because of merges that stand, but for one of them.
pub(crate) async fn claims(tx: &mut Tx, target_id: &str, but_for: &str) -> Result<Claims> {
    let query = sqlx::query_as(CLAIMS).bind(target_id.to_owned()).bind(but_for.to_owned());
    let all: Vec<Claims> = query.fetch_all(tx.conn()).await?;
    Ok(Claims::of(all))
}

/// Notes that the merge was undone; `false` when it was before.
pub(crate) async fn undo(tx: &mut Tx, id: &str) -> Result<bool> {
    let now = tx.micros();
    Ok(sqlx::query(UNDO).bind(id.to_owned()).bind(now).execute(tx.conn()).await?.rows_affected() == 1)
}

/// Moves a source's comments to the target, and notes which they are.
pub(crate) async fn move_comments(
    tx: &mut Tx,
    merge_id: &str,
    source_id: &str,
    target_id: &str,
) -> Result<()> {
    let note = sqlx::query(NOTE_COMMENTS).bind(merge_id.to_owned()).bind(source_id.to_owned());
    note.execute(tx.conn()).await?;
    let go = sqlx::query(MOVE_COMMENTS).bind(target_id.to_owned()).bind(source_id.to_owned());
    go.execute(tx.conn()).await?;
    Ok(())
}

/// Moves the files a source was filed with to the target, with the comment it came with.
pub(crate) async fn move_files(tx: &mut Tx, source: &Source) -> Result<()> {
    let query = sqlx::query(MOVE_FILES).bind(source.source_id.clone()).bind(source.opening_id.clone());
    query.execute(tx.conn()).await?;
    Ok(())
}

/// Gives the files that came with a source back to it. Other comments have no such files.
pub(crate) async fn return_files(tx: &mut Tx, opening_id: &str) -> Result<()> {
    sqlx::query(RETURN_FILES).bind(opening_id.to_owned()).execute(tx.conn()).await?;
    Ok(())
}

/// Moves a source's comments and files back, as far as they are where the merge had moved them, and takes its opening away.
pub(crate) async fn bring_back(tx: &mut Tx, merge: &Merge, source: &Source) -> Result<()> {
    return_files(tx, &source.opening_id).await?;
    for opening in [CLEAR_OPENING, DELETE_OPENING] {
        let query = sqlx::query(opening).bind(source.opening_id.clone()).bind(merge.target_id.clone());
        query.execute(tx.conn()).await?;
    }
    let back = sqlx::query(BRING_BACK).bind(merge.id.clone()).bind(source.source_id.clone());
    back.bind(merge.target_id.clone()).execute(tx.conn()).await?;
    Ok(())
}

/// Everybody's drafts on the tickets of a merge, kept as they are.
pub(crate) async fn keep_drafts(tx: &mut Tx, merge_id: &str, tickets: &[&Ticket]) -> Result<Vec<KeptDraft>> {
    let mut kept = vec![];
    for ticket in tickets {
        for drafts::Anybodys { person_id, kind, draft } in drafts::of_ticket(tx, &ticket.id).await? {
            let ticket_id = ticket.id.clone();
            keep_draft(tx, merge_id, &KeptDraft { ticket_id, person_id, kind, draft }, &mut kept).await?;
        }
    }
    Ok(kept)
}

async fn keep_draft(tx: &mut Tx, merge_id: &str, draft: &KeptDraft, kept: &mut Vec<KeptDraft>) -> Result<()> {
    let query = sqlx::query(KEEP_DRAFT).bind(merge_id.to_owned()).bind(draft.ticket_id.clone());
    let query = query.bind(draft.person_id.clone()).bind(draft.kind as i32);
    query.bind(draft.draft.text.clone()).bind(draft.draft.save_time).execute(tx.conn()).await?;
    kept.push(draft.clone());
    Ok(())
}

/// The drafts a merge kept, which it now forgets.
pub(crate) async fn take_kept_drafts(tx: &mut Tx, merge_id: &str) -> Result<Vec<KeptDraft>> {
    let kept = sqlx::query_as(KEPT_DRAFTS).bind(merge_id.to_owned()).fetch_all(tx.conn()).await?;
    sqlx::query(FORGET_DRAFTS).bind(merge_id.to_owned()).execute(tx.conn()).await?;
    Ok(kept)
}

/// Lays somebody's drafts of the sources onto the target. `at` is his draft there.
pub(crate) async fn gather_drafts(tx: &mut Tx, at: DraftKey<'_>, writing: &Writing) -> Result<()> {
    let Some(joined) = writing.joined().filter(|_| !writing.came.is_empty()) else { return Ok(()) };
    for (source_id, _) in &writing.came {
        drafts::discard(tx, DraftKey { ticket_id: source_id, ..at }).await?;
    }
    drafts::put(tx, at, &joined).await
}

/// Lays somebody's drafts back to where they were. What he has sent or thrown away since stays gone; what he has changed since
/// stays on the target, and the sources get back what lay there.
pub(crate) async fn part_drafts(tx: &mut Tx, at: DraftKey<'_>, writing: &Writing) -> Result<()> {
    let Some(lies) = drafts::on(tx, at).await? else { return Ok(()) };
    let untouched = writing.joined().as_ref() == Some(&lies);
    for (source_id, draft) in &writing.came {
        drafts::put(tx, DraftKey { ticket_id: source_id, ..at }, draft).await?;
    }
    match &writing.own {
        _ if !untouched || writing.came.is_empty() => Ok(()),
        Some(own) => drafts::put(tx, at, own).await,
        None => drafts::discard(tx, at).await,
    }
}

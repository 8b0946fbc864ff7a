//! A ticket's row, most of it as one text ([`Short`]): ids, words without white space, tags of languages, and numbers.

use mesh_core::db::Short;
use sqlx::{Error, FromRow, Row as _, any::AnyRow};

use crate::ticket::Ticket;

/// All columns. Those that are short become one text, in the order in which they are read; texts of people and the long
/// texts stay by themselves.
macro_rules! columns {
    ($long_texts:literal) => {
        concat!(
            "id || '\u{1f}' || number || '\u{1f}' || requester_id || '\u{1f}' || on_behalf_of_id || '\u{1f}' || \
             cc_ids || '\u{1f}' || watcher_ids || '\u{1f}' || department_id || '\u{1f}' || category_id || '\u{1f}' || \
             priority || '\u{1f}' || priority_by_hand || '\u{1f}' || impact || '\u{1f}' || urgency || '\u{1f}' || \
             tags || '\u{1f}' || language || '\u{1f}' || source || '\u{1f}' || status || '\u{1f}' || \
             stage_key || '\u{1f}' || run_id || '\u{1f}' || run_version || '\u{1f}' || clock_version || '\u{1f}' || assignee_id || '\u{1f}' || \
             queue_id || '\u{1f}' || wait_reason || '\u{1f}' || wait_until || '\u{1f}' || response_due || '\u{1f}' || \
             resolve_due || '\u{1f}' || first_response_time || '\u{1f}' || resolve_time || '\u{1f}' || \
             close_time || '\u{1f}' || reopen_count || '\u{1f}' || create_time || '\u{1f}' || update_time || '\u{1f}' || \
             comment_count || '\u{1f}' || note_count || '\u{1f}' || merged_into_id || '\u{1f}' || \
             parked_status || '\u{1f}' || score || '\u{1f}' || rate_time || '\u{1f}' || version as short, \
             subject, stage_label, score_comment, ",
            $long_texts
        )
    };
}
pub(super) use columns;

impl<'r> FromRow<'r, AnyRow> for Ticket {
    #[expect(clippy::too_many_lines, reason = "a line for each column")]
    fn from_row(row: &'r AnyRow) -> Result<Self, Error> {
        let mut short = Short::of(row)?;
        let fields: String = row.try_get("fields")?;
        Ok(Self {
            id: short.text()?,
            number: short.number()?,
            requester_id: short.text()?,
            on_behalf_of_id: short.text()?,
            cc_ids: short.text()?.into(),
            watcher_ids: short.text()?.into(),
            department_id: short.text()?,
            category_id: short.text()?,
            priority: short.member()?,
            priority_by_hand: short.number()?,
            impact: short.member()?,
            urgency: short.member()?,
            tags: short.text()?.into(),
            language: short.text()?,
            source: short.member()?,
            status: short.member()?,
            stage_key: short.text()?,
            run_id: short.text()?,
            run_version: short.number()?,
            clock_version: short.number()?,
            assignee_id: short.text()?,
            queue_id: short.text()?,
            wait_reason: short.member()?,
            wait_until: short.number()?,
            response_due: short.number()?,
            resolve_due: short.number()?,
            first_response_time: short.number()?,
            resolve_time: short.number()?,
            close_time: short.number()?,
            reopen_count: short.number()?,
            create_time: short.number()?,
            update_time: short.number()?,
            comment_count: short.number()?,
            note_count: short.number()?,
            merged_into_id: short.text()?,
            parked_status: short.member()?,
            score: short.number()?,
            rate_time: short.number()?,
            version: short.number()?,
            subject: row.try_get("subject")?,
            stage_label: row.try_get("stage_label")?,
            score_comment: row.try_get("score_comment")?,
            description: row.try_get("description")?,
            description_html: row.try_get("description_html")?,
            fields: fields.try_into().map_err(|error: serde_json::Error| Error::Decode(error.into()))?,
        })
    }
}

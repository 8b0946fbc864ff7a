//! Comments and their rules.
//!
//! The invariants: only its author changes a comment's text, and its first text is kept; a deleted comment keeps its place and
//! loses its words and files.

use mesh_core::error::{Error, Result};
use proto::tickets::v1::{CommentKind, Emoji, ErrorReason};

use crate::{
    attachment::Attachment,
    column::{Doer, Words},
    ticket::Micros,
};

/// How long an author may take a comment back: 15 minutes.
const AUTHORS_TIME: Micros = 15 * 60 * 1_000_000;

/// A comment as it is stored. What its fields mean stands in the contract.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Comment {
    pub(crate) id: String,
    pub(crate) ticket_id: String,
    /// 0 public, 1 for the staff only.
    pub(crate) internal: i64,
    pub(crate) text: String,
    pub(crate) html: String,
    pub(crate) first_text: String,
    pub(crate) parent_id: String,
    #[sqlx(try_from = "String")]
    pub(crate) mention_ids: Words,
    #[sqlx(try_from = "String")]
    pub(crate) author: Doer,
    pub(crate) create_time: Micros,
    pub(crate) edit_time: Micros,
    pub(crate) delete_time: Micros,
    #[sqlx(try_from = "String")]
    pub(crate) deleted_by: Doer,
    pub(crate) version: i64,
    /// Its files, in order; rows of their own.
    #[sqlx(skip)]
    pub(crate) attachments: Vec<Attachment>,
    /// Kept in a table of their own; empty until read from there.
    #[sqlx(skip)]
    pub(crate) reactions: Vec<Reaction>,
}

impl Comment {
    /// A public one of nobody that says nothing, made at `create_time`.
    pub(crate) fn blank(create_time: Micros) -> Self {
        Self {
            id: String::new(),
            ticket_id: String::new(),
            internal: 0,
            text: String::new(),
            html: String::new(),
            first_text: String::new(),
            parent_id: String::new(),
            mention_ids: Words::default(),
            author: Doer::default(),
            create_time,
            edit_time: 0,
            delete_time: 0,
            deleted_by: Doer::default(),
            version: 1,
            attachments: vec![],
            reactions: vec![],
        }
    }
}

/// An emoji somebody chose for a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reaction {
    pub(crate) emoji: Emoji,
    pub(crate) person_id: String,
}

impl Comment {
    /// Whether only the staff may read it.
    pub(crate) const fn is_internal(&self) -> bool {
        self.internal != 0
    }

    /// Who may read it.
    pub(crate) const fn kind(&self) -> CommentKind {
        if self.is_internal() { CommentKind::Internal } else { CommentKind::Public }
    }

    /// The version for the wire.
    pub(crate) fn etag(&self) -> String {
        self.version.to_string()
    }

    /// Whether this person wrote it.
    pub(crate) fn is_by(&self, person_id: &str) -> bool {
        !person_id.is_empty() && self.author.user_id() == person_id
    }

    /// The comment with another text, or why it can't have one.
    pub(crate) fn edited(&self, text: String, html: String, mention_ids: Words, now: Micros) -> Result<Self> {
        self.expect_standing()?;
        let first_text = if self.edit_time == 0 { self.text.clone() } else { self.first_text.clone() };
        let version = self.version + 1;
        Ok(Self { text, html, first_text, mention_ids, edit_time: now, version, ..self.clone() })
    }

    /// What is left of the comment, or why it can't be deleted. `any_time` is the right to delete others' and old ones.
    pub(crate) fn deleted(&self, by: Doer, any_time: bool, now: Micros) -> Result<Self> {
        self.expect_standing()?;
        if !any_time && now - self.create_time > AUTHORS_TIME {
            let message = "it is older than 15 minutes; ask somebody with the permission ticket.delete, or write a correction";
            return Err(Error::failed_precondition(&ErrorReason::CommentSettled, message));
        }
        Ok(Self {
            text: String::new(),
            html: String::new(),
            first_text: String::new(),
            mention_ids: Words::default(),
            attachments: vec![],
            delete_time: now,
            deleted_by: by,
            version: self.version + 1,
            reactions: vec![],
            ..self.clone()
        })
    }

    /// Fine unless it was deleted.
    pub(crate) fn expect_standing(&self) -> Result<()> {
        if self.delete_time == 0 {
            return Ok(());
        }
        Err(Error::failed_precondition(&ErrorReason::CommentDeleted, "the comment was deleted"))
    }
}

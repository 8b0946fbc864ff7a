//! Files of tickets and their rules.
//!
//! The invariants: a file is its owner's alone until he uses it with a ticket or a comment, once; then it is seen by whoever may
//! read that. Only what is ready is ever handed out.

pub(crate) mod kind;

use mesh_core::error::{Error, Result, Violations};
use proto::tickets::v1::{AttachmentState, ErrorReason};

use crate::ticket::Micros;

/// How long an upload is kept that nobody uses: a day.
pub(crate) const LIFETIME: Micros = 24 * 60 * 60 * 1_000_000;
/// How long after he used it who sent a file may take it back: 15 minutes.
const SENDERS_TIME: Micros = 15 * 60 * 1_000_000;
/// Files with one comment or new ticket.
pub(crate) const MOST: usize = 10;
/// Uploads a person may have that are used nowhere yet.
pub(crate) const MOST_UNUSED: i64 = 50;

/// A file as it is stored. What its fields mean stands in the contract.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Attachment {
    pub(crate) id: String,
    /// Where its comment stands now, or the ticket itself.
    pub(crate) ticket_id: String,
    pub(crate) comment_id: String,
    /// 1 for a file of an internal note.
    pub(crate) internal: i64,
    pub(crate) owner_id: String,
    pub(crate) name: String,
    pub(crate) size: i64,
    pub(crate) content_type: String,
    pub(crate) sha256: String,
    pub(crate) width: i32,
    pub(crate) height: i32,
    #[sqlx(try_from = "i32")]
    pub(crate) state: AttachmentState,
    pub(crate) create_time: Micros,
    pub(crate) expire_time: Micros,
    pub(crate) bind_time: Micros,
}

impl Attachment {
    /// Whether only the staff may see it.
    pub(crate) const fn is_internal(&self) -> bool {
        self.internal != 0
    }

    /// Whether it belongs to a ticket or a comment by now.
    pub(crate) const fn is_used(&self) -> bool {
        self.bind_time != 0
    }

    /// Whether this person sent it.
    pub(crate) fn is_by(&self, person_id: &str) -> bool {
        !person_id.is_empty() && self.owner_id == person_id
    }

    /// Whether browsers may show it in place.
    pub(crate) fn is_inline(&self) -> bool {
        kind::is_inline(&self.content_type, self.width, self.height)
    }

    /// Fine when its sender may still take it back.
    pub(crate) fn expect_fresh(&self, now: Micros) -> Result<()> {
        if !self.is_used() || now - self.bind_time <= SENDERS_TIME {
            return Ok(());
        }
        let message = "it was sent more than 15 minutes ago; ask somebody with the permission ticket.delete";
        Err(Error::failed_precondition(&ErrorReason::CommentSettled, message))
    }
}

/// Names what is wrong with the name of a file.
pub(crate) fn check_name(field: &str, name: &str, wrong: &mut Violations) {
    wrong.text(field, name, 1..=255);
    let is_path = name.contains(['/', '\\']) || matches!(name, "." | "..");
    wrong.when(is_path, field, "is a path; give the name of the file alone");
    wrong.when(name.chars().any(is_unseen), field, "has invisible characters; remove them");
}

/// Characters one does not see, by which a name looks like another one. Those that join letters are needed to write.
const fn is_unseen(letter: char) -> bool {
    matches!(
        letter,
        '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{2060}' | '\u{feff}'
    )
}

/// Names what is wrong with the files somebody wants to use.
pub(crate) fn check_ids(field: &str, ids: &[String], wrong: &mut Violations) {
    wrong.when(ids.len() > MOST, field, "are too many; send at most 10 files at a time");
    for (index, id) in ids.iter().take(MOST).enumerate() {
        wrong.id(&format!("{field}[{index}]"), id, "att");
        wrong.when(ids[..index].contains(id), &format!("{field}[{index}]"), "stands there twice; remove one");
    }
}

/// A file that can't be used, and why.
pub(crate) fn unusable(why: impl Into<String>) -> Error {
    Error::failed_precondition(&ErrorReason::UploadUnusable, why)
}

#[cfg(test)]
mod tests {
    use mesh_core::error::Violations;

    use super::check_name;

    fn is_fine(name: &str) -> bool {
        let mut wrong = Violations::default();
        check_name("name", name, &mut wrong);
        wrong.into_result().is_ok()
    }

    #[test]
    fn names_are_names_and_look_like_what_they_are() {
        for fine in [
            "report.pdf",
            "Ünïcode (1).txt",
            "帳票.xlsx",
            ".bashrc",
            "فایل\u{200c}ها.txt",
            "a".repeat(255).as_str(),
        ] {
            assert!(is_fine(fine), "{fine:?}");
        }
        let wrong = [
            "",
            " ",
            ".",
            "..",
            "../etc/passwd",
            "a/b",
            "C:\\a.txt",
            "a\0.txt",
            "a\nb",
            "exe\u{202e}fdp.scr",
            "a\u{200f}.txt",
            "in\u{200b}visible",
            "a".repeat(256).as_str(),
        ]
        .map(str::to_owned);
        for wrong in wrong {
            assert!(!is_fine(&wrong), "{wrong:?}");
        }
    }
}

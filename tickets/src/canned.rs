//! Macros: changes kept ready. (`macro` is a word of Rust.)
//!
//! The invariant: what is kept was checked as the change and the comment it becomes, and is checked again when it is used: forms,
//! permissions and people change.

use mesh_core::error::Violations;
use proto::tickets::v1::{self as wire, CommentKind};

use crate::{column::Words, sharing::Sharing, template, ticket::check_edit, view::NAME};

/// Bytes of what a macro says.
const TEXT: std::ops::RangeInclusive<usize> = 1..=65_536;
/// The fields one may change, in the contract's order.
const FIELDS: [&str; 6] = ["name", "sharing", "ticket", "paths", "comment", "transition_key"];

/// A macro as it is kept. What its fields mean stands in the contract.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Macro {
    pub(crate) id: String,
    pub(crate) owner_id: String,
    pub(crate) name: String,
    pub(crate) sharing: Sharing,
    /// With the fields `paths` names.
    pub(crate) ticket: wire::Ticket,
    pub(crate) paths: Words,
    pub(crate) comment_kind: CommentKind,
    /// A template; empty for no comment.
    pub(crate) comment_text: String,
    pub(crate) transition_key: String,
    pub(crate) version: i64,
}

impl Macro {
    /// A new macro of this person; what is wrong with it is added to `wrong`.
    pub(crate) fn new(owner_id: &str, sent: &wire::Macro, wrong: &mut Violations) -> Self {
        let blank = Self {
            id: String::new(),
            owner_id: owner_id.to_owned(),
            name: String::new(),
            sharing: Sharing { kind: wire::SharingKind::Personal, department_id: String::new() },
            ticket: wire::Ticket::default(),
            paths: Words::default(),
            comment_kind: CommentKind::Unspecified,
            comment_text: String::new(),
            transition_key: String::new(),
            version: 1,
        };
        blank.with(&FIELDS.map(str::to_owned), sent, wrong)
    }

    /// A macro as it was kept in a message.
    pub(crate) fn of(kept: &wire::Macro) -> Self {
        let unchecked = &mut Violations::default();
        let macro_then = Self::new(&kept.owner_id, kept, unchecked);
        Self { id: kept.id.clone(), ..macro_then }
    }

    /// The macro with these fields as they were sent.
    pub(crate) fn with(&self, paths: &[String], sent: &wire::Macro, wrong: &mut Violations) -> Self {
        let mut after = self.clone();
        for path in paths {
            after.take(path, sent, wrong);
        }
        if paths.iter().any(|path| path == "ticket" || path == "paths") {
            after.check_fields(wrong);
        }
        let does_nothing =
            after.paths.len() == 0 && after.comment_text.is_empty() && after.transition_key.is_empty();
        wrong.when(does_nothing, "macro", "does nothing; give it fields, a comment or a transition");
        after
    }

    fn take(&mut self, path: &str, sent: &wire::Macro, wrong: &mut Violations) {
        match path {
            "name" => {
                wrong.text("macro.name", &sent.name, NAME);
                self.name.clone_from(&sent.name);
            }
            "sharing" => self.sharing = Sharing::take(sent.sharing.as_ref(), "macro.sharing", wrong),
            "ticket" => self.ticket = sent.ticket.clone().unwrap_or_default(),
            "paths" => self.paths = Words::of(&sent.paths),
            "comment" => self.take_comment(sent.comment.as_ref(), wrong),
            "transition_key" => {
                wrong.text("macro.transition_key", &sent.transition_key, 0..=64);
                self.transition_key.clone_from(&sent.transition_key);
            }
            other => wrong.add(
                "update_mask",
                format!("names {other:?}, which can't be changed; name {}", FIELDS.join(", ")),
            ),
        }
    }

    fn take_comment(&mut self, sent: Option<&wire::Comment>, wrong: &mut Violations) {
        let Some(sent) = sent else {
            (self.comment_kind, self.comment_text) = (CommentKind::Unspecified, String::new());
            return;
        };
        let unknown = sent.kind() == CommentKind::Unspecified;
        wrong.when(unknown, "macro.comment.kind", "is unknown; use PUBLIC or INTERNAL");
        wrong.long_text("macro.comment.text", &sent.text, TEXT);
        if let Some(problem) = template::problem(&sent.text) {
            wrong.add("macro.comment.text", problem);
        }
        (self.comment_kind, self.comment_text) = (sent.kind(), sent.text.clone());
    }

    /// The fields to set are fields one can set, to values they can have. Others are dropped.
    fn check_fields(&mut self, wrong: &mut Violations) {
        let paths = self.paths.to_vec();
        if paths.is_empty() {
            self.ticket = wire::Ticket::default();
            return;
        }
        let is_spaced = |path: &String| path.contains(char::is_whitespace);
        wrong.when(paths.iter().any(is_spaced), "macro.paths", "hold white space, which no field's name has");
        let mut inner = Violations::default();
        self.ticket = check_edit(&self.ticket, &paths, &mut inner).keep(&self.ticket);
        wrong.inside(inner, |field| match field {
            "update_mask" => "macro.paths".to_owned(),
            field => format!("macro.{field}"),
        });
    }

    /// The version for the wire.
    pub(crate) fn etag(&self) -> String {
        self.version.to_string()
    }

    /// The macro for messages.
    pub(crate) fn to_proto(&self) -> wire::Macro {
        let comment = || wire::Comment {
            kind: self.comment_kind.into(),
            text: self.comment_text.clone(),
            ..wire::Comment::default()
        };
        wire::Macro {
            id: self.id.clone(),
            name: self.name.clone(),
            sharing: Some(self.sharing.to_proto()),
            ticket: (self.paths.len() > 0).then(|| self.ticket.clone()),
            paths: self.paths.to_vec(),
            comment: (!self.comment_text.is_empty()).then(comment),
            transition_key: self.transition_key.clone(),
            owner_id: self.owner_id.clone(),
            etag: self.etag(),
        }
    }
}

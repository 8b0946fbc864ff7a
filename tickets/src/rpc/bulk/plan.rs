//! What a bulk change does to each of its tickets, and to which.

use std::collections::HashSet;

use mesh_core::{
    caller::Caller,
    error::{Result, Violations},
};
use proto::tickets::v1::{self as wire, BulkUpdateRequest, BulkUpdateResponse, CommentKind};

use super::super::{Tickets, comments::check_text, query::wanted};
use crate::{
    bulk::MOST_TICKETS,
    canned::Macro,
    mention::Mentions,
    store::{Wanted, filter::Author},
    ticket::{Edit, check_edit},
};

/// Which tickets were chosen.
#[derive(Clone, Debug)]
pub(super) enum Chosen {
    /// These, each with the version it must have; empty for any.
    Named(Vec<(String, String)>),
    /// Those that match.
    Wanted(Box<Wanted>),
}

/// A request that was checked.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) chosen: Chosen,
    pub(super) edit: Edit,
    pub(super) sent: wire::Ticket,
    /// Without a kind there is none.
    pub(super) comment: wire::Comment,
    pub(super) mentions: Mentions,
    pub(super) macro_id: String,
    pub(super) cause: String,
    pub(super) dry_run: bool,
}

/// What is done to each ticket.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) bulk_id: String,
    total: i32,
    pub(super) edit: Edit,
    pub(super) sent: wire::Ticket,
    pub(super) comment: Option<Said>,
    pub(super) cause: String,
    transition_key: String,
}

/// A comment for each ticket.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) comment: wire::Comment,
    pub(super) mentions: Mentions,
    /// Whether its variables are filled in.
    pub(super) is_template: bool,
}

impl Plan {
    /// The plan of a request and its macro; what the request says goes before what the macro does.
    pub(super) fn new(asked: Asked, canned: Option<&Macro>, bulk_id: String, total: i32) -> Self {
        let Asked { edit, sent, comment, mentions, cause, .. } = asked;
        let (edit, sent) = match canned {
            Some(canned) => combined(canned, &edit, &sent),
            None => (edit, sent),
        };
        let comment = match comment.kind() {
            CommentKind::Unspecified => canned.and_then(said_by),
            _ => Some(Said { comment, mentions, is_template: false }),
        };
        let transition_key = canned.map(|canned| canned.transition_key.clone()).unwrap_or_default();
        Self { bulk_id, total, edit, sent, comment, cause, transition_key }
    }

    /// A message about as many tickets as were done.
    pub(super) fn report(&self, done: i32) -> BulkUpdateResponse {
        BulkUpdateResponse {
            bulk_id: self.bulk_id.clone(),
            total: self.total,
            done,
            transition_key: self.transition_key.clone(),
            ..BulkUpdateResponse::default()
        }
    }
}

/// The macro's change with the request's over it.
fn combined(canned: &Macro, edit: &Edit, sent: &wire::Ticket) -> (Edit, wire::Ticket) {
    let first = Edit::over(&canned.paths.to_vec());
    let mut both = first.keep(&canned.ticket);
    edit.lay(sent, &mut both);
    (first.and(edit), both)
}

/// What the macro says.
fn said_by(canned: &Macro) -> Option<Said> {
    let comment = wire::Comment {
        kind: canned.comment_kind.into(),
        text: canned.comment_text.clone(),
        ..wire::Comment::default()
    };
    (!canned.comment_text.is_empty()).then(|| Said {
        comment,
        mentions: Mentions::default(),
        is_template: true,
    })
}

impl Tickets {
    /// What a request asks for, or everything that is wrong with it.
    pub(super) async fn check_bulk(&self, caller: &Caller, ask: BulkUpdateRequest) -> Result<Asked> {
        let mut wrong = Violations::default();
        let catalogue = self.catalogue_for(ask.query.iter().map(|query| query.filter.as_str())).await?;
        let chosen = self.check_chosen(Author { caller, catalogue: &catalogue }, &ask, &mut wrong);
        let (sent, paths) = (ask.ticket.unwrap_or_default(), ask.update_mask.unwrap_or_default().paths);
        let edit = if paths.is_empty() { Edit::over(&[]) } else { check_edit(&sent, &paths, &mut wrong) };
        if let Some(comment) = &ask.comment {
            check_comment(comment, &mut wrong);
        }
        wrong.optional_id("macro_id", &ask.macro_id, "mac");
        let does_nothing = paths.is_empty() && ask.comment.is_none() && ask.macro_id.is_empty();
        wrong.when(
            does_nothing,
            "update_mask",
            "is empty; name fields to change, or give a comment or a macro",
        );
        wrong.text("cause", &ask.cause, 0..=500);
        wrong.into_result()?;
        let comment = ask.comment.unwrap_or_default();
        let mentions = self.directory.mentions("comment.mention_ids", &comment.mention_ids).await?;
        let (macro_id, cause, dry_run) = (ask.macro_id, ask.cause, ask.dry_run);
        Ok(Asked { chosen, edit, sent, comment, mentions, macro_id, cause, dry_run })
    }

    fn check_chosen(&self, author: Author<'_>, ask: &BulkUpdateRequest, wrong: &mut Violations) -> Chosen {
        if let Some(query) = &ask.query {
            wrong.when(!ask.ids.is_empty(), "ids", "contradict query; give one of them");
            return Chosen::Wanted(Box::new(wanted(&self.store, author, query, "query", wrong)));
        }
        check_ids(&ask.ids, wrong);
        let fits = ask.etags.is_empty() || ask.etags.len() == ask.ids.len();
        wrong.when(!fits, "etags", "are not as many as ids; give one for each, or none");
        let etags = ask.etags.iter().cloned().chain(std::iter::repeat(String::new()));
        Chosen::Named(ask.ids.iter().cloned().zip(etags).collect())
    }
}

fn check_ids(ids: &[String], wrong: &mut Violations) {
    wrong.when(ids.is_empty(), "ids", "are missing; give ids, or a query (an empty one for all)");
    wrong.when(ids.len() > MOST_TICKETS, "ids", "are too many; give at most 10,000");
    let mut seen = HashSet::new();
    for (index, id) in ids.iter().take(MOST_TICKETS).enumerate() {
        let field = format!("ids[{index}]");
        wrong.id(&field, id, "tkt");
        wrong.when(!seen.insert(id), &field, "stands there before; name each ticket once");
    }
}

fn check_comment(comment: &wire::Comment, wrong: &mut Violations) {
    let unknown = comment.kind() == CommentKind::Unspecified;
    wrong.when(unknown, "comment.kind", "is unknown; use PUBLIC or INTERNAL");
    check_text("comment.", &comment.text, &comment.mention_ids, wrong);
    let is_reply = !comment.parent_id.is_empty();
    wrong.when(is_reply, "comment.parent_id", "belongs to one ticket; leave it out");
    let has_files = !comment.attachment_ids.is_empty();
    wrong.when(has_files, "comment.attachment_ids", "belong to one ticket; leave them out");
}

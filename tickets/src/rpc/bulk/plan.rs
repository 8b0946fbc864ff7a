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
    ticket::{Edit, Ticket, check_edit, check_tags},
};

/// The path of a ticket's tags.
const TAGS: &str = "tags";

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
    retagging: Retagging,
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
    sent: wire::Ticket,
    retagging: Retagging,
    pub(super) comment: Option<Said>,
    pub(super) cause: String,
    transition_key: String,
}

/// Tags that come and go, whatever others a ticket has.
#[derive(Clone, Debug, Default)]
struct Retagging {
    add: Vec<String>,
    remove: Vec<String>,
}

impl Retagging {
    fn is_empty(&self) -> bool {
        self.add.is_empty() && self.remove.is_empty()
    }

    fn check(&self, paths: &[String], wrong: &mut Violations) {
        check_tags("add_tags", &self.add, wrong);
        check_tags("remove_tags", &self.remove, wrong);
        let contradicts = !self.is_empty() && paths.iter().any(|path| path == TAGS);
        wrong.when(contradicts, "add_tags", "contradict tags in update_mask; name them in one place");
        let both = self.add.iter().any(|tag| self.remove.contains(tag));
        wrong.when(both, "remove_tags", "name a tag that add_tags names; name it once");
    }

    /// A ticket's tags as they would be.
    fn over(&self, tags: &[String]) -> Vec<String> {
        let kept = tags.iter().filter(|tag| !self.remove.contains(tag));
        let new = self.add.iter().filter(|tag| !tags.contains(tag));
        kept.chain(new).cloned().collect()
    }
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
        let Asked { edit, sent, mut retagging, comment, mentions, cause, .. } = asked;
        let (mut edit, mut sent) = match canned {
            Some(canned) => combined(canned, &edit, &sent),
            None => (edit, sent),
        };
        if canned.is_some_and(|canned| canned.paths.to_vec().iter().any(|path| path == TAGS)) {
            sent.tags = std::mem::take(&mut retagging).over(&sent.tags);
        } else if !retagging.is_empty() {
            edit = edit.and(&Edit::over(&[TAGS.to_owned()]));
        }
        let comment = match comment.kind() {
            CommentKind::Unspecified => canned.and_then(said_by),
            _ => Some(Said { comment, mentions, is_template: false }),
        };
        let transition_key = canned.map(|canned| canned.transition_key.clone()).unwrap_or_default();
        Self { bulk_id, total, edit, sent, retagging, comment, cause, transition_key }
    }

    /// What this ticket would be given.
    pub(super) fn sent_to(&self, ticket: &Ticket) -> Result<wire::Ticket> {
        let mut sent = wire::Ticket { id: ticket.id.clone(), ..self.sent.clone() };
        if !self.retagging.is_empty() {
            sent.tags = self.retagging.over(&ticket.tags.to_vec());
        }
        let mut wrong = Violations::default();
        check_tags("ticket.tags", &sent.tags, &mut wrong);
        wrong.into_result()?;
        Ok(sent)
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
        let retagging = Retagging { add: ask.add_tags, remove: ask.remove_tags };
        retagging.check(&paths, &mut wrong);
        if let Some(comment) = &ask.comment {
            check_comment(comment, &mut wrong);
        }
        wrong.optional_id("macro_id", &ask.macro_id, "mac");
        let edits_nothing = paths.is_empty() && retagging.is_empty();
        wrong.when(
            edits_nothing && ask.comment.is_none() && ask.macro_id.is_empty(),
            "update_mask",
            "is empty; name fields to change, or give tags, a comment or a macro",
        );
        wrong.text("cause", &ask.cause, 0..=500);
        wrong.into_result()?;
        let comment = ask.comment.unwrap_or_default();
        let mentions = self.directory.mentions("comment.mention_ids", &comment.mention_ids).await?;
        let (macro_id, cause, dry_run) = (ask.macro_id, ask.cause, ask.dry_run);
        Ok(Asked { chosen, edit, sent, retagging, comment, mentions, macro_id, cause, dry_run })
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

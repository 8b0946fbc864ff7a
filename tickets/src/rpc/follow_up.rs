//! `FileFollowUp`: what becomes of an answer that came too late to open a closed ticket again.
//!
//! The first one begins a new ticket, linked with the old one; while that is open, further ones are said there. Each half is done
//! once however often it is asked for.

use mesh_core::{
    caller::Caller,
    db::Tx,
    error::{Error, Result, Violations},
    idempotency::RequestKey,
    outbox::{self, Cause},
};
use proto::tickets::v1::{self as wire, FileFollowUpRequest, LinkKind, Status};

use super::{Projections, links::tell};
use crate::{
    comment::Comment,
    events,
    filing::Filing,
    link::Link,
    store::{
        comments, links,
        tickets::{self, Count},
        words::{self, Changed},
    },
    ticket::Ticket,
    wire::ticket_for,
};

const FILE: &str = "/ticketmesh.tickets.v1.ProjectionService/FileFollowUp";

impl Projections {
    /// Goes on with a closed ticket in another one.
    pub(super) async fn follow_up(&self, caller: &Caller, ask: FileFollowUpRequest) -> Result<wire::Ticket> {
        let mut wrong = Violations::default();
        wrong.id("ticket_id", &ask.ticket_id, "tkt");
        wrong.id("comment_id", &ask.comment_id, "cmt");
        wrong.into_result()?;
        let key = RequestKey::new(caller, FILE, &ask.comment_id, &ask)?;
        let mut tx = self.store.db().begin().await?;
        let (ended, answer) = answered(&mut tx, &ask).await?;
        if let Some(open) = open_follow_up(&mut tx, &ended.id).await? {
            if let Some(done) = key.replay(&mut tx).await? {
                return Ok(done);
            }
            return self.say_there(tx, caller, &key, &open, answer).await;
        }
        drop(tx);
        let filing = Filing {
            caller: caller.clone(),
            key,
            cause: Cause::of(caller),
            draft: going_on(&ended, answer),
            attachment_ids: vec![],
        };
        let filed = self.filings.file(filing).await?;
        self.link_follow_up(caller, &filed.id, &ended.id).await?;
        Ok(filed)
    }

    /// Says the answer in its author's name on the ticket that goes on already.
    async fn say_there(
        &self,
        mut tx: Tx,
        caller: &Caller,
        key: &RequestKey,
        open: &Ticket,
        answer: Comment,
    ) -> Result<wire::Ticket> {
        let author = answer.author.to_proto().unwrap_or_default();
        let comment = Comment {
            id: tx.ids().id("cmt"),
            ticket_id: open.id.clone(),
            first_text: String::new(),
            parent_id: String::new(),
            create_time: tx.micros(),
            edit_time: 0,
            version: 1,
            ..answer
        };
        let count = Count::Public { by: 1, first_response_time: 0 };
        let counted = tickets::count(&mut tx, &open.id, count).await?;
        let ticket = counted.ok_or_else(|| Error::not_found("ticket", &open.id))?;
        comments::insert(&mut tx, &comment).await?;
        words::refresh(&mut tx, ticket.number, Changed::Public).await?;
        let cause = Cause::of_itself(author, caller.request_id());
        let news = events::comment_added(&comment, &ticket, &self.style);
        outbox::push(&mut tx, &cause, news).await?;
        let answer = ticket_for(caller, &ticket, &self.style);
        key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    async fn link_follow_up(&self, caller: &Caller, from_id: &str, to_id: &str) -> Result<()> {
        let mut tx = self.store.db().begin().await?;
        let (id, create_time) = (tx.ids().id("lnk"), tx.micros());
        let kind = LinkKind::FollowUp;
        let link = Link { id, from_id: from_id.to_owned(), to_id: to_id.to_owned(), kind, create_time };
        let Some(ends) = tickets::touch(&mut tx, [from_id, to_id], false).await? else { return Ok(()) };
        if links::insert(&mut tx, &link).await? {
            tell(&mut tx, &Cause::of(caller), &self.style, (String::new(), link.shown()), &ends).await?;
        }
        tx.commit().await
    }
}

/// The ticket with the public answer on it.
async fn answered(tx: &mut Tx, ask: &FileFollowUpRequest) -> Result<(Ticket, Comment)> {
    let ticket = tickets::any_ticket(tx, &ask.ticket_id).await?;
    let ticket = ticket.ok_or_else(|| Error::not_found("ticket", &ask.ticket_id))?;
    let comment = comments::comment(tx, &ask.comment_id).await?;
    let fits = |comment: &Comment| {
        comment.ticket_id == ticket.id && !comment.is_internal() && comment.delete_time == 0
    };
    let comment = comment.filter(fits).ok_or_else(|| Error::not_found("comment", &ask.comment_id))?;
    Ok((ticket, comment))
}

/// The newest ticket that goes on with this one, if its work is not over.
async fn open_follow_up(tx: &mut Tx, ended_id: &str) -> Result<Option<Ticket>> {
    let links = links::of_ticket(tx.conn(), ended_id).await?;
    let goes_on = |link: &&Link| link.kind == LinkKind::FollowUp && link.to_id == ended_id;
    let Some(newest) = links.iter().rfind(goes_on) else { return Ok(None) };
    let is_over = |status| matches!(status, Status::Closed | Status::Rejected | Status::Withdrawn);
    Ok(tickets::any_ticket(tx, &newest.from_id).await?.filter(|ticket| !is_over(ticket.status)))
}

/// What the new ticket says: the answer, with the people and the place of the one that ended.
fn going_on(ended: &Ticket, answer: Comment) -> Ticket {
    Ticket {
        subject: ended.subject.clone(),
        description: answer.text,
        description_html: answer.html,
        requester_id: ended.requester_id.clone(),
        on_behalf_of_id: ended.on_behalf_of_id.clone(),
        cc_ids: ended.cc_ids.clone(),
        department_id: ended.department_id.clone(),
        category_id: ended.category_id.clone(),
        priority: ended.priority,
        priority_by_hand: ended.priority_by_hand,
        impact: ended.impact,
        urgency: ended.urgency,
        tags: ended.tags.clone(),
        language: ended.language.clone(),
        source: ended.source,
        ..Ticket::blank(0)
    }
}

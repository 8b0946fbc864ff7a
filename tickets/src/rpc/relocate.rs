//! `MoveComment`.

use mesh_core::{
    caller::Caller,
    db::Tx,
    error::{Error, Result, Violations},
    idempotency::RequestKey,
    outbox::{self, Cause},
    policy::Action,
};
use proto::tickets::v1::{self as wire, MoveCommentRequest};

use super::{ATTEMPTS, Tickets, merge::names, outrun};
use crate::{
    access,
    comment::Comment,
    entry::{Entry, What},
    events,
    store::{comments, history, tickets},
    ticket::Ticket,
    wire::comment as encode,
};

const METHOD: &str = "/ticketmesh.tickets.v1.TicketService/MoveComment";

impl Tickets {
    /// Moves a comment, with its replies, to another ticket.
    pub(super) async fn move_comment(
        &self,
        caller: &Caller,
        ask: MoveCommentRequest,
    ) -> Result<wire::Comment> {
        let key = RequestKey::new(caller, METHOD, &ask.request_id, &ask)?;
        let mut wrong = Violations::default();
        wrong.id("id", &ask.id, "cmt");
        wrong.id("target_ticket_id", &ask.target_ticket_id, "tkt");
        wrong.into_result()?;
        for _ in 0..ATTEMPTS {
            if let Some(done) = self.try_move(caller, &key, &ask).await? {
                return Ok(done);
            }
        }
        Err(outrun())
    }

    /// `None` when somebody else moved it while we looked at it.
    async fn try_move(
        &self,
        caller: &Caller,
        key: &RequestKey,
        ask: &MoveCommentRequest,
    ) -> Result<Option<wire::Comment>> {
        let mut tx = self.store.db().begin().await?;
        if let Some(done) = key.replay(&mut tx).await? {
            return Ok(Some(done));
        }
        let (from, comment) = self.read_comment(&mut tx, caller, &ask.id).await?;
        let to = self.seen_in(&mut tx, caller, &ask.target_ticket_id).await?;
        if from.id == to.id {
            let problem = "is where the comment stands; name another ticket";
            return Err(Error::invalid("target_ticket_id", problem));
        }
        for ticket in [&from, &to] {
            access::check(caller, Action::TicketMerge, ticket)?;
        }
        let ids = [from.id.as_str(), to.id.as_str()];
        let touched = tickets::touch(&mut tx, ids, !comment.is_internal()).await?;
        let tickets = touched.ok_or_else(|| Error::not_found("ticket", &to.id))?;
        tickets[1].expect_whole()?;
        if !comments::relocate(&mut tx, &comment, &to.id).await? {
            return Ok(None);
        }
        self.tell_of_move(&mut tx, &Cause::of(caller), &comment, &tickets).await?;
        let answer = encode(&Comment { ticket_id: to.id, ..comment });
        key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(Some(answer))
    }

    /// Writes what happened into both histories, for the staff, and into the outbox, for those who read the comment.
    async fn tell_of_move(
        &self,
        tx: &mut Tx,
        cause: &Cause,
        comment: &Comment,
        tickets: &[Ticket; 2],
    ) -> Result<()> {
        let [from, to] = tickets;
        for ticket in tickets {
            let entry = Entry {
                id: tx.ids().id("his"),
                time: tx.micros(),
                actor: cause.actor().clone().into(),
                cause: String::new(),
                internal: true,
                what: What::CommentMoved {
                    comment_id: comment.id.clone(),
                    from: self.named(from),
                    to: self.named(to),
                },
            };
            history::add(tx, &[(ticket.id.as_str(), &entry)]).await?;
            let counted = tickets::recount(tx, &ticket.id).await?.unwrap_or_else(|| ticket.clone());
            let news = if comment.is_internal() {
                events::changed_inside(&counted, &self.style, names(&["timeline"]))
            } else {
                events::changed(&counted, &self.style, names(&["comment_count", "timeline"]))
            };
            outbox::push(tx, cause, news).await?;
        }
        Ok(())
    }
}

//! `SaveDraft`, `GetDraft`, `DiscardDraft`: what the caller is writing, for his eyes only. On a stub they mean the ticket it leads to.

use mesh_core::{
    caller::Caller,
    clock,
    error::{Error, Result, Violations},
};
use proto::tickets::v1::{
    DiscardDraftRequest, DiscardDraftResponse, Draft, DraftKind, GetDraftRequest, SaveDraftRequest,
};

use super::Tickets;
use crate::{
    store::{
        drafts::{self, DraftKey},
        tickets,
    },
    wire,
};

/// Bytes of a draft; a little more than what it becomes, so that nothing typed is refused before it is sent.
const LONGEST: usize = 131_072;

impl Tickets {
    /// Keeps a draft; the last one wins.
    pub(super) async fn keep_draft(&self, caller: &Caller, ask: SaveDraftRequest) -> Result<Draft> {
        let draft = ask.draft.unwrap_or_default();
        let asked = self.draft_key(caller, &draft.ticket_id, draft.kind()).await?;
        let mut wrong = Violations::default();
        wrong.when(draft.text.len() > LONGEST, "draft.text", "is too long; keep at most 131072 bytes");
        wrong.when(draft.text.contains('\0'), "draft.text", "has NUL characters; remove them");
        wrong.into_result()?;
        let mut tx = self.store.db().begin().await?;
        let leads_to = tickets::destination(&mut tx, asked.ticket_id).await?;
        let key = DraftKey { ticket_id: leads_to.as_deref().unwrap_or(asked.ticket_id), ..asked };
        drafts::save(&mut tx, key, &draft.text).await?;
        let save_time = Some(clock::to_proto(tx.now()));
        tx.commit().await?;
        Ok(Draft { save_time, ..draft })
    }

    /// The caller's draft.
    pub(super) async fn draft(&self, caller: &Caller, ask: GetDraftRequest) -> Result<Draft> {
        let key = self.draft_key(caller, &ask.ticket_id, ask.kind()).await?;
        let found = self.store.draft(key).await?.ok_or_else(|| Error::not_found("draft", &ask.ticket_id))?;
        let (text, save_time) = (found.text, wire::time(found.save_time));
        Ok(Draft { ticket_id: ask.ticket_id, kind: ask.kind, text, save_time })
    }

    /// Throws the caller's draft away.
    pub(super) async fn drop_draft(
        &self,
        caller: &Caller,
        ask: DiscardDraftRequest,
    ) -> Result<DiscardDraftResponse> {
        let key = self.draft_key(caller, &ask.ticket_id, ask.kind()).await?;
        let mut tx = self.store.db().begin().await?;
        drafts::discard(&mut tx, key).await?;
        drafts::discard_on_the_way(&mut tx, key).await?;
        tx.commit().await?;
        Ok(DiscardDraftResponse {})
    }

    /// Whose draft of what, if it can be one and the caller may see the ticket.
    async fn draft_key<'a>(
        &self,
        caller: &'a Caller,
        ticket_id: &'a str,
        kind: DraftKind,
    ) -> Result<DraftKey<'a>> {
        let is_new = kind == DraftKind::Ticket;
        let mut wrong = Violations::default();
        wrong.when(kind == DraftKind::Unspecified, "kind", "is unknown; use REPLY, NOTE or TICKET");
        wrong.when(
            is_new && !ticket_id.is_empty(),
            "ticket_id",
            "contradicts the kind; a new ticket has no id yet",
        );
        if !is_new {
            wrong.id("ticket_id", ticket_id, "tkt");
        }
        wrong.into_result()?;
        if !is_new {
            self.seen(caller, ticket_id, false).await?;
        }
        Ok(DraftKey { person_id: caller.user_id()?, ticket_id, kind })
    }
}

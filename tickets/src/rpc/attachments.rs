//! `AttachmentService`. The bytes go by the front door; `uploads.rs` hears that they came.

use mesh_core::{
    audit::Deed,
    caller::{Caller, open},
    db::Tx,
    error::{Error, Result, Violations},
    idempotency::RequestKey,
    outbox::{self, Cause},
    page,
    policy::Action,
};
use proto::tickets::v1::{
    self as wire, AttachmentState, CreateUploadRequest, DeleteAttachmentRequest, DeleteAttachmentResponse,
    ErrorReason, GetAttachmentRequest, ListAttachmentsRequest, ListAttachmentsResponse, Upload,
    attachment_service_server::AttachmentService,
};
use tonic::{Request, Response, Status};

use super::{Attachments, cut};
use crate::{
    access::{self, reads_notes},
    attachment::{Attachment, LIFETIME, MOST_UNUSED, check_name, kind::promised},
    entry::{Entry, What},
    events, files,
    store::{
        attachments::{self, Listing},
        history,
        words::{self, Changed},
    },
    ticket::Ticket,
    wire::{attachment as encode, time},
};

const CREATE: &str = "/ticketmesh.tickets.v1.AttachmentService/CreateUpload";

/// Files on a page when nobody says how many.
const PAGE: i32 = 50;

#[tonic::async_trait]
impl AttachmentService for Attachments {
    async fn create_upload(&self, request: Request<CreateUploadRequest>) -> Result<Response<Upload>, Status> {
        let (caller, ask) = open(request)?;
        Ok(Response::new(self.prepare(&caller, ask).await?))
    }

    async fn get_attachment(
        &self,
        request: Request<GetAttachmentRequest>,
    ) -> Result<Response<wire::Attachment>, Status> {
        let (caller, ask) = open(request)?;
        let (file, _) = self.seen(&caller, &ask.id).await?;
        Ok(Response::new(encode(&file)))
    }

    async fn list_attachments(
        &self,
        request: Request<ListAttachmentsRequest>,
    ) -> Result<Response<ListAttachmentsResponse>, Status> {
        let (caller, ask) = open(request)?;
        Ok(Response::new(self.list(&caller, ask).await?))
    }

    async fn delete_attachment(
        &self,
        request: Request<DeleteAttachmentRequest>,
    ) -> Result<Response<DeleteAttachmentResponse>, Status> {
        let (caller, ask) = open(request)?;
        self.delete(&caller, &ask.id).await?;
        Ok(Response::new(DeleteAttachmentResponse {}))
    }
}

impl Attachments {
    /// Prepares an upload.
    async fn prepare(&self, caller: &Caller, ask: CreateUploadRequest) -> Result<Upload> {
        let key = RequestKey::new(caller, CREATE, &ask.request_id, &ask)?;
        let sent = ask.attachment.unwrap_or_default();
        self.check_new(&sent)?;
        let owner_id = caller.user_id()?;
        if !sent.ticket_id.is_empty() {
            let ticket = self.desk.seen(caller, &sent.ticket_id, false).await?;
            if !access::may(caller, Action::TicketNote, &ticket) {
                access::check(caller, Action::TicketReply, &ticket)?;
            }
        }

        let mut tx = self.files.store.db().begin().await?;
        if let Some(done) = key.replay(&mut tx).await? {
            return Ok(done);
        }
        if attachments::unused(&mut tx, owner_id).await? >= MOST_UNUSED {
            let message = "you have 50 files that you used nowhere yet; send or delete some first";
            return Err(Error::failed_precondition(&ErrorReason::TooMany, message));
        }
        let file = awaited(tx.ids().id("att"), owner_id.to_owned(), sent, tx.micros());
        attachments::insert(&mut tx, &file).await?;
        files::expire_later(&mut tx, &file).await?;
        let answer = Upload {
            path: format!("/files/uploads/{}", file.id),
            expire_time: time(file.expire_time),
            attachment: Some(encode(&file)),
        };
        key.record(&mut tx, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    fn check_new(&self, sent: &wire::Attachment) -> Result<()> {
        let mut wrong = Violations::default();
        wrong.optional_id("attachment.ticket_id", &sent.ticket_id, "tkt");
        check_name("attachment.name", &sent.name, &mut wrong);
        let size = u64::try_from(sent.size_bytes).unwrap_or_default();
        wrong.when(
            size == 0,
            "attachment.size_bytes",
            "is 0 or less; an empty file says nothing, leave it out",
        );
        if size > self.files.most_bytes {
            let problem = format!("is too large; send files of at most {} bytes", self.files.most_bytes);
            wrong.add("attachment.size_bytes", problem);
        }
        wrong.into_result()
    }

    /// The file with the ticket it is used on, as far as the caller may see it.
    async fn seen(&self, caller: &Caller, id: &str) -> Result<(Attachment, Option<Ticket>)> {
        let missing = || Error::not_found("file", id);
        let file = self.files.store.attachment(id).await?.ok_or_else(missing)?;
        if !file.is_used() {
            let own = caller.user_id().is_ok_and(|caller_id| file.is_by(caller_id));
            return if own { Ok((file, None)) } else { Err(missing()) };
        }
        let ticket = self.desk.seen(caller, &file.ticket_id, false).await.map_err(|error| match error {
            Error::NotFound { .. } => missing(),
            error => error,
        })?;
        if file.is_internal() && !reads_notes(caller, &ticket) {
            return Err(missing());
        }
        Ok((file, Some(ticket)))
    }

    /// A page of the files of a ticket.
    async fn list(&self, caller: &Caller, ask: ListAttachmentsRequest) -> Result<ListAttachmentsResponse> {
        let mut wrong = Violations::default();
        wrong.id("ticket_id", &ask.ticket_id, "tkt");
        wrong.when(ask.page_size < 0, "page_size", "is negative; give 1 to 200");
        wrong.into_result()?;
        let (size, token) = (page::size(ask.page_size, PAGE), ask.page_token.clone());
        let signed = ListAttachmentsRequest { page_size: 0, page_token: String::new(), ..ask };
        let after = self.desk.pages.open(caller, &signed, &token)?.unwrap_or_default();
        let ticket = self.desk.seen(caller, &signed.ticket_id, false).await?;
        let with_notes = reads_notes(caller, &ticket);
        let limit = size + 1; // One more than shown tells whether another page follows.
        let listing = Listing { ticket_id: &ticket.id, with_notes, after, limit };
        let mut found = self.files.store.attachments(&listing).await?;
        let has_more = cut(&mut found, size);
        let next_page_token = match found.last().filter(|_| has_more) {
            Some(last) => self.desk.pages.seal(caller, &signed, &last.id)?,
            None => String::new(),
        };
        Ok(ListAttachmentsResponse { attachments: found.iter().map(encode).collect(), next_page_token })
    }

    /// Deletes a file.
    async fn delete(&self, caller: &Caller, id: &str) -> Result<()> {
        let mut wrong = Violations::default();
        wrong.id("id", id, "att");
        wrong.into_result()?;
        let (file, ticket) = self.seen(caller, id).await?;
        let mut tx = self.files.store.db().begin().await?;
        if let Some(ticket) = &ticket
            && !access::may(caller, Action::TicketDelete, ticket)
        {
            if !caller.user_id().is_ok_and(|caller_id| file.is_by(caller_id)) {
                access::check(caller, Action::TicketDelete, ticket)?;
            }
            file.expect_fresh(tx.micros())?;
        }
        let content = attachments::delete(&mut tx, id).await?.ok_or_else(|| Error::not_found("file", id))?;
        files::collect_later(&mut tx, vec![content]).await?;
        if let Some(ticket) = ticket {
            let cause = Cause::of(caller);
            let entry = deletion(&tx, &cause, &file);
            let changed = if file.is_internal() { Changed::Notes } else { Changed::Public };
            words::refresh(&mut tx, ticket.number, changed).await?;
            history::add(&mut tx, &[(ticket.id.as_str(), &entry)]).await?;
            outbox::push(&mut tx, &cause, events::attachment_changed(&file, &ticket, true)).await?;
            let deed = Deed::new("attachment.deleted", id).saying("ticket_id", ticket.id.as_str());
            deed.note(&mut tx, caller).await?;
        }
        tx.commit().await?;
        self.files.discard(id).await;
        Ok(())
    }
}

/// The entry that tells of a file that was deleted.
fn deletion(tx: &Tx, cause: &Cause, file: &Attachment) -> Entry {
    let gone = wire::FieldChange {
        field: "attachments".to_owned(),
        old_value: file.name.clone(),
        new_value: String::new(),
    };
    Entry {
        id: tx.ids().id("his"),
        time: tx.micros(),
        actor: cause.actor().clone().into(),
        cause: String::new(),
        internal: file.is_internal(),
        what: What::changes(vec![gone]),
    }
}

/// The file whose bytes are awaited from now on.
fn awaited(id: String, owner_id: String, sent: wire::Attachment, now: i64) -> Attachment {
    Attachment {
        id,
        ticket_id: sent.ticket_id,
        comment_id: String::new(),
        internal: 0,
        owner_id,
        content_type: promised(&sent.name).to_owned(),
        name: sent.name,
        size: sent.size_bytes,
        sha256: String::new(),
        width: 0,
        height: 0,
        state: AttachmentState::Uploading,
        create_time: now,
        expire_time: now + LIFETIME,
        bind_time: 0,
    }
}

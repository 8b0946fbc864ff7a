//! What the front door and people do with files.

use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use mesh_core::blobs::{Expected, Stretch};
use proto::tickets::v1::{
    AddCommentRequest, Attachment, Comment, CommentKind, CreateTicketRequest, CreateUploadRequest,
    DeleteAttachmentRequest, FinishUploadRequest, GetAttachmentRequest, ListAttachmentsRequest, Ticket,
    Upload, upload_service_client::UploadServiceClient,
};

use super::{Answer, Client, Desk, fresh};

impl Desk {
    /// Puts bytes where the front door puts what somebody sends.
    pub(crate) async fn send(&self, id: &str, at: u64, bytes: &'static [u8]) {
        let expected = Expected { max_bytes: u64::MAX, ..Expected::default() };
        let stretch = Stretch { upload: id, at, expected: &expected };
        let bytes = stream::iter([Ok(Bytes::from_static(bytes))]).boxed();
        self.world.process().blobs.append(stretch, bytes).await.expect("stored");
    }

    /// Says that all bytes have come, as the front door does.
    pub(crate) async fn finish(&self, id: &str, sha256: &str) -> Answer<Attachment> {
        let mut client = UploadServiceClient::new(self.service.as_mesh());
        let ask = FinishUploadRequest { id: id.to_owned(), sha256: sha256.to_owned() };
        Ok(client.finish_upload(ask).await?.into_inner())
    }

    /// A file that somebody sent and used nowhere yet; without a ticket it is for one not yet filed.
    pub(crate) async fn file_of(
        &self,
        client: &Client,
        ticket: Option<&Ticket>,
        name: &str,
        bytes: &'static [u8],
    ) -> Attachment {
        let upload = client.upload(ticket, name, bytes.len()).await.expect("prepared");
        let id = upload.attachment.expect("a file").id;
        self.send(&id, 0, bytes).await;
        self.finish(&id, "").await.expect("taken")
    }

    /// Whether the file store has a content.
    pub(crate) async fn keeps(&self, sha256: &str) -> bool {
        match self.world.process().blobs.get(sha256, None).await {
            Ok(blob) => blob.bytes.try_collect::<Vec<_>>().await.is_ok(),
            Err(_) => false,
        }
    }
}

impl Client {
    pub(crate) async fn upload(&self, ticket: Option<&Ticket>, name: &str, size: usize) -> Answer<Upload> {
        let attachment = Attachment {
            ticket_id: ticket.map(|ticket| ticket.id.clone()).unwrap_or_default(),
            name: name.to_owned(),
            size_bytes: i64::try_from(size).expect("a small file"),
            ..Attachment::default()
        };
        let ask = CreateUploadRequest { attachment: Some(attachment), request_id: fresh() };
        Ok(self.files().create_upload(ask).await?.into_inner())
    }

    pub(crate) async fn file_with(&self, ticket: Ticket, attachment_ids: Vec<String>) -> Answer<Ticket> {
        let ask = CreateTicketRequest { ticket: Some(ticket), request_id: fresh(), attachment_ids };
        Ok(self.raw().create_ticket(ask).await?.into_inner())
    }

    pub(crate) async fn say_with(
        &self,
        ticket: &Ticket,
        kind: CommentKind,
        attachment_ids: Vec<String>,
    ) -> Answer<Comment> {
        let comment = Comment {
            ticket_id: ticket.id.clone(),
            kind: kind.into(),
            text: "See the file.".into(),
            attachment_ids,
            ..Comment::default()
        };
        let ask =
            AddCommentRequest { comment: Some(comment), request_id: fresh(), ..AddCommentRequest::default() };
        Ok(self.raw().add_comment(ask).await?.into_inner())
    }

    pub(crate) async fn attachment(&self, id: &str) -> Answer<Attachment> {
        let ask = GetAttachmentRequest { id: id.to_owned() };
        Ok(self.files().get_attachment(ask).await?.into_inner())
    }

    /// The names of a ticket's files, in small pages.
    pub(crate) async fn names(&self, ticket: &Ticket) -> Answer<Vec<String>> {
        let mut names = vec![];
        let mut page_token = String::new();
        loop {
            let ask = ListAttachmentsRequest { ticket_id: ticket.id.clone(), page_size: 1, page_token };
            let page = self.files().list_attachments(ask).await?.into_inner();
            names.extend(page.attachments.into_iter().map(|file| file.name));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(names);
            }
        }
    }

    pub(crate) async fn delete_file(&self, id: &str) -> Answer<()> {
        let ask = DeleteAttachmentRequest { id: id.to_owned() };
        self.files().delete_attachment(ask).await.map(drop)
    }
}

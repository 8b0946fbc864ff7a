//! Files of tickets: a place to send one to, and its bytes piece by piece.
//!
//! Bytes travel by HTTP, not by gRPC: `PUT` to the place's path with `Upload-Offset`, the number of bytes sent before; `HEAD` says by the
//! same header how many have come, so that sending goes on after a broken connection.

use proto::tickets::v1::{
    Attachment, CreateUploadRequest, DeleteAttachmentRequest, ListAttachmentsRequest, Upload,
    attachment_service,
};
use web_sys::Blob;

use super::{Answer, Kind, MARK, Trouble, ask};
use crate::browser::{self, Reply};
use crate::text::{self, t};

const OFFSET: &str = "upload-offset";
/// Files asked for at a time, the most the server gives.
const PAGE: i32 = 200;

/// A place for a file of a ticket, or of one not filed yet; the same `request_id` makes one place.
pub(crate) async fn place(
    ticket_id: String,
    name: String,
    size_bytes: i64,
    request_id: String,
) -> Answer<Upload> {
    let attachment = Attachment { ticket_id, name, size_bytes, ..Attachment::default() };
    let asked = CreateUploadRequest { attachment: Some(attachment), request_id };
    ask(attachment_service::CREATE_UPLOAD, asked).await
}

/// All files of a ticket: its own and those of the comments one may read, oldest first.
pub(crate) async fn of_ticket(ticket_id: String) -> Answer<Vec<Attachment>> {
    let mut all = Vec::new();
    let mut page_token = String::new();
    loop {
        let ticket_id = ticket_id.clone();
        let asked = ListAttachmentsRequest { ticket_id, page_size: PAGE, page_token };
        let page = ask(attachment_service::LIST_ATTACHMENTS, asked).await?;
        all.extend(page.attachments);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(all);
        }
    }
}

/// Where the bytes of a file are.
pub(crate) fn address(id: &str) -> String {
    format!("/files/{id}")
}

/// Takes a file away again.
pub(crate) async fn delete(id: String) -> Answer<()> {
    let asked = DeleteAttachmentRequest { id };
    ask(attachment_service::DELETE_ATTACHMENT, asked).await.map(|_| ())
}

/// Sends the bytes that follow those sent before.
pub(crate) async fn put(path: &str, offset: u64, piece: &Blob) -> Answer<()> {
    let offset = offset.to_string();
    let headers = [(OFFSET, offset.as_str()), ("content-type", "application/octet-stream"), MARK];
    taken(browser::send("PUT", path, &headers, Some(piece)).await).map(drop)
}

/// How many bytes have come.
pub(crate) async fn received(path: &str) -> Answer<u64> {
    let reply = taken(browser::send("HEAD", path, &[MARK], None).await)?;
    Ok(reply.header(OFFSET).and_then(|offset| offset.parse().ok()).unwrap_or_default())
}

fn taken(reply: Option<Reply>) -> Answer<Reply> {
    match reply {
        Some(reply) if (200..300).contains(&reply.status) => Ok(reply),
        Some(reply) => Err(refused(reply.status, &message(&reply.text))),
        None => Err(Trouble::said(Kind::Offline, t!("trouble-offline"))),
    }
}

/// The sentence of a refusal, which comes as JSON; the text itself where it is none.
pub(super) fn message(text: &str) -> String {
    let fields = browser::json_fields(text);
    let found = fields.into_iter().find(|(name, _)| name == "message");
    found.map_or_else(|| text.to_owned(), |(_, message)| message)
}

/// A refusal that came by HTTP.
pub(super) fn refused(status: u16, why: &str) -> Trouble {
    let (kind, words) = match status {
        401 => (Kind::SignedOut, t!("trouble-signed-out")),
        404 | 410 => (Kind::NotFound, t!("upload-expired")),
        409 => (Kind::Stale, t!("upload-interrupted")),
        413 => (Kind::Refused, t!("upload-too-large")),
        429 => (Kind::Busy, t!("trouble-busy")),
        408 | 502..=504 => (Kind::Offline, t!("trouble-offline")),
        500.. => (Kind::Fault, t!("trouble-fault")),
        _ => (Kind::Refused, text::sentence(why)),
    };
    Trouble::said(kind, words)
}

#[cfg(test)]
mod tests {
    use super::refused;
    use crate::api::Kind;

    #[test]
    fn a_refusal_by_http_means_what_it_would_by_grpc() {
        assert_eq!(refused(401, "").kind, Kind::SignedOut);
        assert_eq!(refused(409, "").kind, Kind::Stale);
        assert_eq!(refused(503, "").kind, Kind::Offline);
        let refused = refused(400, "the content is not what the name says\n");
        assert_eq!(
            (refused.kind, refused.sentence.as_str()),
            (Kind::Refused, "The content is not what the name says.")
        );
    }
}

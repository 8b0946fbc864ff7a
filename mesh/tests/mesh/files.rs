//! Files through the whole mesh: sent, used, fetched, and kept where the settings say.

use http::{Method, StatusCode};
use mesh_core::testing::s3_url;
use proto::tickets::v1::{
    Attachment, CreateTicketRequest, CreateUploadRequest, ListAttachmentsRequest, Ticket,
};
use rstest::rstest;

use crate::{
    deeds::fresh,
    faces::Faces,
    people::{Office, Person},
    running::{Mesh, Mode},
};

/// More than the file store sends at a time.
const LARGE: usize = 9 * 1024 * 1024;

impl Person {
    /// Sends a file; its id.
    pub(crate) async fn send(&self, faces: &Faces, name: &str, bytes: &[u8]) -> String {
        let size_bytes = i64::try_from(bytes.len()).expect("a small file");
        let attachment = Attachment { name: name.into(), size_bytes, ..Attachment::default() };
        let ask = CreateUploadRequest { attachment: Some(attachment), request_id: fresh() };
        let upload = self.attachments().create_upload(ask).await.expect("prepared").into_inner();
        let sent = faces.http(Method::PUT, &upload.path, "", &self.token, bytes.to_vec()).await;
        assert_eq!(sent.status, StatusCode::OK, "{sent:?}");
        upload.attachment.expect("a file").id
    }

    /// Files a ticket with a file.
    pub(crate) async fn file_with(&self, department_id: &str, file_id: &str) -> Ticket {
        let ticket = Ticket {
            subject: "See the file".into(),
            department_id: department_id.into(),
            ..Ticket::default()
        };
        let attachment_ids = vec![file_id.to_owned()];
        let ask = CreateTicketRequest { ticket: Some(ticket), request_id: fresh(), attachment_ids };
        self.tickets().create_ticket(ask).await.expect("a ticket").into_inner()
    }

    /// A file as the front door hands it out.
    pub(crate) async fn fetch(&self, faces: &Faces, id: &str) -> (StatusCode, Vec<u8>) {
        let reply = faces.http(Method::GET, &format!("/files/{id}"), "", &self.token, "").await;
        (reply.status, reply.body.to_vec())
    }
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_from_a_requester_to_an_agent(#[values(Mode::All, Mode::Roles)] mode: Mode) {
    let mut mesh = Mesh::laid_out(mode).await;
    // Where services are apart, they share a bucket; in one process the data folder will do.
    let bucket = format!("s3://ticketmesh/{}", mesh.folder().file_name().expect("a name").to_string_lossy());
    for (setting, value) in [
        ("TM_BLOBS_URL", bucket),
        ("AWS_ENDPOINT_URL", s3_url()),
        ("AWS_ACCESS_KEY_ID", "test".into()),
        ("AWS_SECRET_ACCESS_KEY", "test".into()),
        ("AWS_REGION", "us-east-1".into()),
    ] {
        mesh.detour(setting, value);
    }
    mesh.open().await;
    let Office { department_id, agent, requester, stranger } = Office::open(&mesh).await;
    let faces = Faces::of(&mesh);
    let bytes: Vec<u8> = (0..LARGE).map(|at| b"0123456789abcde\n"[at % 16]).collect();
    let file = requester.send(&faces, "log.txt", &bytes).await;
    let ticket = requester.file_with(&department_id, &file).await;
    let ask = ListAttachmentsRequest { ticket_id: ticket.id.clone(), ..ListAttachmentsRequest::default() };
    let listed = agent.attachments().list_attachments(ask).await.expect("listed").into_inner().attachments;
    assert_eq!(listed.iter().map(|file| file.id.as_str()).collect::<Vec<_>>(), [file.as_str()]);
    let (status, fetched) = agent.fetch(&faces, &file).await;
    assert!(status == StatusCode::OK && fetched == bytes, "{status}");
    assert_eq!(stranger.fetch(&faces, &file).await.0, StatusCode::NOT_FOUND);
}

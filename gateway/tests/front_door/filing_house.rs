//! The front door before real tickets: people who send files, and those who fetch them.

use std::sync::Arc;

use gateway::Peers;
use http::{Method, StatusCode};
use mesh_core::{
    blobs::{Blobs, Bucket},
    db::Engine,
    testing::{World, s3_url},
};
use proto::{
    identity::v1::Permission,
    tickets::v1::{
        AddCommentRequest, Attachment, Comment, CommentKind, CreateTicketRequest, CreateUploadRequest,
        Ticket, attachment_service_client::AttachmentServiceClient,
        ticket_service_client::TicketServiceClient,
    },
};
use tickets::FilesConfig;
use tokio::{io::AsyncWriteExt as _, net::TcpStream};
use tonic::{Request, service::Routes, transport::Channel};

use crate::{
    behind::{DEPARTMENT, Identity, local},
    house::{Front, Reply},
};

pub(crate) const PNG: &[u8] = include_bytes!("../../../identity/tests/it/dot.png");

/// A gateway before tickets and a made-up identity.
pub(crate) struct FilingHouse {
    pub(crate) front: Front,
    identity: Identity,
}

/// Somebody with a token.
pub(crate) struct Person {
    pub(crate) bearer: String,
}

impl FilingHouse {
    pub(crate) async fn open() -> Self {
        Self::with(FilesConfig::default(), &[]).await
    }

    /// With files taken so, behind a gateway with these arguments.
    pub(crate) async fn with(files: FilesConfig, arguments: &[&str]) -> Self {
        Self::over(world().await, files, arguments).await
    }

    /// With files in a bucket to which browsers are sent.
    pub(crate) async fn in_s3() -> Self {
        let world = world().await;
        let folder = tempfile::tempdir().expect("a name");
        let name = folder.path().file_name().expect("a name").to_string_lossy().into_owned();
        let bucket = Bucket::at(&s3_url(), &format!("s3://ticketmesh/{name}"), ["test", "test"]);
        let process = world.process();
        let store = bucket.and_then(|bucket| bucket.open(true, &process.ids, &process.clock));
        let blobs: Arc<dyn Blobs> = Arc::new(store.expect("a bucket"));
        Self::over(world.keeping(blobs), FilesConfig::default(), &[]).await
    }

    async fn over(world: World, files: FilesConfig, arguments: &[&str]) -> Self {
        let process = world.process();
        let identity = Identity::new(&process);
        let config =
            tickets::Config { database_url: world.database_url(), ticket_prefix: "TX".into(), files };
        let deps = tickets::Deps { process: process.clone(), identity: identity.peer(&process) };
        let tickets = world.peer(tickets::build(config, deps).await.expect("tickets stands"));
        let nothing = local(&process, "nothing", Routes::default());
        let peers = Peers {
            identity: identity.peer(&process),
            tickets: tickets.peer("gateway"),
            workflow: nothing.clone(),
            notify: nothing,
        };
        Self { front: Front::open(world, "http://127.0.0.1:8080", peers, arguments).await, identity }
    }

    pub(crate) fn blobs(&self) -> Arc<dyn Blobs> {
        self.front.process().blobs
    }

    /// Somebody without any permission.
    pub(crate) fn requester(&self) -> Person {
        self.person(&[])
    }

    /// Somebody who works in the department.
    pub(crate) fn agent(&self) -> Person {
        self.person(&[Permission::TicketRead, Permission::TicketReply, Permission::TicketNote])
    }

    /// Somebody who leads the department.
    pub(crate) fn lead(&self) -> Person {
        self.person(&[Permission::TicketRead, Permission::TicketBulk, Permission::TicketExport])
    }

    fn person(&self, permissions: &[Permission]) -> Person {
        let id = self.front.process().ids.id("usr");
        let mut claims = self.identity.claims(id.trim_start_matches("usr_"), "");
        claims.perm.departments.insert(DEPARTMENT.into(), permissions.iter().copied().collect());
        Person { bearer: format!("Bearer {}", self.identity.sign(&claims)) }
    }

    /// The person who signs in by this name, without any permission.
    pub(crate) fn bearer(&self, name: &str) -> Person {
        Person { bearer: format!("Bearer {}", self.identity.sign(&self.identity.claims(name, ""))) }
    }

    async fn files(&self) -> AttachmentServiceClient<Channel> {
        AttachmentServiceClient::new(self.front.grpc().await)
    }

    /// An upload of so many bytes; its path.
    pub(crate) async fn prepare(&self, person: &Person, name: &str, size: usize) -> String {
        let attachment = Attachment {
            name: name.into(),
            size_bytes: i64::try_from(size).expect("a small file"),
            ..Attachment::default()
        };
        let request_id = self.front.process().ids.id("req");
        let ask = CreateUploadRequest { attachment: Some(attachment), request_id };
        let prepared = self.files().await.create_upload(person.asks(ask)).await.expect("prepared");
        prepared.into_inner().path
    }

    /// Sends bytes to an upload.
    pub(crate) async fn put(
        &self,
        person: &Person,
        path: &str,
        bytes: &[u8],
        headers: &[(&str, &str)],
    ) -> Reply {
        let headers = [&[("authorization", person.bearer.as_str())], headers].concat();
        self.front.http(Method::PUT, path, &headers, bytes.to_vec()).await
    }

    /// A file that was sent; its id.
    pub(crate) async fn file(&self, person: &Person, name: &str, bytes: &[u8]) -> String {
        let path = self.prepare(person, name, bytes.len()).await;
        let reply = self.put(person, &path, bytes, &[]).await;
        assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
        reply.json()["id"].as_str().expect("an id").to_owned()
    }

    /// A file at its own address.
    pub(crate) async fn get(&self, person: &Person, id: &str, headers: &[(&str, &str)]) -> Reply {
        let headers = [&[("authorization", person.bearer.as_str())], headers].concat();
        self.front.http(Method::GET, &format!("/files/{id}"), &headers, "").await
    }

    /// How many bytes of an upload have come.
    pub(crate) async fn come(&self, person: &Person, path: &str) -> u64 {
        let reply =
            self.front.http(Method::HEAD, path, &[("authorization", person.bearer.as_str())], "").await;
        assert_eq!(reply.status, StatusCode::OK, "{reply:?}");
        reply.header("upload-offset").parse().expect("a number")
    }

    /// Begins to send and goes no further: the connection, open.
    pub(crate) async fn begin(&self, person: &Person, path: &str, size: usize, bytes: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.front.address).await.expect("connected");
        let head = format!(
            "PUT {path} HTTP/1.1\r\nhost: desk\r\nauthorization: {}\r\ncontent-length: {size}\r\n\r\n",
            person.bearer
        );
        stream.write_all(head.as_bytes()).await.expect("sent");
        stream.write_all(bytes).await.expect("sent");
        stream.flush().await.expect("sent");
        stream
    }

    /// A ticket of somebody's.
    pub(crate) async fn ticket(&self, person: &Person) -> Ticket {
        let ticket =
            Ticket { subject: "Printer".into(), department_id: DEPARTMENT.into(), ..Ticket::default() };
        let request_id = self.front.process().ids.id("req");
        let ask = CreateTicketRequest { ticket: Some(ticket), request_id, ..CreateTicketRequest::default() };
        let mut client = TicketServiceClient::new(self.front.grpc().await);
        client.create_ticket(person.asks(ask)).await.expect("filed").into_inner()
    }

    /// Uses a file with a comment.
    pub(crate) async fn say(&self, person: &Person, ticket: &Ticket, kind: CommentKind, file: &str) {
        let comment = Comment {
            ticket_id: ticket.id.clone(),
            kind: kind.into(),
            text: "See the file.".into(),
            attachment_ids: vec![file.to_owned()],
            ..Comment::default()
        };
        let request_id = self.front.process().ids.id("req");
        let ask = AddCommentRequest { comment: Some(comment), request_id, ..AddCommentRequest::default() };
        let mut client = TicketServiceClient::new(self.front.grpc().await);
        client.add_comment(person.asks(ask)).await.expect("said");
    }
}

/// Over a database of tickets.
async fn world() -> World {
    World::migrated(Engine::Sqlite, "tickets", tickets::MIGRATIONS).await
}

impl Person {
    fn asks<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", self.bearer.parse().expect("metadata"));
        request
    }
}

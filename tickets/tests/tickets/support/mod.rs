//! A tickets service on a database of its own, with a directory of departments and people beside it and an ear on the bus.

mod directory;
mod ear;
mod files;
mod forms;
mod merging;

use jiff::SignedDuration;
use mesh_core::{
    db::Engine,
    peer::PeerChannel,
    testing::{TestPeer, World},
};
use proto::{
    identity::v1::{Actor, ActorKind, Grant, Permission},
    tickets::v1::{
        AddCommentRequest, Comment, CommentKind, CreateTicketRequest, GetTicketRequest, ListTicketsRequest,
        ListTicketsResponse, ListTimelineRequest, ProjectRunRequest, Stage, Status, Ticket, TicketQuery,
        TimelineEntry, UpdateTicketRequest, attachment_service_client::AttachmentServiceClient,
        catalog_service_client::CatalogServiceClient, projection_service_client::ProjectionServiceClient,
        ticket_service_client::TicketServiceClient, view_service_client::ViewServiceClient,
    },
};
use tonic::Status as Refusal;

pub(crate) use directory::Directory;
pub(crate) use ear::Ear;
pub(crate) use forms::{answers, category, choice, field, text};

/// What an agent of a department holds.
pub(crate) const AGENT: [Permission; 5] = [
    Permission::TicketRead,
    Permission::TicketReply,
    Permission::TicketNote,
    Permission::TicketUpdate,
    Permission::TicketCreate,
];

/// The service under test and the world around it.
pub(crate) struct Desk {
    pub(crate) world: World,
    pub(crate) service: TestPeer,
    pub(crate) directory: Directory,
    pub(crate) ear: Ear,
}

/// Somebody who calls the service.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) id: String,
    tickets: TicketServiceClient<PeerChannel>,
    catalogue: CatalogServiceClient<PeerChannel>,
    files: AttachmentServiceClient<PeerChannel>,
    views: ViewServiceClient<PeerChannel>,
}

impl Desk {
    pub(crate) async fn open(engine: Engine) -> Self {
        Self::taking(engine, tickets::FilesConfig::default()).await
    }

    /// With files taken so.
    pub(crate) async fn taking(engine: Engine, files: tickets::FilesConfig) -> Self {
        Self::stand(engine, files, Directory::default()).await
    }

    /// Beside a directory of people and departments that are there already.
    pub(crate) async fn open_knowing(engine: Engine, directory: Directory) -> Self {
        Self::stand(engine, tickets::FilesConfig::default(), directory).await
    }

    async fn stand(engine: Engine, files: tickets::FilesConfig, directory: Directory) -> Self {
        let world = World::migrated(engine, "tickets", tickets::MIGRATIONS).await;
        let identity = world.peer(directory.service());
        let ear = Ear::default();
        world.run(world.process().bus.subscribe(ear.subscription()));
        let config =
            tickets::Config { database_url: world.database_url(), ticket_prefix: "TX".into(), files };
        let deps = tickets::Deps { process: world.process(), identity: identity.peer("tickets") };
        let service = tickets::build(config, deps).await.expect("the service is built");
        let service = world.peer(service);
        Self { world, service, directory, ear }
    }

    /// Has the index of words made anew, by a service that starts after the command.
    pub(crate) async fn rebuild_index(&self) {
        let config = tickets::Config {
            database_url: self.world.database_url(),
            ticket_prefix: "TX".into(),
            files: tickets::FilesConfig::default(),
        };
        tickets::rebuild_index(&config, &self.world.process()).await.expect("asked for");
        let identity = self.world.peer(self.directory.service()).peer("tickets");
        let deps = tickets::Deps { process: self.world.process(), identity };
        self.world.peer(tickets::build(config, deps).await.expect("the service is built"));
        self.world.settle().await;
    }

    /// A new id of a kind.
    pub(crate) fn id(&self, prefix: &str) -> String {
        self.world.process().ids.id(prefix)
    }

    /// A department that takes tickets.
    pub(crate) fn department(&self) -> String {
        let id = self.id("dep");
        self.directory.add_department(&id);
        id
    }

    /// Somebody without any permission.
    pub(crate) fn requester(&self) -> Client {
        self.somebody(&[])
    }

    /// Somebody who works in a department.
    pub(crate) fn agent(&self, department_id: &str) -> Client {
        self.somebody(&[(department_id, &AGENT)])
    }

    /// Somebody with these permissions in these departments.
    pub(crate) fn somebody(&self, grants: &[(&str, &[Permission])]) -> Client {
        let id = self.id("usr");
        self.directory.add_person(&id);
        self.person_with(id, grants)
    }

    /// The same person with these permissions.
    pub(crate) fn person_with(&self, id: String, grants: &[(&str, &[Permission])]) -> Client {
        let mut person = self.world.person(&id);
        let mut held = vec![];
        for (department_id, permissions) in grants {
            person = person.grants(permissions.iter().copied(), Some(department_id));
            let permissions = permissions.iter().map(|permission| i32::from(*permission)).collect();
            held.push(Grant { department_id: (*department_id).to_owned(), permissions });
        }
        self.directory.grant(&id, held);
        self.client(id, &person.token())
    }

    /// Somebody who may do everything.
    pub(crate) fn administrator(&self) -> Client {
        let id = self.id("usr");
        self.directory.add_person(&id);
        let token = self.world.person(&id).administrator().token();
        self.client(id, &token)
    }

    /// A program that may do everything.
    pub(crate) fn program(&self) -> Client {
        let id = self.id("usr");
        self.directory.add_person(&id);
        let token = self.world.person(&id).administrator().with_key("key_1").token();
        self.client(id, &token)
    }

    /// Whoever this token was made for.
    pub(crate) fn client(&self, id: String, token: &str) -> Client {
        let channel = || self.service.with_token(token);
        let tickets = TicketServiceClient::new(channel()).max_encoding_message_size(64 << 20);
        Client {
            id,
            tickets,
            catalogue: CatalogServiceClient::new(channel()),
            files: AttachmentServiceClient::new(channel()),
            views: ViewServiceClient::new(channel()),
        }
    }

    /// Lets a moment pass, so that what follows has a later time.
    pub(crate) async fn later(&self) {
        self.world.advance(SignedDuration::from_secs(60)).await;
    }

    /// Writes where a run stands, as workflow does.
    pub(crate) async fn project(&self, ask: ProjectRunRequest) -> Result<Ticket, Refusal> {
        let mut client = ProjectionServiceClient::new(self.service.as_mesh());
        client.project_run(ask).await.map(tonic::Response::into_inner)
    }

    /// Changes a field as an automation does.
    pub(crate) async fn by_itself(&self, ticket: Ticket, path: &str) {
        let ask = UpdateTicketRequest {
            ticket: Some(Ticket { etag: String::new(), ..ticket }),
            update_mask: Some(prost_types::FieldMask { paths: vec![path.to_owned()] }),
            request_id: fresh(),
            cause: "An automation".to_owned(),
        };
        TicketServiceClient::new(self.service.as_mesh()).update_ticket(ask).await.expect("changed");
    }

    /// Places a ticket in a stage, with an assignee.
    pub(crate) async fn place(
        &self,
        ticket: &Ticket,
        version: i64,
        status: Status,
        assignee: &str,
    ) -> Ticket {
        self.project(run(&ticket.id, "run_01h455vb4pex5vsknk084sn02q", version, status, assignee))
            .await
            .expect("projects")
    }
}

/// A run's state as workflow sends it.
pub(crate) fn run(
    ticket_id: &str,
    run_id: &str,
    version: i64,
    status: Status,
    assignee: &str,
) -> ProjectRunRequest {
    let label = status.as_str_name().to_owned();
    ProjectRunRequest {
        ticket_id: ticket_id.to_owned(),
        run_id: run_id.to_owned(),
        run_version: version,
        stage: Some(Stage { key: label.to_lowercase(), label }),
        status: status.into(),
        assignee_id: assignee.to_owned(),
        actor: Some(Actor { kind: ActorKind::System.into(), system: "workflow".into(), ..Actor::default() }),
        ..ProjectRunRequest::default()
    }
}

/// A fresh request id.
pub(crate) fn fresh() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("00000000-0000-4000-8000-{:012}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A ticket as a requester writes it.
pub(crate) fn ask(department_id: &str, subject: &str) -> Ticket {
    Ticket {
        subject: subject.to_owned(),
        description: "It **smokes**.".to_owned(),
        department_id: department_id.to_owned(),
        ..Ticket::default()
    }
}

type Answer<T> = Result<T, Refusal>;

impl Client {
    /// The generated client, for calls without a shorthand.
    pub(crate) fn raw(&self) -> TicketServiceClient<PeerChannel> {
        self.tickets.clone()
    }

    /// The generated client for files.
    pub(crate) fn files(&self) -> AttachmentServiceClient<PeerChannel> {
        self.files.clone()
    }

    /// The generated client of views and macros.
    pub(crate) fn views(&self) -> ViewServiceClient<PeerChannel> {
        self.views.clone()
    }

    pub(crate) async fn create(&self, ticket: Ticket) -> Answer<Ticket> {
        let ask = CreateTicketRequest {
            ticket: Some(ticket),
            request_id: fresh(),
            ..CreateTicketRequest::default()
        };
        Ok(self.raw().create_ticket(ask).await?.into_inner())
    }

    /// Files a ticket that must be taken.
    pub(crate) async fn file(&self, department_id: &str, subject: &str) -> Ticket {
        self.create(ask(department_id, subject)).await.expect("the ticket is taken")
    }

    pub(crate) async fn get(&self, id: &str) -> Answer<Ticket> {
        let ask = GetTicketRequest { id: id.to_owned(), ..GetTicketRequest::default() };
        Ok(self.raw().get_ticket(ask).await?.into_inner())
    }

    pub(crate) async fn list(&self, ask: ListTicketsRequest) -> Answer<ListTicketsResponse> {
        Ok(self.raw().list_tickets(ask).await?.into_inner())
    }

    /// Everything one sees, by id.
    pub(crate) async fn all(&self) -> Vec<String> {
        let page = self
            .list(ListTicketsRequest { page_size: 200, ..ListTicketsRequest::default() })
            .await
            .expect("lists");
        page.tickets.into_iter().map(|ticket| ticket.id).collect()
    }

    pub(crate) async fn count(&self, query: TicketQuery) -> i64 {
        let ask = proto::tickets::v1::CountTicketsRequest { queries: vec![query] };
        self.raw().count_tickets(ask).await.expect("counts").into_inner().counts[0]
    }

    pub(crate) async fn update(&self, ticket: Ticket, paths: &[&str]) -> Answer<Ticket> {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        let ask = UpdateTicketRequest {
            ticket: Some(ticket),
            update_mask: Some(prost_types::FieldMask { paths }),
            request_id: fresh(),
            cause: String::new(),
        };
        Ok(self.raw().update_ticket(ask).await?.into_inner())
    }

    pub(crate) async fn say(&self, ticket: &Ticket, kind: CommentKind, text: &str) -> Answer<Comment> {
        let comment = Comment {
            ticket_id: ticket.id.clone(),
            kind: kind.into(),
            text: text.into(),
            ..Comment::default()
        };
        let ask =
            AddCommentRequest { comment: Some(comment), request_id: fresh(), ..AddCommentRequest::default() };
        Ok(self.raw().add_comment(ask).await?.into_inner())
    }

    pub(crate) async fn reply(&self, ticket: &Ticket, text: &str) -> Comment {
        self.say(ticket, CommentKind::Public, text).await.expect("the reply is taken")
    }

    pub(crate) async fn note(&self, ticket: &Ticket, text: &str) -> Comment {
        self.say(ticket, CommentKind::Internal, text).await.expect("the note is taken")
    }

    /// The whole timeline, oldest first, in small pages.
    pub(crate) async fn timeline(&self, ticket: &Ticket) -> Answer<Vec<TimelineEntry>> {
        let mut entries = vec![];
        let mut page_token = String::new();
        loop {
            let ask = ListTimelineRequest {
                ticket_id: ticket.id.clone(),
                page_size: 2,
                page_token,
                ..ListTimelineRequest::default()
            };
            let page = self.raw().list_timeline(ask).await?.into_inner();
            entries.extend(page.entries);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(entries);
            }
        }
    }
}

/// The reason of a refusal.
pub(crate) fn reason(refusal: &Refusal) -> String {
    mesh_core::error::reason_of(refusal).unwrap_or_default()
}

/// The fields a refusal names.
pub(crate) fn wrong_fields(refusal: &Refusal) -> Vec<String> {
    use tonic_types::StatusExt as _;
    let details = refusal.get_details_bad_request();
    details.into_iter().flat_map(|details| details.field_violations).map(|wrong| wrong.field).collect()
}

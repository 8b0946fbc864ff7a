//! Workflow and the real tickets service in one world, with a directory of departments and people beside them.
#![expect(clippy::expect_used, clippy::panic, reason = "a world that does not come about fails its test")]

mod directory;
mod duty;
mod ear;
pub(crate) mod promises;

use std::time::Duration;

use jiff::SignedDuration;
use mesh_core::{
    peer::PeerChannel,
    testing::{Place, TestPeer, World},
};
use proto::{
    events::v1::{Envelope, UserAccessChanged, envelope::Event},
    identity::v1::{Grant, Permission, User, UserStatus},
    tickets::v1::{
        AddCommentRequest, Comment, CommentKind, CreateTicketRequest, GetTicketRequest, ListTimelineRequest,
        Ticket, TimelineEntry, catalog_service_client::CatalogServiceClient,
        ticket_service_client::TicketServiceClient,
    },
    workflow::v1::{
        AgentProfile, AssignmentExplanation, ExplainAssignmentRequest, GetHistoryRequest, GetRunRequest,
        ListTransitionsRequest, Presence, Run, RunHistoryEntry, SetPresenceRequest, TransitionOption,
        TransitionRequest, automation_service_client::AutomationServiceClient,
        report_service_client::ReportServiceClient, routing_service_client::RoutingServiceClient,
        run_service_client::RunServiceClient, sla_service_client::SlaServiceClient,
        workflow_service_client::WorkflowServiceClient,
    },
};
use tonic::{Response, Status as Refusal};

pub(crate) use directory::Directory;
pub(crate) use duty::{queue, seconds};
pub(crate) use ear::Ear;

/// What an agent of a department holds.
pub(crate) const AGENT: [Permission; 7] = [
    Permission::TicketRead,
    Permission::TicketReply,
    Permission::TicketNote,
    Permission::TicketUpdate,
    Permission::TicketAssign,
    Permission::TicketTransition,
    Permission::WorkflowRead,
];

/// The services and the world around them.
pub(crate) struct Desk {
    pub(crate) world: World,
    pub(crate) directory: Directory,
    pub(crate) ear: Ear,
    tickets: TestPeer,
    workflow: TestPeer,
    workflow_url: String,
}

/// Somebody who calls.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) id: String,
    pub(crate) tickets: TicketServiceClient<PeerChannel>,
    pub(crate) runs: RunServiceClient<PeerChannel>,
    pub(crate) routing: RoutingServiceClient<PeerChannel>,
    pub(crate) workflows: WorkflowServiceClient<PeerChannel>,
    pub(crate) levels: SlaServiceClient<PeerChannel>,
    pub(crate) reports: ReportServiceClient<PeerChannel>,
    pub(crate) automations: AutomationServiceClient<PeerChannel>,
}

impl Desk {
    pub(crate) async fn open(place: impl Into<Place>) -> Self {
        Self::open_with(place, Duration::ZERO).await
    }

    /// As [`open`](Self::open); agents may be silent for so long.
    pub(crate) async fn open_with(place: impl Into<Place>, away_after: Duration) -> Self {
        let world = World::migrated(place, "tickets", tickets::MIGRATIONS).await;
        let directory = Directory::default();
        let identity = world.peer(directory.service());
        let ear = Ear::default();
        world.run(world.process().bus.subscribe(ear.subscription()));
        let config = tickets::Config {
            database_url: world.database_url(),
            ticket_prefix: "TX".into(),
            files: tickets::FilesConfig::default(),
        };
        let deps = tickets::Deps { process: world.process(), identity: identity.peer("tickets") };
        let tickets = world.peer(tickets::build(config, deps).await.expect("tickets is built"));
        let workflow_url = world.another_database("workflow", workflow::MIGRATIONS).await;
        let config = workflow::Config { away_after, ..workflow::Config::over(workflow_url.clone()) };
        let workflow = replica(&world, config, &tickets, &identity).await;
        world.settle().await;
        Self { world, directory, ear, tickets, workflow, workflow_url }
    }

    /// One more workflow service over the same database.
    pub(crate) async fn add_replica(&self) -> TestPeer {
        let identity = self.world.peer(self.directory.service());
        replica(&self.world, self.workflow_config(), &self.tickets, &identity).await
    }

    pub(crate) fn workflow_config(&self) -> workflow::Config {
        workflow::Config::over(self.workflow_url.clone())
    }

    pub(crate) fn workflow_deps(&self) -> workflow::Deps {
        let identity = self.world.peer(self.directory.service());
        workflow::Deps {
            process: self.world.process(),
            tickets: self.tickets.peer("workflow"),
            identity: identity.peer("workflow"),
        }
    }

    pub(crate) fn id(&self, prefix: &str) -> String {
        self.world.process().ids.id(prefix)
    }

    pub(crate) fn department(&self) -> String {
        let id = self.id("dep");
        self.directory.add_department(&id);
        id
    }

    /// Somebody without any permission.
    pub(crate) fn requester(&self) -> Client {
        self.client(&self.world.person(&self.id("usr")))
    }

    /// Somebody who works in a department, known to workflow by identity's news; offline.
    pub(crate) async fn agent(&self, department_id: &str) -> Client {
        let id = self.id("usr");
        self.grant(&id, 1, &[department_id]).await;
        self.client(&self.world.person(&id).grants(AGENT, Some(department_id)))
    }

    /// The same, online.
    pub(crate) async fn online_agent(&self, department_id: &str) -> Client {
        let agent = self.agent(department_id).await;
        agent.be(Presence::Online).await;
        agent
    }

    /// Somebody who may do everything and works nowhere.
    pub(crate) fn administrator(&self) -> Client {
        self.client(&self.world.person(&self.id("usr")).administrator())
    }

    /// A program that may do everything.
    pub(crate) fn program(&self) -> Client {
        self.client(&self.world.person(&self.id("usr")).administrator().with_key("key_1"))
    }

    pub(crate) fn client(&self, person: &mesh_core::testing::Person<'_>) -> Client {
        let (token, id) = (person.token(), person.caller().user_id().expect("somebody").to_owned());
        self.directory.add_person(&id);
        let workflow = self.workflow.with_token(&token);
        Client {
            id,
            tickets: TicketServiceClient::new(self.tickets.with_token(&token)),
            runs: RunServiceClient::new(workflow.clone()),
            routing: RoutingServiceClient::new(workflow.clone()),
            workflows: WorkflowServiceClient::new(workflow.clone()),
            levels: SlaServiceClient::new(workflow.clone()),
            reports: ReportServiceClient::new(workflow.clone()),
            automations: AutomationServiceClient::new(workflow),
        }
    }

    /// Identity tells that somebody works in these departments from now on, and nowhere else.
    pub(crate) async fn grant(&self, user_id: &str, version: i64, departments: &[&str]) {
        let user = user(user_id, departments);
        // Whoever starts later is not told, and looks here.
        self.directory.put_person(user.clone());
        let changed = UserAccessChanged { user: Some(user) };
        self.publish(user_id, version, Event::IdentityUserAccessChanged(changed)).await;
    }

    /// Puts an event on the bus as another service would. Answers it, to be told again.
    pub(crate) async fn publish(&self, subject: &str, version: i64, event: Event) -> Envelope {
        let envelope = Envelope {
            id: self.id("evt"),
            subject: subject.into(),
            version,
            actor: Some(mesh_core::caller::system("test")),
            event: Some(event),
            ..Envelope::default()
        };
        self.repeat(&envelope).await;
        envelope
    }

    pub(crate) async fn repeat(&self, envelope: &Envelope) {
        self.world.process().bus.publish(envelope).await.expect("everybody takes the event");
        self.world.settle().await;
    }

    /// The catalogue of tickets, as somebody who may do everything sees it.
    pub(crate) fn catalogue(&self) -> CatalogServiceClient<PeerChannel> {
        let token = self.world.person(&self.id("usr")).administrator().token();
        CatalogServiceClient::new(self.tickets.with_token(&token))
    }

    /// A ticket of this person in a department, taken in by workflow.
    pub(crate) async fn file(&self, requester: &Client, department_id: &str) -> Ticket {
        let filed = requester.file(department_id, "printer on fire").await;
        self.world.settle().await;
        requester.ticket(&filed.id).await
    }

    /// Lets a moment pass, so that what follows has a later time.
    pub(crate) async fn later(&self) {
        self.world.advance(SignedDuration::from_secs(60)).await;
    }
}

async fn replica(
    world: &World,
    config: workflow::Config,
    tickets: &TestPeer,
    identity: &TestPeer,
) -> TestPeer {
    let deps = workflow::Deps {
        process: world.process(),
        tickets: tickets.peer("workflow"),
        identity: identity.peer("workflow"),
    };
    world.peer(workflow::build(config, deps).await.expect("workflow is built"))
}

/// An account as identity tells of it, read in full.
pub(crate) fn user(user_id: &str, departments: &[&str]) -> User {
    let grant =
        |id: &&str| Grant { department_id: (*id).to_owned(), permissions: AGENT.map(i32::from).to_vec() };
    User {
        id: user_id.into(),
        display_name: format!("Agent {}", &user_id[user_id.len() - 4..]),
        status: UserStatus::Active.into(),
        grants: departments.iter().map(grant).collect(),
        ..User::default()
    }
}

impl Client {
    pub(crate) async fn file(&self, department_id: &str, subject: &str) -> Ticket {
        let ticket =
            Ticket { subject: subject.into(), department_id: department_id.into(), ..Ticket::default() };
        let ask = CreateTicketRequest {
            ticket: Some(ticket),
            request_id: fresh(),
            ..CreateTicketRequest::default()
        };
        self.tickets.clone().create_ticket(ask).await.expect("the ticket is filed").into_inner()
    }

    pub(crate) async fn ticket(&self, id: &str) -> Ticket {
        let ask = GetTicketRequest { id: id.into(), ..GetTicketRequest::default() };
        self.tickets.clone().get_ticket(ask).await.expect("the ticket is there").into_inner()
    }

    pub(crate) async fn say(&self, ticket_id: &str, text: &str) -> Comment {
        let comment = Comment {
            ticket_id: ticket_id.into(),
            kind: CommentKind::Public.into(),
            text: text.into(),
            ..Comment::default()
        };
        let ask =
            AddCommentRequest { comment: Some(comment), request_id: fresh(), ..AddCommentRequest::default() };
        self.tickets.clone().add_comment(ask).await.expect("the comment is written").into_inner()
    }

    pub(crate) async fn timeline(&self, ticket_id: &str) -> Vec<TimelineEntry> {
        let ask = ListTimelineRequest {
            ticket_id: ticket_id.into(),
            page_size: 200,
            ..ListTimelineRequest::default()
        };
        self.tickets.clone().list_timeline(ask).await.expect("a timeline").into_inner().entries
    }

    pub(crate) async fn run(&self, ticket_id: &str) -> Run {
        let ask = GetRunRequest { ticket_id: ticket_id.into() };
        self.runs.clone().get_run(ask).await.expect("the ticket has a run").into_inner()
    }

    pub(crate) async fn options(&self, ticket_id: &str) -> Vec<TransitionOption> {
        let ask = ListTransitionsRequest { ticket_id: ticket_id.into() };
        self.runs.clone().list_transitions(ask).await.expect("buttons").into_inner().options
    }

    /// What a press takes, on the run as it is now.
    pub(crate) async fn pressing(&self, ticket_id: &str, key: &str, comment: &str) -> TransitionRequest {
        TransitionRequest {
            request_id: fresh(),
            ticket_id: ticket_id.into(),
            transition_key: key.into(),
            etag: self.run(ticket_id).await.etag,
            comment: comment.into(),
            ..TransitionRequest::default()
        }
    }

    pub(crate) async fn try_press(&self, ask: TransitionRequest) -> Result<Run, Refusal> {
        self.runs.clone().transition(ask).await.map(Response::into_inner)
    }

    pub(crate) async fn press(&self, ticket_id: &str, key: &str, comment: &str) -> Run {
        let ask = self.pressing(ticket_id, key, comment).await;
        self.try_press(ask).await.expect("the transition is taken")
    }

    /// What happened to a run, oldest first.
    pub(crate) async fn history(&self, ticket_id: &str) -> Vec<RunHistoryEntry> {
        let ask =
            GetHistoryRequest { ticket_id: ticket_id.into(), page_size: 200, ..GetHistoryRequest::default() };
        let mut entries = self.runs.clone().get_history(ask).await.expect("a history").into_inner().entries;
        entries.reverse();
        entries
    }

    pub(crate) async fn explain(&self, ticket_id: &str) -> AssignmentExplanation {
        let ask =
            ExplainAssignmentRequest { ticket_id: ticket_id.into(), ..ExplainAssignmentRequest::default() };
        self.routing.clone().explain_assignment(ask).await.expect("a decision").into_inner()
    }

    pub(crate) async fn be(&self, presence: Presence) -> AgentProfile {
        let ask = SetPresenceRequest { user_id: String::new(), presence: presence.into() };
        self.routing.clone().set_presence(ask).await.expect("an agent comes and goes").into_inner()
    }
}

/// A request id nobody used before.
pub(crate) fn fresh() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("00000000-0000-4000-8000-{:012x}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The reason of a refusal.
pub(crate) fn reason(refusal: &Refusal) -> String {
    mesh_core::error::reason_of(refusal).unwrap_or_default()
}

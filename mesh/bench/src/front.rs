//! The front door, entered once by somebody who may file tickets.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use mesh_core::{clock::SystemClock, id::Ids};
use proto::{
    gateway::v1::{WatchRequest, WatchResponse, live_service_client::LiveServiceClient},
    identity::v1::{
        BatchGetUsersRequest, CreateDepartmentRequest, CreateUserRequest, Department, ListRolesRequest,
        ListUsersRequest, ListUsersResponse, RoleGrant, SignInRequest, User, UserKind,
        auth_service_client::AuthServiceClient, directory_service_client::DirectoryServiceClient,
        sign_in_response::Outcome,
    },
    tickets::v1::{
        CreateTicketRequest, GetTicketRequest, ListTicketsRequest, ListTimelineRequest, SearchTicketsRequest,
        Status, Ticket, TicketQuery, ticket_service_client::TicketServiceClient,
    },
    workflow::v1::{Presence, SetPresenceRequest, routing_service_client::RoutingServiceClient},
};
use tonic::{
    Request, Streaming,
    metadata::{Ascii, MetadataValue},
    transport::{Channel, Endpoint},
};

/// About what people write; its length is part of what is measured.
const DESCRIPTION: &str = "Since this morning the printer on the third floor pulls two sheets at once and stops. \
    Turning it off and on helped for an hour. It is the grey one next to the kitchen, asset tag 4711.\n\n\
    Nobody here can print labels, so parcels are waiting.";

/// A signed-in caller; clones share one connection, as calls of one service do.
#[derive(Clone, Debug)]
pub(crate) struct Front {
    address: String,
    channel: Channel,
    bearer: MetadataValue<Ascii>,
    ids: Ids,
}

impl Front {
    pub(crate) async fn sign_in(address: &str, email: &str, password: &str) -> Result<Self> {
        let channel = Endpoint::from_shared(address.to_owned())?.tcp_nodelay(true).connect().await?;
        let ask =
            SignInRequest { email: email.into(), password: password.into(), ..SignInRequest::default() };
        let answer = AuthServiceClient::new(channel.clone()).sign_in(ask).await?.into_inner();
        let Some(Outcome::Tokens(tokens)) = answer.outcome else {
            bail!("{email} needs more than a password to sign in")
        };
        let bearer = format!("Bearer {}", tokens.access_token)
            .parse()
            .context("the access token is no header value")?;
        Ok(Self { address: address.to_owned(), channel, bearer, ids: Ids::system(Arc::new(SystemClock)) })
    }

    /// A department of this run's own; answers its id.
    pub(crate) async fn make_department(&self) -> Result<String> {
        let department = Department { display_name: self.ids.id("bench"), ..Department::default() };
        let ask = CreateDepartmentRequest { request_id: self.ids.id("req"), department: Some(department) };
        let made =
            DirectoryServiceClient::new(self.channel.clone()).create_department(self.signed(ask)).await?;
        Ok(made.into_inner().id)
    }

    /// Takes on an agent for a department and signs him in. Whoever filed a ticket is not given it, so somebody else must be there.
    pub(crate) async fn hire_agent(&self, department_id: &str) -> Result<Self> {
        let mut directory = DirectoryServiceClient::new(self.channel.clone());
        let roles = directory.list_roles(self.signed(ListRolesRequest {})).await?.into_inner().roles;
        let role = roles.into_iter().find(|role| role.key == "agent").context("there is no role agent")?;
        let grant = RoleGrant { role_id: role.id, department_id: department_id.into() };
        let (email, password) = self.make_person("Agent of a measurement", vec![grant]).await?;
        Self::sign_in(&self.address, &email, &password).await
    }

    /// Makes somebody who may sign in; answers address and password.
    pub(crate) async fn make_somebody(&self) -> Result<(String, String)> {
        self.make_person("Requester of a measurement", vec![]).await
    }

    /// Somebody else at the same door.
    pub(crate) async fn another(&self, email: &str, password: &str) -> Result<Self> {
        Self::sign_in(&self.address, email, password).await
    }

    /// Makes somebody who may sign in; answers his address.
    pub(crate) async fn make_requester(&self) -> Result<String> {
        Ok(self.make_somebody().await?.0)
    }

    /// Makes a person with these roles; answers address and password.
    async fn make_person(&self, display_name: &str, roles: Vec<RoleGrant>) -> Result<(String, String)> {
        let (email, password) = (format!("{}@demo.test", self.ids.id("person")), self.ids.secret::<16>());
        let user = User {
            kind: UserKind::Person.into(),
            email: email.clone(),
            display_name: display_name.into(),
            ..User::default()
        };
        let ask = CreateUserRequest {
            request_id: self.ids.id("req"),
            user: Some(user),
            password: password.clone(),
            roles,
        };
        DirectoryServiceClient::new(self.channel.clone()).create_user(self.signed(ask)).await?;
        Ok((email, password))
    }

    /// Makes somebody who has never signed in.
    pub(crate) async fn create_person(&self, display_name: &str, number: u64) -> Result<()> {
        let email = format!("person-{number}@demo.test");
        let user = User { email, display_name: display_name.into(), ..User::default() };
        let ask = CreateUserRequest {
            request_id: self.ids.id("req"),
            user: Some(user),
            ..CreateUserRequest::default()
        };
        DirectoryServiceClient::new(self.channel.clone()).create_user(self.signed(ask)).await?;
        Ok(())
    }

    pub(crate) async fn batch_get_users(&self, ask: BatchGetUsersRequest) -> Result<()> {
        DirectoryServiceClient::new(self.channel.clone()).batch_get_users(self.signed(ask)).await?;
        Ok(())
    }

    pub(crate) async fn list_users(&self, ask: ListUsersRequest) -> Result<ListUsersResponse> {
        Ok(DirectoryServiceClient::new(self.channel.clone()).list_users(self.signed(ask)).await?.into_inner())
    }

    /// Files one ticket; answers its id.
    pub(crate) async fn create_ticket(&self, department_id: &str) -> Result<String> {
        let ticket = Ticket {
            subject: "Printer on the third floor pulls two sheets".into(),
            description: DESCRIPTION.into(),
            department_id: department_id.into(),
            ..Ticket::default()
        };
        let ask = CreateTicketRequest {
            ticket: Some(ticket),
            request_id: self.ids.id("req"),
            ..CreateTicketRequest::default()
        };
        let made = TicketServiceClient::new(self.channel.clone()).create_ticket(self.signed(ask)).await?;
        Ok(made.into_inner().id)
    }

    /// Lists 50 open tickets with their exact count.
    pub(crate) async fn list_tickets(&self) -> Result<()> {
        let query =
            TicketQuery { statuses: vec![Status::New.into(), Status::Open.into()], ..TicketQuery::default() };
        let ask = ListTicketsRequest { query: Some(query), page_size: 50, ..ListTicketsRequest::default() };
        TicketServiceClient::new(self.channel.clone()).list_tickets(self.signed(ask)).await?;
        Ok(())
    }

    pub(crate) async fn get_ticket(&self, ticket: &Ticket) -> Result<()> {
        let ask = GetTicketRequest { id: ticket.id.clone(), ..GetTicketRequest::default() };
        TicketServiceClient::new(self.channel.clone()).get_ticket(self.signed(ask)).await?;
        Ok(())
    }

    /// A ticket and the first 30 entries of its timeline, one after the other as a page asks for them.
    pub(crate) async fn read(&self, ticket: &Ticket) -> Result<()> {
        self.get_ticket(ticket).await?;
        let ticket_id = ticket.id.clone();
        let ask = ListTimelineRequest { ticket_id, page_size: 30, ..ListTimelineRequest::default() };
        TicketServiceClient::new(self.channel.clone()).list_timeline(self.signed(ask)).await?;
        Ok(())
    }

    /// Searches for the first and the last word of a title.
    pub(crate) async fn search(&self, ticket: &Ticket) -> Result<()> {
        let mut words = ticket.subject.split_whitespace();
        let text = [words.next(), words.last()].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let ask = SearchTicketsRequest { text, ..SearchTicketsRequest::default() };
        TicketServiceClient::new(self.channel.clone()).search_tickets(self.signed(ask)).await?;
        Ok(())
    }

    /// Takes tickets from now on.
    pub(crate) async fn come_online(&self) -> Result<()> {
        let ask = SetPresenceRequest { user_id: String::new(), presence: Presence::Online.into() };
        RoutingServiceClient::new(self.channel.clone()).set_presence(self.signed(ask)).await?;
        Ok(())
    }

    /// Everything the caller may see of tickets, live.
    pub(crate) async fn watch_tickets(&self) -> Result<Streaming<WatchResponse>> {
        let ask =
            WatchRequest { event_names: vec!["tickets.ticket.changed".into()], ..WatchRequest::default() };
        let stream = LiveServiceClient::new(self.channel.clone()).watch(self.signed(ask)).await?;
        Ok(stream.into_inner())
    }

    /// For calls that have no short way here.
    pub(crate) fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// A word that was never used.
    pub(crate) fn new_id(&self, prefix: &str) -> String {
        self.ids.id(prefix)
    }

    /// The call as the signed-in caller's.
    pub(crate) fn signed<T>(&self, ask: T) -> Request<T> {
        let mut request = Request::new(ask);
        request.metadata_mut().insert("authorization", self.bearer.clone());
        request
    }
}

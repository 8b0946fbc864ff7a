//! People of a journey, signed in through the front door by native gRPC.

use std::time::Duration;

use proto::{
    gateway::v1::live_service_client::LiveServiceClient,
    identity::v1::{
        CreateDepartmentRequest, CreateUserRequest, Department, ListRolesRequest, RoleGrant, SignInRequest,
        User, UserKind, account_service_client::AccountServiceClient, auth_service_client::AuthServiceClient,
        directory_service_client::DirectoryServiceClient, security_service_client::SecurityServiceClient,
        sign_in_response::Outcome,
    },
    notify::v1::inbox_service_client::InboxServiceClient,
    tickets::v1::{
        attachment_service_client::AttachmentServiceClient, catalog_service_client::CatalogServiceClient,
        ticket_service_client::TicketServiceClient,
    },
    workflow::v1::{
        routing_service_client::RoutingServiceClient, run_service_client::RunServiceClient,
        sla_service_client::SlaServiceClient,
    },
};
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};

use crate::running::{ADMIN, Mesh, PASSWORD};

/// How long any call of a test may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// A channel that shows an access token or an API key.
pub(crate) type Signed = InterceptedService<Channel, Bearer>;

/// Puts the token on every call.
#[derive(Clone, Debug)]
pub(crate) struct Bearer(MetadataValue<Ascii>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert("authorization", self.0.clone());
        Ok(request)
    }
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: String,
    /// The access token or API key.
    pub(crate) token: String,
    channel: Signed,
}

macro_rules! clients {
    ($($name:ident => $client:ident;)*) => {
        impl Person {
            $(pub(crate) fn $name(&self) -> $client<Signed> { $client::new(self.channel.clone()) })*
        }
    };
}

clients! {
    account => AccountServiceClient;
    auth => AuthServiceClient;
    directory => DirectoryServiceClient;
    security => SecurityServiceClient;
    tickets => TicketServiceClient;
    catalogue => CatalogServiceClient;
    attachments => AttachmentServiceClient;
    runs => RunServiceClient;
    levels => SlaServiceClient;
    routing => RoutingServiceClient;
    inbox => InboxServiceClient;
    live => LiveServiceClient;
}

/// The front door of a mesh.
pub(crate) fn door(mesh: &Mesh) -> Channel {
    Endpoint::from_shared(mesh.address()).expect("an address").timeout(PATIENCE).connect_lazy()
}

/// Somebody who shows this token or key.
pub(crate) fn holder(mesh: &Mesh, token: &str) -> Person {
    Person { id: String::new(), token: token.into(), channel: signed(mesh.address(), token) }
}

impl Person {
    /// The same person at another door.
    pub(crate) fn at(&self, address: String) -> Self {
        Self { channel: signed(address, &self.token), ..self.clone() }
    }
}

/// Streams last longer than a call may take, so this has no limit of its own.
fn signed(address: String, token: &str) -> Signed {
    let bearer = Bearer(MetadataValue::try_from(format!("Bearer {token}")).expect("a header"));
    InterceptedService::new(Endpoint::from_shared(address).expect("an address").connect_lazy(), bearer)
}

/// What signing in answers.
pub(crate) async fn try_sign_in(mesh: &Mesh, email: &str, password: &str) -> Result<Person, Status> {
    let ask = SignInRequest { email: email.into(), password: password.into(), ..SignInRequest::default() };
    let answer = AuthServiceClient::new(door(mesh)).sign_in(ask).await?.into_inner();
    let Some(Outcome::Tokens(tokens)) = answer.outcome else { panic!("more than a password is asked for") };
    Ok(Person { id: tokens.user_id, ..holder(mesh, &tokens.access_token) })
}

/// Signs somebody in who can.
pub(crate) async fn sign_in(mesh: &Mesh, email: &str) -> Person {
    try_sign_in(mesh, email, PASSWORD)
        .await
        .unwrap_or_else(|refused| panic!("{email} can't sign in: {refused}"))
}

/// A department with an agent and two requesters, all signed in.
#[derive(Clone, Debug)]
pub(crate) struct Office {
    pub(crate) department_id: String,
    pub(crate) agent: Person,
    pub(crate) requester: Person,
    pub(crate) stranger: Person,
}

impl Office {
    /// Made by the administrator.
    pub(crate) async fn open(mesh: &Mesh) -> Self {
        let admin = sign_in(mesh, ADMIN).await;
        let department = Department { display_name: "Workshop".into(), ..Department::default() };
        let ask = CreateDepartmentRequest { request_id: request_id(1), department: Some(department) };
        let department_id =
            admin.directory().create_department(ask).await.expect("a department").into_inner().id;
        hire(&admin, 2, "agent@demo.test", "agent", &department_id).await;
        hire(&admin, 3, "requester@demo.test", "requester", "").await;
        hire(&admin, 4, "stranger@demo.test", "requester", "").await;
        let agent = sign_in(mesh, "agent@demo.test").await;
        let requester = sign_in(mesh, "requester@demo.test").await;
        let stranger = sign_in(mesh, "stranger@demo.test").await;
        Self { department_id, agent, requester, stranger }
    }
}

pub(crate) async fn hire(admin: &Person, number: u32, email: &str, role: &str, department_id: &str) {
    let roles = admin.directory().list_roles(ListRolesRequest {}).await.expect("roles").into_inner().roles;
    let role_id = roles.iter().find(|known| known.key == role).expect("a built-in role").id.clone();
    let user = User {
        kind: UserKind::Person.into(),
        email: email.into(),
        display_name: email.into(),
        ..User::default()
    };
    let ask = CreateUserRequest {
        request_id: request_id(number),
        user: Some(user),
        password: PASSWORD.into(),
        roles: vec![RoleGrant { role_id, department_id: department_id.into() }],
    };
    admin.directory().create_user(ask).await.expect("a person");
}

/// A request id with a number.
pub(crate) fn request_id(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

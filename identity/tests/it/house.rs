//! A running identity service with an administrator, and short ways to ask it for things.

use identity::{Bootstrap, Config, Deps, NewAdmin};
use mesh_core::{
    mail::Letter,
    peer::PeerChannel,
    testing::{Place, TestPeer, World},
};
use proto::identity::v1::{
    AssignRoleRequest, CreateDepartmentRequest, CreateUserRequest, Department, GetMeRequest,
    ListRolesRequest, ListUsersRequest, Role, RoleGrant, SessionTokens, SetUserStatusRequest, SignInRequest,
    User, UserStatus, UserView, account_service_client::AccountServiceClient,
    auth_service_client::AuthServiceClient, directory_service_client::DirectoryServiceClient,
    security_service_client::SecurityServiceClient, sign_in_response::Outcome,
};
use tonic::{Code, Status};

pub(crate) const ADMIN: &str = "root@example.com";
/// Everybody's password: good, and nobody's name.
pub(crate) const PASSWORD: &str = "violet harbour 7 anvils";
/// Another good one.
pub(crate) const OTHER_PASSWORD: &str = "quiet lantern 3 meadows";

pub(crate) type Auth = AuthServiceClient<PeerChannel>;
pub(crate) type Account = AccountServiceClient<PeerChannel>;
pub(crate) type Directory = DirectoryServiceClient<PeerChannel>;
pub(crate) type Security = SecurityServiceClient<PeerChannel>;

/// The service under test.
pub(crate) struct House {
    pub(crate) world: World,
    pub(crate) bootstrap: Bootstrap,
    peer: TestPeer,
}

impl House {
    /// A service without any account.
    pub(crate) async fn empty(place: impl Into<Place>) -> Self {
        let world = World::migrated(place, "identity", identity::MIGRATIONS).await;
        let config = Config { database_url: world.database_url() };
        let deps = Deps {
            process: world.process(),
            master_key: [9; 32],
            public_url: "https://desk.example.com/".into(),
        };
        let bootstrap = Bootstrap::open(config, deps).await.expect("opens");
        let peer = world.peer(bootstrap.service());
        Self { world, bootstrap, peer }
    }

    /// A service with an administrator, and his token.
    pub(crate) async fn new(place: impl Into<Place>) -> (Self, String) {
        let house = Self::empty(place).await;
        let admin =
            NewAdmin { email: ADMIN.into(), display_name: "Root Admin".into(), password: PASSWORD.into() };
        house.bootstrap.create_admin(admin).await.expect("the first administrator");
        let token = house.token_of(ADMIN).await;
        (house, token)
    }

    /// Calls of somebody who has not signed in.
    pub(crate) fn anybody(&self) -> Auth {
        AuthServiceClient::new(self.peer.as_mesh())
    }

    pub(crate) fn auth(&self, token: &str) -> Auth {
        AuthServiceClient::new(self.peer.with_token(token))
    }

    pub(crate) fn account(&self, token: &str) -> Account {
        AccountServiceClient::new(self.peer.with_token(token))
    }

    pub(crate) fn directory(&self, token: &str) -> Directory {
        DirectoryServiceClient::new(self.peer.with_token(token))
    }

    pub(crate) fn security(&self, token: &str) -> Security {
        SecurityServiceClient::new(self.peer.with_token(token))
    }

    /// Calls of a service of the mesh.
    pub(crate) fn security_for_the_mesh(&self) -> Security {
        SecurityServiceClient::new(self.peer.as_mesh())
    }

    /// Tries to sign in.
    pub(crate) async fn try_sign_in(&self, email: &str, password: &str) -> Result<SessionTokens, Status> {
        let ask =
            SignInRequest { email: email.into(), password: password.into(), ..SignInRequest::default() };
        match self.anybody().sign_in(ask).await?.into_inner().outcome {
            Some(Outcome::Tokens(tokens)) => Ok(tokens),
            other => panic!("a sign-in without tokens: {other:?}"),
        }
    }

    /// Signs in with everybody's password.
    pub(crate) async fn sign_in(&self, email: &str) -> SessionTokens {
        self.try_sign_in(email, PASSWORD).await.expect("signs in")
    }

    /// A fresh access token of somebody.
    pub(crate) async fn token_of(&self, email: &str) -> String {
        self.sign_in(email).await.access_token
    }

    /// The person behind a token.
    pub(crate) async fn me(&self, token: &str) -> Result<User, Status> {
        self.account(token).get_me(GetMeRequest {}).await.map(tonic::Response::into_inner)
    }

    /// Makes an active person with these roles, each somewhere (`""` = everywhere).
    pub(crate) async fn person(&self, admin: &str, email: &str, roles: &[(&str, &str)]) -> User {
        let mut given = Vec::new();
        for (key, department_id) in roles {
            given.push(RoleGrant {
                role_id: self.role(admin, key).await.id,
                department_id: (*department_id).into(),
            });
        }
        let ask = CreateUserRequest {
            request_id: email.into(),
            password: PASSWORD.into(),
            roles: given,
            user: Some(user(email)),
        };
        self.directory(admin).create_user(ask).await.expect("makes a person").into_inner()
    }

    /// The person with this address, as an administrator sees him now.
    pub(crate) async fn person_named(&self, admin: &str, email: &str) -> User {
        let ask = ListUsersRequest { query: email.into(), view: UserView::Full.into(), ..Default::default() };
        let found = self.directory(admin).list_users(ask).await.expect("lists").into_inner().users;
        found.into_iter().find(|user| user.email == email).expect("a person with this address")
    }

    pub(crate) async fn department(&self, admin: &str, name: &str, parent_id: &str) -> Department {
        let department =
            Department { display_name: name.into(), parent_id: parent_id.into(), ..Department::default() };
        let ask = CreateDepartmentRequest {
            request_id: format!("dep-{name}-{parent_id}"),
            department: Some(department),
        };
        self.directory(admin).create_department(ask).await.expect("makes a department").into_inner()
    }

    /// Moves somebody to a status.
    pub(crate) async fn set_status(&self, admin: &str, user: &User, status: UserStatus) -> User {
        let ask = SetUserStatusRequest {
            user_id: user.id.clone(),
            status: status.into(),
            etag: user.etag.clone(),
            ..Default::default()
        };
        self.directory(admin).set_user_status(ask).await.expect("moves").into_inner()
    }

    /// The role with this key.
    pub(crate) async fn role(&self, admin: &str, key: &str) -> Role {
        let roles = self
            .directory(admin)
            .list_roles(ListRolesRequest {})
            .await
            .expect("lists roles")
            .into_inner()
            .roles;
        roles.into_iter().find(|role| role.key == key).expect("a role with this key")
    }

    /// Asks to give a role.
    pub(crate) async fn assign(
        &self,
        token: &str,
        user: &User,
        role_id: &str,
        department_id: &str,
    ) -> Result<(), Status> {
        let ask = AssignRoleRequest {
            request_id: format!("{}{role_id}{department_id}", user.etag),
            user_id: user.id.clone(),
            role_id: role_id.into(),
            department_id: department_id.into(),
        };
        self.directory(token).assign_role(ask).await.map(drop)
    }
}

/// The token of the link in a letter, below this path.
#[track_caller]
pub(crate) fn token_in(letter: &Letter, path: &str) -> String {
    let (_, rest) = letter.text.split_once(&format!("https://desk.example.com/{path}/")).expect("a link");
    rest.split_whitespace().next().expect("a token").into()
}

/// Somebody with this address, named after it.
pub(crate) fn user(email: &str) -> User {
    let display_name = email.split('@').next().unwrap_or_default().replace('.', " ");
    User { email: email.into(), display_name, ..User::default() }
}

/// The code and reason of a refusal.
#[track_caller]
pub(crate) fn refusal<T: std::fmt::Debug>(answer: Result<T, Status>) -> (Code, String) {
    let status = answer.expect_err("a refusal");
    let reason = mesh_core::error::reason_of(&status).unwrap_or_default();
    (status.code(), reason)
}

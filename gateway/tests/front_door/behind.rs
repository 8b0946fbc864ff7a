//! Made-up services behind the door: an identity that signs real tokens, and tickets that say who asked.

use std::sync::{
    Arc, Mutex, MutexGuard,
    atomic::{AtomicI64, AtomicUsize, Ordering},
};

use mesh_core::{
    caller, clock,
    error::Error,
    peer::{Peer, Signer},
    service::{Process, Service},
    testing::Ledger,
    token::{AUDIENCE, AccessClaims, AccessSigner, ISSUER, public_key},
};
use proto::{
    errors::v1::ErrorReason as Shared,
    events::v1::{Audience, Envelope, SessionRevoked, envelope::Event},
    identity::v1::{
        BatchGetUsersRequest, BatchGetUsersResponse, Challenge, Department, ErrorReason,
        ExchangeApiKeyRequest, GetJwksRequest, GetMeRequest, Jwk, Jwks, ListDepartmentsRequest,
        ListDepartmentsResponse, RefreshSessionRequest, SecondFactorKind, SecondFactorNeeded, SessionTokens,
        SignInRequest, SignInResponse, SignOutRequest, User, VerifySecondFactorRequest,
        account_service_server::{AccountService, AccountServiceServer},
        auth_service_server::{AuthService, AuthServiceServer},
        directory_service_server::{DirectoryService, DirectoryServiceServer},
        sign_in_response::Outcome,
    },
    tickets::v1::{
        CreateTicketRequest, ExportTicketsRequest, ExportTicketsResponse, GetTicketRequest, Ticket,
        projection_service_server::{ProjectionService, ProjectionServiceServer},
        ticket_service_server::{TicketService, TicketServiceServer},
    },
};
use tonic::{Request, Response, Status, async_trait, codegen::BoxStream, service::Routes};

pub(crate) const PASSWORD: &str = "correct horse";
pub(crate) const API_KEY: &str = "tm_good";
/// The only department there is.
pub(crate) const DEPARTMENT: &str = "dep_01h455vb4pex5vsknk084sn02q";
const SEED: [u8; 32] = [9; 32];

/// An identity that knows everybody by the part of the address before the `@`.
#[derive(Clone)]
pub(crate) struct Identity(Arc<State>);

struct State {
    process: Process,
    signer: AccessSigner,
    /// Seconds an access token is good.
    lifetime: AtomicI64,
    refreshes: AtomicUsize,
    exchanges: AtomicUsize,
    ended: Mutex<Vec<String>>,
}

impl Identity {
    pub(crate) fn new(process: &Process) -> Self {
        let x = public_key(&SEED).expect("a good key");
        let key = Jwk {
            kid: "fake".into(),
            kty: "OKP".into(),
            alg: "EdDSA".into(),
            crv: "Ed25519".into(),
            x,
            r#use: "sig".into(),
        };
        process.verifier.trust(&Jwks { keys: vec![key] }).expect("a good key set");
        Self(Arc::new(State {
            process: process.clone(),
            signer: AccessSigner::new("fake", &SEED),
            lifetime: AtomicI64::new(600),
            refreshes: AtomicUsize::new(0),
            exchanges: AtomicUsize::new(0),
            ended: Mutex::default(),
        }))
    }

    pub(crate) fn peer(&self, process: &Process) -> Peer {
        let mut routes = Routes::builder();
        routes
            .add_service(AuthServiceServer::new(self.clone()))
            .add_service(AccountServiceServer::new(self.clone()))
            .add_service(DirectoryServiceServer::new(self.clone()));
        Ledger::default().add_to(&mut routes);
        local(process, "identity", routes.routes())
    }

    pub(crate) fn refreshes(&self) -> usize {
        self.0.refreshes.load(Ordering::SeqCst)
    }

    pub(crate) fn exchanges(&self) -> usize {
        self.0.exchanges.load(Ordering::SeqCst)
    }

    /// Ends a session without telling anybody yet.
    pub(crate) fn end(&self, session_id: &str) {
        self.ended().push(session_id.to_owned());
    }

    /// What a token says of somebody, to be changed before it is [signed](Self::sign).
    pub(crate) fn claims(&self, user: &str, session: &str) -> AccessClaims {
        let now = self.0.process.clock.now();
        AccessClaims {
            iss: ISSUER.into(),
            aud: AUDIENCE.into(),
            sub: format!("usr_{user}"),
            sid: session.into(),
            jti: self.0.process.ids.id("tok"),
            iat: now.as_second(),
            exp: now.as_second() + self.0.lifetime.load(Ordering::SeqCst),
            ver: 1,
            perm: caller::Grants::default(),
            roles: caller::Roles::default(),
            tree: 0,
            amr: vec!["pwd".into()],
            key: String::new(),
            name: user.into(),
        }
    }

    pub(crate) fn sign(&self, claims: &AccessClaims) -> String {
        self.0.signer.sign(claims).expect("claims are signed")
    }

    fn tokens(&self, user: &str, session: &str, serial: usize) -> SessionTokens {
        let claims = self.claims(user, session);
        SessionTokens {
            session_id: session.into(),
            user_id: claims.sub.clone(),
            access_token: self.sign(&claims),
            access_expire_time: Some(clock::to_proto(clock::from_micros(claims.exp * 1_000_000))),
            refresh_token: format!("{user}.{session}.{serial}"),
            refresh_expire_time: Some(clock::to_proto(clock::from_micros(
                (claims.iat + 1_209_600) * 1_000_000,
            ))),
            persistent: user == "keeper",
            device_token: String::new(),
        }
    }

    fn ended(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.ended.lock().expect("no test panicked here")
    }
}

fn user_of(email: &str) -> String {
    email.split('@').next().unwrap_or_default().to_owned()
}

#[async_trait]
impl AuthService for Identity {
    async fn sign_in(&self, request: Request<SignInRequest>) -> Result<Response<SignInResponse>, Status> {
        let ask = request.into_inner();
        let user = user_of(&ask.email);
        if ask.password != PASSWORD {
            return Err(Error::unauthenticated(
                &ErrorReason::WrongCredentials,
                "the e-mail address or the password is wrong",
            )
            .into());
        }
        let needed = SecondFactorNeeded {
            attempt: user.clone(),
            kinds: vec![SecondFactorKind::Totp.into()],
            ..SecondFactorNeeded::default()
        };
        let solved = ask.challenge_solution.is_some_and(|solution| solution.seed == "seed");
        let outcome = match user.as_str() {
            "careful" => Outcome::SecondFactor(needed),
            "suspect" if !solved => {
                Outcome::Challenge(Challenge { seed: "seed".into(), difficulty: 4, expire_time: None })
            }
            _ => Outcome::Tokens(self.tokens(&user, &format!("ses_{user}"), 0)),
        };
        let device_token = if ask.device_token.is_empty() { "known-device" } else { "familiar-device" };
        Ok(Response::new(SignInResponse { outcome: Some(outcome), device_token: device_token.into() }))
    }

    async fn verify_second_factor(
        &self,
        request: Request<VerifySecondFactorRequest>,
    ) -> Result<Response<SessionTokens>, Status> {
        let ask = request.into_inner();
        if ask.code != "123456" {
            return Err(Error::unauthenticated(&ErrorReason::WrongCode, "the code is wrong").into());
        }
        let device_token = if ask.device_token == "known-device" { "proven-device" } else { "new-device" };
        let tokens = self.tokens(&ask.attempt, "ses_careful", 0);
        Ok(Response::new(SessionTokens { device_token: device_token.into(), ..tokens }))
    }

    async fn refresh_session(
        &self,
        request: Request<RefreshSessionRequest>,
    ) -> Result<Response<SessionTokens>, Status> {
        self.0.refreshes.fetch_add(1, Ordering::SeqCst);
        let token = request.into_inner().refresh_token;
        let parts: Vec<_> = token.split('.').collect();
        let [user, session, serial] = parts[..] else {
            return Err(Status::invalid_argument("no such token"));
        };
        if self.ended().iter().any(|ended| ended == session) {
            return Err(Error::unauthenticated(&Shared::SessionRevoked, "the session was ended").into());
        }
        Ok(Response::new(self.tokens(user, session, serial.parse::<usize>().unwrap_or_default() + 1)))
    }

    async fn sign_out(&self, request: Request<SignOutRequest>) -> Result<Response<()>, Status> {
        let token = request.into_inner().refresh_token;
        let session = token.split('.').nth(1).unwrap_or_default();
        self.end(session);
        self.0.process.bus.publish(&session_ended(&self.0.process, session)).await?;
        Ok(Response::new(()))
    }

    async fn exchange_api_key(
        &self,
        request: Request<ExchangeApiKeyRequest>,
    ) -> Result<Response<SessionTokens>, Status> {
        self.0.exchanges.fetch_add(1, Ordering::SeqCst);
        if request.into_inner().api_key != API_KEY {
            return Err(Error::unauthenticated(&ErrorReason::WrongApiKey, "the API key is wrong").into());
        }
        let mut claims = self.claims("robot", "");
        claims.key = "key_1".into();
        Ok(Response::new(SessionTokens { access_token: self.sign(&claims), ..SessionTokens::default() }))
    }

    async fn get_jwks(&self, _: Request<GetJwksRequest>) -> Result<Response<Jwks>, Status> {
        Ok(Response::new(Jwks {
            keys: vec![Jwk { kid: "fake".into(), r#use: "sig".into(), ..Jwk::default() }],
        }))
    }
}

#[async_trait]
impl AccountService for Identity {
    async fn get_me(&self, request: Request<GetMeRequest>) -> Result<Response<User>, Status> {
        let (caller, _) = caller::open(request)?;
        let claims = caller.claims()?;
        Ok(Response::new(User {
            id: claims.sub.clone(),
            display_name: claims.name.clone(),
            grants: claims.perm.to_proto(),
            ..User::default()
        }))
    }
}

/// One department, and everybody anybody asks for.
#[async_trait]
impl DirectoryService for Identity {
    async fn list_departments(
        &self,
        _: Request<ListDepartmentsRequest>,
    ) -> Result<Response<ListDepartmentsResponse>, Status> {
        let only = Department { id: DEPARTMENT.into(), ..Department::default() };
        Ok(Response::new(ListDepartmentsResponse { departments: vec![only] }))
    }

    async fn batch_get_users(
        &self,
        request: Request<BatchGetUsersRequest>,
    ) -> Result<Response<BatchGetUsersResponse>, Status> {
        let users = request.into_inner().user_ids.into_iter().map(|id| User { id, ..User::default() });
        Ok(Response::new(BatchGetUsersResponse { users: users.collect() }))
    }
}

/// The news that a session ended.
pub(crate) fn session_ended(process: &Process, session: &str) -> Envelope {
    Envelope {
        id: process.ids.id("evt"),
        time: Some(clock::to_proto(process.clock.now())),
        subject: session.into(),
        audience: Some(Audience::default()),
        event: Some(Event::IdentitySessionRevoked(SessionRevoked {
            session_id: session.into(),
            ..SessionRevoked::default()
        })),
        ..Envelope::default()
    }
}

/// Tickets that anybody may see, in `dep_1`; the requester is the caller and the description where the call came from.
#[derive(Clone, Debug)]
pub(crate) struct Tickets;

impl Tickets {
    pub(crate) fn peer(process: &Process) -> Peer {
        let routes =
            Routes::new(TicketServiceServer::new(Self)).add_service(ProjectionServiceServer::new(Self));
        local(process, "tickets", routes)
    }
}

#[async_trait]
impl TicketService for Tickets {
    async fn get_ticket(&self, request: Request<GetTicketRequest>) -> Result<Response<Ticket>, Status> {
        let (caller, ask) = caller::open(request)?;
        if ask.id.ends_with('z') {
            return Err(Error::not_found("ticket", &ask.id).into());
        }
        Ok(Response::new(Ticket {
            id: ask.id,
            requester_id: caller.user_id()?.into(),
            department_id: "dep_1".into(),
            description: caller.address().into(),
            ..Ticket::default()
        }))
    }

    async fn create_ticket(&self, request: Request<CreateTicketRequest>) -> Result<Response<Ticket>, Status> {
        let (caller, ask) = caller::open(request)?;
        let ticket = ask.ticket.ok_or_else(|| Error::invalid("ticket", "is missing"))?;
        Ok(Response::new(Ticket { requester_id: caller.user_id()?.into(), ..ticket }))
    }

    /// Two tickets and then a failure.
    async fn export_tickets(
        &self,
        _: Request<ExportTicketsRequest>,
    ) -> Result<Response<BoxStream<ExportTicketsResponse>>, Status> {
        let exported = |number: &str| {
            let ticket = Ticket { number: number.into(), ..Ticket::default() };
            Ok(ExportTicketsResponse { ticket: Some(ticket), ..ExportTicketsResponse::default() })
        };
        let items = [
            exported("TX-1"),
            exported("TX-2"),
            Err(Error::conflict("the export fell over: späte Einsicht").into()),
        ];
        Ok(Response::new(Box::pin(futures::stream::iter(items))))
    }
}

#[async_trait]
impl ProjectionService for Tickets {}

/// Routes as another service of the same process.
pub(crate) fn local(process: &Process, name: &'static str, routes: Routes) -> Peer {
    let service = Service { name, routes, workers: vec![], checks: vec![] };
    Peer::local(service.guarded(process), Signer::new(&process.mesh_key, "gateway"))
}
